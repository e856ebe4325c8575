//! Solving small symmetric positive definite systems, always in the same order of operations.
#![expect(clippy::indexing_slicing, reason = "dense loops over one size, which the constructor fixes")]

/// The lower Cholesky factor of a symmetric positive definite matrix.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky {
    size: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Room for a factor of `size` rows.
    pub(crate) fn new(size: usize) -> Self {
        Self { size, lower: vec![0.0; size * size] }
    }

    /// Factors the row-major `matrix`; false where it is not positive definite.
    pub(crate) fn factor(&mut self, matrix: &[f64]) -> bool {
        let n = self.size;
        for row in 0..n {
            for column in 0..=row {
                let mut sum = matrix[row * n + column];
                for k in 0..column {
                    sum -= self.lower[row * n + k] * self.lower[column * n + k];
                }
                if row == column {
                    if sum.is_nan() || sum <= 0.0 {
                        return false;
                    }
                    self.lower[row * n + row] = sum.sqrt();
                } else {
                    self.lower[row * n + column] = sum / self.lower[column * n + column];
                }
            }
        }
        true
    }

    /// Replaces `b` by the solution of `matrix * x = b`.
    pub(crate) fn solve(&self, b: &mut [f64]) {
        let n = self.size;
        for row in 0..n {
            let mut sum = b[row];
            for (k, solved) in b.iter().enumerate().take(row) {
                sum -= self.lower[row * n + k] * solved;
            }
            b[row] = sum / self.lower[row * n + row];
        }
        for row in (0..n).rev() {
            let mut sum = b[row];
            for (k, solved) in b.iter().enumerate().skip(row + 1) {
                sum -= self.lower[k * n + row] * solved;
            }
            b[row] = sum / self.lower[row * n + row];
        }
    }
}

impl Cholesky {
    /// Writes the inverse of the factored matrix, row by row, to `inverse`.
    ///
    /// All columns are solved side by side, so that the compiler can use vector instructions; each sum has one order.
    pub(crate) fn inverse(&self, inverse: &mut [f64]) {
        let n = self.size;
        inverse.fill(0.0);
        for row in 0..n {
            let (solved, rest) = inverse.split_at_mut(row * n);
            let own = &mut rest[..n];
            own[row] = 1.0;
            for (k, known) in solved.chunks_exact(n).enumerate() {
                subtract(own, known, self.lower[row * n + k]);
            }
            for value in own {
                *value /= self.lower[row * n + row];
            }
        }
        for row in (0..n).rev() {
            let (before, solved) = inverse.split_at_mut((row + 1) * n);
            let own = &mut before[row * n..];
            for (k, known) in solved.chunks_exact(n).enumerate() {
                subtract(own, known, self.lower[(row + 1 + k) * n + row]);
            }
            for value in own {
                *value /= self.lower[row * n + row];
            }
        }
    }
}

fn subtract(from: &mut [f64], known: &[f64], times: f64) {
    for (value, known) in from.iter_mut().zip(known) {
        *value -= times * known;
    }
}

/// A lower factor `L` with `L L' = matrix` of a positive semidefinite row-major matrix of `n` rows: a column whose
/// pivot is nothing but rounding is 0.
pub(crate) fn semi_factor(matrix: &[f64], n: usize) -> Vec<f64> {
    let mut lower = vec![0.0; n * n];
    let greatest = (0..n).map(|k| matrix[k * n + k]).fold(0.0, f64::max);
    for column in 0..n {
        let known: f64 = lower[column * n..column * n + column].iter().map(|l| l * l).sum();
        let pivot = matrix[column * n + column] - known;
        if pivot.is_nan() || pivot <= 1e-12 * greatest {
            continue;
        }
        let root = pivot.sqrt();
        lower[column * n + column] = root;
        for row in column + 1..n {
            let known: f64 = (0..column).map(|k| lower[row * n + k] * lower[column * n + k]).sum();
            lower[row * n + column] = (matrix[row * n + column] - known) / root;
        }
    }
    lower
}

#[cfg(test)]
mod tests {
    use super::{Cholesky, semi_factor};

    #[test]
    fn inverts_and_factors_what_is_singular() {
        let mut factor = Cholesky::new(2);
        assert!(factor.factor(&[4.0, 2.0, 2.0, 3.0]));
        let mut inverse = [9.0; 4];
        factor.inverse(&mut inverse);
        for (found, right) in inverse.iter().zip([0.375, -0.25, -0.25, 0.5]) {
            assert!((found - right).abs() < 1e-12);
        }
        // Three contrasts that add up to 0.
        let matrix = [2.0, -1.0, -1.0, -1.0, 2.0, -1.0, -1.0, -1.0, 2.0];
        let lower = semi_factor(&matrix, 3);
        for row in 0..3 {
            for column in 0..3 {
                let product: f64 = (0..3).map(|k| lower[row * 3 + k] * lower[column * 3 + k]).sum();
                assert!((product - matrix[row * 3 + column]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn solves_a_system_by_hand() {
        // [[4, 2], [2, 3]] x = [10, 9] has x = [1.5, 2].
        let mut factor = Cholesky::new(2);
        assert!(factor.factor(&[4.0, 2.0, 2.0, 3.0]));
        let mut x = [10.0, 9.0];
        factor.solve(&mut x);
        assert!((x[0] - 1.5).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
    }

    #[test]
    fn refuses_an_indefinite_matrix() {
        assert!(!Cholesky::new(2).factor(&[1.0, 2.0, 2.0, 1.0]));
        assert!(!Cholesky::new(1).factor(&[f64::NAN]));
    }
}
