//! Votes on fifty models: fits, errors, bootstraps and one more vote.

use crate::cost::{Cost, cpu_s};
use daepyo_core::VoteChoice;
use daepyo_verdict::{
    simulate::votes::World,
    votes::{Ballot, Counted, Live, Poll, Ties},
};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::time::Instant;

/// Voter (4 bytes), left, right (2 each), choice (0 left, 1 right, 2 tie), three empty; little-endian.
const BYTES: usize = 12;

/// Writes votes of `voters` voters with `each` votes, tastes of .5 logit, ties and no "both bad", which the peer lacks.
pub(crate) fn write(file: &Path, voters: u32, each: u32, models: u16) -> Value {
    let ballots =
        World::even(models, 3.0, 0.5).votes(&vec![each; usize::try_from(voters).unwrap()], 20_261_128);
    let mut out = BufWriter::new(File::create(file).unwrap());
    for ballot in &ballots {
        let choice = match ballot.choice {
            VoteChoice::Left => 0,
            VoteChoice::Right => 1,
            VoteChoice::Tie | VoteChoice::BothBad => 2,
        };
        out.write_all(&ballot.voter.to_le_bytes()).unwrap();
        out.write_all(&ballot.left.to_le_bytes()).unwrap();
        out.write_all(&ballot.right.to_le_bytes()).unwrap();
        out.write_all(&[choice, 0, 0, 0]).unwrap();
    }
    out.flush().unwrap();
    json!({ "votes": ballots.len() })
}

/// The votes, how many voters and how many models.
fn read(file: &Path) -> (Vec<Ballot>, usize, usize) {
    let size = usize::try_from(file.metadata().unwrap().len()).unwrap() / BYTES;
    let mut from = BufReader::new(File::open(file).unwrap());
    let mut ballots = Vec::with_capacity(size);
    let mut record = [0_u8; BYTES];
    for _ in 0..size {
        from.read_exact(&mut record).unwrap();
        let [a, b, c, d, e, f, g, h, choice, ..] = record;
        let choice = match choice {
            0 => VoteChoice::Left,
            1 => VoteChoice::Right,
            _ => VoteChoice::Tie,
        };
        ballots.push(Ballot {
            voter: u32::from_le_bytes([a, b, c, d]),
            left: u16::from_le_bytes([e, f]),
            right: u16::from_le_bytes([g, h]),
            choice,
        });
    }
    let voters = ballots.iter().map(|ballot| ballot.voter).max().map_or(0, |most| most + 1);
    let models = ballots.iter().map(|ballot| ballot.left.max(ballot.right)).max().map_or(0, |most| most + 1);
    (ballots, usize::try_from(voters).unwrap(), usize::from(models))
}

/// What reading alone takes.
pub(crate) fn only_read(file: &Path) -> Value {
    let cost = Cost::begin();
    let (ballots, voters, models) = read(file);
    cost.end(&json!({ "votes": ballots.len(), "voters": voters, "models": models }))
}

/// Count, fit with both sandwiches, bootstrap; the strengths with ties as half wins are worked out beside the time.
pub(crate) fn fit(file: &Path, draws: u32) -> Value {
    let (ballots, voters, models) = read(file);
    let cost = Cost::begin();
    let counted = Counted::of(&Poll::new(models, voters, &ballots).unwrap()).unwrap();
    let fit = counted.fit(Ties::Davidson);
    let resampled = (draws > 0).then(|| counted.bootstrap(&fit, 1, draws));
    let errors: Vec<f64> = fit.ratings().iter().map(|rating| rating.standard_error).collect();
    let spread = resampled.map(|resampled| resampled.standard_error);
    let mut value = cost.end(&Value::Null);
    let half = counted.fit(Ties::Half);
    let iid: Vec<f64> = half.ratings().iter().map(|rating| rating.standard_error_iid).collect();
    value["found"] = json!({
        "votes": ballots.len(), "voters": voters, "models": models,
        "errors": errors, "bootstrap_errors": spread,
        "half_strengths": half.strengths, "half_errors_iid": iid,
    });
    value
}

/// Half of the votes are there; what each of the others takes on average, and the slowest.
pub(crate) fn live(file: &Path) -> Value {
    let (ballots, voters, models) = read(file);
    let (old, new) = ballots.split_at(ballots.len() / 2);
    let mut live = Live::of(&Poll::new(models, voters, old).unwrap()).unwrap();
    let cost = Cost::begin();
    for ballot in new {
        live.add(ballot.left, ballot.right, ballot.choice).unwrap();
    }
    let mut value = cost.end(&Value::Null);
    let gap = |live: &Live| {
        live.strengths().iter().zip(live.exact()).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
    };
    let off = gap(&live);
    // A second pass, each vote timed: the clock itself takes a few hundredths of a microsecond.
    let mut again = Live::of(&Poll::new(models, voters, old).unwrap()).unwrap();
    let before = cpu_s();
    let mut each: Vec<f64> = (new.iter())
        .map(|ballot| {
            let one = Instant::now();
            again.add(ballot.left, ballot.right, ballot.choice).unwrap();
            one.elapsed().as_secs_f64()
        })
        .collect();
    let timed_cpu_s = cpu_s() - before;
    each.sort_by(f64::total_cmp);
    let at = |share: usize| each.get((each.len() * share / 1000).min(each.len() - 1)).copied();
    value["found"] = json!({
        "votes": new.len(), "before": old.len(), "off": off, "timed_cpu_s": timed_cpu_s,
        "median_s": at(500), "p99_s": at(990), "p999_s": at(999), "slowest_s": each.last(),
    });
    value
}
