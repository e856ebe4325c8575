//! The site from outside, over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

mod access;
mod api;
mod browser;
mod closing;
mod connections;
mod contest;
mod encode;
mod export;
mod export_contests;
mod faults;
mod figure;
mod finished;
mod forms;
mod headers;
mod home;
mod language;
mod limits;
mod live;
mod live_scene;
mod log;
mod markup;
mod moving;
mod oidc;
mod oidc_provider;
mod passkey;
mod people;
mod provider;
mod public;
mod public_files;
mod ranges;
mod refusals;
mod reports;
mod servers;
mod sign_in;
mod site;
mod traces;
