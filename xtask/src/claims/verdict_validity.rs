//! The claim `verdict-validity`: error rates and coverage in simulated worlds are what the verdict promises.

use super::{Claim, Measured};
use crate::bench::validity;
use crate::failure::Failure;
use crate::settings::Settings;

pub(crate) const CLAIM: Claim = Claim {
    name: "verdict-validity",
    promise: "In simulated worlds with a known truth, each figure within 2.58 Monte Carlo standard errors of what is \
              promised: a candidate exactly at the bar passes with .05 at most in 28 worlds of clusters, correlation and \
              1 to 10 references; intervals clustered by voter cover .94 to .96 with 5, 20 and 100 votes a voter; \
              simultaneous intervals and rank sets cover .95 at least; false eliminations, several looks and flags on \
              honest voters stay at their written rates; Rasch measures are unbiased to a fortieth",
    run,
};

/// Simulates every world afresh; the page of the table is written on the way.
fn run(settings: &Settings) -> Result<Measured, Failure> {
    let summary = validity::measured(settings)?;
    Ok(Measured { holds: summary.missed.is_empty(), figure: summary.figure, details: summary.details })
}
