//! The analysis of a stage: every part is there, says what the verdict says, and changes nothing of it.

use crate::determinism::whole;
use crate::fixture::{Noise, bench, id, near, programme, samples, verdict, with};
use daepyo_core::{Digest, Observation, Programme, VoteChoice, canonical};
use daepyo_verdict::{
    Rules,
    analysis::{Analysis, Part, analyse},
    attack::AttackKind,
    panel::Agreement,
};

fn analysed(programme: &Programme, observations: &[Observation]) -> Analysis {
    let rules = Rules { programme, stage: &programme.stages[0], rules_digest: Digest::of(b"rules") };
    analyse(&rules, observations, None).unwrap()
}

/// The whole programme with marks on a grid of halves.
fn on_grid() -> (Programme, Vec<Observation>) {
    let (rules, mut observations) = whole();
    for observation in &mut observations {
        if let Observation::Mark(mark) = observation {
            mark.value = (mark.value * 2.0).round() / 2.0;
        }
    }
    (rules, observations)
}

#[test]
fn every_part_of_a_whole_stage_is_there_and_agrees_with_the_verdict() {
    let (rules, observations) = on_grid();
    let analysis = analysed(&rules, &observations);
    let decided = verdict(&rules, &observations);
    assert_eq!(analysis.notes, []);
    let sensitivity = analysis.sensitivity.unwrap();
    assert_eq!(sensitivity.criteria, ["bench", "experts", "public", "derived"]);

    let comparisons = analysis.benchmarks[0].comparisons.as_ref().unwrap();
    assert_eq!(comparisons.pairs.len(), 15, "four candidates and two references");
    let score = |candidate: &str| {
        let own = decided.tasks.iter().filter(|row| row.candidate.as_str() == candidate);
        own.map(|row| row.score).sum::<f64>() / 2.0
    };
    let pair = comparisons
        .pairs
        .iter()
        .find(|pair| (pair.first.as_str(), pair.second.as_str()) == ("a", "b"))
        .unwrap();
    near(pair.difference, score("a") - score("b"), 1e-12);
    let items = analysis.benchmarks[0].items.as_ref().unwrap();
    assert_eq!(items.items, 120);

    let reviews = &analysis.gates[0].reviews;
    assert_eq!(reviews.len(), 4);
    for review in reviews {
        let row = decided
            .gates
            .iter()
            .find(|row| row.gate.as_str() == "bar" && row.candidate.as_str() == review.candidate)
            .unwrap();
        assert_eq!(review.outcome, row.outcome);
        for (ours, theirs) in review.comparisons.iter().zip(&row.comparisons) {
            near(ours.lower.unwrap(), theirs.lower.unwrap(), 1e-9);
        }
    }

    let panel = &analysis.panels[0];
    let rasch = panel.rasch.as_ref().unwrap();
    assert_eq!((rasch.candidates.len(), rasch.raters.len(), rasch.items.len()), (4, 4, 2));
    assert!(panel.alpha.iter().all(|one| matches!(one, Agreement::Measured(_))) && panel.alpha.len() == 2);
    assert!(panel.icc.is_some());

    let votes = &analysis.votes[0];
    assert!(votes.report.is_some() && votes.strata.is_empty());
    let change = votes.budgets.iter().find(|budget| budget.kind == AttackKind::Change).unwrap();
    let told = decided.votes[0].attack_budget;
    assert!(change.lower <= told.unwrap_or(u64::MAX), "{change:?} and {told:?}");
}

#[test]
fn the_order_of_observations_changes_no_byte() {
    let (rules, mut observations) = on_grid();
    let bytes = |observations: &[Observation]| canonical::to_bytes(&analysed(&rules, observations)).unwrap();
    let first = bytes(&observations);
    observations.reverse();
    assert!(bytes(&observations) == first);
}

#[test]
fn a_part_that_cannot_be_computed_is_a_note_and_keeps_nothing_back() {
    // Marks of the whole stage are any numbers between 1 and 5: no grid, no categories.
    let (rules, observations) = whole();
    let analysis = analysed(&rules, &observations);
    assert!(analysis.panels[0].rasch.is_none() && analysis.panels[0].icc.is_some());
    let note = &analysis.notes[0];
    assert_eq!((note.about.as_str(), note.part), ("experts", Part::Rasch));
    assert!(note.code.starts_with("verdict::") && !note.reason.is_empty());
    assert_eq!(analysis.notes.len(), 1, "{:?}", analysis.notes);
}

#[test]
fn a_stage_without_a_verdict_has_an_empty_analysis() {
    let rules = with(programme(&["a", "b"], &[]), |stage| stage.criteria = vec![bench(100.0)]);
    let analysis = analysed(&rules, &samples("a", "x", &[1.0, 0.0]));
    assert!(analysis.sensitivity.is_none() && analysis.benchmarks.is_empty() && analysis.notes.is_empty());
}

#[test]
fn a_ring_is_flagged_and_the_ranking_without_it_stands_beside() {
    let (rules, mut observations) = on_grid();
    let mut noise = Noise(5);
    let all = ["a", "b", "c", "d", "ref"];
    let mut number = 10_000;
    let mut add = |voter: String, left: &str, right: &str, choice: VoteChoice| {
        number += 1;
        observations.push(crate::fixture::vote(number, &voter, left, right, choice));
    };
    for voter in 0..60 {
        for vote in 0..20 {
            let (left, right) = (all[(voter + vote) % 5], all[(voter + 2 * vote + 1) % 5]);
            if left == right {
                continue;
            }
            let honest = if noise.unit() < 0.5 { VoteChoice::Left } else { VoteChoice::Right };
            let bought = if left == "d" { VoteChoice::Left } else { VoteChoice::Right };
            let of_ring = voter < 3 && (left == "d" || right == "d");
            add(format!("w{voter}"), left, right, if of_ring { bought } else { honest });
        }
        if voter < 3 {
            for _ in 0..30 {
                add(format!("w{voter}"), "d", "a", VoteChoice::Left);
                add(format!("w{voter}"), "b", "d", VoteChoice::Right);
            }
        }
    }
    let analysis = analysed(&rules, &observations);
    let votes = &analysis.votes[0];
    let flagged: Vec<&str> =
        votes.report.as_ref().unwrap().flags.iter().map(|flag| flag.voter.as_str()).collect();
    for voter in ["w0", "w1", "w2"] {
        assert!(flagged.contains(&voter), "{voter}: {flagged:?}");
    }
    let beside = votes.beside.as_ref().unwrap();
    let row = beside.rows.iter().find(|row| row.name == "d").unwrap();
    assert!(row.change.unwrap() < -5.0, "{row:?}");
    assert_eq!(rules.stages[0].id, id("s1"));
}
