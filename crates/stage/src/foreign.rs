//! One candidate's results as other programs' formats are written from.

use crate::lm_eval_layout::{Layout, TaskFigures};
use crate::observe::Judged;
use crate::suites::LoadedTask;
use daepyo_core::{GenerateParams, Request};
use daepyo_formats::{Evaluated, EvaluatedMetric, EvaluatedSample, EvaluatedTask};
use daepyo_task::score::Aggregation;

impl Layout<'_> {
    /// The same results as [`Layout::files`] has.
    pub(crate) fn evaluated<'a>(&'a self, judged: &'a [Judged<'_>]) -> Evaluated<'a> {
        let tasks = self.tasks().enumerate().map(|(place, (suite, task))| {
            let hidden = suite.suite.reveal.is_some();
            self.evaluated_task(place, (task, hidden), judged)
        });
        Evaluated {
            model: &self.plan.submission.model,
            model_digest: self.plan.submission.digest,
            version: env!("CARGO_PKG_VERSION"),
            date: self.date,
            tasks: tasks.collect(),
        }
    }

    fn evaluated_task<'a>(
        &'a self,
        place: usize,
        (task, hidden): (&'a LoadedTask, bool),
        judged: &'a [Judged<'_>],
    ) -> EvaluatedTask<'a> {
        let config = task.task.config();
        let metrics = task.scorer.metrics().into_iter().filter_map(|info| {
            let found = self.aggregate(place, task, &info.key)?;
            Some(EvaluatedMetric {
                key: info.key,
                metric: info.metric,
                filter: info.filter,
                aggregation: name(info.aggregation),
                higher_is_better: info.higher_is_better,
                value: found.value,
                standard_error: found.standard_error,
            })
        });
        let of_task = || judged.iter().filter(move |judged| judged.scored.place.0 == place);
        let samples = of_task().filter(|_| !hidden).map(|judged| self.evaluated_sample(judged));
        EvaluatedTask {
            name: task.task.name(),
            version: config.version(),
            dataset: config.dataset_path.as_deref(),
            output_type: config.output_type.name(),
            num_fewshot: task.task.num_fewshot(),
            params: of_task().find_map(params),
            metrics: metrics.collect(),
            documents: self.figures.get(place).map_or(0, TaskFigures::documents),
            samples: samples.collect(),
        }
    }

    fn evaluated_sample<'a>(&'a self, judged: &'a Judged<'_>) -> EvaluatedSample<'a> {
        let (instance, one) = (judged.instance.as_ref(), &judged.scored);
        let exchanges = instance.requests.iter().zip(&one.sample.requests);
        EvaluatedSample {
            document: instance.document,
            document_digest: instance.document_digest,
            cluster: &one.sample.cluster,
            prompt: &instance.input,
            target: instance.target.shown(&instance.choices),
            choices: &instance.choices,
            exchanges: exchanges.map(|(request, digest)| (request, self.answers.get(digest))).collect(),
            outcome: one.sample.outcome,
            score: one.sample.score,
            answer: one.scored.answer.as_deref(),
            metrics: &one.scored.metrics,
        }
    }
}

fn params<'a>(judged: &'a Judged<'_>) -> Option<&'a GenerateParams> {
    judged.instance.requests.iter().find_map(|request| match request {
        Request::Generate { params, .. } => Some(params),
        Request::Loglikelihood { .. } | Request::LoglikelihoodRolling { .. } => None,
    })
}

fn name(aggregation: Aggregation) -> &'static str {
    match aggregation {
        Aggregation::Mean => "mean",
        Aggregation::NanMean => "nanmean",
        Aggregation::Median => "median",
        Aggregation::Perplexity => "perplexity",
        Aggregation::WeightedPerplexity => "weighted_perplexity",
        Aggregation::BitsPerByte => "bits_per_byte",
        Aggregation::F1(_) => "f1",
        Aggregation::MatthewsCorrelation => "matthews_corrcoef",
        Aggregation::BrierScore => "brier_score",
        Aggregation::Bleu => "bleu",
        Aggregation::Chrf { .. } => "chrf",
        Aggregation::Ter => "ter",
        Aggregation::Hook(_) => "the task's own function",
    }
}
