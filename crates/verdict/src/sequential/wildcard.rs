//! The panel's choice of who comes back: a majority of its members, or nobody where that is allowed.

use super::SequentialError;
use crate::number::{real, wide};
use daepyo_core::{CandidateId, PanelCount, RaterId, Wildcard, WildcardOutcome, WildcardResult};
use std::collections::{BTreeMap, BTreeSet};

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
/// nobody. A candidate is chosen where more than the written share of the panel voted for it; where more have that
/// than there are places, those with the most votes are chosen, and equal votes at the last place choose none of
/// the equal. Whoever is chosen keeps the points that it has: the scale does not move.
///
/// # Errors
/// A vote twice for the same or for nobody and somebody, for somebody who is not eligible, for nobody where the rules
/// don't allow it, or for more than there are places.
pub fn choose(
    rule: &Wildcard,
    eligible: &[&CandidateId],
    ballots: &[PanelBallot<'_>],
) -> Result<WildcardResult, SequentialError> {
    let mut members: BTreeMap<&RaterId, BTreeSet<Option<&CandidateId>>> = BTreeMap::new();
    for PanelBallot { member, candidate } in ballots.iter().copied() {
        let twice = || SequentialError::PanelTwice { member: member.clone() };
        let own = members.entry(member).or_default();
        if !own.insert(candidate) || (own.len() > 1 && own.contains(&None)) {
            return Err(twice());
        }
        if own.len() > usize::try_from(rule.places).unwrap_or(usize::MAX) {
            let (member, votes) = (member.clone(), wide(own.len()));
            return Err(SequentialError::TooManyVotes { member, votes, places: rule.places });
        }
        match candidate {
            Some(candidate) if !eligible.contains(&candidate) => {
                let (member, candidate) = (member.clone(), candidate.clone());
                return Err(SequentialError::NotEligible { member, candidate });
            }
            None if !rule.none_allowed => {
                return Err(SequentialError::NobodyNotAllowed { member: member.clone() });
            }
            Some(_) | None => {}
        }
    }
    let mut counts: BTreeMap<&CandidateId, u64> = BTreeMap::new();
    for candidate in members.values().flatten().flatten() {
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
