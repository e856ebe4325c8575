//! Assigning raters to candidates: a maximum flow, then even loads, by alternating paths.
#![expect(clippy::indexing_slicing, reason = "candidates and raters are numbered by the constructor")]

use crate::{draws::Draws, number::wide};
use std::collections::VecDeque;

/// Who reads whom so far.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    candidates: usize,
    /// Least and greatest load of each rater.
    limits: Vec<(u32, u32)>,
    readings: u32,
    forbidden: Vec<bool>,
    reads: Vec<bool>,
    loads: Vec<u32>,
    given: Vec<u32>,
    /// How many candidates two raters share.
    shared: Vec<u32>,
    /// The order in which raters and candidates are tried.
    rater_order: Vec<usize>,
    candidate_order: Vec<usize>,
}

/// Why a board can't be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    /// Candidates that want more than the raters, all full, can read.
    Load { candidates: Vec<usize>, raters: Vec<usize>, wanted: u64, possible: u64 },
    /// Raters whose least loads can't be reached.
    Dossiers { raters: Vec<usize>, wanted: u64, possible: u64 },
}

impl Board {
    pub(crate) fn new(candidates: usize, limits: Vec<(u32, u32)>, readings: u32) -> Self {
        let raters = limits.len();
        Self {
            candidates,
            readings,
            forbidden: vec![false; candidates * raters],
            reads: vec![false; candidates * raters],
            loads: vec![0; raters],
            given: vec![0; candidates],
            shared: vec![0; raters * raters],
            rater_order: (0..raters).collect(),
            candidate_order: (0..candidates).collect(),
            limits,
        }
    }

    pub(crate) fn candidates(&self) -> usize {
        self.candidates
    }

    pub(crate) fn raters(&self) -> usize {
        self.limits.len()
    }

    /// Readings in a full board.
    pub(crate) fn assignments(&self) -> usize {
        self.candidates * usize::try_from(self.readings).unwrap_or(usize::MAX)
    }

    fn place(&self, candidate: usize, rater: usize) -> usize {
        candidate * self.raters() + rater
    }

    pub(crate) fn forbid(&mut self, candidate: usize, rater: usize) {
        let place = self.place(candidate, rater);
        self.forbidden[place] = true;
    }

    /// Raters without conflict.
    pub(crate) fn free(&self, candidate: usize) -> u32 {
        let free = (0..self.raters()).filter(|rater| !self.forbidden[self.place(candidate, *rater)]).count();
        u32::try_from(free).unwrap_or(u32::MAX)
    }

    pub(crate) fn greatest(&self, rater: usize) -> u32 {
        self.limits[rater].1
    }

    pub(crate) fn load(&self, rater: usize) -> u32 {
        self.loads[rater]
    }

    pub(crate) fn reads(&self, candidate: usize, rater: usize) -> bool {
        self.reads[self.place(candidate, rater)]
    }

    /// Whether `rater` could be given `candidate`.
    pub(crate) fn open(&self, candidate: usize, rater: usize) -> bool {
        let place = self.place(candidate, rater);
        !self.forbidden[place] && !self.reads[place]
    }

    /// Whether a dossier may go from one rater to the other with loads staying as even as they are.
    pub(crate) fn may_move(&self, from: usize, to: usize) -> bool {
        self.loads[from] == self.loads[to] + 1
            && self.loads[from] > self.limits[from].0
            && self.loads[to] < self.limits[to].1
    }

    pub(crate) fn raters_of(&self, candidate: usize) -> impl Iterator<Item = usize> {
        (0..self.raters()).filter(move |rater| self.reads(candidate, *rater))
    }

    /// How many candidates two raters share.
    pub(crate) fn shared(&self, one: usize, other: usize) -> u32 {
        self.shared[one * self.raters() + other]
    }

    /// Least and greatest number of candidates that two raters share; 0 for a single rater.
    pub(crate) fn meetings(&self) -> (u32, u32) {
        let pairs = (0..self.raters()).flat_map(|one| (0..one).map(move |other| (one, other)));
        let all: Vec<u32> = pairs.map(|(one, other)| self.shared(one, other)).collect();
        (all.iter().min().copied().unwrap_or_default(), all.iter().max().copied().unwrap_or_default())
    }

    pub(crate) fn give(&mut self, candidate: usize, rater: usize) {
        self.meet(candidate, rater, 1);
        let place = self.place(candidate, rater);
        self.reads[place] = true;
        self.loads[rater] += 1;
        self.given[candidate] += 1;
    }

    pub(crate) fn take(&mut self, candidate: usize, rater: usize) {
        let place = self.place(candidate, rater);
        self.reads[place] = false;
        self.loads[rater] -= 1;
        self.given[candidate] -= 1;
        self.meet(candidate, rater, -1);
    }

    fn meet(&mut self, candidate: usize, rater: usize, by: i32) {
        let raters = self.raters();
        for other in 0..raters {
            if other != rater && self.reads[candidate * raters + other] {
                for place in [rater * raters + other, other * raters + rater] {
                    self.shared[place] = self.shared[place].saturating_add_signed(by);
                }
            }
        }
    }

    /// Gives every candidate its readings, with loads as even as can be, in an order that is drawn.
    pub(crate) fn fill(&mut self, draws: &mut Draws) -> Result<(), Shortage> {
        shuffle(&mut self.rater_order, draws);
        shuffle(&mut self.candidate_order, draws);
        for candidate in self.candidate_order.clone() {
            while self.given[candidate] < self.readings {
                if !self.augment(candidate, |board, rater| board.loads[rater] < board.limits[rater].1) {
                    return Err(self.load_shortage());
                }
            }
        }
        self.raise()?;
        self.level();
        Ok(())
    }

    /// Goes on filling as if loads had no upper limit.
    pub(crate) fn overfill(&mut self) {
        for candidate in 0..self.candidates {
            while self.given[candidate] < self.readings
                && (self.augment(candidate, |board, rater| board.loads[rater] < board.limits[rater].1)
                    || self.augment(candidate, |_, _| true))
            {}
        }
    }

    /// One more reading of `candidate`, by the least loaded rater at the end of an alternating path that `ends` there.
    fn augment(&mut self, candidate: usize, ends: impl Fn(&Self, usize) -> bool) -> bool {
        let mut paths = Paths::new(self.raters());
        for rater in self.rater_order.clone() {
            if self.open(candidate, rater) {
                paths.enter(rater, None);
            }
        }
        self.explore(&mut paths);
        let end = self.rater_order.iter().copied().filter(|rater| paths.seen(*rater) && ends(self, *rater));
        let Some(end) = end.min_by_key(|rater| self.loads[*rater]) else {
            return false;
        };
        let first = self.follow(&paths, end);
        self.give(candidate, first);
        true
    }

    /// Spreads `paths`: from a rater to whoever could take over one of their candidates.
    fn explore(&self, paths: &mut Paths) {
        while let Some(from) = paths.queue.pop_front() {
            for candidate in &self.candidate_order {
                if !self.reads(*candidate, from) {
                    continue;
                }
                for to in &self.rater_order {
                    if !paths.seen(*to) && self.open(*candidate, *to) {
                        paths.enter(*to, Some((from, *candidate)));
                    }
                }
            }
        }
    }

    /// Moves candidates along the path to `end`, and returns its start, who is then one lighter.
    fn follow(&mut self, paths: &Paths, end: usize) -> usize {
        let mut at = end;
        while let Some((from, candidate)) = paths.via[at] {
            self.take(candidate, from);
            self.give(candidate, at);
            at = from;
        }
        at
    }

    /// Brings every rater to their least load, at the cost of those above theirs.
    fn raise(&mut self) -> Result<(), Shortage> {
        loop {
            let low =
                self.rater_order.iter().copied().find(|rater| self.loads[*rater] < self.limits[*rater].0);
            let Some(low) = low else { return Ok(()) };
            let giver = |board: &Self, rater: usize| board.loads[rater] > board.limits[rater].0;
            if !self.shift_to(low, giver) {
                return Err(self.dossier_shortage(low));
            }
        }
    }

    /// Moves one dossier to `low` from the most loaded rater whom `giver` allows and a path reaches.
    fn shift_to(&mut self, low: usize, giver: impl Fn(&Self, usize) -> bool) -> bool {
        let mut givers: Vec<usize> =
            self.rater_order.iter().copied().filter(|rater| giver(self, *rater)).collect();
        givers.sort_by_key(|rater| std::cmp::Reverse(self.loads[*rater]));
        for from in givers {
            let mut paths = Paths::new(self.raters());
            paths.enter(from, None);
            self.explore(&mut paths);
            if from != low && paths.seen(low) {
                self.follow(&paths, low);
                return true;
            }
        }
        false
    }

    /// Evens loads within the limits until no path leads from a rater to one with two dossiers less.
    fn level(&mut self) {
        loop {
            let mut order = self.rater_order.clone();
            order.sort_by_key(|rater| self.loads[*rater]);
            order.retain(|low| self.loads[*low] < self.limits[*low].1);
            let moved = order.into_iter().any(|low| {
                let giver = |board: &Self, rater: usize| {
                    board.loads[rater] > board.limits[rater].0 && board.loads[rater] > board.loads[low] + 1
                };
                self.shift_to(low, giver)
            });
            if !moved {
                return;
            }
        }
    }

    /// The cut behind a flow that can't grow: whatever alternating paths from the candidate in want reach.
    fn load_shortage(&self) -> Shortage {
        let mut paths = Paths::new(self.raters());
        // Candidates before it are full, and those after it were not tried yet.
        let stuck =
            self.candidate_order.iter().copied().find(|candidate| self.given[*candidate] < self.readings);
        for rater in 0..self.raters() {
            if stuck.is_some_and(|candidate| self.open(candidate, rater)) {
                paths.enter(rater, None);
            }
        }
        self.explore(&mut paths);
        let raters: Vec<usize> = (0..self.raters()).filter(|rater| paths.seen(*rater)).collect();
        let touched = |candidate: &usize| {
            Some(*candidate) == stuck || raters.iter().any(|rater| self.reads(*candidate, *rater))
        };
        let candidates: Vec<usize> = (0..self.candidates).filter(touched).collect();
        let possible = candidates.iter().map(|candidate| u64::from(self.given[*candidate])).sum();
        let wanted = wide(candidates.len()) * u64::from(self.readings);
        Shortage::Load { candidates, raters, wanted, possible }
    }

    /// Raters, `low` among them, from whom no path leads to it: they can only pass dossiers among themselves.
    fn dossier_shortage(&self, low: usize) -> Shortage {
        let reaches = |rater: &usize| {
            let mut paths = Paths::new(self.raters());
            paths.enter(*rater, None);
            self.explore(&mut paths);
            paths.seen(low)
        };
        let raters: Vec<usize> = (0..self.raters()).filter(reaches).collect();
        let wanted = raters.iter().map(|rater| u64::from(self.limits[*rater].0)).sum();
        let possible = raters.iter().map(|rater| u64::from(self.loads[*rater])).sum();
        Shortage::Dossiers { raters, wanted, possible }
    }
}

/// A search over raters.
struct Paths {
    queue: VecDeque<usize>,
    reached: Vec<bool>,
    /// From whom, and with which candidate.
    via: Vec<Option<(usize, usize)>>,
}

impl Paths {
    fn new(raters: usize) -> Self {
        Self { queue: VecDeque::new(), reached: vec![false; raters], via: vec![None; raters] }
    }

    fn enter(&mut self, rater: usize, via: Option<(usize, usize)>) {
        self.reached[rater] = true;
        self.via[rater] = via;
        self.queue.push_back(rater);
    }

    fn seen(&self, rater: usize) -> bool {
        self.reached[rater]
    }
}

/// Puts `values` in an order that is drawn (Fisher and Yates).
pub(crate) fn shuffle(values: &mut [usize], draws: &mut Draws) {
    for last in (1..values.len()).rev() {
        let other = draws.below(u32::try_from(last + 1).unwrap_or(u32::MAX));
        values.swap(last, usize::try_from(other).unwrap_or_default());
    }
}
