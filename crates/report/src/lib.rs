//! The report of a stage: one HTML file that opens offline, in Korean and English, light and dark.
//!
//! The page holds no script and loads nothing; its content security policy allows only its own style sheet,
//! by digest. Markup is built with `maud`, which escapes every value, and all text passes `visible` first,
//! which makes control characters and bidirectional overrides visible. So nothing that a candidate writes can
//! become markup or reorder what stands around it.
//!
//! The same input gives the same bytes: no clock, no map order, no environment.

#![deny(clippy::disallowed_methods, reason = "published figures are the same bits on every machine")]

mod analysis;
mod both;
mod candidates;
mod chart;
pub mod contest;
mod course;
mod criteria;
mod decision;
mod gates;
mod lineage;
mod names;
mod number;
mod page;
mod proof;
mod ranks;
mod reading;
mod rules;
mod samples;
pub mod single;
mod table;
mod tasks;
mod visible;
pub mod words;

pub use contest::{ContestCounts, ContestView, ExposureView};
pub use lineage::{LineageComponent, LineageTest, LineageView};

use daepyo_core::{
    CandidateId, Digest, Language, Localized, Outcome, Programme, Stage, SuiteId, TaskName, Verdict,
};
use daepyo_verdict::analysis::Analysis;

/// All that a report is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct ReportInput<'a> {
    /// The programme, for titles and names.
    pub programme: &'a Programme,
    /// The stage that was decided.
    pub stage: &'a Stage,
    /// What was decided.
    pub verdict: &'a Verdict,
    /// What it rests on, where that was computed.
    pub analysis: Option<&'a Analysis>,
    /// Comparisons of weights under gates of independence.
    pub lineage: &'a [LineageView],
    /// The closed contests that votes came from, in the order of the criteria.
    pub contests: &'a [ContestView],
    /// Scored documents with their texts. Of each candidate and task at most
    /// [`samples_per_task`](Self::samples_per_task) are shown, chosen so that every outcome that occurs is
    /// seen. Documents of a suite that is not revealed yet must not be among them.
    pub samples: &'a [SampleView],
    /// So many samples of each candidate and task at most; 0 leaves the section empty.
    pub samples_per_task: usize,
    /// SHA-256 of the sealed rules.
    pub rules_digest: Digest,
    /// Entries of the evidence log.
    pub log_size: u64,
    /// The signed note over the log's tree head, as text; empty where there is none yet.
    pub checkpoint: &'a str,
    /// The key that checks the note's signature, in the form of C2SP signed-note; empty where there is none.
    pub verifier_key: &'a str,
    /// The command that recomputes this verdict, such as `daepyo verify out`.
    pub verify_command: &'a str,
    /// `programme.toml` as it was written.
    pub rules_text: &'a str,
    /// What a reader must know before anything else, shown after the programme's own notes,
    /// none of them twice.
    pub notes: &'a [Localized],
    /// The language that shows first; the reader can switch.
    pub language: Language,
}

/// A scored document with what was asked and what came back.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleView {
    /// The candidate or reference.
    pub candidate: CandidateId,
    /// The suite.
    pub suite: SuiteId,
    /// The task.
    pub task: TaskName,
    /// The document's place in its split, from 0.
    pub document: u64,
    /// What the candidate was given.
    pub prompt: String,
    /// What came back, as it came; hostile.
    pub answer: String,
    /// What would have been right.
    pub target: String,
    /// The task's main metric for this document.
    pub score: f64,
    /// What happened.
    pub outcome: Outcome,
}

/// The report as one HTML document.
pub fn render(input: &ReportInput<'_>) -> String {
    page::render(input)
}
