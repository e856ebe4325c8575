//! Which files a log of given sizes consists of, and how they are named (C2SP tlog-tiles).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// The file with the newest signed checkpoint.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// The folder with every signed checkpoint, each named by its size.
pub(crate) const CHECKPOINTS: &str = "checkpoints";
/// The file with the public key.
pub(crate) const KEY: &str = "key.pub";
/// The folder that files are written in before they move to their place.
pub(crate) const TEMPORARY: &str = ".tmp";
/// The number of hashes or entries in a full tile.
pub(crate) const FULL: u64 = 256;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The entries themselves.
    Entries,
    /// Hashes of subtrees of 256 to the power of this level; level 0 holds leaf hashes.
    Level(u8),
}

impl Part {
    fn level(self) -> u8 {
        match self {
            Self::Entries => 0,
            Self::Level(level) => level,
        }
    }

    /// How many hashes or entries this part has in a tree of `size` entries.
    pub(crate) fn count(self, size: u64) -> u64 {
        size.checked_shr(8 * u32::from(self.level())).unwrap_or(0)
    }
}

/// One file below `tile/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tile {
    /// What it holds.
    pub(crate) part: Part,
    /// Its number within the part.
    pub(crate) index: u64,
    /// How many hashes or entries it holds, 1 to 256.
    pub(crate) width: u64,
}

impl Tile {
    /// The path below the log folder, with `/`.
    pub(crate) fn path(&self) -> String {
        let partial = if self.width == FULL { String::new() } else { format!("/{}", self.width) };
        format!(
            "{}{}{partial}",
            Self::stem(self.part, self.index),
            if partial.is_empty() { "" } else { ".p" }
        )
    }

    /// The folder of the partial forms of a tile.
    pub(crate) fn partial_folder(part: Part, index: u64) -> String {
        format!("{}.p", Self::stem(part, index))
    }

    fn stem(part: Part, index: u64) -> String {
        let mut groups = vec![format!("{:03}", index % 1000)];
        let mut rest = index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        let part = match part {
            Part::Entries => "entries".to_owned(),
            Part::Level(level) => level.to_string(),
        };
        format!("tile/{part}/{}", groups.join("/"))
    }

    /// The tile that a canonical path names.
    pub(crate) fn parse_path(path: &str) -> Option<Self> {
        let (part, number) = path.strip_prefix("tile/")?.split_once('/')?;
        let part = if part == "entries" { Part::Entries } else { Part::Level(part.parse().ok()?) };
        let (number, width) = match number.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok()?),
            None => (number, FULL),
        };
        let mut index = 0_u64;
        for group in number.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        let tile = Self { part, index, width };
        (tile.path() == path).then_some(tile)
    }

    /// The widest form of tile `index` in a tree of `size` entries, if it holds anything.
    pub(crate) fn in_tree(part: Part, index: u64, size: u64) -> Option<Self> {
        let before = index.checked_mul(FULL)?;
        let width = part.count(size).checked_sub(before)?.min(FULL);
        (width > 0).then_some(Self { part, index, width })
    }
}

/// The parts of a tree of `size` entries: the entries, then every level that holds a hash.
pub(crate) fn parts(size: u64) -> impl Iterator<Item = Part> {
    let levels = (0..8).map(Part::Level).take_while(move |part| part.count(size) > 0);
    (size > 0).then_some(Part::Entries).into_iter().chain(levels)
}

/// The files below `tile/` of a log whose checkpoints were signed at `sizes`, of which the last is the
/// largest: all tiles of the largest tree, and of the earlier ones the partial tiles that are not yet full.
pub(crate) fn retained(sizes: &[u64]) -> BTreeMap<String, Tile> {
    let Some(&head) = sizes.iter().max() else {
        return BTreeMap::new();
    };
    let mut tiles = BTreeMap::new();
    for part in parts(head) {
        let full = part.count(head) / FULL;
        let whole = (0..full).map(|index| Tile { part, index, width: FULL });
        let edges = sizes.iter().filter_map(|&size| Tile::in_tree(part, full, size));
        tiles.extend(whole.chain(edges).map(|tile| (tile.path(), tile)));
    }
    tiles
}

/// The path of the checkpoint kept for `size`.
pub(crate) fn checkpoint_path(size: u64) -> String {
    format!("{CHECKPOINTS}/{size}")
}

/// The size that a file in `checkpoints/` is named by, in its only spelling.
pub(crate) fn checkpoint_size(path: &str) -> Option<u64> {
    let name = path.strip_prefix(CHECKPOINTS)?.strip_prefix('/')?;
    let size: u64 = name.parse().ok()?;
    (size.to_string() == name).then_some(size)
}

/// Whether this is a path that a file of a log may have: the checkpoints, the public key and the tiles, in the spelling that
/// the writer gives them. No such path leads out of the log's folder.
pub fn is_log_path(path: &str) -> bool {
    matches!(path, CHECKPOINT | KEY) || checkpoint_size(path).is_some() || Tile::parse_path(path).is_some()
}

/// The paths of the key, of the kept checkpoint and of all tiles of a log of `size` entries: what a mirror has to fetch. With
/// the kept checkpoint as its `checkpoint` as well, it has a log that [`crate::verify()`] accepts.
pub fn mirrored_paths(size: u64) -> Vec<String> {
    let fixed = [KEY.to_owned(), checkpoint_path(size)];
    fixed.into_iter().chain(retained(&[size]).into_keys()).collect()
}

/// What lies below a folder: files by their path with `/`, and whether each is a plain file.
pub(crate) fn files_below(folder: &Path) -> io::Result<BTreeMap<String, bool>> {
    let mut files = BTreeMap::new();
    let mut open = vec![String::new()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(folder.join(&at))? {
            let entry = entry?;
            let mut path = at.clone();
            if !path.is_empty() {
                path.push('/');
            }
            // A name that is no Unicode belongs to no log; it is reported in its lossy spelling.
            path.push_str(&entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(path);
            } else {
                files.insert(path, kind.is_file());
            }
        }
    }
    Ok(files)
}

/// The entries of a bundle of `width` entries, or nothing where the bytes are not exactly that.
pub(crate) fn split_bundle(mut bytes: &[u8], width: u64) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        entries.push(entry);
        bytes = rest;
    }
    (bytes.is_empty() && entries.len() as u64 == width).then_some(entries)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::*;

    fn level(level: u8, index: u64, width: u64) -> Tile {
        Tile { part: Part::Level(level), index, width }
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(level(0, 1_234_067, FULL).path(), "tile/0/x001/x234/067");
        assert_eq!(level(2, 0, 1).path(), "tile/2/000.p/1");
        assert_eq!(Tile { part: Part::Entries, index: 999, width: 17 }.path(), "tile/entries/999.p/17");
        assert_eq!(Tile::partial_folder(Part::Entries, 1000), "tile/entries/x001/000.p");
    }

    #[test]
    fn paths_agree_with_the_tlog_tiles_crate() {
        for index in [0, 1, 999, 1000, 123_456, 1_000_000, 1_234_067, 999_999_999] {
            for width in [1, 5, 255, 256] {
                for number in [0, 1, 7] {
                    let ours = level(number, index, u64::from(width));
                    let theirs = tlog_tiles::Tile::new(8, number, index, width, false).path();
                    assert_eq!(ours.path(), theirs.replacen("tile/8/", "tile/", 1));
                    assert_eq!(Tile::parse_path(&ours.path()), Some(ours));
                }
            }
        }
    }

    #[test]
    fn only_canonical_paths_are_read() {
        for path in [
            "tile/0/000.p/256",
            "tile/00/000",
            "tile/0/0",
            "tile/0/x000/001",
            "tile/0/001/x002",
            "tile/0/000.p/05",
            "tile/entries/000.p/",
            "tile/data/000",
            "tile/256/000",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(Tile::parse_path(path), None, "{path}");
        }
    }

    #[test]
    fn no_path_of_a_log_leads_out_of_it() {
        for path in mirrored_paths(70_000).iter().map(String::as_str).chain([CHECKPOINT, "checkpoints/0"]) {
            assert!(is_log_path(path), "{path}");
        }
        for path in [
            "",
            ".tmp/0",
            "../secret.key",
            "tile/../../secret.key",
            "tile/0/../000",
            "checkpoints/../key.pub",
            "checkpoints/05",
            "/checkpoint",
            "checkpoint/",
            "key",
        ] {
            assert!(!is_log_path(path), "{path}");
        }
    }

    #[test]
    fn a_tree_of_70000_has_the_tiles_of_the_specifications_example() {
        let tiles = retained(&[70_000]);
        let of = |part| tiles.values().filter(move |tile| tile.part == part).copied().collect::<Vec<_>>();
        assert_eq!(of(Part::Level(0)).len(), 274);
        assert!(tiles.contains_key("tile/0/273.p/112"));
        assert_eq!(of(Part::Level(1)), [level(1, 0, FULL), level(1, 1, 17)]);
        assert_eq!(of(Part::Level(2)), [level(2, 0, 1)]);
        assert_eq!(of(Part::Level(3)), []);
        assert_eq!(of(Part::Entries).len(), 274);
    }

    #[test]
    fn partial_tiles_of_earlier_checkpoints_stay_until_the_tile_is_full() {
        let tiles: Vec<String> = retained(&[0, 5, 9]).into_keys().collect();
        assert_eq!(
            tiles,
            ["tile/0/000.p/5", "tile/0/000.p/9", "tile/entries/000.p/5", "tile/entries/000.p/9"]
        );
        let tiles: Vec<String> = retained(&[5, 256]).into_keys().collect();
        assert_eq!(tiles, ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
    }

    #[test]
    fn a_bundle_is_read_only_when_it_is_exact() {
        let bytes = [0, 2, b'h', b'i', 0, 0];
        assert_eq!(split_bundle(&bytes, 2), Some(vec![&b"hi"[..], b""]));
        assert_eq!(split_bundle(&bytes, 1), None);
        assert_eq!(split_bundle(&bytes, 3), None);
        assert_eq!(split_bundle(bytes.get(..5).unwrap(), 2), None);
        assert_eq!(split_bundle(&[0, 2, b'h'], 1), None);
    }
}
