//! The many-facet Rasch model of a panel's marks: measures, errors, fit, and averages as an average rater gives them.
//!
//! ```text
//! log P(k) / P(k-1) = theta_candidate - delta_item - alpha_rater - tau_k
//! ```
//!
//! (Linacre 1989, "Many-Facet Rasch Measurement"). Raters and items average 0, and so do the thresholds between the
//! least and the greatest mark that was given; candidates float. A mark that is missing is just not there.

use super::{
    fair::Fair,
    mark::{Cell, MarkRow, Marks, RaschError, Scale},
    maximum::{Fitted, correct, maximise},
    mean_square::{MeanSquare, Residuals},
    model::Model,
};
use crate::{
    clustered::t_quantile,
    number::{real, wide},
};
use serde::{Deserialize, Serialize};

/// Degrees of freedom at which t is the normal distribution to nine digits.
const NORMAL: f64 = 1e12;

/// How parameters are estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// Joint likelihood with the penalty of Jeffreys' prior (Firth 1993): the bias of first order is gone, and
    /// candidates with nothing but the best marks have a finite place. The default.
    #[default]
    Penalised,
    /// Joint maximum likelihood, less the bias of first order (Cox and Snell 1968). Extreme elements are an error.
    Joint,
    /// Joint maximum likelihood as it is, to compare with other programs. Extreme elements are an error.
    JointUncorrected,
}

/// Whose thresholds the marks have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Steps {
    /// One set for all items (rating scale, Andrich 1978).
    #[default]
    Shared,
    /// A set for each item (partial credit, Masters 1982).
    ByItem,
}

/// What to fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RaschSettings {
    /// The marks that may be given.
    pub scale: Scale,
    /// Thresholds.
    pub steps: Steps,
    /// Estimator.
    pub estimator: Estimator,
    /// Level of the intervals, above 0 and below 1.
    pub confidence: f64,
}

impl RaschSettings {
    /// The penalised estimator, shared thresholds and 95 % intervals.
    pub fn new(scale: Scale) -> Self {
        Self { scale, steps: Steps::Shared, estimator: Estimator::Penalised, confidence: 0.95 }
    }
}

/// Nothing but one end of the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extreme {
    /// Only the greatest mark that anybody gave.
    Top,
    /// Only the least.
    Bottom,
}

/// A candidate's place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateMeasure {
    /// Its name.
    pub name: String,
    /// Marks behind it.
    pub marks: u64,
    /// Raters behind it.
    pub raters: u64,
    /// Mean of its marks as they were given.
    pub raw_average: f64,
    /// The mark that a rater of mean severity is expected to give on an item of mean difficulty; with thresholds by
    /// item the mean of that over items.
    pub fair_average: f64,
    /// Lower end of the interval of the fair average.
    pub fair_low: f64,
    /// Upper end.
    pub fair_high: f64,
    /// The expected mark of a rater of mean severity on each item, in the order of [`Rasch::items`]; for rubrics that
    /// weigh items.
    pub fair_by_item: Vec<f64>,
    /// Ability, in logits.
    pub measure: f64,
    /// Its standard error if marks depend on nothing but the model, the raters held fixed.
    pub standard_error: f64,
    /// Its standard error clustered by rater, which also holds if a rater's marks for one candidate hang together;
    /// none with fewer than three raters.
    pub standard_error_clustered: Option<f64>,
    /// Lower end of the measure's interval: the larger of the two errors, and t with raters less one degrees of
    /// freedom.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether all its marks were the best or the worst.
    pub extreme: Option<Extreme>,
    /// Fit, weighted by information.
    pub infit: MeanSquare,
    /// Fit, unweighted.
    pub outfit: MeanSquare,
}

/// A rater's severity or an item's difficulty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacetMeasure {
    /// Its name.
    pub name: String,
    /// Marks behind it.
    pub marks: u64,
    /// Mean of its marks as they were given.
    pub raw_average: f64,
    /// The mark that the mean candidate is expected to get from this rater on an item of mean difficulty, or on this
    /// item from a rater of mean severity.
    pub fair_average: f64,
    /// Severity or difficulty, in logits: the higher, the lower the marks. The facet's mean is 0.
    pub measure: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Whether all its marks were the best or the worst.
    pub extreme: Option<Extreme>,
    /// Fit, weighted by information.
    pub infit: MeanSquare,
    /// Fit, unweighted.
    pub outfit: MeanSquare,
}

/// Where a mark and the next higher that was given are equally likely.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The item; none where items share thresholds.
    pub item: Option<String>,
    /// The lower mark.
    pub below: f64,
    /// The higher mark.
    pub above: f64,
    /// Logits against the item's difficulty. If these do not rise, some mark is nowhere the likeliest.
    pub measure: f64,
    /// Its standard error; none where there is one threshold, which is 0.
    pub standard_error: Option<f64>,
    /// How often the lower mark was given.
    pub given_below: u64,
    /// How often the higher mark was given.
    pub given_above: u64,
}

/// How well a facet's elements are told apart (Wright and Masters 1982, chapter 5).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Separation {
    /// Standard deviation of the measures (divisor: elements less one).
    pub deviation: f64,
    /// Root mean square of the model's standard errors.
    pub error: f64,
    /// True standard deviation over error.
    pub separation: f64,
    /// Share of the measures' variance that is not error. For raters low is good: they are interchangeable.
    pub reliability: f64,
}

/// A panel's marks on one scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rasch {
    /// Marks.
    pub marks: u64,
    /// The estimator used.
    pub estimator: Estimator,
    /// Log-likelihood at the estimates, without penalty.
    pub log_likelihood: f64,
    /// Newton steps taken.
    pub iterations: u32,
    /// By name.
    pub candidates: Vec<CandidateMeasure>,
    /// By name.
    pub raters: Vec<FacetMeasure>,
    /// By name.
    pub items: Vec<FacetMeasure>,
    /// In order of item and mark.
    pub thresholds: Vec<Threshold>,
    /// Standard error of the difference of two candidates, in the order of `candidates`: the larger of the model's and
    /// that clustered by rater.
    pub difference_error: Vec<Vec<f64>>,
    /// Of the candidates; none for one.
    pub candidate_separation: Option<Separation>,
    /// Of the raters; none for one.
    pub rater_separation: Option<Separation>,
    /// Of the items; none for one.
    pub item_separation: Option<Separation>,
}

/// Fits the model, whatever the order of the rows.
///
/// # Examples
/// ```
/// use daepyo_verdict::panel::{MarkRow, RaschSettings, Scale, fit_rasch};
/// let row = |rater, candidate, item, value| MarkRow { rater, candidate, item, value };
/// let rows = [
///     row("kim", "a", "depth", 4.0), row("kim", "b", "depth", 2.0), row("kim", "a", "use", 3.0),
///     row("lee", "a", "depth", 3.0), row("lee", "b", "use", 1.0), row("kim", "b", "use", 2.0),
/// ];
/// let panel = fit_rasch(&rows, RaschSettings::new(Scale { minimum: 1.0, maximum: 5.0, step: 1.0 }))?;
/// assert!(panel.candidates[0].fair_average > panel.candidates[1].fair_average);
/// # Ok::<(), daepyo_verdict::panel::RaschError>(())
/// ```
pub fn fit_rasch(rows: &[MarkRow<'_>], settings: RaschSettings) -> Result<Rasch, RaschError> {
    let marks = Marks::new(rows, settings.scale)?;
    let model = Model::new(&marks, settings.steps)?;
    let elements = Elements::new(&marks, &model);
    let fitted = match settings.estimator {
        Estimator::Penalised => maximise(&model, true)?,
        Estimator::Joint => {
            elements.refuse_extremes(&marks)?;
            correct(&model, &maximise(&model, false)?)?
        }
        Estimator::JointUncorrected => {
            elements.refuse_extremes(&marks)?;
            maximise(&model, false)?
        }
    };
    Ok(Report { marks: &marks, model: &model, fitted: &fitted, settings }.write(elements))
}

/// What is seen of one element.
#[derive(Clone, Debug, Default)]
struct Element {
    marks: usize,
    sum: f64,
    top: usize,
    bottom: usize,
    residuals: Residuals,
}

impl Element {
    fn extreme(&self) -> Option<Extreme> {
        match (self.top == self.marks, self.bottom == self.marks) {
            (true, _) => Some(Extreme::Top),
            (false, true) => Some(Extreme::Bottom),
            (false, false) => None,
        }
    }

    fn average(&self) -> f64 {
        self.sum / real(self.marks)
    }
}

/// What is seen of all elements.
struct Elements {
    candidates: Vec<Element>,
    raters: Vec<Element>,
    items: Vec<Element>,
    /// By candidate.
    raters_of: Vec<u64>,
}

impl Elements {
    fn new(marks: &Marks<'_>, model: &Model) -> Self {
        let empty = |names: &[&str]| vec![Element::default(); names.len()];
        let mut all = Self {
            candidates: empty(&marks.candidates),
            raters: empty(&marks.raters),
            items: empty(&marks.items),
            raters_of: vec![0; marks.candidates.len()],
        };
        let mut last = None;
        for cell in &marks.cells {
            let used = &model.group(cell.item).used;
            let (top, bottom) = (used.last() == Some(&cell.steps), used.first() == Some(&cell.steps));
            for element in all.of(cell) {
                element.marks += 1;
                element.sum += marks.scale.mark(real(cell.steps));
                element.top += usize::from(top);
                element.bottom += usize::from(bottom);
            }
            if last != Some((cell.candidate, cell.rater))
                && let Some(raters) = all.raters_of.get_mut(cell.candidate)
            {
                *raters += 1;
            }
            last = Some((cell.candidate, cell.rater));
        }
        all
    }

    fn of(&mut self, cell: &Cell) -> impl Iterator<Item = &mut Element> {
        let candidate = self.candidates.get_mut(cell.candidate);
        let others = [self.raters.get_mut(cell.rater), self.items.get_mut(cell.item)];
        candidate.into_iter().chain(others.into_iter().flatten())
    }

    fn refuse_extremes(&self, marks: &Marks<'_>) -> Result<(), RaschError> {
        let facets = [
            ("candidate", &self.candidates, &marks.candidates),
            ("rater", &self.raters, &marks.raters),
            ("item", &self.items, &marks.items),
        ];
        for (facet, elements, names) in facets {
            if let Some((_, name)) = elements.iter().zip(names).find(|(element, _)| element.extreme().is_some()) {
                return Err(RaschError::Extreme { facet, name: (*name).to_owned() });
            }
        }
        Ok(())
    }
}

/// A fit about to be written down.
struct Report<'a> {
    marks: &'a Marks<'a>,
    model: &'a Model,
    fitted: &'a Fitted,
    settings: RaschSettings,
}

impl Report<'_> {
    fn write(&self, mut elements: Elements) -> Rasch {
        let Self { marks, model, fitted, settings } = *self;
        for (cell, steps, moments) in model.moments(&fitted.state) {
            for element in elements.of(cell) {
                element.residuals.add(steps - moments.mean, moments);
            }
        }
        let fair = Fair::new(model, fitted, settings.scale);
        let clusters = (model.raters > 2).then(|| self.influence());
        let candidates: Vec<_> = (0..model.candidates)
            .filter_map(|place| self.candidate(place, &elements, &fair, clusters.as_deref()))
            .collect();
        let facet = |names: &[&str], elements: &[Element], values: Vec<(f64, f64)>, fair: Vec<f64>| {
            let each = names.iter().zip(elements).zip(values.into_iter().zip(fair));
            each.map(|((name, element), ((measure, standard_error), fair_average))| FacetMeasure {
                name: (*name).to_owned(),
                marks: wide(element.marks),
                raw_average: element.average(),
                fair_average,
                measure,
                standard_error,
                extreme: element.extreme(),
                infit: element.residuals.infit(),
                outfit: element.residuals.outfit(),
            })
            .collect::<Vec<_>>()
        };
        let raters = facet(&marks.raters, &elements.raters, fair.raters(), fair.fair_of_raters());
        let items = facet(&marks.items, &elements.items, fair.items(), fair.fair_of_items());
        let measures = |all: &[FacetMeasure]| separation(all.iter().map(|one| (one.measure, one.standard_error)));
        Rasch {
            marks: wide(marks.cells.len()),
            estimator: settings.estimator,
            log_likelihood: fitted.state.log_likelihood,
            iterations: fitted.iterations,
            candidate_separation: separation(
                candidates.iter().map(|one| (one.measure, one.standard_error)),
            ),
            rater_separation: measures(&raters),
            item_separation: measures(&items),
            thresholds: fair.thresholds(marks),
            difference_error: self.difference_errors(clusters.as_deref()),
            candidates,
            raters,
            items,
        }
    }

    fn candidate(
        &self,
        place: usize,
        elements: &Elements,
        fair: &Fair<'_>,
        clusters: Option<&[Vec<f64>]>,
    ) -> Option<CandidateMeasure> {
        let element = elements.candidates.get(place)?;
        let (measure, standard_error) = fair.candidate(place);
        let clustered = clusters.map(|all| clustered(all, |one| one.get(place).copied().unwrap_or_default()));
        let raters = elements.raters_of.get(place).copied().unwrap_or_default();
        let reach = self.reach() * clustered.unwrap_or_default().max(standard_error);
        let (low, high) = (measure - reach, measure + reach);
        Some(CandidateMeasure {
            name: (*self.marks.candidates.get(place)?).to_owned(),
            marks: wide(element.marks),
            raters,
            raw_average: element.average(),
            fair_average: fair.expected(measure),
            fair_low: fair.expected(low),
            fair_high: fair.expected(high),
            fair_by_item: fair.expected_by_item(measure),
            measure,
            standard_error,
            standard_error_clustered: clustered,
            low,
            high,
            extreme: element.extreme(),
            infit: element.residuals.infit(),
            outfit: element.residuals.outfit(),
        })
    }

    /// The quantile that intervals reach to: of t by raters, of the normal distribution where errors aren't clustered.
    fn reach(&self) -> f64 {
        let freedom = if self.model.raters > 2 { real(self.model.raters) - 1.0 } else { NORMAL };
        t_quantile(0.5 + self.settings.confidence / 2.0, freedom)
    }

    /// By rater: how the candidates' measures would move without the rater, times minus one.
    fn influence(&self) -> Vec<Vec<f64>> {
        let Self { model, fitted, .. } = self;
        let scale = (real(model.raters) / (real(model.raters) - 1.0)).sqrt();
        let mut all = model.rater_scores(&fitted.state);
        for own in &mut all {
            fitted.state.inverse.apply(own);
            let (candidates, rest) = own.split_at(model.candidates);
            let shift: f64 = Fair::shift(model, rest);
            let moved = candidates.iter().map(|value| scale * (value - shift)).collect();
            *own = moved;
        }
        all
    }

    fn difference_errors(&self, clusters: Option<&[Vec<f64>]>) -> Vec<Vec<f64>> {
        let inverse = &self.fitted.state.inverse;
        let number = self.model.candidates;
        let mut all = vec![vec![0.0; number]; number];
        for (one, row) in all.iter_mut().enumerate() {
            for (other, cell) in row.iter_mut().enumerate().filter(|(other, _)| *other != one) {
                let own = inverse.candidates(one, one) + inverse.candidates(other, other);
                let error = (own - 2.0 * inverse.candidates(one, other)).max(0.0).sqrt();
                let at = |own: &[f64], place: usize| own.get(place).copied().unwrap_or_default();
                let by_rater = clusters.map(|all| clustered(all, |own| at(own, one) - at(own, other)));
                *cell = by_rater.unwrap_or_default().max(error);
            }
        }
        all
    }
}

fn clustered(clusters: &[Vec<f64>], value: impl Fn(&[f64]) -> f64) -> f64 {
    clusters.iter().map(|own| value(own) * value(own)).sum::<f64>().sqrt()
}

/// Separation of `(measure, standard error)` pairs; none for fewer than two.
fn separation(measures: impl Iterator<Item = (f64, f64)>) -> Option<Separation> {
    let all: Vec<_> = measures.collect();
    if all.len() < 2 {
        return None;
    }
    let number = real(all.len());
    let mean = all.iter().map(|(measure, _)| measure).sum::<f64>() / number;
    let variance = all.iter().map(|(measure, _)| (measure - mean) * (measure - mean)).sum::<f64>() / (number - 1.0);
    let error = all.iter().map(|(_, error)| error * error).sum::<f64>() / number;
    let truth = (variance - error).max(0.0);
    Some(Separation {
        deviation: variance.sqrt(),
        error: error.sqrt(),
        separation: (truth / error).sqrt(),
        reliability: if variance > 0.0 { truth / variance } else { 0.0 },
    })
}
