//! Weights: acceptability over the simplex and near the written weights, and the smallest change that flips the cut.

use crate::fixture::{Noise, near};
use daepyo_verdict::sensitivity::{
    Acceptability, Basis, Contest, Region, SensitivityError, SmaaSettings, acceptability, flips, pairwise,
};

const SETTINGS: SmaaSettings = SmaaSettings { seed: 9, vectors: 10, batches: 4000 };

/// Five candidates, four criteria.
const CANDIDATES: [&str; 5] = ["a", "b", "c", "d", "e"];
const CRITERIA: [&str; 4] = ["bench", "experts", "public", "derived"];
const SHARES: [f64; 20] = [
    0.80, 0.60, 0.55, 0.10, //
    0.70, 0.72, 0.50, 0.30, //
    0.75, 0.50, 0.70, 0.00, //
    0.60, 0.55, 0.60, 0.90, //
    0.50, 0.40, 0.45, 0.05,
];

fn contest(draws: &[f64]) -> Contest<'_> {
    Contest {
        candidates: &CANDIDATES,
        criteria: &CRITERIA,
        weights: &[40.0, 35.0, 20.0, 5.0],
        admitted: &[true; 5],
        places: 2,
        estimate: &SHARES,
        draws,
    }
}

fn jittered(count: usize) -> Vec<f64> {
    let mut noise = Noise(12);
    (0..count).flat_map(|_| SHARES.map(|share| (share + 0.05 * noise.normal()).clamp(0.0, 1.0))).collect()
}

#[test]
fn rank_acceptabilities_add_up_over_ranks_and_over_candidates() {
    let draws = jittered(500);
    for region in [Region::Simplex, Region::Near { percent: 20.0 }] {
        for basis in [Basis::Estimate, Basis::Joint] {
            let found = acceptability(&contest(&draws), region, basis, SETTINGS).unwrap();
            for rank in 0..5 {
                near(found.candidates.iter().map(|row| row.ranks[rank]).sum(), 1.0, 1e-9);
            }
            near(found.candidates.iter().map(|row| row.p_advance).sum(), 2.0, 1e-9);
            for row in &found.candidates {
                near(row.ranks.iter().sum(), 1.0, 1e-9);
                near(row.ranks[0] + row.ranks[1], row.p_advance, 1e-9);
                assert!(row.rank_errors.iter().all(|error| *error < 0.025));
                if let Some(weights) = &row.central_weights {
                    near(weights.iter().sum(), 1.0, 1e-9);
                    assert!(row.confidence.is_some());
                }
            }
        }
    }
}

/// Shares of the simplex by a fine regular grid of weights, an independent way to the same figures.
fn by_grid() -> Vec<Vec<f64>> {
    let mut table = vec![vec![0.0; 5]; 5];
    let (steps, mut count) = (40, 0.0);
    for i in 0..=steps {
        for j in 0..=steps - i {
            for k in 0..=steps - i - j {
                let l = steps - i - j - k;
                // Points off the edges, so that cells count alike.
                let weights = [i, j, k, l].map(|part| (f64::from(part) + 0.25) / (f64::from(steps) + 1.0));
                let composite = |one: usize| (0..4).map(|c| weights[c] * SHARES[4 * one + c]).sum::<f64>();
                for (one, row) in table.iter_mut().enumerate() {
                    let above = (0..5).filter(|other| composite(*other) > composite(one) + 1e-12).count();
                    row[above] += 1.0;
                }
                count += 1.0;
            }
        }
    }
    for share in table.iter_mut().flatten() {
        *share /= count;
    }
    table
}

#[test]
fn acceptability_over_the_simplex_agrees_with_a_grid_of_weights() {
    let found = acceptability(&contest(&[]), Region::Simplex, Basis::Estimate, SETTINGS).unwrap();
    assert_eq!((found.vectors, found.draws), (40_000, 0));
    for (row, grid) in found.candidates.iter().zip(by_grid()) {
        for (share, grid) in row.ranks.iter().zip(grid) {
            near(*share, grid, 0.012);
        }
    }
    let last = &found.candidates[4];
    assert_eq!((last.ranks[0], last.central_weights.clone()), (0.0, None), "e is dominated");
}

#[test]
fn pairwise_shares_are_exact_and_complementary() {
    let found = pairwise(&contest(&[])).unwrap();
    let mut noise = Noise(3);
    let count = 60_000;
    let mut hits = [[0.0; 5]; 5];
    for _ in 0..count {
        let weights: Vec<f64> = (0..4).map(|_| -noise.unit().ln()).collect();
        let composite = |one: usize| (0..4).map(|c| weights[c] * SHARES[4 * one + c]).sum::<f64>();
        for (one, row) in hits.iter_mut().enumerate() {
            for (other, hit) in row.iter_mut().enumerate() {
                *hit += f64::from(u8::from(composite(one) > composite(other)));
            }
        }
    }
    for one in 0..5 {
        for other in 0..5 {
            near(found[one][other] + found[other][one], 1.0, 1e-12);
            if one != other {
                near(found[one][other], hits[one][other] / f64::from(count), 0.008);
            }
        }
    }
}

#[test]
fn the_standard_error_is_that_of_repeated_runs() {
    let draws = jittered(60);
    let settings = |seed| SmaaSettings { seed, vectors: 4, batches: 60 };
    let run =
        |seed| acceptability(&contest(&draws), Region::Simplex, Basis::Estimate, settings(seed)).unwrap();
    let runs: Vec<Acceptability> = (0..200).map(run).collect();
    let values: Vec<f64> = runs.iter().map(|run| run.candidates[0].ranks[0]).collect();
    let mean = values.iter().sum::<f64>() / 200.0;
    let spread = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 199.0).sqrt();
    let stated = runs.iter().map(|run| run.candidates[0].rank_errors[0]).sum::<f64>() / 200.0;
    near(stated / spread, 1.0, 0.15);
}

#[test]
fn without_a_neighbourhood_the_written_weights_decide_alone() {
    let draws = jittered(400);
    let at = |basis| acceptability(&contest(&draws), Region::Near { percent: 0.0 }, basis, SETTINGS).unwrap();
    let firm = at(Basis::Estimate);
    let composite = |row: &[f64]| 0.4 * row[0] + 0.35 * row[1] + 0.2 * row[2] + 0.05 * row[3];
    let mut order: Vec<usize> = (0..5).collect();
    order.sort_by(|x, y| {
        composite(&SHARES[4 * y..4 * y + 4]).total_cmp(&composite(&SHARES[4 * x..4 * x + 4]))
    });
    for (rank, one) in order.iter().enumerate() {
        near(firm.candidates[*one].ranks[rank], 1.0, 1e-9);
    }
    // With the data the probability is the share of draws, whatever the number of weight vectors.
    let joint = at(Basis::Joint);
    let ahead = draws.chunks_exact(20).filter(|table| {
        let points = |one: usize| composite(&table[4 * one..4 * one + 4]);
        (0..5).all(|other| other == order[0] || points(other) < points(order[0]))
    });
    near(joint.candidates[order[0]].ranks[0], f64::from(u32::try_from(ahead.count()).unwrap()) / 400.0, 1e-9);
}

#[test]
fn two_candidates_are_exact_and_agree_with_the_simulation() {
    let two = |admitted: &'static [bool]| Contest { admitted, places: 1, ..contest(&[]) };
    let pair = two(&[true, true, false, false, false]);
    let exact = acceptability(&pair, Region::Simplex, Basis::Estimate, SETTINGS).unwrap();
    assert_eq!(exact.vectors, 0);
    near(exact.candidates[0].ranks[0], pairwise(&pair).unwrap()[0][1], 1e-15);
    // The same two with a third that is always last are simulated.
    let three =
        acceptability(&two(&[true, true, false, false, true]), Region::Simplex, Basis::Estimate, SETTINGS);
    for (row, other) in exact.candidates.iter().zip(&three.unwrap().candidates) {
        near(row.ranks[0], other.ranks[0], 4.0 * other.rank_errors[0]);
        let centres = row.central_weights.iter().flatten().zip(other.central_weights.iter().flatten());
        for (centre, simulated) in centres {
            near(*centre, *simulated, 0.01);
        }
    }
}

#[test]
fn equal_candidates_share_ranks_and_names_decide_nothing() {
    let equal = Contest {
        candidates: &["a", "b", "c"],
        criteria: &["x", "y"],
        weights: &[1.0, 1.0],
        admitted: &[true; 3],
        places: 1,
        estimate: &[0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
        draws: &[],
    };
    let found = acceptability(&equal, Region::Simplex, Basis::Estimate, SETTINGS).unwrap();
    for row in &found.candidates {
        near(row.p_advance, 1.0 / 3.0, 1e-9);
    }
    near(pairwise(&equal).unwrap()[0][1], 0.5, 0.0);
}

#[test]
fn any_number_of_threads_gives_the_same_figures() {
    let draws = jittered(1000);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| acceptability(&contest(&draws), Region::Simplex, Basis::Joint, SETTINGS).unwrap())
    };
    let one = on(1);
    assert_eq!(one, on(3));
    let other =
        acceptability(&contest(&draws), Region::Simplex, Basis::Joint, SmaaSettings { seed: 10, ..SETTINGS });
    assert_ne!(one, other.unwrap());
}

#[test]
fn at_the_flipped_weights_the_two_are_level_and_no_nearer_pair_is() {
    let contest = contest(&[]);
    let found = flips(&contest).unwrap();
    assert_eq!(found.pairs.len(), 2 * 3);
    for pair in &found.pairs {
        let of = |name: &str| {
            let one = CANDIDATES.iter().position(|other| *other == name).unwrap();
            &SHARES[4 * one..4 * one + 4]
        };
        let (inside, outside) = (of(&pair.inside), of(&pair.outside));
        let lead = |weights: &[f64]| {
            weights.iter().zip(inside.iter().zip(outside)).map(|(w, (a, b))| w * (a - b)).sum::<f64>()
        };
        near(lead(contest.weights), pair.lead, 1e-9);
        if pair.outside == "e" {
            assert_eq!(pair.change, None, "e is behind everywhere");
            continue;
        }
        let change = pair.change.as_ref().unwrap();
        for one in [&change.l1, &change.l2, &change.max] {
            near(one.weights.iter().sum(), 100.0, 1e-9);
            near(lead(&one.weights), 0.0, 1e-7);
        }
        assert!(change.max.distance <= change.l2.distance + 1e-9);
        assert!(change.l2.distance <= change.l1.distance + 1e-9);
        for (place, single) in pair.single.iter().enumerate() {
            if let Some(needed) = single.needed {
                let rest = (100.0 - needed) / (100.0 - contest.weights[place]);
                let mut weights: Vec<f64> = contest.weights.iter().map(|weight| weight * rest).collect();
                weights[place] = needed;
                near(lead(&weights), 0.0, 1e-9);
            }
        }
    }
    let least = found.least_l1.unwrap();
    let distance = |place: usize| found.pairs[place].change.as_ref().map(|change| change.l1.distance);
    assert!((0..6).all(|place| distance(place).is_none_or(|other| other >= distance(least).unwrap())));
}

#[test]
fn the_smallest_changes_are_those_of_linear_and_quadratic_programmes() {
    // SciPy 1.17.1: linprog for L1 and L-infinity, minimize(method="SLSQP") for L2. Inside, outside, L1, L2, L-infinity.
    let solved = [
        ("b", "c", 13.333_333, 7.933_952, 4.155_844),
        ("b", "d", 12.857_143, 8.219_519, 5.103_093),
        ("a", "c", 24.0, 14.556_949, 11.0),
        ("a", "d", 9.5, 6.157_935, 4.318_182),
    ];
    let found = flips(&contest(&[])).unwrap();
    for (inside, outside, l1, l2, max) in solved {
        let pair = found.pairs.iter().find(|pair| pair.inside == inside && pair.outside == outside).unwrap();
        let change = pair.change.as_ref().unwrap();
        near(change.l1.distance, l1, 1e-6);
        near(change.l2.distance, l2, 2e-6);
        near(change.max.distance, max, 1e-6);
    }
    let least = &found.pairs[found.least_l2.unwrap()];
    assert_eq!((least.inside.as_str(), least.outside.as_str()), ("a", "d"));
}

#[test]
fn contests_that_have_no_answer_say_why() {
    let good = contest(&[]);
    let bad = SHARES.map(|share| if share > 0.85 { f64::NAN } else { share });
    let zero = Contest { weights: &[0.0; 4], ..good };
    let cases = [
        (Contest { weights: &[1.0], ..good }, "verdict::sensitivity_shape"),
        (Contest { draws: &SHARES[1..], ..good }, "verdict::sensitivity_shape"),
        (Contest { estimate: &bad, ..good }, "verdict::bad_share"),
        (Contest { weights: &[1.0, -1.0, 1.0, 1.0], ..good }, "verdict::bad_weight"),
        (zero, "verdict::bad_weight"),
        (Contest { admitted: &[false; 5], ..good }, "verdict::nobody_admitted"),
    ];
    for (contest, code) in cases {
        assert_eq!(flips(&contest).unwrap_err().code(), code);
    }
    let ask = |region, basis| acceptability(&good, region, basis, SETTINGS).unwrap_err();
    assert_eq!(ask(Region::Simplex, Basis::Joint), SensitivityError::Nothing { what: "draws" });
    let far = ask(Region::Near { percent: 101.0 }, Basis::Estimate);
    assert_eq!(far.code(), "verdict::bad_neighbourhood");
    let Err(SensitivityError::BadShare { candidate, criterion, .. }) =
        flips(&Contest { estimate: &bad, ..good })
    else {
        panic!("a share that is no number")
    };
    assert_eq!((candidate.as_str(), criterion.as_str()), ("d", "derived"));
}
