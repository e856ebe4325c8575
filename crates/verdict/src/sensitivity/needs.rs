//! What would have had to be true for the first team below the cut to pass, in natural units.
//!
//! One criterion at a time, all else equal: the share that closes the gap, turned back through the anchors into the
//! criterion's own figure, and from there into right answers, points of mean mark, votes won, or derivatives.

use super::{influence::CutSides, units::Points};
use crate::{
    bradley_terry::Fitter,
    criteria::{Ends, Kind, benchmark, public_votes::PublicVotes},
    decide::Prepared,
    decision::Admission,
    number::wide,
    table::weigh,
};
use daepyo_core::{Anchors, CandidateId, CriterionRule, GateOutcome, GateResult, GateRule, SuiteWeight};
use serde::{Deserialize, Serialize};

/// A lead of fewer points than this is a tie.
const TIED: f64 = 1e-9;

/// What the first team below the cut would have needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Needs {
    /// The team.
    pub candidate: String,
    /// The last team that is in by points.
    pub rival: String,
    /// Points between them.
    pub gap: f64,
    /// By criterion, in file order.
    pub criteria: Vec<Need>,
}

/// What one criterion alone would have had to give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Need {
    /// The criterion.
    pub criterion: String,
    /// The share of its points that the team has.
    pub share: f64,
    /// The share that draws level with the rival; above 1 the criterion can't do it. None for one without weight.
    pub needed_share: Option<f64>,
    /// The figure on the criterion's own scale that the team has.
    pub raw: f64,
    /// The figure that draws level; none where no share of this criterion does.
    pub needed_raw: Option<f64>,
    /// Whether the figure could have been had: within the anchors, the scale and the evidence that there was.
    pub possible: bool,
    /// The least that passes, in natural units; none where it isn't possible.
    pub more: Option<More>,
}

/// A figure's difference in natural units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum More {
    /// At least so many more documents right, those that count most first.
    Right {
        /// So many.
        documents: u64,
        /// Documents on which the team did not have full score.
        of: u64,
    },
    /// So much more mean mark.
    Mark {
        /// On the criterion's scale of marks.
        mean: f64,
    },
    /// At least so many more votes won, taken evenly from those that the team lost or tied; ratings are fitted again,
    /// so that the rival's points move too.
    Won {
        /// So many.
        votes: u64,
        /// Votes that the team lost or tied.
        of: u64,
    },
    /// At least so many more derivatives that count.
    Derivatives {
        /// So many.
        count: u64,
    },
}

/// What a team would have needed at a gate that put it out or holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateNeed {
    /// The team.
    pub candidate: String,
    /// The gate.
    pub gate: String,
    /// Whether the team would be in by points had the gate been passed.
    pub would_be_in: bool,
    /// One for each reference that it was not shown to reach (or for the threshold); empty for a finding of people,
    /// who would have had to find otherwise.
    pub bars: Vec<BarNeed>,
}

/// What was missing against one reference or threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BarNeed {
    /// The reference; none for a threshold.
    pub reference: Option<String>,
    /// The team's mean score, corrected for guessing where the gate says so.
    pub score: f64,
    /// The mean score whose lower bound is at the bar, with the standard error as it is; none without a standard error.
    pub needed_score: Option<f64>,
    /// At least so many more documents right for that, those that count most first; none where all would not do.
    pub documents: Option<u64>,
}

/// The needs of the first team below the cut; none where everybody or nobody advances.
pub(crate) fn needs(prepared: &Prepared<'_>, points: &Points<'_>, sides: &CutSides) -> Option<Needs> {
    let now = points.of(points.figures);
    let at = |place: usize| now.get(place).copied().unwrap_or_default();
    let rival = sides.inside.iter().copied().min_by(|a, b| at(*a).total_cmp(&at(*b)).then(b.cmp(a)))?;
    let candidate = sides.outside.iter().copied().max_by(|a, b| at(*a).total_cmp(&at(*b)).then(b.cmp(a)))?;
    let gap = at(rival) - at(candidate);
    let one = |place: usize| need(prepared, points, sides, place, candidate, gap);
    let name = |place: usize| prepared.roster.id(place).map(CandidateId::to_string).unwrap_or_default();
    Some(Needs {
        candidate: name(candidate),
        rival: name(rival),
        gap,
        criteria: (0..points.weights.len()).filter_map(one).collect(),
    })
}

fn need(
    prepared: &Prepared<'_>,
    points: &Points<'_>,
    sides: &CutSides,
    place: usize,
    candidate: usize,
    gap: f64,
) -> Option<Need> {
    let rule = prepared.rules.stage.criteria.get(place)?;
    let criterion = prepared.criteria.all.get(place)?;
    let figure = *points.figures.get(place * points.candidates + candidate)?;
    let weight = criterion.weight * points.own_part(candidate);
    let needed_share = (weight > 0.0).then(|| figure.share + gap / weight);
    let ends = match (&criterion.kind, &rule.rule) {
        (Kind::Benchmark(benchmark), _) => benchmark.ends(&prepared.criteria.grids, candidate),
        (Kind::Marks(marks), _) => Some(marks.ends()),
        (Kind::Votes(votes), _) => Some(votes.ends),
        (Kind::Derivatives(_), CriterionRule::Derivatives { anchors, .. }) => {
            Ends::written(anchors, &rule.id).ok()
        }
        (Kind::Derivatives(_), _) => None,
    };
    let reachable = needed_share.filter(|share| *share <= 1.0 + TIED);
    let needed_raw = ends.zip(reachable).map(|(ends, share)| ends.raw(share.min(1.0)));
    // Level is not past: a share of 1 that only draws level can't be passed.
    let passing = ends.zip(needed_share).filter(|(_, share)| *share < 1.0 - TIED);
    let more = passing.and_then(|(ends, share)| {
        let raw = ends.raw(share);
        match (&criterion.kind, &rule.rule) {
            (Kind::Benchmark(_), CriterionRule::Benchmark { suites, anchors }) => {
                (ends.full > ends.zero).then_some(())?;
                let by = raw - figure.raw;
                let gains = criterion_gains(prepared, suites, anchors, candidate);
                let documents = fewest(&gains, by + TIED)?;
                Some(More::Right { documents, of: wide(gains.len()) })
            }
            (Kind::Marks(_), CriterionRule::Marks { minimum, maximum, .. }) => {
                let inside = (*minimum..=*maximum).contains(&raw);
                inside.then_some(More::Mark { mean: raw - figure.raw })
            }
            (Kind::Votes(votes), _) => votes_won(points, sides, place, votes, candidate),
            (Kind::Derivatives(_), _) => {
                let by = (raw - figure.raw + TIED).ceil().max(0.0);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count from 0")]
                let count = by as u64;
                (ends.full > ends.zero).then_some(More::Derivatives { count })
            }
            (Kind::Benchmark(_) | Kind::Marks(_), _) => None,
        }
    });
    Some(Need {
        criterion: rule.id.to_string(),
        share: figure.share,
        needed_share,
        raw: figure.raw,
        needed_raw,
        possible: more.is_some(),
        more,
    })
}

/// What each document that a candidate doesn't have fully right would add to its figure, if it had.
fn criterion_gains(
    prepared: &Prepared<'_>,
    suites: &[SuiteWeight],
    anchors: &Anchors,
    candidate: usize,
) -> Vec<f64> {
    let references = benchmark::anchor_references(&prepared.roster, [&anchors.zero, &anchors.full]);
    gains(prepared, suites, candidate, &references, false)
}

/// The same over the documents that the candidate and all `references` answered.
fn gains(
    prepared: &Prepared<'_>,
    suites: &[SuiteWeight],
    candidate: usize,
    references: &[usize],
    chance_corrected: bool,
) -> Vec<f64> {
    let mut gains = Vec::new();
    for (place, weight) in weigh(&prepared.evidence.tables, suites) {
        let Some(table) = prepared.evidence.tables.get(place) else {
            continue;
        };
        let kept = (0..table.documents).filter(|one| benchmark::counts(table, candidate, references, *one));
        let kept: Vec<usize> = kept.collect();
        let scores = table.row(candidate).map_or(&[][..], |row| row.scores.as_slice());
        for document in &kept {
            let score = scores.get(*document).copied().flatten().unwrap_or_default();
            let guess = table.guess.get(*document).copied().unwrap_or_default();
            let room = if chance_corrected { (1.0 - score) / (1.0 - guess) } else { 1.0 - score };
            if room > 0.0 {
                gains.push(weight * room / crate::number::real(kept.len()));
            }
        }
    }
    gains.sort_by(|a, b| b.total_cmp(a));
    gains
}

/// The least number of falling `gains` that add up to `by`; none where all don't.
fn fewest(gains: &[f64], by: f64) -> Option<u64> {
    let mut sum = 0.0;
    for (count, gain) in gains.iter().enumerate() {
        if sum >= by {
            return Some(wide(count));
        }
        sum += gain;
    }
    (sum >= by).then(|| wide(gains.len()))
}

/// The least number of more votes won that puts a candidate among those with a place, by bisection over fits: its
/// lost and tied votes are turned into won ones, the same part of each cell.
fn votes_won(
    points: &Points<'_>,
    sides: &CutSides,
    criterion: usize,
    votes: &PublicVotes,
    candidate: usize,
) -> Option<More> {
    let model = votes.model(candidate)?;
    let pairs: Vec<(usize, usize)> = votes.tally.pairs.iter().collect();
    let own = |(low, high): (usize, usize)| (low == model).then_some(0).or((high == model).then_some(1));
    let mut open = 0.0;
    for (pair, counts) in pairs.iter().zip(&votes.tally.counts) {
        if let Some(win) = own(*pair) {
            open += counts.iter().sum::<f64>() - counts.get::<usize>(win).copied().unwrap_or_default();
        }
    }
    let mut fitter = Fitter::new(&votes.tally.pairs);
    let mut passes = |won: u64| {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let part = won as f64 / open;
        let mut counts = votes.tally.counts.clone();
        for (pair, counts) in pairs.iter().zip(&mut counts) {
            let Some(win) = own(*pair) else {
                continue;
            };
            let mut turned = 0.0;
            for (_, count) in counts.iter_mut().enumerate().filter(|(result, _)| *result != win) {
                turned += part * *count;
                *count -= part * *count;
            }
            if let Some(count) = counts.get_mut::<usize>(win) {
                *count += turned;
            }
        }
        let mut strengths = votes.strengths().to_vec();
        fitter.fit(&votes.tally.pairs, &counts, &mut strengths);
        let now = points.with(criterion, |figures| {
            votes.figures(&strengths, figures, &mut std::iter::empty());
            true
        });
        now.is_some_and(|now| is_in(sides, &now, candidate))
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of votes")]
    let of = open as u64;
    if of == 0 || !passes(of) {
        return None;
    }
    let (mut low, mut high) = (0, of);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if passes(middle) { high = middle } else { low = middle }
    }
    Some(More::Won { votes: high, of })
}

/// Whether a candidate has more points than enough others to have a place.
fn is_in(sides: &CutSides, points: &[f64], candidate: usize) -> bool {
    let at = |place: usize| points.get(place).copied().unwrap_or_default();
    let others = sides.inside.iter().chain(&sides.outside).filter(|other| **other != candidate);
    let ahead = others.filter(|other| at(**other) > at(candidate) - TIED).count();
    ahead < sides.inside.len()
}

/// What every candidate that a gate put out or holds would have needed there, in the order of the gates' results.
pub(crate) fn gate_needs(prepared: &Prepared<'_>, points: &Points<'_>, sides: &CutSides) -> Vec<GateNeed> {
    let now = points.of(points.figures);
    let stands = |result: &&GateResult| {
        let place = prepared.roster.place(&result.candidate);
        let admission = place.and_then(|place| prepared.admissions.get(place));
        let shut = matches!(admission, Some(Admission::Out(_) | Admission::Held(_)));
        shut && result.outcome != GateOutcome::Passed
    };
    let row = |result: &GateResult| {
        let gate = prepared.rules.stage.gates.iter().find(|gate| gate.id == result.gate)?;
        let candidate = prepared.roster.place(&result.candidate)?;
        let would_be_in = sides.outside.is_empty() || is_in(sides, &now, candidate);
        Some(GateNeed {
            candidate: result.candidate.to_string(),
            gate: result.gate.to_string(),
            would_be_in,
            bars: bars(prepared, &gate.rule, result, candidate),
        })
    };
    prepared.gates.iter().filter(stands).filter_map(row).collect()
}

fn bars(prepared: &Prepared<'_>, rule: &GateRule, result: &GateResult, candidate: usize) -> Vec<BarNeed> {
    let (suites, chance_corrected) = match rule {
        GateRule::NonInferiority { suites, chance_corrected, .. } => (suites, *chance_corrected),
        GateRule::Threshold { suites, .. } => (suites, false),
        GateRule::Independence { .. } | GateRule::Finding { .. } => return Vec::new(),
    };
    let missing = result.comparisons.iter().filter(|one| one.outcome != GateOutcome::Passed);
    let bar = |one: &daepyo_core::GateComparison| {
        let references: Vec<usize> =
            one.reference.iter().filter_map(|reference| prepared.roster.place(reference)).collect();
        let gains = gains(prepared, suites, candidate, &references, chance_corrected);
        BarNeed {
            reference: one.reference.as_ref().map(CandidateId::to_string),
            score: one.candidate_score,
            needed_score: one.lower.map(|lower| one.candidate_score - lower),
            documents: one.lower.and_then(|lower| fewest(&gains, -lower)),
        }
    };
    missing.map(bar).collect()
}
