//! The exact budget of small cases: every attack of one size after the other, in order of cells, without those that
//! the lower bound rules out.
#![expect(clippy::indexing_slicing, reason = "moves and pairs are numbered by the case")]

use super::{
    AttackBudget, Case,
    local::{Local, Reach},
    lower::number,
    moves::{Move, most, moves},
};
use crate::bradley_terry::Fitter;

/// A search with a limited number of fits.
struct Search<'a> {
    case: &'a Case,
    moves: Vec<Move>,
    fitter: Fitter,
    fits: u64,
    limit: u64,
}

/// Where the search stands with some votes attacked.
struct Level {
    counts: Vec<[f64; 3]>,
    left: Vec<[f64; 3]>,
    at: Vec<f64>,
    reach: Option<Reach>,
    /// The next move to try.
    place: usize,
    /// How many votes more may be attacked.
    votes: u64,
}

/// What a part of the search found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Attack,
    Nothing,
    OutOfFits,
}

/// The budget between `lower` and `upper`, exact unless the search runs out of fits.
pub(crate) fn narrow(case: &Case, lower: u64, upper: u64, limit: u64) -> AttackBudget {
    let mut search = Search { case, moves: ordered(case), fitter: Fitter::new(&case.pairs), fits: 0, limit };
    for votes in lower..upper {
        match search.attacks(votes) {
            Found::Attack => return AttackBudget::new(case.kind, votes, Some(votes)),
            Found::Nothing => {}
            Found::OutOfFits => return AttackBudget::new(case.kind, votes, Some(upper)),
        }
    }
    AttackBudget::new(case.kind, upper, Some(upper))
}

/// The moves, those with the most effect first, so that a found attack is found soon.
fn ordered(case: &Case) -> Vec<Move> {
    let all = moves(case.kind, case.counts.len());
    let local = Local::new(case, &mut Fitter::new(&case.pairs), &case.counts, &case.at);
    let Some(reach) = local.reach(0.0) else {
        return all;
    };
    let mut order: Vec<(f64, Move)> = all.into_iter().map(|one| (reach.gain(one), one)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    order.into_iter().map(|(_, one)| one).collect()
}

impl Search<'_> {
    /// Searches attacks of `votes` votes, depth first. The levels lie in a list: there is one for each vote, and a large
    /// contest takes thousands to turn.
    fn attacks(&mut self, votes: u64) -> Found {
        let case = self.case;
        let start = self.level(case.counts.clone(), case.counts.clone(), case.at.clone(), 0, votes);
        let mut levels = vec![start];
        while let Some(level) = levels.last_mut() {
            let place = level.place;
            if level.votes == 0 || place >= self.moves.len() {
                levels.pop();
                continue;
            }
            level.place += 1;
            let (one, votes) = (self.moves[place], level.votes);
            if one.available(&level.left) < 1.0
                || level.reach.as_ref().is_some_and(|reach| self.ruled_out(reach, &level.left, place, votes))
            {
                continue;
            }
            if self.fits >= self.limit {
                return Found::OutOfFits;
            }
            self.fits += 1;
            let (mut counts, mut left, mut at) = (level.counts.clone(), level.left.clone(), level.at.clone());
            one.apply(&mut counts, 1.0);
            Move { to: None, ..one }.apply(&mut left, 1.0);
            self.fitter.fit(&case.pairs, &counts, &mut at);
            if case.goal.moved(&at) {
                return Found::Attack;
            }
            if votes > 1 {
                let next = self.level(counts, left, at, place, votes - 1);
                levels.push(next);
            }
        }
        Found::Nothing
    }

    /// The level of `votes` more votes on `counts` by moves from number `place` on; `left` counts the votes that were not
    /// attacked yet, so that none is attacked twice.
    fn level(
        &mut self,
        counts: Vec<[f64; 3]>,
        left: Vec<[f64; 3]>,
        at: Vec<f64>,
        place: usize,
        votes: u64,
    ) -> Level {
        let reach = Local::new(self.case, &mut self.fitter, &counts, &at).reach(number(votes));
        Level { counts, left, at, reach, place, votes }
    }

    /// Whether no attack of `votes` votes moves the cut that has the move at `place` and otherwise later ones or more
    /// of the same.
    fn ruled_out(&self, reach: &Reach, left: &[[f64; 3]], place: usize, votes: u64) -> bool {
        let gains = self.moves[place..].iter().map(|one| (*one, reach.gain(*one)));
        let rest = most(gains, left, number(votes - 1));
        reach.out_of_reach(reach.gain(self.moves[place]) + rest)
    }
}
