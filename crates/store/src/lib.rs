//! Responses kept durably before they count: `SQLite` in WAL mode, one transaction a batch. The store of the site: [`site`].
//!
//! A stored answer is never overwritten and never asked for again. A failure is kept apart, so that a later run asks
//! once more. What several machines answered meets in a [`Place`]: a folder or a bucket.

#[cfg(feature = "bucket-server")]
pub mod bucket_server;
mod place;
#[cfg(feature = "postgres-server")]
pub mod postgres_server;
mod responses;
pub mod site;

pub use place::{Place, PlaceError};
pub use responses::{Spending, Store, StoreError};
