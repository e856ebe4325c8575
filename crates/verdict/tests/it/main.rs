//! Behaviour of decisions from outside: rules and observations in, verdicts out.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed assertion is the point of a test"
)]

mod chance;
mod completeness;
mod decision;
mod determinism;
mod fixture;
mod gates;
mod hostile;
mod points;
mod ranking;
mod sensitivity_units;
mod sensitivity_weights;
mod sequential_cases;
mod sequential_looks;
