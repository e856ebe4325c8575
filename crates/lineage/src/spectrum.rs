//! How many directions a difference of matrices has, without taking it apart as a whole.
//!
//! A random sketch Y = D S of 64 columns has, almost surely, the rank of D up to 64, and its singular values fall where
//! D's do (Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM Review 53, 2011).

use crate::products::products;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Columns of the sketch, above which no rank is told.
pub const SKETCH: usize = 64;
/// By how much one singular value must exceed the next for the rank to end there.
const GAP: f64 = 8.0;
/// Ranks that near to the sketch's width are not told from full ones.
const MARGIN: usize = 8;

/// A sketch of a matrix that is given some rows at a time.
#[derive(Debug)]
pub struct Sketch {
    columns: usize,
    signs: Vec<f32>,
    gram: Vec<f64>,
}

impl Sketch {
    /// For a matrix with that many columns.
    pub fn new(columns: usize, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut bits = 0_u64;
        let signs = (0..SKETCH * columns).map(|place| {
            if place % 64 == 0 {
                bits = random.next_u64();
            }
            if (bits >> (place % 64)) & 1 == 0 { 1.0 } else { -1.0 }
        });
        Self { columns, signs: signs.collect(), gram: vec![0.0; SKETCH * SKETCH] }
    }

    /// Takes more rows of the matrix.
    pub fn add(&mut self, rows: &[f32]) {
        let sketched = products(rows, &self.signs, self.columns);
        for row in sketched.chunks(SKETCH) {
            for (line, x) in self.gram.chunks_mut(SKETCH).zip(row) {
                for (sum, y) in line.iter_mut().zip(row) {
                    *sum += f64::from(*x) * f64::from(*y);
                }
            }
        }
    }

    /// The singular values of the sketch, from the largest on.
    pub fn singular_values(&self) -> Vec<f64> {
        let mut values = eigenvalues(self.gram.clone(), SKETCH);
        values.sort_by(|one, other| other.total_cmp(one));
        values.into_iter().map(|value| value.max(0.0).sqrt()).collect()
    }

    /// The rank, where singular values fall off sharply behind it; none where they do not.
    pub fn rank(&self) -> Option<usize> {
        let values = self.singular_values();
        let largest = values.first().copied().filter(|value| *value > 0.0)?;
        let fall = |place: usize| {
            let (one, next) = (values.get(place)?, values.get(place + 1)?);
            Some(one / next.max(largest * 1e-12))
        };
        let (place, gap) = (0..SKETCH - MARGIN)
            .filter_map(|place| Some((place, fall(place)?)))
            .max_by(|one, other| one.1.total_cmp(&other.1))?;
        (gap >= GAP).then_some(place + 1)
    }
}

/// Eigenvalues of a symmetric matrix by Jacobi's rotations, in cyclic order.
pub fn eigenvalues(mut matrix: Vec<f64>, n: usize) -> Vec<f64> {
    let at = |matrix: &[f64], row: usize, column: usize| matrix.get(row * n + column).copied().unwrap_or(0.0);
    for _ in 0..30 {
        let below = (0..n).flat_map(|row| (0..row).map(move |column| (row, column)));
        let off: f64 = below.map(|(row, column)| at(&matrix, row, column)).map(|value| value * value).sum();
        let all: f64 = matrix.iter().map(|value| value * value).sum();
        if off <= all * 1e-26 {
            break;
        }
        for first in 0..n {
            for second in first + 1..n {
                rotate(&mut matrix, n, first, second);
            }
        }
    }
    (0..n).map(|place| at(&matrix, place, place)).collect()
}

#[expect(clippy::many_single_char_names, reason = "as in the algebra")]
fn rotate(matrix: &mut [f64], n: usize, p: usize, q: usize) {
    let at = |matrix: &[f64], row: usize, column: usize| matrix.get(row * n + column).copied().unwrap_or(0.0);
    let apq = at(matrix, p, q);
    if apq == 0.0 {
        return;
    }
    let theta = (at(matrix, q, q) - at(matrix, p, p)) / (2.0 * apq);
    let sign = if theta < 0.0 { -1.0 } else { 1.0 };
    let tangent = sign / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    let set = |matrix: &mut [f64], row: usize, column: usize, value: f64| {
        if let Some(slot) = matrix.get_mut(row * n + column) {
            *slot = value;
        }
    };
    for k in 0..n {
        let (x, y) = (at(matrix, k, p), at(matrix, k, q));
        set(matrix, k, p, cosine * x - sine * y);
        set(matrix, k, q, sine * x + cosine * y);
    }
    for k in 0..n {
        let (x, y) = (at(matrix, p, k), at(matrix, q, k));
        set(matrix, p, k, cosine * x - sine * y);
        set(matrix, q, k, sine * x + cosine * y);
    }
}

/// Solves `matrix` x = `right` (n x n, symmetric and positive) by Gauss' elimination with pivots. None where it is
/// singular.
pub fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    let largest = matrix.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for step in 0..n {
        let pivot = (step..n).max_by(|one, other| {
            let size = |row: &usize| matrix.get(row * n + step).copied().unwrap_or(0.0).abs();
            size(one).total_cmp(&size(other))
        })?;
        for column in 0..n {
            matrix.swap(step * n + column, pivot * n + column);
        }
        right.swap(step, pivot);
        let head = matrix.get(step * n + step).copied().filter(|head| head.abs() > largest * 1e-12)?;
        let (above, below) = matrix.split_at_mut((step + 1) * n);
        let own = above.get(step * n..)?;
        let value = right.get(step).copied()?;
        for (row, rest) in below.chunks_mut(n).zip(right.get_mut(step + 1..)?) {
            let factor = row.get(step).copied()? / head;
            for (slot, own) in row.iter_mut().zip(own) {
                *slot -= factor * own;
            }
            *rest -= factor * value;
        }
    }
    let mut solved = vec![0.0; n];
    for step in (0..n).rev() {
        let row = matrix.get(step * n..(step + 1) * n)?;
        let known: f64 = row.iter().zip(&solved).skip(step + 1).map(|(x, y)| x * y).sum();
        let value = (right.get(step)? - known) / row.get(step)?;
        *solved.get_mut(step)? = value;
    }
    Some(solved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| random.next_u32() as f32 / u32::MAX as f32 - 0.5).collect()
    }

    fn low_rank(rows: usize, columns: usize, rank: usize, noise: f32) -> Vec<f32> {
        // b is columns x rank, so that products are rows x columns.
        let (a, b) = (random(rows * rank, 1), random(columns * rank, 2));
        let grain = random(rows * columns, 3);
        products(&a, &b, rank).iter().zip(grain).map(|(value, grain)| value + noise * grain).collect()
    }

    #[test]
    fn ranks_are_found_below_rounding_and_none_is_made_up() {
        for rank in [1, 4, 8, 16, 32] {
            for noise in [0.0, 1e-3] {
                let mut sketch = Sketch::new(300, 5);
                for rows in low_rank(200, 300, rank, noise).chunks(300 * 37) {
                    sketch.add(rows);
                }
                assert_eq!(sketch.rank(), Some(rank), "rank {rank}, noise {noise}");
            }
        }
        let mut full = Sketch::new(300, 5);
        full.add(&random(200 * 300, 9));
        assert_eq!(full.rank(), None);
        assert_eq!(Sketch::new(300, 5).rank(), None);
    }

    #[test]
    fn eigenvalues_and_solutions_are_those_of_a_known_matrix() {
        let matrix = vec![4.0, 1.0, 0.0, 1.0, 3.0, 1.0, 0.0, 1.0, 2.0];
        let mut values = eigenvalues(matrix.clone(), 3);
        values.sort_by(f64::total_cmp);
        let root = 3.0_f64.sqrt();
        for (found, expected) in values.iter().zip([3.0 - root, 3.0, 3.0 + root]) {
            assert!((found - expected).abs() < 1e-9);
        }
        let solved = solve(matrix, vec![6.0, 10.0, 8.0]).unwrap();
        for (found, expected) in solved.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-9);
        }
        assert_eq!(solve(vec![1.0, 1.0, 1.0, 1.0], vec![1.0, 2.0]), None);
    }
}
