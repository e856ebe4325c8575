//! Marks of raters by the many-facet Rasch model, with views of their own where wanted.
#![expect(clippy::indexing_slicing, reason = "marks are numbered by the thresholds")]

use super::Stream;
use serde::{Deserialize, Serialize};

/// A truth that marks are drawn from, in logits: `log P(k)/P(k-1) = ability - severity - difficulty - threshold k`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// By candidate.
    pub abilities: Vec<f64>,
    /// By rater.
    pub severities: Vec<f64>,
    /// By item.
    pub difficulties: Vec<f64>,
    /// From one mark to the next, the least mark being 1.
    pub thresholds: Vec<f64>,
    /// Standard deviation of a rater's own view of a candidate, the same on all items.
    pub view: f64,
    /// Probability that a mark is missing.
    pub missing: f64,
}

/// One mark by number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Marked {
    /// Who marked, from 0.
    pub rater: usize,
    /// Who was marked, from 0.
    pub candidate: usize,
    /// On which item, from 0.
    pub item: usize,
    /// The mark: 1 up to one more than there are thresholds.
    pub value: f64,
}

impl World {
    /// Five candidates, six items, marks from 1 to 5 and `raters` raters whose severities run evenly over `spread`.
    pub fn even(raters: u32, spread: f64) -> Self {
        let last = f64::from(raters.saturating_sub(1).max(1));
        Self {
            abilities: vec![-0.8, -0.4, 0.1, 0.5, 1.2],
            severities: (0..raters).map(|rater| spread * (f64::from(rater) / last - 0.5)).collect(),
            difficulties: vec![-0.5, -0.3, -0.1, 0.1, 0.3, 0.5],
            thresholds: vec![-2.2, -0.8, 0.7, 2.3],
            view: 0.0,
            missing: 0.0,
        }
    }

    /// Marks in order of candidate, rater and item.
    ///
    /// # Examples
    /// ```
    /// use daepyo_verdict::simulate::{Stream, marks::World};
    /// let marks = World::even(10, 1.5).marks(&mut Stream::new(1, 0));
    /// assert_eq!(marks.len(), 5 * 10 * 6);
    /// assert!(marks.iter().all(|mark| (1.0..=5.0).contains(&mark.value)));
    /// ```
    pub fn marks(&self, stream: &mut Stream) -> Vec<Marked> {
        let mut marks = Vec::new();
        for (candidate, ability) in self.abilities.iter().enumerate() {
            for (rater, severity) in self.severities.iter().enumerate() {
                let own = self.view * stream.normal();
                for (item, difficulty) in self.difficulties.iter().enumerate() {
                    let value = self.mark(ability + own - severity - difficulty, stream.unit());
                    if !stream.hit(self.missing) {
                        marks.push(Marked { rater, candidate, item, value });
                    }
                }
            }
        }
        marks
    }

    fn mark(&self, location: f64, draw: f64) -> f64 {
        let mut weights = vec![1.0];
        for threshold in &self.thresholds {
            weights.push(weights[weights.len() - 1] * libm::exp(location - threshold));
        }
        let mut left = draw * weights.iter().sum::<f64>();
        let mut value = 1.0;
        for weight in &weights[..weights.len() - 1] {
            if left < *weight {
                break;
            }
            left -= weight;
            value += 1.0;
        }
        value
    }
}
