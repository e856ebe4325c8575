//! Public data sets beside the repository, copies of examples to put them into, and what daepyo makes of them.

use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of the data sets: under `DAEPYO_SHARED`, or under `shared/data` beside the repository. Fails where it is
/// not there.
pub(super) fn file(settings: &Settings, name: &str) -> Result<PathBuf, Failure> {
    let path = settings.data.join(name);
    if path.is_file() {
        return Ok(path);
    }
    let path = path.display();
    Err(Failure::Environment(format!("{path} is not there; DAEPYO_SHARED may name the folder of data sets")))
}

/// An empty folder for one claim, outside the repository.
pub(super) fn work_folder(settings: &Settings, name: &str) -> Result<PathBuf, Failure> {
    let folder = settings.cache.join("claims").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Failure::io("empty", &folder))?;
    }
    fs::create_dir_all(&folder).map_err(Failure::io("make", &folder))?;
    Ok(folder)
}

/// A copy of an example in a work folder of the same name.
pub(super) fn example(settings: &Settings, name: &str) -> Result<PathBuf, Failure> {
    example_in(settings, name, name)
}

/// A copy of an example in the work folder of a claim.
pub(super) fn example_in(settings: &Settings, name: &str, claim: &str) -> Result<PathBuf, Failure> {
    let work = work_folder(settings, claim)?;
    copy(&settings.root.join("examples").join(name), &work)?;
    Ok(work)
}

/// A work folder that outlives an interruption.
pub(super) struct Unfinished {
    pub(super) folder: PathBuf,
    /// Whether an interrupted measurement goes on in it.
    pub(super) goes_on: bool,
}

/// The file that says what an unfinished measurement was made with.
const MADE_WITH: &str = "unfinished";

impl Unfinished {
    /// A copy of an example in a work folder of the same name; what was answered before an interruption is kept where
    /// the answers were `made_with` the same.
    pub(super) fn example(settings: &Settings, name: &str, made_with: &str) -> Result<Self, Failure> {
        let folder = settings.cache.join("claims").join(name);
        let goes_on = fs::read_to_string(folder.join(MADE_WITH)).is_ok_and(|found| found == made_with);
        if !goes_on {
            work_folder(settings, name)?;
        }
        copy(&settings.root.join("examples").join(name), &folder)?;
        let note = folder.join(MADE_WITH);
        fs::write(&note, made_with).map_err(Failure::io("write", &note))?;
        Ok(Self { folder, goes_on })
    }

    /// The next measurement starts afresh.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let note = self.folder.join(MADE_WITH);
        fs::remove_file(&note).map_err(Failure::io("remove", &note))
    }
}

/// What decides the log-likelihoods of a local model: the code that asks llama.cpp, and its version.
pub(super) fn engine(settings: &Settings) -> Result<String, Failure> {
    let git = |arguments: &[&str]| process::capture(&mut process::command(settings, "git", arguments));
    let (code, changes) =
        (git(&["rev-parse", "HEAD:crates/llama"])?, git(&["diff", "HEAD", "--", "crates/llama"])?);
    let lock = settings.root.join("Cargo.lock");
    let lock = fs::read_to_string(&lock).map_err(Failure::io("read", &lock))?;
    let after =
        lock.split("name = \"llama-cpp-").skip(1).filter_map(|rest| rest.split("dependencies").next());
    Ok(format!("{}{changes}{}", code, after.collect::<String>()))
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(Failure::io("make", to))?;
    for entry in fs::read_dir(from).map_err(Failure::io("read", from))? {
        let path = entry.map_err(Failure::io("read", from))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(Failure::io("copy", &path))?;
        }
    }
    Ok(())
}

/// `daepyo` with these arguments, built first.
pub(super) fn daepyo(settings: &Settings, arguments: &[&str]) -> Result<Command, Failure> {
    process::run(&mut process::command(settings, "cargo", &["build", "--quiet", "-p", "daepyo"]))?;
    let program = settings.target.join("debug/daepyo");
    Ok(process::command(settings, &program.to_string_lossy(), arguments))
}

/// The samples of a task, from the one file that lm-eval's layout has for it.
pub(super) fn samples<T: DeserializeOwned>(folder: &Path, task: &str) -> Result<Vec<T>, Failure> {
    let path = only(folder, &format!("samples_{task}_"))?;
    let text = fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
    text.lines().map(|line| serde_json::from_str(line).map_err(|error| broken(&path, &error))).collect()
}

/// A figure of a task, such as `acc,none`, from lm-eval's results file.
pub(super) fn result(folder: &Path, task: &str, metric: &str) -> Result<f64, Failure> {
    let path = only(folder, "results_")?;
    let text = fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
    let results: Value = serde_json::from_str(&text).map_err(|error| broken(&path, &error))?;
    let figure = results.get("results").and_then(|tasks| tasks.get(task)?.get(metric)?.as_f64());
    figure.ok_or_else(|| Failure::No(format!("{} has no {metric} of {task}", path.display())))
}

/// The only file of `folder` whose name begins like this.
fn only(folder: &Path, beginning: &str) -> Result<PathBuf, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::io("read", folder))? {
        let entry = entry.map_err(Failure::io("read", folder))?;
        if entry.file_name().to_string_lossy().starts_with(beginning) {
            found.push(entry.path());
        }
    }
    let count = found.len();
    found.pop().filter(|_| count == 1).ok_or_else(|| {
        Failure::No(format!("{} has {count} files that begin with {beginning}, not one", folder.display()))
    })
}

fn broken(path: &Path, error: &serde_json::Error) -> Failure {
    Failure::No(format!("{}: {error}", path.display()))
}
