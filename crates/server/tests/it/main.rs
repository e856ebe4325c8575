//! The site from outside, over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

mod access;
mod connections;
mod forms;
mod headers;
mod home;
mod language;
mod limits;
mod log;
mod refusals;
mod sign_in;
mod site;
