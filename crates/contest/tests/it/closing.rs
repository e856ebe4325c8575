//! What is published, and that nothing of it can be changed unseen.

use crate::held::{Held, MOST, OPENED, log_key, plain, setup};
use daepyo_contest::{ContestError, Problem, check_closed};
use daepyo_core::{ContestMode, CriterionId, StageId, VoteChoice};
use daepyo_evidence::Log;
use daepyo_store::site::{BattleState, SiteError};
use std::{collections::BTreeSet, fs, path::Path};

/// A contest with votes of all kinds, closed.
async fn closed(folder: &Path) -> Held {
    let held = voted(folder).await;
    held.arena.close(OPENED + 300_000, &held.published(), MOST).await.unwrap();
    held
}

/// A contest with votes of all kinds.
async fn voted(folder: &Path) -> Held {
    let held = Held::open(folder, &setup(ContestMode::Recorded, 3, 6)).await;
    let choices = [VoteChoice::Left, VoteChoice::Right, VoteChoice::Tie, VoteChoice::BothBad];
    for number in 0..12_u32 {
        let person = held.person(number % 4).await;
        let choice = choices[number as usize % 4];
        let (id, _) = held.battle_and_vote(person, choice, i64::from(number) * 10_000).await.unwrap();
        if number == 5 {
            let receipt = held.arena.withdraw(person, id, OPENED + 60_000).await.unwrap();
            assert_eq!(receipt.withdrawn_ms, Some(OPENED + 60_000));
        }
    }
    held.arena.set_consent(held.person(0).await, true, OPENED).await.unwrap();
    let left = held.person(1).await;
    let id = held.arena.next_battle(left, OPENED + 200_000).await.unwrap().opened.id;
    held.arena.leave(left, id, OPENED + 200_000).await.unwrap();
    let void = held.person(2).await;
    let id = held.arena.next_battle(void, OPENED + 200_000).await.unwrap().opened.id;
    held.arena.report(void, id, "x", OPENED + 200_000).await.unwrap();
    held.arena.next_battle(held.person(3).await, OPENED + 200_000).await.unwrap();
    held
}

fn read_all(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// What lies where the contest is published.
fn beside(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("contest")).collect()
}

fn problems(held: &Held) -> BTreeSet<Problem> {
    let findings = check_closed(&held.published(), &held.log(), Some(&log_key().verifier())).unwrap_err();
    findings.into_iter().map(|finding| finding.problem).collect()
}

#[tokio::test]
async fn a_closed_contest_holds_and_is_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let held = closed(folder.path()).await;
    let checked = check_closed(&held.published(), &held.log(), Some(&log_key().verifier())).unwrap();
    let counts = &checked.summary.counts;
    assert_eq!((counts.battles, counts.voted, counts.withdrawn), (15, 12, 1));
    assert_eq!((counts.left, counts.open, counts.void.get("report")), (1, 1, Some(&1)));
    assert_eq!((counts.voters, counts.conversations), (4, 3));
    let files = read_all(&held.published());
    let size = checked.log_size;
    held.arena.close(OPENED + 999_999, &held.published(), MOST).await.unwrap();
    assert_eq!(read_all(&held.published()), files);
    let again = check_closed(&held.published(), &held.log(), None).unwrap();
    assert_eq!(again.log_size, size, "the closing stands in the log once");

    let rows = daepyo_spec::read_votes(
        &fs::read(held.published().join("votes.csv")).unwrap(),
        &StageId::new("final").unwrap(),
        &CriterionId::new("public").unwrap(),
    )
    .unwrap();
    assert_eq!(rows.len(), 11);
    assert!(rows.iter().all(|row| row.characters.is_some() && row.language.as_deref() == Some("ko")));
    let person = held.person(0).await;
    let late = held.arena.next_battle(person, OPENED + 400_000).await;
    assert!(matches!(late, Err(ContestError::Site(SiteError::Closed))), "{late:?}");
}

/// A close that is tried again after somebody deleted their texts publishes what its first try laid down and the log sealed.
#[tokio::test]
async fn a_close_that_broke_off_goes_on_with_what_it_laid_down() {
    let folder = tempfile::tempdir().unwrap();
    let held = voted(folder.path()).await;
    // Nothing can be published where a file lies in the folder's place.
    fs::write(held.published(), "in the way").unwrap();
    let broken = held.arena.close(OPENED + 300_000, &held.published(), MOST).await;
    assert!(matches!(broken, Err(ContestError::Io { .. })), "{broken:?}");
    assert!(held.site.forget(held.person(0).await).await.unwrap() > 0);
    fs::remove_file(held.published()).unwrap();
    let summary = held.arena.close(OPENED + 400_000, &held.published(), MOST).await.unwrap();
    assert_eq!((summary.closed_ms, summary.counts.conversations), (OPENED + 300_000, 3));
    let checked = check_closed(&held.published(), &held.log(), Some(&log_key().verifier())).unwrap();
    assert_eq!(checked.summary, summary);
    assert_eq!(beside(folder.path()), ["contest"], "nothing lies beside it afterwards");

    // Closed and published: what is deleted now changes nothing of it.
    assert!(held.site.forget(held.person(1).await).await.unwrap() > 0);
    assert_eq!(held.arena.close(OPENED + 500_000, &held.published(), MOST).await.unwrap(), summary);
}

/// What an earlier contest of the same address laid down is not sealed as this one's.
#[tokio::test]
async fn a_close_publishes_nothing_that_another_contest_laid_down() {
    let (folder, earlier) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let other = Held::open(earlier.path(), &setup(ContestMode::Recorded, 3, 5)).await;
    other.battle_and_vote(other.person(0).await, VoteChoice::Left, 0).await.unwrap();
    other.arena.close(OPENED + 300_000, &other.published(), MOST).await.unwrap();
    let held = voted(folder.path()).await;
    fs::rename(other.published(), folder.path().join("contest.closing")).unwrap();
    let summary = held.arena.close(OPENED + 300_000, &held.published(), MOST).await.unwrap();
    assert_eq!((summary.counts.voted, summary.counts.conversations), (12, 3));
    check_closed(&held.published(), &held.log(), Some(&log_key().verifier())).unwrap();
}

/// Servers that close a contest at once, each with the same number of its process as in containers, seal one set of files.
#[tokio::test(flavor = "multi_thread")]
async fn servers_that_close_at_once_publish_the_same() {
    for _ in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let held = voted(folder.path()).await;
        let mut servers = tokio::task::JoinSet::new();
        for number in 0..4 {
            let (arena, published) = (held.arena.clone(), held.published());
            servers.spawn(async move { arena.close(OPENED + 300_000 + number, &published, MOST).await });
        }
        let closed = servers.join_all().await;
        let summaries: Vec<_> = closed.into_iter().map(Result::unwrap).collect();
        assert!(summaries.iter().all(|one| *one == summaries[0]), "{summaries:?}");
        check_closed(&held.published(), &held.log(), Some(&log_key().verifier())).unwrap();
        assert_eq!(beside(folder.path()), ["contest"]);
        let files: BTreeSet<_> = read_all(&held.published()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(files, daepyo_contest::published::FILES.map(str::to_owned).into());
    }
}

/// Nothing of a contest changes once it is closed, while its files are made.
#[tokio::test]
async fn after_the_close_no_battle_ends_and_no_consent_comes() {
    let folder = tempfile::tempdir().unwrap();
    let held = voted(folder.path()).await;
    let open = held.person(3).await;
    let id = held.arena.next_battle(open, OPENED + 250_000).await.unwrap().opened.id;
    assert_eq!(held.arena.shut(OPENED + 300_000).await.unwrap(), OPENED + 300_000);
    let _ = held.arena.leave(open, id, OPENED + 300_001).await;
    assert_eq!(held.site.battle(id).await.unwrap().unwrap().state, BattleState::Open);
    let late = held.arena.set_consent(open, true, OPENED + 300_002).await;
    assert!(matches!(late, Err(ContestError::Site(SiteError::Closed))), "{late:?}");
    assert!(!held.arena.examine_hourly(OPENED + 300_003).await.unwrap(), "a test that comes late is dropped");
    let summary = held.arena.close(OPENED + 300_004, &held.published(), MOST).await.unwrap();
    assert_eq!(summary.closed_ms, OPENED + 300_000);
    check_closed(&held.published(), &held.log(), Some(&log_key().verifier())).unwrap();
}

#[tokio::test]
async fn a_reported_conversation_is_not_published_unless_it_was_found_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 3, 6)).await;
    let person = held.person(1).await;
    held.arena.set_consent(person, true, OPENED).await.unwrap();
    let mut battles = Vec::new();
    for number in 0..3 {
        battles.push(held.battle_and_vote(person, VoteChoice::Left, number).await.unwrap().0);
    }
    for battle in &battles[1..] {
        held.arena.report(person, *battle, "x", OPENED + 10).await.unwrap();
    }
    held.site.handle_reports(battles[1], true, OPENED + 10, OPENED + 11).await.unwrap();
    held.arena.close(OPENED + 20, &held.published(), MOST).await.unwrap();
    let checked = check_closed(&held.published(), &held.log(), Some(&log_key().verifier())).unwrap();
    assert_eq!((checked.summary.counts.voted, checked.summary.counts.conversations), (3, 2));
    let files = read_all(&held.published());
    // Whoever closes again gets the same files, whatever was reported and found meanwhile.
    held.arena.report(person, battles[0], "x", OPENED + 30).await.unwrap();
    held.site.handle_reports(battles[2], true, OPENED + 10, OPENED + 31).await.unwrap();
    held.arena.close(OPENED + 40, &held.published(), MOST).await.unwrap();
    assert_eq!(read_all(&held.published()), files);
}

#[tokio::test]
async fn any_flipped_byte_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let held = closed(folder.path()).await;
    for (name, bytes) in read_all(&held.published()) {
        let path = held.published().join(&name);
        // Every 97th byte and the last: all are covered by one digest, and most by what is recomputed.
        let places = (0..bytes.len()).step_by(97).chain([bytes.len() - 1]);
        for place in places {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert!(
                check_closed(&held.published(), &held.log(), None).is_err(),
                "{name}: byte {place} may be changed"
            );
        }
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(check_closed(&held.published(), &held.log(), None).is_err(), "{name} may be cut");
        fs::write(&path, &bytes).unwrap();
    }
    check_closed(&held.published(), &held.log(), None).unwrap();
}

/// An operator who signs what they like: the published files are changed, and a closing entry is made for them.
#[tokio::test]
async fn what_an_operator_with_the_key_changes_is_found_by_what_is_recomputed() {
    let cases: [(&str, &str, &str, Problem); 9] = [
        ("ballots.jsonl", r#""choice":"left""#, r#""choice":"tie""#, Problem::Commitment),
        ("ballots.jsonl", r#""tags":[]"#, r#""tags":["best"]"#, Problem::Tag),
        ("contest.json", r#""votes_a_day":1000"#, r#""votes_a_day":2"#, Problem::Caps),
        ("contest.json", r#""votes_in_all":1000"#, r#""votes_in_all":2"#, Problem::Caps),
        ("ballots.jsonl", r#""withdrawn":true"#, r#""withdrawn":false"#, Problem::Withdrawal),
        ("draws.jsonl", r#""left":"model-a","opened_ms""#, r#""left":"model-b","opened_ms""#, Problem::Draw),
        ("examinations.jsonl", r#""ballots":12"#, r#""ballots":11"#, Problem::Examination),
        ("votes.csv", ",both_bad,", ",tie,", Problem::Votes),
        ("contest.json", r#""voted":12"#, r#""voted":11"#, Problem::Counts),
    ];
    for (file, from, to, problem) in cases {
        let folder = tempfile::tempdir().unwrap();
        let held = closed(folder.path()).await;
        let path = held.published().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}: {text}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        assert!(problems(&held).contains(&problem), "{file}: {:?}", problems(&held));
        assert!(problems(&held).contains(&Problem::Changed));
    }
}

/// The site let somebody vote beyond the day's cap: each battle was opened on a day of its own, all votes came on one.
#[tokio::test]
async fn votes_beyond_a_cap_are_found_in_a_contest_that_is_whole() {
    let day = 24 * 60 * 60 * 1_000;
    for (days, withdrawn, holds) in [(2, false, true), (3, false, false), (3, true, true)] {
        let folder = tempfile::tempdir().unwrap();
        let mut setup = setup(ContestMode::Recorded, 3, 9);
        (setup.rule.votes_a_day, setup.rule.votes_in_all) = (2, 9);
        let held = Held::open(folder.path(), &setup).await;
        let person = held.person(1).await;
        for number in 0..days {
            let id = held.arena.next_battle(person, OPENED + number * day).await.unwrap().opened.id;
            let voted_ms = OPENED + 5 * day + number;
            held.arena.vote(person, id, plain(VoteChoice::Left), voted_ms).await.unwrap();
            if withdrawn && number == 0 {
                held.arena.withdraw(person, id, OPENED + 6 * day).await.unwrap();
            }
        }
        held.arena.close(OPENED + 9 * day, &held.published(), MOST).await.unwrap();
        if holds {
            check_closed(&held.published(), &held.log(), None).unwrap();
        } else {
            let found = check_closed(&held.published(), &held.log(), None).unwrap_err();
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found, ["ballots.jsonl 3: closed::caps"]);
        }
    }
}

#[tokio::test]
async fn a_ballot_that_is_left_out_or_added_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let held = closed(folder.path()).await;
    let path = held.published().join("ballots.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    fs::write(&path, rest).unwrap();
    assert!(problems(&held).contains(&Problem::NotOpened));
    fs::write(&path, format!("{first}\n{text}")).unwrap();
    let found = problems(&held);
    assert!(found.contains(&Problem::Place) && found.contains(&Problem::OtherBattle), "{found:?}");
}

#[tokio::test]
async fn a_ballot_that_the_log_gets_after_the_fact_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let held = closed(folder.path()).await;
    let (name, log, published) = (held.arena.name(), held.log(), held.published());
    let Held { arena, logbook, site, .. } = held;
    drop((arena, logbook, site));
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let mut log_writer = Log::open(&log, log_key()).unwrap();
    let entry = format!(r#"{{"commitment":"{name}","contest":"{name}","kind":"ballot"}}"#);
    log_writer.append(&[entry.as_bytes()]).unwrap();
    let found = check_closed(&published, &log, None).unwrap_err();
    assert!(found.iter().any(|finding| finding.problem == Problem::NotOpened), "{found:?}");
}

#[tokio::test]
async fn the_tests_of_voters_run_on_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 3, 40)).await;
    for number in 0..60_u32 {
        let after_ms = i64::from(number) * 10_000;
        held.battle_and_vote(held.person(0).await, VoteChoice::Left, after_ms).await.unwrap();
        let fair = if number % 2 == 0 { VoteChoice::Left } else { VoteChoice::Right };
        held.battle_and_vote(held.person(1).await, fair, after_ms + 3_000).await.unwrap();
    }
    let hour = daepyo_contest::EXAMINE_EVERY_MS;
    assert!(held.arena.examine_hourly(OPENED + 700_000).await.unwrap());
    assert!(!held.arena.examine_hourly(OPENED + 700_001).await.unwrap(), "once an hour");
    let withdrawn = held.battle_and_vote(held.person(1).await, VoteChoice::Left, 800_000).await.unwrap().0;
    held.arena.withdraw(held.person(1).await, withdrawn, OPENED + 900_000).await.unwrap();
    assert!(held.arena.examine_hourly(OPENED + hour).await.unwrap());
    held.arena.close(OPENED + 2 * hour, &held.published(), MOST).await.unwrap();
    let found = held.arena.examinations().await.unwrap();
    let seen: Vec<_> = found.iter().map(|one| (one.ballots, one.withdrawals)).collect();
    assert_eq!(seen, [(120, 0), (121, 1), (121, 1)]);
    check_closed(&held.published(), &held.log(), None).unwrap();
    let report = &found[0].report;
    assert_eq!(report.voters, 2);
    let lefty = held.arena.pseudonym(held.person(0).await);
    assert!(
        report
            .flags
            .iter()
            .any(|flag| flag.voter == lefty && flag.test == daepyo_verdict::voters::VoterTest::Position)
    );
    // A flag less, or a line less: found by whoever runs the tests again.
    let path = held.published().join("examinations.jsonl");
    let lines = fs::read_to_string(&path).unwrap();
    let (first, rest) = lines.split_once('\n').unwrap();
    fs::write(&path, rest).unwrap();
    assert!(problems(&held).contains(&Problem::Examination), "a run was left out");
    fs::write(&path, format!("{}\n{rest}", first.replace(&lefty, "v0"))).unwrap();
    assert!(problems(&held).contains(&Problem::Examination), "a flag was changed");
}
