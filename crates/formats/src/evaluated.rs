//! What every format is written from: one model's results and samples, as they were scored.

use daepyo_core::{Date, Digest, GenerateParams, ModelSpec, Outcome, Request, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One model's results on some tasks.
#[derive(Clone, Debug)]
pub struct Evaluated<'a> {
    /// Where its answers came from.
    pub model: &'a ModelSpec,
    /// SHA-256 of its weights, of its recorded answers, or of its address.
    pub model_digest: Digest,
    /// The version of daepyo.
    pub version: &'a str,
    /// The day that stands for the time of the evaluation, so that the same answers give the same files.
    pub date: Date,
    /// The tasks, in the order in which they were asked for.
    pub tasks: Vec<EvaluatedTask<'a>>,
}

/// The results of one task.
#[derive(Clone, Debug)]
pub struct EvaluatedTask<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version, where the task file says one.
    pub version: Option<String>,
    /// The data set as the task file names it.
    pub dataset: Option<&'a str>,
    /// `multiple_choice`, `generate_until`, `loglikelihood` or `loglikelihood_rolling`.
    pub output_type: &'static str,
    /// Few-shot examples.
    pub num_fewshot: u32,
    /// How answers were generated, where they were.
    pub params: Option<&'a GenerateParams>,
    /// Every metric, the main one first.
    pub metrics: Vec<EvaluatedMetric>,
    /// Documents that were asked about, those without an answer too.
    pub documents: usize,
    /// The documents with what came back, in order; empty where they must stay hidden.
    pub samples: Vec<EvaluatedSample<'a>>,
}

/// A metric over the documents of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluatedMetric {
    /// Its name in the samples.
    pub key: String,
    /// Its name.
    pub metric: String,
    /// The filter before it.
    pub filter: String,
    /// How documents are summed up, such as `mean`.
    pub aggregation: &'static str,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// The value, which is finite.
    pub value: f64,
    /// Its standard error, where there is one.
    pub standard_error: Option<f64>,
}

/// One document with what came back.
#[derive(Clone, Debug)]
pub struct EvaluatedSample<'a> {
    /// The document's place in its split, from 0.
    pub document: u64,
    /// SHA-256 of the document's canonical form.
    pub document_digest: Digest,
    /// Documents of one cluster depend on each other.
    pub cluster: &'a str,
    /// The prompt, for people.
    pub prompt: &'a str,
    /// The expected answer, for people.
    pub target: String,
    /// The choices; empty where there are none.
    pub choices: &'a [String],
    /// Everything that was asked, in order, with what came back.
    pub exchanges: Vec<(&'a Request, Option<Response>)>,
    /// What happened.
    pub outcome: Outcome,
    /// The main metric on a scale where 1 is best, 0 unless the document was scored.
    pub score: f64,
    /// The answer that was read out.
    pub answer: Option<&'a str>,
    /// Every metric of this document, by key; empty without an answer.
    pub metrics: &'a BTreeMap<String, f64>,
}

impl Evaluated<'_> {
    /// The model's name as others write it: `maker/model`, with `local` or `served` where no maker is known.
    pub(crate) fn model_name(&self) -> String {
        let of_file = |file: &str| {
            let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            format!("local/{}", plain_name(stem))
        };
        match self.model {
            ModelSpec::Llama { file } | ModelSpec::Replay { file } => of_file(file),
            ModelSpec::OpenAi { model, .. } => {
                let parts: Vec<_> =
                    model.split('/').filter(|part| !part.is_empty()).map(plain_name).collect();
                if parts.len() > 1 { parts.join("/") } else { format!("served/{}", parts.concat()) }
            }
        }
    }

    /// The time that the day stands for.
    pub(crate) fn timestamp(&self) -> String {
        format!("{}T00:00:00+00:00", self.date)
    }

    /// 32 hexadecimal digits that stand for this model, this task and this use on every machine.
    pub(crate) fn id(&self, task: &EvaluatedTask<'_>, what: &str) -> String {
        let text = format!(
            "{what}\n{}\n{}\n{}\n{}",
            self.date,
            self.model_digest.hex(),
            task.name,
            task.version.as_deref().unwrap_or("")
        );
        Digest::of(text.as_bytes()).hex().chars().take(32).collect()
    }
}

impl EvaluatedMetric {
    /// `metric` behind the filter `none`, else `metric,filter`.
    pub(crate) fn full_name(&self) -> String {
        if self.filter == "none" { self.metric.clone() } else { format!("{},{}", self.metric, self.filter) }
    }
}

impl EvaluatedSample<'_> {
    /// Every text that was written, in order.
    pub(crate) fn written(&self) -> impl Iterator<Item = &str> {
        self.exchanges.iter().filter_map(|(_, response)| match response {
            Some(Response::Generated { text, .. }) => Some(text.as_str()),
            Some(
                Response::Loglikelihood { .. }
                | Response::LoglikelihoodRolling { .. }
                | Response::Failed { .. },
            )
            | None => None,
        })
    }

    /// Every log-likelihood with its text, in order.
    pub(crate) fn likelihoods(&self) -> Vec<Value> {
        let of = |(request, response): &(&Request, Option<Response>)| match (request, response) {
            (
                Request::Loglikelihood { context, continuation },
                Some(Response::Loglikelihood { logprob, is_greedy, tokens }),
            ) => Some(json!({"context": context, "continuation": continuation, "logprob": finite(*logprob),
                "is_greedy": is_greedy, "tokens": tokens})),
            (
                Request::LoglikelihoodRolling { text },
                Some(Response::LoglikelihoodRolling { logprob, tokens }),
            ) => Some(json!({"rolling": text, "logprob": finite(*logprob), "tokens": tokens})),
            _ => None,
        };
        self.exchanges.iter().filter_map(of).collect()
    }

    /// Tokens read and written, where every answer says them.
    pub(crate) fn tokens(&self) -> Option<(u64, u64)> {
        let (mut read, mut wrote) = (0, 0);
        for (_, response) in &self.exchanges {
            match response {
                Some(Response::Generated {
                    prompt_tokens: Some(prompt),
                    completion_tokens: Some(completion),
                    ..
                }) => {
                    read += u64::from(*prompt);
                    wrote += u64::from(*completion);
                }
                Some(
                    Response::Generated { .. }
                    | Response::Loglikelihood { .. }
                    | Response::LoglikelihoodRolling { .. }
                    | Response::Failed { .. },
                )
                | None => return None,
            }
        }
        (!self.exchanges.is_empty()).then_some((read, wrote))
    }

    /// What kept the document from being answered.
    pub(crate) fn failure(&self) -> Option<String> {
        (self.outcome == Outcome::Infrastructure).then(|| {
            let said = self.exchanges.iter().find_map(|(_, response)| match response {
                Some(Response::Failed { message, .. }) => Some(message.clone()),
                Some(
                    Response::Generated { .. }
                    | Response::Loglikelihood { .. }
                    | Response::LoglikelihoodRolling { .. },
                )
                | None => None,
            });
            said.unwrap_or_else(|| "no response".to_owned())
        })
    }
}

/// The name of an outcome in files.
pub(crate) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Scored => "scored",
        Outcome::Unparsed => "unparsed",
        Outcome::Truncated => "truncated",
        Outcome::Refused => "refused",
        Outcome::Infrastructure => "infrastructure",
    }
}

/// JSON has no infinity: an impossible text's log-probability is the lowest number.
fn finite(logprob: f64) -> f64 {
    logprob.max(f64::MIN)
}

/// `text` as one part of a path on every system: letters, digits, `.`, `-` and `_`.
pub(crate) fn plain_name(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|one| if one.is_alphanumeric() || matches!(one, '.' | '-' | '_') { one } else { '_' })
        .collect();
    let plain = plain.trim_matches('.');
    if plain.is_empty() { "unnamed".to_owned() } else { plain.to_owned() }
}
