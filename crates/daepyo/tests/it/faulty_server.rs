//! Servers that fail do not change one score; what stays without an answer is counted apart.

use crate::figure;
use crate::line::{Line, assert_same, code, stderr, stdout};
use crate::servers::Servers;
use daepyo_backend::faulty::{Fault, Faults, Script};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Output;

const SERVED: [&str; 3] = ["garam", "narae", "mundi"];

/// Every fault that can pass, stalls and long waits among them.
fn kinds() -> Vec<Fault> {
    let mut kinds = Fault::PASSING.to_vec();
    kinds.extend([
        Fault::Stall,
        Fault::TooManyAfterSeconds(1),
        Fault::TooManyUntil(1),
        Fault::WrongContentType,
    ]);
    kinds
}

fn faulty(seed: u64, per_mille: u32) -> Script {
    let faults = Faults::Seeded { seed, per_mille, most_per_request: 3, kinds: kinds() };
    Script { faults, ..Script::default() }
}

#[test]
fn faults_that_pass_change_no_byte() {
    let rounds = figure::asked("DAEPYO_FAULT_ROUNDS", 1);
    let mut servers = Servers::start(&SERVED, &|_| Script::default());
    let line = Line::served(&servers, "concurrency = 16\ndeadline_s = 3");
    line.finish("faultless");
    let faultless = line.published("faultless");
    let mut met: BTreeMap<String, u64> = BTreeMap::new();
    for round in 0..rounds {
        servers.restart(&|name| faulty(round * 10 + name.len() as u64, 250));
        let out = format!("faulty-{round}");
        line.finish(&out);
        assert_same(&line.published(&out), &faultless);
        line.verifies(&out);
        for name in SERVED {
            for fault in servers.arrivals(name).iter().filter_map(|arrival| arrival.fault) {
                let kind = format!("{fault:?}");
                *met.entry(kind.split('(').next().unwrap().to_owned()).or_default() += 1;
            }
        }
    }
    let faults: u64 = met.values().sum();
    let all: Vec<_> = met.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    figure::tell(&format!(
        "{faults} faults of {} kinds in {rounds} runs of 300 requests ({}): every published file, the verdict among \
         them, is the same to the byte as without faults",
        met.len(),
        all.join(", ")
    ));
    assert!(met.len() > 15 && faults > 60 * rounds, "{all:?}");
}

/// The first sum, which is asked of everyone.
fn first_sum(line: &Line) -> String {
    let text = line.read("suites/sums/data/test.jsonl");
    let row: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    row["question"].as_str().unwrap().to_owned()
}

/// Runs the stage where `narae`'s server refuses one document of forty.
fn with_one_refused(limit: &str) -> (Servers, Line, Output) {
    let mut servers = Servers::start(&["narae"], &|_| Script::default());
    let line = Line::served(&servers, "");
    let question = first_sum(&line);
    servers.restart(&|_| Script { always: vec![(question.clone(), Fault::BadRequest)], ..Script::default() });
    line.edit(
        "programme.toml",
        "infrastructure_failure_limit = 0.02",
        &format!("infrastructure_failure_limit = {limit}"),
    );
    let output = line.stage("first", "out").output().unwrap();
    (servers, line, output)
}

fn verdict(line: &Line) -> Value {
    serde_json::from_str(&line.read("out/verdict.json")).unwrap()
}

fn counts<'a>(verdict: &'a Value, candidate: &str, task: &str) -> &'a Value {
    let tasks = verdict["tasks"].as_array().unwrap();
    let row = tasks.iter().find(|row| row["candidate"] == candidate && row["task"] == task);
    &row.unwrap()["counts"]
}

#[test]
fn infrastructure_failures_below_the_limit_are_counted_apart() {
    let (_servers, line, output) = with_one_refused("0.05");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let verdict = verdict(&line);
    assert_eq!(counts(&verdict, "narae", "line_sums")["infrastructure"], 1, "{verdict}");
    assert_eq!(counts(&verdict, "garam", "line_sums")["infrastructure"], 0);
    line.verifies("out");
}

#[test]
fn above_the_limit_nothing_is_signed_and_only_what_failed_is_asked_again() {
    let (mut servers, line, output) = with_one_refused("0.02");
    assert_eq!((code(&output), stdout(&output)), (3, String::new()));
    let said = stderr(&output);
    for part in ["stage::too_many_failures", "narae", "2.50 %", "2.00 %", "--conclude"] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    assert!(!line.path("out/verdict.json").exists());

    servers.restart(&|_| Script::default());
    let output = line.stage("first", "out").output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(counts(&verdict(&line), "narae", "line_sums")["infrastructure"], 0);
    let (question, arrivals) = (first_sum(&line), servers.arrivals("narae"));
    // Beside the question stands what a new connection asks of any server, to learn how it scores.
    let prompts = arrivals.iter().map(|arrival| arrival.prompt.as_str());
    let asked: Vec<_> = prompts.filter(|prompt| *prompt != "The capital of France is Paris.").collect();
    assert!(!asked.is_empty() && asked.iter().all(|prompt| prompt.contains(&question)), "{asked:?}");
    assert_eq!(servers.count(), arrivals.len(), "nobody else is asked again");
    line.verifies("out");
}

#[test]
fn above_the_limit_a_stage_can_be_concluded_without_a_verdict() {
    let (_servers, line, _) = with_one_refused("0.02");
    let output = line.stage("first", "out").arg("--conclude").output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let said = stdout(&output);
    assert!(said.contains("narae") && said.contains("2.50 %") && said.contains("2.00 %"), "{said}");
    let verdict = verdict(&line);
    assert!(verdict["status"]["no_verdict"]["infrastructure_failures"].is_object(), "{}", verdict["status"]);
    line.verifies("out");
    // It is concluded: asked again, it says the same.
    let again = line.stage("first", "out").output().unwrap();
    assert_eq!((code(&again), stdout(&again)), (1, said));
}

#[test]
fn a_missing_api_key_is_the_environments_fault_and_a_given_one_is_never_published() {
    let servers = Servers::start(&["narae"], &|_| Script::default());
    let line = Line::served(&servers, "api_key_env = \"LINE_KEY\"");
    let output = line.stage("first", "out").output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("LINE_KEY"), "{}", stderr(&output));
    // With the key it goes on, and the key is nowhere in what is published.
    let output = line.stage("first", "out").env("LINE_KEY", "geheim-1234").output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    for (name, bytes) in line.published("out") {
        assert!(!String::from_utf8_lossy(&bytes).contains("geheim-1234"), "{name}");
    }
}
