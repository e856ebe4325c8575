//! Experts' marks: how severe each rater is, how far raters agree, and who should read what.
//!
//! | function | answers |
//! | --- | --- |
//! | [`fit_rasch`] | what would an average rater have given? |
//! | [`alpha()`], [`alpha_of_table`] | how far do raters agree beyond chance (Krippendorff)? |
//! | [`icc()`] | what share of the variance lies between dossiers (Shrout and Fleiss)? |
//! | [`design_plan`] | who reads which dossier, in which order? |
//! | [`forecast()`], [`spearman_brown`], [`raters_needed`] | how reliable will it be? |

mod alpha;
mod connect;
mod fair;
mod forecast;
mod icc;
mod information;
mod mark;
mod maximum;
mod mean_square;
mod model;
mod order;
mod penalty;
mod plan;
mod plan_flow;
mod plan_search;
mod rasch;
mod report;
mod spread;
mod units;

pub use alpha::{Agreement, AgreementError, Alpha, AlphaSettings, Metric, Rating, alpha, alpha_of_table};
pub use forecast::{
    Assumptions, Forecast, ForecastError, SINGLE_RATER_RELIABILITY, forecast, raters_needed, spearman_brown,
};
pub use icc::{Components, Icc, IccError, IccForm, IccOutcome, icc};
pub use mark::{MarkRow, RaschError, Scale};
pub use mean_square::MeanSquare;
pub use plan::{Plan, PlanError, PlanInput, PlanRater, RaterPlan, design_plan};
pub use rasch::{
    CandidateMeasure, Estimator, Extreme, FacetMeasure, Rasch, RaschSettings, Separation, Steps, Threshold,
    fit_rasch,
};
pub use units::RatingTable;
