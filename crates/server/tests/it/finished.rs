//! Finished stages of the fixture programme with recorded answers, made once and copied.

use daepyo_backend::{Backend, BackendError, ReplayBackend};
use daepyo_core::{Budget, ModelSpec, Submission};
use daepyo_evidence::SigningKey;
use daepyo_stage::{Earlier, Folder, Outside, ProgrammeFile, Silent};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

/// The words of the hidden suite's documents.
pub(crate) const HIDDEN: [&str; 2] = ["숨은글", "숨은물음"];

/// The fixture's programme file.
pub(crate) fn programme() -> PathBuf {
    Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../fixtures/line/programme.toml")
}

/// A copy of the fixture's first stage, finished.
pub(crate) fn first(to: &Path) -> PathBuf {
    copy("first", to)
}

/// A copy of its second stage, which measures a hidden suite.
pub(crate) fn second(to: &Path) -> PathBuf {
    copy("second", to)
}

fn copy(stage: &str, to: &Path) -> PathBuf {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        for stage in ["first", "second"] {
            make(stage, &folder.path().join(stage));
        }
        folder
    });
    let to = to.join(stage);
    copy_below(&made.path().join(stage), &to);
    to
}

fn copy_below(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_below(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn make(stage: &str, folder: &Path) {
    let file = ProgrammeFile::read(&programme()).unwrap();
    let folder = Folder::at(folder);
    let stage = stage.to_owned();
    // A runtime of its own: the test that asks first has one already.
    let run = std::thread::spawn(move || {
        let (_sender, stop) = tokio::sync::watch::channel(false);
        let outside = Outside {
            open: &open,
            key: SigningKey::from_seed("line.example", &[7; 32]).unwrap(),
            progress: &Silent,
            stop,
            conclude: false,
            budget: Budget::default(),
            earlier: Earlier::default(),
        };
        let run = daepyo_stage::run(&file, &stage, &folder, outside);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(run).unwrap();
    });
    run.join().unwrap();
}

fn open(submission: &Submission, base: &Path) -> Result<Arc<dyn Backend>, BackendError> {
    let ModelSpec::Replay { file } = &submission.model else {
        return Err(BackendError::Setting("only recorded answers here".to_owned()));
    };
    Ok(Arc::new(ReplayBackend::open(&base.join(file))?))
}

/// The files below a folder by path with `/`, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
