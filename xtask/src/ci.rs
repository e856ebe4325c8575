//! Everything that must hold before a change is taken.

use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use crate::{test, tidy, tool};

/// The version of cargo-deny that `deny.toml` is written for.
const DENY_VERSION: &str = "0.20.2";

/// Runs the tests and every check; all checks run even where one fails, so that one round shows everything.
pub(crate) fn run(settings: &Settings) -> Result<(), Failure> {
    let tests = test::run(settings);
    let mut failed = Vec::new();
    let mut note = |name: &'static str, result: Result<(), Failure>| {
        if let Err(failure) = result {
            println!("{name}: {failure}");
            failed.push(name);
        }
    };
    let cargo = |arguments: &[&str]| command(settings, "cargo", arguments);
    note("format", process::run(&mut cargo(&["fmt", "--all", "--check"])));
    let mut lints = cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]);
    note("lints", process::run(&mut lints));
    let mut documentation =
        cargo(&["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"]);
    note("documentation", process::run(documentation.env("RUSTDOCFLAGS", "-D warnings")));
    note("licences", licences(settings));
    note("tidy", tidy::run(settings));
    let tests = match tests {
        Ok(outcome) => Some(outcome.closing_line),
        Err(failure) => {
            note("tests", Err(failure));
            None
        }
    };
    if failed.is_empty() {
        println!("every check passes");
    }
    // Last, so that the count of tests is what a reader sees.
    if let Some(line) = tests {
        println!("{line}");
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::No(format!("failed: {}", failed.join(", ")))) }
}

/// Checks licences, duplicates and sources of all packages. Advisories change from day to day and need a network;
/// they are no part of this.
fn licences(settings: &Settings) -> Result<(), Failure> {
    let deny = tool::provide(settings, "cargo-deny", DENY_VERSION).map_err(|_| {
        Failure::Environment(format!(
            "LICENCES NOT CHECKED: cargo-deny {DENY_VERSION} is not there and can't be built (is there a network?)"
        ))
    })?;
    // Packages for other systems are looked at too, and no build has fetched those; without a network they may be there.
    let _ = process::run(&mut command(settings, "cargo", &["fetch", "--locked", "--quiet"]));
    let arguments =
        ["--offline", "--workspace", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    process::run(&mut command(settings, &deny.to_string_lossy(), &arguments))
}
