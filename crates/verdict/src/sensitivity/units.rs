//! The units of a stage that can be left out: documents, clusters, suites, raters, voters, criteria.

use super::{Removal, UnitKind};
use crate::{
    bradley_terry::{DIRECTIONS, Fitter, mean_direction, probabilities},
    criteria::{Criteria, Figure, Kind, benchmark::Grids, marks::Marks, public_votes::PublicVotes},
    decide::Prepared,
    matrix::Cholesky,
    table::TaskTable,
};
use daepyo_core::VoteChoice;
use std::collections::BTreeSet;

/// How figures add up to points, with what an earlier stage brings in.
pub(crate) struct Points<'p> {
    pub(crate) candidates: usize,
    pub(crate) weights: Vec<f64>,
    /// By criterion, then candidate, with everything in.
    pub(crate) figures: &'p [Figure],
    /// By candidate: points that come from the earlier stage, and the part that this stage's own points have.
    carried: Vec<(f64, f64)>,
}

impl<'p> Points<'p> {
    pub(crate) fn new(prepared: &'p Prepared<'_>) -> Self {
        let share = prepared.rules.stage.carry.as_ref().map_or(0.0, |carry| carry.share);
        let carried = |id: &daepyo_core::CandidateId| {
            let row = prepared.carried.iter().find(|row| row.candidate == *id);
            match row.and_then(|row| row.earlier) {
                Some(earlier) => (share * earlier.estimate, 1.0 - share),
                None => (0.0, 1.0),
            }
        };
        Self {
            candidates: prepared.roster.candidates,
            weights: prepared.criteria.all.iter().map(|criterion| criterion.weight).collect(),
            figures: &prepared.joint.estimate.figures,
            carried: prepared.candidates().into_iter().map(carried).collect(),
        }
    }

    /// Points by candidate from figures by criterion and candidate.
    pub(crate) fn of(&self, figures: &[Figure]) -> Vec<f64> {
        self.weighed(figures, &self.weights)
    }

    /// The part of a candidate's points that is this stage's own.
    pub(crate) fn own_part(&self, candidate: usize) -> f64 {
        self.carried.get(candidate).map_or(1.0, |(_, part)| *part)
    }

    fn weighed(&self, figures: &[Figure], weights: &[f64]) -> Vec<f64> {
        let mut points = vec![0.0; self.candidates];
        for (weight, figures) in weights.iter().zip(figures.chunks(self.candidates.max(1))) {
            for (points, figure) in points.iter_mut().zip(figures) {
                *points += weight * figure.share;
            }
        }
        for (points, (earlier, part)) in points.iter_mut().zip(&self.carried) {
            *points = earlier + part * *points;
        }
        points
    }

    /// Points where one criterion's figures are worked out anew; none where `change` says that there are none.
    pub(crate) fn with(
        &self,
        criterion: usize,
        change: impl FnOnce(&mut [Figure]) -> bool,
    ) -> Option<Vec<f64>> {
        let mut figures = self.figures.to_vec();
        let own = figures.get_mut(criterion * self.candidates..(criterion + 1) * self.candidates)?;
        change(own).then(|| self.of(&figures))
    }
}

/// Documents or clusters of the benchmark criteria.
pub(crate) struct Pieces<'p, 'a> {
    points: &'p Points<'p>,
    criteria: Criteria,
    tables: Vec<TaskTable<'a>>,
    kind: UnitKind,
    /// Table and cluster.
    units: Vec<(usize, usize)>,
}

impl<'p, 'a> Pieces<'p, 'a> {
    /// `criteria` were worked out from `tables`.
    pub(crate) fn new(
        points: &'p Points<'p>,
        criteria: Criteria,
        tables: Vec<TaskTable<'a>>,
        kind: UnitKind,
    ) -> Self {
        let used = |table: usize| {
            let mut all = criteria.all.iter();
            all.any(
                |criterion| matches!(&criterion.kind, Kind::Benchmark(benchmark) if benchmark.uses(table)),
            )
        };
        let tables_used = tables.iter().enumerate().filter(|(table, _)| used(*table));
        let units = tables_used
            .flat_map(|(table, of)| (0..of.clusters).map(move |cluster| (table, cluster)))
            .collect();
        Self { points, criteria, tables, kind, units }
    }
}

impl Removal for Pieces<'_, '_> {
    fn kind(&self) -> UnitKind {
        self.kind
    }

    fn count(&self) -> usize {
        self.units.len()
    }

    fn name(&self, unit: usize) -> String {
        let found =
            self.units.get(unit).and_then(|(table, cluster)| Some((self.tables.get(*table)?, *cluster)));
        let Some((table, cluster)) = found else {
            return String::new();
        };
        let task = format!("{}/{}", table.suite, table.task);
        if self.kind == UnitKind::Document {
            format!("{task}#{}", table.numbers.get(cluster).copied().unwrap_or_default())
        } else {
            format!("{task}:{}", table.names.get(cluster).copied().unwrap_or_default())
        }
    }

    fn without(&self, unit: usize) -> Option<Vec<f64>> {
        let (table, cluster) = *self.units.get(unit)?;
        let mut figures = self.points.figures.to_vec();
        let chunks = figures.chunks_mut(self.points.candidates.max(1));
        for (criterion, figures) in self.criteria.all.iter().zip(chunks) {
            if let Kind::Benchmark(benchmark) = &criterion.kind
                && benchmark.uses(table)
                && !benchmark.without(&self.criteria.grids, table, cluster, figures)
            {
                return None;
            }
        }
        Some(self.points.of(&figures))
    }
}

/// Suites of the benchmark criteria.
pub(crate) struct Suites<'p, 'a> {
    pub(crate) points: &'p Points<'p>,
    pub(crate) criteria: &'p Criteria,
    pub(crate) grids: &'p Grids,
    /// Name and the tables of each.
    pub(crate) units: Vec<(&'a str, Vec<usize>)>,
}

impl Removal for Suites<'_, '_> {
    fn kind(&self) -> UnitKind {
        UnitKind::Suite
    }

    fn count(&self) -> usize {
        self.units.len()
    }

    fn name(&self, unit: usize) -> String {
        self.units.get(unit).map_or(String::new(), |(name, _)| (*name).to_owned())
    }

    fn without(&self, unit: usize) -> Option<Vec<f64>> {
        let (_, tables) = self.units.get(unit)?;
        let mut figures = self.points.figures.to_vec();
        let chunks = figures.chunks_mut(self.points.candidates.max(1));
        for (criterion, figures) in self.criteria.all.iter().zip(chunks) {
            if let Kind::Benchmark(benchmark) = &criterion.kind {
                let rest = benchmark.without_tasks(|table| tables.contains(&table))?;
                rest.figures(self.grids, &self.grids.totals(), figures);
            }
        }
        Some(self.points.of(&figures))
    }
}

/// Raters of one criterion.
pub(crate) struct Raters<'p> {
    pub(crate) points: &'p Points<'p>,
    pub(crate) criterion: usize,
    pub(crate) marks: &'p Marks,
}

impl Removal for Raters<'_> {
    fn kind(&self) -> UnitKind {
        UnitKind::Rater
    }

    fn count(&self) -> usize {
        self.marks.raters()
    }

    fn name(&self, unit: usize) -> String {
        self.marks.rater(unit).to_owned()
    }

    fn without(&self, unit: usize) -> Option<Vec<f64>> {
        self.points.with(self.criterion, |figures| self.marks.without(unit, figures))
    }
}

/// Criteria, the others scaled in proportion.
pub(crate) struct WholeCriteria<'p> {
    pub(crate) points: &'p Points<'p>,
    pub(crate) names: Vec<String>,
}

impl Removal for WholeCriteria<'_> {
    fn kind(&self) -> UnitKind {
        UnitKind::Criterion
    }

    fn count(&self) -> usize {
        self.names.len()
    }

    fn name(&self, unit: usize) -> String {
        self.names.get(unit).cloned().unwrap_or_default()
    }

    fn without(&self, unit: usize) -> Option<Vec<f64>> {
        let total: f64 = self.points.weights.iter().sum();
        let left_out = self.points.weights.get(unit).copied()?;
        let rest = total - left_out;
        if rest <= 0.0 {
            return None;
        }
        let scaled = |(place, weight): (usize, &f64)| if place == unit { 0.0 } else { weight * total / rest };
        let weights: Vec<f64> = self.points.weights.iter().enumerate().map(scaled).collect();
        Some(self.points.weighed(self.points.figures, &weights))
    }
}

/// Voters of one criterion.
pub(crate) struct Voters<'p> {
    points: &'p Points<'p>,
    criterion: usize,
    votes: &'p PublicVotes,
    names: Vec<&'p str>,
    factor: Cholesky,
}

impl<'p> Voters<'p> {
    pub(crate) fn new(
        points: &'p Points<'p>,
        criterion: usize,
        votes: &'p PublicVotes,
        prepared: &'p Prepared<'_>,
    ) -> Self {
        let cast = prepared.evidence.votes.get(&criterion).map_or(&[][..], Vec::as_slice);
        let fitted = cast.iter().filter(|placed| placed.vote.choice != VoteChoice::BothBad);
        let names: BTreeSet<&str> = fitted.map(|placed| placed.vote.voter.as_str()).collect();
        let tally = &votes.tally;
        let factor =
            Fitter::new(&tally.pairs).information(&tally.pairs, &tally.counts, votes.strengths()).clone();
        Self { points, criterion, votes, names: names.into_iter().collect(), factor }
    }

    fn at(&self, strengths: &[f64]) -> Option<Vec<f64>> {
        self.points.with(self.criterion, |figures| {
            self.votes.figures(strengths, figures, &mut std::iter::empty());
            true
        })
    }
}

impl Removal for Voters<'_> {
    fn kind(&self) -> UnitKind {
        UnitKind::Voter
    }

    fn count(&self) -> usize {
        self.votes.tally.voters.len()
    }

    fn name(&self, unit: usize) -> String {
        self.names.get(unit).map_or(String::new(), |name| (*name).to_owned())
    }

    fn without(&self, unit: usize) -> Option<Vec<f64>> {
        let tally = &self.votes.tally;
        let mut counts = tally.counts.clone();
        for cell in tally.voters.get(unit)? {
            if let Some(count) = counts.get_mut(cell.pair).and_then(|pair| pair.get_mut(cell.result)) {
                // A sum of weights may leave a rest below 0.
                *count = (*count - cell.votes).max(0.0);
            }
        }
        let mut strengths = self.votes.strengths().to_vec();
        Fitter::new(&tally.pairs).fit(&tally.pairs, &counts, &mut strengths);
        self.at(&strengths)
    }

    /// One Newton step from the fit to all: the voter's score through the inverse information.
    fn approximately(&self, unit: usize) -> Option<Vec<f64>> {
        let tally = &self.votes.tally;
        let at = self.votes.strengths();
        let value = |place: usize| at.get(place).copied().unwrap_or_default();
        let tie = tally.pairs.models();
        let pairs: Vec<(usize, usize)> = tally.pairs.iter().collect();
        let mut score = vec![0.0; at.len()];
        for cell in tally.voters.get(unit)? {
            let (low, high) = *pairs.get(cell.pair)?;
            let mean = mean_direction(probabilities(value(low), value(high), value(tie)));
            let direction = DIRECTIONS.get(cell.result)?;
            for ((place, mean), direction) in [low, high, tie].into_iter().zip(mean).zip(direction) {
                *score.get_mut(place)? += cell.votes * (direction - mean);
            }
        }
        self.factor.solve(&mut score);
        let moved: Vec<f64> = at.iter().zip(&score).map(|(at, step)| at - step).collect();
        self.at(&moved)
    }
}
