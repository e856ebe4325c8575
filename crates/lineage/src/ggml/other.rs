//! Blocks whose numbers are levels of a list, entries of a grid, or of three values: GGML's `IQ`, `TQ` and `FP4`
//! types, laid out as in `ggml-common.h`.

use super::{BITS, field, grids, half_at, nibbles, pairs};
use half::f16;
use std::array::from_fn;

/// The levels of `IQ4_NL` and `IQ4_XS`, constants of the format.
const UNEVEN: [f32; 16] = [
    -127.0, -104.0, -83.0, -65.0, -49.0, -35.0, -22.0, -10.0, 1.0, 13.0, 25.0, 38.0, 53.0, 69.0, 89.0, 113.0,
];

/// The numbers of OCP's E2M1, doubled; every scale is halved for it. GGML has no negative zero.
const E2M1: [f32; 16] =
    [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 0.0, -1.0, -2.0, -3.0, -4.0, -6.0, -8.0, -12.0];

/// The levels of the `IQ2_*` grids; none has the fourth.
const IQ2_LEVELS: [f32; 4] = [8.0, 25.0, 43.0, 0.0];

/// The levels of the grid of `IQ3_XXS`; the last is not the next in the row.
const IQ3_XXS_LEVELS: [f32; 8] = [4.0, 12.0, 20.0, 28.0, 36.0, 44.0, 52.0, 62.0];

/// The levels of the grid of `IQ3_S`.
const IQ3_S_LEVELS: [f32; 8] = [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0];

/// The levels of the grid of `IQ1_S` and `IQ1_M`; it has no fourth.
const IQ1_LEVELS: [f32; 4] = [-1.0, 0.0, 1.0, 0.0];

pub(super) fn iq4_nl(block: &[u8; 18], to: &mut [f32; 32]) {
    let scale = half_at::<0, _>(block);
    nibbles(field::<2, 16, _>(block), to, |number| scale * look_up(&UNEVEN, number & 15));
}

pub(super) fn iq4_xs(block: &[u8; 136], to: &mut [f32; 256]) {
    let scale = half_at::<0, _>(block);
    let mut steps = [0_u8; 8];
    for ([first, second], &lower) in steps.as_chunks_mut::<2>().0.iter_mut().zip(field::<4, 4, _>(block)) {
        (*first, *second) = (lower & 15, lower >> 4);
    }
    for (steps, &upper) in steps.as_chunks_mut::<4>().0.iter_mut().zip(field::<2, 2, _>(block)) {
        for (step, shift) in steps.iter_mut().zip([0, 2, 4, 6]) {
            *step |= ((upper >> shift) & 3) << 4;
        }
    }
    let parts = to.as_chunks_mut::<32>().0.iter_mut().zip(field::<8, 128, _>(block).as_chunks::<16>().0);
    for ((to, packed), &step) in parts.zip(&steps) {
        let scale = scale * (f32::from(step) - 32.0);
        nibbles(packed, to, |number| scale * look_up(&UNEVEN, number & 15));
    }
}

pub(super) fn tq1_0(block: &[u8; 54], to: &mut [f32; 256]) {
    let scale = half_at::<52, _>(block);
    let (first, rest) = to.split_at_mut(160);
    let (second, third) = rest.split_at_mut(80);
    thirds(scale, field::<0, 32, _>(block), first);
    thirds(scale, field::<32, 16, _>(block), second);
    thirds(scale, field::<48, 4, _>(block), third);
}

pub(super) fn tq2_0(block: &[u8; 66], to: &mut [f32; 256]) {
    let scale = half_at::<64, _>(block);
    for (to, &number) in to.iter_mut().zip(&pairs(field::<0, 64, _>(block))) {
        *to = (f32::from(number) - 1.0) * scale;
    }
}

pub(super) fn mxfp4(block: &[u8; 17], to: &mut [f32; 32]) {
    let [exponent, ..] = *block;
    // Half of a power of two; the two smallest are below the normal numbers.
    let bits = if exponent < 2 { 0x0020_0000_u32 << exponent } else { (u32::from(exponent) - 1) << 23 };
    let scale = f32::from_bits(bits);
    nibbles(field::<1, 16, _>(block), to, |number| look_up(&E2M1, number & 15) * scale);
}

pub(super) fn nvfp4(block: &[u8; 36], to: &mut [f32; 64]) {
    let parts = to.as_chunks_mut::<16>().0.iter_mut().zip(field::<4, 32, _>(block).as_chunks::<8>().0);
    for ((to, packed), &scale) in parts.zip(field::<0, 4, _>(block)) {
        let scale = half_of_e4m3(scale);
        nibbles(packed, to, |number| look_up(&E2M1, number & 15) * scale);
    }
}

pub(super) fn iq2_xxs(block: &[u8; 66], to: &mut [f32; 256]) {
    let scale = half_at::<0, _>(block);
    let parts = to.as_chunks_mut::<32>().0.iter_mut().zip(field::<2, 64, _>(block).as_chunks::<8>().0);
    for (to, packed) in parts {
        let signs = u32::from_le_bytes(*field::<4, 4, _>(packed));
        let scale = scale * (0.5 + upper_four(signs)) * 0.25;
        let entries = to.as_chunks_mut::<8>().0.iter_mut().zip(field::<0, 4, _>(packed));
        for ((to, &entry), shift) in entries.zip([0, 7, 14, 21]) {
            let levels = eight::<2, _>(look_up(&grids::IQ2_XXS, entry).into(), &IQ2_LEVELS);
            write_signed(to, scale, &levels, eighth_sign(signs >> shift));
        }
    }
}

pub(super) fn iq2_xs(block: &[u8; 74], to: &mut [f32; 256]) {
    let scale = half_at::<0, _>(block);
    let parts = to.as_chunks_mut::<32>().0.iter_mut().zip(field::<2, 64, _>(block).as_chunks::<8>().0);
    for ((to, packed), &step) in parts.zip(field::<66, 8, _>(block)) {
        let entries = to.as_chunks_mut::<8>().0.iter_mut().zip(packed.as_chunks::<2>().0);
        for ((to, &[lower, upper]), step) in entries.zip([step & 15, step & 15, step >> 4, step >> 4]) {
            let scale = scale * (0.5 + f32::from(step)) * 0.25;
            let entry = u16::from_le_bytes([lower, upper & 1]);
            let levels = eight::<2, _>(look_up(&grids::IQ2_XS, entry).into(), &IQ2_LEVELS);
            write_signed(to, scale, &levels, eighth_sign(u32::from(upper >> 1)));
        }
    }
}

pub(super) fn iq2_s(block: &[u8; 82], to: &mut [f32; 256]) {
    let scale = half_at::<0, _>(block);
    let lower = field::<2, 32, _>(block).as_chunks::<4>().0;
    let signs = field::<34, 32, _>(block).as_chunks::<4>().0;
    let shared = field::<66, 8, _>(block).iter().zip(field::<74, 8, _>(block));
    let parts = to.as_chunks_mut::<32>().0.iter_mut().zip(lower).zip(signs).zip(shared);
    for (((to, lower), signs), (&upper, &step)) in parts {
        let steps = [step & 15, step & 15, step >> 4, step >> 4];
        let entries = to.as_chunks_mut::<8>().0.iter_mut().zip(lower).zip(signs);
        for ((((to, &lower), &signs), step), shift) in entries.zip(steps).zip([0, 2, 4, 6]) {
            let scale = scale * (0.5 + f32::from(step)) * 0.25;
            let entry = u16::from_le_bytes([lower, (upper >> shift) & 3]);
            let levels = eight::<2, _>(look_up(&grids::IQ2_S, entry).into(), &IQ2_LEVELS);
            write_signed(to, scale, &levels, signs);
        }
    }
}

pub(super) fn iq3_xxs(block: &[u8; 98], to: &mut [f32; 256]) {
    let scale = half_at::<0, _>(block);
    let signs = field::<66, 32, _>(block).as_chunks::<4>().0;
    let parts = to.as_chunks_mut::<32>().0.iter_mut().zip(field::<2, 64, _>(block).as_chunks::<8>().0);
    for ((to, packed), &signs) in parts.zip(signs) {
        let signs = u32::from_le_bytes(signs);
        let scale = scale * (0.5 + upper_four(signs)) * 0.5;
        let entries = to.as_chunks_mut::<8>().0.iter_mut().zip(packed.as_chunks::<2>().0);
        for ((to, &[first, second]), shift) in entries.zip([0, 7, 14, 21]) {
            let (first, second) = (look_up(&grids::IQ3_XXS, first), look_up(&grids::IQ3_XXS, second));
            let levels = eight::<3, _>(two_fours(first, second), &IQ3_XXS_LEVELS);
            write_signed(to, scale, &levels, eighth_sign(signs >> shift));
        }
    }
}

pub(super) fn iq3_s(block: &[u8; 110], to: &mut [f32; 256]) {
    let scale = half_at::<0, _>(block);
    let lower = field::<2, 64, _>(block).as_chunks::<8>().0;
    let signs = field::<74, 32, _>(block).as_chunks::<4>().0;
    let steps = field::<106, 4, _>(block).iter().flat_map(|&step| [step & 15, step >> 4]);
    let parts = to.as_chunks_mut::<32>().0.iter_mut().zip(lower).zip(signs).zip(field::<66, 8, _>(block));
    for ((((to, lower), signs), &upper), step) in parts.zip(steps) {
        let scale = scale * (1.0 + 2.0 * f32::from(step));
        let entries = to.as_chunks_mut::<8>().0.iter_mut().zip(lower.as_chunks::<2>().0).zip(signs);
        for (((to, &[first, second]), &signs), shift) in entries.zip([0, 2, 4, 6]) {
            let upper = upper >> shift;
            let first = look_up(&grids::IQ3_S, u16::from_le_bytes([first, upper & 1]));
            let second = look_up(&grids::IQ3_S, u16::from_le_bytes([second, (upper >> 1) & 1]));
            let levels = eight::<3, _>(two_fours(first, second), &IQ3_S_LEVELS);
            write_signed(to, scale, &levels, signs);
        }
    }
}

pub(super) fn iq1_s(block: &[u8; 50], to: &mut [f32; 256]) {
    let scale = half_at::<0, _>(block);
    let lower = field::<2, 32, _>(block).as_chunks::<4>().0;
    let shared = field::<34, 16, _>(block).as_chunks::<2>().0;
    for ((to, lower), &shared) in to.as_chunks_mut::<32>().0.iter_mut().zip(lower).zip(shared) {
        let shared = u16::from_le_bytes(shared);
        let scale = scale * (2.0 * f32::from((shared >> 12) & 7) + 1.0);
        let shift = if shared & 0x8000 == 0 { 0.125 } else { -0.125 };
        let entries = to.as_chunks_mut::<8>().0.iter_mut().zip(lower);
        for ((to, &lower), upper) in entries.zip([0, 3, 6, 9]) {
            write_shifted(to, scale, u16::from(lower) | (((shared >> upper) & 7) << 8), shift);
        }
    }
}

pub(super) fn iq1_m(block: &[u8; 56], to: &mut [f32; 256]) {
    let packed = field::<48, 8, _>(block);
    // The scale is in the upper four bits of each of four words, the lowest first.
    let [_, first, _, second, _, third, _, fourth] = *packed;
    let scale = [(first >> 4) | (second & 0xF0), (third >> 4) | (fourth & 0xF0)];
    let scale = f16::from_le_bytes(scale).to_f32();
    let lower = field::<0, 32, _>(block).as_chunks::<8>().0;
    let upper = field::<32, 16, _>(block).as_chunks::<4>().0;
    let parts = to.as_chunks_mut::<64>().0.iter_mut().zip(lower).zip(upper).zip(packed.as_chunks::<2>().0);
    for (((to, lower), upper), &steps) in parts {
        let steps = u16::from_le_bytes(steps);
        let parts = to.as_chunks_mut::<16>().0.iter_mut().zip(lower.as_chunks::<2>().0).zip(upper);
        for (((to, lower), &upper), step) in parts.zip([0, 3, 6, 9]) {
            let scale = scale * (2.0 * f32::from((steps >> step) & 7) + 1.0);
            let entries = to.as_chunks_mut::<8>().0.iter_mut().zip(lower);
            for ((to, &lower), upper) in entries.zip([upper & 15, upper >> 4]) {
                let shift = if upper & 8 == 0 { 0.125 } else { -0.125 };
                write_shifted(to, scale, u16::from_le_bytes([lower, upper & 7]), shift);
            }
        }
    }
}

/// The entry of `table` at `index`; its zero where there is none, which no caller asks for.
fn look_up<T: Copy + Default, const N: usize>(table: &[T; N], index: impl Into<usize>) -> T {
    table.get(index.into()).copied().unwrap_or_default()
}

/// Numbers of three values, a byte's first in its highest digit to the base of 3. What a byte holds is a fraction of
/// 256, so that multiplying by 3 brings the digit up.
fn thirds<const N: usize>(scale: f32, packed: &[u8; N], to: &mut [f32]) {
    for (to, power) in to.as_chunks_mut::<N>().0.iter_mut().zip([1_u8, 3, 9, 27, 81]) {
        for (to, &byte) in to.iter_mut().zip(packed) {
            let digit = (u16::from(byte.wrapping_mul(power)) * 3) >> 8;
            *to = (f32::from(digit) - 1.0) * scale;
        }
    }
}

/// Half of an E4M3 whose sign is not looked at, as ggml reads it: what would be no number is zero.
fn half_of_e4m3(raw: u8) -> f32 {
    let (exponent, fraction) = (u32::from((raw >> 3) & 15), raw & 7);
    if raw == 0x7F {
        0.0
    } else if exponent == 0 {
        f32::from(fraction) / 1024.0
    } else {
        f32::from_bits((exponent + 119) << 23 | u32::from(fraction) << 20)
    }
}

/// The levels of an entry, or of two, with `WIDTH` bits each.
fn eight<const WIDTH: usize, const LEVELS: usize>(entry: u32, levels: &[f32; LEVELS]) -> [f32; 8] {
    const { assert!(LEVELS == 1 << WIDTH) };
    from_fn(|place| {
        let [code, ..] = (entry >> (WIDTH * place)).to_le_bytes();
        look_up(levels, usize::from(code) & (LEVELS - 1))
    })
}

/// Two entries of four numbers of 3 bits, as one of eight.
fn two_fours(first: u16, second: u16) -> u32 {
    u32::from(first) | u32::from(second) << 12
}

/// The upper 4 bits.
fn upper_four(packed: u32) -> f32 {
    let [.., highest] = packed.to_le_bytes();
    f32::from(highest >> 4)
}

/// Eight signs from the lowest seven bits: an even number of them is negative, which gives the eighth.
fn eighth_sign(packed: u32) -> u8 {
    let [signs, ..] = packed.to_le_bytes();
    let signs = signs & 0x7F;
    if signs.count_ones() % 2 == 0 { signs } else { signs | 0x80 }
}

/// Writes `scale` times each level, negative where its bit of `signs` is set.
fn write_signed(to: &mut [f32; 8], scale: f32, levels: &[f32; 8], signs: u8) {
    for ((to, level), &bit) in to.iter_mut().zip(levels).zip(&BITS) {
        let number = scale * level;
        *to = if signs & bit == 0 { number } else { -number };
    }
}

/// Writes `scale` times each level of an entry of the grid of three values, moved by `shift`.
fn write_shifted(to: &mut [f32; 8], scale: f32, entry: u16, shift: f32) {
    let levels = eight::<2, _>(look_up(&grids::IQ1_S, entry).into(), &IQ1_LEVELS);
    for (to, level) in to.iter_mut().zip(&levels) {
        *to = scale * (level + shift);
    }
}
