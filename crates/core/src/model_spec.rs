//! Where a candidate's answers come from: `llama:FILE.gguf`, `openai:URL?model=NAME`, `replay:FILE.jsonl`.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A source of answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ModelSpec {
    /// A GGUF file, run in process.
    Llama {
        /// Path of the file, relative to the programme file.
        file: String,
    },
    /// An OpenAI-compatible server.
    OpenAi {
        /// Base address, such as `http://127.0.0.1:8000/v1`, without a final `/`.
        url: String,
        /// The `model` of each request.
        model: String,
    },
    /// Recorded responses, one JSON object a line.
    Replay {
        /// Path of the file, relative to the programme file.
        file: String,
    },
}

/// Text that is not a model spec.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `llama:FILE.gguf`, `openai:URL?model=NAME` or `replay:FILE.jsonl`")]
pub struct ModelSpecError(String);

impl ModelSpecError {
    /// The text that is none.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModelSpec {
    type Err = ModelSpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ModelSpecError(text.to_owned());
        let (kind, rest) = text.split_once(':').ok_or_else(wrong)?;
        if rest.is_empty() || rest.chars().any(char::is_control) {
            return Err(wrong());
        }
        match kind {
            "llama" => Ok(Self::Llama { file: rest.to_owned() }),
            "replay" => Ok(Self::Replay { file: rest.to_owned() }),
            "openai" => {
                let (url, model) = rest.split_once("?model=").ok_or_else(wrong)?;
                let http = url.starts_with("http://") || url.starts_with("https://");
                if !http || model.is_empty() {
                    return Err(wrong());
                }
                Ok(Self::OpenAi { url: url.trim_end_matches('/').to_owned(), model: model.to_owned() })
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for ModelSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Llama { file } => write!(f, "llama:{file}"),
            Self::OpenAi { url, model } => write!(f, "openai:{url}?model={model}"),
            Self::Replay { file } => write!(f, "replay:{file}"),
        }
    }
}

impl TryFrom<String> for ModelSpec {
    type Error = ModelSpecError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ModelSpec> for String {
    fn from(spec: ModelSpec) -> Self {
        spec.to_string()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for ModelSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ModelSpec".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(llama|openai|replay):.+$" })
    }
}
