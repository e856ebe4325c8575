//! Writing down a fit of the panel's model: averages, errors, fit statistics.

use super::{
    fair::Fair,
    mark::{Cell, Marks, RaschError},
    maximum::Fitted,
    mean_square::Residuals,
    model::Model,
    rasch::{CandidateMeasure, Extreme, FacetMeasure, Rasch, RaschSettings, Separation},
};
use crate::{
    clustered::t_quantile,
    number::{real, wide},
};

/// Degrees of freedom at which t is the normal distribution to nine digits.
const NORMAL: f64 = 1e12;

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
pub(crate) struct Elements {
    candidates: Vec<Element>,
    raters: Vec<Element>,
    items: Vec<Element>,
    /// By candidate.
    raters_of: Vec<u64>,
}

impl Elements {
    pub(crate) fn new(marks: &Marks<'_>, model: &Model) -> Self {
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

    pub(crate) fn refuse_extremes(&self, marks: &Marks<'_>) -> Result<(), RaschError> {
        let facets = [
            ("candidate", &self.candidates, &marks.candidates),
            ("rater", &self.raters, &marks.raters),
            ("item", &self.items, &marks.items),
        ];
        for (facet, elements, names) in facets {
            if let Some((_, name)) =
                elements.iter().zip(names).find(|(element, _)| element.extreme().is_some())
            {
                return Err(RaschError::Extreme { facet, name: (*name).to_owned() });
            }
        }
        Ok(())
    }
}

/// A fit about to be written down.
pub(crate) struct Report<'a> {
    pub(crate) marks: &'a Marks<'a>,
    pub(crate) model: &'a Model,
    pub(crate) fitted: &'a Fitted,
    pub(crate) settings: RaschSettings,
}

impl Report<'_> {
    pub(crate) fn write(&self, mut elements: Elements) -> Rasch {
        let Self { marks, model, fitted, settings } = *self;
        for (cell, steps, moments) in model.moments(&fitted.state) {
            for element in elements.of(cell) {
                element.residuals.add(steps - moments.mean, moments);
            }
        }
        let fair = Fair::new(model, fitted, settings.scale);
        let clusters = (model.raters > 2).then(|| self.influence());
        let stretches = self.stretches();
        let candidates: Vec<_> = (0..model.candidates)
            .filter_map(|place| {
                self.candidate(place, &elements, &fair, clusters.as_deref().zip(Some(&stretches)))
            })
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
        let measures =
            |all: &[FacetMeasure]| separation(all.iter().map(|one| (one.measure, one.standard_error)));
        Rasch {
            marks: wide(marks.cells.len()),
            estimator: settings.estimator,
            log_likelihood: fitted.state.log_likelihood,
            iterations: fitted.iterations,
            candidate_separation: separation(candidates.iter().map(|one| (one.measure, one.standard_error))),
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
        clusters: Option<(&[Vec<f64>], &Vec<f64>)>,
    ) -> Option<CandidateMeasure> {
        let element = elements.candidates.get(place)?;
        let (measure, standard_error) = fair.candidate(place);
        let clustered = clusters.map(|(all, stretches)| {
            let own = |one: &Vec<f64>| one.get(place).copied().unwrap_or_default();
            let square = |(one, stretch): (&Vec<f64>, &f64)| own(one) * own(one) * stretch;
            all.iter().zip(stretches).map(square).sum::<f64>().sqrt()
        });
        let raters = elements.raters_of.get(place).copied().unwrap_or_default();
        let reach = self.reach() * clustered.unwrap_or(standard_error);
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

    /// By rater: what a severity of their own has taken from the square of their influence on a candidate's level. Of
    /// `n` candidates that share one severity, residuals keep `(n-1)/n`; differences of two candidates lose nothing.
    fn stretches(&self) -> Vec<f64> {
        let mut candidates = vec![0_usize; self.model.raters];
        let mut last = None;
        for cell in &self.marks.cells {
            if last != Some((cell.candidate, cell.rater))
                && let Some(own) = candidates.get_mut(cell.rater)
            {
                *own += 1;
            }
            last = Some((cell.candidate, cell.rater));
        }
        candidates
            .into_iter()
            .map(|number| if number > 1 { real(number) / real(number - 1) } else { 1.0 })
            .collect()
    }

    fn difference_errors(&self, clusters: Option<&[Vec<f64>]>) -> Vec<Vec<f64>> {
        let inverse = &self.fitted.state.inverse;
        let number = self.model.candidates;
        let mut all = vec![vec![0.0; number]; number];
        let at = |own: &[f64], place: usize| own.get(place).copied().unwrap_or_default();
        let variances: Vec<f64> = (0..number).map(|one| inverse.candidates(one, one)).collect();
        for (one, row) in all.iter_mut().enumerate() {
            if clusters.is_none() {
                inverse.with_all_candidates(one, row);
            }
            for (other, cell) in row.iter_mut().enumerate().filter(|(other, _)| *other != one) {
                let by_rater = clusters.map(|all| clustered(all, |own| at(own, one) - at(own, other)));
                let own = at(&variances, one) + at(&variances, other);
                *cell = by_rater.unwrap_or_else(|| (own - 2.0 * *cell).max(0.0).sqrt());
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
    let variance =
        all.iter().map(|(measure, _)| (measure - mean) * (measure - mean)).sum::<f64>() / (number - 1.0);
    let error = all.iter().map(|(_, error)| error * error).sum::<f64>() / number;
    let truth = (variance - error).max(0.0);
    Some(Separation {
        deviation: variance.sqrt(),
        error: error.sqrt(),
        separation: (truth / error).sqrt(),
        reliability: if variance > 0.0 { truth / variance } else { 0.0 },
    })
}
