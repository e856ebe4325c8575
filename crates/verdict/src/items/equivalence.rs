//! Equivalence by two one-sided tests.
//!
//! A difference is shown to be of no account where it is shown to be above the lower bound and shown to be below the
//! upper one, each at level `1 - confidence` (Schuirmann 1987, "A comparison of the two one-sided tests procedure and
//! the power approach for assessing the equivalence of average bioavailability"). That is the same as the two-sided
//! `1 - 2 (1 - confidence)` interval lying between the bounds.

use super::{ItemsError, distributions::t_above, error::between};
use crate::clustered::t_quantile;
use serde::{Deserialize, Serialize};

/// Two one-sided tests of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Equivalence {
    /// t against the lower bound, and its one-sided p-value.
    pub above_lower: (f64, f64),
    /// t against the upper bound, and its one-sided p-value.
    pub below_upper: (f64, f64),
    /// The greater of the two p-values: that of the whole test.
    pub p: f64,
    /// The interval of confidence `1 - 2 (1 - confidence)`.
    pub interval: (f64, f64),
    /// Whether equivalence is shown.
    pub shown: bool,
}

/// Tests whether `difference` lies between `bounds`, with its standard error (above 0) and degrees of freedom.
///
/// # Examples
/// ```
/// use daepyo_verdict::items::equivalence;
/// let test = equivalence(0.01, 0.02, 49.0, (-0.05, 0.05), 0.95)?;
/// assert!((test.below_upper.0 + 2.0).abs() < 1e-12 && test.shown);
/// # Ok::<(), daepyo_verdict::items::ItemsError>(())
/// ```
pub fn equivalence(
    difference: f64,
    standard_error: f64,
    freedom: f64,
    bounds: (f64, f64),
    confidence: f64,
) -> Result<Equivalence, ItemsError> {
    between("confidence", confidence, 0.5, 1.0, "above .5 and below 1")?;
    between("standard error", standard_error, 0.0, f64::INFINITY, "a finite number above 0")?;
    between("degrees of freedom", freedom, 0.0, f64::INFINITY, "a finite number above 0")?;
    between("difference", difference, f64::NEG_INFINITY, f64::INFINITY, "finite")?;
    between("lower bound", bounds.0, f64::NEG_INFINITY, bounds.1, "finite and below the upper bound")?;
    between("upper bound", bounds.1, bounds.0, f64::INFINITY, "finite and above the lower bound")?;
    let lower = (difference - bounds.0) / standard_error;
    let upper = (difference - bounds.1) / standard_error;
    let (p_lower, p_upper) = (t_above(lower, freedom), t_above(-upper, freedom));
    let reach = t_quantile(confidence, freedom) * standard_error;
    let p = p_lower.max(p_upper);
    Ok(Equivalence {
        above_lower: (lower, p_lower),
        below_upper: (upper, p_upper),
        p,
        interval: (difference - reach, difference + reach),
        shown: p < 1.0 - confidence,
    })
}
