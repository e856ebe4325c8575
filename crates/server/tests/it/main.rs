//! The site from outside, over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

mod access;
mod browser;
mod connections;
mod contest;
mod encode;
mod export;
mod faults;
mod finished;
mod forms;
mod headers;
mod home;
mod language;
mod limits;
mod log;
mod markup;
mod oidc;
mod oidc_provider;
mod passkey;
mod provider;
mod public;
mod public_files;
mod refusals;
mod sign_in;
mod site;
