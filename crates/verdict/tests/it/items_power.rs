//! Power of the gate: the closed form against simulated gates, and how much would have been enough.

use crate::fixture::{Noise, near};
use crate::items_world::{World, clustered, real};
use daepyo_core::GateOutcome;
use daepyo_verdict::items::{
    Bar, ContaminationSettings, Plan, PowerSettings, contamination, plan_gate, review_gate,
};

const BAR: Bar<'_> = Bar { references: &["e1"], ratio: 0.95, confidence: 0.95, chance_corrected: false };
const ALL: Bar<'_> = Bar { references: &["e1", "e2", "e3"], ..BAR };
const SHAPE: (f64, f64) = (0.1, 0.1);

fn outcome(world: &World, bar: Bar<'_>) -> GateOutcome {
    let settings = ContaminationSettings { confidence: 0.95, chance_corrected: false, gate: Some(bar) };
    contamination(&world.table(), &[], &settings).unwrap().gates[0].raw.unwrap()
}

/// Share of simulated worlds in which `e0` passes.
fn passes(seed: u64, means: &[f64], clusters: usize, size: usize, bar: Bar<'_>, runs: u32) -> f64 {
    let mut noise = Noise(seed);
    let passed = (0..runs).filter(|_| {
        outcome(&clustered(&mut noise, means, clusters, size, SHAPE), bar) == GateOutcome::Passed
    });
    f64::from(u32::try_from(passed.count()).unwrap()) / f64::from(runs)
}

fn settings(true_ratio: f64) -> PowerSettings {
    PowerSettings { true_ratio, ..PowerSettings::default() }
}

/// Power by the formulas for a large table of the same kind, scaled to the size asked about.
fn predicted(means: &[f64], bar: &Bar<'_>, true_ratio: f64) -> f64 {
    let mut noise = Noise(77);
    let mut sum = 0.0;
    for _ in 0..20 {
        let world = clustered(&mut noise, means, 40, 15, SHAPE);
        sum += review_gate(&world.table(), "e0", bar, &settings(true_ratio)).unwrap().power.power / 20.0;
    }
    sum
}

#[test]
fn power_against_one_reference_is_what_simulated_gates_show() {
    let means = [0.72, 0.7];
    let found = passes(41, &means, 40, 15, BAR, 1_000);
    // The ratio is that of true scores; tables differ in their estimated errors, so their mean is compared.
    near(predicted(&means, &BAR, 0.72 / 0.7), found, 0.05);
    assert!((0.3..0.95).contains(&found), "{found}");
}

#[test]
fn power_against_three_references_is_what_simulated_gates_show() {
    let means = [0.73, 0.7, 0.69, 0.7];
    let found = passes(42, &means, 40, 15, ALL, 1_000);
    // What that world is made of: clusters are easier or harder by a uniform number of variance .01 / 3 for all, and by
    // another for each. So Var D = .1971 + .9025 * .21 - 1.9 / 300, of which (1 + .9025 + .0025) / 300 between clusters,
    // and two answers correlate by 1/300 over their variance.
    let plan = Plan {
        references: &[0.7, 0.69, 0.7],
        guess: 0.0,
        ratio: 0.95,
        confidence: 0.95,
        clusters: 40,
        cluster_size: 15.0,
        intra_cluster: 1.905 / 300.0 / (0.1971 + 0.9025 * 0.21 - 1.9 / 300.0),
        correlation: 1.0 / 300.0 / 0.2,
    };
    near(plan_gate(&plan, &settings(0.73 / 0.7)).unwrap().power, found, 0.04);
    let world = clustered(&mut Noise(43), &means, 40, 15, SHAPE);
    let power = review_gate(&world.table(), "e0", &ALL, &settings(0.73 / 0.7)).unwrap().power;
    assert!(power.bounds.0 <= power.simulated.0 + 0.02 && power.simulated.0 <= power.bounds.1 + 0.02);
    assert!(power.references.iter().all(|one| one.power >= power.bounds.1 - 1e-12));
}

#[test]
fn a_candidate_exactly_at_the_bar_passes_no_more_often_than_written() {
    let one = passes(44, &[0.95 * 0.7, 0.7], 50, 10, BAR, 1_000);
    let three = passes(45, &[0.95 * 0.7, 0.7, 0.7, 0.7], 50, 10, ALL, 600);
    // .05 has a standard error of .007 over 1,000 gates.
    assert!((0.03..=0.07).contains(&one), "{one}");
    assert!(three <= 0.05, "{three}");
}

#[test]
fn simulation_of_one_reference_is_the_closed_form() {
    let plan = Plan {
        references: &[0.8],
        guess: 0.25,
        ratio: 0.95,
        confidence: 0.95,
        clusters: 20,
        cluster_size: 30.0,
        intra_cluster: 0.04,
        correlation: 0.5,
    };
    for true_ratio in [0.95, 0.98, 1.0] {
        let settings = PowerSettings { true_ratio, simulations: 20_000, ..PowerSettings::default() };
        let power = plan_gate(&plan, &settings).unwrap();
        near(power.simulated.0, power.power, 4.0 * power.simulated.1.max(0.001));
    }
    near(plan_gate(&plan, &settings(0.95)).unwrap().power, 0.05, 1e-6);
}

#[test]
fn a_plan_by_hand() {
    // Independent documents, uncorrelated entrants, equal rates p = .8: Var D = .16 (1 + .95^2), mean (1 - .95) .8 = .04.
    let clusters = 2_000_u32;
    let plan = Plan {
        references: &[0.8],
        guess: 0.0,
        ratio: 0.95,
        confidence: 0.95,
        clusters: u64::from(clusters),
        cluster_size: 1.0,
        intra_cluster: 0.0,
        correlation: 0.0,
    };
    let power = plan_gate(&plan, &settings(1.0)).unwrap();
    let variance = 0.16 * (1.0 + 0.95 * 0.95);
    near(power.references[0].standard_error, (variance / f64::from(clusters)).sqrt(), 1e-12);
    // Normal approximation: (1.6449 + .8416)^2 Var / mean^2 documents for 80 %.
    let documents = (1.644_854_f64 + 0.841_621).powi(2) * variance / 0.0016;
    near(real(usize::try_from(power.enough_clusters.unwrap()).unwrap()), documents, 3.0);
    assert_eq!(power.enough_clusters, power.enough_documents);
    // At the ratio that is just detectable, power is as asked.
    let least = power.detectable_ratio.unwrap();
    assert!(plan_gate(&plan, &settings(least + 1e-3)).unwrap().power > 0.8);
    assert!(plan_gate(&plan, &settings(least - 1e-3)).unwrap().power < 0.8);
    // A candidate at the bar never passes often, however many documents.
    assert_eq!(plan_gate(&plan, &settings(0.95)).unwrap().enough_clusters, None);
}

#[test]
fn enough_clusters_are_enough_and_documents_alone_may_never_be() {
    let plan = Plan {
        references: &[0.8, 0.79, 0.8],
        guess: 0.0,
        ratio: 0.95,
        confidence: 0.95,
        clusters: 20,
        cluster_size: 20.0,
        intra_cluster: 0.3,
        correlation: 0.3,
    };
    let power = plan_gate(&plan, &settings(1.0)).unwrap();
    let enough = power.enough_clusters.unwrap();
    assert!(power.power < 0.8 && enough > 20, "{power:?}");
    let with = |clusters| plan_gate(&Plan { clusters, ..plan }, &settings(1.0)).unwrap().power;
    assert!(with(enough) >= 0.8 && with(enough * 9 / 10) < 0.8, "{} {}", with(enough), with(enough * 9 / 10));
    // Three tenths of the variance lie between clusters: documents can't take them away.
    assert_eq!(power.enough_documents, None);
    near(power.references[0].between_share, 0.3 / (0.3 + 0.7 / 20.0), 1e-12);
    let more = plan_gate(&Plan { clusters: 400, cluster_size: 2.0, ..plan }, &settings(1.0)).unwrap();
    assert!(more.enough_documents.is_some(), "{more:?}");
}

#[test]
fn what_a_gate_lacked_is_what_it_takes() {
    let world = clustered(&mut Noise(46), &[0.7, 0.7], 20, 10, SHAPE);
    let review = review_gate(&world.table(), "e0", &BAR, &settings(1.0)).unwrap();
    assert_eq!((review.outcome, review.lacking.len()), (GateOutcome::NotShown, 1));
    let (lacking, one) = (&review.lacking[0], &review.comparisons[0]);
    near(lacking.shortfall, -one.lower.unwrap(), 1e-15);
    near(lacking.seen_ratio, 0.95 + one.difference / one.reference_score, 1e-12);
    // The table repeated under new cluster names shows the same difference with more clusters: it passes about there.
    let clusters = usize::try_from(lacking.clusters.unwrap()).unwrap();
    let repeated = |times: usize| {
        let mut more = World::new(20 * times, 10);
        for (name, scores) in world.names.iter().zip(&world.scores) {
            more.add(name, scores.iter().copied().cycle().take(200 * times).collect());
        }
        outcome(&more, BAR)
    };
    assert_eq!(repeated(clusters / 20 + 1), GateOutcome::Passed);
    assert_eq!(repeated((clusters * 8 / 10) / 20), GateOutcome::NotShown, "{clusters}");
}

#[test]
fn what_has_no_power_is_said() {
    let world = clustered(&mut Noise(47), &[0.7, 0.7], 10, 5, SHAPE);
    let code = |candidate: &str, bar: &Bar<'_>, settings: &PowerSettings| {
        review_gate(&world.table(), candidate, bar, settings).unwrap_err().code()
    };
    assert_eq!(code("nobody", &BAR, &settings(1.0)), "verdict::unknown_name");
    assert_eq!(code("e0", &Bar { references: &[], ..BAR }, &settings(1.0)), "verdict::no_items");
    assert_eq!(code("e0", &Bar { ratio: f64::NAN, ..BAR }, &settings(1.0)), "verdict::bad_setting");
    assert_eq!(code("e0", &BAR, &settings(f64::INFINITY)), "verdict::bad_setting");
    let one = clustered(&mut Noise(48), &[0.7, 0.7], 1, 50, SHAPE);
    let error = review_gate(&one.table(), "e0", &BAR, &settings(1.0)).unwrap_err();
    assert_eq!(error.code(), "verdict::one_cluster");
}
