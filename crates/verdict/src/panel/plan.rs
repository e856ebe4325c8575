//! Who reads which dossier, and in which order: linked, balanced, free of conflicts.
//!
//! Loads are as even as limits and conflicts allow: a maximum flow, then moves along alternating paths until no rater
//! has two dossiers more than another whom such a path reaches, which makes the sum of squared loads least (Harvey,
//! Ladner, Lovász and Tamir 2006, "Semi-matchings for bipartite graphs and load balancing"). Swaps that keep the loads
//! then make every two raters meet equally often and link all to one scale. Where a flow can't be found, its minimum
//! cut names the candidates and raters that Hall's condition fails on.

use super::{
    order::reading_orders,
    plan_flow::{Board, Shortage},
    plan_search::{improve, parts, spread},
};
use crate::{draws::Draws, number::wide};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Assignments in a plan above which fewer starts are tried.
const SMALL: usize = 400;

/// A rater who can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanRater<'a> {
    /// Their name.
    pub name: &'a str,
    /// Least number of dossiers, anchors included.
    pub least: u32,
    /// Greatest number of dossiers, anchors included.
    pub greatest: u32,
}

/// What is to be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanInput<'a> {
    /// Candidates.
    pub candidates: &'a [&'a str],
    /// Raters.
    pub raters: &'a [PlanRater<'a>],
    /// Pairs of rater and candidate that must not meet.
    pub conflicts: &'a [(&'a str, &'a str)],
    /// How many raters read each candidate.
    pub readings: u32,
    /// Dossiers beside the candidates that all raters read first, to calibrate.
    pub anchors: &'a [&'a str],
    /// Seed of everything that is drawn.
    pub seed: u64,
}

/// Input that no plan satisfies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No candidates, no raters or no readings.
    #[error("a plan needs candidates, raters and at least one reading a candidate")]
    Nothing,
    /// A name given twice.
    #[error("`{name}` is named twice among candidates, anchors or raters")]
    NamedTwice {
        /// The name.
        name: String,
    },
    /// A conflict of somebody unknown.
    #[error(
        "conflict {index} is of rater `{rater}` and dossier `{dossier}`, and one of them is not in the plan"
    )]
    UnknownConflict {
        /// The conflict, from 0.
        index: usize,
        /// The rater.
        rater: String,
        /// The dossier.
        dossier: String,
    },
    /// Limits that contradict each other or leave no room for the anchors.
    #[error(
        "rater `{rater}` should read {least} to {greatest} dossiers, {anchors} of them anchors: the greatest must be at least both"
    )]
    BadLoad {
        /// The rater.
        rater: String,
        /// Least load.
        least: u32,
        /// Greatest load.
        greatest: u32,
        /// Anchors.
        anchors: u32,
    },
    /// A conflict with a dossier that all must read.
    #[error(
        "rater `{rater}` has a conflict with anchor `{anchor}`, which all raters read: choose another anchor"
    )]
    AnchorConflict {
        /// The rater.
        rater: String,
        /// The anchor.
        anchor: String,
    },
    /// Candidates with fewer raters free of conflict than readings.
    #[error(
        "{readings} readings a candidate are wanted, but too few raters are free of conflict with {}",
        free(candidates)
    )]
    TooFewFree {
        /// Candidates, and how many raters are free of conflict with each.
        candidates: Vec<(String, u32)>,
        /// Readings wanted.
        readings: u32,
    },
    /// Raters whose loads are used up.
    #[error("candidates {} want {wanted} readings, and {possible} can be had: raters {} are full; greatest loads of {} would be enough, or more raters without conflict", candidates.join(", "), raters.join(", "), loads(enough))]
    TooLittleLoad {
        /// Candidates that can't all be read (Hall's condition fails on them).
        candidates: Vec<String>,
        /// Raters, all full, who could read them.
        raters: Vec<String>,
        /// Readings that these candidates want.
        wanted: u64,
        /// Readings that they can get.
        possible: u64,
        /// Greatest loads, of raters for whom they would have to rise, with which a plan exists.
        enough: Vec<(String, u32)>,
    },
    /// Raters who can't get as many dossiers as they must.
    #[error("raters {} want at least {wanted} dossiers together, and {possible} are left for them: lower their least loads or want more readings", raters.join(", "))]
    TooFewDossiers {
        /// Raters who are all at or below their least load and among whom a dossier is lacking.
        raters: Vec<String>,
        /// Sum of their least loads.
        wanted: u64,
        /// Dossiers that they can get.
        possible: u64,
    },
    /// A plan that would leave parts that no rater links.
    #[error(
        "no plan was found that links all raters and candidates ({}); add an anchor dossier, or want at least {readings} readings a candidate",
        linked(parts)
    )]
    Unlinked {
        /// The parts: candidates and raters by name.
        parts: Vec<Vec<String>>,
        /// Readings a candidate at which links can't fail for want of number.
        readings: u32,
    },
}

fn free(candidates: &[(String, u32)]) -> String {
    candidates.iter().map(|(name, raters)| format!("{name} ({raters})")).collect::<Vec<_>>().join(", ")
}

fn loads(enough: &[(String, u32)]) -> String {
    enough.iter().map(|(name, load)| format!("{name} {load}")).collect::<Vec<_>>().join(", ")
}

fn linked(parts: &[Vec<String>]) -> String {
    parts.iter().map(|part| part.join(", ")).collect::<Vec<_>>().join(" | ")
}

impl PlanError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "verdict::nothing_to_plan",
            Self::NamedTwice { .. } => "verdict::named_twice",
            Self::UnknownConflict { .. } => "verdict::unknown_conflict",
            Self::BadLoad { .. } => "verdict::bad_load",
            Self::AnchorConflict { .. } => "verdict::anchor_conflict",
            Self::TooFewFree { .. } => "verdict::too_few_free_raters",
            Self::TooLittleLoad { .. } => "verdict::too_little_load",
            Self::TooFewDossiers { .. } => "verdict::too_few_dossiers",
            Self::Unlinked { .. } => "verdict::unlinked_plan",
        }
    }
}

/// One rater's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaterPlan {
    /// Their name.
    pub rater: String,
    /// Dossiers in the order of reading, anchors first.
    pub dossiers: Vec<String>,
}

/// Who reads what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Candidates, by name.
    pub candidates: Vec<String>,
    /// Anchors, as given.
    pub anchors: Vec<String>,
    /// Raters, by name; one who isn't needed has no dossiers but the anchors.
    pub raters: Vec<RaterPlan>,
    /// Readings of each candidate.
    pub readings: u32,
    /// Least and greatest load, anchors included.
    pub loads: (u32, u32),
    /// Least and greatest number of candidates that two raters share.
    pub meetings: (u32, u32),
    /// Greatest distance of a candidate's mean place from the middle of the orders: 0 is even, 1 always first or last.
    pub order_bias: f64,
}

/// Plans who reads what; the same input gives the same plan, whatever the order of names.
///
/// # Examples
/// ```
/// use daepyo_verdict::panel::{PlanInput, PlanRater, design_plan};
/// let rater = |name| PlanRater { name, least: 0, greatest: 3 };
/// let raters = [rater("han"), rater("kim"), rater("lee"), rater("yun")];
/// let plan = design_plan(PlanInput {
///     candidates: &["a", "b", "c", "d", "e"],
///     raters: &raters,
///     conflicts: &[("kim", "a")],
///     readings: 2,
///     anchors: &[],
///     seed: 7,
/// })?;
/// assert_eq!(plan.loads, (2, 3));
/// assert!(!plan.raters[1].dossiers.contains(&"a".to_owned()));
/// # Ok::<(), daepyo_verdict::panel::PlanError>(())
/// ```
pub fn design_plan(input: PlanInput<'_>) -> Result<Plan, PlanError> {
    let names = Names::new(input)?;
    let board = names.board(input)?;
    let starts: u64 = if board.assignments() <= SMALL { 8 } else { 2 };
    let mut best: Option<((usize, u64), Board)> = None;
    for start in 0..starts {
        let mut trial = board.clone();
        let mut draws = Draws::new(input.seed, start);
        if let Err(shortage) = trial.fill(&mut draws) {
            return Err(names.explain(&board, &trial, shortage));
        }
        improve(&mut trial, !input.anchors.is_empty());
        let linked = if input.anchors.is_empty() { parts(&trial).len() } else { 1 };
        let key = (linked, spread(&trial));
        if best.as_ref().is_none_or(|(least, _)| key < *least) {
            best = Some((key, trial));
        }
    }
    let ((linked, _), board) = best.ok_or(PlanError::Nothing)?;
    if linked > 1 {
        return Err(names.unlinked(&board, input));
    }
    Ok(names.plan(&board, input, starts))
}

/// Names in order.
struct Names<'a> {
    candidates: Vec<&'a str>,
    raters: Vec<PlanRater<'a>>,
}

impl<'a> Names<'a> {
    fn new(input: PlanInput<'a>) -> Result<Self, PlanError> {
        if input.candidates.is_empty() || input.raters.is_empty() || input.readings == 0 {
            return Err(PlanError::Nothing);
        }
        let dossiers = input.candidates.iter().chain(input.anchors).copied();
        for names in [dossiers.collect::<Vec<_>>(), input.raters.iter().map(|rater| rater.name).collect()] {
            let mut seen = BTreeSet::new();
            if let Some(name) = names.into_iter().find(|name| !seen.insert(*name)) {
                return Err(PlanError::NamedTwice { name: name.to_owned() });
            }
        }
        let anchors = u32::try_from(input.anchors.len()).unwrap_or(u32::MAX);
        for rater in input.raters {
            if rater.greatest < rater.least.max(anchors) {
                let PlanRater { name, least, greatest } = *rater;
                return Err(PlanError::BadLoad { rater: name.to_owned(), least, greatest, anchors });
            }
        }
        let mut candidates = input.candidates.to_vec();
        candidates.sort_unstable();
        let mut raters = input.raters.to_vec();
        raters.sort_unstable_by_key(|rater| rater.name);
        Ok(Self { candidates, raters })
    }

    fn board(&self, input: PlanInput<'_>) -> Result<Board, PlanError> {
        let places = |names: Vec<&'a str>| -> BTreeMap<&'a str, usize> {
            names.into_iter().enumerate().map(|(place, name)| (name, place)).collect()
        };
        let candidate_of = places(self.candidates.clone());
        let rater_of = places(self.raters.iter().map(|rater| rater.name).collect());
        let anchors = u32::try_from(input.anchors.len()).unwrap_or(u32::MAX);
        let limits = self
            .raters
            .iter()
            .map(|rater| (rater.least.saturating_sub(anchors), rater.greatest - anchors))
            .collect();
        let mut board = Board::new(self.candidates.len(), limits, input.readings);
        for (index, (rater, dossier)) in input.conflicts.iter().enumerate() {
            match (rater_of.get(rater), candidate_of.get(dossier)) {
                (Some(rater), Some(candidate)) => board.forbid(*candidate, *rater),
                (Some(_), None) if input.anchors.contains(dossier) => {
                    let (rater, anchor) = ((*rater).to_owned(), (*dossier).to_owned());
                    return Err(PlanError::AnchorConflict { rater, anchor });
                }
                (Some(_) | None, None) | (None, Some(_)) => {
                    let (rater, dossier) = ((*rater).to_owned(), (*dossier).to_owned());
                    return Err(PlanError::UnknownConflict { index, rater, dossier });
                }
            }
        }
        let short: Vec<_> = (0..self.candidates.len())
            .map(|candidate| (self.candidate(candidate), board.free(candidate)))
            .filter(|(_, raters)| *raters < input.readings)
            .collect();
        if !short.is_empty() {
            return Err(PlanError::TooFewFree { candidates: short, readings: input.readings });
        }
        Ok(board)
    }

    fn candidate(&self, place: usize) -> String {
        self.candidates.get(place).copied().unwrap_or_default().to_owned()
    }

    fn rater(&self, place: usize) -> String {
        self.raters.get(place).map(|rater| rater.name).unwrap_or_default().to_owned()
    }

    fn explain(&self, empty: &Board, stuck: &Board, shortage: Shortage) -> PlanError {
        let named = |places: Vec<usize>| places.into_iter().map(|place| self.rater(place)).collect();
        match shortage {
            Shortage::Load { candidates, raters, wanted, possible } => {
                let mut enough = stuck.clone();
                enough.overfill();
                let anchors = |place: usize| {
                    let own = self.raters.get(place).map(|rater| rater.greatest).unwrap_or_default();
                    own - empty.greatest(place)
                };
                let enough = (0..self.raters.len())
                    .filter(|place| enough.load(*place) > empty.greatest(*place))
                    .map(|place| (self.rater(place), enough.load(place) + anchors(place)))
                    .collect();
                let candidates = candidates.into_iter().map(|place| self.candidate(place)).collect();
                PlanError::TooLittleLoad { candidates, raters: named(raters), wanted, possible, enough }
            }
            Shortage::Dossiers { raters, wanted, possible } => {
                PlanError::TooFewDossiers { raters: named(raters), wanted, possible }
            }
        }
    }

    fn unlinked(&self, board: &Board, input: PlanInput<'_>) -> PlanError {
        let name = |place: usize| match place.checked_sub(self.candidates.len()) {
            None => self.candidate(place),
            Some(rater) => self.rater(rater),
        };
        let parts = parts(board).into_iter().map(|part| part.into_iter().map(name).collect()).collect();
        // A linked graph has at least one edge less than it has members.
        let edges = self.candidates.len() + self.raters.len() - 1;
        let least = u32::try_from(edges.div_ceil(self.candidates.len())).unwrap_or(u32::MAX);
        PlanError::Unlinked {
            parts,
            readings: least.max(input.readings + u32::from(least <= input.readings)),
        }
    }

    fn plan(&self, board: &Board, input: PlanInput<'_>, stream: u64) -> Plan {
        let (orders, order_bias) = reading_orders(board, &mut Draws::new(input.seed, stream));
        let anchors: Vec<String> = input.anchors.iter().map(|name| (*name).to_owned()).collect();
        let rater = |(place, order): (usize, Vec<usize>)| RaterPlan {
            rater: self.rater(place),
            dossiers: anchors
                .iter()
                .cloned()
                .chain(order.into_iter().map(|one| self.candidate(one)))
                .collect(),
        };
        let raters: Vec<_> = orders.into_iter().enumerate().map(rater).collect();
        let load = |rater: &RaterPlan| u32::try_from(rater.dossiers.len()).unwrap_or(u32::MAX);
        let least = raters.iter().map(load).min().unwrap_or_default();
        let greatest = raters.iter().map(load).max().unwrap_or_default();
        Plan {
            candidates: self.candidates.iter().map(|name| (*name).to_owned()).collect(),
            anchors,
            raters,
            readings: input.readings,
            loads: (least, greatest),
            meetings: board.meetings(),
            order_bias,
        }
    }
}

impl Plan {
    /// All readings, those of anchors included.
    pub fn total(&self) -> u64 {
        self.raters.iter().map(|rater| wide(rater.dossiers.len())).sum()
    }
}
