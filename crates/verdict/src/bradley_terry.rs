//! Bradley and Terry's model of paired comparisons with Davidson's ties, fitted by Newton's method on counts.
//!
//! With log-strengths `s` and tie parameter `t`, one comparison of `i` and `j` has the weights
//!
//! ```text
//! i wins: exp(s_i)      j wins: exp(s_j)      tie: t * sqrt(exp(s_i) * exp(s_j))
//! ```
//!
//! (Davidson 1970, "On extending the Bradley-Terry model to accommodate ties"). In `s` and `log t` this is a
//! multinomial logit with linear weights, so the log-likelihood is concave and has one maximum.
//!
//! A normal prior of standard deviation [`PRIOR_DEVIATION`] around 0 on each log-strength and on `log t` keeps
//! the maximum finite for a model that always wins or votes that never tie, and fixes the mean strength at 0. Ten
//! units are 1,737 Elo: with ten or more votes a model it moves an ordinary rating by less than an Elo point.
#![expect(clippy::indexing_slicing, reason = "models and pairs are numbered by the constructor")]

use crate::matrix::Cholesky;

/// Standard deviation of the prior, in natural-log units.
pub(crate) const PRIOR_DEVIATION: f64 = 10.0;

/// Its precision, one over the variance.
/// One over its variance.
pub(crate) const PRECISION: f64 = 1.0 / (PRIOR_DEVIATION * PRIOR_DEVIATION);

/// Elo points of one unit of log-strength.
pub(crate) const ELO_PER_UNIT: f64 = 400.0 / std::f64::consts::LN_10;

/// Of each pair: votes for the lower-numbered model, for the higher-numbered one, and ties.
pub(crate) type Counts = Vec<[f64; 3]>;

/// The pairs of models that were compared.
#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    models: usize,
    pairs: Vec<(usize, usize)>,
}

impl Pairs {
    /// Pairs of different models, each numbered below `models`; others are dropped.
    pub(crate) fn new(models: usize, mut pairs: Vec<(usize, usize)>) -> Self {
        pairs.retain(|(low, high)| low < high && *high < models);
        Self { models, pairs }
    }

    pub(crate) fn models(&self) -> usize {
        self.models
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, usize)> {
        self.pairs.iter().copied()
    }

    /// Parameters: the log-strengths, then the logarithm of the tie parameter.
    pub(crate) fn parameters(&self) -> usize {
        self.models + 1
    }
}

/// Probabilities that the first wins, the second wins, and a tie.
pub(crate) fn probabilities(first: f64, second: f64, log_tie: f64) -> [f64; 3] {
    let half = libm::exp((first - second) / 2.0);
    let weights = [half, 1.0 / half, libm::exp(log_tie)];
    let total: f64 = weights.iter().sum();
    weights.map(|weight| weight / total)
}

/// Probability of the first being preferred, a tie counting half.
pub(crate) fn preference(first: f64, second: f64, log_tie: f64) -> f64 {
    let [win, _, tie] = probabilities(first, second, log_tie);
    win + tie / 2.0
}

/// What a vote of `result` adds to the gradient of the parameters (first, second, log tie), before the mean.
pub(crate) const DIRECTIONS: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.5, 1.0]];

/// The mean of [`DIRECTIONS`] under the model.
pub(crate) fn mean_direction([win, loss, tie]: [f64; 3]) -> [f64; 3] {
    [win + tie / 2.0, loss + tie / 2.0, tie]
}

/// Room for fitting; kept between fits so that a resampling allocates nothing.
#[derive(Clone, Debug)]
pub(crate) struct Fitter {
    gradient: Vec<f64>,
    information: Vec<f64>,
    factor: Cholesky,
    trial: Vec<f64>,
    /// Whether the tie parameter stays where it is.
    fixed_tie: bool,
}

impl Fitter {
    /// Room for `pairs`.
    pub(crate) fn new(pairs: &Pairs) -> Self {
        let n = pairs.parameters();
        Self {
            gradient: vec![0.0; n],
            information: vec![0.0; n * n],
            factor: Cholesky::new(n),
            trial: vec![0.0; n],
            fixed_tie: false,
        }
    }

    /// The same with the tie parameter held where the start has it.
    pub(crate) fn without_ties(pairs: &Pairs) -> Self {
        Self { fixed_tie: true, ..Self::new(pairs) }
    }

    /// Moves `at` to the maximum for `counts`, from wherever it is.
    pub(crate) fn fit(&mut self, pairs: &Pairs, counts: &[[f64; 3]], at: &mut [f64]) {
        for _ in 0..100 {
            self.derive(pairs, counts, at);
            if !self.factor.factor(&self.information) {
                return;
            }
            self.factor.solve(&mut self.gradient);
            let largest = self.gradient.iter().fold(0.0_f64, |most, step| most.max(step.abs()));
            let scale = if largest > 0.5 { self.search(pairs, counts, at) } else { 1.0 };
            for (value, step) in at.iter_mut().zip(&self.gradient) {
                *value += scale * step;
            }
            if largest < 1e-9 {
                return;
            }
        }
    }

    /// The part of a long step that raises the objective; short steps need no check, because the objective is
    /// concave and nearly quadratic there.
    fn search(&mut self, pairs: &Pairs, counts: &[[f64; 3]], at: &[f64]) -> f64 {
        let start = objective(pairs, counts, at);
        let mut scale = 1.0;
        for _ in 0..40 {
            for ((trial, value), step) in self.trial.iter_mut().zip(at).zip(&self.gradient) {
                *trial = value + scale * step;
            }
            if objective(pairs, counts, &self.trial) > start {
                return scale;
            }
            scale /= 2.0;
        }
        scale
    }

    /// Gradient and information (the negative second derivative) at `at`, prior included.
    fn derive(&mut self, pairs: &Pairs, counts: &[[f64; 3]], at: &[f64]) {
        let n = pairs.parameters();
        let tie = pairs.models;
        self.information.fill(0.0);
        for (k, value) in at.iter().enumerate() {
            self.gradient[k] = -PRECISION * value;
            self.information[k * n + k] = PRECISION;
        }
        for ((low, high), count) in pairs.iter().zip(counts) {
            let total = count[0] + count[1] + count[2];
            if total <= 0.0 {
                continue;
            }
            let p = probabilities(at[low], at[high], at[tie]);
            let mean = mean_direction(p);
            let seen = [count[0] + count[2] / 2.0, count[1] + count[2] / 2.0, count[2]];
            let places = [low, high, tie];
            // Second moments of DIRECTIONS; the lower triangle suffices because low < high < tie.
            let quarter = p[2] / 4.0;
            let half = p[2] / 2.0;
            let second =
                [[p[0] + quarter, quarter, half], [quarter, p[1] + quarter, half], [half, half, p[2]]];
            for a in 0..3 {
                self.gradient[places[a]] += seen[a] - total * mean[a];
                for b in 0..=a {
                    self.information[places[a] * n + places[b]] += total * (second[a][b] - mean[a] * mean[b]);
                }
            }
        }
        if self.fixed_tie {
            self.gradient[tie] = 0.0;
            self.information[tie * n..].fill(0.0);
            self.information[tie * n + tie] = 1.0;
        }
        for row in 0..n {
            for column in row + 1..n {
                self.information[row * n + column] = self.information[column * n + row];
            }
        }
    }

    /// The information at `at`, row by row.
    pub(crate) fn second(&mut self, pairs: &Pairs, counts: &[[f64; 3]], at: &[f64]) -> &[f64] {
        self.derive(pairs, counts, at);
        &self.information
    }

    /// A factor of the information at `at`.
    pub(crate) fn information(&mut self, pairs: &Pairs, counts: &[[f64; 3]], at: &[f64]) -> &Cholesky {
        self.derive(pairs, counts, at);
        // The prior makes the information positive definite.
        self.factor.factor(&self.information);
        &self.factor
    }
}

/// Log-likelihood plus log-prior, up to a constant.
fn objective(pairs: &Pairs, counts: &[[f64; 3]], at: &[f64]) -> f64 {
    let mut sum = -PRECISION / 2.0 * at.iter().map(|value| value * value).sum::<f64>();
    for ((low, high), count) in pairs.iter().zip(counts) {
        let p = probabilities(at[low], at[high], at[pairs.models]);
        for (votes, probability) in count.iter().zip(p) {
            if *votes > 0.0 {
                sum += votes * libm::log(probability.max(f64::MIN_POSITIVE));
            }
        }
    }
    sum
}

/// Log-strengths (mean 0) and log tie parameter that fit `counts` best.
pub(crate) fn fit(pairs: &Pairs, counts: &[[f64; 3]]) -> Vec<f64> {
    let mut at = vec![0.0; pairs.parameters()];
    Fitter::new(pairs).fit(pairs, counts, &mut at);
    at
}

#[cfg(test)]
mod tests {
    use super::{Pairs, fit, objective, preference, probabilities};

    #[test]
    fn two_models_have_the_closed_form() {
        // 60 wins, 20 losses, 20 ties: p_i/p_j = 3 and t = p_t / sqrt(p_i p_j) = 20 / sqrt(1200).
        let pairs = Pairs::new(2, vec![(0, 1)]);
        let at = fit(&pairs, &[[60_000.0, 20_000.0, 20_000.0]]);
        assert!((at[0] - at[1] - libm::log(3.0)).abs() < 1e-4, "{at:?}");
        assert!((at[2] - libm::log(20.0 / 1200.0_f64.sqrt())).abs() < 1e-4, "{at:?}");
        assert!((at[0] + at[1]).abs() < 1e-9, "the prior fixes the mean");
        assert!((preference(at[0], at[1], at[2]) - 0.7).abs() < 1e-4);
    }

    #[test]
    fn no_small_move_from_the_fit_is_better() {
        let pairs = Pairs::new(4, vec![(0, 1), (0, 2), (1, 2), (2, 3), (0, 3)]);
        let counts = [[9.0, 4.0, 3.0], [12.0, 2.0, 1.0], [5.0, 6.0, 8.0], [3.0, 1.0, 0.0], [7.0, 0.0, 2.0]];
        let at = fit(&pairs, &counts);
        let best = objective(&pairs, &counts, &at);
        for k in 0..at.len() {
            for step in [-1e-3, 1e-3] {
                let mut other = at.clone();
                other[k] += step;
                assert!(objective(&pairs, &counts, &other) < best);
            }
        }
    }

    #[test]
    fn a_model_that_always_wins_stays_finite_and_far_ahead() {
        let pairs = Pairs::new(3, vec![(0, 1), (0, 2), (1, 2)]);
        let at = fit(&pairs, &[[30.0, 0.0, 0.0], [30.0, 0.0, 0.0], [15.0, 15.0, 0.0]]);
        assert!(at.iter().all(|value| value.is_finite()));
        assert!(at[0] - at[1] > 4.0 && (at[1] - at[2]).abs() < 1e-6, "{at:?}");
        assert!(probabilities(at[1], at[2], at[3])[2] < 0.01, "votes that never tie");
    }
}
