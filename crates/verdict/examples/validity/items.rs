//! Familywise coverage of the intervals of all pairs of entrants.

use crate::{
    JUDGED, Size,
    row::{Mean, Promise, Row, Source, share, yes},
    simulate,
};
use daepyo_verdict::{
    items::{CompareSettings, Entrant, Item, ItemTable, PairComparison, TaskWeight, compare_all},
    simulate::{Stream, items::World},
};

struct Case {
    entrants: usize,
    sizes: Vec<u32>,
    correlation: f64,
    name: &'static str,
    runs: u64,
}

fn cases() -> Vec<Case> {
    let case = |entrants, sizes, correlation, name| Case { entrants, sizes, correlation, name, runs: 1_500 };
    // The first 1,500 runs of that one were far off by chance; more runs tell chance from a defect.
    vec![
        Case { runs: 6_000, ..case(5, vec![1; 400], 0.0, "5 entrants, 400 documents alone") },
        case(5, vec![10; 40], 0.1, "5 entrants, 40 clusters of 10, correlation .1"),
        case(5, vec![10; 40], 0.3, "5 entrants, 40 clusters of 10, correlation .3"),
        case(10, vec![10; 40], 0.3, "10 entrants, 40 clusters of 10, correlation .3"),
        case(10, vec![3; 200], 0.1, "10 entrants, 200 clusters of 3, correlation .1"),
        case(5, vec![20; 15], 0.3, "5 entrants, 15 clusters of 20, correlation .3"),
        case(5, vec![40; 8], 0.3, "5 entrants, 8 clusters of 40, correlation .3"),
        case(5, (1..=40).collect(), 0.3, "5 entrants, 40 clusters of 1 to 40, correlation .3"),
    ]
}

pub(crate) fn rows(size: Size, put: &mut dyn FnMut(Row)) {
    for (number, case) in (0_u64..).zip(cases()) {
        let seed = 4_000 + number;
        // Entrants a little apart, so that the intervals are those of real differences.
        let known: Vec<f64> = (0..case.entrants).map(|k| [0.7, 0.68, 0.65, 0.6, 0.5][k % 5]).collect();
        let world = World { sizes: case.sizes, ..World::even(&known, 0, 0, case.correlation) };
        let outcomes = simulate(size.runs(case.runs), |run| covered(&world, seed, run));
        let mean = |place: usize| Mean::of(outcomes.iter().map(|run| run[place]));
        let source = Source { section: "items", world: case.name, seed };
        put(source
            .row("95 % intervals of all pairs together", Promise::AtLeast(0.95), &mean(0))
            .beside("each pair alone", &mean(1))
            .beside("all pairs by intervals of one alone", &mean(2)));
    }
}

fn covered(world: &World, seed: u64, run: u64) -> [f64; 3] {
    let answers = world.answers(&mut Stream::new(seed, run));
    let clusters: Vec<String> = world.clusters().iter().map(|cluster| format!("{cluster:04}")).collect();
    let ids: Vec<String> = (0..clusters.len()).map(|item| format!("{item:05}")).collect();
    let items: Vec<Item<'_>> = (ids.iter().zip(&clusters))
        .map(|(id, cluster)| Item { task: "t", id, cluster, guess: 0.0, key: None })
        .collect();
    let names: Vec<String> = (0..world.known.len()).map(|entrant| format!("e{entrant}")).collect();
    let columns: Vec<Vec<Option<f64>>> =
        answers.iter().map(|all| all.iter().map(|right| Some(yes(*right))).collect()).collect();
    let entrants: Vec<Entrant<'_>> =
        names.iter().zip(&columns).map(|(id, scores)| Entrant { id, scores, answers: &[] }).collect();
    let table = ItemTable::new(&items, &entrants, &[TaskWeight { task: "t", weight: 1.0 }]).unwrap();
    let settings =
        CompareSettings { seed: JUDGED + 10_000 * seed + run, draws: 1_000, ..CompareSettings::default() };
    let compared = compare_all(&table, &settings).unwrap();
    let expected = |name: &str| world.expected(name[1..].parse().unwrap());
    let holds = |interval: Option<(f64, f64)>, pair: &PairComparison| {
        let truth = expected(&pair.first) - expected(&pair.second);
        interval.is_some_and(|(low, high)| (low..=high).contains(&truth))
    };
    let together = compared.pairs.iter().all(|pair| holds(pair.simultaneous, pair));
    let alone = share(&compared.pairs, |pair| holds(pair.interval, pair));
    let all_alone = compared.pairs.iter().all(|pair| holds(pair.interval, pair));
    [yes(together), alone, yes(all_alone)]
}
