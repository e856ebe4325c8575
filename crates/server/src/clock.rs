//! Time as the site is told it.

use std::time::Duration;

/// A clock; the caller's, so that tests can step it.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970, UTC.
    fn now_ms(&self) -> i64;
    /// Time since some fixed moment, never going back; for measuring how long something took.
    fn elapsed(&self) -> Duration;
}
