//! IEEE 754 binary16 to and from binary32, which GGUF's quantisation scales are kept in.

/// The value of a binary16.
pub(super) fn to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = u32::from(bits & 0x3ff);
    match exponent {
        0 => {
            // Subnormal: a multiple of 2^-24, exact in binary32.
            #[expect(clippy::cast_precision_loss, reason = "ten bits")]
            let magnitude = fraction as f32 / 16_777_216.0;
            f32::from_bits(sign | magnitude.to_bits())
        }
        31 => f32::from_bits(sign | 0x7f80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent + 112) << 23) | (fraction << 13)),
    }
}

/// The nearest binary16, ties to even; values too large become the largest finite one.
pub(super) fn from_f32(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = u16::try_from(bits >> 16 & 0x8000).unwrap_or_default();
    let magnitude = f32::from_bits(bits & 0x7fff_ffff);
    if magnitude.is_nan() {
        return sign | 0x7e00;
    }
    if magnitude >= 65_504.0 {
        return sign | 0x7bff;
    }
    let shifted = if magnitude < 6.103_515_6e-5 {
        // Adding 1/2 leaves the multiple of 2^-24 in the low bits, rounded by the addition itself.
        (magnitude + 0.5).to_bits() - 0.5_f32.to_bits()
    } else {
        let bits = magnitude.to_bits() - (112 << 23);
        (bits + 0xfff + (bits >> 13 & 1)) >> 13
    };
    sign | u16::try_from(shifted).unwrap_or(0x7bff).min(0x7bff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_half_survives_the_way_there_and_back() {
        for bits in 0..=u16::MAX {
            if bits >> 10 & 0x1f != 31 {
                assert_eq!(from_f32(to_f32(bits)), bits, "{bits:#06x}");
            }
        }
    }

    #[test]
    fn values_between_two_halves_go_to_the_nearer_and_ties_to_even() {
        assert_eq!(from_f32(1.0 + 1.0 / 2048.0), 0x3c00);
        assert_eq!(from_f32(1.0 + 3.0 / 2048.0), 0x3c02);
        assert_eq!(from_f32(1.0 + 1.1 / 2048.0), 0x3c01);
        assert_eq!(from_f32(1e9), 0x7bff);
        assert_eq!(from_f32(-1e-9), 0x8000);
        assert_eq!(to_f32(0x3555).to_bits(), 0.333_251_95_f32.to_bits());
    }
}
