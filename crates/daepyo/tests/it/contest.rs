//! What `daepyo contest receipt` says about a vote that holds, one that was withdrawn, and one that was changed.

use crate::line::{code, stderr, stdout};
use daepyo_contest::{Ballot, Entry, Inclusion, Receipt, reason_digest};
use daepyo_core::{Digest, VoteChoice};
use daepyo_evidence::{Log, SigningKey};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

/// A withdrawn vote's receipt, and the key of the log that has both entries.
fn withdrawn(folder: &Path) -> (Receipt, String) {
    let (contest, opener) = (Digest::of(b"contest"), Digest::of(b"opener"));
    let ballot = Ballot {
        battle: "0123456789abcdef".to_owned(),
        choice: VoteChoice::Left,
        contest,
        prompt: None,
        salt: reason_digest(opener, ""),
        shown_ms: 1_800_000_000_000,
        sides: Digest::of(b"sides"),
        tags: Vec::new(),
        voted_ms: 1_800_000_005_000,
        voter: "v1".to_owned(),
    };
    let commitment = ballot.commitment().unwrap();
    let mut log =
        Log::create(&folder.join("log"), SigningKey::from_seed("example.org/log", &[7; 32]).unwrap())
            .unwrap();
    let entries = [Entry::Ballot { contest, commitment }, Entry::Withdrawal { contest, commitment }];
    let entries: Vec<Vec<u8>> = entries.iter().map(|entry| entry.to_bytes().unwrap()).collect();
    log.append(&entries).unwrap();
    let included = |index| Inclusion {
        contest,
        commitment,
        origin: "example.org/log".to_owned(),
        index,
        proof: log.reader().prove(index).unwrap().to_text(),
    };
    let receipt = Receipt {
        ballot,
        reason: Some(String::new()),
        opener,
        commitment,
        logged: Some(included(0)),
        withdrawn_ms: Some(1_800_000_060_000),
        withdrawal: Some(included(1)),
    };
    (receipt, log.key().as_text().to_owned())
}

fn check(folder: &Path, receipt: &Receipt, key: &str, more: &[&str]) -> Output {
    fs::write(folder.join("receipt.json"), receipt.to_json().unwrap()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_daepyo"));
    command.args(["contest", "receipt", "receipt.json", "--key", key]).args(more);
    command.current_dir(folder).env_clear().env("HOME", folder).output().unwrap()
}

#[test]
fn a_receipt_says_whether_its_vote_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (mut receipt, key) = withdrawn(folder.path());
    let told = |receipt: &Receipt, more: &[&str]| {
        let output = check(folder.path(), receipt, &key, more);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output)
    };
    let text = told(&receipt, &["--lang", "en"]);
    // 2027-01-15 08:01 UTC.
    assert!(text.contains("2027-01-15 17:01") && text.contains("does NOT count"), "{text}");
    assert!(text.contains("the withdrawal stands in the log at 1"), "{text}");
    assert!(told(&receipt, &["--lang", "ko"]).contains("거두었으므로 세지 않습니다"));
    let found: Value = serde_json::from_str(&told(&receipt, &["--json"])).unwrap();
    assert_eq!((&found["holds"], &found["counts"]), (&Value::from(true), &Value::from(false)));
    assert_eq!((&found["index"], &found["withdrawal_index"]), (&Value::from(0), &Value::from(1)));
    assert_eq!(found["withdrawn_ms"], 1_800_000_060_000_i64);

    // As earlier versions gave it: the vote holds, the withdrawal is only said.
    receipt.withdrawal = None;
    assert!(told(&receipt, &["--lang", "en"]).contains("no proof of the withdrawal"));
    receipt.withdrawn_ms = None;
    let text = told(&receipt, &["--lang", "en"]);
    assert!(text.contains("it holds") && !text.contains("NOT count"), "{text}");
}

#[test]
fn a_receipt_that_does_not_hold_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (mut receipt, key) = withdrawn(folder.path());
    receipt.ballot.choice = VoteChoice::Right;
    for (lang, said) in [("en", "is not what was committed to"), ("ko", "기록에 남은 값과 다릅니다")]
    {
        let output = check(folder.path(), &receipt, &key, &["--lang", lang]);
        assert_eq!(code(&output), 4);
        let text = stderr(&output);
        assert!(text.contains(said) && text.contains("receipt::other_vote"), "{text}");
    }
    let output = check(folder.path(), &receipt, &key, &["--json"]);
    let found: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((code(&output), &found["code"]), (4, &Value::from("receipt::other_vote")));
    receipt.ballot.choice = VoteChoice::Left;
    receipt.withdrawal.clone_from(&receipt.logged);
    let output = check(folder.path(), &receipt, &key, &["--lang", "en"]);
    assert_eq!(code(&output), 4);
    assert!(stderr(&output).contains("receipt::parts"), "{}", stderr(&output));
}
