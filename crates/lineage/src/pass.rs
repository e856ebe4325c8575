//! One pass over a model's files: the digest of each file and of each tensor's bytes, and the bytes that the tests
//! want, so that a cold disk is read once.

use crate::error::WeightsError;
use crate::read::Weights;
pub use crate::sha::Sha;
use crate::sha::{Hasher, update_both};
use crate::source::{Source, WeightFile};
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Read at a time. So little stays in the processor's cache until it is hashed; the system reads ahead meanwhile.
const SHARE: usize = 128 << 10;
/// Some processors copy what the system has read several times as slowly to an address a few bytes into a page as to the
/// beginning of one.
const PAGE: usize = 4096;
/// Files that are gone over at once.
const FILES: usize = 2;
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
    let next = AtomicUsize::new(0);
    let digests: Vec<OnceLock<Result<Sha, WeightsError>>> =
        weights.files.iter().map(|_| OnceLock::new()).collect();
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((file, slot)) = weights.files.get(number).zip(digests.get(number)) else { return };
            // Each number is drawn once.
            let _ = slot.set(one_file(weights, number, file, wanted, progress, done));
        }
    };
    // Threads of their own: they wait for the disk, and what is computed of rows meanwhile has the pool for itself.
    thread::scope(|scope| {
        for _ in 0..weights.files.len().min(FILES) {
            scope.spawn(work);
        }
    });
    digests.into_iter().filter_map(OnceLock::into_inner).collect()
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
    let mut whole = Hasher::new();
    let mut buffer = vec![0; SHARE + PAGE];
    let start = buffer.as_ptr().align_offset(PAGE);
    let buffer = buffer.get_mut(start..start + SHARE).unwrap_or_default();
    let mut offset = 0_u64;
    loop {
        let now = read(file, offset, buffer)?;
        if now.is_empty() {
            break;
        }
        let end = offset + now.len() as u64;
        while waiting.last().is_some_and(|open| open.extent.start < end) {
            under_way.extend(waiting.pop());
        }
        hash(&mut whole, &mut under_way, offset, now);
        progress(now.len() as u64);
        let (over, rest): (Vec<_>, Vec<_>) = under_way.into_iter().partition(|open| open.extent.end <= end);
        under_way = rest;
        for open in over {
            done(open.finish());
        }
        offset = end;
    }
    // Tensors without bytes at the end of the file.
    for open in waiting {
        done(open.finish());
    }
    Ok(whole.finish())
}

/// Gives the share to the file's digest and to those of the tensors in it, side by side where they take the same bytes.
fn hash(whole: &mut Hasher, under_way: &mut [Open<'_>], offset: u64, share: &[u8]) {
    under_way.sort_by_key(|open| open.extent.start);
    let mut behind = 0;
    for open in under_way {
        let (from, to) = open.within(offset, share);
        if from < behind || from >= to {
            // Another name for bytes that are behind, or none in this share.
            let bytes = part(share, from, to);
            open.hash.update(bytes);
        } else {
            whole.update(part(share, behind, from));
            update_both(whole, part(share, from, to), &mut open.hash, part(share, from, to));
            behind = to;
        }
        open.look(offset, share);
    }
    whole.update(part(share, behind, share.len() as u64));
}

/// The share at `offset`, shorter at the end of the file and empty behind it.
fn read<'a>(file: &WeightFile, offset: u64, buffer: &'a mut [u8]) -> Result<&'a [u8], WeightsError> {
    let left = file.bytes().saturating_sub(offset).min(buffer.len() as u64);
    let share = buffer.get_mut(..usize::try_from(left).unwrap_or(0)).unwrap_or_default();
    file.read_at(offset, share)?;
    Ok(share)
}

/// A tensor that the pass is in.
struct Open<'a> {
    tensor: usize,
    extent: Range<u64>,
    hash: Hasher,
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
            hash: Hasher::new(),
            unit,
            first: Vec::new(),
            constant,
            ranges,
            wanted: Vec::new(),
        }
    }

    /// Where in the share its bytes begin and end.
    fn within(&self, offset: u64, share: &[u8]) -> (u64, u64) {
        let end = offset + share.len() as u64;
        let (from, to) = (self.extent.start.max(offset), self.extent.end.min(end));
        if from < to { (from - offset, to - offset) } else { (0, 0) }
    }

    /// Looks for a single value, and keeps what is wanted.
    fn look(&mut self, offset: u64, share: &[u8]) {
        let (first, last) = self.within(offset, share);
        if first >= last {
            return;
        }
        let (from, to) = (first + offset, last + offset);
        let bytes = part(share, first, last);
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
            digest: self.hash.finish(),
            constant: self.constant,
            wanted: self.wanted,
        }
    }
}

fn part(bytes: &[u8], start: u64, end: u64) -> &[u8] {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    bytes.get(place(start)..place(end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};
    use std::collections::BTreeMap;

    /// Three tensors over several shares, whose ends lie in no order with shares or blocks.
    #[test]
    fn digests_and_wanted_bytes_are_those_of_the_whole_file() {
        let lengths = [3_000_003_usize, 9_999_997, 41];
        let mut header = serde_json::Map::new();
        let mut at = 0;
        for (name, length) in ["a", "b", "c"].iter().zip(lengths) {
            let entry =
                serde_json::json!({"dtype": "U8", "shape": [length], "data_offsets": [at, at + length]});
            header.insert((*name).to_owned(), entry);
            at += length;
        }
        let header = serde_json::Value::Object(header).to_string();
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend((0..at).map(|place| (place * 7 + place / 1000) as u8));
        let home = tempfile::TempDir::new().unwrap();
        let path = home.path().join("model.safetensors");
        std::fs::write(&path, &bytes).unwrap();
        let weights = Weights::open(&path).unwrap();
        let wanted =
            [vec![0..5, 100..4000], vec![4_000_000..4_300_000, 9_999_990..9_999_997], vec![0..1, 40..41]];
        let found = std::sync::Mutex::new(BTreeMap::new());
        let files = pass(&weights, &wanted, &|_| (), &|passed| {
            found.lock().unwrap().insert(passed.tensor, passed);
        });
        assert_eq!(files.unwrap(), [<[u8; 32]>::from(Sha256::digest(&bytes))]);
        let data = &bytes[8 + header.len()..];
        let mut start = 0;
        for (number, (length, ranges)) in lengths.iter().zip(&wanted).enumerate() {
            let own = &data[start..start + length];
            let passed = &found.lock().unwrap()[&number];
            assert_eq!(passed.digest, <[u8; 32]>::from(Sha256::digest(own)), "tensor {number}");
            let kept: Vec<u8> = ranges
                .iter()
                .flat_map(|range| own[range.start as usize..range.end as usize].to_vec())
                .collect();
            assert_eq!(passed.wanted, kept, "tensor {number}");
            start += length;
        }
    }
}
