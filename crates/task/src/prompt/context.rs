//! The conversation before an answer: description, examples, question; put together as lm-eval does.

use super::fields::{Doc, Fields, Question, integer};
use crate::{
    TaskError,
    python::{is_space, py_str},
    taskfile::TaskConfig,
};
use daepyo_core::{Message, Role};
use serde_json::Value;

/// One turn, and what follows it in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    role: Role,
    content: String,
    delimiter: String,
}

impl Piece {
    fn new(role: Role, content: impl Into<String>, delimiter: impl Into<String>) -> Self {
        Self { role, content: content.into(), delimiter: delimiter.into() }
    }
}

/// What stands before an answer, or before each of several answers where the choices are in the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    /// One conversation, or one for each choice.
    pub(crate) conversations: Vec<Vec<Piece>>,
    /// The answer begins with a prefix that is part of the conversation.
    pub(crate) has_prefix: bool,
}

/// The parts of a task that shape its conversations.
pub(crate) struct Builder<'a> {
    pub(crate) config: &'a TaskConfig,
    pub(crate) fields: &'a Fields,
    pub(crate) system_instruction: Option<&'a str>,
    /// The choices stand in the question; the answer is the same for all.
    pub(crate) multiple_input: bool,
}

impl Builder<'_> {
    /// The turns of one few-shot example.
    pub(crate) fn example(&self, doc: &Doc) -> Result<Vec<Piece>, TaskError> {
        let fewshot = &self.config.fewshot;
        let mut choices =
            if self.fields.has_choice(true) { Some(self.fields.choices(doc, true)?) } else { None };
        let target = self.fields.target(doc, true)?;
        let question = match self.fields.question(doc, true)? {
            Question::Index(index, _) if self.multiple_input => {
                let chosen = self.pick(doc, choices.as_deref().unwrap_or_default(), index, "doc_to_text")?;
                choices = None;
                chosen
            }
            Question::Text(text) | Question::Index(_, text) => text,
        };
        let answer = self.answer(doc, &target, choices.as_deref())?;
        let prefix = self.fields.prefix(doc, true)?;
        Ok(turn(
            &question,
            answer.as_deref(),
            prefix.as_deref(),
            &fewshot.target_delimiter,
            &fewshot.fewshot_delimiter,
        ))
    }

    /// `choices[index]` as Python indexes, where -1 is the last one.
    fn pick(&self, doc: &Doc, choices: &[String], index: i64, key: &str) -> Result<String, TaskError> {
        let length = i64::try_from(choices.len()).unwrap_or(i64::MAX);
        let place = if index < 0 { index + length } else { index };
        usize::try_from(place)
            .ok()
            .and_then(|place| choices.get(place))
            .cloned()
            .ok_or_else(|| self.fields.wrong(doc, key, format!("there is no choice {index} among {length}")))
    }

    fn answer(
        &self,
        doc: &Doc,
        target: &Value,
        choices: Option<&[String]>,
    ) -> Result<Option<String>, TaskError> {
        let first = match target {
            Value::Null => return Ok(None),
            Value::String(text) if text.is_empty() => return Ok(None),
            Value::Array(items) => {
                items.first().ok_or_else(|| self.fields.wrong(doc, "doc_to_target", "gives an empty list"))?
            }
            other => other,
        };
        match (choices, integer(first)) {
            (Some(choices), Some(index)) => self.pick(doc, choices, index, "doc_to_target").map(Some),
            _ => Ok(Some(py_str(first))),
        }
    }

    /// The conversation for `doc` after the turns of its examples.
    pub(crate) fn context<'p>(
        &self,
        doc: &Doc,
        examples: impl Iterator<Item = &'p Vec<Piece>>,
    ) -> Result<Context, TaskError> {
        let mut pieces = Vec::new();
        let description = self.fields.description(doc)?.unwrap_or_default();
        let system = delimit(
            self.system_instruction.unwrap_or_default(),
            &description,
            &self.config.fewshot_delimiter,
        );
        if !system.is_empty() {
            pieces.push(Piece::new(Role::System, system, ""));
        }
        pieces.extend(examples.flatten().cloned());
        let prefix = self.fields.prefix(doc, false)?;
        let prefix = prefix.as_deref();
        let conversations = if self.multiple_input {
            let choices = self.fields.choices(doc, false)?;
            let with = |choice: &String| [pieces.clone(), turn(choice, None, prefix, "", "\n\n")].concat();
            choices.iter().map(with).collect()
        } else {
            let (Question::Text(question) | Question::Index(_, question)) =
                self.fields.question(doc, false)?;
            pieces.extend(turn(&question, None, prefix, &self.config.target_delimiter, ""));
            vec![pieces]
        };
        Ok(Context { conversations, has_prefix: prefix.is_some() })
    }
}

/// A question with its answer, or with the beginning of one.
fn turn(
    question: &str,
    answer: Option<&str>,
    prefix: Option<&str>,
    target_delimiter: &str,
    fewshot_delimiter: &str,
) -> Vec<Piece> {
    let delimiter = match (answer, prefix) {
        (Some(_), None) => target_delimiter,
        (_, Some(prefix)) if needs_delimiter(question, prefix) => target_delimiter,
        _ => "",
    };
    let mut pieces = vec![Piece::new(Role::User, question, delimiter)];
    match (answer, prefix) {
        (Some(answer), prefix) => {
            let content = delimit(prefix.unwrap_or_default(), answer, " ");
            pieces.push(Piece::new(Role::Assistant, content, fewshot_delimiter));
        }
        (None, Some(prefix)) => pieces.push(Piece::new(Role::Assistant, prefix, "")),
        (None, None) => {}
    }
    pieces
}

fn needs_delimiter(before: &str, after: &str) -> bool {
    !before.is_empty() && !before.ends_with(is_space) && !after.starts_with(is_space)
}

fn delimit(before: &str, after: &str, delimiter: &str) -> String {
    if before.is_empty() || after.is_empty() {
        return format!("{before}{after}");
    }
    if needs_delimiter(before, after) {
        format!("{before}{delimiter}{after}")
    } else {
        format!("{before}{after}")
    }
}

/// The conversation as plain text.
pub(crate) fn plain(pieces: &[Piece]) -> String {
    pieces.iter().flat_map(|piece| [piece.content.as_str(), piece.delimiter.as_str()]).collect()
}

/// The conversation as messages: each turn its own, or all turns of the user and of the examples as one.
pub(crate) fn messages(pieces: &[Piece], multiturn: bool) -> Vec<Message> {
    let message = |piece: &Piece| Message { role: piece.role, content: piece.content.clone() };
    if multiturn {
        return pieces.iter().map(message).collect();
    }
    let (system, rest) = match pieces.split_first() {
        Some((first, rest)) if first.role == Role::System => (Some(first), rest),
        _ => (None, pieces),
    };
    let (body, last) = match rest.split_last() {
        Some((last, body)) if last.role == Role::Assistant => (body, Some(last)),
        _ => (rest, None),
    };
    let mut text = plain(body);
    if let Some(end) = body.last() {
        text.truncate(text.len() - end.delimiter.len());
    }
    let user = Message { role: Role::User, content: text };
    system.map(message).into_iter().chain([user]).chain(last.map(message)).collect()
}
