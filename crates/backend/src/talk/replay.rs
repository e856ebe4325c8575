//! Recorded answers, given at the pace of somebody who writes them.

use super::{End, Piece, Pieces, Talk, TalkError};
use crate::ReplayBackend;
use crate::draw::splitmix64;
use daepyo_core::{CandidateId, Digest, FailureClass, GenerateParams, Message, Prompt, Request, Response};
use futures_util::stream;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Characters of one piece at most.
const PIECE_CHARS: u64 = 8;

/// How fast recorded answers are given. What is drawn depends on the seed, the candidate and the messages alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Changes every draw.
    pub seed: u64,
    /// Milliseconds before the first piece.
    pub first_ms: RangeInclusive<u64>,
    /// Characters a second after that.
    pub chars_a_second: RangeInclusive<u64>,
}

impl Default for Pace {
    /// As most servers write: a second at most before the first, then 20 to 80 characters a second.
    fn default() -> Self {
        Self { seed: 0, first_ms: 150..=1000, chars_a_second: 20..=80 }
    }
}

/// One candidate's recorded answers as conversations.
#[derive(Clone, Debug)]
pub struct ReplayTalk {
    recorded: Arc<ReplayBackend>,
    candidate: CandidateId,
    pace: Pace,
}

impl ReplayTalk {
    /// The candidate that answers with what is recorded, as [`ReplayBackend`] finds it.
    pub fn new(recorded: Arc<ReplayBackend>, candidate: CandidateId, pace: Pace) -> Self {
        Self { recorded, candidate, pace }
    }
}

impl Talk for ReplayTalk {
    fn begin(&self, messages: Vec<Message>, params: GenerateParams) -> Pieces {
        let draws = Draws(self.pace.seed ^ key(&self.candidate, &messages));
        let request = Request::Generate { prompt: Prompt::Chat(messages), params };
        let mut recorded = self.recorded.respond(&request);
        if matches!(recorded, Response::Failed { class: FailureClass::NotRecorded, .. }) {
            recorded = self.recorded.otherwise().unwrap_or(recorded);
        }
        let (text, end) = match recorded {
            Response::Generated { text, finish, prompt_tokens, completion_tokens } => {
                (text, Ok(End { reason: finish, prompt_tokens, completion_tokens }))
            }
            Response::Failed { class, message } => (String::new(), Err(error(class, message))),
            // A generation is answered by neither.
            Response::Loglikelihood { .. } | Response::LoglikelihoodRolling { .. } => {
                (String::new(), Err(TalkError::NotRecorded))
            }
        };
        let giving = Giving::new(&text, end, draws, &self.pace);
        Pieces::new(stream::unfold(giving, |mut giving| async move {
            let piece = giving.next().await;
            Some((piece, giving))
        }))
    }
}

struct Giving {
    text: String,
    at: usize,
    end: Result<End, TalkError>,
    first: Option<Duration>,
    chars_a_second: u64,
    draws: Draws,
}

impl Giving {
    fn new(text: &str, end: Result<End, TalkError>, mut draws: Draws, pace: &Pace) -> Self {
        let first = Duration::from_millis(draws.within(&pace.first_ms));
        let chars_a_second = draws.within(&pace.chars_a_second).max(1);
        Self { text: text.replace('\0', "\u{fffd}"), at: 0, end, first: Some(first), chars_a_second, draws }
    }

    async fn next(&mut self) -> Result<Piece, TalkError> {
        if let Some(first) = self.first.take() {
            sleep(first).await;
        }
        let wanted = self.draws.within(&(1..=PIECE_CHARS));
        let rest = self.text.get(self.at..).unwrap_or_default();
        let most = usize::try_from(wanted).unwrap_or(1);
        let piece: String = rest.chars().take(most).collect();
        if piece.is_empty() {
            return self.end.clone().map(Piece::End);
        }
        // Moved on only once it is given, so that nothing is lost where the reader stops waiting.
        sleep(Duration::from_millis(1000 * wanted / self.chars_a_second)).await;
        self.at += piece.len();
        Ok(Piece::Text(piece))
    }
}

/// Numbers from a seed.
struct Draws(u64);

impl Draws {
    fn within(&mut self, range: &RangeInclusive<u64>) -> u64 {
        self.0 = self.0.wrapping_add(1);
        let width = range.end().saturating_sub(*range.start()).saturating_add(1);
        range.start() + splitmix64(self.0) % width
    }
}

/// A number from candidate and messages.
fn key(candidate: &CandidateId, messages: &[Message]) -> u64 {
    let mut bytes = candidate.as_str().as_bytes().to_vec();
    for message in messages {
        bytes.extend_from_slice(&message.content.len().to_le_bytes());
        bytes.extend_from_slice(message.content.as_bytes());
    }
    Digest::of(&bytes).as_bytes().iter().take(8).fold(0, |key, byte| (key << 8) | u64::from(*byte))
}

fn error(class: FailureClass, detail: String) -> TalkError {
    match class {
        FailureClass::NotRecorded => TalkError::NotRecorded,
        FailureClass::Malformed => TalkError::Malformed { detail },
        FailureClass::Connection | FailureClass::Deadline => TalkError::Dropped { detail },
        FailureClass::Server | FailureClass::Rejected | FailureClass::Unsupported => {
            TalkError::Status { status: 200, detail }
        }
    }
}
