//! What goes wrong around a contest loses no vote.

use crate::contest::{CONTEST, begin, citizen, opened, with_contest};
use daepyo_contest::check_closed;
use daepyo_evidence::VerifierKey;
use reqwest::StatusCode;
use std::collections::BTreeSet;

/// Steps of the clock between votes, in milliseconds: ahead, back before everything, a leap over many votes' lag.
const STEPS_MS: [i64; 7] = [1, 2_400_000, -10_800_000, 60_000, -1, 9_000_000, -3_600_000];

/// Votes in all; a claim asks for more.
fn votes() -> usize {
    std::env::var("DAEPYO_VOTES").map_or(16, |text| text.parse().unwrap())
}

#[tokio::test]
async fn a_clock_that_steps_loses_no_vote_and_takes_none_twice() {
    let (site, folder) = with_contest(|folder| {
        let path = folder.join("programme.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("votes_a_day = 12", "votes_a_day = 5000");
        std::fs::write(path, text.replace("votes_in_all = 60", "votes_in_all = 5000")).unwrap();
    })
    .await;
    let mut office = opened(&site).await;
    let mut voters = Vec::new();
    for _ in 0..8 {
        voters.push(citizen(&site, &mut office).await);
    }
    let begun_ms = daepyo_server::Clock::now_ms(&*site.clock);
    let mut now_ms = begun_ms;
    let mut acknowledged = BTreeSet::new();
    for number in 0..votes() {
        let who = number % voters.len();
        let battle = begin(&mut voters[who]).await;
        // Between the answers and the vote, too.
        now_ms += STEPS_MS[number % STEPS_MS.len()];
        site.clock.set_ms(now_ms);
        let fields = [("choice", ["left", "right", "tie"][number % 3])];
        for _ in 0..2 {
            let voted = voters[who].submit(&format!("{battle}/vote"), &fields).await;
            assert_eq!(voted.status, StatusCode::SEE_OTHER, "{}", voted.text);
        }
        assert!(acknowledged.insert(battle.trim_start_matches("/battles/").to_owned()));
        now_ms -= STEPS_MS[(number + 3) % STEPS_MS.len()];
        // Everybody stays signed in: sessions end by the clock, and that is another test.
        now_ms = now_ms.clamp(begun_ms - 36_000_000, begun_ms + 36_000_000);
        site.clock.set_ms(now_ms);
    }
    site.clock.set_ms(begun_ms);
    let closed = office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.text);
    let (data, log) = (site.folder.path().join("contests/public/users"), site.folder.path().join("log"));
    let key = std::fs::read_to_string(log.join("key.pub")).unwrap();
    let checked = check_closed(&data, &log, Some(&VerifierKey::parse(key.trim_end()).unwrap())).unwrap();
    assert_eq!(checked.summary.counts.voted, u64::try_from(acknowledged.len()).unwrap());
    let ballots = std::fs::read_to_string(data.join("ballots.jsonl")).unwrap();
    let mut found = BTreeSet::new();
    for line in ballots.lines() {
        let ballot: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(found.insert(ballot["ballot"]["battle"].as_str().unwrap().to_owned()), "a vote twice");
    }
    assert_eq!(found, acknowledged);
    assert_eq!(
        std::fs::read_to_string(folder.path().join("votes.csv")).unwrap().lines().count(),
        votes() + 1
    );
}
