//! The many-facet Rasch model: likelihood, information and the penalty of Jeffreys' prior.
//!
//! With `s` the steps of a mark above the least that was given,
//!
//! ```text
//! P(s) ~ exp(s * (theta_candidate - alpha_rater - delta_item) + c_s),   tau between s and t = (c_s - c_t) / (t - s)
//! ```
//!
//! (Andrich 1978; Masters 1982; Linacre 1989). The least and the greatest mark given have `c = 0`, so that thresholds
//! average 0; marks that nobody gave have no `c`, and keep their place on the scale. The last rater and the last item
//! are 0 here and are recentred afterwards.
//!
//! The model is an exponential family in these parameters, so the maximum of `l + log|I| / 2` is free of the bias of
//! first order (Firth 1993, "Bias reduction of maximum likelihood estimates"), and it is finite for candidates who
//! got nothing but the best marks.
#![expect(clippy::indexing_slicing, reason = "elements and categories are numbered by the constructor")]

use super::{
    information::{Information, Inverse},
    mark::{Cell, Marks, RaschError},
    rasch::Steps,
};
use crate::number::real;

/// Steps of one parameter are cut to this many logits.
const LONGEST_STEP: f64 = 1.0;

/// A fit is done when no parameter moves by more.
const SETTLED: f64 = 1e-9;

const MOST_ITERATIONS: u32 = 200;

/// The categories of one or all items.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// Steps of each category that was given, ascending, above the scale's minimum.
    pub(crate) used: Vec<usize>,
    /// Marks by category.
    pub(crate) counts: Vec<u64>,
    /// The same steps above the group's first, as numbers.
    scores: Vec<f64>,
    /// Parameter of the second category; the first and last have none.
    first_parameter: usize,
}

impl Group {
    /// Place of a category among the parameters that are no candidates.
    pub(crate) fn parameter(&self, category: usize) -> Option<usize> {
        (category > 0 && category + 1 < self.used.len()).then(|| self.first_parameter + category - 1)
    }
}

/// The model of one table of marks.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) candidates: usize,
    pub(crate) raters: usize,
    pub(crate) items: usize,
    pub(crate) groups: Vec<Group>,
    cells: Vec<Cell>,
    /// By cell: place of its mark among the group's categories.
    places: Vec<usize>,
    /// Most categories of a group.
    width: usize,
    /// Parameters that are no candidates.
    rest: usize,
}

/// What a mark is expected to be.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moments {
    /// Expected steps above the group's first category.
    pub(crate) mean: f64,
    pub(crate) variance: f64,
    /// Fourth central moment.
    pub(crate) fourth: f64,
}

/// Probabilities of all cells at one point, and what follows from them.
pub(crate) struct State {
    probabilities: Vec<f64>,
    pub(crate) gradient: Vec<f64>,
    pub(crate) log_likelihood: f64,
    pub(crate) inverse: Inverse,
}

/// A fit.
pub(crate) struct Fitted {
    pub(crate) at: Vec<f64>,
    pub(crate) state: State,
    pub(crate) iterations: u32,
}

impl Model {
    pub(crate) fn new(marks: &Marks<'_>, steps: Steps) -> Result<Self, RaschError> {
        let (candidates, raters, items) = (marks.candidates.len(), marks.raters.len(), marks.items.len());
        let number = match steps {
            Steps::Shared => 1,
            Steps::ByItem => items,
        };
        let group_of = |cell: &Cell| if number == 1 { 0 } else { cell.item };
        let mut counts: Vec<Vec<u64>> = vec![vec![0; 128]; number];
        for cell in &marks.cells {
            counts[group_of(cell)][cell.steps] += 1;
        }
        let mut next = raters - 1 + items - 1;
        let mut groups = Vec::new();
        for (group, counts) in counts.iter().enumerate() {
            let used: Vec<usize> = (0..counts.len()).filter(|steps| counts[*steps] > 0).collect();
            if used.len() < 2 {
                let item = (number > 1).then(|| marks.items[group].to_owned());
                return Err(RaschError::NoVariation { item, value: marks.scale.mark(real(used[0])) });
            }
            groups.push(Group {
                scores: used.iter().map(|steps| real(steps - used[0])).collect(),
                counts: used.iter().map(|steps| counts[*steps]).collect(),
                first_parameter: next,
                used,
            });
            next += groups[group].used.len() - 2;
        }
        let place = |cell: &Cell| {
            let used = &groups[group_of(cell)].used;
            used.binary_search(&cell.steps).unwrap_or_default()
        };
        let places = marks.cells.iter().map(place).collect();
        let width = groups.iter().map(|group| group.used.len()).max().unwrap_or_default();
        Ok(Self { candidates, raters, items, groups, cells: marks.cells.clone(), places, width, rest: next })
    }

    pub(crate) fn parameters(&self) -> usize {
        self.candidates + self.rest
    }

    /// The categories of `item`.
    pub(crate) fn group(&self, item: usize) -> &Group {
        if self.groups.len() == 1 { &self.groups[0] } else { &self.groups[item] }
    }

    /// Place of a rater among the parameters that are no candidates; the last has none.
    pub(crate) fn rater(&self, rater: usize) -> Option<usize> {
        (rater + 1 < self.raters).then_some(rater)
    }

    /// The same of an item.
    pub(crate) fn item(&self, item: usize) -> Option<usize> {
        (item + 1 < self.items).then(|| self.raters - 1 + item)
    }

    fn rest_at(&self, at: &[f64], place: Option<usize>) -> f64 {
        place.map_or(0.0, |place| at[self.candidates + place])
    }

    fn location(&self, at: &[f64], cell: &Cell) -> f64 {
        at[cell.candidate] - self.rest_at(at, self.rater(cell.rater)) - self.rest_at(at, self.item(cell.item))
    }

    /// Probabilities of a group's categories at `location`, into `out`; the logarithm of their former sum.
    pub(crate) fn probabilities(&self, at: &[f64], group: &Group, location: f64, out: &mut [f64]) -> f64 {
        let mut most = f64::NEG_INFINITY;
        for (category, score) in group.scores.iter().enumerate() {
            out[category] = score * location + self.rest_at(at, group.parameter(category));
            most = most.max(out[category]);
        }
        let mut sum = 0.0;
        for value in &mut out[..group.scores.len()] {
            *value = libm::exp(*value - most);
            sum += *value;
        }
        for value in &mut out[..group.scores.len()] {
            *value /= sum;
        }
        libm::log(sum) + most
    }

    /// Moments of the mark at `location` under a group's categories.
    pub(crate) fn moments_at(&self, at: &[f64], group: &Group, location: f64) -> Moments {
        let mut room = vec![0.0; self.width];
        self.probabilities(at, group, location, &mut room);
        moments(group, &room)
    }

    /// Every cell, its mark's steps above the group's first, and its moments.
    pub(crate) fn moments<'a>(&'a self, state: &'a State) -> impl Iterator<Item = (&'a Cell, f64, Moments)> {
        self.cells.iter().enumerate().map(|(number, cell)| {
            let group = self.group(cell.item);
            let own = &state.probabilities[number * self.width..(number + 1) * self.width];
            (cell, group.scores[self.places[number]], moments(group, own))
        })
    }

    /// Gradient, information and probabilities at `at`; none where the information is singular.
    fn derive(&self, at: &[f64]) -> Option<State> {
        let mut probabilities = vec![0.0; self.cells.len() * self.width];
        let mut gradient = vec![0.0; self.parameters()];
        let mut information = Information::new(self.candidates, self.rest);
        let mut log_likelihood = 0.0;
        for (number, cell) in self.cells.iter().enumerate() {
            let group = self.group(cell.item);
            let own = &mut probabilities[number * self.width..(number + 1) * self.width];
            let place = self.places[number];
            let location = self.location(at, cell);
            let sum = self.probabilities(at, group, location, own);
            let threshold = self.rest_at(at, group.parameter(place));
            log_likelihood += group.scores[place] * location + threshold - sum;
            self.add_cell(cell, place, own, &mut gradient, &mut information);
        }
        let inverse = information.invert()?;
        Some(State { probabilities, gradient, log_likelihood, inverse })
    }

    fn add_cell(&self, cell: &Cell, place: usize, own: &[f64], gradient: &mut [f64], to: &mut Information) {
        let group = self.group(cell.item);
        let Moments { mean, variance, .. } = moments(group, own);
        let off = group.scores[place] - mean;
        gradient[cell.candidate] += off;
        to.add_candidate(cell.candidate, variance);
        let others = [self.rater(cell.rater), self.item(cell.item)];
        for (nth, other) in others.iter().enumerate() {
            let Some(other) = *other else { continue };
            gradient[self.candidates + other] -= off;
            to.add_between(cell.candidate, other, -variance);
            for second in others[..=nth].iter().flatten() {
                to.add_corner(other, *second, variance);
            }
        }
        for category in 1..group.scores.len() - 1 {
            let parameter = group.first_parameter + category - 1;
            let p = own[category];
            gradient[self.candidates + parameter] += if category == place { 1.0 - p } else { -p };
            let shared = p * (group.scores[category] - mean);
            to.add_between(cell.candidate, parameter, shared);
            for other in others.iter().flatten() {
                to.add_corner(parameter, *other, -shared);
            }
            for second in 1..=category {
                let same = if second == category { p } else { 0.0 };
                to.add_corner(parameter, group.first_parameter + second - 1, same - p * own[second]);
            }
        }
    }

    /// Calls `each` with every cell and what the penalty adds to the gradient of its parameters: half the mean of
    /// each deviation times the leverage of the whole (Firth 1993, equation 5).
    fn penalty(&self, state: &State, mut each: impl FnMut(&Cell, usize, f64, &[f64])) {
        let inverse = &state.inverse;
        let mut room = vec![[0.0; 3]; self.width];
        let mut by_category = vec![0.0; self.width];
        for (number, cell) in self.cells.iter().enumerate() {
            let group = self.group(cell.item);
            let own = &state.probabilities[number * self.width..(number + 1) * self.width];
            let mean = moments(group, own).mean;
            let line = self.line_variance(inverse, cell);
            let inner = 1..group.scores.len() - 1;
            // Of each category: covariance with the line, covariance with the mean category, variance.
            room.fill([0.0; 3]);
            let (mut line_mean, mut mean_variance) = (0.0, 0.0);
            for category in inner.clone() {
                let parameter = group.first_parameter + category - 1;
                let with_line = inverse.between(cell.candidate, parameter)
                    - self.rater(cell.rater).map_or(0.0, |other| inverse.corner(other, parameter))
                    - self.item(cell.item).map_or(0.0, |other| inverse.corner(other, parameter));
                let with_mean: f64 = inner
                    .clone()
                    .map(|other| own[other] * inverse.corner(parameter, group.first_parameter + other - 1))
                    .sum();
                room[category] = [with_line, with_mean, inverse.corner(parameter, parameter)];
                line_mean += own[category] * with_line;
                mean_variance += own[category] * with_mean;
            }
            let mut centre = 0.0;
            for (category, score) in group.scores.iter().enumerate() {
                let off = score - mean;
                let [with_line, with_mean, variance] = room[category];
                let leverage = off * off * line
                    + 2.0 * off * (with_line - line_mean)
                    + variance - 2.0 * with_mean + mean_variance;
                by_category[category] = leverage;
                centre += own[category] * leverage;
            }
            let mut along = 0.0;
            for (category, score) in group.scores.iter().enumerate() {
                along += own[category] * (score - mean) * by_category[category];
                by_category[category] = own[category] * (by_category[category] - centre) / 2.0;
            }
            each(cell, self.places[number], along / 2.0, &by_category);
        }
    }

    /// Variance of `theta - alpha - delta` of a cell.
    fn line_variance(&self, inverse: &Inverse, cell: &Cell) -> f64 {
        let mut sum = inverse.candidates(cell.candidate, cell.candidate);
        let others = [self.rater(cell.rater), self.item(cell.item)];
        for (nth, one) in others.iter().enumerate() {
            let Some(one) = *one else { continue };
            sum += inverse.corner(one, one) - 2.0 * inverse.between(cell.candidate, one);
            for second in others[..nth].iter().flatten() {
                sum += 2.0 * inverse.corner(one, *second);
            }
        }
        sum
    }

    /// Adds a cell's share to the gradient of its parameters: `along` its line, and of each category.
    fn add_score(&self, cell: &Cell, along: f64, by_category: &[f64], to: &mut [f64]) {
        let group = self.group(cell.item);
        to[cell.candidate] += along;
        for other in [self.rater(cell.rater), self.item(cell.item)].into_iter().flatten() {
            to[self.candidates + other] -= along;
        }
        for category in 1..group.scores.len() - 1 {
            to[self.candidates + group.first_parameter + category - 1] += by_category[category];
        }
    }

    /// The gradient of the penalty.
    fn penalty_gradient(&self, state: &State) -> Vec<f64> {
        let mut penalty = vec![0.0; self.parameters()];
        self.penalty(state, |cell, _, along, by_category| {
            self.add_score(cell, along, by_category, &mut penalty);
        });
        penalty
    }

    /// The scores of the penalised likelihood by rater; they add up to 0 at its maximum.
    pub(crate) fn rater_scores(&self, state: &State) -> Vec<Vec<f64>> {
        let mut scores = vec![vec![0.0; self.parameters()]; self.raters];
        let mut number = 0;
        let mut each_mark = vec![0.0; self.width];
        self.penalty(state, |cell, place, along, by_category| {
            let group = self.group(cell.item);
            let own = &state.probabilities[number * self.width..(number + 1) * self.width];
            let off = group.scores[place] - moments(group, own).mean;
            for (category, value) in each_mark.iter_mut().enumerate() {
                *value = by_category[category] - own[category] + if category == place { 1.0 } else { 0.0 };
            }
            self.add_score(cell, along + off, &each_mark, &mut scores[cell.rater]);
            number += 1;
        });
        scores
    }

    /// The maximum of the likelihood, penalised or not.
    pub(crate) fn fit(&self, penalised: bool) -> Result<Fitted, RaschError> {
        let mut at = vec![0.0; self.parameters()];
        let failed = |iterations| RaschError::NotSettled { iterations };
        let objective = |state: &State| {
            state.log_likelihood + if penalised { state.inverse.log_determinant / 2.0 } else { 0.0 }
        };
        let mut state = self.derive(&at).ok_or(failed(0))?;
        for iterations in 1..=MOST_ITERATIONS {
            let mut step = state.gradient.clone();
            if penalised {
                for (step, by) in step.iter_mut().zip(self.penalty_gradient(&state)) {
                    *step += by;
                }
            }
            state.inverse.apply(&mut step);
            let longest = step.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            let mut scale = if longest > LONGEST_STEP { LONGEST_STEP / longest } else { 1.0 };
            let start = objective(&state);
            let mut moved = None;
            for _ in 0..30 {
                let trial: Vec<f64> = at.iter().zip(&step).map(|(at, step)| at + scale * step).collect();
                let reached = self.derive(&trial);
                // Near the maximum the objective no longer tells steps apart.
                if let Some(reached) = reached.filter(|state| longest < 1e-4 || objective(state) >= start) {
                    moved = Some((trial, reached));
                    break;
                }
                scale /= 2.0;
            }
            (at, state) = moved.ok_or(failed(iterations))?;
            if longest < SETTLED {
                return Ok(Fitted { at, state, iterations });
            }
        }
        Err(failed(MOST_ITERATIONS))
    }

    /// Takes the bias of first order from a maximum of the likelihood (Cox and Snell 1968).
    pub(crate) fn correct(&self, fitted: Fitted) -> Result<Fitted, RaschError> {
        let mut step = self.penalty_gradient(&fitted.state);
        fitted.state.inverse.apply(&mut step);
        let at: Vec<f64> = fitted.at.iter().zip(&step).map(|(at, step)| at + step).collect();
        let iterations = fitted.iterations;
        let state = self.derive(&at).ok_or(RaschError::NotSettled { iterations })?;
        Ok(Fitted { at, state, iterations })
    }
}

/// Moments of a mark with the probabilities `own`.
fn moments(group: &Group, own: &[f64]) -> Moments {
    let mean: f64 = group.scores.iter().zip(own).map(|(score, p)| score * p).sum();
    let (mut variance, mut fourth) = (0.0, 0.0);
    for (score, p) in group.scores.iter().zip(own) {
        let square = (score - mean) * (score - mean);
        variance += p * square;
        fourth += p * square * square;
    }
    Moments { mean, variance, fourth }
}
