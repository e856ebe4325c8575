//! Corrections from a file with one JSON object a line, each checked, all bad lines reported at once.

use crate::csv_rows::Rows;
use crate::json_lines::{Line, lines, unreadable};
use daepyo_core::{Correction, Digest, Observation, StageId};
use daepyo_messages::Message;
use serde_json::Value;

const KEYS: [&str; 3] = ["corrects", "replacement", "reason"];

/// Corrections, from the keys `corrects` (the digest of what was wrong), `replacement` (a whole observation, or `null`
/// where nothing stands in its place) and `reason`.
pub fn read_corrections(source: &[u8], stage: &StageId) -> Rows<Correction> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (line, text) in lines(source) {
        found.extend(correction(&mut Line { line, problems: &mut problems }, text, stage));
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn correction(line: &mut Line<'_>, text: &[u8], stage: &StageId) -> Option<Correction> {
    let mut object = line.object(text, &KEYS)?;
    let (corrects, reason) = (line.parse::<Digest>(&object, "corrects"), line.text(&object, "reason"));
    let replacement = match object.remove("replacement") {
        // Left out by a slip is not the same as nothing.
        None => {
            line.problem(Some("replacement"), Message::new("row-missing-key"));
            return None;
        }
        Some(Value::Null) => None,
        Some(value) => match serde_json::from_value::<Observation>(value) {
            Ok(observation) => Some(Box::new(observation)),
            Err(error) => {
                line.problem(Some("replacement"), unreadable(&error));
                return None;
            }
        },
    };
    Some(Correction { stage: stage.clone(), corrects: corrects?, replacement, reason: reason? })
}
