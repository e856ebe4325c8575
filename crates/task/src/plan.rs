//! From documents to requests: what is asked of a candidate for each document, and what is expected.

use crate::{
    Target, Task, TaskError,
    prompt::{ChatStyle, Context, Doc, Piece, Question, integer, messages, plain},
    python::{is_space, py_str},
    taskfile::{OutputType, TaskConfig},
};
use daepyo_core::{Digest, GenerateParams, Message, Prompt, Request, Role, canonical};
use serde_json::{Value, json};

/// One document with all that is asked about it and all that scoring needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The document's place in its split, from 0.
    pub document: u64,
    /// SHA-256 of the document's canonical form.
    pub document_digest: Digest,
    /// The text of the field that `metadata.cluster` names, else the document's place.
    pub cluster: String,
    /// What is asked, in order. For multiple choice one request a choice, then, where `acc_mutual_info` is measured,
    /// one a choice without context. For generation one a repeat.
    pub requests: Vec<Request>,
    /// What is expected.
    pub target: Target,
    /// The choices; empty where the task has none.
    pub choices: Vec<String>,
    /// What guessing scores on average: right choices over choices, else 0.
    pub guess: f64,
    /// The prompt, for people.
    pub input: String,
}

/// A context in the form in which it is sent.
enum Rendered {
    Text(String),
    Chat(Vec<Message>),
}

impl Rendered {
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Chat(messages) => {
                let turns: Vec<String> = messages
                    .iter()
                    .map(|message| {
                        let role = match message.role {
                            Role::System => "system",
                            Role::User => "user",
                            Role::Assistant => "assistant",
                        };
                        format!("{role}: {}", message.content)
                    })
                    .collect();
                turns.join("\n")
            }
        }
    }
}

fn render(
    task: &Task,
    pieces: &[Piece],
    has_prefix: bool,
    style: ChatStyle<'_>,
) -> Result<Rendered, TaskError> {
    let generates = task.config.output_type == OutputType::GenerateUntil;
    Ok(match style {
        ChatStyle::Template(template) => {
            let messages = messages(pieces, task.fewshot_as_multiturn());
            Rendered::Text(template.render(&messages, !has_prefix)?)
        }
        ChatStyle::Native if generates => Rendered::Chat(messages(pieces, task.fewshot_as_multiturn())),
        ChatStyle::Plain | ChatStyle::Native => Rendered::Text(plain(pieces)),
    })
}

pub(crate) fn instance(task: &Task, index: usize, style: ChatStyle<'_>) -> Result<Instance, TaskError> {
    let doc = &task.doc(index)?;
    let choices = task.choices(doc)?;
    let target = target(task, doc, &choices)?;
    let (requests, input) = requests(task, index, doc, &choices, style)?;
    let document = u64::try_from(index).unwrap_or(u64::MAX);
    let cluster = match task.config.cluster_field() {
        None => document.to_string(),
        Some(field) => match doc.map.get(field) {
            Some(value) => py_str(value),
            None => {
                return Err(task.fields.wrong(
                    doc,
                    "metadata.cluster",
                    format!("the document has no field `{field}`"),
                ));
            }
        },
    };
    Ok(Instance {
        document_digest: canonical::digest(&doc.map)
            .map_err(|error| task.fields.wrong(doc, "task", error.to_string()))?,
        guess: guess(task.config.output_type, &target, choices.len()),
        document,
        cluster,
        requests,
        target,
        choices,
        input,
    })
}

fn requests(
    task: &Task,
    index: usize,
    doc: &Doc,
    choices: &[String],
    style: ChatStyle<'_>,
) -> Result<(Vec<Request>, String), TaskError> {
    let config = &task.config;
    if config.output_type == OutputType::LoglikelihoodRolling {
        let text = py_str(&task.fields.target(doc, false)?);
        return Ok((vec![Request::LoglikelihoodRolling { text: text.clone() }], text));
    }
    let Context { conversations, has_prefix } = task.context(index, doc)?;
    let contexts: Vec<Rendered> = conversations
        .iter()
        .map(|pieces| render(task, pieces, has_prefix, style))
        .collect::<Result<_, _>>()?;
    let shown: Vec<String> = contexts.iter().map(Rendered::shown).collect();
    let requests = match config.output_type {
        OutputType::GenerateUntil => generations(task, contexts.into_iter().next(), doc)?,
        OutputType::Loglikelihood => {
            let continuation = py_str(&task.fields.target(doc, false)?);
            texts(&shown).map(|context| likelihood(context, &continuation)).collect()
        }
        OutputType::MultipleChoice => {
            let delimiter = choice_delimiter(config, style);
            let mut requests: Vec<Request> = if task.multiple_input() {
                let answer = py_str(&task.fields.target(doc, false)?);
                texts(&shown).map(|context| likelihood(context, &format!("{delimiter}{answer}"))).collect()
            } else {
                let context = shown.first().map(String::as_str).unwrap_or_default();
                choices.iter().map(|choice| likelihood(context, &format!("{delimiter}{choice}"))).collect()
            };
            if config.has_metric("acc_mutual_info") {
                requests.extend(choices.iter().map(|choice| likelihood("", &format!("{delimiter}{choice}"))));
            }
            requests
        }
        OutputType::LoglikelihoodRolling => Vec::new(),
    };
    Ok((requests, shown.into_iter().next().unwrap_or_default()))
}

fn texts(shown: &[String]) -> impl Iterator<Item = &str> {
    shown.iter().map(String::as_str)
}

fn likelihood(context: &str, continuation: &str) -> Request {
    Request::Loglikelihood { context: context.to_owned(), continuation: continuation.to_owned() }
}

/// After a chat template the answer begins the model's turn, so that nothing stands between, unless a prefix does.
fn choice_delimiter<'c>(config: &'c TaskConfig, style: ChatStyle<'_>) -> &'c str {
    match style {
        ChatStyle::Plain | ChatStyle::Native => &config.target_delimiter,
        ChatStyle::Template(_) => match config.gen_prefix.as_deref() {
            Some(prefix) if !prefix.is_empty() && !prefix.ends_with(is_space) => &config.target_delimiter,
            _ => "",
        },
    }
}

fn generations(task: &Task, context: Option<Rendered>, doc: &Doc) -> Result<Vec<Request>, TaskError> {
    let prompt = match context {
        Some(Rendered::Text(text)) => Prompt::Text(text),
        Some(Rendered::Chat(messages)) => Prompt::Chat(messages),
        None => return Err(task.fields.wrong(doc, "doc_to_text", "gives no prompt")),
    };
    let params = generate_params(&task.config)?;
    Ok((0..u64::from(task.config.repeats))
        .map(|repeat| {
            let mut params = params.clone();
            // Greedy repeats are one and the same request, which is sent once.
            if params.temperature > 0.0 {
                params.seed = repeat;
            }
            Request::Generate { prompt: prompt.clone(), params }
        })
        .collect())
}

const TOKEN_LIMITS: [&str; 4] = ["max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens"];
const DEFAULT_MAX_TOKENS: u32 = 256;

/// How the task's answers are generated. Sampling needs a temperature above 0 and no `do_sample: false`.
pub fn generate_params(config: &TaskConfig) -> Result<GenerateParams, TaskError> {
    let kwargs = &config.generation_kwargs;
    let wrong = |key: &str, problem: &str| TaskError::Config {
        path: config.path.clone(),
        key: format!("generation_kwargs.{key}"),
        problem: problem.to_owned(),
    };
    let number = |key: &str| -> Result<Option<f64>, TaskError> {
        match kwargs.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_f64() {
                Some(number) => Ok(Some(number)),
                None => Err(wrong(key, "must be a number")),
            },
        }
    };
    let stop = match kwargs.get("until") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| {
                item.as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| wrong("until", "must be text or a list of texts"))
            })
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(wrong("until", "must be text or a list of texts")),
    };
    let limit = TOKEN_LIMITS.iter().find_map(|key| match kwargs.get(*key) {
        None | Some(Value::Null) => None,
        Some(value) => Some((*key, value)),
    });
    let max_tokens = match limit {
        None => DEFAULT_MAX_TOKENS,
        Some((key, value)) => py_str(value)
            .trim()
            .parse()
            .ok()
            .filter(|limit| *limit > 0)
            .ok_or_else(|| wrong(key, "must be a whole number above 0"))?,
    };
    let temperature = match kwargs.get("do_sample") {
        Some(Value::Bool(false)) => 0.0,
        _ => number("temperature")?.unwrap_or(0.0),
    };
    let top_p = number("top_p")?.unwrap_or(1.0);
    if !(temperature >= 0.0 && temperature.is_finite()) {
        return Err(wrong("temperature", "must be a number from 0"));
    }
    if !(top_p > 0.0 && top_p <= 1.0) {
        return Err(wrong("top_p", "must be above 0 and at most 1"));
    }
    Ok(GenerateParams {
        max_tokens,
        temperature,
        // Greedy decoding does not look at it; one value keeps equal requests equal.
        top_p: if temperature > 0.0 { top_p } else { 1.0 },
        stop: stop.into_iter().filter(|text| !text.is_empty()).collect(),
        seed: 0,
    })
}

/// Warns of generation settings that have no effect.
pub(crate) fn warn_generation(config: &TaskConfig, warnings: &mut Vec<String>) {
    let Some(kwargs) = config.generation_kwargs.as_object() else {
        return;
    };
    for key in kwargs.keys() {
        let known = TOKEN_LIMITS.contains(&key.as_str())
            || matches!(key.as_str(), "until" | "do_sample" | "temperature" | "top_p");
        if !known {
            warnings.push(format!("{}: `generation_kwargs.{key}` has no effect", config.path.display()));
        }
    }
}

/// What `doc` expects, in the form that the task's kind of scoring reads.
pub(crate) fn target(task: &Task, doc: &Doc, choices: &[String]) -> Result<Target, TaskError> {
    let value = if task.multiple_input() && task.config.output_type == OutputType::MultipleChoice {
        match task.fields.question(doc, false)? {
            Question::Index(index, _) => Value::from(index),
            Question::Text(text) => Value::String(text),
        }
    } else {
        task.fields.target(doc, false)?
    };
    let choose = |value: &Value| choice(task, doc, value, choices);
    let read = || match task.config.output_type {
        OutputType::MultipleChoice => match &value {
            Value::Array(items) if items.is_empty() => {
                Err(task.fields.wrong(doc, "doc_to_target", "gives an empty list"))
            }
            Value::Array(items) => items.iter().map(choose).collect::<Result<_, _>>().map(Target::Choices),
            one => choose(one).map(Target::Choice),
        },
        OutputType::GenerateUntil if !choices.is_empty() => {
            let text = |place: usize| choices.get(place).cloned().unwrap_or_default();
            choose(&value).map(|place| Target::Text(text(place)))
        }
        OutputType::GenerateUntil | OutputType::Loglikelihood | OutputType::LoglikelihoodRolling => {
            Ok(free(value.clone()))
        }
    };
    match read() {
        // The task's own Python scores, and reads what it wants from the document.
        Err(_) if task.config.process_results.is_some() => Ok(free(value)),
        read => read,
    }
}

/// The position that `value` names among `choices`: a number from 0, or the text of one of them.
fn choice(task: &Task, doc: &Doc, value: &Value, choices: &[String]) -> Result<usize, TaskError> {
    let whole = |number: f64| {
        let text = format!("{number:.0}");
        text.parse::<i64>().ok().filter(|_| number.fract() == 0.0)
    };
    let place = match value {
        Value::String(text) => choices.iter().position(|choice| choice == text),
        other => integer(other)
            .or_else(|| other.as_f64().and_then(whole))
            .and_then(|number| usize::try_from(number).ok())
            .filter(|place| *place < choices.len()),
    };
    place.ok_or_else(|| {
        let shown: String = py_str(value).chars().take(80).collect();
        let problem =
            format!("`{shown}` is none of the {} choices, nor a position among them", choices.len());
        task.fields.wrong(doc, "doc_to_target", problem)
    })
}

fn free(value: Value) -> Target {
    match value {
        Value::String(text) => Target::Text(text),
        Value::Array(items)
            if !items.is_empty() && items.iter().all(|item| !item.is_array() && !item.is_object()) =>
        {
            Target::Texts(items.iter().map(py_str).collect())
        }
        Value::Array(_) | Value::Object(_) => Target::Value(value),
        Value::Null | Value::Bool(_) | Value::Number(_) => Target::Text(py_str(&value)),
    }
}

fn guess(output: OutputType, target: &Target, choices: usize) -> f64 {
    let right = match target {
        Target::Choice(_) => 1,
        Target::Choices(places) => places.len(),
        Target::Text(_) | Target::Texts(_) | Target::Value(_) => 0,
    };
    if output != OutputType::MultipleChoice || choices == 0 {
        return 0.0;
    }
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    count(right) / count(choices)
}

/// The task's requests as JSON lines, one a request (repeats left out), in the form in which
/// `xtask/python/lm_eval_requests.py` prints those of lm-eval: keys sorted, `doc`, `idx`, `kind`, `context` or `text`,
/// and `continuation` or `gen_kwargs`.
pub fn dump_requests(task: &Task, style: ChatStyle<'_>) -> Result<Vec<String>, TaskError> {
    let mut lines = Vec::new();
    for index in 0..task.len() {
        let instance = task.instance(index, style)?;
        let repeats = usize::try_from(task.config.repeats).unwrap_or(1);
        let generated = task.config.output_type == OutputType::GenerateUntil;
        let kept =
            if generated { instance.requests.len().div_ceil(repeats) } else { instance.requests.len() };
        for (position, request) in instance.requests.iter().take(kept).enumerate() {
            let mut line = match request {
                Request::Loglikelihood { context, continuation } => {
                    json!({"kind": "loglikelihood", "context": context, "continuation": continuation})
                }
                Request::LoglikelihoodRolling { text } => {
                    json!({"kind": "loglikelihood_rolling", "text": text})
                }
                Request::Generate { prompt, .. } => {
                    let context = match prompt {
                        Prompt::Text(text) => Value::from(text.as_str()),
                        Prompt::Chat(messages) => json!(messages),
                    };
                    let kwargs = &task.config.generation_kwargs;
                    json!({"kind": "generate_until", "context": context, "gen_kwargs": kwargs})
                }
            };
            if let Some(map) = line.as_object_mut() {
                map.insert("doc".to_owned(), Value::from(index));
                map.insert("idx".to_owned(), Value::from(position));
            }
            line.sort_all_objects();
            lines.push(line.to_string());
        }
    }
    Ok(lines)
}
