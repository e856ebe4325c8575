//! From look to look, from verdict to verdict and from stage to stage, each case by a written rule.
//!
//! | case | rule |
//! | --- | --- |
//! | more evidence | [`look`]: the chance of a wrong decision is spent over the looks, by [`boundaries`] |
//! | carry-over | [`carry_over`]: a written share of the earlier composite, with its draws |
//! | a gate that fails later, a team that goes | [`decide_after`] with [`Refill`](daepyo_core::Cause::Refill): holders keep their places, free ones are filled from the same draws |
//! | a wrong verdict | [`decide_after`] with [`Correction`](daepyo_core::Cause::Correction): a new verdict names the old one |
//! | wildcard | [`choose`]: a majority of the panel, or nobody where allowed |
//! | second call | [`scale_changes`]: a newcomer is measured on the same scale, or the difference is named |

mod boundary;
pub(crate) mod corrections;
mod error;
mod follow;
mod looks;
mod normal;
mod second_call;
mod wildcard;

pub use boundary::{Boundary, Sides, boundaries, classical, crossing, spent};
pub use error::SequentialError;
pub(crate) use follow::ready;
pub use follow::{Before, Carried, carry_over, decide_after};
pub use looks::look;
pub use second_call::{ScaleChange, scale_changes};
pub use wildcard::{PanelBallot, PanelError, choose};
