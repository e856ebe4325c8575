//! How numbers are written: floating point, integers, and the blocks of GGML.

use crate::ggml::GgmlType;
use half::{bf16, f16};

/// How a tensor's numbers are written, little-endian.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Encoding {
    /// IEEE double.
    F64,
    /// IEEE single.
    F32,
    /// IEEE half.
    F16,
    /// The upper half of a single.
    Bf16,
    /// 8 bits, 4 of exponent (OCP E4M3FN: no infinities).
    F8E4m3,
    /// 8 bits, 5 of exponent (OCP E5M2).
    F8E5m2,
    /// Signed integers.
    I8,
    /// Signed integers.
    I16,
    /// Signed integers.
    I32,
    /// Signed integers.
    I64,
    /// Unsigned integers.
    U8,
    /// Unsigned integers.
    U16,
    /// Unsigned integers.
    U32,
    /// Unsigned integers.
    U64,
    /// A byte, 0 or 1.
    Bool,
    /// A block of GGML.
    Ggml(GgmlType),
}

impl Encoding {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::F8E4m3 => "F8_E4M3",
            Self::F8E5m2 => "F8_E5M2",
            Self::I8 => "I8",
            Self::I16 => "I16",
            Self::I32 => "I32",
            Self::I64 => "I64",
            Self::U8 => "U8",
            Self::U16 => "U16",
            Self::U32 => "U32",
            Self::U64 => "U64",
            Self::Bool => "BOOL",
            Self::Ggml(kind) => kind.name(),
        }
    }

    /// How many numbers are written together: 1, or a block's.
    pub fn block_elements(self) -> u64 {
        match self {
            Self::Ggml(kind) => kind.block_elements(),
            _ => 1,
        }
    }

    /// Bytes of one number, or of one block.
    pub fn block_bytes(self) -> u64 {
        match self {
            Self::F64 | Self::I64 | Self::U64 => 8,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => 2,
            Self::F8E4m3 | Self::F8E5m2 | Self::I8 | Self::U8 | Self::Bool => 1,
            Self::Ggml(kind) => kind.block_bytes(),
        }
    }

    /// Bytes of `elements` numbers; none where they do not fill whole blocks or are too many.
    pub fn bytes(self, elements: u64) -> Option<u64> {
        let blocks = elements / self.block_elements();
        elements.is_multiple_of(self.block_elements()).then(|| blocks.checked_mul(self.block_bytes()))?
    }

    /// Whether its numbers can be weights without a scale: floating point, or GGML's blocks.
    pub fn is_real(self) -> bool {
        match self {
            Self::F64 | Self::F32 | Self::F16 | Self::Bf16 | Self::F8E4m3 | Self::F8E5m2 => true,
            Self::Ggml(kind) => kind.can_decode(),
            Self::I8
            | Self::I16
            | Self::I32
            | Self::I64
            | Self::U8
            | Self::U16
            | Self::U32
            | Self::U64
            | Self::Bool => false,
        }
    }

    /// Writes the numbers of `bytes`, whole blocks, to `into`, as many as it holds. What is too large for a single
    /// becomes infinite.
    pub fn decode(self, bytes: &[u8], into: &mut [f32]) {
        match self {
            Self::F64 => each(bytes, into, |raw| narrow(f64::from_le_bytes(raw))),
            Self::F32 => each(bytes, into, f32::from_le_bytes),
            Self::F16 => each(bytes, into, |raw| f16::from_le_bytes(raw).to_f32()),
            Self::Bf16 => each(bytes, into, |raw| bf16::from_le_bytes(raw).to_f32()),
            Self::F8E4m3 => each(bytes, into, |[raw]: [u8; 1]| e4m3(raw)),
            // E5M2 is the upper half of an IEEE half.
            Self::F8E5m2 => each(bytes, into, |[raw]: [u8; 1]| f16::from_bits(u16::from(raw) << 8).to_f32()),
            Self::I8 => each(bytes, into, |raw| f32::from(i8::from_le_bytes(raw))),
            Self::I16 => each(bytes, into, |raw| f32::from(i16::from_le_bytes(raw))),
            Self::I32 => each(bytes, into, |raw| narrow(f64::from(i32::from_le_bytes(raw)))),
            Self::I64 => each(bytes, into, |raw| whole(i64::from_le_bytes(raw))),
            Self::U8 | Self::Bool => each(bytes, into, |[raw]: [u8; 1]| f32::from(raw)),
            Self::U16 => each(bytes, into, |raw| f32::from(u16::from_le_bytes(raw))),
            Self::U32 => each(bytes, into, |raw| narrow(f64::from(u32::from_le_bytes(raw)))),
            Self::U64 => {
                each(bytes, into, |raw| whole(i64::try_from(u64::from_le_bytes(raw)).unwrap_or(i64::MAX)));
            }
            Self::Ggml(kind) => kind.decode(bytes, into),
        }
    }
}

fn each<const N: usize>(bytes: &[u8], into: &mut [f32], number: impl Fn([u8; N]) -> f32) {
    for (raw, to) in bytes.as_chunks().0.iter().zip(into) {
        *to = number(*raw);
    }
}

/// The nearest single.
#[expect(clippy::cast_possible_truncation, reason = "the nearest single is what is wanted")]
pub(crate) fn narrow(number: f64) -> f32 {
    number as f32
}

#[expect(clippy::cast_precision_loss, reason = "the nearest single is what is wanted")]
fn whole(number: i64) -> f32 {
    number as f32
}

/// OCP 8-bit floating point, E4M3FN: bias 7, no infinities, all ones is no number.
fn e4m3(raw: u8) -> f32 {
    let (sign, exponent, fraction) = (u32::from(raw >> 7), u32::from((raw >> 3) & 0xF), raw & 7);
    if raw & 0x7F == 0x7F {
        return f32::NAN;
    }
    if exponent == 0 {
        let magnitude = f32::from(fraction) / 512.0;
        return if sign == 0 { magnitude } else { -magnitude };
    }
    f32::from_bits(sign << 31 | (exponent + 120) << 23 | u32::from(fraction) << 20)
}
