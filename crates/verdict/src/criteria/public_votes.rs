//! Points for public votes: the fitted probability of being preferred to a fixed reference.
//!
//! Voters are resampled as wholes, because one voter's votes depend on each other: with 100 votes a voter an
//! interval that ignores this covers .785 where .95 is written.
#![expect(clippy::indexing_slicing, reason = "voters and cells are numbered by the tally")]

use super::{Ends, Figure, Support};
use crate::{
    DecideError,
    bradley_terry::{Counts, ELO_PER_UNIT, Fitter, fit, preference},
    draws::Draws,
    evidence::PlacedVote,
    number::{real, wide},
    rules::Roster,
    tally::{Ballot, Tally},
};
use daepyo_core::CriterionId;
use std::collections::BTreeSet;

/// Where the anchor stands on the Elo scale.
const ANCHOR_RATING: f64 = 1000.0;

/// A criterion decided by votes.
pub(crate) struct PublicVotes {
    pub(crate) tally: Tally,
    /// Of each model in the tally, its place in the roster.
    pub(crate) places: Vec<usize>,
    /// Of each candidate, its model.
    candidates: Vec<Option<usize>>,
    versus: usize,
    pub(crate) ends: Ends,
    strengths: Vec<f64>,
    support: Vec<Support>,
    /// Of each vote, its voter and its cell (three times the pair plus the result), voter by voter. Empty where voters
    /// are capped: their votes are no whole numbers.
    votes: Vec<(u32, u32)>,
}

/// Votes are counted in so many places at once, so that one count need not wait for the one before.
const LANES: usize = 4;

/// Room for one draw's fit.
pub(crate) struct Scratch {
    /// Votes by cell and lane.
    lanes: Vec<[u64; LANES]>,
    counts: Counts,
    fitter: Fitter,
    pub(crate) strengths: Vec<f64>,
}

impl PublicVotes {
    /// Counts and fits; fails where votes never compare one part of the models with another. With `cap` the votes of one
    /// voter together weigh at most so many votes.
    pub(crate) fn new(
        roster: &Roster<'_>,
        criterion: &CriterionId,
        votes: &[PlacedVote<'_>],
        versus: usize,
        ends: Ends,
        cap: Option<u32>,
    ) -> Result<Self, DecideError> {
        let places: BTreeSet<usize> = votes.iter().flat_map(|placed| [placed.left, placed.right]).collect();
        let places: Vec<usize> = places.into_iter().collect();
        let model = |place: usize| places.binary_search(&place).ok();
        let ballots = votes.iter().filter_map(|placed| {
            Some(Ballot {
                voter: placed.vote.voter.as_str(),
                left: model(placed.left)?,
                right: model(placed.right)?,
                choice: placed.vote.choice,
            })
        });
        let tally = Tally::new(places.len(), ballots).with_cap(cap);
        let parts = tally.parts();
        if parts.len() > 1 {
            let id = |model: &usize| places.get(*model).and_then(|place| roster.id(*place)).cloned();
            let named = |part: &Vec<usize>| {
                let mut ids: Vec<_> = part.iter().filter_map(id).collect();
                ids.sort();
                ids
            };
            let mut parts: Vec<_> = parts.iter().map(named).collect();
            parts.sort();
            return Err(DecideError::DisconnectedVotes { criterion: criterion.clone(), parts });
        }
        let support = (0..roster.candidates).map(|candidate| support(&tally, model(candidate))).collect();
        Ok(Self {
            strengths: fit(&tally.pairs, &tally.counts),
            candidates: (0..roster.candidates).map(model).collect(),
            versus: model(versus).unwrap_or_default(),
            support,
            places,
            votes: one_by_one(&tally),
            tally,
            ends,
        })
    }

    /// Models with a vote.
    pub(crate) fn models(&self) -> usize {
        self.places.len()
    }

    /// The model of a candidate.
    pub(crate) fn model(&self, candidate: usize) -> Option<usize> {
        self.candidates.get(candidate).copied().flatten()
    }

    /// The model that all are held against.
    pub(crate) fn versus(&self) -> usize {
        self.versus
    }

    /// Fitted log-strengths and log tie parameter.
    pub(crate) fn strengths(&self) -> &[f64] {
        &self.strengths
    }

    pub(crate) fn scratch(&self) -> Scratch {
        Scratch {
            lanes: vec![[0; LANES]; self.tally.counts.len() * 3],
            counts: self.tally.counts.clone(),
            fitter: Fitter::new(&self.tally.pairs),
            strengths: self.strengths.clone(),
        }
    }

    /// Fits to voters drawn anew, starting from the fit to all.
    pub(crate) fn draw(&self, draws: &mut Draws, times: &mut Vec<u32>, room: &mut Scratch) {
        times.resize(self.tally.voters.len(), 0);
        draws.resample(times);
        if self.tally.capped.is_some() {
            room.counts.fill([0.0; 3]);
            // Always in the order of the voters: sums of weights depend on it.
            for (times, cells) in times.iter().zip(&self.tally.voters).filter(|(times, _)| **times > 0) {
                for cell in cells {
                    room.counts[cell.pair][cell.result] += f64::from(*times) * cell.votes;
                }
            }
        } else {
            self.count_whole(times, room);
        }
        room.strengths.copy_from_slice(&self.strengths);
        room.fitter.fit(&self.tally.pairs, &room.counts, &mut room.strengths);
    }

    /// Counts voters that were each drawn so many times, where every vote counts once.
    fn count_whole(&self, times: &[u32], room: &mut Scratch) {
        room.lanes.fill([0; LANES]);
        // Whole numbers: any order of adding them up gives the same.
        for votes in self.votes.chunks(LANES) {
            for (lane, (voter, cell)) in votes.iter().enumerate() {
                room.lanes[wide_place(*cell)][lane] += u64::from(times[wide_place(*voter)]);
            }
        }
        for (counts, lanes) in room.counts.iter_mut().zip(room.lanes.as_chunks::<3>().0) {
            *counts =
                lanes.map(|lanes| real(usize::try_from(lanes.iter().sum::<u64>()).unwrap_or(usize::MAX)));
        }
    }

    /// Each candidate's preference and share, and every model's rating.
    pub(crate) fn figures<'s>(
        &self,
        strengths: &[f64],
        figures: &mut [Figure],
        ratings: &mut impl Iterator<Item = &'s mut f64>,
    ) {
        for (figure, model) in figures.iter_mut().zip(&self.candidates) {
            let raw = model.map_or(0.0, |model| self.preference(strengths, model));
            *figure = Figure { raw, share: self.ends.share(raw) };
        }
        let anchor = strengths.get(self.versus).copied().unwrap_or_default();
        for (strength, rating) in strengths.iter().take(self.models()).zip(ratings) {
            *rating = ANCHOR_RATING + ELO_PER_UNIT * (strength - anchor);
        }
    }

    /// Probability that a model is preferred to the anchor, a tie counting half.
    pub(crate) fn preference(&self, strengths: &[f64], model: usize) -> f64 {
        let at = |place: usize| strengths.get(place).copied().unwrap_or_default();
        if model == self.versus {
            return 0.5;
        }
        preference(at(model), at(self.versus), at(self.models()))
    }

    pub(crate) fn support(&self, candidate: usize) -> Support {
        self.support.get(candidate).copied().unwrap_or_default()
    }
}

/// Every vote of every voter.
fn one_by_one(tally: &Tally) -> Vec<(u32, u32)> {
    let mut votes = Vec::new();
    if tally.capped.is_some() {
        return votes;
    }
    for (voter, cells) in (0..).zip(&tally.voters) {
        for cell in cells {
            let place = u32::try_from(cell.pair * 3 + cell.result).unwrap_or(u32::MAX);
            let mut left = cell.votes;
            while left > 0.5 {
                votes.push((voter, place));
                left -= 1.0;
            }
        }
    }
    votes
}

fn wide_place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn support(tally: &Tally, model: Option<usize>) -> Support {
    let Some(score) = model.and_then(|model| tally.scores.get(model)) else {
        return Support::default();
    };
    let own: BTreeSet<usize> = (tally.pairs.iter().enumerate())
        .filter(|(_, (low, high))| model == Some(*low) || model == Some(*high))
        .map(|(pair, _)| pair)
        .collect();
    let voters = tally.voters.iter().filter(|cells| cells.iter().any(|cell| own.contains(&cell.pair)));
    Support { observations: score.votes(), units: wide(voters.count()) }
}
