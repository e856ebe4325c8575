//! Intraclass correlations: the share of the variance of ratings that lies between units.
//!
//! Forms by Shrout and Fleiss 1979, "Intraclass correlations: uses in assessing rater reliability"; intervals by
//! `McGraw` and Wong 1996, "Forming inferences about some intraclass correlation coefficients". A table with gaps gets
//! estimates from variance components (analysis of variance with `n_0` ratings a unit for the one-way form, Henderson's
//! third method for the two-way forms) and no interval, because none is exact.

use super::{information::Information, units::RatingTable};
use crate::number::{real, wide};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// Where raters come from and what counts as agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IccForm {
    /// Each unit has raters of its own: ICC(1,1) and ICC(1,k).
    OneWay,
    /// The same raters, a sample of many; severity counts as disagreement: ICC(2,1) and ICC(2,k).
    TwoWayRandom,
    /// These raters and no others; severity does not count: ICC(3,1) and ICC(3,k).
    TwoWayMixed,
}

/// Tables without an intraclass correlation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IccError {
    /// A table whose values are no whole number of rows.
    #[error("{values} values make no whole rows of {raters} raters")]
    NotATable {
        /// Values.
        values: usize,
        /// Raters.
        raters: usize,
    },
    /// An infinite rating.
    #[error("the rating of unit {unit} by rater {rater} is {value}; a missing one is NaN")]
    NotFinite {
        /// Row, from 0.
        unit: usize,
        /// Column, from 0.
        rater: usize,
        /// The rating.
        value: f64,
    },
    /// Too few units or ratings to tell variance between units from variance within.
    #[error(
        "{units} rated units with {ratings} ratings of {raters} raters are too few: two units, two raters and more ratings than the form has parameters are the least"
    )]
    TooFew {
        /// Units with a rating.
        units: usize,
        /// Raters with a rating.
        raters: usize,
        /// Ratings.
        ratings: usize,
    },
    /// Raters and units that no chain of ratings links, under a two-way form.
    #[error(
        "the ratings fall into parts that share no rater: the two-way forms can't tell severity from quality; use the one-way form"
    )]
    Disconnected,
    /// A level of confidence outside 0 to 1.
    #[error("the confidence {confidence} is not between 0 and 1")]
    BadConfidence {
        /// The level.
        confidence: f64,
    },
}

impl IccError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotATable { .. } => "verdict::not_a_table",
            Self::NotFinite { .. } => "verdict::rating_not_finite",
            Self::TooFew { .. } => "verdict::too_few_ratings",
            Self::Disconnected => "verdict::disconnected_ratings",
            Self::BadConfidence { .. } => "verdict::bad_confidence",
        }
    }
}

/// What a table says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IccOutcome {
    /// A figure.
    Measured(Icc),
    /// The ratings do not vary, or their components do not add up to a positive variance: a share of it is undefined.
    NoVariation,
}

/// An intraclass correlation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Icc {
    /// The form.
    pub form: IccForm,
    /// Reliability of one rater; negative where units vary less than chance makes them.
    pub single: f64,
    /// Reliability of the mean of `averaged` raters; none where all units have the same mean.
    pub average: Option<f64>,
    /// Interval of `single`; none for a table with gaps.
    pub single_interval: Option<(f64, f64)>,
    /// Interval of `average`; none for a table with gaps.
    pub average_interval: Option<(f64, f64)>,
    /// Raters behind the mean: with gaps, the harmonic mean over units.
    pub averaged: f64,
    /// Variance components; unbiased, so they may be negative.
    pub components: Components,
    /// Units with a rating.
    pub units: u64,
    /// Raters with a rating.
    pub raters: u64,
    /// Ratings.
    pub ratings: u64,
}

/// Where variance lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Components {
    /// Between units.
    pub units: f64,
    /// Between raters: severity. None under the one-way form, where it is part of the rest.
    pub raters: Option<f64>,
    /// The rest.
    pub rest: f64,
}

/// Mean squares of a complete table.
struct Squares {
    units: f64,
    rows: f64,
    between: f64,
    raters: f64,
    within: f64,
    rest: f64,
}

/// The intraclass correlation of `table` with an interval at `confidence`; rows and columns without ratings are left out.
pub fn icc(table: RatingTable<'_>, form: IccForm, confidence: f64) -> Result<IccOutcome, IccError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(IccError::BadConfidence { confidence });
    }
    let cells = Cells::new(table)?;
    let parameters = match form {
        IccForm::OneWay => cells.units,
        IccForm::TwoWayRandom | IccForm::TwoWayMixed => (cells.units + cells.raters).saturating_sub(1),
    };
    if cells.units < 2 || cells.raters < 2 || cells.all.len() <= parameters {
        let Cells { units, raters, ref all } = cells;
        return Err(IccError::TooFew { units, raters, ratings: all.len() });
    }
    let first = cells.all.first().map(|cell| cell.2).unwrap_or_default();
    if cells.all.iter().all(|cell| (cell.2 - first).abs() <= 0.0) {
        return Ok(IccOutcome::NoVariation);
    }
    let complete = cells.all.len() == cells.units * cells.raters;
    let components = match form {
        IccForm::OneWay => cells.one_way(),
        IccForm::TwoWayRandom | IccForm::TwoWayMixed => cells.two_way()?,
    };
    let averaged = if complete { real(cells.raters) } else { cells.harmonic() };
    let noise = match form {
        IccForm::TwoWayRandom => components.rest + components.raters.unwrap_or_default(),
        IccForm::OneWay | IccForm::TwoWayMixed => components.rest,
    };
    let whole = components.units + noise;
    let scale = components.units.abs() + components.rest.abs() + components.raters.unwrap_or_default().abs();
    if whole <= 1e-12 * scale {
        return Ok(IccOutcome::NoVariation);
    }
    let single = components.units / whole;
    let mean = components.units + noise / averaged;
    let average = (mean > 1e-12 * scale).then(|| components.units / mean);
    let intervals = complete.then(|| cells.squares().intervals(form, single, confidence));
    Ok(IccOutcome::Measured(Icc {
        form,
        single,
        average,
        single_interval: intervals.map(|both| both.0),
        average_interval: intervals.filter(|_| average.is_some()).map(|both| both.1),
        averaged,
        components,
        units: wide(cells.units),
        raters: wide(cells.raters),
        ratings: wide(cells.all.len()),
    }))
}

/// The ratings there are.
struct Cells {
    units: usize,
    raters: usize,
    /// Unit, rater, rating less the mean of all.
    all: Vec<(usize, usize, f64)>,
}

impl Cells {
    fn new(RatingTable { raters, values }: RatingTable<'_>) -> Result<Self, IccError> {
        if raters == 0 || !values.len().is_multiple_of(raters) {
            return Err(IccError::NotATable { values: values.len(), raters });
        }
        let mut all: Vec<(usize, usize, f64)> = Vec::new();
        let mut columns = vec![false; raters];
        let mut units = 0;
        for (unit, row) in values.chunks(raters).enumerate() {
            let before = all.len();
            for ((rater, value), column) in row.iter().enumerate().zip(&mut columns) {
                if value.is_infinite() {
                    return Err(IccError::NotFinite { unit, rater, value: *value });
                }
                if !value.is_nan() {
                    *column = true;
                    all.push((units, rater, *value));
                }
            }
            units += usize::from(all.len() > before);
        }
        let mut next = 0;
        let number = |used: &bool| {
            let own = next;
            next += usize::from(*used);
            own
        };
        let numbers: Vec<usize> = columns.iter().map(number).collect();
        let mean = all.iter().map(|cell| cell.2).sum::<f64>() / real(all.len().max(1));
        for (_, rater, value) in &mut all {
            *rater = numbers.get(*rater).copied().unwrap_or_default();
            *value -= mean;
        }
        Ok(Self { units, raters: next, all })
    }

    /// Ratings and their sum by unit.
    fn by_unit(&self) -> Vec<(f64, f64)> {
        sums(self.units, self.all.iter().map(|cell| (cell.0, cell.2)))
    }

    fn by_rater(&self) -> Vec<(f64, f64)> {
        sums(self.raters, self.all.iter().map(|cell| (cell.1, cell.2)))
    }

    fn harmonic(&self) -> f64 {
        real(self.units) / self.by_unit().iter().map(|(number, _)| 1.0 / number).sum::<f64>()
    }

    fn total_squares(&self) -> f64 {
        self.all.iter().map(|cell| cell.2 * cell.2).sum()
    }

    fn one_way(&self) -> Components {
        let units = self.by_unit();
        let (n, ratings) = (real(self.units), real(self.all.len()));
        // The values are centred, so the sum of squares between needs no correction.
        let between = explained(&units);
        let rest = ((self.total_squares() - between) / (ratings - n)).max(0.0);
        let usual =
            (ratings - units.iter().map(|(number, _)| number * number).sum::<f64>() / ratings) / (n - 1.0);
        Components { units: (between / (n - 1.0) - rest) / usual, raters: None, rest }
    }

    /// Henderson's third method; the mean squares of a complete table are its special case.
    fn two_way(&self) -> Result<Components, IccError> {
        let (n, k, ratings) = (real(self.units), real(self.raters), real(self.all.len()));
        let last = self.raters - 1;
        let mut design = Information::new(self.units, last);
        let mut right = vec![0.0; self.units + last];
        let mut add = |place: usize, value: f64| {
            if let Some(cell) = right.get_mut(place) {
                *cell += value;
            }
        };
        for (unit, rater, value) in &self.all {
            design.add_candidate(*unit, 1.0);
            add(*unit, *value);
            if *rater < last {
                design.add_between(*unit, *rater, 1.0);
                design.add_corner(*rater, *rater, 1.0);
                add(self.units + *rater, *value);
            }
        }
        let inverse = design.invert().ok_or(IccError::Disconnected)?;
        let mut solved = right.clone();
        inverse.apply(&mut solved);
        let both: f64 = right.iter().zip(&solved).map(|(a, b)| a * b).sum();
        let rest = ((self.total_squares() - both) / (ratings - n - k + 1.0)).max(0.0);
        let units = (both - explained(&self.by_rater()) - (n - 1.0) * rest) / (ratings - k);
        let raters = (both - explained(&self.by_unit()) - (k - 1.0) * rest) / (ratings - n);
        Ok(Components { units, raters: Some(raters), rest })
    }

    fn squares(&self) -> Squares {
        let (n, k) = (real(self.units), real(self.raters));
        let (between, raters) = (explained(&self.by_unit()), explained(&self.by_rater()));
        let total = self.total_squares();
        Squares {
            units: n,
            rows: k,
            between: between / (n - 1.0),
            raters: raters / (k - 1.0),
            within: ((total - between) / (n * (k - 1.0))).max(0.0),
            rest: ((total - between - raters) / ((n - 1.0) * (k - 1.0))).max(0.0),
        }
    }
}

fn sums(groups: usize, values: impl Iterator<Item = (usize, f64)>) -> Vec<(f64, f64)> {
    let mut all = vec![(0.0, 0.0); groups];
    for (group, value) in values {
        if let Some((number, sum)) = all.get_mut(group) {
            *number += 1.0;
            *sum += value;
        }
    }
    all
}

/// Sum of squares of group means about 0.
fn explained(groups: &[(f64, f64)]) -> f64 {
    groups.iter().map(|(number, sum)| sum * sum / number).sum()
}

impl Squares {
    /// Intervals of one rater and of the mean (`McGraw` and Wong 1996, table 7).
    fn intervals(&self, form: IccForm, single: f64, confidence: f64) -> ((f64, f64), (f64, f64)) {
        let Self { units: n, rows: k, .. } = *self;
        let p = 0.5 + confidence / 2.0;
        let by_ratio = |noise: f64, freedom: f64| {
            if noise <= 0.0 {
                return ((1.0, 1.0), (1.0, 1.0));
            }
            let ratio = self.between / noise;
            let low = ratio / f_quantile(p, n - 1.0, freedom);
            let high = ratio * f_quantile(p, freedom, n - 1.0);
            let one = |f: f64| (f - 1.0) / (f + k - 1.0);
            let mean = |f: f64| if f > 0.0 { 1.0 - 1.0 / f } else { f64::MIN };
            ((one(low), one(high)), (mean(low), mean(high)))
        };
        match form {
            IccForm::OneWay => by_ratio(self.within, n * (k - 1.0)),
            IccForm::TwoWayMixed => by_ratio(self.rest, (n - 1.0) * (k - 1.0)),
            IccForm::TwoWayRandom => {
                let (low, high) = self.random(single, p);
                let mean = |r: f64| k * r / (1.0 + (k - 1.0) * r);
                ((low, high), (mean(low), mean(high)))
            }
        }
    }

    /// The interval of ICC(2,1), with Satterthwaite's degrees of freedom.
    fn random(&self, single: f64, p: f64) -> (f64, f64) {
        let Self { units: n, rows: k, between, raters, rest, .. } = *self;
        if single >= 1.0 {
            return (1.0, 1.0);
        }
        let odds = k * single / (n * (1.0 - single));
        let (one, other) = (odds * raters, (1.0 + odds * (n - 1.0)) * rest);
        let spread = one * one / (k - 1.0) + other * other / ((n - 1.0) * (k - 1.0));
        if spread <= 0.0 {
            return (single, single);
        }
        let freedom = (one + other) * (one + other) / spread;
        let (f_low, f_high) = (f_quantile(p, n - 1.0, freedom), f_quantile(p, freedom, n - 1.0));
        let noise = k * raters + (k * n - k - n) * rest;
        let low = n * (between - f_low * rest) / (f_low * noise + n * between);
        let high = n * (f_high * between - rest) / (noise + n * f_high * between);
        (low, high)
    }
}

/// The `p` quantile of F, to nine decimal places, like [`crate::clustered::t_quantile`].
fn f_quantile(p: f64, one: f64, other: f64) -> f64 {
    match FisherSnedecor::new(one, other) {
        Ok(f) => (f.inverse_cdf(p) * 1e9).round() / 1e9,
        Err(_) => f64::INFINITY,
    }
}
