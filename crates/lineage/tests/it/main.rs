//! Readers, comparisons and scans, from outside, on small models that are made here.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "a failed assertion is the point of a test, and its numbers are small"
)]

mod compared;
mod fingerprints;
mod forms;
mod hostile;
mod made;
mod packed;
mod scanned;
