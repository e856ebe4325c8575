//! How the hidden dimension of one model is brought to that of another: as it lies, cut, in another order, or rotated,
//! found from the embeddings of shared tokens alone. The two may have different widths.

use super::battery::{shared_tokens, turn};
use super::model::{Model, Rows};
use super::parts::Key;
use crate::assignment::assign;
use crate::battery::polar::{rotation, transpose};
use crate::battery::rows::normalise;
use crate::finding::Hidden;
use crate::inventory::{Component, Part, Role};
use crate::products::products;

/// Above this many hidden dimensions no rotation is sought: it costs their third power.
const ROTATED: usize = 4096;
/// Up to here a rotation is fitted whatever the tokens' places to each other say.
const CHEAP: usize = 1024;
/// Below this likeness of the tokens' places to each other one model is not the other rotated, even with noise.
const LIKE: f64 = 0.6;
const LIKE_TOKENS: usize = 1024;

/// How vectors over the two models' hidden dimensions are written over the same one.
pub(crate) enum Basis {
    Same,
    /// The first so many of either.
    Prefix(usize),
    /// Dimensions of both that go together, ascending by the second's; of the wider model some are in none.
    Permuted(Vec<Step>),
    /// The first is turned into the second, so that rows times it are products: second x first.
    Rotated {
        turned: Vec<f32>,
        first: usize,
        second: usize,
    },
}

/// A dimension of the first model, the second's that it is, and the sign.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    first: usize,
    second: usize,
    sign: f32,
}

impl Basis {
    /// The first model's `rows`, in the common writing. None where they are not over its hidden dimension.
    pub(crate) fn first(&self, rows: Rows) -> Option<Rows> {
        match self {
            Self::Same => Some(rows),
            Self::Prefix(width) => taken(&rows, (0..*width).map(|place| (place, 1.0))),
            Self::Permuted(steps) => taken(&rows, steps.iter().map(|step| (step.first, step.sign))),
            Self::Rotated { turned, first, second } => (rows.columns == *first)
                .then(|| Rows { columns: *second, numbers: products(&rows.numbers, turned, *first) }),
        }
    }

    /// The second model's `rows`, in the common writing. None where they are not over its hidden dimension.
    pub(crate) fn second(&self, rows: Rows) -> Option<Rows> {
        match self {
            Self::Same => Some(rows),
            Self::Prefix(width) => taken(&rows, (0..*width).map(|place| (place, 1.0))),
            Self::Permuted(steps) => taken(&rows, steps.iter().map(|step| (step.second, 1.0))),
            Self::Rotated { second, .. } => (rows.columns == *second).then_some(rows),
        }
    }
}

/// `rows` with these of their columns, each times its sign.
fn taken(rows: &Rows, columns: impl Iterator<Item = (usize, f32)>) -> Option<Rows> {
    let columns: Vec<(usize, f32)> = columns.collect();
    if columns.iter().any(|(column, _)| *column >= rows.columns) {
        return None;
    }
    let numbers = rows.numbers.chunks(rows.columns.max(1)).flat_map(|row| {
        columns.iter().map(move |(column, sign)| row.get(*column).copied().unwrap_or_default() * sign)
    });
    let numbers = numbers.collect();
    Some(Rows { columns: columns.len(), numbers })
}

/// The ways in which the two models' hidden dimensions may go together. None where either has no embeddings.
pub(crate) fn bases(models: [&Model<'_>; 2], component: Component) -> Option<Vec<(Hidden, Basis)>> {
    let key = Key { part: Part { component, layer: None, expert: None, role: Role::Embedding }, bias: false };
    let (one, other) = models[0].rows(&key).zip(models[1].rows(&key))?;
    let (narrow, wide) = (one.columns.min(other.columns), one.columns.max(other.columns));
    let as_they_lie =
        if narrow == wide { (Hidden::Same, Basis::Same) } else { (Hidden::Prefix, Basis::Prefix(narrow)) };
    let mut found = vec![as_they_lie];
    let Some((mine, theirs)) = shared_tokens(models, &one, &other) else { return Some(found) };
    found.extend(permuted(&one, &other, &mine, &theirs).map(|basis| (Hidden::Permuted, basis)));
    // A rotation of d dimensions wants more tokens than d.
    let fits = wide <= ROTATED && mine.len() > wide;
    if fits && (wide <= CHEAP || likeness(&one, &other, &mine, &theirs) >= LIKE) {
        found.extend(rotated(&one, &other, &mine, &theirs).map(|basis| (Hidden::Rotated, basis)));
    }
    Some(found)
}

/// How alike the two models' tokens lie to each other, whatever the rotation: linear CKA of their embeddings (Kornblith et
/// al. 2019) without the diagonal, 1 where one is the other rotated.
fn likeness(one: &Rows, other: &Rows, mine: &[usize], theirs: &[usize]) -> f64 {
    let inner = |rows: &Rows, chosen: &[usize]| {
        let some: Vec<usize> = chosen.iter().copied().take(LIKE_TOKENS).collect();
        let mut picked = picked(rows, &some).numbers;
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
    let sign = |first: usize, second: usize| {
        correlations.get(first * width + second).copied().unwrap_or_default().signum()
    };
    let costs: Vec<f32> = correlations.iter().map(|value| -value.abs()).collect();
    // Each dimension of the narrower model gets one of the wider's.
    let mut steps: Vec<Step> = if d <= width {
        let assigned = assign(&costs, width).into_iter().enumerate();
        assigned.map(|(first, second)| Step { first, second, sign: sign(first, second) }).collect()
    } else {
        let assigned = assign(&transpose(&costs, width), d).into_iter().enumerate();
        assigned.map(|(second, first)| Step { first, second, sign: sign(first, second) }).collect()
    };
    steps.sort_by_key(|step| step.second);
    (!steps.is_empty()).then_some(Basis::Permuted(steps))
}

fn rotated(one: &Rows, other: &Rows, mine: &[usize], theirs: &[usize]) -> Option<Basis> {
    let along_tokens = |rows: &Rows, chosen: &[usize]| {
        let mut picked = picked(rows, chosen);
        normalise(&mut picked.numbers, picked.columns);
        transpose(&picked.numbers, picked.columns)
    };
    let cross = products(&along_tokens(one, mine), &along_tokens(other, theirs), mine.len());
    let found = rotation(&cross, other.columns)?;
    let turned = transpose(&found, other.columns);
    Some(Basis::Rotated { turned, first: one.columns, second: other.columns })
}

/// These rows, in this order.
pub(crate) fn picked(rows: &Rows, chosen: &[usize]) -> Rows {
    let mut numbers = Vec::with_capacity(chosen.len() * rows.columns);
    for row in chosen {
        numbers.extend(rows.numbers.get(row * rows.columns..(row + 1) * rows.columns).unwrap_or_default());
    }
    Rows { columns: rows.columns, numbers }
}
