//! Log-probabilities in the two shapes that the protocol gives them.

use daepyo_llama::TokenLogprob;
use serde_json::{Map, Value, json};

/// A token's text; one that is no whole text is written `bytes:\xEA\xB0`, so that different tokens differ.
pub(crate) fn name(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().fold("bytes:".to_owned(), |mut text, byte| {
            let _ = write!(text, "\\x{byte:02x}");
            text
        }),
    }
}

/// The `logprobs` object of completions: parallel lists over the tokens.
///
/// `text_offset` counts Unicode characters of the answer's text; a token that begins within a character has the
/// offset of that character.
#[derive(Default)]
pub(crate) struct TokenLists {
    tokens: Vec<Value>,
    token_logprobs: Vec<Value>,
    top_logprobs: Vec<Value>,
    text_offset: Vec<Value>,
    characters: usize,
}

impl TokenLists {
    /// Lists whose first token stands after `characters` characters.
    pub(crate) fn after(characters: usize) -> Self {
        Self { characters, ..Self::default() }
    }

    /// Adds a token; one that is not `in_text` takes no room there (a beginning-of-text token that was added).
    pub(crate) fn push(&mut self, token: &TokenLogprob, in_text: bool) {
        let begins = |byte: &u8| byte & 0xc0 != 0x80;
        let within = token.bytes.first().is_some_and(|byte| !begins(byte));
        self.text_offset.push(json!(self.characters - usize::from(within && self.characters > 0)));
        if in_text {
            self.characters += token.bytes.iter().filter(|byte| begins(byte)).count();
        }
        self.tokens.push(json!(name(&token.bytes)));
        self.token_logprobs.push(json!(token.logprob));
        self.top_logprobs.push(token.logprob.map_or(Value::Null, |logprob| {
            let mut top = Map::new();
            // The token itself is always among them, as OpenAI has it.
            let own = std::iter::once((token.bytes.as_slice(), logprob));
            for (bytes, logprob) in
                token.top.iter().map(|(bytes, logprob)| (bytes.as_slice(), *logprob)).chain(own)
            {
                top.entry(name(bytes)).or_insert_with(|| json!(logprob));
            }
            Value::Object(top)
        }));
    }

    /// Characters of the text so far.
    pub(crate) fn characters(&self) -> usize {
        self.characters
    }

    pub(crate) fn json(self) -> Value {
        json!({
            "tokens": self.tokens,
            "token_logprobs": self.token_logprobs,
            "top_logprobs": self.top_logprobs,
            "text_offset": self.text_offset,
        })
    }
}

/// One entry of a chat answer's `logprobs.content`.
pub(crate) fn chat_entry(token: &TokenLogprob) -> Value {
    let entry = |bytes: &[u8], logprob: Option<f64>| {
        json!({
            "token": name(bytes),
            "logprob": logprob,
            "bytes": bytes,
        })
    };
    let mut whole = entry(&token.bytes, token.logprob);
    let top: Vec<Value> = token.top.iter().map(|(bytes, logprob)| entry(bytes, Some(*logprob))).collect();
    if let Value::Object(fields) = &mut whole {
        fields.insert("top_logprobs".to_owned(), json!(top));
    }
    whole
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::*;

    fn token(bytes: &[u8], logprob: Option<f64>) -> TokenLogprob {
        TokenLogprob { token: 0, bytes: bytes.to_vec(), logprob, top: vec![(b" other".to_vec(), -0.1)] }
    }

    #[test]
    fn offsets_count_characters_and_a_token_within_one_has_its_offset() {
        let korean = "가".as_bytes();
        let mut lists = TokenLists::default();
        lists.push(&token(b"<bos>", None), false);
        lists.push(&token(b"a ", Some(-1.0)), true);
        lists.push(&token(korean.get(..2).unwrap(), Some(-2.0)), true);
        lists.push(&token(korean.get(2..).unwrap(), Some(-3.0)), true);
        lists.push(&token(b"b", Some(-4.0)), true);
        assert_eq!(lists.characters(), 4);
        let json = lists.json();
        assert_eq!(json.get("text_offset").unwrap(), &json!([0, 0, 2, 2, 3]));
        assert_eq!(
            json.get("tokens").unwrap(),
            &json!(["<bos>", "a ", "bytes:\\xea\\xb0", "bytes:\\x80", "b"])
        );
        assert_eq!(json.pointer("/top_logprobs/0").unwrap(), &Value::Null);
        assert_eq!(json.pointer("/top_logprobs/1").unwrap(), &json!({" other": -0.1, "a ": -1.0}));
    }
}
