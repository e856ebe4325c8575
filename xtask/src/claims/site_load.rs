//! The claim `site-load`: what the site bears, each row beside its limit in the same run.

use super::findings::Findings;
use super::local_data::work_folder;
use super::tested::Tested;
use super::{Claim, Measured};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::Deserialize;
use std::collections::BTreeMap;

pub(super) const CLAIM: Claim = Claim {
    name: "site-load",
    promise: "Votes durable and in the signed log at 70 % or more of pgbench's rate with the same rows, and of SQLite's own in \
              batches; p99 of pages over 1,000 connections within 3 times a bare axum handler's at 70 % of the page's \
              throughput; 2,000 conversations open at once in under 300 MB with no token lost or mixed; the first page in \
              under 60 KB with one style sheet, no blocking script, no font and no third party",
    run,
};

/// What votes must reach of their limit, and how many times their limit's p99 pages may take.
const VOTES_SHARE: f64 = 0.7;
const READS_TIMES: f64 = 3.0;
/// 60 KB and 300 MB.
const FIRST_PAGE_BYTES: u64 = 60_000;
const CONVERSATIONS_MIB: u64 = 300_000_000 / (1 << 20);

#[derive(Deserialize)]
struct Rows {
    first: First,
    reads: Vec<Reads>,
    memory_bytes: u64,
    sqlite: Votes,
    postgres: Votes,
}

#[derive(Deserialize)]
struct First {
    bytes: u64,
    parts: BTreeMap<String, u64>,
    styles: u32,
    blocking: u32,
    fonts: u32,
    foreign: Vec<String>,
}

#[derive(Deserialize)]
struct Reads {
    name: String,
    bytes: u64,
    rate: f64,
    ours: f64,
    limit: f64,
    failed: u64,
}

#[derive(Deserialize)]
struct Votes {
    ours: f64,
    limit: f64,
    turns: (Vec<f64>, Vec<f64>),
    lost: u64,
    twice: u64,
    version: String,
}

/// Examples that are built for it, by package.
const EXAMPLES: [(&str, &str); 3] =
    [("daepyo-contest", "vote_speed"), ("daepyo-server", "steady_load"), ("daepyo-server", "bare_page")];

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let cargo = |words: &[&str]| {
        let all = [&["build", "--quiet", "--locked", "--release"][..], words].concat();
        process::run(&mut process::command(settings, "cargo", &all))
    };
    cargo(&["-p", "daepyo", "--no-default-features"])?;
    for (package, example) in EXAMPLES {
        cargo(&["-p", package, "--example", example])?;
    }
    let release = settings.target.join("release");
    let mut words = vec![settings.root.join("xtask/python/site_load.py"), release.join("daepyo")];
    words.extend(EXAMPLES.iter().map(|(_, example)| release.join("examples").join(example)));
    words.push(settings.root.join("examples/contest"));
    words.push(settings.root.join("crates/store/migrations/site/sqlite/0001_site.sql"));
    words.push(work_folder(settings, CLAIM.name)?);
    let words: Vec<String> = words.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let printed = process::capture(&mut process::command(settings, "python3", &words))?;
    let last = printed.lines().last().unwrap_or_default();
    let rows: Rows = serde_json::from_str(last)
        .map_err(|error| Failure::No(format!("the measurement printed something else: {error}")))?;
    let talks = Tested {
        name: "site-load-conversations",
        package: "daepyo-server",
        test: "live::conversations_at_once_lose_and_mix_nothing",
        variables: &[("DAEPYO_CONVERSATIONS", "2000")],
    };
    Ok(told(&rows, &talks.measure(settings)?))
}

fn told(rows: &Rows, talks: &Measured) -> Measured {
    let mut findings = Findings::default();
    let mut shares = Vec::new();
    for (name, votes) in [("PostgreSQL", &rows.postgres), ("SQLite", &rows.sqlite)] {
        let share = votes.ours / votes.limit;
        let percent = share * 100.0;
        shares.push(format!("{:.0} votes a second on {name} ({percent:.0} % of the limit)", votes.ours));
        findings.figure(
            &format!("{name} {}", votes.version),
            format!(
                "{:.0} votes a second durable and in the log, limit {:.0}: {percent:.0} %; medians of {} turns each ({} and {})",
                votes.ours,
                votes.limit,
                votes.turns.0.len(),
                spread(&votes.turns.0),
                spread(&votes.turns.1)
            ),
        );
        findings.check(&format!("{name}: votes reach 70 % of the limit"), share >= VOTES_SHARE);
        findings.check(
            &format!("{name}: no acknowledged vote is lost or twice in the log"),
            votes.lost + votes.twice == 0,
        );
    }
    let mut worst = 0.0_f64;
    for read in &rows.reads {
        let times = read.ours / read.limit;
        worst = worst.max(times);
        findings.figure(
            &read.name,
            format!(
                "{} bytes, p99 {:.2} ms at {:.0} a second over 1,000 connections; bare axum {:.2} ms: {times:.2} times",
                read.bytes, read.ours, read.rate, read.limit
            ),
        );
        findings
            .check(&format!("{}: p99 within 3 times the bare handler's", read.name), times <= READS_TIMES);
        findings.check(&format!("{}: every request is answered", read.name), read.failed == 0);
    }
    findings.check("pages were measured", !rows.reads.is_empty());
    findings.figure("peak memory of the site under these reads", format!("{} MiB", rows.memory_bytes >> 20));
    findings.figure("conversations", &talks.figure);
    findings.check("no conversation loses or mixes a token", talks.holds);
    let mib = conversations_mib(&talks.figure);
    findings
        .check("2,000 conversations take less than 300 MB", mib.is_some_and(|mib| mib < CONVERSATIONS_MIB));
    let first = &rows.first;
    findings.figure("first page", format!("{} bytes sent: {:?}", first.bytes, first.parts));
    findings.check("the first page takes less than 60 KB", first.bytes < FIRST_PAGE_BYTES);
    findings.check("the first page has one style sheet", first.styles == 1);
    let is_plain = first.blocking == 0 && first.fonts == 0 && first.foreign.is_empty();
    findings.check("the first page has no blocking script, no font and no third party", is_plain);
    let figure = format!(
        "{}; p99 of pages at most {worst:.1} times a bare handler's; first page {:.1} KB; {}",
        shares.join(", "),
        f64::from(u32::try_from(first.bytes).unwrap_or(u32::MAX)) / 1e3,
        mib.map_or_else(
            || "conversations not measured".to_owned(),
            |mib| format!("2,000 conversations in {mib} MiB")
        )
    );
    findings.measured(&figure)
}

/// Least and greatest of some rates.
fn spread(rates: &[f64]) -> String {
    let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let most = rates.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{least:.0} to {most:.0}")
}

/// The number before the last `MiB` of the test's figure.
fn conversations_mib(figure: &str) -> Option<u64> {
    let (before, _) = figure.rsplit_once(" MiB")?;
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::conversations_mib;

    #[test]
    fn the_memory_of_conversations_is_read_from_the_figure() {
        let figure =
            "2000 conversations open at once, 4000 answers whole; resident set with all open: 123 MiB";
        assert_eq!(conversations_mib(figure), Some(123));
        assert_eq!(conversations_mib("not told"), None);
    }
}
