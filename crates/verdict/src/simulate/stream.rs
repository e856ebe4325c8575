//! The random numbers of one simulated world.

use crate::{draws::Draws, votes::normal::Normals};

/// Random numbers that a seed and a number fix: the same on every machine, whatever ran before.
///
/// A verdict resamples with the streams of its own seed, so a world must not be drawn under the seed that it is judged
/// by.
///
/// # Examples
/// ```
/// use daepyo_verdict::simulate::Stream;
/// let (mut one, mut other) = (Stream::new(7, 3), Stream::new(7, 3));
/// assert_eq!(one.unit().to_bits(), other.unit().to_bits());
/// assert!(one.below(6) < 6);
/// ```
pub struct Stream(Normals);

impl Stream {
    /// Stream `number` under `seed`.
    pub fn new(seed: u64, number: u64) -> Self {
        Self(Normals::new(Draws::new(seed, number)))
    }

    /// From 0 (included) to 1 (excluded).
    pub fn unit(&mut self) -> f64 {
        self.0.unit()
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        self.0.draw()
    }

    /// Below `bound`, each with the same probability; 0 for a bound of 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        self.0.stream().below(bound)
    }

    /// True with this probability.
    pub fn hit(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}
