//! Results and samples in lm-evaluation-harness's layout, so that its readers and viewers open them.

use crate::observe::ScoredSample;
use crate::plan::{MeasuredPlan, PlannedInstance, prompt_text};
use crate::suites::{LoadedSuite, LoadedTask};
use daepyo_core::{Date, Digest, Outcome, Request, Response};
use daepyo_task::score::Aggregate;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// One candidate's results.
pub(crate) struct Layout<'a> {
    /// The day in the files' names; lm-eval writes the time of the run, which would differ on every machine.
    pub(crate) date: Date,
    pub(crate) suites: &'a [LoadedSuite],
    pub(crate) plan: &'a MeasuredPlan,
    pub(crate) scored: &'a [ScoredSample],
    pub(crate) answers: &'a BTreeMap<Digest, Response>,
}

/// One aggregated metric of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricRow {
    /// The task.
    pub task: String,
    /// The metric.
    pub metric: String,
    /// The filter.
    pub filter: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// The value.
    pub value: f64,
    /// Its standard error, clustered where the task names a cluster field.
    pub standard_error: Option<f64>,
}

impl Layout<'_> {
    /// File names and contents: one `results_*.json`, one `samples_*.jsonl` a task (none for a hidden suite).
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let stamp = format!("{}T00-00-00.000000", self.date);
        let results = format!("{:#}\n", self.results());
        let mut files = vec![(format!("results_{stamp}.json"), results.into_bytes())];
        for (place, (suite, task)) in self.tasks().enumerate() {
            if suite.suite.reveal.is_none() {
                let name = task.task.name().replace('/', "_");
                files.push((format!("samples_{name}_{stamp}.jsonl"), self.samples(place, task)));
            }
        }
        files
    }

    /// Every metric of every task.
    pub(crate) fn rows(&self) -> Vec<MetricRow> {
        let mut rows = Vec::new();
        for (place, (_, task)) in self.tasks().enumerate() {
            for info in task.scorer.metrics() {
                let Some(aggregate) = self.aggregate(place, task, &info.key) else { continue };
                rows.push(MetricRow {
                    task: task.task.name().to_owned(),
                    metric: info.metric,
                    filter: info.filter,
                    higher_is_better: info.higher_is_better,
                    value: aggregate.value,
                    standard_error: aggregate.standard_error,
                });
            }
        }
        rows
    }

    pub(crate) fn tasks(&self) -> impl Iterator<Item = (&LoadedSuite, &LoadedTask)> {
        self.plan.tasks.iter().filter_map(|planned| {
            let suite = self.suites.get(planned.suite)?;
            Some((suite, suite.tasks.get(planned.task)?))
        })
    }

    pub(crate) fn of_task(&self, place: usize) -> impl Iterator<Item = &ScoredSample> {
        self.scored.iter().filter(move |scored| scored.place.0 == place)
    }

    pub(crate) fn aggregate(&self, place: usize, task: &LoadedTask, key: &str) -> Option<Aggregate> {
        let documents: Vec<_> =
            self.of_task(place).map(|one| (one.sample.cluster.as_str(), &one.scored)).collect();
        task.scorer.aggregate(key, &documents).filter(|found| found.value.is_finite())
    }

    fn results(&self) -> Value {
        let (mut results, mut versions, mut shots) = (Map::new(), Map::new(), Map::new());
        let (mut better, mut counts, mut configs) = (Map::new(), Map::new(), Map::new());
        for (place, (_, task)) in self.tasks().enumerate() {
            let name = task.task.name();
            let config = task.task.config();
            let mut row = Map::new();
            row.insert("alias".to_owned(), json!(config.task_alias.as_deref().unwrap_or(name)));
            let mut directions = Map::new();
            for info in task.scorer.metrics() {
                let Some(found) = self.aggregate(place, task, &info.key) else { continue };
                row.insert(format!("{},{}", info.metric, info.filter), json!(found.value));
                let error = found.standard_error.filter(|error| error.is_finite());
                row.insert(
                    format!("{}_stderr,{}", info.metric, info.filter),
                    error.map_or_else(|| json!("N/A"), |error| json!(error)),
                );
                directions.insert(info.metric, json!(info.higher_is_better));
            }
            results.insert(name.to_owned(), Value::Object(row));
            versions.insert(name.to_owned(), json!(config.version()));
            shots.insert(name.to_owned(), json!(task.task.num_fewshot()));
            better.insert(name.to_owned(), Value::Object(directions));
            let effective = self.of_task(place).count();
            let infrastructure =
                self.of_task(place).filter(|one| one.sample.outcome == Outcome::Infrastructure).count();
            counts.insert(
                name.to_owned(),
                json!({"original": effective, "effective": effective - infrastructure}),
            );
            configs.insert(
                name.to_owned(),
                json!({"task": name, "output_type": config.output_type.name(), "num_fewshot": task.task.num_fewshot(),
                    "metric_list": config.metric_list, "filter_list": config.filter_list}),
            );
        }
        json!({
            "results": results,
            "group_subtasks": {},
            "configs": configs,
            "versions": versions,
            "n-shot": shots,
            "higher_is_better": better,
            "n-samples": counts,
            "config": {"model": self.plan.submission.model.to_string(), "model_sha256": self.plan.submission.digest.hex(),
                "use_cache": null, "limit": null, "bootstrap_iters": 0},
            "model_name": self.plan.submission.id.to_string(),
            "chat_template": null,
        })
    }

    fn samples(&self, place: usize, task: &LoadedTask) -> Vec<u8> {
        let metrics: Vec<_> = task.scorer.metrics().into_iter().map(|info| info.metric).collect();
        let mut lines = Vec::new();
        let documents: Vec<_> = task.task.documents().collect();
        for one in self.of_task(place) {
            let planned = self.plan.tasks.get(place).and_then(|task| task.instances.get(one.place.1));
            let Some(planned) = planned else { continue };
            let document = documents.get(one.place.1).map_or(Value::Null, |document| json!(document));
            let mut line = self.sample(one, planned, &document);
            if let Some(object) = line.as_object_mut() {
                object.insert("metrics".to_owned(), json!(metrics));
                object.extend(one.scored.metrics.iter().map(|(name, value)| (name.clone(), json!(value))));
            }
            lines.extend(line.to_string().into_bytes());
            lines.push(b'\n');
        }
        lines
    }

    fn sample(&self, one: &ScoredSample, planned: &PlannedInstance, document: &Value) -> Value {
        let instance = &planned.instance;
        let arguments: Map<_, _> = instance
            .requests
            .iter()
            .enumerate()
            .map(|(place, request)| (format!("gen_args_{place}"), arguments(request)))
            .collect();
        let responses: Vec<_> =
            planned.requests.iter().map(|digest| vec![response(self.answers.get(digest))]).collect();
        let filtered = one.scored.answer.as_ref().map_or_else(
            || planned.requests.iter().map(|digest| response(self.answers.get(digest))).collect(),
            |answer| vec![json!(answer)],
        );
        let prompts: Vec<_> = instance.requests.iter().map(prompt_text).collect();
        json!({
            "doc_id": instance.document,
            "doc": document,
            "target": instance.target.shown(&instance.choices),
            "arguments": arguments,
            "resps": responses,
            "filtered_resps": filtered,
            "filter": "none",
            "doc_hash": instance.document_digest.hex(),
            "prompt_hash": Digest::of(prompts.join("\n").as_bytes()).hex(),
            "target_hash": Digest::of(instance.target.shown(&instance.choices).as_bytes()).hex(),
            "outcome": one.sample.outcome,
        })
    }
}

fn arguments(request: &Request) -> Value {
    match request {
        Request::Loglikelihood { context, continuation } => json!({"arg_0": context, "arg_1": continuation}),
        Request::LoglikelihoodRolling { text } => json!({"arg_0": text}),
        Request::Generate { params, .. } => json!({
            "arg_0": prompt_text(request),
            "arg_1": {"until": params.stop, "max_gen_toks": params.max_tokens, "temperature": params.temperature,
                "do_sample": params.temperature > 0.0},
        }),
    }
}

fn response(response: Option<&Response>) -> Value {
    match response {
        Some(Response::Loglikelihood { logprob, is_greedy, .. }) => json!([logprob, is_greedy]),
        Some(Response::LoglikelihoodRolling { logprob, .. }) => json!(logprob),
        Some(Response::Generated { text, .. }) => json!(text),
        Some(Response::Failed { .. }) | None => Value::Null,
    }
}
