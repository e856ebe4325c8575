//! Inspect's `.eval` logs: a zip archive whose members are JSON in Zstandard.
//!
//! One log a task. A metric behind a filter becomes a scorer with the aggregation and its standard error as metrics;
//! repeats of a document become choices of one output. Log-likelihoods, for which Inspect has no place, stand in the
//! sample's `metadata.daepyo_loglikelihoods`, where daepyo reads them again.

use crate::evaluated::{
    Evaluated, EvaluatedMetric, EvaluatedSample, EvaluatedTask, outcome_name, plain_name,
};
use crate::format::WriteError;
use crate::zip::ZipWriter;
use daepyo_core::{Finish, Message, Prompt, Request, Response, Role};
use serde_json::{Map, Value, json};

/// The key of a sample's metadata that holds its log-likelihoods.
pub(crate) const LIKELIHOODS: &str = "daepyo_loglikelihoods";

pub(crate) fn files(evaluated: &Evaluated<'_>) -> Result<Vec<(String, Vec<u8>)>, WriteError> {
    evaluated.tasks.iter().map(|task| log(evaluated, task)).collect()
}

fn log(evaluated: &Evaluated<'_>, task: &EvaluatedTask<'_>) -> Result<(String, Vec<u8>), WriteError> {
    let spec = spec(evaluated, task);
    let plan = plan(task);
    let mut zip = ZipWriter::new();
    let start = json!({"version": 2, "eval": spec, "plan": plan});
    zip.add("_journal/start.json", start.to_string().as_bytes())?;
    let mut summaries = Vec::new();
    for sample in &task.samples {
        let written = Written::of(evaluated, task, sample);
        let name = format!("samples/{}_epoch_1.json", sample.document);
        zip.add(&name, written.sample().to_string().as_bytes())?;
        summaries.push(written.summary());
    }
    zip.add("summaries.json", Value::Array(summaries).to_string().as_bytes())?;
    let completed = task.samples.iter().filter(|sample| sample.failure().is_none()).count();
    let completed = if task.samples.is_empty() { task.documents } else { completed };
    let scores: Vec<_> = task.metrics.iter().map(|metric| score(task, metric)).collect();
    let header = json!({
        "version": 2,
        "status": "success",
        "eval": spec,
        "plan": plan,
        "results": {"total_samples": task.documents, "completed_samples": completed, "scores": scores},
        "stats": {"started_at": evaluated.timestamp(), "completed_at": evaluated.timestamp(),
            "model_usage": usage_of_all(evaluated, task)},
    });
    zip.add("header.json", header.to_string().as_bytes())?;
    let stamp = evaluated.timestamp().replace(':', "-");
    let name = plain_name(task.name).replace('_', "-");
    let id: String = evaluated.id(task, "inspect-log").chars().take(22).collect();
    Ok((format!("inspect/{stamp}_{name}_{id}.eval"), zip.finish()))
}

fn spec(evaluated: &Evaluated<'_>, task: &EvaluatedTask<'_>) -> Value {
    let ids: Vec<_> = task.samples.iter().map(|sample| sample.document).collect();
    json!({
        "eval_id": evaluated.id(task, "inspect-eval"),
        "run_id": evaluated.id(task, "inspect-run"),
        "created": evaluated.timestamp(),
        "task": task.name,
        "task_id": evaluated.id(task, "inspect-task"),
        "task_version": task.version.as_deref().unwrap_or("0"),
        "task_attribs": {},
        "task_args": {"num_fewshot": task.num_fewshot, "output_type": task.output_type},
        "dataset": {"name": task.dataset.unwrap_or(task.name), "samples": task.documents, "sample_ids": ids,
            "shuffled": false},
        "model": evaluated.model_name(),
        "model_args": {"daepyo_model": evaluated.model.to_string(), "sha256": evaluated.model_digest.hex()},
        "model_generate_config": generate_config(task),
        "config": {"epochs": 1},
        "packages": {"daepyo": evaluated.version},
    })
}

fn plan(task: &EvaluatedTask<'_>) -> Value {
    json!({"name": "plan", "steps": [{"solver": "generate", "params": {}}], "config": generate_config(task)})
}

fn generate_config(task: &EvaluatedTask<'_>) -> Value {
    task.params.map_or_else(
        || json!({}),
        |params| {
            json!({"max_tokens": params.max_tokens, "temperature": params.temperature, "top_p": params.top_p,
                "stop_seqs": params.stop})
        },
    )
}

fn score(task: &EvaluatedTask<'_>, metric: &EvaluatedMetric) -> Value {
    let name = metric.full_name();
    let scored = task.samples.iter().filter(|sample| sample.metrics.contains_key(&metric.key)).count();
    let mut metrics = Map::new();
    metrics.insert(
        metric.aggregation.to_owned(),
        json!({"name": metric.aggregation, "value": metric.value, "params": {}}),
    );
    if let Some(error) = metric.standard_error.filter(|error| error.is_finite()) {
        metrics.insert("stderr".to_owned(), json!({"name": "stderr", "value": error, "params": {}}));
    }
    json!({"name": name, "scorer": name, "scored_samples": scored,
        "unscored_samples": task.samples.len().saturating_sub(scored),
        "params": {"filter": metric.filter, "higher_is_better": metric.higher_is_better}, "metrics": metrics})
}

/// Tokens of the whole task, where every sample says them.
fn usage_of_all(evaluated: &Evaluated<'_>, task: &EvaluatedTask<'_>) -> Value {
    let every: Option<Vec<_>> = task.samples.iter().map(EvaluatedSample::tokens).collect();
    match every {
        Some(tokens) if !tokens.is_empty() => {
            let read: u64 = tokens.iter().map(|(read, _)| read).sum();
            let wrote: u64 = tokens.iter().map(|(_, wrote)| wrote).sum();
            json!({evaluated.model_name(): usage(read, wrote)})
        }
        Some(_) | None => json!({}),
    }
}

fn usage(read: u64, wrote: u64) -> Value {
    json!({"input_tokens": read, "output_tokens": wrote, "total_tokens": read + wrote})
}

/// The parts of a sample that stand both in its member and in the summaries.
struct Written<'a> {
    sample: &'a EvaluatedSample<'a>,
    model: String,
    stamp: String,
    id: String,
    scores: Map<String, Value>,
    metadata: Value,
}

impl<'a> Written<'a> {
    fn of(evaluated: &Evaluated<'_>, task: &EvaluatedTask<'_>, sample: &'a EvaluatedSample<'a>) -> Self {
        let scores = task.metrics.iter().filter_map(|metric| {
            let value = sample.metrics.get(&metric.key)?;
            let score = json!({"value": value, "answer": sample.answer});
            Some((metric.full_name(), score))
        });
        let metadata = json!({"outcome": outcome_name(sample.outcome), "cluster": sample.cluster,
            "document_sha256": sample.document_digest.hex()});
        Self {
            sample,
            model: evaluated.model_name(),
            stamp: evaluated.timestamp(),
            id: evaluated.id(task, &format!("inspect-sample {}", sample.document)),
            scores: scores.collect(),
            metadata,
        }
    }

    fn summary(&self) -> Value {
        let input: String = self.sample.prompt.chars().take(1_000).collect();
        let mut summary = json!({
            "id": self.sample.document,
            "epoch": 1,
            "input": input,
            "target": self.sample.target,
            "metadata": self.metadata,
            "scores": self.scores,
            "model_usage": {},
            "started_at": self.stamp,
            "completed_at": self.stamp,
            "uuid": self.uuid(),
            "completed": self.sample.failure().is_none(),
        });
        if let (Some(message), Some(summary)) = (self.sample.failure(), summary.as_object_mut()) {
            summary.insert("error".to_owned(), json!(message));
        }
        summary
    }

    fn uuid(&self) -> String {
        self.id.chars().take(22).collect()
    }

    fn sample(&self) -> Value {
        let sample = self.sample;
        let mut metadata = self.metadata.clone();
        let likelihoods = sample.likelihoods();
        if let (false, Some(metadata)) = (likelihoods.is_empty(), metadata.as_object_mut()) {
            metadata.insert(LIKELIHOODS.to_owned(), Value::Array(likelihoods));
        }
        let messages = self.messages();
        let input = match messages.as_slice() {
            [one] if one.role == Role::User => json!(one.content),
            _ => json!(self.shown(&messages)),
        };
        let answers = self.answers();
        let mut shown = self.shown(&messages);
        shown.extend(answers.first().and_then(|answer| answer.get("message")).cloned());
        let tokens = sample.tokens();
        let output = json!({
            "model": self.model,
            "choices": answers,
            "completion": sample.written().next().or(sample.answer).unwrap_or_default(),
            "usage": tokens.map(|(read, wrote)| usage(read, wrote)),
        });
        let mut written = json!({
            "id": sample.document,
            "epoch": 1,
            "input": input,
            "choices": (!sample.choices.is_empty()).then_some(sample.choices),
            "target": sample.target,
            "messages": shown,
            "output": output,
            "scores": self.scores,
            "metadata": metadata,
            "store": {},
            "events": [],
            "model_usage": tokens.map_or_else(|| json!({}), |(read, wrote)| json!({&self.model: usage(read, wrote)})),
            "started_at": self.stamp,
            "completed_at": self.stamp,
            "uuid": self.uuid(),
            "attachments": {},
        });
        if let (Some(message), Some(written)) = (sample.failure(), written.as_object_mut()) {
            let error = json!({"message": message, "traceback": "", "traceback_ansi": ""});
            written.insert("error".to_owned(), error);
        }
        written
    }

    /// What the model was given; a plain text is one user turn.
    fn messages(&self) -> Vec<Message> {
        let user = |content: &str| vec![Message { role: Role::User, content: content.to_owned() }];
        match self.sample.exchanges.first() {
            Some((Request::Generate { prompt: Prompt::Chat(messages), .. }, _)) => messages.clone(),
            Some((Request::Generate { prompt: Prompt::Text(text), .. }, _)) => user(text),
            Some((Request::Loglikelihood { .. } | Request::LoglikelihoodRolling { .. }, _)) | None => {
                user(self.sample.prompt)
            }
        }
    }

    fn shown(&self, messages: &[Message]) -> Vec<Value> {
        let of = |(place, message): (usize, &Message)| {
            json!({"id": format!("{}-{place}", self.uuid()), "role": message.role, "content": message.content,
                "source": "input"})
        };
        messages.iter().enumerate().map(of).collect()
    }

    /// Every text that was written; for log-likelihoods the choice that was read out.
    fn answers(&self) -> Vec<Value> {
        let mut answers = Vec::new();
        for (_, response) in &self.sample.exchanges {
            if let Some(Response::Generated { text, finish, .. }) = response {
                let reason = match finish {
                    Finish::Stop => "stop",
                    Finish::Length => "max_tokens",
                    Finish::ContentFilter => "content_filter",
                };
                answers.push(self.choice(answers.len(), text, reason));
            }
        }
        if answers.is_empty()
            && let Some(answer) = self.sample.answer
        {
            answers.push(self.choice(0, answer, "stop"));
        }
        answers
    }

    fn choice(&self, place: usize, text: &str, reason: &str) -> Value {
        json!({
            "message": {"id": format!("{}-answer-{place}", self.uuid()), "role": "assistant", "content": text,
                "source": "generate", "model": self.model},
            "stop_reason": reason,
        })
    }
}
