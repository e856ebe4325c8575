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

#[cfg(test)]
mod tests {
    use super::Cholesky;

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
