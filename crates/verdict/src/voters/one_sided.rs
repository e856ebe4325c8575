//! Repeated one-sidedness for or against a candidate, by an e-process that is valid whenever one looks.
//!
//! **Votes.** Those of one voter that involve the candidate and choose one of the two, in order of number. Ties and
//! "both bad" are left out: given that a Davidson vote is no tie, the candidate is chosen with probability
//! `1 / (1 + exp(-(s_c - s_o)))` whatever the tie parameter, so a voter's habit of tying is no evidence.
//!
//! **Null.** The strengths `s` come from the fit without this voter, so a popular candidate is no evidence. In that fit
//! a vote on models of which the voter judged `n` battles counts `1 / (1 + (n - 1) spread^2 / 4)`, what it is worth
//! when tastes make a voter's votes alike (the design effect; Williams 1982, "Extra-binomial variation in logistic
//! linear models"). So a ring whose members vote often does not lift the candidate's strength much and hide itself. An
//! honest voter has a taste of his own: each candidate's strength is shifted by a normal number of standard deviation
//! `taste_spread`, the same in all his votes. The probability of his votes under the null is the mean over these
//! tastes, an over-dispersed null that expects streaks. It is computed step by step: a grid of tastes for the
//! candidate (17 from -4 to 4 deviations) and for each opponent (9 from -3 to 3), each with its posterior weight, gives
//! the probability of the next vote. The fit sees choices averaged over tastes, which flattens them, so differences of
//! strengths are stretched by `sqrt(1 + pi/8 * 2 spread^2)` (Spiegelhalter and Lauritzen 1990, "Sequential
//! updating of conditional probabilities on directed graphical structures", for a normal mixture of logits).
//!
//! **Alternative.** A voter who chooses the candidate with a fixed high probability whoever the opponent is, mixed over
//! the written values; against the candidate the same with the other one chosen.
//!
//! **Evidence.** The ratio of the two probabilities is a test martingale under the null given the opponents, which the
//! server draws, and the others' votes: its mean is 1 at every vote. By Ville's inequality the chance that it ever
//! reaches `1/p` is at most `p` (Ville 1939; Robbins 1970, "Statistical methods related to the law of the iterated
//! logarithm"; Grünwald, de Heide and Koolen 2024, "Safe testing"; Vovk and Wang 2021, "E-values"; Ramdas, Grünwald,
//! Vovk and Shafer 2023, "Game-theoretic statistics and safe anytime-valid inference"). So `p = min(1, 1 / sup e)` may
//! be looked at after every vote. A voter's e-value is a weighted mean over candidates and directions, which is an
//! e-value whatever their dependence. The weights are squares of the numbers of battles that the server gave the voter
//! with each candidate, so that a voter who sees one candidate again and again is judged on that one.
#![expect(clippy::indexing_slicing, reason = "models, pairs and grid places are numbered here")]

use super::{
    Flag, Limit, Measure, OneSided, Subject, TestSummary, VoterTest,
    counted::size,
    discovery::{Procedure, e_threshold},
    field::{Field, Voter, share},
};
use crate::{
    bradley_terry::{Counts, DIRECTIONS, Fitter, Pairs, fit, mean_direction, probabilities},
    matrix::Cholesky,
    number::{real, wide},
    tally::{Cell, Tally},
};
use daepyo_core::VoteChoice;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Grid places on each side of 0, for the candidate in half deviations and for an opponent in three quarters.
const OWN: i32 = 8;
const OTHER: i32 = 4;
const OWN_PLACES: usize = 17;
const OTHER_PLACES: usize = 9;
/// Differences of two tastes, in quarters of a deviation, from `-REACH` on.
const REACH: i32 = 2 * OWN + 3 * OTHER;
const DIFFERENCES: usize = 57;

/// The evidence on one candidate and direction.
#[derive(Clone, Debug)]
struct Evidence {
    candidate: usize,
    favours: bool,
    e: f64,
    sup: f64,
    votes: Vec<u64>,
    with: usize,
}

/// The evidence on one voter.
struct Case<'a> {
    voter: &'a str,
    e: f64,
    p: f64,
    strongest: Evidence,
}

/// Flags voters who favour or disfavour a candidate more than an honest taste does.
pub(crate) fn test(field: &Field<'_>, settings: &OneSided, procedure: Procedure) -> (TestSummary, Vec<Flag>) {
    let others = Others::new(field, settings);
    let grid = Grid::new(settings);
    let cases: Vec<Option<Case<'_>>> = (field.voters.par_iter().enumerate())
        .map(|(place, voter)| case(place, voter, &others, &grid, settings))
        .collect();
    let cases: Vec<Case<'_>> = cases.into_iter().flatten().collect();
    let e: Vec<f64> = cases.iter().map(|case| case.e).collect();
    let (limit, level, threshold) = match procedure {
        Procedure::FalseDiscovery(level) => (Limit::EBenjaminiHochberg, level, e_threshold(&e, level)),
        Procedure::EachVoter(rate) => (Limit::EachVoter, rate, rate),
    };
    let flagged = |case: &Case<'_>| match procedure {
        Procedure::FalseDiscovery(_) => case.e >= threshold,
        Procedure::EachVoter(_) => case.p <= threshold,
    };
    let hypotheses = wide(cases.len());
    let flags: Vec<Flag> = (cases.into_iter().filter(flagged))
        .map(|Case { voter, e, p, strongest }| {
            let candidate = field.models.get(strongest.candidate).copied().unwrap_or_default().to_owned();
            Flag {
                voter: voter.to_owned(),
                test: VoterTest::OneSided,
                subject: if strongest.favours {
                    Subject::For { candidate }
                } else {
                    Subject::Against { candidate }
                },
                statistic: share(strongest.with, strongest.votes.len()),
                measure: Measure::E { e, of_subject: strongest.e, p },
                threshold,
                votes: strongest.votes,
            }
        })
        .collect();
    let flagged = wide(flags.len());
    (TestSummary { test: VoterTest::OneSided, limit, level, hypotheses, flagged }, flags)
}

/// All candidates and directions of one voter; none where no candidate has enough votes.
fn case<'a>(
    place: usize,
    voter: &Voter<'a>,
    others: &Others,
    grid: &Grid,
    settings: &OneSided,
) -> Option<Case<'a>> {
    let mut involved: BTreeMap<usize, Vec<Seen>> = BTreeMap::new();
    for vote in &voter.votes {
        if let Some((chosen, other)) = vote.decided() {
            let number = vote.ballot.number;
            involved.entry(chosen).or_default().push(Seen { opponent: other, chosen: true, number });
            involved.entry(other).or_default().push(Seen { opponent: chosen, chosen: false, number });
        }
    }
    let least = size(settings.least_votes).max(1);
    involved.retain(|candidate, seen| {
        seen.len() >= least && others.decided[*candidate] >= seen.len() + size(settings.least_other_votes)
    });
    if involved.is_empty() {
        return None;
    }
    let battles = battles(voter, others.decided.len());
    let weight = |candidate: usize| battles[candidate] * battles[candidate];
    // Two directions a candidate.
    let total = 2.0 * involved.keys().map(|candidate| weight(*candidate)).sum::<f64>();
    let at = others.without(place, settings.refit_share);
    let mut evidence = Vec::new();
    let (mut e, mut sup) = (0.0, 0.0_f64);
    for (candidate, seen) in involved {
        for found in grid.evidence(candidate, &seen, &at, least) {
            e += weight(candidate) / total * found.e;
            sup = sup.max(weight(candidate) / total * found.sup);
            evidence.push(found);
        }
    }
    let strength = |found: &Evidence| weight(found.candidate) * found.e;
    let strongest = evidence
        .into_iter()
        .reduce(|best, next| if strength(&next) > strength(&best) { next } else { best })?;
    Some(Case { voter: voter.name, e, p: (1.0 / sup).min(1.0), strongest })
}

/// Of each model, the voter's battles with it, whatever was chosen.
fn battles(voter: &Voter<'_>, models: usize) -> Vec<f64> {
    let mut battles = vec![0.0; models];
    for vote in &voter.votes {
        battles[vote.left] += 1.0;
        battles[vote.right] += 1.0;
    }
    battles
}

/// A vote that involves a candidate.
struct Seen {
    opponent: usize,
    chosen: bool,
    number: u64,
}

/// The fit to everybody, from which one voter's votes are taken.
struct Others {
    pairs: Pairs,
    models: Vec<(usize, usize)>,
    counts: Counts,
    /// By voter, weighted votes.
    cells: Vec<Vec<Cell>>,
    at: Vec<f64>,
    information: Cholesky,
    /// Of each model, votes that chose it or its opponent.
    decided: Vec<usize>,
    votes: f64,
}

impl Others {
    fn new(field: &Field<'_>, settings: &OneSided) -> Self {
        let Tally { pairs, scores, .. } = field.tally();
        let models: Vec<(usize, usize)> = pairs.iter().collect();
        let alike = settings.taste_spread * settings.taste_spread / 4.0;
        let mut counts = vec![[0.0; 3]; models.len()];
        let mut cells = Vec::new();
        for voter in &field.voters {
            let battles = battles(voter, field.models.len());
            let mut own = Vec::new();
            for vote in &voter.votes {
                let (low, high) = (vote.left.min(vote.right), vote.left.max(vote.right));
                let result = match (vote.decided(), vote.ballot.choice) {
                    (Some((chosen, _)), _) => usize::from(chosen == high),
                    (None, VoteChoice::BothBad) => continue,
                    (None, VoteChoice::Left | VoteChoice::Right | VoteChoice::Tie) => 2,
                };
                if let Ok(pair) = models.binary_search(&(low, high)) {
                    let votes = 1.0 / (1.0 + alike * (battles[low].max(battles[high]) - 1.0));
                    counts[pair][result] += votes;
                    own.push(Cell { pair, result, votes });
                }
            }
            cells.push(own);
        }
        let at = fit(&pairs, &counts);
        let information = Fitter::new(&pairs).information(&pairs, &counts, &at).clone();
        let size = |votes: u64| usize::try_from(votes).unwrap_or(usize::MAX);
        let decided = scores.iter().map(|score| size(score.wins + score.losses)).collect();
        let votes = counts.iter().flatten().sum();
        Self { pairs, models, counts, cells, at, information, decided, votes }
    }

    /// The fit without a voter: a new one for a voter with many votes, else one Newton step from everybody's.
    fn without(&self, voter: usize, refit_share: f64) -> Vec<f64> {
        let mut at = self.at.clone();
        let cells = &self.cells[voter];
        let pairs = &self.pairs;
        if cells.iter().map(|cell| cell.votes).sum::<f64>() > refit_share * self.votes {
            let mut counts = self.counts.clone();
            for cell in cells {
                counts[cell.pair][cell.result] -= cell.votes;
            }
            Fitter::new(pairs).fit(pairs, &counts, &mut at);
            return at;
        }
        let tie = pairs.models();
        let mut step = vec![0.0; at.len()];
        for cell in cells {
            let (low, high) = self.models[cell.pair];
            let mean = mean_direction(probabilities(at[low], at[high], at[tie]));
            for (k, place) in [low, high, tie].into_iter().enumerate() {
                step[place] -= cell.votes * (DIRECTIONS[cell.result][k] - mean[k]);
            }
        }
        self.information.solve(&mut step);
        for (value, step) in at.iter_mut().zip(step) {
            *value += step;
        }
        at
    }
}

/// Tastes on a grid, and the alternatives.
struct Grid {
    own: [f64; OWN_PLACES],
    other: [f64; OTHER_PLACES],
    /// `exp` of minus each difference of tastes.
    odds: [f64; DIFFERENCES],
    stretch: f64,
    /// Logarithms of a partial voter's probability of the expected and the other choice.
    partial: Vec<(f64, f64)>,
}

impl Grid {
    fn new(settings: &OneSided) -> Self {
        let spread = settings.taste_spread;
        let mut odds = [0.0; DIFFERENCES];
        for (quarters, odds) in (-REACH..).zip(&mut odds) {
            *odds = libm::exp(-spread * f64::from(quarters) / 4.0);
        }
        Self {
            own: normal(OWN, 0.5),
            other: normal(OTHER, 0.75),
            odds,
            stretch: (1.0 + std::f64::consts::FRAC_PI_8 * 2.0 * spread * spread).sqrt(),
            partial: settings.partial.iter().map(|q| (libm::log(*q), libm::log1p(-q))).collect(),
        }
    }

    /// The e-processes for and against a candidate.
    fn evidence(&self, candidate: usize, seen: &[Seen], at: &[f64], least: usize) -> [Evidence; 2] {
        let mut own = self.own;
        let mut opponents: BTreeMap<usize, [[f64; OTHER_PLACES]; OWN_PLACES]> = BTreeMap::new();
        let mut log_null = 0.0;
        let mut log_partial = [vec![0.0; self.partial.len()], vec![0.0; self.partial.len()]];
        let (mut e, mut sup) = ([1.0_f64; 2], [0.0_f64; 2]);
        for (count, vote) in (1..).zip(seen) {
            let base = libm::exp(-self.stretch * (at[candidate] - at[vote.opponent]));
            let other = opponents.entry(vote.opponent).or_insert([self.other; OWN_PLACES]);
            log_null += libm::log(self.next(base, vote.chosen, &mut own, other));
            for (favours, logs) in [true, false].into_iter().zip(&mut log_partial) {
                for (log, (expected, surprise)) in logs.iter_mut().zip(&self.partial) {
                    *log += if vote.chosen == favours { *expected } else { *surprise };
                }
            }
            if count >= least {
                for (logs, (e, sup)) in log_partial.iter().zip(e.iter_mut().zip(&mut sup)) {
                    let ratio = |log: &f64| libm::exp((log - log_null).min(700.0));
                    *e = logs.iter().map(ratio).sum::<f64>() / real(logs.len());
                    *sup = sup.max(*e);
                }
            }
        }
        let chosen = seen.iter().filter(|vote| vote.chosen).count();
        let numbers: Vec<u64> = seen.iter().map(|vote| vote.number).collect();
        [(true, chosen), (false, seen.len() - chosen)].map(|(favours, with)| {
            let place = usize::from(!favours);
            Evidence { candidate, favours, e: e[place], sup: sup[place], votes: numbers.clone(), with }
        })
    }

    /// The probability of the next choice, after which the weights of the tastes are those given it.
    fn next(
        &self,
        base: f64,
        chosen: bool,
        own: &mut [f64; OWN_PLACES],
        other: &mut [[f64; OTHER_PLACES]; OWN_PLACES],
    ) -> f64 {
        let likely = self.odds.map(|odds| {
            let odds = base * odds;
            if chosen { 1.0 / (1.0 + odds) } else { odds / (1.0 + odds) }
        });
        let mut total = 0.0;
        for (i, (weight, row)) in own.iter_mut().zip(other).enumerate() {
            // Own taste in half deviations less the other's in three quarters; the place is never negative.
            let mut sum = 0.0;
            for (j, cell) in row.iter_mut().enumerate() {
                *cell *= likely[2 * i + 3 * (OTHER_PLACES - 1 - j)];
                sum += *cell;
            }
            for cell in row.iter_mut() {
                *cell /= sum;
            }
            *weight *= sum;
            total += *weight;
        }
        for weight in own.iter_mut() {
            *weight /= total;
        }
        total
    }
}

/// Normal weights at `-side..=side` times `step`, adding up to 1.
fn normal<const N: usize>(side: i32, step: f64) -> [f64; N] {
    let mut weights = [0.0; N];
    for (place, weight) in (-side..).zip(&mut weights) {
        let z = step * f64::from(place);
        *weight = libm::exp(-z * z / 2.0);
    }
    let total: f64 = weights.iter().sum();
    weights.map(|weight| weight / total)
}

#[cfg(test)]
mod tests {
    use super::{Grid, OneSided, Seen};

    fn grid(taste_spread: f64) -> Grid {
        Grid::new(&OneSided { taste_spread, ..OneSided::default() })
    }

    #[test]
    fn the_mean_of_the_e_process_is_one_under_the_null() {
        // All 2^10 outcomes of ten votes against three opponents, each weighed by its probability under the null.
        let grid = grid(0.5);
        let at = [0.4, 0.0, -0.3, 0.2];
        let (mut mean, mut total) = ([0.0; 2], 0.0);
        for outcome in 0..1_u32 << 10 {
            let chosen = |vote: u32| outcome >> vote & 1 == 1;
            let opponent = |vote: u32| usize::try_from(1 + vote % 3).unwrap_or_default();
            let seen: Vec<Seen> = (0..10)
                .map(|vote| Seen { opponent: opponent(vote), chosen: chosen(vote), number: 0 })
                .collect();
            let mut own = grid.own;
            let mut others = [[grid.other; super::OWN_PLACES]; 4];
            let mut null = 1.0;
            for vote in &seen {
                let base = libm::exp(-grid.stretch * (at[0] - at[vote.opponent]));
                null *= grid.next(base, vote.chosen, &mut own, &mut others[vote.opponent]);
            }
            total += null;
            for (mean, evidence) in mean.iter_mut().zip(grid.evidence(0, &seen, &at, 5)) {
                *mean += null * evidence.e;
            }
        }
        assert!((total - 1.0).abs() < 1e-12, "{total}");
        assert!(mean.iter().all(|mean| (mean - 1.0).abs() < 1e-12), "{mean:?}");
    }

    #[test]
    fn the_first_vote_has_the_others_probability() {
        // The stretch undoes the flattening by tastes to about half a percentage point.
        for spread in [0.0, 0.25, 0.5, 1.0] {
            for gap in [-2.0, -0.5, 0.0, 0.7, 1.5] {
                let grid = grid(spread);
                let base = libm::exp(-grid.stretch * gap);
                let found = grid.next(base, true, &mut { grid.own }, &mut [grid.other; super::OWN_PLACES]);
                let written = 1.0 / (1.0 + libm::exp(-gap));
                assert!((found - written).abs() < 0.006, "{spread} {gap}: {found} {written}");
            }
        }
    }

    #[test]
    fn streaks_weigh_less_where_tastes_differ() {
        let streak = |spread: f64| {
            let seen: Vec<Seen> =
                (0..20).map(|vote| Seen { opponent: 1 + vote % 9, chosen: true, number: 0 }).collect();
            let [favours, _] = grid(spread).evidence(0, &seen, &[0.0; 10], 5);
            favours.e
        };
        // Without tastes the ratio is the mean of q^20 over 2^-20.
        let mean = (0.9_f64.powi(20) + 0.97_f64.powi(20) + 0.999_f64.powi(20)) / 3.0;
        assert!((streak(0.0) / (mean * 2.0_f64.powi(20)) - 1.0).abs() < 1e-9);
        assert!(streak(0.5) < streak(0.25) / 10.0 && streak(0.25) < streak(0.0) / 3.0);
    }
}
