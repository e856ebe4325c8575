//! Responses kept durably before they count: `SQLite` in WAL mode, one transaction a batch.
//!
//! A stored answer is never overwritten and never asked for again. A failure is kept apart, so that a later run asks
//! once more.

mod responses;

pub use responses::{Spending, Store, StoreError};
