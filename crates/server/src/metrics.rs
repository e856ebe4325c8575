//! Counters, gauges and histograms, written in the text form of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of a histogram's classes, in seconds.
const BOUNDS_S: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// Series kept at most; labels come from closed lists, so that this is never met but by a mistake.
const MOST_SERIES: usize = 20_000;

#[derive(Clone, Debug)]
enum Value {
    Counter(u64),
    Gauge(i64),
    Histogram { classes: [u64; BOUNDS_S.len()], count: u64, sum_s: f64 },
}

/// The measures of one site, by name and labels.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<BTreeMap<(&'static str, String), Value>>);

impl Metrics {
    /// Counts something. `name` ends in `_total`; labels have values of closed lists only, never what a client sent.
    pub fn count(&self, name: &'static str, labels: &[(&str, &str)], by: u64) {
        self.change(name, labels, Value::Counter(0), |value| {
            if let Value::Counter(counted) = value {
                *counted = counted.saturating_add(by);
            }
        });
    }

    /// Moves a gauge up or down.
    pub fn add(&self, name: &'static str, labels: &[(&str, &str)], by: i64) {
        self.change(name, labels, Value::Gauge(0), |value| {
            if let Value::Gauge(stand) = value {
                *stand = stand.saturating_add(by);
            }
        });
    }

    /// Sets a gauge.
    pub fn set(&self, name: &'static str, labels: &[(&str, &str)], to: i64) {
        self.change(name, labels, Value::Gauge(0), |value| *value = Value::Gauge(to));
    }

    /// Notes how long something took. `name` ends in `_seconds`.
    pub fn took(&self, name: &'static str, labels: &[(&str, &str)], time: Duration) {
        let empty = Value::Histogram { classes: [0; BOUNDS_S.len()], count: 0, sum_s: 0.0 };
        self.change(name, labels, empty, |value| {
            if let Value::Histogram { classes, count, sum_s } = value {
                let seconds = time.as_secs_f64();
                for (class, bound) in classes.iter_mut().zip(BOUNDS_S) {
                    *class += u64::from(seconds <= bound);
                }
                *count += 1;
                *sum_s += seconds;
            }
        });
    }

    fn change(
        &self,
        name: &'static str,
        labels: &[(&str, &str)],
        empty: Value,
        change: impl FnOnce(&mut Value),
    ) {
        let mut series = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (name, label_text(labels));
        if series.len() < MOST_SERIES || series.contains_key(&key) {
            change(series.entry(key).or_insert(empty));
        }
    }

    /// Everything, in the text form of Prometheus.
    pub fn text(&self) -> String {
        let series = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut text = String::new();
        let mut last = "";
        for ((name, labels), value) in &series {
            if *name != last {
                let kind = match value {
                    Value::Counter(_) => "counter",
                    Value::Gauge(_) => "gauge",
                    Value::Histogram { .. } => "histogram",
                };
                // Writing to a string does not fail, here and below.
                let _ = writeln!(text, "# TYPE {name} {kind}");
                last = name;
            }
            let _ = match value {
                Value::Counter(counted) => writeln!(text, "{name}{} {counted}", braced(labels)),
                Value::Gauge(stand) => writeln!(text, "{name}{} {stand}", braced(labels)),
                Value::Histogram { classes, count, sum_s } => {
                    let comma = if labels.is_empty() { "" } else { "," };
                    for (class, bound) in classes.iter().zip(BOUNDS_S) {
                        let _ = writeln!(text, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {class}");
                    }
                    let _ = writeln!(text, "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {count}");
                    let _ = writeln!(text, "{name}_sum{} {sum_s}", braced(labels));
                    writeln!(text, "{name}_count{} {count}", braced(labels))
                }
            };
        }
        text
    }
}

fn label_text(labels: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(96);
    for (name, value) in labels {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(name);
        text.push_str("=\"");
        for letter in value.chars() {
            match letter {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                letter => text.push(letter),
            }
        }
        text.push('"');
    }
    text
}

fn braced(labels: &str) -> String {
    if labels.is_empty() { String::new() } else { format!("{{{labels}}}") }
}

#[cfg(test)]
mod tests {
    //! What is measured reads as Prometheus reads it.
    use super::*;

    #[test]
    fn measures_read_as_prometheus_reads_them() {
        let metrics = Metrics::default();
        metrics.count("a_total", &[("route", "/x\"y")], 2);
        metrics.count("a_total", &[("route", "/x\"y")], 1);
        metrics.add("b", &[], -1);
        metrics.took("c_seconds", &[], Duration::from_millis(3));
        let text = metrics.text();
        assert!(
            text.starts_with("# TYPE a_total counter\na_total{route=\"/x\\\"y\"} 3\n# TYPE b gauge\nb -1\n"),
            "{text}"
        );
        assert!(
            text.contains("c_seconds_bucket{le=\"0.0025\"} 0\nc_seconds_bucket{le=\"0.005\"} 1\n"),
            "{text}"
        );
        assert!(
            text.ends_with("c_seconds_bucket{le=\"+Inf\"} 1\nc_seconds_sum 0.003\nc_seconds_count 1\n"),
            "{text}"
        );
    }
}
