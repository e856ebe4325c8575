//! The attack budget of a vote: how few votes, removed, changed or added, would move the cut.
//!
//! Votes of one pair and result are exchangeable, so an attack is a change of the counts of cells. With `n` the
//! counts and `p_c` the fitted probability of a cell's result, the fit minimises the convex
//!
//! ```text
//! F(x) = - sum n_c log p_c(x) + |x|^2 / (2 * 10^2),   x = log-strengths and log tie parameter
//! ```
//!
//! - **Upper bound** (`greedy`): an attack that is carried out, fitted again and seen to move the cut.
//! - **Lower bound** (`lower`): proven below.
//! - **Exact** (`search`): branch and bound over cells, where the bounds differ and the case is small.
//!
//! # Proof of the lower bound
//! Let `x*` be the fit, `H` the second derivative of `F` there, and `D_c` what a vote in cell `c` adds to the
//! gradient (the models' places get 1 and 0, or a half each and 1 for the tie parameter). `m_p(x)` is the mean of
//! `D` in pair `p`. An attack of `k` votes leads to the fit `x = x* + r`. Its gradient vanishes, so
//!
//! ```text
//! (1)  grad F(x) = sum over attacked votes of d,   d = D_to - D_from            a changed vote
//!                                                      D_to - m_p(x)            an added vote
//!                                                      m_p(x) - D_from          a removed vote
//! ```
//!
//! *Where the fit can go.* Let `R` be the largest `|r . (D_a - D_b)|` over results `a`, `b` of pairs that have or may
//! get votes. Every `d` has `r . d <= R`. Along the line from `x*` to `x` the variance of `r . D` in a pair is a second
//! derivative of a log-sum-exp, whose third derivative is a third central moment and so at most `R` times the
//! variance: the variance changes by at most `exp(±R t)` (Bach 2010, "Self-concordant analysis for logistic
//! regression", Proposition 1). So, with `|r|^2 = r' H r`,
//!
//! ```text
//! (2)  k R >= r . grad F(x) >= |r|^2 (1 - exp(-R)) / R
//! ```
//!
//! With `S` the largest `(D_a - D_b)' H^-1 (D_a - D_b)`, Cauchy and Schwarz give `R^2 <= S |r|^2`; with (2)
//! `1 - exp(-R) <= k S`. If `k S < 1`:
//!
//! ```text
//! (3)  R <= R_k = -log(1 - k S)      |r|^2 <= k R_k^2 / (1 - exp(-R_k))
//! ```
//!
//! *What the cut needs.* A moved cut implies `c . r >= h`: for strengths `c` is +1 and -1 and `h` the gap; for points
//! `goal` bounds the gain by such a half space over all `r` within (3). Take `u = H^-1 c`. Taylor's formula with
//! the integral remainder, `u' H r = c . r` and the same growth of variances give
//!
//! ```text
//! (4)  u . grad F(x) >= h - w_k |r|^2 (exp(R_k) - 1 - R_k) / R_k^2
//! ```
//!
//! where `w_k` is the largest `|u . (D_c - m_p)|` anywhere within (3). Two distributions whose log-ratio varies by at
//! most `R` differ by at most `tanh(R/4)` in total variation (maximise `(M-1)(1-m)/(M-m)` under `M/m = exp(R)`), so
//! `u . m_p` moves by at most `tanh(R_k/4)` times the range of `u . D` in the pair, and `w_k` is bounded from the
//! values at `x*`. The same bounds `u . d` of added and removed votes; that of changed votes is constant.
//!
//! By (1) the left of (4) is at most the sum of the `k` largest possible `u . d`, no cell giving more votes than it
//! has. If that is less than the right side, no attack of up to `k` votes moves the cut. To first order the bound is
//! the greedy attack's own first-order effect; it loses a share of about `k S / 2`, and says no more beyond `1/S`.
//!
//! *Far apart.* For strengths a second bound needs no region. As votes are attacked bit by bit the fit moves
//! continuously, so at some part of the attack `s_i = s_j`. There let `u` be +1 at `j` and -1 at `i`. With `W` a model's
//! wins plus half its ties and `N` its votes with a third model `l`, (1) says
//!
//! ```text
//! (5)  sum u . d = W_i - W_j + sum over l of (N_jl - N_il) q_l >= W_i - W_j - sum over l of max(0, N_il - N_jl)
//! ```
//!
//! with `q_l` between 0 and 1 the preference over `l` that both now have; `u . d` is at most 2 for a vote changed
//! between the two and at most 1 for every other attack. In a balanced design this is tight whatever the gap.
//!
//! *Voters.* Taking away a voter is removing all his votes: (3) with `k` the votes of the heaviest voters, and in
//! (4) the sum over the voters with the largest `u . d`.
//!
//! *Voters with a cap.* Where the votes of a voter are weighed down to a cap, votes weigh at most 1, and an attack of
//! `k` votes attacks cells by at most `k` in all, so that what is proven for `k` whole votes holds for changed and added
//! ones (added votes are those of new voters, each below the cap) and for voters. A removed vote of a capped voter also
//! gives weight to those that stay, at most as much as it had: with `n` votes, `m` removed and the cap `c`, `m c / n`
//! goes and the same comes where `n - m >= c`; else the rest gains `(n - m)(1 - c/n) <= m`. So `k` removed votes are
//! held against `k` removed and `k` added ones. The upper bound weighs every voter again after each attack; the exact
//! search knows whole votes alone and is left out for changed and removed votes.
//!
//! Rounding: the fit's last Newton step is below 1e-9, and every comparison leaves a slack of 1e-9 on the safe side.

mod capped;
mod goal;
mod greedy;
mod local;
mod lower;
mod moves;
mod search;
#[cfg(test)]
mod tests;
mod voters;

use crate::{
    bradley_terry::{Counts, Pairs, fit},
    criteria::public_votes::PublicVotes,
    tally::{Ballot, Capped, Tally},
    votes::VoteRow,
};
use daepyo_core::VoteChoice;
use goal::Goal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is done to votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttackKind {
    /// Votes are taken away.
    Removal,
    /// Votes get another result in the same battle.
    Change,
    /// Votes are added.
    Addition,
    /// All votes of a voter are taken away; counted in voters.
    VoterRemoval,
}

/// The least number of votes (or voters) whose attack moves the cut, known exactly or between two proven bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttackBudget {
    /// What is done.
    pub kind: AttackKind,
    /// The least number, where the bounds meet or the search came to an end.
    pub exact: Option<u64>,
    /// No attack of fewer moves the cut. 0 where the cut is already moved.
    pub lower: u64,
    /// An attack of this many was carried out and moved the cut; none where none was found.
    pub upper: Option<u64>,
}

impl AttackBudget {
    fn new(kind: AttackKind, lower: u64, upper: Option<u64>) -> Self {
        Self { kind, exact: upper.filter(|upper| *upper <= lower), lower, upper }
    }
}

/// Where votes may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Additions {
    /// To any two models with a vote, the worst case.
    AnyPair,
    /// To pairs that have votes already, as where a server draws the pairs.
    SeenPairs,
}

/// How far attacks are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AttackSettings {
    /// Where votes may be added.
    pub additions: Additions,
    /// The exact search is tried up to this many models.
    pub search_models: usize,
    /// It gives up after this many fits (sets, for voters, whatever the number of models); what it ruled out until
    /// then still raises the lower bound.
    pub search_fits: u64,
    /// The most that one voter's votes weigh together, in votes, for [`budgets`]; a verdict's own budgets follow the
    /// rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_cap: Option<u32>,
}

impl Default for AttackSettings {
    /// Any pair; 8 models; 20,000 fits; no cap.
    fn default() -> Self {
        Self { additions: Additions::AnyPair, search_models: 8, search_fits: 20_000, weight_cap: None }
    }
}

/// A question about a cut that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttackError {
    /// A model that no counted vote names.
    #[error("`{model}` has no vote that counts; name a model of the ranking")]
    UnknownModel {
        /// The name.
        model: String,
    },
    /// A model against itself.
    #[error("`{model}` can't pass itself; name two models")]
    SameModel {
        /// The name.
        model: String,
    },
    /// A vote on a model against itself.
    #[error("vote {index} is of `{model}` against itself")]
    SelfVote {
        /// The vote, from 0.
        index: usize,
        /// The model.
        model: String,
    },
}

impl AttackError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownModel { .. } => "verdict::unknown_model",
            Self::SameModel { .. } => "verdict::same_model",
            Self::SelfVote { .. } => "verdict::self_vote",
        }
    }
}

/// The budgets, in the order of [`AttackKind`], for `first_out` to get a greater fitted strength than `last_in`.
///
/// Votes for "both are bad" are in no fit and so in no attack.
///
/// # Errors
/// A model without a vote, the same model twice, a vote of a model against itself.
///
/// # Examples
/// ```
/// use daepyo_core::VoteChoice::{Left, Right};
/// use daepyo_verdict::{attack::{AttackSettings, budgets}, votes::VoteRow};
/// let row = |voter, choice| VoteRow { voter, left: "a", right: "b", choice };
/// let rows: Vec<_> = (0..10).map(|vote| row(["v", "w"][vote % 2], if vote < 7 { Left } else { Right })).collect();
/// let budgets = budgets(&rows, "a", "b", AttackSettings::default())?;
/// // 7 to 3: five wins removed, three changed, or five added bring b ahead.
/// assert_eq!(budgets.iter().take(3).map(|budget| budget.exact).collect::<Vec<_>>(), [Some(5), Some(3), Some(5)]);
/// # Ok::<(), daepyo_verdict::attack::AttackError>(())
/// ```
pub fn budgets(
    rows: &[VoteRow<'_>],
    last_in: &str,
    first_out: &str,
    settings: AttackSettings,
) -> Result<Vec<AttackBudget>, AttackError> {
    if let Some((index, row)) = rows.iter().enumerate().find(|(_, row)| row.left == row.right) {
        return Err(AttackError::SelfVote { index, model: row.left.to_owned() });
    }
    let fitted = rows.iter().filter(|row| row.choice != VoteChoice::BothBad);
    let names: BTreeSet<&str> = fitted.flat_map(|row| [row.left, row.right]).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let place = |name: &str| {
        names.binary_search(&name).map_err(|_| AttackError::UnknownModel { model: name.to_owned() })
    };
    let goal = Goal::Strength { last_in: place(last_in)?, first_out: place(first_out)? };
    if last_in == first_out {
        return Err(AttackError::SameModel { model: last_in.to_owned() });
    }
    let ballots = rows.iter().filter_map(|row| {
        let (left, right) = (place(row.left).ok()?, place(row.right).ok()?);
        Some(Ballot { voter: row.voter, left, right, choice: row.choice })
    });
    Ok(all(&Tally::new(names.len(), ballots).with_cap(settings.weight_cap), goal, settings))
}

/// The budgets of every kind against counted votes.
pub(crate) fn all(tally: &Tally, goal: Goal, settings: AttackSettings) -> Vec<AttackBudget> {
    let mut budgets: Vec<AttackBudget> = [AttackKind::Removal, AttackKind::Change, AttackKind::Addition]
        .into_iter()
        .map(|kind| Case::new(tally, goal, kind, settings.additions).budget(settings))
        .collect();
    budgets.push(voters::budget(tally, goal, settings.search_fits));
    budgets
}

/// Two candidates at the cut and what else they have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// The last that is in.
    pub(crate) last_in: usize,
    /// The first that is out.
    pub(crate) first_out: usize,
    /// Points of the last in minus points of the first out, without the criterion in question.
    pub(crate) lead: f64,
    /// Points that the criterion gives at most.
    pub(crate) weight: f64,
}

impl Cut {
    /// The goal of an attack; none where one of the two has no vote.
    pub(crate) fn goal(self, votes: &PublicVotes) -> Option<Goal> {
        Some(Goal::Points {
            last_in: votes.model(self.last_in)?,
            first_out: votes.model(self.first_out)?,
            versus: votes.versus(),
            ends: votes.ends,
            lead: self.lead,
            weight: self.weight,
        })
    }
}

/// The number of votes to change, each to any other result, until the first that is out has more points than
/// the last that is in; none where no change does it. An upper bound of the least, seen to work.
pub(crate) fn budget(votes: &PublicVotes, cut: Cut) -> Option<u64> {
    let goal = cut.goal(votes)?;
    Case::new(&votes.tally, goal, AttackKind::Change, Additions::SeenPairs).upper()
}

/// Counts, a goal and a kind of attack.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pairs: Pairs,
    counts: Counts,
    at: Vec<f64>,
    goal: Goal,
    kind: AttackKind,
    /// Where single votes weigh less than one: those of changes and removals, for added votes are new voters'.
    capped: Option<Capped>,
}

impl Case {
    pub(crate) fn new(tally: &Tally, goal: Goal, kind: AttackKind, additions: Additions) -> Self {
        let (mut pairs, mut counts) = (tally.pairs.clone(), tally.counts.clone());
        if kind == AttackKind::Addition && additions == Additions::AnyPair {
            let models: Vec<usize> = (0..)
                .zip(&tally.scores)
                .filter(|(_, score)| score.votes() > 0)
                .map(|(model, _)| model)
                .collect();
            let seen: BTreeSet<(usize, usize)> = pairs.iter().collect();
            let every = (models.iter())
                .flat_map(|low| models.iter().filter(move |high| low < *high).map(|high| (*low, *high)));
            let new: Vec<(usize, usize)> = every.filter(|pair| !seen.contains(pair)).collect();
            counts.extend(new.iter().map(|_| [0.0; 3]));
            pairs = Pairs::new(pairs.models(), pairs.iter().chain(new).collect());
        }
        let at = fit(&pairs, &counts);
        let capped = match kind {
            AttackKind::Removal | AttackKind::Change => tally.capped.clone(),
            AttackKind::Addition | AttackKind::VoterRemoval => None,
        };
        Self { pairs, counts, at, goal, kind, capped }
    }

    /// Whether votes that stay weigh more when others go.
    fn reweighs(&self) -> bool {
        self.kind == AttackKind::Removal && self.capped.is_some()
    }

    /// Votes of an attack that was carried out and moves the cut.
    fn upper(&self) -> Option<u64> {
        match &self.capped {
            Some(capped) => capped::upper(self, capped),
            None => greedy::upper(self),
        }
    }

    pub(crate) fn budget(&self, settings: AttackSettings) -> AttackBudget {
        let lower = lower::lower(self);
        let upper = self.upper();
        let budget = AttackBudget::new(self.kind, lower, upper);
        match (budget.exact, upper) {
            (None, Some(upper)) if self.capped.is_none() && self.pairs.models() <= settings.search_models => {
                search::narrow(self, lower, upper, settings.search_fits)
            }
            (None, Some(_) | None) | (Some(_), _) => budget,
        }
    }
}
