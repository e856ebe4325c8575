//! Rolled back, replaced and wrongly signed logs.

use std::fs;

use daepyo_evidence::{Finding, Log, SigningKey, verify, verify_since};

use crate::sample::{entries, files, folder, key, log, restore};

fn codes(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings.iter().map(|finding| (finding.file(), finding.code())).collect()
}

#[test]
fn a_rolled_back_log_is_found_by_a_remembered_checkpoint() {
    let (folder, mut log) = log(&[5, 300]);
    let old = files(folder.path());
    let early = verify(folder.path(), None).unwrap();
    log.append(&entries(300..420)).unwrap();
    let late = verify(folder.path(), None).unwrap();
    let public = log.key();
    assert!(verify_since(folder.path(), Some(&public), Some(early.checkpoint())).is_ok());
    assert!(verify_since(folder.path(), Some(&public), Some(late.checkpoint())).is_ok());

    restore(folder.path(), &old);
    assert_eq!(verify(folder.path(), Some(&public)).unwrap().size(), 300);
    let findings = verify_since(folder.path(), Some(&public), Some(late.checkpoint())).unwrap_err();
    assert_eq!(codes(&findings), [("checkpoint", "evidence::rolled_back")]);
    assert!(findings[0].message().contains("300") && findings[0].message().contains("420"));
}

#[test]
fn a_checkpoint_behind_the_kept_ones_is_found_without_memory() {
    let (folder, _log) = log(&[5, 300]);
    fs::copy(folder.path().join("checkpoints/5"), folder.path().join("checkpoint")).unwrap();
    let findings = verify(folder.path(), None).unwrap_err();
    assert_eq!(codes(&findings), [("checkpoint", "evidence::rolled_back")]);
}

#[test]
fn a_replaced_history_is_found_by_a_remembered_checkpoint() {
    let (folder, _log) = log(&[5, 300]);
    let remembered = verify(folder.path(), None).unwrap();
    let other = self::folder();
    let mut forged = Log::create(other.path(), key()).unwrap();
    forged.append(&entries(1..302)).unwrap();
    drop(forged);
    let findings = verify_since(other.path(), None, Some(remembered.checkpoint())).unwrap_err();
    assert_eq!(codes(&findings), [("checkpoint", "evidence::forked")]);
}

#[test]
fn an_earlier_checkpoint_over_other_entries_is_found() {
    let (folder, _log) = log(&[5, 300]);
    let other = self::folder();
    let mut forged = Log::create(other.path(), key()).unwrap();
    forged.append(&entries(1..6)).unwrap();
    fs::copy(other.path().join("checkpoint"), folder.path().join("checkpoints/5")).unwrap();
    let findings = verify(folder.path(), None).unwrap_err();
    assert_eq!(codes(&findings), [("checkpoints/5", "evidence::forked")]);
}

#[test]
fn a_checkpoint_signed_over_another_tree_is_found() {
    let (folder, _log) = log(&[300]);
    let other = self::folder();
    let mut forged = Log::create(other.path(), key()).unwrap();
    forged.append(&entries(1..301)).unwrap();
    for file in ["checkpoint", "checkpoints/300"] {
        fs::copy(other.path().join("checkpoint"), folder.path().join(file)).unwrap();
    }
    let findings = verify(folder.path(), None).unwrap_err();
    assert_eq!(codes(&findings), [("checkpoint", "evidence::wrong_root")]);
}

#[test]
fn a_checkpoint_under_another_size_is_found() {
    let (folder, _log) = log(&[5, 300]);
    fs::copy(folder.path().join("checkpoints/0"), folder.path().join("checkpoints/5")).unwrap();
    let findings = verify(folder.path(), None).unwrap_err();
    assert_eq!(codes(&findings), [("checkpoints/5", "evidence::wrong_name")]);
}

#[test]
fn a_log_of_another_key_is_found() {
    let (folder, log) = log(&[5]);
    drop(log);
    let other = SigningKey::from_seed("example.org/log", &[2; 32]).unwrap();
    let findings = verify(folder.path(), Some(&other.verifier())).unwrap_err();
    let files: Vec<&str> = findings.iter().map(Finding::file).collect();
    assert!(files.contains(&"key.pub") && files.contains(&"checkpoint"), "{findings:?}");
    assert!(codes(&findings).contains(&("checkpoint", "evidence::wrong_signature")));
    assert!(codes(&findings).contains(&("key.pub", "evidence::key_mismatch")));
    assert_eq!(Log::open(folder.path(), other).unwrap_err().code(), "evidence::key_mismatch");
}

#[test]
fn a_checkpoint_of_another_log_is_found() {
    let (folder, _log) = log(&[5]);
    let other = self::folder();
    let mut foreign =
        Log::create(other.path(), SigningKey::from_seed("example.org/other", &[1; 32]).unwrap()).unwrap();
    foreign.append(&entries(0..5)).unwrap();
    fs::copy(other.path().join("checkpoint"), folder.path().join("checkpoint")).unwrap();
    let findings = verify(folder.path(), None).unwrap_err();
    assert_eq!(codes(&findings), [("checkpoint", "evidence::wrong_signature")]);
    let remembered = verify(other.path(), None).unwrap();
    let (folder, _log) = log(&[5]);
    let findings = verify_since(folder.path(), None, Some(remembered.checkpoint())).unwrap_err();
    assert_eq!(codes(&findings), [("checkpoint", "evidence::wrong_origin")]);
}

/// With a key of its own a folder may say anything about itself; it must not exhaust who checks it.
#[test]
fn a_folder_that_says_it_is_huge_is_refused() {
    let (folder, log) = log(&[5]);
    let text = format!("example.org/log\n{}\n{}\n", u64::MAX / 2, log.checkpoint().root());
    let private = private_text();
    let signer = signed_note::StandardSigner::new(&private).unwrap();
    let mut note = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
    note.add_sigs(&[&signer]).unwrap();
    fs::write(folder.path().join("checkpoint"), note.to_bytes()).unwrap();
    let findings = verify(folder.path(), None).unwrap_err();
    assert!(codes(&findings).contains(&("checkpoint", "evidence::missing_file")), "{findings:?}");
    assert_eq!(daepyo_evidence::LogReader::open(folder.path()).unwrap_err().code(), "evidence::damaged");
}

fn private_text() -> String {
    let folder = folder();
    let path = folder.path().join("key");
    key().write_new(&path).unwrap();
    fs::read_to_string(path).unwrap().trim_end().to_owned()
}
