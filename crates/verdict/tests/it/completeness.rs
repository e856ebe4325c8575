//! When the rules forbid a verdict.

use crate::fixture::{
    bar, bench, decision, experts, finding, id, mark, people, programme, public, right, samples, verdict,
    vote, with,
};
use daepyo_core::{
    CandidateDecision, GateOutcome, NoVerdict, NotShown, Observation, Outcome, Programme, Status, VoteChoice,
};

fn missing(rules: &Programme, observations: &[Observation]) -> (String, String) {
    let verdict = verdict(rules, observations);
    assert!(verdict.composite.is_empty() && verdict.criteria.is_empty());
    match verdict.status {
        Status::NoVerdict(NoVerdict::MissingEvidence { candidate, what }) => (candidate.to_string(), what),
        other => panic!("{other:?}"),
    }
}

fn told(candidate: &str, what: &str) -> (String, String) {
    (candidate.to_owned(), what.to_owned())
}

#[test]
fn above_the_rate_of_infrastructure_failures_nobody_is_ranked() {
    let rules = with(programme(&["a", "b"], &["ref"]), |stage| stage.criteria = vec![bench(100.0)]);
    for (failures, forbidden) in [(2, false), (3, true)] {
        let mut observations = samples("a", "x", &right(50, 100));
        observations.extend(samples("b", "x", &right(10, 100)));
        observations.extend(samples("ref", "x", &right(0, 100)));
        for observation in observations.iter_mut().rev().take(failures) {
            if let Observation::Sample(sample) = observation {
                sample.outcome = Outcome::Infrastructure;
            }
        }
        let verdict = verdict(&rules, &observations);
        let failure = NoVerdict::InfrastructureFailures { candidate: id("ref"), rate: 0.03, limit: 0.02 };
        assert_eq!(verdict.status == Status::NoVerdict(failure), forbidden, "{failures} failures");
        assert_eq!(verdict.composite.is_empty(), forbidden);
        if forbidden {
            assert_eq!(decision(&verdict, "b"), CandidateDecision::Open);
            assert_eq!(verdict.tasks.len(), 3, "what was measured is still shown");
        }
    }
}

#[test]
fn a_document_that_one_was_never_asked_is_a_gap() {
    let rules =
        with(programme(&["a", "b"], &["ref"]), |stage| stage.gates = vec![bar(NotShown::Stay, false)]);
    let mut observations = samples("a", "x", &right(5, 10));
    observations.extend(samples("ref", "x", &right(5, 10)));
    assert_eq!(missing(&rules, &observations), told("b", "bar"));
    observations.extend(samples("b", "x", &right(5, 9)));
    assert_eq!(missing(&rules, &observations), told("b", "bar"));
}

#[test]
fn a_gate_of_people_needs_a_finding_for_everybody() {
    let rules = with(programme(&["a", "b"], &[]), |stage| stage.gates = vec![people(NotShown::Stay)]);
    assert_eq!(missing(&rules, &[finding("a", GateOutcome::Passed, "seen")]), told("b", "independence"));
}

#[test]
fn fewer_than_two_raters_or_voters_are_too_few() {
    let rules = with(programme(&["a"], &[]), |stage| stage.criteria = vec![experts(100.0)]);
    let mut marks = vec![mark("r1", "a", "depth", 3.0), mark("r1", "a", "clarity", 3.0)];
    assert_eq!(missing(&rules, &marks), told("a", "experts"));
    marks.push(mark("r2", "a", "depth", 3.0));
    assert!(matches!(verdict(&rules, &marks).status, Status::Decided(_)), "a missing mark is allowed");

    let rules = with(programme(&["a"], &["ref"]), |stage| stage.criteria = vec![public(100.0)]);
    let mut votes =
        vec![vote(0, "v", "a", "ref", VoteChoice::Left), vote(1, "v", "a", "ref", VoteChoice::Tie)];
    assert_eq!(missing(&rules, &votes), told("a", "public"));
    votes.push(vote(2, "w", "a", "ref", VoteChoice::BothBad));
    assert_eq!(missing(&rules, &votes), told("a", "public"), "both bad says nothing of who is better");
}

#[test]
fn a_benchmark_of_one_cluster_is_too_little() {
    let rules = with(programme(&["a"], &[]), |stage| stage.criteria = vec![bench(100.0)]);
    let mut observations = samples("a", "x", &right(5, 10));
    for observation in &mut observations {
        if let Observation::Sample(sample) = observation {
            "passage".clone_into(&mut sample.cluster);
        }
    }
    assert_eq!(missing(&rules, &observations), told("a", "bench"));
}
