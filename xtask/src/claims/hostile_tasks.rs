//! The claim `hostile-tasks`: tasks that try to hang, fill, crash or escape daepyo are each stopped, with one clear error,
//! and leave nothing behind.
//!
//! Each is a file in `xtask/fixtures/hostile`, whose first lines say what must be said of it; what it does not set is
//! that of a good task. Python beside it has the same name. A new one needs no code.

mod made;
mod watched;

use super::findings::Findings;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use watched::Ended;

pub(crate) const CLAIM: Claim = Claim {
    name: "hostile-tasks",
    promise: "Every hostile task ends `daepyo eval` within 150 seconds and 3 GiB of memory with exit code 2 and one error \
              that names its code, its place and what to do next; no process and no file is left, nothing outside is \
              read, written or reached, and a good task runs in the same folder afterwards",
    run,
};

const LIMIT: Duration = Duration::from_secs(150);
const MAX_PEAK_BYTES: u64 = 3 << 30;
/// Seconds for one call of a task's own Python.
const HOOK_SECONDS: &str = "3";
const SECRET: &str = "a secret of the user";

/// A hostile task.
struct Case {
    name: String,
    /// The code of the error that it must meet; several with ` or ` where the machine's speed or its user decides.
    expect: String,
    /// Words of that error's place or reason.
    says: String,
    /// What else is made for it, where it would be too large to keep.
    made: Option<String>,
    /// Its data file, where that is kept beside it.
    file: Option<String>,
    yaml: String,
    python: Option<String>,
}

/// Where a case is run.
struct Places {
    work: PathBuf,
    tasks: PathBuf,
    home: PathBuf,
    temporary: PathBuf,
    out: PathBuf,
}

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let folder = settings.root.join("xtask/fixtures/hostile");
    let cases = read_cases(&folder)?;
    // The C++ build changes nothing of what is measured here.
    let build = ["build", "--quiet", "-p", "daepyo", "--no-default-features"];
    process::run(&mut process::command(settings, "cargo", &build))?;
    let program = settings.target.join("debug/daepyo");
    let work = local_data::work_folder(settings, "hostile-tasks")?;
    let good = work.join("good");
    write_good(&good)?;
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Failure::io("listen", Path::new("127.0.0.1")))?;
    listener.set_nonblocking(true).map_err(Failure::io("listen", Path::new("127.0.0.1")))?;
    let port = listener.local_addr().map_err(Failure::io("listen", Path::new("127.0.0.1")))?.port();

    let mut findings = Findings::default();
    let (mut stopped, mut longest_s, mut peak_bytes) = (0, 0.0_f64, 0);
    for case in &cases {
        let places = Places::make(&work.join("cases").join(&case.name))?;
        place(case, &places, &folder, port)?;
        let before = listing(&places.work)?;
        let mut command = evaluate(settings, &program, &places, &places.tasks, "hostile", &good);
        let ended = watched::run(&mut command, LIMIT, &places.work.join("said"))?;
        longest_s = longest_s.max(ended.seconds);
        peak_bytes = peak_bytes.max(ended.peak_bytes);
        let mut problems = problems(case, &ended);
        if listener.accept().is_ok() {
            problems.push("it reached the network".to_owned());
        }
        problems.extend(changes(&before, &listing(&places.work)?));
        problems.extend(works_after(settings, &program, &places, &good)?);
        let mebibytes = ended.peak_bytes >> 20;
        eprintln!("{}: {:.1} s, {mebibytes} MiB: {}", case.name, ended.seconds, outcome(&problems));
        stopped += usize::from(problems.is_empty());
        let name = &case.name;
        findings.check(&format!("{name} is stopped: {}", outcome(&problems)), problems.is_empty());
        fs::remove_dir_all(&places.work).map_err(Failure::io("remove", &places.work))?;
    }
    let kinds = kinds(&cases);
    findings.figure("kinds", kinds);
    findings.figure("longest", format!("{longest_s:.0} s (of 150)"));
    findings
        .figure("most memory of one and all that it started", format!("{} MiB (of 3,072)", peak_bytes >> 20));
    let figure = format!(
        "{stopped} of {} hostile tasks stopped: each with one error that names code, place and next step, in at most \
         {longest_s:.0} s and {} MiB, nothing left behind, and a good task runs after each",
        cases.len(),
        peak_bytes >> 20
    );
    Ok(findings.measured(&figure))
}

fn outcome(problems: &[String]) -> String {
    if problems.is_empty() { "stopped".to_owned() } else { problems.join("; ") }
}

/// How many of each kind there are: the first word of their names.
fn kinds(cases: &[Case]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        *counts.entry(case.name.split('_').next().unwrap_or_default()).or_default() += 1;
    }
    counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
}

fn read_cases(folder: &Path) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::io("read", folder))? {
        let path = entry.map_err(Failure::io("read", folder))?.path();
        if path.extension().is_none_or(|ending| ending != "yaml") {
            continue;
        }
        let yaml = fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
        let note = |name: &str| {
            let mut notes = yaml.lines().take_while(|line| line.starts_with("# "));
            notes.find_map(|line| line.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(": "))
        };
        let needed = |name: &str| {
            note(name).map(str::to_owned).ok_or_else(|| {
                Failure::BadInput(format!("{} has no line `# {name}: …` at its top", path.display()))
            })
        };
        cases.push(Case {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            expect: needed("expect")?,
            says: needed("says")?,
            made: note("made").map(str::to_owned),
            file: note("file").map(str::to_owned),
            python: fs::read_to_string(path.with_extension("py")).ok(),
            yaml,
        });
    }
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(cases)
}

impl Places {
    fn make(work: &Path) -> Result<Self, Failure> {
        let places = Self {
            work: work.to_owned(),
            tasks: work.join("tasks"),
            home: work.join("home"),
            temporary: work.join("temporary"),
            out: work.join("out"),
        };
        for folder in [&places.tasks, &places.home, &places.temporary] {
            fs::create_dir_all(folder).map_err(Failure::io("make", folder))?;
        }
        for folder in [&places.home, &places.work] {
            write(&folder.join("secret.txt"), SECRET)?;
        }
        Ok(places)
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(Failure::io("write", path))
}

/// What a hostile task has of a good one, where it does not say otherwise.
const SETTINGS: [(&str, &str); 6] = [
    ("dataset_path", "json"),
    ("dataset_kwargs", "{data_files: {test: data.jsonl}}"),
    ("test_split", "test"),
    ("output_type", "generate_until"),
    ("doc_to_text", "\"{{ q }}\""),
    ("doc_to_target", "a"),
];

fn task(name: &str, own: &str) -> String {
    let missing = SETTINGS.iter().filter(|(key, _)| {
        let is_set = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
        !own.lines().any(is_set)
    });
    let rest: Vec<String> = missing.map(|(key, value)| format!("{key}: {value}\n")).collect();
    format!("task: {name}\n{}{own}", rest.concat())
}

/// Writes the task of a case with its Python and data.
fn place(case: &Case, places: &Places, folder: &Path, port: u16) -> Result<(), Failure> {
    let file = places.tasks.join("hostile.yaml");
    write(&file, &task("hostile", &case.yaml))?;
    write(&places.tasks.join("data.jsonl"), &data())?;
    if let Some(python) = &case.python {
        let python = python
            .replace("@PORT@", &port.to_string())
            .replace("@HOME@", &places.home.to_string_lossy())
            .replace("@OUT@", &places.out.to_string_lossy())
            .replace("@WORK@", &places.work.to_string_lossy());
        write(&places.tasks.join("utils.py"), &python)?;
    }
    if let Some(name) = &case.file {
        let (from, to) = (folder.join(name), places.tasks.join("data.parquet"));
        fs::copy(&from, &to).map_err(Failure::io("copy", &from))?;
    }
    case.made.as_ref().map_or(Ok(()), |kind| made::make(kind, &places.tasks, &places.work))
}

const QUESTIONS: [&str; 6] = ["하나", "둘", "셋", "넷", "다섯", "여섯"];

fn data() -> String {
    QUESTIONS.map(|question| format!("{}\n", json!({"q": question, "a": "가"}))).concat()
}

/// A good task, and answers for it and for hostile filters.
fn write_good(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(Failure::io("make", folder))?;
    let long = format!("{}!", "a".repeat(40));
    let answers = QUESTIONS.map(|question| {
        let right = json!({"prompt": question, "text": "가"});
        format!("{right}\n{}\n", json!({"prompt": format!("a {question}"), "text": long}))
    });
    write(&folder.join("answers.jsonl"), &answers.concat())?;
    write(&folder.join("data.jsonl"), &data())?;
    write(&folder.join("good.yaml"), &task("good", ""))
}

fn evaluate(
    settings: &Settings,
    program: &Path,
    places: &Places,
    tasks: &Path,
    name: &str,
    good: &Path,
) -> Command {
    let model = format!("replay:{}", good.join("answers.jsonl").display());
    let mut command = process::command(settings, &program.to_string_lossy(), &["--lang", "en", "eval"]);
    command.args(["--model", &model, "--tasks", name, "--json", "--hook-seconds", HOOK_SECONDS]);
    command.arg("--include-path").arg(tasks).arg("--out").arg(&places.out);
    command.current_dir(&places.work).env("HOME", &places.home).env("TMPDIR", &places.temporary);
    for name in ["XDG_CACHE_HOME", "XDG_DATA_HOME", "DAEPYO_CACHE", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    command.env("HF_HUB_OFFLINE", "1");
    command
}

/// What is wrong with how a hostile task ended.
fn problems(case: &Case, ended: &Ended) -> Vec<String> {
    let said = &ended.said;
    let mut problems = Vec::new();
    let mut check = |holds: bool, problem: String| {
        if !holds {
            problems.push(problem);
        }
    };
    check(!ended.killed, "it did not end by itself".to_owned());
    check(ended.code == Some(2), format!("it ended with {:?} and not with 2", ended.code));
    let is_expected = case.expect.split(" or ").any(|code| said.contains(&format!("{code}: ")));
    check(is_expected, format!("`{}` is not said: {}", case.expect, end(said)));
    check(said.contains(&case.says), format!("`{}` is not said: {}", case.says, end(said)));
    check(said.contains("\n  help: "), "nothing is said of what to do next".to_owned());
    let errors = said.lines().filter(|line| line.starts_with('×')).count();
    check(errors == 1, format!("there are {errors} errors: {}", end(said)));
    check(!said.contains("panicked"), "it panicked".to_owned());
    check(!said.contains(SECRET), "it shows a secret".to_owned());
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    check(said.chars().all(is_plain), "signs that a terminal obeys are shown".to_owned());
    check(ended.leftover.is_empty(), format!("it leaves processes: {}", ended.leftover.join(", ")));
    check(ended.peak_bytes <= MAX_PEAK_BYTES, format!("it takes {} MiB of memory", ended.peak_bytes >> 20));
    problems
}

fn end(said: &str) -> String {
    let from = said.char_indices().rev().nth(400).map_or(0, |(place, _)| place);
    said.get(from..).unwrap_or_default().trim().replace('\n', " / ")
}

/// Every file and folder below `work` that no evaluation may touch, with its size.
fn listing(work: &Path) -> Result<BTreeMap<PathBuf, u64>, Failure> {
    let mut found = BTreeMap::new();
    let mut folders = vec![work.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Failure::io("read", &folder))? {
            let entry = entry.map_err(Failure::io("read", &folder))?;
            let path = entry.path();
            // The run folder, what the program keeps for itself, and what it said.
            if [work.join("out"), work.join("home/.cache"), work.join("said")].contains(&path) {
                continue;
            }
            let metadata = fs::symlink_metadata(&path).map_err(Failure::io("read", &path))?;
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path, if metadata.is_file() { metadata.len() } else { 0 });
        }
    }
    Ok(found)
}

fn changes(before: &BTreeMap<PathBuf, u64>, after: &BTreeMap<PathBuf, u64>) -> Vec<String> {
    let new = after.iter().filter(|(path, size)| before.get(*path) != Some(*size));
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let new = new.map(|(path, _)| format!("{} was made or changed", path.display()));
    new.chain(gone.map(|path| format!("{} was removed", path.display()))).collect()
}

/// What is wrong with a good task in the same run folder.
fn works_after(
    settings: &Settings,
    program: &Path,
    places: &Places,
    good: &Path,
) -> Result<Vec<String>, Failure> {
    let mut command = evaluate(settings, program, places, good, "good", good);
    let output = command.output().map_err(Failure::io("run", program))?;
    let results: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let rows = results.get("results").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_right = |row: &Value| row.get("value").and_then(Value::as_f64).is_some_and(|value| value >= 1.0);
    let right = output.status.success() && !rows.is_empty() && rows.iter().all(is_right);
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(if right { Vec::new() } else { vec![format!("a good task fails after it: {}", end(&said))] })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    fn case() -> Case {
        let text = |text: &str| text.to_owned();
        Case {
            name: text("template_x"),
            expect: text("task::document"),
            says: text("`doc_to_text`"),
            made: None,
            file: None,
            yaml: String::new(),
            python: None,
        }
    }

    fn ended(said: &str) -> Ended {
        let said = said.to_owned();
        Ended { code: Some(2), killed: false, said, seconds: 1.0, peak_bytes: 1 << 20, leftover: Vec::new() }
    }

    const GOOD: &str = "× stage::task: x\n  ← task::document: t: `doc_to_text`: no\n  help: mend it\n";

    #[test]
    fn an_error_with_code_place_and_next_step_is_good_and_each_fault_is_found() {
        assert_eq!(problems(&case(), &ended(GOOD)), Vec::<String>::new());
        for said in [
            "",
            "× task::document: t: no\n  help: mend it\n",
            "× task::yaml: `doc_to_text`\n  help: mend it\n",
            "× task::document: `doc_to_text`\n",
            "× task::document: `doc_to_text`\n× again\n  help: mend it\n",
            "× task::document: `doc_to_text` \u{1b}[2J\n  help: mend it\n",
            "× task::document: `doc_to_text` panicked\n  help: mend it\n",
        ] {
            assert!(!problems(&case(), &ended(said)).is_empty(), "{said}");
        }
        for bad in [
            Ended { code: Some(0), ..ended(GOOD) },
            Ended { killed: true, ..ended(GOOD) },
            Ended { leftover: vec!["python3".to_owned()], ..ended(GOOD) },
            Ended { peak_bytes: 4 << 30, ..ended(GOOD) },
        ] {
            assert!(!problems(&case(), &bad).is_empty());
        }
    }

    #[test]
    fn files_that_are_made_changed_or_removed_are_found() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("a"), "1").unwrap();
        write(&folder.path().join("b"), "1").unwrap();
        let before = listing(folder.path()).unwrap();
        assert_eq!(changes(&before, &before), Vec::<String>::new());
        write(&folder.path().join("a"), "12").unwrap();
        write(&folder.path().join("c"), "1").unwrap();
        fs::remove_file(folder.path().join("b")).unwrap();
        assert_eq!(changes(&before, &listing(folder.path()).unwrap()).len(), 3);
    }

    #[test]
    fn every_case_says_what_it_expects() {
        let folder = Settings::of_checkout().root.join("xtask/fixtures/hostile");
        let cases = read_cases(&folder).unwrap();
        assert!(cases.len() >= 60);
        assert!(cases.iter().all(|case| case.expect.contains("::")));
        for case in cases.iter().filter(|case| case.name.starts_with("hook_")) {
            assert!(case.python.is_some(), "{}", case.name);
        }
    }
}
