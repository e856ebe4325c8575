//! Digests of requests: SHA-256 of the canonical form, hashed as it is written, what neighbours share only once.

use crate::{Digest, GenerateParams, Message, Prompt, Request, Role};
use serde::Serialize;
use sha2::Digest as _;
use std::io::{self, Write};

/// Digests of one request after another. Each is [`Request::digest`]; a context that stands in several neighbours, as
/// before the choices of one question, is hashed once.
///
/// # Examples
/// ```
/// use daepyo_core::{Request, RequestDigests};
/// let choice = |text: &str| Request::Loglikelihood { context: "Q:".into(), continuation: text.into() };
/// let mut digests = RequestDigests::default();
/// assert_eq!(digests.of(&choice(" A")), choice(" A").digest());
/// assert_eq!(digests.of(&choice(" B")), choice(" B").digest());
/// ```
#[derive(Debug, Default)]
pub struct RequestDigests {
    /// The last context, and the state of the hash behind it.
    context: Option<(String, sha2::Sha256)>,
}

impl RequestDigests {
    /// The digest of a request.
    pub fn of(&mut self, request: &Request) -> Digest {
        let Request::Loglikelihood { context, continuation } = request else { return digest(request) };
        let behind = match &self.context {
            Some((last, behind)) if last == context => behind.clone(),
            Some(_) | None => {
                let Some(behind) = behind_context(context) else { return undefined() };
                self.context = Some((context.clone(), behind.clone()));
                behind
            }
        };
        with_continuation(behind, continuation).unwrap_or_else(undefined)
    }
}

/// The digest of one request.
pub(crate) fn digest(request: &Request) -> Digest {
    let found = match request {
        Request::Loglikelihood { context, continuation } => {
            behind_context(context).and_then(|behind| with_continuation(behind, continuation))
        }
        Request::LoglikelihoodRolling { text } => hashed(&Rolling { kind: "loglikelihood_rolling", text }),
        Request::Generate { prompt, params } => {
            hashed(&Generate { kind: "generate", params: params.into(), prompt: prompt.into() })
        }
    };
    found.unwrap_or_else(undefined)
}

/// Strings, integers and finite numbers always have a canonical form; a temperature that is not finite is refused where
/// task files are read.
fn undefined() -> Digest {
    Digest::of(b"request without a canonical form")
}

fn behind_context(context: &str) -> Option<sha2::Sha256> {
    let mut hashing = Hashing::default();
    hashing.write_all(b"{\"context\":").ok()?;
    serde_json::to_writer(&mut hashing, context).ok()?;
    hashing.write_all(b",\"continuation\":").ok()?;
    Some(hashing.0)
}

fn with_continuation(behind: sha2::Sha256, continuation: &str) -> Option<Digest> {
    let mut hashing = Hashing(behind);
    serde_json::to_writer(&mut hashing, continuation).ok()?;
    hashing.write_all(b",\"kind\":\"loglikelihood\"}").ok()?;
    Some(hashing.digest())
}

fn hashed<T: Serialize>(value: &T) -> Option<Digest> {
    let mut hashing = Hashing::default();
    serde_json::to_writer(&mut hashing, value).ok()?;
    Some(hashing.digest())
}

/// Hashes what is written.
#[derive(Default)]
struct Hashing(sha2::Sha256);

impl Hashing {
    fn digest(self) -> Digest {
        Digest::from_bytes(self.0.finalize().into())
    }
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// The canonical form has its keys in the order of their bytes; so have these.

#[derive(Serialize)]
struct Rolling<'a> {
    kind: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct Generate<'a> {
    kind: &'static str,
    params: Params<'a>,
    prompt: Given<'a>,
}

#[derive(Serialize)]
struct Params<'a> {
    max_tokens: u32,
    seed: u64,
    stop: &'a [String],
    temperature: f64,
    top_p: f64,
}

impl<'a> From<&'a GenerateParams> for Params<'a> {
    fn from(params: &'a GenerateParams) -> Self {
        let GenerateParams { max_tokens, temperature, top_p, stop, seed } = params;
        Self { max_tokens: *max_tokens, seed: *seed, stop, temperature: *temperature, top_p: *top_p }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Given<'a> {
    Text(&'a str),
    Chat(Vec<Turn<'a>>),
}

impl<'a> From<&'a Prompt> for Given<'a> {
    fn from(prompt: &'a Prompt) -> Self {
        match prompt {
            Prompt::Text(text) => Self::Text(text),
            Prompt::Chat(messages) => Self::Chat(messages.iter().map(Turn::from).collect()),
        }
    }
}

#[derive(Serialize)]
struct Turn<'a> {
    content: &'a str,
    role: Role,
}

impl<'a> From<&'a Message> for Turn<'a> {
    fn from(message: &'a Message) -> Self {
        let Message { role, content } = message;
        Self { content, role: *role }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical;

    fn params(temperature: f64, stop: &[&str]) -> GenerateParams {
        let stop = stop.iter().map(|text| (*text).to_owned()).collect();
        GenerateParams { max_tokens: 64, temperature, top_p: 0.95, stop, seed: u64::MAX }
    }

    fn requests() -> Vec<Request> {
        let texts =
            ["", "plain", "한국어 \"따옴표\" \\ \n\t\u{1}\u{7f}", "é🙂\u{2028}", "{\"context\":\"x\"}"];
        let mut all = Vec::new();
        for text in texts {
            for other in texts {
                let (context, continuation) = (text.to_owned(), other.to_owned());
                all.push(Request::Loglikelihood { context, continuation });
            }
            all.push(Request::LoglikelihoodRolling { text: text.to_owned() });
            for temperature in [0.0, -0.0, 0.1, 1.0, 1e-7, 1e22] {
                let params = params(temperature, &[text, "\n\n"]);
                all.push(Request::Generate { prompt: Prompt::Text(text.to_owned()), params });
            }
            let turns = [Role::System, Role::User, Role::Assistant];
            let turns = turns.map(|role| Message { role, content: text.to_owned() });
            all.push(Request::Generate { prompt: Prompt::Chat(turns.to_vec()), params: params(0.7, &[]) });
            all.push(Request::Generate { prompt: Prompt::Chat(Vec::new()), params: params(0.0, &[]) });
        }
        all
    }

    #[test]
    fn a_digest_is_that_of_the_canonical_form() {
        for request in requests() {
            assert_eq!(canonical::digest(&request).ok(), Some(request.digest()), "{request:?}");
        }
    }

    #[test]
    fn digests_in_turn_are_those_of_each_alone() {
        let mut digests = RequestDigests::default();
        let requests = requests();
        for request in requests.iter().chain(requests.iter().rev()) {
            assert_eq!(digests.of(request), request.digest(), "{request:?}");
        }
    }
}
