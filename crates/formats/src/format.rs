//! The formats by name, and the files of each.

use crate::{Evaluated, every_eval_ever, inspect, parquet_samples};
use parquet::errors::ParquetError;

/// A format of another program in which results and samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Every Eval Ever: an aggregate and its instances, JSON, below `every-eval-ever/data/`.
    EveryEvalEver,
    /// Inspect: one `.eval` log a task, below `inspect/`.
    Inspect,
    /// One row a sample: `samples_DAY.parquet`.
    Parquet,
}

/// Bytes that can't be made, which no result is known to cause.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The Parquet writer refuses a value.
    #[error("the Parquet file can't be made")]
    Parquet(#[from] ParquetError),
    /// The compressor fails.
    #[error("a part can't be compressed")]
    Compress(#[source] std::io::Error),
}

/// The files of `evaluated` in one format: path below the output folder, with `/`, and contents.
///
/// # Errors
/// Where a library that makes them refuses a value.
pub fn files(format: Format, evaluated: &Evaluated<'_>) -> Result<Vec<(String, Vec<u8>)>, WriteError> {
    match format {
        Format::EveryEvalEver => Ok(every_eval_ever::files(evaluated)),
        Format::Inspect => inspect::files(evaluated),
        Format::Parquet => parquet_samples::files(evaluated),
    }
}
