//! Weights that make the voters match a population: raking over several margins.
//!
//! Iterative proportional fitting (Deming and Stephan 1940): in turn for each margin, the weights of every cell's
//! voters are multiplied until the cell has its share of the population. What it costs is told as Kish's effective
//! number of voters. Weights above a written multiple of the mean are cut to it (Potter and Zheng 2015, "Methods and
//! issues in trimming extreme weights"), because one rare voter should not decide; then margins can't be met exactly
//! and the gap that is left is reported.
#![expect(clippy::indexing_slicing, reason = "cells are checked before the weights are touched")]

use super::{Kish, kish};
use crate::number::real;
use serde::{Deserialize, Serialize};

/// A margin of the population, such as age, and where each voter stands in it.
#[derive(Clone, Copy, Debug)]
pub struct Margin<'a> {
    /// Its name.
    pub name: &'a str,
    /// Names and population shares of its cells; shares are 0 or more and add up to 1 (within 1e-6).
    pub cells: &'a [(&'a str, f64)],
    /// Of each voter, the place of his cell in `cells`. Give voters who did not say a cell of their own.
    pub voters: &'a [usize],
}

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RakeRules {
    /// Rounds over all margins at most.
    pub rounds: u32,
    /// The greatest difference of a cell's share from the population's that is taken as met.
    pub tolerance: f64,
    /// Weights are cut to this multiple of their mean, where there is one (above 1).
    pub trim: Option<f64>,
}

impl Default for RakeRules {
    /// 1,000 rounds, shares met to 1e-9, cut at five times the mean.
    fn default() -> Self {
        Self { rounds: 1000, tolerance: 1e-9, trim: Some(5.0) }
    }
}

/// Weights of voters, and what they cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Raked {
    /// Of each voter, the weight of all his votes together; they add up to the sum of the base weights.
    pub totals: Vec<f64>,
    /// Rounds that it took.
    pub rounds: u32,
    /// Voters whose weight was cut.
    pub trimmed: u64,
    /// The greatest difference of a cell's share from the population's that is left.
    pub gap: f64,
    /// Margin and cell of that difference.
    pub gap_at: (String, String),
    /// Effective number of voters and design effect.
    pub kish: Kish,
}

/// Margins that can't be met.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RakeError {
    /// A margin without a place for each voter.
    #[error("margin `{margin}` places {given} voters and there are {voters}; place each once")]
    WrongCount {
        /// The margin.
        margin: String,
        /// Voters that it places.
        given: usize,
        /// Voters.
        voters: usize,
    },
    /// A voter in a cell that the margin lacks.
    #[error("margin `{margin}` has {cells} cells and voter {voter} is in cell {cell}, numbered from 0")]
    UnknownCell {
        /// The margin.
        margin: String,
        /// The voter.
        voter: usize,
        /// The cell's place.
        cell: usize,
        /// Cells.
        cells: usize,
    },
    /// Shares that are no distribution.
    #[error("the shares of margin `{margin}` are no distribution: {problem}")]
    Shares {
        /// The margin.
        margin: String,
        /// What is wrong.
        problem: String,
    },
    /// A part of the population that nobody with a vote belongs to.
    #[error(
        "nobody who votes is in `{cell}` of margin `{margin}`, which is {share} of the population; find voters \
         there or merge the cell with another"
    )]
    EmptyCell {
        /// The margin.
        margin: String,
        /// The cell.
        cell: String,
        /// Its share of the population.
        share: f64,
    },
    /// Margins that contradict each other for these voters.
    #[error(
        "after {rounds} rounds `{cell}` of margin `{margin}` is still {gap} off its share; some margins leave no \
         voters in common, so merge cells"
    )]
    NotConverged {
        /// The margin.
        margin: String,
        /// The cell.
        cell: String,
        /// Its share minus the population's.
        gap: f64,
        /// Rounds.
        rounds: u32,
    },
    /// A base weight or a rule that is out of range.
    #[error("{what} is {value}; write {wanted}")]
    Invalid {
        /// What it is.
        what: String,
        /// What it was.
        value: f64,
        /// What it has to be.
        wanted: &'static str,
    },
}

impl RakeError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongCount { .. } => "verdict::wrong_count",
            Self::UnknownCell { .. } => "verdict::unknown_cell",
            Self::Shares { .. } => "verdict::invalid_shares",
            Self::EmptyCell { .. } => "verdict::empty_cell",
            Self::NotConverged { .. } => "verdict::raking_not_converged",
            Self::Invalid { .. } => "verdict::invalid_raking",
        }
    }
}

/// Rakes the voters' base weights to margins.
///
/// `base` has what each voter weighs before: 1 for one person, or (capped) votes so that the votes match the
/// population; 0 for voters without a vote, who are left out. A cell with a share of 0 puts its voters out.
///
/// # Examples
/// ```
/// use daepyo_verdict::votes::raking::{Margin, RakeRules, rake};
/// // Three of four voters are young, half the population is.
/// let age = Margin { name: "age", cells: &[("young", 0.5), ("old", 0.5)], voters: &[0, 0, 0, 1] };
/// let raked = rake(&[1.0; 4], &[age], RakeRules::default())?;
/// assert!((raked.totals[3] - 2.0).abs() < 1e-9);
/// assert!((raked.kish.effective - 3.0).abs() < 1e-9);
/// # Ok::<(), daepyo_verdict::votes::raking::RakeError>(())
/// ```
pub fn rake(base: &[f64], margins: &[Margin<'_>], rules: RakeRules) -> Result<Raked, RakeError> {
    check(base, margins, rules)?;
    let sum: f64 = base.iter().sum();
    let mut totals = base.to_vec();
    let most =
        rules.trim.map(|trim| trim * sum / real(base.iter().filter(|base| **base > 0.0).count().max(1)));
    let mut cut = vec![false; base.len()];
    let mut gap = (0.0, (String::new(), String::new()));
    for round in 0..=rules.rounds {
        gap = worst(&totals, margins);
        let settled = gap.0.abs() <= rules.tolerance && most.is_none_or(|most| within(&totals, most));
        // Cut weights keep margins from being met, so the last of the rounds is as good as it gets.
        if settled || (round == rules.rounds && cut.contains(&true)) {
            return Ok(Raked {
                kish: kish(totals.iter().copied()),
                totals,
                rounds: round,
                trimmed: crate::number::wide(cut.iter().filter(|cut| **cut).count()),
                gap: gap.0,
                gap_at: gap.1,
            });
        }
        for margin in margins {
            adjust(&mut totals, margin, sum);
        }
        if let Some(most) = most {
            trim(&mut totals, &mut cut, most, sum);
        }
    }
    let (gap, (margin, cell)) = gap;
    Err(RakeError::NotConverged { margin, cell, gap, rounds: rules.rounds })
}

/// The weight of each vote from the weight of all votes of its voter; 0 for a voter without votes.
pub fn per_vote(totals: &[f64], votes: &[u64]) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "votes are numbered with 32 bits")]
    let weight = |(total, votes): (&f64, &u64)| if *votes > 0 { total / *votes as f64 } else { 0.0 };
    totals.iter().zip(votes).map(weight).collect()
}

fn check(base: &[f64], margins: &[Margin<'_>], rules: RakeRules) -> Result<(), RakeError> {
    let invalid = |what: String, value, wanted| Err(RakeError::Invalid { what, value, wanted });
    for (voter, weight) in base.iter().copied().enumerate() {
        if !weight.is_finite() || weight < 0.0 {
            return invalid(format!("the weight of voter {voter}"), weight, "a finite number of 0 or more");
        }
    }
    if base.iter().sum::<f64>() <= 0.0 {
        return invalid("the sum of all weights".to_owned(), 0.0, "a weight above 0 for somebody");
    }
    if let Some(trim) = rules.trim.filter(|trim| trim.is_nan() || *trim <= 1.0) {
        return invalid("the multiple of the mean to cut at".to_owned(), trim, "a number above 1");
    }
    if rules.tolerance.is_nan() || rules.tolerance <= 0.0 {
        return invalid("the tolerance".to_owned(), rules.tolerance, "a number above 0");
    }
    for margin in margins {
        let name = || margin.name.to_owned();
        if margin.voters.len() != base.len() {
            let (given, voters) = (margin.voters.len(), base.len());
            return Err(RakeError::WrongCount { margin: name(), given, voters });
        }
        if let Some(voter) = margin.voters.iter().position(|cell| *cell >= margin.cells.len()) {
            let (cell, cells) = (margin.voters[voter], margin.cells.len());
            return Err(RakeError::UnknownCell { margin: name(), voter, cell, cells });
        }
        if let Some((cell, share)) = margin.cells.iter().find(|(_, share)| !share.is_finite() || *share < 0.0)
        {
            return Err(RakeError::Shares { margin: name(), problem: format!("`{cell}` has {share}") });
        }
        let all: f64 = margin.cells.iter().map(|(_, share)| share).sum();
        if (all - 1.0).abs() > 1e-6 {
            return Err(RakeError::Shares { margin: name(), problem: format!("they add up to {all}") });
        }
        let held = held(base, margin);
        for ((cell, share), held) in margin.cells.iter().zip(held) {
            if *share > 0.0 && held <= 0.0 {
                return Err(RakeError::EmptyCell { margin: name(), cell: (*cell).to_owned(), share: *share });
            }
        }
    }
    Ok(())
}

/// Weight by cell.
fn held(totals: &[f64], margin: &Margin<'_>) -> Vec<f64> {
    let mut held = vec![0.0; margin.cells.len()];
    for (total, cell) in totals.iter().zip(margin.voters) {
        held[*cell] += total;
    }
    held
}

fn adjust(totals: &mut [f64], margin: &Margin<'_>, sum: f64) {
    let held = held(totals, margin);
    let all: f64 = margin.cells.iter().map(|(_, share)| share).sum();
    let factor =
        |((_, share), held): (&(&str, f64), &f64)| if *held > 0.0 { share / all * sum / held } else { 0.0 };
    let factors: Vec<f64> = margin.cells.iter().zip(&held).map(factor).collect();
    for (total, cell) in totals.iter_mut().zip(margin.voters) {
        *total *= factors[*cell];
    }
}

/// Whether nobody is above `most`, up to rounding.
fn within(totals: &[f64], most: f64) -> bool {
    totals.iter().all(|total| *total <= most * (1.0 + 1e-9))
}

/// Cuts what is above `most` and gives it to the others in proportion, until nobody is above.
fn trim(totals: &mut [f64], cut: &mut [bool], most: f64, sum: f64) {
    for _ in 0..=totals.len() {
        let mut free = 0.0;
        for (total, cut) in totals.iter_mut().zip(cut.iter_mut()) {
            if *total > most {
                *total = most;
                *cut = true;
            }
            if *total < most {
                free += *total;
            }
        }
        let full: f64 = totals.iter().filter(|total| **total >= most).sum();
        if free <= 0.0 || (free + full - sum).abs() <= 1e-12 * sum {
            break;
        }
        let factor = (sum - full) / free;
        for total in totals.iter_mut().filter(|total| **total < most) {
            *total *= factor;
        }
    }
    for (total, cut) in totals.iter().zip(cut) {
        *cut = *cut && *total >= most * (1.0 - 1e-9);
    }
}

/// The greatest difference of a cell's share from the population's, and whose it is.
fn worst(totals: &[f64], margins: &[Margin<'_>]) -> (f64, (String, String)) {
    let sum: f64 = totals.iter().sum();
    let mut worst = (0.0_f64, ("", ""));
    for margin in margins {
        for ((cell, share), held) in margin.cells.iter().zip(held(totals, margin)) {
            let gap = held / sum - share;
            if gap.abs() > worst.0.abs() || gap.is_nan() {
                worst = (gap, (margin.name, cell));
            }
        }
    }
    let (gap, (margin, cell)) = worst;
    (gap, (margin.to_owned(), cell.to_owned()))
}
