//! Pages that are neither public nor about signing in: languages, the office's accounts, health and measures.

mod accounts;
mod codes;
mod health;
mod me;
mod password;
mod people;
mod sessions;
mod staff;
mod switch;

pub(crate) use accounts::{known_team, make_account};
pub(crate) use codes::{MOST_CODES, draw_codes};
pub(crate) use people::give_role;

use crate::route::Route;

/// The rows of these pages.
pub(crate) fn rows() -> Vec<Route> {
    [
        switch::rows(),
        me::rows(),
        password::rows(),
        sessions::rows(),
        accounts::rows(),
        staff::rows(),
        people::rows(),
        codes::rows(),
        health::rows(),
    ]
    .concat()
}
