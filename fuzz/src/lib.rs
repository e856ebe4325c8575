//! What the fuzz targets share: inputs of several parts, logs to attack, and scoring with one filter.

use daepyo_core::{Finish, Response};
use daepyo_evidence::{Log, SigningKey};
use daepyo_task::Target;
use daepyo_task::score::{ScoreInput, Scored, Scorer};
use serde_json::{Map, Value};
use std::path::Path;
use tempfile::TempDir;

/// Stands between the parts of an input, on a line of its own, so that seeds can be written and read by people.
const BORDER: &str = "\n====\n";

/// The parts of an input; those that are not there are empty. `None` where it is not UTF-8.
pub fn parts<const N: usize>(data: &[u8]) -> Option<[&str; N]> {
    let mut parts = std::str::from_utf8(data).ok()?.splitn(N, BORDER);
    Some([(); N].map(|()| parts.next().unwrap_or_default()))
}

/// A log of three entries whose key has the given seed byte, in a folder in memory where the system has one.
pub fn log(seed: u8) -> (TempDir, Log) {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let folder = folder.expect("a folder can be made");
    let key = SigningKey::from_seed("example.org/log", &[seed; 32]).expect("a valid name");
    let mut log = Log::create(folder.path(), key).expect("an empty folder");
    for entry in ["first", "second", "third"] {
        log.append(&[entry]).expect("the folder can be written");
    }
    (folder, log)
}

/// What `scorer` says of one written answer.
pub fn score(scorer: &Scorer, written: &str, target: &Target, choices: &[String], prompt: &str) -> Scored {
    let responses = [Response::Generated {
        text: written.to_owned(),
        finish: Finish::Stop,
        prompt_tokens: None,
        completion_tokens: None,
    }];
    let doc = Map::new();
    scorer.score(&ScoreInput { responses: &responses, target, choices, doc: &doc, prompt })
}

/// The scoring of a written answer with one filter.
pub fn with_filter(filter: Value) -> Option<Scorer> {
    let filters = serde_json::json!([{"name": "f", "filter": [filter, {"function": "take_first"}]}]);
    Scorer::compile("generate_until", &filters, &serde_json::json!([{"metric": "exact_match"}]), false).ok()
}
