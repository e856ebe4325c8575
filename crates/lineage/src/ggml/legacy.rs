//! Blocks with one scale: GGML's first types and its two smallest, laid out as in `ggml-common.h`.

use super::{BITS, field, half_at, nibbles};

pub(super) fn q4_0(block: &[u8; 18], to: &mut [f32; 32]) {
    let scale = half_at::<0, _>(block);
    nibbles(field::<2, 16, _>(block), to, |number| (f32::from(number) - 8.0) * scale);
}

pub(super) fn q4_1(block: &[u8; 20], to: &mut [f32; 32]) {
    let (scale, minimum) = (half_at::<0, _>(block), half_at::<2, _>(block));
    nibbles(field::<4, 16, _>(block), to, |number| f32::from(number) * scale + minimum);
}

pub(super) fn q5_0(block: &[u8; 22], to: &mut [f32; 32]) {
    let scale = half_at::<0, _>(block);
    let numbers = fifths(*field::<2, 4, _>(block), field::<6, 16, _>(block));
    for (to, &number) in to.iter_mut().zip(&numbers) {
        *to = (f32::from(number) - 16.0) * scale;
    }
}

pub(super) fn q5_1(block: &[u8; 24], to: &mut [f32; 32]) {
    let (scale, minimum) = (half_at::<0, _>(block), half_at::<2, _>(block));
    let numbers = fifths(*field::<4, 4, _>(block), field::<8, 16, _>(block));
    for (to, &number) in to.iter_mut().zip(&numbers) {
        *to = f32::from(number) * scale + minimum;
    }
}

pub(super) fn q8_0(block: &[u8; 34], to: &mut [f32; 32]) {
    bytes(half_at::<0, _>(block), field::<2, 32, _>(block), to);
}

/// The half between scale and numbers is their sum, which only GGML's products need.
pub(super) fn q8_1(block: &[u8; 36], to: &mut [f32; 32]) {
    bytes(half_at::<0, _>(block), field::<4, 32, _>(block), to);
}

pub(super) fn q1_0(block: &[u8; 18], to: &mut [f32; 128]) {
    let scale = half_at::<0, _>(block);
    for (to, &byte) in to.as_chunks_mut::<8>().0.iter_mut().zip(field::<2, 16, _>(block)) {
        for (to, &bit) in to.iter_mut().zip(&BITS) {
            *to = if byte & bit == 0 { -scale } else { scale };
        }
    }
}

pub(super) fn q2_0(block: &[u8; 18], to: &mut [f32; 64]) {
    let scale = half_at::<0, _>(block);
    for (to, &byte) in to.as_chunks_mut::<4>().0.iter_mut().zip(field::<2, 16, _>(block)) {
        for (to, shift) in to.iter_mut().zip([0, 2, 4, 6]) {
            *to = (f32::from((byte >> shift) & 3) - 1.0) * scale;
        }
    }
}

/// Numbers of 5 bits: four in `lower`, two numbers a byte, and the fifth in `upper`, eight numbers a byte.
fn fifths(upper: [u8; 4], lower: &[u8; 16]) -> [u8; 32] {
    let mut numbers = [0_u8; 32];
    nibbles(lower, &mut numbers, |number| number);
    for (numbers, upper) in numbers.as_chunks_mut::<8>().0.iter_mut().zip(upper) {
        for (number, &bit) in numbers.iter_mut().zip(&BITS) {
            *number |= if upper & bit == 0 { 0 } else { 16 };
        }
    }
    numbers
}

fn bytes(scale: f32, numbers: &[u8; 32], to: &mut [f32; 32]) {
    for (to, &number) in to.iter_mut().zip(numbers) {
        *to = f32::from(number.cast_signed()) * scale;
    }
}
