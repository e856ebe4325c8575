//! Public pages, each a function from what is shown to a title and a body.

mod candidates;
mod contest;
mod data;
mod evidence;
mod home;
mod rules;
mod stage;
mod statements;
mod verify;
mod votes;

pub(super) use candidates::{candidate, candidates};
pub(super) use data::data;
pub(crate) use data::licence;
pub(super) use evidence::{entry, log, log_with, logs};
pub(super) use home::home;
pub(super) use rules::rules;
pub(crate) use rules::{changes, digest as rules_digest};
pub(super) use stage::stage;
pub(super) use statements::{about, accessibility, privacy};
pub(super) use verify::verify;
pub(crate) use votes::flagged;
