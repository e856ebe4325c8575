//! Proofs: each true one holds, each changed one does not, and two implementations agree.

use daepyo_evidence::{InclusionProof, ProofError, SigningKey, TreeHash, check_consistency, check_inclusion};

use crate::sample::{Numbers, entry, key, log};

fn changed(hash: &TreeHash) -> TreeHash {
    let mut bytes = *hash.as_bytes();
    bytes[7] ^= 0x10;
    TreeHash::from_bytes(bytes)
}

#[test]
fn every_entry_of_every_small_tree_is_proven_and_no_other() {
    let (_folder, log) = log(&(1..=40).collect::<Vec<_>>());
    let reader = log.reader();
    for size in 1..=40 {
        let root = reader.prove_at(0, size).unwrap().check(&entry(0), &log.key()).unwrap().root();
        for index in 0..size {
            let proof = reader.inclusion_proof(index, size).unwrap();
            let leaf = TreeHash::leaf(&entry(index));
            assert_eq!(check_inclusion(&leaf, index, size, &root, &proof), Ok(()), "{index} of {size}");
            let theirs: Vec<tlog_tiles::Hash> =
                proof.iter().map(|hash| tlog_tiles::Hash(*hash.as_bytes())).collect();
            let of = |hash: &TreeHash| tlog_tiles::Hash(*hash.as_bytes());
            tlog_tiles::check_record(&theirs, size, of(&root), index, of(&leaf)).unwrap();

            let wrong = Err(ProofError::Wrong);
            assert_eq!(check_inclusion(&changed(&leaf), index, size, &root, &proof), wrong);
            assert_eq!(check_inclusion(&leaf, index, size, &changed(&root), &proof), wrong);
            assert_eq!(check_inclusion(&leaf, size, size, &root, &proof), wrong);
            let longer = [proof.as_slice(), &[leaf]].concat();
            assert_eq!(check_inclusion(&leaf, index, size, &root, &longer), wrong);
            for at in 0..proof.len() {
                let mut other = proof.clone();
                other[at] = changed(&other[at]);
                assert_eq!(check_inclusion(&leaf, index, size, &root, &other), wrong);
                other.remove(at);
                assert_eq!(check_inclusion(&leaf, index, size, &root, &other), wrong);
            }
        }
    }
}

#[test]
fn every_small_tree_is_proven_a_prefix_of_every_larger_one() {
    let (_folder, log) = log(&(1..=40).collect::<Vec<_>>());
    let reader = log.reader();
    let root = |size: u64| match size {
        0 => TreeHash::empty_tree(),
        _ => reader.prove_at(0, size).unwrap().check(&entry(0), &log.key()).unwrap().root(),
    };
    let roots: Vec<TreeHash> = (0..=40).map(root).collect();
    for new in 0..=40_u64 {
        for old in 0..=new {
            let (old_root, new_root) =
                (&roots[usize::try_from(old).unwrap()], &roots[usize::try_from(new).unwrap()]);
            let proof = reader.consistency_proof(old, new).unwrap();
            assert_eq!(check_consistency(old, old_root, new, new_root, &proof), Ok(()), "{old} of {new}");
            let wrong = Err(ProofError::Wrong);
            let longer = [proof.as_slice(), &[*new_root]].concat();
            assert_eq!(check_consistency(old, old_root, new, new_root, &longer), wrong);
            assert_eq!(check_consistency(old, &changed(old_root), new, new_root, &proof), wrong);
            if old > 0 {
                assert_eq!(check_consistency(old, old_root, new, &changed(new_root), &proof), wrong);
                let of = |hash: &TreeHash| tlog_tiles::Hash(*hash.as_bytes());
                let theirs: Vec<tlog_tiles::Hash> = proof.iter().map(of).collect();
                tlog_tiles::check_tree(&theirs, new, of(new_root), old, of(old_root)).unwrap();
            }
            for at in 0..proof.len() {
                let mut other = proof.clone();
                other[at] = changed(&other[at]);
                assert_eq!(check_consistency(old, old_root, new, new_root, &other), wrong);
                other.remove(at);
                assert_eq!(check_consistency(old, old_root, new, new_root, &other), wrong);
            }
        }
    }
}

#[test]
fn proofs_of_a_large_tree_hold() {
    let (_folder, log) = log(&[300, 65_000, 70_000]);
    let reader = log.reader();
    let mut numbers = Numbers(3);
    for size in [300, 65_000, 70_000] {
        for _ in 0..30 {
            let index = numbers.next() % size;
            let proof = reader.prove_at(index, size).unwrap();
            assert_eq!(proof.check(&entry(index), &log.key()).unwrap().size(), size);
        }
    }
    let root = |size| reader.prove_at(0, size).unwrap().check(&entry(0), &log.key()).unwrap().root();
    let proof = reader.consistency_proof(300, 65_000).unwrap();
    assert_eq!(check_consistency(300, &root(300), 65_000, &root(65_000), &proof), Ok(()));
    let proof = reader.consistency_proof(65_000, 70_000).unwrap();
    assert_eq!(check_consistency(65_000, &root(65_000), 70_000, &root(70_000), &proof), Ok(()));
}

#[test]
fn a_kept_proof_is_read_as_written_and_proves_only_its_entry() {
    let (_folder, log) = log(&[10, 300]);
    let proof = log.reader().prove(299).unwrap();
    let text = proof.to_text();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 299\n"), "{text}");
    assert!(text.ends_with(std::str::from_utf8(log.checkpoint().as_bytes()).unwrap()));
    let kept = InclusionProof::parse(text.as_bytes()).unwrap();
    assert_eq!(kept, proof);
    assert_eq!(kept.check(&entry(299), &log.key()).unwrap().root(), log.checkpoint().root());
    assert_eq!(kept.check(&entry(298), &log.key()).unwrap_err(), ProofError::Wrong);
    let other = SigningKey::from_seed("example.org/log", &[2; 32]).unwrap().verifier();
    assert_eq!(kept.check(&entry(299), &other).unwrap_err().code(), "evidence::wrong_signature");

    let with_extra = proof.with_extra(b"which team".to_vec());
    let kept = InclusionProof::parse(with_extra.to_text().as_bytes()).unwrap();
    assert_eq!(kept.extra(), Some(&b"which team"[..]));
    assert!(kept.to_text().contains("\nextra d2hpY2ggdGVhbQ==\nindex 299\n"));
    assert_eq!(kept.check(&entry(299), &log.key()).unwrap().size(), 300);
}

#[test]
fn a_proof_of_the_only_entry_has_no_hashes() {
    let (_folder, log) = log(&[1]);
    let proof = log.reader().prove(0).unwrap();
    assert_eq!(proof.hashes(), []);
    let kept = InclusionProof::parse(proof.to_text().as_bytes()).unwrap();
    assert_eq!(kept.check(&entry(0), &key().verifier()).unwrap().size(), 1);
}

#[test]
fn what_is_not_in_the_log_is_not_proven() {
    let (_folder, log) = log(&[5, 9]);
    let reader = log.reader();
    assert_eq!(reader.inclusion_proof(9, 9).unwrap_err().code(), "evidence::out_of_range");
    assert_eq!(reader.inclusion_proof(0, 10).unwrap_err().code(), "evidence::out_of_range");
    assert_eq!(reader.prove_at(0, 7).unwrap_err().code(), "evidence::out_of_range");
    assert_eq!(reader.consistency_proof(9, 5).unwrap_err().code(), "evidence::out_of_range");
}
