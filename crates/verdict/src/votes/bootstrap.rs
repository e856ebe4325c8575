//! Fits to voters drawn anew.
#![expect(clippy::indexing_slicing, reason = "models, cells and voters are numbered by the count")]

use super::{
    Counted, Fit, Ties,
    counted::connected,
    fit::{MEAN_RATING, NO_TIES, under},
    poll::place,
};
use crate::{
    bradley_terry::{ELO_PER_UNIT, Fitter},
    draws::Draws,
    number::{quantile, real},
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Log-strengths of fits to voters drawn anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resampled {
    /// Draws.
    pub draws: u32,
    /// Draws in which no chain of votes connected all models, so that the prior alone held the parts together.
    pub split: u32,
    /// Log-strengths, draw by draw (draws x models).
    pub strengths: Vec<f64>,
    /// Standard deviation of each rating over the draws, in Elo points.
    pub standard_error: Vec<f64>,
    /// 2.5 % quantile of each rating.
    pub low: Vec<f64>,
    /// 97.5 % quantile of each rating.
    pub high: Vec<f64>,
}

impl Counted {
    /// Fits to voters drawn anew `draws` times, each from the estimate on.
    ///
    /// One less than there are voters are drawn with replacement, each with all his votes and his weight (Rao and Wu
    /// 1988). Every draw has random numbers of its own, so that the number of threads changes nothing.
    pub fn bootstrap(&self, fit: &Fit, seed: u64, draws: u32) -> Resampled {
        let models = self.models();
        let mut start = fit.strengths.clone();
        start.push(match fit.rule {
            Ties::Davidson => libm::log(fit.tie_parameter),
            Ties::Half => NO_TIES,
        });
        let room = || (self.fitter(fit.rule), vec![0_u32; self.voters()], vec![0_u32; self.counts.len() * 3]);
        let draw = |(fitter, times, votes): &mut (Fitter, Vec<u32>, Vec<u32>), number: u32| {
            Draws::new(seed, u64::from(number)).resample(times);
            let counts = under(fit.rule, &self.resampled(times, votes));
            let mut at = start.clone();
            fitter.fit(&self.pairs, &counts, &mut at);
            at.truncate(models);
            (at, connected(&self.pairs, &counts).iter().any(|part| *part > 0))
        };
        let all: Vec<(Vec<f64>, bool)> = (0..draws).into_par_iter().map_init(room, draw).collect();
        let mut resampled = Resampled {
            draws,
            split: u32::try_from(all.iter().filter(|(_, split)| *split).count()).unwrap_or(u32::MAX),
            strengths: all.iter().flat_map(|(at, _)| at.iter().copied()).collect(),
            standard_error: Vec::new(),
            low: Vec::new(),
            high: Vec::new(),
        };
        for model in 0..models {
            let mut ratings: Vec<f64> =
                all.iter().map(|(at, _)| MEAN_RATING + ELO_PER_UNIT * at[model]).collect();
            ratings.sort_by(f64::total_cmp);
            let mean = ratings.iter().sum::<f64>() / real(ratings.len().max(1));
            let squares: f64 = ratings.iter().map(|rating| (rating - mean).powi(2)).sum();
            resampled.standard_error.push((squares / (f64::from(draws) - 1.0).max(1.0)).sqrt());
            resampled.low.push(quantile(&ratings, 0.025));
            resampled.high.push(quantile(&ratings, 0.975));
        }
        resampled
    }

    /// Counts of voters that were each drawn so many times.
    fn resampled(&self, times: &[u32], votes: &mut [u32]) -> Vec<[f64; 3]> {
        if let Some(weights) = &self.weights {
            let mut counts = vec![[0.0; 3]; self.counts.len()];
            for (voter, times) in times.iter().enumerate().filter(|(_, times)| **times > 0) {
                let weight = f64::from(*times) * weights[voter];
                for cell in self.of_voter(voter) {
                    counts[place(cell / 3)][place(cell % 3)] += weight;
                }
            }
            return counts;
        }
        votes.fill(0);
        for (voter, times) in times.iter().enumerate().filter(|(_, times)| **times > 0) {
            for cell in self.of_voter(voter) {
                votes[place(*cell)] += times;
            }
        }
        votes.as_chunks::<3>().0.iter().map(|votes| votes.map(f64::from)).collect()
    }
}
