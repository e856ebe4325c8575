//! Where the codes of a packed matrix lie, and the codes of some of its rows.
//!
//! Layouts: `pack` of `AutoGPTQ` and `GPTQModel`, `gemm` of `AutoAWQ`, `pack-quantized` of compressed-tensors, and the
//! kernels of bitsandbytes.

use crate::encoding::Encoding;
use std::ops::Range;

/// Bytes of a word.
const WORD: u64 = 4;
/// AWQ's outputs in a word.
const EIGHT: u64 = 8;
/// Where in a word of AWQ each of eight neighbouring outputs lies, in bits.
const SHIFTS: [u32; 8] = [0, 16, 4, 20, 8, 24, 12, 28];

/// Where the code of each number of a matrix lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Codes {
    /// A number each of an encoding, row after row.
    Plain(Encoding),
    /// In words of neighbouring inputs; the same words of all outputs are side by side, and a number of 3 bits may lie
    /// in two words: GPTQ.
    Inputs {
        /// Of a code.
        bits: u32,
    },
    /// In words of eight neighbouring outputs, input after input: AWQ.
    Outputs,
    /// In words of neighbouring inputs, row after row: compressed-tensors.
    Rows {
        /// Of a code.
        bits: u32,
    },
    /// In halves of bytes, the upper one first, row after row; a code is a place in this list: bitsandbytes.
    Levels([f32; 16]),
}

/// Rows of a packed matrix that are wanted.
#[derive(Clone, Copy)]
pub(crate) struct Chosen<'a> {
    /// Outputs of the whole matrix.
    pub(crate) outputs: u64,
    /// Inputs of the whole matrix.
    pub(crate) inputs: u64,
    /// The rows, ascending, each once.
    pub(crate) rows: &'a [u64],
    /// So many inputs from the first.
    pub(crate) columns: u64,
}

/// Words that hold `count` codes of `bits` bits.
pub(crate) fn words(count: u64, bits: u32) -> u64 {
    count.saturating_mul(u64::from(bits)).div_ceil(32)
}

/// The code of `bits` bits, 8 at most, from bit `at` of words that follow each other.
pub(crate) fn code(low: u32, high: u32, at: u32, bits: u32) -> u8 {
    let both = u64::from(high) << 32 | u64::from(low);
    let [code, ..] = (both >> (at % 32) & ((1 << bits) - 1)).to_le_bytes();
    code
}

/// The code of output `row` in the word that AWQ packs it in.
pub(crate) fn interleaved(word: u32, row: u64) -> u8 {
    let within = usize::try_from(row % EIGHT).unwrap_or(0);
    code(word, 0, SHIFTS.get(within).copied().unwrap_or(0), 4)
}

impl Codes {
    /// The bytes within the tensor that hold what is wanted, apart from each other and in the order in which
    /// [`Codes::decode`] wants them.
    pub(crate) fn ranges(self, chosen: Chosen<'_>) -> Vec<Range<u64>> {
        let Chosen { outputs, inputs, rows, columns } = chosen;
        let by_rows = |row_bytes: u64, taken: u64| -> Vec<Range<u64>> {
            rows.iter().map(|row| row * row_bytes..row * row_bytes + taken).collect()
        };
        let word = |place: u64| place * WORD..(place + 1) * WORD;
        match self {
            Self::Plain(encoding) => {
                by_rows(inputs * encoding.block_bytes(), columns * encoding.block_bytes())
            }
            Self::Rows { bits } => by_rows(words(inputs, bits) * WORD, words(columns, bits) * WORD),
            Self::Levels(_) => by_rows(inputs / 2, columns.div_ceil(2)),
            Self::Inputs { bits } => {
                let all = (0..words(columns, bits))
                    .flat_map(|line| rows.iter().map(move |row| word(line * outputs + row)));
                all.collect()
            }
            Self::Outputs => {
                let eights = eights(rows);
                let all = (0..columns)
                    .flat_map(|line| eights.iter().map(move |eight| word(line * (outputs / EIGHT) + eight)));
                all.collect()
            }
        }
    }

    /// Writes the codes of row `place` among those that are wanted to `into`; `bytes` is what [`Codes::ranges`] covers.
    pub(crate) fn decode(self, chosen: Chosen<'_>, place: usize, bytes: &[u8], into: &mut [f32]) {
        let row_of = |taken: u64| {
            let taken = usize::try_from(taken).unwrap_or(0);
            bytes.get(place * taken..(place + 1) * taken).unwrap_or_default()
        };
        match self {
            Self::Plain(encoding) => {
                encoding.decode(row_of(chosen.columns * encoding.block_bytes()), into);
            }
            Self::Rows { bits } => {
                let row = row_of(words(chosen.columns, bits) * WORD);
                in_words(bits, into, |number| word_of(row, number));
            }
            Self::Levels(levels) => {
                let row = row_of(chosen.columns.div_ceil(2));
                let halves = row.iter().flat_map(|byte| [byte >> 4, byte & 15]);
                for (to, half) in into.iter_mut().zip(halves) {
                    *to = levels.get(usize::from(half)).copied().unwrap_or(f32::NAN);
                }
            }
            Self::Inputs { bits } => {
                let count = chosen.rows.len();
                in_words(bits, into, |number| word_of(bytes, number * count + place));
            }
            Self::Outputs => {
                let eights = eights(chosen.rows);
                let Some(row) = chosen.rows.get(place) else { return };
                let Ok(eight) = eights.binary_search(&(row / EIGHT)) else { return };
                for (line, to) in into.iter_mut().enumerate() {
                    let word = word_of(bytes, line * eights.len() + eight);
                    *to = f32::from(interleaved(word, *row));
                }
            }
        }
    }
}

/// The words of eight outputs that hold `rows`.
fn eights(rows: &[u64]) -> Vec<u64> {
    let mut eights: Vec<u64> = rows.iter().map(|row| row / EIGHT).collect();
    eights.dedup();
    eights
}

/// Codes one behind the other in words.
fn in_words(bits: u32, into: &mut [f32], word: impl Fn(usize) -> u32) {
    let mut at = 0_usize;
    let step = usize::try_from(bits).unwrap_or(0);
    for to in into {
        let shift = u32::try_from(at % 32).unwrap_or(0);
        let number = at / 32;
        let high = if shift + bits > 32 { word(number + 1) } else { 0 };
        *to = f32::from(code(word(number), high, shift, bits));
        at += step;
    }
}

/// The word at `place`; 0 behind the end.
fn word_of(bytes: &[u8], place: usize) -> u32 {
    let from = place.saturating_mul(4);
    bytes.get(from..).and_then(<[u8]>::first_chunk).map_or(0, |word| u32::from_le_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of a matrix of 16 outputs and 32 inputs, some number for each place.
    fn known(row: u64, column: u64, bits: u32) -> u8 {
        ((row * 7 + column * 5 + row * column) % (1 << bits)) as u8
    }

    fn put(words: &mut [u32], at: u64, bits: u32, code: u8) {
        for bit in 0..u64::from(bits) {
            let (word, within) = ((at + bit) / 32, (at + bit) % 32);
            words[word as usize] |= u32::from(code >> bit & 1) << within;
        }
    }

    /// Bit by bit, as the layouts are described.
    fn stored(codes: Codes) -> Vec<u8> {
        let mut words = vec![0_u32; 16 * 32];
        for row in 0..16 {
            for column in 0..32 {
                match codes {
                    Codes::Rows { bits } => {
                        let at = row * (32 * u64::from(bits)) + column * u64::from(bits);
                        put(&mut words, at, bits, known(row, column, bits));
                    }
                    Codes::Inputs { bits } => {
                        let code = known(row, column, bits);
                        for bit in 0..u64::from(bits) {
                            let at = column * u64::from(bits) + bit;
                            let word = (at / 32) * 16 + row;
                            words[word as usize] |= u32::from(code >> bit & 1) << (at % 32);
                        }
                    }
                    Codes::Outputs => {
                        let order = [0, 2, 4, 6, 1, 3, 5, 7];
                        let place = order.iter().position(|own| *own == row % 8).unwrap();
                        let at = (column * 2 + row / 8) * 32 + 4 * place as u64;
                        put(&mut words, at, 4, known(row, column, 4));
                    }
                    Codes::Levels(_) => {
                        let at = ((row * 32 + column) >> 1) * 8 + 4 * u64::from(column % 2 == 0);
                        put(&mut words, at, 4, known(row, column, 4));
                    }
                    Codes::Plain(_) => {}
                }
            }
        }
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn codes_of_some_rows_are_those_that_the_layout_says() {
        let levels: [f32; 16] = std::array::from_fn(|place| place as f32);
        let mut all = vec![Codes::Outputs, Codes::Levels(levels)];
        all.extend([2, 3, 4, 8].map(|bits| Codes::Inputs { bits }));
        all.extend([2, 4, 8].map(|bits| Codes::Rows { bits }));
        for codes in all {
            let bits = match codes {
                Codes::Inputs { bits } | Codes::Rows { bits } => bits,
                Codes::Outputs | Codes::Levels(_) | Codes::Plain(_) => 4,
            };
            let stored = stored(codes);
            for (rows, columns) in [(vec![0, 1, 2, 9, 15], 32), (vec![3], 1), ((0..16).collect(), 21)] {
                let chosen = Chosen { outputs: 16, inputs: 32, rows: &rows, columns };
                let ranges = codes.ranges(chosen);
                let wanted = ranges.iter().map(|range| &stored[range.start as usize..range.end as usize]);
                let bytes = wanted.collect::<Vec<_>>().concat();
                for (place, row) in rows.iter().enumerate() {
                    let mut found = vec![0.0; columns as usize];
                    codes.decode(chosen, place, &bytes, &mut found);
                    let expected: Vec<f32> =
                        (0..columns).map(|column| f32::from(known(*row, column, bits))).collect();
                    assert_eq!(found, expected, "row {row} of {codes:?}");
                }
            }
        }
    }
}
