//! Codes of a few bits in words: GPTQ, AWQ and compressed-tensors.

use super::{Found, Model, REAL, is_few, is_plain, matrix};
use crate::encoding::Encoding;
use crate::error::WeightsError;
use crate::packed::{Codes, Groups, Packed, Placed, Reader, Scales, Side, Zero};
use crate::tensor::Tensor;

const WORDS: &[Encoding] = &[Encoding::I32];
const INTEGERS: &[Encoding] = &[Encoding::I32, Encoding::I64];
/// Bits of a word.
const WORD_BITS: u64 = 32;
/// Of the zeros of a matrix, so many tell how they are stored.
const LOOKED_AT: u64 = 4096;
/// AWQ's outputs in a word.
const EIGHT: u64 = 8;

impl Model<'_> {
    /// GPTQ, `[inputs * bits / 32, outputs]`, or AWQ, `[inputs, outputs / 8]`: scales are `[groups, outputs]` in both.
    pub(super) fn words(&self, stem: &str, tensor: &Tensor) -> Option<Found> {
        let [lines, words] = matrix(tensor).filter(|_| tensor.encoding == Encoding::I32)?;
        let (scales, scale) = self.at(stem, ".scales")?;
        let [groups, outputs] =
            matrix(scale).filter(|_| REAL.contains(&scale.encoding) && is_plain(scale))?;
        let side = Side::of(scale);
        if words == outputs {
            self.gptq(stem, lines, [groups, outputs], (scales, side))
        } else if words.checked_mul(EIGHT) == Some(outputs) {
            self.awq(stem, lines, [groups, outputs], (scales, side))
        } else {
            None
        }
    }

    fn gptq(
        &self,
        stem: &str,
        lines: u64,
        [groups, outputs]: [u64; 2],
        (scales, side): (usize, Side),
    ) -> Option<Found> {
        let (zeros, zero) = self.at(stem, ".qzeros")?;
        let [zero_groups, zero_words] =
            matrix(zero).filter(|_| WORDS.contains(&zero.encoding) && is_plain(zero))?;
        let zero_bits = zero_words.checked_mul(WORD_BITS).filter(|bits| bits.is_multiple_of(outputs))?;
        let bits = u32::try_from(zero_bits / outputs).ok().filter(|bits| matches!(bits, 2 | 3 | 4 | 8))?;
        let all_bits = lines.checked_mul(WORD_BITS).filter(|all| all.is_multiple_of(u64::from(bits)))?;
        let inputs = all_bits / u64::from(bits);
        if zero_groups != groups {
            return None;
        }
        let more = match self.setting("checkpoint_format") {
            None => self.more(Side::of(zero), outputs, bits)?,
            Some("gptq") => 1,
            Some("gptq_v2") => 0,
            // The same names with words in another order.
            Some(_) => return None,
        };
        let mut needs = vec![scales, zeros];
        let grouped = if let Some((number, _)) = self.at(stem, ".g_idx") {
            let (_, list) = self.beside(stem, ".g_idx", &[inputs], INTEGERS)?;
            needs.push(number);
            is_few(groups, inputs).then_some(Groups::Listed { list, count: groups })?
        } else {
            self.groups(inputs, groups)?
        };
        let zero = Zero::Outputs { side: Side::of(zero), bits, more };
        let scales =
            Scales { side, groups: grouped, placed: Placed::Groups, divisor: 1.0, nested: None, zero };
        let packed = Packed { codes: Codes::Inputs { bits }, scales, needs };
        Some(Found::Matrix([outputs, inputs], Box::new(packed)))
    }

    /// What is to be added to stored zeros. Symmetric codes have their zero in the middle, which tells whether it was stored
    /// less one; of others nothing tells, and in most files it was.
    fn more(&self, zeros: Side, outputs: u64, bits: u32) -> Option<u8> {
        let mut reader = Reader::new(self.files, zeros);
        let middle = 1 << (bits - 1);
        for output in 0..outputs.min(LOOKED_AT) {
            if reader.code(0, output, bits).ok()? != middle {
                return Some(1);
            }
        }
        Some(0)
    }

    fn awq(
        &self,
        stem: &str,
        inputs: u64,
        [groups, outputs]: [u64; 2],
        (scales, side): (usize, Side),
    ) -> Option<Found> {
        let (zeros, zero) = self.beside(stem, ".qzeros", &[groups, outputs / EIGHT], WORDS)?;
        let zero = Zero::Interleaved(zero);
        let groups = self.groups(inputs, groups)?;
        let needs = vec![scales, zeros];
        let scales = Scales { side, groups, placed: Placed::Groups, divisor: 1.0, nested: None, zero };
        let packed = Packed { codes: Codes::Outputs, scales, needs };
        Some(Found::Matrix([outputs, inputs], Box::new(packed)))
    }

    /// compressed-tensors, `[outputs, inputs * bits / 32]` with the last word filled up, scales `[outputs, groups]`. Codes
    /// and zeros are signed numbers, moved up by half of their range.
    pub(super) fn padded_rows(&self, stem: &str, tensor: &Tensor) -> Result<Option<Found>, WeightsError> {
        let Some((number, shape)) = self.beside(stem, ".weight_shape", &[2], INTEGERS) else {
            return Ok(None);
        };
        let mut reader = Reader::new(self.files, shape);
        let mut length = |place| -> Result<Option<u64>, WeightsError> {
            Ok(reader.integer(place)?.and_then(|length| u64::try_from(length).ok()))
        };
        let (Some(outputs), Some(inputs)) = (length(0)?, length(1)?) else { return Ok(None) };
        Ok(self.rows_of_words(stem, tensor, [outputs, inputs], number))
    }

    fn rows_of_words(
        &self,
        stem: &str,
        tensor: &Tensor,
        [outputs, inputs]: [u64; 2],
        shape: usize,
    ) -> Option<Found> {
        let [rows, words] = matrix(tensor).filter(|_| tensor.encoding == Encoding::I32)?;
        let needed = |bits: u64| Some(inputs.checked_mul(bits)?.div_ceil(WORD_BITS));
        let bits = [4_u32, 8, 2].into_iter().find(|bits| needed(u64::from(*bits)) == Some(words))?;
        let (scales, scale) = self.at(stem, ".weight_scale")?;
        let groups = match *scale.shape.as_slice() {
            [length] if length == outputs => 1,
            [length, groups] if length == outputs => groups,
            _ => return None,
        };
        if rows != outputs || inputs == 0 || !REAL.contains(&scale.encoding) || !is_plain(scale) {
            return None;
        }
        let mut needs = vec![shape, scales];
        let grouped = if let Some((number, _)) = self.at(stem, ".weight_g_idx") {
            let (_, list) = self.beside(stem, ".weight_g_idx", &[inputs], INTEGERS)?;
            needs.push(number);
            is_few(groups, inputs).then_some(Groups::Listed { list, count: groups })?
        } else {
            self.groups(inputs, groups)?
        };
        let half = f32::from(1_u8 << (bits - 1));
        let zero = if let Some((number, zero)) = self.at(stem, ".weight_zero_point") {
            needs.push(number);
            let words = outputs.checked_mul(u64::from(bits))?.div_ceil(WORD_BITS);
            let side = Side::of(zero);
            let is_as_scales = zero.shape == scale.shape && zero.encoding == Encoding::I8;
            let is_in_words = zero.shape == [words, groups] && zero.encoding == Encoding::I32;
            match (is_plain(zero), is_as_scales, is_in_words) {
                (true, true, _) => Zero::Placed { side, more: half },
                (true, false, true) => Zero::Rows { side, bits, groups },
                (_, _, _) => return None,
            }
        } else {
            Zero::Fixed(half)
        };
        let placed = Placed::Rows { alike: 1, groups };
        let scales =
            Scales { side: Side::of(scale), groups: grouped, placed, divisor: 1.0, nested: None, zero };
        let packed = Packed { codes: Codes::Rows { bits }, scales, needs };
        Some(Found::Matrix([outputs, inputs], Box::new(packed)))
    }
}
