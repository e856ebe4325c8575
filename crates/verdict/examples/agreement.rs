//! Fits to votes of a CSV file, as one line of JSON, for `cargo xtask claim arena-agreement` to hold beside those of other
//! programs: `agreement FILE` with the columns voter, left, right and choice, and `agreement bias` for what counting ties
//! as half wins does to simulated ratings.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example prints, and stops where it fails")]

use daepyo_core::VoteChoice;
use daepyo_verdict::{
    simulate::votes::World,
    votes::{Ballot, Counted, Fit, Interner, Poll, Ties, choice},
};
use serde_json::{Value, json};

/// So many times does every vote count where the prior is to do nothing.
const OFTEN: f64 = 1e6;

fn main() {
    let file = std::env::args().nth(1).unwrap();
    println!("{}", if file == "bias" { bias() } else { fits(&file) });
}

fn fits(file: &str) -> Value {
    let text = std::fs::read_to_string(file).unwrap();
    let mut interner = Interner::default();
    for (index, line) in text.lines().skip(1).enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let [voter, left, right, label, ..] = cells.as_slice() else {
            continue;
        };
        interner.push(voter, left, right, choice(index, label).unwrap()).unwrap();
    }
    let all = interner.finish();
    let decided: Vec<Ballot> =
        all.ballots.iter().copied().filter(|ballot| ballot.choice != VoteChoice::Tie).collect();
    let (models, voters) = (all.models.len(), all.voters.len());
    json!({
        "models": all.models,
        "without_ties": both(models, voters, &decided, Ties::Half),
        "half": both(models, voters, &all.ballots, Ties::Half),
        "davidson": both(models, voters, &all.ballots, Ties::Davidson),
    })
}

/// Strengths as they are published and without the prior, with the errors of their differences to the first model.
fn both(models: usize, voters: usize, ballots: &[Ballot], rule: Ties) -> Value {
    let poll = Poll::new(models, voters, ballots).unwrap();
    let fit = Counted::of(&poll).unwrap().fit(rule);
    let weights = vec![OFTEN; voters];
    let plain = Counted::of(&poll.weighted(&weights).unwrap()).unwrap().fit(rule);
    let errors = |fit: &Fit, covariance: &[f64]| -> Vec<f64> {
        let at = |row: usize, column: usize| {
            covariance.get(row * fit.models() + column).copied().unwrap_or_default()
        };
        (0..models).map(|k| (at(k, k) + at(0, 0) - 2.0 * at(k, 0)).max(0.0).sqrt()).collect()
    };
    json!({
        "votes": ballots.len(), "voters": fit.voters,
        "strengths": fit.strengths, "plain_strengths": plain.strengths,
        "tie_parameter": fit.tie_parameter, "plain_tie_parameter": plain.tie_parameter,
        "errors_by_voter": errors(&plain, &plain.clustered), "errors_by_vote": errors(&plain, &plain.iid),
        "rating_errors_by_vote": fit.ratings().iter().map(|one| one.standard_error_iid).collect::<Vec<_>>(),
    })
}

/// The greatest difference from the truth of the ratings of ten models that Davidson's model is right for, by the rule
/// for ties.
fn bias() -> Value {
    let world = World::even(10, 3.0, 0.0);
    let rows = [10_000_u32, 100_000, 1_000_000].map(|votes| {
        let voters = usize::try_from(votes).unwrap();
        let ballots = world.votes(&vec![1; voters], 20_261_128);
        let counted = Counted::of(&Poll::new(10, voters, &ballots).unwrap()).unwrap();
        let off = |rule: Ties| {
            let fit = counted.fit(rule);
            let gap = |(found, truth): (&f64, &f64)| (found - truth).abs();
            let worst = fit.strengths.iter().zip(&world.strengths).map(gap).fold(0.0, f64::max);
            let error = fit.ratings().iter().map(|one| one.standard_error).fold(0.0, f64::max);
            (worst * 400.0 / std::f64::consts::LN_10, error)
        };
        let ((davidson, error), (half, _)) = (off(Ties::Davidson), off(Ties::Half));
        json!({ "votes": votes, "davidson_elo": davidson, "half_elo": half, "greatest_error_elo": error })
    });
    json!(rows)
}
