//! Budgets stop a run before they are passed; a dry run sends nothing; a slow server holds back no other.

use crate::line::{Line, assert_same, code, fixture, stderr, stdout};
use crate::servers::{Servers, slow};
use daepyo_backend::faulty::{Delay, Script};
use serde_json::Value;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Documents of the task that is evaluated; with the probe of what the server can do, so many requests and one more.
const DOCUMENTS: usize = 20;

fn eval(line: &Line, servers: &Servers, out: &str) -> Command {
    let model = format!("openai:{}?model=garam", servers.url("garam"));
    let suite = fixture().join("suites/sums").display().to_string();
    let words =
        ["eval", "--model", &model, "--tasks", "line_sums", "--include-path", &suite, "--out", out, "--json"];
    line.daepyo(&words)
}

fn limited(line: &Line, servers: &Servers, out: &str, limits: &[&str]) -> Output {
    eval(line, servers, out).args(limits).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&stdout(output)).unwrap()
}

fn one_server() -> (Servers, Line) {
    (Servers::start(&["garam"], &|_| Script::default()), Line::new())
}

#[test]
fn a_budget_that_fits_exactly_is_enough_and_one_less_stops_before_the_last_request() {
    let (servers, line) = one_server();
    let enough = (DOCUMENTS + 1).to_string();
    let whole = limited(&line, &servers, "whole", &["--max-requests", &enough]);
    assert_eq!(code(&whole), 0, "{}", stderr(&whole));
    assert_eq!(servers.count(), DOCUMENTS + 1);

    let before = servers.count();
    let few = DOCUMENTS.to_string();
    let output = limited(&line, &servers, "out", &["--max-requests", &few]);
    assert_eq!((code(&output), stdout(&output)), (3, String::new()));
    let said = stderr(&output);
    for part in ["stage::budget", "20 requests", "requests without an answer: 1", "--max-requests"] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    assert_eq!(servers.count() - before, DOCUMENTS);

    let output = limited(&line, &servers, "out", &["--max-requests", &few]);
    assert_eq!(code(&output), 3);
    assert_eq!(servers.count() - before, DOCUMENTS, "a used-up budget sends nothing, not even a probe");

    let output = limited(&line, &servers, "out", &["--max-requests", "60"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(servers.count() - before, DOCUMENTS + 2, "the last request, and the probe of a new call");
    assert_same(&line.published("out"), &line.published("whole"));
    assert_eq!(json(&output)["spent"]["requests"], DOCUMENTS + 2);
}

#[test]
fn budgets_of_tokens_and_of_money_stop_before_they_are_passed_and_a_higher_one_goes_on() {
    let (servers, line) = one_server();
    let prices = ["--price", "1000,3000,KRW"];
    let whole = limited(&line, &servers, "whole", &prices);
    assert_eq!(code(&whole), 0, "{}", stderr(&whole));
    let spent = json(&whole)["spent"].clone();
    let (read, written) =
        (spent["prompt_tokens"].as_u64().unwrap(), spent["completion_tokens"].as_u64().unwrap());
    assert_eq!(spent["requests_without_usage"], 0);
    let cost = spent["cost"]["amount"].as_f64().unwrap();
    assert!((cost * 1000.0 - f64::from(u32::try_from(read + 3 * written).unwrap())).abs() < 1e-6, "{spent}");

    let tokens = (read + written - 1).to_string();
    let money = (cost * 0.9).to_string();
    for (out, limit) in [("tokens", ["--max-tokens", &tokens]), ("money", ["--max-cost", &money])] {
        let limits = [prices.as_slice(), &limit].concat();
        let output = limited(&line, &servers, out, &limits);
        assert_eq!(code(&output), 3, "{}", stderr(&output));
        // What the server told is known from a dry run, which sends nothing.
        let arrived = servers.count();
        let dry = limited(&line, &servers, out, &[limits.as_slice(), &["--dry-run"]].concat());
        assert_eq!((code(&dry), servers.count()), (0, arrived));
        let spent = json(&dry)["dry_run"][0]["spent"].clone();
        let tokens_spent =
            spent["prompt_tokens"].as_u64().unwrap() + spent["completion_tokens"].as_u64().unwrap();
        assert!(tokens_spent < read + written && tokens_spent > (read + written) / 3, "{spent}");
        assert!(spent["cost"]["amount"].as_f64().unwrap() < cost, "{spent}");
        let output = limited(&line, &servers, out, &prices);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_same(&line.published(out), &line.published("whole"));
    }
}

#[test]
fn a_limit_of_money_needs_a_price() {
    let (servers, line) = one_server();
    let output = limited(&line, &servers, "out", &["--max-cost", "1"]);
    assert_eq!((code(&output), servers.count()), (2, 0));
    assert!(stderr(&output).contains("--price"), "{}", stderr(&output));
}

#[test]
fn a_run_that_is_killed_comes_back_to_the_same_budget() {
    let servers = Servers::start(&["garam"], &|_| slow());
    let line = Line::new();
    let most = 18;
    for kill_after in [3, 7, 11, 15] {
        let mut child = eval(&line, &servers, "out");
        let child = child.args(["--max-requests", &most.to_string(), "--concurrency", "2"]);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while servers.count() < kill_after && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        let _ = child.kill();
        child.wait().unwrap();
        assert!(servers.count() <= most);
    }
    let output = limited(&line, &servers, "out", &["--max-requests", &most.to_string()]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(servers.count() <= most && servers.count() >= most - 8, "{}", servers.count());
    let output = limited(&line, &servers, "out", &["--max-requests", "200"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let whole = limited(&line, &servers, "whole", &[]);
    assert_eq!(code(&whole), 0, "{}", stderr(&whole));
    assert_same(&line.published("out"), &line.published("whole"));
}

#[test]
fn a_stage_keeps_to_the_programmes_budget_and_a_flag_goes_on() {
    let servers = Servers::start(&["narae"], &|_| Script::default());
    let line = Line::served(&servers, "budget = { requests = 25 }");
    let output = line.stage("first", "out").output().unwrap();
    assert_eq!((code(&output), stdout(&output)), (3, String::new()), "{}", stderr(&output));
    assert_eq!(servers.count(), 25);
    let said = stderr(&output);
    assert!(said.contains("stage::budget") && said.contains("narae"), "{said}");
    assert!(!line.path("out/verdict.json").exists());

    let output = line.stage("first", "out").args(["--max-requests", "500"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("narae: "), "{}", stderr(&output));
    line.verifies("out");
    let whole = line.stage("first", "whole").args(["--max-requests", "500"]).output().unwrap();
    assert_eq!(code(&whole), 0, "{}", stderr(&whole));
    assert_same(&line.published("out"), &line.published("whole"));
}

#[test]
fn a_budget_without_a_server_or_a_price_is_found_when_the_file_is_checked() {
    let line = Line::new();
    line.edit(
        "programme.toml",
        "model = \"replay:replay/garam.jsonl\"",
        "model = \"replay:replay/garam.jsonl\"\nbudget = { requests = 5 }",
    );
    let output = line.daepyo(&["check", "programme.toml"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("spec::bad_value"), "{}", stderr(&output));

    let servers = Servers::start(&["garam"], &|_| Script::default());
    let line = Line::served(&servers, "budget = { cost = 5.0 }");
    let output = line.daepyo(&["check", "programme.toml"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("price"), "{}", stderr(&output));
}

#[test]
fn a_dry_run_sends_and_writes_nothing_and_tells_what_would_be_asked() {
    let servers = Servers::start(&["garam", "narae"], &|_| Script::default());
    let line = Line::served(&servers, "price = { input = 1000, output = 2000, currency = \"KRW\" }");
    let dry = |lang: &str, more: &[&str]| {
        let output = line.stage("first", "out").args(["--dry-run", "--lang", lang]).args(more).output();
        let output = output.unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_eq!(servers.count(), 0);
        assert!(!line.path("out").exists());
        output
    };
    let korean = dry("ko", &[]);
    assert!(stdout(&korean).contains("요청") && stderr(&korean).contains("모의 실행"), "{}", stdout(&korean));
    let told = json(&dry("en", &["--json", "--rate", "10"]));
    let rows = told["dry_run"].as_array().unwrap();
    let row = rows.iter().find(|row| row["candidate"] == "narae").unwrap();
    let sums = row["tasks"].as_array().unwrap().iter().find(|task| task["task"] == "line_sums").unwrap();
    assert_eq!((&sums["requests"], &sums["greatest_completion_tokens"]), (&20.into(), &(20 * 64).into()));
    assert_eq!((&row["total"]["requests"], &row["total"]["seconds"]), (&100.into(), &10.0.into()));
    let read = row["total"]["prompt_tokens"].as_f64().unwrap();
    let written = row["total"]["greatest_completion_tokens"].as_f64().unwrap();
    let cost = row["total"]["greatest_cost"]["amount"].as_f64().unwrap();
    assert!((cost * 1000.0 - (read + 2.0 * written)).abs() < 1e-6, "{row}");
}

#[test]
fn a_slow_server_holds_back_no_other() {
    let servers = Servers::start(&["garam", "narae"], &|name| {
        let fixed = Duration::from_millis(if name == "garam" { 30 } else { 0 });
        Script { delay: Delay { fixed, for_each: Duration::ZERO }, ..Script::default() }
    });
    let line = Line::served(&servers, "concurrency = 4");
    line.finish("out");
    let (slow, fast) = (servers.arrivals("garam"), servers.arrivals("narae"));
    let (slow_end, fast_end) = (slow.last().unwrap().at, fast.last().unwrap().at);
    assert!(fast_end < slow_end, "garam is first in the file, and narae need not wait for it");
    line.verifies("out");
}
