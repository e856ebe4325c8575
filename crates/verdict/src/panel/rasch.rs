//! The many-facet Rasch model of a panel's marks: measures, errors, fit, and averages as an average rater gives them.
//!
//! ```text
//! log P(k) / P(k-1) = theta_candidate - delta_item - alpha_rater - tau_k
//! ```
//!
//! (Linacre 1989, "Many-Facet Rasch Measurement"). Raters and items average 0, and so do the thresholds between the
//! least and the greatest mark that was given; candidates float. A mark that is missing is just not there.

use super::{
    mark::{MarkRow, Marks, RaschError, Scale},
    maximum::{correct, maximise},
    mean_square::MeanSquare,
    model::Model,
    report::{Elements, Report},
};
use serde::{Deserialize, Serialize};

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
    /// Lower end of the measure's interval: the clustered error, and t with raters less one degrees of freedom; with
    /// fewer than three raters the model's error and the normal distribution.
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
    /// Standard error of the difference of two candidates, in the order of `candidates`: clustered by rater, to be used
    /// with t of raters less one degrees of freedom; with fewer than three raters the model's.
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
