//! Behaviour of decisions from outside: rules and observations in, verdicts out.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed assertion is the point of a test"
)]

mod analysis;
mod attack_budget;
mod chance;
mod clustered_freedom;
mod completeness;
mod decision;
mod determinism;
mod fixture;
mod gates;
mod hostile;
mod items_broken;
mod items_compare;
mod items_contamination;
mod items_power;
mod items_world;
mod panel_agreement;
mod panel_plan;
mod panel_rasch;
mod points;
mod properties;
mod ranking;
mod sensitivity_units;
mod sensitivity_weights;
mod sequential_cases;
mod sequential_looks;
mod voters_tests;
mod votes_contextual;
mod votes_coverage;
mod votes_fit;
mod votes_pairing;
mod votes_strata;
mod weight_cap;
mod worked_examples;
