//! Ends the writer before each single file operation, as a killed process would, and lets it go on.
#![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

use std::collections::BTreeMap;
use std::path::Path;

use super::Log;
use crate::disk::Disk;
use crate::{Error, SigningKey, layout, verify};

/// In memory where the system offers that: the device is waited for many times.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

fn key() -> SigningKey {
    SigningKey::from_seed("example.org/log", &[1; 32]).unwrap()
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = layout::files_below(folder).unwrap();
    files.into_keys().map(|file| (file.clone(), std::fs::read(folder.join(&file)).unwrap())).collect()
}

fn entries(range: std::ops::Range<u64>) -> Vec<String> {
    range.map(|index| format!("entry {index}")).collect()
}

/// Makes a log and appends up to each of `sizes`; goes on from what the folder holds.
fn finish(folder: &Path, sizes: &[u64]) {
    let mut log = Log::open_or_create(folder, key()).unwrap();
    for &size in sizes {
        if log.len() < size {
            let batch = entries(log.len()..size);
            log.append(&batch).unwrap();
        }
    }
}

/// Does the same on a disk that ends; tells whether it ended before the work was done.
fn run_until(folder: &Path, sizes: &[u64], steps: u32) -> Result<(), Error> {
    let disk = || Disk::failing_after(folder, steps);
    let mut log = if folder.join(layout::CHECKPOINT).exists() {
        Log::open_on(disk(), key())?
    } else {
        Log::create_on(disk(), key())?
    };
    for &size in sizes {
        if log.len() < size {
            let batch = entries(log.len()..size);
            log.append(&batch)?;
        }
    }
    Ok(())
}

#[test]
fn an_end_before_any_step_costs_nothing() {
    for sizes in [&[1][..], &[3, 5], &[255, 257], &[256, 512], &[200, 300, 700], &[5, 600, 601]] {
        let whole = folder();
        finish(whole.path(), sizes);
        let expected = contents(whole.path());
        let mut steps = 0;
        loop {
            let folder = folder();
            let ended = run_until(folder.path(), sizes, steps);
            finish(folder.path(), sizes);
            assert_eq!(contents(folder.path()), expected, "sizes {sizes:?}, ended after {steps} steps");
            assert_eq!(
                verify(folder.path(), Some(&key().verifier())).unwrap().size(),
                *sizes.last().unwrap()
            );
            if ended.is_ok() {
                break;
            }
            steps += 1;
        }
        assert!(steps > 20, "only {steps} steps for {sizes:?}");
    }
}

#[test]
fn an_end_while_an_end_is_mended_costs_nothing() {
    let sizes = [200, 300];
    let whole = folder();
    finish(whole.path(), &sizes);
    let expected = contents(whole.path());
    for first in 0.. {
        let mut done = false;
        for second in 0.. {
            let folder = folder();
            done = run_until(folder.path(), &sizes, first).is_ok();
            let mended = run_until(folder.path(), &[], second).is_ok();
            finish(folder.path(), &sizes);
            assert_eq!(contents(folder.path()), expected, "ended after {first} and {second} steps");
            if mended {
                break;
            }
        }
        if done {
            break;
        }
    }
}

#[test]
fn an_end_leaves_what_was_acknowledged_and_a_prefix_of_the_rest() {
    let sizes = [10, 300];
    for steps in 0.. {
        let folder = folder();
        finish(folder.path(), &sizes[..1]);
        let ended = run_until(folder.path(), &sizes, steps);
        let log = Log::open(folder.path(), key()).unwrap();
        assert!(sizes.contains(&log.len()), "{} entries after {steps} steps", log.len());
        let read: Vec<Vec<u8>> = log.reader().entries(0..log.len()).map(Result::unwrap).collect();
        assert_eq!(read, entries(0..log.len()).into_iter().map(String::into_bytes).collect::<Vec<_>>());
        drop(log);
        assert_eq!(verify(folder.path(), None).map(drop), Ok(()));
        if ended.is_ok() {
            break;
        }
    }
}

/// After `checkpoints/<size>` was signed, no other tree of that size may be.
#[test]
fn a_signed_size_is_never_signed_again_with_other_entries() {
    let mut signed_then_ended = 0;
    for steps in 0.. {
        let folder = folder();
        finish(folder.path(), &[10]);
        let ended = run_until(folder.path(), &[10, 20], steps);
        let kept = std::fs::read(folder.path().join("checkpoints/20")).ok();
        let mut log = Log::open(folder.path(), key()).unwrap();
        if log.len() < 20 {
            log.append(&["other"; 10]).unwrap();
        }
        if let Some(kept) = kept {
            assert_eq!(log.checkpoint().as_bytes(), kept);
            signed_then_ended += u32::from(ended.is_err());
        }
        if ended.is_ok() {
            break;
        }
    }
    assert!(signed_then_ended > 0);
}

#[test]
fn a_failed_append_is_not_followed_by_another() {
    let folder = folder();
    finish(folder.path(), &[10]);
    let mut log = Log::open_on(Disk::failing_after(folder.path(), 5), key()).unwrap();
    assert_eq!(log.append(&entries(10..20)).unwrap_err().code(), "evidence::io");
    assert_eq!(log.append(&entries(10..20)).unwrap_err().code(), "evidence::interrupted");
    assert_eq!(log.len(), 10);
    drop(log);
    assert_eq!(Log::open(folder.path(), key()).unwrap().len(), 10);
}
