//! Right and wrong answers to items in clusters, where the expected score of everybody is known to the last digit.
//!
//! An entrant knows an item where a normal latent variable is below the quantile of its probability. The variable has
//! variance 1 and is made of a part of the cluster (half of it common to all entrants, half the entrant's own), a part of
//! the item that is common to all, and a part of the answer alone (a multilevel probit model, Snijders and Bosker 2012,
//! chapter 17). So a correlation moves no mean.

use super::Stream;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

/// A truth that answers are drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// By entrant, the probability that it knows an item, above 0 and below 1.
    pub known: Vec<f64>,
    /// By cluster, its items.
    pub sizes: Vec<u32>,
    /// Share of the latent variance between clusters: the latent intra-cluster correlation of one entrant's answers.
    pub cluster: f64,
    /// Share of the latent variance between items of a cluster, common to all entrants.
    pub item: f64,
    /// Probability that an item that is not known is guessed.
    pub guess: f64,
}

impl World {
    /// `clusters` clusters of `size` items, a latent correlation of `cluster` within them, .3 of the variance between
    /// items, no guessing.
    pub fn even(known: &[f64], clusters: usize, size: u32, cluster: f64) -> Self {
        Self { known: known.to_vec(), sizes: vec![size; clusters], cluster, item: 0.3, guess: 0.0 }
    }

    /// Expected score of an entrant: what it knows and what it guesses.
    pub fn expected(&self, entrant: usize) -> f64 {
        let known = self.known.get(entrant).copied().unwrap_or_default();
        known + (1.0 - known) * self.guess
    }

    /// Of each item, its cluster.
    pub fn clusters(&self) -> Vec<usize> {
        let numbered = self.sizes.iter().enumerate();
        numbered.flat_map(|(cluster, size)| (0..*size).map(move |_| cluster)).collect()
    }

    /// Whether each answer is right: by entrant, in the order of [`World::clusters`].
    ///
    /// # Examples
    /// ```
    /// use daepyo_verdict::simulate::{Stream, items::World};
    /// let world = World::even(&[0.7, 0.665], 30, 20, 0.1);
    /// let answers = world.answers(&mut Stream::new(1, 0));
    /// assert_eq!((answers.len(), answers[0].len()), (2, 600));
    /// ```
    pub fn answers(&self, stream: &mut Stream) -> Vec<Vec<bool>> {
        let reach: Vec<f64> = self.known.iter().map(|known| quantile(*known)).collect();
        let common = (self.cluster / 2.0).max(0.0).sqrt();
        let item = self.item.max(0.0).sqrt();
        let alone = (1.0 - self.cluster - self.item).max(0.0).sqrt();
        let mut answers = vec![Vec::new(); self.known.len()];
        for size in &self.sizes {
            let shared = if common > 0.0 { common * stream.normal() } else { 0.0 };
            let own: Vec<f64> = (reach.iter())
                .map(|reach| if common > 0.0 { reach - shared - common * stream.normal() } else { *reach })
                .collect();
            for _ in 0..*size {
                let difficulty = item * stream.normal();
                for (answers, reach) in answers.iter_mut().zip(&own) {
                    let knows = difficulty + alone * stream.normal() < *reach;
                    answers.push(knows || (self.guess > 0.0 && stream.hit(self.guess)));
                }
            }
        }
        answers
    }
}

/// The normal quantile to nine decimals, so that its last bits are the same everywhere.
fn quantile(p: f64) -> f64 {
    let exact = Normal::new(0.0, 1.0).map_or(0.0, |normal| normal.inverse_cdf(p.clamp(1e-12, 1.0 - 1e-12)));
    (exact * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::World;
    use crate::{number::real, simulate::Stream};

    #[test]
    fn means_are_exact_and_clusters_hang_together() {
        let world = World { guess: 0.25, ..World::even(&[0.7, 0.4], 4_000, 5, 0.3) };
        let answers = world.answers(&mut Stream::new(3, 0));
        for (entrant, answers) in answers.iter().enumerate() {
            let right = real(answers.iter().filter(|right| **right).count()) / real(answers.len());
            // A standard error of about .005.
            assert!((right - world.expected(entrant)).abs() < 0.016, "{right}");
        }
        let sums = |cluster: f64| {
            let answers = World::even(&[0.5], 4_000, 5, cluster).answers(&mut Stream::new(3, 0));
            let mean = |chunk: &[bool]| real(chunk.iter().filter(|right| **right).count());
            answers.iter().flat_map(|all| all.chunks(5)).map(|chunk| (mean(chunk) - 2.5).powi(2)).sum::<f64>()
        };
        // Five independent halves have a variance of 1.25.
        assert!((sums(0.0) / 4_000.0 - 1.25).abs() < 0.12, "{}", sums(0.0));
        assert!(sums(0.3) > 1.5 * sums(0.0));
    }
}
