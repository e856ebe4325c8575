//! Which confidence decides at a look, when earlier looks could have decided too.

use super::{
    SequentialError, Sides, boundaries,
    boundary::{check, nine},
    normal::above,
};
use daepyo_core::{LookResult, Looks};

/// So many draws on the wrong side are expected at least, at the confidence of a look; with fewer the draws are too
/// coarse to show it.
const COARSEST: f64 = 3.0;

/// The look at the information fraction `units / full` after looks at `earlier` fractions, of rules that are written
/// at `confidence` and resample `draws` times.
///
/// The chance of deciding wrongly, one minus the confidence, is spent one-sided: a candidate is in where the
/// probability that it advances is at least the look's confidence `Phi(z)`, `z` the look's boundary, and out
/// likewise. At a written confidence of 1 there is nothing to spend and every look asks for 1.
///
/// # Errors
/// A fraction that is not above that of the look before: without more evidence there is no further look.
pub fn look(
    looks: &Looks,
    confidence: f64,
    draws: u32,
    earlier: &[f64],
    units: u64,
) -> Result<LookResult, SequentialError> {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let fraction = (units as f64 / looks.full.max(1) as f64).min(1.0);
    let mut fractions = earlier.to_vec();
    fractions.push(fraction);
    let number = u32::try_from(fractions.len()).unwrap_or(u32::MAX);
    let alpha = 1.0 - confidence;
    let earlier = earlier.to_vec();
    if alpha <= 0.0 {
        check(&fractions)?;
        let spent = 0.0;
        return Ok(LookResult {
            number,
            units,
            earlier,
            fraction,
            spent,
            boundary: None,
            confidence,
            resolved: true,
        });
    }
    let found = boundaries(looks.spending, Sides::One, alpha, &fractions)?;
    let last = found.last().copied();
    let (spent, boundary) = last.map_or((0.0, None), |look| (look.spent, look.z));
    let chance = boundary.map_or(0.0, above);
    let resolved = chance * f64::from(draws) >= COARSEST;
    Ok(LookResult {
        number,
        units,
        earlier,
        fraction,
        spent: nine(spent),
        boundary,
        confidence: nine(1.0 - chance),
        resolved,
    })
}
