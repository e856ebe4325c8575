//! Sources of answers: the trait, OpenAI-compatible servers, recorded responses. Backends know no scoring.

mod contract;

pub use contract::{Answer, Answers, Backend, BackendError, Capabilities, ChatSupport};
