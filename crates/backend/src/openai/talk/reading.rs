//! One response as pieces: its times, its bound of characters, its stop texts.

use super::reader::Said;
use super::{Fault, Reader, TalkTimes};
use crate::openai::client::Line;
use crate::openai::written::Written;
use crate::stop::Cutter;
use crate::talk::{End, Piece};
use daepyo_core::Finish;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A server that has told why its answer ended gets so long to tell its tokens.
const TAIL: Duration = Duration::from_secs(5);

/// What bounds a response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) times: TalkTimes,
    /// When the first token must have come.
    pub(super) first_by: Instant,
    pub(super) longest_chars: usize,
}

pub(super) struct Reading {
    bounds: Bounds,
    /// None for an answer that came whole.
    stream: Option<(Reader, Line)>,
    cutter: Cutter,
    chars_left: usize,
    has_token: bool,
    /// What is given before more is read.
    ready: VecDeque<Piece>,
}

impl Reading {
    pub(super) fn stream(reader: Reader, line: Line, bounds: Bounds, stop: &[String]) -> Self {
        Self::new(Some((reader, line)), bounds, stop)
    }

    /// An answer that came whole, already cut at its stop texts.
    pub(super) fn whole(written: &Written, bounds: Bounds) -> Self {
        let mut reading = Self::new(None, bounds, &[]);
        let end = End {
            reason: written.finish,
            prompt_tokens: written.prompt_tokens,
            completion_tokens: written.completion_tokens,
        };
        reading.has_token = !written.is_doubtful();
        if !reading.show(written.text.replace('\0', "\u{fffd}"), end) {
            reading.ready.push_back(Piece::End(end));
        }
        reading
    }

    fn new(stream: Option<(Reader, Line)>, bounds: Bounds, stop: &[String]) -> Self {
        let chars_left = bounds.longest_chars;
        Self {
            bounds,
            stream,
            cutter: Cutter::new(stop),
            chars_left,
            has_token: false,
            ready: VecDeque::new(),
        }
    }

    /// Whether the server finished without writing anything at all.
    pub(super) fn is_blank(&self) -> bool {
        !self.has_token
    }

    /// The connection, for further use.
    pub(super) fn into_line(self) -> Option<Line> {
        // Where we ended the answer, the server writes on.
        self.stream.filter(|(reader, _)| reader.end().is_some()).map(|(_, line)| line)
    }

    /// The next piece, by the end of the whole at the latest.
    pub(super) async fn next(&mut self, whole_by: Instant) -> Result<Piece, Fault> {
        let times = self.bounds.times;
        let mut asked = Instant::now();
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Ok(piece);
            }
            let Some((reader, _)) = &mut self.stream else { return Err(Reader::unfinished()) };
            let told = reader.end();
            let by = match told {
                Some(_) => asked + TAIL,
                None if self.has_token => asked + times.between_tokens,
                None => self.bounds.first_by,
            };
            let said = timeout_at(by.min(whole_by), reader.next()).await;
            let said = match (said, told) {
                (Ok(Ok(said @ (Said::Text(_) | Said::Thought(_) | Said::Nothing))), _) => said,
                // The answer is complete, whatever becomes of the rest of the stream.
                (_, Some(end)) => {
                    self.end(end);
                    continue;
                }
                (Ok(Ok(Said::Over)), None) => return Err(Reader::unfinished()),
                (Ok(Err(fault)), None) => return Err(fault),
                (Err(_), None) => return Err(late(self.has_token, by >= whole_by, times)),
            };
            match said {
                Said::Nothing | Said::Over => {}
                Said::Thought(chars) => {
                    self.has_token = true;
                    return Ok(Piece::Thought { chars });
                }
                Said::Text(text) => {
                    self.has_token = true;
                    asked = Instant::now();
                    let (text, is_stopped) = self.cutter.push(&text);
                    let cut = reader.cut(Finish::Length);
                    let stopped = reader.cut(Finish::Stop);
                    if !self.show(text, cut) && is_stopped {
                        self.ready.push_back(Piece::End(stopped));
                    }
                }
            }
        }
    }

    fn end(&mut self, end: End) {
        let rest = self.cutter.rest();
        if !self.show(rest, End { reason: Finish::Length, ..end }) {
            self.ready.push_back(Piece::End(end));
        }
    }

    /// Makes text ready, and the end where it passes the bound; whether it does.
    fn show(&mut self, mut text: String, at_bound: End) -> bool {
        let chars = text.chars().count();
        let is_cut = chars > self.chars_left;
        if is_cut {
            let end = text.char_indices().nth(self.chars_left).map_or(text.len(), |(at, _)| at);
            text.truncate(end);
        }
        self.chars_left = self.chars_left.saturating_sub(chars);
        if !text.is_empty() {
            self.ready.push_back(Piece::Text(text));
        }
        if is_cut {
            self.ready.push_back(Piece::End(End { reason: Finish::Length, ..at_bound }));
        }
        is_cut
    }
}

/// Which time passed.
pub(super) fn late(has_token: bool, is_whole: bool, times: TalkTimes) -> Fault {
    Fault::later(times.passed(has_token, is_whole))
}
