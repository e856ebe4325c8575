//! One joint resampling: in every draw other documents, voters and raters, and with them every composite.
//!
//! Each draw has a random stream of its own and its own place in the result, so that any number of threads gives
//! the same draws in the same order.

use crate::{
    criteria::{Criteria, Figure},
    draws::Draws,
    number::quantile,
};
use daepyo_core::Interval;
use rayon::prelude::*;

/// Figures, composites and ratings from one set of evidence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draw {
    /// By criterion, then candidate.
    pub(crate) figures: Vec<Figure>,
    /// Points by candidate.
    pub(crate) composite: Vec<f64>,
    /// Ratings of public votes, criterion after criterion.
    pub(crate) ratings: Vec<f64>,
}

/// The evidence as it is, and as it might have been.
pub(crate) struct Joint {
    pub(crate) candidates: usize,
    pub(crate) estimate: Draw,
    pub(crate) draws: Vec<Draw>,
}

/// Resamples `draws` times under `seed`.
pub(crate) fn resample(criteria: &Criteria, seed: u64, draws: u32) -> Joint {
    let empty = || Draw {
        figures: vec![Figure::default(); criteria.all.len() * criteria.candidates],
        composite: vec![0.0; criteria.candidates],
        ratings: vec![0.0; criteria.ratings()],
    };
    let mut estimate = empty();
    criteria.estimate(&mut estimate.figures, &mut estimate.ratings);
    compose(criteria, &mut estimate);
    let one = |scratch: &mut _, number: u32| {
        let mut draw = empty();
        let mut draws = Draws::new(seed, u64::from(number));
        criteria.draw(&mut draws, scratch, &mut draw.figures, &mut draw.ratings);
        compose(criteria, &mut draw);
        draw
    };
    let draws = (0..draws).into_par_iter().map_init(|| criteria.scratch(), one).collect();
    Joint { candidates: criteria.candidates, estimate, draws }
}

/// Adds the points up, criterion by criterion.
fn compose(criteria: &Criteria, draw: &mut Draw) {
    for (criterion, figures) in criteria.all.iter().zip(draw.figures.chunks(criteria.candidates.max(1))) {
        for (points, figure) in draw.composite.iter_mut().zip(figures) {
            *points += criterion.weight * figure.share;
        }
    }
}

/// The stream that pairs draws of two stages; draws count up from 0 and never reach it.
const PAIRING: u64 = 1 << 56;

impl Joint {
    /// Mixes an earlier stage's composites in: `share` of them and the rest of these, by candidate; a candidate
    /// without an earlier one keeps its own.
    ///
    /// Two stages rest on different documents, voters and raters, so their draws are independent; but draw `n` of
    /// both may come from the same random numbers, and then would go together. So the earlier draws are put into an
    /// order of their own first.
    pub(crate) fn carry(&mut self, earlier: &[Option<Earlier<'_>>], share: f64, seed: u64) {
        let mix = |own: &mut f64, earlier: f64| *own = share * earlier + (1.0 - share) * *own;
        let most = earlier.iter().flatten().map(|one| one.draws.len()).max().unwrap_or_default();
        let mut order: Vec<usize> = (0..most).collect();
        let mut draws = Draws::new(seed, PAIRING);
        for last in (1..order.len()).rev() {
            let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
            order.swap(last, usize::try_from(draws.below(bound)).unwrap_or(0));
        }
        for (candidate, earlier) in earlier.iter().enumerate() {
            let Some(earlier) = earlier else {
                continue;
            };
            if let Some(own) = self.estimate.composite.get_mut(candidate) {
                mix(own, earlier.estimate);
            }
            for (number, draw) in self.draws.iter_mut().enumerate() {
                let paired = order.get(number.checked_rem(most).unwrap_or_default());
                let other = paired.and_then(|paired| earlier.draws.get(*paired)).unwrap_or(&earlier.estimate);
                if let Some(own) = draw.composite.get_mut(candidate) {
                    mix(own, *other);
                }
            }
        }
    }
}

/// A candidate's composite in an earlier stage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Earlier<'a> {
    pub(crate) estimate: f64,
    pub(crate) draws: &'a [f64],
}

impl Draw {
    /// A candidate's figure for a criterion.
    pub(crate) fn figure(&self, candidates: usize, criterion: usize, candidate: usize) -> Figure {
        self.figures.get(criterion * candidates + candidate).copied().unwrap_or_default()
    }

    /// A candidate's composite.
    pub(crate) fn points(&self, candidate: usize) -> f64 {
        self.composite.get(candidate).copied().unwrap_or_default()
    }
}

impl Joint {
    /// The estimate of `value` with its 2.5 and 97.5 percentiles over the draws.
    pub(crate) fn interval(&self, value: impl Fn(&Draw) -> f64) -> Interval {
        let mut values: Vec<f64> = self.draws.iter().map(&value).collect();
        values.sort_by(f64::total_cmp);
        Interval {
            estimate: value(&self.estimate),
            low: quantile(&values, 0.025),
            high: quantile(&values, 0.975),
        }
    }

    /// Share of draws in which one candidate has more points for a criterion than another.
    pub(crate) fn ahead(&self, criterion: usize, one: usize, other: usize) -> f64 {
        let share = |draw: &Draw, candidate| draw.figure(self.candidates, criterion, candidate).share;
        let ahead = self.draws.iter().filter(|draw| share(draw, one) - share(draw, other) > 1e-12);
        crate::number::real(ahead.count()) / crate::number::real(self.draws.len().max(1))
    }
}
