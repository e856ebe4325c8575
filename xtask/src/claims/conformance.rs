//! What the claims on conformance with lm-eval share: made documents, what lm-eval makes of them, and the comparison.

mod korean;
mod meant;
mod requests;
mod scores;

pub(super) use korean::CLAIM as KOREAN_TASKS;
pub(super) use requests::CLAIM as LM_EVAL_REQUESTS;
pub(super) use scores::CLAIM as LM_EVAL_SCORES;

use super::findings::Findings;
use super::lm_eval_parity::environments::{self, Environment};
use super::local_data;
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use meant::Meant;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Documents of each split; more than five examples and their question need.
const DOCUMENTS: &str = "12";
/// As many families as are promised.
const FAMILIES: usize = 60;
/// Every Korean task that lm-eval 0.4.13 has.
const KOREAN_COUNT: usize = 492;
/// Differences that are shown in full.
const SHOWN: usize = 40;
/// Characters of a value that are shown.
const SHOWN_CHARS: usize = 120;

/// lm-eval, its task files, and made documents for them.
struct Grounds {
    lm_eval: Environment,
    tasks: PathBuf,
    documents: PathBuf,
    work: PathBuf,
}

impl Grounds {
    /// Makes the documents of all families, in the work folder of the claim called `name`.
    fn lay(settings: &Settings, name: &str) -> Result<Self, Failure> {
        let work = local_data::work_folder(settings, name)?;
        let lm_eval = environments::lm_eval(settings)?;
        let tasks = lm_eval.package(settings, "lm_eval")?.join("tasks");
        let documents = work.join("documents");
        let grounds = Self { lm_eval, tasks, documents, work };
        let out = grounds.documents.to_string_lossy();
        grounds.python(
            settings,
            "lm_eval_documents.py",
            &["--out", &out, "--families", "all", "--documents", DOCUMENTS],
        )?;
        Ok(grounds)
    }

    /// Runs a script of `xtask/python` on lm-eval's task files, in lm-eval's environment.
    fn python(&self, settings: &Settings, script: &str, arguments: &[&str]) -> Result<String, Failure> {
        let python = self.lm_eval.program("python3");
        let script = format!("xtask/python/{script}");
        let mut command = process::command(settings, &python.to_string_lossy(), &[&script]);
        command.arg("--tasks").arg(&self.tasks).args(arguments);
        eprintln!("$ {}", process::shown(&command));
        process::capture(&mut command)
    }

    /// daepyo's side of the rows in `rows`, compared task by task; `what` is `requests` or `scores`.
    fn compare(
        &self,
        settings: &Settings,
        what: &str,
        rows: &Path,
        more: &[&str],
    ) -> Result<Vec<Compared>, Failure> {
        let build = ["build", "--quiet", "-p", "daepyo-task", "--example", "conform"];
        process::run(&mut process::command(settings, "cargo", &build))?;
        let program = settings.target.join("debug/examples/conform");
        let mut command = process::command(settings, &program.to_string_lossy(), &[what]);
        command.arg(&self.tasks).arg(&self.documents).arg(rows).args(more);
        command.arg("--packages").arg(self.lm_eval.program("python3"));
        eprintln!("$ {}", process::shown(&command));
        let printed = process::capture(&mut command)?;
        let task = |line: &str| {
            serde_json::from_str(line)
                .map_err(|error| Failure::No(format!("the comparison printed `{line}`: {error}")))
        };
        printed.lines().map(task).collect()
    }
}

/// One task, as `conform` compared it.
#[derive(Debug, Deserialize)]
struct Compared {
    family: String,
    task: String,
    settings: usize,
    rows: usize,
    values: usize,
    /// Code and text.
    refused: Option<(String, String)>,
    /// Its own Python was given lm-eval's packages.
    packages: bool,
    differences: Vec<Difference>,
}

#[derive(Debug, Deserialize)]
struct Difference {
    setting: String,
    document: Option<usize>,
    place: Option<usize>,
    field: String,
    ours: Value,
    theirs: Value,
}

/// All tasks of one comparison.
#[derive(Debug, Default)]
struct Total {
    families: BTreeSet<String>,
    tasks: usize,
    /// Tasks counted once for each setting of shots and chat.
    settings: usize,
    rows: usize,
    values: usize,
    /// Names of the tasks that were compared.
    names: BTreeSet<String>,
    /// Differences that no entry of the table explains.
    unexplained: usize,
    explained: usize,
}

/// Sums up, and tells each difference: those that are meant by their reasons, all others one by one.
fn judge(compared: &[Compared], table: &[Meant], findings: &mut Findings) -> Total {
    let mut total = Total::default();
    let mut refused: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut packages: BTreeSet<&str> = BTreeSet::new();
    let mut reasons: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for one in compared {
        if let Some((code, _)) = &one.refused {
            refused.entry(code).or_default().push(&one.task);
            continue;
        }
        total.families.insert(one.family.clone());
        total.names.insert(one.task.clone());
        total.tasks += 1;
        total.settings += one.settings;
        total.rows += one.rows;
        total.values += one.values;
        if one.packages {
            packages.insert(&one.task);
        }
        for difference in &one.differences {
            if let Some(meant) = table.iter().find(|meant| meant.covers(&one.task, &difference.field)) {
                total.explained += 1;
                let (count, tasks) = reasons.entry(meant.reason).or_default();
                *count += 1;
                tasks.insert(&one.task);
                continue;
            }
            total.unexplained += 1;
            if total.unexplained <= SHOWN {
                findings.note(shown(one, difference));
            }
        }
    }
    if !packages.is_empty() {
        findings.figure(
            "tasks whose own Python needs packages that the system's has not (NumPy, pandas, sacrebleu and others), \
             compared with lm-eval's own and without a sandbox",
            format!("{}: {}", packages.len(), some(&packages)),
        );
    }
    for (reason, (count, tasks)) in reasons {
        findings.note(format!("{count} differences that are meant, in {}: {reason}", some(&tasks)));
    }
    for (code, tasks) in refused {
        let tasks: BTreeSet<&str> = tasks.into_iter().collect();
        findings.figure(
            "tasks that daepyo does not run and that are not compared",
            format!("{} with `{code}`: {}", tasks.len(), some(&tasks)),
        );
    }
    total
}

/// The first few names of a set, and how many more there are.
fn some(names: &BTreeSet<&str>) -> String {
    const FEW: usize = 6;
    let first: Vec<&str> = names.iter().take(FEW).copied().collect();
    let more = names.len().saturating_sub(FEW);
    if more == 0 { first.join(", ") } else { format!("{} and {more} more", first.join(", ")) }
}

fn shown(of: &Compared, difference: &Difference) -> String {
    let cut = |value: &Value| {
        let text = value.to_string();
        let count = text.chars().count();
        // The ends differ more often than the beginnings, which are few-shot examples.
        let tail: String = text.chars().skip(count.saturating_sub(SHOWN_CHARS)).collect();
        if count > SHOWN_CHARS { format!("…{tail}") } else { tail }
    };
    let document = difference.document.map(|number| format!(", document {number}")).unwrap_or_default();
    let place = difference.place.map(|number| format!(", request {number}")).unwrap_or_default();
    format!(
        "{} ({} of {}{document}{place}), `{}`: daepyo {}; lm-eval {}",
        of.task,
        difference.setting,
        of.family,
        difference.field,
        cut(&difference.ours),
        cut(&difference.theirs)
    )
}

/// What lm-eval's side says of the tasks that it was asked for.
#[derive(Debug, Deserialize)]
struct Report {
    families: BTreeMap<String, BTreeMap<String, Reported>>,
}

#[derive(Debug, Deserialize)]
struct Reported {
    built: bool,
    /// How many Python functions its file names.
    functions: usize,
    korean: bool,
    error: Option<String>,
    /// How many requests in each setting, or why there are none.
    #[serde(default)]
    requests: BTreeMap<String, Value>,
}

impl Report {
    fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(Failure::io("read", path))?;
        serde_json::from_str(&text).map_err(|error| Failure::No(format!("{}: {error}", path.display())))
    }

    fn tasks(&self) -> impl Iterator<Item = (&str, &Reported)> {
        self.families.values().flatten().map(|(name, task)| (name.as_str(), task))
    }

    /// Tells which tasks lm-eval itself could not build, and which it could not ask with examples.
    fn tell(&self, findings: &mut Findings) {
        let mut errors: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, task) in self.tasks().filter(|(_, task)| !task.built) {
            errors.entry(task.error.as_deref().unwrap_or("no reason")).or_default().insert(name);
        }
        for (error, names) in errors {
            let error: String = error.chars().take(SHOWN_CHARS).collect();
            findings.figure(
                "tasks that lm-eval does not build here and that are not compared",
                format!("{}: {}: {error}", names.len(), some(&names)),
            );
        }
        let fails = |task: &Reported| task.requests.values().any(Value::is_string);
        let names: BTreeSet<&str> =
            self.tasks().filter(|(_, task)| fails(task)).map(|(name, _)| name).collect();
        findings.figure(
            "tasks that lm-eval does not ask in some settings, mostly for want of examples, and that are not compared in those",
            format!("{}: {}", names.len(), some(&names)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(field: &str) -> Compared {
        let difference = Difference {
            setting: "5".to_owned(),
            document: Some(3),
            place: Some(1),
            field: field.to_owned(),
            ours: Value::from("b"),
            theirs: Value::from("a"),
        };
        Compared {
            family: "made".to_owned(),
            task: "made_one".to_owned(),
            settings: 1,
            rows: 4,
            values: 8,
            refused: None,
            packages: false,
            differences: vec![difference],
        }
    }

    #[test]
    fn only_a_difference_that_is_meant_is_forgiven() {
        let table = [Meant { tasks: &["made_*"], fields: &["context"], reason: "ours keeps the space" }];
        let mut findings = Findings::default();
        let total = judge(&[compared("context"), compared("target")], &table, &mut findings);
        assert_eq!((total.explained, total.unexplained, total.rows), (1, 1, 8));
        let details = findings.measured("made").details;
        assert!(details.iter().any(|line| line.contains("ours keeps the space")), "{details:?}");
        let named = "made_one (5 of made, document 3, request 1), `target`: daepyo \"b\"; lm-eval \"a\"";
        assert!(details.iter().any(|line| line == named), "{details:?}");
    }
}
