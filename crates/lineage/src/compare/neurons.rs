//! Neurons and heads that were put in another order or left out: matched by one matrix, tested by another.
//!
//! Matching favours neurons of like meaning, and the matrices of a neuron are not independent of each other, so the mean
//! similarity must also exceed what independent models were seen to reach.

use super::basis::picked;
use super::battery::Battery;
use super::evasion::Moved;
use super::model::Rows;
use super::parts::Key;
use super::readers::whole;
use crate::assignment::assign;
use crate::battery::polar::transpose;
use crate::battery::rows::{BLOCK, blocks, cosines, normalise};
use crate::battery::trace::{Trace, shuffled, trace};
use crate::error::WeightsError;
use crate::inventory::Role;
use crate::sample::choose_rows;

/// Layers whose neurons are matched: each wants its whole matrices in memory.
const MATCHED_LAYERS: usize = 3;
/// What the mean similarity of matched neurons must exceed its null by: twice what independent models were seen to
/// reach (`docs/reference/lineage.md`).
pub(crate) const FLOOR: f64 = 0.15;

/// What is matched by one matrix and tested by another.
#[derive(Clone, Copy)]
struct Matching {
    by: Role,
    tested: Role,
    /// Whether what is matched are the columns of the tested matrix.
    columns: bool,
    /// Rows that belong together.
    unit: usize,
}

const GATED: Matching = Matching { by: Role::Gate, tested: Role::Up, columns: false, unit: 1 };
const PLAIN: Matching = Matching { by: Role::Up, tested: Role::Down, columns: true, unit: 1 };
const HEADS: Matching =
    Matching { by: Role::Query, tested: Role::AttentionOutput, columns: true, unit: BLOCK };

type Compared = Vec<((Key, Key), Trace, Vec<f64>)>;

/// Neurons matched by the gate and tested by the up-projection, or where there is no gate, matched by the
/// up-projection and tested by the down-projection; blocks of queries, where their numbers differ, matched by
/// themselves and tested by what leads from their heads.
pub(crate) fn run(
    moved: &Moved<'_, '_>,
    layers: &[(u32, u32)],
    battery: &mut Battery,
) -> Result<(), WeightsError> {
    let mut gated: Compared = Vec::new();
    let mut plain: Compared = Vec::new();
    let mut heads: Compared = Vec::new();
    for (mine, theirs) in some(layers) {
        let keys = |role| (moved.key(mine, role), moved.key(theirs, role));
        if let Some(found) = matched(moved, mine, theirs, GATED)? {
            gated.push((keys(Role::Up), found.0, found.1));
        } else if let Some(found) = matched(moved, mine, theirs, PLAIN)? {
            plain.push((keys(Role::Down), found.0, found.1));
        }
        let (one, other) = keys(Role::Query);
        let rows = (moved.models[0].shape(&one), moved.models[1].shape(&other));
        if let (Some((mine_rows, _)), Some((their_rows, _))) = rows
            && mine_rows != their_rows
            && let Some(found) = matched(moved, mine, theirs, HEADS)?
        {
            heads.push((keys(Role::AttentionOutput), found.0, found.1));
        }
    }
    moved.push(Role::Up, gated, Some(FLOOR), battery);
    moved.push(Role::Down, plain, Some(FLOOR), battery);
    moved.push(Role::AttentionOutput, heads, Some(FLOOR), battery);
    Ok(())
}

/// The first, a middle and the last of `layers`.
pub(crate) fn some(layers: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let some = [0, layers.len() / 2, layers.len().saturating_sub(1)];
    let mut chosen: Vec<(u32, u32)> = some.iter().filter_map(|place| layers.get(*place)).copied().collect();
    chosen.dedup();
    chosen.truncate(MATCHED_LAYERS);
    chosen
}

fn matched(
    moved: &Moved<'_, '_>,
    mine: u32,
    theirs: u32,
    matching: Matching,
) -> Result<Option<(Trace, Vec<f64>)>, WeightsError> {
    let keys = |role| [moved.key(mine, role), moved.key(theirs, role)];
    let Some(fitted) = both(moved, &keys(matching.by))? else { return Ok(None) };
    let Some((chosen, to)) = fit(moved, fitted, matching.unit) else { return Ok(None) };
    let Some([one, other]) = both(moved, &keys(matching.tested))? else { return Ok(None) };
    let turned = |rows: Rows| {
        if !matching.columns {
            return rows;
        }
        // Its columns are the neurons; its rows are the hidden dimension.
        let hidden = rows.numbers.len().checked_div(rows.columns).unwrap_or(0);
        Rows { columns: hidden, numbers: transpose(&rows.numbers, rows.columns) }
    };
    let first = moved.basis.first(picked(&turned(one), &chosen));
    let second = moved.basis.second(picked(&turned(other), &to));
    let Some((mut first, mut second)) = first.zip(second) else { return Ok(None) };
    let width = first.columns;
    if width != second.columns || first.numbers.len() != second.numbers.len() || to.is_empty() {
        return Ok(None);
    }
    normalise(&mut first.numbers, width);
    normalise(&mut second.numbers, width);
    let similarities = cosines(&first.numbers, &second.numbers, width);
    let (similarities, n) = match matching.unit {
        BLOCK => (blocks(&similarities, to.len()), to.len() / BLOCK),
        _ => (similarities, to.len()),
    };
    let (draws, seed) = (moved.options.draws, moved.options.seed);
    Ok(trace(&similarities, n).map(|trace| (trace, shuffled(&similarities, n, draws, seed))))
}

/// The whole matrix of each model. None where either cannot be had.
fn both(moved: &Moved<'_, '_>, keys: &[Key; 2]) -> Result<Option<[Rows; 2]>, WeightsError> {
    let [one, other] = keys;
    let Some(one) = whole(moved.models[0], one)? else { return Ok(None) };
    let Some(other) = whole(moved.models[1], other)? else { return Ok(None) };
    Ok(Some([one, other]))
}

/// Some rows of the model that has fewer, of the first where both have as many, and the other's rows that they are
/// likest to: rows of the first model, and those of the second that go with them.
fn fit(moved: &Moved<'_, '_>, rows: [Rows; 2], unit: usize) -> Option<(Vec<usize>, Vec<usize>)> {
    let [one, other] = rows;
    let count = |rows: &Rows| rows.numbers.len().checked_div(rows.columns).unwrap_or(0);
    let second_has_fewer = count(&other) < count(&one);
    let fewer = if second_has_fewer { count(&other) } else { count(&one) };
    let chosen = choose_rows(fewer as u64, moved.options.rows, moved.options.seed);
    let mut chosen: Vec<usize> = chosen.into_iter().filter_map(|row| usize::try_from(row).ok()).collect();
    chosen.truncate(chosen.len() / unit * unit);
    let (mut some, mut all) = if second_has_fewer {
        (moved.basis.second(picked(&other, &chosen))?, moved.basis.first(one)?)
    } else {
        (moved.basis.first(picked(&one, &chosen))?, moved.basis.second(other)?)
    };
    let width = some.columns;
    if width != all.columns {
        return None;
    }
    normalise(&mut some.numbers, width);
    normalise(&mut all.numbers, width);
    let mut similarities = cosines(&some.numbers, &all.numbers, width);
    let mut columns = all.numbers.len().checked_div(width)?;
    if unit == BLOCK {
        similarities = blocks(&similarities, columns);
        columns /= BLOCK;
    }
    let costs: Vec<f32> = similarities.iter().map(|value| -value).collect();
    let to: Vec<usize> =
        assign(&costs, columns).iter().flat_map(|place| place * unit..(place + 1) * unit).collect();
    (to.len() == chosen.len()).then_some(if second_has_fewer { (to, chosen) } else { (chosen, to) })
}
