//! From look to look, from verdict to verdict and from stage to stage, each case by a written rule.
//!
//! | case | rule |
//! | --- | --- |
//! | more evidence | [`look`]: the chance of a wrong decision is spent over the looks, by [`boundaries`] |
//! | wildcard | [`choose`]: a majority of the panel, or nobody where allowed |
//! | second call | [`scale_changes`]: a newcomer is measured on the same scale, or the difference is named |

mod boundary;
mod error;
mod looks;
mod normal;
mod second_call;
mod wildcard;

pub use boundary::{Boundary, Sides, boundaries, classical, crossing, spent};
pub use error::SequentialError;
pub use looks::look;
pub use second_call::{ScaleChange, scale_changes};
pub use wildcard::{PanelBallot, choose};
