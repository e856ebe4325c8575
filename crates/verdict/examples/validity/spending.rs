//! How often several looks at growing evidence stop wrongly, by boundaries alone and through whole verdicts.

use crate::{
    Size,
    row::{Mean, Promise, Row, Source, yes},
    simulate,
    stage::{Terms, benchmark, fill, id, programme, rules, samples},
};
use daepyo_core::{CandidateDecision, Cause, Looks, Observation, Spending, Status, Verdict};
use daepyo_verdict::{
    sequential::{Before, Sides, boundaries, decide_after},
    simulate::{Stream, items::World},
};

pub(crate) fn rows(size: Size, put: &mut dyn FnMut(Row)) {
    let even = |looks: u32| (1..=looks).map(|look| f64::from(look) / f64::from(looks)).collect::<Vec<f64>>();
    let mut number = 6_000;
    for (spending, kind) in
        [(Spending::OBrienFleming, "O'Brien-Fleming type"), (Spending::Pocock, "Pocock type")]
    {
        for (fractions, name) in [
            (even(2), "2 even looks"),
            (even(5), "5 even looks"),
            (even(10), "10 even looks"),
            (vec![0.15, 0.5, 0.55, 1.0], "4 uneven looks"),
        ] {
            for (sides, alpha, side) in
                [(Sides::One, 0.1, "one side at .1"), (Sides::Two, 0.05, "two sides at .05")]
            {
                number += 1;
                let looks = boundaries(spending, sides, alpha, &fractions).unwrap();
                let bounds: Vec<f64> = looks.iter().map(|look| look.z.unwrap_or(f64::INFINITY)).collect();
                let plain = if sides == Sides::One { 1.281_552 } else { 1.959_964 };
                let stopped = walks(&fractions, &bounds, plain, sides, number, size.runs(200_000));
                let mean = |place: usize| Mean::of(stopped.iter().flatten().map(|walk| walk[place]));
                let source =
                    Source { section: "spending", world: &format!("{kind}, {name}, {side}"), seed: number };
                put(source
                    .row("wrong stops", Promise::Between(alpha, alpha), &mean(0))
                    .beside("the same level at every look", &mean(1)));
            }
        }
    }
    verdicts(size, put);
}

/// Of every walk, whether it stops at these boundaries and whether at one level for all looks.
fn walks(
    fractions: &[f64],
    bounds: &[f64],
    plain: f64,
    sides: Sides,
    seed: u64,
    runs: u64,
) -> Vec<Vec<[f64; 2]>> {
    let walk = |stream: &mut Stream| {
        let (mut at, mut before) = (0.0, 0.0);
        let mut stopped = [false; 2];
        for (fraction, bound) in fractions.iter().zip(bounds) {
            at += stream.normal() * (fraction - before).sqrt();
            before = *fraction;
            let z = at / fraction.sqrt();
            let z = if sides == Sides::One { z } else { z.abs() };
            stopped[0] |= z >= *bound;
            stopped[1] |= z >= plain;
        }
        stopped.map(yes)
    };
    // A thousand walks share a stream.
    simulate(runs.div_ceil(1_000), |chunk| {
        let mut stream = Stream::new(seed, chunk);
        (0..runs.min(1_000 * chunk + 1_000) - 1_000 * chunk).map(|_| walk(&mut stream)).collect()
    })
}

/// Two equals with one benchmark, of which a quarter of the documents comes in before each of four verdicts.
fn verdicts(size: Size, put: &mut dyn FnMut(Row)) {
    for (number, spending, kind) in
        [(1_u64, Spending::OBrienFleming, "O'Brien-Fleming type"), (2, Spending::Pocock, "Pocock type")]
    {
        let seed = 6_100 + number;
        let rates = |looks: Option<Looks>, runs: u64| {
            Mean::of(simulate(runs, |run| first_elimination(looks.clone(), seed, run)))
        };
        let planned = Looks { spending, criterion: id("bench"), full: 240 };
        let runs = size.runs(1_500);
        let world = format!("two equals, one place, a verdict at each of 4 looks at .90, {kind}");
        let source = Source { section: "spending", world: &world, seed };
        put(source
            .row("false eliminations of the one", Promise::AtMost(0.1), &rates(Some(planned), runs))
            .beside("the same level at every look", &rates(None, runs)));
    }
}

/// Whether the first of two equals is ever eliminated.
fn first_elimination(looks: Option<Looks>, seed: u64, run: u64) -> f64 {
    let terms = Terms {
        gates: Vec::new(),
        criteria: vec![benchmark(100.0)],
        advance: 1,
        confidence: 0.9,
        looks,
        draws: 1_000,
    };
    let mut programme = programme(&["a".to_owned(), "b".to_owned()], &[], &terms);
    programme.stages[0].seed = crate::JUDGED + 10_000 * seed + run;
    let world = World::even(&[0.6, 0.6], 240, 1, 0.0);
    let clusters = world.clusters();
    let mut observations = samples(&["a", "b"], &clusters, 0.0);
    fill(&mut observations, &world.answers(&mut Stream::new(seed, run)));
    let mut earlier: Option<Verdict> = None;
    for look in 1..=4_u64 {
        let outcomes: Vec<Observation> = (observations.iter())
            .filter(|one| matches!(one, Observation::Sample(sample) if sample.document < 60 * look))
            .cloned()
            .collect();
        let verdict = earlier.as_ref().map(|verdict| (verdict, Cause::MoreEvidence));
        let verdict =
            decide_after(&rules(&programme), &outcomes, &Before { verdict, carried: None }).unwrap();
        if matches!(verdict.status, Status::Decided(_)) {
            let first = verdict.outcomes.iter().find(|one| one.candidate.as_str() == "a").unwrap();
            return yes(first.decision == CandidateDecision::Eliminated);
        }
        earlier = Some(verdict);
    }
    0.0
}
