//! The tests: each asks whether two models' weights match more than independent initialisation lets them.

pub mod norms;
pub mod polar;
pub mod rows;
pub mod trace;
