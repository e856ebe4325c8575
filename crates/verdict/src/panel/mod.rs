//! Experts' marks.
mod connect;
mod fair;
mod information;
mod mark;
mod mean_square;
mod model;
mod rasch;

pub use mark::{MarkRow, RaschError, Scale};
pub use mean_square::MeanSquare;
pub use rasch::{
    CandidateMeasure, Estimator, Extreme, FacetMeasure, Rasch, RaschSettings, Separation, Steps, Threshold,
    fit_rasch,
};
