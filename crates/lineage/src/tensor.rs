//! A tensor as its file announces it: name, shape, encoding of its numbers, and the bytes that hold them.

use crate::encoding::Encoding;
use crate::error::WeightsProblem;
use crate::packed::Packed;
use std::borrow::Cow;

/// A tensor in a file of weights. Shapes are written outermost first: a linear layer is `[outputs, inputs]`. A packed
/// matrix that is understood has the shape of its weight; its bytes are those that are stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its name in the file.
    pub name: String,
    /// Lengths of its dimensions, outermost first; empty for a single number.
    pub shape: Vec<u64>,
    /// How its numbers are written.
    pub encoding: Encoding,
    /// Where its bytes lie.
    pub extent: Extent,
    /// The order of its numbers.
    pub order: Order,
    /// How stored numbers become weights.
    pub scale: Scale,
}

/// Bytes of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Extent {
    /// Which of the model's files.
    pub file: usize,
    /// First byte.
    pub offset: u64,
    /// How many.
    pub bytes: u64,
}

/// The order of a tensor's numbers in its bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// The last dimension varies fastest.
    Rows,
    /// A matrix whose first dimension varies fastest: `shape` is as for [`Order::Rows`], the bytes hold its transpose.
    Columns,
}

/// How stored integers become weights.
#[derive(Clone, Debug, PartialEq)]
pub enum Scale {
    /// They are the weights.
    None,
    /// `(stored - zero) * scale`, with one scale and zero for the tensor or one for each place of its first
    /// dimension.
    Affine {
        /// One number, or one for each place.
        scale: Vec<f32>,
        /// As many as scales.
        zero: Vec<f32>,
    },
    /// They are codes of a matrix, whose scales lie in other tensors.
    Packed(Box<Packed>),
    /// They have scales in another tensor that do not fit them.
    Unknown,
}

impl Tensor {
    /// Whether its numbers can be weights.
    pub(crate) fn decodes(&self) -> bool {
        match self.scale {
            Scale::None => self.encoding.is_real(),
            Scale::Affine { .. } | Scale::Packed(_) => true,
            Scale::Unknown => false,
        }
    }

    /// The name that the weight would have if it did not lie packed.
    pub(crate) fn plain_name(&self) -> Cow<'_, str> {
        let stem = PACKED.iter().find_map(|end| self.name.strip_suffix(*end));
        match (&self.scale, stem) {
            (Scale::Packed(_), Some(stem)) => Cow::Owned(format!("{stem}.weight")),
            _ => Cow::Borrowed(&self.name),
        }
    }

    /// How many numbers it has.
    pub fn elements(&self) -> u64 {
        // An empty tensor may have any other lengths.
        if self.shape.contains(&0) { 0 } else { self.shape.iter().product() }
    }
}

/// How names of packed weights end: those of GPTQ and AWQ, and those of compressed-tensors.
pub(crate) const PACKED: &[&str] = &[".qweight", ".weight_packed"];

/// The number of elements of `shape`; fails where it is above 2^48, which no tensor is.
pub(crate) fn elements(shape: &[u64]) -> Result<u64, WeightsProblem> {
    if shape.contains(&0) {
        return Ok(0);
    }
    let product = shape.iter().try_fold(1_u64, |product, length| product.checked_mul(*length));
    product.filter(|product| *product <= 1 << 48).ok_or_else(|| WeightsProblem::Shape(shape.to_vec()))
}
