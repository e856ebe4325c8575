//! The line: as many as there are slots, in order, nobody behind a candidate that it does not need.

use daepyo_backend::talk::{Place, Queue, QueueError, QueueLimits, Ticket};
use daepyo_core::CandidateId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep};

fn id(text: &str) -> CandidateId {
    CandidateId::new(text).unwrap()
}

fn queue(in_all: usize, for_each: usize, waiting: usize) -> Arc<Queue> {
    Arc::new(Queue::new(QueueLimits { in_all, for_each, of: BTreeMap::new(), waiting }))
}

fn place(ticket: &Ticket) -> Place {
    *ticket.place().borrow()
}

#[tokio::test(start_paused = true)]
async fn battles_run_in_order_as_many_at_once_as_there_are_slots() {
    let queue = queue(4, 2, 100);
    let order = Arc::new(Mutex::new(Vec::new()));
    let begun = Instant::now();
    let battles: Vec<_> = (0..10)
        .map(|number| {
            let mut ticket = queue.join(&[id("garam"), id("noeul")]).unwrap();
            let order = Arc::clone(&order);
            tokio::spawn(async move {
                ticket.admitted().await;
                order.lock().unwrap().push((number, begun.elapsed().as_secs()));
                sleep(Duration::from_secs(10)).await;
            })
        })
        .collect();
    for battle in battles {
        battle.await.unwrap();
    }
    let mut order = order.lock().unwrap().clone();
    order.sort_unstable();
    let wanted: Vec<_> = (0..10).map(|number| (number, number / 2 * 10)).collect();
    assert_eq!(order, wanted);
    assert_eq!((queue.used(), queue.waiting()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn everyone_knows_its_place_and_a_leaver_moves_the_line() {
    let queue = queue(1, 1, 10);
    let mut tickets: Vec<Ticket> = (0..4).map(|_| queue.join(&[id("garam")]).unwrap()).collect();
    assert_eq!(place(&tickets[0]), Place::Admitted);
    let mut last = tickets[3].place();
    assert_eq!(*last.borrow_and_update(), Place::Waiting { ahead: 2 });
    drop(tickets.remove(1));
    last.changed().await.unwrap();
    assert_eq!(*last.borrow_and_update(), Place::Waiting { ahead: 1 });
    drop(tickets.remove(0));
    assert_eq!(place(&tickets[0]), Place::Admitted);
    assert_eq!(place(&tickets[1]), Place::Waiting { ahead: 0 });
    let waited = tokio::time::timeout(Duration::from_mins(1), tickets[1].admitted()).await;
    assert!(waited.is_err());
    drop(tickets.remove(0));
    tickets[0].admitted().await;
    drop(tickets);
    assert_eq!((queue.used(), queue.waiting()), (0, 0));
}

#[test]
fn nobody_waits_for_a_candidate_that_it_does_not_need() {
    let queue = queue(10, 1, 10);
    let _first = queue.join(&[id("garam")]).unwrap();
    let second = queue.join(&[id("garam")]).unwrap();
    let third = queue.join(&[id("noeul")]).unwrap();
    assert_eq!((place(&second), place(&third)), (Place::Waiting { ahead: 0 }, Place::Admitted));
}

#[test]
fn whoever_needs_two_is_not_overtaken_by_those_who_need_one() {
    let queue = queue(10, 1, 10);
    let first = queue.join(&[id("garam")]).unwrap();
    let battle = queue.join(&[id("garam"), id("noeul")]).unwrap();
    let later = queue.join(&[id("noeul")]).unwrap();
    assert_eq!(place(&later), Place::Waiting { ahead: 1 }, "the battle waits for noeul, too");
    drop(first);
    assert_eq!((place(&battle), place(&later)), (Place::Admitted, Place::Waiting { ahead: 0 }));
    drop(battle);
    assert_eq!(place(&later), Place::Admitted);
}

#[test]
fn whoever_needs_two_of_all_slots_is_not_overtaken_either() {
    let queue = queue(2, 2, 10);
    let first = queue.join(&[id("garam")]).unwrap();
    let battle = queue.join(&[id("garam"), id("noeul")]).unwrap();
    let later = queue.join(&[id("maru")]).unwrap();
    assert_eq!(place(&later), Place::Waiting { ahead: 1 });
    drop(first);
    assert_eq!((place(&battle), place(&later)), (Place::Admitted, Place::Waiting { ahead: 0 }));
}

#[test]
fn a_full_line_and_a_wish_that_never_comes_true_are_refused_clearly() {
    let queue = queue(2, 1, 1);
    let first = queue.join(&[id("garam")]).unwrap();
    let second = queue.join(&[id("garam")]).unwrap();
    assert_eq!(queue.join(&[id("garam")]).unwrap_err(), QueueError::Full { waiting: 1 });
    // Who need not wait is not refused.
    let third = queue.join(&[id("noeul")]).unwrap();
    assert_eq!(place(&third), Place::Admitted);
    assert_eq!(queue.join(&[id("garam"), id("garam")]).unwrap_err(), QueueError::TooFewSlots);
    assert_eq!(queue.join(&[id("a"), id("b"), id("c")]).unwrap_err(), QueueError::TooFewSlots);
    drop((first, second, third));
    assert_eq!((queue.used(), queue.waiting()), (0, 0));
}

#[test]
fn a_candidate_may_have_slots_of_its_own() {
    let of = BTreeMap::from([(id("garam"), 2)]);
    let queue = Arc::new(Queue::new(QueueLimits { in_all: 9, for_each: 1, of, waiting: 9 }));
    let tickets: Vec<_> = (0..3).map(|_| queue.join(&[id("garam")]).unwrap()).collect();
    assert_eq!(place(&tickets[1]), Place::Admitted);
    assert_eq!(place(&tickets[2]), Place::Waiting { ahead: 0 });
}
