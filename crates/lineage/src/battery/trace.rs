//! The one statistic of the battery: how much larger the diagonal of a matrix of similarities is than it would be if
//! its columns were shuffled.
//!
//! For similarities a (n x n) and `T = sum of a_ii`, a uniform permutation of the columns gives T the mean sum(a) / n and
//! the variance `sum of (a_ij - rowmean_i - colmean_j + mean)^2 / (n - 1)`, exactly (Hoeffding, "A combinatorial central
//! limit theorem", 1951). Where a p-value is called exact it comes from drawn permutations; z is a normal approximation.

use crate::tail::ln_normal_tail;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A trace against its null distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trace {
    /// Rows and columns that were compared.
    pub n: usize,
    /// The mean of the diagonal.
    pub matched: f64,
    /// The mean of all similarities, which is that of the null distribution.
    pub expected: f64,
    /// The null distribution's standard deviation, of the mean of the diagonal.
    pub deviation: f64,
    /// How many standard deviations lie between.
    pub z: f64,
}

impl Trace {
    /// ln p of the normal approximation, upper tail.
    pub fn ln_p(&self) -> f64 {
        ln_normal_tail(self.z)
    }
}

/// The trace of `similarities` (n x n, row after row). None where n is below 8 or nothing varies.
pub fn trace(similarities: &[f32], n: usize) -> Option<Trace> {
    if n < 8 || similarities.len() != n * n {
        return None;
    }
    let count = float(n);
    let mut columns = vec![0.0_f64; n];
    let (mut diagonal, mut squares, mut row_squares) = (0.0, 0.0, 0.0);
    let mut total = 0.0;
    for (number, row) in similarities.chunks(n).enumerate() {
        let mut sum = 0.0;
        for (value, column) in row.iter().zip(&mut columns) {
            let value = f64::from(*value);
            sum += value;
            squares += value * value;
            *column += value;
        }
        diagonal += row.get(number).copied().map_or(0.0, f64::from);
        total += sum;
        row_squares += sum * sum;
    }
    let column_squares: f64 = columns.iter().map(|sum| sum * sum).sum();
    // The sum of squares after rows' and columns' means are taken away.
    let left = squares - (row_squares + column_squares) / count + total * total / (count * count);
    let variance = left / (count - 1.0);
    // Rounding leaves something where nothing varies.
    if variance.is_nan() || variance <= squares * 1e-13 {
        return None;
    }
    let expected = total / count;
    let deviation = variance.sqrt();
    let z = (diagonal - expected) / deviation;
    let mean = |sum: f64| sum / count;
    Some(Trace { n, matched: mean(diagonal), expected: mean(expected), deviation: mean(deviation), z })
}

/// The means of the diagonal under `draws` permutations of the columns, in the order in which they were drawn.
pub fn shuffled(similarities: &[f32], n: usize, draws: usize, seed: u64) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..n).collect();
    (0..draws)
        .map(|_| {
            shuffle(&mut order, &mut random);
            let picked =
                order.iter().zip(similarities.chunks(n)).map(|(column, row)| row.get(*column).copied());
            picked.map(|value| f64::from(value.unwrap_or_default())).sum::<f64>() / float(n)
        })
        .collect()
}

/// (1 + draws at or above the statistic) / (1 + draws): never 0.
pub fn exact_p(statistic: f64, drawn: &[f64]) -> f64 {
    let above = drawn.iter().filter(|value| **value >= statistic).count();
    (1.0 + float(above)) / (1.0 + float(drawn.len()))
}

/// Fisher and Yates' shuffle, in the order of Durstenfeld.
pub(crate) fn shuffle<T>(list: &mut [T], random: &mut ChaCha8Rng) {
    for last in (1..list.len()).rev() {
        list.swap(last, below(random, last + 1));
    }
}

/// A uniform number below `bound` (Lemire's method, with rejection).
pub(crate) fn below(random: &mut ChaCha8Rng, bound: usize) -> usize {
    let bound = bound as u64;
    loop {
        let wide = u128::from(random.next_u64()) * u128::from(bound);
        let low = u64::try_from(wide & u128::from(u64::MAX)).unwrap_or(0);
        if low >= bound || low >= bound.wrapping_neg() % bound.max(1) {
            return usize::try_from(wide >> 64).unwrap_or(0);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize, seed: u64) -> Vec<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // Rows and columns of different size, and a common mean, as in real weights.
        (0..n * n)
            .map(|place| {
                let uniform = random.next_u32() as f32 / u32::MAX as f32 - 0.5;
                uniform * (1.0 + (place / n) as f32 / 10.0) + (place % n) as f32 / 5.0 + 2.0
            })
            .collect()
    }

    #[test]
    fn mean_and_deviation_are_those_of_drawn_permutations() {
        let n = 24;
        let similarities = noise(n, 3);
        let found = trace(&similarities, n).unwrap();
        let drawn = shuffled(&similarities, n, 40_000, 4);
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        let variance = drawn.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / drawn.len() as f64;
        assert!((mean - found.expected).abs() < 4.0 * found.deviation / 200.0);
        assert!((variance.sqrt() / found.deviation - 1.0).abs() < 0.02);
    }

    #[test]
    fn a_diagonal_that_stands_out_is_seen_and_a_common_mean_is_not() {
        let n = 32;
        let mut similarities = noise(n, 5);
        assert!(trace(&similarities, n).unwrap().z.abs() < 3.5);
        for place in 0..n {
            similarities[place * n + place] += 2.0;
        }
        let found = trace(&similarities, n).unwrap();
        assert!(found.z > 5.0);
        let drawn = shuffled(&similarities, n, 999, 6);
        assert!((exact_p(found.matched, &drawn) - 0.001).abs() < 1e-12);
        assert_eq!(trace(&vec![1.0; n * n], n), None);
    }
}
