//! Asks a server over many open connections at a set rate, and says how long answers took from when they were due.
//!
//! `steady_load BASE PATHS CONNECTIONS RATE SECONDS`: PATHS are separated by commas and asked in turn; RATE is requests a
//! second over all connections, or 0 for as fast as answers come. Every request has its time beforehand: where an answer is
//! late, the next request on its connection goes out late and counts from when it was due (no coordinated omission). Prints
//! one line of JSON: requests, answers other than 200, seconds, bytes of the last answer's body, and percentiles in
//! milliseconds. Each connection names a client of its own in `X-Forwarded-For`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark prints, and stops where it fails"
)]

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::time::{Instant, sleep_until};

struct Load {
    host: String,
    paths: Vec<String>,
    connections: u32,
    rate: f64,
    lasts: Duration,
}

#[derive(Default)]
struct Seen {
    took_us: Vec<u32>,
    failed: u64,
    bytes: usize,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [base, paths, connections, rate, seconds] = words.as_slice() else {
        panic!("usage: steady_load BASE PATHS CONNECTIONS RATE SECONDS")
    };
    let load = Arc::new(Load {
        host: base.trim_start_matches("http://").trim_end_matches('/').to_owned(),
        paths: paths.split(',').map(str::to_owned).collect(),
        connections: connections.parse().unwrap(),
        rate: rate.parse().unwrap(),
        lasts: Duration::from_secs_f64(seconds.parse().unwrap()),
    });
    // One thread: the generator must not take the machine from what it measures.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run(load));
}

async fn run(load: Arc<Load>) {
    let all_open = Arc::new(Barrier::new(usize::try_from(load.connections).unwrap() + 1));
    let (starter, start_of) = tokio::sync::watch::channel(None);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..load.connections {
        let (load, all_open, mut start_of) = (Arc::clone(&load), Arc::clone(&all_open), start_of.clone());
        tasks.spawn(async move {
            let mut sender = connect(&load.host).await;
            all_open.wait().await;
            let begin: Instant = start_of.wait_for(Option::is_some).await.unwrap().unwrap();
            let mut seen = Seen::default();
            let mut turn = 0_u32;
            loop {
                // The connections take turns, so that requests are even over time.
                let due = if load.rate > 0.0 {
                    let place = f64::from(turn) * f64::from(load.connections) + f64::from(number);
                    begin + Duration::from_secs_f64(place / load.rate)
                } else {
                    Instant::now()
                };
                if due >= begin + load.lasts {
                    return seen;
                }
                sleep_until(due).await;
                let path = &load.paths[usize::try_from(turn + number).unwrap() % load.paths.len()];
                if sender.is_closed() || sender.ready().await.is_err() {
                    sender = connect(&load.host).await;
                }
                match ask(&mut sender, &load.host, path, number).await {
                    Some(bytes) => seen.bytes = bytes,
                    None => seen.failed += 1,
                }
                seen.took_us.push(u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX));
                turn += 1;
            }
        });
    }
    all_open.wait().await;
    let start = Instant::now() + Duration::from_millis(200);
    starter.send(Some(start)).unwrap();
    let mut all = Seen::default();
    while let Some(done) = tasks.join_next().await {
        let seen = done.unwrap();
        all.took_us.extend(seen.took_us);
        all.failed += seen.failed;
        all.bytes = all.bytes.max(seen.bytes);
    }
    let wall_s = start.elapsed().as_secs_f64();
    all.took_us.sort_unstable();
    let at = |part: usize| {
        let place = (all.took_us.len() * part / 1_000).min(all.took_us.len().saturating_sub(1));
        f64::from(all.took_us.get(place).copied().unwrap_or(u32::MAX)) / 1e3
    };
    println!(
        "{{\"requests\": {}, \"failed\": {}, \"wall_s\": {wall_s}, \"bytes\": {}, \"p50_ms\": {}, \"p99_ms\": {}, \"most_ms\": {}}}",
        all.took_us.len(),
        all.failed,
        all.bytes,
        at(500),
        at(990),
        at(1_000)
    );
}

async fn connect(host: &str) -> SendRequest<Empty<Bytes>> {
    for _ in 0..100 {
        if let Ok(stream) = TcpStream::connect(host).await {
            stream.set_nodelay(true).unwrap();
            let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            return sender;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{host} takes no connection")
}

/// The size of the answer's body, where it is a good one.
async fn ask(sender: &mut SendRequest<Empty<Bytes>>, host: &str, path: &str, number: u32) -> Option<usize> {
    let client = format!("10.{}.{}.1", number / 250, number % 250);
    let request = Request::get(path)
        .header("host", host)
        .header("accept-language", "ko")
        .header("x-forwarded-for", client)
        .body(Empty::new())
        .unwrap();
    let answer = sender.send_request(request).await.ok()?;
    let status = answer.status();
    let body = answer.into_body().collect().await.ok()?.to_bytes();
    (status == StatusCode::OK).then_some(body.len())
}
