//! Pages that are not about signing in: home, languages, the office's accounts, health and measures.

mod accounts;
mod health;
mod home;
mod me;
mod people;
mod switch;

use crate::route::Route;

/// The rows of these pages.
pub(crate) fn rows() -> Vec<Route> {
    [home::rows(), switch::rows(), me::rows(), accounts::rows(), people::rows(), health::rows()].concat()
}
