//! The bounds and the search against every possible attack of small cases.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failed assertion is the point of a test"
)]

use super::{Additions, AttackKind, AttackSettings, Case, goal::Goal, greedy, lower, voters};
use crate::{
    bradley_terry::{Counts, fit},
    criteria::Ends,
    draws::Draws,
    tally::{Ballot, Tally},
};
use daepyo_core::VoteChoice;

/// A random small vote on three models, 3 to 7 votes a pair, by six voters.
fn small(draws: &mut Draws) -> Tally {
    let names = ["a", "b", "c", "d", "e", "f"];
    let mut ballots = Vec::new();
    for (left, right) in [(0, 1), (0, 2), (1, 2)] {
        for _ in 0..3 + draws.below(5) {
            let choice = match draws.below(7) {
                0..=2 => VoteChoice::Left,
                3..=4 => VoteChoice::Right,
                _ => VoteChoice::Tie,
            };
            let voter = usize::try_from(draws.below(6)).unwrap();
            ballots.push(Ballot { voter: names[voter], left, right, choice });
        }
    }
    Tally::new(3, ballots.into_iter())
}

/// A goal that the votes do not reach yet, as a rule.
fn goal(draws: &mut Draws, tally: &Tally, points: bool) -> Goal {
    let at = fit(&tally.pairs, &tally.counts);
    if points {
        let (last_in, first_out) = if at[0] >= at[1] { (0, 1) } else { (1, 0) };
        let scales = [(0.0, 1.0), (0.3, 0.6), (0.8, 0.2)];
        let (zero, full) = scales[usize::try_from(draws.below(3)).unwrap()];
        let (last_in, first_out) = if full < zero { (first_out, last_in) } else { (last_in, first_out) };
        let lead = f64::from(draws.below(9)) - 3.0;
        let versus = if draws.below(4) == 0 { last_in } else { 2 };
        return Goal::Points { last_in, first_out, versus, ends: Ends { zero, full }, lead, weight: 20.0 };
    }
    let mut order = [0, 1, 2];
    order.sort_by(|a, b| at[*b].total_cmp(&at[*a]));
    let place = usize::try_from(draws.below(2)).unwrap();
    Goal::Strength { last_in: order[place], first_out: order[place + 1] }
}

/// What one pair's counts can become, with the number of attacked votes, up to `most`.
fn options(kind: AttackKind, count: [f64; 3], most: u64) -> Vec<(u64, [f64; 3])> {
    let most = i32::try_from(most).unwrap();
    let mut options = Vec::new();
    for a in -most..=most {
        for b in -most..=most {
            for c in -most..=most {
                let votes = match kind {
                    AttackKind::Removal if a.max(b).max(c) <= 0 => -(a + b + c),
                    AttackKind::Addition if a.min(b).min(c) >= 0 => a + b + c,
                    AttackKind::Change if a + b + c == 0 => (a.abs() + b.abs() + c.abs()) / 2,
                    AttackKind::Removal
                    | AttackKind::Addition
                    | AttackKind::Change
                    | AttackKind::VoterRemoval => continue,
                };
                let after = [count[0] + f64::from(a), count[1] + f64::from(b), count[2] + f64::from(c)];
                if votes <= most && after.iter().all(|votes| *votes >= 0.0) {
                    options.push((u64::try_from(votes).unwrap(), after));
                }
            }
        }
    }
    options
}

/// The least attack below `upper` that moves the cut, over all of them; `upper` where none does.
fn brute(case: &Case, upper: u64) -> u64 {
    let mut best = upper;
    let most = upper.saturating_sub(1);
    let pairs: Vec<Vec<(u64, [f64; 3])>> =
        case.counts.iter().map(|count| options(case.kind, *count, most)).collect();
    for (a, first) in &pairs[0] {
        for (b, second) in &pairs[1] {
            for (c, third) in &pairs[2] {
                let votes = a + b + c;
                if votes < best {
                    let counts: Counts = vec![*first, *second, *third];
                    if case.goal.moved(&fit(&case.pairs, &counts)) {
                        best = votes;
                    }
                }
            }
        }
    }
    best
}

/// The least number of voters whose removal moves the cut, over all sets of them.
fn brute_voters(tally: &Tally, goal: Goal) -> Option<u64> {
    let sets = 0..1_u32 << tally.voters.len();
    let moves = |set: &u32| {
        let mut counts = tally.counts.clone();
        for (_, cells) in (0..).zip(&tally.voters).filter(|(voter, _)| set >> voter & 1 == 1) {
            for cell in cells {
                counts[cell.pair][cell.result] -= cell.votes;
            }
        }
        goal.moved(&fit(&tally.pairs, &counts))
    };
    sets.filter(moves).map(|set| u64::from(set.count_ones())).min()
}

#[test]
fn bounds_hold_and_the_search_is_exact_against_every_attack() {
    let mut draws = Draws::new(11, 0);
    let (mut tight, mut cases, mut gained, mut raised) = (0, 0, 0, 0);
    for round in 0..60 {
        let tally = small(&mut draws);
        let goal = goal(&mut draws, &tally, round % 2 == 0);
        for kind in [AttackKind::Removal, AttackKind::Change, AttackKind::Addition] {
            let case = Case::new(&tally, goal, kind, Additions::AnyPair);
            let least = lower::lower(&case);
            let Some(upper) = greedy::upper(&case).filter(|upper| *upper <= 4) else {
                continue;
            };
            let exact = brute(&case, upper);
            assert!(least <= exact && exact <= upper, "{round} {kind:?} {goal:?}: {least} {exact} {upper}");
            let found = case.budget(AttackSettings::default());
            assert_eq!(
                (found.exact, found.lower, found.upper),
                (Some(exact), exact, Some(exact)),
                "{round} {kind:?}"
            );
            cases += 1;
            tight += u32::from(least == exact);
            gained += u32::from(exact < upper);
            raised += u32::from(least > 1);
        }
    }
    assert!(
        cases > 100 && 5 * tight > 2 * cases && raised > 10 && gained > 0,
        "{cases} {tight} {raised} {gained}"
    );
}

#[test]
fn bounds_of_voters_hold_against_every_set_of_voters() {
    let mut draws = Draws::new(12, 0);
    let mut cases = 0;
    for round in 0..150 {
        let tally = small(&mut draws);
        let goal = goal(&mut draws, &tally, round % 2 == 0);
        let budget = voters::budget(&tally, goal, 0);
        let Some(exact) = brute_voters(&tally, goal) else {
            assert_eq!(budget.upper, None, "{round}");
            continue;
        };
        assert!(budget.lower <= exact, "{round} {goal:?}: {budget:?} {exact}");
        assert!(budget.upper.is_none_or(|upper| exact <= upper), "{round} {goal:?}: {budget:?} {exact}");
        let searched = voters::budget(&tally, goal, 1_000);
        assert!(searched.upper.is_none() || searched.exact == Some(exact), "{round}: {searched:?} {exact}");
        cases += 1;
    }
    assert!(cases > 80, "{cases}");
}

#[test]
fn a_search_without_fits_keeps_the_proven_bounds() {
    let mut draws = Draws::new(13, 0);
    let tally = small(&mut draws);
    let goal = Goal::Strength { last_in: 0, first_out: 2 };
    let case = Case::new(&tally, goal, AttackKind::Removal, Additions::AnyPair);
    let none = case.budget(AttackSettings { search_fits: 0, ..AttackSettings::default() });
    let full = case.budget(AttackSettings::default());
    assert!(none.lower <= full.lower && none.upper >= full.upper, "{none:?} {full:?}");
}

#[test]
fn points_that_no_vote_can_make_up_have_no_attack() {
    let tally = small(&mut Draws::new(14, 0));
    let ends = Ends { zero: 0.0, full: 1.0 };
    let goal = Goal::Points { last_in: 0, first_out: 1, versus: 2, ends, lead: 20.0, weight: 20.0 };
    for budget in super::all(&tally, goal, AttackSettings::default()) {
        assert_eq!((budget.exact, budget.upper), (None, None), "{budget:?}");
    }
}

/// A random small vote by two voters whose votes are weighed down to two and one with a single vote.
fn small_capped(draws: &mut Draws) -> Tally {
    let pairs = [(0, 1), (0, 2), (1, 2)];
    let mut ballots = Vec::new();
    for place in 0..9_usize {
        let choice = match draws.below(7) {
            0..=2 => VoteChoice::Left,
            3..=4 => VoteChoice::Right,
            _ => VoteChoice::Tie,
        };
        let (left, right) =
            if place < 3 { pairs[place] } else { pairs[usize::try_from(draws.below(3)).unwrap()] };
        let voter = if place == 8 { "c" } else { ["a", "b"][usize::try_from(draws.below(2)).unwrap()] };
        ballots.push(Ballot { voter, left, right, choice });
    }
    Tally::new(3, ballots.into_iter()).with_cap(Some(2))
}

/// The least number of single votes that moves the cut when each is attacked in every way, every voter weighed again;
/// none where none does.
fn brute_capped(case: &Case, tally: &Tally) -> Option<u64> {
    let capped = tally.capped.as_ref()?;
    let mut votes: Vec<(usize, usize, usize)> = Vec::new();
    for (voter, cells) in capped.whole.iter().enumerate() {
        for cell in cells {
            let mut left = cell.votes;
            while left > 0.5 {
                votes.push((voter, cell.pair, cell.result));
                left -= 1.0;
            }
        }
    }
    let removes = case.kind == AttackKind::Removal;
    let ways: u32 = if removes { 2 } else { 3 };
    let most = if removes { votes.len() } else { 3 };
    let mut best = None;
    for attack in 0..ways.pow(u32::try_from(votes.len()).unwrap()) {
        let mut digits = Vec::new();
        let mut rest = attack;
        for _ in &votes {
            digits.push(usize::try_from(rest % ways).unwrap());
            rest /= ways;
        }
        let attacked = digits.iter().filter(|digit| **digit > 0).count();
        if attacked > most || best.is_some_and(|best| attacked >= best) {
            continue;
        }
        let after: Vec<(usize, usize, usize)> = votes
            .iter()
            .zip(&digits)
            .filter(|(_, digit)| !removes || **digit == 0)
            .map(|((voter, pair, result), digit)| (*voter, *pair, (result + digit) % 3))
            .collect();
        let mut counts: Counts = vec![[0.0; 3]; tally.counts.len()];
        for (voter, pair, result) in &after {
            let own = crate::number::real(after.iter().filter(|(other, ..)| other == voter).count());
            counts[*pair][*result] += (capped.most / own).min(1.0);
        }
        if case.goal.moved(&fit(&case.pairs, &counts)) {
            best = Some(attacked);
        }
    }
    best.map(crate::number::wide)
}

#[test]
fn bounds_hold_where_voters_are_weighed_again_after_each_attack() {
    let mut draws = Draws::new(15, 0);
    let (mut cases, mut raised) = (0, 0);
    for round in 0..24 {
        let tally = small_capped(&mut draws);
        assert!(tally.capped.is_some());
        let goal = goal(&mut draws, &tally, round % 2 == 0);
        for kind in [AttackKind::Removal, AttackKind::Change] {
            let case = Case::new(&tally, goal, kind, Additions::SeenPairs);
            let found = case.budget(AttackSettings::default());
            let Some(exact) = brute_capped(&case, &tally) else { continue };
            assert!(found.lower <= exact, "{round} {kind:?} {goal:?}: {found:?} {exact}");
            assert!(found.upper.is_none_or(|upper| exact <= upper), "{round} {kind:?}: {found:?} {exact}");
            cases += u32::from(found.upper.is_some());
            raised += u32::from(found.lower > 0);
        }
    }
    assert!(cases > 10 && raised > 5, "{cases} {raised}");
}
