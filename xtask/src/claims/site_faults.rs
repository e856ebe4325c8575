//! The claim `site-faults`: the site broken in many ways, and what was lost of the votes that it had acknowledged.

use super::environments;
use super::findings::Findings;
use super::local_data::work_folder;
use super::site_journeys::PACKAGES;
use super::tested::Tested;
use super::{Claim, Measured};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use crate::setup;
use serde::Deserialize;
use std::collections::BTreeMap;

pub(super) const CLAIM: Claim = Claim {
    name: "site-faults",
    promise: "Every acknowledged vote is there once and none twice after: kill -9 of the server (SQLite, PostgreSQL) and of \
              PostgreSQL under votes, a full disk, two servers racing for one vote, stepping clocks, replayed and forged \
              requests, slow and dead models; answers out of OWASP's collection, control characters and 1 MB lines run \
              nothing in Chromium and make no page wider",
    run,
};

#[derive(Deserialize)]
struct Broken {
    faults: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    name: String,
    acknowledged: u64,
    once: u64,
    twice: u64,
    lost: u64,
    checks: BTreeMap<String, bool>,
    more: String,
}

/// Faults that tests make already, with the numbers of a claim.
const TESTED: [(&str, Tested); 5] = [
    (
        "clock steps, forwards and back",
        Tested {
            name: "site-faults-clock",
            package: "daepyo-server",
            test: "faults::a_clock_that_steps_loses_no_vote_and_takes_none_twice",
            variables: &[("DAEPYO_VOTES", "400")],
        },
    ),
    (
        "a model that is dead, slow or says nonsense",
        Tested {
            name: "site-faults-models",
            package: "daepyo-server",
            test: "live::a_failing_server_is_nobodys_loss",
            variables: &[],
        },
    ),
    (
        "people who leave in the middle of an answer",
        Tested {
            name: "site-faults-left",
            package: "daepyo-server",
            test: "live::whoever_leaves_ends_the_requests_and_may_come_back_a_few_times",
            variables: &[],
        },
    ),
    (
        "PostgreSQL ends as in a power cut",
        Tested {
            name: "site-faults-store",
            package: "daepyo-store",
            test: "site::durable::a_crash_of_postgresql_loses_no_acknowledged_vote",
            variables: &[],
        },
    ),
    (
        "the process that takes votes and writes the log is killed",
        Tested {
            name: "site-faults-engine",
            package: "daepyo-contest",
            test: "killed::acknowledged_votes_outlive_sigkill",
            variables: &[],
        },
    ),
];

fn run(settings: &Settings) -> Result<Measured, Failure> {
    setup::provide_browser(settings)?;
    let python = environments::provide(settings, "site-journeys/python", &PACKAGES)?.program("python3");
    let build = ["build", "--quiet", "-p", "daepyo", "--no-default-features"];
    process::run(&mut process::command(settings, "cargo", &build))?;
    let words = [
        settings.root.join("xtask/python/site_faults.py"),
        settings.target.join("debug/daepyo"),
        settings.root.join("examples/contest"),
        work_folder(settings, CLAIM.name)?,
    ];
    let words: Vec<String> = words.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let printed = process::capture(&mut process::command(settings, &python.to_string_lossy(), &words))?;
    let last = printed.lines().last().unwrap_or_default();
    let broken: Broken = serde_json::from_str(last)
        .map_err(|error| Failure::No(format!("the script printed something else: {error}")))?;
    let mut findings = Findings::default();
    for fault in &broken.faults {
        note(&mut findings, fault);
    }
    for (name, tested) in &TESTED {
        let measured = passed(settings, tested)?;
        findings.figure(name, format!("`{}` passes: {measured}", tested.test));
        findings.check(name, measured);
    }
    let sum = |of: fn(&Fault) -> u64| broken.faults.iter().map(of).sum::<u64>();
    let figure = format!(
        "{} votes acknowledged under {} faults: {} found once, {} twice, {} lost; {} more faults in tests",
        sum(|fault| fault.acknowledged),
        broken.faults.len(),
        sum(|fault| fault.once),
        sum(|fault| fault.twice),
        sum(|fault| fault.lost),
        TESTED.len()
    );
    Ok(findings.measured(&figure))
}

fn note(findings: &mut Findings, fault: &Fault) {
    let Fault { name, acknowledged, once, twice, lost, checks, more } = fault;
    findings.figure(
        name,
        format!("{acknowledged} acknowledged, {once} once, {twice} twice, {lost} lost; {more}"),
    );
    findings.check(
        &format!("{name}: every acknowledged vote once, none twice, none lost"),
        once == acknowledged && *twice == 0 && *lost == 0,
    );
    for (check, holds) in checks {
        findings.check(&format!("{name}: {check}"), *holds);
    }
}

/// Whether a test passes and is one: a name that no test has passes nothing.
fn passed(settings: &Settings, tested: &Tested) -> Result<bool, Failure> {
    let words = ["test", "-p", tested.package, "--test", "it", "--", "--exact", tested.test];
    let mut test = process::command(settings, "cargo", &words);
    test.envs(tested.variables.iter().copied());
    let printed = process::tee(&mut test)?;
    Ok(printed.status.success() && printed.stdout.contains("1 passed"))
}

#[cfg(test)]
mod tests {
    use super::{Fault, note};
    use crate::claims::findings::Findings;
    use std::collections::BTreeMap;

    #[test]
    fn one_lost_vote_breaks_the_claim() {
        let fault = |once, lost| Fault {
            name: "x".to_owned(),
            acknowledged: 3,
            once,
            twice: 0,
            lost,
            checks: BTreeMap::new(),
            more: String::new(),
        };
        let mut findings = Findings::default();
        note(&mut findings, &fault(3, 0));
        assert!(findings.all_hold());
        note(&mut findings, &fault(2, 1));
        assert!(!findings.all_hold());
    }
}
