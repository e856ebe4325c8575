//! The claim `verdict-speed`: verdicts beside the Python programs that do the same, every row of that benchmark.

use super::{Claim, Measured};
use crate::bench::verdict_speed;
use crate::failure::Failure;
use crate::settings::Settings;

pub(crate) const CLAIM: Claim = Claim {
    name: "verdict-speed",
    promise: "1,000,000 votes on 50 models are counted and fitted with both sandwich errors in .15 CPU seconds and 50 MB, \
              40 times less CPU than arena-rank 0.1.1; with 100 bootstraps by voter in 1.2, 100 times less; one more vote \
              takes under 10 µs; a whole stage with 20,000 items, 100,000 votes and 10,000 joint draws 5 CPU seconds; \
              Krippendorff's alpha 50 times less than PyPI krippendorff and the Rasch model 50 times less than statsmodels, \
              with the same values",
    run,
};

/// Measures every row; the page `docs/verdict-speed.md` is written on the way.
fn run(settings: &Settings) -> Result<Measured, Failure> {
    let summary = verdict_speed::claimed(settings)?;
    Ok(Measured { holds: summary.missed.is_empty(), figure: summary.figure, details: summary.details })
}
