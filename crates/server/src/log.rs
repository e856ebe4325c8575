//! The log: JSON, a line an event, to where the caller says.
//!
//! What is logged never holds a cookie, a token, a subject, a query or a body: the door logs the matched route, not the
//! path that was asked for.

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

/// A subscriber that writes JSON lines of this level and above to `writer`; the caller installs it.
pub fn subscriber<W>(writer: W, most: Level) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_span_events(FmtSpan::NONE)
        .with_max_level(LevelFilter::from_level(most))
        .with_writer(writer)
        .finish()
}
