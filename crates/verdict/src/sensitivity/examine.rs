//! All of it for a stage: from rules and observations to what its decision hangs on.

use super::{
    Acceptability, Basis, Contest, CutSides, Flips, GateNeed, Influences, Needs, Region, Removal,
    SensitivityError, SmaaSettings, UnitKind, acceptability, flips, leave_one_out,
    needs::{gate_needs, needs},
    pairwise,
    units::{Pieces, Points, Raters, Suites, Voters, WholeCriteria},
};
use crate::{
    Rules,
    criteria::{Criteria, Kind},
    decide::Prepared,
    decision::Admission,
    sequential::{Carried, ready},
    table::TaskTable,
};
use daepyo_core::{CandidateId, Observation, Status};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a stage is examined.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExamineSettings {
    /// Weight vectors; their seed is the stage's.
    pub vectors: u32,
    /// Batches of them at the estimate.
    pub batches: u32,
    /// The neighbourhood of the written weights, in per cent of each.
    pub percent: f64,
}

impl Default for ExamineSettings {
    /// 10 weight vectors a draw, 10,000 batches, weights within 20 %.
    fn default() -> Self {
        Self { vectors: 10, batches: 10_000, percent: 20.0 }
    }
}

/// What a decision hangs on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// The candidates, in file order: rows and columns of `pairwise`.
    pub candidates: Vec<String>,
    /// The criteria, in file order: weights are in this order. What an earlier stage brings in is the last one, as
    /// `carry:` and its id.
    pub criteria: Vec<String>,
    /// Rank acceptabilities: over the whole simplex and near the written weights, each at the estimate and jointly
    /// with the data.
    pub acceptability: Vec<Acceptability>,
    /// The share of all weights under which the candidate of the row is ahead of that of the column.
    pub pairwise: Vec<Vec<f64>>,
    /// The smallest changes of weights that flip the cut.
    pub flips: Flips,
    /// Single units left out; none where everybody or nobody advances.
    pub influences: Vec<Influences>,
    /// What the first team below the cut would have needed.
    pub needs: Option<Needs>,
    /// What those that a gate put out or holds would have needed.
    pub gates: Vec<GateNeed>,
}

/// Examines the decision on a stage.
///
/// `carried` are the points of the earlier stage, for rules that carry a share of them over.
///
/// # Errors
/// As [`crate::decide()`] and [`crate::sequential::decide_after`]; a stage without a verdict; nobody admitted; a
/// neighbourhood that is no percentage.
pub fn examine(
    rules: &Rules<'_>,
    observations: &[Observation],
    carried: Option<&Carried>,
    settings: ExamineSettings,
) -> Result<Sensitivity, SensitivityError> {
    let (prepared, verdict) = ready(rules, observations, carried).map_err(SensitivityError::Stage)?;
    let Some(prepared) = prepared else {
        let status = verdict.map(|verdict| verdict.status);
        return Err(match status {
            Some(Status::NoVerdict(obstacle)) => SensitivityError::NoVerdict(obstacle),
            Some(Status::Decided(_) | Status::Undecided { .. }) | None => SensitivityError::NobodyAdmitted,
        });
    };
    examine_prepared(&prepared, settings)
}

/// Examines a stage that is worked out.
pub(crate) fn examine_prepared(
    prepared: &Prepared<'_>,
    settings: ExamineSettings,
) -> Result<Sensitivity, SensitivityError> {
    let table = Table::new(prepared);
    let criteria: Vec<&str> = table.criteria.iter().map(String::as_str).collect();
    let contest = table.contest(&criteria);
    let sides = contest.check()?.cut();
    let sides = CutSides { inside: sides.0, outside: sides.1 };
    let smaa = SmaaSettings {
        seed: prepared.rules.stage.seed,
        vectors: settings.vectors,
        batches: settings.batches,
    };
    let near = Region::Near { percent: settings.percent };
    let mut acceptabilities = Vec::new();
    for region in [Region::Simplex, near] {
        for basis in [Basis::Estimate, Basis::Joint] {
            acceptabilities.push(acceptability(&contest, region, basis, smaa)?);
        }
    }
    let points = Points::new(prepared);
    Ok(Sensitivity {
        candidates: table.candidates.iter().map(|name| (*name).to_owned()).collect(),
        criteria: table.criteria.clone(),
        acceptability: acceptabilities,
        pairwise: pairwise(&contest)?,
        flips: flips(&contest)?,
        influences: influences(prepared, &points, &sides),
        needs: needs(prepared, &points, &sides),
        gates: gate_needs(prepared, &points, &sides),
    })
}

/// A contest's slices, owned.
struct Table<'a> {
    candidates: Vec<&'a str>,
    criteria: Vec<String>,
    weights: Vec<f64>,
    admitted: Vec<bool>,
    places: usize,
    estimate: Vec<f64>,
    draws: Vec<f64>,
}

impl<'a> Table<'a> {
    fn new(prepared: &Prepared<'a>) -> Self {
        let stage = prepared.rules.stage;
        let carry = stage.carry.as_ref().filter(|carry| carry.share > 0.0);
        let share = carry.map_or(0.0, |carry| carry.share);
        let mut criteria: Vec<String> =
            stage.criteria.iter().map(|criterion| criterion.id.to_string()).collect();
        let written: Vec<f64> = stage.criteria.iter().map(|criterion| criterion.weight).collect();
        let mut weights: Vec<f64> = written.iter().map(|weight| weight * (1.0 - share)).collect();
        let total: f64 = written.iter().sum();
        if let Some(carry) = carry {
            criteria.push(format!("carry:{}", carry.stage));
            weights.push(share * total);
        }
        let count = prepared.roster.candidates;
        let shares = |draw: &crate::joint::Draw, into: &mut Vec<f64>| {
            for candidate in 0..count {
                let mut own = 0.0;
                for (criterion, weight) in written.iter().enumerate() {
                    let share = draw.figure(count, criterion, candidate).share;
                    own += weight * share;
                    into.push(share);
                }
                if carry.is_some() {
                    // What the composite has beyond its own part came from the earlier stage; a newcomer's comes out
                    // as its own share, which mixing leaves as it is.
                    let earlier = draw.points(candidate) - (1.0 - share) * own;
                    into.push((earlier / (share * total).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0));
                }
            }
        };
        let (mut estimate, mut draws) = (Vec::new(), Vec::new());
        shares(&prepared.joint.estimate, &mut estimate);
        for draw in &prepared.joint.draws {
            shares(draw, &mut draws);
        }
        let stays = |admission: &Admission| match admission {
            Admission::In | Admission::Held(_) => true,
            Admission::Out(_) | Admission::Gone => false,
        };
        Self {
            candidates: prepared.candidates().into_iter().map(CandidateId::as_str).collect(),
            criteria,
            weights,
            admitted: prepared.admissions.iter().map(stays).collect(),
            places: usize::try_from(stage.decision.advance).unwrap_or(usize::MAX),
            estimate,
            draws,
        }
    }

    fn contest<'s>(&'s self, criteria: &'s [&'s str]) -> Contest<'s> {
        Contest {
            candidates: &self.candidates,
            criteria,
            weights: &self.weights,
            admitted: &self.admitted,
            places: self.places,
            estimate: &self.estimate,
            draws: &self.draws,
        }
    }
}

/// Every kind of unit that the stage has, left out one at a time.
fn influences(prepared: &Prepared<'_>, points: &Points<'_>, sides: &CutSides) -> Vec<Influences> {
    let base = points.of(points.figures);
    let mut found = Vec::new();
    let mut ask = |removal: &dyn Removal, criterion: Option<&str>| {
        if removal.count() > 0 {
            found.extend(leave_one_out(sides, &base, removal, criterion));
        }
    };
    let stage = prepared.rules.stage;
    let names = stage.criteria.iter().map(|criterion| criterion.id.to_string()).collect();
    ask(&WholeCriteria { points, names }, None);
    let tables: &[TaskTable<'_>] = &prepared.evidence.tables;
    let mut suites: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, table) in tables.iter().enumerate() {
        let mut all = prepared.criteria.all.iter();
        if all.any(|one| matches!(&one.kind, Kind::Benchmark(benchmark) if benchmark.uses(place))) {
            suites.entry(table.suite.as_str()).or_default().push(place);
        }
    }
    let grids = &prepared.criteria.grids;
    let units = suites.into_iter().collect();
    ask(&Suites { points, criteria: &prepared.criteria, grids, units }, None);
    let single = tables.iter().all(|table| table.clusters == table.documents);
    for kind in [UnitKind::Cluster, UnitKind::Document] {
        // Where every document is a cluster of its own, both would say the same.
        if single && kind == UnitKind::Cluster {
            continue;
        }
        let (criteria, tables) = pieces(prepared, kind);
        ask(&Pieces::new(points, criteria, tables, kind), None);
    }
    for (place, (rule, criterion)) in stage.criteria.iter().zip(&prepared.criteria.all).enumerate() {
        match &criterion.kind {
            Kind::Marks(marks) => {
                ask(&Raters { points, criterion: place, marks }, Some(rule.id.as_str()));
            }
            Kind::Votes(votes) => {
                ask(&Voters::new(points, place, votes, prepared), Some(rule.id.as_str()));
            }
            Kind::Benchmark(_) | Kind::Derivatives(_) => {}
        }
    }
    found
}

/// The benchmark criteria with documents or clusters as units.
fn pieces<'a>(prepared: &Prepared<'a>, kind: UnitKind) -> (Criteria, Vec<TaskTable<'a>>) {
    let mut tables: Vec<TaskTable<'a>> =
        prepared.evidence.tables.iter().map(TaskTable::by_document).collect();
    if kind == UnitKind::Cluster {
        for (copy, table) in tables.iter_mut().zip(&prepared.evidence.tables) {
            copy.cluster_of.clone_from(&table.cluster_of);
            copy.clusters = table.clusters;
            copy.names.clone_from(&table.names);
        }
    }
    let criteria = Criteria::benchmarks(&prepared.rules, &prepared.roster, &tables);
    (criteria, tables)
}
