//! What anyone may see: the programme, its rules, stages, candidates, evidence and data; served, or written as files.

mod answer;
mod draw;
mod export;
mod files;
mod finished;
mod pages;
mod published;
mod rows;
mod shown;
mod stored;
mod view;
mod watch;

pub use export::{ExportError, Exported, export};
pub(crate) use rows::rows;
pub(crate) use shown::Shown;
pub(crate) use view::footer;
pub(crate) use watch::Watch;
