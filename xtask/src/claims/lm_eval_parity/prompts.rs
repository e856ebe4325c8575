//! Requests on made documents, daepyo's beside lm-eval's.

use super::environments::Environment;
use crate::claims::findings::Findings;
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of lm-eval's tasks, its groups that hold all tasks, and their number.
const FAMILIES: [(&str, &[&str], usize); 2] = [
    ("kmmlu", &["kmmlu", "kmmlu_hard", "kmmlu_direct", "kmmlu_direct_hard", "kmmlu_cot_hard"], 225),
    ("haerae", &["haerae"], 5),
];
const SHOTS: [&str; 2] = ["0", "5"];
/// Differences that are shown in full.
const SHOWN: usize = 5;

/// What was compared.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) tasks: usize,
    pub(super) requests: usize,
    pub(super) differing: usize,
}

/// The made documents, once with composed and once with decomposed text.
struct Documents {
    composed: PathBuf,
    decomposed: PathBuf,
}

/// Makes documents, lets both programs make their requests of them, and compares line by line.
pub(super) fn compare(
    settings: &Settings,
    lm_eval: &Environment,
    work: &Path,
    findings: &mut Findings,
) -> Result<Compared, Failure> {
    let tasks = lm_eval.package(settings, "lm_eval")?.join("tasks");
    let documents =
        Documents { composed: work.join("documents"), decomposed: work.join("decomposed-documents") };
    make(settings, &tasks, &documents.composed, &[])?;
    make(settings, &tasks, &documents.decomposed, &["--decomposed"])?;
    process::run(&mut process::command(
        settings,
        "cargo",
        &["build", "--quiet", "-p", "daepyo-task", "--example", "requests"],
    ))?;

    let mut total = Compared::default();
    for (family, groups, count) in FAMILIES {
        let folder = tasks.join(family);
        let without_python = count_task_files(&folder)?;
        findings.check(&format!("{family}: its task files are {count} tasks"), without_python == count);
        for shots in SHOTS {
            let theirs = of_lm_eval(settings, lm_eval, &folder, groups, &documents.composed, shots)?;
            let ours = of_daepyo(settings, &folder, groups, &documents.composed, shots)?;
            let differing = differences(findings, &format!("{family}, {shots}-shot"), &ours, &theirs);
            let names = tasks_of(&theirs)?;
            findings.check(&format!("{family}, {shots}-shot: all tasks"), names.len() == count);
            findings.figure(
                &format!("{family}, {shots}-shot"),
                format!(
                    "{} tasks, {} requests, {differing} differences in context, continuation, generation arguments or target",
                    names.len(),
                    theirs.lines().count()
                ),
            );
            findings.check(&format!("{family}, {shots}-shot: every request byte for byte"), differing == 0);
            total.requests += theirs.lines().count();
            total.differing += differing;
            if shots == "5" {
                total.tasks += names.len();
                let decomposed = of_daepyo(settings, &folder, groups, &documents.decomposed, shots)?;
                findings
                    .check(&format!("{family}: decomposed text gives the same requests"), decomposed == ours);
            }
        }
    }
    findings.note(
        "the one intended difference: daepyo composes text (NFC) where it is read, lm-eval does not; on decomposed \
         documents daepyo's requests are those that both make of the composed ones"
            .to_owned(),
    );
    findings.note(
        "not among the documents: a haerae query of digits alone, which lm-eval takes for the number of a choice and \
         stops at (\"Context is not a string\"); daepyo asks it as it stands"
            .to_owned(),
    );
    Ok(total)
}

fn make(settings: &Settings, tasks: &Path, out: &Path, more: &[&str]) -> Result<(), Failure> {
    let (tasks, out) = (tasks.to_string_lossy(), out.to_string_lossy());
    let script = ["xtask/python/lm_eval_documents.py", "--tasks", &tasks, "--out", &out];
    process::run(&mut process::command(settings, "python3", &[&script, more].concat()))
}

/// How many files below a folder name a task.
fn count_task_files(folder: &Path) -> Result<usize, Failure> {
    let mut count = 0;
    for entry in fs::read_dir(folder).map_err(Failure::io("read", folder))? {
        let path = entry.map_err(Failure::io("read", folder))?.path();
        if path.is_dir() {
            count += count_task_files(&path)?;
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
            let of_task = |line: &str| line.strip_prefix("task:").is_some_and(|name| !name.trim().is_empty());
            count += usize::from(text.lines().any(of_task));
        }
    }
    Ok(count)
}

fn of_lm_eval(
    settings: &Settings,
    lm_eval: &Environment,
    folder: &Path,
    groups: &[&str],
    documents: &Path,
    shots: &str,
) -> Result<String, Failure> {
    let python = lm_eval.program("python3");
    let mut command =
        process::command(settings, &python.to_string_lossy(), &["xtask/python/lm_eval_requests.py"]);
    command.arg("--tasks").arg(folder).arg("--data-root").arg(documents).args(["--num-fewshot", shots]);
    command.args(["--with-task", "--with-target"]);
    for group in groups {
        command.args(["--task", group]);
    }
    // One progress bar a task would hide everything else.
    command.env("TQDM_DISABLE", "1");
    process::capture(&mut command)
}

fn of_daepyo(
    settings: &Settings,
    folder: &Path,
    groups: &[&str],
    documents: &Path,
    shots: &str,
) -> Result<String, Failure> {
    let program = settings.target.join("debug/examples/requests");
    let mut command = process::command(settings, &program.to_string_lossy(), &[]);
    command.arg(folder).arg(documents).arg(shots).args(groups).args(["--with-task", "--with-target"]);
    process::capture(&mut command)
}

/// The number of lines that are not the same bytes at the same place; the first few are noted.
fn differences(findings: &mut Findings, name: &str, ours: &str, theirs: &str) -> usize {
    let (mut ours, mut theirs) = (ours.lines(), theirs.lines());
    let mut count = 0;
    loop {
        let pair = (ours.next(), theirs.next());
        if pair == (None, None) {
            return count;
        }
        if pair.0 != pair.1 {
            count += 1;
            if count <= SHOWN {
                let [our, their] = [pair.0, pair.1].map(|line| line.unwrap_or("no request"));
                findings.note(format!("{name}: daepyo {our}"));
                findings.note(format!("{name}: lm-eval {their}"));
            }
        }
    }
}

fn tasks_of(requests: &str) -> Result<BTreeSet<String>, Failure> {
    let name = |line: &str| {
        let row: Value = serde_json::from_str(line).ok()?;
        Some(row.get("task")?.as_str()?.to_owned())
    };
    let names: Option<BTreeSet<String>> = requests.lines().map(name).collect();
    names.ok_or_else(|| Failure::No("lm-eval printed a request without its task".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_and_a_missing_line_are_differences() {
        let mut findings = Findings::default();
        assert_eq!(differences(&mut findings, "same", "a\nb\n", "a\nb\n"), 0);
        assert_eq!(differences(&mut findings, "changed", "a\nb \n", "a\nb\n"), 1);
        assert_eq!(differences(&mut findings, "shorter", "a\n", "a\nb\n"), 1);
        assert_eq!(differences(&mut findings, "longer", "a\nb\nc\n", "a\n"), 2);
    }
}
