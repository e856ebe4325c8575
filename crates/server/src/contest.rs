//! Public contests: which there are, their pages, votes and receipts.

mod ballots;
mod battle;
mod closing;
mod form;
mod held;
mod hub;
mod live;
mod moving;
mod names;
mod office;
mod own;
mod receipts;
mod refused;
mod reports;
mod results;
mod stored;

pub(crate) use battle::{find as find_battle, receipt_in_time};
pub(crate) use closing::{close_contest, is_finished, look as look_for_closes, may_open};
pub use held::ContestsError;
pub(crate) use held::{Contests, Held};
pub(crate) use hub::find as find_contest;
pub(crate) use own::{delete_texts, taken_away};
pub(crate) use receipts::{inclusion, key as log_key};
pub(crate) use results::results;
pub(crate) use stored::StoredContests;

use crate::route::Route;

/// The rows of contests.
pub(crate) fn rows() -> Vec<Route> {
    [
        hub::rows(),
        ballots::rows(),
        battle::rows(),
        live::rows(),
        results::rows(),
        receipts::rows(),
        own::rows(),
        office::rows(),
        reports::rows(),
    ]
    .concat()
}
