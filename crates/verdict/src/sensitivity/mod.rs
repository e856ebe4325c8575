//! How much a decision hangs on its weights, on single pieces of evidence, and on how much was missing.
//!
//! | question | answer |
//! | --- | --- |
//! | under which weights is each team in which rank? | [`acceptability`], [`pairwise`] |
//! | which smallest change of weights lets another team in? | [`flips`] |
//! | which document, rater, voter, suite or criterion carries the cut? | [`leave_one_out`] |
//! | what would the first team below the cut have needed? | [`Needs`] |
//!
//! [`examine()`] asks all of them of a stage; the functions alone need no programme.

mod contest;
mod error;
mod examine;
mod flip;
mod influence;
mod needs;
mod simplex;
mod smaa;
mod units;

pub use contest::Contest;
pub use error::SensitivityError;
pub(crate) use examine::examine_prepared;
pub use examine::{ExamineSettings, Sensitivity, examine};
pub use flip::{Change, Changes, Flip, Flips, SingleWeight, flips};
pub use influence::{CutSides, Influence, Influences, Removal, UnitKind, leave_one_out};
pub use needs::{BarNeed, GateNeed, More, Need, Needs};
pub use smaa::{Acceptability, Acceptance, Basis, Region, SmaaSettings, acceptability, pairwise};
