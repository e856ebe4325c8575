//! What a document expects: the right answer, as scoring needs it.

use serde::{Deserialize, Serialize};

/// The expected answer of one document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Target {
    /// One reference text.
    Text(String),
    /// Several reference texts, any of which is right.
    Texts(Vec<String>),
    /// The position of the right choice, from 0.
    Choice(usize),
    /// The positions of several right choices, from 0.
    Choices(Vec<usize>),
    /// Anything else that the document's field holds, for metrics that read structured targets.
    Value(serde_json::Value),
}

impl Target {
    /// The target as text for people; positions are shown as the choices' texts.
    pub fn shown(&self, choices: &[String]) -> String {
        let choice = |place: &usize| choices.get(*place).cloned().unwrap_or_else(|| place.to_string());
        match self {
            Self::Text(text) => text.clone(),
            Self::Texts(texts) => texts.join(" | "),
            Self::Choice(place) => choice(place),
            Self::Choices(places) => places.iter().map(choice).collect::<Vec<_>>().join(" | "),
            Self::Value(value) => value.to_string(),
        }
    }
}
