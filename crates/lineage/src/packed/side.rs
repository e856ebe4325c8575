//! A tensor beside a packed matrix, read a window at a time: scales of a large model are no small thing.

use super::codes::code;
use crate::encoding::Encoding;
use crate::error::WeightsError;
use crate::source::{Source, WeightFile};
use crate::tensor::{Extent, Tensor};

/// Read at a time.
const WINDOW_BYTES: u64 = 64 << 10;

/// A tensor that a packed matrix needs besides its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Side {
    pub(crate) extent: Extent,
    pub(crate) encoding: Encoding,
}

impl Side {
    pub(crate) fn of(tensor: &Tensor) -> Self {
        Self { extent: tensor.extent, encoding: tensor.encoding }
    }
}

/// Reads numbers of a side by their places.
pub(crate) struct Reader<'a> {
    file: Option<&'a WeightFile>,
    side: Side,
    /// Where in the tensor the window begins.
    start: u64,
    window: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(files: &'a [WeightFile], side: Side) -> Self {
        Self { file: files.get(side.extent.file), side, start: 0, window: Vec::new() }
    }

    /// The number at `place`. What lies behind the tensor's end is 0.
    pub(crate) fn number(&mut self, place: u64) -> Result<f32, WeightsError> {
        let encoding = self.side.encoding;
        let mut number = [0.0];
        match encoding.block_bytes() {
            1 => encoding.decode(&self.bytes::<1>(place)?, &mut number),
            2 => encoding.decode(&self.bytes::<2>(place.saturating_mul(2))?, &mut number),
            4 => encoding.decode(&self.bytes::<4>(place.saturating_mul(4))?, &mut number),
            _ => encoding.decode(&self.bytes::<8>(place.saturating_mul(8))?, &mut number),
        }
        Ok(number[0])
    }

    /// The 32 bits at `place`, with those behind them above.
    pub(crate) fn word(&mut self, place: u64) -> Result<u32, WeightsError> {
        Ok(u32::from_le_bytes(self.bytes(place.saturating_mul(4))?))
    }

    /// The code of `bits` bits at `place` of those that begin with the word `first`.
    pub(crate) fn code(&mut self, first: u64, place: u64, bits: u32) -> Result<u8, WeightsError> {
        let at = place.saturating_mul(u64::from(bits));
        let (word, within) = (first.saturating_add(at / 32), u32::try_from(at % 32).unwrap_or(0));
        let low = self.word(word)?;
        let high = if within + bits > 32 { self.word(word.saturating_add(1))? } else { 0 };
        Ok(code(low, high, within, bits))
    }

    /// The byte at `place`.
    pub(crate) fn byte(&mut self, place: u64) -> Result<u8, WeightsError> {
        let [byte] = self.bytes(place)?;
        Ok(byte)
    }

    /// The integer at `place`; none where the tensor holds no integers of 32 or 64 bits.
    pub(crate) fn integer(&mut self, place: u64) -> Result<Option<i64>, WeightsError> {
        match self.side.encoding {
            Encoding::I32 => Ok(Some(i64::from(i32::from_le_bytes(self.bytes(place.saturating_mul(4))?)))),
            Encoding::I64 => Ok(Some(i64::from_le_bytes(self.bytes(place.saturating_mul(8))?))),
            _ => Ok(None),
        }
    }

    fn bytes<const N: usize>(&mut self, at: u64) -> Result<[u8; N], WeightsError> {
        if let Some(held) = self.held(at) {
            return Ok(held);
        }
        let left = self.side.extent.bytes.saturating_sub(at).min(WINDOW_BYTES);
        let length = usize::try_from(left).unwrap_or(0);
        if let Some(file) = self.file.filter(|_| length >= N) {
            self.window = file.take(self.side.extent.offset.saturating_add(at), length)?;
            self.start = at;
        }
        Ok(self.held(at).unwrap_or([0; N]))
    }

    fn held<const N: usize>(&self, at: u64) -> Option<[u8; N]> {
        let from = usize::try_from(at.checked_sub(self.start)?).ok()?;
        self.window.get(from..)?.first_chunk().copied()
    }
}
