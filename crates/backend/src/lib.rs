//! Sources of answers: the trait, OpenAI-compatible servers, recorded responses. Backends know no scoring.

mod contract;
#[cfg(feature = "faulty-server")]
pub mod faulty;
mod meter;
pub mod openai;
pub mod preflight;
pub mod replay;
mod stop;

pub use contract::{Answer, Answers, Backend, BackendError, Capabilities, ChatSupport};
pub use meter::{Charge, Meter};
pub use openai::{ApiKey, Endpoints, Level, OpenAiBackend, OpenAiOptions, RetryPolicy};
pub use preflight::{Preflight, PreflightCode, PreflightFinding, Severity, Tokenize};
pub use replay::{
    Recorded, Recorder, Recording, RecordingError, ReplayBackend, ReplayError, ReplayLineError,
};
