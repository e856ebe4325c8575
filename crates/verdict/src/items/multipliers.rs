//! The distribution of the greatest of many t statistics, by random signs for clusters.
//!
//! In a draw every cluster's sum of deviations is multiplied by a random number of mean 0 and variance 1, the same for
//! every pair, and each pair's t statistic is computed anew with its own clustered standard error (the wild cluster
//! bootstrap of Cameron, Gelbach and Miller 2008, "Bootstrap-based improvements for inference with clustered errors",
//! as max-t: Romano and Wolf 2005, "Exact and approximate stepdown methods for multiple hypothesis testing"). With
//! multiplier `g`, sums `u`, sizes `m` and `n` documents in `C` clusters of a task,
//!
//! ```text
//! mean* = sum g u / n
//! var*  = C/(C-1)/n^2 * (sum g^2 u^2 - 2 mean* sum g u m + mean*^2 sum m^2)
//! ```
//!
//! so a draw needs sums over clusters only, whatever the number of documents. Few clusters take Webb's six numbers
//! (Webb 2023, "Reworking wild bootstrap-based inference for clustered errors"), because signs have too few patterns.
//!
//! Draws start from the deviations that were seen, so with few clusters they scatter too little: with eight clusters and
//! six points alone the intervals of ten pairs held together 92 times in 100 at a promise of 95. The comparison therefore
//! never goes below Bonferroni's t there.
#![expect(
    clippy::indexing_slicing,
    reason = "dense loops over clusters and pairs, laid out by the constructor"
)]

use super::contrast::Contrast;
use crate::{draws::Draws, number::real};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Draws that are computed side by side, so that a cluster's sums are read once for all of them.
const SIDE_BY_SIDE: usize = 8;

/// Draws of one unit of work; fixed, so that no number of threads changes anything.
const CHUNK: u32 = 256;

/// The random numbers that clusters are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Multipliers {
    /// Plus or minus one (Rademacher).
    Signs,
    /// Plus or minus the root of 1/2, 1 or 3/2 (Webb).
    SixPoints,
}

/// Sums by cluster of many contrasts of one table.
pub(crate) struct Sums {
    pairs: usize,
    tasks: Vec<TaskSums>,
    multipliers: Multipliers,
}

struct TaskSums {
    clusters: usize,
    /// Row by cluster: `u` of every pair, then `u m`; with six points `u^2` too.
    rows: Vec<f64>,
    /// By pair: what turns sums into the mean and its variance.
    scale: Vec<Scale>,
}

#[derive(Clone, Copy)]
struct Scale {
    /// Weight over documents.
    mean: f64,
    /// `weight^2 * C/(C-1) / n^2`.
    variance: f64,
    /// One over documents.
    one: f64,
    /// Sum of squared sizes.
    sizes: f64,
    /// Sum of squared sums.
    squares: f64,
}

impl Sums {
    /// The sums of `contrasts`, each with a standard error above 0.
    pub(crate) fn new(contrasts: &[&Contrast], multipliers: Multipliers) -> Self {
        let pairs = contrasts.len();
        let tasks = contrasts.first().map_or(0, |contrast| contrast.tasks.len());
        let width = Self::width(multipliers) * pairs;
        let task = |place: usize| {
            let clusters = contrasts[0].tasks[place].sums.len();
            let mut rows = vec![0.0; clusters * width];
            let mut scale = Vec::with_capacity(pairs);
            for (pair, contrast) in contrasts.iter().enumerate() {
                let task = &contrast.tasks[place];
                for (cluster, (sum, size)) in task.sums.iter().zip(&task.sizes).enumerate() {
                    let row = &mut rows[cluster * width..(cluster + 1) * width];
                    row[pair] = *sum;
                    row[pairs + pair] = sum * size;
                    if let Some(square) = row.get_mut(2 * pairs + pair) {
                        *square = sum * sum;
                    }
                }
                let (n, c) = (real(task.documents), real(task.clusters));
                scale.push(Scale {
                    mean: task.weight / n,
                    variance: task.weight * task.weight * c / (c - 1.0) / (n * n),
                    one: 1.0 / n,
                    sizes: task.sizes.iter().map(|size| size * size).sum(),
                    squares: task.sums.iter().map(|sum| sum * sum).sum(),
                });
            }
            TaskSums { clusters, rows, scale }
        };
        Self { pairs, tasks: (0..tasks).map(task).collect(), multipliers }
    }

    const fn width(multipliers: Multipliers) -> usize {
        match multipliers {
            Multipliers::Signs => 2,
            Multipliers::SixPoints => 3,
        }
    }

    /// Of each of `draws` draws, what `read` makes of the absolute t statistics of all pairs, in order of draw.
    pub(crate) fn draw<T: Send>(&self, seed: u64, draws: u32, read: impl Fn(&[f64]) -> T + Sync) -> Vec<T> {
        let chunks: Vec<u32> = (0..draws).step_by(usize::try_from(CHUNK).unwrap_or(1)).collect();
        let chunk = |start: &u32| {
            let end = draws.min(start + CHUNK);
            let mut results = Vec::new();
            let mut room = Room::new(self);
            let mut number = *start;
            while number < end {
                let count = SIDE_BY_SIDE.min(usize::try_from(end - number).unwrap_or(1));
                self.side_by_side(seed, number, count, &mut room);
                results.extend(room.deviation.chunks(self.pairs.max(1)).take(count).map(&read));
                number += u32::try_from(count).unwrap_or(1);
            }
            results
        };
        let parts: Vec<Vec<T>> = chunks.par_iter().map(chunk).collect();
        parts.into_iter().flatten().collect()
    }

    /// Fills the room with the statistics of `count` draws from `number` on.
    fn side_by_side(&self, seed: u64, number: u32, count: usize, room: &mut Room) {
        let width = Self::width(self.multipliers) * self.pairs;
        let mut streams: Vec<Draws> = (0..count)
            .map(|place| Draws::new(seed, u64::from(number) + crate::number::wide(place)))
            .collect();
        room.deviation.fill(0.0);
        room.variance.fill(0.0);
        for task in &self.tasks {
            for (stream, factors) in streams.iter_mut().zip(&mut room.factors) {
                fill(stream, self.multipliers, task.clusters, factors);
            }
            room.sums.fill(0.0);
            for (cluster, row) in task.rows.chunks_exact(width.max(1)).enumerate() {
                for (sums, factors) in room.sums.chunks_exact_mut(width.max(1)).zip(&room.factors).take(count)
                {
                    let factor = factors[cluster];
                    let (plain, squared) = sums.split_at_mut(2 * self.pairs);
                    for (sum, value) in plain.iter_mut().zip(row) {
                        *sum += factor * value;
                    }
                    for (sum, value) in squared.iter_mut().zip(&row[2 * self.pairs..]) {
                        *sum += factor * factor * value;
                    }
                }
            }
            for (place, sums) in room.sums.chunks_exact(width.max(1)).take(count).enumerate() {
                let range = place * self.pairs..(place + 1) * self.pairs;
                self.add(task, sums, &mut room.deviation[range.clone()], &mut room.variance[range]);
            }
        }
        for (deviation, variance) in room.deviation.iter_mut().zip(&room.variance) {
            *deviation = studentise(*deviation, *variance);
        }
    }

    /// Adds one task to the deviations and variances of one draw.
    fn add(&self, task: &TaskSums, sums: &[f64], deviation: &mut [f64], variance: &mut [f64]) {
        for (pair, scale) in task.scale.iter().enumerate() {
            let mean = sums[pair] * scale.one;
            let squares = sums.get(2 * self.pairs + pair).copied().unwrap_or(scale.squares);
            let spread = squares - 2.0 * mean * sums[self.pairs + pair] + mean * mean * scale.sizes;
            deviation[pair] += scale.mean * sums[pair];
            variance[pair] += scale.variance * spread.max(0.0);
        }
    }
}

fn studentise(deviation: f64, variance: f64) -> f64 {
    if variance > 0.0 {
        deviation.abs() / variance.sqrt()
    } else if deviation.abs() > 0.0 {
        f64::INFINITY
    } else {
        0.0
    }
}

/// Room for draws side by side.
struct Room {
    factors: Vec<Vec<f64>>,
    sums: Vec<f64>,
    deviation: Vec<f64>,
    variance: Vec<f64>,
}

impl Room {
    fn new(sums: &Sums) -> Self {
        let pairs = sums.pairs;
        Self {
            factors: vec![Vec::new(); SIDE_BY_SIDE],
            sums: vec![0.0; SIDE_BY_SIDE * Sums::width(sums.multipliers) * pairs],
            deviation: vec![0.0; SIDE_BY_SIDE * pairs],
            variance: vec![0.0; SIDE_BY_SIDE * pairs],
        }
    }
}

/// One random number for each cluster.
fn fill(draws: &mut Draws, multipliers: Multipliers, clusters: usize, factors: &mut Vec<f64>) {
    factors.clear();
    match multipliers {
        Multipliers::Signs => {
            while factors.len() < clusters {
                let mut bits = draws.bits();
                for _ in 0..64.min(clusters - factors.len()) {
                    // The lowest bit becomes the sign bit of 1.
                    factors.push(f64::from_bits(1.0_f64.to_bits() | (bits << 63)));
                    bits >>= 1;
                }
            }
        }
        Multipliers::SixPoints => {
            let points = [0.5_f64.sqrt(), 1.0, 1.5_f64.sqrt()];
            for _ in 0..clusters {
                let face = usize::try_from(draws.below(6)).unwrap_or(0);
                let size = points[face / 2];
                factors.push(if face % 2 == 0 { size } else { -size });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Multipliers, fill};
    use crate::draws::Draws;

    #[test]
    fn multipliers_have_mean_0_and_variance_1() {
        for multipliers in [Multipliers::Signs, Multipliers::SixPoints] {
            let mut factors = Vec::new();
            fill(&mut Draws::new(1, 0), multipliers, 60_000, &mut factors);
            let mean = factors.iter().sum::<f64>() / 60_000.0;
            let square = factors.iter().map(|factor| factor * factor).sum::<f64>() / 60_000.0;
            assert!(mean.abs() < 0.015 && (square - 1.0).abs() < 0.01, "{multipliers:?}: {mean}, {square}");
        }
    }
}
