//! CPU seconds of attack budgets and of the tests of voters on a million votes for 50 models.
#![expect(clippy::print_stdout, reason = "a bench prints")]

use daepyo_core::VoteChoice;
use daepyo_verdict::{
    attack::{AttackSettings, budgets},
    voters::{Ballot, VoterSettings, examine},
    votes::{RankSettings, VoteRow, rank},
};

/// CPU seconds of this process, user and system, all threads.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields 14 and 15, counted after the command's closing bracket; 100 ticks a second.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// A number from a counter (`SplitMix64`), 0 to below 1.
fn unit(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or_default()) / 4_294_967_296.0
}

/// A whole number below `bound`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the bound")]
fn below(state: &mut u64, bound: u32) -> u32 {
    (unit(state) * f64::from(bound)) as u32
}

fn main() {
    let (models, count, accounts) = (50_u32, 1_000_000_u32, 20_000_u32);
    let names: Vec<String> = (0..models).map(|model| format!("m{model:02}")).collect();
    let people: Vec<String> = (0..accounts).map(|voter| format!("v{voter:05}")).collect();
    let mut state = 1;
    let mut ballots: Vec<Ballot<'_>> = Vec::new();
    for number in 0..count {
        let left = below(&mut state, models);
        let right = (left + 1 + below(&mut state, models - 1)) % models;
        let (l, r) = (libm::exp(-0.02 * f64::from(left)), libm::exp(-0.02 * f64::from(right)));
        let draw = unit(&mut state) * (l + r + 0.5 * (l * r).sqrt());
        let choice = if draw < l {
            VoteChoice::Left
        } else if draw < l + r {
            VoteChoice::Right
        } else {
            VoteChoice::Tie
        };
        let name = |place: u32| {
            usize::try_from(place).ok().and_then(|place| names.get(place)).map_or("", String::as_str)
        };
        let voter = usize::try_from(number % accounts)
            .ok()
            .and_then(|voter| people.get(voter))
            .map_or("", String::as_str);
        let reading = 10_000 + u64::from(below(&mut state, 20_000));
        let shown = u64::from(number) * 40_000;
        ballots.push(Ballot {
            number: u64::from(number),
            voter,
            left: name(left),
            right: name(right),
            choice,
            shown_ms: Some(shown),
            voted_ms: Some(shown + reading),
            characters: Some(900),
            gold: None,
        });
    }
    let rows: Vec<VoteRow<'_>> = (ballots.iter())
        .map(|ballot| VoteRow {
            voter: ballot.voter,
            left: ballot.left,
            right: ballot.right,
            choice: ballot.choice,
        })
        .collect();
    let start = cpu_seconds();
    let ranking = rank(&rows, RankSettings { seed: 0, draws: 1, ..RankSettings::default() });
    let ranked = cpu_seconds();
    println!("ranking: {:.2} CPU-s", ranked - start);
    if let Ok(ranking) = ranking
        && let [.., last_in, first_out] = ranking.models.get(..11).unwrap_or_default()
    {
        println!(
            "cut between {} ({:.1}) and {} ({:.1})",
            last_in.name, last_in.rating, first_out.name, first_out.rating
        );
        let begin = cpu_seconds();
        let found = budgets(&rows, &last_in.name, &first_out.name, AttackSettings::default());
        println!(
            "attack budgets of four kinds, counting included: {:.2} CPU-s: {found:?}",
            cpu_seconds() - begin
        );
    }
    let begin = cpu_seconds();
    let report = examine(&ballots, &VoterSettings::default());
    let spent = cpu_seconds() - begin;
    println!("six tests of voters: {spent:.2} CPU-s, {:?}", report.map(|report| report.flags.len()));
}
