//! CPU seconds and peak memory of fits, bootstraps, live votes and adaptive pairing.
//!
//! `cargo bench -p daepyo-verdict --bench votes`. CPU seconds are this process's own, all threads together, from
//! `/proc/self/schedstat` of each; memory is the peak of the resident set (`VmHWM`), votes included.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints what it measured")]

use daepyo_verdict::{
    simulate::votes::World,
    votes::{
        Counted, Live, Poll, Ties,
        pairing::{History, PairingRules, chances, next},
    },
};
use std::{fs, time::Instant};

/// CPU seconds of all threads so far.
fn cpu() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let nanoseconds = |task: fs::DirEntry| -> f64 {
        let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
    };
    tasks.filter_map(Result::ok).map(nanoseconds).sum::<f64>() / 1e9
}

/// Peak resident memory in MiB.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap() / 1024.0
}

fn timed<T>(name: &str, aim: &str, work: impl FnOnce() -> T) -> T {
    let (start, wall) = (cpu(), Instant::now());
    let result = work();
    let wall = wall.elapsed().as_secs_f64();
    println!("{name}: {:.4} CPU s ({wall:.4} s), peak {:.1} MiB; aim {aim}", cpu() - start, peak());
    result
}

fn fits() {
    let world = World { both_bad: 0.05, ..World::even(50, 3.0, 0.5) };
    for (voters, each) in [(50_000, 20), (200_000, 5), (10_000, 100)] {
        let each = vec![each; voters];
        let ballots = world.votes(&each, 1);
        println!("\n{} votes by {voters} voters on 50 models, {:.1} MiB before", ballots.len(), peak());
        let (counted, fit) = timed("count, fit, both sandwiches", ".15 CPU s, 50 MB", || {
            let counted = Counted::of(&Poll::new(50, voters, &ballots).unwrap()).unwrap();
            let fit = counted.fit(Ties::Davidson);
            (counted, fit)
        });
        timed("100 voter-clustered bootstraps", "1.2 CPU s with the above", || {
            counted.bootstrap(&fit, 1, 100)
        });
        timed("1,225 differences", "", || fit.differences());
        timed("rank sets, 2,000 draws", "", || fit.rank_sets(1, 2000));
    }
}

fn live() {
    let world = World::even(50, 3.0, 0.5);
    for before in [0_u32, 10_000, 1_000_000] {
        let ballots = world.votes(&vec![1; usize::try_from(before).unwrap() + 20_000], 2);
        let (old, new) = ballots.split_at(usize::try_from(before).unwrap());
        let mut live = Live::of(&Poll::new(50, ballots.len(), old).unwrap()).unwrap();
        let mut slowest = 0.0_f64;
        let (start, mut worst) = (cpu(), 0.0_f64);
        for ballot in new {
            let one = Instant::now();
            live.add(ballot.left, ballot.right, ballot.choice).unwrap();
            slowest = slowest.max(one.elapsed().as_secs_f64());
        }
        let each = (cpu() - start) / 20_000.0;
        for (live, exact) in live.strengths().iter().zip(live.exact()) {
            worst = worst.max((live - exact).abs());
        }
        println!(
            "one more vote after {before}: {:.2} microseconds on average over 20,000 (slowest {:.0}), {worst:.1e} off",
            each * 1e6,
            slowest * 1e6
        );
    }
}

/// How likely the likeliest pair is after 300 votes.
fn likeliest(candidates: u16, rules: PairingRules) -> f64 {
    let world = World::even(candidates, 3.0, 0.3);
    let mut history = History::new(candidates.into()).unwrap();
    for number in 0..300 {
        let (left, right) = next(&history, rules, 1, number).unwrap();
        history.record(left, right, Some(world.vote(left, right, 2, number))).unwrap();
    }
    chances(&history, rules).unwrap().iter().map(|pair| pair.chance).fold(0.0, f64::max)
}

/// Share of `worlds` in which the cut is right after each of the `looks`.
fn right(candidates: u16, gap: f64, rules: PairingRules, looks: &[u64], worlds: u64) -> Vec<f64> {
    let half = candidates / 2;
    // The two at the cut are `gap` apart, the others evenly up to 1.5 from the middle.
    let above = |k: u16| gap / 2.0 + (1.5 - gap / 2.0) * f64::from(half - 1 - k) / f64::from(half - 1);
    let strengths = (0..half).map(above).chain((0..half).rev().map(|k| -above(k))).collect();
    let world = World { strengths, ..World::even(candidates, 1.0, 0.3) };
    let mut hits = vec![0_u32; looks.len()];
    for seed in 0..worlds {
        let mut history = History::new(candidates.into()).unwrap();
        for number in 0..*looks.last().unwrap() {
            let (left, right) = next(&history, rules, seed, number).unwrap();
            history.record(left, right, Some(world.vote(left, right, seed ^ 0xF00D, number))).unwrap();
            if let Some(look) = looks.iter().position(|look| *look == number + 1) {
                let (above, below) = history.live().strengths().split_at(half.into());
                let least = above.iter().copied().fold(f64::INFINITY, f64::min);
                if let Some(hits) = hits.get_mut(look) {
                    *hits += u32::from(below.iter().all(|strength| *strength < least));
                }
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a few hundred worlds")]
    hits.into_iter().map(|hits| f64::from(hits) / worlds as f64).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand votes")]
fn pairing() {
    let looks: Vec<u64> = (1..=60).map(|k| k * 20).collect();
    for (candidates, gap) in [(6, 0.4), (10, 0.4), (16, 0.4)] {
        let rules = PairingRules::advancing(candidates / 2);
        let even = right(candidates, gap, PairingRules { even: 1.0, floor: 0.0, ..rules }, &looks, 150);
        for sharpness in [2.0, 4.0] {
            let adaptive = right(candidates, gap, PairingRules { sharpness, ..rules }, &looks, 150);
            let needed = |shares: &[f64], level: f64| {
                looks
                    .iter()
                    .zip(shares)
                    .find(|(_, share)| **share >= level)
                    .map_or(f64::NAN, |(look, _)| *look as f64)
            };
            for level in [0.8, 0.9] {
                let (one, other) = (needed(&adaptive, level), needed(&even, level));
                println!(
                    "{candidates} candidates, P(right cut) {level} at sharpness {sharpness}: {one} votes adaptive, \
                     {other} even, ratio {:.2}",
                    other / one
                );
            }
        }
    }
    let world = World::even(50, 3.0, 0.0);
    let ballots = world.votes(&vec![1; 20_000], 5);
    let mut history = History::new(50).unwrap();
    for ballot in &ballots {
        history.record(ballot.left, ballot.right, Some(ballot.choice)).unwrap();
    }
    let start = cpu();
    for number in 0..1000 {
        next(&history, PairingRules::advancing(25), 1, number).unwrap();
    }
    println!("next of 50 candidates: {:.1} microseconds", (cpu() - start) * 1e3);
    for sharpness in [1.0, 2.0, 4.0] {
        let likeliest = likeliest(10, PairingRules { sharpness, ..PairingRules::advancing(5) });
        println!(
            "the likeliest pair of 10 candidates at sharpness {sharpness} has a chance of {likeliest:.2}"
        );
    }
}

/// Coverage of nominal 95 % intervals: 10 models, 20,000 votes, a taste spread of .5, against the world's target.
#[expect(clippy::cast_precision_loss, reason = "a few thousand intervals")]
fn coverage() {
    let world = World::even(10, 2.0, 0.5);
    let (target, _) = world.target();
    for each in [5_u32, 20, 100] {
        let voters = 20_000 / usize::try_from(each).unwrap();
        let (mut clustered, mut iid) = (0, 0);
        for seed in 0..200 {
            let ballots = world.votes(&vec![each; voters], 1_000_000 * u64::from(each) + seed);
            let counted = Counted::of(&Poll::new(10, voters, &ballots).unwrap()).unwrap();
            for (rating, target) in counted.fit(Ties::Davidson).ratings().iter().zip(&target) {
                let off = (rating.log_strength - target).abs() * 400.0 / std::f64::consts::LN_10;
                clustered += u32::from(off <= (rating.high - rating.low) / 2.0);
                iid += u32::from(off <= 1.959_964 * rating.standard_error_iid);
            }
        }
        let [clustered, iid] =
            [clustered, iid].map(|covered| f64::from(covered) / (200 * target.len()) as f64);
        println!("{each} votes a voter: {clustered:.3} clustered, {iid:.3} iid");
    }
}

fn main() {
    coverage();
    println!();
    fits();
    println!();
    live();
    println!();
    pairing();
}
