//! A written answer in the form that nearly every server gives it, read in one pass and without the rest.
//!
//! What this reads, the general reader reads alike; whatever else is left to it, so that no answer means anything else for
//! being read quickly.

use super::written::Form;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// One choice with text that is not empty and a reason why it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plain {
    pub(super) text: String,
    pub(super) reason: String,
    pub(super) prompt_tokens: Option<u32>,
    pub(super) completion_tokens: Option<u32>,
    pub(super) total_tokens: Option<u32>,
}

impl Plain {
    /// The answer in `bytes`, where it has this form.
    pub(super) fn read(bytes: &[u8], form: Form) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let Object(answer) = serde_json::from_str::<Object<Answer<'_>>>(text).ok()?;
        let Answer { choices: (Object(choice),), usage, error: None } = answer else { return None };
        let text = match form {
            Form::Completion => choice.text,
            Form::Chat => choice.message.map(|Object(message)| message.content),
        };
        let text = text.filter(|text| !text.is_empty() && choice.index == 0)?;
        let count = |count: Option<u64>| count.and_then(|count| u32::try_from(count).ok());
        let usage = usage.map(|Object(usage)| usage).unwrap_or_default();
        Some(Self {
            text,
            reason: choice.finish_reason.into_owned(),
            prompt_tokens: count(usage.prompt_tokens),
            completion_tokens: count(usage.completion_tokens),
            total_tokens: count(usage.total_tokens),
        })
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    /// Exactly one.
    #[serde(borrow)]
    choices: (Object<Choice<'a>>,),
    usage: Option<Object<Usage>>,
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    index: u64,
    text: Option<String>,
    message: Option<Object<Message>>,
    #[serde(borrow)]
    finish_reason: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

#[derive(Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "named as they are sent")]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    total_tokens: Option<u64>,
}

/// A structure that is written as an object, not as the array of its values.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfMap(PhantomData))
    }
}

struct OfMap<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OfMap<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::Body;
    use super::super::written::{Form, Written};
    use super::Plain;

    const CHAT: &str = r#"{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"가\n\"B\"","tool_calls":[]},"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":50,"completion_tokens":1,"total_tokens":51}}"#;

    #[test]
    fn the_usual_answer_is_read() {
        let plain = Plain::read(CHAT.as_bytes(), Form::Chat);
        let expected = Plain {
            text: "가\n\"B\"".to_owned(),
            reason: "length".to_owned(),
            prompt_tokens: Some(50),
            completion_tokens: Some(1),
            total_tokens: Some(51),
        };
        assert_eq!(plain, Some(expected));
        assert_eq!(Plain::read(CHAT.as_bytes(), Form::Completion), None);
    }

    /// Every change of one piece of the usual answer is read as the general reader reads it, or left to that.
    #[test]
    fn whatever_is_unusual_is_left_to_the_general_reader_or_read_alike() {
        let changes = [
            ("\"index\":0", "\"index\":1"),
            ("\"index\":0", "\"index\":null"),
            ("\"index\":0,", ""),
            ("\"index\":0", "\"index\":0,\"index\":0"),
            ("\"finish_reason\":\"length\"", "\"finish_reason\":null"),
            ("\"finish_reason\":\"length\"", "\"finish_reason\":\"len\\u0067th\""),
            ("\"finish_reason\":\"length\"", "\"finish_reason\":\"error\""),
            (
                "\"role\":\"assistant\",\"content\":\"가\\n\\\"B\\\"\"",
                "\"role\":\"assistant\",\"content\":null",
            ),
            ("\"content\":\"가\\n\\\"B\\\"\"", "\"content\":\"\",\"refusal\":\"no\""),
            ("\"content\":\"가\\n\\\"B\\\"\"", "\"content\":\"a\",\"refusal\":\"no\""),
            ("\"content\":\"가\\n\\\"B\\\"\"", "\"content\":[{\"text\":\"a\"}]"),
            ("\"content\":\"가\\n\\\"B\\\"\"", "\"content\":\"a\",\"content\":\"b\""),
            ("\"content\":\"가\\n\\\"B\\\"\"", "\"content\":\"\\ud800\""),
            ("{\"prompt_tokens\":50", "{\"prompt_tokens\":5e9"),
            ("{\"prompt_tokens\":50", "{\"prompt_tokens\":5000000000"),
            ("{\"prompt_tokens\":50", "{\"prompt_tokens\":null"),
            ("{\"prompt_tokens\":50", "{\"prompt_tokens\":-1"),
            ("\"completion_tokens\":1,", ""),
            ("{\"prompt_tokens\":50,\"completion_tokens\":1,\"total_tokens\":51}", "[50,1,51]"),
            ("{\"prompt_tokens\":50,\"completion_tokens\":1,\"total_tokens\":51}", "null"),
            ("\"id\":\"x\"", "\"error\":null"),
            ("\"id\":\"x\"", "\"error\":{\"message\":\"engine died\"}"),
            ("\"id\":\"x\"", "\"error\":false"),
            ("{\"role\":\"assistant\",\"content\":\"가\\n\\\"B\\\"\",\"tool_calls\":[]}", "[\"a\"]"),
            ("\"choices\":[", "\"choices\":[{\"index\":1},"),
            ("\"choices\":[", "\"choices\":[7,"),
            ("51}}", "51}"),
            ("51}}", "51}} {}"),
        ];
        for (from, to) in changes {
            let unusual = CHAT.replace(from, to);
            assert_ne!(unusual, CHAT, "{from}");
            let Some(plain) = Plain::read(unusual.as_bytes(), Form::Chat) else { continue };
            let value = serde_json::from_str(&unusual).map(Body::Whole);
            let general = value.map(|body| (Written::read(&body, Form::Chat, &[]), body.usage()));
            let body = Body::Plain(plain);
            assert_eq!(
                general.ok(),
                Some((Written::read(&body, Form::Chat, &[]), body.usage())),
                "{unusual}"
            );
        }
    }
}
