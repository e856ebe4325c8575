//! Strengths at equal style: against a peer, against the plain fit, and for votes with a known truth.

use crate::fixture::near;
use daepyo_core::VoteChoice;
use daepyo_verdict::{
    simulate::votes::World,
    votes::{
        Ballot, Counted, Poll, Ties,
        contextual::{Covariates, fit},
        style::{self, Style, difference},
    },
};

/// The generator that the peer's votes came from (Knuth's multiplier).
struct Lcg(u64);

impl Lcg {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

fn float(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

/// 1,500 votes on five models by 150 voters with two covariates, one of them related to the models.
fn peer() -> (Vec<Ballot>, Vec<f64>) {
    let mut noise = Lcg(777);
    let (mut ballots, mut values) = (Vec::new(), Vec::new());
    while ballots.len() < 1500 {
        let (left, right) = (noise.next(5), noise.next(5));
        let (a, b, u) = (float(noise.next(201)), float(noise.next(11)), float(noise.next(4000)));
        if left == right {
            continue;
        }
        let apart = float(right) - float(left);
        values.extend([(a - 100.0) / 100.0, (b - 5.0) / 5.0 + 0.1 * apart]);
        let ahead = 2000.0 + apart * 150.0 + 5.0 * (a - 100.0) - 40.0 * (b - 5.0) + 100.0;
        let choice = if u < ahead { VoteChoice::Left } else { VoteChoice::Right };
        let voter = u32::try_from(ballots.len() / 10).unwrap();
        let number = |model| u16::try_from(model).unwrap();
        ballots.push(Ballot { voter, left: number(left), right: number(right), choice });
    }
    (ballots, values)
}

#[test]
fn estimates_and_errors_are_those_of_arena_rank_and_numpy() {
    // arena-rank 0.1.1 `ContextualBradleyTerry(reg=0, hessian_reg=1e-12)` without normalising; the same from Newton's
    // method in numpy 2.3.3, which also gave the clustered errors (its sandwich times 150/149).
    let strengths = [0.219_997_6, 0.239_403_3, 0.061_555, -0.199_007_1, -0.321_948_8];
    let effects = [0.583_346_8, -0.201_968_3, 0.087_761_1];
    let errors_of_strengths = [0.067_308_8, 0.065_530_1, 0.070_642_9, 0.068_100_9, 0.057_509_3];
    let errors_of_effects = [0.100_341_2, 0.081_014_8, 0.052_795_5];
    let iid = [0.069_683_7, 0.068_714_2, 0.067_299_6, 0.069_252_1, 0.067_537_3];
    let (ballots, values) = peer();
    let covariates = Covariates { names: &["length", "headings"], values: &values, position: true };
    let poll = Poll::new(5, 150, &ballots).unwrap();
    // So heavy that the prior does nothing; weights of one size leave the sandwich alone.
    let heavy = vec![1e4; 150];
    let found = fit(&poll.weighted(&heavy).unwrap(), covariates).unwrap();
    assert_eq!(found.coefficients[2].name, "position");
    let one = 400.0 / 10_f64.ln();
    let factor = (1500.0_f64 / 1499.0).sqrt();
    for (k, rating) in found.ratings.iter().enumerate() {
        near(rating.log_strength, strengths[k], 2e-6);
        near(rating.standard_error / one, errors_of_strengths[k], 2e-6);
        near(rating.standard_error_iid / one / factor, iid[k], 2e-6);
    }
    for (k, effect) in found.coefficients.iter().enumerate() {
        near(effect.estimate / effect.deviation, effects[k], 2e-6);
        near(effect.standard_error / effect.deviation, errors_of_effects[k], 2e-6);
        assert!(effect.inflation >= 1.0 && effect.inflation < 2.0, "{effect:?}");
    }
}

#[test]
fn without_covariates_it_is_the_plain_fit() {
    let ballots = World { both_bad: 0.1, ..World::even(6, 1.0, 0.4) }.votes(&[8; 50], 5);
    let weights: Vec<f64> = (0..50_u8).map(|voter| 0.5 + f64::from(voter % 3)).collect();
    let poll = Poll::new(6, 50, &ballots).unwrap().weighted(&weights).unwrap();
    let plain = Counted::of(&poll).unwrap().fit(Ties::Davidson);
    let found = fit(&poll, Covariates { names: &[], values: &[], position: false }).unwrap();
    near(found.tie_parameter, plain.tie_parameter, 1e-8);
    for (one, other) in found.ratings.iter().zip(plain.ratings()) {
        near(one.rating, other.rating, 1e-6);
        near(one.standard_error, other.standard_error, 1e-6);
        near(one.standard_error_iid, other.standard_error_iid, 1e-6);
    }
    assert_eq!((found.votes, found.voters), (plain.votes, plain.voters));
}

/// Votes in which longer texts and the left side are liked better, and the weakest model writes the longest.
fn styled(seed: u64) -> (Vec<Ballot>, Vec<f64>) {
    let mut noise = Lcg(seed);
    let world = World::even(4, 0.6, 0.0);
    let (mut ballots, mut values) = (Vec::new(), Vec::new());
    for number in 0..6000_u64 {
        let left = noise.next(4);
        let right = (left + 1 + noise.next(3)) % 4;
        let length = |model: u64, noise: &mut Lcg| {
            let characters = 200 + 200 * model + noise.next(400);
            Style { characters: u32::try_from(characters).unwrap(), ..Style::default() }
        };
        let x = difference(length(left, &mut noise), length(right, &mut noise))[0];
        let liking = World { left: 0.15 + 1.5 * x, ..world.clone() };
        let (left, right) = (u16::try_from(left).unwrap(), u16::try_from(right).unwrap());
        let choice = liking.vote(left, right, seed, number);
        ballots.push(Ballot { voter: u32::try_from(number % 600).unwrap(), left, right, choice });
        values.push(x);
    }
    (ballots, values)
}

#[test]
fn style_and_position_are_told_apart_from_strength() {
    let (ballots, values) = styled(11);
    let poll = Poll::new(4, 600, &ballots).unwrap();
    let names = &style::NAMES[..1];
    let found = fit(&poll, Covariates { names, values: &values, position: true }).unwrap();
    let [length, position] = found.coefficients.as_slice() else { panic!("{:?}", found.coefficients) };
    near(length.estimate / length.deviation, 1.5, 4.0 * length.standard_error / length.deviation);
    near(position.estimate, 0.15, 4.0 * position.standard_error);
    assert!(length.low > 0.0 && length.standard_error < 0.08, "{length:?}");
    let plain = Counted::of(&poll).unwrap().fit(Ties::Davidson);
    // The plain fit thanks the last model for its length; at equal style it is last.
    assert!(plain.strengths[3] > plain.strengths[0], "{:?}", plain.strengths);
    for (rating, truth) in found.ratings.iter().zip([0.3, 0.1, -0.1, -0.3]) {
        near(rating.log_strength, truth, 4.0 * rating.standard_error / 173.7);
    }
}

#[test]
fn covariates_that_say_nothing_are_refused_by_name() {
    let (ballots, values) = styled(3);
    let poll = Poll::new(4, 600, &ballots).unwrap();
    let error = |names: &[&str], values: &[f64], position| {
        fit(&poll, Covariates { names, values, position }).unwrap_err()
    };
    assert_eq!(error(&["x"], &values[1..], true).code(), "verdict::wrong_count");
    let mut broken = values.clone();
    broken[17] = f64::NAN;
    assert_eq!(error(&["x"], &broken, true).to_string(), "vote 17 has NaN for `x`; write a finite number");
    for constant in [0.0, 2.0] {
        assert_eq!(error(&["x"], &vec![constant; 6000], true).code(), "verdict::constant_covariate");
    }
    let twice: Vec<f64> = values.iter().flat_map(|x| [*x, -3.0 * x]).collect();
    assert_eq!(error(&["x", "y"], &twice, true).code(), "verdict::confounded_covariate");
    // A covariate that is a property of the model alone is its strength by another name.
    let of_model: Vec<f64> = ballots.iter().map(|b| f64::from(b.left) - f64::from(b.right)).collect();
    assert_eq!(
        error(&["price"], &of_model, true).to_string(),
        "`price` can't be told from the models' strengths and the other covariates; leave one of them out"
    );
    let none = Poll::new(4, 600, &[]).unwrap();
    let empty = fit(&none, Covariates { names: &[], values: &[], position: true }).unwrap_err();
    assert_eq!(empty.code(), "verdict::too_few_voters");
}
