//! Fit of raters, items and candidates: mean squares of residuals (Wright and Masters 1982, "Rating Scale Analysis",
//! chapter 5).

use super::model::Moments;
use serde::{Deserialize, Serialize};

/// A mean square of residuals; 1 is expected.
///
/// Above 1 marks are less predictable than the model says (a rater who disagrees in ways that severity does not
/// explain), below 1 more predictable (one who gives everybody the middle mark). Linacre calls .5 to 1.5 productive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MeanSquare {
    /// The mean square.
    pub value: f64,
    /// Its distance from 1 as a standard normal deviate, by Wilson and Hilferty's cube root.
    pub z: f64,
}

/// Sums over the marks of one element.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Residuals {
    marks: f64,
    squares: f64,
    variances: f64,
    standardised: f64,
    infit_spread: f64,
    outfit_spread: f64,
}

impl Residuals {
    /// Adds a mark whose distance from its expectation is `off`.
    pub(crate) fn add(&mut self, off: f64, moments: Moments) {
        let Moments { variance, fourth, .. } = moments;
        if variance <= 0.0 {
            return;
        }
        self.marks += 1.0;
        self.squares += off * off;
        self.variances += variance;
        self.standardised += off * off / variance;
        self.infit_spread += fourth - variance * variance;
        self.outfit_spread += fourth / (variance * variance) - 1.0;
    }

    /// Weighted by information.
    pub(crate) fn infit(&self) -> MeanSquare {
        if self.variances <= 0.0 {
            return MeanSquare::default();
        }
        cube(self.squares / self.variances, self.infit_spread / (self.variances * self.variances))
    }

    /// Unweighted: a single surprise counts for more.
    pub(crate) fn outfit(&self) -> MeanSquare {
        if self.marks <= 0.0 {
            return MeanSquare::default();
        }
        cube(self.standardised / self.marks, self.outfit_spread / (self.marks * self.marks))
    }
}

fn cube(value: f64, variance: f64) -> MeanSquare {
    let deviation = variance.max(0.0).sqrt();
    let z = if deviation > 0.0 { (libm::cbrt(value) - 1.0) * 3.0 / deviation + deviation / 3.0 } else { 0.0 };
    MeanSquare { value, z }
}
