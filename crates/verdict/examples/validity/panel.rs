//! Recovery of the Rasch model's parameters, and coverage of the intervals of measures and of Krippendorff's alpha.

use crate::{
    JUDGED, Size,
    row::{Mean, Promise, Row, Source, share, yes},
    simulate,
};
use daepyo_verdict::{
    clustered::t_quantile,
    panel::{
        Agreement, AlphaSettings, Estimator, MarkRow, Metric, Rasch, RaschSettings, RatingTable, Scale,
        alpha_of_table, fit_rasch,
    },
    simulate::{Stream, marks::World},
};

const FIVE: Scale = Scale { minimum: 1.0, maximum: 5.0, step: 1.0 };
const COVERED: Promise = Promise::Between(0.94, 0.96);
/// A scale of logits that is stretched or shrunk by a fortieth at most.
const UNBIASED: Promise = Promise::Between(0.975, 1.025);

pub(crate) fn rows(size: Size, put: &mut dyn FnMut(Row)) {
    let worlds = [
        ("6 raters", World::even(6, 2.0)),
        ("10 raters", World::even(10, 2.0)),
        ("20 raters", World::even(20, 2.0)),
        ("20 raters, half of the marks missing", World { missing: 0.5, ..World::even(20, 2.0) }),
    ];
    for (number, (name, world)) in (0_u64..).zip(&worlds) {
        recovery(name, world, 5_000 + number, size.runs(1_000), put);
    }
    let views = [
        ("10 raters with views of their own of .8 logit", World { view: 0.8, ..World::even(10, 2.0) }),
        ("20 raters with views of their own of .8 logit", World { view: 0.8, ..World::even(20, 2.0) }),
    ];
    for (number, (name, world)) in (10_u64..).zip(&views) {
        own_views(name, world, 5_000 + number, size.runs(1_000), put);
    }
    let metrics =
        [(Metric::Nominal, "nominal"), (Metric::Ordinal, "ordinal"), (Metric::Interval, "interval")];
    for (place, (metric, name)) in (0_u64..).zip(metrics) {
        for (step, units) in (0_u64..).zip([50, 200]) {
            let seed = 5_100 + 10 * place + step;
            agreement(
                &format!("{name}, {units} dossiers, 4 raters"),
                metric,
                units,
                seed,
                size.runs(1_000),
                put,
            );
        }
    }
}

fn fitted(world: &World, stream: &mut Stream, estimator: Estimator) -> Rasch {
    let marks = world.marks(stream);
    let names = |letter: char, count: usize| -> Vec<String> {
        (0..count).map(|place| format!("{letter}{place:02}")).collect()
    };
    let raters = names('r', world.severities.len());
    let candidates = names('c', world.abilities.len());
    let items = names('i', world.difficulties.len());
    let rows: Vec<MarkRow<'_>> = (marks.iter())
        .map(|mark| MarkRow {
            rater: &raters[mark.rater],
            candidate: &candidates[mark.candidate],
            item: &items[mark.item],
            value: mark.value,
        })
        .collect();
    fit_rasch(&rows, RaschSettings { estimator, ..RaschSettings::new(FIVE) }).unwrap()
}

/// The slope of estimates on truth: 1 without bias.
fn slope(truth: &[f64], estimates: &[f64]) -> f64 {
    let center = Mean::of(truth.iter().copied()).mean();
    let both: f64 = truth.iter().zip(estimates).map(|(truth, estimate)| (truth - center) * estimate).sum();
    both / truth.iter().map(|truth| (truth - center) * (truth - center)).sum::<f64>()
}

fn recovery(name: &str, world: &World, seed: u64, runs: u64, put: &mut dyn FnMut(Row)) {
    let outcomes = simulate(runs, |run| {
        let panel = fitted(world, &mut Stream::new(seed, run), Estimator::Penalised);
        let plain = fitted(world, &mut Stream::new(seed, run), Estimator::JointUncorrected);
        let measures =
            |panel: &Rasch| -> Vec<f64> { panel.candidates.iter().map(|one| one.measure).collect() };
        let severities: Vec<f64> = panel.raters.iter().map(|one| one.measure).collect();
        let held: Vec<bool> = (panel.candidates.iter().zip(&world.abilities))
            .map(|(one, truth)| (one.low..=one.high).contains(truth))
            .collect();
        let severe: Vec<bool> = (panel.raters.iter().zip(&world.severities))
            .map(|(one, truth)| (one.measure - truth).abs() <= 1.959_964 * one.standard_error)
            .collect();
        [
            slope(&world.abilities, &measures(&panel)),
            slope(&world.abilities, &measures(&plain)),
            slope(&world.severities, &severities),
            share(&held, |held| *held),
            share(&severe, |held| *held),
            differences(&panel, &world.abilities),
        ]
    });
    let mean = |place: usize| Mean::of(outcomes.iter().map(|run| run[place]));
    let source = Source { section: "panel", world: name, seed };
    put(source
        .row("slope of candidates' measures on their abilities", UNBIASED, &mean(0))
        .beside("uncorrected joint likelihood", &mean(1)));
    put(source.row("slope of raters' measures on their severities", UNBIASED, &mean(2)));
    put(source.row("95 % interval of a candidate's measure", COVERED, &mean(3)));
    put(source.row("95 % interval of a difference of candidates", COVERED, &mean(5)));
    put(source.row("95 % interval of a rater's severity", COVERED, &mean(4)));
}

/// Share of pairs of candidates whose interval holds the true difference.
fn differences(panel: &Rasch, truth: &[f64]) -> f64 {
    let count = u32::try_from(panel.raters.len()).unwrap();
    let reach = t_quantile(0.975, f64::from(count) - 1.0);
    let mut held = Vec::new();
    for one in 0..truth.len() {
        for other in one + 1..truth.len() {
            let found = panel.candidates[one].measure - panel.candidates[other].measure;
            let off = (found - (truth[one] - truth[other])).abs();
            held.push(off <= reach * panel.difference_error[one][other]);
        }
    }
    share(&held, |held| *held)
}

/// Where raters differ in their views of candidates, the scale of logits shrinks by a constant; intervals are held
/// against what endless panels give.
fn own_views(name: &str, world: &World, seed: u64, runs: u64, put: &mut dyn FnMut(Row)) {
    let panels = simulate(runs, |run| fitted(world, &mut Stream::new(seed, run), Estimator::Penalised));
    let truth: Vec<f64> = (0..world.abilities.len())
        .map(|place| Mean::of(panels.iter().map(|panel| panel.candidates[place].measure)).mean())
        .collect();
    let measure = Mean::of(panels.iter().map(|panel| {
        let held: Vec<bool> = (panel.candidates.iter().zip(&truth))
            .map(|(one, truth)| (one.low..=one.high).contains(truth))
            .collect();
        share(&held, |held| *held)
    }));
    let by_model = Mean::of(panels.iter().map(|panel| {
        let held: Vec<bool> = (panel.candidates.iter().zip(&truth))
            .map(|(one, truth)| (one.measure - truth).abs() <= 1.959_964 * one.standard_error)
            .collect();
        share(&held, |held| *held)
    }));
    let pairs = Mean::of(panels.iter().map(|panel| differences(panel, &truth)));
    let source = Source { section: "panel", world: name, seed };
    put(source
        .row("95 % interval of a candidate's measure", COVERED, &measure)
        .beside("by the model's own error", &by_model));
    put(source.row("95 % interval of a difference of candidates", COVERED, &pairs));
}

/// Dossiers of different quality, which raters see with noise and mark from 1 to 5.
fn table(units: usize, stream: &mut Stream) -> Vec<f64> {
    let mut values = Vec::with_capacity(4 * units);
    for _ in 0..units {
        let quality = stream.normal();
        for _ in 0..4 {
            values.push((3.0 + quality + 0.8 * stream.normal()).round().clamp(1.0, 5.0));
        }
    }
    values
}

fn agreement(name: &str, metric: Metric, units: usize, seed: u64, runs: u64, put: &mut dyn FnMut(Row)) {
    let settings = AlphaSettings { draws: 0, ..AlphaSettings::new(metric) };
    let measured = |values: &[f64], settings: AlphaSettings| match alpha_of_table(
        RatingTable { raters: 4, values },
        settings,
    )
    .unwrap()
    {
        Agreement::Measured(alpha) => alpha,
        other => unreachable!("{other:?}"),
    };
    let truth = measured(&table(400_000, &mut Stream::new(seed, u64::MAX / 2)), settings).alpha;
    let held = simulate(runs, |run| {
        let values = table(units, &mut Stream::new(seed, run));
        let settings = AlphaSettings { seed: JUDGED + 10_000 * seed + run, draws: 1_000, ..settings };
        let interval = measured(&values, settings).interval;
        yes(interval.is_some_and(|(low, high)| (low..=high).contains(&truth)))
    });
    let source = Source { section: "panel", world: name, seed };
    put(source.row("95 % interval of Krippendorff's alpha", COVERED, &Mean::of(held)));
}
