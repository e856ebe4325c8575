//! Readers, comparisons and scans, from outside, on small models that are made here.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test is told by its panic")]

mod compared;
mod hostile;
mod made;
mod scanned;
