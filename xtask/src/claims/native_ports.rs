//! The claim `native-ports`: daepyo's own ports of the Python functions that most tasks use give what these give.

use super::findings::Findings;
use super::lm_eval_parity::environments;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::Deserialize;
use std::fs;

pub(crate) const CLAIM: Claim = Claim {
    name: "native-ports",
    promise: "Ports of the 50 Python functions that most tasks of lm-eval 0.4.13 use, and of others, are chosen by the \
              digest of the function's source, which a second reader of Python computes for all functions of the tree \
              without a difference; on made documents every port gives what the function itself gives (scores within \
              1e-9), or leaves the document to Python",
    run,
};

const MIN_PORTS: usize = 50;
const DOCUMENTS: &str = "40";

/// The last line of `ports list`.
#[derive(Debug, Deserialize)]
struct Listed {
    functions: usize,
    differences: usize,
    ported: usize,
    digests: usize,
}

/// The last line of `ports check`.
#[derive(Debug, Deserialize)]
struct Checked {
    ports: usize,
    equal: usize,
    different: usize,
    left: usize,
    failed: usize,
    idle: Vec<String>,
}

/// Compares digests, then what ports and functions give.
fn run(settings: &Settings) -> Result<Measured, Failure> {
    let work = local_data::work_folder(settings, "native-ports")?;
    let lm_eval = environments::lm_eval(settings)?;
    let tree = lm_eval.package(settings, "lm_eval")?.join("tasks").to_string_lossy().into_owned();
    let python = lm_eval.program("python3").to_string_lossy().into_owned();
    let script = |name: &str| settings.root.join("xtask/python").join(name).to_string_lossy().into_owned();
    let mut findings = Findings::default();

    let functions = script("lm_eval_functions.py");
    let used =
        process::capture(&mut process::command(settings, &python, &[&functions, "--most", "50", "--list"]))?;
    let digests = process::capture(&mut process::command(settings, &python, &[&functions, "--digests"]))?;
    let file = |name: &str, text: &str| -> Result<String, Failure> {
        let path = work.join(name);
        fs::write(&path, text).map_err(Failure::io("write", &path))?;
        Ok(path.to_string_lossy().into_owned())
    };
    let digests = file("digests.jsonl", &digests)?;
    let ports = |what: &str, file: &str| {
        let words = ["run", "--quiet", "-p", "daepyo-task", "--example", "ports", "--", what, &tree, file];
        process::capture(&mut process::command(settings, "cargo", &words))
    };
    let printed = ports("list", &digests)?;
    let (listed, lines) = last::<Listed>(&printed)?;
    findings.figure("functions that task files name", listed.functions);
    findings.figure("ported", format!("{} of them, of {} sources", listed.ported, listed.digests));
    findings.check("both readers agree on every digest", listed.differences == 0);
    findings.check("50 sources have a port", listed.digests >= MIN_PORTS);
    // One line a source, the most used first: place, tasks, tasks so far, digest.
    let most: Vec<Vec<&str>> = used.lines().map(|line| line.split_whitespace().collect()).collect();
    let has_port = |digest: &str| !digest.is_empty() && printed.contains(&format!("\"digest\":\"{digest}"));
    let without: Vec<&str> =
        most.iter().filter_map(|words| words.get(3).copied()).filter(|digest| !has_port(digest)).collect();
    findings.figure(
        "tasks that the 50 most used serve",
        most.last().and_then(|words| words.get(2)).unwrap_or(&"0"),
    );
    findings.check("each of the 50 most used has a port", most.len() == MIN_PORTS && without.is_empty());
    for line in lines.iter().filter(|line| !line.starts_with('{')).take(20) {
        findings.note(line.replace(&tree, "lm_eval/tasks"));
    }

    let ported: Vec<&str> = lines.into_iter().filter(|line| line.starts_with('{')).collect();
    let ported = file("ports.jsonl", &ported.join("\n"))?;
    let calls = work.join("calls.jsonl").to_string_lossy().into_owned();
    let compare = script("lm_eval_ports.py");
    let words = [&*compare, "--ports", &ported, "--out", &calls, "--documents", DOCUMENTS];
    process::run(&mut process::command(settings, &python, &words))?;
    let printed = ports("check", &calls)?;
    let (checked, lines) = last::<Checked>(&printed)?;
    for line in lines.iter().take(20) {
        findings.note(line.replace(&tree, "lm_eval/tasks"));
    }
    findings.figure(
        "calls",
        format!(
            "{} equal, {} different, {} left to Python, {} left where Python fails too",
            checked.equal, checked.different, checked.left, checked.failed
        ),
    );
    findings.check("no port gives something else", checked.different == 0);
    findings.check("every port was asked", checked.ports == listed.digests);
    findings.check("every port does most of what it is asked", checked.idle.is_empty());
    for digest in &checked.idle {
        findings.note(format!("leaves most to Python: {digest}"));
    }
    Ok(findings.measured(&format!(
        "{} ports for {} functions; {} of {} digests differ; {} calls equal, {} different, {} left to Python",
        checked.ports,
        listed.ported,
        listed.differences,
        listed.functions,
        checked.equal,
        checked.different,
        checked.left
    )))
}

/// The counts in the last line, and the lines before it.
fn last<'p, T: Deserialize<'p>>(printed: &'p str) -> Result<(T, Vec<&'p str>), Failure> {
    let mut lines: Vec<&str> = printed.lines().collect();
    let line = lines.pop().unwrap_or_default();
    let counts = serde_json::from_str(line)
        .map_err(|error| Failure::No(format!("the example `ports` ended with `{line}`: {error}")))?;
    Ok((counts, lines))
}
