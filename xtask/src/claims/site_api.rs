//! The claim `site-api`: the API against its own document, by a program that others wrote.

use super::environments;
use super::findings::Findings;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::Deserialize;

pub(super) const CLAIM: Claim = Claim {
    name: "site-api",
    promise: "schemathesis, with all its checks and phases and a fixed seed, as a citizen, as the office and as nobody, against a \
              real site with a published stage and a contest: no failure; every operation was answered with success at least \
              once, a vote with its receipt and its withdrawal in a walk whose answers are held against the document",
    run,
};

const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// Cases that a phase makes for one operation, at most.
const EXAMPLES: &str = "100";

#[derive(Deserialize)]
struct Found {
    operations: u64,
    runs: Vec<Run>,
    /// Operations that were never answered with success, though somebody asked who may.
    unseen: Vec<String>,
    alive: bool,
    /// With which code the site ended.
    ended: i64,
}

#[derive(Deserialize)]
struct Run {
    who: String,
    code: i64,
    cases: u64,
    requests: u64,
    operations: Operations,
    failures: Vec<Fault>,
    errors: Vec<Fault>,
    complete: bool,
    stop: String,
}

#[derive(Deserialize)]
struct Operations {
    total: u64,
    tested: u64,
}

#[derive(Deserialize)]
struct Fault {
    title: String,
    count: u64,
    #[serde(default)]
    operations: Vec<String>,
}

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let work = local_data::work_folder(settings, "site-api")?;
    let environment = environments::provide(settings, "site-api/python", &[SCHEMATHESIS])?;
    process::run(&mut process::command(
        settings,
        "cargo",
        &["build", "--quiet", "-p", "daepyo", "--no-default-features"],
    ))?;
    let paths = [
        settings.root.join("xtask/python/site_api.py"),
        settings.target.join("debug/daepyo"),
        settings.root.join("examples/contest"),
        settings.root.join("fixtures/line/programme.toml"),
    ];
    let mut words: Vec<String> = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    words.push("first".to_owned());
    words.push(work.to_string_lossy().into_owned());
    words.push(environment.program("schemathesis").to_string_lossy().into_owned());
    words.push(EXAMPLES.to_owned());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let python = environment.program("python3");
    let printed = process::capture(&mut process::command(settings, &python.to_string_lossy(), &words))?;
    let last = printed.lines().last().unwrap_or_default();
    let found: Found = serde_json::from_str(last)
        .map_err(|error| Failure::No(format!("the script printed something else: {error}")))?;
    Ok(told(&found))
}

fn told(found: &Found) -> Measured {
    let mut findings = Findings::default();
    findings.note(format!("{SCHEMATHESIS}, at most {EXAMPLES} cases a phase and operation"));
    for run in &found.runs {
        let Run { who, cases, requests, .. } = run;
        findings.figure(who, format!("{cases} cases, {requests} requests kept in its report"));
        let is_whole =
            run.complete && run.stop == "completed" && run.operations.tested == run.operations.total;
        findings.check(&format!("{who}: it came to its end and tested every operation"), is_whole);
        findings.check(&format!("{who}: no failure, no error, and it says so"), is_clean(run));
        for fault in run.failures.iter().chain(&run.errors) {
            findings.note(format!(
                "{who}: {} ({} times) {}",
                fault.title,
                fault.count,
                fault.operations.join(", ")
            ));
        }
    }
    findings.check("every operation was answered with success", found.unseen.is_empty());
    if !found.unseen.is_empty() {
        findings.note(format!("never answered with success: {}", found.unseen.join(", ")));
    }
    findings.check("the site answers afterwards and stops in order", found.alive && found.ended == 0);
    let cases: u64 = found.runs.iter().map(|run| run.cases).sum();
    let faults: u64 = found
        .runs
        .iter()
        .flat_map(|run| run.failures.iter().chain(&run.errors))
        .map(|fault| fault.count)
        .sum();
    let figure = format!(
        "{} operations, {cases} cases as {} kinds of people, {faults} failures",
        found.operations,
        found.runs.len()
    );
    findings.measured(&figure)
}

fn is_clean(run: &Run) -> bool {
    run.failures.is_empty() && run.errors.is_empty() && run.code == 0
}
