//! Closed-form standard errors against the jackknife over clusters, which recomputes every value.

use daepyo_task::score::{Aggregation, Average, Statistic, aggregate};

/// A small generator: the tests need many numbers, not good ones.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// 0 to 1.
    fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

fn statistic(aggregation: Aggregation, numbers: &mut Numbers, shift: f64) -> Statistic {
    match aggregation {
        Aggregation::Mean | Aggregation::NanMean | Aggregation::Median | Aggregation::BrierScore => {
            Statistic::Value { value: numbers.unit() + shift }
        }
        Aggregation::Perplexity => Statistic::Value { value: -numbers.unit() - shift },
        Aggregation::WeightedPerplexity | Aggregation::BitsPerByte => {
            let words = 20.0 + 60.0 * numbers.unit();
            Statistic::Ratio { numerator: -words * (0.5 + numbers.unit() + shift), denominator: words }
        }
        Aggregation::F1(_) | Aggregation::MatthewsCorrelation => {
            let reference = numbers.below(3);
            let predicted = if numbers.unit() < 0.5 + shift { reference } else { numbers.below(3) };
            Statistic::Labels { reference: reference.to_string(), predicted: predicted.to_string() }
        }
        // Not among those that this file measures: a task's own Python has no standard error.
        Aggregation::Hook(_) => Statistic::Value { value: shift },
        Aggregation::Bleu | Aggregation::Chrf { .. } | Aggregation::Ter => {
            counts(aggregation, numbers, shift)
        }
    }
}

fn counts(aggregation: Aggregation, numbers: &mut Numbers, shift: f64) -> Statistic {
    let length = 10.0 + (20.0 * numbers.unit()).floor();
    let reference = (length * (0.95 + 0.3 * numbers.unit())).floor();
    let share = (0.3 + 0.3 * numbers.unit() + shift).min(1.0);
    let counts = match aggregation {
        Aggregation::Ter => vec![(length * share).floor(), reference],
        Aggregation::Bleu => {
            let totals: Vec<f64> = (0..4).map(|order| length - f64::from(order)).collect();
            let matched = totals.iter().zip(1..).map(|(total, order)| (total * share.powi(order)).floor());
            [length, reference].into_iter().chain(matched).chain(totals.iter().copied()).collect()
        }
        _ => (1..=6).flat_map(|order| [length, reference, (length * share.powi(order)).floor()]).collect(),
    };
    Statistic::Counts { counts }
}

const ALL: [Aggregation; 15] = [
    Aggregation::Mean,
    Aggregation::NanMean,
    Aggregation::BrierScore,
    Aggregation::Perplexity,
    Aggregation::WeightedPerplexity,
    Aggregation::BitsPerByte,
    Aggregation::F1(Average::Binary),
    Aggregation::F1(Average::Macro),
    Aggregation::F1(Average::Micro),
    Aggregation::F1(Average::Weighted),
    Aggregation::MatthewsCorrelation,
    Aggregation::Bleu,
    Aggregation::Chrf { word_orders: 0 },
    Aggregation::Ter,
    Aggregation::Median,
];

/// Leave-one-cluster-out standard error.
fn jackknife(aggregation: Aggregation, samples: &[(&str, &Statistic)]) -> f64 {
    let mut clusters: Vec<&str> = samples.iter().map(|(cluster, _)| *cluster).collect();
    clusters.sort_unstable();
    clusters.dedup();
    let values: Vec<f64> = clusters
        .iter()
        .map(|left_out| {
            let rest: Vec<_> = samples.iter().filter(|(cluster, _)| cluster != left_out).copied().collect();
            aggregate(aggregation, &rest).value
        })
        .collect();
    let number = f64::from(u32::try_from(values.len()).unwrap());
    let mean = values.iter().sum::<f64>() / number;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    ((number - 1.0) / number * squares).sqrt()
}

#[test]
fn closed_forms_agree_with_the_jackknife() {
    for (clusters, size) in [(300, 300), (60, 300)] {
        for aggregation in ALL {
            // The jackknife is not consistent for a median.
            if aggregation == Aggregation::Median {
                continue;
            }
            let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
            let shifts: Vec<f64> = (0..clusters).map(|_| 0.3 * numbers.unit()).collect();
            let names: Vec<String> = (0..size).map(|item| format!("c{}", item % clusters)).collect();
            let statistics: Vec<Statistic> =
                (0..size).map(|item| statistic(aggregation, &mut numbers, shifts[item % clusters])).collect();
            let samples: Vec<(&str, &Statistic)> =
                names.iter().map(String::as_str).zip(&statistics).collect();
            let ours = aggregate(aggregation, &samples);
            let brute = jackknife(aggregation, &samples);
            let error = ours.standard_error.unwrap();
            assert!(
                (error - brute).abs() <= 0.05 * brute,
                "{aggregation:?}, {clusters} clusters: ours {error}, jackknife {brute}"
            );
            assert_eq!((ours.samples, ours.clusters), (size, clusters));
        }
    }
}

#[test]
fn the_error_of_a_clustered_mean_is_the_written_formula() {
    let values = [1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0];
    let clusters = ["a", "a", "b", "b", "b", "c", "c"];
    let statistics: Vec<Statistic> = values.iter().map(|value| Statistic::Value { value: *value }).collect();
    let samples: Vec<(&str, &Statistic)> = clusters.iter().copied().zip(&statistics).collect();
    let ours = aggregate(Aggregation::Mean, &samples);
    let mean = 4.0 / 7.0;
    let sums = [1.0 - 2.0 * mean, 2.0 - 3.0 * mean, 1.0 - 2.0 * mean];
    let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
    let expected = (squares * 3.0 / 2.0).sqrt() / 7.0;
    assert!((ours.standard_error.unwrap() - expected).abs() < 1e-15);
    let one: Vec<(&str, &Statistic)> = statistics.iter().map(|statistic| ("a", statistic)).collect();
    assert_eq!(aggregate(Aggregation::Mean, &one).standard_error, None, "one cluster shows no spread");
}

#[test]
fn dependent_documents_widen_the_median_too() {
    let mut numbers = Numbers(7);
    let statistics: Vec<Statistic> = (0..40)
        .flat_map(|_| {
            let value = numbers.unit();
            (0..5).map(move |copy| Statistic::Value { value: value + 0.001 * f64::from(copy) })
        })
        .collect();
    let own: Vec<String> = (0..200).map(|item| item.to_string()).collect();
    let shared: Vec<String> = (0..200).map(|item| (item / 5).to_string()).collect();
    let error = |names: &[String]| {
        let samples: Vec<(&str, &Statistic)> = names.iter().map(String::as_str).zip(&statistics).collect();
        aggregate(Aggregation::Median, &samples).standard_error.unwrap()
    };
    let ratio = error(&shared) / error(&own);
    assert!((1.8..2.7).contains(&ratio), "five copies widen by about the root of five: {ratio}");
}

#[test]
fn nothing_gives_no_number_and_one_document_no_error() {
    for aggregation in ALL {
        let none = aggregate(aggregation, &[]);
        assert!(none.value.is_nan() && none.standard_error.is_none() && none.samples == 0, "{aggregation:?}");
        let mut numbers = Numbers(3);
        let single = statistic(aggregation, &mut numbers, 0.1);
        let one = aggregate(aggregation, &[("a", &single)]);
        assert!(one.standard_error.is_none() && one.samples == 1, "{aggregation:?}");
    }
}
