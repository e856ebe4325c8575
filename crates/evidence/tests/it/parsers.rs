//! Readers of bytes that anybody may have written: no panic, and nothing but the canonical form is taken.

use std::fs;

use daepyo_evidence::{
    Checkpoint, InclusionProof, LogReader, SignedCheckpoint, SigningKey, TreeHash, VerifierKey,
    check_consistency, check_inclusion, verify,
};

use crate::sample::{Numbers, files, key, log};

/// A copy of `bytes` with a few random edits.
fn edited(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut edited = bytes.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(edited.len() + 1);
        let byte = u8::try_from(numbers.below(256)).unwrap();
        match numbers.below(6) {
            0 => edited.insert(at, byte),
            1 => edited.insert(at, b"\n+= \xe2"[usize::from(byte) % 5]),
            2 => edited.truncate(at),
            3 if at < edited.len() => edited[at] = byte,
            4 if at < edited.len() => drop(edited.remove(at)),
            _ => {
                let tail = edited[at..].to_vec();
                edited.extend(tail);
            }
        }
    }
    edited
}

#[test]
fn edited_texts_are_refused_and_never_panic() {
    let (_folder, log) = log(&[5, 300]);
    let public = key().verifier();
    let checkpoint = log.checkpoint().as_bytes();
    let proof = log.reader().prove(77).unwrap().with_extra(vec![1, 2, 3]).to_text().into_bytes();
    let private = b"PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let mut numbers = Numbers(5);
    for _ in 0..3_000 {
        let other = edited(checkpoint, &mut numbers);
        let taken = SignedCheckpoint::parse(&other, &public).is_ok();
        assert_eq!(taken, other == checkpoint, "{}", String::from_utf8_lossy(&other));
        if let Ok(parsed) = Checkpoint::parse_unverified(&other) {
            assert!(other.starts_with(parsed.to_string().as_bytes()));
        }

        let other = edited(&proof, &mut numbers);
        if let Ok(parsed) = InclusionProof::parse(&other) {
            assert_eq!(parsed.to_text().as_bytes(), other);
            let holds = parsed.check(&crate::sample::entry(77), &public).is_ok();
            let same_but_extra = parsed.clone().with_extra(vec![1, 2, 3]).to_text().as_bytes() == proof;
            assert_eq!(holds, same_but_extra, "{}", String::from_utf8_lossy(&other));
        }

        let other = edited(public.as_text().as_bytes(), &mut numbers);
        let other = String::from_utf8_lossy(&other);
        assert_eq!(VerifierKey::parse(&other).is_ok(), other == public.as_text(), "{other}");

        let other = edited(private, &mut numbers);
        let other = String::from_utf8_lossy(&other);
        let same = other.strip_suffix('\n').unwrap_or(&other).as_bytes() == private;
        assert_eq!(SigningKey::parse(&other).is_ok(), same, "{other}");
    }
}

#[test]
fn edited_folders_are_refused_and_never_panic() {
    let (folder, log) = log(&[5, 260, 300]);
    drop(log);
    let contents: Vec<(String, Vec<u8>)> = files(folder.path()).into_iter().collect();
    let mut numbers = Numbers(8);
    for _ in 0..400 {
        let (file, bytes) = &contents[numbers.below(contents.len())];
        let path = folder.path().join(file);
        let other = edited(bytes, &mut numbers);
        fs::write(&path, &other).unwrap();
        if other != *bytes {
            let findings = verify(folder.path(), None).expect_err(file);
            assert!(findings.iter().any(|finding| finding.file() == file), "{file}: {findings:?}");
        }
        if let Ok(reader) = LogReader::open(folder.path()) {
            reader.entries(0..reader.len()).take(600).for_each(drop);
            for index in [0, 4, 5, 259, 299, reader.len().saturating_sub(1)] {
                drop(reader.prove(index));
                drop(reader.consistency_proof(index, reader.len()));
            }
        }
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn checks_of_random_proofs_fail_and_never_panic() {
    let mut numbers = Numbers(13);
    let hash = TreeHash::leaf(b"x");
    for _ in 0..2_000 {
        let shift = numbers.below(64);
        let (one, other) = (numbers.next() >> shift, numbers.next() >> numbers.below(64));
        let proof = vec![hash; numbers.below(70)];
        assert!(check_inclusion(&hash, one, other, &TreeHash::leaf(b"y"), &proof).is_err());
        assert!(check_consistency(one, &hash, other, &TreeHash::leaf(b"y"), &proof).is_err());
    }
    for (one, other) in [(0, 0), (u64::MAX, u64::MAX), (0, u64::MAX), (u64::MAX - 1, u64::MAX)] {
        let _no_panic = check_inclusion(&hash, one, other, &hash, &[hash; 64]);
        let _no_panic = check_consistency(one, &hash, other, &hash, &[hash; 64]);
    }
}
