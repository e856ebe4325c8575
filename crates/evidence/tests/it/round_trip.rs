//! What is appended is what is read, at every size.

use std::fs;

use daepyo_evidence::{Error, Log, LogReader, MAX_ENTRY_BYTES, TreeHash, verify};

use crate::sample::{entries, entry, files, folder, key, log};

/// The root as RFC 6962 defines it, word for word.
fn root(leaves: &[TreeHash]) -> TreeHash {
    match leaves {
        [] => TreeHash::empty_tree(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            TreeHash::node(&root(left), &root(right))
        }
    }
}

#[test]
fn every_size_to_600_is_read_as_written() {
    let public = key().verifier();
    let all = entries(0..600);
    let leaves: Vec<TreeHash> = all.iter().map(|entry| TreeHash::leaf(entry)).collect();
    for size in 0..=600_u64 {
        let count = usize::try_from(size).unwrap();
        let (folder, log) = log(&[size]);
        assert_eq!(log.len(), size);
        assert_eq!(log.checkpoint().root(), root(&leaves[..count]), "size {size}");
        let read: Vec<Vec<u8>> = log.reader().entries(0..size).map(Result::unwrap).collect();
        assert_eq!(read, all[..count], "size {size}");
        drop(log);
        let verified = verify(folder.path(), Some(&public)).unwrap();
        assert_eq!((verified.size(), verified.root()), (size, root(&leaves[..count])));
    }
}

#[test]
fn one_entry_at_a_time_gives_the_same_tree_as_all_at_once() {
    let sizes: Vec<u64> = (1..=600).collect();
    let (folder, log) = log(&sizes);
    for index in (0..600).step_by(7) {
        assert_eq!(log.reader().entry(index).unwrap(), entry(index));
    }
    let verified = verify(folder.path(), None).unwrap();
    assert_eq!(verified.earlier().len(), 600);
    let (_at_once, log_at_once) = self::log(&[600]);
    assert_eq!(log.checkpoint(), log_at_once.checkpoint());
}

#[test]
fn a_tree_of_three_levels_is_read_as_written() {
    let (folder, log) = log(&[65_000, 65_537]);
    let written = files(folder.path());
    assert_eq!(written["tile/2/000.p/1"].len(), 32);
    assert_eq!(written["tile/1/000"].len(), 8192);
    assert_eq!(written["tile/0/256.p/1"].len(), 32);
    assert!(
        !written.contains_key("tile/1/000.p/253"),
        "it was of the first checkpoint, and the tile is full"
    );
    assert_eq!(log.reader().entry(65_536).unwrap(), entry(65_536));
    assert_eq!(log.reader().entries(65_500..70_000).count(), 37);
    assert_eq!(verify(folder.path(), Some(&key().verifier())).unwrap().size(), 65_537);
}

#[test]
fn a_log_opened_again_goes_on_to_the_same_bytes() {
    let sizes = [3, 255, 256, 257, 511, 700];
    let (whole, _) = log(&sizes);
    let folder = folder();
    drop(Log::create(folder.path(), key()).unwrap());
    for size in sizes {
        let mut log = Log::open(folder.path(), key()).unwrap();
        let batch = entries(log.len()..size);
        log.append(&batch).unwrap();
    }
    assert_eq!(files(folder.path()), files(whole.path()));
}

#[test]
fn partial_tiles_of_signed_sizes_stay_until_the_tile_is_full() {
    let (folder, mut log) = log(&[5, 9]);
    let names: Vec<String> =
        files(folder.path()).into_keys().filter(|name| name.starts_with("tile/")).collect();
    assert_eq!(names, ["tile/0/000.p/5", "tile/0/000.p/9", "tile/entries/000.p/5", "tile/entries/000.p/9"]);
    log.append(&entries(9..257)).unwrap();
    let names: Vec<String> =
        files(folder.path()).into_keys().filter(|name| name.starts_with("tile/")).collect();
    let expected =
        ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/1"];
    assert_eq!(names, expected);
}

#[test]
fn an_empty_append_writes_nothing() {
    let (folder, mut log) = log(&[5]);
    let before = files(folder.path());
    assert_eq!(log.append::<&[u8]>(&[]).unwrap().size(), 5);
    assert_eq!(files(folder.path()), before);
}

#[test]
fn the_largest_entry_fits_and_one_byte_more_is_refused_before_anything_is_written() {
    let (folder, mut log) = log(&[2]);
    log.append(&[vec![b'x'; MAX_ENTRY_BYTES]]).unwrap();
    assert_eq!(log.reader().entry(2).unwrap().len(), 65_535);
    let before = files(folder.path());
    let error = log.append(&[vec![], vec![b'x'; MAX_ENTRY_BYTES + 1]]).unwrap_err();
    assert!(matches!(error, Error::EntryTooLarge { index: 1, size_bytes: 65_536 }), "{error:?}");
    assert_eq!(error.code(), "evidence::entry_too_large");
    assert!(error.to_string().contains("65536 bytes"), "{error}");
    assert_eq!(files(folder.path()), before);
    log.append(&["the log still works"]).unwrap();
    drop(log);
    assert_eq!(verify(folder.path(), None).unwrap().size(), 4);
}

#[test]
fn only_entries_of_the_log_are_read() {
    let (folder, log) = log(&[5]);
    assert_eq!(log.reader().entry(5).unwrap_err().code(), "evidence::out_of_range");
    assert_eq!(log.reader().entry(u64::MAX).unwrap_err().code(), "evidence::out_of_range");
    assert_eq!(log.reader().entries(3..u64::MAX).count(), 2);
    let reader = LogReader::open(folder.path()).unwrap();
    assert_eq!(reader.checkpoint_sizes(), [0, 5]);
    assert_eq!(reader.checkpoint_bytes(5).unwrap(), log.checkpoint().as_bytes());
    assert_eq!(reader.checkpoint_bytes(4).unwrap_err().code(), "evidence::out_of_range");
}

#[test]
fn a_new_log_needs_an_empty_folder_and_an_old_one_its_checkpoint() {
    let (folder, log) = log(&[5]);
    drop(log);
    assert_eq!(Log::create(folder.path(), key()).unwrap_err().code(), "evidence::not_empty");
    let other = self::folder();
    fs::write(other.path().join("note"), "mine").unwrap();
    assert_eq!(Log::create(other.path(), key()).unwrap_err().code(), "evidence::not_empty");
    assert_eq!(Log::open(other.path(), key()).unwrap_err().code(), "evidence::no_log");
    assert_eq!(LogReader::open(other.path()).unwrap_err().code(), "evidence::no_log");
    assert_eq!(Log::open_or_create(folder.path(), key()).unwrap().len(), 5);
}

#[cfg(unix)]
#[test]
fn one_process_at_a_time_writes() {
    let (folder, log) = log(&[5]);
    assert_eq!(Log::open(folder.path(), key()).unwrap_err().code(), "evidence::locked");
    drop(log);
    assert_eq!(Log::open(folder.path(), key()).unwrap().len(), 5);
}

#[test]
fn a_log_with_damaged_newest_tiles_is_not_extended() {
    for file in ["tile/entries/001.p/4", "tile/0/001.p/4", "tile/1/000.p/1", "checkpoint", "key.pub"] {
        let (folder, log) = log(&[260]);
        drop(log);
        let path = folder.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[3] ^= 4;
        fs::write(&path, bytes).unwrap();
        Log::open(folder.path(), key()).unwrap_err();
    }
}
