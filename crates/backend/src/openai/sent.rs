//! The bodies that are sent, written straight to bytes.

use super::scores::Scoring;
use daepyo_core::{GenerateParams, Message, Prompt};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::atomic::{AtomicBool, Ordering};

/// The original API takes no more stop texts than these; the others are cut here.
const STOPS_SENT: usize = 4;

/// What asks for a written answer.
pub(super) struct Generation<'a> {
    pub(super) model: &'a str,
    pub(super) prompt: &'a Prompt,
    pub(super) params: &'a GenerateParams,
    /// `max_completion_tokens` in place of `max_tokens`.
    pub(super) calls_it_completion_tokens: bool,
    pub(super) streaming: bool,
    pub(super) asks_for_usage: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<&'a [Message]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    temperature: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stop: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

impl Generation<'_> {
    /// The JSON bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (prompt, messages) = match self.prompt {
            Prompt::Text(text) => (Some(text.as_str()), None),
            Prompt::Chat(messages) => (None, Some(messages.as_slice())),
        };
        let limit = |is_wanted: bool| is_wanted.then_some(self.params.max_tokens);
        // Greedy answers need neither, and some servers refuse fields that they do not know.
        let samples = self.params.temperature > 0.0;
        let stops = self.params.stop.iter().map(String::as_str).filter(|stop| !stop.is_empty());
        let usage = StreamOptions { include_usage: true };
        let body = Body {
            model: self.model,
            prompt,
            messages,
            max_tokens: limit(!self.calls_it_completion_tokens),
            max_completion_tokens: limit(self.calls_it_completion_tokens),
            temperature: self.params.temperature,
            top_p: samples.then_some(self.params.top_p),
            seed: samples.then_some(self.params.seed),
            stop: stops.take(STOPS_SENT).collect(),
            stream: self.streaming.then_some(true),
            stream_options: (self.streaming && self.asks_for_usage).then_some(usage),
        };
        bytes(&body)
    }
}

/// What asks for the log-probabilities of given text.
pub(super) struct Scored<'a> {
    pub(super) model: &'a str,
    pub(super) prompt: &'a str,
    pub(super) scoring: Scoring,
}

impl Scored<'_> {
    /// The JSON bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut body = Map::new();
        body.insert("model".into(), self.model.into());
        body.insert("prompt".into(), self.prompt.into());
        for (name, value) in self.scoring.fields() {
            body.insert(name.into(), value);
        }
        bytes(&Value::Object(body))
    }
}

fn bytes<T: Serialize>(body: &T) -> Vec<u8> {
    // Text, integers and floats always have a JSON form; an infinite one becomes null, which servers refuse.
    serde_json::to_vec(body).unwrap_or_default()
}

/// Bytes of text in a prompt, and its messages.
pub(super) fn size(prompt: &Prompt) -> (usize, usize) {
    match prompt {
        Prompt::Text(text) => (text.len(), 0),
        Prompt::Chat(messages) => {
            (messages.iter().map(|message| message.content.len()).sum(), messages.len())
        }
    }
}

/// What a server was found to call otherwise or not to know.
#[derive(Debug, Default)]
pub(super) struct Dialect {
    /// Set once the server refuses `stream_options`.
    no_stream_options: AtomicBool,
    /// Set once the server asks for `max_completion_tokens` in place of `max_tokens`.
    completion_limit: AtomicBool,
}

impl Dialect {
    pub(super) fn asks_for_usage(&self) -> bool {
        !self.no_stream_options.load(Ordering::Relaxed)
    }

    pub(super) fn calls_it_completion_tokens(&self) -> bool {
        self.completion_limit.load(Ordering::Relaxed)
    }

    /// What a request for a written answer that is made now can be sent without.
    pub(super) fn adaptable(&self, streaming: bool) -> Adaptable {
        Adaptable {
            stream_options: streaming && self.asks_for_usage(),
            max_tokens: !self.calls_it_completion_tokens(),
        }
    }

    /// Whether the server refused a field that we can do without or call otherwise from now on.
    pub(super) fn adapt(&self, sent: Adaptable, words: &str) -> bool {
        if words.contains("stream_options") && sent.stream_options {
            self.no_stream_options.store(true, Ordering::Relaxed);
            return true;
        }
        if words.contains("max_completion_tokens") && sent.max_tokens {
            self.completion_limit.store(true, Ordering::Relaxed);
            return true;
        }
        false
    }
}

/// Fields of a body that a server may refuse and that we can send otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Adaptable {
    pub(super) stream_options: bool,
    pub(super) max_tokens: bool,
}

#[cfg(test)]
mod tests {
    use super::Generation;
    use daepyo_core::{GenerateParams, Message, Prompt, Role};

    fn params() -> GenerateParams {
        let stop = ["", "a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        GenerateParams { max_tokens: 7, temperature: 0.0, top_p: 0.9, stop, seed: 3 }
    }

    fn text(prompt: &Prompt, params: &GenerateParams, streaming: bool, renamed: bool) -> String {
        let generation = Generation {
            model: "m",
            prompt,
            params,
            calls_it_completion_tokens: renamed,
            streaming,
            asks_for_usage: true,
        };
        String::from_utf8_lossy(&generation.to_bytes()).into_owned()
    }

    #[test]
    fn a_greedy_request_names_neither_seed_nor_nucleus() {
        let prompt = Prompt::Text("하나 \"stream_options\":".to_owned());
        assert_eq!(
            text(&prompt, &params(), false, false),
            r#"{"model":"m","prompt":"하나 \"stream_options\":","max_tokens":7,"temperature":0.0,"stop":["a","b","c","d"]}"#
        );
    }

    #[test]
    fn a_sampled_stream_names_all() {
        let messages = vec![Message { role: Role::User, content: "둘".to_owned() }];
        let params = GenerateParams { temperature: 0.5, stop: Vec::new(), ..params() };
        assert_eq!(
            text(&Prompt::Chat(messages), &params, true, true),
            r#"{"model":"m","messages":[{"role":"user","content":"둘"}],"max_completion_tokens":7,"temperature":0.5,"top_p":0.9,"seed":3,"stream":true,"stream_options":{"include_usage":true}}"#
        );
    }
}
