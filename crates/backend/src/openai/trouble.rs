//! What went wrong with one attempt, whether another may help, and its words without any secret.

use super::ApiKey;
use super::client::Unanswered;
use daepyo_core::{FailureClass, Response};
use std::error::Error;
use std::time::Duration;
use std::{io, iter};

const BROKE: &str = "the connection broke";

/// Longest text of a failure, in characters.
const MESSAGE_CHARS: usize = 300;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) class: FailureClass,
    pub(super) message: String,
    pub(super) next: Next,
}

/// What may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: the same request would meet the same answer.
    GiveUp,
    /// The same again, after a pause of our own choice.
    Later,
    /// The same again, later and less at once; after the pause that the server asked for, if any.
    LessAtOnce(Option<Duration>),
    /// The same again, not before the pause that the server asked for.
    After(Duration),
    /// Nothing was sent: the budget would be passed.
    OverBudget,
}

impl Trouble {
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self { class: FailureClass::Malformed, message: message.into(), next: Next::Later }
    }

    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Self { class: FailureClass::Unsupported, message: message.into(), next: Next::GiveUp }
    }

    /// Nothing was sent, and nothing more will be.
    pub(super) fn over_budget() -> Self {
        Self {
            class: FailureClass::Unsupported,
            message: "the budget would be passed".to_owned(),
            next: Next::OverBudget,
        }
    }

    pub(super) fn deadline(deadline: Duration) -> Self {
        Self {
            class: FailureClass::Deadline,
            message: format!("no complete answer within {} ms", deadline.as_millis()),
            next: Next::Later,
        }
    }

    /// A status other than 200, with the server's own words and the pause that it asks for.
    pub(super) fn status(status: u16, words: &str, retry_after: Option<Duration>) -> Self {
        let (class, next) = match status {
            429 | 503 => (FailureClass::Server, Next::LessAtOnce(retry_after)),
            408 | 409 | 500..=599 => {
                let next = retry_after.map_or(Next::Later, Next::After);
                (FailureClass::Server, next)
            }
            _ if is_about_length(words) => (FailureClass::Unsupported, Next::GiveUp),
            _ => (FailureClass::Rejected, Next::GiveUp),
        };
        let message =
            if words.is_empty() { format!("status {status}") } else { format!("status {status}: {words}") };
        Self { class, message, next }
    }

    /// A request that could not be sent or was not answered: nothing of the address or the headers is kept.
    pub(super) fn unanswered(error: &Unanswered) -> Self {
        match error {
            Unanswered::NoConnection(error) => Self::from_client("no connection", &**error),
            Unanswered::Broken(error) => Self::broken_off(error),
        }
    }

    /// An answer that broke off.
    pub(super) fn broken_off(error: &hyper::Error) -> Self {
        Self::from_client(BROKE, error)
    }

    fn from_client(what: &str, error: &(dyn Error + 'static)) -> Self {
        let causes: Vec<_> = iter::successors(Some(error), |error| cause(*error)).collect();
        let is_late = causes
            .iter()
            .filter_map(|cause| cause.downcast_ref::<io::Error>())
            .any(|error| error.kind() == io::ErrorKind::TimedOut);
        // The same certificate would come again.
        let is_untrusted = causes
            .iter()
            .filter_map(|cause| cause.downcast_ref::<rustls::Error>())
            .any(|error| matches!(error, rustls::Error::InvalidCertificate(_)));
        let (class, what) = if is_late {
            (FailureClass::Deadline, "no answer in time")
        } else {
            (FailureClass::Connection, what)
        };
        let deepest = causes.last().map(ToString::to_string).unwrap_or_default();
        let message = if deepest.is_empty() { what.to_owned() } else { format!("{what}: {deepest}") };
        Self { class, message, next: if is_untrusted { Next::GiveUp } else { Next::Later } }
    }

    /// For storage: trimmed, on one line, without the key.
    pub(super) fn into_response(self, key: Option<&ApiKey>) -> Response {
        Response::Failed { class: self.class, message: clean(&self.message, key) }
    }
}

/// What an error wraps: one of the system tells its wrapped error's cause in its place.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// `text` on one line, without the key, cut to a length for people.
pub(super) fn clean(text: &str, key: Option<&ApiKey>) -> String {
    let text = match key {
        Some(key) => text.replace(key.reveal(), "[redacted]"),
        None => text.to_owned(),
    };
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !word.is_empty() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    if let Some((at, _)) = line.char_indices().nth(MESSAGE_CHARS) {
        line.truncate(at);
        line.push('…');
    }
    line
}

/// The words of common servers and vendors for a prompt that does not fit.
fn is_about_length(words: &str) -> bool {
    let words = words.to_lowercase();
    ["context length", "context_length", "context size", "exceed_context", "context window"]
        .iter()
        .any(|sign| words.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::{ApiKey, Next, Trouble, clean};
    use daepyo_core::FailureClass;

    #[test]
    fn only_overload_and_server_faults_are_tried_again() {
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            assert_ne!(Trouble::status(status, "", None).next, Next::GiveUp, "{status}");
        }
        for status in [301, 400, 401, 403, 404, 413, 422] {
            let trouble = Trouble::status(status, "no", None);
            assert_eq!((trouble.class, trouble.next), (FailureClass::Rejected, Next::GiveUp));
        }
    }

    #[test]
    fn a_prompt_that_does_not_fit_is_told_apart_from_a_refusal() {
        let words = "This model's maximum context length is 4096 tokens. However, you requested 5000";
        assert_eq!(Trouble::status(400, words, None).class, FailureClass::Unsupported);
    }

    #[test]
    fn a_key_that_the_server_repeats_is_taken_out_before_the_cut() {
        let key = ApiKey::new("sk-very-secret");
        let text = format!("{}\nwrong key sk-very-secret", "x".repeat(280));
        let cleaned = clean(&text, Some(&key));
        assert!(!cleaned.contains("sk-"), "{cleaned}");
        assert!(!cleaned.contains('\n'));
    }
}
