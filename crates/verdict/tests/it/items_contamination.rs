//! Flagged items: effects that were planted, difficulty that must not be taken for one, and what changes.

use crate::fixture::{Noise, near};
use crate::items_world::{World, clustered, logistic, real};
use daepyo_core::GateOutcome;
use daepyo_verdict::items::{Bar, Contamination, ContaminationSettings, Flag, contamination};

const SETTINGS: ContaminationSettings<'_> =
    ContaminationSettings { confidence: 0.95, chance_corrected: false, gate: None };

/// Five entrants on 40 clusters of 10; every fifth cluster is flagged for `e0`, harder by `harder` logits, and `e0` is
/// right on a share `seen` of its items whatever they ask.
fn leaked(noise: &mut Noise, harder: f64, seen: f64) -> World {
    let mut world = World::new(40, 10);
    let mut scores = vec![Vec::new(); 5];
    for place in 0..400 {
        let flagged = (place / 10) % 5 == 0;
        let difficulty = 1.2 * noise.normal() - 0.4 + if flagged { harder } else { 0.0 };
        for (entrant, column) in scores.iter_mut().enumerate() {
            let known = f64::from(u8::from(flagged && entrant == 0)) * noise.hit(seen);
            let ability = 0.25 * real(entrant) - 0.5;
            column.push(Some(known.max(noise.hit(logistic(ability - difficulty)))));
        }
    }
    for (place, column) in scores.into_iter().enumerate() {
        world.add(&format!("e{place}"), column);
    }
    world
}

fn judge(world: &World, settings: &ContaminationSettings<'_>) -> Contamination {
    let flags: Vec<Flag<'_>> = world
        .items
        .iter()
        .enumerate()
        .filter(|(place, _)| (place / 10) % 5 == 0)
        .map(|(_, item)| Flag {
            task: &item.0,
            item: &item.1,
            entrant: Some("e0"),
            source: "search",
            reason: "13-gram",
        })
        .collect();
    contamination(&world.table(), &flags, settings).unwrap()
}

#[test]
fn harder_items_are_not_taken_for_clean_ones() {
    // No contamination, but flagged items are a logit harder: the raw difference is far from 0, the adjusted one is not.
    let mut noise = Noise(31);
    let (runs, mut found, mut adjusted, mut raw) = (400, 0, 0.0, 0.0);
    for _ in 0..runs {
        let all = judge(&leaked(&mut noise, 1.0, 0.0), &SETTINGS);
        let effect = all.entrants[0].effect.clone().unwrap();
        found += u32::from(effect.p.unwrap() <= 0.05);
        adjusted += effect.adjusted / f64::from(runs);
        raw += effect.difference / f64::from(runs);
        assert!(!effect.relative && effect.compared_with.len() == 4);
    }
    assert!(raw < -0.12, "{raw}");
    assert!(adjusted.abs() < 0.02, "{adjusted}");
    // .05 of 400 is 20 with a standard deviation of 4.4.
    assert!((6..=36).contains(&found), "{found} of {runs}");
}

#[test]
fn a_planted_effect_is_measured() {
    // e0 knows 60 % of the flagged items: it gains 60 % of what it would have missed, about .6 * .6.
    let mut noise = Noise(32);
    let (runs, mut sum, mut held) = (200, 0.0, 0);
    let mut truth = 0.0;
    for _ in 0..runs {
        let plain = leaked(&mut Noise(noise.0), 0.5, 0.0);
        let world = leaked(&mut noise, 0.5, 0.6);
        let effect = judge(&world, &SETTINGS).entrants[0].effect.clone().unwrap();
        // The same random numbers without leak: what the leak gave on these very items.
        let gain = |world: &World| {
            let flagged = world.scores[0].iter().enumerate().filter(|(place, _)| (place / 10) % 5 == 0);
            flagged.map(|(_, score)| score.unwrap()).sum::<f64>() / 80.0
        };
        truth += (gain(&world) - gain(&plain)) / f64::from(runs);
        sum += effect.adjusted / f64::from(runs);
        held += u32::from(effect.interval.unwrap().0 > 0.0);
    }
    near(sum, truth, 0.03);
    assert!(truth > 0.25 && held >= 190, "{truth}, {held} of {runs} shown");
}

#[test]
fn raw_and_clean_stand_side_by_side_and_what_changes_is_named() {
    // e0 leads only by the flagged items.
    let mut world = World::new(20, 5);
    let score = |place: usize, modulus: usize| Some(f64::from(u8::from(!place.is_multiple_of(modulus))));
    world.add("e0", (0..100).map(|place| if place < 20 { Some(1.0) } else { score(place, 4) }).collect());
    world.add("e1", (0..100).map(|place| score(place, 5)).collect());
    world.add("ref", (0..100).map(|place| score(place + 2, 5)).collect());
    let flags: Vec<Flag<'_>> = world.items[..20]
        .iter()
        .map(|item| Flag {
            task: &item.0,
            item: &item.1,
            entrant: Some("e0"),
            source: "leak",
            reason: "forum",
        })
        .collect();
    let bar = Bar { references: &["ref"], ratio: 0.8, confidence: 0.95, chance_corrected: false };
    let settings = ContaminationSettings { gate: Some(bar), ..SETTINGS };
    let all = contamination(&world.table(), &flags, &settings).unwrap();
    assert_eq!((all.flagged, all.flags.len()), (20, 20));
    let own = &all.entrants[0];
    near(own.raw.unwrap(), 0.8, 1e-12);
    near(own.clean.unwrap(), 0.75, 1e-12);
    assert_eq!((own.documents_flagged, own.documents_clean), (20, 80));
    assert_eq!((all.standings[0].rank_all, all.standings[1].rank_all), (Some(1), Some(1)));
    assert_eq!((all.standings[0].rank_without, all.standings[1].rank_without), (Some(3), Some(1)));
    near(all.standings[1].without.unwrap(), 0.8, 1e-12);
    assert_eq!(all.gates[0].candidate, "e0");
    assert_eq!(all.gates[0].raw, Some(GateOutcome::Passed));
    assert!(all.entrants[1].effect.is_none() && all.swapped.is_empty());
}

#[test]
fn a_gate_that_hangs_on_flagged_items_is_named() {
    let mut noise = Noise(35);
    let mut world = clustered(&mut noise, &[0.59, 0.8, 0.68], 100, 10, (0.1, 0.05));
    for score in world.scores[0].iter_mut().take(500) {
        *score = Some(1.0);
    }
    let flags: Vec<Flag<'_>> = world.items[..500]
        .iter()
        .map(|item| Flag { task: &item.0, item: &item.1, entrant: Some("e0"), source: "s", reason: "r" })
        .collect();
    let bar = Bar { references: &["e1"], ratio: 0.9, confidence: 0.95, chance_corrected: false };
    let settings = ContaminationSettings { gate: Some(bar), ..SETTINGS };
    let all = contamination(&world.table(), &flags, &settings).unwrap();
    let gate = &all.gates[0];
    assert_eq!(
        (gate.raw, gate.clean, gate.changed),
        (Some(GateOutcome::Passed), Some(GateOutcome::Failed), true)
    );
    assert_eq!(all.swapped, [("e0".to_owned(), "e2".to_owned())]);
}

#[test]
fn flags_for_everybody_are_relative_and_unknown_ones_are_refused() {
    let world = leaked(&mut Noise(36), 0.0, 0.5);
    let flag = |item, entrant| Flag { task: "t", item, entrant, source: "s", reason: "r" };
    let everybody: Vec<Flag<'_>> = world.items[..50].iter().map(|item| flag(&item.1, None)).collect();
    let all = contamination(&world.table(), &everybody, &SETTINGS).unwrap();
    assert!(all.entrants.iter().all(|one| one.effect.as_ref().is_some_and(|effect| effect.relative)));
    for (bad, name) in [(flag("nothing", None), "t/nothing"), (flag("00001", Some("nobody")), "nobody")] {
        let error = contamination(&world.table(), &[bad], &SETTINGS).unwrap_err();
        assert_eq!(error.code(), "verdict::unknown_name");
        assert!(error.to_string().contains(name));
    }
    // All items flagged: no clean score, no effect, and no panic.
    let all: Vec<Flag<'_>> = world.items.iter().map(|item| flag(&item.1, None)).collect();
    let all = contamination(&world.table(), &all, &SETTINGS).unwrap();
    assert!(all.entrants.iter().all(|one| one.clean.is_none() && one.effect.is_none()));
    assert!(all.standings.iter().all(|one| one.without.is_none() && one.rank_without.is_none()));
}
