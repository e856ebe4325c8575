//! Everything that must hold before a change is taken.

use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use crate::{test, tidy};
use std::path::PathBuf;

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
    let deny = cargo_deny(settings)?;
    let arguments =
        ["--offline", "--workspace", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    process::run(&mut command(settings, &deny.to_string_lossy(), &arguments))
}

/// Finds cargo-deny, or builds it once into the cache.
fn cargo_deny(settings: &Settings) -> Result<PathBuf, Failure> {
    let on_path =
        process::capture(command(settings, "cargo-deny", &["--version"]).stderr(std::process::Stdio::null()));
    if on_path.is_ok_and(|version| version.trim() == format!("cargo-deny {DENY_VERSION}")) {
        return Ok("cargo-deny".into());
    }
    let folder = settings.cache.join(format!("cargo-deny-{DENY_VERSION}"));
    let program = folder.join("bin/cargo-deny");
    if program.is_file() {
        return Ok(program);
    }
    // A debug build: it checks some hundred packages in a second either way, and is built in a third of the time.
    let mut install = command(
        settings,
        "cargo",
        &["install", "cargo-deny", "--locked", "--debug", "--quiet", "--version", DENY_VERSION, "--root"],
    );
    install.arg(&folder).env("CARGO_TARGET_DIR", folder.join("target")).env("CARGO_PROFILE_DEV_DEBUG", "0");
    process::run(&mut install).map_err(|_| {
        Failure::Environment(format!(
            "LICENCES NOT CHECKED: cargo-deny {DENY_VERSION} is not there and can't be built (is there a network?)"
        ))
    })?;
    let _ = std::fs::remove_dir_all(folder.join("target"));
    Ok(program)
}
