//! bitsandbytes' numbers of 4 bits: places in a list of 16, with the largest of each block beside them, and what shape
//! they have as JSON in a tensor of bytes.

use super::{Found, Model, is_plain};
use crate::encoding::Encoding;
use crate::error::WeightsError;
use crate::packed::{Codes, Groups, Nested, Packed, Placed, Reader, Scales, Side, Zero};
use crate::source::Source;
use crate::tensor::{Tensor, elements};
use serde::Deserialize;

/// Larger states are none.
const STATE_BYTES: u64 = 64 << 10;
/// Smaller blocks are no one's.
const LEAST_BLOCK: u64 = 16;
const KINDS: [&str; 2] = [".quant_state.bitsandbytes__nf4", ".quant_state.bitsandbytes__fp4"];

/// What bitsandbytes says of a matrix.
#[derive(Deserialize)]
struct State {
    blocksize: u64,
    shape: [u64; 2],
    nested_blocksize: Option<u64>,
    nested_offset: Option<f32>,
}

impl Model<'_> {
    /// The matrix of 4 bits that `tensor` is; none where nothing says that it is one.
    pub(super) fn levels(&self, tensor: &Tensor) -> Result<Option<Found>, WeightsError> {
        let name = &tensor.name;
        let Some((number, state)) = KINDS.iter().find_map(|kind| self.at(name, kind)) else {
            return Ok(None);
        };
        if state.extent.bytes > STATE_BYTES || state.encoding != Encoding::U8 {
            return Ok(Some(Found::Misfit));
        }
        let length = usize::try_from(state.extent.bytes).unwrap_or(0);
        let Some(file) = self.files.get(state.extent.file) else { return Ok(Some(Found::Misfit)) };
        let text = file.take(state.extent.offset, length)?;
        let Ok(state) = serde_json::from_slice::<State>(&text) else { return Ok(Some(Found::Misfit)) };
        let Some(map) = self.beside(name, ".quant_map", &[16], &[Encoding::F32]) else {
            return Ok(Some(Found::Misfit));
        };
        let mut reader = Reader::new(self.files, map.1);
        let mut levels = [0.0; 16];
        for (place, level) in (0..).zip(&mut levels) {
            *level = reader.number(place)?;
        }
        let found = self.in_blocks(tensor, &state, levels, vec![number, map.0]);
        Ok(Some(found.unwrap_or(Found::Misfit)))
    }

    fn in_blocks(
        &self,
        tensor: &Tensor,
        state: &State,
        levels: [f32; 16],
        mut needs: Vec<usize>,
    ) -> Option<Found> {
        let [outputs, inputs] = state.shape;
        let count = elements(&[outputs, inputs]).ok().filter(|count| *count > 0)?;
        // A row that begins within a byte is not looked for.
        let fits = inputs.is_multiple_of(2) && count / 2 == tensor.extent.bytes;
        if !fits || state.blocksize < LEAST_BLOCK {
            return None;
        }
        let blocks = count.div_ceil(state.blocksize);
        let (number, largest) = self.at(&tensor.name, ".absmax")?;
        needs.push(number);
        if largest.shape != [blocks] || !is_plain(largest) {
            return None;
        }
        let nested = match largest.encoding {
            Encoding::F32 => None,
            Encoding::U8 => Some(self.nested(&tensor.name, state, blocks, &mut needs)?),
            _ => return None,
        };
        let scales = Scales {
            side: Side::of(largest),
            groups: Groups::Through(state.blocksize),
            placed: Placed::Through,
            divisor: 1.0,
            nested,
            zero: Zero::Fixed(0.0),
        };
        let packed = Packed { codes: Codes::Levels(levels), scales, needs };
        Some(Found::Matrix([outputs, inputs], Box::new(packed)))
    }

    /// The largest numbers of blocks, which are codes of 8 bits themselves.
    fn nested(&self, name: &str, state: &State, blocks: u64, needs: &mut Vec<usize>) -> Option<Nested> {
        let block = state.nested_blocksize.filter(|block| *block > 0)?;
        let (levels, map) = self.beside(name, ".nested_quant_map", &[256], &[Encoding::F32])?;
        let (number, scales) =
            self.beside(name, ".nested_absmax", &[blocks.div_ceil(block)], &[Encoding::F32])?;
        needs.extend([levels, number]);
        Some(Nested { levels: map, scales, block, more: state.nested_offset.unwrap_or(0.0) })
    }
}
