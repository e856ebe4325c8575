//! Public votes: flags on voters, the ranking without them, attack budgets, and the ranking by prompt.

use super::{Notes, Part};
use crate::{
    attack::{AttackBudget, AttackSettings},
    decide::Prepared,
    evidence::PlacedVote,
    voters::{Ballot, Beside, VoterError, VoterReport, VoterSettings, beside, examine},
    votes::{
        Interner, RankSettings, VoteError,
        strata::{Least, Stratum, rank_strata},
        weights_under,
    },
};
use daepyo_core::{Criterion, CriterionId, Vote, VoteChoice, VoterTests};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// More labels than this are names of prompts, not of categories.
const MOST_STRATA: usize = 40;

/// A criterion that is decided by votes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoteAnalysis {
    /// The criterion.
    pub criterion: CriterionId,
    /// Whether the programme registered the tests; otherwise they ran with their defaults.
    pub registered: bool,
    /// Whom the contest's cap on one voter's weight cut; none where there is no cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_cap: Option<WeightCap>,
    /// What the tests of voters found. A flag takes no vote away.
    pub report: Option<VoterReport>,
    /// The ranking with and without the flagged voters; none where nobody is flagged.
    pub beside: Option<Beside>,
    /// How few votes would move the cut of the composite: by removal, change and addition, and by removing voters. Empty
    /// where there is no cut.
    pub budgets: Vec<AttackBudget>,
    /// The ranking by category, then by language; by prompt where votes name no category and at most 40 prompts.
    pub strata: Vec<VoteStratum>,
}

/// A cap on what one voter's votes weigh together, and what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightCap {
    /// The most, in votes.
    pub most: u32,
    /// Voters with more votes than that.
    pub voters: u64,
    /// Their votes, each of which weighs less than one.
    pub votes: u64,
}

/// A stratum with the names of its models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoteStratum {
    /// Names by model number.
    pub models: Vec<String>,
    /// What its votes say.
    pub stratum: Stratum,
}

pub(super) fn votes(
    prepared: &Prepared<'_>,
    place: usize,
    rule: &Criterion,
    registered: Option<&VoterTests>,
    notes: &mut Notes,
) -> VoteAnalysis {
    let placed = prepared.evidence.votes.get(&place).map(Vec::as_slice).unwrap_or_default();
    let ballots: Vec<Ballot<'_>> = placed.iter().map(|placed| Ballot::from(placed.vote)).collect();
    let (criterion, cap) = (&rule.id, rule.rule.weight_cap());
    let about = criterion.as_str();
    let stage = prepared.rules.stage;
    let ranks = RankSettings { seed: stage.seed, weight_cap: cap, ..RankSettings::default() };
    let settings = registered.map_or_else(VoterSettings::default, VoterSettings::from);
    let report = examine(&ballots, &settings);
    let report = notes.keep((about, Part::VoterTests), report, VoterError::code);
    let flags = report.as_ref().map(|report| report.flags.as_slice()).unwrap_or_default();
    let advance = usize::try_from(stage.decision.advance).unwrap_or(usize::MAX);
    let both = if flags.is_empty() {
        None
    } else {
        let roster = &prepared.roster;
        let references: Vec<&str> = roster.ids.iter().skip(roster.candidates).map(|id| id.as_str()).collect();
        let both = beside(&ballots, flags, advance, &references, ranks);
        notes.keep((about, Part::Beside), both, VoterError::code)
    };
    let [category, language, prompt]: [Label; 3] =
        [|vote| vote.category.as_deref(), |vote| vote.language.as_deref(), |vote| vote.prompt.as_deref()];
    let first = strata(placed, category, ranks);
    let first = match first {
        Ok(none) if none.is_empty() => strata(placed, prompt, ranks),
        other => other,
    };
    let both_strata = first.and_then(|mut all| {
        all.extend(strata(placed, language, ranks)?);
        Ok(all)
    });
    VoteAnalysis {
        criterion: criterion.clone(),
        registered: registered.is_some(),
        weight_cap: cap.map(|most| weight_cap(placed, most)),
        beside: both,
        budgets: prepared.budgets(place, AttackSettings::default()),
        strata: notes.keep((about, Part::Strata), both_strata, VoteError::code).unwrap_or_default(),
        report,
    }
}

/// Votes by voter. One for "both are bad" enters no fit and weighs nothing.
fn cast<'a>(placed: &[PlacedVote<'a>]) -> BTreeMap<&'a str, u64> {
    let mut cast = BTreeMap::new();
    for one in placed.iter().filter(|one| one.vote.choice != VoteChoice::BothBad) {
        *cast.entry(one.vote.voter.as_str()).or_default() += 1;
    }
    cast
}

/// What a cap cut.
fn weight_cap(placed: &[PlacedVote<'_>], most: u32) -> WeightCap {
    let cut: Vec<u64> = cast(placed).into_values().filter(|votes| *votes > u64::from(most)).collect();
    WeightCap { most, voters: crate::number::wide(cut.len()), votes: cut.iter().sum() }
}

/// What a vote is grouped by.
type Label = fn(&Vote) -> Option<&str>;

/// A ranking for each label that votes have.
fn strata(
    placed: &[PlacedVote<'_>],
    of_vote: Label,
    ranks: RankSettings,
) -> Result<Vec<VoteStratum>, VoteError> {
    let labels: BTreeSet<&str> = placed.iter().filter_map(|one| of_vote(one.vote)).collect();
    if labels.len() < 2 || labels.len() > MOST_STRATA {
        return Ok(Vec::new());
    }
    let labels: Vec<&str> = labels.into_iter().collect();
    let mut interner = Interner::default();
    let mut of = Vec::new();
    for one in placed {
        let Some(label) = of_vote(one.vote) else { continue };
        let vote = one.vote;
        interner.push(vote.voter.as_str(), vote.left.as_str(), vote.right.as_str(), vote.choice)?;
        of.push(labels.binary_search(&label).unwrap_or_default());
    }
    let numbered = interner.finish();
    // A voter weighs in each stratum what they weigh in all.
    let cast = cast(placed);
    let votes: Vec<u64> =
        numbered.voters.iter().map(|voter| cast.get(voter.as_str()).copied().unwrap_or_default()).collect();
    let weights = weights_under(&votes, ranks.weight_cap);
    let poll = numbered.poll()?.weighed(weights.as_deref())?;
    let strata = rank_strata(&poll, &labels, &of, Least::default(), ranks)?;
    let named = |stratum| VoteStratum { models: numbered.models.clone(), stratum };
    Ok(strata.into_iter().map(named).collect())
}
