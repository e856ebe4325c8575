//! Metrics of log-likelihoods: which choice is the most likely, and how likely a text is.

use super::{Metric, MetricKind};
use crate::{
    Target,
    score::{Statistic, corpus::real, py_text},
};
use daepyo_core::Response;
use serde_json::Value;

/// Log-likelihoods of a document's choices.
pub(in crate::score) struct Likelihoods {
    logprobs: Vec<f64>,
    greedy: Vec<bool>,
    /// Without the question, where mutual information needs them.
    unconditional: Vec<f64>,
}

impl Likelihoods {
    /// Reads one response for each of `choices`, and after them, where `mutual`, one without the question
    /// for each. `None` where the responses are others.
    pub(in crate::score) fn read(responses: &[Response], choices: usize, mutual: bool) -> Option<Self> {
        let expected = if mutual { 2 * choices } else { choices };
        if responses.len() != expected || choices == 0 {
            return None;
        }
        let all: Vec<(f64, bool)> = responses
            .iter()
            .map(|response| match response {
                Response::Loglikelihood { logprob, is_greedy, .. } if *logprob < f64::INFINITY => {
                    Some((*logprob, *is_greedy))
                }
                Response::Loglikelihood { .. }
                | Response::LoglikelihoodRolling { .. }
                | Response::Generated { .. }
                | Response::Failed { .. } => None,
            })
            .collect::<Option<_>>()?;
        let (own, bare) = all.split_at_checked(choices)?;
        Some(Self {
            logprobs: own.iter().map(|(logprob, _)| *logprob).collect(),
            greedy: own.iter().map(|(_, greedy)| *greedy).collect(),
            unconditional: bare.iter().map(|(logprob, _)| *logprob).collect(),
        })
    }

    /// The most likely choice.
    pub(in crate::score) fn best(&self) -> usize {
        argmax(self.logprobs.iter().copied())
    }

    /// What the metric says of this document.
    pub(in crate::score) fn statistic(
        &self,
        metric: &Metric,
        gold: &[usize],
        choices: &[String],
    ) -> Statistic {
        let right = |choice: usize| Statistic::Value { value: f64::from(u8::from(gold.contains(&choice))) };
        let per = |length: fn(&String) -> usize| {
            let lengths = choices.iter().map(|choice| real(length(choice)));
            argmax(self.logprobs.iter().zip(lengths).map(|(logprob, length)| logprob / length))
        };
        match metric.kind {
            MetricKind::AccNorm => right(per(|choice| choice.chars().count())),
            MetricKind::AccBytes => right(per(String::len)),
            MetricKind::AccMutualInfo => {
                let gains = self.logprobs.iter().zip(&self.unconditional);
                right(argmax(gains.map(|(own, bare)| own - bare)))
            }
            MetricKind::ExactMatch(_) => {
                let greedy = gold.iter().any(|choice| self.greedy.get(*choice) == Some(&true));
                Statistic::Value { value: f64::from(u8::from(greedy)) }
            }
            MetricKind::Labels => self.labels(gold),
            MetricKind::BrierScore => self.brier(gold),
            MetricKind::Acc
            | MetricKind::Given
            | MetricKind::Function(..)
            | MetricKind::Perplexity
            | MetricKind::WordPerplexity
            | MetricKind::BytePerplexity
            | MetricKind::BitsPerByte
            | MetricKind::Bleu
            | MetricKind::Chrf { .. }
            | MetricKind::Ter
            | MetricKind::Constraints
            | MetricKind::ConstraintsShare
            | MetricKind::Refusal => right(self.best()),
        }
    }

    fn labels(&self, gold: &[usize]) -> Statistic {
        let predicted = self.best();
        let reference = if gold.contains(&predicted) { Some(&predicted) } else { gold.first() };
        Statistic::Labels {
            // lm-eval's mark for an answer that is not among the choices.
            reference: reference.map_or_else(|| "-100".to_owned(), usize::to_string),
            predicted: predicted.to_string(),
        }
    }

    /// Squared distance of the choices' probabilities from the right answer.
    fn brier(&self, gold: &[usize]) -> Statistic {
        let most = self.logprobs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weight = |logprob: &f64| {
            // Where every choice is impossible, none is likelier than another.
            if most.is_finite() { libm::exp(logprob - most) } else { 1.0 }
        };
        let weights: Vec<f64> = self.logprobs.iter().map(weight).collect();
        let total: f64 = weights.iter().sum();
        let value = weights
            .iter()
            .enumerate()
            .map(|(choice, weight)| {
                let right = f64::from(u8::from(gold.first() == Some(&choice)));
                (weight / total - right).powi(2)
            })
            .sum();
        Statistic::Value { value }
    }
}

/// The first of the greatest values; a value that is not a number counts as the greatest, as in `NumPy`.
fn argmax(values: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (index, value) in values.enumerate() {
        if value.is_nan() {
            return index;
        }
        if value > best.1 {
            best = (index, value);
        }
    }
    best.0
}

/// Positions of the right choices; one outside the choices is no position.
pub(in crate::score) fn gold_choices(target: &Target, choices: &[String]) -> Vec<usize> {
    let of_text = |text: &str| choices.iter().position(|choice| choice == text);
    let of_value = |value: &Value| match value {
        Value::Number(number) => number.as_u64().and_then(|index| usize::try_from(index).ok()),
        Value::Bool(flag) => Some(usize::from(*flag)),
        Value::String(text) => of_text(text),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let all: Vec<usize> = match target {
        Target::Choice(index) => vec![*index],
        Target::Choices(indices) => indices.clone(),
        Target::Text(text) => of_text(text).into_iter().collect(),
        Target::Texts(texts) => texts.iter().filter_map(|text| of_text(text)).collect(),
        Target::Value(Value::Array(values)) => values.iter().filter_map(of_value).collect(),
        Target::Value(value) => of_value(value).into_iter().collect(),
    };
    all.into_iter().filter(|index| *index < choices.len()).collect()
}

/// What a metric of one continuation says: its log-likelihood, or whether it would be written.
pub(in crate::score) fn of_continuation(metric: &Metric, logprob: f64, is_greedy: bool) -> Statistic {
    let value =
        if matches!(metric.kind, MetricKind::Perplexity) { logprob } else { f64::from(u8::from(is_greedy)) };
    Statistic::Value { value }
}

/// What a metric of a whole text says.
pub(in crate::score) fn of_whole_text(metric: &Metric, logprob: f64, text: &str) -> Statistic {
    let denominator = if matches!(metric.kind, MetricKind::WordPerplexity) {
        py_text::count_pieces(text)
    } else {
        text.len()
    };
    Statistic::Ratio { numerator: logprob, denominator: real(denominator) }
}
