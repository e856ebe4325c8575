//! What a finished shard says of itself: `shard.json`, beside its answers in `responses.jsonl`.

use super::Shard;
use super::error::{Difference, ShardError, listed};
use crate::StageError;
use crate::plan::MeasuredPlan;
use crate::record::MeasuredRecord;
use crate::suites::LoadedSuite;
use daepyo_backend::Charge;
use daepyo_core::{Date, Digest, Digester, ModelSpec, Price, canonical};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The record's file; where it is, the shard is finished.
pub(super) const RECORD: &str = "shard.json";

/// The answers' file: one exchange a line, in the plan's order.
pub(super) const RESPONSES: &str = "responses.jsonl";

/// A record is no longer than this; fourteen thousand tasks take three million bytes.
pub(super) const RECORD_BYTES: u64 = 64 << 20;

/// Version of the form.
const FORMAT: u32 = 1;

/// A finished shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardRecord {
    /// `shard`.
    pub kind: String,
    /// Version of this form; 1.
    pub format: u32,
    /// Which part, from 0.
    pub shard: u32,
    /// Of how many.
    pub shards: u32,
    /// Of which plan.
    pub planned: Planned,
    /// Where the answers came from; a path may differ from machine to machine.
    pub model: ModelSpec,
    /// The price of a server's tokens, where one was given.
    pub price: Option<Price>,
    /// How it was asked for, so that the plan can be made again.
    pub asked: Asked,
    /// Requests of this part.
    pub requests: u64,
    /// Of them, those that got no answer.
    pub failures: u64,
    /// SHA-256 of `responses.jsonl`.
    pub responses: Digest,
    /// What was spent on the model's server.
    pub spent: SpentRecord,
    /// The day on which it was finished.
    pub date: Date,
    /// The version of daepyo that wrote it.
    pub version: String,
}

/// A plan, as far as the parts of it must agree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// What is measured, and how its prompts are made.
    pub measured: MeasuredRecord,
    /// The tasks, in order.
    pub tasks: Vec<ShardTask>,
    /// SHA-256 over every document and its requests, in order.
    pub requests: Digest,
}

/// A task of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardTask {
    /// Its name.
    pub task: String,
    /// Its own version, where it has one.
    pub version: Option<String>,
    /// Documents that are measured.
    pub documents: u64,
    /// SHA-256 over the digests of every file that it was read from.
    pub files: Digest,
}

/// The options with which a plan is made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Tasks, groups or tags.
    pub tasks: Vec<String>,
    /// Folders with task files.
    pub include_paths: Vec<String>,
    /// Folder with data sets.
    pub data_root: Option<String>,
    /// At most so many documents a task.
    pub limit: Option<u64>,
    /// Few-shot examples, where not the task's own number.
    pub num_fewshot: Option<u32>,
    /// Whether prompts go through the model's chat template.
    pub chat_template: bool,
    /// How results are written, by the formats' names.
    pub formats: Vec<String>,
}

/// What was spent on a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpentRecord {
    /// Requests that carry a prompt, retries and probes among them.
    pub requests: u64,
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
    /// Of the requests, those whose tokens the server did not tell.
    pub untold: u64,
}

impl From<Charge> for SpentRecord {
    fn from(charge: Charge) -> Self {
        let Charge { requests, prompt_tokens, completion_tokens, untold } = charge;
        Self { requests, prompt_tokens, completion_tokens, untold }
    }
}

impl From<SpentRecord> for Charge {
    fn from(spent: SpentRecord) -> Self {
        let SpentRecord { requests, prompt_tokens, completion_tokens, untold } = spent;
        Self { requests, prompt_tokens, completion_tokens, untold }
    }
}

impl ShardRecord {
    /// The kind and version that this program writes.
    pub(super) fn form() -> (String, u32) {
        ("shard".to_owned(), FORMAT)
    }

    /// The canonical bytes, `shard.json`.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, StageError> {
        canonical::to_bytes(self)
            .map_err(|cause| StageError::Canonical { what: "the record of a shard", cause })
    }

    /// Reads a record that lies at `place`.
    pub(super) fn parse(bytes: &[u8], place: &str) -> Result<Self, ShardError> {
        let damaged = |problem: String| ShardError::Damaged { place: format!("{place}/{RECORD}"), problem };
        let record: Self = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        if (record.kind.clone(), record.format) != Self::form() {
            return Err(damaged("another kind or version of record".to_owned()));
        }
        if record.shard().is_none() {
            return Err(damaged("a shard that its number of shards does not have".to_owned()));
        }
        Ok(record)
    }

    /// Which part it is; none where there is no such part.
    pub(super) const fn shard(&self) -> Option<Shard> {
        Shard::new(self.shard, self.shards)
    }

    /// In what this shard's evaluation and another's differ.
    pub(super) fn difference(&self, other: &Self) -> Option<Difference> {
        if self.shards != other.shards {
            return Some(Difference::Count { one: self.shards, other: other.shards });
        }
        self.planned.difference(&other.planned)
    }
}

impl Planned {
    pub(super) fn of(plan: &MeasuredPlan, measured: &MeasuredRecord, suites: &[LoadedSuite]) -> Self {
        let mut digester = Digester::default();
        let mut tasks = Vec::new();
        for (place, planned) in plan.tasks.iter().enumerate() {
            let suite = suites.get(planned.suite);
            let Some(loaded) = suite.and_then(|suite| suite.tasks.get(planned.task)) else { continue };
            let mut files: Vec<_> = loaded.task.files().into_iter().map(|(_, digest)| digest).collect();
            files.sort_unstable();
            files.dedup();
            let files: Vec<u8> = files.iter().flat_map(|digest| *digest.as_bytes()).collect();
            let task = ShardTask {
                task: loaded.task.name().to_owned(),
                version: loaded.task.config().version(),
                documents: u64::try_from(planned.len()).unwrap_or(u64::MAX),
                files: Digest::of(&files),
            };
            // Each part has its length before it, so that no two plans have the same bytes.
            digester.update(&task.documents.to_be_bytes());
            digester.update(planned.documents.as_bytes());
            for document in 0..planned.len() {
                let requests: Vec<Digest> = plan.digests_of(place, document).collect();
                digester.update(&u64::try_from(requests.len()).unwrap_or(u64::MAX).to_be_bytes());
                for digest in &requests {
                    digester.update(digest.as_bytes());
                }
            }
            tasks.push(task);
        }
        Self { measured: measured.clone(), tasks, requests: digester.finish() }
    }

    pub(super) fn difference(&self, other: &Self) -> Option<Difference> {
        if (&self.measured.candidate, self.measured.digest)
            != (&other.measured.candidate, other.measured.digest)
        {
            return Some(Difference::Model);
        }
        if self.measured.chat != other.measured.chat {
            return Some(Difference::Template);
        }
        let names = differing(&self.tasks, &other.tasks);
        if !names.is_empty() {
            return Some(Difference::Tasks { names: listed(&names) });
        }
        // The same tasks in another order make other requests, too.
        (self.tasks != other.tasks || self.requests != other.requests).then_some(Difference::Requests)
    }
}

/// Names of the tasks that are not in both lists as the same, sorted.
fn differing(one: &[ShardTask], other: &[ShardTask]) -> Vec<String> {
    let by_name = |tasks: &[ShardTask]| -> BTreeMap<String, ShardTask> {
        tasks.iter().map(|task| (task.task.clone(), task.clone())).collect()
    };
    let (one, other) = (by_name(one), by_name(other));
    let mut names: Vec<_> = one.keys().chain(other.keys()).collect();
    names.sort();
    names.dedup();
    let differ = names.into_iter().filter(|name| one.get(*name) != other.get(*name));
    differ.map(|name| format!("`{name}`")).collect()
}
