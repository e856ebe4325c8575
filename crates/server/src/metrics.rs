//! Counters, gauges and histograms, written in the text form of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};
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
    Histogram(Histogram),
}

#[derive(Clone, Copy, Debug, Default)]
struct Histogram {
    classes: [u64; BOUNDS_S.len()],
    count: u64,
    sum_s: f64,
}

impl Histogram {
    fn note(&mut self, time: Duration) {
        let seconds = time.as_secs_f64();
        for (class, bound) in self.classes.iter_mut().zip(BOUNDS_S) {
            *class += u64::from(seconds <= bound);
        }
        self.count += 1;
        self.sum_s += seconds;
    }
}

/// What was asked of one row of the table.
#[derive(Clone, Debug, Default)]
struct Asked {
    /// By method and status.
    answers: BTreeMap<(&'static str, u16), u64>,
    took: Histogram,
}

type Series = BTreeMap<(&'static str, String), Value>;

/// The measures of one site, by name and labels.
#[derive(Debug, Default)]
pub struct Metrics {
    series: Mutex<Series>,
    in_flight: AtomicI64,
    /// Counted at each request, and so without making labels: by row.
    requests: Mutex<BTreeMap<String, Asked>>,
}

impl Metrics {
    /// A request has begun.
    pub(crate) fn begun(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// A request has ended, answered or not.
    pub(crate) fn ended(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// A request was answered, with its method of a closed list and the status.
    pub(crate) fn answered(&self, route: &str, answer: (&'static str, u16), took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if !requests.contains_key(route) {
            requests.insert(route.to_owned(), Asked::default());
        }
        if let Some(asked) = requests.get_mut(route) {
            *asked.answers.entry(answer).or_default() += 1;
            asked.took.note(took);
        }
    }

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

    fn change(
        &self,
        name: &'static str,
        labels: &[(&str, &str)],
        empty: Value,
        change: impl FnOnce(&mut Value),
    ) {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (name, label_text(labels));
        if series.len() < MOST_SERIES || series.contains_key(&key) {
            change(series.entry(key).or_insert(empty));
        }
    }

    /// Puts in what is counted of requests.
    fn put_requests(&self, series: &mut Series) {
        let in_flight = Value::Gauge(self.in_flight.load(Ordering::Relaxed));
        series.insert(("daepyo_requests_in_flight", String::new()), in_flight);
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        for (route, asked) in &*requests {
            let took = label_text(&[("route", route)]);
            series.insert(("daepyo_request_seconds", took), Value::Histogram(asked.took));
            for ((method, status), count) in &asked.answers {
                let labels =
                    label_text(&[("route", route), ("method", method), ("status", &status.to_string())]);
                series.insert(("daepyo_requests_total", labels), Value::Counter(*count));
            }
        }
    }

    /// Everything, in the text form of Prometheus.
    pub fn text(&self) -> String {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.put_requests(&mut series);
        let mut text = String::new();
        let mut last = "";
        for ((name, labels), value) in &series {
            if *name != last {
                let kind = match value {
                    Value::Counter(_) => "counter",
                    Value::Gauge(_) => "gauge",
                    Value::Histogram(_) => "histogram",
                };
                // Writing to a string does not fail, here and below.
                let _ = writeln!(text, "# TYPE {name} {kind}");
                last = name;
            }
            let _ = match value {
                Value::Counter(counted) => writeln!(text, "{name}{} {counted}", braced(labels)),
                Value::Gauge(stand) => writeln!(text, "{name}{} {stand}", braced(labels)),
                Value::Histogram(Histogram { classes, count, sum_s }) => {
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
        metrics.begun();
        metrics.answered("/x\"y", ("GET", 200), Duration::from_millis(3));
        metrics.answered("/x\"y", ("GET", 404), Duration::from_mins(1));
        let text = metrics.text();
        assert!(
            text.starts_with("# TYPE a_total counter\na_total{route=\"/x\\\"y\"} 3\n# TYPE b gauge\nb -1\n"),
            "{text}"
        );
        for line in [
            "daepyo_requests_in_flight 1",
            "daepyo_request_seconds_bucket{route=\"/x\\\"y\",le=\"0.0025\"} 0",
            "daepyo_request_seconds_bucket{route=\"/x\\\"y\",le=\"0.005\"} 1",
            "daepyo_request_seconds_bucket{route=\"/x\\\"y\",le=\"+Inf\"} 2",
            "daepyo_request_seconds_sum{route=\"/x\\\"y\"} 60.003",
            "daepyo_requests_total{route=\"/x\\\"y\",method=\"GET\",status=\"404\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
