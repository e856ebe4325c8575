//! The information of a table of marks, gathered in sums by pairs of elements.
//!
//! A mark's variance counts for its candidate, rater and item and for each pair of them; the sums by pair hold all of it,
//! so a mark is added three times and not six.
#![expect(clippy::indexing_slicing, reason = "elements and categories are numbered by the model")]

use super::{
    information::Information,
    mark::Cell,
    model::{Group, Model},
};

/// Sums over marks.
pub(crate) struct Spread {
    raters: usize,
    items: usize,
    /// Parameters of categories, and the number of the first among those that are no candidates.
    categories: usize,
    first: usize,
    /// Variances of marks by candidate and rater, candidate and item, rater and item.
    candidate_rater: Vec<f64>,
    candidate_item: Vec<f64>,
    rater_item: Vec<f64>,
    /// Covariances of a mark and its category by candidate, rater and item.
    candidate_category: Vec<f64>,
    rater_category: Vec<f64>,
    item_category: Vec<f64>,
    /// Products of the probabilities of two categories.
    category_category: Vec<f64>,
}

impl Spread {
    pub(crate) fn new(model: &Model) -> Self {
        let (candidates, raters, items) = (model.candidates, model.raters, model.items);
        let first = raters - 1 + items - 1;
        let categories = model.rest - first;
        Self {
            raters,
            items,
            categories,
            first,
            candidate_rater: vec![0.0; candidates * raters],
            candidate_item: vec![0.0; candidates * items],
            rater_item: vec![0.0; raters * items],
            candidate_category: vec![0.0; candidates * categories],
            rater_category: vec![0.0; raters * categories],
            item_category: vec![0.0; items * categories],
            category_category: vec![0.0; categories * categories],
        }
    }

    /// Adds a mark with the probabilities `own`.
    pub(crate) fn add(&mut self, cell: &Cell, group: &Group, own: &[f64], mean: f64) {
        let square = |(score, p): (&f64, &f64)| (score - mean) * (score - mean) * p;
        let variance: f64 = group.scores.iter().zip(own).map(square).sum();
        self.candidate_rater[cell.candidate * self.raters + cell.rater] += variance;
        self.candidate_item[cell.candidate * self.items + cell.item] += variance;
        self.rater_item[cell.rater * self.items + cell.item] += variance;
        let inner = &own[1..own.len() - 1];
        let scores = &group.scores[1..own.len() - 1];
        let start = group.first_parameter - self.first;
        let line = |element: usize| {
            let at = element * self.categories + start;
            at..at + inner.len()
        };
        let by_candidate = &mut self.candidate_category[line(cell.candidate)];
        let by_rater = &mut self.rater_category[line(cell.rater)];
        let by_item = &mut self.item_category[line(cell.item)];
        let sums = by_candidate.iter_mut().zip(by_rater).zip(by_item);
        for ((p, score), ((candidate, rater), item)) in inner.iter().zip(scores).zip(sums) {
            let shared = p * (score - mean);
            *candidate += shared;
            *rater += shared;
            *item += shared;
        }
        for (category, p) in inner.iter().enumerate() {
            let row = &mut self.category_category[line(start + category)];
            for (cell, other) in row.iter_mut().zip(&inner[..=category]) {
                *cell += p * other;
            }
        }
    }

    /// The information; `expected` are the expected statistics of all parameters.
    pub(crate) fn information(&self, model: &Model, expected: &[f64]) -> Information {
        let mut to = Information::new(model.candidates, model.rest);
        for candidate in 0..model.candidates {
            for rater in 0..self.raters {
                let variance = self.candidate_rater[candidate * self.raters + rater];
                to.add_candidate(candidate, variance);
                if let Some(place) = model.rater(rater) {
                    to.add_between(candidate, place, -variance);
                    to.add_corner(place, place, variance);
                }
            }
            for item in 0..self.items {
                let variance = self.candidate_item[candidate * self.items + item];
                if let Some(place) = model.item(item) {
                    to.add_between(candidate, place, -variance);
                    to.add_corner(place, place, variance);
                }
            }
            for category in 0..self.categories {
                let shared = self.candidate_category[candidate * self.categories + category];
                to.add_between(candidate, self.first + category, shared);
            }
        }
        self.corner(model, expected, &mut to);
        to
    }

    /// What lies between raters, items and categories.
    fn corner(&self, model: &Model, expected: &[f64], to: &mut Information) {
        for rater in 0..self.raters {
            let Some(place) = model.rater(rater) else { continue };
            for item in 0..self.items {
                if let Some(other) = model.item(item) {
                    to.add_corner(place, other, self.rater_item[rater * self.items + item]);
                }
            }
            for category in 0..self.categories {
                to.add_corner(
                    self.first + category,
                    place,
                    -self.rater_category[rater * self.categories + category],
                );
            }
        }
        for item in 0..self.items {
            let Some(place) = model.item(item) else { continue };
            for category in 0..self.categories {
                to.add_corner(
                    self.first + category,
                    place,
                    -self.item_category[item * self.categories + category],
                );
            }
        }
        for category in 0..self.categories {
            let place = self.first + category;
            to.add_corner(place, place, expected[model.candidates + place]);
            for other in 0..=category {
                let both = self.category_category[category * self.categories + other];
                to.add_corner(place, self.first + other, -both);
            }
        }
    }
}
