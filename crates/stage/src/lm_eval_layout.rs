//! Results and samples in lm-evaluation-harness's layout, so that its readers and viewers open them.

use crate::StageError;
use crate::answers::Answers;
use crate::lm_eval_sample::SampleLines;
use crate::observe::{ScoredSample, is_lost};
use crate::plan::MeasuredPlan;
use crate::suites::{LoadedSuite, LoadedTask};
use daepyo_core::{Date, Outcome};
use daepyo_task::score::{Aggregate, Collected};
use serde_json::{Map, Value, json};

/// One candidate's results.
pub(crate) struct Layout<'a> {
    /// The day in the files' names; lm-eval writes the time of the run, which would differ on every machine.
    pub(crate) date: Date,
    pub(crate) suites: &'a [LoadedSuite],
    pub(crate) plan: &'a MeasuredPlan,
    pub(crate) answers: &'a Answers,
    /// Of each task of the plan.
    pub(crate) figures: Vec<TaskFigures>,
}

/// What the documents of a task come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaskFigures {
    collected: Collected,
    infrastructure: usize,
    /// Without an answer that could be scored.
    lost: usize,
}

impl TaskFigures {
    pub(crate) fn add(&mut self, one: &ScoredSample) {
        self.collected.add(&one.sample.cluster, &one.scored);
        self.infrastructure += usize::from(one.sample.outcome == Outcome::Infrastructure);
        self.lost += usize::from(is_lost(one.sample.outcome));
    }

    /// Whether there are documents, and none of them could be scored.
    pub(crate) fn are_all_lost(&self) -> bool {
        self.lost > 0 && self.lost == self.documents()
    }

    /// How many documents there are.
    pub(crate) fn documents(&self) -> usize {
        self.collected.len()
    }
}

/// The figures of each task of a plan.
pub(crate) fn figures(plan: &MeasuredPlan, scored: &[ScoredSample]) -> Vec<TaskFigures> {
    let mut figures = vec![TaskFigures::default(); plan.tasks.len()];
    for one in scored {
        if let Some(figures) = figures.get_mut(one.place.0) {
            figures.add(one);
        }
    }
    figures
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
    pub(crate) fn files(&self, scored: &[ScoredSample]) -> Result<Vec<(String, Vec<u8>)>, StageError> {
        let mut samples: Vec<Vec<u8>> = vec![Vec::new(); self.plan.tasks.len()];
        let writers: Vec<_> =
            self.tasks().map(|(_, task)| SampleLines::new(&task.scorer, self.answers)).collect();
        for one in scored {
            let (place, document) = one.place;
            let Some(lines) = samples.get_mut(place) else { continue };
            if self.samples_name(place).is_none() {
                continue;
            }
            let Some(((_, task), writer)) = self.tasks().nth(place).zip(writers.get(place)) else { continue };
            let Some(instance) = self.plan.instance(place, document)? else { continue };
            let document = task.task.document(document).unwrap_or_default();
            writer.add(lines, one, &instance, &document);
        }
        let named = samples.into_iter().enumerate();
        let samples = named.filter_map(|(place, lines)| Some((self.samples_name(place)?, lines)));
        Ok([self.results_file()].into_iter().chain(samples).collect())
    }

    /// Name and contents of the file of results.
    pub(crate) fn results_file(&self) -> (String, Vec<u8>) {
        let results = format!("{:#}\n", self.results());
        (format!("results_{}.json", self.stamp()), results.into_bytes())
    }

    /// The name of the file with a task's samples; none for a hidden suite.
    pub(crate) fn samples_name(&self, place: usize) -> Option<String> {
        let (suite, task) = self.tasks().nth(place)?;
        let name = task.task.name().replace('/', "_");
        suite.suite.reveal.is_none().then(|| format!("samples_{name}_{}.jsonl", self.stamp()))
    }

    fn stamp(&self) -> String {
        format!("{}T00-00-00.000000", self.date)
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
            Some((suite, suite.tasks.get(planned.task)?.as_ref()))
        })
    }

    /// A metric of a task, where it has a value.
    pub(crate) fn aggregate(&self, place: usize, task: &LoadedTask, key: &str) -> Option<Aggregate> {
        let collected = &self.figures.get(place)?.collected;
        task.scorer.aggregate_collected(key, collected).filter(|found| found.value.is_finite())
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
            let figures = self.figures.get(place);
            let effective = figures.map_or(0, TaskFigures::documents);
            let infrastructure = figures.map_or(0, |figures| figures.infrastructure);
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
}
