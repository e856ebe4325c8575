//! Pairs that go where the cut is open: floors, sides, chances, and votes saved.

use crate::fixture::near;
use daepyo_verdict::{
    simulate::votes::World,
    votes::pairing::{History, PairingRules, chances, next},
};

/// Votes by adaptive (or even) pairing until there are `battles`.
fn run(world: &World, rules: PairingRules, battles: u64, seed: u64) -> History {
    let candidates = world.strengths.len();
    let mut history = History::new(candidates).unwrap();
    for number in 0..battles {
        let (left, right) = next(&history, rules, seed, number).unwrap();
        let vote = world.vote(left, right, seed ^ 0xABCD, number);
        history.record(left, right, (number % 20 > 0).then_some(vote)).unwrap();
    }
    history
}

#[test]
fn nobody_falls_below_the_floor_and_sides_are_even() {
    let world = World::even(9, 3.0, 0.3);
    for (floor, advance) in [(0.0, 4), (0.5, 4), (1.0, 1)] {
        let rules = PairingRules { floor, ..PairingRules::advancing(advance) };
        let history = run(&world, rules, 900, 3);
        let even = 2.0 * 900.0 / 9.0;
        let least = history.exposures().iter().copied().min().unwrap();
        // A candidate that falls below is in one of the next pairs, after others that are below too.
        assert!(
            f64::from(u32::try_from(least).unwrap()) >= floor * even - 5.0,
            "{floor}: {:?}",
            history.exposures()
        );
        assert!(history.lean().iter().all(|lean| lean.abs() <= 24), "{:?}", history.lean());
        assert_eq!(history.exposures().iter().sum::<u64>(), 1800);
        // Even pairing would give 200 to each.
        if floor < 0.6 {
            assert!(history.exposures().iter().any(|shown| *shown > 250), "{:?}", history.exposures());
        }
    }
}

#[test]
fn the_same_history_seed_and_number_give_the_same_pair_and_others_do_not() {
    let history = run(&World::even(6, 1.0, 0.0), PairingRules::advancing(3), 200, 9);
    let rules = PairingRules::advancing(3);
    let pairs = |seed| (0..50).map(|number| next(&history, rules, seed, number).unwrap()).collect::<Vec<_>>();
    assert_eq!(pairs(1), pairs(1));
    assert_ne!(pairs(1), pairs(2));
    let again = run(&World::even(6, 1.0, 0.0), rules, 200, 9);
    assert_eq!(next(&again, rules, 1, 7).unwrap(), next(&history, rules, 1, 7).unwrap());
}

#[test]
fn pairs_are_drawn_with_the_chances_that_are_told() {
    let rules = PairingRules { floor: 0.0, ..PairingRules::advancing(2) };
    let history = run(&World::even(4, 1.0, 0.0), rules, 120, 5);
    let told = chances(&history, rules).unwrap();
    near(told.iter().map(|pair| pair.chance).sum(), 1.0, 1e-12);
    let draws = 6000;
    for pair in &told {
        // Never so likely that it can be known, never impossible.
        assert!(pair.chance >= 0.1 / 6.0 && pair.chance < 0.95, "{told:?}");
        let hits = (0..draws).filter(|number| {
            let (left, right) = next(&history, rules, 77, *number).unwrap();
            (left.min(right), left.max(right)) == (pair.low, pair.high)
        });
        let share = f64::from(u32::try_from(hits.count()).unwrap()) / 6000.0;
        near(share, pair.chance, 4.0 * (pair.chance * (1.0 - pair.chance) / 6000.0).sqrt());
    }
}

#[test]
fn votes_go_to_the_candidates_at_the_cut() {
    // Two far above, two far below, two at the cut.
    let world = World { strengths: vec![2.0, 1.9, 0.1, -0.1, -1.9, -2.0], ..World::even(6, 1.0, 0.0) };
    let history = run(&world, PairingRules::advancing(3), 600, 21);
    let shown = history.exposures();
    let (cut, rest) = (shown[2].min(shown[3]), shown[0].max(shown[1]).max(shown[4]).max(shown[5]));
    assert!(cut > 2 * rest, "{shown:?}");
}

#[test]
fn adaptive_pairing_is_right_about_the_cut_more_often_than_even_pairing() {
    let world =
        World { strengths: vec![0.9, 0.7, 0.5, 0.12, -0.12, -0.5, -0.7, -0.9], ..World::even(8, 1.0, 0.3) };
    let right = |rules: PairingRules| {
        let hit = |seed: &u64| {
            let history = run(&world, rules, 500, *seed);
            let strengths = history.live().strengths();
            let least = strengths[..4].iter().copied().fold(f64::INFINITY, f64::min);
            strengths[4..].iter().all(|strength| *strength < least)
        };
        (0..150).filter(hit).count()
    };
    let (adaptive, even) = (
        right(PairingRules::advancing(4)),
        right(PairingRules { even: 1.0, floor: 0.0, ..PairingRules::advancing(4) }),
    );
    assert!(adaptive > even + 10, "{adaptive} adaptive, {even} even of 150");
}

/// The reference wins all, 0 and 1 are equals, 2 loses to both: of the candidates one goes on, 0 or 1.
#[test]
fn a_reference_stands_on_neither_side_of_the_cut() {
    use daepyo_core::VoteChoice::{Left, Tie};
    let rules = PairingRules { floor: 0.0, ..PairingRules::advancing(1) };
    let chance = |references: &[u16], pair: (u16, u16)| {
        let references = references.iter().copied().collect();
        let mut history = History::with_references(4, &references).unwrap();
        for _ in 0..20 {
            for (left, right, vote) in
                [(3, 0, Left), (3, 1, Left), (3, 2, Left), (0, 1, Tie), (0, 2, Left), (1, 2, Left)]
            {
                history.record(left, right, Some(vote)).unwrap();
            }
        }
        let told = chances(&history, rules).unwrap();
        told.iter().find(|one| (one.low, one.high) == pair).unwrap().chance
    };
    assert!(chance(&[3], (0, 1)) > chance(&[3], (0, 3)));
    assert!(chance(&[3], (0, 1)) > chance(&[], (0, 1)));
    let references = [3].into_iter().collect();
    let history = History::with_references(4, &references).unwrap();
    let code =
        |history: &History| chances(history, PairingRules::advancing(3)).err().map(|error| error.code());
    assert_eq!(code(&history), Some("verdict::no_cut"));
    assert_eq!(code(&history.begun_anew().unwrap()), Some("verdict::no_cut"));
    assert_eq!(code(&History::new(4).unwrap()), None);
}

#[test]
fn rules_that_cannot_be_kept_are_refused() {
    let history = History::new(4).unwrap();
    let code = |rules| next(&history, rules, 0, 0).unwrap_err().code();
    assert_eq!(code(PairingRules::advancing(0)), "verdict::no_cut");
    assert_eq!(code(PairingRules::advancing(4)), "verdict::no_cut");
    let rules = PairingRules::advancing(2);
    for bad in [
        PairingRules { floor: 1.1, ..rules },
        PairingRules { even: 0.0, ..rules },
        PairingRules { sharpness: f64::NAN, ..rules },
    ] {
        assert_eq!(code(bad), "verdict::invalid_pairing");
    }
    let none = History::new(0).unwrap();
    assert_eq!(next(&none, rules, 0, 0).unwrap_err().code(), "verdict::no_cut");
}
