//! The claim `korean-tasks`: every Korean task runs from its file to its scores.

use super::super::findings::Findings;
use super::super::{Claim, Measured, local_data};
use super::{Grounds, KOREAN_COUNT};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use daepyo_core::FailureCounts;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

pub(in crate::claims) const CLAIM: Claim = Claim {
    name: "korean-tasks",
    promise: "All 492 Korean tasks of lm-eval 0.4.13 run with `daepyo eval` on made documents against an \
              OpenAI-compatible server: every request answered, every document scored, every task with its figures",
    run,
};

/// Documents of each task.
const LIMIT: &str = "4";

/// What `daepyo eval --json` prints, as far as it is used here.
#[derive(Debug, Deserialize)]
struct Evaluated {
    results: Vec<Row>,
    counts: BTreeMap<String, FailureCounts>,
}

#[derive(Debug, Deserialize)]
struct Row {
    task: String,
    value: Option<f64>,
}

/// Documents that got an answer.
fn answered(counts: &FailureCounts) -> u64 {
    counts.total() - counts.infrastructure
}

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let mut findings = Findings::default();
    let grounds = Grounds::lay(settings, CLAIM.name)?;
    let listed = grounds.python(settings, "lm_eval_families.py", &[])?;
    let families: BTreeMap<String, BTreeSet<String>> = serde_json::from_str(&listed)
        .map_err(|error| Failure::No(format!("lm_eval_families.py printed no list: {error}")))?;
    let server = Server::start(settings)?;

    let (mut tasks, mut documents) = (0, 0);
    let mut failed: Vec<String> = Vec::new();
    for (family, names) in &families {
        let evaluated = evaluate(settings, &grounds, &server, family, names)?;
        for name in names {
            match problem(&evaluated, name) {
                None => tasks += 1,
                Some(problem) => failed.push(format!("{name}: {problem}")),
            }
            documents += evaluated.counts.get(name).map_or(0, answered);
        }
        findings.figure(family, format!("{} tasks", names.len()));
    }
    for failure in &failed {
        findings.note(failure.clone());
    }
    let all: usize = families.values().map(BTreeSet::len).sum();
    findings.check("lm-eval has 492 Korean tasks", all == KOREAN_COUNT);
    findings.check("every one of them has its figures", failed.is_empty());
    Ok(findings.measured(&format!(
        "{tasks} of {all} Korean tasks in {} families run, {documents} documents scored",
        families.len()
    )))
}

/// What is wrong with a task's result; `None` where nothing is.
fn problem(evaluated: &Evaluated, name: &str) -> Option<String> {
    let Some(counts) = evaluated.counts.get(name) else { return Some("it has no documents".to_owned()) };
    if counts.infrastructure > 0 || answered(counts) == 0 {
        return Some(format!(
            "{} documents without an answer, {} with one",
            counts.infrastructure,
            answered(counts)
        ));
    }
    let mut figures = evaluated.results.iter().filter(|row| row.task == name).peekable();
    if figures.peek().is_none() {
        return Some("it has no figures".to_owned());
    }
    let is_finite = |row: &Row| row.value.is_some_and(f64::is_finite);
    (!figures.all(is_finite)).then(|| "a figure is not a number".to_owned())
}

/// Runs the Korean tasks of one family.
fn evaluate(
    settings: &Settings,
    grounds: &Grounds,
    server: &Server,
    family: &str,
    names: &BTreeSet<String>,
) -> Result<Evaluated, Failure> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut command = local_data::daepyo(settings, &["eval", "--json", "--limit", LIMIT])?;
    command.args(["--model", &format!("openai:{}?model=scripted", server.url)]);
    command.args(["--tasks", &names.join(",")]);
    command.arg("--include-path").arg(&grounds.tasks).arg("--data-root").arg(&grounds.documents);
    command.arg("--out").arg(grounds.work.join("out").join(family));
    eprintln!("$ daepyo eval: {} tasks of {family}", names.len());
    let printed = process::capture(&mut command)?;
    serde_json::from_str(&printed)
        .map_err(|error| Failure::No(format!("`daepyo eval --json` of {family}: {error}")))
}

/// The scripted server of the crate `daepyo-backend`; it ends with this value.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(settings: &Settings) -> Result<Self, Failure> {
        let build = ["build", "--quiet", "-p", "daepyo-backend", "--example", "scripted_server"];
        process::run(&mut process::command(settings, "cargo", &build))?;
        let program = settings.target.join("debug/examples/scripted_server");
        let failed =
            |error: std::io::Error| Failure::Environment(format!("the server can't be started: {error}"));
        let mut child = process::command(settings, &program.to_string_lossy(), &[])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut url = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut url).map_err(failed)?;
        }
        Ok(Self { child, url: url.trim().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    fn evaluated(value: &str, infrastructure: u64) -> Evaluated {
        let text = format!(
            r#"{{"results": [{{"task": "haerae_history", "value": {value}}}], "counts": {{"haerae_history":
            {{"right": 1, "wrong": 2, "unparsed": 0, "truncated": 0, "refused": 0,
            "infrastructure": {infrastructure}}}}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_task_without_figures_or_answers_has_not_run() {
        assert_eq!(problem(&evaluated("0.5", 0), "haerae_history"), None);
        assert!(problem(&evaluated("null", 0), "haerae_history").is_some());
        assert!(problem(&evaluated("0.5", 1), "haerae_history").is_some());
        assert!(problem(&evaluated("0.5", 0), "kobest_boolq").is_some());
    }
}
