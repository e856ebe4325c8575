//! The block encodings of GGML, as GGUF files hold them: names, sizes, and how their numbers are read.

use crate::encoding::Encoding;
use half::f16;

mod grids;
mod k;
mod legacy;
mod other;

/// A type of GGML whose numbers are written in blocks, in the order of its ids.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum GgmlType {
    /// `Q4_0`: 32 numbers of 4 bits, one scale.
    Q4_0,
    /// `Q4_1`: 32 numbers of 4 bits, one scale and minimum.
    Q4_1,
    /// `Q5_0`: 32 numbers of 5 bits, one scale.
    Q5_0,
    /// `Q5_1`: 32 numbers of 5 bits, one scale and minimum.
    Q5_1,
    /// `Q8_0`: 32 numbers of 8 bits, one scale.
    Q8_0,
    /// `Q8_1`: 32 numbers of 8 bits, one scale and sum; GGML's own intermediate.
    Q8_1,
    /// `Q2_K`: 256 numbers of 2 bits, 16 scales and minima.
    Q2K,
    /// `Q3_K`: 256 numbers of 3 bits, 16 scales.
    Q3K,
    /// `Q4_K`: 256 numbers of 4 bits, 8 scales and minima.
    Q4K,
    /// `Q5_K`: 256 numbers of 5 bits, 8 scales and minima.
    Q5K,
    /// `Q6_K`: 256 numbers of 6 bits, 16 scales.
    Q6K,
    /// `Q8_K`: 256 numbers of 8 bits, one scale and 16 sums; GGML's own intermediate.
    Q8K,
    /// `IQ2_XXS`: 256 numbers by a grid of 256 entries, 8 scales.
    Iq2Xxs,
    /// `IQ2_XS`: 256 numbers by a grid of 512 entries, 16 scales.
    Iq2Xs,
    /// `IQ3_XXS`: 256 numbers by a grid of 256 entries, 8 scales.
    Iq3Xxs,
    /// `IQ1_S`: 256 numbers by a grid of 2,048 entries, 8 scales and shifts.
    Iq1S,
    /// `IQ4_NL`: 32 numbers of 16 uneven levels, one scale.
    Iq4Nl,
    /// `IQ3_S`: 256 numbers by a grid of 512 entries, 8 scales.
    Iq3S,
    /// `IQ2_S`: 256 numbers by a grid of 1,024 entries, 16 scales.
    Iq2S,
    /// `IQ4_XS`: 256 numbers of 16 uneven levels, 8 scales.
    Iq4Xs,
    /// `IQ1_M`: 256 numbers by a grid of 2,048 entries, 16 scales and 32 shifts.
    Iq1M,
    /// `TQ1_0`: 256 numbers of three levels, five of them a byte, one scale.
    Tq1_0,
    /// `TQ2_0`: 256 numbers of three levels, four of them a byte, one scale.
    Tq2_0,
    /// `MXFP4`: 32 numbers of OCP E2M1, one scale of E8M0.
    Mxfp4,
    /// `NVFP4`: 64 numbers of OCP E2M1, four scales of E4M3.
    Nvfp4,
    /// `Q1_0`: 128 signs, one scale.
    Q1_0,
    /// `Q2_0`: 64 numbers of 2 bits, one scale.
    Q2_0,
}

/// The encoding of the tensor type `id` of GGUF, plain or in blocks; none where GGML does not know the id, or has
/// removed it.
pub(crate) fn encoding_of(id: u32) -> Option<Encoding> {
    let block = match id {
        0 => return Some(Encoding::F32),
        1 => return Some(Encoding::F16),
        2 => GgmlType::Q4_0,
        3 => GgmlType::Q4_1,
        6 => GgmlType::Q5_0,
        7 => GgmlType::Q5_1,
        8 => GgmlType::Q8_0,
        9 => GgmlType::Q8_1,
        10 => GgmlType::Q2K,
        11 => GgmlType::Q3K,
        12 => GgmlType::Q4K,
        13 => GgmlType::Q5K,
        14 => GgmlType::Q6K,
        15 => GgmlType::Q8K,
        16 => GgmlType::Iq2Xxs,
        17 => GgmlType::Iq2Xs,
        18 => GgmlType::Iq3Xxs,
        19 => GgmlType::Iq1S,
        20 => GgmlType::Iq4Nl,
        21 => GgmlType::Iq3S,
        22 => GgmlType::Iq2S,
        23 => GgmlType::Iq4Xs,
        24 => return Some(Encoding::I8),
        25 => return Some(Encoding::I16),
        26 => return Some(Encoding::I32),
        27 => return Some(Encoding::I64),
        28 => return Some(Encoding::F64),
        29 => GgmlType::Iq1M,
        30 => return Some(Encoding::Bf16),
        34 => GgmlType::Tq1_0,
        35 => GgmlType::Tq2_0,
        39 => GgmlType::Mxfp4,
        40 => GgmlType::Nvfp4,
        41 => GgmlType::Q1_0,
        42 => GgmlType::Q2_0,
        _ => return None,
    };
    Some(Encoding::Ggml(block))
}

impl GgmlType {
    /// Its name in GGML's list of types, such as `Q4_K`.
    pub fn name(self) -> &'static str {
        self.layout().0
    }

    /// How many numbers a block holds.
    pub fn block_elements(self) -> u64 {
        self.layout().1
    }

    /// Bytes of a block.
    pub fn block_bytes(self) -> u64 {
        self.layout().2
    }

    /// Whether [`Self::decode`] knows it. Today it knows every type, those that GGML itself never stores too.
    pub fn can_decode(self) -> bool {
        true
    }

    /// Writes the numbers of the whole blocks in `bytes` to `into`, as many as it holds; what `bytes` lacks stays as it
    /// was. The numbers are those of ggml's `dequantize_row_*`, to the bit.
    pub fn decode(self, bytes: &[u8], into: &mut [f32]) {
        match self {
            Self::Q4_0 => each_block(bytes, into, legacy::q4_0),
            Self::Q4_1 => each_block(bytes, into, legacy::q4_1),
            Self::Q5_0 => each_block(bytes, into, legacy::q5_0),
            Self::Q5_1 => each_block(bytes, into, legacy::q5_1),
            Self::Q8_0 => each_block(bytes, into, legacy::q8_0),
            Self::Q8_1 => each_block(bytes, into, legacy::q8_1),
            Self::Q2K => each_block(bytes, into, k::q2_k),
            Self::Q3K => each_block(bytes, into, k::q3_k),
            Self::Q4K => each_block(bytes, into, k::q4_k),
            Self::Q5K => each_block(bytes, into, k::q5_k),
            Self::Q6K => each_block(bytes, into, k::q6_k),
            Self::Q8K => each_block(bytes, into, k::q8_k),
            Self::Iq2Xxs => each_block(bytes, into, other::iq2_xxs),
            Self::Iq2Xs => each_block(bytes, into, other::iq2_xs),
            Self::Iq3Xxs => each_block(bytes, into, other::iq3_xxs),
            Self::Iq1S => each_block(bytes, into, other::iq1_s),
            Self::Iq4Nl => each_block(bytes, into, other::iq4_nl),
            Self::Iq3S => each_block(bytes, into, other::iq3_s),
            Self::Iq2S => each_block(bytes, into, other::iq2_s),
            Self::Iq4Xs => each_block(bytes, into, other::iq4_xs),
            Self::Iq1M => each_block(bytes, into, other::iq1_m),
            Self::Tq1_0 => each_block(bytes, into, other::tq1_0),
            Self::Tq2_0 => each_block(bytes, into, other::tq2_0),
            Self::Mxfp4 => each_block(bytes, into, other::mxfp4),
            Self::Nvfp4 => each_block(bytes, into, other::nvfp4),
            Self::Q1_0 => each_block(bytes, into, legacy::q1_0),
            Self::Q2_0 => each_block(bytes, into, legacy::q2_0),
        }
    }

    /// Name, numbers and bytes of a block.
    fn layout(self) -> (&'static str, u64, u64) {
        match self {
            Self::Q4_0 => ("Q4_0", 32, 18),
            Self::Q4_1 => ("Q4_1", 32, 20),
            Self::Q5_0 => ("Q5_0", 32, 22),
            Self::Q5_1 => ("Q5_1", 32, 24),
            Self::Q8_0 => ("Q8_0", 32, 34),
            Self::Q8_1 => ("Q8_1", 32, 36),
            Self::Q2K => ("Q2_K", 256, 84),
            Self::Q3K => ("Q3_K", 256, 110),
            Self::Q4K => ("Q4_K", 256, 144),
            Self::Q5K => ("Q5_K", 256, 176),
            Self::Q6K => ("Q6_K", 256, 210),
            Self::Q8K => ("Q8_K", 256, 292),
            Self::Iq2Xxs => ("IQ2_XXS", 256, 66),
            Self::Iq2Xs => ("IQ2_XS", 256, 74),
            Self::Iq3Xxs => ("IQ3_XXS", 256, 98),
            Self::Iq1S => ("IQ1_S", 256, 50),
            Self::Iq4Nl => ("IQ4_NL", 32, 18),
            Self::Iq3S => ("IQ3_S", 256, 110),
            Self::Iq2S => ("IQ2_S", 256, 82),
            Self::Iq4Xs => ("IQ4_XS", 256, 136),
            Self::Iq1M => ("IQ1_M", 256, 56),
            Self::Tq1_0 => ("TQ1_0", 256, 54),
            Self::Tq2_0 => ("TQ2_0", 256, 66),
            Self::Mxfp4 => ("MXFP4", 32, 17),
            Self::Nvfp4 => ("NVFP4", 64, 36),
            Self::Q1_0 => ("Q1_0", 128, 18),
            Self::Q2_0 => ("Q2_0", 64, 18),
        }
    }
}

/// Decodes block by block, the last one in part where `into` ends inside it.
fn each_block<const BYTES: usize, const ELEMENTS: usize>(
    bytes: &[u8],
    into: &mut [f32],
    decode: impl Fn(&[u8; BYTES], &mut [f32; ELEMENTS]),
) {
    let (blocks, _) = bytes.as_chunks::<BYTES>();
    let (whole, rest) = into.as_chunks_mut::<ELEMENTS>();
    for (block, to) in blocks.iter().zip(whole.iter_mut()) {
        decode(block, to);
    }
    if let Some(block) = blocks.get(whole.len())
        && !rest.is_empty()
    {
        let mut numbers = [0.0; ELEMENTS];
        decode(block, &mut numbers);
        for (to, number) in rest.iter_mut().zip(numbers) {
            *to = number;
        }
    }
}

/// The bits of a byte, lowest first.
const BITS: [u8; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// The `N` bytes at `AT` of a block; that they lie inside is checked when this is compiled.
fn field<const AT: usize, const N: usize, const BYTES: usize>(block: &[u8; BYTES]) -> &[u8; N] {
    const { assert!(AT + N <= BYTES) };
    let (_, rest) = block.split_at(AT);
    rest.first_chunk().unwrap_or(const { &[0; N] })
}

/// The half at `AT` of a block.
fn half_at<const AT: usize, const BYTES: usize>(block: &[u8; BYTES]) -> f32 {
    f16::from_le_bytes(*field::<AT, 2, BYTES>(block)).to_f32()
}

/// Unpacks two numbers of 4 bits a byte: first all lower ones, then all upper ones.
fn nibbles<T, const PACKED: usize, const ALL: usize>(
    packed: &[u8; PACKED],
    to: &mut [T; ALL],
    number: impl Fn(u8) -> T,
) {
    const { assert!(2 * PACKED == ALL) };
    let (lower, upper) = to.split_at_mut(PACKED);
    for ((lower, upper), &byte) in lower.iter_mut().zip(upper).zip(packed) {
        *lower = number(byte & 15);
        *upper = number(byte >> 4);
    }
}

/// Unpacks four numbers of 2 bits a byte: 32 bytes hold 128 numbers, the first 32 in their lowest bits.
fn pairs(packed: &[u8; 64]) -> [u8; 256] {
    let mut numbers = [0_u8; 256];
    for (numbers, packed) in numbers.as_chunks_mut::<128>().0.iter_mut().zip(packed.as_chunks::<32>().0) {
        for (numbers, shift) in numbers.as_chunks_mut::<32>().0.iter_mut().zip([0, 2, 4, 6]) {
            for (number, &byte) in numbers.iter_mut().zip(packed) {
                *number = (byte >> shift) & 3;
            }
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a failed assertion is the point of a test")]

    use super::{Encoding, GgmlType, encoding_of, grids};
    use serde::Deserialize;
    use sha2::{Digest, Sha256};
    use std::path::Path;

    #[derive(Deserialize)]
    struct Fixture {
        types: Vec<Kind>,
        grids: Vec<Grid>,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Kind {
        r#type: u32,
        name: String,
        block_elements: u64,
        block_bytes: u64,
    }

    #[derive(Deserialize)]
    struct Grid {
        name: String,
        sha256: String,
    }

    #[derive(Deserialize)]
    struct Case {
        r#type: u32,
        name: String,
        bytes: String,
        values_bits: String,
    }

    fn fixture() -> Fixture {
        let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
        let path = Path::new(&root).join("../../fixtures/lineage/ggml-blocks.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn from_hex(text: &str) -> Vec<u8> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        assert!(rest.is_empty());
        pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    /// Every type in blocks that an id below 64 stands for.
    fn block_types() -> Vec<GgmlType> {
        let kinds = (0..64).filter_map(|id| match encoding_of(id)? {
            Encoding::Ggml(kind) => Some(kind),
            _ => None,
        });
        kinds.collect()
    }

    /// Bits to compare; one NaN is as good as another.
    fn bits(number: f32) -> u32 {
        if number.is_nan() { u32::MAX } else { number.to_bits() }
    }

    fn size(of: u64) -> usize {
        usize::try_from(of).unwrap()
    }

    #[test]
    fn names_and_sizes_are_those_of_ggml() {
        for kind in fixture().types {
            let encoding = encoding_of(kind.r#type).unwrap();
            let found = (encoding.name(), encoding.block_elements(), encoding.block_bytes());
            assert_eq!(found, (kind.name.as_str(), kind.block_elements, kind.block_bytes));
        }
        let known = (0..64).filter(|id| encoding_of(*id).is_some()).count();
        assert_eq!(known, fixture().types.len());
        assert_eq!(encoding_of(u32::MAX), None);
    }

    #[test]
    fn numbers_are_those_of_ggml_to_the_bit() {
        let mut seen: Vec<GgmlType> = Vec::new();
        for case in fixture().cases {
            let Some(Encoding::Ggml(kind)) = encoding_of(case.r#type) else {
                panic!("{} is no type in blocks", case.name)
            };
            let bytes = from_hex(&case.bytes);
            let blocks = bytes.len() / size(kind.block_bytes());
            let mut numbers = vec![f32::NAN; blocks * size(kind.block_elements())];
            kind.decode(&bytes, &mut numbers);
            let found: Vec<u32> = numbers.iter().map(|number| number.to_bits()).collect();
            let expected = from_hex(&case.values_bits);
            let expected: Vec<u32> =
                expected.as_chunks::<4>().0.iter().map(|raw| u32::from_le_bytes(*raw)).collect();
            assert_eq!(kind.name(), case.name);
            assert_eq!(found, expected, "{}", case.name);
            seen.push(kind);
        }
        seen.sort();
        assert_eq!(seen, block_types());
    }

    #[test]
    fn grids_are_those_of_ggml() {
        for grid in fixture().grids {
            let entries: &[u16] = match grid.name.as_str() {
                "IQ2_XXS" => &grids::IQ2_XXS,
                "IQ2_XS" => &grids::IQ2_XS,
                "IQ2_S" => &grids::IQ2_S,
                "IQ3_XXS" => &grids::IQ3_XXS,
                "IQ3_S" => &grids::IQ3_S,
                "IQ1_S" => &grids::IQ1_S,
                _ => &[],
            };
            let bytes: Vec<u8> = entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
            assert_eq!(Sha256::digest(bytes).to_vec(), from_hex(&grid.sha256), "{}", grid.name);
        }
    }

    #[test]
    fn any_bytes_and_lengths_are_decoded_as_far_as_they_go() {
        for kind in block_types() {
            assert!(kind.can_decode());
            let (bytes, elements) = (size(kind.block_bytes()), size(kind.block_elements()));
            for byte in [0_u8, 1, 0x55, 0x80, 0xFF] {
                let source = vec![byte; 2 * bytes];
                let mut all = vec![0.0_f32; 2 * elements];
                kind.decode(&source, &mut all);
                for taken in [0, 1, bytes - 1, bytes, bytes + 1, 2 * bytes - 1, 2 * bytes] {
                    for wanted in [0, 1, elements - 1, elements, elements + 1, 2 * elements, 3 * elements] {
                        let mut numbers = vec![-7.5_f32; wanted];
                        kind.decode(source.get(..taken).unwrap(), &mut numbers);
                        let decoded = wanted.min(taken / bytes * elements);
                        let expected = all.iter().take(decoded).copied();
                        let expected = expected.chain(std::iter::repeat_n(-7.5_f32, wanted - decoded));
                        assert!(
                            numbers.into_iter().map(bits).eq(expected.map(bits)),
                            "{kind:?} of {byte}: {taken} bytes, {wanted} numbers"
                        );
                    }
                }
            }
        }
    }
}
