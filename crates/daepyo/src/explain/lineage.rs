//! The words of the errors of files of weights, and of models that are asked for their behaviour.

use super::{Explained, phrases};
use daepyo_core::Localized;
use daepyo_lineage::behaviour::BehaviourError;
use daepyo_lineage::{Place, WeightsError, WeightsProblem};
use daepyo_messages::{Argument, Message};
use std::error::Error;

/// The file and the place stand under the code; the problem is the cause and follows on a line of its own.
pub(super) fn explain(error: &(dyn Error + 'static)) -> Option<Explained> {
    if let Some(error) = error.downcast_ref::<WeightsError>() {
        return Some(Explained::coded(error.code(), place(error)));
    }
    if let Some(error) = error.downcast_ref::<BehaviourError>() {
        return Some(Explained::coded(error.code(), behaviour(error)));
    }
    error.downcast_ref::<WeightsProblem>().map(|error| Explained::plain(problem(error)))
}

fn behaviour(error: &BehaviourError) -> Message {
    match error {
        BehaviourError::Unreadable { file, .. } => {
            Message::new("behaviour-unreadable").with("file", shown(file))
        }
        BehaviourError::Line { file, line } => {
            Message::new("behaviour-line").with("file", shown(file)).with("line", line.to_string())
        }
        BehaviourError::TooFewTexts { found, needed } => Message::new("behaviour-too-few-texts")
            .with("found", found.to_string())
            .with("needed", needed.to_string()),
        BehaviourError::TooFewDraws { draws, least, needed } => Message::new("behaviour-too-few-draws")
            .with("draws", draws.to_string())
            .with("least", format!("{least:.1e}"))
            .with("needed", format!("{needed:.1e}")),
        BehaviourError::Twice { model } => Message::new("behaviour-twice").with("model", shown(model)),
        BehaviourError::Unanswered { model, answered, asked, detail: why } => {
            Message::new("behaviour-unanswered")
                .with("model", shown(model))
                .with("answered", answered.to_string())
                .with("asked", asked.to_string())
                .with("detail", detail(why))
        }
    }
}

fn place(error: &WeightsError) -> Message {
    let message = match &error.place {
        None => Message::new("lineage-file"),
        Some(Place::Tensor(name)) => Message::new("lineage-tensor").with("tensor", quoted(name)),
        Some(Place::Byte(byte)) => Message::new("lineage-byte").with("byte", byte.to_string()),
    };
    message.with("file", shown(&error.file))
}

fn problem(error: &WeightsProblem) -> Message {
    match error {
        WeightsProblem::Io(_) => Message::new("lineage-unreadable"),
        WeightsProblem::NotWeights => Message::new("lineage-not-weights"),
        WeightsProblem::NoWeights => Message::new("lineage-no-weights"),
        WeightsProblem::Several(count) => Message::new("lineage-several").with("count", count.to_string()),
        WeightsProblem::Truncated { needed, found } => Message::new("lineage-truncated")
            .with("needed", needed.to_string())
            .with("found", found.to_string()),
        WeightsProblem::HeaderTooLarge { bytes, limit } => Message::new("lineage-header-too-large")
            .with("bytes", bytes.to_string())
            .with("limit", limit.to_string()),
        WeightsProblem::Header(what) => Message::new("lineage-header").with("detail", detail(what)),
        WeightsProblem::TooMany { what, count, limit } => Message::new("lineage-too-many")
            .with("what", counted(what))
            .with("count", count.to_string())
            .with("limit", limit.to_string()),
        WeightsProblem::UnknownEncoding(name) => {
            Message::new("lineage-unknown-encoding").with("name", shown(name))
        }
        WeightsProblem::Shape(shape) => Message::new("lineage-shape").with("shape", format!("{shape:?}")),
        WeightsProblem::Size { needed, found } => {
            Message::new("lineage-size").with("needed", needed.to_string()).with("found", found.to_string())
        }
        WeightsProblem::OutOfRange { start, end, file_bytes } => Message::new("lineage-out-of-range")
            .with("start", start.to_string())
            .with("end", end.to_string())
            .with("size", file_bytes.to_string()),
        WeightsProblem::Overlap(other) => Message::new("lineage-overlap").with("other", quoted(other)),
        WeightsProblem::Duplicate => Message::new("lineage-duplicate"),
        WeightsProblem::Index(what) => Message::new("lineage-index").with("detail", detail(what)),
        WeightsProblem::OutsideFolder(name) => {
            Message::new("lineage-outside-folder").with("name", quoted(name))
        }
        WeightsProblem::Link => Message::new("lineage-link"),
        WeightsProblem::Pickle(what) => Message::new("lineage-pickle").with("what", detail(what)),
        WeightsProblem::Unsupported(what) => Message::new("lineage-unsupported").with("what", detail(what)),
        WeightsProblem::Changed => Message::new("lineage-changed"),
    }
}

/// A name out of the file, as it stands between quotation marks.
fn quoted(name: &str) -> String {
    name.escape_debug().to_string()
}

/// Text that a stranger may have chosen: as it is, unless it would break its line or turn what stands around it.
fn shown(text: &str) -> String {
    let is_plain = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.chars().all(is_plain) { text.to_owned() } else { quoted(text) }
}

fn detail(text: &str) -> Argument {
    phrases::detail(&shown(text))
}

/// What there is too much of.
fn counted(what: &str) -> Argument {
    let known = COUNTED.iter().find(|(en, _)| *en == what);
    let ko = known.map_or_else(|| format!("`{what}`"), |(_, ko)| (*ko).to_owned());
    Localized { ko, en: what.to_owned() }.into()
}

const COUNTED: &[(&str, &str)] = &[
    ("arguments or dimensions", "인수나 차원"),
    ("bytes of a name", "한 이름의 바이트"),
    ("bytes of a text", "한 글의 바이트"),
    ("bytes of a token", "한 토큰의 바이트"),
    ("bytes of names", "이름의 바이트"),
    ("dimensions", "차원"),
    ("levels of values in values", "겹쳐 든 값의 겹"),
    ("marks on the stack of a pickle", "피클 스택의 표시"),
    ("settings", "설정"),
    ("tensors", "텐서"),
    ("values in a pickle", "피클의 값"),
    ("values in the memo of a pickle", "피클 메모의 값"),
    ("values on the stack of a pickle", "피클 스택의 값"),
    ("values under names", "이름이 붙은 값"),
];
