//! A server that is killed while votes come: what it acknowledged is there, once, and can be proved.

use crate::{
    held::{Held, MOST, OPENED, log_key, plain, setup},
    log::commitments,
};
use daepyo_contest::check_closed;
use daepyo_core::{ContestMode, Digest, VoteChoice};
use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

/// Where the child finds the contest.
const FOLDER: &str = "DAEPYO_CONTEST_KILLED";

/// Runs as the child of the test below: votes without end and says what was acknowledged.
#[test]
#[ignore = "run by `acknowledged_votes_outlive_sigkill` in a process of its own"]
fn votes_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let held = Held::open(Path::new(&folder), &setup(ContestMode::Recorded, 4, 200)).await;
        let mut tasks = Vec::new();
        for number in 0..8 {
            let (arena, person) = (held.arena.clone(), held.person(number).await);
            tasks.push(tokio::spawn(async move {
                loop {
                    let id = arena.next_battle(person, OPENED).await.unwrap().opened.id;
                    let receipt = arena.vote(person, id, plain(VoteChoice::Left), OPENED + 1).await.unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "acknowledged {}", receipt.commitment).unwrap();
                    out.flush().unwrap();
                }
            }));
        }
        // They end with this process.
        std::future::pending::<()>().await;
    });
}

#[test]
fn acknowledged_votes_outlive_sigkill() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..6_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "killed::votes_until_it_is_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut read = 0;
        for line in lines.map_while(Result::ok) {
            // The harness may have written before on the same line.
            if let Some((_, digest)) = line.split_once("acknowledged ") {
                acknowledged.insert(digest.parse::<Digest>().unwrap());
                read += 1;
            }
            if read == 10 + 7 * round {
                // Somewhere between two steps of something.
                std::thread::sleep(Duration::from_millis(3 * round));
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(read > 0, "the child votes");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 4, 200)).await;
        let person = held.person(1_000).await;
        let (id, receipt) = held.battle_and_vote(person, VoteChoice::Tie, 5).await.unwrap();
        acknowledged.insert(receipt.commitment);
        held.arena.await_receipt(person, id, MOST).await.unwrap();
        let logged = commitments(&held.log());
        assert!(acknowledged.is_subset(&logged), "an acknowledged vote is lost");
        let summary = held.arena.close(OPENED + 100, &held.published(), MOST).await.unwrap();
        assert_eq!(summary.counts.voted, logged.len() as u64);
        check_closed(&held.published(), &held.log(), Some(&log_key().verifier())).unwrap();
    });
}
