//! Krippendorff's alpha: agreement beyond chance for any number of raters, missing ratings and four kinds of scale.
//!
//! ```text
//! alpha = 1 - D_o / D_e,   D_o = 1/n sum over units of sum over pairs of d^2 / (m_u - 1),   D_e the same over all pairs
//! ```
//!
//! (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability"). The squared differences of the interval and the
//! ordinal metric are those of positions on a line (for the ordinal one, a value's mean rank), so a unit's sum over pairs
//! is `m * sum of squares - square of sum`: the work is the number of units times the number of values, and no matrix of
//! coincidences is made.
#![expect(clippy::indexing_slicing, reason = "values and units are numbered by `Units`")]

use super::units::{Counts, RatingTable, Units};
use crate::{
    draws::Draws,
    number::{quantile, real, wide},
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far two values are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Different or not.
    Nominal,
    /// By the number of ratings between them.
    Ordinal,
    /// By their difference.
    Interval,
    /// By their difference over their sum; values must not be negative.
    Ratio,
}

/// One rating.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rating<'a> {
    /// What was rated, for example an item of a candidate.
    pub unit: &'a str,
    /// Who rated.
    pub rater: &'a str,
    /// The rating; codes of a nominal scale may be any numbers.
    pub value: f64,
}

/// What to compute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlphaSettings {
    /// The metric.
    pub metric: Metric,
    /// Seed of the bootstrap over units.
    pub seed: u64,
    /// Draws; with 0 there is no interval.
    pub draws: u32,
    /// Level of the interval.
    pub confidence: f64,
}

impl AlphaSettings {
    /// Seed 0, 2,000 draws and a 95 % interval.
    pub fn new(metric: Metric) -> Self {
        Self { metric, seed: 0, draws: 2_000, confidence: 0.95 }
    }
}

/// Ratings that can't be compared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AgreementError {
    /// A rating that is no finite number.
    #[error("rating {index} is {value}; leave a missing rating out")]
    NotFinite {
        /// The row or the place in the table, from 0.
        index: usize,
        /// The rating.
        value: f64,
    },
    /// A second rating of a unit by one rater.
    #[error("rating {index} repeats rating {first}: rater `{rater}`, unit `{unit}`")]
    Duplicate {
        /// The later row, from 0.
        index: usize,
        /// The earlier one.
        first: usize,
        /// Their rater.
        rater: String,
        /// Their unit.
        unit: String,
    },
    /// A negative rating under the ratio metric.
    #[error("{value} is negative, and ratios need a true zero: use the interval metric")]
    Negative {
        /// The rating.
        value: f64,
    },
    /// A table whose values are no whole number of rows.
    #[error("{values} values make no whole rows of {raters} raters")]
    NotATable {
        /// Values.
        values: usize,
        /// Raters.
        raters: usize,
    },
}

impl AgreementError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFinite { .. } => "verdict::rating_not_finite",
            Self::Duplicate { .. } => "verdict::duplicate_rating",
            Self::Negative { .. } => "verdict::negative_ratio",
            Self::NotATable { .. } => "verdict::not_a_table",
        }
    }
}

/// What ratings say of agreement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// A figure.
    Measured(Alpha),
    /// All ratings that could be compared are the same: agreement beyond chance is undefined, for nothing shows that
    /// raters would have told different units apart.
    OneValue {
        /// The value.
        value: f64,
        /// Ratings of units with two or more.
        ratings: u64,
    },
    /// No unit has two ratings.
    NothingToCompare,
}

/// Agreement beyond chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alpha {
    /// The metric.
    pub metric: Metric,
    /// 1: perfect; 0: as chance; below: worse.
    pub alpha: f64,
    /// Observed disagreement, in the metric's units.
    pub observed: f64,
    /// Disagreement expected by chance.
    pub expected: f64,
    /// Units with two or more ratings.
    pub units: u64,
    /// Their ratings.
    pub ratings: u64,
    /// Ratings of units that have but one, which count for nothing.
    pub unpaired: u64,
    /// Distinct values among the paired.
    pub values: u64,
    /// The bootstrap's interval; none with fewer than two units or draws, or where most draws had one value only.
    pub interval: Option<(f64, f64)>,
    /// Draws with one value only, which the interval leaves out.
    pub undefined_draws: u32,
}

/// Agreement of `rows`, whatever their order.
///
/// # Examples
/// ```
/// use daepyo_verdict::panel::{Agreement, AlphaSettings, Metric, Rating, alpha};
/// let row = |unit, rater, value| Rating { unit, rater, value };
/// let rows = [row("a", "kim", 1.0), row("a", "lee", 1.0), row("b", "kim", 2.0), row("b", "lee", 2.0)];
/// let Agreement::Measured(perfect) = alpha(&rows, AlphaSettings::new(Metric::Nominal))? else { panic!() };
/// assert_eq!(perfect.alpha, 1.0);
/// # Ok::<(), daepyo_verdict::panel::AgreementError>(())
/// ```
pub fn alpha(rows: &[Rating<'_>], settings: AlphaSettings) -> Result<Agreement, AgreementError> {
    let mut seen: BTreeMap<(&str, &str), (usize, f64)> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        if !row.value.is_finite() {
            return Err(AgreementError::NotFinite { index, value: row.value });
        }
        if let Some((first, _)) = seen.insert((row.unit, row.rater), (index, row.value)) {
            let (rater, unit) = (row.rater.to_owned(), row.unit.to_owned());
            return Err(AgreementError::Duplicate { index, first, rater, unit });
        }
    }
    let mut units: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for ((unit, _), (_, value)) in seen {
        units.entry(unit).or_default().push(value);
    }
    agreement(&Units::sparse(units.into_values()), settings)
}

/// The same of a table, much faster.
pub fn alpha_of_table(table: RatingTable<'_>, settings: AlphaSettings) -> Result<Agreement, AgreementError> {
    let RatingTable { raters, values } = table;
    if raters == 0 || !values.len().is_multiple_of(raters) {
        return Err(AgreementError::NotATable { values: values.len(), raters });
    }
    let units = Units::of_table(values, raters);
    if let Counts::Sparse(_) = &units.counts
        && let Some((index, value)) = values.iter().enumerate().find(|(_, value)| value.is_infinite())
    {
        return Err(AgreementError::NotFinite { index, value: *value });
    }
    agreement(&units, settings)
}

fn agreement(units: &Units, settings: AlphaSettings) -> Result<Agreement, AgreementError> {
    let (Some(first), Some(_)) = (units.values.first(), units.pairable.checked_sub(2)) else {
        return Ok(Agreement::NothingToCompare);
    };
    if settings.metric == Metric::Ratio && *first < 0.0 {
        return Err(AgreementError::Negative { value: *first });
    }
    let Some((observed, expected)) = disagreement(units, None, settings.metric) else {
        return Ok(Agreement::OneValue { value: *first, ratings: units.pairable });
    };
    let (interval, undefined_draws) = bootstrap(units, settings);
    Ok(Agreement::Measured(Alpha {
        metric: settings.metric,
        alpha: 1.0 - observed / expected,
        observed,
        expected,
        units: wide(units.counts.len()),
        ratings: units.pairable,
        unpaired: units.ratings - units.pairable,
        values: wide(units.values.len()),
        interval,
        undefined_draws,
    }))
}

fn bootstrap(units: &Units, settings: AlphaSettings) -> (Option<(f64, f64)>, u32) {
    let number = units.counts.len();
    if number < 2 || settings.draws < 2 {
        return (None, 0);
    }
    let draw = |draw: u32| {
        let mut times = vec![0; number];
        Draws::new(settings.seed, u64::from(draw)).resample(&mut times);
        disagreement(units, Some(&times), settings.metric)
            .map(|(observed, expected)| 1.0 - observed / expected)
    };
    let all: Vec<Option<f64>> = (0..settings.draws).into_par_iter().map(draw).collect();
    let mut defined: Vec<f64> = all.into_iter().flatten().collect();
    defined.sort_by(f64::total_cmp);
    let missing = settings.draws - u32::try_from(defined.len()).unwrap_or(settings.draws);
    let tail = (1.0 - settings.confidence) / 2.0;
    let interval = (quantile(&defined, tail), quantile(&defined, 1.0 - tail));
    ((missing * 2 < settings.draws).then_some(interval), missing)
}

/// Observed and expected disagreement with each unit taken `times`; none where all is one value.
fn disagreement(units: &Units, times: Option<&[u32]>, metric: Metric) -> Option<(f64, f64)> {
    let margins = margins(units, times);
    let number: f64 = margins.iter().sum();
    let (within, total) = match metric {
        Metric::Nominal => {
            let squares: f64 = margins.iter().map(|count| count * count).sum();
            (unlike_pairs(&units.counts, times), (number * number - squares) / 2.0)
        }
        Metric::Ordinal => on_a_line(&units.counts, times, &margins, &mean_ranks(&margins)),
        Metric::Interval => {
            let sum: f64 = margins.iter().zip(&units.values).map(|(count, value)| count * value).sum();
            let centred: Vec<f64> = units.values.iter().map(|value| value - sum / number).collect();
            on_a_line(&units.counts, times, &margins, &centred)
        }
        Metric::Ratio => ratios(&units.counts, times, &margins, &units.values),
    };
    let several = margins.iter().filter(|count| **count > 0.0).count() > 1;
    (several && total > 0.0).then(|| (2.0 * within / number, 2.0 * total / (number * (number - 1.0))))
}

/// How often each value was given.
fn margins(units: &Units, times: Option<&[u32]>) -> Vec<f64> {
    let mut counts = vec![0_u64; units.values.len().max(8)];
    let taken = |unit: usize| times.map_or(1, |times| u64::from(times[unit]));
    match &units.counts {
        Counts::Packed(all) => {
            for (unit, packed) in all.iter().enumerate() {
                let times = taken(unit);
                for (count, own) in counts.iter_mut().zip(packed.to_le_bytes()) {
                    *count += times * u64::from(own);
                }
            }
        }
        Counts::Sparse(all) => {
            for unit in 0..all.len() {
                let times = taken(unit);
                units.counts.visit(unit, |value, count| counts[value] += times * u64::from(count));
            }
        }
    }
    counts.truncate(units.values.len());
    counts.into_iter().map(|count| real(usize::try_from(count).unwrap_or(usize::MAX))).collect()
}

/// Of each value, the mean place of its ratings among all, from the middle.
fn mean_ranks(margins: &[f64]) -> Vec<f64> {
    let middle = margins.iter().sum::<f64>() / 2.0;
    let mut below = 0.0;
    let rank = |count: &f64| {
        let rank = below + count / 2.0 - middle;
        below += count;
        rank
    };
    margins.iter().map(rank).collect()
}

/// The sum over units of `each(ratings, sums) * times / (ratings - 1)`; `each` gets the count, and the sums of `one` and
/// `other` over the unit's values.
fn over_units(
    counts: &Counts,
    times: Option<&[u32]>,
    add: impl Fn(&mut [f64; 2], usize, f64),
    finish: impl Fn(f64, [f64; 2]) -> f64,
) -> f64 {
    let mut whole = 0.0;
    for unit in 0..counts.len() {
        let times = times.map_or(1.0, |times| f64::from(times[unit]));
        let mut number = 0_u32;
        let mut sums = [0.0; 2];
        counts.visit(unit, |value, count| {
            number += count;
            add(&mut sums, value, f64::from(count));
        });
        let number = f64::from(number);
        whole += times * finish(number, sums) / (number - 1.0);
    }
    whole
}

/// Pairs of different values, within units.
fn unlike_pairs(counts: &Counts, times: Option<&[u32]>) -> f64 {
    match (counts, times) {
        (Counts::Packed(all), None) => {
            packed_sum(all, &[0.0; 8], |[number, _, _, same]| (number * number - same) / 2.0)
        }
        (Counts::Packed(_) | Counts::Sparse(_), _) => over_units(
            counts,
            times,
            |sums, _, count| sums[0] += count * count,
            |number, [same, _]| (number * number - same) / 2.0,
        ),
    }
}

/// Squared distances of pairs of values at `places`, within units and in all.
fn on_a_line(counts: &Counts, times: Option<&[u32]>, margins: &[f64], places: &[f64]) -> (f64, f64) {
    let spread = |number: f64, [sum, squares]: [f64; 2]| number * squares - sum * sum;
    let mut all = [0.0; 2];
    for (count, place) in margins.iter().zip(places) {
        all[0] += count * place;
        all[1] += count * place * place;
    }
    let total = spread(margins.iter().sum(), all);
    let within = match (counts, times) {
        (Counts::Packed(units), None) => {
            let mut wide = [0.0; 8];
            for (wide, place) in wide.iter_mut().zip(places) {
                *wide = *place;
            }
            packed_sum(units, &wide, |[number, sum, squares, _]| spread(number, [sum, squares]))
        }
        (Counts::Packed(_) | Counts::Sparse(_), _) => over_units(
            counts,
            times,
            |sums, value, count| {
                sums[0] += count * places[value];
                sums[1] += count * places[value] * places[value];
            },
            spread,
        ),
    };
    (within, total)
}

/// The sum over units of `each([ratings, sum of places, sum of their squares, sum of squared counts]) / (ratings - 1)`.
fn packed_sum(units: &[u64], places: &[f64; 8], each: impl Fn([f64; 4]) -> f64) -> f64 {
    let squares = places.map(|place| place * place);
    let one = |packed: &u64| {
        let counts = packed.to_le_bytes().map(f64::from);
        let sum = |weights: &[f64; 8]| {
            let mut each = [0.0; 8];
            for k in 0..8 {
                each[k] = counts[k] * weights[k];
            }
            ((each[0] + each[4]) + (each[2] + each[6])) + ((each[1] + each[5]) + (each[3] + each[7]))
        };
        let number = sum(&[1.0; 8]);
        each([number, sum(places), sum(&squares), sum(&counts)]) / (number - 1.0)
    };
    units.iter().map(one).sum()
}

/// Squared ratios of difference to sum of pairs of values, within units and in all.
fn ratios(counts: &Counts, times: Option<&[u32]>, margins: &[f64], values: &[f64]) -> (f64, f64) {
    let apart = |one: f64, other: f64| {
        let sum = one + other;
        if sum > 0.0 { ((one - other) / sum) * ((one - other) / sum) } else { 0.0 }
    };
    let pairs = |all: &[(f64, f64)]| {
        let mut sum = 0.0;
        for (place, (value, count)) in all.iter().enumerate() {
            for (other, times) in &all[..place] {
                sum += count * times * apart(*value, *other);
            }
        }
        sum
    };
    let mut within = 0.0;
    for unit in 0..counts.len() {
        let mut own = Vec::new();
        counts.visit(unit, |value, count| own.push((values[value], f64::from(count))));
        let number: f64 = own.iter().map(|(_, count)| count).sum();
        within += times.map_or(1.0, |times| f64::from(times[unit])) * pairs(&own) / (number - 1.0);
    }
    let all: Vec<_> = values.iter().copied().zip(margins.iter().copied()).collect();
    (within, pairs(&all))
}
