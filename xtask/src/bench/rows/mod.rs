//! The rows of the benchmark `harness`, one file each.

pub(super) mod chat;
pub(super) mod choices;
pub(super) mod errors;
pub(super) mod memory;
mod peers;
pub(super) mod prompt;
pub(super) mod requests;
pub(super) mod start;
