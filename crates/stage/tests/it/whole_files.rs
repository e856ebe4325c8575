//! Files that are missing, too short, too many or in each other's place.

use crate::finished::Finished;
use std::fs;

fn files_of(finished: &Finished) -> Vec<(String, String)> {
    finished.findings().into_iter().map(|finding| (finding.file, finding.code)).collect()
}

#[test]
fn a_missing_file_is_named() {
    let finished = Finished::new();
    for name in finished.files() {
        let bytes = finished.read(&name);
        fs::remove_file(finished.path(&name)).unwrap();
        let findings = files_of(&finished);
        // Earlier checkpoints may be absent: nothing in a log says how often it was signed.
        let is_earlier = name.starts_with("log/checkpoints/") && findings.is_empty();
        let is_told = !findings.is_empty()
            && findings.iter().all(|(file, _)| file.starts_with(&name) || name.starts_with("log/"));
        assert!(is_told || is_earlier, "{name}: {findings:?}");
        finished.write(&name, &bytes);
    }
    assert_eq!(finished.findings(), []);
}

#[test]
fn a_file_cut_short_is_named() {
    let finished = Finished::new();
    for name in finished.files() {
        let bytes = finished.read(&name);
        for length in [0, bytes.len() / 2, bytes.len() - 1] {
            finished.write(&name, &bytes[..length]);
            let findings = files_of(&finished);
            assert!(findings.iter().any(|(file, _)| *file == name), "{name} of {length}: {findings:?}");
        }
        finished.write(&name, &bytes);
    }
}

#[test]
fn files_in_each_others_place_are_named() {
    let finished = Finished::new();
    for (one, other) in [
        ("responses/garam.jsonl", "responses/narae.jsonl"),
        ("suites/words/words.yaml", "suites/sums/sums.yaml"),
        ("rules.json", "verdict.json"),
        ("log/checkpoints/1", "log/checkpoints/5"),
    ] {
        let (first, second) = (finished.read(one), finished.read(other));
        finished.write(one, &second);
        finished.write(other, &first);
        let mut found: Vec<_> = files_of(&finished).into_iter().map(|(file, _)| file).collect();
        found.sort();
        found.dedup();
        let mut swapped = [one, other];
        swapped.sort_unstable();
        assert_eq!(found, swapped);
        finished.write(one, &first);
        finished.write(other, &second);
    }
}

#[test]
fn a_file_too_many_is_told_outside_the_log_and_refused_inside() {
    let finished = Finished::new();
    finished.write("responses/extra.jsonl", b"{}\n");
    finished.write("suites/words/more.yaml", b"task: line_more\n");
    let verified = daepyo_stage::verify(&finished.folder(), None, None).unwrap();
    assert_eq!(verified.uncovered, ["responses/extra.jsonl", "suites/words/more.yaml"]);
    finished.write("log/tile/0/001", &[0; 32]);
    assert_eq!(files_of(&finished), [("log/tile/0/001".to_owned(), "evidence::unexpected_file".to_owned())]);
}

#[test]
fn a_link_in_place_of_a_directory_changes_nothing_that_is_covered() {
    let finished = Finished::new();
    std::os::unix::fs::symlink("/etc/passwd", finished.path("linked")).unwrap();
    let verified = daepyo_stage::verify(&finished.folder(), None, None).unwrap();
    assert_eq!(verified.uncovered, ["linked"]);
}
