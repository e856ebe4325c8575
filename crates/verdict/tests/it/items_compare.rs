//! Every two entrants compared: against peers, by hand, and by simulation.

use crate::fixture::{Noise, near};
use crate::items_world::{World, clustered};
use daepyo_core::canonical;
use daepyo_verdict::items::{CompareSettings, Comparisons, Multipliers, compare_all, equivalence};

fn compare(world: &World, draws: u32) -> Comparisons {
    compare_all(&world.table(), &CompareSettings { draws, ..CompareSettings::default() }).unwrap()
}

#[test]
fn one_pair_is_statsmodels_clustered_regression_on_a_constant() {
    // statsmodels 0.15.0, OLS(y, 1).fit(cov_type="cluster", use_t=True): bse .13402957684457492. Its p, .0121, is by t with
    // clusters less one; clusters of 3, 2, 4, 1 and 2 have 3.2869 degrees of freedom, for which SciPy 1.17.1 gives the p.
    let y = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0];
    let clusters = ["a", "a", "a", "b", "b", "c", "c", "c", "c", "d", "e", "e"];
    let mut world = World::new(12, 1);
    for (item, cluster) in world.items.iter_mut().zip(clusters) {
        cluster.clone_into(&mut item.2);
    }
    world.add("one", y.iter().map(|score| Some(*score)).collect());
    world.add("zero", vec![Some(0.0); 12]);
    let all = compare(&world, 500);
    let pair = &all.pairs[0];
    near(pair.difference, 7.0 / 12.0, 1e-15);
    near(pair.standard_error.unwrap(), 0.134_029_576_844_574_92, 1e-14);
    near(pair.p.unwrap(), 0.018_531_835_551_948_442, 1e-12);
    assert_eq!((pair.documents, pair.clusters, pair.left_out), (12, 5, 0));
    // Too few degrees of freedom for multipliers, and one pair needs no correction.
    assert_eq!(all.critical.unwrap().multipliers, None);
    near(all.critical.unwrap().used, 3.030_948_990, 1e-8);
    assert_eq!(pair.interval, pair.simultaneous);
}

#[test]
fn intra_cluster_correlation_by_hand() {
    // Differences {1, 1}, {0, 0}, {1, 0}: between 2 * (.25 + .25 + 0) / 2 = .5, within .5 / 3, size 2.
    let mut world = World::new(3, 2);
    world.add("one", [1.0, 1.0, 0.0, 0.0, 1.0, 0.0].map(Some).to_vec());
    world.add("zero", vec![Some(0.0); 6]);
    let pair = compare(&world, 500).pairs[0].clone();
    let (between, within) = (0.5, 0.5 / 3.0);
    near(pair.intra_cluster.unwrap(), (between - within) / (between + within), 1e-12);
    // Clustered: 3/2 * 2 / 36; independent: 1.5 / 5 / 6.
    near(pair.design_effect.unwrap(), (1.5 * 2.0 / 36.0) / (1.5 / 5.0 / 6.0), 1e-12);
}

#[test]
fn guessing_weights_and_missing_responses() {
    let mut world = World::new(8, 1);
    for (place, item) in world.items.iter_mut().enumerate() {
        item.3 = 0.5;
        if place >= 4 {
            "u".clone_into(&mut item.0);
        }
    }
    world.weights = vec![("t".to_owned(), 3.0), ("u".to_owned(), 1.0)];
    world.add("a", [1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0].map(Some).to_vec());
    let mut other = [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0].map(Some).to_vec();
    other[1] = None;
    world.add("b", other);
    world.add("c", vec![None; 8]);
    let settings = CompareSettings { chance_corrected: true, draws: 500, ..CompareSettings::default() };
    let all = compare_all(&world.table(), &settings).unwrap();
    // Task t on three documents: differences 1, 0, 0; task u on four: 1, 0, 0, -1. Correction doubles them.
    near(all.pairs[0].difference, 2.0 * 0.75 / 3.0, 1e-12);
    assert_eq!((all.pairs[0].documents, all.pairs[0].left_out), (7, 1));
    let apart = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(all.apart, [apart("a", "c"), apart("b", "c")]);
    assert_eq!(all.failures.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [0, 1, 8]);
}

#[test]
fn differences_that_never_vary_claim_no_more_than_signs_can() {
    let mut world = World::new(10, 2);
    world.add("a", vec![Some(1.0); 20]);
    world.add("b", vec![Some(0.0); 20]);
    world.add("c", vec![Some(1.0); 20]);
    let all = compare(&world, 500);
    assert_eq!((all.family, all.critical), (0, None));
    near(all.pairs[0].p.unwrap(), 1.0 / 512.0, 1e-15);
    near(all.pairs[0].p_adjusted.unwrap(), 3.0 / 512.0, 1e-15);
    assert_eq!((all.pairs[1].p, all.pairs[1].interval), (Some(1.0), Some((0.0, 0.0))));
}

#[test]
fn neither_order_of_items_nor_threads_change_a_byte() {
    let mut world = clustered(&mut Noise(3), &[0.6, 0.65, 0.7, 0.6], 30, 6, (0.1, 0.1));
    let bytes = |world: &World, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| canonical::to_bytes(&compare(world, 700)).unwrap())
    };
    let first = bytes(&world, 1);
    assert_eq!(first, bytes(&world, 4));
    world.items.reverse();
    world.scores.iter_mut().for_each(|column| column.reverse());
    assert_eq!(first, bytes(&world, 2));
}

/// How often the simultaneous and the single intervals of all pairs hold, and the mean critical values.
fn coverage(seed: u64, clusters: usize, runs: u32) -> (f64, f64, f64, f64) {
    let means = [0.55, 0.6, 0.6, 0.65, 0.7];
    let mut noise = Noise(seed);
    let (mut held, mut single, mut used, mut bonferroni) = (0, 0, 0.0, 0.0);
    for run in 0..runs {
        let world = clustered(&mut noise, &means, clusters, 8, (0.1, 0.15));
        let settings = CompareSettings { draws: 499, seed: u64::from(run), ..CompareSettings::default() };
        let all = compare_all(&world.table(), &settings).unwrap();
        let place = |name: &str| name[1..].parse::<usize>().unwrap();
        let truth = |first: &str, second: &str| means[place(first)] - means[place(second)];
        let inside = |(low, high): (f64, f64), truth: f64| low <= truth && truth <= high;
        let every = |interval: fn(&daepyo_verdict::items::PairComparison) -> Option<(f64, f64)>| {
            all.pairs.iter().all(|one| inside(interval(one).unwrap(), truth(&one.first, &one.second)))
        };
        held += u32::from(every(|one| one.simultaneous));
        single += u32::from(every(|one| one.interval));
        used += all.critical.unwrap().used;
        bonferroni += all.critical.unwrap().bonferroni;
    }
    let share = |count| f64::from(count) / f64::from(runs);
    (share(held), share(single), used / f64::from(runs), bonferroni / f64::from(runs))
}

#[test]
fn simultaneous_intervals_hold_as_often_as_promised() {
    // Standard error of a share of 2,000 runs at .95: .005.
    let (held, single, used, bonferroni) = coverage(1, 50, 2_000);
    assert!((0.94..=0.96).contains(&held), "{held} simultaneous, {single} single, {used} {bonferroni}");
    assert!(single < 0.85, "{single}: intervals for one pair do not hold for ten");
    assert!(used < bonferroni, "{used} {bonferroni}");
}

#[test]
fn few_clusters_keep_the_promise() {
    // Standard error of a share of 1,000 runs at .95: .007.
    for (seed, clusters) in [(2, 8), (3, 16), (6, 42)] {
        let (held, _, used, _) = coverage(seed, clusters, 1_000);
        assert!((0.933..=0.985).contains(&held), "{held} of {clusters} clusters with critical value {used}");
    }
}

#[test]
fn nobody_differs_is_seldom_contradicted() {
    let (runs, mut any, mut stepwise) = (800, 0, 0);
    let mut noise = Noise(5);
    for _ in 0..runs {
        let all = compare(&clustered(&mut noise, &[0.6; 5], 50, 6, (0.1, 0.1)), 399);
        any += u32::from(all.pairs.iter().any(|one| one.p_adjusted.unwrap() <= 0.05));
        stepwise += u32::from(all.pairs.iter().any(|one| one.p_stepwise.unwrap() <= 0.05));
        for one in &all.pairs {
            assert!(one.p_stepwise.unwrap() <= one.p_adjusted.unwrap());
            let (low, high) = one.simultaneous.unwrap();
            let excludes = low > 0.0 || high < 0.0;
            assert!(!excludes || one.p_adjusted.unwrap() <= 0.05, "{one:?}");
        }
    }
    // .05 of 800 is 40 with a standard deviation of 6.2.
    assert!((24..=56).contains(&any) && any == stepwise, "{any} of {runs}, {stepwise} stepwise");
}

#[test]
fn six_points_serve_few_clusters_and_signs_many() {
    let multipliers = |clusters| {
        let world = clustered(&mut Noise(4), &[0.5, 0.6, 0.7], clusters, 5, (0.1, 0.1));
        compare(&world, 200).critical.unwrap().multipliers.map(|(kind, _)| kind)
    };
    assert_eq!(multipliers(4), None);
    assert_eq!(multipliers(9), Some(Multipliers::SixPoints));
    assert_eq!(multipliers(40), Some(Multipliers::Signs));
}

#[test]
fn what_is_wrong_with_a_table_is_said() {
    type Change = fn(&mut World);
    let world = || clustered(&mut Noise(1), &[0.5, 0.6], 4, 2, (0.1, 0.1));
    let cases: [(&str, Change); 10] = [
        ("verdict::no_items", |world| world.items.clear()),
        ("verdict::no_items", |world| world.names.clear()),
        ("verdict::duplicate_name", |world| "e0".clone_into(&mut world.names[1])),
        ("verdict::duplicate_name", |world| "00001".clone_into(&mut world.items[0].1)),
        ("verdict::column_length", |world| world.scores[1].push(None)),
        ("verdict::bad_item_score", |world| world.scores[1][3] = Some(f64::NAN)),
        ("verdict::bad_guess", |world| world.items[2].3 = 1.0),
        ("verdict::bad_weight", |world| world.weights[0].1 = -1.0),
        ("verdict::bad_weight", |world| world.weights[0].1 = 0.0),
        ("verdict::unweighted_task", |world| "other".clone_into(&mut world.items[2].0)),
    ];
    for (code, change) in cases {
        let mut world = world();
        change(&mut world);
        assert_eq!(world.try_table().unwrap_err().code(), code);
    }
    let bad = CompareSettings { confidence: 1.0, ..CompareSettings::default() };
    assert_eq!(compare_all(&world().table(), &bad).unwrap_err().code(), "verdict::bad_setting");
}

#[test]
fn two_one_sided_tests_of_a_published_example() {
    // Moery and Calin-Jageman 2016, study 2, in Lakens 2017, "Equivalence tests", and in the manual of TOSTER: means
    // 5.25 and 5.22, deviations .95 and .83, 95 and 89 people, bounds d = +-.43, equal variances: t(182) = -2.69, p = .004.
    let pooled = ((94.0 * 0.95_f64.powi(2) + 88.0 * 0.83_f64.powi(2)) / 182.0).sqrt();
    let error = pooled * (1.0 / 95.0 + 1.0 / 89.0_f64).sqrt();
    let test = equivalence(0.03, error, 182.0, (-0.43 * pooled, 0.43 * pooled), 0.95).unwrap();
    near(test.below_upper.0, -2.69, 0.005);
    near(test.p, 0.004, 0.0005);
    assert!(test.shown && test.interval.1 < 0.43 * pooled);
    assert!(!equivalence(0.03, error, 182.0, (-0.2 * pooled, 0.2 * pooled), 0.95).unwrap().shown);
    assert_eq!(equivalence(0.0, 0.0, 5.0, (-1.0, 1.0), 0.95).unwrap_err().code(), "verdict::bad_setting");
}
