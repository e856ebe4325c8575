//! Single units left out and what would have had to be true, against deciding anew without or with them.

use crate::fixture::{
    Noise, anchors, bar, bench, criterion, derivative, derived, experts, id, mark, near, people, programme,
    public, right, samples, spread, suites, verdict, vote, with,
};
use daepyo_core::{
    CarryOver, CriterionRule, DerivativeStatus, Digest, GateOutcome, NotShown, Observation, Programme,
    Relation, Verdict, VoteChoice,
};
use daepyo_verdict::{
    Rules,
    sensitivity::{ExamineSettings, Influences, More, Need, Sensitivity, UnitKind, examine},
    sequential::carry_over,
};

const SETTINGS: ExamineSettings = ExamineSettings { vectors: 4, batches: 500, percent: 20.0 };

fn examined(programme: &Programme, observations: &[Observation]) -> Sensitivity {
    let rules = Rules { programme, stage: &programme.stages[0], rules_digest: Digest::of(b"rules") };
    examine(&rules, observations, None, SETTINGS).unwrap()
}

/// Benchmarks in clusters of two suites, marks, votes and derivatives; one of three advances.
fn whole() -> (Programme, Vec<Observation>) {
    let names = ["a", "b", "c"];
    let rules = with(programme(&names, &["ref"]), |stage| {
        let weighed = CriterionRule::Benchmark {
            suites: suites(&[("main", 3.0), ("side", 1.0)]),
            anchors: anchors(0.2, 0.9),
        };
        stage.criteria =
            vec![criterion("bench", 40.0, weighed), experts(30.0), public(25.0), derived(5.0, false)];
        stage.draws = 200;
    });
    let mut noise = Noise(8);
    let mut observations = Vec::new();
    for (name, skill) in names.into_iter().chain(["ref"]).zip([0.62, 0.58, 0.45, 0.55]) {
        for (task, suite) in [("x", "main"), ("y", "main"), ("z", "side")] {
            let scores: Vec<f64> = (0..30).map(|_| noise.hit(skill)).collect();
            for mut observation in samples(name, task, &scores) {
                if let Observation::Sample(sample) = &mut observation {
                    sample.suite = id(suite);
                    sample.cluster = format!("passage {}", sample.document / 3);
                }
                observations.push(observation);
            }
        }
    }
    for (place, name) in names.into_iter().enumerate() {
        for rater in ["r1", "r2", "r3", "r4"] {
            for item in ["depth", "clarity"] {
                let value = 2.0 - 0.3 * f64::from(u8::try_from(place).unwrap()) + noise.unit();
                observations.push(mark(rater, name, item, value));
            }
        }
    }
    let all = ["a", "b", "c", "ref"];
    for number in 0..600_usize {
        let (left, right) = (number % 4, (number / 4) % 4);
        if left != right {
            let lead = 0.5
                + 0.06 * (f64::from(u8::try_from(right).unwrap()) - f64::from(u8::try_from(left).unwrap()));
            let tie = noise.unit() < 0.15;
            let choice = match (tie, noise.unit() < lead) {
                (true, _) => VoteChoice::Tie,
                (false, true) => VoteChoice::Left,
                (false, false) => VoteChoice::Right,
            };
            let voter = format!("v{:02}", (number * 7 / 3) % 37);
            observations.push(vote(u64::try_from(number).unwrap(), &voter, all[left], all[right], choice));
        }
    }
    observations.push(derivative("kim", "m", Relation::Finetune, DerivativeStatus::Declared));
    (rules, observations)
}

fn lead(verdict: &Verdict) -> f64 {
    let points = |name: &str| {
        verdict.composite.iter().find(|row| row.candidate.as_str() == name).unwrap().points.estimate
    };
    points("a") - points("b").max(points("c"))
}

fn influence_of(found: &Sensitivity, kind: UnitKind) -> &Influences {
    found.influences.iter().find(|row| row.kind == kind).unwrap()
}

#[test]
fn leaving_a_unit_out_is_deciding_without_it() {
    let (rules, observations) = whole();
    let base = verdict(&rules, &observations);
    assert_eq!(base.outcomes[0].candidate, id("a"), "a is in by points");
    let found = examined(&rules, &observations);
    let without = |rules: &Programme, gone: &dyn Fn(&Observation) -> bool| {
        let kept: Vec<Observation> = observations.iter().filter(|one| !gone(one)).cloned().collect();
        lead(&verdict(rules, &kept))
    };
    for (kind, units) in [
        (UnitKind::Cluster, 30),
        (UnitKind::Document, 90),
        (UnitKind::Suite, 2),
        (UnitKind::Rater, 4),
        (UnitKind::Voter, 37),
        (UnitKind::Criterion, 4),
    ] {
        let row = influence_of(&found, kind);
        assert_eq!(row.units, units, "{kind:?}");
        assert_eq!(row.greatest.len(), usize::try_from(units.min(10)).unwrap());
        for one in &row.greatest {
            let name = one.unit.as_str();
            let expected = match kind {
                UnitKind::Document => without(&rules, &|observation| {
                    matches!(observation, Observation::Sample(sample)
                        if format!("{}/{}#{}", sample.suite, sample.task, sample.document) == name)
                }),
                UnitKind::Cluster => without(&rules, &|observation| {
                    matches!(observation, Observation::Sample(sample)
                        if format!("{}/{}:{}", sample.suite, sample.task, sample.cluster) == name)
                }),
                UnitKind::Rater => without(
                    &rules,
                    &|observation| matches!(observation, Observation::Mark(mark) if mark.rater.as_str() == name),
                ),
                UnitKind::Voter => without(
                    &rules,
                    &|observation| matches!(observation, Observation::Vote(vote) if vote.voter.as_str() == name),
                ),
                UnitKind::Suite => {
                    let rest = if name == "main" { "side" } else { "main" };
                    let rules = with(rules.clone(), |stage| {
                        if let CriterionRule::Benchmark { suites: own, .. } = &mut stage.criteria[0].rule {
                            *own = suites(&[(rest, 1.0)]);
                        }
                    });
                    lead(&verdict(&rules, &observations))
                }
                UnitKind::Criterion => {
                    let rules = with(rules.clone(), |stage| {
                        let gone = stage.criteria.iter().find(|one| one.id.as_str() == name).unwrap().weight;
                        for one in &mut stage.criteria {
                            let scale = 100.0 / (100.0 - gone);
                            one.weight = if one.id.as_str() == name { 0.0 } else { one.weight * scale };
                        }
                    });
                    lead(&verdict(&rules, &observations))
                }
            };
            near(one.lead, expected, 1e-7);
            near(one.change, expected - lead(&base), 1e-7);
        }
        let sizes: Vec<f64> = row.greatest.iter().map(|one| one.change.abs()).collect();
        assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]), "greatest first: {sizes:?}");
        assert!(row.flipping.iter().all(|one| one.lead < 0.0));
    }
    let voters = influence_of(&found, UnitKind::Voter);
    assert!(voters.exact >= 20 && voters.exact < 37, "{}", voters.exact);
    for one in &voters.greatest {
        let guess = one.approximate.unwrap();
        assert!((guess - one.change).abs() < 0.25 * one.change.abs() + 0.01, "{one:?}");
    }
}

#[test]
fn the_unit_that_carries_the_cut_is_named() {
    // One rater alone puts a in front.
    let rules = with(programme(&["a", "b"], &[]), |stage| {
        stage.criteria = vec![experts(100.0)];
        stage.draws = 50;
    });
    let mut observations = Vec::new();
    for (rater, ahead) in [("r1", -0.1), ("r2", -0.1), ("r3", -0.1), ("friend", 2.0)] {
        for item in ["depth", "clarity"] {
            observations.push(mark(rater, "a", item, 2.5 + ahead));
            observations.push(mark(rater, "b", item, 2.5));
        }
    }
    let found = examined(&rules, &observations);
    let row = influence_of(&found, UnitKind::Rater);
    let flipping: Vec<&str> = row.flipping.iter().map(|one| one.unit.as_str()).collect();
    assert_eq!(flipping, ["friend"]);
    near(row.flipping[0].lead, -2.5, 1e-9);
    // A question that only one rater marked can't lose that rater.
    observations.retain(|one| {
        !matches!(one, Observation::Mark(mark)
        if mark.item == id("clarity") && mark.candidate == id("b") && mark.rater != id("r2"))
    });
    let found = examined(&rules, &observations);
    assert_eq!(influence_of(&found, UnitKind::Rater).indispensable, ["r2"]);
    assert_eq!(influence_of(&found, UnitKind::Criterion).indispensable, ["experts"]);
}

fn need<'a>(found: &'a Sensitivity, criterion: &str) -> &'a Need {
    let needs = found.needs.as_ref().unwrap();
    needs.criteria.iter().find(|need| need.criterion == criterion).unwrap()
}

#[test]
fn what_would_have_had_to_be_true_would_have_been_enough_and_less_would_not() {
    let (rules, observations) = whole();
    let found = examined(&rules, &observations);
    let needs = found.needs.as_ref().unwrap();
    assert_eq!((needs.candidate.as_str(), needs.rival.as_str()), ("b", "a"));
    near(needs.gap, lead(&verdict(&rules, &observations)), 1e-9);
    let first =
        |observations: &[Observation]| verdict(&rules, observations).outcomes[0].candidate.to_string();

    // More documents right: those of `main` count more.
    let Some(More::Right { documents, of }) = need(&found, "bench").more else { panic!("no documents") };
    let right = |count: u64| {
        let mut changed = observations.clone();
        let wrong = changed.iter_mut().filter_map(|one| match one {
            Observation::Sample(sample)
                if sample.candidate == id("b") && sample.suite == id("main") && sample.score < 0.5 =>
            {
                Some(sample)
            }
            _ => None,
        });
        for sample in wrong.take(usize::try_from(count).unwrap()) {
            sample.score = 1.0;
        }
        first(&changed)
    };
    assert!(documents > 0 && documents < of);
    assert_eq!((right(documents).as_str(), right(documents - 1).as_str()), ("b", "a"));

    // More mean mark, for all alike.
    let Some(More::Mark { mean }) = need(&found, "experts").more else { panic!("no marks") };
    let marked = |by: f64| {
        let mut changed = observations.clone();
        for one in &mut changed {
            if let Observation::Mark(mark) = one
                && mark.candidate == id("b")
            {
                mark.value += by;
            }
        }
        first(&changed)
    };
    assert_eq!((marked(mean + 1e-6).as_str(), marked(mean - 1e-6).as_str()), ("b", "a"));

    let derivatives = need(&found, "derived");
    let share = derivatives.needed_share.unwrap();
    near(share, derivatives.share + needs.gap / 5.0, 1e-9);
    assert_eq!(derivatives.possible, share < 1.0);
}

#[test]
fn votes_won_are_found_by_fitting_again() {
    let rules = with(programme(&["a", "b"], &["ref"]), |stage| {
        stage.criteria = vec![public(100.0)];
        stage.draws = 50;
    });
    let battles = |b_wins: usize| {
        let mut observations = Vec::new();
        for (name, wins) in [("a", 60), ("b", b_wins)] {
            for voter in 0..100 {
                let choice = if voter < wins { VoteChoice::Left } else { VoteChoice::Right };
                let number = u64::try_from(observations.len()).unwrap();
                observations.push(vote(number, &format!("v{voter}"), name, "ref", choice));
            }
        }
        observations
    };
    let found = examined(&rules, &battles(50));
    assert_eq!(need(&found, "public").more, Some(More::Won { votes: 11, of: 50 }));
    near(need(&found, "public").needed_raw.unwrap(), 0.6, 1e-3);
    let (enough, less) = (verdict(&rules, &battles(61)), verdict(&rules, &battles(59)));
    assert_eq!((enough.outcomes[0].candidate.as_str(), less.outcomes[0].candidate.as_str()), ("b", "a"));
}

#[test]
fn what_no_figure_could_have_done_is_called_impossible() {
    let rules = with(programme(&["a", "b"], &[]), |stage| {
        stage.criteria = vec![bench(95.0), derived(5.0, false)];
        stage.draws = 50;
    });
    let mut observations = samples("a", "x", &right(90, 100));
    observations.extend(samples("b", "x", &right(40, 100)));
    let found = examined(&rules, &observations);
    let derivatives = need(&found, "derived");
    assert!(!derivatives.possible && derivatives.more.is_none() && derivatives.needed_raw.is_none());
    assert_eq!(need(&found, "bench").more, Some(More::Right { documents: 51, of: 60 }));
}

#[test]
fn a_count_of_derivatives_is_what_it_takes() {
    let rules = with(programme(&["a", "b"], &[]), |stage| {
        stage.criteria = vec![bench(80.0), derived(20.0, false)];
        stage.draws = 50;
    });
    let mut observations = samples("a", "x", &right(50, 100));
    observations.extend(samples("b", "x", &right(45, 100)));
    let found = examined(&rules, &observations);
    // Four points behind, two points a derivative: two draw level, three pass.
    assert_eq!(need(&found, "derived").more, Some(More::Derivatives { count: 3 }));
    near(need(&found, "derived").needed_raw.unwrap(), 2.0, 1e-9);
}

#[test]
fn a_failed_gate_says_what_it_would_have_taken() {
    let rules = with(programme(&["a", "b"], &["ref"]), |stage| {
        stage.gates = vec![bar(NotShown::Out, false), people(NotShown::Out)];
        stage.criteria = vec![bench(100.0)];
        stage.draws = 50;
    });
    let mut observations = samples("ref", "x", &spread(700, 1000));
    observations.extend(samples("a", "x", &spread(720, 1000)));
    observations.extend(samples("b", "x", &spread(600, 1000)));
    for name in ["a", "b"] {
        observations.push(crate::fixture::finding(name, GateOutcome::Passed, "seen"));
    }
    let found = examined(&rules, &observations);
    let [gate] = found.gates.as_slice() else { panic!("{:?}", found.gates) };
    assert_eq!((gate.candidate.as_str(), gate.gate.as_str(), gate.would_be_in), ("b", "bar", true));
    let [bar] = gate.bars.as_slice() else { panic!("{gate:?}") };
    assert_eq!(bar.reference.as_deref(), Some("ref"));
    let documents = bar.documents.unwrap();
    let comparison = crate::fixture::gate_of(&verdict(&rules, &observations), "b").comparisons[0].clone();
    near(bar.needed_score.unwrap() - bar.score, -comparison.lower.unwrap(), 1e-12);
    // So many more right do pass, but for a standard error that moved a little.
    let passes = |more: usize| {
        let mut changed = observations.clone();
        let wrong = changed.iter_mut().filter_map(|one| match one {
            Observation::Sample(sample) if sample.candidate == id("b") && sample.score < 0.5 => Some(sample),
            _ => None,
        });
        for sample in wrong.take(more) {
            sample.score = 1.0;
        }
        crate::fixture::gate_of(&verdict(&rules, &changed), "b").outcome == GateOutcome::Passed
    };
    let documents = usize::try_from(documents).unwrap();
    assert!(passes(documents + 5) && !passes(documents - 5), "{documents}");
}

#[test]
fn what_is_carried_over_counts_as_a_criterion_of_its_own() {
    let first = with(programme(&["a", "b"], &[]), |stage| stage.criteria = vec![bench(100.0)]);
    let second = with(programme(&["a", "b"], &[]), |stage| {
        stage.criteria = vec![bench(100.0)];
        stage.id = id("s2");
        stage.carry = Some(CarryOver { stage: id("s1"), share: 0.25 });
    });
    let scores = |a: usize, b: usize, stage: &str| {
        let mut all = samples("a", "x", &spread(a, 100));
        all.extend(samples("b", "x", &spread(b, 100)));
        for one in &mut all {
            if let Observation::Sample(sample) = one {
                sample.stage = id(stage);
            }
        }
        all
    };
    let (early, late) = (scores(40, 80, "s1"), scores(80, 60, "s2"));
    let of = |programme| Rules { programme, stage: &programme.stages[0], rules_digest: Digest::of(b"r") };
    let carried = carry_over(&of(&first), &early, None).unwrap();
    let found = examine(&of(&second), &late, Some(&carried), SETTINGS).unwrap();
    assert_eq!(found.criteria, ["bench", "carry:s1"]);
    // a leads by 20 now and trails by 40 then: level where the earlier stage weighs a third.
    near(found.flips.pairs[0].lead, 0.75 * 20.0 - 0.25 * 40.0, 1e-9);
    near(found.flips.pairs[0].single[1].needed.unwrap(), 100.0 / 3.0, 1e-9);
    near(found.pairwise[0][1], 1.0 / 3.0, 1e-9);
    near(found.needs.as_ref().unwrap().gap, 5.0, 1e-9);
}

#[test]
fn an_examination_reads_back_and_repeats() {
    let (rules, observations) = whole();
    let found = examined(&rules, &observations);
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Sensitivity>(&text).unwrap(), found);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    assert_eq!(pool.install(|| examined(&rules, &observations)), found);
}
