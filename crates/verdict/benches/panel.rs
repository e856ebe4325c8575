//! CPU seconds of the panel's statistics on data that a few lines of any language can make again.
//!
//! Numbers are those of splitmix64 with seed 1 (alpha) and 2 (Rasch): `u = (high 32 bits + .5) / 2^32`. Alpha: 10,000 units
//! with a quality `u` each, then for each of 20 raters two numbers, the second saying "missing" below .1 and the first an
//! error `e`: the rating is `1 + floor(5 (.6 q + .4 e))`. Rasch: 200 candidates, 40 raters, 6 items, five categories.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it fails")]

use daepyo_verdict::panel::{
    Agreement, AlphaSettings, Estimator, IccForm, MarkRow, Metric, RaschSettings, RatingTable, Scale,
    alpha_of_table, fit_rasch, icc,
};
use std::hint::black_box;

struct Noise(u64);

impl Noise {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bits = u32::try_from((z ^ (z >> 31)) >> 32).unwrap();
        (f64::from(bits) + 0.5) / 4_294_967_296.0
    }
}

/// CPU seconds of this thread so far.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

/// The least CPU seconds of one piece of work over nine runs of `times` each: the machine may be busy, and the kernel
/// counts in ticks.
fn least(times: u32, mut work: impl FnMut()) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..9 {
        let start = cpu_seconds();
        for _ in 0..times {
            work();
        }
        least = least.min((cpu_seconds() - start) / f64::from(times));
    }
    least
}

fn ratings() -> Vec<f64> {
    let mut noise = Noise(1);
    let mut values = Vec::new();
    for _ in 0..10_000 {
        let quality = noise.unit();
        for _ in 0..20 {
            let (error, missing) = (noise.unit(), noise.unit());
            let value = 1.0 + (5.0 * (0.6 * quality + 0.4 * error)).floor();
            values.push(if missing < 0.1 { f64::NAN } else { value });
        }
    }
    values
}

/// Rater, candidate, item and mark.
fn marks() -> Vec<(usize, usize, usize, f64)> {
    let mut noise = Noise(2);
    let thresholds = [-2.0, -0.7, 0.7, 2.0];
    let abilities: Vec<f64> = (0..200).map(|_| 3.0 * noise.unit() - 1.5).collect();
    let severities: Vec<f64> = (0..40).map(|_| 2.0 * noise.unit() - 1.0).collect();
    let difficulties: Vec<f64> = (0..6).map(|_| noise.unit() - 0.5).collect();
    let mut rows = Vec::new();
    for (candidate, ability) in abilities.iter().enumerate() {
        for (rater, severity) in severities.iter().enumerate() {
            for (item, difficulty) in difficulties.iter().enumerate() {
                let mut weights = [1.0; 5];
                let mut sum = 0.0;
                for (weight, threshold) in weights.iter_mut().skip(1).zip(thresholds) {
                    sum += ability - severity - difficulty - threshold;
                    *weight = libm::exp(sum);
                }
                let mut left = noise.unit() * weights.iter().sum::<f64>();
                let below = weights.iter().take(4).take_while(|weight| {
                    left -= **weight;
                    left >= 0.0
                });
                let mark = 1.0 + f64::from(u32::try_from(below.count()).unwrap());
                rows.push((rater, candidate, item, mark));
            }
        }
    }
    rows
}

fn main() {
    let values = ratings();
    let table = RatingTable { raters: 20, values: &values };
    for metric in [Metric::Nominal, Metric::Ordinal, Metric::Interval] {
        let settings = AlphaSettings { draws: 0, ..AlphaSettings::new(metric) };
        let Agreement::Measured(alpha) = alpha_of_table(table, settings).unwrap() else { return };
        let seconds = least(400, || drop(black_box(alpha_of_table(black_box(table), settings))));
        println!("alpha {metric:?}: {:.12}, {:.3} ms", alpha.alpha, seconds * 1e3);
    }
    let seconds = least(10, || drop(black_box(icc(black_box(table), IccForm::TwoWayRandom, 0.95))));
    println!("icc two-way with gaps: {:.3} ms", seconds * 1e3);
    let owned: Vec<_> = marks()
        .into_iter()
        .map(|(rater, candidate, item, value)| {
            (format!("r{rater:02}"), format!("c{candidate:03}"), item, value)
        })
        .collect();
    let items = ["a", "b", "c", "d", "e", "f"];
    let rows: Vec<_> = owned
        .iter()
        .filter_map(|(rater, candidate, item, value)| {
            Some(MarkRow { rater, candidate, item: items.get(*item)?, value: *value })
        })
        .collect();
    let scale = Scale { minimum: 1.0, maximum: 5.0, step: 1.0 };
    for estimator in [Estimator::JointUncorrected, Estimator::Penalised] {
        let settings = RaschSettings { estimator, ..RaschSettings::new(scale) };
        let panel = fit_rasch(&rows, settings).unwrap();
        let seconds = least(4, || drop(black_box(fit_rasch(black_box(&rows), settings))));
        println!(
            "rasch {estimator:?}: {:.2} ms, {} steps, log-likelihood {:.6}, candidate 0 {:.6}, rater 0 {:.6}",
            seconds * 1e3,
            panel.iterations,
            panel.log_likelihood,
            panel.candidates.first().unwrap().measure,
            panel.raters.first().unwrap().measure,
        );
    }
}
