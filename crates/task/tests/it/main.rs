//! Behaviour of tasks and scoring from outside.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

mod bounds;
mod chat;
mod data;
mod files;
mod golden;
mod hook_tasks;
mod hooks;
mod hostile_files;
mod hostile_hooks;
mod native_ports;
mod random;
mod robust;
mod score_compile;
mod score_constraints;
mod score_errors;
mod score_golden;
mod score_korean;
mod score_outcomes;
mod score_robust;
mod score_support;
mod survey;

/// The folder with made and recorded data. Asked when a test runs: what is built in one checkout may run in another.
fn fixtures() -> std::path::PathBuf {
    std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("tests/fixtures")
}
