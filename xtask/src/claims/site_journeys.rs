//! The claim `site-journeys`: the site walked in a real browser, in both languages, at a desk and on a phone.

use super::environments;
use super::findings::Findings;
use super::{Claim, Measured};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use crate::setup;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

pub(super) const CLAIM: Claim = Claim {
    name: "site-journeys",
    promise: "In Debian's Chromium, in Korean and English, 1,280 and 360 pixels wide: first run, sign-in, recorded battles, votes, \
              withdrawal, a restart, the close, results and receipts, the stage that takes the votes with its report and evidence, the \
              same pages as exported files, and live conversations of two turns with a reload midway; by keyboard, no page wider \
              than 320 pixels, nothing found by axe-core (WCAG 2.2 AA and its best practices); what was published checks offline",
    run,
};

/// What drives a browser, and makes pictures small.
pub(super) const PACKAGES: [&str; 2] = ["selenium==4.51.0", "pillow==12.0.0"];
const AXE: &str = "axe-core@4.14.1";

#[derive(Deserialize)]
struct Walked {
    checks: BTreeMap<String, Check>,
    violations: Vec<Violation>,
    pages: Vec<String>,
}

#[derive(Deserialize)]
struct Check {
    holds: bool,
    times: u32,
    more: String,
}

#[derive(Deserialize)]
struct Violation {
    page: String,
    id: String,
    nodes: Vec<String>,
}

fn run(settings: &Settings) -> Result<Measured, Failure> {
    setup::provide_browser(settings)?;
    let folder = settings.cache.join("site-journeys");
    let work = folder.join("work");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(Failure::io("make", &work))?;
    let python = environments::provide(settings, "site-journeys/python", &PACKAGES)?.program("python3");
    let axe = axe(settings)?;
    process::run(&mut process::command(
        settings,
        "cargo",
        &["build", "--quiet", "-p", "daepyo", "--no-default-features"],
    ))?;
    let script = settings.root.join("xtask/python/site_journeys.py");
    let pictures = folder.join("pictures");
    let words: Vec<String> = [
        script,
        settings.target.join("debug/daepyo"),
        settings.root.join("examples/contest"),
        settings.root.join("examples/contest-live"),
        work.clone(),
        axe,
        pictures,
    ]
    .iter()
    .map(|path| path.to_string_lossy().into_owned())
    .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let printed = process::capture(&mut process::command(settings, &python.to_string_lossy(), &words))?;
    let _ = fs::remove_dir_all(&work);
    let last = printed.lines().last().unwrap_or_default();
    let walked: Walked = serde_json::from_str(last)
        .map_err(|error| Failure::No(format!("the walk printed something else: {error}")))?;
    Ok(told(&walked))
}

fn told(walked: &Walked) -> Measured {
    let mut findings = Findings::default();
    findings.figure("pages", walked.pages.join(", "));
    for (name, check) in &walked.checks {
        findings.check(&format!("{name} ({} times)", check.times), check.holds);
        if !check.holds {
            findings.note(check.more.clone());
        }
    }
    findings.check("axe finds nothing", walked.violations.is_empty());
    for violation in walked.violations.iter().take(20) {
        findings.note(format!("{}: {} {:?}", violation.page, violation.id, violation.nodes.first()));
    }
    let times: u32 = walked.checks.values().map(|check| check.times).sum();
    let figure = format!(
        "{} pages in two languages and two sizes, {} checks made {times} times, {} violations found by axe",
        walked.pages.len(),
        walked.checks.len(),
        walked.violations.len()
    );
    findings.measured(&figure)
}

/// axe-core's file, fetched into the cache where it is missing.
fn axe(settings: &Settings) -> Result<PathBuf, Failure> {
    let folder = settings.cache.join("site-journeys/node");
    let file = folder.join("node_modules/axe-core/axe.min.js");
    if !file.is_file() {
        fs::create_dir_all(&folder).map_err(Failure::io("make", &folder))?;
        let prefix = folder.to_string_lossy();
        let words = ["install", "--prefix", &prefix, "--no-audit", "--no-fund", "--ignore-scripts", AXE];
        process::run(&mut process::command(settings, "npm", &words))?;
    }
    Ok(file)
}
