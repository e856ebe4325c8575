//! The compiled scoring of a task: responses to one document in, outcome and metrics out.

use super::{
    Aggregate, Aggregation, Collected, OutputType, Question, Statistic, aggregate, constraints,
    corpus::{bleu, chrf, real, ter},
    error::ScoreError,
    filter::Pipeline,
    hooked::{self, Hooked, Table},
    metric::{
        Metric, MetricKind,
        likelihood::{self, Likelihoods},
        text::{self, Written},
    },
    outcome::Evidence,
    refusal::is_refusal,
};
use crate::{Target, Task, hook::HookError};
use daepyo_core::{Finish, Outcome, Response};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Everything about one document that scoring reads.
#[derive(Clone, Copy, Debug)]
pub struct ScoreInput<'a> {
    /// What came back, in the order of the requests: for `multiple_choice` one for each choice and, for
    /// `acc_mutual_info`, then one without context for each; for `generate_until` one for each repeat.
    pub responses: &'a [Response],
    /// What is right.
    pub target: &'a Target,
    /// The choices' texts; empty where there are none.
    pub choices: &'a [String],
    /// The document.
    pub doc: &'a Map<String, Value>,
    /// The end of the prompt as the candidate saw it (all of it may be given). Tells `korean_answer` that
    /// the answer was asked for directly ("정답:").
    pub prompt: &'a str,
}

/// What scoring says of one document.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Which of the five things happened.
    pub outcome: Outcome,
    /// The main metric (the first of the metric list behind the first filter) on a scale where higher is
    /// better, usually 0 to 1; 0 unless `outcome` is [`Outcome::Scored`]. BLEU and chrF are divided by 100;
    /// perplexities give the mean probability of a word, byte or continuation; Brier and TER are turned
    /// around.
    pub score: f64,
    /// Every metric for this document alone, by [`MetricInfo::key`]; empty without a response, and 0 behind a
    /// filter that found no answer, unless the task's own Python gives the value. A value that is not finite (the
    /// perplexity of an impossible text) is left out.
    pub metrics: BTreeMap<String, f64>,
    /// The answer that was read, for people.
    pub answer: Option<String>,
    /// What the document contributes to each metric's [`aggregate()`], by [`MetricInfo::key`]; empty without
    /// a response.
    pub statistics: BTreeMap<String, Statistic>,
}

/// A metric behind a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricInfo {
    /// The metric's name for the first filter, `name,filter` for the others.
    pub key: String,
    /// The metric's name.
    pub metric: String,
    /// The filter's name; `none` where the task names none.
    pub filter: String,
    /// How documents are summed up.
    pub aggregation: Aggregation,
    /// Whether more is better.
    pub higher_is_better: bool,
}

/// The compiled filters and metrics of a task.
#[derive(Debug)]
pub struct Scorer {
    output_type: OutputType,
    pipelines: Vec<Pipeline>,
    metrics: Vec<Metric>,
    has_choices: bool,
    hooked: Option<Hooked>,
}

impl Scorer {
    /// Compiles the scoring of a loaded task, with its own Python where it has some. Fails as [`Scorer::compile`].
    pub fn for_task(task: &Task) -> Result<Self, ScoreError> {
        let config = task.config();
        let name = config.output_type.name();
        let has_choices = config.doc_to_choice.is_some();
        let Some(hooks) = task.hooks() else {
            let scorer = Self::compile(name, &config.filter_list, &config.metric_list, has_choices)?;
            return Ok(scorer.of(task));
        };
        let output_type = OutputType::parse(name)?;
        let reads_text = output_type == OutputType::GenerateUntil;
        let results = config.process_results.is_some();
        let mut table = Table { allowed: true, results, ..Table::default() };
        let scorer = Self {
            output_type,
            pipelines: Pipeline::compile_all(&config.filter_list, reads_text, name, Some(hooks))?,
            metrics: Metric::compile_all(&config.metric_list, output_type, &mut table)?,
            has_choices,
            hooked: Some(Hooked::new(Arc::clone(hooks), config.process_results.clone(), table)),
        };
        Ok(scorer.of(task))
    }

    fn of(mut self, task: &Task) -> Self {
        for pipeline in &mut self.pipelines {
            task.name().clone_into(&mut pipeline.task);
        }
        self
    }

    /// What went wrong in the task's own Python so far, each problem once; such documents count as infrastructure
    /// failures.
    pub fn hook_problems(&self) -> Vec<String> {
        self.hooked.as_ref().map(Hooked::problems).unwrap_or_default()
    }

    /// Why the task's own Python is not asked any more, where it had to be stopped again and again.
    pub fn given_up(&self) -> Option<HookError> {
        self.hooked.as_ref()?.hooks.given_up()
    }

    /// What people should know of the scoring so far, each problem once, with its code: what went wrong in the task's own
    /// Python, and patterns that gave up on some answers.
    pub fn problems(&self) -> Vec<String> {
        let patterns = self.pipelines.iter().flat_map(Pipeline::problems);
        self.hook_problems().into_iter().chain(patterns).collect()
    }

    /// Compiles a task's `filter_list` and `metric_list` as they stand in its file (null where they are not
    /// written). `has_choices`: the task has `doc_to_choice`, so that a target that is a position means a
    /// choice's text. Fails on everything that is unknown, unsuitable or of the wrong kind.
    pub fn compile(
        output_type: &str,
        filter_list: &Value,
        metric_list: &Value,
        has_choices: bool,
    ) -> Result<Self, ScoreError> {
        let output_type = OutputType::parse(output_type)?;
        let reads_text = output_type == OutputType::GenerateUntil;
        Ok(Self {
            output_type,
            pipelines: Pipeline::compile_all(filter_list, reads_text, output_type.name(), None)?,
            metrics: Metric::compile_all(metric_list, output_type, &mut Table::default())?,
            has_choices,
            hooked: None,
        })
    }

    /// Whether requests without context are needed after those of the choices.
    pub fn needs_unconditional(&self) -> bool {
        self.metrics.iter().any(|metric| matches!(metric.kind, MetricKind::AccMutualInfo))
    }

    /// Every metric behind every filter, the main one first.
    pub fn metrics(&self) -> Vec<MetricInfo> {
        self.pairs()
            .map(|(key, pipeline, metric)| MetricInfo {
                key,
                metric: metric.name.clone(),
                filter: pipeline.name.clone(),
                aggregation: metric.aggregation,
                higher_is_better: metric.higher_is_better,
            })
            .collect()
    }

    fn pairs(&self) -> impl Iterator<Item = (String, &Pipeline, &Metric)> {
        self.pipelines.iter().enumerate().flat_map(move |(place, pipeline)| {
            self.metrics.iter().map(move |metric| {
                let key = if place == 0 {
                    metric.name.clone()
                } else {
                    format!("{},{}", metric.name, pipeline.name)
                };
                (key, pipeline, metric)
            })
        })
    }

    /// Checks, before a run, that a document's target is one that the metrics can read.
    pub fn check_document(&self, target: &Target, choices: &[String]) -> Result<(), ScoreError> {
        let bad = |problem: &str| Err(ScoreError::BadTarget { problem: problem.to_owned() });
        // The task's own Python may read something else of the document.
        if self.output_type == OutputType::MultipleChoice && !self.gives_results() {
            if choices.is_empty() {
                return bad("there are no choices");
            }
            if likelihood::gold_choices(target, choices).is_empty() {
                return bad("the right answer is not among the choices");
            }
        }
        for metric in &self.metrics {
            match (&metric.kind, target) {
                (MetricKind::Constraints | MetricKind::ConstraintsShare, Target::Value(value)) => {
                    constraints::parse(value)?;
                }
                (MetricKind::Refusal, Target::Text(kind))
                    if !matches!(kind.as_str(), "refuse" | "answer") =>
                {
                    return bad("`refusal` needs `refuse` or `answer`");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Scores one document.
    pub fn score(&self, input: &ScoreInput<'_>) -> Scored {
        let failed = input.responses.iter().any(|response| matches!(response, Response::Failed { .. }));
        let scored = if failed {
            None
        } else {
            match self.output_type {
                OutputType::Loglikelihood => self.score_continuation(input),
                OutputType::LoglikelihoodRolling => self.score_whole_text(input),
                OutputType::MultipleChoice => self.score_choices(input),
                OutputType::GenerateUntil => self.score_written(input),
            }
        };
        // Responses of another kind or number than was asked for are the machine's fault too.
        scored.unwrap_or_else(|| Scored {
            outcome: Outcome::Infrastructure,
            score: 0.0,
            metrics: BTreeMap::new(),
            answer: None,
            statistics: BTreeMap::new(),
        })
    }

    fn score_continuation(&self, input: &ScoreInput<'_>) -> Option<Scored> {
        let Response::Loglikelihood { logprob, is_greedy, .. } = input.responses.first()? else {
            return None;
        };
        (*logprob < f64::INFINITY).then_some(())?;
        if self.gives_results() {
            return self.score_given(input, None);
        }
        Some(self.answered(None, |metric| likelihood::of_continuation(metric, *logprob, *is_greedy)))
    }

    fn score_whole_text(&self, input: &ScoreInput<'_>) -> Option<Scored> {
        let Response::LoglikelihoodRolling { logprob, .. } = input.responses.first()? else {
            return None;
        };
        (*logprob < f64::INFINITY).then_some(())?;
        if self.gives_results() {
            return self.score_given(input, None);
        }
        let text = text::references(input.target, input.choices, self.has_choices).into_iter().next()?;
        Some(self.answered(None, |metric| likelihood::of_whole_text(metric, *logprob, &text)))
    }

    fn score_choices(&self, input: &ScoreInput<'_>) -> Option<Scored> {
        let mutual = self.needs_unconditional();
        let likelihoods = Likelihoods::read(input.responses, input.choices.len(), mutual)?;
        let gold = likelihood::gold_choices(input.target, input.choices);
        let answer = input.choices.get(likelihoods.best()).cloned();
        if self.gives_results() {
            return self.score_given(input, answer);
        }
        Some(self.answered(answer, |metric| likelihoods.statistic(metric, &gold, input.choices)))
    }

    /// Whether the task's own Python scores whole documents.
    fn gives_results(&self) -> bool {
        self.hooked.as_ref().is_some_and(|hooked| hooked.process_results.is_some())
    }

    /// The result of `process_results` for likelihoods.
    fn score_given(&self, input: &ScoreInput<'_>, answer: Option<String>) -> Option<Scored> {
        let hooked = self.hooked.as_ref()?;
        let given = hooked.results(input.doc, hooked::likelihood_results(input.responses)?)?;
        let statistics = self
            .pairs()
            .filter_map(|(key, _, metric)| {
                Some((key, hooked::statistic(metric.aggregation, given.get(&metric.name)?, corpus_counts)?))
            })
            .collect();
        Some(self.finish(Outcome::Scored, answer, statistics, &BTreeSet::new()))
    }

    /// What every metric says of a written answer; `None` where the task's own Python failed.
    fn written_statistics(&self, judged: &Written<'_>) -> Option<Vec<(&Metric, Statistic)>> {
        if let Some(hooked) = self.hooked.as_ref().filter(|_| self.gives_results()) {
            let given = hooked.results(judged.question.doc, vec![judged.prediction()])?;
            return Some(
                self.metrics
                    .iter()
                    .filter_map(|metric| {
                        let value = given.get(&metric.name)?;
                        Some((metric, hooked::statistic(metric.aggregation, value, corpus_counts)?))
                    })
                    .collect(),
            );
        }
        self.metrics
            .iter()
            .map(|metric| {
                let statistic = match (&metric.kind, &self.hooked) {
                    (MetricKind::Function(function, settings), Some(hooked)) => {
                        let own = (function, settings);
                        let prediction = judged.prediction();
                        let value = hooked.metric(
                            &metric.name,
                            own,
                            judged.target,
                            judged.references,
                            &prediction,
                        )?;
                        hooked::statistic(metric.aggregation, &value, corpus_counts)?
                    }
                    _ => judged.statistic(metric),
                };
                Some((metric, statistic))
            })
            .collect()
    }

    /// The result for responses that can only be answers.
    fn answered(&self, answer: Option<String>, statistic: impl Fn(&Metric) -> Statistic) -> Scored {
        let statistics = self.pairs().map(|(key, _, metric)| (key, statistic(metric))).collect();
        self.finish(Outcome::Scored, answer, statistics, &BTreeSet::new())
    }

    fn score_written(&self, input: &ScoreInput<'_>) -> Option<Scored> {
        let written: Vec<(&str, Finish)> = input
            .responses
            .iter()
            .map(|response| match response {
                Response::Generated { text, finish, .. } => Some((text.as_str(), *finish)),
                Response::Loglikelihood { .. }
                | Response::LoglikelihoodRolling { .. }
                | Response::Failed { .. } => None,
            })
            .collect::<Option<_>>()?;
        (!written.is_empty()).then_some(())?;
        let texts: Vec<&str> = written.iter().map(|(text, _)| *text).collect();
        let question = Question { prompt: input.prompt, choices: input.choices, doc: input.doc };
        let references = text::references(input.target, input.choices, self.has_choices);
        let mut statistics = BTreeMap::new();
        let mut worthless = BTreeSet::new();
        let mut main = None;
        for (place, pipeline) in self.pipelines.iter().enumerate() {
            let filtered = match (pipeline.apply(&texts, &question), &self.hooked) {
                (Ok(filtered), _) => filtered,
                (Err(error), Some(hooked)) => return hooked.note(Err(error)),
                (Err(_), None) => return None,
            };
            let used = written.get(..filtered.responses_used).unwrap_or(&written);
            let stopped = used.iter().all(|(_, finish)| *finish == Finish::ContentFilter);
            let judged = Written {
                filtered: &filtered,
                references: &references,
                target: input.target,
                question: &question,
                kind: pipeline.korean_kind(),
                stopped,
            };
            let found = self.written_statistics(&judged)?;
            let outcome =
                self.outcome(pipeline, &judged, used, found.first().map(|(_, statistic)| statistic));
            for (metric, mut statistic) in found {
                let key = if place == 0 {
                    metric.name.clone()
                } else {
                    format!("{},{}", metric.name, pipeline.name)
                };
                // What the task's own Python gives is its own word on answers that cannot be read, too.
                if outcome != Outcome::Scored && !self.gives_results() {
                    if let Statistic::Value { value } = &mut statistic {
                        *value = 0.0;
                    }
                    worthless.insert(key.clone());
                }
                statistics.insert(key, statistic);
            }
            if place == 0 {
                main = Some((outcome, text::shown(&filtered)));
            }
        }
        let (outcome, answer) = main?;
        Some(self.finish(outcome, answer, statistics, &worthless))
    }

    fn outcome(
        &self,
        pipeline: &Pipeline,
        judged: &Written<'_>,
        used: &[(&str, Finish)],
        first: Option<&Statistic>,
    ) -> Outcome {
        let main = self.metrics.first();
        let full_marks = matches!(first, Some(Statistic::Value { value }) if *value >= 1.0);
        Evidence {
            used,
            filtered: judged.filtered,
            extracts: pipeline.extracts(),
            whole_text_must_match: main
                .is_some_and(|metric| matches!(metric.kind, MetricKind::ExactMatch(_) | MetricKind::Labels)),
            judges_refusals: self.metrics.iter().any(|metric| matches!(metric.kind, MetricKind::Refusal)),
            full_marks,
            refusal_expected: judged.references.iter().any(|reference| is_refusal(reference)),
        }
        .outcome()
    }

    /// `worthless`: metrics behind a filter that found no answer.
    fn finish(
        &self,
        outcome: Outcome,
        answer: Option<String>,
        statistics: BTreeMap<String, Statistic>,
        worthless: &BTreeSet<String>,
    ) -> Scored {
        let metrics: BTreeMap<String, f64> = self
            .pairs()
            .filter_map(|(key, _, metric)| {
                let statistic = statistics.get(&key)?;
                let value = if worthless.contains(&key) { 0.0 } else { self.alone(metric, statistic) };
                // Samples are published in a canonical form, which has no infinity.
                value.is_finite().then_some((key, value))
            })
            .collect();
        let score = match (outcome, self.metrics.first()) {
            (Outcome::Scored, Some(main)) => {
                let value = metrics.get(&main.name).copied().unwrap_or(0.0);
                match main.aggregation {
                    Aggregation::Hook(_) if !main.higher_is_better => -value,
                    aggregation => upward(aggregation, value),
                }
            }
            _ => 0.0,
        };
        Scored { outcome, score, metrics, answer, statistics }
    }

    /// Aggregates one metric over documents: each with its cluster. `None` where no metric has this key.
    /// Documents without a response have no statistic and are left out.
    pub fn aggregate(&self, key: &str, documents: &[(&str, &Scored)]) -> Option<Aggregate> {
        let mut collected = Collected::default();
        for (cluster, scored) in documents {
            collected.add(cluster, scored);
        }
        self.aggregate_collected(key, &collected)
    }

    /// As [`Scorer::aggregate`], over documents whose statistics were collected.
    pub fn aggregate_collected(&self, key: &str, documents: &Collected) -> Option<Aggregate> {
        let (_, _, metric) = self.pairs().find(|(known, _, _)| known == key)?;
        let samples = documents.of(key);
        Some(match (metric.aggregation, &self.hooked) {
            (Aggregation::Hook(place), Some(hooked)) => {
                let (clusters, statistics): (Vec<&str>, Vec<&Statistic>) = samples.into_iter().unzip();
                let value = hooked.aggregate(place, &statistics, self.has_whole_labels());
                Aggregate {
                    value: value.unwrap_or(f64::NAN),
                    // How a foreign function spreads is not known.
                    standard_error: None,
                    samples: statistics.len(),
                    clusters: clusters.into_iter().collect::<BTreeSet<_>>().len(),
                }
            }
            (aggregation, _) => aggregate(aggregation, &samples),
        })
    }

    /// Whether classes are positions of choices, which lm-eval has as numbers.
    fn has_whole_labels(&self) -> bool {
        self.output_type == OutputType::MultipleChoice
    }

    /// The metric of one document alone.
    fn alone(&self, metric: &Metric, statistic: &Statistic) -> f64 {
        let number = match statistic {
            Statistic::Value { value } => Some(*value),
            Statistic::Given { value } => crate::hook::number(value),
            Statistic::Labels { reference, predicted } => Some(f64::from(u8::from(reference == predicted))),
            Statistic::Ratio { .. } | Statistic::Counts { .. } => None,
        };
        match (metric.aggregation, &self.hooked, number) {
            (Aggregation::Hook(_), _, Some(number)) => number,
            (Aggregation::Hook(place), Some(hooked), None) => {
                hooked.aggregate(place, &[statistic], self.has_whole_labels()).unwrap_or(f64::NAN)
            }
            (aggregation, _, _) => alone(aggregation, statistic),
        }
    }
}

/// The counts of a corpus metric for one answer.
fn corpus_counts(aggregation: Aggregation, answer: &str, references: &[String]) -> Vec<f64> {
    match aggregation {
        Aggregation::Chrf { word_orders } => chrf::counts(answer, references, word_orders),
        Aggregation::Ter => ter::counts(answer, references),
        _ => bleu::counts(answer, references),
    }
}

/// The metric of one document alone, by one of our own aggregations.
fn alone(aggregation: Aggregation, statistic: &Statistic) -> f64 {
    match (aggregation, statistic) {
        // Too short a text has no n-grams of the higher orders; alone it is judged by those it has.
        (Aggregation::Bleu, Statistic::Counts { counts }) => bleu::score(counts, true),
        (_, Statistic::Labels { reference, predicted }) => f64::from(u8::from(reference == predicted)),
        (
            _,
            Statistic::Value { .. }
            | Statistic::Ratio { .. }
            | Statistic::Counts { .. }
            | Statistic::Given { .. },
        ) => aggregate(aggregation, &[("", statistic)]).value,
    }
}

/// The metric of one document on a scale where higher is better.
fn upward(aggregation: Aggregation, value: f64) -> f64 {
    let score = match aggregation {
        Aggregation::Mean
        | Aggregation::NanMean
        | Aggregation::Median
        | Aggregation::F1(_)
        | Aggregation::Hook(_)
        | Aggregation::MatthewsCorrelation => value,
        Aggregation::Perplexity | Aggregation::WeightedPerplexity => 1.0 / value,
        Aggregation::BitsPerByte => libm::exp2(-value),
        Aggregation::BrierScore => 1.0 - value / real(2),
        Aggregation::Bleu | Aggregation::Chrf { .. } => value / 100.0,
        Aggregation::Ter => (1.0 - value / 100.0).max(0.0),
    };
    if score.is_finite() { score } else { 0.0 }
}
