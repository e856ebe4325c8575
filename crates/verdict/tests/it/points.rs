//! Points of each kind of criterion, against figures worked by hand.

use crate::fixture::{
    anchors, bench, criterion, derivative, derived, experts, id, mark, near, points, programme, public,
    right, sample, samples, suites, verdict, vote, with,
};
use daepyo_core::{
    Anchor, Anchors, CriterionRule, DerivativeStatus, Digest, Observation, Outcome, Relation, VoteChoice,
};

#[test]
fn a_benchmark_is_the_weighted_mean_of_task_means() {
    let rule = CriterionRule::Benchmark {
        suites: suites(&[("main", 1.0), ("side", 3.0)]),
        anchors: anchors(0.2, 0.6),
    };
    let rules = with(programme(&["a"], &[]), |stage| stage.criteria = vec![criterion("bench", 40.0, rule)]);
    let mut observations = samples("a", "x", &right(50, 100));
    observations.extend(samples("a", "y", &right(3, 10)));
    for document in 0..10 {
        let mut sample = sample("a", "z", document, f64::from(u8::from(document < 4)));
        sample.suite = id("side");
        observations.push(Observation::Sample(sample));
    }
    let verdict = verdict(&rules, &observations);
    let row = points(&verdict, "bench", "a");
    near(row.raw.estimate, 0.25 * 0.4 + 0.75 * 0.4, 1e-12);
    near(row.points.estimate, 40.0 * (0.4 - 0.2) / 0.4, 1e-12);
    assert_eq!((row.observations, row.units), (120, 120));
    assert!(row.points.low < row.points.estimate && row.points.estimate < row.points.high);
    near(verdict.composite[0].points.estimate, row.points.estimate, 1e-12);
}

#[test]
fn points_between_chance_and_a_reference_use_the_same_documents() {
    let rule = CriterionRule::Benchmark {
        suites: suites(&[("main", 1.0)]),
        anchors: Anchors { zero: Anchor::Chance, full: Anchor::Reference(id("ref")) },
    };
    let rules = with(programme(&["a", "b"], &["ref"]), |stage| {
        stage.criteria = vec![criterion("bench", 100.0, rule)];
        stage.infrastructure_failure_limit = 0.5;
    });
    let mut observations = samples("a", "x", &[1.0, 1.0, 0.0, 0.0]);
    observations.extend(samples("b", "x", &[1.0, 1.0, 1.0, 1.0]));
    observations.extend(samples("ref", "x", &[1.0, 1.0, 1.0, 0.0]));
    for (place, observation) in observations.iter_mut().enumerate() {
        let Observation::Sample(sample) = observation else { panic!("only samples") };
        sample.guess = 0.25;
        if place == 3 {
            // Candidate a has no response to the last document, so its scale rests on the first three.
            sample.outcome = Outcome::Infrastructure;
        }
    }
    let verdict = verdict(&rules, &observations);
    near(points(&verdict, "bench", "a").raw.estimate, 2.0 / 3.0, 1e-12);
    near(points(&verdict, "bench", "a").points.estimate, 100.0 * (2.0 / 3.0 - 0.25) / 0.75, 1e-12);
    near(points(&verdict, "bench", "b").points.estimate, 100.0, 1e-12);
    assert_eq!(points(&verdict, "bench", "a").observations, 3);
}

#[test]
fn marks_are_means_over_raters_weighted_by_question() {
    let rules = with(programme(&["a"], &[]), |stage| stage.criteria = vec![experts(35.0)]);
    let observations = [
        mark("r1", "a", "depth", 4.0),
        mark("r2", "a", "depth", 2.0),
        mark("r3", "a", "depth", 3.0),
        mark("r1", "a", "clarity", 5.0),
        mark("r2", "a", "clarity", 4.0),
    ];
    let verdict = verdict(&rules, &observations);
    let row = points(&verdict, "experts", "a");
    near(row.raw.estimate, (3.0 * 3.0 + 4.5) / 4.0, 1e-12);
    near(row.points.estimate, 35.0 * (3.375 - 1.0) / 4.0, 1e-12);
    assert_eq!((row.observations, row.units), (5, 3));
}

#[test]
fn a_severe_rater_is_severe_to_all_in_a_draw() {
    // Raters differ much, candidates little: only drawing raters together for all shows who is better.
    let rules = with(programme(&["a", "b"], &[]), |stage| stage.criteria = vec![experts(100.0)]);
    let mut observations = Vec::new();
    for (rater, base) in [("r1", 1.5), ("r2", 2.5), ("r3", 3.5), ("r4", 4.5), ("r5", 3.0), ("r6", 2.0)] {
        for item in ["depth", "clarity"] {
            observations.push(mark(rater, "a", item, base + 0.25));
            observations.push(mark(rater, "b", item, base));
        }
    }
    let verdict = verdict(&rules, &observations);
    assert!(verdict.composite[0].p_advance > 0.999, "{:?}", verdict.composite);
    let interval = points(&verdict, "experts", "a").points;
    assert!(interval.high - interval.low > 20.0, "each alone is uncertain: {interval:?}");
}

#[test]
fn resampled_intervals_have_the_width_of_the_unbiased_standard_error() {
    let rules = with(programme(&["a"], &[]), |stage| {
        stage.criteria = vec![bench(50.0), experts(50.0)];
        stage.draws = 20_000;
    });
    let mut observations = samples("a", "x", &right(30, 100));
    for (rater, value) in [("r1", 2.0), ("r2", 3.0), ("r3", 4.0), ("r4", 3.0), ("r5", 5.0), ("r6", 1.0)] {
        observations.push(mark(rater, "a", "depth", value));
        observations.push(mark(rater, "a", "clarity", value));
    }
    let verdict = verdict(&rules, &observations);
    let width = |name: &str| {
        let raw = points(&verdict, name, "a").raw;
        raw.high - raw.low
    };
    near(width("bench"), 2.0 * 1.96 * (0.3_f64 * 0.7 / 99.0).sqrt(), 0.012);
    // Six raters: t with five degrees of freedom.
    near(width("experts"), 2.0 * 2.571 * (10.0_f64 / 5.0 / 6.0).sqrt(), 0.2);
}

#[test]
fn votes_give_the_probability_of_being_preferred_with_half_of_the_ties() {
    let rules = with(programme(&["a"], &["ref"]), |stage| stage.criteria = vec![public(25.0)]);
    let mut observations = Vec::new();
    // 60 for a, 20 for the reference, 20 ties, 7 "both bad", by 20 voters.
    let choices =
        [(VoteChoice::Left, 60), (VoteChoice::Right, 20), (VoteChoice::Tie, 20), (VoteChoice::BothBad, 7)];
    for (choice, times) in choices {
        for _ in 0..times {
            let number = u64::try_from(observations.len()).unwrap();
            observations.push(vote(number, &format!("v{}", number % 20), "a", "ref", choice));
        }
    }
    let verdict = verdict(&rules, &observations);
    let row = points(&verdict, "public", "a");
    near(row.raw.estimate, 0.7, 1e-3);
    near(row.points.estimate, 25.0 * 0.7, 0.03);
    assert_eq!((row.observations, row.units), (100, 20));
    let votes = &verdict.votes[0];
    assert_eq!((votes.votes, votes.ties, votes.both_bad, votes.voters), (100, 20, 7, 20));
    near(votes.tie_parameter, 20.0 / 1200.0_f64.sqrt(), 1e-2);
    assert_eq!(votes.ratings[0].candidate, id("a"));
    near(votes.ratings[0].rating.estimate, 1000.0 + 400.0 * 3.0_f64.log10(), 1.0);
    let anchor = &votes.ratings[1].rating;
    assert_eq!((anchor.estimate, anchor.low, anchor.high), (1000.0, 1000.0, 1000.0));
    assert_eq!((votes.ratings[1].wins, votes.ratings[1].losses, votes.ratings[1].both_bad), (20, 60, 7));
}

#[test]
fn derivatives_count_once_by_owner_relation_and_payload() {
    use DerivativeStatus::{Declared, Rejected, Untestable, Verified};
    use Relation::{Finetune, Merge, Quantized};
    let with_payload = |mut observation: Observation, payload: &str| {
        if let Observation::Derivative(derivative) = &mut observation {
            derivative.payload = Some(Digest::of(payload.as_bytes()));
        }
        observation
    };
    let observations = [
        derivative("kim", "law", Finetune, Verified),
        derivative("kim", "law", Finetune, Declared),
        with_payload(derivative("kim", "med", Finetune, Verified), "w"),
        with_payload(derivative("kim", "med-renamed", Finetune, Verified), "w"),
        derivative("lee", "law", Finetune, Declared),
        derivative("lee", "q4", Quantized, Verified),
        derivative("lee", "q5", Quantized, Verified),
        derivative("lee", "merge", Merge, Verified),
        derivative("cho", "copy", Finetune, Declared),
        derivative("cho", "copy", Finetune, Rejected),
        derivative("yun", "hidden", Finetune, Untestable),
    ];
    for (verified_only, count, owners) in [(true, 3.0, 2), (false, 5.0, 3)] {
        let rules = with(programme(&["a", "b"], &[]), |stage| {
            stage.criteria = vec![derived(10.0, verified_only)];
        });
        let verdict = verdict(&rules, &observations);
        let row = points(&verdict, "derived", "a");
        near(row.raw.estimate, count, 1e-12);
        near(row.points.estimate, count, 1e-12);
        assert_eq!(row.units, owners);
        near(points(&verdict, "derived", "b").points.high, 0.0, 1e-12);
    }
}

#[test]
fn a_third_candidate_that_leaves_changes_no_points_of_the_others() {
    let field = |names: &[&str]| {
        let rules = with(programme(names, &["ref"]), |stage| {
            stage.criteria = vec![bench(40.0), experts(35.0), public(25.0)];
        });
        let mut observations = samples("ref", "x", &right(50, 80));
        let mut number = 0;
        for (name, good) in [("a", 40), ("b", 44), ("c", 70)] {
            if !names.contains(&name) {
                continue;
            }
            observations.extend(samples(name, "x", &right(good, 80)));
            for (rater, shift) in [("r1", 0.0), ("r2", 0.5), ("r3", -0.5)] {
                let value = 2.0 + f64::from(u32::try_from(good).unwrap()) / 40.0 + shift;
                observations.push(mark(rater, name, "depth", value));
                observations.push(mark(rater, name, "clarity", value));
            }
            for voter in 0..30_usize {
                let choice = if voter * 100 < good * 30 { VoteChoice::Left } else { VoteChoice::Right };
                observations.push(vote(number, &format!("v{voter}"), name, "ref", choice));
                number += 1;
            }
        }
        verdict(&rules, &observations)
    };
    let (three, two) = (field(&["a", "b", "c"]), field(&["a", "b"]));
    for candidate in ["a", "b"] {
        for name in ["bench", "experts"] {
            let (with_third, without) = (points(&three, name, candidate), points(&two, name, candidate));
            assert_eq!(with_third.points.estimate.to_bits(), without.points.estimate.to_bits());
        }
        let (with_third, without) = (points(&three, "public", candidate), points(&two, "public", candidate));
        near(with_third.points.estimate, without.points.estimate, 0.05);
    }
    let order = |candidate: &str| two.composite.iter().position(|row| row.candidate.as_str() == candidate);
    assert!(order("b") < order("a"));
}

#[test]
fn task_rows_keep_the_five_failures_apart() {
    let rules = with(programme(&["a"], &[]), |stage| stage.infrastructure_failure_limit = 0.5);
    let outcomes = [
        (Outcome::Scored, 1.0),
        (Outcome::Scored, 0.0),
        (Outcome::Unparsed, 0.0),
        (Outcome::Truncated, 0.0),
        (Outcome::Refused, 0.0),
        (Outcome::Infrastructure, 0.0),
        (Outcome::Scored, 0.5),
    ];
    let numbered = (0..).zip(outcomes);
    let observations: Vec<_> = numbered
        .map(|(document, (outcome, score))| {
            let mut sample = sample("a", "x", document, score);
            sample.outcome = outcome;
            Observation::Sample(sample)
        })
        .collect();
    let verdict = verdict(&rules, &observations);
    let row = &verdict.tasks[0];
    let counts = row.counts;
    assert_eq!((counts.right, counts.wrong, counts.unparsed), (2, 1, 1));
    assert_eq!((counts.truncated, counts.refused, counts.infrastructure), (1, 1, 1));
    near(row.score, 1.5 / 6.0, 1e-12);
    assert_eq!(row.clusters, 6);
}

/// Two candidates with so many of 40 votes won against the reference, and so many right of 40.
fn cut(first: (usize, usize), second: (usize, usize)) -> daepyo_core::Verdict {
    let rules = with(programme(&["a", "b"], &["ref"]), |stage| {
        stage.criteria = vec![bench(50.0), public(50.0)];
    });
    let mut observations = samples("ref", "x", &right(20, 40));
    let mut number = 0;
    for (name, (votes, good)) in [("a", first), ("b", second)] {
        observations.extend(samples(name, "x", &right(good, 40)));
        for voter in 0..40 {
            let choice = if voter < votes { VoteChoice::Left } else { VoteChoice::Right };
            observations.push(vote(number, &format!("v{voter}"), name, "ref", choice));
            number += 1;
        }
    }
    verdict(&rules, &observations)
}

#[test]
fn the_attack_budget_is_the_number_of_votes_that_moves_the_cut() {
    let budget = |first, second| cut(first, second).votes[0].attack_budget;
    // A vote changed from the reference to b brings b one of 40 nearer; one taken from a does the same.
    assert_eq!(budget((21, 20), (20, 20)), Some(2));
    assert_eq!(budget((24, 20), (20, 20)), Some(5));
    let wide = budget((30, 20), (20, 20)).unwrap();
    assert!((10..=11).contains(&wide), "{wide}");
    // Changing as many votes as the budget says does move the cut.
    assert_eq!(cut((24, 20), (25, 20)).outcomes[0].candidate, id("b"));
    // The benchmark's 50 points can't be made up by votes that give less than 50.
    assert_eq!(budget((40, 40), (36, 0)), None);
}

#[test]
fn few_raters_give_the_interval_of_students_t() {
    // The spread among five raters is itself unsure: 2.776 standard errors to either side, not 1.96.
    let rules = with(programme(&["a", "b"], &[]), |stage| {
        stage.criteria = vec![experts(100.0)];
        stage.draws = 8_000;
    });
    let mut observations = Vec::new();
    for (rater, value) in ["r1", "r2", "r3", "r4", "r5"].into_iter().zip([2.8, 2.9, 3.0, 3.1, 3.2]) {
        for candidate in ["a", "b"] {
            observations.extend(["depth", "clarity"].map(|item| mark(rater, candidate, item, value)));
        }
    }
    let verdict = verdict(&rules, &observations);
    let raw = points(&verdict, "experts", "a").raw;
    let standard_error = (0.1_f64 / 4.0 / 5.0).sqrt();
    near(raw.high - raw.estimate, 2.776 * standard_error, 0.15 * 2.776 * standard_error);
    near(raw.estimate - raw.low, 2.776 * standard_error, 0.15 * 2.776 * standard_error);
    // What is the same for both stays the same in every draw.
    assert_eq!(raw, points(&verdict, "experts", "b").raw);
}
