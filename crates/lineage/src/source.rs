//! A file of weights, read at places: never mapped, so that a file that shrinks is an error and not a signal, and
//! memory stays what was asked for.

use crate::error::{Place, WeightsError, WeightsProblem};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes that can be read at places: a file, or memory in tests and fuzzing.
pub trait Source: Send + Sync {
    /// The name that errors give it.
    fn name(&self) -> &str;
    /// How many bytes it had when it was opened.
    fn bytes(&self) -> u64;
    /// Fills `into` from byte `offset`; fails where the source ends before, and says so with the place.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), WeightsError>;

    /// `count` bytes from byte `offset`; the caller bounds `count`.
    fn take(&self, offset: u64, count: usize) -> Result<Vec<u8>, WeightsError> {
        self.within(offset, count as u64)?;
        let mut bytes = vec![0; count];
        self.read_at(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// That `count` bytes from byte `offset` lie inside.
    fn within(&self, offset: u64, count: u64) -> Result<(), WeightsError> {
        let needed = offset.saturating_add(count);
        if needed > self.bytes() {
            return Err(self.error(
                Some(Place::Byte(offset)),
                WeightsProblem::Truncated { needed, found: self.bytes() },
            ));
        }
        Ok(())
    }

    /// An error of this source.
    fn error(&self, place: Option<Place>, problem: WeightsProblem) -> WeightsError {
        WeightsError { file: self.name().to_owned(), place, problem }
    }
}

/// A file of weights, open for reading.
#[derive(Debug)]
pub struct WeightFile {
    name: String,
    file: File,
    bytes: u64,
}

impl WeightFile {
    /// Opens the regular file at `path`; errors call it `name`.
    pub fn open(path: &Path, name: String) -> Result<Self, WeightsError> {
        let failed =
            |error| WeightsError { file: name.clone(), place: None, problem: WeightsProblem::Io(error) };
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(WeightsError { file: name, place: None, problem: WeightsProblem::NotWeights });
        }
        Ok(Self { file, bytes: metadata.len(), name })
    }
}

impl Source for WeightFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), WeightsError> {
        self.within(offset, into.len() as u64)?;
        self.file.read_exact_at(into, offset).map_err(|error| {
            let problem = match error.kind() {
                std::io::ErrorKind::UnexpectedEof => WeightsProblem::Changed,
                _ => WeightsProblem::Io(error),
            };
            self.error(Some(Place::Byte(offset)), problem)
        })
    }
}

/// Bytes in memory, as tests and fuzzing give them.
#[derive(Debug)]
pub struct Memory<'a>(pub &'a [u8]);

impl Source for Memory<'_> {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn bytes(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), WeightsError> {
        self.within(offset, into.len() as u64)?;
        let found = usize::try_from(offset).ok().and_then(|start| self.0.get(start..)?.get(..into.len()));
        let found = found.ok_or_else(|| self.error(Some(Place::Byte(offset)), WeightsProblem::Changed))?;
        into.copy_from_slice(found);
        Ok(())
    }
}
