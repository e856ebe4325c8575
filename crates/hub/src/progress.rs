//! What a download tells while it goes on.

use crate::{Commit, Repository, Revision};
use std::time::Duration;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A revision is known by its commit.
    Resolved {
        /// Whose.
        repository: Repository,
        /// What was asked for.
        revision: Revision,
        /// What it is.
        commit: Commit,
    },
    /// A file begins, or goes on where an earlier download stopped.
    Started {
        /// The file's path.
        path: String,
        /// Bytes that are there already.
        have_bytes: u64,
        /// All its bytes.
        size_bytes: u64,
    },
    /// A file is complete and has the right digest.
    Finished {
        /// The file's path.
        path: String,
        /// All its bytes.
        size_bytes: u64,
    },
    /// The hub is asked again after a pause.
    Waiting {
        /// How long.
        pause: Duration,
        /// Why.
        reason: String,
    },
}

/// Takes what happens.
pub trait Progress: Send + Sync {
    /// Called for each event, from any thread.
    fn tell(&self, event: &Event);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn tell(&self, _event: &Event) {}
}
