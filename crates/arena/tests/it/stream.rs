//! Two answers side by side: everything is shown once, in order, in time, and neither runs away.

use crate::chance::Chance;
use daepyo_arena::stream::{
    End, Outcome, Pace, PaceRules, Show,
    Side::{self, Left, Right},
};

const RULES: PaceRules = PaceRules { hold_ms: 1_000, lead_chars: 10, finish_ms: 3_000 };

fn text(side: Side, text: &str) -> Show {
    Show::Text { side, text: text.to_owned() }
}

#[test]
fn neither_is_seen_first() {
    let mut pace = Pace::new(RULES);
    pace.push(Left, 0, "가나다");
    assert_eq!((pace.due(999), pace.next_due()), (vec![], None));
    pace.push(Right, 999, "라");
    assert_eq!(pace.due(999), [text(Left, "가나다"), text(Right, "라")]);
    assert_eq!(pace.next_due(), None);
}

#[test]
fn a_side_that_thinks_for_long_is_not_told_by_it() {
    let mut pace = Pace::new(RULES);
    pace.push(Left, 50, "가나다라마바사아자차카타파");
    assert_eq!((pace.due(40_000), pace.next_due()), (vec![], None));
    // What waits goes on waiting from here, in place of coming all at once.
    pace.push(Right, 40_000, "하");
    assert_eq!(pace.due(40_000), [text(Left, "가나다라마바사아자차카"), text(Right, "하")]);
    assert_eq!(pace.next_due(), Some(41_000));
    assert_eq!(pace.due(41_000), [text(Left, "타파")]);
}

#[test]
fn a_side_that_says_nothing_stops_the_other_until_it_ends() {
    let mut pace = Pace::new(RULES);
    pace.push(Left, 50, "가나");
    pace.end(Left, 60, End::Complete);
    assert_eq!((pace.due(40_000), pace.next_due()), (vec![], None));
    pace.end(Right, 40_000, End::Complete);
    assert_eq!(pace.due(40_000), [text(Left, "가나"), Show::Ended(Left), Show::Ended(Right)]);
}

#[test]
fn the_faster_is_held_at_its_lead() {
    let mut pace = Pace::new(RULES);
    pace.push(Right, 0, "가나");
    pace.push(Left, 0, "abcdefghijklmnopqrst");
    assert_eq!(pace.due(0), [text(Left, "abcdefghijkl"), text(Right, "가나")]);
    pace.push(Right, 100, "다라마");
    assert_eq!(pace.due(100), [text(Left, "mno"), text(Right, "다라마")]);
    assert_eq!(pace.due(1_000), [text(Left, "pqrst")]);
}

#[test]
fn ends_are_shown_together_or_late() {
    let mut pace = Pace::new(RULES);
    for side in [Left, Right] {
        pace.push(side, 0, "가");
    }
    pace.end(Left, 10, End::Complete);
    assert_eq!(pace.due(10).len(), 2);
    assert_eq!(pace.next_due(), Some(3_010));
    assert_eq!(pace.due(3_009), []);
    assert_eq!(pace.due(3_010), [Show::Ended(Left)]);
    assert_eq!(pace.outcome(), None);
    pace.push(Left, 3_500, "behind the end");
    pace.push(Right, 4_000, "나");
    pace.end(Right, 4_001, End::Complete);
    assert_eq!(pace.due(4_001), [text(Right, "나"), Show::Ended(Right)]);
    assert_eq!((pace.outcome(), pace.next_due()), (Some(Outcome::Complete), None));
}

#[test]
fn once_one_has_ended_the_other_is_free() {
    let mut pace = Pace::new(RULES);
    pace.push(Left, 0, "가");
    pace.end(Left, 0, End::Complete);
    pace.push(Right, 5, "abcdefghijklmnopqrstuvwxyz");
    assert_eq!(pace.due(5), [text(Left, "가"), text(Right, "abcdefghijklmnopqrstuvwxyz")]);
}

#[test]
fn a_failure_or_a_cancellation_ends_it_all() {
    for is_failure in [true, false] {
        let mut pace = Pace::new(RULES);
        pace.push(Left, 0, "가");
        pace.push(Right, 0, "나");
        if is_failure {
            pace.end(Right, 1, End::Failed);
        } else {
            pace.cancel();
        }
        let outcome = if is_failure { Outcome::Infrastructure } else { Outcome::Cancelled };
        assert_eq!((pace.due(2), pace.next_due(), pace.outcome()), (vec![], None, Some(outcome)));
        pace.end(Left, 3, End::Failed);
        pace.cancel();
        assert_eq!(pace.outcome(), Some(outcome), "the first holds");
    }
}

#[test]
fn two_empty_answers_are_whole() {
    let mut pace = Pace::new(RULES);
    pace.end(Left, 5, End::Complete);
    pace.end(Right, 5, End::Complete);
    assert_eq!(pace.next_due(), Some(5));
    assert_eq!(pace.due(5), [Show::Ended(Left), Show::Ended(Right)]);
}

#[test]
fn time_that_goes_back_stands_still() {
    let mut pace = Pace::new(RULES);
    pace.push(Left, 5_000, "가");
    pace.push(Right, 10, "나");
    assert_eq!(pace.due(0).len(), 2);
}

/// One side as a test knows it.
#[derive(Default)]
struct Known {
    sent: Vec<(char, u64)>,
    shown: usize,
    over_at: Option<u64>,
}

#[test]
fn every_character_is_shown_once_in_order_and_in_time() {
    let mut chance = Chance(5);
    for _ in 0..400 {
        let rules = PaceRules {
            hold_ms: chance.below(800).try_into().unwrap(),
            lead_chars: chance.below(20),
            finish_ms: chance.below(2_000).try_into().unwrap(),
        };
        let mut pace = Pace::new(rules);
        let mut known = [Known::default(), Known::default()];
        let speed = [1 + chance.below(300), 1 + chance.below(300)];
        let mut next = [chance.below(500), chance.below(500)];
        let mut left = [chance.below(60), chance.below(60)];
        while pace.outcome().is_none() {
            // Whatever comes first: a piece of either side, or the machine's own time.
            let coming = (0..2).filter(|side| known[*side].over_at.is_none()).min_by_key(|side| next[*side]);
            let arrival = coming.map(|side| u64::try_from(next[side]).unwrap());
            let due = pace.next_due();
            let is_own = due.is_some_and(|due| arrival.is_none_or(|arrival| due <= arrival));
            let now = if is_own { due.unwrap() } else { arrival.unwrap() };
            if !is_own {
                let side = coming.unwrap();
                let name = [Left, Right][side];
                if left[side] == 0 {
                    known[side].over_at = Some(now);
                    pace.end(name, now, End::Complete);
                } else {
                    left[side] -= 1;
                    let piece = chance.text(&["가", "b", "👩‍👩‍👧", "\n", "ㄷ"], 9);
                    known[side].sent.extend(piece.chars().map(|c| (c, now)));
                    pace.push(name, now, &piece);
                    next[side] += chance.below(speed[side]);
                }
                continue;
            }
            check(pace.due(now), now, rules, &mut known);
        }
        assert_eq!(pace.outcome(), Some(Outcome::Complete));
        assert!(known.iter().all(|side| side.shown == side.sent.len()), "everything was shown");
    }
}

fn check(shows: Vec<Show>, now: u64, rules: PaceRules, known: &mut [Known; 2]) {
    for show in shows {
        let Show::Text { side, text } = show else { continue };
        let (own, other) = match side {
            Left => (0, 1),
            Right => (1, 0),
        };
        let free = known[other].sent.len() + if known[other].sent.is_empty() { 0 } else { rules.lead_chars };
        let is_free = known[other].over_at.is_some();
        let began = known[other].sent.first().map(|(_, at)| *at).or(known[other].over_at);
        let began = began.expect("nothing is shown before the other has begun or ended");
        for c in text.chars() {
            let place = known[own].shown;
            let (sent, at) = known[own].sent[place];
            assert_eq!(c, sent);
            let waited = now - at.max(began);
            assert!(waited <= rules.hold_ms, "held {waited} ms of {}", rules.hold_ms);
            assert!(is_free || place < free || waited == rules.hold_ms, "ran ahead");
            known[own].shown += 1;
        }
    }
}
