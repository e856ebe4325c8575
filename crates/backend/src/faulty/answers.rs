//! What the scripted server says: texts and log-probabilities that depend on the prompt alone.

use super::{Abilities, AnswerFn};
use daepyo_core::Digest;
use serde_json::{Map, Value, json};

/// A number from a text.
pub(super) fn draw(text: &str) -> u64 {
    let digest = Digest::of(text.as_bytes());
    digest.as_bytes().iter().take(8).fold(0, |draw, byte| (draw << 8) | u64::from(*byte))
}

/// A sentence with a letter and a number.
pub(super) fn usual_answer(prompt: &str) -> String {
    let draw = draw(prompt);
    let letter = match draw % 4 {
        0 => 'A',
        1 => 'B',
        2 => 'C',
        _ => 'D',
    };
    format!("풀이를 적으면 이렇습니다. 정답: {letter} ({})", draw % 100)
}

/// One request with what it is answered from.
pub(super) struct Answering<'a> {
    pub(super) abilities: &'a Abilities,
    pub(super) answer: &'a AnswerFn,
    pub(super) request: &'a Value,
    pub(super) is_chat: bool,
}

struct Piece {
    text: String,
    logprob: Option<f64>,
    is_top: bool,
}

impl Answering<'_> {
    /// The text prompt, or the last user message.
    pub(super) fn prompt(request: &Value) -> String {
        let text = match request.get("messages").and_then(Value::as_array) {
            Some(messages) => messages
                .iter()
                .rev()
                .find(|message| message.get("role").and_then(Value::as_str) == Some("user"))
                .and_then(|message| message.get("content")),
            None => request.get("prompt"),
        };
        text.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Why the server refuses this request, if it does.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        let has = |name: &str| self.request.get(name).is_some_and(|value| !value.is_null());
        if self.is_chat && !self.abilities.chat {
            return Some("this server has no chat");
        }
        if has("echo") && !self.abilities.echo {
            return Some("echo is not supported");
        }
        if self.max_tokens() == 0 && !self.abilities.echo_zero {
            return Some("max_tokens must be at least 1");
        }
        if has("prompt_logprobs") && !self.abilities.prompt_logprobs {
            return Some("unknown field: prompt_logprobs");
        }
        if has("stream_options") && !self.abilities.stream_options {
            return Some("unknown field: stream_options");
        }
        None
    }

    pub(super) fn is_stream(&self) -> bool {
        self.request.get("stream").and_then(Value::as_bool) == Some(true)
    }

    /// The whole answer, as one JSON value.
    pub(super) fn whole(&self) -> Value {
        let prompt = Self::prompt(self.request);
        if self.request.get("logprobs").is_some() {
            return self.echoed(&prompt);
        }
        if self.request.get("prompt_logprobs").is_some() {
            return self.prompt_logprobs(&prompt);
        }
        self.with_text(Some(&(self.answer)(&prompt)), Some("stop"))
    }

    /// An answer with this content and reason.
    pub(super) fn with_text(&self, text: Option<&str>, reason: Option<&str>) -> Value {
        let choice = if self.is_chat {
            json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason})
        } else {
            json!({"index": 0, "text": text, "logprobs": null, "finish_reason": reason})
        };
        json!({"id": "scripted", "choices": [choice], "usage": self.usage(text.unwrap_or_default())})
    }

    /// The answer as the JSON texts of a stream's events, without `[DONE]`.
    pub(super) fn events(&self, text: &str, reason: &str) -> Vec<String> {
        let choice = |piece: &str, reason: Option<&str>| {
            let choice = if self.is_chat {
                json!({"index": 0, "delta": {"content": piece}, "finish_reason": reason})
            } else {
                json!({"index": 0, "text": piece, "finish_reason": reason})
            };
            json!({"id": "scripted", "choices": [choice]}).to_string()
        };
        let characters: Vec<char> = text.chars().collect();
        let mut events: Vec<String> =
            characters.chunks(2).map(|pair| choice(&pair.iter().collect::<String>(), None)).collect();
        events.push(choice("", Some(reason)));
        if self.request.get("stream_options").is_some() {
            events.push(json!({"id": "scripted", "choices": [], "usage": self.usage(text)}).to_string());
        }
        events
    }

    fn usage(&self, text: &str) -> Value {
        let count = |text: &str| self.pieces(text).len();
        let prompt = Self::prompt(self.request);
        json!({"prompt_tokens": count(&prompt), "completion_tokens": split(text).len()})
    }

    fn max_tokens(&self) -> u64 {
        self.request.get("max_tokens").and_then(Value::as_u64).unwrap_or(16)
    }

    fn pieces(&self, text: &str) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut before = String::new();
        if let Some(bos) = &self.abilities.bos {
            pieces.push(Piece { text: bos.clone(), logprob: None, is_top: false });
        }
        for token in split(text) {
            let parts: Vec<String> = if self.abilities.splits_characters && !token.is_ascii() {
                token
                    .chars()
                    .flat_map(|c| if c.is_ascii() { vec![c] } else { vec!['\u{fffd}'; 2] })
                    .map(String::from)
                    .collect()
            } else {
                vec![token.to_owned()]
            };
            for part in parts {
                let draw = draw(&format!("{before}|{part}|{}", pieces.len()));
                let thousandths = u32::try_from(draw % 4000).unwrap_or(0) + 1;
                pieces.push(Piece {
                    logprob: (!pieces.is_empty()).then(|| -f64::from(thousandths) / 1000.0),
                    is_top: draw.is_multiple_of(3),
                    text: part,
                });
            }
            before.push_str(token);
        }
        pieces
    }

    fn echoed(&self, prompt: &str) -> Value {
        let mut pieces = self.pieces(prompt);
        if self.max_tokens() > 0 {
            pieces.push(Piece { text: " more".to_owned(), logprob: Some(-0.5), is_top: true });
        }
        let (mut texts, mut logprobs, mut tops, mut offsets) = (vec![], vec![], vec![], vec![]);
        let mut offset = 0;
        for piece in &pieces {
            texts.push(piece.text.clone());
            logprobs.push(piece.logprob);
            offsets.push(offset);
            offset += piece.text.chars().count();
            tops.push(piece.logprob.map(|logprob| {
                let mut top = Map::new();
                top.insert(piece.text.clone(), logprob.into());
                if !piece.is_top {
                    top.insert(" better".to_owned(), (logprob / 2.0).into());
                }
                top
            }));
        }
        let logprobs = json!({
            "tokens": texts, "token_logprobs": logprobs, "top_logprobs": tops, "text_offset": offsets,
        });
        let choice = json!({"index": 0, "text": prompt, "logprobs": logprobs, "finish_reason": "length"});
        json!({"id": "scripted", "choices": [choice], "usage": self.usage("")})
    }

    fn prompt_logprobs(&self, prompt: &str) -> Value {
        let places: Vec<Value> = self
            .pieces(prompt)
            .iter()
            .enumerate()
            .map(|(at, piece)| match piece.logprob {
                Some(logprob) if at > 0 => {
                    let own = json!({"logprob": logprob, "rank": if piece.is_top { 1 } else { 5 }, "decoded_token": piece.text});
                    if piece.is_top {
                        json!({"11": own})
                    } else {
                        let best = json!({"logprob": logprob / 2.0, "rank": 1, "decoded_token": " better"});
                        json!({"11": own, "12": best})
                    }
                }
                Some(_) | None => Value::Null,
            })
            .collect();
        let choice =
            json!({"index": 0, "text": " more", "finish_reason": "length", "prompt_logprobs": places});
        json!({"id": "scripted", "choices": [choice], "usage": self.usage("")})
    }
}

/// A text as words with the spaces before them.
fn split(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut begin = 0;
    let mut was_space = true;
    for (at, c) in text.char_indices() {
        if c == ' ' && !was_space {
            words.push(text.get(begin..at).unwrap_or_default());
            begin = at;
        }
        was_space = c == ' ';
    }
    words.push(text.get(begin..).unwrap_or_default());
    words.retain(|word| !word.is_empty());
    words
}
