//! The cut, case by case, each as the rules state it.

use crate::fixture::{
    bench, decision, derivative, derived, experts, finding, id, mark, people, programme, right, samples,
    spread, tie_order, verdict, with,
};
use daepyo_core::{
    CandidateDecision::{Advances, AdvancesByTie, Eliminated, EliminatedByGate, EliminatedByTie, Open},
    Decided, DerivativeStatus, GateOutcome, NotShown, Observation, Programme, Relation, Status, TieStep,
    Verdict,
};

/// Candidates of one benchmark with so many of 400 right.
fn contest(scores: &[(&str, usize)], advance: u32, steps: &[TieStep]) -> (Programme, Vec<Observation>) {
    let names: Vec<&str> = scores.iter().map(|(name, _)| *name).collect();
    let rules = with(programme(&names, &[]), |stage| {
        stage.criteria = vec![bench(100.0)];
        stage.decision.advance = advance;
        stage.decision.tie_order = tie_order(steps);
    });
    let mut observations = Vec::new();
    for (seed, (name, good)) in (1..).zip(scores) {
        // Different documents right for each, so that equal scores are not equal on every document.
        let mut own = spread(*good, 400);
        own.rotate_left(seed * 37);
        observations.extend(samples(name, "x", &own));
    }
    (rules, observations)
}

fn decided(scores: &[(&str, usize)], advance: u32, steps: &[TieStep]) -> Verdict {
    let (rules, observations) = contest(scores, advance, steps);
    verdict(&rules, &observations)
}

#[test]
fn clear_of_the_cut_everybody_is_in_or_out_at_the_written_confidence() {
    let verdict = decided(&[("a", 100), ("b", 300), ("c", 200)], 2, &[]);
    assert_eq!(verdict.status, Status::Decided(Decided::Confident));
    assert_eq!(decision(&verdict, "b"), Advances);
    assert_eq!(decision(&verdict, "c"), Advances);
    assert_eq!(decision(&verdict, "a"), Eliminated);
    let order: Vec<_> = verdict.outcomes.iter().map(|row| row.candidate.to_string()).collect();
    assert_eq!(order, ["b", "c", "a"], "best composite first");
    assert_eq!(verdict.composite[2].ranks.len(), 3);
    assert!(verdict.composite[2].p_last > 0.99);
    assert_eq!(verdict.composite[0].rank_set, Some((1, 1)));
    assert!(verdict.ties.is_empty());
}

#[test]
fn without_a_tie_order_a_tie_stays_undecided() {
    let verdict = decided(&[("a", 200), ("b", 201)], 1, &[]);
    assert_eq!(verdict.status, Status::Undecided { step: None });
    assert_eq!((decision(&verdict, "a"), decision(&verdict, "b")), (Open, Open));
    assert_eq!(verdict.composite[0].rank_set, Some((1, 2)));
}

#[test]
fn more_evidence_and_more_raters_stop_undecided() {
    for step in [TieStep::MoreEvidence, TieStep::MoreRaters] {
        let verdict = decided(&[("a", 200), ("b", 201), ("c", 10)], 1, &[step.clone(), TieStep::Lot]);
        assert_eq!(verdict.status, Status::Undecided { step: Some(step.clone()) });
        assert_eq!((decision(&verdict, "a"), decision(&verdict, "c")), (Open, Eliminated));
        assert_eq!(verdict.ties.len(), 1, "later steps are not tried");
        assert_eq!((verdict.ties[0].tied.len(), verdict.ties[0].places), (2, 1));
    }
}

#[test]
fn advance_all_lets_all_tied_advance() {
    let verdict = decided(&[("a", 200), ("b", 201), ("c", 10), ("d", 390)], 2, &[TieStep::AdvanceAll]);
    assert_eq!(verdict.status, Status::Decided(Decided::ByTieOrder));
    assert_eq!(decision(&verdict, "d"), Advances);
    assert_eq!((decision(&verdict, "a"), decision(&verdict, "b")), (AdvancesByTie, AdvancesByTie));
    assert_eq!(decision(&verdict, "c"), Eliminated);
}

#[test]
fn a_lot_is_drawn_by_the_seed_and_gives_each_a_chance() {
    let (rules, observations) = contest(&[("a", 200), ("b", 201)], 1, &[TieStep::Lot]);
    let mut wins = 0;
    for seed in 0..40 {
        let rules = with(rules.clone(), |stage| (stage.seed, stage.draws) = (seed, 200));
        let one = verdict(&rules, &observations);
        assert_eq!(one.status, Status::Decided(Decided::ByTieOrder));
        assert_eq!(one, verdict(&rules, &observations), "the same lot again");
        assert_eq!(one.ties[0].advanced.len(), 1);
        wins += u32::from(decision(&one, "a") == AdvancesByTie);
    }
    assert!((8..=32).contains(&wins), "{wins} of 40");
}

#[test]
fn a_criterion_decides_a_tie_only_where_the_difference_is_shown() {
    let steps = [TieStep::Criterion(id("experts")), TieStep::MoreRaters];
    for (gap, shown) in [(1.0, true), (0.05, false)] {
        let (rules, mut observations) = contest(&[("a", 200), ("b", 200)], 1, &steps);
        let rules = with(rules, |stage| {
            // The benchmark is worth much more, so that the composite stays tied.
            stage.criteria = vec![bench(99.0), experts(1.0)];
        });
        for (place, rater) in ["r1", "r2", "r3", "r4", "r5"].into_iter().enumerate() {
            let jitter = if place % 2 == 0 { 0.2 } else { -0.2 };
            for item in ["depth", "clarity"] {
                observations.push(mark(rater, "a", item, 3.0 + jitter));
                observations.push(mark(rater, "b", item, 3.0 - jitter + gap));
            }
        }
        let verdict = verdict(&rules, &observations);
        if shown {
            assert_eq!(verdict.status, Status::Decided(Decided::ByTieOrder));
            assert_eq!((decision(&verdict, "b"), decision(&verdict, "a")), (AdvancesByTie, EliminatedByTie));
            assert_eq!(verdict.ties[0].advanced, [id("b")]);
        } else {
            assert_eq!(verdict.status, Status::Undecided { step: Some(TieStep::MoreRaters) });
            assert_eq!(verdict.ties.len(), 2, "the step that shows nothing is on record");
        }
    }
}

#[test]
fn a_criterion_puts_the_last_out_and_leaves_the_rest_to_the_next_step() {
    let steps = [TieStep::Criterion(id("derived")), TieStep::Lot];
    let (rules, mut observations) = contest(&[("a", 201), ("b", 200), ("c", 200)], 1, &steps);
    let rules = with(rules, |stage| stage.criteria = vec![bench(99.0), derived(0.1, false)]);
    for (candidate, count) in [("a", 3), ("b", 3)] {
        for number in 0..count {
            let mut one =
                derivative("kim", &format!("m{number}"), Relation::Finetune, DerivativeStatus::Declared);
            if let Observation::Derivative(derivative) = &mut one {
                derivative.candidate = id(candidate);
            }
            observations.push(one);
        }
    }
    let verdict = verdict(&rules, &observations);
    assert_eq!(verdict.ties[0].eliminated, [id("c")]);
    assert!(verdict.ties[0].advanced.is_empty());
    assert_eq!((verdict.ties[1].tied.len(), verdict.ties[1].places), (2, 1));
    assert_eq!(verdict.status, Status::Decided(Decided::ByTieOrder));
}

#[test]
fn with_fewer_candidates_than_places_all_advance() {
    let verdict = decided(&[("a", 200), ("b", 201)], 3, &[TieStep::MoreEvidence]);
    assert_eq!(verdict.status, Status::Decided(Decided::Confident));
    assert_eq!((decision(&verdict, "a"), decision(&verdict, "b")), (Advances, Advances));
    assert!(verdict.composite.iter().all(|row| row.p_advance >= 1.0));
}

#[test]
fn a_gate_overrides_rank() {
    let (rules, mut observations) = contest(&[("a", 390), ("b", 200), ("c", 100)], 1, &[]);
    let rules = with(rules, |stage| stage.gates = vec![people(NotShown::Hold)]);
    for (name, outcome) in
        [("a", GateOutcome::Failed), ("b", GateOutcome::Passed), ("c", GateOutcome::Passed)]
    {
        observations.push(finding(name, outcome, "as found"));
    }
    let verdict = verdict(&rules, &observations);
    assert_eq!(decision(&verdict, "a"), EliminatedByGate);
    assert_eq!(decision(&verdict, "b"), Advances);
    let best = &verdict.composite[0];
    assert_eq!(best.candidate, id("a"), "its points are still shown");
    assert_eq!((best.ranks.len(), best.rank_set), (0, None));
    assert_eq!(verdict.composite[1].ranks.len(), 2, "ranks are among those that are left");
}

#[test]
fn a_held_candidate_keeps_open_only_what_depends_on_it() {
    let (rules, mut observations) =
        contest(&[("a", 390), ("b", 300), ("c", 200), ("d", 10), ("e", 20)], 2, &[TieStep::Lot]);
    let rules = with(rules, |stage| stage.gates = vec![people(NotShown::Hold)]);
    let outcomes = [
        ("a", GateOutcome::Passed),
        ("b", GateOutcome::NotShown),
        ("c", GateOutcome::Passed),
        ("d", GateOutcome::Passed),
        ("e", GateOutcome::NotShown),
    ];
    for (name, outcome) in outcomes {
        observations.push(finding(name, outcome, "as found"));
    }
    let verdict = verdict(&rules, &observations);
    assert_eq!(verdict.status, Status::Undecided { step: None });
    assert_eq!(decision(&verdict, "a"), Advances, "in, whoever else is");
    assert_eq!(decision(&verdict, "b"), Open, "held");
    assert_eq!(decision(&verdict, "c"), Open, "its place hangs on b");
    assert_eq!(decision(&verdict, "d"), Eliminated, "out, even without those held");
    assert_eq!(decision(&verdict, "e"), Eliminated, "out, even if its gate opened");
    assert!(verdict.ties.is_empty(), "no tie order while a gate holds");
}

#[test]
fn equal_candidates_share_ranks_evenly() {
    let rules = with(programme(&["a", "b"], &[]), |stage| stage.criteria = vec![bench(100.0)]);
    let mut observations = samples("a", "x", &right(30, 60));
    observations.extend(samples("b", "x", &right(30, 60)));
    let verdict = verdict(&rules, &observations);
    for row in &verdict.composite {
        assert_eq!((row.p_advance, row.p_last), (0.5, 0.5));
        assert_eq!(row.rank_set, Some((1, 2)));
    }
}
