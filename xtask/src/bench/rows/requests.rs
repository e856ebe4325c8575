//! Row 1: the requests of a large multiple-choice set with five examples, built and not sent.

use super::peers::{self, Work, last_line, text};
use crate::bench::documents;
use crate::bench::row::{Aim, Row, Side};
use crate::bench::usage::{Runs, measured};
use crate::bench::{Bench, real};
use crate::failure::Failure;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// KMMLU's own number.
const DOCUMENTS: usize = 35_030;
const CHOICES: usize = 4;
const SUBJECTS: usize = 45;
const MAX_CPU_S: f64 = 2.0;

pub(in crate::bench) fn measure(bench: &Bench<'_>) -> Result<Row, Failure> {
    let lm_eval = peers::lm_eval(bench)?;
    let tasks = lm_eval.package(bench.settings, "lm_eval")?.join("tasks/kmmlu/default");
    let subjects = subjects(&tasks)?;
    let data = bench.work.join("data");
    documents::kmmlu(&data, &subjects, DOCUMENTS)?;
    let (tasks, data, out) = (text(&tasks), text(&data), text(&bench.work.join("out")));

    let words = [
        "eval",
        "--dry-run",
        "--json",
        "--model",
        "openai:http://127.0.0.1:1/v1?model=none",
        "--tasks",
        "kmmlu",
        "--num-fewshot",
        "5",
        "--include-path",
        &tasks,
        "--data-root",
        &data,
        "--out",
        &out,
    ];
    let mut built = 0;
    let ours = Runs::of(bench.options.repetitions, || {
        let (usage, printed) = measured(bench.settings, &bench.work, &bench.programs.daepyo(), &words)?;
        built = count(&last_line(&printed, "daepyo eval --dry-run")?);
        Ok(usage)
    })?;

    let (share, factor) = bench.share(DOCUMENTS / SUBJECTS + 1, 10);
    let limit = share.to_string();
    let words = ["build", "--tasks", &tasks, "--data-root", &data, "--num-fewshot", "5", "--limit", &limit];
    let work: Work = peers::ask(bench, &lm_eval, "bench_lm_eval.py", &words)?;
    let theirs = Runs::of(1, || Ok(work.usage()))?;
    let asked = real(DOCUMENTS * CHOICES);
    // By requests, so that the last, smaller subjects do not matter.
    let scale = if bench.options.whole { 1.0 } else { asked / real(work.requests) };
    let theirs = theirs.scaled(scale);

    let ratio = theirs.cpu_s() / ours.cpu_s();
    let aims = vec![
        Aim::holds(
            format!("{} requests are built", DOCUMENTS * CHOICES),
            built.to_string(),
            built == DOCUMENTS * CHOICES,
        ),
        Aim::below("CPU time of the whole program", ours.cpu_s(), MAX_CPU_S, " s"),
        Aim::holds(
            "less CPU time than lm-eval",
            format!("{} times", crate::bench::row::figure(ratio)),
            ratio > 1.0,
        ),
    ];
    let mut notes = vec![
        format!("{DOCUMENTS} made documents over {SUBJECTS} subjects, 5 examples each, 4 choices"),
        "daepyo: `daepyo eval --dry-run`, the whole program: reads task files and documents, builds every request, gives \
         each its digest, drops doubles and estimates tokens"
            .to_owned(),
        "lm-eval 0.4.13: `build_all_requests` alone, without the start of the program and the loading of tasks and \
         documents"
            .to_owned(),
    ];
    if factor > 1.0 {
        notes.push(format!(
            "lm-eval built {} of {} requests; its times are scaled up (`--whole` has it build all)",
            work.requests,
            DOCUMENTS * CHOICES
        ));
    }
    let sides = vec![Side::per_unit("daepyo", ours, asked), Side::per_unit("lm-eval 0.4.13", theirs, asked)];
    Ok(bench.row(sides, aims, notes))
}

/// The names under `dataset_name` in the task files of a folder.
fn subjects(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::io("read", folder))? {
        let path = entry.map_err(Failure::io("read", folder))?.path();
        if path.extension().is_none_or(|ending| ending != "yaml") {
            continue;
        }
        let lines = fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
        let name = lines.lines().find_map(|line| line.strip_prefix("dataset_name:"));
        found.extend(name.map(|name| name.trim().trim_matches(['\'', '"']).to_owned()));
    }
    found.sort();
    if found.len() == SUBJECTS {
        return Ok(found);
    }
    Err(Failure::No(format!("{} has {} subjects, not {SUBJECTS}", folder.display(), found.len())))
}

/// Requests in a dry run's JSON.
fn count(printed: &Value) -> usize {
    let total = printed.pointer("/dry_run/0/total/requests").and_then(Value::as_u64);
    total.and_then(|total| usize::try_from(total).ok()).unwrap_or(0)
}
