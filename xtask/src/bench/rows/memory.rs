//! Row 7: the memory of a run with very many requests.

use super::peers::text;
use crate::bench::documents;
use crate::bench::row::{Aim, Row, Side, figure};
use crate::bench::server::FixedServer;
use crate::bench::usage::{Runs, Usage, measured};
use crate::bench::{Bench, real};
use crate::failure::Failure;
use std::fs;

const REQUESTS: usize = 1_000_000;
/// A run that is small enough to be tried first.
const FIRST: usize = 50_000;
const MAX_BYTES: f64 = 500e6;
/// A million requests are not asked where they would need more than this.
const MOST_BYTES: f64 = 12e9;

pub(in crate::bench) fn measure(bench: &Bench<'_>) -> Result<Row, Failure> {
    let server = FixedServer::start(bench.settings, &bench.programs.example("fixed_server"), None)?;
    let first = asked(bench, &server, FIRST)?;
    let mut sides = vec![side(FIRST, first)];
    let expected_bytes = bytes(&first) * real(REQUESTS / FIRST);
    let mut notes = vec![
        "`daepyo eval` of made documents, one chat request each, against a local server, 64 at once; from reading the \
         documents to written results and samples"
            .to_owned(),
        "the greatest resident memory that the system counted for the process".to_owned(),
    ];
    let (what, peak_bytes) = if expected_bytes > MOST_BYTES {
        notes.push(format!(
            "{REQUESTS} requests were not asked: by {FIRST} they would need {} MB",
            figure(expected_bytes / 1e6)
        ));
        ("peak memory at 1,000,000 requests, scaled up", expected_bytes)
    } else {
        let all = asked(bench, &server, REQUESTS)?;
        sides.push(side(REQUESTS, all));
        ("peak memory at 1,000,000 requests", bytes(&all))
    };
    let aims = vec![Aim::below(what, peak_bytes / 1e6, MAX_BYTES / 1e6, " MB")];
    Ok(bench.row(sides, aims, notes))
}

fn bytes(usage: &Usage) -> f64 {
    // More than 4 GiB do not fit 32 bits; kilobytes do.
    u32::try_from(usage.peak_bytes / 1024).map_or(f64::INFINITY, |kib| f64::from(kib) * 1024.0)
}

fn side(requests: usize, usage: Usage) -> Side {
    let peak = format!(
        "{} MB at most, {} bytes a request",
        figure(bytes(&usage) / 1e6),
        figure(bytes(&usage) / real(requests))
    );
    let who = format!("daepyo, {} requests", figure(real(requests)));
    Side::per_unit(who, Runs::from(vec![usage]), real(requests)).with(peak)
}

fn asked(bench: &Bench<'_>, server: &FixedServer, requests: usize) -> Result<Usage, Failure> {
    let folder = bench.work.join(requests.to_string());
    documents::chat(&folder, requests)?;
    let model = format!("openai:{}?model=fixed", server.url());
    let (tasks, data) = (text(&folder.join("tasks")), text(&folder.join("data")));
    let out = text(&folder.join("out"));
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
        "64",
        "--out",
        &out,
    ];
    let (usage, _) = measured(bench.settings, &bench.work, &bench.programs.daepyo(), &words)?;
    fs::remove_dir_all(&folder).map_err(Failure::io("empty", &folder))?;
    Ok(usage)
}
