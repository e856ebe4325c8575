//! Matrices that read the hidden dimension, with the scales of the norm before them folded in, so that a scale that was
//! moved from the one to the other makes no difference.

use super::model::{Model, Rows, stored_rows};
use super::parts::Key;
use crate::error::WeightsError;
use crate::inventory::{Part, Role};
use crate::read::Format;
use crate::sample::Sample;

/// Matrices with more numbers are not read whole.
const WHOLE: u64 = 1 << 27;

/// Matrices that read the hidden dimension, and the norm before each.
pub(crate) const READERS: [(Role, Role); 7] = [
    (Role::Up, Role::NormFeedForward),
    (Role::Gate, Role::NormFeedForward),
    (Role::GateUp, Role::NormFeedForward),
    (Role::Query, Role::NormAttention),
    (Role::Key, Role::NormAttention),
    (Role::Value, Role::NormAttention),
    (Role::QueryKeyValue, Role::NormAttention),
];

/// The sampled rows of a part that `other` has sampled too, with the norm before it folded in.
pub(crate) fn folded(model: &Model<'_>, other: &Model<'_>, key: &Key) -> Option<Rows> {
    let mut rows = model.rows_beside(other, key)?;
    fold(model, key, &mut rows);
    Some(rows)
}

/// A whole matrix, with the norm before it folded in. None where it is not there, too large, or not decoded.
pub(crate) fn whole(model: &Model<'_>, key: &Key) -> Result<Option<Rows>, WeightsError> {
    let Some(place) = model.parts.places.get(key).filter(|_| model.decodes(key)) else { return Ok(None) };
    let Some(tensor) = model.weights.tensors.get(place.tensor) else { return Ok(None) };
    let view = place.view;
    if view.rows.saturating_mul(view.columns) > WHOLE {
        return Ok(None);
    }
    let all: Vec<u64> = (0..view.rows).collect();
    let rows = stored_rows(model.weights, key, view, &all).unwrap_or(all);
    let Some(sample) = Sample::new(tensor, view, rows, view.columns) else { return Ok(None) };
    let numbers = sample.read(model.weights, tensor)?;
    if numbers.is_empty() {
        return Ok(None);
    }
    let mut rows = Rows { columns: sample.columns(), numbers };
    fold(model, key, &mut rows);
    Ok(Some(rows))
}

fn fold(model: &Model<'_>, key: &Key, rows: &mut Rows) {
    let Some((_, norm)) = READERS.iter().find(|(reader, _)| *reader == key.part.role) else { return };
    let norm = Key { part: Part { role: *norm, expert: None, ..key.part.clone() }, bias: false };
    let Some(norm) = model.rows(&norm).filter(|norm| norm.columns >= rows.columns) else { return };
    // Gemma's norms are kept as what is added to 1, but not in GGUF.
    let kind = model.weights.about.settings.get("model_type");
    let one = if model.weights.format != Format::Gguf && kind.is_some_and(|kind| kind.starts_with("gemma")) {
        1.0
    } else {
        0.0
    };
    for row in rows.numbers.chunks_mut(rows.columns.max(1)) {
        for (value, norm) in row.iter_mut().zip(&norm.numbers) {
            *value *= norm + one;
        }
    }
}
