//! Prompts: templates compiled once, few-shot examples drawn as `CPython` draws them, chat templates.

mod bounds;
mod chat;
mod context;
mod environment;
mod fields;
mod methods;
mod random;
mod sampler;

pub use chat::{ChatStyle, CompiledChatTemplate};
pub use environment::render_template;
pub use random::PythonRandom;

pub(crate) use context::{Builder as ContextBuilder, Context, Piece, messages, plain};
pub(crate) use fields::{Doc, Fields, Question, integer};
pub(crate) use sampler::draw_all;
