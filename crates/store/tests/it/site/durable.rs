//! What was acknowledged survives.

use super::Fresh;
use super::scene::{all_votes, contest, new_vote, person, ready, voted};
use daepyo_core::VoteChoice;
use daepyo_store::postgres_server::PostgresServer;
use daepyo_store::site::{BattleId, Site};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

/// Tells the child which store to vote in.
const STORE: &str = "DAEPYO_TEST_STORE";

/// Votes that the child makes ready, and how many of a batch.
const VOTES: i64 = 240;
const BATCH: usize = 3;

pub(crate) async fn opened_again(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let one = person(&site, 1).await;
    let vote = voted(&site, 1, contest.id, one, 5).await;
    // Without a close: what is acknowledged needs none.
    drop(site);
    let site = fresh.open().await;
    assert_eq!(site.vote_of(BattleId(1)).await.unwrap().unwrap().vote, vote);
    assert_eq!(site.pending(9).await.unwrap().len(), 1);
    site.close().await;
    let site = fresh.open().await;
    assert_eq!(site.contests().await.unwrap(), [contest]);
}

/// A process that votes and leads is killed at several points; the store has every vote that it was told is kept.
pub(crate) async fn killed(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    for number in 1..=VOTES {
        let person = person(&site, number).await;
        ready(&site, number, contest.id, person, 5).await;
    }
    for lines in [1, 7, 15] {
        let url = fresh.url.clone();
        let kept = tokio::task::spawn_blocking(move || kill_after(lines, &url)).await.unwrap();
        assert!(kept.len() >= lines);
        // Its right to write the log is free.
        super::leader::soon(&site).await;
        // A server may still finish what it was asked last.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert_consistent(&site, &kept).await;
    }
}

/// Every vote that was acknowledged is there, and each vote has its entry in the queue.
async fn assert_consistent(site: &Site, acknowledged: &[i64]) {
    let contest = site.contests().await.unwrap().remove(0);
    let votes = all_votes(site, contest.id).await;
    let pending = site.pending(9999).await.unwrap();
    assert!(
        acknowledged.iter().all(|id| votes.iter().any(|cast| cast.row.vote.battle.0 == *id)),
        "{acknowledged:?}"
    );
    assert_eq!(votes.len() % BATCH, 0);
    let queued: Vec<_> = pending.iter().map(|entry| (entry.number, &entry.entry)).collect();
    assert_eq!(votes.iter().map(|cast| (cast.row.queued, &cast.row.vote.entry)).collect::<Vec<_>>(), queued);
    assert_eq!(
        queued.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        (1..).take(queued.len()).collect::<Vec<i64>>()
    );
}

/// Lets a child vote, kills it after so many acknowledged votes, and gives all that it has acknowledged.
fn kill_after(lines: usize, url: &str) -> Vec<i64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "site::durable::child"])
        .env(STORE, url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        acknowledged.extend(line.unwrap().strip_prefix("voted ").map(|id| id.parse::<i64>().unwrap()));
        if acknowledged.len() == lines {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
}

#[tokio::test]
#[ignore = "what `killed` starts and kills"]
async fn child() {
    let Ok(url) = std::env::var(STORE) else { return };
    let site = Site::open(&url).await.unwrap();
    let _leader = site.lead().await.unwrap().unwrap();
    let first = i64::try_from(site.pending(9999).await.unwrap().len()).unwrap() + 1;
    let mut votes = Vec::new();
    for number in first..=VOTES {
        votes.push(new_vote(number, person(&site, number).await, VoteChoice::Left, 6));
    }
    let mut out = std::io::stdout();
    // The harness has begun a line.
    writeln!(out).unwrap();
    for batch in votes.chunks(BATCH) {
        for row in site.vote_all(batch).await.unwrap() {
            writeln!(out, "voted {}", row.unwrap().vote.battle.0).unwrap();
        }
        out.flush().unwrap();
    }
    std::future::pending::<()>().await;
}

/// A crash of the server itself: votes that were acknowledged are there after its recovery, and a store that was open
/// goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_postgresql_loses_no_acknowledged_vote() {
    let mut server = PostgresServer::start().await.unwrap();
    let fresh = Fresh { url: server.database("crash").await.unwrap() };
    let site = fresh.open().await;
    let contest = contest(&site, 99, 99).await;
    let one = person(&site, 1).await;
    let mut votes = Vec::new();
    for id in 1..=20 {
        votes.push(voted(&site, id, contest.id, one, 5).await);
    }
    let mut leader = site.lead().await.unwrap().unwrap();
    server.crash().await.unwrap();
    assert!(!leader.holds().await);
    let other = fresh.open().await;
    let kept: Vec<_> = all_votes(&other, contest.id).await.into_iter().map(|cast| cast.row.vote).collect();
    assert_eq!(kept, votes);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(all_votes(&site, contest.id).await.len(), 20);
    voted(&site, 21, contest.id, one, 5).await;
}
