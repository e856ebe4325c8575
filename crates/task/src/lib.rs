//! Tasks: documents to requests, responses to scores; no network.

pub mod score;
mod target;

pub use target::Target;
