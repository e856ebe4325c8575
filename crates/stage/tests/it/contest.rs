//! A stage whose votes come from a contest: its files are sealed with the rules and published with the stage.

use crate::finished::{Finished, key, run_stage};
use daepyo_core::Digest;
use daepyo_stage::{Folder, ProgrammeFile, Sealed, StageError};
use std::fs;
use std::path::{Path, PathBuf};

const FILES: [&str; 2] = ["contests/users/answers.jsonl", "contests/users/prompts.csv"];

/// The example contest beside votes of its own, in a folder that may be written to.
struct Example {
    work: tempfile::TempDir,
}

impl Example {
    fn new() -> Self {
        let work = tempfile::tempdir().unwrap();
        let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../examples/contest");
        for name in ["programme.toml", "prompts.csv", "answers.jsonl"] {
            fs::copy(root.join(name), work.path().join(name)).unwrap();
        }
        fs::create_dir(work.path().join("replay")).unwrap();
        for entry in fs::read_dir(root.join("replay")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), work.path().join("replay").join(entry.file_name())).unwrap();
        }
        let all = ["meridian-2", "garam-1", "narae-1", "dasom-1"];
        let mut votes = vec!["voter,left,right,choice,prompt\n".to_owned()];
        for voter in 0..24 {
            for (place, better) in all.iter().enumerate() {
                for worse in &all[place + 1..] {
                    // Some prefer the other, as people do.
                    let (better, worse) = if voter % 5 == 0 { (worse, better) } else { (better, worse) };
                    let (left, right, choice) =
                        if voter % 2 == 0 { (better, worse, "left") } else { (worse, better, "right") };
                    votes.push(format!("v{voter},{left},{right},{choice},ko-rice\n"));
                }
            }
        }
        fs::write(work.path().join("votes.csv"), votes.concat()).unwrap();
        Self { work }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    fn file(&self) -> Result<ProgrammeFile, StageError> {
        ProgrammeFile::read(&self.path("programme.toml"))
    }

    fn run_into(&self, finished: &Finished) -> Result<(), StageError> {
        run_stage(&self.file()?, "public", &finished.folder())
    }

    fn edit(&self, name: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(old), "`{old}` is in {name}");
        fs::write(self.path(name), text.replacen(old, new, 1)).unwrap();
    }
}

fn sealed(folder: &Folder) -> Sealed {
    serde_json::from_slice(&fs::read(folder.rules()).unwrap()).unwrap()
}

#[test]
fn prompts_and_answers_are_sealed_published_and_verified() {
    let (example, finished) = (Example::new(), Finished::empty());
    example.run_into(&finished).unwrap();
    let found = sealed(&finished.folder());
    assert_eq!(found.files.keys().collect::<Vec<_>>(), FILES);
    for (path, digest) in &found.files {
        let name = Path::new(path).file_name().unwrap().to_str().unwrap();
        assert_eq!(finished.read(path), fs::read(example.path(name)).unwrap());
        assert_eq!(Digest::of(&finished.read(path)), *digest);
    }
    let verified = daepyo_stage::verify(&finished.folder(), None, None).unwrap();
    assert_eq!(verified.uncovered, [""; 0]);
    let again = Sealed::of_stage(&example.file().unwrap(), "public").unwrap();
    assert_eq!(again.to_bytes().unwrap(), finished.read("rules.json"));
}

#[test]
fn a_file_of_the_contest_that_changes_after_the_sealing_is_another_rule() {
    let (example, finished) = (Example::new(), Finished::empty());
    example.run_into(&finished).unwrap();
    example.edit("answers.jsonl", "위층", "윗집");
    assert!(matches!(example.run_into(&finished), Err(StageError::RulesChanged { .. })));
}

#[test]
fn a_published_file_of_the_contest_that_was_changed_or_lost_is_named() {
    let (example, finished) = (Example::new(), Finished::empty());
    example.run_into(&finished).unwrap();
    for path in FILES {
        let bytes = finished.read(path);
        let mut changed = bytes.clone();
        changed[70] ^= 1;
        finished.write(path, &changed);
        let found: Vec<_> = finished.findings().into_iter().map(|finding| finding.file).collect();
        assert_eq!(found, [path]);
        fs::remove_file(finished.path(path)).unwrap();
        let found: Vec<_> = finished.findings().into_iter().map(|finding| finding.code).collect();
        assert_eq!(found, ["verify::missing"]);
        finished.write(path, &bytes);
    }
    assert_eq!(finished.findings(), []);
}

#[test]
fn a_writer_cannot_leave_the_answers_out_of_the_rules_or_of_the_file() {
    let (example, finished) = (Example::new(), Finished::empty());
    example.run_into(&finished).unwrap();
    let rules = finished.read("rules.json");
    let mut without = sealed(&finished.folder());
    without.files.remove(FILES[0]);
    finished.write("rules.json", &without.to_bytes().unwrap());
    finished.forge(finished.records(), key(7));
    let found = finished.findings();
    assert!(found.iter().any(|finding| finding.code == "verify::rules"), "{found:?}");

    // An answer left out, and everything signed over that.
    let answers = String::from_utf8(finished.read(FILES[0])).unwrap();
    let (_, fewer) = answers.split_once('\n').unwrap();
    finished.write(FILES[0], fewer.as_bytes());
    let mut fitting: Sealed = serde_json::from_slice(&rules).unwrap();
    fitting.files.insert(FILES[0].to_owned(), Digest::of(fewer.as_bytes()));
    finished.write("rules.json", &fitting.to_bytes().unwrap());
    finished.forge(finished.records(), key(7));
    let found = finished.findings();
    let wanted = (FILES[0], "verify::unusable");
    assert!(found.iter().any(|one| (one.file.as_str(), one.code.as_str()) == wanted), "{found:?}");
}

#[test]
fn a_contest_without_an_answer_is_not_sealed() {
    let (example, finished) = (Example::new(), Finished::empty());
    example.edit("answers.jsonl", "\"candidate\": \"dasom-1\"", "\"candidate\": \"garam-1\"");
    assert!(matches!(example.run_into(&finished), Err(StageError::Programme { .. })));
    assert!(!finished.folder().rules().exists());
}
