//! Reads Inspect's `.eval` logs: what the model was given, and what it wrote.
//!
//! A sample answers the messages that stood before its last answer, and its `input` where no other turn came between.
//! Samples with pictures, tools or without an answer are passed over: no request of daepyo's is like them.

use super::{FormatProblem, FormatReadError, ROUNDING_NATS};
use crate::inspect::LIKELIHOODS;
use crate::plain_json;
use crate::zip::{Member, ZipProblem, ZipReader};
use daepyo_backend::{Recorded, Recording};
use daepyo_core::{Finish, Message, Prompt, Role};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::{Read, Seek};

/// The responses in a log.
///
/// # Errors
/// With the member that can't be used.
pub fn read_inspect(file: impl Read + Seek) -> Result<Recording, FormatReadError> {
    let wrong = |problem| FormatReadError { place: "the archive".to_owned(), problem };
    let zip_wrong = |problem| wrong(FormatProblem::Zip(problem));
    let mut zip = ZipReader::open(file).map_err(zip_wrong)?;
    let members = samples(zip.members());
    if members.is_empty() {
        let known = zip.members().iter().any(|member| member.name == "header.json");
        let problem = if known { "it has no samples" } else { "it is not a log of Inspect" };
        return Err(wrong(FormatProblem::Content(problem.to_owned())));
    }
    let plain: Vec<Member> = members.iter().map(|(member, _)| member.clone()).collect();
    if let Some(member) = zip.overlapping(&plain).and_then(|place| plain.get(place)) {
        let place = shown(member);
        return Err(FormatReadError { place, problem: FormatProblem::Zip(ZipProblem::Overlap) });
    }
    let repeated = members.iter().any(|(_, epoch)| *epoch > 1);
    let mut recording = Recording::rounded(ROUNDING_NATS);
    for (number, (member, epoch)) in (1..).zip(&members) {
        let wrong = |problem| FormatReadError { place: shown(member), problem };
        let bytes = zip.read(member).map_err(|problem| wrong(FormatProblem::Zip(problem)))?;
        let sample: Sample =
            plain_json::from_slice(&bytes).map_err(|error| wrong(FormatProblem::Json(error)))?;
        let repeat = repeated.then_some(epoch - 1);
        for recorded in sample.recorded(repeat).map_err(|problem| wrong(FormatProblem::Content(problem)))? {
            recording.add(number, recorded).map_err(|error| wrong(FormatProblem::Response(error)))?;
        }
    }
    Ok(recording)
}

/// A member's name as text that a terminal can show.
fn shown(member: &Member) -> String {
    format!("member {:?}", member.name)
}

/// The members that hold samples, with their epoch. Where a name stands twice the later one counts, as for Inspect.
fn samples(members: &[Member]) -> Vec<(Member, u64)> {
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, member) in members.iter().enumerate() {
        last.insert(&member.name, place);
    }
    let of = |(place, member): (usize, &Member)| {
        let name = member.name.strip_prefix("samples/")?.strip_suffix(".json")?;
        let epoch = name.rsplit_once("_epoch_")?.1.parse().ok().filter(|epoch| *epoch > 0)?;
        (last.get(member.name.as_str()) == Some(&place)).then(|| (member.clone(), epoch))
    };
    members.iter().enumerate().filter_map(of).collect()
}

#[derive(Deserialize)]
struct Sample {
    #[serde(default)]
    input: Value,
    #[serde(default)]
    messages: Vec<Value>,
    #[serde(default)]
    output: Output,
    #[serde(default)]
    metadata: Map<String, Value>,
    #[serde(default)]
    attachments: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct Output {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Value,
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    input_tokens: Option<u32>,
    output_tokens: Option<u32>,
}

#[derive(Deserialize)]
struct Judged {
    context: Option<String>,
    continuation: Option<String>,
    rolling: Option<String>,
    logprob: f64,
    #[serde(default)]
    is_greedy: bool,
    tokens: u32,
}

impl Sample {
    fn recorded(&self, repeat: Option<u64>) -> Result<Vec<Recorded>, String> {
        if let Some(judged) = self.metadata.get(LIKELIHOODS) {
            return likelihoods(judged);
        }
        let mut found = Vec::new();
        let prompts = self.prompts();
        let several = self.output.choices.len() > 1;
        for (place, choice) in (0..).zip(&self.output.choices) {
            let Some(text) = self.text(choice.message.get("content")) else { continue };
            let usage = self.output.usage.as_ref().filter(|_| !several);
            for prompt in &prompts {
                found.push(Recorded::Generation {
                    prompt: prompt.clone(),
                    repeat: if several { Some(place) } else { repeat },
                    text: text.clone(),
                    finish: finish(choice.stop_reason.as_deref()),
                    prompt_tokens: usage.and_then(|usage| usage.input_tokens),
                    completion_tokens: usage.and_then(|usage| usage.output_tokens),
                });
            }
        }
        Ok(found)
    }

    /// What the answer answers: the messages before it, and the input where it is the same conversation.
    fn prompts(&self) -> Vec<Prompt> {
        let input = match &self.input {
            Value::String(text) => Some(vec![Message { role: Role::User, content: self.attached(text) }]),
            Value::Array(messages) => self.conversation(messages),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        };
        let of_model = |message: &Value| message.get("role").and_then(Value::as_str) == Some("assistant");
        let given = self.messages.iter().rposition(of_model).and_then(|last| self.messages.get(..last));
        let given = given.filter(|given| !given.is_empty()).map(|given| self.conversation(given));
        let mut prompts = Vec::new();
        match (given, input) {
            // A turn that is not read: what the model was given can't be told.
            (Some(None), _) | (None, None) => {}
            (None, Some(input)) => prompts.push(prompt(input)),
            (Some(Some(given)), input) => {
                let turns =
                    |messages: &[Message]| messages.iter().filter(|one| one.role != Role::System).count();
                let input = input.filter(|input| turns(input) == turns(&given)).map(prompt);
                let given = prompt(given);
                prompts.extend(input.filter(|input| *input != given));
                prompts.push(given);
            }
        }
        prompts
    }

    fn conversation(&self, messages: &[Value]) -> Option<Vec<Message>> {
        let of = |message: &Value| {
            let role = serde_json::from_value(message.get("role")?.clone()).ok()?;
            Some(Message { role, content: self.text(message.get("content"))? })
        };
        messages.iter().map(of).collect()
    }

    /// A message's content where it is text; a model's reasoning is no part of it.
    fn text(&self, content: Option<&Value>) -> Option<String> {
        match content? {
            Value::String(text) => Some(self.attached(text)),
            Value::Array(parts) => {
                let mut whole = String::new();
                for part in parts {
                    match part.get("type")?.as_str()? {
                        "text" => whole.push_str(&self.attached(part.get("text")?.as_str()?)),
                        "reasoning" => {}
                        _ => return None,
                    }
                }
                Some(whole)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }

    /// Long texts may stand once among the attachments.
    fn attached(&self, text: &str) -> String {
        let found = text.strip_prefix("attachment://").and_then(|name| self.attachments.get(name));
        found.map_or_else(|| text.to_owned(), Clone::clone)
    }
}

/// One user turn alone is a text, which answers both a text and messages that end with it.
pub(super) fn prompt(messages: Vec<Message>) -> Prompt {
    match messages.as_slice() {
        [one] if one.role == Role::User => Prompt::Text(one.content.clone()),
        _ => Prompt::Chat(messages),
    }
}

fn finish(reason: Option<&str>) -> Finish {
    match reason {
        Some("max_tokens" | "model_length") => Finish::Length,
        Some("content_filter") => Finish::ContentFilter,
        _ => Finish::Stop,
    }
}

fn likelihoods(judged: &Value) -> Result<Vec<Recorded>, String> {
    let judged: Vec<Judged> = Deserialize::deserialize(judged)
        .map_err(|error| format!("its metadata's `{LIKELIHOODS}` can't be read: {error}"))?;
    judged
        .into_iter()
        .map(|one| match (one.context, one.continuation, one.rolling) {
            (Some(context), Some(continuation), None) => Ok(Recorded::Loglikelihood {
                context,
                continuation,
                logprob: one.logprob,
                is_greedy: one.is_greedy,
                tokens: one.tokens,
            }),
            (None, None, Some(text)) => {
                Ok(Recorded::Rolling { text, logprob: one.logprob, tokens: one.tokens })
            }
            _ => Err(format!("its metadata's `{LIKELIHOODS}` has neither a continuation nor a text")),
        })
        .collect()
}
