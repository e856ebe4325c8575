//! Fuzzing: the readers of foreign bytes under libFuzzer, each target for a while, from the seeds of `fuzz/seeds`.

mod record;

pub(crate) use record::FuzzRecords;

use crate::claims::machine;
use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use crate::tool;
use record::FuzzRecord;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

/// The version of cargo-fuzz that `fuzz/` is written for.
const CARGO_FUZZ_VERSION: &str = "0.13.2";
/// An input that takes longer than this is a finding, in seconds.
const SLOW_INPUT_S: u32 = 10;
/// An input that needs more memory is a finding, in MiB.
const MEMORY_MIB: u32 = 2048;
/// Inputs are not grown beyond this; seeds are smaller.
const MAX_INPUT_BYTES: u32 = 4096;

/// The project's own code has no unsafe blocks; without a sanitizer more inputs are tried in the same time.
const SANITIZER: &str = "none";

/// What one target came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    /// Inputs tried.
    pub(crate) executions: u64,
    /// Places of the code that were reached, as libFuzzer counts them.
    pub(crate) coverage: u64,
}

/// What a target came to, or the inputs that it failed on.
pub(crate) type Outcome = Result<Run, Vec<PathBuf>>;

/// Fuzzes the targets (all where none is named), `jobs` at once, each for `seconds`, and keeps what they came to where
/// it is to be recorded. All run even where one fails; fails with the path of every input that crashed one, took too
/// long or too much memory.
pub(crate) fn run(
    settings: &Settings,
    named: &[String],
    seconds: u32,
    jobs: usize,
    record: bool,
) -> Result<(), Failure> {
    // What is built now is what is told of, whatever happens to the files meanwhile.
    let circumstances = machine::describe(settings)?;
    let mut records = FuzzRecords::read(settings)?;
    let mut failed = Vec::new();
    for (target, outcome) in runs(settings, named, seconds, jobs)? {
        let (run, failures) = match outcome {
            Ok(run) => {
                println!("{target}: {} executions, coverage {}", run.executions, run.coverage);
                (run, 0)
            }
            Err(inputs) => {
                for input in &inputs {
                    println!("{target}: FAILED on {}", input.display());
                    failed.push(input.display().to_string());
                }
                (Run::default(), inputs.len() as u64)
            }
        };
        records.add(FuzzRecord {
            target,
            seconds,
            executions: run.executions,
            coverage: run.coverage,
            failures,
            sanitizer: SANITIZER.to_owned(),
            date: circumstances.date.clone(),
            machine: circumstances.machine.clone(),
            commit: circumstances.commit.clone(),
        });
    }
    if record {
        records.write(settings)?;
    }
    if failed.is_empty() {
        return Ok(());
    }
    let folder = settings.target.join("fuzz");
    Err(Failure::No(format!(
        "the programs are below {}; run them again with: {}",
        folder.display(),
        failed.join(", ")
    )))
}

/// Builds the targets (all where none is named) and fuzzes each for `seconds`, `jobs` at once.
pub(crate) fn runs(
    settings: &Settings,
    named: &[String],
    seconds: u32,
    jobs: usize,
) -> Result<Vec<(String, Outcome)>, Failure> {
    let known = targets(&settings.root)?;
    if let Some(unknown) = named.iter().find(|name| !known.contains(name)) {
        let known = known.join(", ");
        return Err(Failure::BadInput(format!("no fuzz target is named `{unknown}`; there are {known}")));
    }
    let chosen: &[String] = if named.is_empty() { &known } else { named };
    let built = build(settings, chosen)?;
    let mut outcomes = Vec::new();
    for together in chosen.chunks(jobs.max(1)) {
        let ended: Vec<_> = thread::scope(|scope| {
            let started: Vec<_> = together
                .iter()
                .map(|target| {
                    let program = built.join(target);
                    scope.spawn(move || fuzz(settings, target, &program, seconds))
                })
                .collect();
            started.into_iter().map(thread::ScopedJoinHandle::join).collect()
        });
        for (target, ended) in together.iter().zip(ended) {
            let lost = |_| Err(Failure::Environment("a thread of the fuzzing ended".to_owned()));
            outcomes.push((target.clone(), ended.unwrap_or_else(lost)?));
        }
    }
    Ok(outcomes)
}

/// The names of the targets, in order.
fn targets(root: &Path) -> Result<Vec<String>, Failure> {
    let folder = root.join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for path in files(&folder)? {
        if path.extension() == Some(OsStr::new("rs")) {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    Ok(names)
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::io("list", folder))? {
        let path = entry.map_err(Failure::io("list", folder))?.path();
        if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Builds the targets; returns the folder with the programs.
fn build(settings: &Settings, targets: &[String]) -> Result<PathBuf, Failure> {
    let about = process::capture(&mut nightly(settings, OsStr::new("rustc"), &["-vV"])).map_err(|_| {
        Failure::Environment("fuzzing needs a nightly compiler: `rustup toolchain install nightly`".into())
    })?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_owned();
    let cargo_fuzz = tool::provide(settings, "cargo-fuzz", CARGO_FUZZ_VERSION)?;
    let target_folder = settings.target.join("fuzz");
    let arguments = ["fuzz", "build", "--sanitizer", SANITIZER];
    let mut build = nightly(settings, cargo_fuzz.as_os_str(), &arguments);
    if let [one] = targets {
        build.arg(one);
    }
    process::run(build.env("CARGO_TARGET_DIR", &target_folder))?;
    Ok(target_folder.join(host).join("release"))
}

/// A program under the nightly toolchain.
fn nightly(settings: &Settings, program: &OsStr, arguments: &[&str]) -> Command {
    let mut nightly = command(settings, "rustup", &["run", "nightly"]);
    nightly.arg(program).args(arguments);
    nightly
}

/// Runs one target; gives the inputs that it failed on, where it did.
fn fuzz(settings: &Settings, target: &str, program: &Path, seconds: u32) -> Result<Outcome, Failure> {
    let corpus = provide_corpus(settings, target)?;
    let failures = settings.cache.join("fuzz/failures").join(target);
    if failures.exists() {
        fs::remove_dir_all(&failures).map_err(Failure::io("empty", &failures))?;
    }
    fs::create_dir_all(&failures).map_err(Failure::io("make", &failures))?;
    let mut run = command(settings, &program.to_string_lossy(), &[]);
    run.arg(&corpus)
        .arg(format!("-artifact_prefix={}/", failures.display()))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={SLOW_INPUT_S}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-max_len={MAX_INPUT_BYTES}"))
        .arg("-print_final_stats=1");
    let dictionary = settings.root.join(format!("fuzz/dictionaries/{target}.dict"));
    if dictionary.is_file() {
        run.arg(format!("-dict={}", dictionary.display()));
    }
    let printed = process::tee(&mut run)?;
    // An input that is merely slower than the others is kept too; only what ended the run counts.
    if printed.status.success() {
        return Ok(Ok(read(&printed.stderr)));
    }
    let found = files(&failures)?;
    if found.is_empty() {
        process::succeeded(&run, printed.status)?;
    }
    Ok(Err(found))
}

/// The corpus of a target in the cache, with the seeds of the repository in it.
fn provide_corpus(settings: &Settings, target: &str) -> Result<PathBuf, Failure> {
    let corpus = settings.cache.join("fuzz/corpus").join(target);
    fs::create_dir_all(&corpus).map_err(Failure::io("make", &corpus))?;
    for seed in files(&settings.root.join("fuzz/seeds").join(target))? {
        if let Some(name) = seed.file_name() {
            let copy = corpus.join(name);
            fs::copy(&seed, &copy).map_err(Failure::io("write", &copy))?;
        }
    }
    Ok(corpus)
}

/// The counts in what libFuzzer prints: the last `cov:` and `stat::number_of_executed_units:`.
fn read(printed: &str) -> Run {
    let mut run = Run::default();
    let mut words = printed.split_whitespace();
    while let Some(word) = words.next() {
        let count = match word {
            "cov:" => &mut run.coverage,
            "stat::number_of_executed_units:" => &mut run.executions,
            _ => continue,
        };
        if let Some(number) = words.next().and_then(|number| number.parse().ok()) {
            *count = number;
        }
    }
    run
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn the_last_counts_are_read() {
        let printed = "#2\tINITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 30Mb\n\
                       #99\tNEW    cov: 12 ft: 14 corp: 2/3b lim: 4 exec/s: 0 rss: 30Mb\n\
                       Done 100 runs in 1 second(s)\nstat::number_of_executed_units: 100\nstat::peak_rss_mb: 31\n";
        assert_eq!(read(printed), Run { executions: 100, coverage: 12 });
        assert_eq!(read(""), Run::default());
    }

    #[test]
    fn an_unknown_target_is_refused_with_the_known_ones() {
        let folder = tempfile::tempdir().unwrap();
        let targets = folder.path().join("fuzz/fuzz_targets");
        fs::create_dir_all(&targets).unwrap();
        fs::write(targets.join("rows.rs"), "").unwrap();
        fs::write(targets.join("proof.rs"), "").unwrap();
        fs::write(targets.join("notes.txt"), "").unwrap();
        let error = runs(&Settings::below(folder.path()), &["row".to_owned()], 1, 1).unwrap_err();
        assert_eq!(error.to_string(), "no fuzz target is named `row`; there are proof, rows");
    }

    #[test]
    fn seeds_are_put_beside_what_was_found_before() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::below(folder.path());
        let seeds = folder.path().join("fuzz/seeds/rows");
        fs::create_dir_all(&seeds).unwrap();
        fs::write(seeds.join("marks"), "a").unwrap();
        let corpus = provide_corpus(&settings, "rows").unwrap();
        fs::write(corpus.join("found"), "b").unwrap();
        assert_eq!(provide_corpus(&settings, "rows").unwrap(), corpus);
        assert_eq!(files(&corpus).unwrap(), [corpus.join("found"), corpus.join("marks")]);
    }
}
