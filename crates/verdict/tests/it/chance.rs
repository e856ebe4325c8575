//! Error rates over simulated stages.

use crate::fixture::{Noise, bar, gate_of, programme, samples, verdict, with};
use daepyo_core::{GateOutcome, NotShown, Observation};

/// Scores of a candidate and references whose expected score is `own` and `others`, where documents of a passage
/// share a difficulty.
fn measured(noise: &mut Noise, own: f64, others: &[(&str, f64)], documents: usize) -> Vec<Observation> {
    let per_passage = 20;
    // Each passage is easy or hard for all, and easier or harder for each.
    let mut scores: Vec<Vec<f64>> = vec![Vec::new(); others.len() + 1];
    for _ in 0..documents / per_passage {
        let shared = 0.16 * noise.unit() - 0.08;
        for (column, scores) in scores.iter_mut().enumerate() {
            let mean = column.checked_sub(1).map_or(own, |place| others[place].1);
            let passage = mean + shared + 0.2 * noise.unit() - 0.1;
            scores.extend((0..per_passage).map(|_| noise.hit(passage)));
        }
    }
    let names = std::iter::once("a").chain(others.iter().map(|(name, _)| *name));
    let mut observations: Vec<Observation> =
        names.zip(&scores).flat_map(|(name, scores)| samples(name, "x", scores)).collect();
    for observation in &mut observations {
        if let Observation::Sample(sample) = observation {
            sample.cluster = format!("passage {}", sample.document / 20);
        }
    }
    observations
}

#[test]
fn a_candidate_exactly_at_the_bar_passes_no_more_often_than_written() {
    let runs = 300;
    for (names, most) in [(vec!["ref"], 28), (vec!["ref", "two", "three"], 28)] {
        let rules = with(programme(&["a"], &names), |stage| {
            stage.gates = vec![bar(NotShown::Stay, false)];
            stage.draws = 2;
        });
        let references: Vec<(&str, f64)> = names.iter().map(|name| (*name, 0.7)).collect();
        let mut noise = Noise(101);
        let mut passed = 0;
        for _ in 0..runs {
            let observations = measured(&mut noise, 0.95 * 0.7, &references, 1_000);
            passed += u32::from(gate_of(&verdict(&rules, &observations), "a").outcome == GateOutcome::Passed);
        }
        // .05 of 300 is 15 with a standard deviation of 3.8.
        assert!(passed <= most, "{passed} of {runs} passed against {} references", names.len());
        assert!(
            names.len() > 1 || passed >= 4,
            "{passed} of {runs}: the test should not be needlessly strict"
        );
    }
}

#[test]
fn a_candidate_well_above_the_bar_passes() {
    let rules = with(programme(&["a"], &["ref"]), |stage| {
        stage.gates = vec![bar(NotShown::Stay, false)];
        stage.draws = 2;
    });
    let mut noise = Noise(7);
    let mut passed = 0;
    for _ in 0..50 {
        let observations = measured(&mut noise, 0.75, &[("ref", 0.7)], 1_000);
        passed += u32::from(gate_of(&verdict(&rules, &observations), "a").outcome == GateOutcome::Passed);
    }
    assert!(passed >= 45, "{passed} of 50");
}
