//! The item-response model for few entrants: abilities by maximum likelihood, averaged over a population of items.
//!
//! Every item is of one of three kinds (right way round, reversed, useless); its discrimination is `+-exp(s z)` and its
//! difficulty `m + d y` with `z` and `y` standard normal. The likelihood of an item is the mean over Gauss and Hermite's
//! nodes, and items with the same answers are one pattern, so ten entrants have at most 1,024 of them per guessing rate
//! whatever the number of items. An expectation-maximisation step takes one Newton step in each ability under the
//! constraint that their mean is 0, and closed forms for `m`, `d` and the shares of the kinds. A useless item is answered
//! rightly with the probability that an entrant of ability 0 has at discrimination 1.
#![expect(clippy::indexing_slicing, reason = "dense loops over nodes and entrants")]

use super::{
    ItemTable,
    item_model::{EntrantFit, ItemFit, ItemMethod, ItemModel, ItemPriors, slope_and_information},
    item_population::{KINDS, Node, State, Tables, leap, nodes},
    responses::{Pattern, Response, Responses},
};
use crate::{matrix::Cholesky, number::real};
use rayon::prelude::*;

const ITERATIONS: u32 = 500;
const TOLERANCE: f64 = 1e-6;

/// Patterns of one unit of work; fixed, so that no number of threads changes a sum.
const CHUNK: usize = 64;

/// Expected counts.
#[derive(Clone)]
struct Expected {
    /// By guessing rate, entrant and node.
    seen: Vec<f64>,
    right: Vec<f64>,
    kinds: [f64; KINDS],
    difficulty: f64,
    difficulty_square: f64,
    /// Logarithm of the likelihood.
    likelihood: f64,
}

impl Expected {
    fn new(groups: usize, entrants: usize, nodes: usize) -> Self {
        let room = vec![0.0; groups * entrants * nodes];
        Self {
            seen: room.clone(),
            right: room,
            kinds: [0.0; KINDS],
            difficulty: 0.0,
            difficulty_square: 0.0,
            likelihood: 0.0,
        }
    }

    fn add(&mut self, other: &Self) {
        for (sum, value) in self.seen.iter_mut().zip(&other.seen) {
            *sum += value;
        }
        for (sum, value) in self.right.iter_mut().zip(&other.right) {
            *sum += value;
        }
        for (sum, value) in self.kinds.iter_mut().zip(other.kinds) {
            *sum += value;
        }
        self.difficulty += other.difficulty;
        self.difficulty_square += other.difficulty_square;
        self.likelihood += other.likelihood;
    }
}

struct Fit<'a> {
    nodes: Vec<Node>,
    guesses: Vec<f64>,
    patterns: Vec<Pattern>,
    priors: &'a ItemPriors,
    items: f64,
}

/// Fits the model.
pub(crate) fn fit(table: &ItemTable<'_>, responses: &Responses, priors: &ItemPriors) -> ItemModel {
    let mut patterns = responses.patterns();
    patterns.retain(|one| one.responses.iter().any(|response| *response != Response::Missing));
    let mut guesses: Vec<f64> = patterns.iter().map(|pattern| pattern.guess).collect();
    guesses.dedup_by(|a, b| a.to_bits() == b.to_bits());
    let items = real(patterns.iter().map(|pattern| pattern.items.len()).sum());
    let fit = Fit { nodes: nodes(priors), guesses, patterns, priors, items };
    let mut state = start(responses, priors);
    let (iterations, converged) = fit.run(&mut state);
    let errors = fit.errors(&state);
    let entrants = state.abilities.iter().zip(errors).enumerate();
    let mut model = ItemModel {
        method: ItemMethod::FewEntrants,
        entrants: entrants
            .map(|(place, (ability, standard_error))| EntrantFit {
                entrant: table.id(place),
                ability: *ability,
                standard_error,
            })
            .collect(),
        items: table.items.iter().map(unknown).collect(),
        difficulty: (state.mean, state.deviation),
        shares: Some(state.shares),
        information: None,
        iterations,
        converged,
    };
    fit.describe(&state, &mut model);
    model
}

/// An item of which nothing is known.
pub(crate) fn unknown(item: &super::Item<'_>) -> ItemFit {
    ItemFit {
        task: item.task.to_owned(),
        item: item.id.to_owned(),
        discrimination: None,
        discrimination_error: None,
        difficulty: None,
        difficulty_error: None,
        p_reversed: None,
        p_useless: None,
    }
}

/// Logits of mean scores.
fn start(responses: &Responses, priors: &ItemPriors) -> State {
    let logit = |of: &Vec<Response>| {
        let right = real(of.iter().filter(|one| **one == Response::Right).count());
        let wrong = real(of.iter().filter(|one| **one == Response::Wrong).count());
        libm::log((right + 1.0) / (wrong + 1.0))
    };
    let logits: Vec<f64> = responses.of.iter().map(logit).collect();
    let mean = logits.iter().sum::<f64>() / real(logits.len());
    let total: f64 = priors.pseudo_items.iter().sum();
    State {
        abilities: logits.iter().map(|logit| 1.3 * (logit - mean)).collect(),
        mean: -mean,
        deviation: 1.5,
        shares: priors.pseudo_items.map(|pseudo| pseudo / total),
    }
}

impl Fit<'_> {
    /// Moves the state to the maximum: two plain steps, then a leap along them that is kept where it raises the
    /// posterior (Varadhan and Roland 2008, "Simple and globally convergent methods for accelerating the convergence of
    /// any EM algorithm"). Returns the steps taken and whether they came to rest.
    fn run(&self, state: &mut State) -> (u32, bool) {
        let mut expected = self.expect(state);
        let mut iterations = 0;
        while iterations < ITERATIONS {
            let start = state.parameters();
            if self.maximise(state, &expected) < TOLERANCE {
                return (iterations + 1, true);
            }
            let first = state.parameters();
            let middle = self.expect(state);
            self.maximise(state, &middle);
            let second = state.parameters();
            iterations += 2;
            let leap = State::from_parameters(&leap(&start, &first, &second));
            let there = self.expect(&leap);
            if self.objective(&leap, &there) > self.objective(&State::from_parameters(&first), &middle) {
                *state = leap;
                expected = there;
            } else {
                expected = self.expect(state);
            }
        }
        (iterations, false)
    }

    /// Logarithm of the posterior of a state whose expected counts these are.
    fn objective(&self, state: &State, expected: &Expected) -> f64 {
        let prior = state.shares.iter().zip(self.priors.pseudo_items);
        expected.likelihood + prior.map(|(share, pseudo)| pseudo * libm::log(*share)).sum::<f64>()
    }

    fn expect(&self, state: &State) -> Expected {
        let tables = Tables::new(&self.nodes, &self.guesses, state);
        let (nodes, entrants) = (self.nodes.len(), state.abilities.len());
        let empty = Expected::new(self.guesses.len(), entrants, nodes);
        let chunk = |patterns: &[Pattern]| {
            let mut sums = empty.clone();
            let mut posterior = Vec::new();
            for pattern in patterns {
                let likelihood = tables.posterior(pattern, &mut posterior);
                let times = real(pattern.items.len());
                sums.likelihood += times * likelihood;
                let group = tables.group(pattern);
                for (entrant, response) in pattern.responses.iter().enumerate() {
                    let from = (group * entrants + entrant) * nodes;
                    if *response != Response::Missing {
                        let seen = &mut sums.seen[from..from + nodes];
                        seen.iter_mut().zip(&posterior).for_each(|(sum, value)| *sum += times * value);
                    }
                    if *response == Response::Right {
                        let right = &mut sums.right[from..from + nodes];
                        right.iter_mut().zip(&posterior).for_each(|(sum, value)| *sum += times * value);
                    }
                }
                for (node, value) in self.nodes.iter().zip(&posterior) {
                    let difficulty = node.difficulty(state);
                    sums.kinds[node.kind] += times * value;
                    sums.difficulty += times * value * difficulty;
                    sums.difficulty_square += times * value * difficulty * difficulty;
                }
            }
            sums
        };
        let parts: Vec<Expected> = self.patterns.par_chunks(CHUNK).map(chunk).collect();
        let mut all = empty.clone();
        for part in &parts {
            all.add(part);
        }
        all
    }

    /// Moves the state; returns the greatest move.
    fn maximise(&self, state: &mut State, expected: &Expected) -> f64 {
        let (nodes, entrants) = (self.nodes.len(), state.abilities.len());
        let mut slopes = vec![0.0; entrants];
        let mut curves = vec![1e-9; entrants];
        for (group, guess) in self.guesses.iter().enumerate() {
            for entrant in 0..entrants {
                let from = (group * entrants + entrant) * nodes;
                for (place, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.kind != 2) {
                    let logit = node.logit(state, state.abilities[entrant]);
                    let (seen, right) = (expected.seen[from + place], expected.right[from + place]);
                    let (slope, information) = slope_and_information(logit, *guess, seen, right);
                    slopes[entrant] += node.slope * slope;
                    curves[entrant] += node.slope * node.slope * information;
                }
            }
        }
        // Lagrange's multiplier keeps the mean at 0.
        let pull: f64 = slopes.iter().zip(&curves).map(|(slope, curve)| slope / curve).sum();
        let pull = pull / curves.iter().map(|curve| 1.0 / curve).sum::<f64>();
        let mut greatest = 0.0_f64;
        for ((ability, slope), curve) in state.abilities.iter_mut().zip(&slopes).zip(&curves) {
            let step = ((slope - pull) / curve).clamp(-1.0, 1.0);
            *ability += step;
            greatest = greatest.max(step.abs());
        }
        let centre = state.abilities.iter().sum::<f64>() / real(entrants);
        for ability in &mut state.abilities {
            *ability -= centre;
        }
        let mean = expected.difficulty / self.items;
        let deviation =
            (expected.difficulty_square / self.items - mean * mean).max(0.0).sqrt().clamp(0.3, 8.0);
        greatest = greatest.max((mean - state.mean).abs()).max((deviation - state.deviation).abs());
        (state.mean, state.deviation) = (mean, deviation);
        let total = self.items + self.priors.pseudo_items.iter().sum::<f64>();
        for ((share, seen), pseudo) in
            state.shares.iter_mut().zip(expected.kinds).zip(self.priors.pseudo_items)
        {
            *share = (seen + pseudo) / total;
        }
        greatest
    }

    /// Standard errors of the abilities from the outer product of the items' scores, with mean and spread of the
    /// difficulties among the parameters; none where the items don't fix them.
    fn errors(&self, state: &State) -> Vec<Option<f64>> {
        let tables = Tables::new(&self.nodes, &self.guesses, state);
        let entrants = state.abilities.len();
        let size = entrants + 2;
        let mut information = vec![0.0; size * size];
        let (mut posterior, mut score) = (Vec::new(), vec![0.0; size]);
        for pattern in &self.patterns {
            tables.posterior(pattern, &mut posterior);
            score.fill(0.0);
            for (node, value) in self.nodes.iter().zip(&posterior) {
                if node.kind != 2 {
                    for (entrant, response) in pattern.responses.iter().enumerate() {
                        let right = match response {
                            Response::Right => 1.0,
                            Response::Wrong => 0.0,
                            Response::Missing => continue,
                        };
                        let logit = node.logit(state, state.abilities[entrant]);
                        let (slope, _) = slope_and_information(logit, pattern.guess, 1.0, right);
                        score[entrant] += value * node.slope * slope;
                    }
                }
                score[entrants] += value * node.standard / state.deviation;
                score[entrants + 1] += value * (node.standard * node.standard - 1.0) / state.deviation;
            }
            let times = real(pattern.items.len());
            for row in 0..size {
                for column in 0..size {
                    information[row * size + column] += times * score[row] * score[column];
                }
            }
        }
        // A stiff spring on the mean ability stands for the constraint that it is 0.
        let stiff = 1e6 * self.items;
        for row in 0..entrants {
            for column in 0..entrants {
                information[row * size + column] += stiff / real(entrants * entrants);
            }
        }
        let mut factor = Cholesky::new(size);
        if !factor.factor(&information) {
            return vec![None; entrants];
        }
        let variance = |place: usize| {
            let mut unit = vec![0.0; size];
            unit[place] = 1.0;
            factor.solve(&mut unit);
            (unit[place] > 0.0 && unit[place].is_finite()).then(|| unit[place].sqrt())
        };
        (0..entrants).map(variance).collect()
    }

    /// Posterior means of every item.
    fn describe(&self, state: &State, model: &mut ItemModel) {
        let tables = Tables::new(&self.nodes, &self.guesses, state);
        let mut posterior = Vec::new();
        let mut spread = 0.0;
        for pattern in &self.patterns {
            tables.posterior(pattern, &mut posterior);
            let mean = |value: &dyn Fn(&Node) -> f64| -> f64 {
                self.nodes.iter().zip(&posterior).map(|(node, weight)| weight * value(node)).sum()
            };
            let kind = |wanted: usize| mean(&|node| f64::from(u8::from(node.kind == wanted)));
            let discrimination = mean(&|node| node.slope);
            let difficulty = mean(&|node| node.difficulty(state));
            let of = |value: f64, square: f64| (square - value * value).max(0.0).sqrt();
            let discrimination_error = of(discrimination, mean(&|node| node.slope * node.slope));
            let difficulty_error = of(difficulty, mean(&|node| node.difficulty(state).powi(2)));
            let sized = kind(0) + kind(1);
            if sized > 0.0 {
                let log_mean = mean(&|node| node.log_size) / sized;
                let square = mean(&|node| node.log_size * node.log_size) / sized;
                spread += real(pattern.items.len()) * (square - log_mean * log_mean).max(0.0);
            }
            let (p_reversed, p_useless) = (kind(1), kind(2));
            for item in &pattern.items {
                let Some(fit) = model.items.get_mut(*item) else {
                    continue;
                };
                fit.discrimination = Some(discrimination);
                fit.discrimination_error = Some(discrimination_error);
                fit.difficulty = Some(difficulty);
                fit.difficulty_error = Some(difficulty_error);
                fit.p_reversed = Some(p_reversed);
                fit.p_useless = Some(p_useless);
            }
        }
        let prior = self.priors.log_discrimination_deviation.powi(2);
        model.information = (self.items > 0.0).then(|| (1.0 - spread / self.items / prior).clamp(0.0, 1.0));
    }
}
