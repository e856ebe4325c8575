//! One pass over a model's files: the digest of each file and of each tensor's bytes, and the bytes that the tests
//! want, so that a cold disk is read once.

use crate::error::WeightsError;
use crate::read::Weights;
use crate::source::{Source, WeightFile};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::ops::Range;

/// A SHA-256 digest.
pub type Sha = [u8; 32];

/// Read at a time, twice: one share is read while the other is hashed.
const SHARE: usize = 4 << 20;
/// Larger tensors are not looked through for a single value.
const CONSTANT_BYTES: u64 = 4 << 20;

/// A tensor that the pass has gone over.
#[derive(Clone, Debug)]
pub struct Passed {
    /// Its number among the model's tensors.
    pub tensor: usize,
    /// SHA-256 of its bytes.
    pub digest: Sha,
    /// Whether all its numbers are the same, as before training; not looked for in tensors above 4 MiB.
    pub constant: bool,
    /// The wanted bytes, one range after another.
    pub wanted: Vec<u8>,
}

/// Goes over all files of `weights`, several at once. `wanted` holds, for each tensor, ranges of its bytes, ascending
/// and apart. `done` gets each tensor once it is behind, from any thread; `progress` the bytes that were read. Gives
/// the digest of each file.
pub fn pass(
    weights: &Weights,
    wanted: &[Vec<Range<u64>>],
    progress: &(dyn Fn(u64) + Sync),
    done: &(dyn Fn(Passed) + Sync),
) -> Result<Vec<Sha>, WeightsError> {
    let files = weights.files.par_iter().enumerate();
    files.map(|(number, file)| one_file(weights, number, file, wanted, progress, done)).collect()
}

fn one_file(
    weights: &Weights,
    number: usize,
    file: &WeightFile,
    wanted: &[Vec<Range<u64>>],
    progress: &(dyn Fn(u64) + Sync),
    done: &(dyn Fn(Passed) + Sync),
) -> Result<Sha, WeightsError> {
    let own = weights.tensors.iter().enumerate().filter(|(_, tensor)| tensor.extent.file == number);
    let mut waiting: Vec<Open<'_>> = own
        .map(|(index, tensor)| {
            let start = tensor.extent.offset;
            let ranges = wanted.get(index).map(Vec::as_slice).unwrap_or_default();
            Open::new(index, start..start + tensor.extent.bytes, tensor.encoding.block_bytes(), ranges)
        })
        .collect();
    waiting.sort_by_key(|open| std::cmp::Reverse((open.extent.start, open.tensor)));
    let mut under_way: Vec<Open<'_>> = Vec::new();
    let mut whole = Sha256::new();
    let (mut now, mut next) = (Vec::new(), Vec::new());
    read(file, 0, &mut now)?;
    let mut offset = 0_u64;
    while !now.is_empty() {
        let end = offset + now.len() as u64;
        while waiting.last().is_some_and(|open| open.extent.start < end) {
            under_way.extend(waiting.pop());
        }
        let (ahead, ()) = rayon::join(
            || read(file, end, &mut next),
            || {
                rayon::join(
                    || whole.update(&now),
                    || {
                        for open in &mut under_way {
                            open.take(offset, &now);
                        }
                    },
                );
            },
        );
        ahead?;
        progress(now.len() as u64);
        let (over, rest): (Vec<_>, Vec<_>) = under_way.into_iter().partition(|open| open.extent.end <= end);
        under_way = rest;
        for open in over {
            done(open.finish());
        }
        std::mem::swap(&mut now, &mut next);
        offset = end;
    }
    // Tensors without bytes at the end of the file.
    for open in waiting {
        done(open.finish());
    }
    Ok(whole.finalize().into())
}

fn read(file: &WeightFile, offset: u64, into: &mut Vec<u8>) -> Result<(), WeightsError> {
    let left = file.bytes().saturating_sub(offset).min(SHARE as u64);
    into.resize(usize::try_from(left).unwrap_or(0), 0);
    file.read_at(offset, into)
}

/// A tensor that the pass is in.
struct Open<'a> {
    tensor: usize,
    extent: Range<u64>,
    hash: Sha256,
    unit: usize,
    first: Vec<u8>,
    constant: bool,
    ranges: &'a [Range<u64>],
    wanted: Vec<u8>,
}

impl<'a> Open<'a> {
    fn new(tensor: usize, extent: Range<u64>, unit: u64, ranges: &'a [Range<u64>]) -> Self {
        let constant = extent.end - extent.start <= CONSTANT_BYTES;
        let unit = usize::try_from(unit).unwrap_or(1);
        Self {
            tensor,
            extent,
            hash: Sha256::new(),
            unit,
            first: Vec::new(),
            constant,
            ranges,
            wanted: Vec::new(),
        }
    }

    fn take(&mut self, offset: u64, share: &[u8]) {
        let end = offset + share.len() as u64;
        let (from, to) = (self.extent.start.max(offset), self.extent.end.min(end));
        if from >= to {
            return;
        }
        let bytes = part(share, from - offset, to - offset);
        self.hash.update(bytes);
        // A share may begin within a number only where a tensor does, and shares are far longer than numbers.
        if self.constant {
            let skip = (from - self.extent.start) % self.unit as u64;
            let whole = part(bytes, (self.unit as u64 - skip) % self.unit as u64, bytes.len() as u64);
            if self.first.is_empty() {
                self.first = whole.get(..self.unit).unwrap_or_default().to_vec();
            }
            self.constant = whole.chunks_exact(self.unit).all(|number| number == self.first);
        }
        let relative = from - self.extent.start..to - self.extent.start;
        while let Some(range) = self.ranges.first() {
            if range.start >= relative.end {
                break;
            }
            let (start, stop) = (range.start.max(relative.start), range.end.min(relative.end));
            if start < stop {
                self.wanted.extend_from_slice(part(bytes, start - relative.start, stop - relative.start));
            }
            if range.end > relative.end {
                break;
            }
            self.ranges = self.ranges.get(1..).unwrap_or_default();
        }
    }

    fn finish(self) -> Passed {
        Passed {
            tensor: self.tensor,
            digest: self.hash.finalize().into(),
            constant: self.constant,
            wanted: self.wanted,
        }
    }
}

fn part(bytes: &[u8], start: u64, end: u64) -> &[u8] {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    bytes.get(place(start)..place(end)).unwrap_or_default()
}
