//! The queue of the evidence log.

use super::Fresh;
use super::scene::{all_votes, code, contest, new_vote, person, ready};
use daepyo_core::VoteChoice;
use daepyo_store::site::{BattleId, CastVote};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;

/// Votes, withdrawals and other entries come over two servers at once while a third reads what is pending and logs it: it
/// gets 1, 2, 3 and so on, each once, without ever looking back.
pub(crate) async fn no_gap_no_loss_no_double(fresh: Fresh) {
    let sites = [fresh.open().await, fresh.open().await];
    let contest = contest(&sites[0], 9, 9).await;
    let mut votes = Vec::new();
    for number in 1..=120 {
        let person = person(&sites[0], number).await;
        ready(&sites[0], number, contest.id, person, 5).await;
        votes.push(new_vote(number, person, VoteChoice::Left, 6));
    }
    let is_done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (site, is_done) = (fresh.open().await, Arc::clone(&is_done));
        tokio::spawn(async move {
            let mut log = Vec::new();
            loop {
                let was_done = is_done.load(Ordering::SeqCst);
                let pending = site.pending(7).await.unwrap();
                let places: Vec<_> = pending
                    .iter()
                    .map(|entry| entry.number)
                    .zip(u64::try_from(log.len()).unwrap()..)
                    .collect();
                site.logged(&places).await.unwrap();
                if pending.is_empty() && was_done {
                    return log;
                }
                log.extend(pending);
            }
        })
    };
    let mut tasks = JoinSet::new();
    for (number, batch) in votes.chunks(3).enumerate() {
        let (site, batch) = (sites[number % 2].clone(), batch.to_vec());
        tasks.spawn(async move {
            for result in site.vote_all(&batch).await.unwrap() {
                result.unwrap();
            }
            let first = &batch[0];
            let entry = format!("withdrawn {}", first.battle.0);
            site.withdraw(first.battle, first.person, entry.as_bytes(), 7).await.unwrap();
            site.queue_entry(format!("entry {number}").as_bytes()).await.unwrap();
            // A transaction that is dropped half-way leaves no gap.
            let dropped = site.queue_entry(b"dropped");
            drop(tokio::time::timeout(std::time::Duration::from_micros(300), dropped).await);
        });
    }
    tasks.join_all().await;
    is_done.store(true, Ordering::SeqCst);
    let log = reader.await.unwrap();
    let numbers: Vec<_> = log.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..=i64::try_from(log.len()).unwrap()).collect::<Vec<_>>());
    let times = |entry: &[u8]| log.iter().filter(|logged| logged.entry == entry).count();
    assert!(votes.iter().all(|vote| times(&vote.entry) == 1));
    for number in 0..40 {
        assert_eq!(times(format!("entry {number}").as_bytes()), 1);
        assert_eq!(times(format!("withdrawn {}", 3 * number + 1).as_bytes()), 1);
    }
    assert_eq!(log.len(), 120 + 80 + times(b"dropped"));
    assert_eq!(sites[0].logged_count().await.unwrap(), u64::try_from(log.len()).unwrap());
    for CastVote { row, .. } in all_votes(&sites[0], contest.id).await {
        assert_eq!(row.logged, Some(u64::try_from(row.queued - 1).unwrap()));
    }
}

pub(crate) async fn places_once(fresh: Fresh) {
    let site = fresh.open().await;
    assert_eq!(site.logged_count().await.unwrap(), 0);
    assert_eq!(site.pending(9).await.unwrap(), []);
    for number in 1..=4 {
        assert_eq!(site.queue_entry(format!("entry {number}").as_bytes()).await.unwrap(), number);
    }
    assert_eq!(site.queue_entry(&[]).await.unwrap(), 5);
    assert_eq!(site.pending(2).await.unwrap().iter().map(|entry| entry.number).collect::<Vec<_>>(), [1, 2]);
    site.logged(&[]).await.unwrap();
    site.logged(&[(1, 0), (2, 1)]).await.unwrap();
    site.logged(&[(2, 1), (3, 2)]).await.unwrap();
    assert_eq!(site.logged_count().await.unwrap(), 3);
    // Another place, a number that is not there: nothing of it is kept.
    assert_eq!(code(site.logged(&[(4, 3), (3, 7)]).await), "store::site_corrupt");
    assert_eq!(code(site.logged(&[(4, 3), (99, 4)]).await), "store::site_corrupt");
    assert_eq!(site.logged_count().await.unwrap(), 3);
    let pending = site.pending(9).await.unwrap();
    assert_eq!(
        pending.iter().map(|entry| entry.entry.as_slice()).collect::<Vec<_>>(),
        [b"entry 4".as_slice(), b""]
    );
    assert_eq!(site.vote_of(BattleId(1)).await.unwrap(), None);
}

/// A writer that lost its right, or that writes another log, gets no place before the last one.
pub(crate) async fn places_in_order(fresh: Fresh) {
    let site = fresh.open().await;
    for number in 1..=9 {
        assert_eq!(site.queue_entry(format!("entry {number}").as_bytes()).await.unwrap(), number);
    }
    assert_eq!(site.last_logged().await.unwrap(), None);
    // The first number comes first, at whatever place the log has come to.
    assert_eq!(code(site.logged(&[(2, 40)]).await), "store::site_corrupt");
    site.logged(&[(1, 40), (2, 41)]).await.unwrap();
    assert_eq!(site.last_logged().await.unwrap(), Some((41, b"entry 2".to_vec())));
    for wrong in
        [&[(3, 0)][..], &[(3, 41)], &[(3, 40), (4, 41)], &[(4, 43)], &[(3, 42), (4, 42)], &[(3, 42), (5, 44)]]
    {
        assert_eq!(code(site.logged(wrong).await), "store::site_corrupt", "{wrong:?}");
        assert_eq!(site.logged_count().await.unwrap(), 2, "{wrong:?}");
    }
    // What is kept may be said again, with what is new behind it; a log may have more than the store.
    site.logged(&[(2, 41), (3, 42), (4, 43)]).await.unwrap();
    site.logged(&[(5, 50), (6, 60)]).await.unwrap();
    site.logged(&[(1, 40)]).await.unwrap();
    assert_eq!(code(site.logged(&[(7, 60)]).await), "store::site_corrupt");
    assert_eq!(code(site.logged(&[(7, 59), (8, 60)]).await), "store::site_corrupt");
    site.logged(&[(7, 61)]).await.unwrap();
    assert_eq!(site.logged_count().await.unwrap(), 7);
    assert_eq!(site.last_logged().await.unwrap(), Some((61, b"entry 7".to_vec())));
    assert_eq!(site.pending(9).await.unwrap().len(), 2);
}
