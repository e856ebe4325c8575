//! Responses kept durably before they count: `SQLite` in WAL mode, one transaction a batch.
//!
//! A stored answer is never overwritten and never asked for again. A failure is kept apart, so that a later run asks
//! once more. What several machines answered meets in a [`Place`]: a folder or a bucket.

#[cfg(feature = "bucket-server")]
pub mod bucket_server;
mod place;
mod responses;
pub mod site;

pub use place::{Place, PlaceError};
pub use responses::{Spending, Store, StoreError};
