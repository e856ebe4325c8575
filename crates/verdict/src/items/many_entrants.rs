//! The item-response model for many entrants: items by marginal maximum likelihood.
//!
//! Bock and Aitkin's expectation-maximisation: abilities are standard normal on quadrature nodes, and every item's slope
//! and intercept take two scoring steps against the expected counts. Normal priors too weak to matter (slope 1 +- 3,
//! intercept 0 +- 10) keep the maximum finite for items that part the entrants perfectly. Standard errors are those of
//! the item's own two parameters from the outer product of the entrants' scores, which leaves out what they share with
//! other items' through the abilities.
#![expect(clippy::indexing_slicing, reason = "dense loops over nodes and items")]

use super::{
    ItemTable,
    few_entrants::unknown,
    item_model::{EntrantFit, ItemMethod, ItemModel, log_probabilities, slope_and_information},
    quadrature::Nodes,
    responses::{Response, Responses},
};
use crate::number::real;
use rayon::prelude::*;

const ITERATIONS: u32 = 1_000;
const TOLERANCE: f64 = 1e-5;
const SLOPE_PRECISION: f64 = 1.0 / 9.0;
const INTERCEPT_PRECISION: f64 = 1.0 / 100.0;

/// Slope and intercept of an item; none where all answers are alike.
type Curve = Option<(f64, f64)>;

/// Fits the model.
pub(crate) fn fit(table: &ItemTable<'_>, responses: &Responses) -> ItemModel {
    let curves = |item: usize| {
        let (seen, right) = responses.counts(item);
        let wrong = seen - right;
        (right > 0 && wrong > 0).then(|| (1.0, libm::log(real(right) / real(wrong))))
    };
    let mut curves: Vec<Curve> = (0..table.items.len()).map(curves).collect();
    let nodes = Nodes::for_items(curves.iter().flatten().count());
    let (mut iterations, mut converged) = (0, false);
    while iterations < ITERATIONS && !converged {
        let posteriors = expect(&curves, responses, &nodes);
        let next: Vec<Curve> = curves
            .par_iter()
            .enumerate()
            .map(|(item, curve)| curve.map(|curve| maximise(curve, item, responses, &nodes, &posteriors)))
            .collect();
        let moved = |(old, new): (&Curve, &Curve)| match (old, new) {
            (Some(old), Some(new)) => (old.0 - new.0).abs().max((old.1 - new.1).abs()),
            (_, None) | (None, _) => 0.0,
        };
        converged = curves.iter().zip(&next).map(moved).fold(0.0, f64::max) < TOLERANCE;
        curves = next;
        iterations += 1;
    }
    let posteriors = expect(&curves, responses, &nodes);
    let mut items: Vec<_> = table.items.iter().map(unknown).collect();
    let mut difficulties = Vec::new();
    for (item, (fit, curve)) in items.iter_mut().zip(&curves).enumerate() {
        let Some((slope, intercept)) = *curve else {
            continue;
        };
        let covariance = covariance((slope, intercept), item, responses, &nodes, &posteriors);
        fit.discrimination = Some(slope);
        fit.discrimination_error = covariance.map(|[slope, _, _]| slope.sqrt());
        if slope.abs() > 0.01 {
            let difficulty = -intercept / slope;
            difficulties.push(difficulty);
            fit.difficulty = Some(difficulty);
            fit.difficulty_error = covariance.map(|[aa, ad, dd]| {
                ((dd + 2.0 * difficulty * ad + difficulty * difficulty * aa).max(0.0)).sqrt() / slope.abs()
            });
        }
    }
    let entrant = |(place, posterior): (usize, &Vec<f64>)| {
        let mean: f64 = posterior.iter().zip(&nodes.at).map(|(weight, at)| weight * at).sum();
        let square: f64 = posterior.iter().zip(&nodes.at).map(|(weight, at)| weight * at * at).sum();
        let standard_error = Some((square - mean * mean).max(0.0).sqrt());
        EntrantFit { entrant: table.id(place), ability: mean, standard_error }
    };
    let count = real(difficulties.len().max(1));
    let mean = difficulties.iter().sum::<f64>() / count;
    let spread = difficulties.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / count;
    ItemModel {
        method: ItemMethod::ManyEntrants,
        entrants: posteriors.iter().enumerate().map(entrant).collect(),
        items,
        difficulty: (mean, spread.sqrt()),
        shares: None,
        information: None,
        iterations,
        converged,
    }
}

/// The posterior over nodes of every entrant.
fn expect(curves: &[Curve], responses: &Responses, nodes: &Nodes) -> Vec<Vec<f64>> {
    let row = |(curve, guess): (&Curve, &f64)| {
        let (slope, intercept) = (*curve)?;
        let both: (Vec<f64>, Vec<f64>) =
            nodes.at.iter().map(|at| log_probabilities(slope * at + intercept, *guess)).unzip();
        Some(both)
    };
    let rows: Vec<Option<(Vec<f64>, Vec<f64>)>> = curves.iter().zip(&responses.guess).map(row).collect();
    let prior: Vec<f64> =
        nodes.weight.iter().map(|weight| libm::log(weight.max(f64::MIN_POSITIVE))).collect();
    let posterior = |of: &Vec<Response>| {
        let mut sums = prior.clone();
        for (response, row) in of.iter().zip(&rows) {
            let Some((right, wrong)) = row else {
                continue;
            };
            let row = match response {
                Response::Right => right,
                Response::Wrong => wrong,
                Response::Missing => continue,
            };
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for sum in &mut sums {
            *sum = libm::exp(*sum - most);
        }
        let total: f64 = sums.iter().sum();
        for sum in &mut sums {
            *sum /= total;
        }
        sums
    };
    responses.of.par_iter().map(posterior).collect()
}

/// Two scoring steps of one item.
fn maximise(
    (mut slope, mut intercept): (f64, f64),
    item: usize,
    responses: &Responses,
    nodes: &Nodes,
    posteriors: &[Vec<f64>],
) -> (f64, f64) {
    let guess = responses.guess[item];
    let mut seen = vec![0.0; nodes.at.len()];
    let mut right = seen.clone();
    for (response, posterior) in responses.on(item).zip(posteriors) {
        if response != Response::Missing {
            seen.iter_mut().zip(posterior).for_each(|(sum, value)| *sum += value);
        }
        if response == Response::Right {
            right.iter_mut().zip(posterior).for_each(|(sum, value)| *sum += value);
        }
    }
    for _ in 0..2 {
        let mut gradient = [-(slope - 1.0) * SLOPE_PRECISION, -intercept * INTERCEPT_PRECISION];
        let (mut aa, mut ad, mut dd) = (SLOPE_PRECISION, 0.0, INTERCEPT_PRECISION);
        for ((at, seen), right) in nodes.at.iter().zip(&seen).zip(&right) {
            let (first, second) = slope_and_information(slope * at + intercept, guess, *seen, *right);
            gradient[0] += first * at;
            gradient[1] += first;
            aa += second * at * at;
            ad += second * at;
            dd += second;
        }
        let determinant = aa * dd - ad * ad;
        slope += ((dd * gradient[0] - ad * gradient[1]) / determinant).clamp(-1.0, 1.0);
        intercept += ((aa * gradient[1] - ad * gradient[0]) / determinant).clamp(-1.0, 1.0);
    }
    (slope, intercept)
}

/// Variance of the slope, covariance, variance of the intercept; none where they can't be told apart.
fn covariance(
    (slope, intercept): (f64, f64),
    item: usize,
    responses: &Responses,
    nodes: &Nodes,
    posteriors: &[Vec<f64>],
) -> Option<[f64; 3]> {
    let guess = responses.guess[item];
    let (mut aa, mut ad, mut dd) = (SLOPE_PRECISION, 0.0, INTERCEPT_PRECISION);
    for (response, posterior) in responses.on(item).zip(posteriors) {
        let right = match response {
            Response::Right => 1.0,
            Response::Wrong => 0.0,
            Response::Missing => continue,
        };
        let (mut first, mut second) = (0.0, 0.0);
        for (at, weight) in nodes.at.iter().zip(posterior) {
            let (value, _) = slope_and_information(slope * at + intercept, guess, 1.0, right);
            first += weight * value * at;
            second += weight * value;
        }
        aa += first * first;
        ad += first * second;
        dd += second * second;
    }
    let determinant = aa * dd - ad * ad;
    (determinant > 0.0).then(|| [dd / determinant, -ad / determinant, aa / determinant])
}
