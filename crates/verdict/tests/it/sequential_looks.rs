//! Boundaries for several looks against published tables, and the error rates that they promise, by simulation.

use crate::fixture::{Noise, bench, near, programme, samples, spread, verdict, with};
use daepyo_core::{
    CandidateDecision, Cause, Decided, Digest, Looks, Observation, Programme, Spending, Status, TieStep,
    Verdict,
};
use daepyo_verdict::{
    Rules,
    sequential::{
        Before, SequentialError, Sides, boundaries, classical, crossing, decide_after, look, spent,
    },
};

const FIFTHS: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

fn bounds(spending: Spending, sides: Sides, alpha: f64, fractions: &[f64]) -> Vec<f64> {
    let looks = boundaries(spending, sides, alpha, fractions).unwrap();
    looks.iter().map(|look| look.z.unwrap_or(f64::INFINITY)).collect()
}

#[test]
fn boundaries_are_those_of_the_published_tables() {
    // Reboussin, DeMets, Kim and Lan 2000, "Computations for group sequential boundaries using the Lan-DeMets spending
    // function method", Controlled Clinical Trials 21, 190-207: five equal looks, two-sided .05.
    let obrien = [4.8769, 3.3569, 2.6803, 2.2898, 2.0310];
    let pocock = [2.4380, 2.4268, 2.4101, 2.3966, 2.3859];
    for (spending, published) in [(Spending::OBrienFleming, obrien), (Spending::Pocock, pocock)] {
        for (found, published) in bounds(spending, Sides::Two, 0.05, &FIFTHS).into_iter().zip(published) {
            near(found, published, 1.2e-4);
        }
    }
}

#[test]
fn uneven_one_sided_boundaries_agree_with_another_integration() {
    // The same recursion by the trapezoid rule on 8,001 even points with SciPy 1.17.1 (norm, brentq).
    let obrien = [4.088_958, 2.053_718, 2.030_577, 1.330_287];
    let pocock = [1.996_646, 1.678_829, 1.837_350, 1.571_250];
    for (spending, peer) in [(Spending::OBrienFleming, obrien), (Spending::Pocock, pocock)] {
        for (found, peer) in bounds(spending, Sides::One, 0.1, &[0.15, 0.5, 0.55, 1.0]).into_iter().zip(peer)
        {
            near(found, peer, 3e-6);
        }
    }
}

#[test]
fn classical_constants_are_those_of_the_published_tables() {
    // Jennison and Turnbull 2000, tables 2.1 (Pocock) and 2.3 (O'Brien and Fleming), two-sided, by looks.
    for (looks, alpha, pocock, obrien) in [
        (2, 0.05, 2.178, 1.977),
        (3, 0.05, 2.289, 2.004),
        (5, 0.05, 2.413, 2.040),
        (10, 0.05, 2.555, 2.087),
        (5, 0.10, 2.122, 1.751),
        (4, 0.01, 2.939, 2.609),
        (5, 0.01, 2.986, 2.621),
    ] {
        near(classical(Spending::Pocock, Sides::Two, alpha, looks).unwrap(), pocock, 6e-4);
        near(classical(Spending::OBrienFleming, Sides::Two, alpha, looks).unwrap(), obrien, 6e-4);
    }
}

#[test]
fn spending_begins_at_nothing_and_ends_at_alpha() {
    for spending in [Spending::OBrienFleming, Spending::Pocock] {
        for sides in [Sides::One, Sides::Two] {
            near(spent(spending, sides, 0.1, 0.0), 0.0, 0.0);
            near(spent(spending, sides, 0.1, 1.0), 0.1, 0.0);
            let mut before = 0.0;
            for step in 1..=20 {
                let now = spent(spending, sides, 0.1, f64::from(step) / 20.0);
                assert!(now > before);
                before = now;
            }
            near(before, 0.1, 1e-12);
        }
    }
    // Half of the information: O'Brien-Fleming type 2 - 2 Phi(1.6449 / .7071), Pocock type .1 ln(1.859).
    near(spent(Spending::OBrienFleming, Sides::One, 0.1, 0.5), 0.020_01, 2e-5);
    near(spent(Spending::Pocock, Sides::One, 0.1, 0.5), 0.062_01, 2e-5);
}

#[test]
fn looks_that_are_not_planned_evenly_still_spend_no_more() {
    // A walk with independent steps, 40,000 times, with looks where they happened to be.
    let fractions = [0.15, 0.5, 0.55, 1.0];
    for spending in [Spending::OBrienFleming, Spending::Pocock] {
        let bounds = bounds(spending, Sides::One, 0.1, &fractions);
        let mut noise = Noise(31);
        let runs = 40_000;
        let mut stopped = 0;
        for _ in 0..runs {
            let (mut walk, mut before) = (0.0, 0.0);
            for (fraction, bound) in fractions.iter().zip(&bounds) {
                walk += noise.normal() * (fraction - before).sqrt();
                before = *fraction;
                if walk / fraction.sqrt() >= *bound {
                    stopped += 1;
                    break;
                }
            }
        }
        // Standard error .0015.
        near(f64::from(stopped) / f64::from(runs), 0.1, 0.006);
    }
}

#[test]
fn power_grows_with_the_drift() {
    let bounds = bounds(Spending::OBrienFleming, Sides::One, 0.05, &FIFTHS);
    let power = |drift: f64| crossing(Sides::One, &FIFTHS, &bounds, drift).unwrap().iter().sum::<f64>();
    near(power(0.0), 0.05, 1e-7);
    // One look with this drift has a power of .80; five looks of this kind lose little of it.
    let fixed = 1.644_854 + 0.841_621;
    assert!(power(fixed) > 0.78 && power(fixed) < 0.80, "{}", power(fixed));
}

#[test]
fn fractions_that_do_not_rise_are_errors() {
    for wrong in [vec![], vec![0.0], vec![0.5, 0.5], vec![0.5, 0.4], vec![1.1], vec![f64::NAN]] {
        let error = boundaries(Spending::Pocock, Sides::One, 0.05, &wrong).unwrap_err();
        assert_eq!(error.code(), "verdict::bad_fraction", "{wrong:?}");
    }
    for wrong in [0.0, 0.5, -0.1, f64::NAN] {
        let error = boundaries(Spending::Pocock, Sides::One, wrong, &[1.0]).unwrap_err();
        assert_eq!(error.code(), "verdict::bad_alpha", "{wrong}");
    }
}

fn planned(spending: Spending, full: u64) -> Looks {
    Looks { spending, criterion: crate::fixture::id("bench"), full }
}

#[test]
fn the_confidence_of_a_look_falls_to_the_written_one_only_where_one_look_is_all() {
    let looks = planned(Spending::OBrienFleming, 1000);
    let one = look(&looks, 0.9, 10_000, &[], 1000).unwrap();
    near(one.confidence, 0.9, 1e-8);
    let first = look(&looks, 0.9, 10_000, &[], 500).unwrap();
    near(first.confidence, 1.0 - 0.020_01, 2e-5);
    let last = look(&looks, 0.9, 10_000, &[0.5], 1200).unwrap();
    assert!(last.confidence > 0.9 && last.confidence < first.confidence, "{last:?}");
    assert_eq!((last.number, last.fraction, last.spent), (2, 1.0, 0.1));
    // A twentieth of the evidence asks for more than 200 draws can show.
    assert!(!look(&looks, 0.9, 200, &[], 50).unwrap().resolved);
    assert!(matches!(look(&looks, 0.9, 200, &[0.5], 500), Err(SequentialError::BadFraction { .. })));
    let sure = look(&looks, 1.0, 200, &[], 500).unwrap();
    assert_eq!((sure.confidence, sure.boundary), (1.0, None));
}

/// Two candidates with one benchmark of which 60 documents come in at each of four looks.
fn rules_with(looks: Option<Looks>) -> Programme {
    with(programme(&["a", "b"], &[]), |stage| {
        stage.criteria = vec![bench(100.0)];
        stage.decision.tie_order = vec![TieStep::MoreEvidence];
        stage.decision.looks = looks;
        stage.draws = 200;
    })
}

fn first_decision(rules: &Programme, noise: &mut Noise, skill: [f64; 2]) -> Option<CandidateDecision> {
    let mut scores = [Vec::new(), Vec::new()];
    let mut earlier: Option<Verdict> = None;
    for _ in 0..4 {
        for (scores, skill) in scores.iter_mut().zip(skill) {
            scores.extend((0..60).map(|_| noise.hit(skill)));
        }
        let observations: Vec<Observation> =
            ["a", "b"].iter().zip(&scores).flat_map(|(name, scores)| samples(name, "x", scores)).collect();
        let rules = Rules { programme: rules, stage: &rules.stages[0], rules_digest: Digest::of(b"r") };
        let before = earlier.as_ref().map(|verdict| (verdict, Cause::MoreEvidence));
        let verdict =
            decide_after(&rules, &observations, &Before { verdict: before, carried: None }).unwrap();
        if matches!(verdict.status, Status::Decided(_)) {
            return Some(crate::fixture::decision(&verdict, "a"));
        }
        earlier = Some(verdict);
    }
    None
}

#[test]
fn four_looks_at_equals_decide_wrongly_no_more_often_than_written() {
    let runs = 200;
    let rate = |looks: Option<Looks>| {
        let rules = rules_with(looks);
        let mut noise = Noise(77);
        let decided = (0..runs).filter(|_| first_decision(&rules, &mut noise, [0.6, 0.6]).is_some()).count();
        f64::from(u32::try_from(decided).unwrap()) / f64::from(runs)
    };
    // Either of two equals may be decided for, each with a chance of .1 at most.
    let planned_rate = rate(Some(planned(Spending::Pocock, 240)));
    let naive = rate(None);
    assert!(planned_rate < 0.2 + 2.0 * (0.16_f64 / f64::from(runs)).sqrt(), "{planned_rate}");
    assert!(naive > planned_rate + 0.1, "looking four times without a plan: {naive} against {planned_rate}");
}

#[test]
fn when_all_planned_evidence_is_there_a_tie_goes_to_the_next_step() {
    for (full, status) in [
        (200, Status::Undecided { step: Some(TieStep::MoreEvidence) }),
        (100, Status::Decided(Decided::ByTieOrder)),
    ] {
        let rules = with(rules_with(Some(planned(Spending::Pocock, full))), |stage| {
            stage.decision.tie_order = vec![TieStep::MoreEvidence, TieStep::AdvanceAll];
        });
        let mut observations = samples("a", "x", &spread(50, 100));
        observations.extend(samples("b", "x", &spread(50, 100)));
        let verdict = verdict(&rules, &observations);
        assert_eq!(verdict.status, status);
        let look = verdict.look.unwrap();
        assert_eq!((look.number, look.units, look.resolved), (1, 100, true));
    }
}

#[test]
fn the_chance_that_was_spent_is_not_forgotten_where_there_was_no_verdict() {
    let rules = rules_with(Some(planned(Spending::Pocock, 240)));
    let scores = |count: usize| {
        let mut all = samples("a", "x", &spread(count / 2, count));
        all.extend(samples("b", "x", &spread(count / 2, count)));
        all
    };
    let of = Rules { programme: &rules, stage: &rules.stages[0], rules_digest: Digest::of(b"r") };
    let follow = |observations: &[Observation], earlier: &Verdict| {
        decide_after(
            &of,
            observations,
            &Before { verdict: Some((earlier, Cause::MoreEvidence)), carried: None },
        )
        .unwrap()
    };
    let first = verdict(&rules, &scores(60));
    // b lacks a document, so that there is no verdict.
    let mut gap = scores(120);
    gap.pop();
    let none = follow(&gap, &first);
    assert!(matches!(none.status, Status::NoVerdict(_)));
    let third = follow(&scores(180), &none).look.unwrap();
    assert_eq!((third.number, third.earlier, third.fraction), (2, vec![0.25], 0.75));
}

#[test]
fn looks_still_find_who_is_better() {
    let rules = rules_with(Some(planned(Spending::OBrienFleming, 240)));
    let mut noise = Noise(5);
    for _ in 0..10 {
        let decided = first_decision(&rules, &mut noise, [0.85, 0.5]);
        assert_eq!(decided, Some(CandidateDecision::Advances));
    }
}
