//! Scoring by a task's own Python: `process_results`, metrics, filters and aggregations that a `!function` names.

use super::{Aggregation, Statistic, error::ScoreError, labels::Average, metric::aggregation_named};
use crate::{
    Target,
    hook::{self, HookError, HookFunction, Hooks},
    py_str,
};
use daepyo_core::Response;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

/// Bounds how many different problems are remembered.
const MAX_PROBLEMS: usize = 20;

/// The Python that a task's scoring asks.
#[derive(Debug)]
pub(super) struct Hooked {
    pub(super) hooks: Arc<Hooks>,
    pub(super) process_results: Option<HookFunction>,
    /// What [`Aggregation::Hook`] counts.
    pub(super) aggregations: Vec<HookFunction>,
    problems: Mutex<BTreeSet<String>>,
}

/// What compiling a metric list may use of Python, and what it found.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// There is a worker.
    pub(super) allowed: bool,
    /// `process_results` gives the metrics' values.
    pub(super) results: bool,
    pub(super) aggregations: Vec<HookFunction>,
}

impl Table {
    /// The aggregation that asks `function`.
    pub(super) fn aggregation(&mut self, function: HookFunction) -> Aggregation {
        let place = self.aggregations.iter().position(|known| *known == function).unwrap_or_else(|| {
            self.aggregations.push(function);
            self.aggregations.len() - 1
        });
        Aggregation::Hook(place)
    }

    /// The aggregation that an entry of a metric list names for values of a task's own; `natural` where it names none.
    pub(super) fn written(
        &mut self,
        values: &Map<String, Value>,
        natural: Aggregation,
    ) -> Result<Aggregation, ScoreError> {
        match values.get("aggregation") {
            None | Some(Value::Null) => Ok(natural),
            Some(Value::String(name)) => aggregation_named(name),
            Some(mark) => match HookFunction::of_placed_mark(mark) {
                Some(function) => Ok(self.aggregation(function)),
                None => Err(ScoreError::BadOption {
                    owner: "metric_list".to_owned(),
                    option: "aggregation".to_owned(),
                    expected: "the name of an aggregation, or a Python function",
                }),
            },
        }
    }
}

impl Hooked {
    pub(super) fn new(hooks: Arc<Hooks>, process_results: Option<HookFunction>, table: Table) -> Self {
        Self { hooks, process_results, aggregations: table.aggregations, problems: Mutex::default() }
    }

    /// Remembers a problem, for people; `None` stands for what it prevented.
    pub(super) fn note<T>(&self, result: Result<T, HookError>) -> Option<T> {
        result
            .map_err(|error| {
                let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
                if problems.len() < MAX_PROBLEMS {
                    problems.insert(error.to_string());
                }
            })
            .ok()
    }

    pub(super) fn problems(&self) -> Vec<String> {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// What `process_results` gives for a document and the results that lm-eval would hand over.
    pub(super) fn results(
        &self,
        doc: &Map<String, Value>,
        results: Vec<Value>,
    ) -> Option<Map<String, Value>> {
        let function = self.process_results.as_ref()?;
        let scored = self.hooks.process_results(function, &[doc], &[Value::Array(results)]);
        self.note(scored)?.pop()
    }

    /// A metric of the task's own for one answer. Of several references the best one counts, as 1 or 0.
    pub(super) fn metric(
        &self,
        name: &str,
        (function, settings): (&HookFunction, &Map<String, Value>),
        target: &Target,
        references: &[String],
        prediction: &Value,
    ) -> Option<Value> {
        let one = |reference: &Value| {
            let value = self.note(self.hooks.metric(function, reference, prediction, settings))?;
            match value {
                Value::Object(mut values) if !hook::is_mark(&values) => values.remove(name),
                value => Some(value),
            }
        };
        match target {
            Target::Value(value) => one(value),
            Target::Text(_) | Target::Choice(_) => one(&json!(references.first()?)),
            Target::Texts(_) | Target::Choices(_) => {
                let mut any = false;
                for reference in references {
                    let value = one(&json!(reference))?;
                    any |= hook::number(&value).is_some_and(|number| number != 0.0);
                }
                Some(Value::from(if any { 1.0 } else { 0.0 }))
            }
        }
    }

    /// What the task's own aggregation makes of `statistics`. `whole_labels`: classes are positions of choices.
    pub(super) fn aggregate(
        &self,
        place: usize,
        statistics: &[&Statistic],
        whole_labels: bool,
    ) -> Option<f64> {
        let function = self.aggregations.get(place)?;
        let items: Vec<Value> = statistics.iter().map(|statistic| item(statistic, whole_labels)).collect();
        let items: Vec<&Value> = items.iter().collect();
        let value = self.note(self.hooks.aggregate(function, &items))?;
        let number = hook::number(&value).ok_or_else(|| HookError::Result {
            function: function.name.clone(),
            problem: format!("gives `{}` and not a number", py_str(&value)),
        });
        self.note(number)
    }
}

/// A statistic as the value that lm-eval would have collected.
fn item(statistic: &Statistic, whole_labels: bool) -> Value {
    let label = |text: &String| match text.parse::<i64>() {
        Ok(number) if whole_labels => Value::from(number),
        Ok(_) | Err(_) => Value::from(text.as_str()),
    };
    match statistic {
        Statistic::Value { value } => Value::from(*value),
        Statistic::Ratio { numerator, denominator } => {
            hook::tuple(&[Value::from(*numerator), Value::from(*denominator)])
        }
        Statistic::Labels { reference, predicted } => hook::tuple(&[label(reference), label(predicted)]),
        Statistic::Counts { counts } => json!(counts),
        Statistic::Given { value } => value.as_ref().clone(),
    }
}

/// The results that lm-eval hands to `process_results` for likelihoods: pairs of log-likelihood and whether the
/// continuation would be written, or for whole texts the log-likelihood alone. `None` for other responses.
pub(super) fn likelihood_results(responses: &[Response]) -> Option<Vec<Value>> {
    responses
        .iter()
        .map(|response| match response {
            Response::Loglikelihood { logprob, is_greedy, .. } => {
                Some(hook::tuple(&[float(*logprob), Value::from(*is_greedy)]))
            }
            Response::LoglikelihoodRolling { logprob, .. } => Some(float(*logprob)),
            Response::Generated { .. } | Response::Failed { .. } => None,
        })
        .collect()
}

fn float(number: f64) -> Value {
    if number.is_finite() {
        return Value::from(number);
    }
    let name = if number.is_nan() {
        "nan"
    } else if number > 0.0 {
        "inf"
    } else {
        "-inf"
    };
    json!({"!float": name})
}

/// What a value that `process_results` gave means to an aggregation; `None` where it is of the wrong kind.
pub(super) fn statistic(aggregation: Aggregation, value: &Value, counts: Counts) -> Option<Statistic> {
    let pair = || match hook::items(value)? {
        [first, second] => Some((first, second)),
        _ => None,
    };
    Some(match aggregation {
        Aggregation::Mean | Aggregation::NanMean | Aggregation::Median | Aggregation::Perplexity => {
            Statistic::Value { value: hook::number(value)? }
        }
        Aggregation::BrierScore => {
            let (gold, shares) = pair()?;
            let gold = gold.as_u64().and_then(|gold| usize::try_from(gold).ok())?;
            let mut sum = 0.0;
            for (place, share) in hook::items(shares)?.iter().enumerate() {
                sum += (hook::number(share)? - f64::from(u8::from(place == gold))).powi(2);
            }
            Statistic::Value { value: sum }
        }
        Aggregation::WeightedPerplexity | Aggregation::BitsPerByte => {
            let (above, below) = pair()?;
            Statistic::Ratio { numerator: hook::number(above)?, denominator: hook::number(below)? }
        }
        Aggregation::F1(_) | Aggregation::MatthewsCorrelation => {
            let (reference, predicted) = pair()?;
            Statistic::Labels { reference: py_str(reference), predicted: py_str(predicted) }
        }
        Aggregation::Bleu | Aggregation::Chrf { .. } | Aggregation::Ter => {
            let (references, prediction) = pair()?;
            let references: Vec<String> = match hook::items(references) {
                Some(items) => items.iter().map(py_str).collect(),
                None => vec![py_str(references)],
            };
            let prediction = hook::items(prediction).map_or(Some(prediction), <[Value]>::first)?;
            Statistic::Counts { counts: counts(aggregation, &py_str(prediction), &references) }
        }
        Aggregation::Hook(_) => Statistic::Given { value: Box::new(value.clone()) },
    })
}

/// How a corpus metric counts a text against its references.
pub(super) type Counts = fn(Aggregation, &str, &[String]) -> Vec<f64>;

/// F1 of classes where `process_results` gives them: binary, as lm-eval's `f1` aggregation has it.
pub(super) const GIVEN_F1: Aggregation = Aggregation::F1(Average::Binary);
