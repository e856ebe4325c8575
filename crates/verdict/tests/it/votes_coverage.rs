//! Intervals and rank sets over simulated worlds with a known truth.

use crate::fixture::near;
use daepyo_verdict::{
    simulate::votes::World,
    votes::{Counted, Poll, Ties},
};

#[test]
fn the_target_is_what_endless_votes_give() {
    let world = World { left: 0.3, ..World::even(4, 2.0, 0.8) };
    let ballots = world.votes(&vec![1; 60_000], 3);
    let fit = Counted::of(&Poll::new(4, 60_000, &ballots).unwrap()).unwrap().fit(Ties::Davidson);
    let (target, log_tie) = world.target();
    for (rating, target) in fit.ratings().iter().zip(&target) {
        near(rating.log_strength, *target, 4.0 * rating.standard_error / 173.7);
    }
    near(fit.tie_parameter, log_tie.exp(), 0.02);
    // Tastes pull strengths together, so that the truth itself would be missed.
    assert!(target[0] < 0.9, "{target:?}");
    // Without tastes and sides the model holds, and the target is the truth.
    let plain = World::even(4, 2.0, 0.0);
    for (target, truth) in plain.target().0.iter().zip(&plain.strengths) {
        near(*target, *truth, 1e-6);
    }
}

#[test]
fn clustered_intervals_cover_whatever_the_votes_a_voter_and_iid_ones_do_not() {
    let world = World::even(6, 1.5, 0.5);
    let (target, _) = world.target();
    let mut covered = Vec::new();
    for (voters, each) in [(400, 5), (100, 20), (40, 100)] {
        let (mut clustered, mut iid, mut all) = (0, 0, 0);
        for seed in 0..60 {
            let ballots = world.votes(&vec![each; voters], 1000 * u64::from(each) + seed);
            let fit = Counted::of(&Poll::new(6, voters, &ballots).unwrap()).unwrap().fit(Ties::Davidson);
            for (rating, target) in fit.ratings().iter().zip(&target) {
                let truth = 1000.0 + 173.717_792_761 * target;
                clustered += u32::from((rating.low..=rating.high).contains(&truth));
                iid += u32::from((rating.rating - truth).abs() <= 1.96 * rating.standard_error_iid);
                all += 1;
            }
        }
        covered.push((f64::from(clustered) / f64::from(all), f64::from(iid) / f64::from(all)));
    }
    // 360 intervals, six of a world depending on each other a little: a standard error of about .013.
    for (clustered, _) in &covered {
        assert!((0.91..=0.985).contains(clustered), "{covered:?}");
    }
    assert!(covered[2].1 < 0.85, "{covered:?}");
}
