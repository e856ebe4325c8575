//! Metrics of predicted classes with each document's influence: F1 and the Matthews correlation.

use super::corpus::real;
use std::collections::BTreeMap;

/// How F1 deals with more than one class (scikit-learn's `average`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// F1 of the class `1`.
    Binary,
    /// Mean over the classes that occur.
    Macro,
    /// Over all decisions at once; with one class for each document this is accuracy.
    Micro,
    /// Mean over the classes, weighted by how often each is expected.
    Weighted,
}

impl Average {
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "binary" => Some(Self::Binary),
            "macro" => Some(Self::Macro),
            "micro" => Some(Self::Micro),
            "weighted" => Some(Self::Weighted),
            _ => None,
        }
    }
}

/// The class that `average: binary` looks at.
const POSITIVE: &str = "1";

/// Counts of one class.
#[derive(Clone, Copy, Default)]
struct Class {
    right: f64,
    expected: f64,
    predicted: f64,
}

impl Class {
    /// `2 TP / (2 TP + FP + FN)`, 0 where the class never occurs.
    fn f1(self) -> f64 {
        let below = self.expected + self.predicted;
        if below > 0.0 { 2.0 * self.right / below } else { 0.0 }
    }
}

fn classes<'a>(pairs: &[(&'a str, &'a str)]) -> BTreeMap<&'a str, Class> {
    let mut classes: BTreeMap<&str, Class> = BTreeMap::new();
    for (reference, predicted) in pairs {
        classes.entry(reference).or_default().expected += 1.0;
        classes.entry(predicted).or_default().predicted += 1.0;
        if reference == predicted {
            classes.entry(reference).or_default().right += 1.0;
        }
    }
    classes
}

/// F1 of (expected, predicted) pairs, and each pair's influence on it.
pub(super) fn f1(pairs: &[(&str, &str)], average: Average) -> (f64, Vec<f64>) {
    let size = real(pairs.len());
    let classes = classes(pairs);
    if pairs.is_empty() {
        return (f64::NAN, Vec::new());
    }
    match average {
        Average::Micro => {
            let share = classes.values().map(|class| class.right).sum::<f64>() / size;
            let influence = pairs
                .iter()
                .map(|(reference, predicted)| f64::from(u8::from(reference == predicted)) - share)
                .collect();
            (share, influence)
        }
        Average::Binary | Average::Macro | Average::Weighted => {
            let number = real(classes.len());
            let weight = |name: &str, class: &Class| match average {
                Average::Binary => f64::from(u8::from(name == POSITIVE)),
                Average::Macro | Average::Micro => 1.0 / number,
                Average::Weighted => class.expected / size,
            };
            let value: f64 = classes.iter().map(|(name, class)| weight(name, class) * class.f1()).sum();
            let influence = pairs
                .iter()
                .map(|pair| {
                    let through_classes: f64 = [Some(pair.0), Some(pair.1).filter(|other| *other != pair.0)]
                        .into_iter()
                        .flatten()
                        .filter_map(|name| classes.get(name).map(|class| (name, class)))
                        .map(|(name, class)| weight(name, class) * class_influence(name, *class, *pair, size))
                        .sum();
                    let through_weight = if average == Average::Weighted {
                        classes.get(pair.0).map_or(0.0, |class| class.f1()) - value
                    } else {
                        0.0
                    };
                    through_classes + through_weight
                })
                .collect();
            (value, influence)
        }
    }
}

/// A pair's influence on the F1 of one of its classes (a ratio of sums).
fn class_influence(name: &str, class: Class, pair: (&str, &str), size: f64) -> f64 {
    let below = (class.expected + class.predicted) / size;
    let is = |other: &str| f64::from(u8::from(other == name));
    let right = is(pair.0) * is(pair.1);
    (2.0 * right - class.f1() * (is(pair.0) + is(pair.1))) / below
}

/// F1 of (expected, predicted) pairs.
pub(crate) fn f1_of_classes(pairs: &[(&str, &str)], average: Average) -> f64 {
    f1(pairs, average).0
}

/// The Matthews correlation of (expected, predicted) pairs (Gorodkin 2004), and each pair's influence;
/// 0 where either side has only one class.
pub(super) fn matthews(pairs: &[(&str, &str)]) -> (f64, Vec<f64>) {
    let size = real(pairs.len());
    if pairs.is_empty() {
        return (f64::NAN, Vec::new());
    }
    let classes = classes(pairs);
    let sum = |of: fn(&Class) -> f64| classes.values().map(of).sum::<f64>();
    let right = sum(|class| class.right) / size;
    let chance = sum(|class| class.expected * class.predicted) / (size * size);
    let expected = 1.0 - sum(|class| class.expected * class.expected) / (size * size);
    let predicted = 1.0 - sum(|class| class.predicted * class.predicted) / (size * size);
    // Rounding must not turn "one class only" into a tiny spread.
    let single = |of: fn(&Class) -> f64| classes.values().any(|class| of(class) >= size);
    if single(|class| class.expected) || single(|class| class.predicted) {
        return (0.0, vec![0.0; pairs.len()]);
    }
    let scale = (expected * predicted).sqrt();
    let value = (right - chance) / scale;
    let class_of = |name: &str| classes.get(name).copied().unwrap_or_default();
    let influence = pairs
        .iter()
        .map(|(reference, guess)| {
            let hit = f64::from(u8::from(reference == guess));
            let of_reference = class_of(reference);
            let of_guess = class_of(guess);
            let covariance =
                hit - right - (of_reference.predicted / size - chance) - (of_guess.expected / size - chance);
            let by_expected = -2.0 * (of_reference.expected / size - (1.0 - expected));
            let by_predicted = -2.0 * (of_guess.predicted / size - (1.0 - predicted));
            covariance / scale - value / 2.0 * (by_expected / expected + by_predicted / predicted)
        })
        .collect();
    (value, influence)
}
