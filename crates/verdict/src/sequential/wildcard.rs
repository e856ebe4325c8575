//! The panel's choice of who comes back: a majority of its members, or nobody where that is allowed.

use crate::number::{real, wide};
use daepyo_core::{CandidateId, PanelCount, RaterId, Wildcard, WildcardOutcome, WildcardResult};
use std::collections::{BTreeMap, BTreeSet};

/// A panel's votes that break the rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PanelError {
    /// Votes on a wildcard that the stage doesn't have.
    #[error("panel member `{member}` votes on a wildcard, which the stage doesn't have")]
    NoWildcard {
        /// The member.
        member: RaterId,
    },
    /// A member who votes twice for the same candidate, or for nobody and for somebody.
    #[error("panel member `{member}` votes twice for the same, or for nobody and for somebody")]
    Twice {
        /// The member.
        member: RaterId,
    },
    /// A vote for nobody where the rules don't allow that.
    #[error("panel member `{member}` votes for nobody, which the rules don't allow")]
    NobodyNotAllowed {
        /// The member.
        member: RaterId,
    },
    /// A member with more votes than there are places.
    #[error("panel member `{member}` has {votes} votes for {places} places")]
    TooManyVotes {
        /// The member.
        member: RaterId,
        /// Votes.
        votes: u64,
        /// Places.
        places: u32,
    },
}

impl PanelError {
    /// The error's code, such as `verdict::panel_twice`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoWildcard { .. } => "verdict::no_wildcard",
            Self::Twice { .. } => "verdict::panel_twice",
            Self::NobodyNotAllowed { .. } => "verdict::nobody_not_allowed",
            Self::TooManyVotes { .. } => "verdict::too_many_votes",
        }
    }
}

/// A member's vote: for a candidate, or for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelBallot<'a> {
    /// Who votes.
    pub member: &'a RaterId,
    /// For whom; none for nobody.
    pub candidate: Option<&'a CandidateId>,
}

/// The panel's choice among `eligible`.
///
/// The panel is everybody who voted. Each member votes for at most as many candidates as there are places, or for
/// nobody; a vote for somebody who is not eligible (who has a place already, or whom a gate put out since) lapses, and
/// the member still counts. A candidate is chosen where more than the written share of the panel voted for it; where more have that
/// than there are places, those with the most votes are chosen, and equal votes at the last place choose none of
/// the equal. Whoever is chosen keeps the points that it has: the scale does not move.
///
/// # Errors
/// A vote twice for the same or for nobody and somebody, for nobody where the rules don't allow it, or for more than
/// there are places.
pub fn choose(
    rule: &Wildcard,
    eligible: &[&CandidateId],
    ballots: &[PanelBallot<'_>],
) -> Result<WildcardResult, PanelError> {
    let mut members: BTreeMap<&RaterId, BTreeSet<Option<&CandidateId>>> = BTreeMap::new();
    for PanelBallot { member, candidate } in ballots.iter().copied() {
        let twice = || PanelError::Twice { member: member.clone() };
        let own = members.entry(member).or_default();
        if !own.insert(candidate) || (own.len() > 1 && own.contains(&None)) {
            return Err(twice());
        }
        if own.len() > usize::try_from(rule.places).unwrap_or(usize::MAX) {
            let (member, votes) = (member.clone(), wide(own.len()));
            return Err(PanelError::TooManyVotes { member, votes, places: rule.places });
        }
        match candidate {
            None if !rule.none_allowed => {
                return Err(PanelError::NobodyNotAllowed { member: member.clone() });
            }
            Some(_) | None => {}
        }
    }
    let mut counts: BTreeMap<&CandidateId, u64> = BTreeMap::new();
    let stands = |candidate: &&&CandidateId| eligible.contains(*candidate);
    for candidate in members.values().flatten().flatten().filter(stands) {
        *counts.entry(candidate).or_default() += 1;
    }
    let mut votes: Vec<PanelCount> = counts
        .into_iter()
        .map(|(candidate, votes)| PanelCount { candidate: candidate.clone(), votes })
        .collect();
    votes.sort_by(|a, b| b.votes.cmp(&a.votes).then(a.candidate.cmp(&b.candidate)));
    let nobody = wide(members.values().filter(|own| own.contains(&None)).count());
    let (mut chosen, level) = above_majority(rule, members.len(), &votes);
    chosen.sort();
    let outcome = match (chosen.is_empty(), level, rule.none_allowed) {
        (false, false, _) => WildcardOutcome::Chosen,
        (true, false, true) => WildcardOutcome::Nobody,
        (_, true, _) | (true, false, false) => WildcardOutcome::VoteAgain,
    };
    Ok(WildcardResult { panel: wide(members.len()), votes, nobody, chosen, outcome })
}

/// Those with the majority who have a place, and whether equal votes keep a place empty. `votes` fall.
fn above_majority(rule: &Wildcard, panel: usize, votes: &[PanelCount]) -> (Vec<CandidateId>, bool) {
    let count = |votes: u64| real(usize::try_from(votes).unwrap_or(usize::MAX));
    let needed = rule.majority * real(panel);
    let with: Vec<&PanelCount> = votes.iter().filter(|row| count(row.votes) > needed + 1e-9).collect();
    let places = usize::try_from(rule.places).unwrap_or(usize::MAX);
    let Some(first_without) = with.get(places) else {
        return (with.into_iter().map(|row| row.candidate.clone()).collect(), false);
    };
    let in_place = with.iter().take(places).filter(|row| row.votes > first_without.votes);
    let chosen: Vec<CandidateId> = in_place.map(|row| row.candidate.clone()).collect();
    let level = chosen.len() < places;
    (chosen, level)
}
