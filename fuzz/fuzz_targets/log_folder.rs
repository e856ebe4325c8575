//! A published log with one file exchanged: the check finds it, always, and names few places.
#![no_main]

use daepyo_evidence::{LogReader, VerifierKey, verify};
use libfuzzer_sys::fuzz_target;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use tempfile::TempDir;

struct Published {
    folder: TempDir,
    key: VerifierKey,
    files: Vec<(PathBuf, Vec<u8>)>,
}

static LOG: LazyLock<Published> = LazyLock::new(|| {
    let (folder, log) = daepyo_fuzz::log(7);
    let mut files = Vec::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("our own folder") {
            let path = entry.expect("our own folder").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).expect("our own file");
                files.push((path, bytes));
            }
        }
    }
    files.sort();
    Published { folder, key: log.key(), files }
});

fuzz_target!(|data: (u8, &[u8])| {
    let (choice, bytes) = data;
    let (path, right) = &LOG.files[usize::from(choice) % LOG.files.len()];
    fs::write(path, bytes).expect("our own file");
    let verified = verify(LOG.folder.path(), Some(&LOG.key));
    if let Ok(reader) = LogReader::open(LOG.folder.path()) {
        let _ = reader.entries(0..8).take(8).count();
    }
    fs::write(path, right).expect("our own file");
    match verified {
        Ok(_) => assert_eq!(bytes, right, "{} was exchanged unseen", path.display()),
        Err(findings) => assert!(!findings.is_empty() && findings.len() <= 64, "{} findings", findings.len()),
    }
});
