//! Entries of the evidence log: the sealed rules, what was measured, observations, the verdict, the manifest.

use crate::StageError;
use daepyo_backend::{Capabilities, ChatSupport};
use daepyo_core::{CandidateId, Digest, Observation, ProgrammeId, StageId, canonical};
use serde::{Deserialize, Serialize};

/// The first entry: the rules, before anything is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesRecord {
    /// `rules`.
    pub kind: String,
    /// The programme.
    pub programme: ProgrammeId,
    /// Version of the rules.
    pub version: u32,
    /// The stage.
    pub stage: StageId,
    /// SHA-256 of `rules.json`.
    pub digest: Digest,
}

/// One entry a candidate or reference: what was measured, and how its prompts were made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredRecord {
    /// `measured`.
    pub kind: String,
    /// The candidate or reference.
    pub candidate: CandidateId,
    /// Its submission's digest.
    pub digest: Digest,
    /// Its chat template, where prompts go through one.
    pub chat: ChatRecord,
    /// Tokens of prompt and answer together, where known.
    pub context_tokens: Option<u32>,
}

/// How prompts were made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "style", rename_all = "snake_case", deny_unknown_fields)]
pub enum ChatRecord {
    /// Plain text.
    Plain,
    /// The server's own template.
    Native,
    /// The model's own template.
    Template {
        /// Jinja.
        source: String,
        /// Beginning-of-text.
        bos: String,
        /// End-of-text.
        eos: String,
    },
}

impl MeasuredRecord {
    /// What can be said of a submission's prompts without asking: a server gets messages or plain text. None for the
    /// others, which hold their own template.
    pub(crate) fn assumed(submission: &daepyo_core::Submission) -> Option<Self> {
        let is_server = matches!(submission.model, daepyo_core::ModelSpec::OpenAi { .. });
        is_server.then(|| Self {
            kind: "measured".to_owned(),
            candidate: submission.id.clone(),
            digest: submission.digest,
            chat: if submission.chat_template { ChatRecord::Native } else { ChatRecord::Plain },
            context_tokens: None,
        })
    }

    /// What `capabilities` make of a submission.
    pub(crate) fn new(submission: &daepyo_core::Submission, capabilities: &Capabilities) -> Self {
        let chat = match (&capabilities.chat, submission.chat_template) {
            (ChatSupport::Template { source, bos, eos }, true) => {
                ChatRecord::Template { source: source.clone(), bos: bos.clone(), eos: eos.clone() }
            }
            (ChatSupport::Native, true) => ChatRecord::Native,
            (ChatSupport::None, _) | (ChatSupport::Template { .. } | ChatSupport::Native, false) => {
                ChatRecord::Plain
            }
        };
        Self {
            kind: "measured".to_owned(),
            candidate: submission.id.clone(),
            digest: submission.digest,
            chat,
            context_tokens: capabilities.context_tokens,
        }
    }
}

/// A later entry that names a file by its digest: `verdict` or `manifest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// `verdict` or `manifest`.
    pub kind: String,
    /// SHA-256 of `verdict.json` or `manifest.json`.
    pub digest: Digest,
}

/// Any entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// The rules.
    Rules(RulesRecord),
    /// What was measured.
    Measured(MeasuredRecord),
    /// An observation.
    Observation(Box<Observation>),
    /// The verdict.
    Verdict(FileRecord),
    /// The manifest.
    Manifest(FileRecord),
}

impl Record {
    /// The canonical bytes, as they stand in the log.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StageError> {
        let bytes = match self {
            Self::Rules(record) => canonical::to_bytes(record),
            Self::Measured(record) => canonical::to_bytes(record),
            Self::Observation(observation) => canonical::to_bytes(observation),
            Self::Verdict(record) | Self::Manifest(record) => canonical::to_bytes(record),
        };
        bytes.map_err(|cause| StageError::Canonical { what: "a log entry", cause })
    }

    /// Reads an entry; `None` where it is none of daepyo's, or not in canonical form.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        let kind = value.get("kind")?.as_str()?.to_owned();
        let record = match kind.as_str() {
            "rules" => Self::Rules(serde_json::from_value(value).ok()?),
            "measured" => Self::Measured(serde_json::from_value(value).ok()?),
            "verdict" => Self::Verdict(serde_json::from_value(value).ok()?),
            "manifest" => Self::Manifest(serde_json::from_value(value).ok()?),
            _ => Self::Observation(serde_json::from_value(value).ok()?),
        };
        (record.to_bytes().ok()? == bytes).then_some(record)
    }
}
