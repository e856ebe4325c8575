//! A line of a task's samples in lm-evaluation-harness's layout, written from what it shows without copies of it.

use crate::answers::Answers;
use crate::observe::ScoredSample;
use crate::plan::prompt_text;
use daepyo_core::{Digest, Request, Response};
use daepyo_task::score::Scorer;
use daepyo_task::{Document, Instance};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::json;

/// Writes the lines of one task.
pub(crate) struct SampleLines<'a> {
    /// The name of each metric behind each filter.
    metrics: Vec<String>,
    answers: &'a Answers,
}

impl<'a> SampleLines<'a> {
    pub(crate) fn new(scorer: &Scorer, answers: &'a Answers) -> Self {
        Self { metrics: scorer.metrics().into_iter().map(|info| info.metric).collect(), answers }
    }

    /// Adds the line of a document.
    pub(crate) fn add(&self, to: &mut Vec<u8>, one: &ScoredSample, instance: &Instance, document: &Document) {
        let start = to.len();
        let line = Line { lines: self, one, instance, document };
        // What is shown always has a JSON form.
        if serde_json::to_writer(&mut *to, &line).is_err() {
            to.truncate(start);
        }
        to.push(b'\n');
    }
}

struct Line<'a> {
    lines: &'a SampleLines<'a>,
    one: &'a ScoredSample,
    instance: &'a Instance,
    document: &'a Document,
}

/// The keys of a line before its metrics. A metric of such a name stands in the key's place.
const KEYS: [&str; 12] = [
    "doc_id",
    "doc",
    "target",
    "arguments",
    "resps",
    "filtered_resps",
    "filter",
    "doc_hash",
    "prompt_hash",
    "target_hash",
    "outcome",
    "metrics",
];

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { lines, one, instance, document } = self;
        let requests = &instance.requests;
        let responses: Vec<_> =
            one.sample.requests.iter().map(|digest| Shown(lines.answers.get(digest))).collect();
        let target = instance.target.shown(&instance.choices);
        let prompt = match &requests[..] {
            [only] => prompt_text(only),
            several => several.iter().map(prompt_text).collect::<Vec<_>>().join("\n").into(),
        };
        let metrics = &one.scored.metrics;
        let mut map = serializer.serialize_map(None)?;
        for key in KEYS {
            if let Some(value) = metrics.get(key) {
                map.serialize_entry(key, value)?;
                continue;
            }
            match key {
                "doc_id" => map.serialize_entry(key, &instance.document),
                "doc" => map.serialize_entry(key, document),
                "target" => map.serialize_entry(key, &target),
                "arguments" => map.serialize_entry(key, &Arguments(requests)),
                "resps" => map.serialize_entry(key, &Each(&responses)),
                "filtered_resps" => match &one.scored.answer {
                    Some(answer) => map.serialize_entry(key, &[answer]),
                    None => map.serialize_entry(key, &responses),
                },
                "filter" => map.serialize_entry(key, "none"),
                "doc_hash" => map.serialize_entry(key, &instance.document_digest.hex()),
                "prompt_hash" => map.serialize_entry(key, &Digest::of(prompt.as_bytes()).hex()),
                "target_hash" => map.serialize_entry(key, &Digest::of(target.as_bytes()).hex()),
                "outcome" => map.serialize_entry(key, &one.sample.outcome),
                _ => map.serialize_entry(key, &lines.metrics),
            }?;
        }
        for (name, value) in metrics.iter().filter(|(name, _)| !KEYS.contains(&name.as_str())) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Each response as the only one to its request.
struct Each<'a>(&'a [Shown]);

impl Serialize for Each<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|shown| [shown]))
    }
}

struct Shown(Option<Response>);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(Response::Loglikelihood { logprob, is_greedy, .. }) => {
                (logprob, is_greedy).serialize(serializer)
            }
            Some(Response::LoglikelihoodRolling { logprob, .. }) => logprob.serialize(serializer),
            Some(Response::Generated { text, .. }) => text.serialize(serializer),
            Some(Response::Failed { .. }) | None => serializer.serialize_none(),
        }
    }
}

struct Arguments<'a>(&'a [Request]);

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let each = self.0.iter().enumerate();
        serializer.collect_map(each.map(|(place, request)| (format!("gen_args_{place}"), OfRequest(request))))
    }
}

struct OfRequest<'a>(&'a Request);

impl Serialize for OfRequest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let request = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("arg_0", &prompt_text(request))?;
        match request {
            Request::Loglikelihood { continuation, .. } => map.serialize_entry("arg_1", continuation)?,
            Request::LoglikelihoodRolling { .. } => {}
            Request::Generate { params, .. } => {
                let params = json!({"until": params.stop, "max_gen_toks": params.max_tokens,
                    "temperature": params.temperature, "do_sample": params.temperature > 0.0});
                map.serialize_entry("arg_1", &params)?;
            }
        }
        map.end()
    }
}
