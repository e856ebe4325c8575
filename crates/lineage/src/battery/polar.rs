//! The rotation nearest to a matrix: the orthogonal factor of its polar decomposition.

use super::trace::float;
use crate::encoding::narrow;
use crate::products::products;

/// More steps than any matrix needs whose smallest direction is a millionth of its largest.
const STEPS: usize = 64;
const NEAR: f64 = 1e-5;
/// Rows and columns that are turned together, so that neither side leaves the cache.
const SQUARE: usize = 32;

/// The orthogonal polar factor of `matrix` (n x d, row after row), by Newton and Schulz' iteration
/// X <- X + (X - X X^T X) / 2, which needs products alone: with n above d its columns are orthonormal, else its rows.
/// Directions that the matrix does not hold stay as small as they are. None where it is zero or not finite.
pub fn rotation(matrix: &[f32], d: usize) -> Option<Vec<f32>> {
    let squares: f64 = matrix.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    let rows = matrix.len().checked_div(d)?;
    if matrix.len() != rows * d || !squares.is_finite() || squares <= 0.0 {
        return None;
    }
    // Below the root of 3 for every singular value, since none is above the root of the sum of squares.
    let scale = 1.0 / spectral_bound(matrix, d).min(squares.sqrt());
    let mut x: Vec<f32> = matrix.iter().map(|value| narrow(f64::from(*value) * scale)).collect();
    for _ in 0..STEPS {
        let square = products(&x, &x, d);
        let cubed = products(&square, &transpose(&x, d), rows);
        let mut change = 0.0;
        for (value, cubed) in x.iter_mut().zip(&cubed) {
            let step = 0.5 * (*value - cubed);
            change += f64::from(step) * f64::from(step);
            *value += step;
        }
        if (change / float(d)).sqrt() < NEAR {
            break;
        }
    }
    Some(x)
}

/// At least the largest singular value: the root of the largest row sum of |X X^T|.
fn spectral_bound(matrix: &[f32], d: usize) -> f64 {
    let square = products(matrix, matrix, d);
    let rows = matrix.len().checked_div(d).unwrap_or(0).max(1);
    let sums = square.chunks(rows).map(|row| row.iter().map(|value| f64::from(value.abs())).sum::<f64>());
    sums.fold(0.0, f64::max).sqrt()
}

/// `matrix` with `columns` columns, turned.
pub fn transpose(matrix: &[f32], columns: usize) -> Vec<f32> {
    let rows = matrix.len().checked_div(columns).unwrap_or(0);
    let mut turned = vec![0.0; rows * columns];
    for first_row in (0..rows).step_by(SQUARE) {
        for first_column in (0..columns).step_by(SQUARE) {
            for row in first_row..rows.min(first_row + SQUARE) {
                let start = row * columns;
                let end = columns.min(first_column + SQUARE);
                let from = matrix.get(start + first_column..start + end).unwrap_or_default();
                for (column, value) in (first_column..).zip(from) {
                    if let Some(slot) = turned.get_mut(column * rows + row) {
                        *slot = *value;
                    }
                }
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| random.next_u32() as f32 / u32::MAX as f32 - 0.5).collect()
    }

    #[test]
    fn a_rotation_of_uneven_data_is_recovered() {
        let d = 48;
        let q = rotation(&random(d * d, 1), d).unwrap();
        let identity = products(&q, &q, d);
        for (place, value) in identity.iter().enumerate() {
            let expected = if place / d == place % d { 1.0 } else { 0.0 };
            assert!((value - expected).abs() < 1e-4, "{place}: {value}");
        }
        // Data with dimensions of very different size, and the same data rotated.
        let mut data = random(400 * d, 2);
        for row in data.chunks_mut(d) {
            for (column, value) in row.iter_mut().enumerate() {
                *value *= 1.0 + column as f32 / 4.0;
            }
        }
        let turned = products(&data, &transpose(&q, d), d);
        let cross = products(&transpose(&data, d), &transpose(&turned, d), 400);
        let found = rotation(&cross, d).unwrap();
        let error = found.iter().zip(&q).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
        assert!(error < 1e-3, "{error}");
    }

    #[test]
    fn a_rotation_onto_fewer_dimensions_is_recovered() {
        let (d, fewer) = (48, 32);
        let whole = rotation(&random(d * d, 3), d).unwrap();
        // The first 32 directions, one a row, are the columns of the rotation that is looked for.
        let directions = whole[..fewer * d].to_vec();
        let data = random(900 * d, 4);
        let turned = products(&data, &directions, d);
        let cross = products(&transpose(&data, d), &transpose(&turned, fewer), 900);
        let found = rotation(&cross, fewer).unwrap();
        let of_columns = transpose(&found, fewer);
        for (place, value) in products(&of_columns, &of_columns, d).iter().enumerate() {
            let expected = if place / fewer == place % fewer { 1.0 } else { 0.0 };
            assert!((value - expected).abs() < 1e-3, "{place}: {value}");
        }
        let alike: f32 = of_columns.iter().zip(&directions).map(|(x, y)| x * y).sum();
        assert!(alike / fewer as f32 > 0.95, "{alike}");
    }

    #[test]
    fn nothing_has_no_rotation() {
        assert_eq!(rotation(&[0.0; 16], 4), None);
        assert_eq!(rotation(&[f32::NAN; 16], 4), None);
    }
}
