//! Other programs' formats: results and samples written for them, and their recordings read as a source of answers.
//!
//! Writers are pure: an [`Evaluated`] gives file names and bytes, the same bytes on every machine. Readers treat their
//! input as hostile: memory and time are bounded by the file's own size, names inside it never become paths, and every
//! error says where it is.

#![deny(clippy::disallowed_methods, reason = "published figures are the same bits on every machine")]

mod evaluated;
mod every_eval_ever;
mod format;
mod inspect;
mod parquet_samples;
mod plain_json;
mod recorded;
mod zip;

pub use evaluated::{Evaluated, EvaluatedMetric, EvaluatedSample, EvaluatedTask};
pub use format::{Format, WriteError, files};
pub use recorded::{FormatProblem, FormatReadError, open, read_inspect, read_lm_eval_samples};
pub use zip::ZipProblem;
