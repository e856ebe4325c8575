//! Dot products of the rows of two matrices, with the same bits on every machine and any number of threads.
//!
//! Each dot product is summed in eight lanes over blocks of 512 columns, the lanes in pairs, the blocks in order.
//! Nothing is fused and threads share no sum, so a result depends on its two rows alone. Where the processor has AVX the
//! eight lanes are one register, else two or more; the sums are the same.

use rayon::prelude::*;
use wide::f32x8;

const LANES: usize = 8;
const BLOCK: usize = 512;
/// Rows of the first and the second matrix that are taken together, so that each loaded number is used more than once.
const FIRST: usize = 4;
const SECOND: usize = 2;
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

#[expect(clippy::many_single_char_names, reason = "rows of a and b, as in the algebra")]
fn share_of_products(a: &[f32], b: &[f32], columns: usize, out: &mut [f32]) {
    let m = rows(b, columns);
    let mut start = 0;
    while start < columns {
        let end = columns.min(start + BLOCK);
        let part = |row| block(row, start, end);
        for (a, out) in a.chunks(FIRST * columns).zip(out.chunks_mut(FIRST * m)) {
            let left: Vec<&[f32]> = a.chunks(columns).map(part).collect();
            for (number, b) in b.chunks(SECOND * columns).enumerate() {
                let right: Vec<&[f32]> = b.chunks(columns).map(part).collect();
                let column = number * SECOND;
                match (left.as_slice(), right.as_slice()) {
                    ([p, q, r, s], [x, y]) => {
                        let sums = tile([p, q, r, s], [x, y]);
                        for (out, [x, y]) in out.chunks_mut(m).zip(sums) {
                            add(out, column, x);
                            add(out, column + 1, y);
                        }
                    }
                    _ => {
                        for (out, left) in out.chunks_mut(m).zip(&left) {
                            for (offset, right) in right.iter().enumerate() {
                                add(out, column + offset, single(left, right));
                            }
                        }
                    }
                }
            }
        }
        start = end;
    }
}

fn block(row: &[f32], start: usize, end: usize) -> &[f32] {
    row.get(start..end).unwrap_or_default()
}

fn add(row: &mut [f32], column: usize, sum: f32) {
    if let Some(slot) = row.get_mut(column) {
        *slot += sum;
    }
}

type Lanes = [f32; LANES];

/// The dot products of four rows with two, of one block.
fn tile(left: [&[f32]; FIRST], right: [&[f32]; SECOND]) -> [[f32; SECOND]; FIRST] {
    let mut sums = lanes_of_tile(left, right).map(|lanes| lanes.map(fold));
    for (sums, left) in sums.iter_mut().zip(left) {
        for (sum, right) in sums.iter_mut().zip(right) {
            *sum += rest(left, right);
        }
    }
    sums
}

fn lanes_of_tile(left: [&[f32]; FIRST], right: [&[f32]; SECOND]) -> [[Lanes; SECOND]; FIRST] {
    let (left, right) = (left.map(|row| row.as_chunks().0), right.map(|row| row.as_chunks().0));
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx") {
        #[expect(unsafe_code, reason = "the instructions are there only on some processors")]
        // SAFETY: the feature that the function needs was found just above.
        return unsafe { x86::lanes_of_tile(left, right) };
    }
    portable(left, right)
}

#[expect(clippy::many_single_char_names, reason = "rows of a and b, as in the algebra")]
fn portable([p, q, r, s]: [&[Lanes]; FIRST], [x, y]: [&[Lanes]; SECOND]) -> [[Lanes; SECOND]; FIRST] {
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
    lanes.map(|lanes| lanes.map(f32x8::to_array))
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{FIRST, Lanes, SECOND};
    use std::arch::x86_64::{__m256, _mm256_add_ps, _mm256_mul_ps, _mm256_setr_ps, _mm256_setzero_ps};

    /// The same sums as the portable ones, eight lanes in a register.
    #[target_feature(enable = "avx")]
    #[expect(clippy::many_single_char_names, reason = "rows of a and b, as in the algebra")]
    pub(super) fn lanes_of_tile(
        [p, q, r, s]: [&[Lanes]; FIRST],
        [x, y]: [&[Lanes]; SECOND],
    ) -> [[Lanes; SECOND]; FIRST] {
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
        [[px, py], [qx, qy], [rx, ry], [sx, sy]].map(|lanes| lanes.map(bytemuck::cast))
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
        let columns = 517;
        let rows: Vec<f32> = (0..6 * columns).map(number).collect();
        let row = |row: usize| &rows[row * columns..(row + 1) * columns];
        let (left, right) = ([0, 1, 2, 3].map(row), [4, 5].map(row));
        let plain = portable(left.map(|row| row.as_chunks().0), right.map(|row| row.as_chunks().0));
        assert_eq!(lanes_of_tile(left, right), plain);
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
