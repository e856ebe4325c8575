//! What a comparison of two models' weights found, in a form that can be published and computed again.

use serde::{Deserialize, Serialize};

/// A comparison of two models' weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The form of this record.
    pub form: u32,
    /// What was chosen before.
    pub options: Options,
    /// The two models.
    pub models: [Side; 2],
    /// Of all components together.
    pub verdict: Verdict,
    /// Each component that either model has.
    pub components: Vec<ComponentFinding>,
}

/// What is chosen before a comparison; the same options give the same figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// The seed of which rows are taken and how they are shuffled.
    pub seed: u64,
    /// Rows of a matrix that are compared, at most.
    pub rows: u64,
    /// Columns of a matrix that are compared, at most.
    pub columns: u64,
    /// Tokens whose embeddings are compared, at most.
    pub tokens: u64,
    /// Permutations that are drawn for each null distribution.
    pub draws: usize,
    /// The chance at which independent weights may be called related, over all tests of a component together.
    pub level: f64,
    /// Whether T4 is made where rows do not match as they lie. Its work grows with the third power of the hidden
    /// dimension.
    pub evasion: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 0, rows: 256, columns: 4096, tokens: 4096, draws: 999, level: 1e-6, evasion: true }
    }
}

/// One of the two models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// What the caller called it.
    pub name: String,
    /// Its format.
    pub format: String,
    /// Its files.
    pub files: Vec<FileFinding>,
    /// How many tensors it has.
    pub tensors: usize,
    /// Tensors whose part in the model is not known, by name.
    pub unnamed: Vec<String>,
}

/// A file and its digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileFinding {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256, in hexadecimal digits.
    pub sha256: String,
}

/// What is said of two models, or of one component of both.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every tensor that training could have changed has the same bytes.
    SameBytes,
    /// The weights match more than independent initialisation lets them, over the component as a whole.
    Derived,
    /// Some part matches so, others do not.
    SharesComponent,
    /// Tests that would have seen descent without evasion found none. This is no proof of independence.
    NoEvidence,
    /// No test could be made.
    NotTestable,
}

impl Verdict {
    /// Its name, as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::SameBytes => "same_bytes",
            Self::Derived => "derived",
            Self::SharesComponent => "shares_component",
            Self::NoEvidence => "no_evidence",
            Self::NotTestable => "not_testable",
        }
    }
}

/// What was found of one component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentFinding {
    /// Its name.
    pub component: String,
    /// What is said of it.
    pub verdict: Verdict,
    /// T0: tensors with the same bytes.
    pub bytes: BytesFinding,
    /// The tests, in the order of their names.
    pub tests: Vec<TestFinding>,
    /// How many layers each has.
    pub layer_counts: [usize; 2],
    /// Which layer of the second model matches which of the first, where any does.
    pub layers: Vec<LayerMatch>,
    /// Experts of matching layers, where they do not simply match by their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub experts: Vec<ExpertMatch>,
    /// Tensors that no test looked at, and why.
    pub not_tested: Vec<NotTested>,
}

/// T0 of one component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BytesFinding {
    /// Tensors of the first model, without deterministic buffers and those of a single value.
    pub tensors: [u64; 2],
    /// Bytes of these.
    pub bytes: [u64; 2],
    /// Tensors of the first whose bytes the second has too, under any name.
    pub same_tensors: u64,
    /// Bytes of these.
    pub same_bytes: u64,
}

/// A test of one component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestFinding {
    /// `T1` to `T4`.
    pub test: String,
    /// What was compared: the role of the tensors.
    pub of: String,
    /// T4, and between different widths T1 and T3: how the second model's order was found before the test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aligned: Option<Aligned>,
    /// The mean similarity of what should match if one was made from the other: cosines or correlations.
    pub matched: f64,
    /// Its mean under the null hypothesis.
    pub expected: f64,
    /// Its standard deviation under the null hypothesis.
    pub deviation: f64,
    /// The distance in standard deviations; over several layers, their sum over the root of their number.
    pub z: f64,
    /// log10 of the p-value of the normal approximation; over several layers combined by Fisher's method.
    pub log10_p: f64,
    /// The p-value from drawn permutations, (1 + draws at or above) / (1 + draws), where they were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_p: Option<f64>,
    /// The null distribution as drawn: equal bins from the least to the greatest draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null: Option<Histogram>,
    /// Pairs of tensors that were compared.
    pub pairs: usize,
    /// Whether it still rejects independence after Holm's correction over the component's tests.
    pub rejects: bool,
}

/// How two models were brought into one order, from other weights than those that the test then compares.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Aligned {
    /// The hidden dimension, by the embeddings of shared tokens.
    pub hidden: Hidden,
    /// Whether neurons were matched, by the matrices beside the tested one.
    pub neurons_matched: bool,
}

/// How the hidden dimensions of two models were brought together.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hidden {
    /// As they are.
    Same,
    /// As they are, of the wider model the first so many.
    Prefix,
    /// In another order and with other signs: a linear assignment.
    Permuted,
    /// Rotated: orthogonal Procrustes.
    Rotated,
}

/// Counts in equal bins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// The left end of the first bin.
    pub from: f64,
    /// The right end of the last bin.
    pub to: f64,
    /// How many lie in each.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// `values` in `bins` equal bins. None where they do not spread.
    pub fn of(values: &[f64], bins: usize) -> Option<Self> {
        let from = values.iter().copied().fold(f64::INFINITY, f64::min);
        let to = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let width = (to - from) / crate::battery::trace::float(bins);
        if !width.is_finite() || width <= 0.0 {
            return None;
        }
        let mut counts = vec![0; bins];
        for value in values {
            let above =
                (1..bins).filter(|bin| *value >= from + width * crate::battery::trace::float(*bin)).count();
            if let Some(count) = counts.get_mut(above) {
                *count += 1;
            }
        }
        Some(Self { from, to, counts })
    }
}

/// Layers that match.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerMatch {
    /// The first model's layer.
    pub first: u32,
    /// The second model's layer.
    pub second: u32,
    /// The z of their matrices.
    pub z: f64,
}

/// Experts of matching layers that were matched with each other, or compared with the one network that the other model has
/// in their place.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ExpertMatch {
    /// The first model's layer.
    pub first: u32,
    /// The second model's layer.
    pub second: u32,
    /// How many experts each has there; none stands for one network.
    pub experts: [usize; 2],
    /// Pairs of an expert and what it was compared with.
    pub compared: usize,
    /// Those of them that match.
    pub matched: usize,
}

/// A tensor that no test looked at.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct NotTested {
    /// 0 for the first model, 1 for the second.
    pub model: usize,
    /// Its name.
    pub tensor: String,
    /// Why not.
    pub why: Why,
}

/// Why a tensor was not tested.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its part in the model is not known.
    Unnamed,
    /// It is computed, not trained.
    Buffer,
    /// The other model has no such part.
    NoCounterpart,
    /// The two have different shapes.
    Shape,
    /// Its numbers are written in a way that is not decoded.
    Encoding,
    /// It holds the same number throughout.
    Constant,
    /// It is too small for a test, or of a kind for which there is none.
    NoTest,
}
