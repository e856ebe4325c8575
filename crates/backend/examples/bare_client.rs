//! What a chat request costs a client that does nothing else: hyper alone, the same bodies, answers parsed.
//!
//! `bare_client URL CONCURRENCY COUNT [BODIES]`: sends COUNT bodies to `URL/chat/completions` over CONCURRENCY
//! connections, each line of the file BODIES in turn (or a short question of its own), parses the answers, and prints
//! one line of JSON: requests, bytes, and wall and CPU time once the bodies are read.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

type Failure = Box<dyn Error + Send + Sync>;

struct Work {
    host: String,
    path: String,
    bodies: Vec<Bytes>,
    count: usize,
    next: AtomicUsize,
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [url, concurrency, count, rest @ ..] = words.as_slice() else {
        return Err("usage: bare_client URL CONCURRENCY COUNT [BODIES]".into());
    };
    let (concurrency, count): (usize, usize) = (concurrency.parse()?, count.parse()?);
    let address = url.strip_prefix("http://").ok_or("the address must begin with http://")?;
    let (host, base) = address.split_once('/').unwrap_or((address, ""));
    let bodies = match rest.first() {
        Some(file) => {
            std::fs::read_to_string(file)?.lines().map(|line| Bytes::from(line.to_owned())).collect()
        }
        None => (0..count).map(own_body).collect(),
    };
    let work = Arc::new(Work {
        host: host.to_owned(),
        path: format!("/{}/chat/completions", base.trim_end_matches('/')),
        bodies,
        count,
        next: AtomicUsize::new(0),
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (begun, before_s) = (Instant::now(), cpu_s()?);
    let bytes = runtime.block_on(async {
        let mut connections = tokio::task::JoinSet::new();
        for _ in 0..concurrency.max(1) {
            connections.spawn(connection(Arc::clone(&work)));
        }
        let mut bytes = 0;
        while let Some(done) = connections.join_next().await {
            bytes += done??;
        }
        Ok::<_, Failure>(bytes)
    })?;
    let wall_s = begun.elapsed().as_secs_f64();
    let line = json!({"requests": count, "bytes": bytes, "wall_s": wall_s, "cpu_s": cpu_s()? - before_s});
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

/// The body that daepyo would send.
fn own_body(number: usize) -> Bytes {
    let content = format!("질문 {number}: 다음 중 옳은 것은 무엇입니까? 하나만 고르십시오.");
    let messages = json!([{"role": "user", "content": content}]);
    let body = json!({"model": "scripted", "messages": messages, "max_tokens": 64, "temperature": 0.0});
    Bytes::from(body.to_string())
}

/// Sends over one connection until nothing is left; gives the bytes that came.
async fn connection(work: Arc<Work>) -> Result<usize, Failure> {
    let socket = tokio::net::TcpStream::connect(&work.host).await?;
    socket.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(socket)).await?;
    tokio::spawn(connection);
    let mut bytes = 0;
    loop {
        let number = work.next.fetch_add(1, Ordering::Relaxed);
        let body = work.bodies.get(number % work.bodies.len().max(1)).filter(|_| number < work.count);
        let Some(body) = body else { return Ok(bytes) };
        let request = hyper::Request::post(&work.path)
            .header("host", &work.host)
            .header("content-type", "application/json")
            .body(Full::new(body.clone()))?;
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        if response.status() != 200 {
            return Err(format!("status {}", response.status()).into());
        }
        let answer = response.into_body().collect().await?.to_bytes();
        bytes += answer.len();
        let answer: Value = serde_json::from_slice(&answer)?;
        if answer.pointer("/choices/0/message/content").is_none() {
            return Err("an answer without content".into());
        }
    }
}

/// CPU time of all threads of this process, from the scheduler's own count.
fn cpu_s() -> Result<f64, Failure> {
    let mut all_ns = 0_u64;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        all_ns += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(std::time::Duration::from_nanos(all_ns).as_secs_f64())
}
