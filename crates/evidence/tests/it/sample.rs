//! Logs to test with.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use daepyo_evidence::{Log, SigningKey};
use tempfile::TempDir;

/// A folder that is removed at the end of a test; in memory where the system offers that, because a log waits
/// for its device many times.
pub(crate) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed("example.org/log", &[1; 32]).unwrap()
}

/// Entry `index`: of varying length, empty ones among them.
pub(crate) fn entry(index: u64) -> Vec<u8> {
    let length = usize::try_from(index * 7 % 23).unwrap();
    format!("{index}/").into_bytes().into_iter().cycle().take(length).collect()
}

pub(crate) fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(entry).collect()
}

/// A log with an append up to each of `sizes`.
pub(crate) fn log(sizes: &[u64]) -> (TempDir, Log) {
    let folder = folder();
    let mut log = Log::create(folder.path(), key()).unwrap();
    for &size in sizes {
        log.append(&entries(log.len()..size)).unwrap();
    }
    (folder, log)
}

/// Every file below a folder with its bytes, by its path with `/`.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, at: &str, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{at}{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                walk(&path, &format!("{name}/"), files);
            } else {
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, "", &mut found);
    found
}

/// Makes `folder` hold exactly `contents`.
pub(crate) fn restore(folder: &Path, contents: &BTreeMap<String, Vec<u8>>) {
    for file in files(folder).into_keys().filter(|file| !contents.contains_key(file)) {
        fs::remove_file(folder.join(file)).unwrap();
    }
    for (file, bytes) in contents {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Numbers that look random and are the same on every run (`SplitMix64`).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}
