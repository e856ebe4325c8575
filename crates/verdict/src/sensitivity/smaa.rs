//! Rank acceptability: in which share of the weight space is each team in each rank?
//!
//! Stochastic multicriteria acceptability analysis (Lahdelma, Hokkanen and Salminen 1998, "SMAA - Stochastic
//! multiobjective acceptability analysis", European Journal of Operational Research 106, 137-143; rank
//! acceptabilities: Lahdelma and Salminen 2001, "SMAA-2", Operations Research 49, 444-454). Weights are drawn from
//! the whole simplex or from a neighbourhood of the written ones, the data stay at the estimate or are drawn from
//! the joint resampling. The acceptability of rank `r` is the share of weights (and data) that give a team rank
//! `r`; its central weights are the mean of those that make it first; its confidence factor is the probability,
//! over the data, that it is first under its central weights.
#![expect(clippy::indexing_slicing, reason = "members and criteria are numbered by the checked contest")]

use super::{
    Contest, SensitivityError,
    contest::{Checked, TIED, dot},
    simplex::{anywhere, centre_above, nearby, part_above},
};
use crate::{
    draws::Draws,
    number::{real, wide},
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The streams that weights are drawn from begin here; those of the joint resampling count up from 0.
const STREAMS: u64 = 1 << 48;

/// Draws that one piece of work holds; fixed, so that sums are the same with any number of threads.
const PIECE: usize = 128;

/// Which weights are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// Every weight vector, all alike likely: no criterion is known to matter more than another.
    Simplex,
    /// The written weights, each moved by up to so many per cent of itself and scaled to the same sum.
    Near {
        /// From 0 to 100.
        percent: f64,
    },
}

/// Whether the data are uncertain too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Shares stay at the estimate.
    Estimate,
    /// Shares come from the joint draws.
    Joint,
}

/// How many weights are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmaaSettings {
    /// Seed.
    pub seed: u64,
    /// Weight vectors for each joint draw.
    pub vectors: u32,
    /// Batches of `vectors` weight vectors where the data stay at the estimate.
    pub batches: u32,
}

impl Default for SmaaSettings {
    /// Seed 0, 10 weight vectors a draw, 10,000 batches at the estimate.
    fn default() -> Self {
        Self { seed: 0, vectors: 10, batches: 10_000 }
    }
}

/// Rank acceptabilities over one region of weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acceptability {
    /// Which weights.
    pub region: Region,
    /// Which data.
    pub basis: Basis,
    /// Weight vectors drawn; 0 where the figures are exact.
    pub vectors: u64,
    /// Joint draws that the weights were drawn with; 0 at the estimate.
    pub draws: u64,
    /// The admitted candidates, in the order of the contest.
    pub candidates: Vec<Acceptance>,
}

/// One candidate's standing over the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The candidate.
    pub candidate: String,
    /// Probability of each rank, first to last; ties share the ranks that they take evenly.
    pub ranks: Vec<f64>,
    /// Monte Carlo standard error of each; 0 where exact.
    pub rank_errors: Vec<f64>,
    /// Probability of being among those that advance.
    pub p_advance: f64,
    /// Its Monte Carlo standard error.
    pub p_advance_error: f64,
    /// Mean of the weights (adding up to 1, by criterion) that make it first; none where none does.
    pub central_weights: Option<Vec<f64>>,
    /// Share of the joint draws in which it is first under its central weights; none without those or draws.
    pub confidence: Option<f64>,
}

/// Rank acceptabilities of the admitted candidates.
///
/// At the estimate and over the whole simplex, one or two candidates (or one criterion) are exact. All else is a
/// seeded simulation: each joint draw meets `vectors` weights of its own, and standard errors are between draws.
///
/// # Errors
/// A contest whose slices don't fit, a share outside 0 to 1, weights that can't be used, nobody admitted, a
/// neighbourhood that is no percentage, no weight vectors, or no draws with [`Basis::Joint`].
///
/// # Examples
/// ```
/// use daepyo_verdict::sensitivity::{Basis, Contest, Region, SmaaSettings, acceptability};
/// let contest = Contest {
///     candidates: &["a", "b"],
///     criteria: &["tests", "votes"],
///     weights: &[60.0, 40.0],
///     admitted: &[true, true],
///     places: 1,
///     // a leads by .3 in the tests, b by .1 in the votes: a is ahead where the tests weigh above a quarter.
///     estimate: &[0.8, 0.5, 0.5, 0.6],
///     draws: &[],
/// };
/// let over = acceptability(&contest, Region::Simplex, Basis::Estimate, SmaaSettings::default())?;
/// assert!((over.candidates[0].p_advance - 0.75).abs() < 1e-12);
/// assert_eq!(over.vectors, 0, "no simulation was needed");
/// # Ok::<(), daepyo_verdict::sensitivity::SensitivityError>(())
/// ```
pub fn acceptability(
    contest: &Contest<'_>,
    region: Region,
    basis: Basis,
    settings: SmaaSettings,
) -> Result<Acceptability, SensitivityError> {
    let checked = contest.check()?;
    if let Region::Near { percent } = region
        && !(0.0..=100.0).contains(&percent)
    {
        return Err(SensitivityError::BadNeighbourhood { percent });
    }
    let tables = contest.draws.len() / contest.cells().max(1);
    if basis == Basis::Joint && tables == 0 {
        return Err(SensitivityError::Nothing { what: "draws" });
    }
    if settings.vectors == 0 || (basis == Basis::Estimate && settings.batches == 0) {
        return Err(SensitivityError::Nothing { what: "weight vectors" });
    }
    let exact = match (basis, region) {
        (Basis::Estimate, Region::Simplex) => exact(&checked),
        (Basis::Estimate, Region::Near { .. }) | (Basis::Joint, _) => None,
    };
    let (mut candidates, vectors) = match exact {
        Some(candidates) => (candidates, 0),
        None => simulate(&checked, region, basis, settings),
    };
    for (member, row) in checked.members.iter().zip(&mut candidates) {
        let central = row.central_weights.as_deref().filter(|_| tables > 0);
        row.confidence = central.map(|weights| first_share(&checked, *member, weights));
    }
    let draws = if basis == Basis::Joint { wide(tables) } else { 0 };
    Ok(Acceptability { region, basis, vectors, draws, candidates })
}

/// Of every two candidates, the share of all weight vectors under which the one of the row is ahead of that of the
/// column at the estimate (one half for equals and for itself). Exact for any number of candidates.
///
/// # Errors
/// As [`acceptability`], for the contest.
pub fn pairwise(contest: &Contest<'_>) -> Result<Vec<Vec<f64>>, SensitivityError> {
    let checked = contest.check()?;
    let all = 0..contest.candidates.len();
    let row = |one: usize| {
        all.clone().map(|other| part_above(&difference(&checked, contest.estimate, one, other))).collect()
    };
    Ok(all.clone().map(row).collect())
}

/// Shares of one candidate minus those of another.
pub(crate) fn difference(checked: &Checked<'_>, table: &[f64], one: usize, other: usize) -> Vec<f64> {
    checked.row(table, one).iter().zip(checked.row(table, other)).map(|(a, b)| a - b).collect()
}

/// One or two candidates over the whole simplex; none for more.
fn exact(checked: &Checked<'_>) -> Option<Vec<Acceptance>> {
    let places = checked.contest.places;
    let row = |member: usize, first: Vec<f64>, central_weights| Acceptance {
        candidate: checked.candidate(member),
        rank_errors: vec![0.0; first.len()],
        p_advance: first.iter().take(places).sum(),
        p_advance_error: 0.0,
        ranks: first,
        central_weights,
        confidence: None,
    };
    match checked.members.as_slice() {
        [only] => {
            let even = 1.0 / real(checked.weights.len());
            Some(vec![row(*only, vec![1.0], Some(vec![even; checked.weights.len()]))])
        }
        [one, other] => {
            let ahead = difference(checked, checked.contest.estimate, *one, *other);
            let behind: Vec<f64> = ahead.iter().map(|entry| -entry).collect();
            let part = part_above(&ahead);
            Some(vec![
                row(*one, vec![part, 1.0 - part], centre_above(&ahead)),
                row(*other, vec![1.0 - part, part], centre_above(&behind)),
            ])
        }
        _ => None,
    }
}

/// Sums over some draws.
#[derive(Clone)]
struct Sums {
    /// By member, then rank: sum over draws of the share of its weight vectors, and of its square.
    ranks: Vec<(f64, f64)>,
    /// By member, of advancing.
    advance: Vec<(f64, f64)>,
    /// By member: how often first, and the sum of those weights.
    first: Vec<f64>,
    weights: Vec<f64>,
}

impl Sums {
    fn new(members: usize, criteria: usize) -> Self {
        Self {
            ranks: vec![(0.0, 0.0); members * members],
            advance: vec![(0.0, 0.0); members],
            first: vec![0.0; members],
            weights: vec![0.0; members * criteria],
        }
    }

    fn add(&mut self, other: &Self) {
        let pairs = self.ranks.iter_mut().zip(&other.ranks);
        for (own, more) in pairs.chain(self.advance.iter_mut().zip(&other.advance)) {
            own.0 += more.0;
            own.1 += more.1;
        }
        let sums = self.first.iter_mut().zip(&other.first);
        for (own, more) in sums.chain(self.weights.iter_mut().zip(&other.weights)) {
            *own += more;
        }
    }
}

/// Room for one draw.
struct Room {
    weights: Vec<f64>,
    composite: Vec<f64>,
    ranks: Vec<f64>,
}

fn simulate(
    checked: &Checked<'_>,
    region: Region,
    basis: Basis,
    settings: SmaaSettings,
) -> (Vec<Acceptance>, u64) {
    let (members, criteria) = (checked.members.len(), checked.weights.len());
    let cells = checked.contest.cells();
    let batches = match basis {
        Basis::Estimate => usize::try_from(settings.batches).unwrap_or(usize::MAX),
        Basis::Joint => checked.contest.draws.len() / cells,
    };
    // The four questions draw different weights, so that their errors are not the same error.
    let stream = STREAMS
        * match (region, basis) {
            (Region::Simplex, Basis::Estimate) => 1,
            (Region::Simplex, Basis::Joint) => 2,
            (Region::Near { .. }, Basis::Estimate) => 3,
            (Region::Near { .. }, Basis::Joint) => 4,
        };
    let piece = |number: usize| {
        let mut sums = Sums::new(members, criteria);
        let mut room = Room {
            weights: vec![0.0; criteria],
            composite: vec![0.0; members],
            ranks: vec![0.0; members * members],
        };
        for batch in number * PIECE..batches.min((number + 1) * PIECE) {
            let table = match basis {
                Basis::Estimate => checked.contest.estimate,
                Basis::Joint => &checked.contest.draws[batch * cells..(batch + 1) * cells],
            };
            let mut draws = Draws::new(settings.seed, stream + wide(batch));
            one_batch(checked, region, table, settings.vectors, &mut draws, &mut room, &mut sums);
        }
        sums
    };
    let pieces: Vec<Sums> = (0..batches.div_ceil(PIECE)).into_par_iter().map(piece).collect();
    let mut sums = Sums::new(members, criteria);
    for piece in &pieces {
        sums.add(piece);
    }
    (rows(checked, &sums, batches), wide(batches) * u64::from(settings.vectors))
}

/// One table of shares under `vectors` weight vectors.
fn one_batch(
    checked: &Checked<'_>,
    region: Region,
    table: &[f64],
    vectors: u32,
    draws: &mut Draws,
    room: &mut Room,
    sums: &mut Sums,
) {
    let (members, criteria) = (checked.members.len(), checked.weights.len());
    room.ranks.fill(0.0);
    for _ in 0..vectors {
        match region {
            Region::Simplex => anywhere(draws, &mut room.weights),
            Region::Near { percent } => {
                nearby(draws, &checked.weights, percent / 100.0, &mut room.weights);
            }
        }
        for (composite, member) in room.composite.iter_mut().zip(&checked.members) {
            *composite = dot(checked.row(table, *member), &room.weights);
        }
        for one in 0..members {
            let (above, equal) = standing(&room.composite, one);
            let share = 1.0 / real(equal);
            for rank in above..above + equal {
                room.ranks[one * members + rank] += share;
            }
            if above == 0 {
                sums.first[one] += share;
                let central = &mut sums.weights[one * criteria..(one + 1) * criteria];
                for (sum, weight) in central.iter_mut().zip(&room.weights) {
                    *sum += share * weight;
                }
            }
        }
    }
    let count = f64::from(vectors);
    for (sum, ranks) in sums.ranks.iter_mut().zip(&room.ranks) {
        sum.0 += ranks / count;
        sum.1 += (ranks / count) * (ranks / count);
    }
    for (sum, ranks) in sums.advance.iter_mut().zip(room.ranks.chunks_exact(members)) {
        let advance = ranks.iter().take(checked.contest.places).sum::<f64>() / count;
        sum.0 += advance;
        sum.1 += advance * advance;
    }
}

/// How many are above one of `composite`, and how many are tied with it, itself included.
fn standing(composite: &[f64], one: usize) -> (usize, usize) {
    let own = composite[one];
    let mut standing = (0, 0);
    for other in composite {
        standing.0 += usize::from(other - own > TIED);
        standing.1 += usize::from((other - own).abs() <= TIED);
    }
    standing
}

fn rows(checked: &Checked<'_>, sums: &Sums, batches: usize) -> Vec<Acceptance> {
    let (members, criteria) = (checked.members.len(), checked.weights.len());
    let count = real(batches);
    let mean = |(sum, _): &(f64, f64)| sum / count;
    let error = |(sum, squares): &(f64, f64)| {
        let variance = (squares / count - (sum / count) * (sum / count)).max(0.0);
        (variance / (count - 1.0).max(1.0)).sqrt()
    };
    let row = |(place, member): (usize, &usize)| {
        let ranks = &sums.ranks[place * members..(place + 1) * members];
        let first = sums.first[place];
        let central = &sums.weights[place * criteria..(place + 1) * criteria];
        Acceptance {
            candidate: checked.candidate(*member),
            ranks: ranks.iter().map(mean).collect(),
            rank_errors: ranks.iter().map(error).collect(),
            p_advance: mean(&sums.advance[place]),
            p_advance_error: error(&sums.advance[place]),
            central_weights: (first > 0.0).then(|| central.iter().map(|sum| sum / first).collect()),
            confidence: None,
        }
    };
    checked.members.iter().enumerate().map(row).collect()
}

/// The share of draws in which a member is first under `weights`; ties for the first rank share it.
fn first_share(checked: &Checked<'_>, member: usize, weights: &[f64]) -> f64 {
    let tables = checked.contest.draws.chunks_exact(checked.contest.cells());
    let count = real(tables.len());
    let mut composite = vec![0.0; checked.members.len()];
    let mut first = 0.0;
    let own = checked.members.iter().position(|other| *other == member).unwrap_or_default();
    for table in tables {
        for (composite, member) in composite.iter_mut().zip(&checked.members) {
            *composite = dot(checked.row(table, *member), weights);
        }
        let (above, equal) = standing(&composite, own);
        if above == 0 {
            first += 1.0 / real(equal);
        }
    }
    first / count
}
