//! Pages that are neither public nor about signing in: languages, the office's accounts, health and measures.

mod accounts;
mod health;
mod me;
mod people;
mod switch;

use crate::route::Route;

/// The rows of these pages.
pub(crate) fn rows() -> Vec<Route> {
    [switch::rows(), me::rows(), accounts::rows(), people::rows(), health::rows()].concat()
}
