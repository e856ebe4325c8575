//! A panel's marks: severity, agreement, reliability.

use super::{Notes, Part};
use crate::{
    decide::Prepared,
    panel::{
        Agreement, AgreementError, AlphaSettings, IccError, IccForm, IccOutcome, MarkRow, Metric, Rasch,
        RaschError, RaschSettings, Rating, RatingTable, Scale, alpha, fit_rasch, icc,
    },
};
use daepyo_core::CriterionId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Distances of neighbouring marks that are tried, the coarsest first.
const STEPS: [f64; 5] = [1.0, 0.5, 0.25, 0.2, 0.1];

/// A criterion that is decided by marks. Nothing of it decides: points come from the marks as they were given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelAnalysis {
    /// The criterion.
    pub criterion: CriterionId,
    /// Severity taken out; raw and fair averages side by side.
    pub rasch: Option<Rasch>,
    /// Krippendorff's alpha over questions of candidates: ordinal, then interval.
    pub alpha: Vec<Agreement>,
    /// Intraclass correlation of questions of candidates, raters as a sample of many.
    pub icc: Option<IccOutcome>,
}

pub(super) fn panel(
    prepared: &Prepared<'_>,
    place: usize,
    criterion: &CriterionId,
    (minimum, maximum): (f64, f64),
    notes: &mut Notes,
) -> PanelAnalysis {
    let placed = prepared.evidence.marks.get(&place).map(Vec::as_slice).unwrap_or_default();
    let rows: Vec<MarkRow<'_>> = placed
        .iter()
        .filter(|one| one.candidate < prepared.roster.candidates && !prepared.evidence.is_gone(one.candidate))
        .map(|one| MarkRow {
            rater: one.mark.rater.as_str(),
            candidate: one.mark.candidate.as_str(),
            item: one.mark.item.as_str(),
            value: one.mark.value,
        })
        .collect();
    let about = criterion.as_str();
    let scale = Scale { minimum, maximum, step: step(&rows, minimum) };
    let fitted = fit_rasch(&rows, RaschSettings::new(scale));
    let units: Vec<(String, &MarkRow<'_>)> =
        rows.iter().map(|row| (format!("{}/{}", row.candidate, row.item), row)).collect();
    let ratings: Vec<Rating<'_>> =
        units.iter().map(|(unit, row)| Rating { unit, rater: row.rater, value: row.value }).collect();
    let mut agreements = Vec::new();
    for metric in [Metric::Ordinal, Metric::Interval] {
        let settings = AlphaSettings { seed: prepared.rules.stage.seed, ..AlphaSettings::new(metric) };
        let agreement = alpha(&ratings, settings);
        agreements.extend(notes.keep((about, Part::Alpha), agreement, AgreementError::code));
    }
    let (raters, values) = table(&units);
    let correlation = icc(RatingTable { raters, values: &values }, IccForm::TwoWayRandom, 0.95);
    PanelAnalysis {
        criterion: criterion.clone(),
        rasch: notes.keep((about, Part::Rasch), fitted, RaschError::code),
        alpha: agreements,
        icc: notes.keep((about, Part::Icc), correlation, IccError::code),
    }
}

/// The coarsest step on whose grid all marks lie; the finest that is tried where none does.
fn step(rows: &[MarkRow<'_>], minimum: f64) -> f64 {
    let fits = |step: &f64| {
        rows.iter().all(|row| {
            let steps = (row.value - minimum) / step;
            (steps - steps.round()).abs() < 1e-9
        })
    };
    STEPS.into_iter().find(fits).unwrap_or(0.1)
}

/// A row a unit and a column a rater, both in order of name; NaN where there is no mark.
fn table(units: &[(String, &MarkRow<'_>)]) -> (usize, Vec<f64>) {
    let raters: BTreeSet<&str> = units.iter().map(|(_, row)| row.rater).collect();
    let raters: Vec<&str> = raters.into_iter().collect();
    let mut rows: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (unit, row) in units {
        let values = rows.entry(unit).or_insert_with(|| vec![f64::NAN; raters.len()]);
        if let Ok(column) = raters.binary_search(&row.rater)
            && let Some(value) = values.get_mut(column)
        {
            *value = row.value;
        }
    }
    (raters.len(), rows.into_values().flatten().collect())
}
