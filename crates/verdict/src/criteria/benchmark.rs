//! Benchmark points: weighted means of task scores between two fixed outside scores.
//!
//! Every figure is a weighted mean of ratios "sum of scores / number of documents", one ratio a task, over the
//! documents that the candidate and every reference among the anchors answered. Resampling clusters only changes
//! how often each cluster's sums enter, so per task the sums are kept in a grid: a row for each cluster, a column
//! for each different quantity. Columns with the same numbers are kept once, which also makes equal candidates
//! equal in every draw to the last bit.

use super::{Ends, Figure, Support};
use crate::{
    draws::Draws,
    rules::Roster,
    table::{TaskTable, support, weigh},
};
use daepyo_core::{Anchor, Anchors, SuiteWeight};
use std::collections::BTreeSet;

/// The references among the anchors.
pub(crate) fn anchor_references(roster: &Roster<'_>, anchors: [&Anchor; 2]) -> Vec<usize> {
    let place = |anchor: &&Anchor| match anchor {
        Anchor::Reference(id) => roster.place(id),
        Anchor::Value(_) | Anchor::Chance => None,
    };
    let places: BTreeSet<usize> = anchors.iter().filter_map(place).collect();
    places.into_iter().collect()
}

/// Whether a document enters a candidate's figure: it and all `references` have a response.
pub(crate) fn counts(table: &TaskTable<'_>, candidate: usize, references: &[usize], document: usize) -> bool {
    let answered = |entrant: usize| {
        let score = table.row(entrant).and_then(|row| row.scores.get(document));
        matches!(score, Some(Some(_)))
    };
    answered(candidate) && references.iter().all(|reference| answered(*reference))
}

/// Sums by cluster and quantity of one task.
struct Grid {
    clusters: usize,
    /// While columns are collected, each as long as there are clusters.
    columns: Vec<Vec<f64>>,
    /// The same, row by row.
    rows: Vec<f64>,
    /// Each column's sum over all clusters.
    all: Vec<f64>,
}

/// The grids of all tasks, in the order of the tables; tasks that no criterion uses have no columns.
pub(crate) struct Grids(Vec<Grid>);

/// Each grid's column sums for one set of clusters.
pub(crate) struct Totals(Vec<Vec<f64>>);

impl Grids {
    pub(crate) fn new(tables: &[TaskTable<'_>]) -> Self {
        let grid = |table: &TaskTable<'_>| Grid {
            clusters: table.clusters,
            columns: Vec::new(),
            rows: Vec::new(),
            all: Vec::new(),
        };
        Self(tables.iter().map(grid).collect())
    }

    /// The place of a column with these numbers in the grid of `table`.
    fn column(&mut self, table: usize, column: Vec<f64>) -> usize {
        let Some(grid) = self.0.get_mut(table) else {
            return 0;
        };
        let same = |other: &Vec<f64>| other.iter().zip(&column).all(|(a, b)| a.to_bits() == b.to_bits());
        grid.columns.iter().position(same).unwrap_or_else(|| {
            grid.columns.push(column);
            grid.columns.len() - 1
        })
    }

    /// Lays the columns out for resampling.
    pub(crate) fn finish(mut self) -> Self {
        for grid in &mut self.0 {
            grid.all = grid.columns.iter().map(|column| column.iter().sum()).collect();
            let cell = |row: usize, column: &Vec<f64>| column.get(row).copied().unwrap_or_default();
            let cells =
                (0..grid.clusters).flat_map(|row| grid.columns.iter().map(move |column| cell(row, column)));
            grid.rows = cells.collect();
            grid.columns = Vec::new();
        }
        self
    }

    /// The sums over all clusters.
    pub(crate) fn totals(&self) -> Totals {
        Totals(self.0.iter().map(|grid| grid.all.clone()).collect())
    }

    /// Sums over clusters drawn anew in every task; `times` is room.
    pub(crate) fn resample(&self, draws: &mut Draws, times: &mut Vec<u32>, totals: &mut Totals) {
        for (grid, totals) in self.0.iter().zip(&mut totals.0) {
            if grid.all.is_empty() {
                continue;
            }
            times.resize(grid.clusters, 0);
            draws.resample(times);
            totals.fill(0.0);
            for (row, times) in grid.rows.chunks_exact(grid.all.len()).zip(times.iter()) {
                if *times > 0 {
                    let times = f64::from(*times);
                    for (total, value) in totals.iter_mut().zip(row) {
                        *total += times * value;
                    }
                }
            }
        }
    }
}

/// A benchmark criterion.
pub(crate) struct Benchmark {
    zero: End,
    full: End,
    candidates: Vec<Own>,
}

#[derive(Clone, Copy)]
enum End {
    Written(f64),
    Measured,
}

/// What one candidate's figure is made of.
struct Own {
    tasks: Vec<Parts>,
    support: Support,
}

/// Where the parts of one task's ratios are.
#[derive(Clone, Copy)]
struct Parts {
    grid: usize,
    weight: f64,
    documents: usize,
    score: usize,
    zero: Option<usize>,
    full: Option<usize>,
}

impl Benchmark {
    pub(crate) fn new(
        roster: &Roster<'_>,
        tables: &[TaskTable<'_>],
        suites: &[SuiteWeight],
        anchors: &Anchors,
        grids: &mut Grids,
    ) -> Self {
        let references = anchor_references(roster, [&anchors.zero, &anchors.full]);
        let weights = weigh(tables, suites);
        let own = |candidate: usize| {
            let mut own = Own { tasks: Vec::new(), support: Support::default() };
            for (place, weight) in &weights {
                let Some(table) = tables.get(*place) else {
                    continue;
                };
                let kept = |document: usize| counts(table, candidate, &references, document);
                let (documents, clusters) = support(table, kept);
                own.support.observations += documents;
                own.support.units += clusters;
                let mut column =
                    |value: &dyn Fn(usize) -> f64| grids.column(*place, cluster_sums(table, kept, value));
                let score = |entrant: usize| {
                    move |document: usize| {
                        let score = table.row(entrant).and_then(|row| row.scores.get(document).copied());
                        score.flatten().unwrap_or_default()
                    }
                };
                let guess = |document: usize| table.guess.get(document).copied().unwrap_or_default();
                let mut end = |anchor: &Anchor| match anchor {
                    Anchor::Value(_) => None,
                    Anchor::Chance => Some(column(&guess)),
                    Anchor::Reference(id) => roster.place(id).map(|place| column(&score(place))),
                };
                let (zero, full) = (end(&anchors.zero), end(&anchors.full));
                own.tasks.push(Parts {
                    grid: *place,
                    weight: *weight,
                    documents: column(&|_| 1.0),
                    score: column(&score(candidate)),
                    zero,
                    full,
                });
            }
            own
        };
        let end = |anchor: &Anchor| match anchor {
            Anchor::Value(value) => End::Written(*value),
            Anchor::Chance | Anchor::Reference(_) => End::Measured,
        };
        let candidates = (0..roster.candidates).map(own).collect();
        Self { zero: end(&anchors.zero), full: end(&anchors.full), candidates }
    }

    /// Each candidate's weighted mean score and share.
    pub(crate) fn figures(&self, grids: &Grids, totals: &Totals, figures: &mut [Figure]) {
        for (own, figure) in self.candidates.iter().zip(figures) {
            *figure = self.figure(own, grids, totals);
        }
    }

    /// A candidate's weighted mean score and its scale.
    fn raw(&self, own: &Own, grids: &Grids, totals: &Totals) -> (f64, Ends) {
        let (mut raw, mut zero, mut full) = (0.0, 0.0, 0.0);
        for parts in &own.tasks {
            let drawn = totals.0.get(parts.grid).map_or(&[][..], Vec::as_slice);
            let all = grids.0.get(parts.grid).map_or(&[][..], |grid| grid.all.as_slice());
            let at = |sums: &[f64], place: usize| sums.get(place).copied().unwrap_or_default();
            // A draw without any document of the candidate says nothing of the task: it keeps its mean.
            let sums = if at(drawn, parts.documents) > 0.0 { drawn } else { all };
            let documents = at(sums, parts.documents).max(1.0);
            raw += parts.weight * (at(sums, parts.score) / documents);
            for (end, place) in [(&mut zero, parts.zero), (&mut full, parts.full)] {
                *end += parts.weight * (place.map_or(0.0, |place| at(sums, place)) / documents);
            }
        }
        let value = |end: End, measured: f64| match end {
            End::Written(value) => value,
            End::Measured => measured,
        };
        (raw, Ends { zero: value(self.zero, zero), full: value(self.full, full) })
    }

    fn figure(&self, own: &Own, grids: &Grids, totals: &Totals) -> Figure {
        let (raw, ends) = self.raw(own, grids, totals);
        let share = match (self.zero, self.full) {
            (End::Written(_), End::Written(_)) => ends.share(raw),
            // A measured scale may shrink to nothing or turn round in a draw: then there is only "reached or not".
            (End::Measured, _) | (_, End::Measured) if ends.full - ends.zero > 1e-9 => ends.share(raw),
            (End::Measured, _) | (_, End::Measured) => f64::from(u8::from(raw >= ends.full)),
        };
        Figure { raw, share }
    }

    /// Whether a task enters the criterion.
    pub(crate) fn uses(&self, grid: usize) -> bool {
        self.candidates.iter().any(|own| own.tasks.iter().any(|parts| parts.grid == grid))
    }

    /// The figures without one cluster of a task; false where a candidate then has no document of it.
    pub(crate) fn without(&self, grids: &Grids, grid: usize, cluster: usize, figures: &mut [Figure]) -> bool {
        let mut totals = grids.totals();
        let (Some(of), Some(sums)) = (grids.0.get(grid), totals.0.get_mut(grid)) else {
            return true;
        };
        let width = of.all.len();
        let row = of.rows.get(cluster * width..(cluster + 1) * width).unwrap_or_default();
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum -= value;
        }
        let gone = |parts: &Parts| {
            parts.grid == grid && sums.get(parts.documents).is_none_or(|documents| *documents < 0.5)
        };
        if self.candidates.iter().any(|own| own.tasks.iter().any(gone)) {
            return false;
        }
        self.figures(grids, &totals, figures);
        true
    }

    /// The same without some tasks, the others scaled in proportion; none where no other task has a weight.
    pub(crate) fn without_tasks(&self, left_out: impl Fn(usize) -> bool) -> Option<Self> {
        let own = |own: &Own| {
            let kept = own.tasks.iter().filter(|parts| !left_out(parts.grid));
            let total: f64 = kept.clone().map(|parts| parts.weight).sum();
            let tasks = kept.map(|parts| Parts { weight: parts.weight / total, ..*parts });
            (total > 0.0).then(|| Own { tasks: tasks.collect(), support: own.support })
        };
        let candidates: Option<Vec<Own>> = self.candidates.iter().map(own).collect();
        Some(Self { zero: self.zero, full: self.full, candidates: candidates? })
    }

    /// A candidate's scale at the estimate; none where it has shrunk to nothing or turned round.
    pub(crate) fn ends(&self, grids: &Grids, candidate: usize) -> Option<Ends> {
        let own = self.candidates.get(candidate)?;
        let (_, ends) = self.raw(own, grids, &grids.totals());
        match (self.zero, self.full) {
            (End::Written(_), End::Written(_)) => Some(ends),
            (End::Measured, _) | (_, End::Measured) => (ends.full - ends.zero > 1e-9).then_some(ends),
        }
    }

    pub(crate) fn support(&self, candidate: usize) -> Support {
        self.candidates.get(candidate).map_or(Support::default(), |own| own.support)
    }
}

/// The sum of `value` over the kept documents of each cluster.
fn cluster_sums(
    table: &TaskTable<'_>,
    kept: impl Fn(usize) -> bool,
    value: &dyn Fn(usize) -> f64,
) -> Vec<f64> {
    let mut sums = vec![0.0; table.clusters];
    for (document, cluster) in table.cluster_of.iter().enumerate() {
        if kept(document)
            && let Some(sum) = sums.get_mut(*cluster)
        {
            *sum += value(document);
        }
    }
    sums
}
