//! T1: norm weights. All layers share one hidden dimension, so one permutation of it for all of them is the null.
//!
//! With g and g' the centred, unit-length vectors of matching norms, C = sum of g g'^T and T = tr C. C's rows and
//! columns sum to 0, so the permutation's mean is 0 and its variance |C|^2 / (d - 1), which needs no d x d matrix:
//! `|C|^2 = sum over l, m of (g_l . g_m)(g'_l . g'_m)`.

use super::trace::{Trace, float, shuffle};
use crate::encoding::narrow;
use crate::products::products;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Matching norm vectors of two models, `d` long each, layer after layer, as [`centred`] gives them.
#[derive(Clone, Debug, Default)]
pub struct Norms {
    /// The length of a vector.
    pub d: usize,
    /// One model's, one after another.
    pub first: Vec<f32>,
    /// The other's, in the same order.
    pub second: Vec<f32>,
}

/// `vector` without its mean, at length 1. None where it is constant, as norms are before training, or not finite.
pub fn centred(vector: &[f32]) -> Option<Vec<f32>> {
    let mean = vector.iter().map(|value| f64::from(*value)).sum::<f64>() / float(vector.len());
    let squares: f64 = vector.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum();
    let raw: f64 = vector.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    if !squares.is_finite() || squares <= raw * 1e-12 {
        return None;
    }
    let length = squares.sqrt();
    Some(vector.iter().map(|value| narrow((f64::from(*value) - mean) / length)).collect())
}

/// The cosine of two vectors as they stand, which a public accusation rested on. It says nothing of descent: trained
/// norm weights are positive and near each other in every model. Reported nowhere but in the claim that shows this.
pub fn raw_cosine(first: &[f32], second: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(first, second) / (dot(first, first) * dot(second, second)).sqrt()
}

/// Pearson's correlation.
pub fn correlation(first: &[f32], second: &[f32]) -> Option<f64> {
    let (first, second) = (centred(first)?, centred(second)?);
    Some(first.iter().zip(&second).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum())
}

impl Norms {
    /// How many pairs of vectors there are.
    pub fn layers(&self) -> usize {
        self.first.len().checked_div(self.d).unwrap_or(0)
    }

    /// The trace: `matched` is the mean correlation of matching norms. None without vectors, or below 8 dimensions.
    pub fn trace(&self) -> Option<Trace> {
        let layers = self.layers();
        if layers == 0 || self.d < 8 || self.second.len() != self.first.len() {
            return None;
        }
        let own = products(&self.first, &self.first, self.d);
        let other = products(&self.second, &self.second, self.d);
        let squares: f64 = own.iter().zip(&other).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
        let statistic = self.statistic(None);
        let deviation = (squares / float(self.d - 1)).sqrt();
        let count = float(layers);
        (deviation > 0.0).then(|| Trace {
            n: self.d,
            matched: statistic / count,
            expected: 0.0,
            deviation: deviation / count,
            z: statistic / deviation,
        })
    }

    /// The mean correlation under `draws` permutations of the hidden dimension, the same one for all layers.
    pub fn shuffled(&self, draws: usize, seed: u64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..self.d).collect();
        let layers = float(self.layers());
        (0..draws)
            .map(|_| {
                shuffle(&mut order, &mut random);
                self.statistic(Some(&order)) / layers
            })
            .collect()
    }

    fn statistic(&self, order: Option<&[usize]>) -> f64 {
        let pairs = self.first.chunks(self.d).zip(self.second.chunks(self.d));
        let layer = |(first, second): (&[f32], &[f32])| -> f64 {
            match order {
                None => first.iter().zip(second).map(|(x, y)| f64::from(x * y)).sum(),
                Some(order) => {
                    let moved = order.iter().map(|place| second.get(*place).copied().unwrap_or_default());
                    first.iter().zip(moved).map(|(x, y)| f64::from(x * y)).sum()
                }
            }
        };
        pairs.map(layer).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::Rng;

    fn norms(layers: usize, d: usize, shared: f32) -> Norms {
        let mut random = ChaCha8Rng::seed_from_u64(9);
        let mut number = || random.next_u32() as f32 / u32::MAX as f32 - 0.5;
        // One pattern over the hidden dimension that all layers of a model share, as trained models have.
        let pattern: Vec<f32> = (0..d).map(|_| number()).collect();
        let other: Vec<f32> = (0..d).map(|_| number()).collect();
        let mut norms = Norms { d, ..Norms::default() };
        for _ in 0..layers {
            let first: Vec<f32> = pattern.iter().map(|p| 1.0 + p + 0.3 * number()).collect();
            let theirs = other.iter().zip(&first);
            let second: Vec<f32> =
                theirs.map(|(o, f)| (1.0 - shared) * (1.0 + o + 0.3 * number()) + shared * f).collect();
            norms.first.extend(centred(&first).unwrap());
            norms.second.extend(centred(&second).unwrap());
        }
        norms
    }

    #[test]
    fn layers_that_share_a_pattern_are_no_evidence_by_their_number() {
        let independent = norms(40, 256, 0.0).trace().unwrap();
        assert!(independent.z.abs() < 3.5, "z = {}", independent.z);
        let raw: Vec<f32> = (0..256).map(|place| 1.0 + (place % 7) as f32 / 50.0).collect();
        let other: Vec<f32> = (0..256).map(|place| 1.0 + (place % 5) as f32 / 50.0).collect();
        assert!(raw_cosine(&raw, &other) > 0.99);
    }

    #[test]
    fn deviation_is_that_of_drawn_permutations_and_a_relation_stands_out() {
        let norms = norms(6, 128, 0.5);
        let trace = norms.trace().unwrap();
        let drawn = norms.shuffled(4000, 1);
        let variance = drawn.iter().map(|value| value * value).sum::<f64>() / drawn.len() as f64;
        assert!((variance.sqrt() / trace.deviation - 1.0).abs() < 0.06);
        assert!(trace.z > 5.0 && drawn.iter().all(|value| *value < trace.matched));
    }

    #[test]
    fn norms_that_training_left_at_one_are_not_compared() {
        assert_eq!(centred(&[1.0; 64]), None);
        assert_eq!(centred(&[f32::NAN; 64]), None);
    }
}
