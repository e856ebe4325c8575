//! Recordings of other programs as a source of answers, told apart by their content.
//!
//! | file | begins with | answers |
//! | --- | --- | --- |
//! | Inspect's `.eval` | `PK` | generations by their messages or text, epoch by epoch |
//! | lm-eval's `samples_*.jsonl` | an object with `arguments` and `resps` | log-likelihoods and generations by their arguments |
//! | daepyo's own ([`daepyo_backend::replay`]) | anything else | |

mod inspect;
mod lm_eval;

use crate::plain_json;
use crate::zip::ZipProblem;
use daepyo_backend::{BackendError, RecordingError, ReplayBackend};
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

pub use inspect::read_inspect;
pub use lm_eval::read_lm_eval_samples;

/// Longest line, in bytes, as in daepyo's own recordings.
const LINE_LIMIT_BYTES: u64 = 16 << 20;
/// Programs that evaluate one text twice, in another batch, may get sums that differ in rounding.
const ROUNDING_NATS: f64 = 0.01;

/// A recording of another program that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("replay::recording: {place} can't be used")]
pub struct FormatReadError {
    /// The line or the member.
    pub place: String,
    /// What is wrong there.
    #[source]
    pub problem: FormatProblem,
}

/// What is wrong with a place of a recording.
#[derive(Debug, thiserror::Error)]
pub enum FormatProblem {
    /// The file can't be read on.
    #[error("the file can't be read")]
    Read(#[source] io::Error),
    /// A line that is too long.
    #[error("it is longer than {LINE_LIMIT_BYTES} bytes")]
    TooLong,
    /// Not the JSON that the format promises.
    #[error("it is not JSON of the format's shape")]
    Json(#[source] serde_json::Error),
    /// JSON of the right shape with other contents than the format promises.
    #[error("{0}")]
    Content(String),
    /// The container is broken, too large, or a trap.
    #[error("the archive can't be read here")]
    Zip(#[source] ZipProblem),
    /// The response contradicts another one, or is none.
    #[error("its response can't be kept")]
    Response(#[source] RecordingError),
}

/// Opens recorded responses of any format that is read.
///
/// # Errors
/// [`BackendError::File`], with the place in the file in its cause.
pub fn open(path: &Path) -> Result<ReplayBackend, BackendError> {
    let wrong = |cause: Box<dyn std::error::Error + Send + Sync>| BackendError::File {
        path: path.display().to_string(),
        what: "recorded responses",
        cause,
    };
    let mut file = File::open(path).map_err(|error| wrong(error.into()))?;
    let kind = kind(&mut file).map_err(|error| wrong(error.into()))?;
    let read = match kind {
        Kind::Own => return ReplayBackend::open(path),
        Kind::Inspect => read_inspect(file),
        Kind::LmEval => read_lm_eval_samples(BufReader::new(file)),
    };
    Ok(read.map_err(|error| wrong(error.into()))?.into())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Own,
    Inspect,
    LmEval,
}

/// What a file holds by its first line that is not blank; the file is at its beginning again.
fn kind(file: &mut File) -> io::Result<Kind> {
    let mut first = Vec::new();
    let mut reader = BufReader::new(&mut *file).take(LINE_LIMIT_BYTES);
    while first.trim_ascii().is_empty() {
        first.clear();
        if reader.read_until(b'\n', &mut first)? == 0 {
            break;
        }
        if first.starts_with(b"PK") {
            break;
        }
    }
    file.seek(SeekFrom::Start(0))?;
    if first.starts_with(b"PK\x03\x04") || first.starts_with(b"PK\x05\x06") {
        return Ok(Kind::Inspect);
    }
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&first);
    let line = plain_json::from_slice::<Value>(text).ok();
    let is_sample = line.is_some_and(|line| line.get("arguments").is_some() && line.get("resps").is_some());
    Ok(if is_sample { Kind::LmEval } else { Kind::Own })
}
