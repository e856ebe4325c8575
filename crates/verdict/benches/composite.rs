//! CPU time of the composite's sensitivity and of boundaries for several looks.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints what it measured")]

use daepyo_core::Spending;
use daepyo_verdict::{
    sensitivity::{Basis, Contest, Region, SmaaSettings, acceptability, flips},
    sequential::{Sides, boundaries},
};
use std::time::Instant;

const CANDIDATES: [&str; 5] = ["a", "b", "c", "d", "e"];
const CRITERIA: [&str; 6] = ["one", "two", "three", "four", "five", "six"];

/// User and system seconds of this process so far, to a hundredth.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(") ").next().unwrap_or_default().split(' ');
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn timed<T>(what: &str, times: u32, work: impl Fn() -> T) {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    for _ in 0..times {
        std::hint::black_box(work());
    }
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    println!("{what}: {:.4} CPU s, {:.4} s", cpu / f64::from(times), wall / f64::from(times));
}

fn main() {
    let mut state = 1_u64;
    let mut share = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).unwrap()) / 4_294_967_296.0
    };
    let estimate: Vec<f64> = (0..30).map(|_| share()).collect();
    let draws: Vec<f64> = (0..10_000 * 30).map(|_| share()).collect();
    let contest = Contest {
        candidates: &CANDIDATES,
        criteria: &CRITERIA,
        weights: &[30.0, 20.0, 20.0, 10.0, 10.0, 10.0],
        admitted: &[true; 5],
        places: 2,
        estimate: &estimate,
        draws: &draws,
    };
    let settings = SmaaSettings::default();
    for region in [Region::Simplex, Region::Near { percent: 20.0 }] {
        for basis in [Basis::Estimate, Basis::Joint] {
            let what = format!("acceptability, 100,000 weight vectors, {region:?}, {basis:?}");
            timed(&what, 10, || acceptability(&contest, region, basis, settings).unwrap());
        }
    }
    timed("smallest changes of weights, 6 pairs", 100, || flips(&contest).unwrap());
    let fractions = [0.2, 0.4, 0.6, 0.8, 1.0];
    timed("boundaries of five looks", 10, || {
        boundaries(Spending::OBrienFleming, Sides::Two, 0.05, &fractions).unwrap()
    });
}
