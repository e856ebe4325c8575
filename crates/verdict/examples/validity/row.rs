//! One line of the table: what was promised of a world, what was outcomes, and whether it holds.

use serde::Serialize;

/// So many Monte Carlo standard errors an observed figure may lie beyond what was promised: one row in two hundred does
/// by chance alone.
const SLACK: f64 = 2.58;

/// What is promised of a figure.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Promise {
    AtMost(f64),
    AtLeast(f64),
    Between(f64, f64),
    /// Shown for comparison: nothing is promised.
    Nothing,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) section: &'static str,
    pub(crate) world: String,
    pub(crate) what: String,
    pub(crate) promised: Promise,
    pub(crate) observed: f64,
    /// Monte Carlo standard error of `observed`.
    pub(crate) error: f64,
    pub(crate) runs: u64,
    pub(crate) seed: u64,
    pub(crate) holds: bool,
    /// Other figures of the same runs.
    pub(crate) beside: Vec<(&'static str, f64)>,
    pub(crate) note: &'static str,
}

/// Where a row comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) section: &'static str,
    pub(crate) world: &'a str,
    pub(crate) seed: u64,
}

impl Source<'_> {
    /// The row of a mean over runs; a yes-or-no figure has the binomial error at the promised bound.
    pub(crate) fn row(self, what: &str, promised: Promise, outcomes: &Mean) -> Row {
        let (observed, runs) = (outcomes.mean(), outcomes.runs);
        let binomial = |p: f64| (p * (1.0 - p) / count(runs.max(1))).sqrt();
        let error = match promised {
            Promise::AtMost(p) | Promise::AtLeast(p) if outcomes.is_binary => binomial(p),
            Promise::AtMost(_) | Promise::AtLeast(_) | Promise::Between(..) | Promise::Nothing => {
                outcomes.error()
            }
        };
        let slack = SLACK * error;
        let holds = match promised {
            Promise::AtMost(most) => observed <= most + slack,
            Promise::AtLeast(least) => observed >= least - slack,
            Promise::Between(least, most) => (least - slack..=most + slack).contains(&observed),
            Promise::Nothing => true,
        };
        Row {
            section: self.section,
            world: self.world.to_owned(),
            what: what.to_owned(),
            promised,
            observed,
            error,
            runs,
            seed: self.seed,
            // A figure that is no number shows nothing.
            holds: holds && observed.is_finite() && runs > 0,
            beside: Vec::new(),
            note: "",
        }
    }
}

impl Row {
    pub(crate) fn beside(mut self, name: &'static str, mean: &Mean) -> Self {
        self.beside.push((name, mean.mean()));
        self
    }

    pub(crate) fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }
}

/// Mean over runs and its error, added up in the order of the runs.
#[derive(Clone, Debug)]
pub(crate) struct Mean {
    runs: u64,
    sum: f64,
    squares: f64,
    is_binary: bool,
}

impl Mean {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut mean = Self { runs: 0, sum: 0.0, squares: 0.0, is_binary: true };
        for value in values {
            mean.runs += 1;
            mean.sum += value;
            mean.squares += value * value;
            mean.is_binary &= value.abs() < 1e-12 || (value - 1.0).abs() < 1e-12;
        }
        mean
    }

    pub(crate) fn mean(&self) -> f64 {
        self.sum / count(self.runs.max(1))
    }

    fn error(&self) -> f64 {
        let n = count(self.runs.max(1));
        let spread = (self.squares / n - self.mean() * self.mean()).max(0.0);
        (spread / (n - 1.0).max(1.0)).sqrt()
    }
}

/// A small count as a number.
pub(crate) fn count(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// 1 for yes.
pub(crate) fn yes(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// The share of `all` for which something holds.
pub(crate) fn share<T>(all: &[T], holds: impl Fn(&T) -> bool) -> f64 {
    let found = all.iter().filter(|one| holds(one)).count();
    ratio(found, all.len())
}

/// A part of a whole.
pub(crate) fn ratio(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole)
}
