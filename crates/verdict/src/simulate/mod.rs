//! Worlds with a known truth, for tests and for the proof that intervals and error rates are what they say.

pub mod items;
pub mod marks;
mod stream;
pub mod votes;

pub use stream::Stream;
