//! The fit's neighbourhood: everything that the lower bound reads at one set of counts.
#![expect(clippy::indexing_slicing, reason = "models and pairs are numbered by the case")]

use super::{Case, goal::HalfSpace, moves::Move};
use crate::{
    bradley_terry::{DIRECTIONS, Fitter, mean_direction, probabilities},
    matrix::Cholesky,
};

/// Left on the safe side of every comparison, for rounding.
const SLACK: f64 = 1e-9;

/// A fit with its information.
pub(crate) struct Local<'a> {
    case: &'a Case,
    at: &'a [f64],
    factor: Cholesky,
    /// By pair, the probabilities of its results.
    results: Vec<[f64; 3]>,
    /// `S`: the largest squared length of a difference of two results.
    spread: f64,
}

/// What attacks of up to so many votes can and must do, to be compared.
pub(crate) struct Reach {
    /// By pair, the most that one vote with each result can add when it comes, and take when it goes.
    pub(crate) coming: Vec<[f64; 3]>,
    pub(crate) going: Vec<[f64; 3]>,
    /// What all attacked votes together must reach.
    pub(crate) need: f64,
}

impl Reach {
    /// The most that one attacked vote adds.
    pub(crate) fn gain(&self, one: Move) -> f64 {
        // The mean of a changed vote's pair cancels, so its gain is the same wherever the fit is.
        match (one.from, one.to) {
            (Some(from), Some(to)) => self.coming[one.pair][to] - self.coming[one.pair][from],
            (None, Some(to)) => self.coming[one.pair][to],
            (Some(from), None) => self.going[one.pair][from],
            (None, None) => 0.0,
        }
    }

    /// Whether a sum of gains falls short.
    pub(crate) fn out_of_reach(&self, sum: f64) -> bool {
        sum + SLACK * (1.0 + sum.abs() + self.need.abs()) < self.need
    }
}

impl<'a> Local<'a> {
    /// The neighbourhood of the fit `at` to `counts`.
    pub(crate) fn new(case: &'a Case, fitter: &mut Fitter, counts: &[[f64; 3]], at: &'a [f64]) -> Self {
        let factor = fitter.information(&case.pairs, counts, at).clone();
        let n = at.len();
        let mut inverse = vec![0.0; n * n];
        for (row, column) in inverse.chunks_mut(n).enumerate() {
            column[row] = 1.0;
            factor.solve(column);
        }
        let tie = n - 1;
        let entry = |a: usize, b: usize| inverse[a * n + b];
        let spread = (case.pairs.iter().chain(case.goal.pairs())).fold(0.0_f64, |most, (low, high)| {
            let apart = entry(low, low) + entry(high, high) - 2.0 * entry(low, high);
            let cross = entry(low, tie) - entry(high, tie);
            let tied = apart / 4.0 + entry(tie, tie);
            most.max(apart).max(tied + cross).max(tied - cross)
        });
        let results =
            case.pairs.iter().map(|(low, high)| probabilities(at[low], at[high], at[tie])).collect();
        Self { case, at, factor, results, spread: spread * (1.0 + SLACK) }
    }

    /// Attacks of this many votes or more are beyond what the bound can say.
    pub(crate) fn horizon(&self) -> f64 {
        1.0 / self.spread
    }

    /// What attacks of up to `votes` votes can and must do; none at or beyond the horizon.
    pub(crate) fn reach(&self, votes: f64) -> Option<Reach> {
        let used = votes * self.spread;
        if used.is_nan() || used >= 1.0 {
            return None;
        }
        let range = -libm::log1p(-used);
        let HalfSpace { normal, need } = self.case.goal.half_space(self.at, range);
        let mut u = normal;
        self.factor.solve(&mut u);
        let shift = libm::tanh(range / 4.0);
        let tie = self.at.len() - 1;
        let mut deviation = 0.0_f64;
        let (mut coming, mut going) = (Vec::new(), Vec::new());
        for ((low, high), p) in self.case.pairs.iter().zip(&self.results) {
            let places = [u[low], u[high], u[tie]];
            let dot = |direction: [f64; 3]| -> f64 { direction.iter().zip(places).map(|(d, u)| d * u).sum() };
            let mean = dot(mean_direction(*p));
            let scores = DIRECTIONS.map(|direction| dot(direction) - mean);
            let greatest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
            let moves = (greatest - least) * shift;
            deviation = deviation.max((greatest.max(-least) + moves).min(greatest - least));
            coming.push(scores.map(|score| score + moves));
            going.push(scores.map(|score| moves - score));
        }
        // (exp(R) - 1 - R) / R^2 and R^2 / (1 - exp(-R)), with their limits at 0.
        let (curve, stretch) = if range < 1e-4 {
            (0.5 + range / 6.0 + range * range, range * (1.0 + range))
        } else {
            ((libm::expm1(range) - range) / (range * range), range * range / -libm::expm1(-range))
        };
        let lost = deviation * votes * stretch * curve;
        Some(Reach { coming, going, need: need - lost })
    }
}
