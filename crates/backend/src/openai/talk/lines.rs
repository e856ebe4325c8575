//! The lines of a stream of events, bounded and whole, so that the reader of events can neither hold nor copy much.
//!
//! The reader of events (`eventsource-stream`) copies all that it has for every line, holds an endless line, holds what
//! follows a byte that is not UTF-8, and panics on a byte-order mark. So it is given one valid line at a time, without
//! comments, with `\n` at its end.

use super::Fault;
use crate::talk::TalkError;
use futures_util::{Stream, StreamExt, stream};

/// The lines of `chunks`, however they were cut; no line and no event has more than `limit_bytes`. What follows the last
/// line end is no line.
pub(super) fn lines<S, B>(chunks: S, limit_bytes: usize) -> impl Stream<Item = Result<String, Fault>>
where
    S: Stream<Item = Result<B, Fault>> + Unpin,
    B: AsRef<[u8]>,
{
    let chunk: Option<(B, usize)> = None;
    stream::try_unfold((chunks, chunk, Lines::new(limit_bytes)), |(mut chunks, mut chunk, mut lines)| async {
        loop {
            if let Some((bytes, at)) = &mut chunk
                && let Some(line) = lines.next_in(bytes.as_ref(), at)?
            {
                return Ok(Some((line, (chunks, chunk, lines))));
            }
            match chunks.next().await {
                Some(bytes) => chunk = Some((bytes?, 0)),
                None => return Ok(None),
            }
        }
    })
}

struct Lines {
    limit_bytes: usize,
    line: Vec<u8>,
    /// Bytes of the event's lines that were given.
    event_bytes: usize,
    after_return: bool,
    /// A line was given.
    has_begun: bool,
    /// Lines were given since the last blank one.
    is_open: bool,
}

impl Lines {
    fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            line: Vec::new(),
            event_bytes: 0,
            after_return: false,
            has_begun: false,
            is_open: false,
        }
    }

    /// The next line that ends in `chunk`, from the place `at` on, which is moved.
    fn next_in(&mut self, chunk: &[u8], at: &mut usize) -> Result<Option<String>, Fault> {
        while let Some((first, rest)) = chunk.get(*at..).and_then(<[u8]>::split_first) {
            if std::mem::take(&mut self.after_return) && *first == b'\n' {
                *at += 1;
                continue;
            }
            let end = std::iter::once(first).chain(rest).position(|byte| matches!(byte, b'\n' | b'\r'));
            let until = end.map_or(chunk.len(), |end| *at + end);
            let part = chunk.get(*at..until).unwrap_or_default();
            if self.event_bytes + self.line.len() + part.len() > self.limit_bytes {
                return Err(Fault::later(TalkError::Oversized {
                    what: "event",
                    limit_bytes: self.limit_bytes,
                }));
            }
            self.line.extend_from_slice(part);
            *at = until;
            if end.is_none() {
                break;
            }
            self.after_return = chunk.get(until) == Some(&b'\r');
            *at += 1;
            if let Some(line) = self.finish()? {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// The line that has come to its end, where it says anything.
    fn finish(&mut self) -> Result<Option<String>, Fault> {
        let mut line = std::mem::take(&mut self.line);
        while !self.has_begun && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        if line.is_empty() {
            self.event_bytes = 0;
            return Ok(std::mem::take(&mut self.is_open).then(|| "\n".to_owned()));
        }
        if line.starts_with(b":") {
            return Ok(None);
        }
        self.has_begun = true;
        self.is_open = true;
        self.event_bytes += line.len();
        line.push(b'\n');
        let line = String::from_utf8(line);
        line.map(Some).map_err(|_| Fault::malformed("an event of the answer is not UTF-8"))
    }
}
