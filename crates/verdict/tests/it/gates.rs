//! Gates: formulas against figures worked by hand, and the three outcomes.

use crate::fixture::{
    bar, decision, finding, gate, gate_of, id, near, people, programme, right, sample, samples, suites,
    verdict, with,
};
use daepyo_core::{CandidateDecision, GateOutcome, GateRule, NotShown, Observation, Outcome, Sample, Status};
use daepyo_verdict::clustered::{ClusteredMean, WeightedMean, t_quantile};

#[test]
fn t_quantiles_are_those_of_the_tables() {
    // Tables for few degrees of freedom; numerical integration of the density for many.
    let known = [
        (0.95, 1.0, 6.313_751_515),
        (0.95, 4.0, 2.131_846_786),
        (0.975, 10.0, 2.228_138_852),
        (0.95, 49.0, 1.676_550_893),
        (0.95, 30.0, 1.697_260_887),
        (0.975, 123.0, 1.979_438_685),
        (0.95, 199.0, 1.652_546_746),
        (0.99, 200.0, 2.345_137_082),
        (0.95, 500.0, 1.647_906_854),
        (0.9, 2000.0, 1.281_975_001),
        (0.95, 1e6, 1.644_855_151),
        (0.05, 4.0, -2.131_846_786),
        (0.5, 7.0, 0.0),
    ];
    for (p, freedom, quantile) in known {
        near(t_quantile(p, freedom), quantile, 2e-8);
    }
    // With two degrees of freedom the quantile is (2p-1) / sqrt(2 p (1-p)).
    near(t_quantile(0.9, 2.0), 0.8 / 0.18_f64.sqrt(), 1e-8);
    assert!(t_quantile(0.95, 0.0).is_infinite() && t_quantile(1.0, 5.0).is_infinite());
}

#[test]
fn clustered_standard_error_by_hand() {
    // Clusters {1,0,1}, {0}, {1,1}: mean 2/3, sums of deviations 0, -2/3, 2/3.
    let values = [(0, 1.0), (0, 0.0), (0, 1.0), (1, 0.0), (2, 1.0), (2, 1.0)];
    let mean = ClusteredMean::of(&values);
    near(mean.mean, 2.0 / 3.0, 1e-15);
    near(mean.variance.unwrap(), 1.5 * (4.0 / 9.0 + 4.0 / 9.0) / 36.0, 1e-15);
    assert_eq!((mean.documents, mean.clusters), (6, 3));
    assert_eq!(ClusteredMean::of(&[(0, 1.0), (0, 0.0)]).variance, None, "one cluster says nothing");
    // Where every document is its own cluster it is the usual standard error, s / sqrt(n).
    let own = ClusteredMean::of(&[(0, 1.0), (1, 2.0), (2, 4.0), (3, 5.0)]);
    near(own.standard_error().unwrap(), (10.0_f64 / 3.0).sqrt() / 2.0, 1e-15);
}

#[test]
fn several_tasks_combine_by_weight_with_satterthwaites_freedom() {
    let one = ClusteredMean::of(&[(0, 1.0), (1, 2.0), (2, 4.0), (3, 5.0)]);
    let two = ClusteredMean::of(&[(0, 0.0), (1, 1.0), (2, 0.0)]);
    let both = WeightedMean::of(&[(0.75, one), (0.25, two)]);
    let (v, w) = (0.5625 * one.variance.unwrap(), 0.0625 * two.variance.unwrap());
    near(both.mean, 0.75 * 3.0 + 0.25 / 3.0, 1e-15);
    near(both.standard_error.unwrap(), (v + w).sqrt(), 1e-15);
    near(both.freedom.unwrap(), (v + w).powi(2) / (v * v / 3.0 + w * w / 2.0), 1e-12);
    let alone = WeightedMean::of(&[(1.0, one)]);
    near(alone.freedom.unwrap(), 3.0, 1e-12);
}

fn measured(
    candidate: &[f64],
    references: &[(&str, Vec<f64>)],
    change: impl Fn(&mut Sample),
) -> Vec<Observation> {
    let mut all = samples("a", "task", candidate);
    for (name, scores) in references {
        all.extend(samples(name, "task", scores));
    }
    for observation in &mut all {
        if let Observation::Sample(sample) = observation {
            change(sample);
        }
    }
    all
}

#[test]
fn non_inferiority_by_hand() {
    // D = s(a) - .95 s(ref) = 1, .05, .05, -.95 over clusters {0,1}, {2}, {3}.
    let rules = with(programme(&["a"], &["ref"]), |stage| stage.gates = vec![bar(NotShown::Stay, false)]);
    let cluster = |sample: &mut Sample| {
        sample.cluster = ["p", "p", "q", "r"][usize::try_from(sample.document).unwrap()].to_owned();
    };
    let observations = measured(&[1.0, 1.0, 1.0, 0.0], &[("ref", vec![0.0, 1.0, 1.0, 1.0])], cluster);
    let verdict = verdict(&rules, &observations);
    let row = &gate_of(&verdict, "a").comparisons[0];
    let mean: f64 = (1.0 + 0.05 + 0.05 - 0.95) / 4.0;
    let sums = [1.05 - 2.0 * mean, 0.05 - mean, -0.95 - mean];
    let error = (1.5 * sums.map(|sum| sum * sum).iter().sum::<f64>() / 16.0).sqrt();
    near(row.difference, mean, 1e-15);
    near(row.standard_error.unwrap(), error, 1e-15);
    // Clusters of 2, 1 and 1 have 1.8 degrees of freedom; t from SciPy 1.17.1.
    near(row.lower.unwrap(), mean - 3.153_734_144 * error, 1e-8);
    near(row.upper.unwrap(), mean + 3.153_734_144 * error, 1e-8);
    assert_eq!((row.documents, row.clusters, row.left_out), (4, 3, 0));
    assert_eq!(row.outcome, GateOutcome::NotShown);
    near(row.candidate_score, 0.75, 1e-15);
    near(row.reference_score, 0.75, 1e-15);
}

#[test]
fn guessing_is_taken_out_of_both_scores() {
    // .80 against .80 with one in four by guessing: corrected both are 1 - .2/.75.
    let rules = with(programme(&["a"], &["ref"]), |stage| stage.gates = vec![bar(NotShown::Stay, true)]);
    let observations = measured(&right(8, 10), &[("ref", right(8, 10))], |sample| sample.guess = 0.25);
    let verdict = verdict(&rules, &observations);
    let row = &gate_of(&verdict, "a").comparisons[0];
    near(row.reference_score, 0.55 / 0.75, 1e-12);
    near(row.difference, 0.05 * 0.55 / 0.75, 1e-12);
}

#[test]
fn the_three_outcomes_against_one_reference() {
    let rules = with(programme(&["a"], &["ref"]), |stage| stage.gates = vec![bar(NotShown::Stay, false)]);
    for (own, outcome) in
        [(400, GateOutcome::Passed), (383, GateOutcome::NotShown), (340, GateOutcome::Failed)]
    {
        let observations = measured(&right(own, 500), &[("ref", right(400, 500))], |_| {});
        assert_eq!(gate_of(&verdict(&rules, &observations), "a").outcome, outcome, "{own} of 500");
    }
}

#[test]
fn passing_needs_every_reference_and_failing_one_is_enough() {
    let rules =
        with(programme(&["a"], &["ref", "big"]), |stage| stage.gates = vec![bar(NotShown::Stay, false)]);
    for (big, outcome) in
        [(400, GateOutcome::Passed), (419, GateOutcome::NotShown), (480, GateOutcome::Failed)]
    {
        let references = [("ref", right(300, 500)), ("big", right(big, 500))];
        let observations = measured(&right(400, 500), &references, |_| {});
        let verdict = verdict(&rules, &observations);
        let row = gate_of(&verdict, "a");
        assert_eq!(row.comparisons[0].outcome, GateOutcome::Passed);
        assert_eq!((row.comparisons[1].outcome, row.outcome), (outcome, outcome), "{big} of 500");
    }
}

#[test]
fn a_reference_outside_the_window_does_not_count() {
    let mut rules =
        with(programme(&["a"], &["ref", "old"]), |stage| stage.gates = vec![bar(NotShown::Stay, false)]);
    rules.references[1].released = id("2025-01-01");
    let references = [("ref", right(300, 500)), ("old", right(490, 500))];
    let verdict = verdict(&rules, &measured(&right(400, 500), &references, |_| {}));
    assert_eq!(gate_of(&verdict, "a").comparisons.len(), 1);
    assert_eq!(gate_of(&verdict, "a").outcome, GateOutcome::Passed);
}

#[test]
fn infrastructure_failures_are_left_out_in_pairs_and_counted() {
    let rules = with(programme(&["a"], &["ref"]), |stage| {
        stage.gates = vec![bar(NotShown::Stay, false)];
        stage.infrastructure_failure_limit = 0.5;
    });
    let mut observations = measured(&[1.0, 0.0, 1.0, 0.0], &[("ref", vec![0.0, 1.0, 1.0, 1.0])], |_| {});
    for (place, score) in [(1, 0.0), (4, 0.0)] {
        if let Observation::Sample(sample) = &mut observations[place] {
            (sample.outcome, sample.score) = (Outcome::Infrastructure, score);
        }
    }
    let verdict = verdict(&rules, &observations);
    let row = &gate_of(&verdict, "a").comparisons[0];
    assert_eq!((row.documents, row.left_out), (2, 2));
    near(row.difference, (0.05 - 0.95) / 2.0, 1e-15);
}

#[test]
fn one_cluster_shows_nothing() {
    let rules = with(programme(&["a"], &["ref"]), |stage| stage.gates = vec![bar(NotShown::Stay, false)]);
    let one = |sample: &mut Sample| "all".clone_into(&mut sample.cluster);
    let verdict = verdict(&rules, &measured(&right(10, 10), &[("ref", right(1, 10))], one));
    let row = &gate_of(&verdict, "a").comparisons[0];
    assert_eq!((row.standard_error, row.lower, row.outcome), (None, None, GateOutcome::NotShown));
}

#[test]
fn suites_weigh_by_weight_and_their_tasks_evenly() {
    let both = GateRule::Threshold {
        suites: suites(&[("main", 3.0), ("side", 1.0)]),
        minimum: 0.5,
        confidence: 0.95,
    };
    let rules = with(programme(&["a"], &[]), |stage| stage.gates = vec![gate("floor", NotShown::Out, both)]);
    let mut observations = samples("a", "x", &right(90, 100));
    observations.extend(samples("a", "y", &right(7, 10)));
    for document in 0..20 {
        let mut sample = sample("a", "z", document, f64::from(u8::from(document < 5)));
        sample.suite = id("side");
        observations.push(Observation::Sample(sample));
    }
    let verdict = verdict(&rules, &observations);
    let row = &gate_of(&verdict, "a").comparisons[0];
    near(row.candidate_score, 0.75 * (0.9 + 0.7) / 2.0 + 0.25 * 0.25, 1e-12);
    assert_eq!((row.reference.as_ref(), row.reference_score), (None, 0.5));
    near(row.difference, row.candidate_score - 0.5, 1e-12);
}

#[test]
fn the_latest_finding_counts() {
    let rules = with(programme(&["a", "b"], &[]), |stage| stage.gates = vec![people(NotShown::Stay)]);
    let verdict = verdict(
        &rules,
        &[
            finding("a", GateOutcome::Failed, "frozen encoder"),
            finding("b", GateOutcome::Passed, "all own"),
            finding("a", GateOutcome::Passed, "encoder retrained"),
        ],
    );
    assert_eq!(gate_of(&verdict, "a").outcome, GateOutcome::Passed);
    assert_eq!(gate_of(&verdict, "a").reason.as_deref(), Some("encoder retrained"));
}

#[test]
fn what_not_shown_leads_to_is_the_rules_choice() {
    for (not_shown, expected) in [
        (NotShown::Stay, CandidateDecision::Advances),
        (NotShown::Out, CandidateDecision::EliminatedByGate),
        (NotShown::Hold, CandidateDecision::Open),
    ] {
        let rules = with(programme(&["a"], &[]), |stage| stage.gates = vec![people(not_shown)]);
        let verdict = verdict(&rules, &[finding("a", GateOutcome::NotShown, "no log")]);
        assert_eq!(decision(&verdict, "a"), expected);
        let held = verdict.status == Status::Undecided { step: None };
        assert_eq!(held, not_shown == NotShown::Hold);
        let gate = verdict.outcomes[0].gate.as_ref().map(ToString::to_string);
        assert_eq!(gate.is_some(), not_shown != NotShown::Stay);
    }
}
