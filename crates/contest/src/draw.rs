//! Which battle is next: a function of the seed, the draw's number, the draws before it and the votes of some time ago.
//!
//! Draw `n` depends on draws `0..n` whatever became of them, and on votes only as they stood at the last refresh: at draws
//! 0, 100, 200 and so on, later at every tenth more, all that was shown is taken anew with the votes that were cast at least
//! [`VOTE_LAG_MS`] before the draw before it. So whoever has the seed, the draws and the ballots gets the same battles,
//! whatever servers drew them and however fast votes came through.
//!
//! Where answers are recorded, a battle needs a prompt that the person has not seen with the pair and of which both have an
//! answer that may be shown: [`ATTEMPTS`] lots are drawn, then the pair and prompt that were shown least are taken.

use crate::{ContestError, Sealed, keyed::lot};
use daepyo_arena::assign::{Assignment, Exposure, Seed, draw};
use daepyo_core::{VoteChoice, VoterId};
use daepyo_verdict::votes::pairing::History;
use std::collections::{BTreeMap, BTreeSet};

/// Votes of the last ten minutes before a refresh do not count in it: by then every vote is in the store, and servers'
/// clocks differ by less.
pub const VOTE_LAG_MS: i64 = 10 * 60 * 1_000;

/// Lots for one draw before the least shown is taken.
const ATTEMPTS: u64 = 16;

/// The shortest way between two refreshes, in draws.
const REFRESH: u64 = 100;

/// A pair whatever the sides, and a prompt.
type Shown = (u16, u16, u32);

/// A draw that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Past {
    pub(crate) assignment: Assignment,
    pub(crate) voter: VoterId,
    pub(crate) opened_ms: i64,
}

/// A vote as draws take it into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cast {
    pub(crate) choice: VoteChoice,
    pub(crate) voted_ms: i64,
}

/// Votes by the number of their draw, as far as they were read.
#[derive(Debug, Default)]
pub(crate) struct Casts {
    /// The last number of the queue among them.
    pub(crate) last: i64,
    pub(crate) by_draw: BTreeMap<u64, Cast>,
}

/// The draws so far.
#[derive(Debug)]
pub(crate) struct Draws {
    rules: daepyo_arena::assign::AssignRules,
    seed: Seed,
    key: [u8; 32],
    contestants: u16,
    is_recorded: bool,
    barred: BTreeSet<(u16, u32)>,
    exposure: Exposure,
    past: Vec<Past>,
    /// The draw before which the votes were last taken in.
    refreshed: u64,
}

/// Where the draws stood, to go back to while none of the later ones was shown.
pub(crate) struct Mark {
    number: usize,
    pairs: History,
}

impl Draws {
    /// No draw yet.
    pub(crate) fn new(sealed: &Sealed, seed: &[u8; 32]) -> Result<Self, ContestError> {
        let rules = sealed.assign_rules();
        let contestants = u16::try_from(sealed.contestants.len()).unwrap_or(u16::MAX);
        let number_of = |barred: &crate::Barred| {
            let who = sealed.contestants.iter().position(|one| *one == barred.candidate)?;
            let prompt = sealed.prompts.iter().position(|one| one.id.as_str() == barred.prompt)?;
            Some((u16::try_from(who).ok()?, u32::try_from(prompt).ok()?))
        };
        let references: BTreeSet<u16> = (0..contestants)
            .zip(&sealed.contestants)
            .filter(|(_, id)| sealed.references.contains(id))
            .map(|(number, _)| number)
            .collect();
        Ok(Self {
            exposure: Exposure::with_references(usize::from(contestants), &references, rules.prompts)?,
            rules,
            seed: Seed::new(*seed),
            key: *seed,
            contestants,
            is_recorded: sealed.is_recorded(),
            barred: sealed.barred.iter().filter_map(number_of).collect(),
            past: Vec::new(),
            refreshed: 0,
        })
    }

    /// The number of the next draw.
    pub(crate) fn number(&self) -> u64 {
        self.past.len() as u64
    }

    /// Whether the votes must be taken in before the next draw.
    pub(crate) fn needs_votes(&self) -> bool {
        refresh_before(self.number()) != self.refreshed
    }

    /// Takes the votes in, by the number of their draw.
    pub(crate) fn refresh(&mut self, votes: &BTreeMap<u64, Cast>) -> Result<(), ContestError> {
        let refreshed = refresh_before(self.number());
        let count = usize::try_from(refreshed).unwrap_or(usize::MAX);
        let last = self.past.get(count.saturating_sub(1)).map_or(i64::MIN, |past| past.opened_ms);
        let until = last.saturating_sub(VOTE_LAG_MS);
        let vote = |past: &Past| {
            let number = past.assignment.number;
            let vote = votes.get(&number).filter(|vote| number < refreshed && vote.voted_ms <= until);
            vote.map(|vote| vote.choice)
        };
        self.exposure.judge(self.past.iter().map(|past| (&past.assignment, vote(past))))?;
        self.refreshed = refreshed;
        Ok(())
    }

    /// The next battle for a voter; none where nothing is left that they have not seen.
    pub(crate) fn next(&self, voter: &VoterId) -> Result<Option<Assignment>, ContestError> {
        let number = self.number();
        for attempt in 0..ATTEMPTS {
            let drawn = draw(&self.exposure, &self.rules, &self.seed, number | (attempt << 48), voter)?;
            let drawn = Assignment { number, ..drawn };
            if !self.is_recorded {
                return Ok(Some(drawn));
            }
            let Some(prompt) = drawn.prompt else { continue };
            if self.is_open(voter, (drawn.left, drawn.right, prompt)) {
                return Ok(Some(drawn));
            }
        }
        Ok(self.least_shown(voter))
    }

    /// Whether a pair may be shown to a voter about a prompt.
    fn is_open(&self, voter: &VoterId, (one, other, prompt): Shown) -> bool {
        !self.barred.contains(&(one, prompt))
            && !self.barred.contains(&(other, prompt))
            && !self.exposure.has_seen(voter, (one, other), prompt)
    }

    /// Of all that is open to the voter, what was shown least; the seed decides among equals, and the sides.
    fn least_shown(&self, voter: &VoterId) -> Option<Assignment> {
        let number = self.number();
        let mut least: Option<(u64, u64)> = None;
        let mut best: Vec<Shown> = Vec::new();
        let pairs = self.exposure.pairs();
        for low in 0..self.contestants {
            for high in low + 1..self.contestants {
                let shown = pairs.shown(low, high) + pairs.shown(high, low);
                for prompt in
                    (0..self.rules.prompts).filter(|prompt| self.is_open(voter, (low, high, *prompt)))
                {
                    let together = self.exposure.together((low, high), prompt);
                    let count = (shown, together);
                    if least.is_none_or(|least| count < least) {
                        least = Some(count);
                        best.clear();
                    }
                    if least == Some(count) {
                        best.push((low, high, prompt));
                    }
                }
            }
        }
        let place = if best.is_empty() { return None } else { lot(&self.key, number, "least", best.len()) };
        let (low, high, prompt) = best.get(place).copied()?;
        let is_low_left = lot(&self.key, number, "side", 2) == 0;
        let (left, right) = if is_low_left { (low, high) } else { (high, low) };
        Some(Assignment { number, left, right, prompt: Some(prompt) })
    }

    /// Takes a draw in; its number is the next.
    pub(crate) fn record(&mut self, past: Past) -> Result<(), ContestError> {
        self.exposure.record(&past.assignment, &past.voter, None)?;
        self.past.push(past);
        Ok(())
    }

    /// Where the draws stand. Between this and [`Draws::back_to`], no votes are taken in.
    pub(crate) fn mark(&self) -> Mark {
        Mark { number: self.past.len(), pairs: self.exposure.pairs().clone() }
    }

    /// Takes back the draws since then, none of which was shown.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        let undone = self.past.split_off(mark.number.min(self.past.len()));
        self.exposure.take_back(mark.pairs, undone.iter().map(|past| (&past.assignment, &past.voter)));
    }
}

/// The last draw, up to this one, before which votes are taken in.
fn refresh_before(number: u64) -> u64 {
    let mut last = 0;
    loop {
        let next = last + REFRESH.max(last / 10);
        if next > number {
            return last;
        }
        last = next;
    }
}

#[cfg(test)]
mod tests {
    use super::refresh_before;

    #[test]
    fn votes_are_taken_in_every_hundred_draws_and_later_every_tenth_more() {
        assert_eq!([0, 99, 100, 199, 1_000].map(refresh_before), [0, 0, 100, 100, 1_000]);
        assert_eq!(refresh_before(1_099), 1_000);
        assert_eq!(refresh_before(2_000), 1_948);
        let refreshes: std::collections::BTreeSet<_> = (0..100_000).map(refresh_before).collect();
        assert!(refreshes.len() < 70, "{}", refreshes.len());
    }
}
