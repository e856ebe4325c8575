//! Items that look broken: reported with evidence, never dropped.
//!
//! | problem | shown by |
//! | --- | --- |
//! | [`ItemProblem::EveryoneRight`], [`ItemProblem::EveryoneWrong`] | counting; such an item tells nobody apart |
//! | [`ItemProblem::NegativeCorrelation`] | the better entrants are wrong on it: exact test, Benjamini and Hochberg's adjustment over all items that have one |
//! | [`ItemProblem::Reversed`] | the item-response model: posterior probability of negative discrimination; the list is cut where the mean probability of being a false find reaches the level (Newton, Noueiry, Sarkar and Ahlquist 2004) |
//! | [`ItemProblem::KeyDisagreement`] | the strongest entrants choose one and the same answer that is not the key |
//!
//! The expected share of false finds is at most the level in each of the two lists of reversed items, not in both put
//! together. The exact test assumes that entrants err independently given their ability; teams that build on one parent
//! model don't, and for them it is too ready to find.

use super::{
    ItemMethod, ItemModel, ItemModelSettings, ItemStatistics, ItemTable, ItemsError, Standing,
    discrimination::statistics,
    distributions::{benjamini_hochberg, normal_below},
    error::between,
    fit_items,
    item_model::least_p,
    responses::{Response, Responses},
    standing::side_by_side,
};
use crate::number::{real, wide};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How broken items are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrokenSettings {
    /// The expected share of false finds among those reported as reversed, between 0 and 1.
    pub false_discovery: f64,
    /// How many of the strongest entrants have to agree against the key, at least 2.
    pub strongest: usize,
    /// How the item-response model is fitted.
    pub model: ItemModelSettings,
    /// Whether guessing is taken out of the scores side by side.
    pub chance_corrected: bool,
}

impl Default for BrokenSettings {
    /// 5 %, the three strongest, the usual model, raw scores.
    fn default() -> Self {
        Self {
            false_discovery: 0.05,
            strongest: 3,
            model: ItemModelSettings::default(),
            chance_corrected: false,
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrokenItems {
    /// Findings in order of item, then of problem. One item can have several.
    pub findings: Vec<ItemFinding>,
    /// Every entrant's score with all items and without those that a finding other than
    /// [`ItemProblem::EveryoneRight`] names.
    pub standings: Vec<Standing>,
    /// Items with a finding other than [`ItemProblem::EveryoneRight`].
    pub flagged: u64,
    /// Of every item, how it goes with the rest.
    pub statistics: Vec<ItemStatistics>,
    /// The fitted model; none for fewer than three entrants.
    pub model: Option<ItemModel>,
    /// The smallest p-value that any item can reach with so many entrants.
    pub least_p: f64,
    /// How many items have to reach it before any can pass the adjustment: with fewer broken items than this, the exact
    /// test can't find them, whatever they are.
    pub least_finds: u64,
    /// Agreements against the key that chance would give if the strongest erred independently and evenly over the other
    /// answers; none where no answers are known.
    pub agreements_by_chance: Option<f64>,
}

/// An item that looks broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemFinding {
    /// Its task.
    pub task: String,
    /// Its id.
    pub item: String,
    /// Its cluster.
    pub cluster: String,
    /// What is wrong with it, and the evidence.
    pub problem: ItemProblem,
}

/// What is wrong with an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ItemProblem {
    /// All who answered are right.
    EveryoneRight {
        /// How many answered.
        entrants: u64,
    },
    /// All who answered are wrong.
    EveryoneWrong {
        /// How many answered.
        entrants: u64,
        /// The probability of this where all guess.
        by_guessing: f64,
    },
    /// The better entrants are wrong, by the exact test.
    NegativeCorrelation {
        /// Correlation of item and rest.
        correlation: f64,
        /// One-sided p-value.
        p: f64,
        /// The same adjusted over all items.
        p_adjusted: f64,
        /// Whether it is exact.
        exact: bool,
    },
    /// The better entrants are wrong, by the item-response model.
    Reversed {
        /// Discrimination.
        discrimination: f64,
        /// Its standard error or posterior standard deviation.
        error: f64,
        /// Probability of a false find: one minus the posterior probability of reversal, or, with many entrants, the
        /// adjusted p-value of the discrimination.
        p_false: f64,
    },
    /// The strongest agree on another answer than the key.
    KeyDisagreement {
        /// The key.
        key: String,
        /// The answer that they agree on.
        answer: String,
        /// The strongest who answered, best first: all of them chose it.
        strongest: Vec<String>,
        /// Everybody who chose it.
        chosen_by: Vec<String>,
        /// Everybody who chose the key.
        key_chosen_by: Vec<String>,
        /// The probability of this if they erred independently, each at its own rate in the task, and evenly over the
        /// other answers.
        by_chance: f64,
    },
}

impl ItemProblem {
    /// Whether the item is left out of the scores beside: everything but an item that all get right.
    pub const fn is_suspect(&self) -> bool {
        match self {
            Self::EveryoneRight { .. } => false,
            Self::EveryoneWrong { .. }
            | Self::NegativeCorrelation { .. }
            | Self::Reversed { .. }
            | Self::KeyDisagreement { .. } => true,
        }
    }
}

/// Looks for broken items in `table`; fails for settings out of range. With fewer than three entrants there is no
/// model, and nothing can be reversed.
pub fn find_broken(table: &ItemTable<'_>, settings: &BrokenSettings) -> Result<BrokenItems, ItemsError> {
    between("false_discovery", settings.false_discovery, 0.0, 1.0, "above 0 and below 1")?;
    between("strongest", real(settings.strongest), 1.5, 1e9, "at least 2")?;
    let responses = Responses::new(table, settings.model.right_from, settings.model.floor);
    let statistics = statistics(table, &responses);
    let model = if table.entrants.len() < 3 { None } else { Some(fit_items(table, &settings.model)?) };
    let mut problems: BTreeMap<usize, Vec<ItemProblem>> = BTreeMap::new();
    let mut add = |item: usize, problem: ItemProblem| problems.entry(item).or_default().push(problem);
    alike(table, &statistics, &mut add);
    correlations(&statistics, settings.false_discovery, &mut add);
    if let Some(model) = &model {
        reversals(model, settings.false_discovery, &mut add);
    }
    let agreements_by_chance = Keys::new(table, &responses, model.as_ref(), settings.strongest)
        .map(|keys| keys.disagreements(&mut add));
    let suspect: BTreeSet<usize> = problems
        .iter()
        .filter(|(_, all)| all.iter().any(ItemProblem::is_suspect))
        .map(|(item, _)| *item)
        .collect();
    let finding = |(item, problem): (usize, ItemProblem)| {
        let item = table.items.get(item)?;
        Some(ItemFinding {
            task: item.task.to_owned(),
            item: item.id.to_owned(),
            cluster: item.cluster.to_owned(),
            problem,
        })
    };
    let findings = problems.into_iter().flat_map(|(item, all)| all.into_iter().map(move |one| (item, one)));
    let least = least_p(table.entrants.len());
    let tested = statistics.iter().filter(|one| one.p_negative.is_some()).count();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most the number of items"
    )]
    let least_finds = (least * real(tested) / settings.false_discovery - 1e-9).ceil().max(1.0) as u64;
    Ok(BrokenItems {
        findings: findings.filter_map(finding).collect(),
        standings: side_by_side(table, settings.chance_corrected, |_, item| !suspect.contains(&item)),
        flagged: wide(suspect.len()),
        statistics,
        model,
        least_p: least,
        least_finds,
        agreements_by_chance,
    })
}

fn alike(table: &ItemTable<'_>, statistics: &[ItemStatistics], add: &mut impl FnMut(usize, ItemProblem)) {
    for (place, (one, item)) in statistics.iter().zip(&table.items).enumerate() {
        // One or two answers that are alike are no finding.
        if one.answered < 3 {
            continue;
        }
        if one.right == one.answered {
            add(place, ItemProblem::EveryoneRight { entrants: one.answered });
        } else if one.right == 0 {
            let answered = usize::try_from(one.answered).unwrap_or(usize::MAX);
            let by_guessing = libm::pow(1.0 - item.guess, real(answered));
            add(place, ItemProblem::EveryoneWrong { entrants: one.answered, by_guessing });
        }
    }
}

fn correlations(statistics: &[ItemStatistics], level: f64, add: &mut impl FnMut(usize, ItemProblem)) {
    let tested: Vec<(usize, f64, f64, bool)> = statistics
        .iter()
        .enumerate()
        .filter_map(|(place, one)| Some((place, one.correlation?, one.p_negative?, one.exact)))
        .collect();
    let p: Vec<f64> = tested.iter().map(|(_, _, p, _)| *p).collect();
    for ((place, correlation, p, exact), p_adjusted) in tested.into_iter().zip(benjamini_hochberg(&p)) {
        if p_adjusted <= level {
            add(place, ItemProblem::NegativeCorrelation { correlation, p, p_adjusted, exact });
        }
    }
}

fn reversals(model: &ItemModel, level: f64, add: &mut impl FnMut(usize, ItemProblem)) {
    let fits = model.items.iter().enumerate();
    let mut found: Vec<(usize, f64, f64, f64)> = match model.method {
        ItemMethod::FewEntrants => fits
            .filter_map(|(place, fit)| {
                Some((place, fit.discrimination?, fit.discrimination_error?, 1.0 - fit.p_reversed?))
            })
            .collect(),
        ItemMethod::ManyEntrants => fits
            .filter_map(|(place, fit)| {
                let (value, error) = fit.discrimination.zip(fit.discrimination_error)?;
                Some((place, value, error, normal_below(value / error)))
            })
            .collect(),
    };
    match model.method {
        ItemMethod::FewEntrants => {
            found.sort_by(|a, b| a.3.total_cmp(&b.3).then(a.0.cmp(&b.0)));
            let mut sum = 0.0;
            let mut kept = 0;
            for (rank, one) in found.iter().enumerate() {
                sum += one.3;
                if sum <= level * real(rank + 1) {
                    kept = rank + 1;
                }
            }
            found.truncate(kept);
        }
        ItemMethod::ManyEntrants => {
            let p: Vec<f64> = found.iter().map(|one| one.3).collect();
            for (one, adjusted) in found.iter_mut().zip(benjamini_hochberg(&p)) {
                one.3 = adjusted;
            }
            found.retain(|one| one.3 <= level);
        }
    }
    for (place, discrimination, error, p_false) in found {
        add(place, ItemProblem::Reversed { discrimination, error, p_false });
    }
}

/// What the strongest chose.
struct Keys<'a> {
    table: &'a ItemTable<'a>,
    /// Places of all entrants, strongest first.
    order: Vec<usize>,
    strongest: usize,
    /// By entrant, then task: share of wrong answers.
    wrong: Vec<Vec<f64>>,
}

impl<'a> Keys<'a> {
    /// None where no answers are known or entrants are fewer than the strongest asked for.
    fn new(
        table: &'a ItemTable<'a>,
        responses: &Responses,
        model: Option<&ItemModel>,
        strongest: usize,
    ) -> Option<Self> {
        let known = table.entrants.iter().any(|column| column.answers.iter().any(Option::is_some));
        if !known || table.entrants.len() < strongest {
            return None;
        }
        let share = |of: &[Response]| {
            let right = of.iter().filter(|one| **one == Response::Right).count();
            let answered = of.iter().filter(|one| **one != Response::Missing).count();
            (real(right) + 0.5) / (real(answered) + 1.0)
        };
        let strength = |place: usize| {
            let fitted = model.and_then(|model| model.entrants.get(place)).map(|one| one.ability);
            fitted.or_else(|| responses.of.get(place).map(|of| share(of))).unwrap_or(f64::NEG_INFINITY)
        };
        let mut order: Vec<usize> = (0..table.entrants.len()).collect();
        order.sort_by(|a, b| strength(*b).total_cmp(&strength(*a)).then(table.id(*a).cmp(&table.id(*b))));
        let wrong = |of: &Vec<Response>| {
            let task = |task: &super::table::Task<'_>| 1.0 - of.get(task.items.clone()).map_or(0.5, share);
            table.tasks.iter().map(task).collect()
        };
        Some(Self { table, order, strongest, wrong: responses.of.iter().map(wrong).collect() })
    }

    /// Adds the findings; returns how many chance would give.
    fn disagreements(&self, add: &mut impl FnMut(usize, ItemProblem)) -> f64 {
        let mut expected = 0.0;
        for (place, task) in self.table.tasks.iter().enumerate() {
            for item in task.items.clone() {
                let Some(key) = self.table.items.get(item).and_then(|item| item.key) else {
                    continue;
                };
                let answers = self.answers(item);
                let top: Vec<(usize, &str)> = answers.iter().take(self.strongest).copied().collect();
                if top.len() < self.strongest {
                    continue;
                }
                let by_chance = self.by_chance(item, place, &answers, &top);
                expected += by_chance;
                let Some((_, answer)) = top.first().copied().filter(|(_, answer)| *answer != key) else {
                    continue;
                };
                if top.iter().any(|(_, other)| *other != answer) {
                    continue;
                }
                let who = |wanted: &str| {
                    let chose = answers.iter().filter(|(_, answer)| *answer == wanted);
                    chose.map(|(entrant, _)| self.table.id(*entrant)).collect()
                };
                add(
                    item,
                    ItemProblem::KeyDisagreement {
                        key: key.to_owned(),
                        answer: answer.to_owned(),
                        strongest: top.iter().map(|(entrant, _)| self.table.id(*entrant)).collect(),
                        chosen_by: who(answer),
                        key_chosen_by: who(key),
                        by_chance,
                    },
                );
            }
        }
        expected
    }

    /// Known answers to an item, strongest entrant first.
    fn answers(&self, item: usize) -> Vec<(usize, &'a str)> {
        let answer = |entrant: &usize| {
            let answer = self.table.entrants.get(*entrant)?.answers.get(item).copied().flatten()?;
            Some((*entrant, answer))
        };
        self.order.iter().filter_map(answer).collect()
    }

    fn by_chance(&self, item: usize, task: usize, answers: &[(usize, &str)], top: &[(usize, &str)]) -> f64 {
        let guess = self.table.items.get(item).map_or(0.0, |item| item.guess);
        let seen: BTreeSet<&str> = answers.iter().map(|(_, answer)| *answer).collect();
        // The guessing rate tells how many choices there are; else those seen, which errs on the side of chance.
        let choices = if guess > 0.0 { (1.0 / guess).round().max(2.0) } else { real(seen.len()).max(2.0) };
        let rates = top
            .iter()
            .map(|(entrant, _)| self.wrong.get(*entrant).and_then(|of| of.get(task)).copied().unwrap_or(0.5));
        let all_wrong: f64 = rates.product();
        all_wrong * libm::pow(1.0 / (choices - 1.0), real(top.len()) - 1.0)
    }
}
