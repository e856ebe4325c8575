//! Pages that are neither public nor about signing in: languages, the office's accounts, health and measures.

mod accounts;
mod health;
mod me;
mod people;
mod switch;

pub(crate) use accounts::{MOST_CODES, draw_codes, known_team, make_account};
pub(crate) use people::give_role;

use crate::route::Route;

/// The rows of these pages.
pub(crate) fn rows() -> Vec<Route> {
    [switch::rows(), me::rows(), accounts::rows(), people::rows(), health::rows()].concat()
}
