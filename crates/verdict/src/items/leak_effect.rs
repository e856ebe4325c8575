//! What flagged items gave an entrant, beyond their difficulty.
//!
//! The effect of contamination on an entrant is how much better it does on its flagged items than on the others, beyond
//! what the items' difficulty explains. Difficulty is how the other entrants do on the same items. Within tasks,
//!
//! ```text
//! effect = (mean of s, flagged - mean of s, clean) - b * (mean of m, flagged - mean of m, clean)
//! ```
//!
//! with `s` the entrant's score on an item and `m` the mean of the others', each less their own mean. The slope `b` is the
//! regression of `s` on `m` within tasks and groups, divided by the reliability of `m`: a mean over few entrants is a noisy
//! measure of difficulty, and the plain slope would adjust too little where flagged items are harder or easier (Porter
//! 1967, true-score analysis of covariance). Reliability is one minus the mean squared error of `m` over its variance,
//! from the spread of the others on each item, and at least [`LEAST_RELIABILITY`]. The standard error is the
//! delete-one-cluster jackknife within tasks, slope and reliability computed anew each time.
//!
//! Others count where none of the entrant's flagged items is flagged for them. Where there is nobody like that, everybody
//! else counts, and the effect only shows who gained more than they did.

use super::{ContaminationSettings, ItemTable, contamination::Marks, distributions::t_two_sided};
use crate::{clustered::t_quantile, number::real};
use serde::{Deserialize, Serialize};

/// The least reliability that a slope is divided by.
pub const LEAST_RELIABILITY: f64 = 0.2;

/// What flagged items gave an entrant beyond their difficulty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContaminationEffect {
    /// Mean score on flagged minus mean score on clean items, within tasks.
    pub difference: f64,
    /// The same for the others on the same items.
    pub others: f64,
    /// Score points that a point of the others is worth, corrected for reliability.
    pub slope: f64,
    /// Reliability of the others' mean; none with a single other.
    pub reliability: Option<f64>,
    /// The effect: difference minus slope times others.
    pub adjusted: f64,
    /// Its standard error; none where flagged or clean items lie in fewer than two clusters.
    pub standard_error: Option<f64>,
    /// Degrees of freedom: clusters with flagged items less one for each task, or those with clean ones if fewer.
    pub freedom: Option<f64>,
    /// Interval of the effect.
    pub interval: Option<(f64, f64)>,
    /// Two-sided p-value of no effect.
    pub p: Option<f64>,
    /// The others.
    pub compared_with: Vec<String>,
    /// Whether items are flagged for these others too, so that the effect is relative to theirs.
    pub relative: bool,
}

/// Sums over the items of one task, one cluster or all, of one group.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    count: f64,
    own: f64,
    others: f64,
    squares: f64,
    products: f64,
    /// Squared errors of the others' means, over the items where they are known.
    errors: f64,
    known: f64,
}

impl Group {
    fn add(&mut self, own: f64, others: f64, error: Option<f64>) {
        self.count += 1.0;
        self.own += own;
        self.others += others;
        self.squares += others * others;
        self.products += own * others;
        if let Some(error) = error {
            self.errors += error;
            self.known += 1.0;
        }
    }

    fn less(&self, other: &Self) -> Self {
        Self {
            count: self.count - other.count,
            own: self.own - other.own,
            others: self.others - other.others,
            squares: self.squares - other.squares,
            products: self.products - other.products,
            errors: self.errors - other.errors,
            known: self.known - other.known,
        }
    }
}

/// Clean and flagged sums of one task, and of each of its clusters.
struct TaskGroups {
    all: [Group; 2],
    clusters: Vec<[Group; 2]>,
}

/// Difference, others' difference, slope, reliability, effect.
struct Estimate {
    difference: f64,
    others: f64,
    slope: f64,
    reliability: Option<f64>,
    adjusted: f64,
}

fn estimate(tasks: &[[Group; 2]]) -> Option<Estimate> {
    let (mut squares, mut products, mut errors, mut known, mut freedom) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let (mut difference, mut others, mut weights) = (0.0, 0.0, 0.0);
    for [clean, flagged] in tasks.iter().filter(|task| task.iter().all(|group| group.count > 0.5)) {
        for group in [clean, flagged] {
            squares += group.squares - group.others * group.others / group.count;
            products += group.products - group.own * group.others / group.count;
            errors += group.errors;
            known += group.known;
            freedom += group.count - 1.0;
        }
        weights += flagged.count;
        difference += flagged.count * (flagged.own / flagged.count - clean.own / clean.count);
        others += flagged.count * (flagged.others / flagged.count - clean.others / clean.count);
    }
    if weights <= 0.0 {
        return None;
    }
    let (difference, others) = (difference / weights, others / weights);
    let varies = squares > 1e-9 && freedom > 0.5;
    let reliability = (varies && known > 0.5)
        .then(|| (1.0 - (errors / known) / (squares / freedom)).clamp(LEAST_RELIABILITY, 1.0));
    let slope = if varies { products / squares / reliability.unwrap_or(1.0) } else { 0.0 };
    Some(Estimate { difference, others, slope, reliability, adjusted: difference - slope * others })
}

/// The effect on the entrant at `place`.
pub(crate) fn effect(
    table: &ItemTable<'_>,
    marks: &Marks,
    place: usize,
    settings: &ContaminationSettings<'_>,
) -> Option<ContaminationEffect> {
    let (others, relative) = others(table, marks, place);
    if others.is_empty() {
        return None;
    }
    let tasks = groups(table, marks, place, &others, settings.chance_corrected);
    let sums: Vec<[Group; 2]> = tasks.iter().map(|task| task.all).collect();
    let found = estimate(&sums)?;
    let error = jackknife(&tasks, &sums);
    let alpha = 1.0 - settings.confidence;
    let reach = error.map(|(error, freedom)| t_quantile(1.0 - alpha / 2.0, freedom) * error);
    Some(ContaminationEffect {
        difference: found.difference,
        others: found.others,
        slope: found.slope,
        reliability: found.reliability,
        adjusted: found.adjusted,
        standard_error: error.map(|(error, _)| error),
        freedom: error.map(|(_, freedom)| freedom),
        interval: reach.map(|reach| (found.adjusted - reach, found.adjusted + reach)),
        p: error
            .filter(|(error, _)| *error > 0.0)
            .map(|(error, freedom)| t_two_sided(found.adjusted / error, freedom)),
        compared_with: others.iter().map(|other| table.id(*other)).collect(),
        relative,
    })
}

/// Whom to measure difficulty by, and whether flagged items are flagged for them too.
fn others(table: &ItemTable<'_>, marks: &Marks, place: usize) -> (Vec<usize>, bool) {
    let all: Vec<usize> = (0..table.entrants.len()).filter(|other| *other != place).collect();
    let flagged: Vec<usize> = (0..table.items.len()).filter(|item| marks.of(place, *item)).collect();
    let untouched = |other: &usize| flagged.iter().all(|item| !marks.of(*other, *item));
    let clean: Vec<usize> = all.iter().copied().filter(untouched).collect();
    if clean.is_empty() { (all, true) } else { (clean, false) }
}

fn groups(
    table: &ItemTable<'_>,
    marks: &Marks,
    place: usize,
    others: &[usize],
    corrected: bool,
) -> Vec<TaskGroups> {
    let mut all = Vec::new();
    for task in table.tasks.iter().filter(|task| task.weight > 0.0) {
        let mean = |other: &usize| {
            let scores = task.items.clone().filter_map(|item| table.score(*other, item, corrected));
            let (sum, count) = scores.fold((0.0, 0_usize), |(sum, count), score| (sum + score, count + 1));
            sum / real(count.max(1))
        };
        let means: Vec<f64> = others.iter().map(mean).collect();
        let mut groups =
            TaskGroups { all: Default::default(), clusters: vec![Default::default(); task.clusters] };
        let mut centred = Vec::with_capacity(others.len());
        for item in task.items.clone() {
            let Some(own) = table.score(place, item, corrected) else {
                continue;
            };
            centred.clear();
            let scores = others.iter().zip(&means);
            centred.extend(
                scores.filter_map(|(other, mean)| Some(table.score(*other, item, corrected)? - mean)),
            );
            if centred.is_empty() {
                continue;
            }
            let count = real(centred.len());
            let mean = centred.iter().sum::<f64>() / count;
            let squares: f64 = centred.iter().map(|one| (one - mean) * (one - mean)).sum();
            let error = (centred.len() > 1).then(|| squares / (count - 1.0) / count);
            let side = usize::from(marks.of(place, item));
            if let Some(group) = groups.all.get_mut(side) {
                group.add(own, mean, error);
            }
            let cluster = table.cluster_of.get(item).and_then(|cluster| groups.clusters.get_mut(*cluster));
            if let Some(group) = cluster.and_then(|cluster| cluster.get_mut(side)) {
                group.add(own, mean, error);
            }
        }
        all.push(groups);
    }
    all
}

/// Standard error and degrees of freedom; none where a group lies in too few clusters.
fn jackknife(tasks: &[TaskGroups], sums: &[[Group; 2]]) -> Option<(f64, f64)> {
    let mut variance = 0.0;
    let mut freedom = [0.0_f64; 2];
    let mut left = sums.to_vec();
    for (place, task) in tasks.iter().enumerate() {
        if task.all.iter().any(|group| group.count < 0.5) {
            continue;
        }
        for (side, freedom) in freedom.iter_mut().enumerate() {
            let has = |cluster: &&[Group; 2]| cluster.get(side).is_some_and(|group| group.count > 0.5);
            let clusters = task.clusters.iter().filter(has).count();
            *freedom += real(clusters) - 1.0;
            if clusters < 2 {
                return None;
            }
        }
        let mut values = Vec::with_capacity(task.clusters.len());
        for [clean, flagged] in &task.clusters {
            if clean.count + flagged.count < 0.5 {
                continue;
            }
            let [all_clean, all_flagged] = &task.all;
            if let Some(slot) = left.get_mut(place) {
                *slot = [all_clean.less(clean), all_flagged.less(flagged)];
            }
            values.push(estimate(&left)?.adjusted);
        }
        if let Some(slot) = left.get_mut(place) {
            *slot = task.all;
        }
        let count = real(values.len());
        let mean = values.iter().sum::<f64>() / count;
        variance += (count - 1.0) / count * values.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>();
    }
    let [clean, flagged] = freedom;
    let freedom = clean.min(flagged);
    (freedom > 0.0).then(|| (variance.sqrt(), freedom))
}
