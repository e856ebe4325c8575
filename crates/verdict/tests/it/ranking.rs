//! Rankings by votes alone.

use crate::fixture::{Noise, near};
use daepyo_core::VoteChoice;
use daepyo_verdict::votes::{RankError, RankSettings, Ranking, VoteRow, rank};

/// Votes as owned rows: voter, left, right, choice.
type Rows = Vec<(String, String, String, VoteChoice)>;

fn ranked(rows: &Rows, settings: RankSettings) -> Ranking {
    let borrowed: Vec<_> = rows
        .iter()
        .map(|(voter, left, right, choice)| VoteRow { voter, left, right, choice: *choice })
        .collect();
    rank(&borrowed, settings).unwrap()
}

/// Votes of voters with tastes of their own (standard deviation `taste`), from strengths and a tie parameter.
fn simulate(noise: &mut Noise, strengths: &[f64], tie: f64, voters: usize, each: usize, taste: f64) -> Rows {
    let mut rows = Vec::new();
    for voter in 0..voters {
        let own: Vec<f64> = strengths.iter().map(|strength| strength + taste * noise.normal()).collect();
        for _ in 0..each {
            let pick = |noise: &mut Noise| {
                strengths.iter().enumerate().find(|_| noise.unit() < 0.35).map_or(0, |(place, _)| place)
            };
            let (left, mut right) = (pick(noise), pick(noise));
            if left == right {
                right = (left + 1) % strengths.len();
            }
            let (l, r) = (own[left].exp(), own[right].exp());
            let total = l + r + tie * (l * r).sqrt();
            let draw = noise.unit() * total;
            let choice = match draw {
                draw if draw < l => VoteChoice::Left,
                draw if draw < l + r => VoteChoice::Right,
                _ => VoteChoice::Tie,
            };
            rows.push((format!("v{voter}"), format!("m{left}"), format!("m{right}"), choice));
        }
    }
    rows
}

/// The same likelihood climbed by plain gradient ascent, which shares no code with the fit.
fn climbed(rows: &Rows, models: usize) -> (Vec<f64>, f64) {
    let place = |name: &str| name[1..].parse::<usize>().unwrap();
    let mut at = vec![0.0; models + 1];
    for _ in 0..4_000 {
        let mut gradient: Vec<f64> = at.iter().map(|value| -0.01 * value).collect();
        for (_, left, right, choice) in rows {
            let (left, right) = (place(left), place(right));
            let (l, r) = (f64::exp(at[left]), f64::exp(at[right]));
            let t = f64::exp(at[models]) * (l * r).sqrt();
            let total = l + r + t;
            let (won, lost, tied) = match choice {
                VoteChoice::Left => (1.0, 0.0, 0.0),
                VoteChoice::Right => (0.0, 1.0, 0.0),
                VoteChoice::Tie => (0.0, 0.0, 1.0),
                VoteChoice::BothBad => continue,
            };
            gradient[left] += won - l / total + (tied - t / total) / 2.0;
            gradient[right] += lost - r / total + (tied - t / total) / 2.0;
            gradient[models] += tied - t / total;
        }
        for (value, slope) in at.iter_mut().zip(gradient) {
            *value += 0.01 * slope;
        }
    }
    let tie = at.pop().unwrap();
    (at, tie.exp())
}

#[test]
fn newton_finds_what_gradient_ascent_finds() {
    let mut noise = Noise(3);
    let rows = simulate(&mut noise, &[0.8, 0.1, -0.3, -0.6], 0.7, 30, 10, 0.0);
    let ranking = ranked(&rows, RankSettings::default());
    let (strengths, tie) = climbed(&rows, 4);
    for model in &ranking.models {
        let place: usize = model.name[1..].parse().unwrap();
        near(model.log_strength, strengths[place], 1e-6);
        near(model.rating, 1000.0 + 400.0 / 10_f64.ln() * strengths[place], 1e-3);
    }
    near(ranking.tie_parameter, tie, 1e-6);
    near(ranking.models.iter().map(|model| model.log_strength).sum(), 0.0, 1e-9);
    near(ranking.preference[0][1] + ranking.preference[1][0], 1.0, 1e-12);
}

#[test]
fn voter_clustered_intervals_cover_where_independent_ones_do_not() {
    // 40 voters of 40 votes with tastes of their own: the voters' tastes, not the votes, are the noise.
    let truth = [0.6, 0.2, -0.2, -0.6];
    let mut noise = Noise(17);
    let (mut clustered, mut independent, runs) = (0, 0, 150);
    // Tastes attenuate strengths, so the target is what very many voters give.
    let many = ranked(
        &simulate(&mut noise, &truth, 0.5, 6_000, 40, 0.5),
        RankSettings { seed: 1, draws: 1, ..RankSettings::default() },
    );
    let target = many.models.iter().find(|model| model.name == "m0").unwrap().rating;
    for _ in 0..runs {
        let rows = simulate(&mut noise, &truth, 0.5, 40, 40, 0.5);
        let ranking = ranked(&rows, RankSettings { seed: 1, draws: 1, ..RankSettings::default() });
        let of = |name: &str| ranking.models.iter().find(|model| model.name == name).unwrap();
        let model = of("m0");
        clustered += u32::from((model.rating - target).abs() <= 2.023 * model.standard_error);
        independent += u32::from((model.rating - target).abs() <= 1.96 * model.standard_error_iid);
    }
    // Standard error of a coverage near .95 over 150 runs: .018.
    assert!(clustered >= 132, "{clustered} of {runs} clustered");
    assert!(independent + 10 < clustered, "{independent} of {runs} independent");
}

#[test]
fn rank_sets_hold_for_all_models_together() {
    let mut noise = Noise(29);
    let truth = [0.5, 0.25, 0.0, -0.25, -0.5];
    let runs = 60;
    let mut held = 0;
    for run in 0..runs {
        let rows = simulate(&mut noise, &truth, 0.5, 60, 20, 0.2);
        let ranking = ranked(&rows, RankSettings { seed: run, draws: 500, ..RankSettings::default() });
        let right = |name: &str, (best, worst): (u32, u32)| {
            let rank = name[1..].parse::<u32>().unwrap() + 1;
            (best..=worst).contains(&rank)
        };
        held += u32::from(ranking.models.iter().all(|model| right(&model.name, model.rank_set)));
    }
    assert!(held >= 54, "{held} of {runs}");
}

#[test]
fn both_bad_is_counted_and_kept_out_of_the_fit() {
    let row = |voter, choice| VoteRow { voter, left: "a", right: "b", choice };
    let rows = [row("v", VoteChoice::Left), row("w", VoteChoice::Right), row("x", VoteChoice::Left)];
    let bad = VoteRow { voter: "y", left: "a", right: "never fitted", choice: VoteChoice::BothBad };
    let plain = rank(&rows, RankSettings::default()).unwrap();
    let more: Vec<_> = rows.into_iter().chain([row("y", VoteChoice::BothBad), bad]).collect();
    let with_bad = rank(&more, RankSettings::default()).unwrap();
    assert_eq!((with_bad.both_bad, with_bad.votes, with_bad.voters), (2, 3, 3));
    assert_eq!(plain.models[0].rating.to_bits(), with_bad.models[0].rating.to_bits());
    assert_eq!(with_bad.models[0].both_bad, 1);
}

#[test]
fn votes_that_give_no_ranking_say_why() {
    let row = |voter, left, right| VoteRow { voter, left, right, choice: VoteChoice::Left };
    let parts = rank(&[row("v", "a", "b"), row("w", "c", "d")], RankSettings::default()).unwrap_err();
    assert_eq!(parts.to_string(), "the votes fall into parts that were never compared: a, b | c, d");
    let own = rank(&[row("v", "a", "b"), row("w", "c", "c")], RankSettings::default()).unwrap_err();
    assert_eq!(own, RankError::SelfVote { index: 1, model: "c".to_owned() });
    let few = rank(&[row("v", "a", "b")], RankSettings::default()).unwrap_err();
    assert_eq!(few.code(), "verdict::too_few_voters");
    assert_eq!(rank(&[], RankSettings::default()).unwrap_err().code(), "verdict::too_few_voters");
}
