//! Observations that contradict the rules are named, never a panic.

use crate::fixture::{
    bench, derived, experts, finding, id, mark, programme, public, right, sample, samples, try_decide,
    verdict, vote, with,
};
use daepyo_core::{GateOutcome, Observation, Outcome, Programme, Sample, VoteChoice};
use daepyo_verdict::DecideError;

fn rules() -> Programme {
    with(programme(&["a", "b"], &["ref"]), |stage| {
        stage.criteria = vec![bench(40.0), experts(30.0), public(20.0), derived(10.0, true)];
    })
}

fn changed(change: impl FnOnce(&mut Sample)) -> Observation {
    let mut sample = sample("a", "x", 0, 1.0);
    change(&mut sample);
    Observation::Sample(sample)
}

#[test]
fn each_contradiction_has_its_code_and_index() {
    let marked = |rater: &str| mark(rater, "a", "depth", 3.0);
    let voted = |number| vote(number, "v", "a", "b", VoteChoice::Left);
    let cases: Vec<(&str, Vec<Observation>)> = vec![
        ("verdict::unknown_candidate", vec![changed(|one| one.candidate = id("nobody"))]),
        ("verdict::unknown_candidate", vec![vote(1, "v", "a", "nobody", VoteChoice::Tie)]),
        ("verdict::unknown_candidate", vec![mark("r", "nobody", "depth", 3.0)]),
        ("verdict::unknown_suite", vec![changed(|one| one.suite = id("nothing"))]),
        ("verdict::other_stage", vec![changed(|one| one.stage = id("s2"))]),
        ("verdict::bad_score", vec![changed(|one| one.score = f64::NAN)]),
        ("verdict::bad_score", vec![changed(|one| one.score = f64::INFINITY)]),
        ("verdict::bad_score", vec![changed(|one| one.score = -1e300)]),
        ("verdict::bad_score", vec![changed(|one| one.guess = 1.0)]),
        ("verdict::bad_score", vec![changed(|one| one.guess = f64::NAN)]),
        ("verdict::score_without_answer", vec![changed(|one| one.outcome = Outcome::Refused)]),
        ("verdict::duplicate_sample", vec![changed(|_| {}), changed(|one| one.score = 0.0)]),
        (
            "verdict::documents_differ",
            vec![
                changed(|_| {}),
                changed(|one| (one.candidate, one.cluster) = (id("b"), "other".to_owned())),
            ],
        ),
        (
            "verdict::documents_differ",
            vec![changed(|_| {}), changed(|one| (one.candidate, one.guess) = (id("b"), 0.5))],
        ),
        ("verdict::mark_off_scale", vec![mark("r", "a", "depth", 5.5)]),
        ("verdict::mark_off_scale", vec![mark("r", "a", "depth", f64::NAN)]),
        ("verdict::unknown_item", vec![mark("r", "a", "beauty", 3.0)]),
        ("verdict::duplicate_mark", vec![marked("r"), marked("s"), marked("r")]),
        ("verdict::self_vote", vec![vote(1, "v", "a", "a", VoteChoice::Left)]),
        ("verdict::duplicate_vote", vec![voted(1), voted(2), voted(1)]),
        ("verdict::unknown_gate", vec![finding("a", GateOutcome::Passed, "no such gate")]),
    ];
    for (code, observations) in cases {
        let mut all = samples("a", "other", &right(1, 3));
        let before = all.len();
        let last = before + observations.len() - 1;
        all.extend(observations);
        let error = try_decide(&rules(), &all).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(error.index(), Some(last), "{error}");
    }
}

#[test]
fn an_observation_for_a_criterion_of_another_kind_is_refused() {
    let rules = with(rules(), |stage| stage.criteria = vec![bench(100.0)]);
    for observation in [mark("r", "a", "depth", 3.0), vote(0, "v", "a", "b", VoteChoice::Tie)] {
        let error = try_decide(&rules, &[observation]).unwrap_err();
        assert_eq!((error.code(), error.index()), ("verdict::unknown_criterion", Some(0)));
    }
}

#[test]
fn votes_that_compare_nobody_across_parts_name_the_parts() {
    let rules = with(programme(&["a", "b", "c"], &["ref"]), |stage| stage.criteria = vec![public(100.0)]);
    let mut votes = Vec::new();
    for (number, (left, right)) in (0..).zip([("a", "b"), ("b", "a"), ("c", "ref"), ("ref", "c")]) {
        votes.push(vote(number, &format!("v{number}"), left, right, VoteChoice::Left));
    }
    let DecideError::DisconnectedVotes { parts, .. } = try_decide(&rules, &votes).unwrap_err() else {
        panic!("the votes don't connect a and b with the others");
    };
    assert_eq!(parts, [vec![id("a"), id("b")], vec![id("c"), id("ref")]]);
}

#[test]
fn rules_that_no_checked_programme_has_are_refused() {
    type Change = fn(&mut daepyo_core::Stage);
    let changes: [Change; 6] = [
        |stage| stage.draws = 0,
        |stage| stage.decision.confidence = 0.2,
        |stage| stage.criteria[0].weight = f64::NAN,
        |stage| stage.criteria[1].id = id("bench"),
        |stage| stage.infrastructure_failure_limit = -1.0,
        |stage| stage.decision.tie_order = vec![daepyo_core::TieStep::Criterion(id("nothing"))],
    ];
    for change in changes {
        let error = try_decide(&with(rules(), change), &[]).unwrap_err();
        assert_eq!((error.code(), error.index()), ("verdict::invalid_rules", None));
    }
    assert!(try_decide(&programme(&[], &[]), &[]).is_err());
}

#[test]
fn extreme_but_lawful_evidence_stays_finite() {
    let rules = with(programme(&["a", "b"], &["ref"]), |stage| {
        stage.criteria = vec![bench(50.0), public(50.0)];
    });
    let mut observations = Vec::new();
    for (name, scores) in [("a", [1e12, -1e12, 0.0]), ("b", [0.0, 0.0, 0.0]), ("ref", [1.0, 1.0, 1.0])] {
        observations.extend(samples(name, "x", &scores));
    }
    for number in 0..200 {
        let (left, right) = if number % 2 == 0 { ("a", "b") } else { ("b", "ref") };
        observations.push(vote(number, &format!("v{number}"), left, right, VoteChoice::Left));
    }
    let verdict = verdict(&rules, &observations);
    let finite = |interval: daepyo_core::Interval| {
        interval.estimate.is_finite() && interval.low.is_finite() && interval.high.is_finite()
    };
    assert!(verdict.composite.iter().all(|row| finite(row.points)), "{:?}", verdict.composite);
    assert!(verdict.votes[0].ratings.iter().all(|row| finite(row.rating)));
}
