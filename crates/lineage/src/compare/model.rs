//! A model as the tests see it: its parts, the digests of its tensors, and the sampled rows of each.

use super::parts::{Key, Parts, parts};
use crate::error::WeightsError;
use crate::finding::Options;
use crate::inventory::Role;
use crate::pass::{Sha, pass};
use crate::read::{Format, Weights};
use crate::sample::{Sample, View, choose_rows};
use crate::tensor::Tensor;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Sampled bytes of one model, at most; larger models give fewer rows of each matrix.
const SAMPLED_BYTES: u64 = 400 << 20;
/// Fewer rows are not taken, however large a model is.
const ROWS: u64 = 32;

pub(crate) struct Model<'a> {
    pub(crate) weights: &'a Weights,
    pub(crate) parts: Parts,
    pub(crate) digests: Vec<Sha>,
    pub(crate) constant: Vec<bool>,
    pub(crate) files: Vec<Sha>,
    /// The bytes of the tokens whose embeddings are sampled; empty where there is no vocabulary.
    pub(crate) tokens: Vec<Vec<u8>>,
    /// Rows that were sampled of each matrix, at most.
    sampled: u64,
    seed: u64,
    samples: BTreeMap<Key, Sampled>,
    /// What is wanted of each tensor's bytes, and once the pass is behind it, these.
    ranges: Vec<Vec<Range<u64>>>,
    raw: Vec<OnceLock<Vec<u8>>>,
}

/// What a pass over a model's files tells beside the rows that it sampled.
pub(crate) struct Passage {
    files: Vec<Sha>,
    tensors: Vec<(Sha, bool)>,
}

struct Sampled {
    tensor: usize,
    sample: Sample,
    /// Where its bytes begin among those of its tensor.
    start: usize,
    bytes: usize,
}

/// Rows as they were sampled.
pub(crate) struct Rows {
    pub(crate) columns: usize,
    pub(crate) numbers: Vec<f32>,
}

impl Rows {
    /// The first `count` numbers of each row, where it has more.
    pub(crate) fn first_columns(self, count: usize) -> Self {
        if self.columns <= count {
            return self;
        }
        let rows = self.numbers.chunks_exact(self.columns);
        let numbers = rows.flat_map(|row| row.get(..count).unwrap_or_default()).copied().collect();
        Self { columns: count, numbers }
    }
}

impl<'a> Model<'a> {
    /// Goes over the files of `weights`.
    pub(crate) fn load(
        weights: &'a Weights,
        options: &Options,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Self, WeightsError> {
        let mut model = Self::plan(weights, options)?;
        let passage = model.read(progress, &|_| ())?;
        model.take(passage);
        Ok(model)
    }

    /// What is to be sampled of `weights`. Query and key rows are taken in the order that they had before llama.cpp's
    /// conversion.
    pub(crate) fn plan(weights: &'a Weights, options: &Options) -> Result<Self, WeightsError> {
        let parts = parts(weights);
        let tokens = chosen_tokens(weights, embedded(&parts), options);
        let mut rows = options.rows;
        let mut plan = planned(weights, &parts, options, rows, &tokens);
        while plan.bytes > SAMPLED_BYTES && rows > ROWS {
            rows /= 2;
            plan = planned(weights, &parts, options, rows, &tokens);
        }
        plan.take_scales(weights)?;
        Ok(Self {
            weights,
            parts,
            digests: Vec::new(),
            constant: Vec::new(),
            files: Vec::new(),
            tokens: tokens.into_iter().map(|(bytes, _)| bytes).collect(),
            sampled: rows,
            seed: options.seed,
            samples: plan.samples,
            ranges: plan.ranges,
            raw: weights.tensors.iter().map(|_| OnceLock::new()).collect(),
        })
    }

    /// Goes over the files. `passed` is told each tensor that is behind, whose rows can be had from then on.
    pub(crate) fn read(
        &self,
        progress: &(dyn Fn(u64) + Sync),
        passed: &(dyn Fn(usize) + Sync),
    ) -> Result<Passage, WeightsError> {
        let found: Mutex<Vec<(Sha, bool)>> = Mutex::new(vec![([0; 32], false); self.weights.tensors.len()]);
        let files = pass(self.weights, &self.ranges, progress, &|own| {
            if let Some(slot) = found.lock().unwrap_or_else(PoisonError::into_inner).get_mut(own.tensor) {
                *slot = (own.digest, own.constant);
            }
            if let Some(slot) = self.raw.get(own.tensor) {
                // Each tensor is passed once.
                let _ = slot.set(own.wanted);
            }
            passed(own.tensor);
        })?;
        Ok(Passage { files, tensors: found.into_inner().unwrap_or_else(PoisonError::into_inner) })
    }

    /// Keeps what the pass has told.
    pub(crate) fn take(&mut self, passage: Passage) {
        self.files = passage.files;
        (self.digests, self.constant) = passage.tensors.into_iter().unzip();
        self.ranges = Vec::new();
    }

    /// The sampled rows of a part. None where it has none, or its numbers cannot be decoded.
    pub(crate) fn rows(&self, key: &Key) -> Option<Rows> {
        self.first_rows(key, usize::MAX)
    }

    /// `count` of them at most.
    pub(crate) fn first_rows(&self, key: &Key, count: usize) -> Option<Rows> {
        let sampled = self.samples.get(key)?;
        let tensor = self.weights.tensors.get(sampled.tensor)?;
        let raw = self.raw.get(sampled.tensor)?.get()?.get(sampled.start..sampled.start + sampled.bytes)?;
        let numbers = sampled.sample.decode_first(tensor, raw, count);
        Some(Rows { columns: sampled.sample.columns(), numbers })
    }

    /// The sampled rows of a part, and of a matrix those alone that `other` has as well: of a larger model fewer are
    /// sampled, and they are among those of the smaller.
    pub(crate) fn rows_beside(&self, other: &Model<'_>, key: &Key) -> Option<Rows> {
        self.first_rows_beside(other, key, usize::MAX)
    }

    /// `wanted` of them at most.
    pub(crate) fn first_rows_beside(&self, other: &Model<'_>, key: &Key, wanted: usize) -> Option<Rows> {
        if self.sampled <= other.sampled || matches!(key.part.role, Role::Embedding | Role::Output) {
            return self.first_rows(key, wanted);
        }
        let rows = self.rows(key)?;
        let (count, _) = self.shape(key)?;
        let own = choose_rows(count, self.sampled, self.seed);
        let theirs = self.row_numbers_beside(other, count);
        let mut numbers = Vec::with_capacity(theirs.len() * rows.columns);
        for place in theirs.iter().take(wanted).filter_map(|row| own.binary_search(row).ok()) {
            numbers.extend(rows.numbers.get(place * rows.columns..(place + 1) * rows.columns)?);
        }
        Some(Rows { columns: rows.columns, numbers })
    }

    /// Which rows of a matrix of `rows` rows both have sampled.
    pub(crate) fn row_numbers_beside(&self, other: &Model<'_>, rows: u64) -> Vec<u64> {
        choose_rows(rows, self.sampled.min(other.sampled), self.seed)
    }

    /// Rows and columns of the part's matrix.
    pub(crate) fn shape(&self, key: &Key) -> Option<(u64, u64)> {
        self.parts.places.get(key).map(|place| (place.view.rows, place.view.columns))
    }

    /// Whether the part's numbers can be decoded.
    pub(crate) fn decodes(&self, key: &Key) -> bool {
        self.samples.contains_key(key)
    }
}

struct Plan {
    samples: BTreeMap<Key, Sampled>,
    ranges: Vec<Vec<Range<u64>>>,
    bytes: u64,
}

impl Plan {
    /// Reads the scales of packed matrices, and leaves out those whose scales do not fit.
    fn take_scales(&mut self, weights: &Weights) -> Result<(), WeightsError> {
        let scaled: Vec<(Key, Sampled)> = std::mem::take(&mut self.samples)
            .into_par_iter()
            .filter_map(|(key, sampled)| {
                let tensor = weights.tensors.get(sampled.tensor)?;
                let Sampled { tensor: number, sample, start, bytes } = sampled;
                let scaled = sample.scaled(weights, tensor).transpose()?;
                Some(scaled.map(|sample| (key, Sampled { tensor: number, sample, start, bytes })))
            })
            .collect::<Result<_, WeightsError>>()?;
        self.samples = scaled.into_iter().collect();
        Ok(())
    }
}

fn planned(
    weights: &Weights,
    parts: &Parts,
    options: &Options,
    rows: u64,
    tokens: &[(Vec<u8>, u64)],
) -> Plan {
    let mut by_tensor: BTreeMap<usize, Vec<(&Key, Sample)>> = BTreeMap::new();
    for (key, place) in &parts.places {
        let Some(tensor) = weights.tensors.get(place.tensor) else { continue };
        let chosen = match key.part.role {
            Role::Embedding | Role::Output if !tokens.is_empty() => {
                tokens.iter().map(|(_, number)| *number).collect()
            }
            Role::Embedding | Role::Output => choose_rows(place.view.rows, options.tokens, options.seed),
            _ => choose_rows(place.view.rows, rows, options.seed),
        };
        let stored = stored_rows(weights, key, place.view, &chosen);
        if let Some(sample) = sample(tensor, place.view, stored.unwrap_or(chosen), options.columns) {
            by_tensor.entry(place.tensor).or_default().push((key, sample));
        }
    }
    let mut plan =
        Plan { samples: BTreeMap::new(), ranges: vec![Vec::new(); weights.tensors.len()], bytes: 0 };
    for (number, mut samples) in by_tensor {
        let (Some(tensor), Some(ranges)) = (weights.tensors.get(number), plan.ranges.get_mut(number)) else {
            continue;
        };
        samples.sort_by_key(|(_, sample)| sample.ranges(tensor).first().map_or(0, |range| range.start));
        let mut start = 0;
        for (key, sample) in samples {
            let own = sample.ranges(tensor);
            let bytes = own.iter().map(|range| range.end - range.start).sum::<u64>();
            let bytes = usize::try_from(bytes).unwrap_or(0);
            plan.bytes += sample.kept_bytes(tensor, own.len());
            ranges.extend(own);
            plan.samples.insert(key.clone(), Sampled { tensor: number, sample, start, bytes });
            start += bytes;
        }
        plan.bytes += start as u64;
        if plan.bytes > SAMPLED_BYTES && rows > ROWS {
            // Fewer rows will be planned.
            break;
        }
    }
    plan
}

fn sample(tensor: &Tensor, view: View, rows: Vec<u64>, columns: u64) -> Option<Sample> {
    // A vector is one row; norms are wanted whole.
    let columns = if view.rows == 1 { view.columns } else { columns };
    if tensor.decodes() { Sample::new(tensor, view, rows, columns) } else { None }
}

/// How many tokens have an embedding and an output row.
fn embedded(parts: &Parts) -> u64 {
    let of_tokens =
        parts.places.iter().filter(|(key, _)| matches!(key.part.role, Role::Embedding | Role::Output));
    of_tokens.filter(|(key, _)| !key.bias).map(|(_, place)| place.view.rows).min().unwrap_or(0)
}

/// The tokens with the least digests, so that two vocabularies choose the same ones as far as they share them; with
/// their numbers, by their bytes.
fn chosen_tokens(weights: &Weights, embedded: u64, options: &Options) -> Vec<(Vec<u8>, u64)> {
    let Some(tokens) = &weights.about.tokens else { return Vec::new() };
    let mut numbered: BTreeMap<&[u8], u64> = BTreeMap::new();
    for (number, bytes) in (0..).zip(tokens) {
        if !bytes.is_empty() && number < embedded {
            // The first of two tokens with the same bytes.
            numbered.entry(bytes).or_insert(number);
        }
    }
    let digest = |bytes: &[u8]| -> Sha {
        let mut hash = Sha256::new();
        hash.update(options.seed.to_le_bytes());
        hash.update(bytes);
        hash.finalize().into()
    };
    let mut ordered: Vec<(Sha, &[u8], u64)> =
        numbered.iter().map(|(bytes, number)| (digest(bytes), *bytes, *number)).collect();
    ordered.sort_unstable();
    ordered.truncate(usize::try_from(options.tokens).unwrap_or(usize::MAX));
    let mut chosen: Vec<(Vec<u8>, u64)> =
        ordered.into_iter().map(|(_, bytes, number)| (bytes.to_vec(), number)).collect();
    chosen.sort_unstable();
    chosen
}

/// Architectures whose query and key rows llama.cpp's conversion reorders, because it rotates neighbours and the
/// original rotates halves.
const REORDERED: [&str; 12] = [
    "llama",
    "llama4",
    "deci",
    "baichuan",
    "internlm2",
    "minicpm",
    "xverse",
    "olmo",
    "granite",
    "granitemoe",
    "arcee",
    "smollm3",
];

/// Where rows lie that are wanted in the original order. None where the order is the original one.
pub(crate) fn stored_rows(weights: &Weights, key: &Key, view: View, rows: &[u64]) -> Option<Vec<u64>> {
    if weights.format != Format::Gguf {
        return None;
    }
    let settings = &weights.about.settings;
    let architecture =
        settings.get("general.architecture").filter(|name| REORDERED.contains(&name.as_str()))?;
    let setting = |name: &str| settings.get(&format!("{architecture}.{name}"))?.parse::<u64>().ok();
    let heads = setting("attention.head_count")?;
    let heads = match key.part.role {
        Role::Query => heads,
        Role::Key => setting("attention.head_count_kv").unwrap_or(heads),
        _ => return None,
    };
    let length = view.rows.checked_div(heads).filter(|length| *length > 0 && length % 2 == 0)?;
    let half = length / 2;
    let place = |row: &u64| {
        let (head, within) = (row / length, row % length);
        head * length + (within % half) * 2 + within / half
    };
    Some(rows.iter().map(place).collect())
}
