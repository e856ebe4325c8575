//! A model in less than a megabyte, so that one suspect can be asked of a thousand models without their weights.
//!
//! Of each layer eight rows of one matrix are kept, of the vocabulary 64 tokens, of the norms their mean by kind, in
//! bytes; and of every tensor 64 bits of its digest. A search says which models are worth a comparison of the weights
//! themselves; it is no verdict.

use crate::battery::norms::{Norms, centred};
use crate::battery::trace::{float, trace};
use crate::compare::Loaded;
use crate::error::{Place, WeightsError, WeightsProblem};
use crate::products::products;
use crate::source::Source;
use crate::tail::ln_normal_tail;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const MAGIC: &[u8; 8] = b"daepyoF1";
/// Larger ones are none.
const FILE_BYTES: u64 = 2 << 20;
const HEADER_BYTES: u64 = 1 << 20;
pub(crate) const ROWS: usize = 8;
pub(crate) const COLUMNS: usize = 1024;
pub(crate) const LAYERS: usize = 64;
pub(crate) const TOKENS: usize = 64;
pub(crate) const HIDDEN: usize = 4096;
const LEVELS: f32 = 127.0;

/// A model's fingerprint.
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    /// What it says of itself.
    pub head: Head,
    /// The first 64 bits of the digests of its tensors, ascending, without buffers and tensors of one number.
    pub digests: Vec<u64>,
    /// Vectors of bytes, as `head` lists them.
    numbers: Vec<i8>,
}

/// What a fingerprint says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The model's name.
    pub name: String,
    /// The seed with which rows and tokens were chosen.
    pub seed: u64,
    /// The length of its hidden vectors.
    pub hidden: usize,
    /// Its layers.
    pub layers: usize,
    /// Kinds of norms whose mean is kept, in order.
    pub norms: Vec<String>,
    /// The role of the matrix of each layer whose rows are kept, and its shape.
    pub matrix: Option<(String, u64, u64)>,
    /// The layers whose rows are kept, ascending.
    pub rows_of: Vec<u32>,
    /// The first 64 bits of the digest of each token's bytes, ascending.
    pub tokens: Vec<u64>,
}

/// Parts of the numbers, each a list of vectors of one length.
struct Layout {
    norms: (usize, usize),
    rows: (usize, usize),
    tokens: (usize, usize),
}

impl Head {
    fn layout(&self) -> Layout {
        let columns =
            self.matrix.as_ref().map_or(0, |(_, _, columns)| usize::try_from(*columns).unwrap_or(0));
        Layout {
            norms: (self.norms.len(), self.hidden.min(HIDDEN)),
            rows: (self.rows_of.len() * ROWS, columns.min(COLUMNS)),
            tokens: (self.tokens.len(), self.hidden.min(COLUMNS)),
        }
    }
}

impl Layout {
    fn counts(&self) -> [usize; 3] {
        [self.norms, self.rows, self.tokens].map(|(vectors, length)| vectors * length)
    }
}

/// A model that a search found worth a comparison, or not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// The model's name.
    pub name: String,
    /// Tensors of the suspect whose bytes it has.
    pub same_tensors: usize,
    /// z of the means of the norms.
    pub norms_z: Option<f64>,
    /// The greatest z of the rows of layers with the same number.
    pub rows_z: Option<f64>,
    /// The greatest approximate z of rows of any two layers.
    pub layers_z: Option<f64>,
    /// z of the tokens' embeddings.
    pub tokens_z: Option<f64>,
    /// The least log10 p, each multiplied by how many were looked at.
    pub log10_p: f64,
}

impl Fingerprint {
    /// The fingerprint of a model that was loaded.
    pub fn of(model: &Loaded<'_>, name: &str, seed: u64) -> Self {
        let parts = model.sketch();
        let mut digests: Vec<u64> = model.digests().iter().map(first_bits).collect();
        digests.sort_unstable();
        digests.dedup();
        let mut numbers = Vec::new();
        for vector in parts.norms.iter().map(|(_, vector)| vector).chain(&parts.rows).chain(&parts.tokens) {
            numbers.extend(bytes_of(vector));
        }
        let head = Head {
            name: name.to_owned(),
            seed,
            hidden: parts.hidden,
            layers: parts.layers,
            norms: parts.norms.into_iter().map(|(kind, _)| kind).collect(),
            matrix: parts.matrix,
            rows_of: parts.rows_of,
            tokens: parts.token_digests,
        };
        Self { head, digests, numbers }
    }

    /// The bytes of its file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = serde_json::to_vec(&self.head).unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        for count in [head.len(), self.digests.len()] {
            bytes.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
        }
        bytes.extend(head);
        bytes.extend(self.digests.iter().flat_map(|digest| digest.to_le_bytes()));
        bytes.extend(self.numbers.iter().map(|number| number.cast_unsigned()));
        bytes
    }

    /// Reads a fingerprint. Fails where the bytes are not as many as its head says.
    pub fn read(source: &dyn Source) -> Result<Self, WeightsError> {
        let wrong = |problem| source.error(Some(Place::Byte(0)), problem);
        if source.bytes() > FILE_BYTES {
            return Err(wrong(WeightsProblem::HeaderTooLarge { bytes: source.bytes(), limit: FILE_BYTES }));
        }
        let all = source.take(0, usize::try_from(source.bytes()).unwrap_or(0))?;
        let broken = |what: &str| wrong(WeightsProblem::Header(what.to_owned()));
        let rest = all.strip_prefix(MAGIC.as_slice()).ok_or_else(|| wrong(WeightsProblem::NotWeights))?;
        let (counts, rest) = rest.split_at_checked(8).ok_or_else(|| broken("the fingerprint ends early"))?;
        let count = |from: usize| {
            let bytes = counts.get(from..from + 4).and_then(|bytes| bytes.first_chunk());
            bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes)) as usize
        };
        let (head_bytes, digests) = (count(0), count(4));
        if head_bytes as u64 > HEADER_BYTES {
            return Err(wrong(WeightsProblem::HeaderTooLarge {
                bytes: head_bytes as u64,
                limit: HEADER_BYTES,
            }));
        }
        let (head, rest) =
            rest.split_at_checked(head_bytes).ok_or_else(|| broken("the fingerprint ends early"))?;
        let head: Head = serde_json::from_slice(head).map_err(|error| broken(&error.to_string()))?;
        let split = digests.checked_mul(8).and_then(|bytes| rest.split_at_checked(bytes));
        let (digests, rest) = split.ok_or_else(|| broken("the fingerprint ends early"))?;
        let small = head.norms.len() <= 16 && head.rows_of.len() <= LAYERS && head.tokens.len() <= TOKENS;
        if !small || head.layout().counts().iter().sum::<usize>() != rest.len() {
            return Err(broken("the fingerprint has other vectors than its head says"));
        }
        let digests = digests.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        Ok(Self { head, digests, numbers: rest.iter().map(|byte| byte.cast_signed()).collect() })
    }

    fn parts(&self) -> [Vec<f32>; 3] {
        let [norms, rows, tokens] = self.head.layout().counts();
        let part = |from: usize, count: usize| {
            let bytes = self.numbers.get(from..from + count).unwrap_or_default();
            bytes.iter().map(|number| f32::from(*number)).collect::<Vec<f32>>()
        };
        [part(0, norms), part(norms, rows), part(norms + rows, tokens)]
    }
}

/// The first 64 bits of a digest.
pub(crate) fn first_bits(digest: &[u8; 32]) -> u64 {
    digest.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// A vector in bytes, its greatest number at 127.
fn bytes_of(vector: &[f32]) -> Vec<i8> {
    let greatest = vector.iter().fold(0.0_f32, |greatest, value| greatest.max(value.abs()));
    let scale = if greatest > 0.0 && greatest.is_finite() { LEVELS / greatest } else { 0.0 };
    vector.iter().map(|value| rounded(value * scale)).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "it is scaled to the range, and what is no number becomes 0"
)]
fn rounded(value: f32) -> i8 {
    value.round() as i8
}

/// A suspect, ready to be searched for.
pub struct Suspect {
    print: Fingerprint,
    digests: BTreeSet<u64>,
    norms: Vec<f32>,
    rows: Vec<f32>,
    tokens: Vec<f32>,
}

impl Suspect {
    /// Prepares a fingerprint.
    pub fn new(print: Fingerprint) -> Self {
        let [norms, mut rows, mut tokens] = print.parts();
        let layout = print.head.layout();
        unit(&mut rows, layout.rows.1);
        unit(&mut tokens, layout.tokens.1);
        Self { digests: print.digests.iter().copied().collect(), norms, rows, tokens, print }
    }

    /// How it compares with each of `others`, in their order.
    pub fn search(&self, others: &[Fingerprint]) -> Vec<Hit> {
        others.par_iter().map(|other| self.against(other)).collect()
    }

    /// How it compares with one model.
    pub fn against(&self, other: &Fingerprint) -> Hit {
        let same_tensors = other.digests.iter().filter(|digest| self.digests.contains(digest)).count();
        let same_seed = self.print.head.seed == other.head.seed;
        let [norms, mut rows, mut tokens] = if same_seed { other.parts() } else { Default::default() };
        let layout = other.head.layout();
        unit(&mut rows, layout.rows.1);
        unit(&mut tokens, layout.tokens.1);
        let norms_z = self.norms_z(other, &norms);
        let (rows_z, layers_z, pairs) = self.rows_z(other, &rows);
        let tokens_z = self.tokens_z(other, &tokens);
        let of = |z: Option<f64>, looked_at: usize| {
            z.map_or(0.0, |z| (ln_normal_tail(z) + libm::log(float(looked_at.max(1)))).min(0.0))
        };
        let layers = other.head.rows_of.len();
        let ln_p =
            of(norms_z, 4).min(of(rows_z, 4 * layers)).min(of(layers_z, 4 * pairs)).min(of(tokens_z, 4));
        Hit {
            name: other.head.name.clone(),
            same_tensors,
            norms_z,
            rows_z,
            layers_z,
            tokens_z,
            log10_p: if same_tensors > 0 { f64::from(f32::MIN) } else { ln_p / std::f64::consts::LN_10 },
        }
    }

    fn norms_z(&self, other: &Fingerprint, theirs: &[f32]) -> Option<f64> {
        let head = &self.print.head;
        if head.hidden != other.head.hidden || head.hidden < 8 {
            return None;
        }
        let d = head.layout().norms.1;
        let mut found = Norms { d, ..Norms::default() };
        for (kind, vector) in head.norms.iter().zip(self.norms.chunks(d)) {
            let place = other.head.norms.iter().position(|own| own == kind);
            let their = place.and_then(|place| theirs.chunks(d).nth(place));
            if let Some((one, their)) = centred(vector).zip(their.and_then(centred)) {
                found.first.extend(one);
                found.second.extend(their);
            }
        }
        found.trace().map(|trace| trace.z)
    }

    /// The greatest z of rows of the same layer, exactly; of any two layers, as if cosines were normal; and how many
    /// pairs of layers there are.
    fn rows_z(&self, other: &Fingerprint, theirs: &[f32]) -> (Option<f64>, Option<f64>, usize) {
        let head = &self.print.head;
        if head.matrix.is_none() || head.matrix != other.head.matrix {
            return (None, None, 0);
        }
        let columns = head.layout().rows.1;
        let layer = ROWS * columns;
        let deviation = (float(ROWS) / float(columns)).sqrt();
        let (mut same, mut any): (Option<f64>, Option<f64>) = (None, None);
        let mut pairs = 0;
        for (number, own) in head.rows_of.iter().zip(self.rows.chunks(layer.max(1))) {
            for (other_number, their) in other.head.rows_of.iter().zip(theirs.chunks(layer.max(1))) {
                pairs += 1;
                let rows = own.chunks(columns).zip(their.chunks(columns));
                let sum: f64 = rows.map(|(one, other)| dot(one, other)).sum();
                any = Some(any.map_or(sum / deviation, |most| most.max(sum / deviation)));
                if number == other_number {
                    let z = trace(&products(own, their, columns), ROWS).map(|trace| trace.z);
                    same = same.into_iter().chain(z).reduce(f64::max);
                }
            }
        }
        (same, any, pairs)
    }

    fn tokens_z(&self, other: &Fingerprint, theirs: &[f32]) -> Option<f64> {
        let head = &self.print.head;
        if head.hidden != other.head.hidden {
            return None;
        }
        let columns = head.layout().tokens.1;
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (token, row) in head.tokens.iter().zip(self.tokens.chunks(columns.max(1))) {
            if let Ok(place) = other.head.tokens.binary_search(token) {
                first.extend(row);
                second.extend(theirs.chunks(columns).nth(place).into_iter().flatten());
            }
        }
        let n = first.len().checked_div(columns)?;
        trace(&products(&first, &second, columns), n).map(|trace| trace.z)
    }
}

/// Each vector at length 1.
fn unit(vectors: &mut [f32], length: usize) {
    for vector in vectors.chunks_mut(length.max(1)) {
        let squares: f32 = vector.iter().map(|value| value * value).sum();
        let scale = if squares > 0.0 { 1.0 / squares.sqrt() } else { 0.0 };
        for value in vector {
            *value *= scale;
        }
    }
}

/// In eight lanes, as products are.
fn dot(one: &[f32], other: &[f32]) -> f64 {
    let mut lanes = [0.0_f32; 8];
    for (x, y) in one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    let rest = one.as_chunks::<8>().1.iter().zip(other.as_chunks::<8>().1).map(|(x, y)| x * y).sum::<f32>();
    f64::from(lanes.into_iter().sum::<f32>() + rest)
}
