//! Sources of answers: whole ones for a run, or piece by piece for people who watch; OpenAI-compatible servers, recorded
//! responses. Backends know no scoring.

mod contract;
mod draw;
#[cfg(feature = "faulty-server")]
pub mod faulty;
mod meter;
pub mod openai;
pub mod preflight;
pub mod replay;
mod stop;
pub mod talk;

pub use contract::{Answer, Answers, Backend, BackendError, Capabilities, ChatSupport};
pub use meter::{Charge, Meter};
pub use openai::{
    ApiKey, Endpoints, Level, OpenAiBackend, OpenAiOptions, OpenAiTalk, RetryPolicy, TalkOptions, TalkTimes,
};
pub use preflight::{Preflight, PreflightCode, PreflightFinding, Severity, Tokenize};
pub use replay::{
    Recorded, Recorder, Recording, RecordingError, ReplayBackend, ReplayError, ReplayLineError,
};
pub use talk::{Talk, TalkError};
