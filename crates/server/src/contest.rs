//! Public contests: which there are, their pages, votes and receipts.

mod battle;
mod form;
mod held;
mod hub;
mod live;
mod office;
mod own;
mod receipts;
mod refused;
mod results;

pub(crate) use held::Contests;
pub use held::ContestsError;

use crate::route::Route;

/// The rows of contests.
pub(crate) fn rows() -> Vec<Route> {
    [
        hub::rows(),
        battle::rows(),
        live::rows(),
        results::rows(),
        receipts::rows(),
        own::rows(),
        office::rows(),
    ]
    .concat()
}
