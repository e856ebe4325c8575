//! A stage whose votes come from a contest: its files are sealed with the rules, its closed folder is published with the
//! stage, and whoever changes either is found.

use crate::finished::{Finished, key, run_stage};
use crate::held::{CLOSED, hold};
use daepyo_core::{Digest, Observation, VoteChoice, canonical};
use daepyo_stage::{Folder, Manifest, ProgrammeFile, Record, Sealed, StageError};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const FILES: [&str; 2] = ["contests/users/answers.jsonl", "contests/users/prompts.csv"];

/// The example contest, held and closed once for all tests.
fn held() -> &'static Path {
    static HELD: OnceLock<tempfile::TempDir> = OnceLock::new();
    HELD.get_or_init(|| {
        let work = tempfile::tempdir().unwrap();
        let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../examples/contest");
        for name in ["programme.toml", "prompts.csv", "answers.jsonl", "replay"] {
            copy(&root.join(name), &work.path().join(name));
        }
        hold(work.path());
        work
    })
    .path()
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// The example beside its closed contest, in a folder that may be written to.
struct Example {
    work: tempfile::TempDir,
}

impl Example {
    fn new() -> Self {
        let work = tempfile::tempdir().unwrap();
        let files =
            ["programme.toml", "prompts.csv", "answers.jsonl", "replay", "votes.csv", "votes-contest"];
        for name in files {
            copy(&held().join(name), &work.path().join(name));
        }
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

    /// The codes with which a run refuses the contest.
    fn refused(&self) -> Vec<String> {
        match self.run_into(&Finished::empty()) {
            Err(StageError::Contest { criterion, findings, .. }) => {
                assert_eq!(criterion.as_str(), "users");
                findings.into_iter().map(|finding| finding.code).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

fn published() -> Finished {
    let finished = Finished::empty();
    Example::new().run_into(&finished).unwrap();
    finished
}

fn sealed(folder: &Folder) -> Sealed {
    serde_json::from_slice(&fs::read(folder.rules()).unwrap()).unwrap()
}

fn manifest(finished: &Finished) -> Manifest {
    serde_json::from_slice(&finished.read("manifest.json")).unwrap()
}

fn closed(name: &str) -> String {
    format!("contests/users/closed/{name}")
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
    assert!(!verified.report_differs);
    let again = Sealed::of_stage(&example.file().unwrap(), "public").unwrap();
    assert_eq!(again.to_bytes().unwrap(), finished.read("rules.json"));
}

#[test]
fn the_closed_contest_is_published_whole_and_told_in_the_report() {
    let finished = published();
    let verified = daepyo_stage::verify(&finished.folder(), None, None).unwrap();
    let [contest] = verified.contests.as_slice() else { panic!("{:?}", verified.contests) };
    let counts = &contest.counts;
    assert_eq!(
        (counts.voted, counts.withdrawn, counts.voters),
        (CLOSED.voted, CLOSED.withdrawn, CLOSED.voters)
    );
    assert_eq!(contest.exposure.iter().map(|row| row.battles).sum::<u64>(), 2 * counts.battles);
    let named = manifest(&finished).files;
    for name in [
        "contest.json",
        "ballots.jsonl",
        "draws.jsonl",
        "votes.csv",
        "examinations.jsonl",
        "conversations.jsonl",
    ] {
        assert!(named.contains_key(&closed(name)), "{name}");
    }
    assert!(named.contains_key(&closed("log/checkpoint")));
    // Anybody can check it where it lies.
    let at = finished.path(&closed(""));
    daepyo_contest::check_closed(&at, &at.join("log"), None).unwrap();
    let report = String::from_utf8(finished.read("report.html")).unwrap();
    for text in [
        "id=\"contest\"",
        "daepyo contest check contests/users/closed",
        &contest.rules.to_string(),
        &contest.key,
    ] {
        assert!(report.contains(text), "{text}");
    }
}

#[test]
fn a_file_of_the_contest_that_changes_after_the_sealing_is_another_rule() {
    let (example, finished) = (Example::new(), Finished::empty());
    example.run_into(&finished).unwrap();
    example.edit("answers.jsonl", "위층", "윗집");
    let error = example.run_into(&finished).unwrap_err();
    assert!(matches!(error, StageError::Contest { .. } | StageError::RulesChanged { .. }), "{error}");
}

#[test]
fn a_published_file_of_the_contest_that_was_changed_or_lost_is_named() {
    let finished = published();
    let all = [FILES[0].to_owned(), FILES[1].to_owned(), closed("ballots.jsonl"), closed("log/checkpoint")];
    for path in &all {
        let bytes = finished.read(path);
        let mut changed = bytes.clone();
        changed[70] ^= 1;
        finished.write(path, &changed);
        let found: Vec<_> = finished.findings().into_iter().map(|finding| finding.file).collect();
        assert_eq!(found, [path.as_str()]);
        fs::remove_file(finished.path(path)).unwrap();
        let found: Vec<_> = finished.findings().into_iter().map(|finding| finding.code).collect();
        assert_eq!(found, ["verify::missing"]);
        finished.write(path, &bytes);
    }
    finished.write(&closed("more.csv"), b"voter,left,right,choice\n");
    let found: Vec<_> = finished.findings().into_iter().map(|one| (one.file, one.code)).collect();
    assert_eq!(found, [(closed("more.csv"), "verify::changed".to_owned())]);
    fs::remove_file(finished.path(&closed("more.csv"))).unwrap();
    assert_eq!(finished.findings(), []);
}

#[test]
fn a_writer_cannot_leave_the_answers_out_of_the_rules_or_of_the_file() {
    let finished = published();
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
fn a_writer_cannot_publish_ballots_that_the_log_does_not_bind() {
    let finished = published();
    let path = closed("ballots.jsonl");
    let ballots = String::from_utf8(finished.read(&path)).unwrap();
    let turned = ballots.replacen(r#""choice":"left""#, r#""choice":"right""#, 1);
    assert_ne!(ballots, turned);
    finished.write(&path, turned.as_bytes());
    finished.forge(finished.records(), key(7));
    let found = finished.findings();
    for code in ["closed::changed", "closed::commitment"] {
        assert!(found.iter().any(|one| one.file == path && one.code == code), "{code}: {found:?}");
    }
    let votes = closed("votes.csv");
    assert!(found.iter().any(|one| one.file == votes && one.code == "closed::votes"), "{found:?}");
}

#[test]
fn a_writer_cannot_count_other_votes_than_those_of_the_contest() {
    let finished = published();
    let mut records = finished.records();
    let turned = records.iter_mut().find_map(|record| match record {
        Record::Observation(observation) => match &mut **observation {
            Observation::Vote(vote) if vote.choice == VoteChoice::Left => {
                vote.choice = VoteChoice::Right;
                Some(())
            }
            _ => None,
        },
        _ => None,
    });
    turned.unwrap();
    finished.forge(records, key(7));
    let found: Vec<_> = finished.findings().into_iter().map(|one| (one.file, one.code)).collect();
    assert_eq!(found, [(closed("votes.csv"), "verify::contest_votes".to_owned())]);
}

#[test]
fn a_folder_without_the_contest_that_its_rules_name_is_refused() {
    let finished = published();
    fs::remove_dir_all(finished.path(&closed(""))).unwrap();
    let mut fewer = manifest(&finished);
    fewer.files.retain(|path, _| !path.starts_with(&closed("")));
    finished.write("manifest.json", &canonical::to_bytes(&fewer).unwrap());
    finished.forge(finished.records(), key(7));
    let found: Vec<_> = finished.findings().into_iter().map(|one| (one.file, one.code)).collect();
    assert_eq!(found, [(closed("contest.json"), "verify::contest_missing".to_owned())]);
}

#[test]
fn a_run_takes_only_the_contest_that_was_held_under_its_rules() {
    let example = Example::new();
    example.edit("programme.toml", "votes_a_day = 12", "votes_a_day = 11");
    assert_eq!(example.refused(), ["verify::contest_rules"]);
    let example = Example::new();
    example.edit("votes.csv", ",tie,", ",left,");
    assert_eq!(example.refused(), ["verify::contest_votes"]);
    let example = Example::new();
    example.edit("votes-contest/draws.jsonl", r#""end":"voted""#, r#""end":"left""#);
    let codes = example.refused();
    for code in ["closed::changed", "closed::other_battle", "closed::counts"] {
        assert!(codes.iter().any(|found| found == code), "{code}: {codes:?}");
    }
    fs::remove_dir_all(example.path("votes-contest")).unwrap();
    assert_eq!(example.refused(), ["verify::contest_missing"]);
}

#[test]
fn a_contest_without_an_answer_is_not_sealed() {
    let (example, finished) = (Example::new(), Finished::empty());
    example.edit("answers.jsonl", "\"candidate\": \"dasom-1\"", "\"candidate\": \"garam-1\"");
    assert!(matches!(example.run_into(&finished), Err(StageError::Programme { .. })));
    assert!(!finished.folder().rules().exists());
}
