//! Coverage of the intervals of ratings and differences, and of rank sets, over voters with tastes of their own.

use crate::{
    JUDGED, Size,
    row::{Mean, Promise, Row, Source, share, yes},
    simulate,
};
use daepyo_verdict::{
    simulate::votes::World,
    votes::{Counted, Fit, Poll, Ties},
};

const MODELS: u16 = 10;
const VOTES: u32 = 20_000;
const MEAN_RATING: f64 = 1_000.0;
/// Elo points of one natural-log unit: 400 / ln 10.
const ELO: f64 = 400.0 / std::f64::consts::LN_10;
const PROMISED: Promise = Promise::Between(0.94, 0.96);

/// A world with its truth.
struct Case {
    world: World,
    /// What endless votes give, on the Elo scale.
    ratings: Vec<f64>,
    each: u32,
    voters: usize,
}

impl Case {
    fn new(spread: f64, each: u32) -> Self {
        let world = World::even(MODELS, spread, 0.5);
        let ratings = world.target().0.iter().map(|strength| MEAN_RATING + ELO * strength).collect();
        Self { world, ratings, each, voters: usize::try_from(VOTES / each).unwrap() }
    }

    fn counted(&self, seed: u64) -> Counted {
        let ballots = self.world.votes(&vec![self.each; self.voters], seed);
        Counted::of(&Poll::new(MODELS.into(), self.voters, &ballots).unwrap()).unwrap()
    }

    fn name(&self, apart: &str) -> String {
        format!("{} voters of {} votes, {MODELS} models {apart}", self.voters, self.each)
    }

    /// Whether every model's set holds every rank that the truth leaves open to it.
    fn sets_hold(&self, fit: &Fit, seed: u64) -> bool {
        let sets = fit.rank_sets(seed, 2_000);
        self.ratings.iter().zip(sets).all(|(own, (least, greatest))| {
            let ahead = |more: f64| self.ratings.iter().filter(|other| *other - own > more).count();
            let best = 1 + ahead(1e-6);
            let worst = ahead(-1e-6);
            usize::try_from(least).unwrap() <= best && worst <= usize::try_from(greatest).unwrap()
        })
    }
}

pub(crate) fn rows(size: Size, put: &mut dyn FnMut(Row)) {
    for (number, each) in (0_u64..).zip([5, 20, 100]) {
        let case = Case::new(2.0, each);
        plain(&case, 2_000_000 * (number + 1), size.runs(1_000), put);
    }
    for (number, each) in (3_u64..).zip([5, 20, 100]) {
        let case = Case::new(2.0, each);
        bootstrap(&case, 2_000_000 * (number + 1), size.runs(400), put);
    }
    for (number, each) in (6_u64..).zip([5, 100]) {
        let case = Case::new(0.0, each);
        let seed = 2_000_000 * (number + 1);
        let held = simulate(size.runs(1_000), |run| {
            let fit = case.counted(seed + run).fit(Ties::Davidson);
            yes(case.sets_hold(&fit, JUDGED + seed + run))
        });
        let source = Source { section: "votes", world: &case.name("all equal"), seed };
        put(source.row("rank sets, all models together", Promise::AtLeast(0.95), &Mean::of(held)));
    }
}

/// Sandwich intervals and rank sets.
fn plain(case: &Case, seed: u64, runs: u64, put: &mut dyn FnMut(Row)) {
    let outcomes = simulate(runs, |run| {
        let fit = case.counted(seed + run).fit(Ties::Davidson);
        let truth = |model: u16| case.ratings[usize::from(model)];
        let ratings = fit.ratings();
        let differences = fit.differences();
        let iid = |one: &daepyo_verdict::votes::Rating| {
            (one.rating - truth(one.model)).abs() <= 1.959_964 * one.standard_error_iid
        };
        [
            share(&ratings, |one| (one.low..=one.high).contains(&truth(one.model))),
            share(&ratings, iid),
            share(&differences, |one| (one.low..=one.high).contains(&(truth(one.first) - truth(one.second)))),
            yes(case.sets_hold(&fit, JUDGED + seed + run)),
        ]
    });
    let mean = |place: usize| Mean::of(outcomes.iter().map(|run| run[place]));
    let source = Source { section: "votes", world: &case.name("2 logits apart"), seed };
    put(source
        .row("95 % interval of a rating, clustered by voter", PROMISED, &mean(0))
        .beside("votes taken as independent", &mean(1)));
    put(source.row("95 % interval of a difference, clustered by voter", PROMISED, &mean(2)));
    put(source.row("rank sets, all models together", Promise::AtLeast(0.95), &mean(3)));
}

fn bootstrap(case: &Case, seed: u64, runs: u64, put: &mut dyn FnMut(Row)) {
    let outcomes = simulate(runs, |run| {
        let counted = case.counted(seed + run);
        let fit = counted.fit(Ties::Davidson);
        let resampled = counted.bootstrap(&fit, JUDGED + seed + run, 399);
        let models: Vec<usize> = (0..usize::from(MODELS)).collect();
        share(&models, |model| {
            (resampled.low[*model]..=resampled.high[*model]).contains(&case.ratings[*model])
        })
    });
    let source = Source { section: "votes", world: &case.name("2 logits apart"), seed };
    put(source.row("95 % interval of a rating, voters drawn anew 399 times", PROMISED, &Mean::of(outcomes)));
}
