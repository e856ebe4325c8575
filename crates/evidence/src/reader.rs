//! Reading entries and making proofs from a log folder; needs no key and never writes.

use std::cell::{Cell, RefCell};
use std::collections::btree_map::{BTreeMap, Entry};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::hash::tile_bytes;
use crate::layout::{self, FULL, Part, Tile};
use crate::{Checkpoint, Error, InclusionProof, TreeHash};

/// No log is larger. The arithmetic on tile numbers stays far from the ends of its integers.
const LARGEST: u64 = 1 << 48;

/// A log as its newest checkpoint describes it.
///
/// Reading checks what it needs to make sense of the files, not that they are genuine: run [`crate::verify()`]
/// on a log that somebody else wrote.
#[derive(Debug, Clone)]
pub struct LogReader {
    folder: PathBuf,
    head: Checkpoint,
    sizes: Vec<u64>,
}

impl LogReader {
    /// Opens the log in `folder` at its newest checkpoint.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        if !folder.join(layout::CHECKPOINT).exists() {
            return Err(Error::NoLog { log: folder.to_owned() });
        }
        let head = Checkpoint::parse_unverified(&read(folder, layout::CHECKPOINT)?)
            .map_err(|source| Error::Checkpoint { file: layout::CHECKPOINT.to_owned(), source })?;
        if head.size() > LARGEST {
            return Err(Error::Damaged {
                log: folder.to_owned(),
                file: layout::CHECKPOINT.to_owned(),
                reason: "it says that the log has more entries than any log can have",
            });
        }
        let mut sizes = kept_sizes(folder)?;
        sizes.retain(|&size| size <= head.size());
        Ok(Self::at(folder, head, sizes))
    }

    /// A reader at a checkpoint that is known; `sizes` in ascending order.
    pub(crate) fn at(folder: &Path, head: Checkpoint, sizes: Vec<u64>) -> Self {
        Self { folder: folder.to_owned(), head, sizes }
    }

    /// Moves on to a newer checkpoint.
    pub(crate) fn advance(&mut self, head: Checkpoint) {
        self.sizes.push(head.size());
        self.head = head;
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The newest checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.head
    }

    /// The sizes at which a checkpoint was signed, in ascending order.
    pub fn checkpoint_sizes(&self) -> &[u64] {
        &self.sizes
    }

    /// The signed checkpoint kept for `size`, as its bytes.
    pub fn checkpoint_bytes(&self, size: u64) -> Result<Vec<u8>, Error> {
        if self.sizes.binary_search(&size).is_err() {
            return Err(Error::OutOfRange { what: "checkpoint", asked: size, size: self.len() });
        }
        read(&self.folder, &layout::checkpoint_path(size))
    }

    /// The number of entries.
    pub fn len(&self) -> u64 {
        self.head.size()
    }

    /// Whether the log has no entry.
    pub fn is_empty(&self) -> bool {
        self.head.size() == 0
    }

    /// The entry with this zero-based index. For many entries in a row use [`Self::entries`].
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, Error> {
        let past = Error::OutOfRange { what: "entry", asked: index, size: self.len() };
        let Some(end) = index.checked_add(1).filter(|&end| end <= self.len()) else {
            return Err(past);
        };
        self.entries(index..end).next().unwrap_or(Err(past))
    }

    /// The entries of a range of indexes in order; the range is cut at the end of the log. Each file is read
    /// once. Ends after the first error.
    pub fn entries(&self, range: Range<u64>) -> Entries<'_> {
        Entries {
            reader: self,
            next: range.start,
            end: range.end.min(self.len()),
            bundle: Vec::new().into_iter(),
        }
    }

    /// The hashes of a tile.
    pub(crate) fn tile(&self, tile: Tile) -> Result<Vec<TreeHash>, Error> {
        let file = tile.path();
        let hashes = TreeHash::parse_tile(&read(&self.folder, &file)?);
        hashes.filter(|hashes| hashes.len() as u64 == tile.width).ok_or_else(|| Error::Damaged {
            log: self.folder.clone(),
            file,
            reason: "it does not hold the number of hashes that its name says",
        })
    }

    fn bundle(&self, index: u64) -> Result<Vec<Vec<u8>>, Error> {
        let Some(tile) = Tile::in_tree(Part::Entries, index, self.len()) else {
            return Ok(Vec::new());
        };
        let file = tile.path();
        let bytes = read(&self.folder, &file)?;
        let entries = layout::split_bundle(&bytes, tile.width).ok_or_else(|| Error::Damaged {
            log: self.folder.clone(),
            file,
            reason: "it does not hold the number of entries that its name says",
        })?;
        Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// The hashes that prove entry `index` part of the tree of the first `size` entries (RFC 6962, section
    /// 2.1.1), from the leaf's sibling up; checked by [`crate::check_inclusion`].
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<TreeHash>, Error> {
        self.check_size(size)?;
        if index >= size {
            return Err(Error::OutOfRange { what: "entry", asked: index, size });
        }
        let tiles = Tiles::new(self);
        tiles.finish(tlog_tiles::prove_record(size, index, &tiles))
    }

    /// The hashes that prove the tree of the first `old` entries a prefix of that of the first `new` (RFC
    /// 6962, section 2.1.2); checked by [`crate::check_consistency`]. Empty where `old` is 0 or equals `new`.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<TreeHash>, Error> {
        self.check_size(new)?;
        if old > new {
            return Err(Error::OutOfRange { what: "size", asked: old, size: new });
        }
        if old == 0 {
            return Ok(Vec::new());
        }
        let tiles = Tiles::new(self);
        tiles.finish(tlog_tiles::prove_tree(new, old, &tiles))
    }

    /// A proof to keep: entry `index` in the newest checkpoint.
    pub fn prove(&self, index: u64) -> Result<InclusionProof, Error> {
        self.prove_at(index, self.len())
    }

    /// A proof to keep: entry `index` in the checkpoint that was signed at `size`.
    pub fn prove_at(&self, index: u64, size: u64) -> Result<InclusionProof, Error> {
        let checkpoint = self.checkpoint_bytes(size)?;
        Ok(InclusionProof::new(index, self.inclusion_proof(index, size)?, checkpoint))
    }

    fn check_size(&self, size: u64) -> Result<(), Error> {
        if size <= self.len() {
            Ok(())
        } else {
            Err(Error::OutOfRange { what: "size", asked: size, size: self.len() })
        }
    }
}

/// Entries of a log in order; made by [`LogReader::entries`].
#[derive(Debug)]
pub struct Entries<'a> {
    reader: &'a LogReader,
    next: u64,
    end: u64,
    bundle: std::vec::IntoIter<Vec<u8>>,
}

impl Iterator for Entries<'_> {
    type Item = Result<Vec<u8>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        if self.bundle.as_slice().is_empty() {
            match self.reader.bundle(self.next / FULL) {
                Ok(entries) => self.bundle = entries.into_iter(),
                Err(error) => {
                    self.next = self.end;
                    return Some(Err(error));
                }
            }
            for _ in 0..self.next % FULL {
                self.bundle.next();
            }
        }
        self.next += 1;
        self.bundle.next().map(Ok)
    }
}

/// Tiles read for one proof, each once.
struct Tiles<'a> {
    reader: &'a LogReader,
    read: RefCell<BTreeMap<Tile, Vec<u8>>>,
    failure: Cell<Option<Error>>,
}

impl<'a> Tiles<'a> {
    fn new(reader: &'a LogReader) -> Self {
        Self { reader, read: RefCell::default(), failure: Cell::new(None) }
    }

    fn hash(&self, index: u64) -> Result<TreeHash, Error> {
        let outside = || Error::OutOfRange { what: "hash", asked: index, size: self.reader.len() };
        let place =
            tlog_tiles::Tile::from_index(8, index).parent(0, self.reader.len()).ok_or_else(outside)?;
        let tile = Tile {
            part: Part::Level(place.level()),
            index: place.level_index(),
            width: u64::from(place.width()),
        };
        let mut read = self.read.borrow_mut();
        let bytes = match read.entry(tile) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(tile_bytes(&self.reader.tile(tile)?)),
        };
        place.hash_at_index(bytes, index).map(TreeHash::from).map_err(|_| outside())
    }

    /// The proof, or the error that the library could not carry.
    fn finish(
        &self,
        proof: Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error>,
    ) -> Result<Vec<TreeHash>, Error> {
        match (proof, self.failure.take()) {
            (Ok(hashes), _) => Ok(hashes.into_iter().map(TreeHash::from).collect()),
            (Err(_), Some(error)) => Err(error),
            (Err(_), None) => Err(Error::OutOfRange { what: "size", asked: 0, size: self.reader.len() }),
        }
    }
}

impl tlog_tiles::HashReader for Tiles<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        indexes
            .iter()
            .map(|&index| {
                self.hash(index).map(Into::into).map_err(|error| {
                    self.failure.set(Some(error));
                    tlog_tiles::Error::InvalidTile
                })
            })
            .collect()
    }
}

/// Reads a file of the log.
pub(crate) fn read(folder: &Path, file: &str) -> Result<Vec<u8>, Error> {
    let path = folder.join(file);
    fs::read(&path).map_err(Error::io("read", &path))
}

/// The sizes for which a checkpoint is kept, in ascending order; names that are no size are left out.
pub(crate) fn kept_sizes(folder: &Path) -> Result<Vec<u64>, Error> {
    let path = folder.join(layout::CHECKPOINTS);
    let files = layout::files_below(&path).map_err(Error::io("list", &path))?;
    let mut sizes: Vec<u64> = files
        .keys()
        .filter_map(|name| layout::checkpoint_size(&format!("{}/{name}", layout::CHECKPOINTS)))
        .collect();
    sizes.sort_unstable();
    Ok(sizes)
}
