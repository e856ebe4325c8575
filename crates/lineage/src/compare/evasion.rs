//! T4: where rows do not match as they lie, they may have been moved on purpose: hidden dimensions permuted or rotated,
//! scales folded from norms into matrices, neurons permuted.
//!
//! The hidden dimension is brought together by the embeddings of shared tokens alone, so rows of other matrices are
//! still exchangeable under independence, and T2's null holds. A fit by itself is no evidence: independent models fit
//! too, because meanings do. Neurons are matched by one matrix and tested by another; matching favours neurons of like
//! meaning, so there the mean similarity must also exceed what independent models were seen to reach.

use super::battery::{Battery, Pairs, paired_layers, shared_tokens, together, turn, units};
use super::layers::LayerMap;
use super::model::{Model, Rows};
use super::parts::Key;
use crate::assignment::assign;
use crate::battery::polar::{rotation, transpose};
use crate::battery::rows::{cosines, normalise};
use crate::battery::trace::{Trace, float, shuffled, trace};
use crate::error::WeightsError;
use crate::finding::{Aligned, Hidden, Options};
use crate::inventory::{Component, Part, Role};
use crate::products::products;
use crate::read::Format;
use crate::sample::{Sample, View};
use rayon::prelude::*;

/// Chosen rows of a matrix, and which they are.
type Chosen = (Vec<f32>, Vec<usize>);

/// Layers whose neurons are matched: each wants its whole matrices in memory.
const MATCHED_LAYERS: usize = 3;
/// Matrices with more numbers are not read whole.
const WHOLE: u64 = 1 << 27;
/// Above this many hidden dimensions no rotation is sought: it costs their third power.
const ROTATED: usize = 4096;
/// Up to here a rotation is fitted whatever the tokens' places to each other say.
const CHEAP: usize = 1024;
/// Below this likeness of the tokens' places to each other one model is not the other rotated, even with noise.
const LIKE: f64 = 0.6;
const LIKE_TOKENS: usize = 1024;
/// What the mean similarity of matched neurons must exceed its null by: twice what independent models were seen to
/// reach (`docs/reference/lineage.md`).
const MATCHED_FLOOR: f64 = 0.15;

pub(crate) fn run(
    models: [&Model<'_>; 2],
    component: Component,
    map: Option<&LayerMap>,
    options: &Options,
    battery: &mut Battery,
) -> Result<(), WeightsError> {
    let key = Key { part: Part { component, layer: None, expert: None, role: Role::Embedding }, bias: false };
    let Some((one, other)) = models[0].rows(&key).zip(models[1].rows(&key)) else { return Ok(()) };
    let layers = paired_layers(models, component, map).pairs;
    if layers.is_empty() {
        return Ok(());
    }
    let bases = bases(models, &one, &other);
    let penalty = libm::log(float(2 * bases.len().max(1)));
    for (hidden, basis) in bases {
        let moved = Moved { models, component, hidden, basis, penalty, options };
        moved.rows(&layers, battery);
        moved.neurons(&layers, battery)?;
    }
    Ok(())
}

/// How a vector over the first model's hidden dimension is written over the second's.
enum Basis {
    Same,
    /// For each of the first's dimensions the second's, and the sign.
    Permuted {
        to: Vec<(usize, f32)>,
        width: usize,
    },
    /// Turned, so that rows times it are products: d x d.
    Rotated(Vec<f32>),
}

impl Basis {
    fn apply(&self, rows: &[f32], columns: usize) -> Vec<f32> {
        match self {
            Self::Same => rows.to_vec(),
            Self::Rotated(turned) => products(rows, turned, columns),
            Self::Permuted { to, width } => {
                let count = rows.len().checked_div(columns).unwrap_or(0);
                let mut out = vec![0.0; count * width];
                for (row, out) in rows.chunks(columns).zip(out.chunks_mut(*width)) {
                    for (value, (place, sign)) in row.iter().zip(to) {
                        if let Some(slot) = out.get_mut(*place) {
                            *slot = value * sign;
                        }
                    }
                }
                out
            }
        }
    }
}

fn bases(models: [&Model<'_>; 2], one: &Rows, other: &Rows) -> Vec<(Hidden, Basis)> {
    let mut found = Vec::new();
    if one.columns == other.columns {
        found.push((Hidden::Same, Basis::Same));
    }
    let Some((mine, theirs)) = shared_tokens(models, one, other) else { return found };
    found.extend(permuted(one, other, &mine, &theirs).map(|basis| (Hidden::Permuted, basis)));
    // A rotation of d dimensions wants more tokens than d.
    let fits = one.columns == other.columns && one.columns <= ROTATED && mine.len() > one.columns;
    if fits && (one.columns <= CHEAP || likeness(one, other, &mine, &theirs) >= LIKE) {
        found.extend(rotated(one, other, &mine, &theirs).map(|basis| (Hidden::Rotated, basis)));
    }
    found
}

/// How alike the two models' tokens lie to each other, whatever the rotation: linear CKA of their embeddings (Kornblith et
/// al. 2019) without the diagonal, 1 where one is the other rotated.
fn likeness(one: &Rows, other: &Rows, mine: &[usize], theirs: &[usize]) -> f64 {
    let inner = |rows: &Rows, chosen: &[usize]| {
        let some: Vec<usize> = chosen.iter().copied().take(LIKE_TOKENS).collect();
        let mut picked = picked(&rows.numbers, rows.columns, &some);
        let means: Vec<f32> = transpose(&picked, rows.columns).chunks(some.len()).map(mean).collect();
        for row in picked.chunks_mut(rows.columns) {
            for (value, mean) in row.iter_mut().zip(&means) {
                *value -= mean;
            }
        }
        let mut inner = products(&picked, &picked, rows.columns);
        // A token is like itself in every model: with fewer tokens than dimensions that alone would look alike.
        for (place, row) in inner.chunks_mut(some.len().max(1)).enumerate() {
            if let Some(own) = row.get_mut(place) {
                *own = 0.0;
            }
        }
        inner
    };
    let (first, second) = (inner(one, mine), inner(other, theirs));
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(&first, &second) / (dot(&first, &first) * dot(&second, &second)).sqrt()
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.iter().map(|_| 1.0_f32).sum::<f32>().max(1.0)
}

fn permuted(one: &Rows, other: &Rows, mine: &[usize], theirs: &[usize]) -> Option<Basis> {
    let (first, second) = (turn(one, mine), turn(other, theirs));
    let correlations = products(&first, &second, mine.len());
    let (d, width) = (one.columns, other.columns);
    let to = if d <= width {
        let costs: Vec<f32> = correlations.iter().map(|value| -value.abs()).collect();
        let assigned = assign(&costs, width);
        let signed = assigned.iter().zip(correlations.chunks(width));
        signed.map(|(to, row)| (*to, row.get(*to).copied().unwrap_or_default().signum())).collect()
    } else {
        // The second has fewer: each of its dimensions gets one of the first's, and the others lead nowhere.
        let turned = transpose(&correlations, width);
        let costs: Vec<f32> = turned.iter().map(|value| -value.abs()).collect();
        let mut to = vec![(usize::MAX, 0.0); d];
        for ((place, from), row) in assign(&costs, d).into_iter().enumerate().zip(turned.chunks(d)) {
            if let Some(slot) = to.get_mut(from) {
                *slot = (place, row.get(from).copied().unwrap_or_default().signum());
            }
        }
        to
    };
    (!to.is_empty()).then_some(Basis::Permuted { to, width })
}

fn rotated(one: &Rows, other: &Rows, mine: &[usize], theirs: &[usize]) -> Option<Basis> {
    let picked = |rows: &Rows, chosen: &[usize]| {
        let columns = rows.columns;
        let mut picked: Vec<f32> = Vec::with_capacity(chosen.len() * columns);
        for row in chosen {
            picked.extend(rows.numbers.get(row * columns..(row + 1) * columns).unwrap_or_default());
        }
        normalise(&mut picked, columns);
        transpose(&picked, columns)
    };
    let cross = products(&picked(one, mine), &picked(other, theirs), mine.len());
    let found = rotation(&cross, one.columns)?;
    Some(Basis::Rotated(transpose(&found, one.columns)))
}

struct Moved<'a, 'm> {
    models: [&'a Model<'m>; 2],
    component: Component,
    hidden: Hidden,
    basis: Basis,
    penalty: f64,
    options: &'a Options,
}

/// Matrices that read the hidden dimension, and the norm before each.
const READERS: [(Role, Role); 7] = [
    (Role::Up, Role::NormFeedForward),
    (Role::Gate, Role::NormFeedForward),
    (Role::GateUp, Role::NormFeedForward),
    (Role::Query, Role::NormAttention),
    (Role::Key, Role::NormAttention),
    (Role::Value, Role::NormAttention),
    (Role::QueryKeyValue, Role::NormAttention),
];

impl Moved<'_, '_> {
    fn key(&self, layer: u32, role: Role) -> Key {
        Key { part: Part { component: self.component, layer: Some(layer), expert: None, role }, bias: false }
    }

    fn aligned(&self, neurons_matched: bool) -> Aligned {
        Aligned { hidden: self.hidden, neurons_matched }
    }

    /// Rows as they lie, with the norm before them folded in, over the second model's hidden dimension.
    fn rows(&self, layers: &[(u32, u32)], battery: &mut Battery) {
        for (role, norm) in READERS {
            let compared: Vec<((Key, Key), Trace, Vec<f64>)> = layers
                .par_iter()
                .filter_map(|(mine, theirs)| {
                    let keys = (self.key(*mine, role), self.key(*theirs, role));
                    let one = folded(self.models[0], &keys.0, norm)?;
                    let other = folded(self.models[1], &keys.1, norm)?;
                    let mut first = self.basis.apply(&one.numbers, one.columns);
                    let mut second = other.numbers;
                    if first.len() != second.len() {
                        return None;
                    }
                    normalise(&mut first, other.columns);
                    normalise(&mut second, other.columns);
                    let rows = second.len().checked_div(other.columns)?;
                    let (similarities, n) = units(role, cosines(&first, &second, other.columns), rows);
                    let trace = trace(&similarities, n)?;
                    let seed = self.options.seed ^ u64::from(*mine) << 32;
                    Some((keys, trace, shuffled(&similarities, n, self.options.draws, seed)))
                })
                .collect();
            self.push(role, compared, false, battery);
        }
    }

    fn push(
        &self,
        role: Role,
        compared: Vec<((Key, Key), Trace, Vec<f64>)>,
        matched: bool,
        battery: &mut Battery,
    ) {
        if compared.is_empty() {
            return;
        }
        let keys: Pairs = compared.iter().map(|(keys, _, _)| keys.clone()).collect();
        let parts: Vec<_> = compared.into_iter().map(|(_, trace, drawn)| (trace, drawn)).collect();
        let mut finding = together("T4", role.name(), &parts, self.penalty);
        finding.aligned = Some(self.aligned(matched));
        if matched && finding.matched - finding.expected < MATCHED_FLOOR {
            // Matching alone can reach this: it counts for nothing.
            finding.log10_p = 0.0;
        }
        battery.push(keys, finding);
    }

    /// Neurons matched by the gate and tested by the up-projection, or where there is no gate, matched by the
    /// up-projection and tested by the down-projection.
    fn neurons(&self, layers: &[(u32, u32)], battery: &mut Battery) -> Result<(), WeightsError> {
        let some = [0, layers.len() / 2, layers.len().saturating_sub(1)];
        let mut chosen: Vec<(u32, u32)> =
            some.iter().filter_map(|place| layers.get(*place)).copied().collect();
        chosen.dedup();
        let mut gated = Vec::new();
        let mut plain = Vec::new();
        for (mine, theirs) in chosen.into_iter().take(MATCHED_LAYERS) {
            let gate = self.neurons_of_layer(mine, theirs, Role::Gate, Role::Up)?;
            if let Some(found) = gate {
                gated.push(((self.key(mine, Role::Up), self.key(theirs, Role::Up)), found.0, found.1));
            } else if let Some(found) = self.neurons_of_layer(mine, theirs, Role::Up, Role::Down)? {
                plain.push(((self.key(mine, Role::Down), self.key(theirs, Role::Down)), found.0, found.1));
            }
        }
        self.push(Role::Up, gated, true, battery);
        self.push(Role::Down, plain, true, battery);
        Ok(())
    }

    fn neurons_of_layer(
        &self,
        mine: u32,
        theirs: u32,
        by: Role,
        tested: Role,
    ) -> Result<Option<(Trace, Vec<f64>)>, WeightsError> {
        let Some((one, rows)) = self.some(mine, by)? else { return Ok(None) };
        let Some(other) = self.all(1, theirs, by)? else { return Ok(None) };
        let mut first = self.basis.apply(&one, self.width(0, mine, by));
        let mut second = other;
        let width = self.width(1, theirs, by);
        normalise(&mut first, width);
        normalise(&mut second, width);
        let costs: Vec<f32> = cosines(&first, &second, width).iter().map(|value| -value).collect();
        let count = second.len().checked_div(width).unwrap_or(0);
        let to = assign(&costs, count);
        let (Some(one), Some(other)) = (self.all(0, mine, tested)?, self.all(1, theirs, tested)?) else {
            return Ok(None);
        };
        let (own_width, other_width) = (self.width(0, mine, tested), self.width(1, theirs, tested));
        let (one, other, own_width, width) = if tested == Role::Down {
            // Its columns are the neurons; its rows are the hidden dimension.
            let hidden = |numbers: &[f32], width: usize| numbers.len().checked_div(width).unwrap_or(0);
            let (first_hidden, second_hidden) = (hidden(&one, own_width), hidden(&other, other_width));
            (transpose(&one, own_width), transpose(&other, other_width), first_hidden, second_hidden)
        } else {
            (one, other, own_width, other_width)
        };
        let mut first = self.basis.apply(&picked(&one, own_width, &rows), own_width);
        let mut second = picked(&other, width, &to);
        if first.len() != second.len() || to.is_empty() {
            return Ok(None);
        }
        normalise(&mut first, width);
        normalise(&mut second, width);
        let similarities = cosines(&first, &second, width);
        let found = trace(&similarities, to.len());
        Ok(found
            .map(|trace| (trace, shuffled(&similarities, to.len(), self.options.draws, self.options.seed))))
    }

    fn width(&self, side: usize, layer: u32, role: Role) -> usize {
        let model = self.models.get(side);
        let shape = model.and_then(|model| model.shape(&self.key(layer, role)));
        usize::try_from(shape.map_or(0, |(_, columns)| columns)).unwrap_or(0)
    }

    /// The sampled neurons of the first model, with the norm folded in, and which they are.
    fn some(&self, layer: u32, role: Role) -> Result<Option<Chosen>, WeightsError> {
        let Some(all) = self.all(0, layer, role)? else { return Ok(None) };
        let width = self.width(0, layer, role);
        let count = all.len().checked_div(width).unwrap_or(0);
        let chosen = crate::sample::choose_rows(count as u64, self.options.rows, self.options.seed);
        let chosen: Vec<usize> = chosen.into_iter().filter_map(|row| usize::try_from(row).ok()).collect();
        Ok(Some((picked(&all, width, &chosen), chosen)))
    }

    /// A whole matrix, with the norm before it folded in. None where it is not there, too large, or not decoded.
    fn all(&self, side: usize, layer: u32, role: Role) -> Result<Option<Vec<f32>>, WeightsError> {
        let Some(model) = self.models.get(side) else { return Ok(None) };
        let key = self.key(layer, role);
        let Some(place) = model.parts.places.get(&key).filter(|_| model.decodes(&key)) else {
            return Ok(None);
        };
        let Some(tensor) = model.weights.tensors.get(place.tensor) else { return Ok(None) };
        let view: View = place.view;
        if view.rows.saturating_mul(view.columns) > WHOLE {
            return Ok(None);
        }
        let Some(sample) = Sample::new(tensor, view, (0..view.rows).collect(), view.columns) else {
            return Ok(None);
        };
        let mut numbers = sample.read(model.weights, tensor)?;
        if numbers.is_empty() {
            return Ok(None);
        }
        if let Some((_, norm)) = READERS.iter().find(|(reader, _)| *reader == role) {
            fold(model, &key, *norm, &mut numbers, sample.columns());
        }
        Ok(Some(numbers))
    }
}

fn picked(numbers: &[f32], width: usize, rows: &[usize]) -> Vec<f32> {
    let mut picked = Vec::with_capacity(rows.len() * width);
    for row in rows {
        picked.extend(numbers.get(row * width..(row + 1) * width).unwrap_or_default());
    }
    picked
}

/// The sampled rows of a part that reads the hidden dimension, with the norm before it folded in.
fn folded(model: &Model<'_>, key: &Key, norm: Role) -> Option<Rows> {
    let mut rows = model.rows(key)?;
    fold(model, key, norm, &mut rows.numbers, rows.columns);
    Some(rows)
}

fn fold(model: &Model<'_>, key: &Key, norm: Role, numbers: &mut [f32], columns: usize) {
    let norm = Key { part: Part { role: norm, expert: None, ..key.part.clone() }, bias: false };
    let Some(norm) = model.rows(&norm).filter(|norm| norm.columns >= columns) else { return };
    // Gemma's norms are kept as what is added to 1, but not in GGUF.
    let kind = model.weights.about.settings.get("model_type");
    let one = if model.weights.format != Format::Gguf && kind.is_some_and(|kind| kind.starts_with("gemma")) {
        1.0
    } else {
        0.0
    };
    for row in numbers.chunks_mut(columns.max(1)) {
        for (value, norm) in row.iter_mut().zip(&norm.numbers) {
            *value *= norm + one;
        }
    }
}
