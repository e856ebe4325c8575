//! Blocks of 256 numbers whose parts have scales of their own: GGML's K types, laid out as in `ggml-common.h`.

use super::{field, half_at, pairs};

pub(super) fn q2_k(block: &[u8; 84], to: &mut [f32; 256]) {
    let (scale, minimum) = (half_at::<80, _>(block), half_at::<82, _>(block));
    let numbers = pairs(field::<16, 64, _>(block));
    let parts = to.as_chunks_mut::<16>().0.iter_mut().zip(numbers.as_chunks::<16>().0);
    for ((to, numbers), &step) in parts.zip(field::<0, 16, _>(block)) {
        let (scale, minimum) = (scale * f32::from(step & 15), minimum * f32::from(step >> 4));
        for (to, &number) in to.iter_mut().zip(numbers) {
            *to = scale * f32::from(number) - minimum;
        }
    }
}

pub(super) fn q3_k(block: &[u8; 110], to: &mut [f32; 256]) {
    let scales = six_bits(field::<96, 4, _>(block), field::<100, 4, _>(block), field::<104, 4, _>(block));
    let scale = half_at::<108, _>(block);
    let mut numbers = pairs(field::<32, 64, _>(block));
    for (numbers, shift) in numbers.as_chunks_mut::<32>().0.iter_mut().zip(0..8) {
        for (number, &upper) in numbers.iter_mut().zip(field::<0, 32, _>(block)) {
            *number |= ((upper >> shift) & 1) << 2;
        }
    }
    let parts = to.as_chunks_mut::<16>().0.iter_mut().zip(numbers.as_chunks::<16>().0);
    for ((to, numbers), &step) in parts.zip(scales.as_flattened()) {
        let scale = scale * (f32::from(step) - 32.0);
        for (to, &number) in to.iter_mut().zip(numbers) {
            *to = scale * (f32::from(number) - 4.0);
        }
    }
}

pub(super) fn q4_k(block: &[u8; 144], to: &mut [f32; 256]) {
    let steps = steps(half_at::<0, _>(block), half_at::<2, _>(block), field::<4, 12, _>(block));
    let parts = to.as_chunks_mut::<64>().0.iter_mut().zip(field::<16, 128, _>(block).as_chunks::<32>().0);
    for ((to, packed), &[first, second]) in parts.zip(steps.as_chunks::<2>().0) {
        let (lower, upper) = to.split_at_mut(32);
        for ((lower, upper), &byte) in lower.iter_mut().zip(upper).zip(packed) {
            *lower = first.scale * f32::from(byte & 15) - first.minimum;
            *upper = second.scale * f32::from(byte >> 4) - second.minimum;
        }
    }
}

pub(super) fn q5_k(block: &[u8; 176], to: &mut [f32; 256]) {
    let steps = steps(half_at::<0, _>(block), half_at::<2, _>(block), field::<4, 12, _>(block));
    let fifths = field::<16, 32, _>(block);
    let parts = to.as_chunks_mut::<64>().0.iter_mut().zip(field::<48, 128, _>(block).as_chunks::<32>().0);
    for (((to, packed), &[first, second]), shift) in parts.zip(steps.as_chunks::<2>().0).zip([0, 2, 4, 6]) {
        let (lower, upper) = to.split_at_mut(32);
        for (((lower, upper), &byte), &fifth) in lower.iter_mut().zip(upper).zip(packed).zip(fifths) {
            let fifth = fifth >> shift;
            *lower = first.scale * f32::from((byte & 15) | ((fifth & 1) << 4)) - first.minimum;
            *upper = second.scale * f32::from((byte >> 4) | ((fifth & 2) << 3)) - second.minimum;
        }
    }
}

pub(super) fn q6_k(block: &[u8; 210], to: &mut [f32; 256]) {
    let scale = half_at::<208, _>(block);
    let halves = to.as_chunks_mut::<128>().0.iter_mut().zip(field::<192, 16, _>(block).as_chunks::<8>().0);
    let lower = field::<0, 128, _>(block).as_chunks::<32>().0.as_chunks::<2>().0;
    let upper = field::<128, 64, _>(block).as_chunks::<32>().0;
    for (((to, scales), [first, second]), upper) in halves.zip(lower).zip(upper) {
        let numbers = six_bits(first, second, upper);
        let parts = to.as_chunks_mut::<16>().0.iter_mut().zip(numbers.as_flattened().as_chunks::<16>().0);
        for ((to, numbers), &step) in parts.zip(scales) {
            let scale = scale * f32::from(step.cast_signed());
            for (to, &number) in to.iter_mut().zip(numbers) {
                *to = scale * (f32::from(number) - 32.0);
            }
        }
    }
}

/// The sums behind the numbers are for GGML's products alone.
pub(super) fn q8_k(block: &[u8; 292], to: &mut [f32; 256]) {
    let scale = f32::from_le_bytes(*field::<0, 4, _>(block));
    for (to, &number) in to.iter_mut().zip(field::<4, 256, _>(block)) {
        *to = scale * f32::from(number.cast_signed());
    }
}

/// What 32 numbers share.
#[derive(Clone, Copy)]
struct Step {
    scale: f32,
    minimum: f32,
}

/// The steps of `Q4_K` and `Q5_K`: scales and minima of 6 bits. The first four of each have their own bytes, whose
/// upper bits, with the last four bytes, make the other four.
fn steps(scale: f32, minimum: f32, packed: &[u8; 12]) -> [Step; 8] {
    let mut steps = [Step { scale, minimum }; 8];
    let (first, second) = steps.split_at_mut(4);
    let own = field::<0, 4, _>(packed).iter().zip(field::<4, 4, _>(packed));
    let bytes = own.zip(field::<8, 4, _>(packed));
    for ((first, second), ((&scales, &minima), &both)) in first.iter_mut().zip(second).zip(bytes) {
        first.scale *= f32::from(scales & 0x3F);
        first.minimum *= f32::from(minima & 0x3F);
        second.scale *= f32::from((both & 0xF) | ((scales >> 2) & 0x30));
        second.minimum *= f32::from((both >> 4) | ((minima >> 2) & 0x30));
    }
    steps
}

/// Numbers of 6 bits: the lower four of each in `first` and `second`, whose lower halves come before the upper ones,
/// and the upper two in `upper`.
fn six_bits<const N: usize>(first: &[u8; N], second: &[u8; N], upper: &[u8; N]) -> [[u8; N]; 4] {
    let mut numbers = [[0_u8; N]; 4];
    let parts = [(first, 0, 0), (second, 0, 2), (first, 4, 4), (second, 4, 6)];
    for (numbers, (lower, lower_shift, upper_shift)) in numbers.iter_mut().zip(parts) {
        for ((number, &lower), &upper) in numbers.iter_mut().zip(lower).zip(upper) {
            *number = ((lower >> lower_shift) & 15) | (((upper >> upper_shift) & 3) << 4);
        }
    }
    numbers
}
