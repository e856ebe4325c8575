//! Fits to votes on numbers: against peers, by hand, and under weights.

use crate::fixture::near;
use daepyo_core::VoteChoice;
use daepyo_verdict::{
    simulate::votes::World,
    votes::{Ballot, Cap, Counted, Interner, Poll, RankSettings, Ties, VoteRow, cap, choice, rank},
};

/// Elo points of one unit of log-strength.
const ELO: f64 = 173.717_792_761_248_36;

/// Wins of the row over the column, and ties above the diagonal, of 900 made-up battles of six models.
const WINS: [[u32; 6]; 6] = [
    [0, 22, 24, 37, 30, 38],
    [20, 0, 18, 29, 33, 41],
    [27, 23, 0, 25, 28, 23],
    [26, 22, 13, 0, 32, 26],
    [16, 16, 33, 27, 0, 29],
    [12, 18, 24, 14, 17, 0],
];
const TIES: [[u32; 6]; 6] = [
    [0, 4, 6, 11, 13, 8],
    [0, 0, 11, 11, 9, 12],
    [0, 0, 0, 17, 9, 16],
    [0, 0, 0, 0, 10, 11],
    [0, 0, 0, 0, 0, 9],
    [0, 0, 0, 0, 0, 0],
];

/// The battles with ties or without, each by a voter of its own.
fn battles(ties: bool) -> Vec<Ballot> {
    let mut ballots = Vec::new();
    let mut add = |left: usize, right: usize, choice, times: u32| {
        for _ in 0..times {
            let voter = u32::try_from(ballots.len()).unwrap();
            let number = |model| u16::try_from(model).unwrap();
            ballots.push(Ballot { voter, left: number(left), right: number(right), choice });
        }
    };
    for left in 0..6 {
        for right in 0..6 {
            add(left, right, VoteChoice::Left, WINS[left][right]);
            if ties {
                add(right, left, VoteChoice::Tie, TIES[left][right]);
            }
        }
    }
    ballots
}

/// The fit with every vote counting a million times, so that the prior does nothing.
fn without_prior(ballots: &[Ballot], rule: Ties) -> Vec<f64> {
    let weights = vec![1e6; ballots.len()];
    let poll = Poll::new(6, ballots.len(), ballots).unwrap().weighted(&weights).unwrap();
    Counted::of(&poll).unwrap().fit(rule).strengths
}

#[test]
fn strengths_are_those_of_choix_evalica_and_arena_rank() {
    // choix 0.4.1 `ilsr_pairwise_dense(alpha=0)` and evalica 0.4.2 `bradley_terry`, log scores less their mean;
    // both give these digits. A tie is half a win for each in the second.
    let without = [0.333_534_61, 0.254_720_88, 0.096_435_98, -0.062_545_42, -0.120_555_36, -0.501_590_7];
    let half = [0.279_853_83, 0.208_429_54, 0.067_413_46, -0.052_275_24, -0.099_118_66, -0.404_302_92];
    for (found, right) in without_prior(&battles(false), Ties::Half).iter().zip(without) {
        near(*found, right, 2e-7);
    }
    for (found, right) in without_prior(&battles(true), Ties::Half).iter().zip(half) {
        near(*found, right, 2e-7);
    }
    // Without ties Davidson's model is the plain one.
    for (found, right) in without_prior(&battles(false), Ties::Davidson).iter().zip(without) {
        near(*found, right, 1e-5);
    }
}

#[test]
fn ratings_and_errors_are_those_of_arena_rank() {
    // arena-rank 0.1.1 `BradleyTerry.compute_ratings_and_cis` (sandwich, hessian_reg 1e-6), mean moved to 1000.
    let figures = [
        (
            false,
            (
                [1057.9409, 1044.2495, 1016.7526, 989.1347, 979.0574, 912.8648],
                [18.601_45, 18.959_75, 19.571_82, 18.457_57, 18.036_78, 19.559_88],
            ),
        ),
        (
            true,
            (
                [1048.6156, 1036.2079, 1011.7109, 990.9189, 982.7813, 929.7654],
                [15.801_33, 15.738_34, 15.490_59, 14.789_52, 15.0532, 15.475_25],
            ),
        ),
    ];
    for (ties, (ratings, errors)) in figures {
        let ballots = battles(ties);
        let fit = Counted::of(&Poll::new(6, ballots.len(), &ballots).unwrap()).unwrap().fit(Ties::Half);
        // Its factor for few votes is 1, ours votes / (votes - 1).
        let votes = f64::from(u32::try_from(ballots.len()).unwrap());
        let factor = (votes / (votes - 1.0)).sqrt();
        for ((found, rating), error) in fit.ratings().iter().zip(ratings).zip(errors) {
            // The prior moves these by less than a tenth of a point.
            near(found.rating, rating, 0.1);
            near(found.standard_error_iid / factor, error, 0.01);
            // Every vote has a voter of its own here.
            near(found.standard_error_iid, found.standard_error, 1e-9);
        }
    }
}

fn world() -> World {
    World { left: 0.1, both_bad: 0.05, ..World::even(6, 1.5, 0.5) }
}

fn counted(models: usize, voters: usize, ballots: &[Ballot]) -> Counted {
    Counted::of(&Poll::new(models, voters, ballots).unwrap()).unwrap()
}

#[test]
fn names_and_numbers_give_the_same_ranking() {
    let ballots = world().votes(&[7; 40], 3);
    let (voter, model) = (|voter: u32| format!("v{voter:03}"), |model: u16| format!("m{model}"));
    let named: Vec<_> =
        ballots.iter().map(|b| (voter(b.voter), model(b.left), model(b.right), b.choice)).collect();
    let rows: Vec<_> = named
        .iter()
        .map(|(voter, left, right, choice)| VoteRow { voter, left, right, choice: *choice })
        .collect();
    let ranking = rank(&rows, RankSettings::default()).unwrap();
    let fit = counted(6, 40, &ballots).fit(Ties::Davidson);
    let (ratings, sets) = (fit.ratings(), fit.rank_sets(0, 2000));
    for ranked in &ranking.models {
        let place: usize = ranked.name[1..].parse().unwrap();
        assert_eq!(ranked.rating.to_bits(), ratings[place].rating.to_bits());
        assert_eq!(ranked.standard_error.to_bits(), ratings[place].standard_error.to_bits());
        assert_eq!(ranked.rank_set, sets[place]);
        assert_eq!(ranked.both_bad, fit.tallied[place].both_bad);
    }
    assert_eq!((ranking.votes, ranking.both_bad), (fit.votes, fit.both_bad));
    // The order of the rows and the names of the voters change nothing.
    let mut turned = rows.clone();
    turned.reverse();
    assert_eq!(rank(&turned, RankSettings::default()).unwrap(), ranking);
}

#[test]
fn the_clustered_covariance_is_the_formula() {
    // Dense and slow: scores by numeric derivatives, voter by voter.
    let ballots = world().votes(&[4, 3, 9, 14, 30, 2, 2, 8, 11, 5], 9);
    let fit = counted(6, 10, &ballots).fit(Ties::Davidson);
    let mut at = fit.strengths.clone();
    at.push(fit.tie_parameter.ln());
    let log_chance = |ballot: &Ballot, at: &[f64]| {
        let (l, r) = (at[usize::from(ballot.left)], at[usize::from(ballot.right)]);
        let tie = at[6] + f64::midpoint(l, r);
        let total = l.exp() + r.exp() + tie.exp();
        let log = match ballot.choice {
            VoteChoice::Left => l,
            VoteChoice::Right => r,
            VoteChoice::Tie => tie,
            VoteChoice::BothBad => return 0.0,
        };
        log - total.ln()
    };
    let slope = |ballots: &[&Ballot], at: &[f64]| -> Vec<f64> {
        let sum = |at: &[f64]| ballots.iter().map(|ballot| log_chance(ballot, at)).sum::<f64>();
        (0..7)
            .map(|k| {
                let (mut up, mut down) = (at.to_vec(), at.to_vec());
                up[k] += 1e-5;
                down[k] -= 1e-5;
                (sum(&up) - sum(&down)) / 2e-5
            })
            .collect()
    };
    let of = |voter: u32| ballots.iter().filter(|b| b.voter == voter).collect::<Vec<_>>();
    let scores: Vec<Vec<f64>> = (0..10).map(|voter| slope(&of(voter), &at)).collect();
    let all: Vec<&Ballot> = ballots.iter().collect();
    let mut information = vec![vec![0.0; 7]; 7];
    for k in 0..7 {
        let (mut up, mut down) = (at.clone(), at.clone());
        up[k] += 1e-3;
        down[k] -= 1e-3;
        let (up, down) = (slope(&all, &up), slope(&all, &down));
        for j in 0..7 {
            information[k][j] = (down[j] - up[j]) / 2e-3 + if j == k { 0.01 } else { 0.0 };
        }
    }
    let moved: Vec<Vec<f64>> = scores.iter().map(|score| solve(&information, score)).collect();
    for a in 0..6 {
        for b in 0..6 {
            let covariance = 10.0 / 9.0 * moved.iter().map(|voter| voter[a] * voter[b]).sum::<f64>();
            near(fit.clustered[a * 6 + b], covariance, 1e-5 * fit.clustered[a * 7].max(1.0));
        }
    }
}

/// Gauss and Jordan.
fn solve(matrix: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let mut rows: Vec<Vec<f64>> =
        matrix.iter().zip(right).map(|(row, value)| row.iter().copied().chain([*value]).collect()).collect();
    for k in 0..n {
        let pivot = rows[k].clone();
        for (other, row) in rows.iter_mut().enumerate() {
            let factor = if other == k { 1.0 - 1.0 / pivot[k] } else { row[k] / pivot[k] };
            for (value, pivot) in row.iter_mut().zip(&pivot) {
                *value -= factor * pivot;
            }
        }
    }
    rows.iter().map(|row| row[n]).collect()
}

#[test]
fn a_weight_of_two_is_voting_twice() {
    let ballots = world().votes(&[6; 20], 4);
    let twice: Vec<Ballot> =
        ballots.iter().flat_map(|b| std::iter::repeat_n(*b, if b.voter % 2 == 0 { 2 } else { 1 })).collect();
    let weights: Vec<f64> = (0..20).map(|voter| if voter % 2 == 0 { 2.0 } else { 1.0 }).collect();
    let poll = Poll::new(6, 20, &ballots).unwrap();
    let weighted = Counted::of(&poll.weighted(&weights).unwrap()).unwrap().fit(Ties::Davidson);
    let doubled = counted(6, 20, &twice).fit(Ties::Davidson);
    for (one, other) in weighted.strengths.iter().zip(&doubled.strengths) {
        near(*one, *other, 1e-9);
    }
    for (one, other) in weighted.clustered.iter().zip(&doubled.clustered) {
        near(*one, *other, 1e-9);
    }
    // Two copies of a vote are two votes to the iid errors, a vote of weight two is one.
    assert!(weighted.iid[0] > doubled.iid[0] * 1.1);
    let ones = Counted::of(&poll.weighted(&[1.0; 20]).unwrap()).unwrap().fit(Ties::Davidson);
    assert_eq!(ones, counted(6, 20, &ballots).fit(Ties::Davidson));
}

#[test]
fn a_voter_without_weight_counts_nowhere() {
    let ballots = world().votes(&[6; 20], 4);
    let weights: Vec<f64> = (0..20).map(|voter| f64::from(u8::from(voter > 0))).collect();
    let with = Poll::new(6, 20, &ballots).unwrap().weighted(&weights).unwrap();
    let rest: Vec<Ballot> = ballots.iter().filter(|b| b.voter > 0).copied().collect();
    let (with, without) = (Counted::of(&with).unwrap(), counted(6, 20, &rest));
    let (one, other) = (with.fit(Ties::Davidson), without.fit(Ties::Davidson));
    assert_eq!((one.voters, &one.strengths, &one.clustered), (19, &other.strengths, &other.clustered));
}

#[test]
fn the_bootstrap_agrees_with_the_sandwich_and_with_itself_on_any_number_of_threads() {
    let ballots = world().votes(&[10; 300], 12);
    let counted = counted(6, 300, &ballots);
    let fit = counted.fit(Ties::Davidson);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| counted.bootstrap(&fit, 5, 400))
    };
    let resampled = on(1);
    assert_eq!(resampled, on(3));
    assert_eq!(resampled.split, 0);
    for (model, rating) in fit.ratings().iter().enumerate() {
        // 400 draws give a standard error to 3.5 %.
        near(resampled.standard_error[model] / rating.standard_error, 1.0, 0.12);
        near(resampled.low[model], rating.low, 0.35 * rating.standard_error);
        near(resampled.high[model], rating.high, 0.35 * rating.standard_error);
    }
    let other = counted.bootstrap(&fit, 6, 400);
    assert_ne!(other.strengths, resampled.strengths);
}

#[test]
fn differences_are_between_ratings_and_a_ranking_of_two_is_their_interval() {
    let ballots = world().votes(&[10; 30], 12);
    let fit = counted(6, 30, &ballots).fit(Ties::Davidson);
    let (ratings, differences) = (fit.ratings(), fit.differences());
    assert_eq!(differences.len(), 15);
    for by in &differences {
        let (one, other) = (&ratings[usize::from(by.first)], &ratings[usize::from(by.second)]);
        near(by.difference, one.rating - other.rating, 1e-9);
        near(by.standard_error, ELO * fit.variance(by.first.into(), by.second.into()).sqrt(), 1e-9);
        // t with 29 degrees of freedom: 2.04523.
        near(by.high - by.low, 2.0 * 2.045_230 * by.standard_error, 1e-4 * by.standard_error);
        assert_eq!(by.preference > 0.5, by.difference > 0.0);
    }
    // With two models the simultaneous interval is the t interval.
    for (voters, apart) in [(12_u32, true), (12, false)] {
        let mut ballots = Vec::new();
        for voter in 0..voters {
            let wins = if apart { 7 + voter % 4 } else { 4 + voter % 5 };
            for k in 0..12 {
                let choice = if k < wins { VoteChoice::Left } else { VoteChoice::Right };
                ballots.push(Ballot { voter, left: 0, right: 1, choice });
            }
        }
        let fit = counted(2, 12, &ballots).fit(Ties::Half);
        let by = &fit.differences()[0];
        assert_eq!(by.low > 0.0, apart, "{by:?}");
        assert_eq!(fit.rank_sets(1, 4000), if apart { [(1, 1), (2, 2)] } else { [(1, 2), (1, 2)] });
    }
}

#[test]
fn votes_that_say_nothing_of_a_model_are_named() {
    let ballot = |voter, left, right, choice| Ballot { voter, left, right, choice };
    let left = VoteChoice::Left;
    let error = |models, ballots: &[Ballot]| {
        Counted::of(&Poll::new(models, 3, ballots).unwrap()).unwrap_err().to_string()
    };
    let bad = ballot(2, 0, 2, VoteChoice::BothBad);
    assert_eq!(
        error(3, &[ballot(0, 0, 1, left), ballot(1, 0, 1, left), bad]),
        "no vote that counts is about the models [2]; leave them out or number the others anew"
    );
    assert_eq!(
        error(4, &[ballot(0, 0, 3, left), ballot(1, 1, 2, left)]),
        "the votes fall into parts that were never compared: [[0, 3], [1, 2]]; collect votes between them"
    );
    assert_eq!(
        error(2, &[ballot(0, 0, 1, left), bad_of_two()]),
        "1 voters are too few for an interval; two are the least"
    );
    assert_eq!(error(0, &[]), "0 voters are too few for an interval; two are the least");
}

fn bad_of_two() -> Ballot {
    Ballot { voter: 2, left: 0, right: 1, choice: VoteChoice::BothBad }
}

#[test]
fn one_result_alone_stays_finite() {
    for choice in [VoteChoice::Tie, VoteChoice::Left] {
        let ballots = [0, 1, 2].map(|voter| Ballot { voter, left: 0, right: 1, choice });
        for rule in [Ties::Davidson, Ties::Half] {
            let counted = counted(2, 3, &ballots);
            let fit = counted.fit(rule);
            assert!(fit.clustered.iter().chain(&fit.strengths).all(|value| value.is_finite()), "{fit:?}");
            assert!(counted.bootstrap(&fit, 1, 5).low.iter().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn labels_of_a_data_set_are_read_in_one_pass() {
    let lines = [("kim", "b", "a", "model_a"), ("lee", "a", "b", "tie (bothbad)"), ("ahn", "c", "b", "tie")];
    let mut interner = Interner::default();
    for (index, (voter, left, right, label)) in lines.into_iter().enumerate() {
        interner.push(voter, left, right, choice(index, label).unwrap()).unwrap();
    }
    assert_eq!(interner.push("x", "c", "c", VoteChoice::Tie).unwrap_err().code(), "verdict::self_vote");
    let read = interner.finish();
    assert_eq!(read.models, ["a", "b", "c"]);
    assert_eq!(read.voters, ["ahn", "kim", "lee"]);
    assert_eq!(read.poll().unwrap().votes_by_voter(), [1, 1, 0]);
}

#[test]
fn a_cap_bounds_what_one_voter_does() {
    // One voter with a thousand votes for the last model, a hundred with ten each.
    let mut each = vec![10; 100];
    each.push(0);
    let mut ballots = World::even(3, 1.0, 0.0).votes(&each, 2);
    ballots.extend((0..1000_u16).map(|k| Ballot {
        voter: 100,
        left: 2,
        right: k % 2,
        choice: VoteChoice::Left,
    }));
    let poll = Poll::new(3, 101, &ballots).unwrap();
    let plain = Counted::of(&poll).unwrap().fit(Ties::Davidson);
    let capped = cap(&poll.votes_by_voter(), Cap::Votes(10.0)).unwrap();
    let held = Counted::of(&poll.weighted(&capped.weights).unwrap()).unwrap().fit(Ties::Davidson);
    assert!(plain.strengths[2] > plain.strengths[0], "{:?}", plain.strengths);
    assert!(held.strengths[2] < held.strengths[1], "{:?}", held.strengths);
    near(capped.kish.effective, 101.0, 1e-9);
    near(held.effective_voters, 101.0, 1e-6);
}
