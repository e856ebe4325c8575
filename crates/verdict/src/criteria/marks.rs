//! Experts' points: the weighted mean over the rubric's questions of the mean over raters.
//!
//! Raters are resampled as wholes and together for all candidates, so that a severe rater is severe to all in a
//! draw. A rater may have left marks out; a draw in which some candidate's question has no mark is drawn again.
//!
//! The spread among few raters is itself unsure, which resampling can't show: among five raters one of two equals would
//! fall at a written .90 in .13 of all panels. So each draw's deviations from the marks as they are, the same for all
//! candidates, are stretched by the root of `f` over a chi-squared number with `f` degrees of freedom, which makes
//! Student's t of a normal deviation; `f` is one less than the raters of the candidate that has the fewest.

use super::{Ends, Figure, Support};
use crate::{
    draws::Draws,
    evidence::{Gone, PlacedMark},
    number::{real, wide},
    votes::normal::Normals,
};
use daepyo_core::{RaterId, RubricItem};
use std::collections::{BTreeMap, BTreeSet};

/// Attempts to draw raters who leave no question without a mark; then the marks as they are count.
const ATTEMPTS: u32 = 100;

/// The weight of a rubric's question, and its marks by rater.
type Question = (f64, Vec<(usize, f64)>);

/// A criterion decided by marks.
pub(crate) struct Marks {
    /// In order.
    names: Vec<String>,
    /// By candidate.
    candidates: Vec<Vec<Question>>,
    support: Vec<Support>,
    ends: Ends,
    /// Least and greatest mark that may be given.
    scale: (f64, f64),
    /// Of each candidate, the mean mark as it is.
    means: Vec<f64>,
    /// Degrees of freedom of the spread among raters.
    freedom: f64,
}

impl Marks {
    /// Marks of the candidates. One that went after the freeze keeps its own: the draws of the others, which a refilled
    /// cut is read from, must not depend on who is there still. One that went before has none here.
    pub(crate) fn new(
        gone: &[Gone],
        marks: &[PlacedMark<'_>],
        items: &[RubricItem],
        ends: Ends,
        scale: (f64, f64),
    ) -> Self {
        let candidates = gone.len();
        let is_whole = |candidate: usize| {
            (0..items.len())
                .all(|item| marks.iter().any(|mark| mark.candidate == candidate && mark.item == item))
        };
        let counts: Vec<bool> = (gone.iter().enumerate())
            .map(|(candidate, gone)| match gone {
                Gone::No => true,
                Gone::BeforeFreeze => false,
                Gone::AfterFreeze => is_whole(candidate),
            })
            .collect();
        let of_candidates = marks.iter().filter(|mark| counts.get(mark.candidate) == Some(&true));
        let names: BTreeSet<&RaterId> = of_candidates.clone().map(|mark| &mark.mark.rater).collect();
        let places: BTreeMap<&RaterId, usize> =
            names.iter().enumerate().map(|(place, name)| (*name, place)).collect();
        let total: f64 = items.iter().map(|item| item.weight).sum();
        let questions: Vec<_> = items.iter().map(|item| (item.weight / total, Vec::new())).collect();
        let own = |counts: &bool| if *counts { questions.clone() } else { Vec::new() };
        let mut table: Vec<Vec<Question>> = counts.iter().map(own).collect();
        let mut raters: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); candidates];
        let mut support = vec![Support::default(); candidates];
        for placed in of_candidates {
            let rater = places.get(&placed.mark.rater).copied().unwrap_or_default();
            let question = table.get_mut(placed.candidate).and_then(|own| own.get_mut(placed.item));
            if let Some((_, marks)) = question {
                marks.push((rater, placed.mark.value));
            }
            if let Some(own) = raters.get_mut(placed.candidate) {
                own.insert(rater);
            }
            if let Some(own) = support.get_mut(placed.candidate) {
                own.observations += 1;
            }
        }
        for (support, raters) in support.iter_mut().zip(&raters) {
            support.units = wide(raters.len());
        }
        let names = names.into_iter().map(RaterId::to_string).collect();
        let fewest = raters.iter().map(BTreeSet::len).filter(|raters| *raters > 0).min().unwrap_or(0);
        let freedom = (real(fewest) - 1.0).max(0.0);
        let mut all = Self { names, candidates: table, support, ends, scale, means: Vec::new(), freedom };
        let mut figures = vec![Figure::default(); candidates];
        all.estimate(&mut figures);
        all.means = figures.iter().map(|figure| figure.raw).collect();
        all
    }

    pub(crate) fn raters(&self) -> usize {
        self.names.len()
    }

    /// Each candidate's mean mark and share.
    pub(crate) fn estimate(&self, figures: &mut [Figure]) {
        self.figures(&vec![1; self.raters()], figures);
    }

    /// The same for raters drawn anew; `times` is room.
    pub(crate) fn draw(&self, draws: &mut Draws, times: &mut [u32], figures: &mut [Figure]) {
        for _ in 0..ATTEMPTS {
            draws.resample(times);
            if self.figures(times, figures) {
                self.stretch(draws, figures);
                return;
            }
        }
        self.estimate(figures);
    }

    /// Makes t of the deviations of a draw, as far as no mean leaves the scale of marks.
    fn stretch(&self, draws: &mut Draws, figures: &mut [Figure]) {
        if self.freedom < 1.0 {
            return;
        }
        let mut normals = Normals::new(Draws::new(draws.bits(), 0));
        let stretch = (self.freedom / normals.chi_squared(self.freedom)).sqrt();
        let (least, most) = self.scale;
        let of_all = figures.iter().zip(&self.means).zip(&self.candidates);
        let reach = of_all.filter(|(_, questions)| !questions.is_empty()).map(|((figure, mean), _)| {
            let deviation = figure.raw - mean;
            let room = if deviation > 0.0 { most - mean } else { mean - least };
            if deviation.abs() > 1e-12 { room / deviation.abs() } else { f64::INFINITY }
        });
        // One number for all keeps who is ahead of whom: cut one by one, all would be level at the end of the scale.
        let stretch = reach.fold(stretch, f64::min);
        let of_all = figures.iter_mut().zip(&self.means).zip(&self.candidates);
        for ((figure, mean), _) in of_all.filter(|(_, questions)| !questions.is_empty()) {
            let raw = mean + stretch * (figure.raw - mean);
            *figure = Figure { raw, share: self.ends.share(raw) };
        }
    }

    /// False where a question of a candidate has no mark.
    fn figures(&self, times: &[u32], figures: &mut [Figure]) -> bool {
        for (questions, figure) in self.candidates.iter().zip(figures) {
            let mut raw = 0.0;
            for (weight, marks) in questions {
                let (mut sum, mut number) = (0.0, 0.0);
                for (rater, value) in marks {
                    let times = f64::from(times.get(*rater).copied().unwrap_or_default());
                    sum += times * value;
                    number += times;
                }
                if number <= 0.0 {
                    return false;
                }
                raw += weight * (sum / number);
            }
            *figure = Figure { raw, share: self.ends.share(raw) };
        }
        true
    }

    /// A rater's name.
    pub(crate) fn rater(&self, rater: usize) -> &str {
        self.names.get(rater).map_or("", String::as_str)
    }

    /// The figures without a rater; false where a question of a candidate then has no mark.
    pub(crate) fn without(&self, rater: usize, figures: &mut [Figure]) -> bool {
        let mut times = vec![1; self.raters()];
        if let Some(times) = times.get_mut(rater) {
            *times = 0;
        }
        self.figures(&times, figures)
    }

    /// The scale of the points.
    pub(crate) const fn ends(&self) -> Ends {
        self.ends
    }

    pub(crate) fn support(&self, candidate: usize) -> Support {
        self.support.get(candidate).copied().unwrap_or_default()
    }
}
