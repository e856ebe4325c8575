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

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a failed assertion is the point of a test"
    )]
    use super::*;
    use crate::eval::pseudo_stage;
    use crate::observe::score_task;
    use crate::plan::tests::{plan_with, suites};
    use serde_json::Value;

    const TASK: &str = "doc_to_text: \"{{question}}\\n답:\"\n\
        doc_to_choice: [\"하나\", \"둘\"]\ndoc_to_target: answer\nmetric_list: [{metric: acc}]\n";

    /// The line of one document, with another metric besides.
    fn line(metric: Option<&str>) -> Value {
        let suites = suites(TASK, ["{\"question\": \"무엇?\", \"answer\": 1}".to_owned()].into_iter());
        let plan = plan_with(&suites, usize::MAX);
        let mut answers = Answers::new(&plan.digests);
        for (place, logprob) in [-2.5, -0.5].into_iter().enumerate() {
            answers.put(place, &Response::Loglikelihood { logprob, is_greedy: place == 1, tokens: 1 });
        }
        let lines = SampleLines::new(&suites[0].tasks[0].scorer, &answers);
        let mut bytes = Vec::new();
        let stage = pseudo_stage("2026-01-01".parse().unwrap());
        score_task(&stage, &plan, &suites, (0, &answers), &mut |mut judged| {
            judged.scored.scored.metrics.extend(metric.map(|name| (name.to_owned(), 0.25)));
            lines.add(&mut bytes, &judged.scored, &judged.instance, &judged.document);
            Ok(())
        })
        .unwrap();
        assert_eq!(bytes.last(), Some(&b'\n'));
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn a_line_shows_document_requests_responses_and_metrics() {
        let line = line(None);
        assert_eq!(line["doc"], json!({"question": "무엇?", "answer": 1}));
        assert_eq!(line["target"], "둘");
        assert_eq!(line["arguments"]["gen_args_1"], json!({"arg_0": "무엇?\n답:", "arg_1": " 둘"}));
        assert_eq!(line["resps"], json!([[[-2.5, false]], [[-0.5, true]]]));
        assert_eq!((&line["metrics"], &line["acc"]), (&json!(["acc"]), &json!(1.0)));
        assert_eq!(line["target_hash"], Digest::of("둘".as_bytes()).hex());
        assert_eq!(line["prompt_hash"], Digest::of("무엇?\n답:\n무엇?\n답:".as_bytes()).hex());
        let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, [&KEYS[..], &["acc"]].concat());
    }

    #[test]
    fn a_metric_with_the_name_of_a_key_is_there_once() {
        let line = line(Some("target"));
        assert_eq!(line["target"], 0.25);
        let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, [&KEYS[..], &["acc"]].concat());
    }
}
