//! Scores with and without some items, side by side.

use super::ItemTable;
use crate::number::wide;
use serde::{Deserialize, Serialize};

/// One entrant's score over all items and without some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The entrant.
    pub entrant: String,
    /// Weighted mean score over every answered document; none where a task that counts has none.
    pub all: Option<f64>,
    /// The same without the items in question.
    pub without: Option<f64>,
    /// Documents behind `all`.
    pub documents_all: u64,
    /// Documents behind `without`.
    pub documents_without: u64,
    /// Rank by `all`, from 1; equals share the better rank.
    pub rank_all: Option<u32>,
    /// Rank by `without`.
    pub rank_without: Option<u32>,
}

/// Standings of everybody over all items, and over those for which `kept(entrant, item)` holds.
pub(crate) fn side_by_side(
    table: &ItemTable<'_>,
    corrected: bool,
    kept: impl Fn(usize, usize) -> bool,
) -> Vec<Standing> {
    let count = table.entrants.len();
    let all: Vec<_> = (0..count).map(|place| table.weighted_mean(place, corrected, |_| true)).collect();
    let without: Vec<_> =
        (0..count).map(|place| table.weighted_mean(place, corrected, |item| kept(place, item))).collect();
    let (rank_all, rank_without) = (ranks(&all), ranks(&without));
    let standing = |place: usize| {
        let figure = |figures: &[Option<(f64, usize)>]| figures.get(place).copied().flatten();
        let (one, other) = (figure(&all), figure(&without));
        Standing {
            entrant: table.id(place),
            all: one.map(|(score, _)| score),
            without: other.map(|(score, _)| score),
            documents_all: one.map_or(0, |(_, documents)| wide(documents)),
            documents_without: other.map_or(0, |(_, documents)| wide(documents)),
            rank_all: rank_all.get(place).copied().flatten(),
            rank_without: rank_without.get(place).copied().flatten(),
        }
    };
    (0..count).map(standing).collect()
}

/// Ranks from 1; scores closer than rounding are equal and share the better rank.
fn ranks(figures: &[Option<(f64, usize)>]) -> Vec<Option<u32>> {
    let rank = |own: &Option<(f64, usize)>| {
        let (own, _) = (*own)?;
        let better = figures.iter().flatten().filter(|(score, _)| *score > own + 1e-12).count();
        u32::try_from(better + 1).ok()
    };
    figures.iter().map(rank).collect()
}
