//! How many honest voters the test for one-sidedness flags, and how many of a ring that recognises one candidate.

use crate::{
    Size,
    row::{Mean, Promise, Row, Source, ratio},
    simulate,
};
use daepyo_core::VoteChoice;
use daepyo_verdict::{
    simulate::{Stream, votes::World},
    voters::{Ballot, Control, VoterSettings, examine},
};
use std::collections::BTreeSet;

const MODELS: u16 = 10;
const RING: u32 = 20;

/// Votes as owned rows: voter, left, right, choice.
type Rows = Vec<(String, u16, u16, VoteChoice)>;

/// Ten models 150 Elo points from first to last, and voters whose tastes differ by half a logit.
fn world() -> World {
    World::even(MODELS, 0.868, 0.5)
}

fn honest(voters: usize, each: u32, seed: u64) -> Rows {
    let ballots = world().votes(&vec![each; voters], seed);
    ballots.iter().map(|one| (format!("v{:04}", one.voter), one.left, one.right, one.choice)).collect()
}

/// Votes of twenty who recognise a model and always choose it: `each` votes that involve it and no others.
fn ring(model: u16, each: u32, stream: &mut Stream) -> Rows {
    let mut rows = Vec::new();
    for voter in 0..RING {
        for _ in 0..each {
            let other = u16::try_from(stream.below(u32::from(MODELS) - 1)).unwrap();
            let other = (model + 1 + other) % MODELS;
            let name = format!("ring{voter:02}");
            rows.push(if stream.hit(0.5) {
                (name, model, other, VoteChoice::Left)
            } else {
                (name, other, model, VoteChoice::Right)
            });
        }
    }
    rows
}

fn flagged(rows: &Rows, control: Control) -> BTreeSet<String> {
    let models: Vec<String> = (0..MODELS).map(|model| format!("m{model}")).collect();
    let ballots: Vec<Ballot<'_>> = (0_u64..)
        .zip(rows)
        .map(|(number, (voter, left, right, choice))| Ballot {
            number,
            voter,
            left: &models[usize::from(*left)],
            right: &models[usize::from(*right)],
            choice: *choice,
            shown_ms: None,
            voted_ms: None,
            characters: None,
            gold: None,
        })
        .collect();
    // The other tests read times and gold battles, or copies of votes; here is only taste.
    let settings = VoterSettings {
        speed: None,
        copied_timing: None,
        copied_votes: None,
        position: None,
        gold: None,
        control,
        ..VoterSettings::default()
    };
    examine(&ballots, &settings).unwrap().flags.into_iter().map(|flag| flag.voter).collect()
}

fn among(flagged: &BTreeSet<String>, prefix: &str) -> usize {
    flagged.iter().filter(|voter| voter.starts_with(prefix)).count()
}

pub(crate) fn rows(size: Size, put: &mut dyn FnMut(Row)) {
    let rate = Control::EachVoter { rate: 0.01 };
    for (number, (voters, each)) in (0_u64..).zip([(500, 20), (500, 50), (200, 200)]) {
        let seed = 7_000_000 + 10_000 * number;
        let outcomes = simulate(size.runs(10), |run| {
            let rows = honest(voters, each, seed + run);
            [rate, Control::default()].map(|control| ratio(flagged(&rows, control).len(), voters))
        });
        let mean = |place: usize| Mean::of(outcomes.iter().map(|run| run[place]));
        let world = format!("{voters} honest voters of {each} votes with tastes of .5 logit");
        let source = Source { section: "voters", world: &world, seed };
        put(source
            .row("honest voters flagged at a rate of .01", Promise::AtMost(0.01), &mean(0))
            .beside("at a false discovery rate of .05", &mean(1)));
    }
    for (number, (each, model)) in (10_u64..).zip([(20, 9), (20, 5), (50, 9), (50, 5), (50, 0)]) {
        let seed = 7_000_000 + 10_000 * number;
        let outcomes = simulate(size.runs(10), |run| {
            let mut rows = honest(400, 40, seed + run);
            rows.extend(ring(model, each, &mut Stream::new(seed, run)));
            let [loose, strict] = [rate, Control::default()].map(|control| flagged(&rows, control));
            let ring = usize::try_from(RING).unwrap();
            [
                ratio(among(&loose, "ring"), ring),
                ratio(among(&strict, "ring"), ring),
                ratio(among(&loose, "v"), 400),
            ]
        });
        let mean = |place: usize| Mean::of(outcomes.iter().map(|run| run[place]));
        let place = ["best", "middle", "worst"][usize::from(model.min(9)).div_ceil(5)];
        let world = format!(
            "ring of {RING} with {each} votes each for the {place} of 10, beside 400 honest voters of 40"
        );
        let source = Source { section: "voters", world: &world, seed };
        put(source
            .row("ring flagged at a rate of .01", Promise::Nothing, &mean(0))
            .beside("at a false discovery rate of .05", &mean(1))
            .beside("honest voters flagged at a rate of .01", &mean(2)));
    }
}
