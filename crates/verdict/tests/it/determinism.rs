//! Same bytes, whatever the order of observations and the number of threads.

use crate::fixture::{
    Noise, bar, bench, derivative, derived, experts, finding, mark, people, programme, public, samples,
    try_decide, vote, with,
};
use daepyo_core::{
    DerivativeStatus, GateOutcome, NotShown, Observation, Programme, Relation, TieStep, VoteChoice, canonical,
};

/// Everything at once: every kind of gate, criterion and observation.
pub(crate) fn whole() -> (Programme, Vec<Observation>) {
    let names = ["a", "b", "c", "d"];
    let rules = with(programme(&names, &["ref", "big"]), |stage| {
        stage.gates = vec![bar(NotShown::Stay, true), people(NotShown::Out)];
        stage.criteria = vec![bench(40.0), experts(30.0), public(20.0), derived(10.0, false)];
        stage.decision.advance = 2;
        stage.decision.tie_order = vec![TieStep::Lot];
    });
    let mut noise = Noise(11);
    let mut observations = Vec::new();
    for (name, skill) in names.into_iter().chain(["ref", "big"]).zip([0.6, 0.62, 0.64, 0.5, 0.6, 0.55]) {
        for task in ["x", "y"] {
            let scores: Vec<f64> = (0..60).map(|_| noise.hit(skill)).collect();
            observations.extend(samples(name, task, &scores));
        }
    }
    for observation in &mut observations {
        if let Observation::Sample(sample) = observation {
            sample.cluster = format!("passage {}", sample.document / 3);
            sample.guess = 0.25;
        }
    }
    for name in names {
        observations.push(finding(name, GateOutcome::Passed, "seen"));
        for rater in ["r1", "r2", "r3", "r4"] {
            for item in ["depth", "clarity"] {
                observations.push(mark(rater, name, item, 1.0 + 4.0 * noise.unit()));
            }
        }
    }
    let all = ["a", "b", "c", "d", "ref"];
    for number in 0..300 {
        let (left, right) = (number % 5, (number / 5) % 5);
        if left != right {
            let choices = [VoteChoice::Left, VoteChoice::Right, VoteChoice::Tie, VoteChoice::BothBad];
            let choice = choices[usize::from(noise.unit() > 0.5) + 2 * usize::from(noise.unit() > 0.8)];
            let key = u64::try_from(number).unwrap();
            observations.push(vote(key, &format!("v{}", number % 23), all[left], all[right], choice));
        }
    }
    observations.push(derivative("kim", "m", Relation::Finetune, DerivativeStatus::Declared));
    (rules, observations)
}

fn bytes(rules: &Programme, observations: &[Observation]) -> Vec<u8> {
    canonical::to_bytes(&try_decide(rules, observations).unwrap()).unwrap()
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let (rules, observations) = whole();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| bytes(&rules, &observations))
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(4));
    assert_eq!(one, on(1), "repeated");
}

#[test]
fn any_order_of_observations_gives_the_same_bytes() {
    let (rules, mut observations) = whole();
    let first = bytes(&rules, &observations);
    let mut noise = Noise(5);
    for _ in 0..3 {
        observations.sort_by_cached_key(|_| noise.unit().to_bits());
        assert_eq!(bytes(&rules, &observations), first);
    }
}

#[test]
fn another_seed_gives_other_draws_and_the_same_estimates() {
    let (rules, observations) = whole();
    let one = try_decide(&rules, &observations).unwrap();
    let other = try_decide(&with(rules, |stage| stage.seed += 1), &observations).unwrap();
    assert_ne!(one.composite, other.composite);
    for (one, other) in one.criteria.iter().zip(&other.criteria) {
        assert_eq!(one.points.estimate.to_bits(), other.points.estimate.to_bits());
    }
}

#[test]
fn a_verdict_reads_back_from_its_canonical_form() {
    let (rules, observations) = whole();
    let verdict = try_decide(&rules, &observations).unwrap();
    let read: daepyo_core::Verdict = serde_json::from_slice(&canonical::to_bytes(&verdict).unwrap()).unwrap();
    assert_eq!(read, verdict);
    assert!(verdict.votes[0].attack_budget.is_some_and(|budget| budget > 0));
}

/// A change of this digest is a change of every verdict: say in the change log what is decided otherwise, and why.
#[test]
fn a_stage_has_the_bytes_that_it_always_had() {
    let (rules, observations) = whole();
    let digest = daepyo_core::Digest::of(&bytes(&rules, &observations));
    assert_eq!(digest.to_string(), "sha256:c45bf341b6b0cd4744f51960985ca2d9a334b904eeae2bb1aec0ac537f59d544");
}
