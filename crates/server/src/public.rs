//! What anyone may see: the programme, its rules, stages, candidates, evidence and data; served, or written as files.

mod answer;
mod draw;
mod drawn;
mod export;
mod files;
mod finished;
mod pages;
mod published;
mod range;
mod rows;
mod shown;
mod stored;
mod view;
mod watch;
mod writer;

pub(crate) use answer::{As, at_hand, contests, file, is_known, kept, kind_of, whole_answer};
pub(crate) use draw::{Now, now, unverified};
pub(crate) use drawn::{Drawn, Source, Whole};
pub use export::{ExportError, Exported, export};
pub(crate) use files::{FETCH, curl_list, entry, proof};
pub(crate) use finished::{Finished, Kept};
pub(crate) use pages::{changes, flagged, licence, rules_digest};
pub(crate) use published::{Published, State};
pub(crate) use rows::rows;
pub(crate) use shown::Shown;
pub(crate) use stored::file as stored_file;
pub(crate) use view::{Contest, Links, Piece, View, footer};
pub(crate) use watch::Watch;
pub(crate) use writer::Writer;
