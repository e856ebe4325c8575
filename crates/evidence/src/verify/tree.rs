//! Recomputes the tree from the entries and compares every tile with it.
//!
//! Entries and leaf tiles say the same thing twice. Where they differ, the signed root decides which of the
//! two is genuine, so that the damaged file is named and not its counterpart.

use std::collections::BTreeMap;
use std::path::Path;

use super::findings::{Findings, Problem};
use crate::layout::{self, FULL, Part, Tile};
use crate::{Checkpoint, TreeHash};

/// What one file says, as hashes.
struct Told {
    /// Leaf hashes by block of 256 as computed from the entries; nothing where the bundle is unusable.
    entries: Vec<Option<Vec<TreeHash>>>,
    /// Leaf hashes by block of 256 as the tiles of level 0 list them.
    leaves: Vec<Option<Vec<TreeHash>>>,
    /// Roots of full blocks as the tiles of level 1 list them.
    blocks: BTreeMap<u64, TreeHash>,
    /// Every readable tile of hashes, the partial ones too.
    tiles: Vec<(String, Tile, Vec<u8>)>,
    /// Every readable partial bundle of an earlier checkpoint, as leaf hashes.
    earlier: Vec<(String, Tile, Vec<TreeHash>)>,
}

/// Checks the files below `tile/` and returns the root that the tree has at each of `sizes`; no roots where
/// the genuine leaves could not be told.
pub(super) fn check(
    folder: &Path,
    retained: &BTreeMap<String, Tile>,
    head: &Checkpoint,
    sizes: &[u64],
    findings: &mut Findings,
) -> BTreeMap<u64, TreeHash> {
    let told = read_all(folder, retained, head.size(), findings);
    let Some(genuine) = genuine_leaves(&told, head) else {
        name_suspects(&told, head, findings);
        return BTreeMap::new();
    };
    let levels = levels(&genuine);
    let width = |tile: &Tile| usize::try_from(tile.width).unwrap_or(usize::MAX);
    for (file, tile, bytes) in &told.tiles {
        let Part::Level(level) = tile.part else { continue };
        let hashes = levels.get(usize::from(level)).map_or(&[][..], Vec::as_slice);
        let expected = block(hashes, tile.index).get(..width(tile)).unwrap_or_default();
        let expected: Vec<u8> = expected.iter().flat_map(|hash| *hash.as_bytes()).collect();
        if *bytes != expected {
            findings.add(file, Problem::WrongTile, difference(bytes, &expected));
        }
    }
    let newest = told.entries.iter().enumerate().filter_map(|(index, hashes)| {
        let tile = Tile::in_tree(Part::Entries, index as u64, head.size())?;
        Some((tile.path(), tile, hashes.as_ref()?))
    });
    let earlier = told.earlier.iter().map(|(file, tile, hashes)| (file.clone(), *tile, hashes));
    for (file, tile, hashes) in newest.chain(earlier) {
        let expected = block(&genuine, tile.index);
        if let Some(at) = hashes.iter().zip(expected).position(|(found, expected)| found != expected) {
            let entry = tile.index * FULL + at as u64;
            findings.add(&file, Problem::WrongEntry, format!("entry {entry} is not the one that was signed"));
        }
    }
    roots(&genuine, sizes)
}

fn read_all(folder: &Path, retained: &BTreeMap<String, Tile>, size: u64, findings: &mut Findings) -> Told {
    let blocks = usize::try_from(size.div_ceil(FULL)).unwrap_or_default();
    // A signed size that no folder can hold must not reserve memory for it.
    let blocks = blocks.min(retained.len());
    let mut told = Told {
        entries: vec![None; blocks],
        leaves: vec![None; blocks],
        blocks: BTreeMap::new(),
        tiles: Vec::new(),
        earlier: Vec::new(),
    };
    for (file, &tile) in retained {
        let Some(bytes) = findings.read(folder, file) else {
            continue;
        };
        let newest = Tile::in_tree(tile.part, tile.index, size) == Some(tile);
        let place = usize::try_from(tile.index).unwrap_or(usize::MAX);
        match tile.part {
            Part::Entries => {
                let Some(entries) = layout::split_bundle(&bytes, tile.width) else {
                    let message = format!("cannot be split into {} entries", tile.width);
                    findings.add(file, Problem::MalformedEntries, message);
                    continue;
                };
                let hashes: Vec<TreeHash> = entries.into_iter().map(TreeHash::leaf).collect();
                match told.entries.get_mut(place).filter(|_| newest) {
                    Some(slot) => *slot = Some(hashes),
                    None => told.earlier.push((file.clone(), tile, hashes)),
                }
            }
            Part::Level(level) => {
                let hashes = TreeHash::parse_tile(&bytes).filter(|hashes| hashes.len() as u64 == tile.width);
                match (hashes, level) {
                    (Some(hashes), 0) if newest => {
                        if let Some(slot) = told.leaves.get_mut(place) {
                            *slot = Some(hashes);
                        }
                    }
                    (Some(hashes), 1) if newest => {
                        told.blocks.extend((tile.index * FULL..).zip(hashes));
                    }
                    (Some(_) | None, _) => {}
                }
                told.tiles.push((file.clone(), tile, bytes));
            }
        }
    }
    told
}

/// The leaves that lead to the signed root: those of the entries, those of the tiles, or a mixture in which
/// the tiles of level 1 decide block by block.
fn genuine_leaves(told: &Told, head: &Checkpoint) -> Option<Vec<TreeHash>> {
    let pick = |choose: &dyn Fn(usize, &[TreeHash]) -> bool| -> Option<Vec<TreeHash>> {
        let mut all = Vec::new();
        for (index, (entries, leaves)) in told.entries.iter().zip(&told.leaves).enumerate() {
            all.extend_from_slice(match (entries, leaves) {
                (Some(entries), Some(leaves)) if choose(index, entries) => entries,
                (_, Some(leaves)) => leaves,
                (Some(entries), None) => entries,
                (None, None) => return None,
            });
        }
        let size = all.len() as u64;
        (size == head.size() && roots(&all, &[size]).get(&size) == Some(&head.root())).then_some(all)
    };
    let by_block = |last: bool| {
        move |index: usize, entries: &[TreeHash]| match told.blocks.get(&(index as u64)) {
            Some(&root) => levels(entries).get(1).and_then(|level| level.first()) == Some(&root),
            None => last,
        }
    };
    pick(&|_, _| true)
        .or_else(|| pick(&|_, _| false))
        .or_else(|| pick(&by_block(true)))
        .or_else(|| pick(&by_block(false)))
}

/// No reading of the files leads to the signed root: names the checkpoint and all that contradicts itself.
fn name_suspects(told: &Told, head: &Checkpoint, findings: &mut Findings) {
    let message = format!("signs the root {}, to which neither entries nor tiles lead", head.root());
    findings.add(layout::CHECKPOINT, Problem::WrongRoot, message);
    for (index, (entries, leaves)) in told.entries.iter().zip(&told.leaves).enumerate() {
        let (Some(entries), Some(leaves)) = (entries, leaves) else {
            continue;
        };
        if entries == leaves {
            continue;
        }
        for (part, problem, message) in [
            (Part::Entries, Problem::WrongEntry, "has entries other than its leaf tile lists"),
            (Part::Level(0), Problem::WrongTile, "lists other leaves than the entries have"),
        ] {
            if let Some(tile) = Tile::in_tree(part, index as u64, head.size()) {
                findings.add(&tile.path(), problem, message.to_owned());
            }
        }
    }
}

/// The hashes of every tile level, level 0 first: each next one has the roots of the full blocks below.
fn levels(leaves: &[TreeHash]) -> Vec<Vec<TreeHash>> {
    let mut levels = vec![leaves.to_vec()];
    while let Some(below) = levels.last()
        && below.len() as u64 >= FULL
    {
        let (blocks, _) = below.as_chunks::<256>();
        let next = blocks.iter().map(|block| {
            let mut row = block.to_vec();
            while row.len() > 1 {
                let (pairs, _) = row.as_chunks::<2>();
                row = pairs.iter().map(|[left, right]| TreeHash::node(left, right)).collect();
            }
            row.first().copied().unwrap_or_else(TreeHash::empty_tree)
        });
        let next = next.collect();
        levels.push(next);
    }
    levels
}

fn block(hashes: &[TreeHash], index: u64) -> &[TreeHash] {
    let start = usize::try_from(index.saturating_mul(FULL)).unwrap_or(usize::MAX);
    let rest = hashes.get(start..).unwrap_or_default();
    rest.get(..rest.len().min(256)).unwrap_or_default()
}

/// The root at each of `sizes` (ascending, none above the number of leaves): leaves are added one by one to a
/// row of whole subtrees of falling height, and a root joins the row from the right.
fn roots(leaves: &[TreeHash], sizes: &[u64]) -> BTreeMap<u64, TreeHash> {
    let mut row: Vec<(u32, TreeHash)> = Vec::new();
    let mut roots = BTreeMap::new();
    let mut wanted = sizes.iter().copied().peekable();
    let mut at = 0_u64;
    let mut leaves = leaves.iter();
    loop {
        if wanted.next_if_eq(&at).is_some() {
            let joined =
                row.iter().rev().map(|&(_, hash)| hash).reduce(|right, left| TreeHash::node(&left, &right));
            roots.insert(at, joined.unwrap_or_else(TreeHash::empty_tree));
        }
        let Some(&leaf) = leaves.next() else { return roots };
        let (mut height, mut hash) = (0, leaf);
        while let Some((_, left)) = row.pop_if(|(other, _)| *other == height) {
            hash = TreeHash::node(&left, &hash);
            height += 1;
        }
        row.push((height, hash));
        at += 1;
    }
}

fn difference(found: &[u8], expected: &[u8]) -> String {
    if found.len() == expected.len() {
        let at =
            found.iter().zip(expected).position(|(found, expected)| found != expected).unwrap_or_default();
        format!("hash {} is not the one that follows from the entries", at / TreeHash::BYTES)
    } else {
        format!("has {} bytes instead of {}", found.len(), expected.len())
    }
}
