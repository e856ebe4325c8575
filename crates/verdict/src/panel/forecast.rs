//! How reliable a judging plan will be, before anyone is asked.
//!
//! The raw mean of `k` raters follows Spearman and Brown's formula. A fair average (severity taken out) follows the
//! information matrix of the many-facet Rasch model on the plan, in which one reading of a dossier has the variance
//!
//! ```text
//! 1 / (items * information of one mark) + s^2
//! ```
//!
//! with `s` the spread of a rater's own view of a candidate, set so that one rater has the stated reliability. Without
//! `s` every item would count as a fresh opinion, and the forecast would be far too good.

use super::{information::Information, mark::Scale, plan::Plan};
use crate::{clustered::t_quantile, number::real};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Reliability of one rater in 23,414 ratings of 8,329 grant applications, as the statistics reference states it.
pub const SINGLE_RATER_RELIABILITY: f64 = 0.26;

/// Reliability of the mean of `raters` raters, each of reliability `single` (Spearman 1910; Brown 1910).
///
/// # Examples
/// ```
/// use daepyo_verdict::panel::{SINGLE_RATER_RELIABILITY, spearman_brown};
/// assert!((spearman_brown(SINGLE_RATER_RELIABILITY, 10.0) - 0.78).abs() < 0.005);
/// ```
pub fn spearman_brown(single: f64, raters: f64) -> f64 {
    raters * single / (1.0 + (raters - 1.0) * single)
}

/// The least number of raters whose mean has reliability `target`; none unless both are above 0 and below 1.
pub fn raters_needed(single: f64, target: f64) -> Option<u32> {
    let inside = |share: f64| share > 0.0 && share < 1.0;
    if !inside(single) || !inside(target) {
        return None;
    }
    let raters = target * (1.0 - single) / (single * (1.0 - target));
    // A number that is whole but for rounding stays so.
    let least = (raters - 1e-9).ceil().max(1.0);
    if least > f64::from(u32::MAX) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and the greatest u32"
    )]
    let least = least as u32;
    Some(least)
}

/// What a forecast supposes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumptions {
    /// Reliability of one rater's mean mark of a dossier, above 0 and below 1.
    pub single_rater_reliability: f64,
    /// Standard deviation of candidates, in logits.
    pub candidate_deviation: f64,
    /// Standard deviation of severity, in logits.
    pub rater_deviation: f64,
    /// Items that each rater marks of each dossier.
    pub items: u32,
    /// The scale.
    pub scale: Scale,
    /// Distance of neighbouring thresholds, in logits; 0 or more.
    pub threshold_gap: f64,
    /// The difference of fair averages that should be seen, in marks.
    pub difference: f64,
    /// Level of the two-sided test that should see it.
    pub level: f64,
}

impl Assumptions {
    /// One rater's reliability of .26, candidates of 1 logit, raters of .7 logits, thresholds 1.5 logits apart, a
    /// difference of one step at the 5 % level.
    pub fn new(scale: Scale, items: u32) -> Self {
        Self {
            single_rater_reliability: SINGLE_RATER_RELIABILITY,
            candidate_deviation: 1.0,
            rater_deviation: 0.7,
            items,
            scale,
            threshold_gap: 1.5,
            difference: scale.step,
            level: 0.05,
        }
    }
}

/// Suppositions that make no sense together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ForecastError {
    /// A number out of range.
    #[error("{what} is {value}, which is out of range")]
    OutOfRange {
        /// What.
        what: &'static str,
        /// The number.
        value: f64,
    },
    /// A scale without at least two and at most 101 marks.
    #[error("the scale is not one of 2 to 101 marks")]
    BadScale,
    /// A plan that names a dossier twice for a rater, leaves a candidate unread, or links no one scale.
    #[error("the plan leaves severity and quality apart for some candidates; use a linked plan")]
    Unlinked,
}

impl ForecastError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OutOfRange { .. } => "verdict::forecast_out_of_range",
            Self::BadScale => "verdict::bad_scale",
            Self::Unlinked => "verdict::unlinked_plan",
        }
    }
}

/// What to expect of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Reliability of the raw mean at the candidate with the fewest readings.
    pub raw_reliability: f64,
    /// Reliability of fair averages, over all candidates.
    pub fair_reliability: f64,
    /// Mean standard error of a candidate's fair average, in marks.
    pub standard_error: f64,
    /// The largest of them.
    pub largest_standard_error: f64,
    /// Mean standard error of the difference of two candidates, in marks; none for one candidate.
    pub difference_error: Option<f64>,
    /// The largest of them.
    pub largest_difference_error: Option<f64>,
    /// Probability that the difference is seen between two candidates, on average over pairs.
    pub power: Option<f64>,
    /// The same for the pair that the plan compares worst.
    pub least_power: Option<f64>,
    /// Standard deviation of a rater's own view of a candidate that the stated reliability implies, in logits; 0 where
    /// severity and the scale's coarseness explain more than it.
    pub view_deviation: f64,
}

/// What to expect of `plan` under `assumptions`.
pub fn forecast(plan: &Plan, assumptions: Assumptions) -> Result<Forecast, ForecastError> {
    assumptions.check()?;
    let (information, slope) = assumptions.mark()?;
    let Assumptions { candidate_deviation, rater_deviation, single_rater_reliability: single, .. } =
        assumptions;
    let noise = 1.0 / (f64::from(assumptions.items) * information);
    let truth = candidate_deviation * candidate_deviation;
    let rest = truth * (1.0 - single) / single - rater_deviation * rater_deviation - noise;
    let view = rest.max(0.0);
    let errors = Errors::new(plan, noise + view).ok_or(ForecastError::Unlinked)?;
    let average = |all: &[f64]| all.iter().sum::<f64>() / real(all.len());
    let largest = |all: &[f64]| all.iter().fold(0.0_f64, |most, value| most.max(*value));
    let reach = t_quantile(1.0 - assumptions.level / 2.0, 1e12);
    let power = |error: &f64| {
        let shift = assumptions.difference / (slope * error);
        below(shift - reach) + below(-shift - reach)
    };
    let differences: Vec<f64> = errors.differences.iter().map(|variance| variance.sqrt()).collect();
    let powers: Vec<f64> = differences.iter().map(power).collect();
    let singles: Vec<f64> = errors.candidates.iter().map(|variance| variance.sqrt()).collect();
    let some = |value: f64| (!differences.is_empty()).then_some(value);
    Ok(Forecast {
        raw_reliability: spearman_brown(single, f64::from(errors.fewest)),
        fair_reliability: truth / (truth + average(&errors.candidates)),
        standard_error: slope * average(&singles),
        largest_standard_error: slope * largest(&singles),
        difference_error: some(slope * average(&differences)),
        largest_difference_error: some(slope * largest(&differences)),
        power: some(average(&powers)),
        least_power: some(powers.iter().fold(1.0, |least: f64, value| least.min(*value))),
        view_deviation: view.sqrt(),
    })
}

impl Assumptions {
    fn check(&self) -> Result<(), ForecastError> {
        let inside = |value: f64| value > 0.0 && value < 1.0;
        let most = f64::MAX;
        let checks = [
            (
                "the single rater's reliability",
                self.single_rater_reliability,
                inside(self.single_rater_reliability),
            ),
            (
                "the deviation of candidates",
                self.candidate_deviation,
                (1e-9..1e9).contains(&self.candidate_deviation),
            ),
            ("the deviation of raters", self.rater_deviation, (0.0..1e9).contains(&self.rater_deviation)),
            ("the number of items", f64::from(self.items), self.items > 0),
            ("the distance of thresholds", self.threshold_gap, (0.0..100.0).contains(&self.threshold_gap)),
            ("the difference to see", self.difference, (0.0..=most).contains(&self.difference)),
            ("the level of the test", self.level, inside(self.level)),
        ];
        match checks.into_iter().find(|(_, _, sound)| !sound) {
            Some((what, value, _)) => Err(ForecastError::OutOfRange { what, value }),
            None => Ok(()),
        }
    }

    /// Information of one mark at the middle of the scale, and how many marks the fair average rises a logit there.
    fn mark(&self) -> Result<(f64, f64), ForecastError> {
        let steps = self.scale.steps().ok_or(ForecastError::BadScale)?;
        // With evenly spaced thresholds around 0 a mark s steps up has weight exp(-(tau_1 + ... + tau_s)).
        let middle = f64::midpoint(real(steps), 1.0);
        let mut sum = 0.0;
        let mut weights = vec![1.0];
        for step in 1..=steps {
            sum -= (real(step) - middle) * self.threshold_gap;
            weights.push(libm::exp(sum));
        }
        let total: f64 = weights.iter().sum();
        let centre = real(steps) / 2.0;
        let spread =
            |(step, weight): (usize, &f64)| (real(step) - centre) * (real(step) - centre) * weight / total;
        let variance: f64 = weights.iter().enumerate().map(spread).sum();
        if !variance.is_finite() || variance <= 0.0 {
            return Err(ForecastError::OutOfRange {
                what: "the distance of thresholds",
                value: self.threshold_gap,
            });
        }
        Ok((variance, variance * self.scale.step))
    }
}

/// Variances in squared logits.
struct Errors {
    candidates: Vec<f64>,
    differences: Vec<f64>,
    fewest: u32,
}

impl Errors {
    /// Errors of a plan whose readings have variance `reading` each; none where the plan does not link all.
    fn new(plan: &Plan, reading: f64) -> Option<Self> {
        let dossiers = plan.candidates.iter().chain(&plan.anchors);
        let places: BTreeMap<&str, usize> =
            dossiers.enumerate().map(|(place, name)| (name.as_str(), place)).collect();
        let busy: Vec<_> = plan.raters.iter().filter(|rater| !rater.dossiers.is_empty()).collect();
        let last = busy.len().checked_sub(1)?;
        let mut matrix = Information::new(places.len(), last);
        let mut readings = vec![0_u32; places.len()];
        for (number, rater) in busy.iter().enumerate() {
            for dossier in &rater.dossiers {
                let place = *places.get(dossier.as_str())?;
                *readings.get_mut(place)? += 1;
                matrix.add_candidate(place, 1.0 / reading);
                if number < last {
                    matrix.add_between(place, number, -1.0 / reading);
                    matrix.add_corner(number, number, 1.0 / reading);
                }
            }
        }
        let inverse = matrix.invert()?;
        let mut mean = vec![0.0; places.len() + last];
        for weight in mean.iter_mut().skip(places.len()) {
            *weight = 1.0 / real(busy.len());
        }
        inverse.apply(&mut mean);
        let of_mean: f64 = mean.iter().skip(places.len()).sum::<f64>() / real(busy.len());
        let number = plan.candidates.len();
        let own = |place: usize| inverse.candidates(place, place);
        // Against raters whose mean severity is 0.
        let candidate = |place: usize| {
            (own(place) - 2.0 * mean.get(place).copied().unwrap_or_default() + of_mean).max(0.0)
        };
        let pair = |one: usize, other: usize| {
            (own(one) + own(other) - 2.0 * inverse.candidates(one, other)).max(0.0)
        };
        Some(Self {
            candidates: (0..number).map(candidate).collect(),
            differences: (0..number)
                .flat_map(|one| (0..one).map(move |other| (one, other)))
                .map(|(a, b)| pair(a, b))
                .collect(),
            fewest: readings.iter().take(number).min().copied().unwrap_or_default(),
        })
    }
}

/// The normal distribution's share below `z`.
fn below(z: f64) -> f64 {
    libm::erfc(-z / std::f64::consts::SQRT_2) / 2.0
}
