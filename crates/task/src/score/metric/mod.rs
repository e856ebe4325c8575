//! Metrics: which there are, what they read, and how a task file's `metric_list` becomes them.

pub(super) mod likelihood;
pub(super) mod text;

use super::{
    OutputType,
    aggregate::Aggregation,
    error::{ScoreError, nearest},
    hooked::{GIVEN_F1, Table},
    labels::Average,
    options::Options,
};
use crate::hook::{HookFunction, settings_without};
use serde_json::{Map, Value};
use text::ExactMatch;

/// Keys that every entry of a metric list may have. `weight_by_size` belongs to groups, but stands in many
/// task files, where lm-eval does not read it either.
const COMMON: [&str; 5] = ["metric", "aggregation", "higher_is_better", "hf_evaluate", "weight_by_size"];
const NAMES: [&str; 20] = [
    "acc",
    "acc_norm",
    "acc_bytes",
    "acc_mutual_info",
    "exact_match",
    "f1",
    "mcc",
    "brier_score",
    "perplexity",
    "word_perplexity",
    "byte_perplexity",
    "bits_per_byte",
    "bleu",
    "chrf",
    "chrf++",
    "ter",
    "constraints",
    "constraints_share",
    "refusal",
    "macro_f1",
];
const AGGREGATIONS: [&str; 14] = [
    "mean",
    "nanmean",
    "median",
    "perplexity",
    "weighted_perplexity",
    "bits_per_byte",
    "f1",
    "macro_f1",
    "matthews_corrcoef",
    "brier_score",
    "bleu",
    "chrf",
    "chrf++",
    "ter",
];

/// What a metric computes.
#[derive(Debug)]
pub(super) enum MetricKind {
    Acc,
    AccNorm,
    AccBytes,
    AccMutualInfo,
    ExactMatch(ExactMatch),
    /// F1 or Matthews: expected and predicted classes.
    Labels,
    BrierScore,
    Perplexity,
    WordPerplexity,
    BytePerplexity,
    BitsPerByte,
    Bleu,
    Chrf {
        word_orders: usize,
    },
    Ter,
    Constraints,
    ConstraintsShare,
    Refusal,
    /// `process_results` gives its value.
    Given,
    /// A Python function of the task's own, with its settings.
    Function(HookFunction, Map<String, Value>),
}

/// One metric of a task.
#[derive(Debug)]
pub(super) struct Metric {
    pub(super) name: String,
    pub(super) kind: MetricKind,
    pub(super) aggregation: Aggregation,
    pub(super) higher_is_better: bool,
}

impl Metric {
    /// The metrics of `metric_list`, or lm-eval's defaults for the output type where it is null.
    pub(super) fn compile_all(
        metric_list: &Value,
        output_type: OutputType,
        table: &mut Table,
    ) -> Result<Vec<Self>, ScoreError> {
        let bad = || ScoreError::BadOption {
            owner: "metric_list".to_owned(),
            option: "metric_list".to_owned(),
            expected: "a list of metrics, each named once",
        };
        let entries = match metric_list {
            Value::Null => {
                let none = Map::new();
                return default_names(output_type)
                    .iter()
                    .map(|name| Self::compile(name, &none, output_type))
                    .collect();
            }
            Value::Array(entries) if !entries.is_empty() => entries,
            Value::Array(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                return Err(bad());
            }
        };
        let mut metrics: Vec<Self> = Vec::with_capacity(entries.len());
        for entry in entries {
            let values = entry.as_object().ok_or_else(bad)?;
            let function =
                values.get("metric").and_then(HookFunction::of_placed_mark).filter(|_| table.allowed);
            let name = match (&function, values.get("metric")) {
                // lm-eval calls such a metric by the function's name.
                (Some(function), _) => function.name.rsplit('.').next().unwrap_or_default(),
                (None, name) => name.and_then(Value::as_str).ok_or_else(bad)?,
            };
            if metrics.iter().any(|metric| metric.name == name) {
                return Err(bad());
            }
            metrics.push(if table.results {
                Self::compile_given(name, values, output_type, MetricKind::Given, table)?
            } else if let Some(function) = &function {
                if output_type != OutputType::GenerateUntil {
                    let (metric, output_type) = (name.to_owned(), output_type.name());
                    return Err(ScoreError::MetricUnsuitable { metric, output_type });
                }
                let kind = MetricKind::Function(function.clone(), settings_without(values, &COMMON));
                Self::compile_given(name, values, output_type, kind, table)?
            } else {
                Self::compile_hooked(name, values, output_type, table)?
            });
        }
        Ok(metrics)
    }

    /// A metric whose values come from Python.
    fn compile_given(
        name: &str,
        values: &Map<String, Value>,
        output_type: OutputType,
        kind: MetricKind,
        table: &mut Table,
    ) -> Result<Self, ScoreError> {
        let known = NAMES.contains(&name) && suits(name, output_type) && name != "f1";
        let (natural, higher) = if known {
            let like = Self::compile(name, &Map::new(), output_type)?;
            (like.aggregation, like.higher_is_better)
        } else if name == "f1" {
            (GIVEN_F1, true)
        } else {
            (Aggregation::Mean, true)
        };
        let aggregation = table.written(values, natural)?;
        let written = values.get("higher_is_better").and_then(Value::as_bool);
        Ok(Self { name: name.to_owned(), kind, aggregation, higher_is_better: written.unwrap_or(higher) })
    }

    /// A metric of ours, perhaps with an aggregation of the task's own.
    fn compile_hooked(
        name: &str,
        values: &Map<String, Value>,
        output_type: OutputType,
        table: &mut Table,
    ) -> Result<Self, ScoreError> {
        let aggregation = values.get("aggregation").and_then(HookFunction::of_placed_mark);
        let Some(function) = aggregation.filter(|_| table.allowed) else {
            return Self::compile(name, values, output_type);
        };
        let mut plain = settings_without(values, &["aggregation"]);
        if name == "f1" && !plain.contains_key("average") {
            // The average is the aggregation's own business.
            plain.insert("average".to_owned(), Value::from("macro"));
        }
        let mut metric = Self::compile(name, &plain, output_type)?;
        if matches!(metric.kind, MetricKind::Bleu | MetricKind::Chrf { .. } | MetricKind::Ter) {
            return Err(ScoreError::AggregationUnsuitable {
                metric: name.to_owned(),
                aggregation: "a Python function",
            });
        }
        metric.aggregation = table.aggregation(function);
        Ok(metric)
    }

    fn compile(name: &str, values: &Map<String, Value>, output_type: OutputType) -> Result<Self, ScoreError> {
        if !NAMES.contains(&name) {
            return Err(ScoreError::UnknownMetric { name: name.to_owned(), nearest: nearest(name, &NAMES) });
        }
        if !suits(name, output_type) {
            return Err(ScoreError::MetricUnsuitable {
                metric: name.to_owned(),
                output_type: output_type.name(),
            });
        }
        let known: &[&str] = match name {
            "exact_match" => {
                &["ignore_case", "ignore_punctuation", "ignore_numbers", "regexes_to_ignore", "numeric"]
            }
            // How texts are compared is written beside metrics of choices too, where nothing is compared as text.
            "f1" if output_type == OutputType::MultipleChoice => {
                &["average", "ignore_case", "ignore_punctuation", "ignore_numbers", "regexes_to_ignore"]
            }
            "f1" => &["average"],
            _ if output_type == OutputType::MultipleChoice => {
                &["ignore_case", "ignore_punctuation", "ignore_numbers", "regexes_to_ignore"]
            }
            _ => &[],
        };
        let options = Options::new(name, values, &COMMON, known)?;
        let average = average(name, &options, output_type)?;
        let (kind, natural, higher) = meaning(name, &options, average)?;
        let aggregation = chosen_aggregation(name, &options, natural, average)?;
        let written = values.get("higher_is_better").and_then(Value::as_bool);
        Ok(Self { name: name.to_owned(), kind, aggregation, higher_is_better: written.unwrap_or(higher) })
    }
}

const fn default_names(output_type: OutputType) -> &'static [&'static str] {
    match output_type {
        OutputType::Loglikelihood => &["perplexity", "acc"],
        OutputType::LoglikelihoodRolling => &["word_perplexity", "byte_perplexity", "bits_per_byte"],
        OutputType::MultipleChoice => &["acc", "acc_norm"],
        OutputType::GenerateUntil => &["exact_match"],
    }
}

fn suits(name: &str, output_type: OutputType) -> bool {
    let names: &[&str] = match output_type {
        OutputType::Loglikelihood => &["acc", "perplexity"],
        OutputType::LoglikelihoodRolling => &["word_perplexity", "byte_perplexity", "bits_per_byte"],
        OutputType::MultipleChoice => &[
            "acc",
            "acc_norm",
            "acc_bytes",
            "acc_mutual_info",
            "exact_match",
            "f1",
            "macro_f1",
            "mcc",
            "brier_score",
        ],
        OutputType::GenerateUntil => &[
            "exact_match",
            "f1",
            "macro_f1",
            "mcc",
            "bleu",
            "chrf",
            "chrf++",
            "ter",
            "constraints",
            "constraints_share",
            "refusal",
        ],
    };
    names.contains(&name)
}

/// F1's average: written, else binary for choices; texts have no positive class and need one written.
fn average(name: &str, options: &Options<'_>, output_type: OutputType) -> Result<Average, ScoreError> {
    let default = match (name, output_type) {
        ("f1", OutputType::GenerateUntil) if options.any("aggregation") != "macro_f1" => "",
        ("f1", _) if options.any("aggregation") != "macro_f1" => "binary",
        _ => "macro",
    };
    if name != "f1" {
        return Ok(Average::Macro);
    }
    let written = options.text("average", default)?;
    Average::parse(&written)
        .ok_or_else(|| options.reject("average", "`binary`, `macro`, `micro` or `weighted`"))
}

/// The metric's computation, its own aggregation, and whether more is better.
fn meaning(
    name: &str,
    options: &Options<'_>,
    average: Average,
) -> Result<(MetricKind, Aggregation, bool), ScoreError> {
    use Aggregation as A;
    use MetricKind as K;
    Ok(match name {
        "acc" => (K::Acc, A::Mean, true),
        "acc_norm" => (K::AccNorm, A::Mean, true),
        "acc_bytes" => (K::AccBytes, A::Mean, true),
        "acc_mutual_info" => (K::AccMutualInfo, A::Mean, true),
        "f1" | "macro_f1" => (K::Labels, A::F1(average), true),
        "mcc" => (K::Labels, A::MatthewsCorrelation, true),
        "brier_score" => (K::BrierScore, A::BrierScore, false),
        "perplexity" => (K::Perplexity, A::Perplexity, false),
        "word_perplexity" => (K::WordPerplexity, A::WeightedPerplexity, false),
        "byte_perplexity" => (K::BytePerplexity, A::WeightedPerplexity, false),
        "bits_per_byte" => (K::BitsPerByte, A::BitsPerByte, false),
        "bleu" => (K::Bleu, A::Bleu, true),
        "chrf" => (K::Chrf { word_orders: 0 }, A::Chrf { word_orders: 0 }, true),
        "chrf++" => (K::Chrf { word_orders: 2 }, A::Chrf { word_orders: 2 }, true),
        "ter" => (K::Ter, A::Ter, false),
        "constraints" => (K::Constraints, A::Mean, true),
        "constraints_share" => (K::ConstraintsShare, A::Mean, true),
        "refusal" => (K::Refusal, A::Mean, true),
        _ => (K::ExactMatch(ExactMatch::compile(name, options)?), A::Mean, true),
    })
}

/// The aggregation called `name`, for values that a task's own Python gives.
pub(super) fn aggregation_named(name: &str) -> Result<Aggregation, ScoreError> {
    use Aggregation as A;
    Ok(match name {
        "mean" => A::Mean,
        "nanmean" => A::NanMean,
        "median" => A::Median,
        "perplexity" => A::Perplexity,
        "weighted_perplexity" => A::WeightedPerplexity,
        "bits_per_byte" => A::BitsPerByte,
        "f1" => GIVEN_F1,
        "macro_f1" => A::F1(Average::Macro),
        "matthews_corrcoef" => A::MatthewsCorrelation,
        "brier_score" => A::BrierScore,
        "bleu" => A::Bleu,
        "chrf" => A::Chrf { word_orders: 0 },
        "chrf++" => A::Chrf { word_orders: 2 },
        "ter" => A::Ter,
        _ => {
            return Err(ScoreError::UnknownAggregation {
                nearest: nearest(name, &AGGREGATIONS),
                name: name.to_owned(),
            });
        }
    })
}

/// The aggregation that is written, if it can summarise what the metric gives.
fn chosen_aggregation(
    name: &str,
    options: &Options<'_>,
    natural: Aggregation,
    average: Average,
) -> Result<Aggregation, ScoreError> {
    use Aggregation as A;
    let written = options.text("aggregation", "")?;
    if written.is_empty() {
        return Ok(natural);
    }
    let Some(known) = AGGREGATIONS.iter().find(|known| **known == written) else {
        return Err(ScoreError::UnknownAggregation {
            nearest: nearest(&written, &AGGREGATIONS),
            name: written,
        });
    };
    let suitable = match (*known, natural) {
        ("mean", A::Mean | A::BrierScore)
        | ("perplexity", A::Perplexity)
        | ("weighted_perplexity", A::WeightedPerplexity)
        | ("bits_per_byte", A::BitsPerByte)
        | ("brier_score", A::BrierScore)
        | ("bleu", A::Bleu)
        | ("chrf", A::Chrf { word_orders: 0 })
        | ("chrf++", A::Chrf { word_orders: 2 })
        | ("ter", A::Ter)
        | ("f1", A::F1(_))
        | ("matthews_corrcoef", A::MatthewsCorrelation) => Some(natural),
        ("nanmean", A::Mean) => Some(A::NanMean),
        ("median", A::Mean) => Some(A::Median),
        ("mean", A::Perplexity) => Some(A::Mean),
        ("macro_f1", A::F1(_)) => Some(A::F1(Average::Macro)),
        // An F1 of one document says nothing; the mean that such files ask for is the F1 of all.
        ("mean", A::F1(_)) if average != Average::Binary => Some(natural),
        _ => None,
    };
    suitable.ok_or_else(|| ScoreError::AggregationUnsuitable { metric: name.to_owned(), aggregation: known })
}
