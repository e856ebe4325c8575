//! CPU seconds of the pairwise comparison (10 entrants, 20,000 items, 1,000 clusters, 10,000 draws), and of the search
//! for broken items and the review of a gate on the same table.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use daepyo_verdict::items::{
    Bar, BrokenSettings, CompareSettings, Entrant, Item, ItemTable, PowerSettings, TaskWeight, compare_all,
    find_broken, review_gate,
};
use std::time::Instant;

/// CPU seconds of this process so far; none where the system does not say.
fn cpu_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

fn main() {
    let mut state = 1_u64;
    let mut unit = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 33).unwrap_or(0)) / f64::from(1_u32 << 31)
    };
    let ids: Vec<String> = (0..20_000).map(|n| format!("{n:05}")).collect();
    let clusters: Vec<String> = (0..20_000).map(|n| format!("c{:04}", n / 20)).collect();
    let items: Vec<Item<'_>> = ids
        .iter()
        .zip(&clusters)
        .map(|(id, cluster)| Item { task: "t", id, cluster, guess: 0.25, key: None })
        .collect();
    let columns: Vec<Vec<Option<f64>>> = (0..10)
        .map(|n| (0..20_000).map(|_| Some(f64::from(u8::from(unit() < 0.6 + 0.01 * f64::from(n))))).collect())
        .collect();
    let names: Vec<String> = (0..10).map(|n| format!("e{n}")).collect();
    let entrants: Vec<Entrant<'_>> =
        names.iter().zip(&columns).map(|(id, scores)| Entrant { id, scores, answers: &[] }).collect();
    let weights = [TaskWeight { task: "t", weight: 1.0 }];
    for _ in 0..3 {
        let (wall, cpu) = (Instant::now(), cpu_s());
        let table = ItemTable::new(&items, &entrants, &weights);
        let built = wall.elapsed().as_secs_f64();
        let all = table.and_then(|table| compare_all(&table, &CompareSettings::default()));
        let critical = all.ok().and_then(|all| all.critical).map_or(f64::NAN, |one| one.used);
        let spent = since(cpu);
        println!(
            "all pairs: {spent:.2} CPU s, {:.2} s wall (table {built:.3} s); critical value {critical:.4}; 1 CPU s over this: {:.1}",
            wall.elapsed().as_secs_f64(),
            1.0 / spent
        );
    }
    let Ok(table) = ItemTable::new(&items, &entrants, &weights) else {
        return;
    };
    let start = cpu_s();
    let found = find_broken(&table, &BrokenSettings::default()).ok();
    let steps = found.and_then(|found| found.model).map(|model| (model.iterations, model.converged));
    println!("broken items: {:.2} CPU s, {steps:?}", since(start));
    let start = cpu_s();
    let bar = Bar {
        references: &["e5", "e6", "e7", "e8", "e9"],
        ratio: 0.95,
        confidence: 0.95,
        chance_corrected: true,
    };
    let power = review_gate(&table, "e0", &bar, &PowerSettings::default()).map(|review| review.power.power);
    println!("review of a gate: {:.2} CPU s, {power:?}", since(start));
}

/// CPU seconds since then.
fn since(start: Option<f64>) -> f64 {
    start.zip(cpu_s()).map_or(f64::NAN, |(start, end)| end - start)
}
