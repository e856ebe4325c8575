//! What a fingerprint keeps of a model.

use super::Loaded;
use super::parts::Key;
use crate::battery::norms::centred;
use crate::fingerprint::{COLUMNS, HIDDEN, LAYERS, ROWS, TOKENS, first_bits};
use crate::inventory::{Component, Part, Role};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The parts of a fingerprint, as numbers.
#[derive(Default)]
pub(crate) struct Sketch {
    pub(crate) hidden: usize,
    pub(crate) layers: usize,
    pub(crate) norms: Vec<(String, Vec<f32>)>,
    pub(crate) matrix: Option<(String, u64, u64)>,
    pub(crate) rows_of: Vec<u32>,
    pub(crate) rows: Vec<Vec<f32>>,
    pub(crate) token_digests: Vec<u64>,
    pub(crate) tokens: Vec<Vec<f32>>,
}

impl Loaded<'_> {
    pub(crate) fn sketch(&self) -> Sketch {
        let component = Component::Language;
        let model = &self.0;
        let layers = model.parts.layers(component);
        let mut sketch = Sketch { layers: layers.len(), ..Sketch::default() };
        self.norms(&mut sketch);
        let key = |role: Role, layer: u32| Key {
            part: Part { component, layer: Some(layer), expert: None, role },
            bias: false,
        };
        let step = layers.len().div_ceil(LAYERS).max(1);
        let kept: Vec<u32> = layers.iter().step_by(step).copied().collect();
        for role in [Role::Up, Role::GateUp, Role::Value] {
            let Some((rows, columns)) = kept.first().and_then(|layer| model.shape(&key(role, *layer))) else {
                continue;
            };
            for layer in &kept {
                let Some(own) = model
                    .rows(&key(role, *layer))
                    .filter(|_| model.shape(&key(role, *layer)) == Some((rows, columns)))
                else {
                    continue;
                };
                let some = own.numbers.chunks(own.columns.max(1)).take(ROWS);
                let some: Vec<Vec<f32>> =
                    some.map(|row| row.iter().copied().take(COLUMNS).collect()).collect();
                if some.len() == ROWS {
                    sketch.rows_of.push(*layer);
                    sketch.rows.extend(some);
                }
            }
            if !sketch.rows_of.is_empty() {
                sketch.matrix = Some((role.name().to_owned(), rows, columns));
                break;
            }
        }
        self.tokens(&mut sketch);
        sketch
    }

    /// The mean of the centred norms of each kind over the layers.
    fn norms(&self, sketch: &mut Sketch) {
        let model = &self.0;
        let mut kinds: BTreeMap<(Role, bool), Vec<f32>> = BTreeMap::new();
        let own = model
            .parts
            .places
            .keys()
            .filter(|key| key.part.component == Component::Language && key.part.role.is_norm());
        let vectors: Vec<(&Key, Vec<f32>)> =
            own.filter_map(|key| Some((key, model.rows(key)?.numbers))).collect();
        let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
        for (_, vector) in &vectors {
            *lengths.entry(vector.len()).or_default() += 1;
        }
        let Some((hidden, _)) = lengths.into_iter().max_by_key(|(length, count)| (*count, *length)) else {
            return;
        };
        sketch.hidden = hidden;
        for (key, vector) in vectors.iter().filter(|(_, vector)| vector.len() == hidden) {
            let Some(vector) = centred(vector) else { continue };
            let sum = kinds.entry((key.part.role, key.bias)).or_insert_with(|| vec![0.0; hidden]);
            for (sum, value) in sum.iter_mut().zip(vector) {
                *sum += value;
            }
        }
        for ((role, bias), mut vector) in kinds.into_iter().take(16) {
            vector.truncate(HIDDEN);
            sketch.norms.push((format!("{}{}", role.name(), if bias { " bias" } else { "" }), vector));
        }
    }

    fn tokens(&self, sketch: &mut Sketch) {
        let model = &self.0;
        let part = Part { component: Component::Language, layer: None, expert: None, role: Role::Embedding };
        let Some(rows) = model.rows(&Key { part, bias: false }) else { return };
        if rows.columns < sketch.hidden.min(COLUMNS) {
            return;
        }
        let digest = |bytes: &[u8]| {
            let digest: [u8; 32] = Sha256::digest(bytes).into();
            first_bits(&digest)
        };
        let length = sketch.hidden.min(COLUMNS);
        let all = model.tokens.iter().zip(rows.numbers.chunks(rows.columns.max(1)));
        let mut all: Vec<(u64, Vec<f32>)> =
            all.map(|(token, row)| (digest(token), row.iter().copied().take(length).collect())).collect();
        all.sort_by_key(|(digest, _)| *digest);
        all.dedup_by_key(|(digest, _)| *digest);
        all.truncate(TOKENS);
        for (digest, row) in all {
            sketch.token_digests.push(digest);
            sketch.tokens.push(row);
        }
    }
}
