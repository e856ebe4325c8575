//! One candidate's results as other programs' formats are written from.

use crate::lm_eval_layout::Layout;
use crate::observe::ScoredSample;
use crate::plan::PlannedInstance;
use crate::suites::LoadedTask;
use daepyo_core::{GenerateParams, Request};
use daepyo_formats::{Evaluated, EvaluatedMetric, EvaluatedSample, EvaluatedTask};
use daepyo_task::score::Aggregation;

impl Layout<'_> {
    /// The same results as [`Layout::files`] has.
    pub(crate) fn evaluated(&self) -> Evaluated<'_> {
        let tasks = self.tasks().enumerate().map(|(place, (suite, task))| {
            let hidden = suite.suite.reveal.is_some();
            self.evaluated_task(place, task, hidden)
        });
        Evaluated {
            model: &self.plan.submission.model,
            model_digest: self.plan.submission.digest,
            version: env!("CARGO_PKG_VERSION"),
            date: self.date,
            tasks: tasks.collect(),
        }
    }

    fn evaluated_task<'a>(&'a self, place: usize, task: &'a LoadedTask, hidden: bool) -> EvaluatedTask<'a> {
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
        let of_task = || self.of_task(place).filter_map(|one| Some((one, self.planned(one)?)));
        let samples = of_task().filter(|_| !hidden).map(|(one, planned)| self.evaluated_sample(one, planned));
        EvaluatedTask {
            name: task.task.name(),
            version: config.version(),
            dataset: config.dataset_path.as_deref(),
            output_type: config.output_type.name(),
            num_fewshot: task.task.num_fewshot(),
            params: of_task().find_map(|(_, planned)| params(planned)),
            metrics: metrics.collect(),
            documents: self.of_task(place).count(),
            samples: samples.collect(),
        }
    }

    fn planned(&self, one: &ScoredSample) -> Option<&PlannedInstance> {
        self.plan.tasks.get(one.place.0)?.instances.get(one.place.1)
    }

    fn evaluated_sample<'a>(
        &'a self,
        one: &'a ScoredSample,
        planned: &'a PlannedInstance,
    ) -> EvaluatedSample<'a> {
        let instance = &planned.instance;
        let exchanges = instance.requests.iter().zip(&planned.requests);
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

fn params(planned: &PlannedInstance) -> Option<&GenerateParams> {
    planned.instance.requests.iter().find_map(|request| match request {
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
