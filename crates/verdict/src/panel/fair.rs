//! Measures recentred so that raters and items average 0, and the marks that follow from them.
#![expect(clippy::indexing_slicing, reason = "elements are numbered by the model")]

use super::{
    mark::{Marks, Scale},
    maximum::Fitted,
    model::{Group, Model},
    rasch::Threshold,
};
use crate::number::real;

/// Recentred estimates of one fit.
pub(crate) struct Fair<'a> {
    model: &'a Model,
    fitted: &'a Fitted,
    scale: Scale,
    /// Mean severity and mean difficulty before recentring.
    severity: f64,
    difficulty: f64,
    /// The inverse information times the weights of those means: raters, items, both.
    by_raters: Vec<f64>,
    by_items: Vec<f64>,
    by_both: Vec<f64>,
}

impl<'a> Fair<'a> {
    pub(crate) fn new(model: &'a Model, fitted: &'a Fitted, scale: Scale) -> Self {
        let rest = &fitted.at[model.candidates..];
        let weights = |raters: f64, items: f64| {
            let mut all = vec![0.0; model.parameters()];
            for rater in (0..model.raters).filter_map(|rater| model.rater(rater)) {
                all[model.candidates + rater] = raters / real(model.raters);
            }
            for item in (0..model.items).filter_map(|item| model.item(item)) {
                all[model.candidates + item] = items / real(model.items);
            }
            fitted.state.inverse.apply(&mut all);
            all
        };
        Self {
            model,
            fitted,
            scale,
            severity: mean_of_raters(model, rest),
            difficulty: mean_of_items(model, rest),
            by_raters: weights(1.0, 0.0),
            by_items: weights(0.0, 1.0),
            by_both: weights(1.0, 1.0),
        }
    }

    /// Mean severity plus mean difficulty of parameters (or influences on them) that are no candidates.
    pub(crate) fn shift(model: &Model, rest: &[f64]) -> f64 {
        mean_of_raters(model, rest) + mean_of_items(model, rest)
    }

    /// A candidate's measure and standard error.
    pub(crate) fn candidate(&self, place: usize) -> (f64, f64) {
        let measure = self.fitted.at[place] - self.severity - self.difficulty;
        let own = self.fitted.state.inverse.candidates(place, place);
        let mean = Self::shift(self.model, &self.by_both[self.model.candidates..]);
        (measure, (own - 2.0 * self.by_both[place] + mean).max(0.0).sqrt())
    }

    /// Raters' severities and standard errors.
    pub(crate) fn raters(&self) -> Vec<(f64, f64)> {
        let mean = mean_of_raters(self.model, &self.by_raters[self.model.candidates..]);
        let one = |rater| self.element(self.model.rater(rater), self.severity, &self.by_raters, mean);
        (0..self.model.raters).map(one).collect()
    }

    /// Items' difficulties and standard errors.
    pub(crate) fn items(&self) -> Vec<(f64, f64)> {
        let mean = mean_of_items(self.model, &self.by_items[self.model.candidates..]);
        let one = |item| self.element(self.model.item(item), self.difficulty, &self.by_items, mean);
        (0..self.model.items).map(one).collect()
    }

    fn element(&self, place: Option<usize>, centre: f64, by: &[f64], mean: f64) -> (f64, f64) {
        let own = place.map_or((0.0, 0.0, 0.0), |place| {
            let all = self.model.candidates + place;
            (self.fitted.at[all], self.fitted.state.inverse.corner(place, place), by[all])
        });
        (own.0 - centre, (own.1 - 2.0 * own.2 + mean).max(0.0).sqrt())
    }

    fn expected_in(&self, group: &Group, location: f64) -> f64 {
        let mean = self.model.moments_at(&self.fitted.at, group, location).mean;
        self.scale.mark(real(group.used[0]) + mean)
    }

    /// The mark at `measure` from a rater of mean severity on an item of mean difficulty; over items with thresholds of
    /// their own the mean.
    pub(crate) fn expected(&self, measure: f64) -> f64 {
        if let [shared] = self.model.groups.as_slice() {
            return self.expected_in(shared, measure);
        }
        let all = self.expected_by_item(measure);
        all.iter().sum::<f64>() / real(all.len())
    }

    /// The mark at `measure` from a rater of mean severity, by item.
    pub(crate) fn expected_by_item(&self, measure: f64) -> Vec<f64> {
        let difficulties = self.items();
        let one = |(item, (difficulty, _)): (usize, &(f64, f64))| {
            self.expected_in(self.model.group(item), measure - difficulty)
        };
        difficulties.iter().enumerate().map(one).collect()
    }

    fn mean_candidate(&self) -> f64 {
        (0..self.model.candidates).map(|place| self.candidate(place).0).sum::<f64>()
            / real(self.model.candidates)
    }

    /// What each rater gives to the mean candidate.
    pub(crate) fn fair_of_raters(&self) -> Vec<f64> {
        let mean = self.mean_candidate();
        self.raters().iter().map(|(severity, _)| self.expected(mean - severity)).collect()
    }

    /// What the mean candidate gets on each item.
    pub(crate) fn fair_of_items(&self) -> Vec<f64> {
        self.expected_by_item(self.mean_candidate())
    }

    /// Thresholds between marks that were given.
    pub(crate) fn thresholds(&self, marks: &Marks<'_>) -> Vec<Threshold> {
        let mut all = Vec::new();
        for (number, group) in self.model.groups.iter().enumerate() {
            let item = (self.model.groups.len() > 1).then(|| marks.items[number].to_owned());
            for below in 0..group.used.len() - 1 {
                all.push(self.threshold(group, below, item.clone()));
            }
        }
        all
    }

    fn threshold(&self, group: &Group, below: usize, item: Option<String>) -> Threshold {
        let (low, high) = (group.parameter(below), group.parameter(below + 1));
        let at =
            |place: Option<usize>| place.map_or(0.0, |place| self.fitted.at[self.model.candidates + place]);
        let both = |one: Option<usize>, other: Option<usize>| {
            one.zip(other).map_or(0.0, |(one, other)| self.fitted.state.inverse.corner(one, other))
        };
        let steps = real(group.used[below + 1] - group.used[below]);
        let variance = both(low, low) + both(high, high) - 2.0 * both(low, high);
        let known = group.used.len() == 2;
        Threshold {
            item,
            below: self.scale.mark(real(group.used[below])),
            above: self.scale.mark(real(group.used[below + 1])),
            measure: (at(low) - at(high)) / steps,
            standard_error: (!known).then(|| variance.max(0.0).sqrt() / steps),
            given_below: group.counts[below],
            given_above: group.counts[below + 1],
        }
    }
}

fn mean_of_raters(model: &Model, rest: &[f64]) -> f64 {
    (0..model.raters).filter_map(|rater| model.rater(rater)).map(|place| rest[place]).sum::<f64>()
        / real(model.raters)
}

fn mean_of_items(model: &Model, rest: &[f64]) -> f64 {
    (0..model.items).filter_map(|item| model.item(item)).map(|place| rest[place]).sum::<f64>()
        / real(model.items)
}
