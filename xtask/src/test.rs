//! Every test of the project: the crates', their doc tests, and the checks of the suites.

use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use crate::setup;
use std::ffi::OsString;

/// How a run of all tests ended, where it ended well.
pub(crate) struct Outcome {
    /// The last line of the test runner, with its count.
    pub(crate) closing_line: String,
}

/// A test that did not run, and what it said.
#[derive(Debug, PartialEq, Eq)]
struct Skipped {
    test: String,
    reason: String,
}

/// What a test prints in front of the reason for which it does nothing.
const SKIPPED: &str = "skipped: ";

/// Sets up and runs all tests; fails where one does.
pub(crate) fn run(settings: &Settings) -> Result<Outcome, Failure> {
    setup::run(settings)?;
    let has_nextest = process::succeeds(&mut command(settings, "cargo", &["nextest", "--version"]));
    let tools = tools(settings);
    let (closing_line, skipped) =
        if has_nextest { nextest(settings, &tools)? } else { libtest(settings, &tools)? };
    for check in [&["suites/tools/check_suites.py"][..], &["suites/tools/en-reasoning.py", "--check"]] {
        process::run(&mut command(settings, "python3", check))?;
    }
    for Skipped { test, reason } in &skipped {
        println!("skipped {test}: {reason}");
    }
    Ok(Outcome { closing_line })
}

/// Variables that tell tests of programs that are no part of every machine. Without them those tests are skipped, and say so.
fn tools(settings: &Settings) -> Vec<(&'static str, OsString)> {
    if !setup::has_node(settings) {
        return Vec::new();
    }
    let chromium = setup::chromium(settings).map(|name| ("DAEPYO_CHROMIUM", OsString::from(name)));
    let provider =
        setup::oidc_provider(settings).map(|folder| ("DAEPYO_OIDC_PROVIDER", folder.into_os_string()));
    let found = [chromium, provider].into_iter();
    found
        .filter_map(|tool| tool.inspect_err(|failure| eprintln!("some tests are skipped: {failure}")).ok())
        .collect()
}

fn nextest(settings: &Settings, tools: &[(&str, OsString)]) -> Result<(String, Vec<Skipped>), Failure> {
    let mut tests = command(settings, "cargo", &["nextest", "run", "--workspace", "--no-tests=pass"]);
    tests.env("DAEPYO_MODELS", settings.models()).envs(tools.iter().cloned());
    let printed = process::tee(&mut tests)?;
    process::succeeded(&tests, printed.status)?;
    let closing_line = printed.stderr.lines().rev().find(|line| line.trim_start().starts_with("Summary"));
    let closing_line = closing_line.unwrap_or("the test runner printed no summary").trim().to_owned();
    process::run(&mut doc_tests(settings))?;
    // nextest keeps its reports below the repository's own target folder, wherever cargo builds.
    let report = settings.root.join("target/nextest/default/junit.xml");
    let report = std::fs::read_to_string(&report).map_err(Failure::io("read", &report))?;
    Ok((closing_line, skipped_in_junit(&report)))
}

fn doc_tests(settings: &Settings) -> std::process::Command {
    let mut tests = command(settings, "cargo", &["test", "--workspace", "--doc", "--quiet"]);
    tests.env("DAEPYO_MODELS", settings.models());
    tests
}

fn libtest(settings: &Settings, tools: &[(&str, OsString)]) -> Result<(String, Vec<Skipped>), Failure> {
    let mut tests =
        command(settings, "cargo", &["test", "--workspace", "--no-fail-fast", "--", "--show-output"]);
    tests.env("DAEPYO_MODELS", settings.models()).envs(tools.iter().cloned());
    let printed = process::tee(&mut tests)?;
    process::succeeded(&tests, printed.status)?;
    Ok((sum_of_results(&printed.stdout), skipped_in_libtest(&printed.stdout)))
}

/// The sum of the `test result:` lines that `cargo test` prints, one for each binary, in their own form.
fn sum_of_results(output: &str) -> String {
    let (mut passed, mut failed, mut ignored, mut binaries) = (0_u64, 0_u64, 0_u64, 0_u64);
    for line in output.lines().filter_map(|line| line.strip_prefix("test result: ")) {
        binaries += 1;
        let words: Vec<&str> = line.split([' ', ';']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            if let [count, kind] = pair
                && let Ok(count) = count.parse::<u64>()
            {
                match *kind {
                    "passed" => passed += count,
                    "failed" => failed += count,
                    "ignored" => ignored += count,
                    _ => {}
                }
            }
        }
    }
    let end = if failed == 0 { "ok" } else { "FAILED" };
    format!("test result: {end}. {passed} passed; {failed} failed; {ignored} ignored; in {binaries} binaries")
}

/// Tests that say in a report of the `JUnit` form that they were skipped.
fn skipped_in_junit(report: &str) -> Vec<Skipped> {
    let mut found = Vec::new();
    let mut test = String::new();
    for line in report.lines() {
        if let Some((_, rest)) = line.split_once("<testcase ") {
            let attribute = |name: &str| {
                let (_, rest) = rest.split_once(&format!("{name}=\""))?;
                rest.split_once('"').map(|(value, _)| value)
            };
            let (crate_name, name) = (attribute("classname"), attribute("name"));
            test = [crate_name, name].into_iter().flatten().collect::<Vec<_>>().join(" ");
        }
        if let Some((before, reason)) = line.split_once(SKIPPED)
            && (before.is_empty() || before.ends_with('>'))
        {
            let reason = reason.split("</system-").next().unwrap_or(reason);
            found.push(Skipped { test: plain(&test), reason: plain(reason) });
        }
    }
    found
}

/// Tests that say in the output of `cargo test -- --show-output` that they were skipped.
fn skipped_in_libtest(output: &str) -> Vec<Skipped> {
    let mut found = Vec::new();
    let mut test = "";
    for line in output.lines() {
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.split_once(" stdout ----")) {
            test = name.0;
        }
        if let Some(reason) = line.strip_prefix(SKIPPED) {
            found.push(Skipped { test: test.to_owned(), reason: reason.to_owned() });
        }
    }
    found
}

fn plain(xml: &str) -> String {
    let text = xml.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&#39;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(test: &str, reason: &str) -> Skipped {
        Skipped { test: test.into(), reason: reason.into() }
    }

    #[test]
    fn a_skipped_test_is_found_in_a_report() {
        let report = "<testsuite>\n\
            <testcase name=\"answers::one\" classname=\"daepyo-llama::it\" time=\"0.1\">\n\
            <system-out>running 1 test\n</system-out>\n\
            <system-err>skipped: a&amp;b.gguf is not there\n</system-err>\n</testcase>\n\
            <testcase name=\"two\" classname=\"daepyo-core::it\" time=\"0.1\">\n\
            <system-out>2 lines were skipped: none</system-out></testcase>\n";
        let wanted = skipped("daepyo-llama::it answers::one", "a&b.gguf is not there");
        assert_eq!(skipped_in_junit(report), [wanted]);
    }

    #[test]
    fn a_skipped_test_is_found_in_the_output_of_cargo_test() {
        let output = "\nsuccesses:\n\n---- answers::one stdout ----\nskipped: no model\n\n---- two stdout ----\nhello\n";
        assert_eq!(skipped_in_libtest(output), [skipped("answers::one", "no model")]);
    }

    #[test]
    fn results_of_all_binaries_are_added() {
        let output = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n\
            other\ntest result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in 1s\n";
        assert_eq!(sum_of_results(output), "test result: ok. 7 passed; 0 failed; 1 ignored; in 2 binaries");
        let failed = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(
            sum_of_results(failed),
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; in 1 binaries"
        );
    }
}
