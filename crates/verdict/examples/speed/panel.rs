//! Krippendorff's alpha and the Rasch model.

use crate::cost::{Cost, Noise};
use daepyo_verdict::panel::{
    Agreement, AlphaSettings, Estimator, MarkRow, Metric, RaschSettings, RatingTable, Scale, alpha_of_table,
    fit_rasch,
};
use serde_json::{Value, json};
use std::fs;
use std::hint::black_box;
use std::path::Path;

const UNITS: usize = 10_000;
const RATERS: usize = 20;
const CANDIDATES: usize = 300;
const ITEMS: usize = 40;
/// How often work of a few milliseconds is done.
const TIMES: u32 = 100;

/// Numbers as 8 little-endian bytes each.
fn write(file: &Path, values: &[f64]) {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    fs::write(file, bytes).unwrap();
}

fn read(file: &Path) -> Vec<f64> {
    let bytes = fs::read(file).unwrap();
    bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
}

/// Ratings from 1 to 5, one of ten missing (not a number), unit by unit.
pub(crate) fn write_ratings(file: &Path) -> Value {
    let mut noise = Noise(1);
    let mut values = Vec::with_capacity(UNITS * RATERS);
    for _ in 0..UNITS {
        let quality = noise.unit();
        for _ in 0..RATERS {
            let (error, missing) = (noise.unit(), noise.unit());
            let value = 1.0 + (5.0 * (0.6 * quality + 0.4 * error)).floor();
            values.push(if missing < 0.1 { f64::NAN } else { value });
        }
    }
    write(file, &values);
    json!({ "units": UNITS, "raters": RATERS })
}

/// Alpha under three metrics, without an interval, because the peer has none.
pub(crate) fn alpha(file: &Path) -> Value {
    let values = read(file);
    let table = RatingTable { raters: RATERS, values: &values };
    let measure = |metric| {
        let settings = AlphaSettings { draws: 0, ..AlphaSettings::new(metric) };
        match alpha_of_table(black_box(table), settings).unwrap() {
            Agreement::Measured(alpha) => Some(alpha.alpha),
            Agreement::OneValue { .. } | Agreement::NothingToCompare => None,
        }
    };
    let cost = Cost::begin();
    let mut alphas = [None; 3];
    for _ in 0..TIMES {
        alphas = [Metric::Nominal, Metric::Ordinal, Metric::Interval].map(measure);
    }
    cost.end_of(TIMES, &json!(alphas))
}

/// Right and wrong, candidate by candidate; nobody has all right or all wrong.
pub(crate) fn write_marks(file: &Path) -> Value {
    let mut noise = Noise(2);
    let abilities: Vec<f64> = (0..CANDIDATES).map(|_| 3.0 * noise.unit() - 1.5).collect();
    let difficulties: Vec<f64> = (0..ITEMS).map(|_| 3.0 * noise.unit() - 1.5).collect();
    let mut values = Vec::with_capacity(CANDIDATES * ITEMS);
    for ability in abilities {
        let mut right = 0.0;
        let start = values.len();
        while right < 0.5 || right > f64::from(u32::try_from(ITEMS).unwrap()) - 0.5 {
            values.truncate(start);
            values.extend(difficulties.iter().map(|difficulty| {
                f64::from(u8::from(noise.unit() < 1.0 / (1.0 + libm::exp(difficulty - ability))))
            }));
            right = values.iter().skip(start).sum();
        }
    }
    write(file, &values);
    json!({ "candidates": CANDIDATES, "items": ITEMS })
}

/// Joint maximum likelihood, uncorrected as the peers have it: difficulties of the items.
pub(crate) fn rasch(file: &Path) -> Value {
    let values = read(file);
    let candidates: Vec<String> = (0..CANDIDATES).map(|candidate| format!("c{candidate:04}")).collect();
    let items: Vec<String> = (0..ITEMS).map(|item| format!("i{item:02}")).collect();
    let mut rows = Vec::with_capacity(values.len());
    for (candidate, marks) in candidates.iter().zip(values.chunks_exact(ITEMS)) {
        for (item, value) in items.iter().zip(marks) {
            rows.push(MarkRow { rater: "all", candidate, item, value: *value });
        }
    }
    let scale = Scale { minimum: 0.0, maximum: 1.0, step: 1.0 };
    let settings = RaschSettings { estimator: Estimator::JointUncorrected, ..RaschSettings::new(scale) };
    let cost = Cost::begin();
    for _ in 1..TIMES {
        fit_rasch(black_box(&rows), settings).unwrap();
    }
    let panel = fit_rasch(&rows, settings).unwrap();
    let difficulties: Vec<f64> = panel.items.iter().map(|item| item.measure).collect();
    let likelihood = panel.log_likelihood;
    let found =
        json!({ "difficulties": difficulties, "log_likelihood": likelihood, "steps": panel.iterations });
    cost.end_of(TIMES, &found)
}
