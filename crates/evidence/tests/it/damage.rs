//! Every changed bit, missing file and foreign file of a log is found, and its file is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use daepyo_evidence::{Finding, verify};

use crate::sample::{Numbers, files, key, log};

/// The files that findings name.
fn named(findings: &[Finding]) -> BTreeSet<&str> {
    findings.iter().map(Finding::file).collect()
}

/// What kind of file a path is, by the shape of its path.
fn kind(file: &str) -> String {
    let partial = if file.contains(".p/") { " partial" } else { "" };
    let parts: Vec<&str> = file.split('/').collect();
    match parts.as_slice() {
        ["tile", part, ..] => format!("tile/{part}{partial}"),
        [first, ..] => (*first).to_owned(),
        [] => String::new(),
    }
}

/// Changes one bit, checks that exactly this file is named, and changes it back.
fn flip(folder: &Path, file: &str, bytes: &[u8], bit: usize, trusted: bool) {
    let path = folder.join(file);
    let mut damaged = bytes.to_vec();
    damaged[bit / 8] ^= 1 << (bit % 8);
    fs::write(&path, damaged).unwrap();
    let public = key().verifier();
    let found = verify(folder, trusted.then_some(&public));
    fs::write(&path, bytes).unwrap();
    let findings = found.expect_err(&format!("bit {bit} of {file} was not found"));
    assert_eq!(named(&findings), BTreeSet::from([file]), "bit {bit} of {file}: {findings:?}");
}

#[test]
fn every_bit_of_a_small_log_is_guarded() {
    let (folder, log) = log(&[3, 5]);
    drop(log);
    let mut flips = 0;
    for (file, bytes) in files(folder.path()) {
        for bit in 0..bytes.len() * 8 {
            flip(folder.path(), &file, &bytes, bit, bit % 2 == 0);
            flips += 1;
        }
    }
    assert!(flips > 5_000, "only {flips} bits");
}

#[test]
fn random_bits_of_every_kind_of_file_are_guarded() {
    let (folder, log) = log(&[260, 300, 520, 523]);
    drop(log);
    let contents = files(folder.path());
    let mut kinds: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for file in contents.keys() {
        kinds.entry(kind(file)).or_default().push(file);
    }
    let names: Vec<&str> = kinds.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "checkpoint",
            "checkpoints",
            "key.pub",
            "tile/0",
            "tile/0 partial",
            "tile/1 partial",
            "tile/entries",
            "tile/entries partial",
        ]
    );
    let mut numbers = Numbers(11);
    let mut flips = 0;
    for files in kinds.values() {
        for round in 0..100 {
            let file = files[numbers.below(files.len())];
            let bytes = &contents[file];
            flip(folder.path(), file, bytes, numbers.below(bytes.len() * 8), round % 2 == 0);
            flips += 1;
        }
    }
    assert!(flips >= 500);
    assert_eq!(verify(folder.path(), None).unwrap().size(), 523);
}

#[test]
fn bits_of_tiles_above_the_leaves_are_guarded() {
    let (folder, log) = log(&[65_600]);
    drop(log);
    for file in [
        "tile/2/000.p/1",
        "tile/1/000",
        "tile/1/001.p/1",
        "tile/0/255",
        "tile/entries/255",
        "tile/entries/256.p/64",
    ] {
        if let Ok(bytes) = fs::read(folder.path().join(file)) {
            flip(folder.path(), file, &bytes, bytes.len() * 4 + 1, true);
        } else {
            assert_eq!(file, "tile/1/001.p/1", "65,600 entries have 256 full leaf tiles");
        }
    }
}

#[test]
fn two_damaged_files_are_both_named() {
    let (folder, log) = log(&[260, 600]);
    drop(log);
    for (first, second) in [
        ("tile/entries/000", "tile/0/001"),
        ("tile/entries/001", "tile/0/001"),
        ("tile/entries/002.p/88", "tile/0/000"),
        ("tile/entries/000", "tile/0/002.p/88"),
        ("tile/entries/000", "checkpoint"),
        ("tile/1/000.p/1", "checkpoints/260"),
        ("tile/entries/000", "tile/entries/001"),
        ("tile/0/000", "tile/1/000.p/2"),
    ] {
        let contents = files(folder.path());
        for file in [first, second] {
            let mut damaged = contents[file].clone();
            let at = damaged.len() - 1;
            damaged[at] ^= 1;
            fs::write(folder.path().join(file), damaged).unwrap();
        }
        let findings = verify(folder.path(), None).unwrap_err();
        assert!(
            named(&findings).is_superset(&BTreeSet::from([first, second])),
            "{first} {second}: {findings:?}"
        );
        for file in [first, second] {
            fs::write(folder.path().join(file), &contents[file]).unwrap();
        }
    }
}

#[test]
fn a_cut_or_lengthened_file_is_named() {
    let (folder, log) = log(&[3, 260]);
    drop(log);
    for (file, bytes) in files(folder.path()) {
        let path = folder.path().join(&file);
        let longer = [bytes.as_slice(), b"\n"].concat();
        let with_entry = [bytes.as_slice(), &[0, 0]].concat();
        for damaged in [&bytes[..bytes.len() - 1], &bytes[1..], &[], &longer, &with_entry] {
            fs::write(&path, damaged).unwrap();
            let findings = verify(folder.path(), None).unwrap_err();
            assert_eq!(named(&findings), BTreeSet::from([file.as_str()]), "{findings:?}");
        }
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn a_missing_file_is_named() {
    let (folder, log) = log(&[260, 300]);
    drop(log);
    for (file, bytes) in files(folder.path()) {
        fs::remove_file(folder.path().join(&file)).unwrap();
        let findings = verify(folder.path(), Some(&key().verifier()));
        fs::write(folder.path().join(&file), bytes).unwrap();
        // Nothing else in the folder tells that an empty log was once signed.
        if file == "checkpoints/0" {
            continue;
        }
        let findings = findings.unwrap_err();
        if file == "checkpoints/260" {
            // The tiles that only it calls for then belong to no checkpoint.
            assert!(findings.iter().all(|finding| finding.code() == "evidence::unexpected_file"));
            continue;
        }
        assert_eq!(named(&findings), BTreeSet::from([file.as_str()]), "{findings:?}");
        assert_eq!(findings[0].code(), "evidence::missing_file");
    }
}

#[test]
fn a_foreign_file_is_named() {
    let (folder, log) = log(&[3, 260]);
    drop(log);
    for file in [
        "private.key",
        "checkpoint.old",
        "checkpoints/03",
        "checkpoints/3/x",
        "tile/0/001.p/3",
        "tile/0/000.p/3",
        "tile/0/001",
        "tile/1/000",
        "tile/2/000.p/1",
        "tile/entries/001.p/5",
        "tile/data/000",
        ".tmp/0",
    ] {
        let path = folder.path().join(file);
        if file == "checkpoints/3/x" {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "x").unwrap();
        let findings = verify(folder.path(), None).unwrap_err();
        assert_eq!(named(&findings), BTreeSet::from([file]), "{findings:?}");
        assert_eq!(findings[0].code(), "evidence::unexpected_file");
        fs::remove_file(path).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_file_is_named() {
    let (folder, log) = log(&[260]);
    drop(log);
    let elsewhere = crate::sample::folder();
    let (file, copy) = (folder.path().join("tile/0/000"), elsewhere.path().join("copy"));
    fs::rename(&file, &copy).unwrap();
    std::os::unix::fs::symlink(&copy, &file).unwrap();
    let findings = verify(folder.path(), None).unwrap_err();
    assert_eq!(named(&findings), BTreeSet::from(["tile/0/000"]));
    assert_eq!(findings[0].code(), "evidence::unexpected_file");
}

#[test]
fn a_folder_without_a_log_has_findings() {
    let folder = crate::sample::folder();
    let findings = verify(folder.path(), None).unwrap_err();
    assert_eq!(named(&findings), BTreeSet::from(["checkpoint", "key.pub"]));
    let findings = verify(&folder.path().join("nowhere"), None).unwrap_err();
    assert_eq!((findings[0].file(), findings[0].code()), (".", "evidence::unreadable_file"));
}
