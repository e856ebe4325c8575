//! Numbers of 8 bits, one each, with scales of the tensor, of rows, or of blocks: fp8 as `DeepSeek` and compressed-tensors
//! write it, and int8 of compressed-tensors and bitsandbytes.

use super::{Found, Model, REAL, is_few, is_plain, matrix};
use crate::encoding::Encoding;
use crate::packed::{Codes, Groups, Packed, Placed, Reader, Scales, Side, Zero};
use crate::tensor::Tensor;

/// Rows and columns of a block where nothing says it.
const BLOCK: u64 = 128;
/// bitsandbytes' largest integer, which the scale of a row stands for.
const LARGEST: f32 = 127.0;

impl Model<'_> {
    /// A matrix of 8 bits whose scales lie beside it; none where it has none.
    pub(super) fn scaled(&self, stem: &str, tensor: &Tensor) -> Option<Found> {
        let names: &[&str] = match tensor.encoding {
            Encoding::F8E4m3 | Encoding::F8E5m2 => &[".weight_scale_inv", ".weight_scale", ".scale"],
            Encoding::I8 => &[".SCB", ".weight_scale"],
            _ => return None,
        };
        let (end, (number, scale)) = names.iter().find_map(|end| Some((*end, self.at(stem, end)?)))?;
        Some(self.with_scale(stem, tensor, (number, scale), end).unwrap_or(Found::Misfit))
    }

    fn with_scale(
        &self,
        stem: &str,
        tensor: &Tensor,
        (number, scale): (usize, &Tensor),
        end: &str,
    ) -> Option<Found> {
        let [outputs, inputs] = matrix(tensor)?;
        if !REAL.contains(&scale.encoding) || !is_plain(scale) {
            return None;
        }
        let (alike, groups, block) = self.blocks([outputs, inputs], &scale.shape)?;
        let mut needs = vec![number];
        let zero = match self.at(stem, ".weight_zero_point") {
            None => Zero::Fixed(0.0),
            Some((number, zero)) => {
                let fits = zero.shape == scale.shape && zero.encoding == Encoding::I8 && is_plain(zero);
                needs.push(number);
                fits.then(|| Zero::Placed { side: Side::of(zero), more: 0.0 })?
            }
        };
        let is_of_rows = end == ".SCB";
        if let Some((format, tensor)) = self.at(stem, ".weight_format") {
            // Other orders than 0, row after row, were those of graphics processors.
            let order = Reader::new(self.files, Side::of(tensor)).byte(0).ok();
            order.filter(|order| *order == 0)?;
            needs.push(format);
        }
        let scales = Scales {
            side: Side::of(scale),
            groups: Groups::Even(block),
            placed: Placed::Rows { alike, groups },
            divisor: if is_of_rows { LARGEST } else { 1.0 },
            nested: None,
            zero,
        };
        let packed = Packed { codes: Codes::Plain(tensor.encoding), scales, needs };
        Some(Found::Matrix([outputs, inputs], Box::new(packed)))
    }

    /// How many rows share scales, how many scales a row has, and how many of its numbers share one.
    fn blocks(&self, [outputs, inputs]: [u64; 2], scale: &[u64]) -> Option<(u64, u64, u64)> {
        let told = <[u64; 2]>::try_from(self.numbers("weight_block_size")).unwrap_or([BLOCK, BLOCK]);
        let [high, wide] = told.map(|length| length.max(1));
        let whole = (u64::MAX, 1, inputs);
        let row = (1, 1, inputs);
        match *scale {
            [] | [1] | [1, 1] => Some(whole),
            [length] | [length, 1] if length == outputs => Some(row),
            [down, across] if down == outputs.div_ceil(high) && across == inputs.div_ceil(wide) => {
                is_few(across, inputs).then_some((high, across, wide))
            }
            [length, across] if length == outputs && is_few(across, inputs) => {
                inputs.is_multiple_of(across).then(|| (1, across, inputs / across))
            }
            _ => None,
        }
    }
}
