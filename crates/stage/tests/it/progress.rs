//! How far a run is, as the site reads it while it goes on.

use crate::finished::{Finished, key, open};
use daepyo_core::{Budget, CandidateId, Response};
use daepyo_stage::{
    Answered, Earlier, Folder, Manifest, Outside, Phase, ProgrammeFile, Progress, ProgressFile,
};
use std::path::Path;
use std::sync::Mutex;

/// Reads the file whenever something is told.
struct Reader {
    folder: Folder,
    seen: Mutex<Vec<ProgressFile>>,
}

impl Reader {
    fn look(&self) {
        self.seen.lock().unwrap().extend(ProgressFile::read(&self.folder));
    }
}

impl Progress for Reader {
    fn note(&self, _: &str) {
        self.look();
    }
    fn begin(&self, _: &CandidateId, _: usize, _: usize) {
        self.look();
    }
    fn answered(&self, _: &CandidateId, _: &Response) {
        self.look();
    }
    fn end(&self, _: &CandidateId) {
        self.look();
    }
}

fn run(folder: &Folder) -> Vec<ProgressFile> {
    let fixture = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../fixtures/line");
    let file = ProgrammeFile::read(&fixture.join("programme.toml")).unwrap();
    let reader = Reader { folder: folder.clone(), seen: Mutex::default() };
    let (_sender, stop) = tokio::sync::watch::channel(false);
    let outside = Outside {
        open: &open,
        key: key(7),
        progress: &reader,
        stop,
        conclude: false,
        budget: Budget::default(),
        earlier: Earlier::default(),
    };
    let running = daepyo_stage::run(&file, "first", folder, outside);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(running).unwrap();
    reader.seen.into_inner().unwrap()
}

fn whole(rows: impl Iterator<Item = Answered>) -> bool {
    rows.fold(true, |whole, row| whole && row.planned > 0 && row.answered == row.planned)
}

#[test]
fn a_run_tells_how_far_it_is_and_never_a_score() {
    let finished = Finished::empty();
    let folder = finished.folder();
    let seen = run(&folder);
    let phases: Vec<Phase> = seen.iter().map(|file| file.phase).collect();
    for phase in [Phase::Prepare, Phase::Measure, Phase::Decide] {
        assert!(phases.contains(&phase), "{phase:?}: {phases:?}");
    }
    // Counts only grow, and some of them were seen on the way.
    let answered = |file: &ProgressFile| file.candidates.values().map(|row| row.answered).sum::<u64>();
    let counts: Vec<u64> = seen.iter().map(answered).collect();
    assert!(counts.is_sorted(), "{counts:?}");
    let last = ProgressFile::read(&folder).unwrap();
    assert_eq!(last.phase, Phase::Publish);
    assert!(whole(last.candidates.values().copied()) && whole(last.criteria.values().copied()), "{last:?}");
    assert!(counts.iter().any(|count| *count < answered(&last)));
    assert!(!last.criteria.is_empty());
}

#[test]
fn progress_is_no_part_of_what_is_signed() {
    let finished = Finished::empty();
    run(&finished.folder());
    let manifest: Manifest = serde_json::from_slice(&finished.read("manifest.json")).unwrap();
    assert!(manifest.files.keys().all(|path| !path.contains("progress")));
    std::fs::remove_file(finished.folder().progress()).unwrap();
    assert_eq!(finished.findings(), []);
}

#[test]
fn a_second_run_counts_what_was_answered_before() {
    let finished = Finished::empty();
    let folder = finished.folder();
    run(&folder);
    let first = ProgressFile::read(&folder).unwrap();
    run(&folder);
    assert_eq!(ProgressFile::read(&folder).unwrap(), first);
}
