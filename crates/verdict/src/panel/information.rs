//! The information matrix of a panel, solved by eliminating the candidates, who never meet each other in a mark.
//!
//! With `D` the diagonal block of the candidates, `C` that of everything else and `B` between them, the inverse of
//! the Schur complement `S = C - B' D^-1 B` is small (raters, items and thresholds), whatever the number of
//! candidates.
#![expect(clippy::indexing_slicing, reason = "dense loops over sizes that the constructor fixes")]

/// A pivot below this share of its starting value counts as zero.
const TOLERANCE: f64 = 1e-9;

/// Sums of products that are formed at once.
const SIDE_BY_SIDE: usize = 4;

/// `[[D, B], [B', C]]`; of `C` only the lower triangle needs to be filled.
#[derive(Clone, Debug)]
pub(crate) struct Information {
    candidates: usize,
    rest: usize,
    diagonal: Vec<f64>,
    /// By candidate.
    between: Vec<f64>,
    corner: Vec<f64>,
}

impl Information {
    pub(crate) fn new(candidates: usize, rest: usize) -> Self {
        Self {
            candidates,
            rest,
            diagonal: vec![0.0; candidates],
            between: vec![0.0; candidates * rest],
            corner: vec![0.0; rest * rest],
        }
    }

    pub(crate) fn add_candidate(&mut self, candidate: usize, value: f64) {
        self.diagonal[candidate] += value;
    }

    pub(crate) fn add_between(&mut self, candidate: usize, other: usize, value: f64) {
        self.between[candidate * self.rest + other] += value;
    }

    /// Adds to the corner at `one` and `other`, in whatever order.
    pub(crate) fn add_corner(&mut self, one: usize, other: usize, value: f64) {
        let (row, column) = if one >= other { (one, other) } else { (other, one) };
        self.corner[row * self.rest + column] += value;
    }

    /// The inverse; none where the matrix is not positive definite.
    pub(crate) fn invert(&self) -> Option<Inverse> {
        let (schur, ratio) = self.reduce()?;
        let swept = sweep(schur, self.rest);
        if !swept.skipped.is_empty() {
            return None;
        }
        let mut log_determinant = swept.log_determinant;
        for value in &self.diagonal {
            log_determinant += libm::log(*value);
        }
        let mut moved = vec![0.0; self.candidates * self.rest];
        for candidate in 0..self.candidates {
            let own = candidate * self.rest;
            for k in 0..self.rest {
                let by = ratio[own + k];
                if by.abs() > 0.0 {
                    for other in 0..self.rest {
                        moved[own + other] += by * swept.matrix[k * self.rest + other];
                    }
                }
            }
        }
        let own = |candidate: usize| {
            let place = candidate * self.rest..(candidate + 1) * self.rest;
            let shared: f64 = moved[place.clone()].iter().zip(&ratio[place]).map(|(a, b)| a * b).sum();
            1.0 / self.diagonal[candidate] + shared
        };
        Some(Inverse {
            own: (0..self.candidates).map(own).collect(),
            candidates: self.candidates,
            rest: self.rest,
            diagonal: self.diagonal.iter().map(|value| 1.0 / value).collect(),
            ratio,
            moved,
            corner: swept.matrix,
            log_determinant,
        })
    }

    /// A basis of the null space, each vector candidates first; a candidate without information is an error (none).
    pub(crate) fn null_space(&self) -> Option<Vec<Vec<f64>>> {
        let (schur, ratio) = self.reduce()?;
        let swept = sweep(schur, self.rest);
        let vector = |free: &usize| {
            let mut rest = vec![0.0; self.rest];
            for (row, value) in rest.iter_mut().enumerate() {
                *value =
                    if swept.skipped.contains(&row) { 0.0 } else { -swept.matrix[row * self.rest + free] };
            }
            rest[*free] = 1.0;
            let candidate =
                |own: usize| -(0..self.rest).map(|k| ratio[own * self.rest + k] * rest[k]).sum::<f64>();
            let mut all: Vec<f64> = (0..self.candidates).map(candidate).collect();
            all.extend(rest);
            all
        };
        Some(swept.skipped.iter().map(vector).collect())
    }

    /// The Schur complement, and `D^-1 B`.
    fn reduce(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        let n = self.rest;
        let mut schur = vec![0.0; n * n];
        for row in 0..n {
            for column in 0..=row {
                schur[row * n + column] = self.corner[row * n + column];
            }
        }
        let mut ratio = vec![0.0; self.candidates * n];
        for (candidate, own) in self.diagonal.iter().enumerate() {
            if own.is_nan() || *own <= 0.0 {
                return None;
            }
            let between = &self.between[candidate * n..(candidate + 1) * n];
            let scaled = &mut ratio[candidate * n..(candidate + 1) * n];
            for (scaled, value) in scaled.iter_mut().zip(between) {
                *scaled = value / own;
            }
            for row in 0..n {
                let by = scaled[row];
                if by.abs() > 0.0 {
                    let line = &mut schur[row * n..=row * n + row];
                    for (cell, value) in line.iter_mut().zip(between) {
                        *cell -= by * value;
                    }
                }
            }
        }
        for row in 0..n {
            // The starting size of a pivot decides what counts as zero.
            for column in row + 1..n {
                schur[row * n + column] = schur[column * n + row];
            }
        }
        Some((schur, ratio))
    }
}

/// The inverse of an [`Information`], kept in parts.
#[derive(Clone, Debug)]
pub(crate) struct Inverse {
    candidates: usize,
    rest: usize,
    /// Variances of the candidates.
    own: Vec<f64>,
    diagonal: Vec<f64>,
    ratio: Vec<f64>,
    moved: Vec<f64>,
    corner: Vec<f64>,
    pub(crate) log_determinant: f64,
}

impl Inverse {
    /// Covariance of two parameters that are no candidates.
    pub(crate) fn corner(&self, one: usize, other: usize) -> f64 {
        self.corner[one * self.rest + other]
    }

    /// Covariance of a candidate and another parameter.
    pub(crate) fn between(&self, candidate: usize, other: usize) -> f64 {
        -self.moved[candidate * self.rest + other]
    }

    /// Covariance of two candidates.
    pub(crate) fn candidates(&self, one: usize, other: usize) -> f64 {
        if one == other {
            return self.own[one];
        }
        let n = self.rest;
        let moved = &self.moved[one * n..(one + 1) * n];
        let ratio = &self.ratio[other * n..(other + 1) * n];
        moved.iter().zip(ratio).map(|(a, b)| a * b).sum()
    }

    /// Covariances of a candidate with every other one, the same to the bit as [`Self::candidates`] gives one by one;
    /// the candidate's own is left as it is in `row`.
    pub(crate) fn with_all_candidates(&self, one: usize, row: &mut [f64]) {
        let n = self.rest;
        let moved = &self.moved[one * n..(one + 1) * n];
        // Sums of several candidates side by side: one after another each addition would wait for the one before.
        for (block, cells) in row.chunks_mut(SIDE_BY_SIDE).enumerate() {
            let first = block * SIDE_BY_SIDE;
            let mut sums = [-0.0; SIDE_BY_SIDE];
            if cells.len() == SIDE_BY_SIDE {
                let ratios = &self.ratio[first * n..(first + SIDE_BY_SIDE) * n];
                for (k, moved) in moved.iter().enumerate() {
                    for (lane, sum) in sums.iter_mut().enumerate() {
                        *sum += moved * ratios[lane * n + k];
                    }
                }
            } else {
                for (lane, sum) in sums.iter_mut().enumerate().take(cells.len()) {
                    let ratio = &self.ratio[(first + lane) * n..(first + lane + 1) * n];
                    *sum = moved.iter().zip(ratio).map(|(a, b)| a * b).sum();
                }
            }
            for (lane, cell) in cells.iter_mut().enumerate().filter(|(lane, _)| first + lane != one) {
                *cell = sums[lane];
            }
        }
    }

    /// Replaces `vector` by the inverse times it.
    pub(crate) fn apply(&self, vector: &mut [f64]) {
        let n = self.rest;
        let (own, rest) = vector.split_at_mut(self.candidates);
        for (candidate, value) in own.iter().enumerate() {
            for (k, cell) in rest.iter_mut().enumerate() {
                *cell -= self.ratio[candidate * n + k] * value;
            }
        }
        let solved: Vec<f64> = (0..n)
            .map(|row| self.corner[row * n..(row + 1) * n].iter().zip(rest.iter()).map(|(a, b)| a * b).sum())
            .collect();
        for (candidate, value) in own.iter_mut().enumerate() {
            let back: f64 = (0..n).map(|k| self.ratio[candidate * n + k] * solved[k]).sum();
            *value = *value * self.diagonal[candidate] - back;
        }
        rest.copy_from_slice(&solved);
    }
}

/// A matrix after all its pivots were swept (Goodnight 1979, "A tutorial on the SWEEP operator").
struct Swept {
    matrix: Vec<f64>,
    skipped: Vec<usize>,
    log_determinant: f64,
}

/// Sweeps a symmetric positive semi-definite matrix; pivots that have become zero are skipped.
fn sweep(mut matrix: Vec<f64>, n: usize) -> Swept {
    let start: Vec<f64> = (0..n).map(|k| matrix[k * n + k]).collect();
    let largest = start.iter().fold(0.0_f64, |most, value| most.max(*value));
    let mut skipped = Vec::new();
    let mut log_determinant = 0.0;
    for k in 0..n {
        let pivot = matrix[k * n + k];
        if pivot.is_nan() || pivot <= TOLERANCE * start[k].max(largest * TOLERANCE) || pivot <= 0.0 {
            skipped.push(k);
            continue;
        }
        log_determinant += libm::log(pivot);
        for column in 0..n {
            matrix[k * n + column] /= pivot;
        }
        let line: Vec<f64> = matrix[k * n..(k + 1) * n].to_vec();
        for row in 0..n {
            let by = matrix[row * n + k];
            if row == k || by.abs() <= 0.0 {
                continue;
            }
            for (cell, value) in matrix[row * n..(row + 1) * n].iter_mut().zip(&line) {
                *cell -= by * value;
            }
            matrix[row * n + k] = -by / pivot;
        }
        matrix[k * n + k] = 1.0 / pivot;
    }
    Swept { matrix, skipped, log_determinant }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::Information;

    /// Two candidates and two others: [[4,0,1,0],[0,5,0,2],[1,0,6,1],[0,2,1,7]].
    fn example() -> Information {
        let mut matrix = Information::new(2, 2);
        matrix.add_candidate(0, 4.0);
        matrix.add_candidate(1, 5.0);
        matrix.add_between(0, 0, 1.0);
        matrix.add_between(1, 1, 2.0);
        matrix.add_corner(0, 0, 6.0);
        matrix.add_corner(0, 1, 1.0);
        matrix.add_corner(1, 1, 7.0);
        matrix
    }

    #[test]
    fn the_inverse_solves_the_system() {
        let Some(inverse) = example().invert() else { unreachable!("positive definite") };
        let full = [[4.0, 0.0, 1.0, 0.0], [0.0, 5.0, 0.0, 2.0], [1.0, 0.0, 6.0, 1.0], [0.0, 2.0, 1.0, 7.0]];
        let wanted = [1.0, -2.0, 3.0, 0.5];
        let mut vector: Vec<f64> =
            full.iter().map(|row| row.iter().zip(wanted).map(|(a, b)| a * b).sum()).collect();
        inverse.apply(&mut vector);
        for (found, wanted) in vector.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-12, "{vector:?}");
        }
        // The parts agree with the columns that `apply` gives.
        for column in 0..4 {
            let mut unit = [0.0; 4];
            unit[column] = 1.0;
            inverse.apply(&mut unit);
            for (row, value) in unit.iter().enumerate() {
                let part = match (row < 2, column < 2) {
                    (true, true) => inverse.candidates(row, column),
                    (true, false) => inverse.between(row, column - 2),
                    (false, true) => inverse.between(column, row - 2),
                    (false, false) => inverse.corner(row - 2, column - 2),
                };
                assert!((part - value).abs() < 1e-12, "{row} {column}");
            }
        }
        // Side by side as one by one, whatever the number.
        let mut matrix = Information::new(11, 3);
        for candidate in 0..11 {
            let value = crate::number::real(candidate);
            matrix.add_candidate(candidate, 9.0 + value);
            for other in 0..3 {
                matrix.add_between(candidate, other, 1.0 / (2.0 + value + 3.0 * crate::number::real(other)));
                matrix.add_corner(other, other, 1.0);
            }
        }
        let inverse = matrix.invert().unwrap();
        for one in 0..11 {
            let mut row = vec![7.0; 11];
            inverse.with_all_candidates(one, &mut row);
            for (other, value) in row.into_iter().enumerate() {
                let alone = if other == one { 7.0 } else { inverse.candidates(one, other) };
                assert_eq!(value.to_bits(), alone.to_bits());
            }
        }
        let inverse = example().invert().unwrap();
        // det = 4*5*det([[6 - 1/4, 1], [1, 7 - 4/5]]) = 20 * (5.75 * 6.2 - 1).
        assert!((inverse.log_determinant - libm::log(20.0 * (5.75 * 6.2 - 1.0))).abs() < 1e-12);
    }

    #[test]
    fn a_singular_matrix_has_no_inverse_but_a_null_space() {
        let mut matrix = Information::new(1, 1);
        matrix.add_candidate(0, 2.0);
        matrix.add_between(0, 0, 2.0);
        matrix.add_corner(0, 0, 2.0);
        assert!(matrix.invert().is_none());
        assert_eq!(matrix.null_space(), Some(vec![vec![-1.0, 1.0]]));
    }
}
