//! Which layer of one model matches which of the other, by the rows of one matrix of each layer.

use super::basis::Basis;
use super::model::Model;
use super::parts::Key;
use super::readers;
use crate::battery::rows::{compare, normalise};
use crate::battery::trace::Trace;
use crate::finding::LayerMatch;
use crate::inventory::{Component, Part, Role};
use rayon::prelude::*;

/// Rows and columns that are enough to see a match: z grows with the root of rows times columns.
const ROWS: usize = 64;
const COLUMNS: usize = 512;
/// Pairs of layers that are looked at, at most.
const PAIRS: usize = 1 << 16;

/// All layers of one model against all of the other.
pub(crate) struct LayerMap {
    /// Layers that match: for each of the second model's, the first model's best.
    pub(crate) matches: Vec<LayerMatch>,
    /// How many pairs were looked at.
    pub(crate) looked_at: usize,
}

impl LayerMap {
    /// Whether each layer matches the one with its own number.
    pub(crate) fn is_identity(&self) -> bool {
        self.matches.iter().all(|layer| layer.first == layer.second)
    }
}

/// Compares all layers by the first role that both have in the same shape and in which any layer matches. `ln_level` is
/// the logarithm of the chance at which any pair may be taken for a match.
pub(crate) fn map(
    first: &Model<'_>,
    second: &Model<'_>,
    component: Component,
    ln_level: f64,
) -> Option<LayerMap> {
    let mut looked_at = 0;
    let mut found: Option<LayerMap> = None;
    for role in ROLES {
        // The level is shared out over the roles that are tried.
        let level = ln_level - libm::log(crate::battery::trace::float(ROLES.len()));
        let Some(map) = by_role(first, second, component, role, level) else { continue };
        looked_at += map.looked_at;
        let is_last = !map.matches.is_empty();
        found = Some(LayerMap { looked_at, ..map });
        if is_last {
            break;
        }
    }
    found
}

/// Neurons may be permuted where attention is not, so one role after the other is tried.
const ROLES: [Role; 5] = [Role::Up, Role::GateUp, Role::Value, Role::AttentionOutput, Role::QueryKeyValue];

fn by_role(
    first: &Model<'_>,
    second: &Model<'_>,
    component: Component,
    role: Role,
    ln_level: f64,
) -> Option<LayerMap> {
    let (mine, theirs) = (layers(first, component, role), layers(second, component, role));
    let shape = mine.first().and_then(|(_, key)| first.shape(key))?;
    let other = theirs.first().and_then(|(_, key)| second.shape(key))?;
    let looked_at = mine.len() * theirs.len();
    if shape != other || looked_at > PAIRS {
        return None;
    }
    let (mine, theirs) = (some_rows(first, second, &mine), some_rows(second, first, &theirs));
    Some(best(&mine, &theirs, ln_level))
}

/// Some rows of a layer at length 1: its number, their columns, their numbers.
type OfLayer = (u32, usize, Vec<f32>);

/// For each layer of the second the first's whose rows match best, where their p, over all pairs of layers, is below
/// the level.
fn best(mine: &[OfLayer], theirs: &[OfLayer], ln_level: f64) -> LayerMap {
    let looked_at = mine.len() * theirs.len();
    let best: Vec<Option<(u32, u32, Trace)>> = theirs
        .par_iter()
        .map(|(number, columns, rows)| {
            let traces = mine.iter().filter(|(_, own, _)| own == columns).filter_map(|(own, _, own_rows)| {
                let length = own_rows.len().min(rows.len());
                let trace = compare(own_rows.get(..length)?, rows.get(..length)?, *columns)?;
                Some((*own, *number, trace))
            });
            traces.max_by(|one, other| one.2.z.total_cmp(&other.2.z))
        })
        .collect();
    let threshold = ln_level - libm::log(crate::battery::trace::float(looked_at));
    let matches = best.into_iter().flatten().filter(|(_, _, trace)| trace.ln_p() < threshold);
    let matches = matches.map(|(first, second, trace)| LayerMatch { first, second, z: trace.z }).collect();
    LayerMap { matches, looked_at }
}

/// Matrices whose rows read the hidden dimension and are in no order that has a meaning.
const MOVED_ROLES: [Role; 4] = [Role::Up, Role::Gate, Role::GateUp, Role::Value];

/// As [`map`], with the hidden dimension of both brought together by `basis`.
pub(crate) fn map_under(
    models: [&Model<'_>; 2],
    component: Component,
    basis: &Basis,
    ln_level: f64,
) -> Option<LayerMap> {
    let mut looked_at = 0;
    let level = ln_level - libm::log(crate::battery::trace::float(MOVED_ROLES.len()));
    for role in MOVED_ROLES {
        let [mine, theirs] = models.map(|model| layers(model, component, role));
        let rows_of = |model: &Model<'_>, of: &[(u32, Key)]| {
            of.first().and_then(|(_, key)| model.shape(key)).map(|(rows, _)| rows)
        };
        let pairs = mine.len() * theirs.len();
        if pairs > PAIRS || rows_of(models[0], &mine) != rows_of(models[1], &theirs) {
            continue;
        }
        let some = |(side, (layer, key)): (usize, &(u32, Key))| -> Option<OfLayer> {
            let mut rows = match side {
                0 => basis.first(readers::folded(models[0], models[1], key)?)?,
                _ => basis.second(readers::folded(models[1], models[0], key)?)?,
            };
            rows.numbers.truncate(ROWS * rows.columns);
            normalise(&mut rows.numbers, rows.columns);
            Some((*layer, rows.columns, rows.numbers))
        };
        let mine: Vec<OfLayer> = mine.par_iter().filter_map(|layer| some((0, layer))).collect();
        let theirs: Vec<OfLayer> = theirs.par_iter().filter_map(|layer| some((1, layer))).collect();
        let map = best(&mine, &theirs, level);
        looked_at += map.looked_at;
        if !map.matches.is_empty() {
            return Some(LayerMap { looked_at, ..map });
        }
    }
    None
}

fn layers(model: &Model<'_>, component: Component, role: Role) -> Vec<(u32, Key)> {
    let own = model.parts.layers(component).into_iter();
    let keys = own.flat_map(|layer| {
        // The first expert stands for all of them.
        [None, Some(0)].map(|expert| {
            (layer, Key { part: Part { component, layer: Some(layer), expert, role }, bias: false })
        })
    });
    keys.filter(|(_, key)| model.decodes(key)).collect()
}

fn some_rows(model: &Model<'_>, other: &Model<'_>, layers: &[(u32, Key)]) -> Vec<OfLayer> {
    let rows = layers.par_iter().filter_map(|(layer, key)| {
        let mut rows = model.first_rows_beside(other, key, ROWS)?.first_columns(COLUMNS);
        normalise(&mut rows.numbers, rows.columns);
        Some((*layer, rows.columns, rows.numbers))
    });
    rows.collect()
}
