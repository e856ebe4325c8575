//! The two-parameter logistic item-response model, for many entrants or for few.
//!
//! An entrant of ability `t` answers an item of discrimination `a` and difficulty `b` rightly with probability
//!
//! ```text
//! g + (1 - g) / (1 + exp(-a (t - b)))
//! ```
//!
//! with `g` the item's known guessing rate (0 where the floor is off, which is the plain model of Birnbaum 1968). There
//! are two ways to fit it, and the rule for both is: average over the many, estimate the few.
//!
//! - **Many entrants** ([`ItemMethod::ManyEntrants`]): abilities are standard normal and averaged over, item parameters
//!   are estimated (Bock and Aitkin 1981, "Marginal maximum likelihood estimation of item parameters").
//! - **Few entrants** ([`ItemMethod::FewEntrants`], the usual case of five teams and five references): items are drawn
//!   from stated distributions and averaged over, abilities are estimated. Discrimination is log-normal around 1,
//!   difficulty normal with estimated mean and spread; a small share of items is reversed (discrimination below 0) and
//!   another tells nothing apart (discrimination 0), so that noise is not taken for reversal.
//!
//! # What few entrants can and cannot show
//! Ten right-or-wrong answers fix no item's discrimination: its posterior stays close to the prior
//! ([`ItemModel::information`] says how close, from 0 to 1). They can show that an item is reversed only where entrants
//! are far apart in ability, as a probability under the model and never by a count alone: the smallest p-value that any
//! item can reach with them is [`least_p`]. They can show that everybody is wrong, that the strongest agree on another
//! answer than the key, and how entrants stand on a common scale.

use super::{ItemTable, ItemsError, error::between, few_entrants, many_entrants, responses::Responses};
use crate::number::real;
use serde::{Deserialize, Serialize};

/// From this number of entrants on, items are estimated one by one.
const MANY: usize = 100;

/// How the item-response model is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemMethod {
    /// Items estimated, abilities averaged over.
    ManyEntrants,
    /// Abilities estimated, items averaged over.
    FewEntrants,
}

/// The prior distributions of items where entrants are few.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemPriors {
    /// Standard deviation of the logarithm of the size of discrimination, around 0.
    pub log_discrimination_deviation: f64,
    /// Items, as if seen before, that tell the entrants apart the right way round, the wrong way round, and not at all:
    /// the shares of the three kinds are estimated with these added.
    pub pseudo_items: [f64; 3],
}

impl Default for ItemPriors {
    /// Deviation .5, and 97, 1 and 2 items of the three kinds.
    fn default() -> Self {
        Self { log_discrimination_deviation: 0.5, pseudo_items: [97.0, 1.0, 2.0] }
    }
}

/// How to fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItemModelSettings {
    /// The method; none for that of the number of entrants (100 are many).
    pub method: Option<ItemMethod>,
    /// A score from here on is right.
    pub right_from: f64,
    /// Whether an item's guessing rate is a floor under its curve.
    pub floor: bool,
    /// Priors where entrants are few.
    pub priors: ItemPriors,
}

impl Default for ItemModelSettings {
    /// The method by number of entrants, right from .5 on, with the floor and the usual priors.
    fn default() -> Self {
        Self { method: None, right_from: 0.5, floor: true, priors: ItemPriors::default() }
    }
}

/// A fitted model. Abilities and difficulties are on one scale, in logits of an item of discrimination 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemModel {
    /// How it was fitted.
    pub method: ItemMethod,
    /// Abilities, in the order of the entrants.
    pub entrants: Vec<EntrantFit>,
    /// Items in order of task, cluster and id.
    pub items: Vec<ItemFit>,
    /// Mean and standard deviation of difficulties; with many entrants those of the estimates.
    pub difficulty: (f64, f64),
    /// With few entrants: the estimated shares of items the right way round, the wrong way round, and neither.
    pub shares: Option<[f64; 3]>,
    /// How much of the prior variance of discrimination the answers removed, on average over items, from 0 (nothing) to
    /// 1; none with many entrants, whose items have no such prior.
    pub information: Option<f64>,
    /// Steps taken.
    pub iterations: u32,
    /// Whether they came to rest.
    pub converged: bool,
}

/// An entrant in a fitted model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntrantFit {
    /// The entrant.
    pub entrant: String,
    /// Ability. With few entrants their mean is 0.
    pub ability: f64,
    /// Its standard error, as if items were independent; with many entrants the posterior standard deviation.
    pub standard_error: Option<f64>,
}

/// An item in a fitted model. Numbers are none where nothing can be said: nobody answered, or, with many entrants,
/// all answered alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemFit {
    /// Its task.
    pub task: String,
    /// Its id.
    pub item: String,
    /// Discrimination, below 0 where it is reversed; with few entrants the posterior mean.
    pub discrimination: Option<f64>,
    /// Its standard error or posterior standard deviation.
    pub discrimination_error: Option<f64>,
    /// Difficulty; with few entrants the posterior mean.
    pub difficulty: Option<f64>,
    /// Its standard error or posterior standard deviation.
    pub difficulty_error: Option<f64>,
    /// Posterior probability that it is reversed; only with few entrants.
    pub p_reversed: Option<f64>,
    /// Posterior probability that it tells nothing apart; only with few entrants.
    pub p_useless: Option<f64>,
}

/// The smallest one-sided p-value that any item can reach by the exact test with `entrants` entrants: one over the number of ways to be
/// right for half of them. With ten it is 1/252.
pub fn least_p(entrants: usize) -> f64 {
    1.0 / choose(entrants, entrants / 2)
}

/// `n` over `k`, as a real number.
pub(crate) fn choose(n: usize, k: usize) -> f64 {
    (0..k.min(n)).map(|step| real(n - step) / real(step + 1)).product::<f64>().round()
}

/// Fits the model to `table`; fails for fewer than three entrants or settings out of range.
pub fn fit_items(table: &ItemTable<'_>, settings: &ItemModelSettings) -> Result<ItemModel, ItemsError> {
    between("right_from", settings.right_from, f64::NEG_INFINITY, f64::INFINITY, "finite")?;
    let deviation = settings.priors.log_discrimination_deviation;
    between("log_discrimination_deviation", deviation, 0.0, 2.0, "above 0 and below 2")?;
    for pseudo in settings.priors.pseudo_items {
        between("pseudo_items", pseudo, 0.0, 1e9, "above 0")?;
    }
    let entrants = table.entrants.len();
    if entrants < 3 {
        return Err(ItemsError::TooFewEntrants { entrants, least: 3 });
    }
    let responses = Responses::new(table, settings.right_from, settings.floor);
    let usual = if entrants < MANY { ItemMethod::FewEntrants } else { ItemMethod::ManyEntrants };
    Ok(match settings.method.unwrap_or(usual) {
        ItemMethod::ManyEntrants => many_entrants::fit(table, &responses),
        ItemMethod::FewEntrants => few_entrants::fit(table, &responses, &settings.priors),
    })
}

/// The logarithms of the probabilities of right and wrong at `logit` over a floor of `guess`.
pub(crate) fn log_probabilities(logit: f64, guess: f64) -> (f64, f64) {
    let size = libm::exp(-logit.abs());
    let log_total = libm::log1p(size);
    // Both parts of the logistic without cancellation.
    let (right, wrong) =
        if logit > 0.0 { (-log_total, -logit - log_total) } else { (logit - log_total, -log_total) };
    if guess <= 0.0 {
        return (right, wrong);
    }
    (libm::log(guess + (1.0 - guess) * libm::exp(right)), libm::log1p(-guess) + wrong)
}

/// The slope of the log-likelihood in the logit, per expected `right` of `seen` answers, and its information.
pub(crate) fn slope_and_information(logit: f64, guess: f64, seen: f64, right: f64) -> (f64, f64) {
    let size = libm::exp(-logit.abs());
    let logistic = if logit > 0.0 { 1.0 / (1.0 + size) } else { size / (1.0 + size) };
    let other = if logit > 0.0 { size / (1.0 + size) } else { 1.0 / (1.0 + size) };
    let p = guess + (1.0 - guess) * logistic;
    // P' / (P (1 - P)) with P' = (1 - g) L (1 - L) and 1 - P = (1 - g)(1 - L).
    let ratio = if p > 0.0 { logistic / p } else { 1.0 };
    ((right - seen * p) * ratio, seen * ratio * (1.0 - guess) * logistic * other)
}

#[cfg(test)]
mod tests {
    use super::{choose, least_p, log_probabilities, slope_and_information};

    #[test]
    fn probabilities_add_up_and_slopes_are_their_derivatives() {
        for guess in [0.0, 0.25] {
            for logit in [-30.0, -2.0, 0.0, 0.7, 25.0] {
                let (right, wrong) = log_probabilities(logit, guess);
                assert!((libm::exp(right) + libm::exp(wrong) - 1.0).abs() < 1e-12);
                let value = |logit: f64| {
                    let (right, wrong) = log_probabilities(logit, guess);
                    3.0 * right + 2.0 * wrong
                };
                let numeric = (value(logit + 1e-5) - value(logit - 1e-5)) / 2e-5;
                let (slope, information) = slope_and_information(logit, guess, 5.0, 3.0);
                assert!((slope - numeric).abs() < 1e-5, "{logit} {guess}: {slope} {numeric}");
                assert!(information >= 0.0);
            }
        }
    }

    #[test]
    fn ten_entrants_have_252_halves() {
        assert!((choose(10, 5) - 252.0).abs() < 1e-9 && (least_p(10) - 1.0 / 252.0).abs() < 1e-12);
    }
}
