//! The claim `formats`: what daepyo writes opens in the programs that it is written for, with the same figures, and what
//! they write opens in daepyo.

use super::findings::Findings;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) const CLAIM: Claim = Claim {
    name: "formats",
    promise: "One evaluation in four formats: Every Eval Ever's validator passes it, Inspect's read_eval_log opens it \
              whole, by header and by sample, pyarrow reads it, each with lm-eval's layout's figures and standard \
              errors; Inspect's and lm-eval's own files give the same scores when daepyo replays them",
    run,
};

/// What the readers need; Every Eval Ever asks for this Python.
const REQUIREMENTS: [&str; 3] = ["every-eval-ever==0.3.0", "inspect-ai==0.3.285", "pyarrow==26.0.1"];
const PYTHONS: [&str; 4] = ["python3.14", "python3.13", "python3.12", "python3"];
const LM_EVAL: &str = "lm-eval[api]==0.4.13";
const TASKS: &str = "line_words,line_sums,line_passages";
const DOCUMENTS: usize = 48;

/// What one reader found: documents, and values by `task metric`.
#[derive(Debug, Deserialize)]
struct Read {
    documents: usize,
    values: Figures,
    errors: Figures,
    problems: Vec<String>,
}

/// Writes, has others read, and replays what others wrote.
fn run(settings: &Settings) -> Result<Measured, Failure> {
    let work = local_data::work_folder(settings, "formats")?;
    let python = readers(settings)?;
    let script = settings.root.join("xtask/python/foreign_formats.py");
    let fixture = settings.root.join("fixtures/line");
    let recorded = format!("replay:{}", fixture.join("replay/garam.jsonl").display());
    let suites = fixture.join("suites");
    let out = work.join("out");
    evaluate(settings, &recorded, TASKS, &suites, &out)?;

    let mut findings = Findings::default();
    let (expected, errors) = of_lm_eval(&out)?;
    findings.check("lm-eval's layout has every task", expected.len() >= 4 && !errors.is_empty());
    let mut compared = 0;
    for reader in ["every-eval-ever", "inspect", "inspect-header", "inspect-samples", "parquet"] {
        let read: Read = ask(settings, &python, &script, &["read", reader, &out.to_string_lossy()])?;
        for problem in &read.problems {
            findings.note(format!("{reader}: {problem}"));
        }
        findings.check(&format!("{reader}: opens without a problem"), read.problems.is_empty());
        findings.check(&format!("{reader}: every document"), read.documents == DOCUMENTS);
        let names = |values: &Figures| values.keys().cloned().collect::<BTreeSet<_>>();
        findings.check(&format!("{reader}: every metric"), names(&read.values) == names(&expected));
        findings.check(&format!("{reader}: every value"), same(&read.values, &expected));
        let has_errors = !matches!(reader, "inspect-samples" | "parquet");
        findings.check(
            &format!("{reader}: every standard error"),
            !has_errors || (names(&read.errors) == names(&errors) && same(&read.errors, &errors)),
        );
        compared += read.values.len() + read.errors.len();
    }

    compared += replay_own(settings, &suites, &out, &work, &expected, &mut findings)?;
    compared += replay_inspect(settings, (&python, &script), &work, &mut findings)?;
    compared += replay_lm_eval(settings, &suites, &work, &mut findings)?;
    let figure = format!(
        "{compared} values equal over Every Eval Ever, Inspect, pyarrow and lm-eval, {DOCUMENTS} documents written, \
         4 recordings read"
    );
    Ok(findings.measured(&figure))
}

/// Equal to the last bits that a mean of few numbers may differ in.
fn same(read: &Figures, expected: &Figures) -> bool {
    read.iter().all(|(name, value)| expected.get(name).is_some_and(|other| (value - other).abs() < 1e-9))
}

fn evaluate(settings: &Settings, model: &str, tasks: &str, suites: &Path, out: &Path) -> Result<(), Failure> {
    let (suites, out) = (suites.to_string_lossy(), out.to_string_lossy());
    let formats = "lm-eval,every-eval-ever,inspect,parquet";
    let arguments = [
        "eval",
        "--model",
        model,
        "--tasks",
        tasks,
        "--include-path",
        &suites,
        "--out",
        &out,
        "--format",
        formats,
    ];
    process::run(&mut local_data::daepyo(settings, &arguments)?)
}

/// Figures by `task metric,filter`.
type Figures = BTreeMap<String, f64>;

/// Values and standard errors of a results file in lm-eval's layout.
fn of_lm_eval(folder: &Path) -> Result<(Figures, Figures), Failure> {
    let path = find(folder, "results_")?;
    let text = fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
    let results: Value =
        serde_json::from_str(&text).map_err(|error| Failure::No(format!("{}: {error}", path.display())))?;
    let (mut values, mut errors) = (BTreeMap::new(), BTreeMap::new());
    for (task, row) in results.get("results").and_then(Value::as_object).into_iter().flatten() {
        for (name, value) in row.as_object().into_iter().flatten() {
            let Some(value) = value.as_f64() else { continue };
            let Some((metric, filter)) = name.split_once(',') else { continue };
            match metric.strip_suffix("_stderr") {
                Some(metric) => errors.insert(format!("{task} {metric},{filter}"), value),
                None => values.insert(format!("{task} {metric},{filter}"), value),
            };
        }
    }
    Ok((values, errors))
}

/// The first file below `folder` whose name begins like this.
fn find(folder: &Path, beginning: &str) -> Result<PathBuf, Failure> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Failure::io("read", &folder))? {
            let path = entry.map_err(Failure::io("read", &folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.starts_with(beginning) {
                return Ok(path);
            }
        }
    }
    Err(Failure::No(format!("{} has no file that begins with {beginning}", folder.display())))
}

/// daepyo's own logs and samples, replayed: the same values again.
fn replay_own(
    settings: &Settings,
    suites: &Path,
    out: &Path,
    work: &Path,
    expected: &Figures,
    findings: &mut Findings,
) -> Result<usize, Failure> {
    let mut compared = 0;
    for task in TASKS.split(',') {
        let log = format!("inspect/{}", name_with(&out.join("inspect"), &task.replace('_', "-"))?);
        let samples = name_with(out, &format!("samples_{task}_"))?;
        for (kind, file) in [("log", log), ("samples", samples)] {
            let again = work.join(format!("again-{kind}-{task}"));
            evaluate(settings, &format!("replay:{}", out.join(&file).display()), task, suites, &again)?;
            let (values, _) = of_lm_eval(&again)?;
            findings.check(&format!("{task} from its {kind}"), !values.is_empty() && same(&values, expected));
            compared += values.len();
        }
    }
    Ok(compared)
}

fn name_with(folder: &Path, part: &str) -> Result<String, Failure> {
    for entry in fs::read_dir(folder).map_err(Failure::io("read", folder))? {
        let name = entry.map_err(Failure::io("read", folder))?.file_name().to_string_lossy().into_owned();
        if name.contains(part) {
            return Ok(name);
        }
    }
    Err(Failure::No(format!("{} has no file with {part} in its name", folder.display())))
}

/// A log that Inspect writes of a model that answers from a list, replayed: Inspect's own accuracy.
fn replay_inspect(
    settings: &Settings,
    (python, script): (&Path, &Path),
    work: &Path,
    findings: &mut Findings,
) -> Result<usize, Failure> {
    let folder = work.join("inspect-made");
    fs::create_dir_all(&folder).map_err(Failure::io("make", &folder))?;
    let read: Read = ask(settings, python, script, &["make", "inspect", &folder.to_string_lossy()])?;
    let log = find(&folder.join("logs"), "20")?;
    let out = work.join("inspect-replayed");
    evaluate(settings, &format!("replay:{}", log.display()), "capitals", &folder, &out)?;
    let (values, _) = of_lm_eval(&out)?;
    findings.check("a log of Inspect's own scores as Inspect scored it", values == read.values);
    Ok(values.len())
}

/// Samples that lm-eval writes of its dummy model, replayed: lm-eval's own accuracy.
fn replay_lm_eval(
    settings: &Settings,
    suites: &Path,
    work: &Path,
    findings: &mut Findings,
) -> Result<usize, Failure> {
    let program = provide(settings, "lm-eval", &["python3"], &[LM_EVAL])?.join("lm_eval");
    let (suite, folder) = (suites.join("words"), work.join("lm-eval-made"));
    let (suite_text, folder_text) = (suite.to_string_lossy(), folder.to_string_lossy());
    let mut lm_eval = process::command(
        settings,
        &program.to_string_lossy(),
        &[
            "run",
            "--model",
            "dummy",
            "--tasks",
            "line_words",
            "--include_path",
            &suite_text,
            "--output_path",
            &folder_text,
            "--log_samples",
        ],
    );
    process::run(lm_eval.current_dir(&suite).env("HF_HUB_OFFLINE", "1"))?;
    let (expected, _) = of_lm_eval(&folder)?;
    let samples = find(&folder, "samples_line_words_")?;
    let out = work.join("lm-eval-replayed");
    evaluate(settings, &format!("replay:{}", samples.display()), "line_words", suites, &out)?;
    let (values, _) = of_lm_eval(&out)?;
    findings.check(
        "samples of lm-eval's own score as lm-eval scored them",
        values.len() == 2 && same(&values, &expected),
    );
    Ok(values.len())
}

fn ask(settings: &Settings, python: &Path, script: &Path, arguments: &[&str]) -> Result<Read, Failure> {
    let script = script.to_string_lossy();
    let mut all = vec![&*script];
    all.extend(arguments);
    let mut command = process::command(settings, &python.to_string_lossy(), &all);
    let printed = process::capture(command.env("NO_COLOR", "1"))?;
    let last = printed.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|error| {
        Failure::No(format!("foreign_formats.py {}: {error}: {printed}", arguments.join(" ")))
    })
}

fn readers(settings: &Settings) -> Result<PathBuf, Failure> {
    Ok(provide(settings, "formats", &PYTHONS, &REQUIREMENTS)?.join("python3"))
}

/// The programs of a virtual environment in the cache, made where it is missing.
fn provide(settings: &Settings, name: &str, pythons: &[&str], packages: &[&str]) -> Result<PathBuf, Failure> {
    let folder = settings.cache.join(name);
    let programs = folder.join("bin");
    let there = "import importlib.metadata as m, re, sys\n\
                 for one in sys.argv[1:]:\n    name, version = re.sub(r'\\[.*\\]', '', one).split('==')\n    \
                 assert m.version(name) == version";
    let python = programs.join("python3");
    let mut arguments = vec!["-c", there];
    arguments.extend(packages);
    if python.is_file()
        && process::succeeds(&mut process::command(settings, &python.to_string_lossy(), &arguments))
    {
        return Ok(programs);
    }
    let new_enough = |python: &&&str| {
        let check = "import sys; sys.exit(sys.version_info < (3, 12))";
        pythons.len() == 1 || process::succeeds(&mut process::command(settings, python, &["-c", check]))
    };
    let found = pythons.iter().find(new_enough).ok_or_else(|| {
        Failure::Environment("Every Eval Ever needs Python 3.12 or later, which is not in PATH".to_owned())
    })?;
    let text = folder.to_string_lossy();
    process::run(&mut process::command(settings, found, &["-m", "venv", &text]))?;
    let mut install = vec!["install", "--quiet"];
    install.extend(packages);
    process::run(&mut process::command(settings, &programs.join("pip").to_string_lossy(), &install))
        .map_err(|_| {
            Failure::Environment(format!("{} can't be installed into {text}", packages.join(", ")))
        })?;
    Ok(programs)
}
