//! The analysis of a stage: every part is there, says what the verdict says, and changes nothing of it.

use crate::determinism::whole;
use crate::fixture::{Noise, bench, id, near, programme, samples, try_decide, verdict, with};
use daepyo_core::{ContaminationFlag, Digest, Observation, Programme, Verdict, VoteChoice, canonical};
use daepyo_verdict::{
    Rules,
    analysis::{Analysis, Part, analyse},
    attack::AttackKind,
    items::ItemProblem,
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

fn flag(document: u64, candidate: Option<&str>) -> Observation {
    Observation::Contamination(ContaminationFlag {
        stage: id("s1"),
        suite: id("main"),
        task: id("x"),
        document,
        candidate: candidate.map(id),
        source: "search of the training data".to_owned(),
        reason: "13 words in a row".to_owned(),
        evidence: None,
    })
}

#[test]
fn flagged_documents_stand_beside_the_scores_and_decide_nothing() {
    let (rules, mut observations) = on_grid();
    let plain = analysed(&rules, &observations);
    assert!(plain.benchmarks[0].contamination.is_none() && plain.gates[0].contamination.is_empty());
    let before = verdict(&rules, &observations);

    // `a` has seen every document of `x` that it got right; one more is known to everybody.
    let right: Vec<u64> = observations
        .iter()
        .filter_map(|observation| match observation {
            Observation::Sample(one) if one.candidate.as_str() == "a" && one.task.as_str() == "x" => {
                (one.score > 0.0 && one.document > 0).then_some(one.document)
            }
            _ => None,
        })
        .collect();
    observations.extend(right.iter().map(|document| flag(*document, Some("a"))));
    observations.push(flag(0, None));
    // Nobody was asked this one.
    observations.push(flag(999, None));
    let after = verdict(&rules, &observations);
    assert!(after == Verdict { observations: after.observations, ..before }, "all but the count is the same");

    let analysis = analysed(&rules, &observations);
    assert_eq!(analysis.notes, []);
    let seen = analysis.benchmarks[0].contamination.as_ref().unwrap();
    assert_eq!(seen.flagged, u64::try_from(right.len() + 1).unwrap());
    assert_eq!(seen.flags.len(), right.len() + 1);
    let of = |name: &str| seen.entrants.iter().find(|one| one.entrant == name).unwrap();
    assert!(of("a").clean.unwrap() < of("a").raw.unwrap() - 0.2, "{:?}", of("a"));
    assert!(of("a").effect.as_ref().unwrap().adjusted > 0.0);
    assert_eq!((of("b").documents_flagged, of("a").documents_flagged), (1, seen.flagged));
    let gates = &analysis.gates[0].contamination;
    assert_eq!(gates.iter().map(|one| one.candidate.as_str()).collect::<Vec<_>>(), ["a", "b", "c", "d"]);

    // The other parts say what they said before.
    let Analysis { mut benchmarks, mut gates, .. } = analysis;
    benchmarks[0].contamination = None;
    gates[0].contamination.clear();
    assert_eq!((benchmarks, gates), (plain.benchmarks, plain.gates));
}

#[test]
fn a_flag_on_something_unknown_is_named() {
    let (rules, mut observations) = on_grid();
    observations.push(flag(0, Some("nobody")));
    let error = try_decide(&rules, &observations).unwrap_err();
    assert_eq!(error.code(), "verdict::unknown_candidate");
}

#[test]
fn the_strongest_that_agree_against_the_key_are_found() {
    let (rules, mut observations) = on_grid();
    for observation in &mut observations {
        if let Observation::Sample(one) = observation {
            let is_wrong_key = one.task.as_str() == "y" && one.document == 7;
            one.key = Some("B".to_owned());
            if is_wrong_key {
                one.score = 0.0;
            }
            // However a right answer is written, it is the key.
            let right = if one.document % 2 == 0 { "B" } else { "b)" };
            let wrong = ["A", "C", "D"][usize::try_from(one.document).unwrap() % 3];
            let answer = if one.score > 0.0 { right } else { wrong };
            one.answer = Some(if is_wrong_key { "C" } else { answer }.to_owned());
        }
    }
    let analysis = analysed(&rules, &observations);
    let items = analysis.benchmarks[0].items.as_ref().unwrap();
    let found = items.findings.iter().find_map(|finding| match &finding.problem {
        ItemProblem::KeyDisagreement { key, answer, strongest, .. }
            if (finding.task.as_str(), finding.item.as_str()) == ("main/y", "7") =>
        {
            Some((key.as_str(), answer.as_str(), strongest.len()))
        }
        _ => None,
    });
    assert!(matches!(found, Some(("B", "C", 2..))), "{found:?}");
    assert!(items.findings.iter().all(|finding| match &finding.problem {
        ItemProblem::KeyDisagreement { answer, .. } => answer != "b)",
        _ => true,
    }));
}
