//! From the statistics of single documents to one value with its standard error, in closed form.
//!
//! Every aggregation gives each document's influence on the value (how far the document alone moves it).
//! The standard error is that of the mean influence, clustered where documents depend on each other:
//! `SE² = 1/n² · C/(C−1) · Σ_c (Σ_{i∈c} ψ_i)²` (Miller 2024, arXiv 2411.00640). With every document its
//! own cluster and a plain mean this is `sd/√n`. No resampling, so the same bytes come out everywhere.

use super::{
    corpus::{bleu, chrf, real, ter},
    labels::{self, Average},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one document contributes to a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Statistic {
    /// A number of its own.
    Value {
        /// The number.
        value: f64,
    },
    /// A part of a ratio of sums.
    Ratio {
        /// Log-likelihood, in nats.
        numerator: f64,
        /// Words or bytes.
        denominator: f64,
    },
    /// A class that was expected and one that was predicted.
    Labels {
        /// Expected.
        reference: String,
        /// Predicted.
        predicted: String,
    },
    /// Counts that add up over documents (BLEU, chrF, TER).
    Counts {
        /// The counts, in the metric's own order.
        counts: Vec<f64>,
    },
    /// What a task's own Python gave, for an aggregation of its own.
    Given {
        /// The value, with marks for what JSON lacks.
        value: Box<serde_json::Value>,
    },
}

/// How documents' statistics become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// Arithmetic mean.
    Mean,
    /// Mean of the values that are numbers.
    NanMean,
    /// The upper median, as lm-eval takes it.
    Median,
    /// exp of the negative mean.
    Perplexity,
    /// exp of the negative ratio of sums.
    WeightedPerplexity,
    /// The negative ratio of sums in bits.
    BitsPerByte,
    /// F1 of classes.
    F1(Average),
    /// Matthews correlation of classes (Gorodkin's form for more than two).
    MatthewsCorrelation,
    /// Mean Brier score.
    BrierScore,
    /// Corpus BLEU, 0 to 100.
    Bleu,
    /// Corpus chrF with so many word orders (2 is chrF++), 0 to 100.
    Chrf {
        /// Word n-gram orders beside the six character orders.
        word_orders: usize,
    },
    /// Corpus TER, in per cent, lower is better.
    Ter,
    /// A Python function of the task's own, by its place among those of the task.
    Hook(usize),
}

/// A value over documents.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// The value; not a number where there was no document.
    pub value: f64,
    /// Its standard error; `None` where one cluster says nothing about the spread.
    pub standard_error: Option<f64>,
    /// Documents that had a part in it.
    pub samples: usize,
    /// Clusters of documents.
    pub clusters: usize,
}

/// Aggregates `samples`: each document's cluster and statistic. Documents without dependence have
/// different cluster names. Statistics of another kind than the aggregation reads are left out.
pub fn aggregate(aggregation: Aggregation, samples: &[(&str, &Statistic)]) -> Aggregate {
    match aggregation {
        Aggregation::Mean | Aggregation::BrierScore => {
            let (clusters, values) = values(samples, |_| true);
            mean_of(&clusters, &values)
        }
        Aggregation::NanMean => {
            let (clusters, values) = values(samples, |value| !value.is_nan());
            mean_of(&clusters, &values)
        }
        Aggregation::Median => median(samples),
        Aggregation::Perplexity => {
            let (clusters, values) = values(samples, |_| true);
            let mean = mean(&values);
            let value = libm::exp(-mean);
            let influence: Vec<f64> = values.iter().map(|x| -value * (x - mean)).collect();
            finish(value, &clusters, &influence)
        }
        Aggregation::WeightedPerplexity => ratio(samples, |ratio| {
            let value = libm::exp(-ratio);
            (value, -value)
        }),
        Aggregation::BitsPerByte => ratio(samples, |ratio| {
            let per_bit = -1.0 / std::f64::consts::LN_2;
            (ratio * per_bit, per_bit)
        }),
        Aggregation::F1(_) | Aggregation::MatthewsCorrelation => {
            let (clusters, pairs) = label_pairs(samples);
            let (value, influence) = match aggregation {
                Aggregation::F1(average) => labels::f1(&pairs, average),
                _ => labels::matthews(&pairs),
            };
            finish(value, &clusters, &influence)
        }
        // Only the task's scorer can ask its Python.
        Aggregation::Hook(_) => {
            Aggregate { value: f64::NAN, standard_error: None, samples: samples.len(), clusters: 0 }
        }
        Aggregation::Bleu => counted(samples, |sum| bleu::score(sum, false), bleu::gradient),
        Aggregation::Chrf { .. } => counted(samples, chrf::score, chrf::gradient),
        Aggregation::Ter => counted(samples, ter::score, |sum| match sum {
            [edits, length] if *length > 0.0 => {
                vec![100.0 / length, -100.0 * edits / (length * length)]
            }
            _ => vec![0.0; sum.len()],
        }),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / real(values.len())
}

fn mean_of(clusters: &[&str], values: &[f64]) -> Aggregate {
    let mean = mean(values);
    let influence: Vec<f64> = values.iter().map(|value| value - mean).collect();
    finish(mean, clusters, &influence)
}

fn values<'a>(samples: &[(&'a str, &Statistic)], keep: impl Fn(f64) -> bool) -> (Vec<&'a str>, Vec<f64>) {
    samples
        .iter()
        .filter_map(|(cluster, statistic)| match statistic {
            Statistic::Value { value } if keep(*value) => Some((*cluster, *value)),
            Statistic::Value { .. }
            | Statistic::Ratio { .. }
            | Statistic::Labels { .. }
            | Statistic::Counts { .. }
            | Statistic::Given { .. } => None,
        })
        .unzip()
}

fn label_pairs<'a>(samples: &[(&'a str, &'a Statistic)]) -> (Vec<&'a str>, Vec<(&'a str, &'a str)>) {
    samples
        .iter()
        .filter_map(|(cluster, statistic)| match statistic {
            Statistic::Labels { reference, predicted } => {
                Some((*cluster, (reference.as_str(), predicted.as_str())))
            }
            Statistic::Value { .. }
            | Statistic::Ratio { .. }
            | Statistic::Counts { .. }
            | Statistic::Given { .. } => None,
        })
        .unzip()
}

/// A function of the ratio of two sums; `of` gives the value and its slope.
fn ratio(samples: &[(&str, &Statistic)], of: impl Fn(f64) -> (f64, f64)) -> Aggregate {
    let (clusters, parts): (Vec<&str>, Vec<(f64, f64)>) = samples
        .iter()
        .filter_map(|(cluster, statistic)| match statistic {
            Statistic::Ratio { numerator, denominator } => Some((*cluster, (*numerator, *denominator))),
            Statistic::Value { .. }
            | Statistic::Labels { .. }
            | Statistic::Counts { .. }
            | Statistic::Given { .. } => None,
        })
        .unzip();
    let above: f64 = parts.iter().map(|(numerator, _)| numerator).sum();
    let below: f64 = parts.iter().map(|(_, denominator)| denominator).sum();
    let ratio = above / below;
    let mean_below = below / real(parts.len());
    let (value, slope) = of(ratio);
    let influence: Vec<f64> = parts
        .iter()
        .map(|(numerator, denominator)| slope * (numerator - ratio * denominator) / mean_below)
        .collect();
    finish(value, &clusters, &influence)
}

/// A function of summed counts with its gradient: the delta method.
fn counted(
    samples: &[(&str, &Statistic)],
    score: impl Fn(&[f64]) -> f64,
    gradient: impl Fn(&[f64]) -> Vec<f64>,
) -> Aggregate {
    let (clusters, counts): (Vec<&str>, Vec<&[f64]>) = samples
        .iter()
        .filter_map(|(cluster, statistic)| match statistic {
            Statistic::Counts { counts } => Some((*cluster, counts.as_slice())),
            Statistic::Value { .. }
            | Statistic::Ratio { .. }
            | Statistic::Labels { .. }
            | Statistic::Given { .. } => None,
        })
        .unzip();
    let width = counts.first().map_or(0, |first| first.len());
    let mut sum = vec![0.0; width];
    for one in &counts {
        for (total, count) in sum.iter_mut().zip(*one) {
            *total += count;
        }
    }
    let slopes = gradient(&sum);
    let size = real(counts.len());
    // The score does not change when all counts are scaled, so the slopes are already centred.
    let influence: Vec<f64> = counts
        .iter()
        .map(|one| size * one.iter().zip(&slopes).map(|(count, slope)| count * slope).sum::<f64>())
        .collect();
    let value = if counts.is_empty() { f64::NAN } else { score(&sum) };
    finish(value, &clusters, &influence)
}

/// The upper median. Its standard error is that of Schrader and `McKean` (1984): the distance of two order
/// statistics around it; clusters widen it as they widen the error of the share above the median.
fn median(samples: &[(&str, &Statistic)]) -> Aggregate {
    const Z: f64 = 1.96;
    let (clusters, values) = values(samples, |value| !value.is_nan());
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let value = sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN);
    let size = real(values.len());
    let rank = (f64::midpoint(size, 1.0) - Z * (size / 4.0).sqrt()).round().max(1.0);
    let low = sorted.iter().zip(1_u32..).find(|(_, place)| f64::from(*place) >= rank);
    let high = sorted.iter().rev().zip(1_u32..).find(|(_, place)| f64::from(*place) >= rank);
    let spread = low.zip(high).map_or(0.0, |((low, _), (high, _))| (high - low) / (2.0 * Z));
    let above: Vec<f64> = values.iter().map(|x| if *x > value { 1.0 } else { 0.0 }).collect();
    let share = mean(&above);
    let centred: Vec<f64> = above.iter().map(|x| x - share).collect();
    let plain = (centred.iter().map(|x| x * x).sum::<f64>() / (size - 1.0) / size).sqrt();
    let mut aggregate = finish(value, &clusters, &centred);
    aggregate.standard_error = aggregate
        .standard_error
        .map(|clustered| if plain > 0.0 { spread * clustered / plain } else { spread });
    aggregate
}

fn finish(value: f64, clusters: &[&str], influence: &[f64]) -> Aggregate {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for (cluster, influence) in clusters.iter().zip(influence) {
        *sums.entry(cluster).or_insert(0.0) += influence;
    }
    let number = real(sums.len());
    let size = real(influence.len());
    let squares: f64 = sums.values().map(|sum| sum * sum).sum();
    let error = (number / (number - 1.0) * squares).sqrt() / size;
    Aggregate {
        value,
        standard_error: (sums.len() > 1 && error.is_finite()).then_some(error),
        samples: influence.len(),
        clusters: sums.len(),
    }
}

/// Aggregates tasks of a group. `weight_by_size`: a task counts by its documents (pooled standard error,
/// as lm-eval has it), else every task counts alike. The error is `None` where a task has none.
pub fn aggregate_group(members: &[Aggregate], weight_by_size: bool) -> Aggregate {
    let samples: usize = members.iter().map(|member| member.samples).sum();
    let clusters = members.iter().map(|member| member.clusters).sum();
    let tasks = real(members.len());
    let errors: Option<Vec<(f64, f64)>> =
        members.iter().map(|member| Some((member.standard_error?, real(member.samples)))).collect();
    let (value, standard_error) = if weight_by_size {
        let weighted: f64 = members.iter().map(|member| member.value * real(member.samples)).sum();
        let error = errors.map(|errors| {
            let within: f64 = errors.iter().map(|(error, size)| (size - 1.0) * error * error * size).sum();
            (within / (real(samples) - tasks) / real(samples)).sqrt()
        });
        (weighted / real(samples), error)
    } else {
        let sum: f64 = members.iter().map(|member| member.value).sum();
        let error = errors.map(|errors| {
            let squares: f64 = errors.iter().map(|(error, _)| error * error).sum();
            squares.sqrt() / tasks
        });
        (sum / tasks, error)
    };
    Aggregate { value, standard_error: standard_error.filter(|error| error.is_finite()), samples, clusters }
}
