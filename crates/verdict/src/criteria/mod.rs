//! How many points each candidate gets for each criterion, from the evidence as it is or as it is resampled.

pub(crate) mod benchmark;
mod derivatives;
pub(crate) mod marks;
pub(crate) mod public_votes;

use crate::{
    DecideError, Rules,
    draws::Draws,
    evidence::Evidence,
    rules::{Roster, fixed},
    table::TaskTable,
};
use benchmark::{Benchmark, Grids};
use daepyo_core::{Anchors, CriterionRule};
use derivatives::Counted;
use marks::Marks;
use public_votes::PublicVotes;

/// A criterion with everything that depends only on the evidence worked out.
pub(crate) struct Criterion {
    /// Points at most.
    pub(crate) weight: f64,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    Benchmark(Benchmark),
    Marks(Marks),
    Votes(PublicVotes),
    Derivatives(Counted),
}

/// All criteria of a stage and what they share.
pub(crate) struct Criteria {
    pub(crate) candidates: usize,
    pub(crate) grids: Grids,
    pub(crate) all: Vec<Criterion>,
}

/// A figure on the criterion's own scale, and the share of the points that it gives, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Figure {
    pub(crate) raw: f64,
    pub(crate) share: f64,
}

/// Observations behind a figure, and independent units behind those.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Support {
    pub(crate) observations: u64,
    pub(crate) units: u64,
}

/// Two ends of a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ends {
    pub(crate) zero: f64,
    pub(crate) full: f64,
}

impl Ends {
    /// Ends of a scale that may run downwards; the rules have made sure that they differ.
    pub(crate) fn written(
        anchors: &Anchors,
        criterion: &impl std::fmt::Display,
    ) -> Result<Self, DecideError> {
        fixed(anchors).map(|(zero, full)| Self { zero, full }).map_err(|problem| DecideError::InvalidRules {
            problem: format!("criterion `{criterion}`: {problem}"),
        })
    }

    /// The figure that gives a share.
    pub(crate) fn raw(self, share: f64) -> f64 {
        self.zero + share * (self.full - self.zero)
    }

    /// `(x - zero) / (full - zero)`, cut to 0 and 1.
    pub(crate) fn share(self, x: f64) -> f64 {
        ((x - self.zero) / (self.full - self.zero)).clamp(0.0, 1.0)
    }
}

/// Room for one draw, kept by a thread from draw to draw.
pub(crate) struct Scratch {
    times: Vec<u32>,
    grids: benchmark::Totals,
    kinds: Vec<KindScratch>,
}

enum KindScratch {
    None,
    Marks(Vec<u32>),
    Votes(Box<public_votes::Scratch>),
}

impl Criteria {
    /// Works the criteria of a stage out. The evidence is complete ([`crate::completeness`]).
    pub(crate) fn new(
        rules: &Rules<'_>,
        roster: &Roster<'_>,
        evidence: &Evidence<'_>,
    ) -> Result<Self, DecideError> {
        let tables: &[TaskTable<'_>] = &evidence.tables;
        let mut grids = Grids::new(tables);
        let mut all = Vec::new();
        for (place, criterion) in rules.stage.criteria.iter().enumerate() {
            let kind = match &criterion.rule {
                CriterionRule::Benchmark { suites, anchors } => {
                    Kind::Benchmark(Benchmark::new(roster, tables, suites, anchors, &mut grids))
                }
                CriterionRule::Marks { items, anchors, minimum, maximum, .. } => {
                    let marks = evidence.marks.get(&place).map_or(&[][..], Vec::as_slice);
                    let ends = Ends::written(anchors, &criterion.id)?;
                    Kind::Marks(Marks::new(&evidence.gone, marks, items, ends, (*minimum, *maximum)))
                }
                CriterionRule::Votes { versus, anchors, .. } => {
                    let votes = evidence.votes.get(&place).map_or(&[][..], Vec::as_slice);
                    let ends = Ends::written(anchors, &criterion.id)?;
                    let versus = roster.place(versus).unwrap_or_default();
                    let cap = criterion.rule.weight_cap();
                    Kind::Votes(PublicVotes::new(roster, &criterion.id, votes, versus, ends, cap)?)
                }
                CriterionRule::Derivatives { counts, verified_only, anchors, .. } => {
                    let found = evidence.derivatives.get(&place).map_or(&[][..], Vec::as_slice);
                    let ends = Ends::written(anchors, &criterion.id)?;
                    Kind::Derivatives(Counted::new(roster.candidates, found, counts, *verified_only, ends))
                }
            };
            all.push(Criterion { weight: criterion.weight, kind });
        }
        Ok(Self { candidates: roster.candidates, grids: grids.finish(), all })
    }

    /// The benchmark criteria alone from these tables, each in its place; the others count no derivatives.
    pub(crate) fn benchmarks(rules: &Rules<'_>, roster: &Roster<'_>, tables: &[TaskTable<'_>]) -> Self {
        let mut grids = Grids::new(tables);
        let mut all = Vec::new();
        for criterion in &rules.stage.criteria {
            let kind = match &criterion.rule {
                CriterionRule::Benchmark { suites, anchors } => {
                    Kind::Benchmark(Benchmark::new(roster, tables, suites, anchors, &mut grids))
                }
                CriterionRule::Marks { .. }
                | CriterionRule::Votes { .. }
                | CriterionRule::Derivatives { .. } => Kind::Derivatives(Counted::none()),
            };
            all.push(Criterion { weight: criterion.weight, kind });
        }
        Self { candidates: roster.candidates, grids: grids.finish(), all }
    }

    /// Room for draws.
    pub(crate) fn scratch(&self) -> Scratch {
        let kinds = self.all.iter().map(|criterion| match &criterion.kind {
            Kind::Benchmark(_) | Kind::Derivatives(_) => KindScratch::None,
            Kind::Marks(marks) => KindScratch::Marks(vec![0; marks.raters()]),
            Kind::Votes(votes) => KindScratch::Votes(Box::new(votes.scratch())),
        });
        Scratch { times: Vec::new(), grids: self.grids.totals(), kinds: kinds.collect() }
    }

    /// Figures by criterion and candidate, and ratings of the public votes, from the evidence as it is.
    pub(crate) fn estimate(&self, figures: &mut [Figure], ratings: &mut [f64]) {
        let totals = self.grids.totals();
        let chunks = figures.chunks_mut(self.candidates.max(1));
        let mut ratings = ratings.iter_mut();
        for (criterion, figures) in self.all.iter().zip(chunks) {
            match &criterion.kind {
                Kind::Benchmark(benchmark) => benchmark.figures(&self.grids, &totals, figures),
                Kind::Marks(marks) => marks.estimate(figures),
                Kind::Votes(votes) => votes.figures(votes.strengths(), figures, &mut ratings),
                Kind::Derivatives(counted) => counted.figures(figures),
            }
        }
    }

    /// The same from one draw: first the clusters of every task, which all criteria and all candidates share,
    /// then voters and raters criterion by criterion.
    pub(crate) fn draw(
        &self,
        draws: &mut Draws,
        scratch: &mut Scratch,
        figures: &mut [Figure],
        ratings: &mut [f64],
    ) {
        self.grids.resample(draws, &mut scratch.times, &mut scratch.grids);
        let chunks = figures.chunks_mut(self.candidates.max(1));
        let mut ratings = ratings.iter_mut();
        for ((criterion, figures), room) in self.all.iter().zip(chunks).zip(&mut scratch.kinds) {
            match (&criterion.kind, room) {
                (Kind::Benchmark(benchmark), _) => {
                    benchmark.figures(&self.grids, &scratch.grids, figures);
                }
                (Kind::Marks(marks), KindScratch::Marks(times)) => marks.draw(draws, times, figures),
                (Kind::Votes(votes), KindScratch::Votes(room)) => {
                    votes.draw(draws, &mut scratch.times, room);
                    votes.figures(&room.strengths, figures, &mut ratings);
                }
                (Kind::Derivatives(counted), _) => counted.figures(figures),
                (Kind::Marks(_) | Kind::Votes(_), _) => {}
            }
        }
    }

    /// Ratings that the public votes give, over all criteria.
    pub(crate) fn ratings(&self) -> usize {
        let votes = self.all.iter().filter_map(Criterion::votes);
        votes.map(PublicVotes::models).sum()
    }
}

impl Criterion {
    pub(crate) fn votes(&self) -> Option<&PublicVotes> {
        match &self.kind {
            Kind::Votes(votes) => Some(votes),
            Kind::Benchmark(_) | Kind::Marks(_) | Kind::Derivatives(_) => None,
        }
    }

    /// What one candidate's figure rests on.
    pub(crate) fn support(&self, candidate: usize) -> Support {
        match &self.kind {
            Kind::Benchmark(benchmark) => benchmark.support(candidate),
            Kind::Marks(marks) => marks.support(candidate),
            Kind::Votes(votes) => votes.support(candidate),
            Kind::Derivatives(counted) => counted.support(candidate),
        }
    }
}
