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
    information::Inverse,
    mark::{Cell, Marks, RaschError},
    rasch::Steps,
    spread::Spread,
};
use crate::number::real;

/// Largest exponent that is multiplied out instead of taken anew for every mark.
const SAFE_EXPONENT: f64 = 300.0;

/// The categories of one or all items.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// Steps of each category that was given, ascending, above the scale's minimum.
    pub(crate) used: Vec<usize>,
    /// Marks by category.
    pub(crate) counts: Vec<u64>,
    /// The same steps above the group's first, as numbers.
    pub(crate) scores: Vec<f64>,
    /// Steps from each category to the next; 1 after the last.
    gaps: Vec<usize>,
    /// Parameter of the second category; the first and last have none.
    pub(crate) first_parameter: usize,
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
    pub(crate) cells: Vec<Cell>,
    /// By cell: place of its mark among the group's categories.
    pub(crate) places: Vec<usize>,
    /// Most categories of a group.
    pub(crate) width: usize,
    /// Parameters that are no candidates.
    pub(crate) rest: usize,
    /// The sufficient statistic of each parameter.
    totals: Vec<f64>,
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
    pub(crate) probabilities: Vec<f64>,
    pub(crate) means: Vec<f64>,
    pub(crate) gradient: Vec<f64>,
    pub(crate) log_likelihood: f64,
    pub(crate) inverse: Inverse,
}

/// Exponentials of all parameters, so that a cell takes products instead of exponentials.
struct Factors {
    ability: Vec<f64>,
    leniency: Vec<f64>,
    ease: Vec<f64>,
    /// By group and category.
    weights: Vec<Vec<f64>>,
}

/// A sum of logarithms by way of products, which a logarithm is taken of only where they grow large.
struct LogSum {
    product: f64,
    sum: f64,
}

impl LogSum {
    fn add(&mut self, value: f64) {
        self.product *= value;
        if !(1e-150..1e150).contains(&self.product) {
            self.sum += libm::log(self.product);
            self.product = 1.0;
        }
    }

    fn finish(self) -> f64 {
        self.sum + libm::log(self.product)
    }
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
                gaps: used.windows(2).map(|pair| pair[1] - pair[0]).chain([1]).collect(),
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
        let cells = marks.cells.clone();
        let totals = Vec::new();
        let mut model = Self { candidates, raters, items, groups, cells, places, width, rest: next, totals };
        model.totals = model.count();
        Ok(model)
    }

    /// What the marks add up to for each parameter.
    fn count(&self) -> Vec<f64> {
        let mut totals = vec![0.0; self.parameters()];
        for (cell, place) in self.cells.iter().zip(&self.places) {
            let group = self.group(cell.item);
            totals[cell.candidate] += group.scores[*place];
            for other in [self.rater(cell.rater), self.item(cell.item)].into_iter().flatten() {
                totals[self.candidates + other] -= group.scores[*place];
            }
            if let Some(parameter) = group.parameter(*place) {
                totals[self.candidates + parameter] += 1.0;
            }
        }
        totals
    }

    /// Where a fit begins: logits of the shares of steps that elements got, and the categories' log-frequencies.
    pub(crate) fn start(&self) -> Vec<f64> {
        let mut seen =
            [vec![[0.5, 1.0]; self.candidates], vec![[0.5, 1.0]; self.raters], vec![[0.5, 1.0]; self.items]];
        for (cell, place) in self.cells.iter().zip(&self.places) {
            let scores = &self.group(cell.item).scores;
            let share = scores[*place] / scores[scores.len() - 1];
            for (facet, element) in seen.iter_mut().zip([cell.candidate, cell.rater, cell.item]) {
                facet[element][0] += share;
                facet[element][1] += 1.0;
            }
        }
        let logit = |[got, number]: &[f64; 2]| libm::log(got / (number - got));
        let [candidates, raters, items] = seen.map(|facet| facet.iter().map(logit).collect::<Vec<f64>>());
        let mut at = candidates;
        let last = |all: &[f64]| all[all.len() - 1];
        at.extend(raters[..self.raters - 1].iter().map(|own| last(&raters) - own));
        at.extend(items[..self.items - 1].iter().map(|own| last(&items) - own));
        for group in &self.groups {
            let log = |category: usize| {
                libm::log(real(usize::try_from(group.counts[category]).unwrap_or(usize::MAX)))
            };
            let end = group.scores.len() - 1;
            for category in 1..end {
                let slope = (log(end) - log(0)) / group.scores[end];
                at.push(log(category) - log(0) - slope * group.scores[category]);
            }
        }
        at
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

    fn factors(&self, at: &[f64]) -> Option<Factors> {
        let exponentials = |values: &mut dyn Iterator<Item = f64>| -> (Vec<f64>, f64) {
            let values: Vec<f64> = values.collect();
            let most = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            (values.iter().map(|value| libm::exp(*value)).collect(), most)
        };
        let (ability, a) = exponentials(&mut at[..self.candidates].iter().copied());
        let (leniency, b) =
            exponentials(&mut (0..self.raters).map(|rater| -self.rest_at(at, self.rater(rater))));
        let (ease, c) = exponentials(&mut (0..self.items).map(|item| -self.rest_at(at, self.item(item))));
        let mut longest = 0.0_f64;
        let mut weights = Vec::new();
        for group in &self.groups {
            let own =
                &mut (0..group.scores.len()).map(|category| self.rest_at(at, group.parameter(category)));
            let (own, most) = exponentials(own);
            longest = longest.max((a + b + c) * group.scores[group.scores.len() - 1] + most);
            weights.push(own);
        }
        (longest < SAFE_EXPONENT).then_some(Factors { ability, leniency, ease, weights })
    }

    /// Probabilities of every cell at `at`, their means, and the log-likelihood.
    fn visit(
        &self,
        at: &[f64],
        mut each: impl FnMut(&Cell, &Group, &[f64], f64),
    ) -> (Vec<f64>, Vec<f64>, f64) {
        let factors = self.factors(at);
        let mut probabilities = vec![0.0; self.cells.len() * self.width];
        let mut means = Vec::with_capacity(self.cells.len());
        let mut logs = LogSum { product: 1.0, sum: 0.0 };
        let mut far = 0.0;
        for (cell, own) in self.cells.iter().zip(probabilities.chunks_mut(self.width)) {
            let group = self.group(cell.item);
            let own = &mut own[..group.scores.len()];
            match &factors {
                Some(factors) => logs.add(multiplied(factors, cell, group, self.groups.len(), own)),
                None => far += self.probabilities(at, group, self.location(at, cell), own),
            }
            let mean = group.scores.iter().zip(own.iter()).map(|(score, p)| score * p).sum();
            means.push(mean);
            each(cell, group, own, mean);
        }
        let linear: f64 = self.totals.iter().zip(at).map(|(total, at)| total * at).sum();
        (probabilities, means, linear - logs.finish() - far)
    }

    /// Gradient, information and probabilities at `at`; none where the information is singular.
    pub(crate) fn derive(&self, at: &[f64]) -> Option<State> {
        let mut expected = vec![0.0; self.parameters()];
        let mut spread = Spread::new(self);
        let (probabilities, means, log_likelihood) = self.visit(at, |cell, group, own, mean| {
            self.expect(cell, group, own, mean, &mut expected);
            spread.add(cell, group, own, mean);
        });
        let inverse = spread.information(self, &expected).invert()?;
        Some(State { probabilities, means, gradient: self.less(&expected), log_likelihood, inverse })
    }

    /// The gradient alone at `at`.
    pub(crate) fn gradient(&self, at: &[f64]) -> Vec<f64> {
        let mut expected = vec![0.0; self.parameters()];
        self.visit(at, |cell, group, own, mean| self.expect(cell, group, own, mean, &mut expected));
        self.less(&expected)
    }

    fn less(&self, expected: &[f64]) -> Vec<f64> {
        self.totals.iter().zip(expected).map(|(total, expected)| total - expected).collect()
    }

    fn expect(&self, cell: &Cell, group: &Group, own: &[f64], mean: f64, to: &mut [f64]) {
        to[cell.candidate] += mean;
        for other in [self.rater(cell.rater), self.item(cell.item)].into_iter().flatten() {
            to[self.candidates + other] -= mean;
        }
        let inner = &own[1..own.len() - 1];
        let first = self.candidates + group.first_parameter;
        for (to, p) in to[first..first + inner.len()].iter_mut().zip(inner) {
            *to += p;
        }
    }
}

/// Probabilities of a cell's categories by products; their sum before it was made 1.
fn multiplied(factors: &Factors, cell: &Cell, group: &Group, groups: usize, own: &mut [f64]) -> f64 {
    let weights = &factors.weights[if groups == 1 { 0 } else { cell.item }];
    let step = factors.ability[cell.candidate] * factors.leniency[cell.rater] * factors.ease[cell.item];
    let mut power = 1.0;
    let mut sum = 0.0;
    for ((value, weight), gap) in own.iter_mut().zip(weights).zip(&group.gaps) {
        *value = weight * power;
        sum += *value;
        power *= step;
        for _ in 1..*gap {
            power *= step;
        }
    }
    let share = 1.0 / sum;
    for value in own.iter_mut() {
        *value *= share;
    }
    sum
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
