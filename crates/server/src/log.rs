//! The log: JSON, a line an event, to where the caller says.
//!
//! What is logged never holds a cookie, a token, a subject, a query or a body: the door logs the matched route, not the
//! path that was asked for.

mod gathered;

pub use gathered::{Gathering, Line, Lines, gathered};

use crate::traces::Tracing;
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry};

/// A subscriber that writes JSON lines of this level and above to `writer`; the caller installs it.
pub fn subscriber<W>(writer: W, most: Level) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    subscriber_with(writer, most, None)
}

/// The same, which hands spans to `tracing` beside the log, where there is one.
pub fn subscriber_with<W>(
    writer: W,
    most: Level,
    tracing: Option<&Tracing>,
) -> impl tracing::Subscriber + Send + Sync + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_span_events(FmtSpan::NONE)
        .with_writer(writer)
        .with_filter(LevelFilter::from_level(most));
    Registry::default().with(lines).with(tracing.map(Tracing::layer))
}
