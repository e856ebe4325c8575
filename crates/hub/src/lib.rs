//! Data sets from a model hub, into its own cache, as files that [`daepyo_task`] reads; and its models: what they say they
//! were made from, and their files.
//!
//! A revision is resolved to a commit once; what is downloaded is checked by size and digest against the commit's own
//! listing, and lies in the cache layout that other programs of the hub share. Nothing is ever run.

mod cache;
mod card;
mod client;
mod dataset;
mod download;
mod error;
#[doc(hidden)]
pub mod fuzz;
mod glob;
mod layout;
mod listing;
mod models;
mod names;
mod progress;
mod redirect;
mod settings;
mod verify;

pub use dataset::{DatasetRequest, Hub, LocalDataset, LocalFile};
pub use error::HubError;
pub use models::{DeclaredModel, ModelQuery, RemoteFile, RemoteModel};
pub use names::{Commit, NameError, Owner, Repository, Revision};
pub use progress::{Event, Progress, Silent};
pub use settings::{HubSettings, Patience, Token};
