//! The population of items that few entrants are measured by: its kinds, its nodes, and the posterior of an item over them
//! ([`super::few_entrants`]).
#![expect(clippy::indexing_slicing, reason = "dense loops over nodes and entrants")]

use super::{
    item_model::{ItemPriors, log_probabilities},
    quadrature::Nodes,
    responses::{Pattern, Response},
};

const DISCRIMINATION_NODES: usize = 9;
const DIFFICULTY_NODES: usize = 21;

/// Right way round, reversed, useless.
pub(crate) const KINDS: usize = 3;

/// What is estimated.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) abilities: Vec<f64>,
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
    pub(crate) shares: [f64; KINDS],
}

impl State {
    /// As a vector without bounds: abilities, mean, logarithm of the deviation, log ratios of the shares to the first.
    pub(crate) fn parameters(&self) -> Vec<f64> {
        let mut all = self.abilities.clone();
        all.extend([self.mean, libm::log(self.deviation)]);
        all.extend(self.shares.iter().skip(1).map(|share| libm::log(share / self.shares[0])));
        all
    }

    pub(crate) fn from_parameters(all: &[f64]) -> Self {
        let entrants = all.len() - KINDS - 1;
        let ratios = [1.0, libm::exp(all[entrants + 2]), libm::exp(all[entrants + 3])];
        let total: f64 = ratios.iter().sum();
        Self {
            abilities: all[..entrants].to_vec(),
            mean: all[entrants],
            deviation: libm::exp(all[entrants + 1]).clamp(0.3, 8.0),
            shares: ratios.map(|ratio| ratio / total),
        }
    }
}

/// The point that three steps point to, at most 64 steps away.
pub(crate) fn leap(start: &[f64], first: &[f64], second: &[f64]) -> Vec<f64> {
    let (mut step, mut turn) = (0.0, 0.0);
    for ((start, first), second) in start.iter().zip(first).zip(second) {
        step += (first - start) * (first - start);
        turn += (second - 2.0 * first + start) * (second - 2.0 * first + start);
    }
    let length = if turn > 0.0 { (step / turn).sqrt().clamp(1.0, 64.0) } else { 1.0 };
    let point = |((start, first), second): ((&f64, &f64), &f64)| {
        start + 2.0 * length * (first - start) + length * length * (second - 2.0 * first + start)
    };
    start.iter().zip(first).zip(second).map(point).collect()
}

/// One combination of kind, discrimination and difficulty.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) kind: usize,
    /// Signed discrimination.
    pub(crate) slope: f64,
    /// Standardised difficulty and logarithm of its size of discrimination.
    pub(crate) standard: f64,
    pub(crate) log_size: f64,
    weight: f64,
}

impl Node {
    pub(crate) fn difficulty(&self, state: &State) -> f64 {
        state.mean + state.deviation * self.standard
    }

    pub(crate) fn logit(&self, state: &State, ability: f64) -> f64 {
        let difficulty = self.difficulty(state);
        if self.kind == 2 { -difficulty } else { self.slope * (ability - difficulty) }
    }
}

pub(crate) fn nodes(priors: &ItemPriors) -> Vec<Node> {
    let sizes = Nodes::gauss_hermite(DISCRIMINATION_NODES);
    let difficulties = Nodes::gauss_hermite(DIFFICULTY_NODES);
    let mut all = Vec::new();
    for (kind, sign) in [(0, 1.0), (1, -1.0)] {
        for (z, size_weight) in sizes.at.iter().zip(&sizes.weight) {
            let log_size = priors.log_discrimination_deviation * z;
            for (standard, weight) in difficulties.at.iter().zip(&difficulties.weight) {
                let slope = sign * libm::exp(log_size);
                all.push(Node { kind, slope, standard: *standard, log_size, weight: size_weight * weight });
            }
        }
    }
    for (standard, weight) in difficulties.at.iter().zip(&difficulties.weight) {
        all.push(Node { kind: 2, slope: 0.0, standard: *standard, log_size: 0.0, weight: *weight });
    }
    all
}

/// Logarithms of the probabilities of right and wrong, by guessing rate, entrant and node.
pub(crate) struct Tables {
    guesses: Vec<f64>,
    right: Vec<Vec<Vec<f64>>>,
    wrong: Vec<Vec<Vec<f64>>>,
    /// Logarithm of share times weight, by node.
    prior: Vec<f64>,
}

impl Tables {
    pub(crate) fn new(nodes: &[Node], guesses: &[f64], state: &State) -> Self {
        let (mut right, mut wrong) = (Vec::new(), Vec::new());
        for guess in guesses {
            let of = |ability: &f64| -> (Vec<f64>, Vec<f64>) {
                nodes.iter().map(|node| log_probabilities(node.logit(state, *ability), *guess)).unzip()
            };
            let (one, other): (Vec<_>, Vec<_>) = state.abilities.iter().map(of).unzip();
            right.push(one);
            wrong.push(other);
        }
        let prior = |node: &Node| libm::log(state.shares[node.kind] * node.weight);
        Self { guesses: guesses.to_vec(), right, wrong, prior: nodes.iter().map(prior).collect() }
    }

    pub(crate) fn group(&self, pattern: &Pattern) -> usize {
        self.guesses.iter().position(|guess| guess.to_bits() == pattern.guess.to_bits()).unwrap_or(0)
    }

    /// The posterior of the nodes given a pattern, and the logarithm of its probability.
    pub(crate) fn posterior(&self, pattern: &Pattern, posterior: &mut Vec<f64>) -> f64 {
        let group = self.group(pattern);
        posterior.clone_from(&self.prior);
        for (entrant, response) in pattern.responses.iter().enumerate() {
            let row = match response {
                Response::Right => &self.right[group][entrant],
                Response::Wrong => &self.wrong[group][entrant],
                Response::Missing => continue,
            };
            for (sum, value) in posterior.iter_mut().zip(row) {
                *sum += value;
            }
        }
        let most = posterior.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut total = 0.0;
        for value in posterior.iter_mut() {
            *value = libm::exp(*value - most);
            total += *value;
        }
        for value in posterior.iter_mut() {
            *value /= total;
        }
        most + libm::log(total)
    }
}
