//! What came back for the requests of a plan, packed: a million answers are a fraction of what they are as values.

use crate::digests::Digests;
use daepyo_core::{Digest, FailureClass, Finish, Response};
use std::sync::Arc;

/// A piece of packed answers is closed when it is longer than this.
const PIECE_BYTES: usize = 1 << 20;

/// Answers of one candidate or reference to requests of one plan, failures among them.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    digests: Arc<Digests>,
    /// By the place of the request.
    kept: Vec<Kept>,
    pieces: Vec<Vec<u8>>,
    count: usize,
}

/// Where an answer stands; nothing is kept where the length is 0.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    piece: u32,
    start: u32,
    length: u32,
}

impl Answers {
    /// No answers yet to these requests.
    pub(crate) fn new(digests: &Arc<Digests>) -> Self {
        Self {
            digests: Arc::clone(digests),
            kept: vec![Kept::default(); digests.len()],
            pieces: Vec::new(),
            count: 0,
        }
    }

    /// The answer to a request.
    pub(crate) fn get(&self, digest: &Digest) -> Option<Response> {
        self.at(self.digests.place(digest)?)
    }

    /// The answer to the request at a place of the plan.
    pub(crate) fn at(&self, place: usize) -> Option<Response> {
        let Kept { piece, start, length } = *self.kept.get(place)?;
        let start = usize::try_from(start).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        unpacked(self.pieces.get(usize::try_from(piece).ok()?)?.get(start..end)?)
    }

    /// Whether there is an answer to the request at a place of the plan.
    pub(crate) fn has(&self, place: usize) -> bool {
        self.kept.get(place).is_some_and(|kept| kept.length > 0)
    }

    /// How many requests have an answer.
    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    /// Whether every request has an answer.
    pub(crate) fn are_complete(&self) -> bool {
        self.count == self.kept.len()
    }

    /// Keeps an answer, in place of an earlier one; whether it is the first to its request. What answers no request of
    /// the plan is not kept.
    pub(crate) fn insert(&mut self, digest: &Digest, response: &Response) -> bool {
        self.digests.place(digest).is_some_and(|place| self.put(place, response))
    }

    /// The same at a place of the plan.
    pub(crate) fn put(&mut self, place: usize, response: &Response) -> bool {
        if self.pieces.last().is_none_or(|last| last.len() >= PIECE_BYTES) {
            self.pieces.push(Vec::with_capacity(PIECE_BYTES + PIECE_BYTES / 16));
        }
        let number = self.pieces.len() - 1;
        let (Some(piece), Some(kept)) = (self.pieces.last_mut(), self.kept.get_mut(place)) else {
            return false;
        };
        let start = piece.len();
        pack(response, piece);
        let length = piece.len() - start;
        let is_first = kept.length == 0;
        // What one process holds is far below four gigabytes a piece.
        let narrow = |number: usize| u32::try_from(number).unwrap_or_default();
        *kept = Kept { piece: narrow(number), start: narrow(start), length: narrow(length) };
        self.count += usize::from(is_first);
        is_first
    }

    /// Every answer with its request, in the order of the plan.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Digest, Response)> {
        let each = self.digests.iter().enumerate();
        each.filter_map(|(place, digest)| Some((*digest, self.at(place)?)))
    }
}

const CLASSES: [FailureClass; 7] = [
    FailureClass::Connection,
    FailureClass::Deadline,
    FailureClass::Server,
    FailureClass::Rejected,
    FailureClass::Malformed,
    FailureClass::Unsupported,
    FailureClass::NotRecorded,
];
const FINISHES: [Finish; 3] = [Finish::Stop, Finish::Length, Finish::ContentFilter];

const LIKELIHOOD: u8 = 1;
const ROLLING: u8 = 2;
const GENERATED: u8 = 3;
const FAILED: u8 = 4;

fn pack(response: &Response, to: &mut Vec<u8>) {
    let place = |found: Option<usize>| found.and_then(|place| u8::try_from(place).ok()).unwrap_or_default();
    match response {
        Response::Loglikelihood { logprob, is_greedy, tokens } => {
            to.extend([LIKELIHOOD, u8::from(*is_greedy)]);
            to.extend(logprob.to_le_bytes());
            to.extend(tokens.to_le_bytes());
        }
        Response::LoglikelihoodRolling { logprob, tokens } => {
            to.push(ROLLING);
            to.extend(logprob.to_le_bytes());
            to.extend(tokens.to_le_bytes());
        }
        Response::Generated { text, finish, prompt_tokens, completion_tokens } => {
            to.extend([GENERATED, place(FINISHES.iter().position(|one| one == finish))]);
            for tokens in [prompt_tokens, completion_tokens] {
                // One more than a count of tokens can be stands for none.
                let tokens = tokens.map_or(u64::from(u32::MAX) + 1, u64::from);
                to.extend(tokens.to_le_bytes().into_iter().take(TOLD_BYTES));
            }
            to.extend(text.as_bytes());
        }
        Response::Failed { class, message } => {
            to.extend([FAILED, place(CLASSES.iter().position(|one| one == class))]);
            to.extend(message.as_bytes());
        }
    }
}

/// Bytes of a count of tokens that may be missing.
const TOLD_BYTES: usize = 5;

fn unpacked(bytes: &[u8]) -> Option<Response> {
    let (kind, rest) = bytes.split_first()?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    match *kind {
        LIKELIHOOD => {
            let (greedy, rest) = rest.split_first()?;
            let (logprob, tokens) = likelihood(rest)?;
            Some(Response::Loglikelihood { logprob, is_greedy: *greedy == 1, tokens })
        }
        ROLLING => {
            likelihood(rest).map(|(logprob, tokens)| Response::LoglikelihoodRolling { logprob, tokens })
        }
        GENERATED => {
            let (finish, rest) = rest.split_first()?;
            let (prompt, rest) = rest.split_first_chunk::<TOLD_BYTES>()?;
            let (completion, rest) = rest.split_first_chunk::<TOLD_BYTES>()?;
            Some(Response::Generated {
                text: text(rest)?,
                finish: *FINISHES.get(usize::from(*finish))?,
                prompt_tokens: told(*prompt),
                completion_tokens: told(*completion),
            })
        }
        FAILED => {
            let (class, rest) = rest.split_first()?;
            Some(Response::Failed { class: *CLASSES.get(usize::from(*class))?, message: text(rest)? })
        }
        _ => None,
    }
}

fn likelihood(bytes: &[u8]) -> Option<(f64, u32)> {
    let (logprob, rest) = bytes.split_first_chunk::<8>()?;
    Some((f64::from_le_bytes(*logprob), u32::from_le_bytes(*rest.first_chunk::<4>()?)))
}

fn told([first, second, third, fourth, is_missing]: [u8; TOLD_BYTES]) -> Option<u32> {
    (is_missing == 0).then(|| u32::from_le_bytes([first, second, third, fourth]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Response> {
        let mut all = vec![
            Response::Loglikelihood { logprob: -1.5, is_greedy: true, tokens: 3 },
            Response::Loglikelihood { logprob: f64::NEG_INFINITY, is_greedy: false, tokens: u32::MAX },
            Response::LoglikelihoodRolling { logprob: -0.0, tokens: 0 },
        ];
        for finish in FINISHES {
            for tokens in [None, Some(0), Some(u32::MAX)] {
                let (text, prompt_tokens) = ("답\u{0}".to_owned(), tokens);
                all.push(Response::Generated { text, finish, prompt_tokens, completion_tokens: Some(7) });
            }
        }
        for class in CLASSES {
            all.push(Response::Failed { class, message: String::new() });
        }
        all
    }

    #[test]
    fn every_answer_comes_back_as_it_was() {
        let digests: Arc<Digests> =
            Arc::new((0_u32..50).map(|place| Digest::of(&place.to_be_bytes())).collect());
        let mut answers = Answers::new(&digests);
        for (place, response) in all().iter().enumerate() {
            assert!(!answers.has(place) && answers.put(place, response));
            assert_eq!(answers.at(place).as_ref(), Some(response));
        }
        assert!(answers.iter().map(|(_, response)| response).eq(all()));
        assert_eq!((answers.len(), answers.are_complete()), (all().len(), false));
    }

    #[test]
    fn a_later_answer_stands_in_place_of_a_failure() {
        let digests: Arc<Digests> = Arc::new([Digest::of(b"a")].into_iter().collect());
        let mut answers = Answers::new(&digests);
        let failed = Response::Failed { class: FailureClass::Server, message: "503".to_owned() };
        let right = Response::Loglikelihood { logprob: -2.0, is_greedy: false, tokens: 1 };
        assert!(answers.insert(&Digest::of(b"a"), &failed));
        assert!(!answers.insert(&Digest::of(b"a"), &right));
        assert!(!answers.insert(&Digest::of(b"b"), &right), "no request of the plan");
        assert_eq!(answers.get(&Digest::of(b"a")), Some(right));
        assert!(answers.are_complete() && answers.get(&Digest::of(b"b")).is_none());
    }

    #[test]
    fn pieces_are_many_and_answers_still_found() {
        let digests: Arc<Digests> =
            Arc::new((0_u32..40).map(|place| Digest::of(&place.to_be_bytes())).collect());
        let mut answers = Answers::new(&digests);
        let of = |place: usize| Response::Failed {
            class: FailureClass::Malformed,
            message: "x".repeat(100_000 + place),
        };
        for place in 0..40 {
            answers.put(place, &of(place));
        }
        assert!(answers.pieces.len() > 3);
        assert!((0..40).all(|place| answers.at(place) == Some(of(place))));
    }
}
