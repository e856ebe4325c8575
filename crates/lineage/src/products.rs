//! Dot products of the rows of two matrices, with the same bits on every machine and any number of threads.
//!
//! Each dot product is summed in eight lanes over blocks of 512 columns, the lanes in pairs, the blocks in order.
//! Nothing is fused and threads share no sum, so a result depends on its two rows alone. Where the processor has AVX the
//! eight lanes are one register, else two or more; the sums are the same.

use rayon::prelude::*;
use std::array::from_fn;
use wide::f32x8;

const LANES: usize = 8;
const BLOCK: usize = 512;
/// Rows of the first and the second matrix that are taken together, so that each loaded number is used more than once.
const FIRST: usize = 4;
const SECOND: usize = 2;
/// Rows of the second matrix that stay near while all of a share's rows pass.
const GROUP: usize = 8;
/// Rows of the first matrix that a thread takes at a time.
const SHARE: usize = 32;

/// `a` is n x `columns`, `b` is m x `columns`, both row after row; gives the n x m dot products, row after row.
pub fn products(a: &[f32], b: &[f32], columns: usize) -> Vec<f32> {
    let (n, m) = (rows(a, columns), rows(b, columns));
    let mut out = vec![0.0; n * m];
    if n == 0 || m == 0 {
        return out;
    }
    let share = a.par_chunks(SHARE * columns).zip(out.par_chunks_mut(SHARE * m));
    share.for_each(|(a, out)| share_of_products(a, b, columns, out));
    out
}

fn rows(matrix: &[f32], columns: usize) -> usize {
    matrix.len().checked_div(columns).unwrap_or(0)
}

fn share_of_products(a: &[f32], b: &[f32], columns: usize, out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx") {
        #[expect(unsafe_code, reason = "the instructions are there only on some processors")]
        // SAFETY: the feature that the function needs was found just above.
        return unsafe { x86::share_of_products(a, b, columns, out) };
    }
    share_by(a, b, columns, out, portable);
}

/// The share, its tiles by `tile`. Inlined, so that it is compiled for the instructions of whoever calls it.
#[inline(always)]
#[expect(clippy::inline_always, reason = "else the tile's registers are saved around every call")]
fn share_by(
    a: &[f32],
    b: &[f32],
    columns: usize,
    out: &mut [f32],
    tile: impl Fn([&[Lanes]; FIRST], [&[Lanes]; SECOND]) -> [[f32; SECOND]; FIRST],
) {
    let (n, m) = (rows(a, columns), rows(b, columns));
    let mut start = 0;
    while start < columns {
        let end = columns.min(start + BLOCK);
        for group in (0..m).step_by(GROUP) {
            let group = group..m.min(group + GROUP);
            for first in (0..n).step_by(FIRST) {
                for second in group.clone().step_by(SECOND) {
                    let is_whole = first + FIRST <= n && second + SECOND <= group.end;
                    if is_whole {
                        let left = from_fn(|row| block(a, columns, first + row, start, end));
                        let right = from_fn(|row| block(b, columns, second + row, start, end));
                        let mut sums =
                            tile(left.map(|row| row.as_chunks().0), right.map(|row| row.as_chunks().0));
                        add_rest(&mut sums, left, right);
                        for (row, sums) in sums.iter().enumerate() {
                            let at = (first + row) * m + second;
                            let own = out.get_mut(at..at + SECOND).unwrap_or_default();
                            own.iter_mut().zip(sums).for_each(|(own, sum)| *own += sum);
                        }
                        continue;
                    }
                    for row in first..n.min(first + FIRST) {
                        for column in second..group.end.min(second + SECOND) {
                            let left = block(a, columns, row, start, end);
                            let right = block(b, columns, column, start, end);
                            if let Some(own) = out.get_mut(row * m + column) {
                                *own += single(left, right);
                            }
                        }
                    }
                }
            }
        }
        start = end;
    }
}

/// What columns behind the last eight add to a tile.
fn add_rest(sums: &mut [[f32; SECOND]; FIRST], left: [&[f32]; FIRST], right: [&[f32]; SECOND]) {
    for (sums, left) in sums.iter_mut().zip(left) {
        for (sum, right) in sums.iter_mut().zip(right) {
            *sum += rest(left, right);
        }
    }
}

/// The numbers `start..end` of a row.
fn block(matrix: &[f32], columns: usize, row: usize, start: usize, end: usize) -> &[f32] {
    matrix.get(row * columns + start..row * columns + end).unwrap_or_default()
}

type Lanes = [f32; LANES];

#[expect(clippy::many_single_char_names, reason = "rows of a and b, as in the algebra")]
fn portable([p, q, r, s]: [&[Lanes]; FIRST], [x, y]: [&[Lanes]; SECOND]) -> [[f32; SECOND]; FIRST] {
    let mut lanes = [[f32x8::ZERO; SECOND]; FIRST];
    let [[px, py], [qx, qy], [rx, ry], [sx, sy]] = &mut lanes;
    for (((((p, q), r), s), x), y) in p.iter().zip(q).zip(r).zip(s).zip(x).zip(y) {
        let (x, y) = (f32x8::new(*x), f32x8::new(*y));
        let [p, q, r, s] = [p, q, r, s].map(|row| f32x8::new(*row));
        (*px, *py) = (*px + p * x, *py + p * y);
        (*qx, *qy) = (*qx + q * x, *qy + q * y);
        (*rx, *ry) = (*rx + r * x, *ry + r * y);
        (*sx, *sy) = (*sx + s * x, *sy + s * y);
    }
    lanes.map(|lanes| lanes.map(|lanes| fold(lanes.to_array())))
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{FIRST, Lanes, SECOND, share_by};
    use std::arch::x86_64::{
        __m128, __m256, _mm_add_ps, _mm256_add_ps, _mm256_castps256_ps128, _mm256_extractf128_ps,
        _mm256_hadd_ps, _mm256_mul_ps, _mm256_setr_ps, _mm256_setzero_ps,
    };

    /// The same sums as the portable ones, eight lanes in a register.
    #[target_feature(enable = "avx")]
    pub(super) fn share_of_products(a: &[f32], b: &[f32], columns: usize, out: &mut [f32]) {
        share_by(a, b, columns, out, |left, right| tile(left, right));
    }

    #[inline]
    #[target_feature(enable = "avx")]
    #[expect(clippy::many_single_char_names, reason = "rows of a and b, as in the algebra")]
    pub(super) fn tile(
        [p, q, r, s]: [&[Lanes]; FIRST],
        [x, y]: [&[Lanes]; SECOND],
    ) -> [[f32; SECOND]; FIRST] {
        let zero = _mm256_setzero_ps();
        let [mut px, mut py, mut qx, mut qy, mut rx, mut ry, mut sx, mut sy] = [zero; FIRST * SECOND];
        for (((((p, q), r), s), x), y) in p.iter().zip(q).zip(r).zip(s).zip(x).zip(y) {
            let (x, y) = (load(x), load(y));
            let row = load(p);
            (px, py) = (plus(px, row, x), plus(py, row, y));
            let row = load(q);
            (qx, qy) = (plus(qx, row, x), plus(qy, row, y));
            let row = load(r);
            (rx, ry) = (plus(rx, row, x), plus(ry, row, y));
            let row = load(s);
            (sx, sy) = (plus(sx, row, x), plus(sy, row, y));
        }
        let [p, q] = folded(px, py, qx, qy);
        let [r, s] = folded(rx, ry, sx, sy);
        [p, q, r, s]
    }

    /// The sums of the lanes of four registers, in the order of [`fold`](super::fold).
    #[inline]
    #[target_feature(enable = "avx")]
    fn folded(a: __m256, b: __m256, c: __m256, d: __m256) -> [[f32; SECOND]; 2] {
        let quarters = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
        let sums: __m128 = _mm_add_ps(_mm256_castps256_ps128(quarters), _mm256_extractf128_ps::<1>(quarters));
        bytemuck::cast(sums)
    }

    #[inline]
    #[target_feature(enable = "avx")]
    #[expect(clippy::many_single_char_names, reason = "lanes")]
    fn load(row: &Lanes) -> __m256 {
        let [a, b, c, d, e, f, g, h] = *row;
        _mm256_setr_ps(a, b, c, d, e, f, g, h)
    }

    #[inline]
    #[target_feature(enable = "avx")]
    fn plus(sum: __m256, x: __m256, y: __m256) -> __m256 {
        _mm256_add_ps(sum, _mm256_mul_ps(x, y))
    }
}

/// The dot product of two rows, of one block: the same bits as in a tile.
fn single(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = f32x8::ZERO;
    for (x, y) in left.as_chunks().0.iter().zip(right.as_chunks().0) {
        lanes += f32x8::new(*x) * f32x8::new(*y);
    }
    fold(lanes.to_array()) + rest(left, right)
}

fn rest(left: &[f32], right: &[f32]) -> f32 {
    let (left, right) = (left.as_chunks::<LANES>().1, right.as_chunks::<LANES>().1);
    left.iter().zip(right).map(|(x, y)| x * y).sum()
}

#[expect(clippy::many_single_char_names, reason = "lanes")]
fn fold([a, b, c, d, e, f, g, h]: Lanes) -> f32 {
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(seed: usize) -> f32 {
        let mixed = (seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        mixed as f32 / (1 << 24) as f32 - 0.5
    }

    #[test]
    fn products_are_those_of_a_plain_sum_for_any_shape() {
        for (n, m, columns) in [(1, 1, 1), (4, 2, 8), (5, 3, 7), (33, 9, 513), (70, 66, 1030)] {
            let a: Vec<f32> = (0..n * columns).map(number).collect();
            let b: Vec<f32> = (0..m * columns).map(|seed| number(seed + 77)).collect();
            let found = products(&a, &b, columns);
            for i in 0..n {
                for j in 0..m {
                    let exact: f64 = (0..columns)
                        .map(|k| f64::from(a[i * columns + k]) * f64::from(b[j * columns + k]))
                        .sum();
                    assert!(
                        (f64::from(found[i * m + j]) - exact).abs() < 1e-4,
                        "{n} {m} {columns} at {i}, {j}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_processors_own_lanes_give_the_bits_of_the_portable_ones() {
        let columns = 509;
        let rows: Vec<f32> = (0..6 * columns).map(number).collect();
        let row = |row: usize| &rows[row * columns..(row + 1) * columns];
        let (left, right) = ([0, 1, 2, 3].map(row), [4, 5].map(row));
        let mut plain = portable(left.map(|row| row.as_chunks().0), right.map(|row| row.as_chunks().0));
        add_rest(&mut plain, left, right);
        assert_eq!(products(&rows[..4 * columns], &rows[4 * columns..], columns), plain.concat());
    }

    #[test]
    fn a_product_depends_on_its_two_rows_alone() {
        let columns = 700;
        let a: Vec<f32> = (0..67 * columns).map(number).collect();
        let b: Vec<f32> = (0..45 * columns).map(|seed| number(seed + 5)).collect();
        let all = products(&a, &b, columns);
        for (i, row) in a.chunks(columns).enumerate() {
            assert_eq!(products(row, &b, columns), all[i * 45..(i + 1) * 45], "row {i}");
        }
    }
}
