//! The writer: makes a log, appends to it durably and signs a checkpoint for each append.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use crate::disk::{Disk, Stage};
use crate::hash::tile_bytes;
use crate::layout::{self, FULL, Part, Tile};
use crate::reader::{LogReader, kept_sizes, read};
use crate::{Checkpoint, Error, MAX_ENTRY_BYTES, SignedCheckpoint, SigningKey, TreeHash, VerifierKey};

/// A log open for appending. One process at a time holds it.
#[derive(Debug)]
pub struct Log {
    disk: Disk,
    key: SigningKey,
    edge: Edge,
    head: SignedCheckpoint,
    reader: LogReader,
    failed: bool,
    _lock: Option<File>,
}

impl Log {
    /// Makes a log in `folder`, which is created where it is missing and must be empty otherwise.
    ///
    /// The key's name becomes the origin. Fails where the private key's file lies inside the folder. A folder
    /// in which an earlier call was interrupted counts as empty.
    pub fn create(folder: &Path, key: SigningKey) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        Self::create_on(Disk::new(folder), key)
    }

    /// Opens the log in `folder` for appending; finishes or undoes an append that was interrupted.
    ///
    /// Fails where the log belongs to another key, is open in another process, or where its newest tiles are
    /// not those of its checkpoint. It does not check the whole log; [`crate::verify()`] does.
    pub fn open(folder: &Path, key: SigningKey) -> Result<Self, Error> {
        Self::open_on(Disk::new(folder), key)
    }

    /// [`Self::open`] where `folder` holds a log, [`Self::create`] otherwise.
    pub fn open_or_create(folder: &Path, key: SigningKey) -> Result<Self, Error> {
        if folder.join(layout::CHECKPOINT).exists() {
            Self::open(folder, key)
        } else {
            Self::create(folder, key)
        }
    }

    fn create_on(disk: Disk, key: SigningKey) -> Result<Self, Error> {
        refuse_key_inside(&key, disk.folder())?;
        let lock = lock(disk.folder())?;
        let first = layout::checkpoint_path(0);
        let files = layout::files_below(disk.folder()).map_err(Error::io("list", disk.folder()))?;
        let temporary = format!("{}/", layout::TEMPORARY);
        let foreign = files
            .into_keys()
            .find(|file| *file != layout::KEY && *file != first && !file.starts_with(&temporary));
        if let Some(found) = foreign {
            return Err(Error::NotEmpty { log: disk.folder().to_owned(), found });
        }
        if disk.path(layout::KEY).exists() {
            check_owner(&disk, &key)?;
        }
        disk.write(layout::KEY, &key.verifier().file_bytes())?;
        let head = sign(&key, 0, TreeHash::empty_tree())?;
        disk.write(&first, head.as_bytes())?;
        disk.write(layout::CHECKPOINT, head.as_bytes())?;
        let reader = LogReader::at(disk.folder(), head.checkpoint().clone(), vec![0]);
        Ok(Self { disk, key, edge: Edge::default(), head, reader, failed: false, _lock: lock })
    }

    fn open_on(disk: Disk, key: SigningKey) -> Result<Self, Error> {
        let folder = disk.folder().to_owned();
        if !disk.path(layout::CHECKPOINT).exists() {
            return Err(Error::NoLog { log: folder });
        }
        refuse_key_inside(&key, &folder)?;
        let lock = lock(&folder)?;
        check_owner(&disk, &key)?;
        let public = key.verifier();
        let mut head = read_checkpoint(&disk, layout::CHECKPOINT, &public)?;
        let sizes = kept_sizes(&folder)?;
        let damaged = |file: String, reason| Error::Damaged { log: folder.clone(), file, reason };
        if !sizes.contains(&head.size()) {
            return Err(damaged(layout::checkpoint_path(head.size()), "it is missing"));
        }
        let newest = sizes.last().copied().unwrap_or_default();
        let unfinished = newest > head.size();
        if unfinished {
            head = read_checkpoint(&disk, &layout::checkpoint_path(newest), &public)?;
            if head.size() != newest {
                return Err(damaged(layout::checkpoint_path(newest), "it is for another size"));
            }
        }
        let reader = LogReader::at(&folder, head.checkpoint().clone(), sizes);
        let edge = Edge::load(&reader)?;
        if edge.root() != head.root() {
            return Err(damaged(
                layout::CHECKPOINT.to_owned(),
                "its root is not that of the tiles; `verify` names the files that differ",
            ));
        }
        // Nothing is removed before it is sure that the tiles of the newest checkpoint are whole.
        if unfinished {
            disk.write(layout::CHECKPOINT, head.as_bytes())?;
        }
        let log = Self { disk, key, edge, head, reader, failed: false, _lock: lock };
        log.remove_leftovers()?;
        Ok(log)
    }

    /// Appends `entries` in order and signs a checkpoint over the log as it is then, which is returned.
    ///
    /// On return the entries and the checkpoint are durable. With no entries nothing is written and the
    /// current checkpoint is returned. Fails before writing anything where an entry is larger than
    /// [`MAX_ENTRY_BYTES`]. After any other failure the log must be opened again, and [`Self::len`] then tells
    /// whether the entries are in it.
    ///
    /// Each call waits several times for the storage device, so that appending in large batches is much
    /// faster than one entry at a time.
    pub fn append<E: AsRef<[u8]>>(&mut self, entries: &[E]) -> Result<&SignedCheckpoint, Error> {
        if self.failed {
            return Err(Error::Interrupted);
        }
        for (index, entry) in entries.iter().enumerate() {
            let size_bytes = entry.as_ref().len();
            if size_bytes > MAX_ENTRY_BYTES {
                return Err(Error::EntryTooLarge { index, size_bytes });
            }
        }
        if !entries.is_empty() {
            self.failed = true;
            self.write(entries)?;
            self.failed = false;
        }
        Ok(&self.head)
    }

    fn write<E: AsRef<[u8]>>(&mut self, entries: &[E]) -> Result<(), Error> {
        let before = self.edge.size;
        let mut edge = self.edge.clone();
        let mut stage = self.disk.stage()?;
        for entry in entries {
            edge.push(entry.as_ref(), &mut stage)?;
        }
        edge.put_partial(before, &mut stage)?;
        stage.commit()?;

        let head = sign(&self.key, edge.size, edge.root())?;
        for file in [layout::checkpoint_path(edge.size).as_str(), layout::CHECKPOINT] {
            stage.put(file, head.as_bytes())?;
            stage.commit()?;
        }
        stage.end()?;
        self.remove_filled(before, edge.size)?;

        self.reader.advance(head.checkpoint().clone());
        self.edge = edge;
        self.head = head;
        Ok(())
    }

    /// Removes the partial forms of the tiles that became full.
    fn remove_filled(&self, before: u64, after: u64) -> Result<(), Error> {
        for part in layout::parts(before) {
            let index = part.count(before) / FULL;
            let folder = Tile::partial_folder(part, index);
            let path = self.disk.path(&folder);
            if part.count(after) / FULL == index || !path.exists() {
                continue;
            }
            for file in layout::files_below(&path).map_err(Error::io("list", &path))?.into_keys() {
                self.disk.remove(&format!("{folder}/{file}"))?;
            }
        }
        Ok(())
    }

    /// Removes what an interrupted append left: temporary files, and tiles that belong to no checkpoint.
    fn remove_leftovers(&self) -> Result<(), Error> {
        self.disk.clear_temporary()?;
        let tiles = self.disk.path("tile");
        if !tiles.exists() {
            return Ok(());
        }
        let retained = layout::retained(self.reader.checkpoint_sizes());
        for file in layout::files_below(&tiles).map_err(Error::io("list", &tiles))?.into_keys() {
            let file = format!("tile/{file}");
            // A file that no log writes is somebody's; checking the log names it.
            if !retained.contains_key(&file) && Tile::parse_path(&file).is_some() {
                self.disk.remove(&file)?;
            }
        }
        Ok(())
    }

    /// The number of entries.
    pub fn len(&self) -> u64 {
        self.edge.size
    }

    /// Whether the log has no entry.
    pub fn is_empty(&self) -> bool {
        self.edge.size == 0
    }

    /// The newest checkpoint.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.head
    }

    /// The log's public key.
    pub fn key(&self) -> VerifierKey {
        self.key.verifier()
    }

    /// Entries and proofs up to the newest checkpoint.
    pub fn reader(&self) -> &LogReader {
        &self.reader
    }
}

/// The right edge of the tree: all that the next append needs to know.
#[derive(Debug, Clone, Default)]
struct Edge {
    size: u64,
    /// For each level the hashes of its last tile, fewer than 256.
    levels: Vec<Vec<TreeHash>>,
    /// The entries of the last bundle, fewer than 256.
    bundle: Vec<u8>,
}

impl Edge {
    fn load(reader: &LogReader) -> Result<Self, Error> {
        let size = reader.len();
        let mut edge = Self { size, ..Self::default() };
        for part in layout::parts(size) {
            let tile = Tile::in_tree(part, part.count(size) / FULL, size);
            match part {
                Part::Entries => {
                    if let Some(tile) = tile {
                        edge.bundle = read(reader.folder(), &tile.path())?;
                    }
                }
                Part::Level(_) => edge.levels.push(tile.map_or(Ok(Vec::new()), |tile| reader.tile(tile))?),
            }
        }
        let width = size % FULL;
        let damaged = |reason| Error::Damaged {
            log: reader.folder().to_owned(),
            file: Tile { part: Part::Entries, index: size / FULL, width }.path(),
            reason,
        };
        let entries = layout::split_bundle(&edge.bundle, width)
            .ok_or_else(|| damaged("it does not hold the number of entries that its name says"))?;
        let leaves: Vec<TreeHash> = entries.into_iter().map(TreeHash::leaf).collect();
        if edge.levels.first().map_or(&[][..], Vec::as_slice) == leaves {
            Ok(edge)
        } else {
            Err(damaged("its entries are not those of the tile of leaf hashes"))
        }
    }

    fn push(&mut self, entry: &[u8], stage: &mut Stage<'_>) -> Result<(), Error> {
        let length = u16::try_from(entry.len())
            .map_err(|_| Error::EntryTooLarge { index: 0, size_bytes: entry.len() })?;
        self.bundle.extend_from_slice(&length.to_be_bytes());
        self.bundle.extend_from_slice(entry);
        self.size += 1;
        if self.size.is_multiple_of(FULL) {
            let tile = Tile { part: Part::Entries, index: self.size / FULL - 1, width: FULL };
            stage.put(&tile.path(), &self.bundle)?;
            self.bundle.clear();
        }
        let mut hash = TreeHash::leaf(entry);
        for level in 0_u8.. {
            let position = usize::from(level);
            if self.levels.len() == position {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(position) else {
                break;
            };
            hashes.push(hash);
            if hashes.len() as u64 != FULL {
                break;
            }
            let part = Part::Level(level);
            let tile = Tile { part, index: part.count(self.size) / FULL - 1, width: FULL };
            stage.put(&tile.path(), &tile_bytes(hashes))?;
            hash = fold(hashes);
            hashes.clear();
        }
        Ok(())
    }

    /// Writes the partial tiles that differ from those of the tree of `before` entries.
    fn put_partial(&self, before: u64, stage: &mut Stage<'_>) -> Result<(), Error> {
        for part in layout::parts(self.size) {
            let Some(tile) = Tile::in_tree(part, part.count(self.size) / FULL, self.size) else {
                continue;
            };
            if part.count(before) == part.count(self.size) {
                continue;
            }
            match part {
                Part::Entries => stage.put(&tile.path(), &self.bundle)?,
                Part::Level(level) => {
                    let hashes = self.levels.get(usize::from(level)).map_or(&[][..], Vec::as_slice);
                    stage.put(&tile.path(), &tile_bytes(hashes))?;
                }
            }
        }
        Ok(())
    }

    /// The root over all leaves: whole subtrees joined from the right, smallest first.
    fn root(&self) -> TreeHash {
        let mut root = None;
        for hashes in &self.levels {
            let mut rest = hashes.as_slice();
            while !rest.is_empty() {
                let subtree = 1 << rest.len().trailing_zeros();
                let (before, last) = rest.split_at(rest.len() - subtree);
                let left = fold(last);
                root = Some(root.map_or(left, |right| TreeHash::node(&left, &right)));
                rest = before;
            }
        }
        root.unwrap_or_else(TreeHash::empty_tree)
    }
}

/// The root of a whole subtree over `hashes`, whose number is a power of two.
fn fold(hashes: &[TreeHash]) -> TreeHash {
    match hashes {
        [] => TreeHash::empty_tree(),
        [hash] => *hash,
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            TreeHash::node(&fold(left), &fold(right))
        }
    }
}

fn sign(key: &SigningKey, size: u64, root: TreeHash) -> Result<SignedCheckpoint, Error> {
    SignedCheckpoint::sign(Checkpoint::new(key.name(), size, root), key)
        .map_err(|source| Error::Checkpoint { file: layout::checkpoint_path(size), source })
}

fn read_checkpoint(disk: &Disk, file: &str, key: &VerifierKey) -> Result<SignedCheckpoint, Error> {
    SignedCheckpoint::parse(&read(disk.folder(), file)?, key)
        .map_err(|source| Error::Checkpoint { file: file.to_owned(), source })
}

fn check_owner(disk: &Disk, key: &SigningKey) -> Result<(), Error> {
    let found = VerifierKey::parse_file(&read(disk.folder(), layout::KEY)?).map_err(Error::Key)?;
    let expected = key.verifier();
    if found == expected {
        return Ok(());
    }
    Err(Error::KeyMismatch {
        log: disk.folder().to_owned(),
        found: found.to_string(),
        expected: expected.to_string(),
    })
}

fn refuse_key_inside(key: &SigningKey, folder: &Path) -> Result<(), Error> {
    let Some(file) = key.file() else { return Ok(()) };
    // A key file that is gone cannot be published.
    let Ok(place) = file.canonicalize() else {
        return Ok(());
    };
    let inside = folder.canonicalize().map_err(Error::io("find", folder))?;
    if place.starts_with(inside) {
        return Err(Error::KeyInsideLog { key: file.to_owned(), log: folder.to_owned() });
    }
    Ok(())
}

/// Holds the folder against other writers until the file is dropped. The lock leaves no file behind.
#[cfg(unix)]
fn lock(folder: &Path) -> Result<Option<File>, Error> {
    let open = File::open(folder).map_err(Error::io("open", folder))?;
    match open.try_lock() {
        Ok(()) => Ok(Some(open)),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { log: folder.to_owned() }),
        Err(TryLockError::Error(source)) => match source.kind() {
            // Some network file systems have no locks; the log works without.
            io::ErrorKind::Unsupported => Ok(None),
            _ => Err(Error::io("lock", folder)(source)),
        },
    }
}

/// Elsewhere a folder cannot be opened as a file.
#[cfg(not(unix))]
fn lock(_: &Path) -> Result<Option<File>, Error> {
    Ok(None)
}

#[cfg(test)]
#[path = "log/interrupted.rs"]
mod interrupted;
