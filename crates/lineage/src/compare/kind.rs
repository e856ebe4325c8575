//! How a derived model was made from its parent, by the difference of matching matrices.

use super::Loaded;
use super::battery::{Pairs, matrices, paired_layers};
use super::layers::{self, LayerMap};
use super::model::Model;
use super::parts::Key;
use crate::encoding::{Encoding, narrow};
use crate::finding::Options;
use crate::ggml::GgmlType;
use crate::inventory::{Component, Role};
use crate::packed::Packed;
use crate::spectrum::{Sketch, solve};
use crate::tensor::{Scale, Tensor};
use serde::Serialize;
use std::collections::BTreeMap;

/// How a model was made from another, as far as its weights tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Every matrix is the parent's, within what the encoding rounds.
    Copy,
    /// Every matrix is the parent's, within what a coarser encoding rounds.
    Quantised,
    /// Layers, hidden dimensions or experts are left out.
    Pruned,
    /// Layers stand several times, or there are more hidden dimensions or experts.
    UpScaled,
    /// Some matrices differ by few directions.
    Lora,
    /// Matrices differ in all directions.
    Finetuned,
    /// Nothing could be compared.
    Unknown,
}

/// A derived model's difference from its parent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What it amounts to.
    pub kind: Kind,
    /// |W' - W| / |W| over all compared matrices.
    pub relative: f64,
    /// What both encodings' rounding alone would make of it.
    pub rounding: f64,
    /// Matrices that were compared.
    pub compared: usize,
    /// Matrices that differ by more than rounding.
    pub touched: usize,
    /// The role of those and how many there are.
    pub roles: BTreeMap<&'static str, usize>,
    /// The rank that most of them share, where singular values fall off sharply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// Layers of the parent and of the derived model.
    pub layers: [usize; 2],
    /// Rows of the two tables of tokens.
    pub vocabulary: [u64; 2],
}

/// By how much a difference may exceed its encoding's usual rounding.
const SLACK: f64 = 1.5;
/// Factors of inputs and of outputs are fitted in turns, so often.
const FITS: usize = 2;
/// Of the touched matrices so many must share a rank, in hundredths.
const SHARED_RANK: usize = 80;

/// The difference of `child` from `parent`, over the matrices of the language model that match.
pub fn difference(parent: &Loaded<'_>, child: &Loaded<'_>, options: &Options) -> Difference {
    let models = [&parent.0, &child.0];
    let component = Component::Language;
    let map = layers::map(models[0], models[1], component, libm::log(options.level));
    let pairs = matching(models, component, map.as_ref());
    let layers = models.map(|model| model.parts.layers(component).len());
    let vocabulary = models.map(rows_of_tokens);
    let mut sums = Sums::default();
    let (mut touched, mut roles, mut ranks) = (0, BTreeMap::new(), BTreeMap::new());
    let mut compared = 0;
    for (mine, theirs) in &pairs {
        let Some(pair) = Pair::new(models, mine, theirs) else { continue };
        compared += 1;
        sums.add(&pair);
        if pair.relative() > pair.rounding() * SLACK {
            touched += 1;
            *roles.entry(mine.part.role.name()).or_insert(0) += 1;
            if let Some(rank) = pair.rank(options.seed) {
                *ranks.entry(rank).or_insert(0_usize) += 1;
            }
        }
    }
    let common = ranks.into_iter().max_by_key(|(rank, count)| (*count, std::cmp::Reverse(*rank)));
    let rank = common.filter(|(_, count)| count * 100 >= touched * SHARED_RANK).map(|(rank, _)| rank);
    let forms = models.map(form);
    let kind = if compared == 0 && forms[0] == forms[1] {
        Kind::Unknown
    } else if touched > 0 {
        if rank.is_some() { Kind::Lora } else { Kind::Finetuned }
    } else if forms[1] < forms[0] {
        Kind::Pruned
    } else if forms[1] > forms[0] {
        Kind::UpScaled
    } else if layers[1] < layers[0] {
        Kind::Pruned
    } else if layers[1] > layers[0] {
        Kind::UpScaled
    } else if sums.own_rounding() > sums.parents_rounding().max(PLAIN) * SLACK {
        Kind::Quantised
    } else {
        Kind::Copy
    };
    let (relative, rounding) = (sums.relative(), sums.rounding());
    Difference { kind, relative, rounding, compared, touched, roles, rank, layers, vocabulary }
}

/// Above every plain encoding's rounding.
const PLAIN: f64 = 0.004;

fn matching(models: [&Model<'_>; 2], component: Component, map: Option<&LayerMap>) -> Pairs {
    let layers = paired_layers(models, component, map);
    matrices(models, component, &layers).into_values().flatten().collect()
}

/// The width of the hidden dimension, and how many matrices are an expert's.
fn form(model: &Model<'_>) -> (u64, usize) {
    let own = || model.parts.places.iter().filter(|(key, _)| key.part.component == Component::Language);
    let tables = own().filter(|(key, _)| key.part.role == Role::Embedding && !key.bias);
    let width = tables.map(|(_, place)| place.view.columns).max().unwrap_or(0);
    (width, own().filter(|(key, _)| key.part.expert.is_some()).count())
}

fn rows_of_tokens(model: &Model<'_>) -> u64 {
    let tables = model.parts.places.iter().filter(|(key, _)| key.part.role == Role::Embedding && !key.bias);
    tables.map(|(_, place)| place.view.rows).max().unwrap_or(0)
}

/// Matching matrices, with their difference.
struct Pair {
    columns: usize,
    difference: Vec<f32>,
    squares: f64,
    difference_squares: f64,
    /// That of the parent's encoding and that of the derived model's.
    roundings: [f64; 2],
}

impl Pair {
    fn new(models: [&Model<'_>; 2], mine: &Key, theirs: &Key) -> Option<Self> {
        let mut one = models[0].rows_beside(models[1], mine)?;
        let other = models[1].rows_beside(models[0], theirs)?;
        if one.numbers.len() != other.numbers.len() || one.columns != other.columns {
            return None;
        }
        let may_be_moved = [(models[0], mine), (models[1], theirs)]
            .map(|(model, key)| tensor_of(model, key).and_then(packed).is_some_and(Packed::may_be_moved));
        if may_be_moved.contains(&true) {
            fit(&mut one.numbers, &other.numbers, one.columns);
        }
        let roundings = [(models[0], mine), (models[1], theirs)].map(|(model, key)| rounding_of(model, key));
        let difference: Vec<f32> = one.numbers.iter().zip(&other.numbers).map(|(x, y)| y - x).collect();
        let squares = squares_of(&one.numbers);
        let difference_squares = squares_of(&difference);
        let usable = squares.is_finite() && squares > 0.0 && difference_squares.is_finite();
        usable.then_some(Self { columns: one.columns, difference, squares, difference_squares, roundings })
    }

    fn rounding(&self) -> f64 {
        self.roundings.iter().map(|error| error * error).sum::<f64>().sqrt()
    }

    fn relative(&self) -> f64 {
        (self.difference_squares / self.squares).sqrt()
    }

    fn rank(&self, seed: u64) -> Option<usize> {
        let mut sketch = Sketch::new(self.columns, seed);
        sketch.add(&self.difference);
        sketch.rank()
    }
}

fn squares_of(numbers: &[f32]) -> f64 {
    numbers.iter().map(|value| f64::from(*value) * f64::from(*value)).sum()
}

#[derive(Default)]
struct Sums {
    squares: f64,
    difference: f64,
    roundings: [f64; 2],
}

impl Sums {
    fn add(&mut self, pair: &Pair) {
        self.squares += pair.squares;
        self.difference += pair.difference_squares;
        for (sum, rounding) in self.roundings.iter_mut().zip(pair.roundings) {
            *sum += rounding * rounding * pair.squares;
        }
    }

    fn relative(&self) -> f64 {
        self.root(self.difference)
    }

    fn rounding(&self) -> f64 {
        self.root(self.roundings.iter().sum())
    }

    fn parents_rounding(&self) -> f64 {
        self.root(self.roundings[0])
    }

    fn own_rounding(&self) -> f64 {
        self.root(self.roundings[1])
    }

    fn root(&self, sum: f64) -> f64 {
        if self.squares > 0.0 { (sum / self.squares).sqrt() } else { 0.0 }
    }
}

fn rounding_of(model: &Model<'_>, key: &Key) -> f64 {
    tensor_of(model, key).map_or(0.0, rounding_of_tensor)
}

fn tensor_of<'m>(model: &'m Model<'_>, key: &Key) -> Option<&'m Tensor> {
    model.weights.tensors.get(model.parts.places.get(key)?.tensor)
}

/// Codes of b bits: rounding normal numbers to nearest in groups of 32 to 128 leaves 1.2 to 2.2 times 2^-b, the levels of
/// bitsandbytes 1.5 to 2, whole rows 2.1 to 2.8. GPTQ leaves more, as it rounds to what can be corrected behind it.
fn rounding_of_tensor(tensor: &Tensor) -> f64 {
    packed(tensor)
        .and_then(Packed::bits)
        .map_or_else(|| rounding(tensor.encoding), |bits| 2.0 * libm::exp2(-f64::from(bits)))
}

fn packed(tensor: &Tensor) -> Option<&Packed> {
    match &tensor.scale {
        Scale::Packed(packed) => Some(packed),
        Scale::None | Scale::Affine { .. } | Scale::Unknown => None,
    }
}

/// Multiplies the inputs and the outputs of `rows` by what brings them nearest to `other`: AWQ moves factors between a
/// matrix and what stands before it, so that a quantised model's matrices differ by more than rounding.
fn fit(rows: &mut [f32], other: &[f32], columns: usize) {
    for _ in 0..FITS {
        let mut sums = vec![(0.0_f64, 0.0_f64); columns];
        for (row, target) in rows.chunks(columns.max(1)).zip(other.chunks(columns.max(1))) {
            for ((x, y), (both, own)) in row.iter().zip(target).zip(&mut sums) {
                *both += f64::from(*x) * f64::from(*y);
                *own += f64::from(*x) * f64::from(*x);
            }
        }
        for (row, target) in rows.chunks_mut(columns.max(1)).zip(other.chunks(columns.max(1))) {
            for (x, (both, own)) in row.iter_mut().zip(&sums) {
                *x = narrow(f64::from(*x) * ratio(*both, *own));
            }
            let factor = ratio(dot(row, target), squares_of(row));
            for x in row {
                *x = narrow(f64::from(*x) * factor);
            }
        }
    }
}

fn ratio(both: f64, own: f64) -> f64 {
    if own > 0.0 { both / own } else { 1.0 }
}

/// The root mean square error, relative to the weights, that an encoding leaves in normally distributed weights: for
/// floating point from its fraction's bits, for blocks as measured on real weights.
fn rounding(encoding: Encoding) -> f64 {
    match encoding {
        Encoding::F64 | Encoding::F32 | Encoding::I32 | Encoding::I64 | Encoding::U32 | Encoding::U64 => 4e-8,
        Encoding::F16 => 3e-4,
        Encoding::Bf16 => 2.4e-3,
        // Integers: 8 bits over a matrix's or a row's largest weight.
        Encoding::F8E4m3 | Encoding::I8 | Encoding::U8 | Encoding::Bool => 0.03,
        Encoding::F8E5m2 => 0.06,
        Encoding::I16 | Encoding::U16 => 1e-4,
        Encoding::Ggml(kind) => rounding_of_blocks(kind),
    }
}

fn rounding_of_blocks(kind: GgmlType) -> f64 {
    let bits = bits_of_a_weight(kind);
    // An optimal uniform quantiser of a normal variable loses 6.02 dB a bit; blocks lose about the same.
    1.7 * libm::exp2(-bits)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of blocks are small")]
fn bits_of_a_weight(kind: GgmlType) -> f64 {
    // Scales take a part of the bits.
    let all = (kind.block_bytes() * 8) as f64 / kind.block_elements() as f64;
    all - 0.5
}

/// A model as a weighted mean of others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Merge {
    /// The weight of each parent, in the order given; they sum to 1.
    pub coefficients: Vec<f64>,
    /// What is left, relative to the distance from the nearest parent: 0 where the mean explains all.
    pub residual: f64,
    /// Matrices that were compared.
    pub compared: usize,
}

/// The weights a with sum 1 for which `child` is nearest to the sum of `a_k` times parent k. None with fewer than two
/// parents, where their matrices do not all match, or where parents do not differ.
pub fn merge(parents: &[&Loaded<'_>], child: &Loaded<'_>) -> Option<Merge> {
    let (last, others) = parents.split_last().filter(|(_, others)| !others.is_empty())?;
    let n = others.len();
    let (mut gram, mut right, mut own) = (vec![0.0; n * n], vec![0.0; n], 0.0);
    let mut nearest = vec![0.0; parents.len()];
    let mut compared = 0;
    let keys: Pairs = matching([&last.0, &child.0], Component::Language, None);
    for (mine, theirs) in keys {
        let Some(base) = last.0.rows(&mine) else { continue };
        let Some(made) = child.0.rows(&theirs).filter(|made| made.numbers.len() == base.numbers.len()) else {
            continue;
        };
        let all: Option<Vec<Vec<f32>>> = others
            .iter()
            .map(|parent| {
                let rows = parent.0.rows(&mine).filter(|rows| rows.numbers.len() == base.numbers.len())?;
                Some(rows.numbers.iter().zip(&base.numbers).map(|(x, y)| x - y).collect())
            })
            .collect();
        let Some(all) = all else { continue };
        let target: Vec<f32> = made.numbers.iter().zip(&base.numbers).map(|(x, y)| x - y).collect();
        compared += 1;
        for (row, (one, line)) in all.iter().zip(gram.chunks_mut(n)).enumerate() {
            for (other, slot) in all.iter().zip(line) {
                *slot += dot(one, other);
            }
            if let Some(slot) = right.get_mut(row) {
                *slot += dot(one, &target);
            }
            let apart: f64 = one.iter().zip(&target).map(|(x, y)| f64::from(x - y).powi(2)).sum();
            if let Some(slot) = nearest.get_mut(row) {
                *slot += apart;
            }
        }
        let square = dot(&target, &target);
        own += square;
        if let Some(slot) = nearest.last_mut() {
            *slot += square;
        }
    }
    let solved = solve(gram, right.clone())?;
    let explained: f64 = solved.iter().zip(&right).map(|(x, y)| x * y).sum();
    let nearest = nearest.into_iter().fold(f64::INFINITY, f64::min);
    let residual = if nearest > 0.0 { ((own - explained).max(0.0) / nearest).sqrt() } else { 0.0 };
    let last = 1.0 - solved.iter().sum::<f64>();
    let mut coefficients = solved;
    coefficients.push(last);
    Some(Merge { coefficients, residual, compared })
}

fn dot(one: &[f32], other: &[f32]) -> f64 {
    one.iter().zip(other).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}
