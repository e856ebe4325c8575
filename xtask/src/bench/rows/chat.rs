//! Row 2: what a chat request costs the client, where the server costs no time.

use super::peers::{self, Work, text};
use crate::bench::documents;
use crate::bench::page::time;
use crate::bench::row::{Aim, Row, Side, figure};
use crate::bench::server::FixedServer;
use crate::bench::usage::{Runs, Usage, measured};
use crate::bench::{Bench, real};
use crate::claims::environments::Environment;
use crate::failure::Failure;
use std::fs;
use std::path::{Path, PathBuf};

const CONCURRENCY: [u32; 3] = [1, 32, 512];
const REQUESTS: usize = 20_000;
/// Requests of peers, which take up to a thousand times as long for one.
const OF_LM_EVAL: usize = 3_000;
const OF_OTHERS: usize = 600;
const MAX_CPU_US: f64 = 60.0;
const MAX_TIMES_BARE: f64 = 1.25;

/// Our own sides take turns so many times a repetition: each takes a second, and half of what a system call takes is the
/// machine's mood.
const TURNS: usize = 3;

/// What every side needs.
struct Asking<'a> {
    bench: &'a Bench<'a>,
    server: FixedServer,
    /// The folder with `tasks` and `data`.
    folder: PathBuf,
    bodies: PathBuf,
}

/// The sides at one concurrency.
struct Level {
    concurrency: u32,
    sides: Vec<Side>,
    bare_us: f64,
    client_us: f64,
    whole_us: f64,
    quickest_peer: Option<(String, f64)>,
}

pub(in crate::bench) fn measure(bench: &Bench<'_>) -> Result<Row, Failure> {
    let folder = bench.work.join("made");
    documents::chat(&folder, REQUESTS)?;
    let program = bench.programs.example("fixed_server");
    let bodies = bench.work.join("bodies.jsonl");
    record(bench, &folder, &program, &bodies)?;
    let work = Asking { bench, server: FixedServer::start(bench.settings, &program, None)?, folder, bodies };
    let mut notes = vec![
        "one server for all, a process of its own on the same machine; its CPU time is not counted, but it takes part of \
         the machine"
            .to_owned(),
        "bare client: hyper alone on one thread, sends the bodies that daepyo sends (recorded once) and parses each answer \
         as JSON; both clients are measured from the moment their requests are in memory"
            .to_owned(),
        "daepyo's client: the same bodies through daepyo's backend (levels, deadlines, retries, metering), nothing stored"
            .to_owned(),
        format!(
            "daepyo, all of it: `daepyo eval` from start to end: reads {} documents, builds requests, asks, stores each \
             answer durably (SQLite, full synchronisation), scores, writes results and samples",
            figure(real(REQUESTS))
        ),
        "lm-eval, Inspect and evalscope: inside their own process, without its start and imports".to_owned(),
    ];
    let lm_eval = peers::lm_eval(bench)?;
    let others = [
        ("Inspect 0.3.285", "bench_inspect.py", noted(peers::inspect(bench), "Inspect", &mut notes)),
        ("evalscope", "bench_evalscope.py", noted(peers::evalscope(bench), "evalscope", &mut notes)),
    ];
    let mut levels = Vec::new();
    for concurrency in CONCURRENCY {
        let mut level = work.ours(concurrency)?;
        let mut theirs = vec![work.of_lm_eval(&lm_eval, concurrency)?];
        for (who, script, environment) in &others {
            let Some(environment) = environment else { continue };
            let side = work.of_script(who, script, environment, concurrency);
            theirs.extend(noted(side, &format!("{who} at {concurrency}"), &mut notes));
        }
        let least = theirs.iter().min_by(|a, b| a.unit_cpu_us().total_cmp(&b.unit_cpu_us()));
        level.quickest_peer = least.map(|side| (side.who.clone(), side.unit_cpu_us()));
        level.sides.extend(theirs);
        levels.push(level);
    }
    let aims = levels.iter().flat_map(aims).collect();
    Ok(bench.row(levels.into_iter().flat_map(|level| level.sides).collect(), aims, notes))
}

/// A result, or a note that there is none and why.
fn noted<T>(result: Result<T, Failure>, who: &str, notes: &mut Vec<String>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(failure) => {
            notes.push(format!("{who} is not among the sides: {failure}"));
            None
        }
    }
}

fn aims(level: &Level) -> Vec<Aim> {
    let Level { concurrency, bare_us, client_us, whole_us, quickest_peer, .. } = level;
    let mut aims = vec![
        Aim::at_most(
            &format!("at {concurrency}: CPU of daepyo's client over the bare client's"),
            client_us / bare_us,
            MAX_TIMES_BARE,
            " times",
        ),
        Aim::below(
            &format!("at {concurrency}: CPU a request, scoring and durable storage included"),
            *whole_us,
            MAX_CPU_US,
            " µs",
        ),
    ];
    if let Some((who, peer_us)) = quickest_peer {
        aims.push(Aim::holds(
            format!("at {concurrency}: less CPU than any other harness"),
            format!("{} times less than {who}", figure(peer_us / whole_us)),
            peer_us > whole_us,
        ));
    }
    aims
}

/// Has daepyo ask a server that keeps what is sent.
fn record(bench: &Bench<'_>, folder: &Path, program: &Path, bodies: &Path) -> Result<(), Failure> {
    let server = FixedServer::start(bench.settings, program, Some(bodies))?;
    eval(bench, folder, server.url(), 32, 0)?;
    let sent = fs::read_to_string(bodies).map_err(Failure::io("read", bodies))?.lines().count();
    if sent == REQUESTS {
        return Ok(());
    }
    Err(Failure::No(format!("daepyo sent {sent} requests, not {REQUESTS}")))
}

/// `daepyo eval` of all documents into an empty folder.
fn eval(
    bench: &Bench<'_>,
    folder: &Path,
    url: &str,
    concurrency: u32,
    number: usize,
) -> Result<Usage, Failure> {
    let out = bench.work.join(format!("out-{concurrency}-{number}"));
    let (model, concurrency) = (format!("openai:{url}?model=fixed"), concurrency.to_string());
    let (tasks, data, out_text) = (text(&folder.join("tasks")), text(&folder.join("data")), text(&out));
    let words = [
        "eval",
        "--json",
        "--model",
        &model,
        "--apply-chat-template",
        "--tasks",
        "bench_chat",
        "--include-path",
        &tasks,
        "--data-root",
        &data,
        "--concurrency",
        &concurrency,
        "--out",
        &out_text,
    ];
    let (usage, _) = measured(bench.settings, &bench.work, &bench.programs.daepyo(), &words)?;
    fs::remove_dir_all(&out).map_err(Failure::io("empty", &out))?;
    Ok(usage)
}

impl Asking<'_> {
    /// The bare client, daepyo's client, and all of daepyo, in turn, so that what changes on the machine concerns all.
    fn ours(&self, concurrency: u32) -> Result<Level, Failure> {
        let Self { bench, server, folder, bodies } = self;
        let (level, count, bodies) = (concurrency.to_string(), REQUESTS.to_string(), text(bodies));
        let client = |name: &str| {
            let words = [server.url(), &level, &count, &bodies];
            let program = bench.programs.example(name);
            let (_, printed) = measured(bench.settings, &bench.work, &program, &words)?;
            peers::last_line::<Work>(&printed, name).map(|work| work.usage())
        };
        let (mut bare, mut client_runs, mut whole) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..TURNS * bench.options.repetitions.max(1) {
            bare.push(client("bare_client")?);
            client_runs.push(client("chat_client")?);
            whole.push(eval(bench, folder, server.url(), concurrency, number)?);
        }
        let side = |who: &str, usages: Vec<_>| {
            Side::per_unit(format!("{who}, {concurrency} at once"), Runs::from(usages), real(REQUESTS))
        };
        let bare = side("limit: bare hyper client", bare);
        let client = side("daepyo's client", client_runs);
        let whole = side("daepyo, all of it", whole);
        Ok(Level {
            concurrency,
            bare_us: bare.unit_cpu_us(),
            client_us: client.unit_cpu_us(),
            whole_us: whole.unit_cpu_us(),
            sides: vec![bare, client, whole],
            quickest_peer: None,
        })
    }

    fn of_lm_eval(&self, lm_eval: &Environment, concurrency: u32) -> Result<Side, Failure> {
        let Self { bench, server, folder, .. } = self;
        let (tasks, data) = (text(&folder.join("tasks")), text(&folder.join("data")));
        let (level, limit) = (concurrency.to_string(), OF_LM_EVAL.to_string());
        let words = [
            "chat",
            "--tasks",
            &tasks,
            "--data-root",
            &data,
            "--url",
            server.url(),
            "--concurrency",
            &level,
            "--limit",
            &limit,
        ];
        let work: Work = peers::ask(bench, lm_eval, "bench_lm_eval.py", &words)?;
        Ok(of_work(&format!("lm-eval 0.4.13, {concurrency} at once"), &work))
    }

    fn of_script(
        &self,
        who: &str,
        script: &str,
        environment: &Environment,
        concurrency: u32,
    ) -> Result<Side, Failure> {
        let Self { bench, server, folder, .. } = self;
        let documents = text(&folder.join("data/bench/chat/test.jsonl"));
        let (level, count) = (concurrency.to_string(), OF_OTHERS.to_string());
        let logs = text(&bench.work.join(format!("{script}-{concurrency}")));
        let words = [&*documents, server.url(), &level, &count, &logs];
        let work: Work = peers::ask(bench, environment, script, &words)?;
        Ok(of_work(&format!("{who}, {concurrency} at once"), &work))
    }
}

fn of_work(who: &str, work: &Work) -> Side {
    let usage = work.usage();
    let requests = real(work.requests);
    let more = format!("{} requests, {} on the clock each", work.requests, time(usage.wall_s / requests));
    Side::per_unit(who, Runs::from(vec![usage]), requests).with(more)
}
