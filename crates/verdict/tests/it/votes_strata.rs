//! Rankings by category, and weights that make the voters match a population.

use crate::fixture::near;
use daepyo_core::VoteChoice;
use daepyo_verdict::{
    simulate::votes::World,
    votes::{
        Ballot, Counted, Poll, RankSettings, Ties,
        raking::{Margin, RakeError, RakeRules, per_vote, rake},
        strata::{Least, StratumOutcome, rank_strata},
    },
};

#[test]
fn every_label_is_ranked_or_says_why_not() {
    let turned = |world: World| World { strengths: world.strengths.iter().rev().copied().collect(), ..world };
    let mut ballots = World::even(4, 2.0, 0.0).votes(&[20; 40], 1);
    let mut of = vec![0; ballots.len()];
    let mut add = |more: Vec<Ballot>, label: usize| {
        of.extend(vec![label; more.len()]);
        ballots.extend(more);
    };
    // Korean turns the order round; code lacks the last model; the rest can't be ranked.
    add(turned(World::even(4, 2.0, 0.0)).votes(&[20; 40], 2), 1);
    add(World::even(3, 2.0, 0.0).votes(&[20; 40], 3), 2);
    add(World::even(4, 2.0, 0.0).votes(&[2; 9], 4), 3);
    let apart = World::even(2, 1.0, 0.0).votes(&[10; 30], 5);
    let moved = apart.iter().map(|b| Ballot { left: b.left + 2, right: b.right + 2, ..*b }).collect();
    add(apart, 4);
    add(moved, 4);
    let poll = Poll::new(4, 40, &ballots).unwrap();
    let labels = ["english", "korean", "code", "poems", "maths", "law"];
    let strata = rank_strata(&poll, &labels, &of, Least::default(), RankSettings::default()).unwrap();
    assert_eq!(strata.iter().map(|s| s.label.as_str()).collect::<Vec<_>>(), labels);
    let ranked = |place: usize| match &strata[place].outcome {
        StratumOutcome::Ranked { ratings, .. } => ratings,
        StratumOutcome::TooSmall { .. } | StratumOutcome::Split { .. } => panic!("{:?}", strata[place]),
    };
    assert!(ranked(0)[0].rating > ranked(0)[3].rating + 200.0);
    assert!(ranked(1)[0].rating < ranked(1)[3].rating - 200.0);
    assert_eq!((strata[2].absent.as_slice(), ranked(2).len()), (&[3][..], 3));
    assert_eq!(strata[3].outcome, StratumOutcome::TooSmall { least: Least::default() });
    assert_eq!(strata[4].outcome, StratumOutcome::Split { parts: vec![vec![0, 1], vec![2, 3]] });
    assert_eq!((strata[5].votes, strata[5].absent.len()), (0, 4));
    // A stratum that is everything is the plain fit.
    let own: Vec<Ballot> = ballots[..800].to_vec();
    let plain = Counted::of(&Poll::new(4, 40, &own).unwrap()).unwrap().fit(Ties::Davidson);
    assert_eq!(ranked(0), &plain.ratings());
    let short = rank_strata(&poll, &labels, &of[1..], Least::default(), RankSettings::default());
    assert_eq!(short.unwrap_err().code(), "verdict::wrong_count");
    of[7] = 6;
    let unknown = rank_strata(&poll, &labels, &of, Least::default(), RankSettings::default());
    assert_eq!(unknown.unwrap_err().code(), "verdict::unknown_choice");
}

/// Deming and Stephan's procedure in its plainest form, on cells instead of voters.
fn by_cells(counts: [[f64; 3]; 2], rows: [f64; 2], columns: [f64; 3]) -> [[f64; 3]; 2] {
    let mut table = counts;
    for _ in 0..500 {
        for (row, share) in table.iter_mut().zip(rows) {
            let sum: f64 = row.iter().sum();
            for cell in row {
                *cell *= share / sum;
            }
        }
        for column in 0..3 {
            let sum = table[0][column] + table[1][column];
            for row in &mut table {
                row[column] *= columns[column] / sum;
            }
        }
    }
    table
}

#[test]
fn raking_meets_both_margins_and_keeps_odds_ratios() {
    let counts = [[30, 20, 5], [10, 25, 10]];
    let (mut sex, mut age) = (Vec::new(), Vec::new());
    for (row, columns) in counts.iter().enumerate() {
        for (column, count) in columns.iter().enumerate() {
            sex.extend(vec![row; *count]);
            age.extend(vec![column; *count]);
        }
    }
    let margins = [
        Margin { name: "sex", cells: &[("f", 0.51), ("m", 0.49)], voters: &sex },
        Margin { name: "age", cells: &[("young", 0.3), ("middle", 0.4), ("old", 0.3)], voters: &age },
    ];
    let raked = rake(&[1.0; 100], &margins, RakeRules { trim: None, ..RakeRules::default() }).unwrap();
    let table = by_cells(
        counts.map(|row| row.map(|n| f64::from(u8::try_from(n).unwrap()))),
        [0.51, 0.49],
        [0.3, 0.4, 0.3],
    );
    for (voter, total) in raked.totals.iter().enumerate() {
        let (row, column) = (sex[voter], age[voter]);
        let each = table[row][column] / f64::from(u8::try_from(counts[row][column]).unwrap());
        near(*total, 100.0 * each, 1e-6);
    }
    let squares: f64 = raked.totals.iter().map(|w| w * w).sum();
    near(raked.kish.effective, 100.0 * 100.0 / squares, 1e-9);
    near(raked.kish.design_effect, squares / 100.0, 1e-9);
    assert!(raked.gap.abs() <= 1e-9 && raked.trimmed == 0);
}

#[test]
fn rare_voters_are_cut_and_the_gap_is_told() {
    // One voter in 100 stands for a fifth of the population: 20 times the mean, cut to 5 times.
    let voters: Vec<usize> = (0..100).map(|voter| usize::from(voter == 0)).collect();
    let region = [Margin { name: "region", cells: &[("city", 0.8), ("island", 0.2)], voters: &voters }];
    let raked = rake(&[1.0; 100], &region, RakeRules::default()).unwrap();
    near(raked.totals[0], 5.0, 1e-9);
    near(raked.totals.iter().sum(), 100.0, 1e-9);
    assert_eq!(raked.trimmed, 1);
    near(raked.gap.abs(), 0.15, 1e-9);
    assert_eq!(raked.gap_at.0, "region");
    let whole = rake(&[1.0; 100], &region, RakeRules { trim: None, ..RakeRules::default() }).unwrap();
    near(whole.totals[0], 20.0, 1e-6);
    assert!(whole.kish.effective < 25.0 && raked.kish.effective > 80.0);
}

#[test]
fn margins_that_cannot_be_met_are_named() {
    let voters = [0, 0, 1, 1];
    let margin = |cells| Margin { name: "age", cells, voters: &voters };
    let error = |base: &[f64], margins: &[Margin<'_>]| rake(base, margins, RakeRules::default()).unwrap_err();
    let three = [("young", 0.3), ("middle", 0.4), ("old", 0.3)];
    assert_eq!(
        error(&[1.0; 4], &[margin(&three)]).to_string(),
        "nobody who votes is in `old` of margin `age`, which is 0.3 of the population; find voters there or merge \
         the cell with another"
    );
    // A voter without a vote fills no cell.
    let two = [("young", 0.5), ("old", 0.5)];
    assert_eq!(error(&[1.0, 1.0, 0.0, 0.0], &[margin(&two)]).code(), "verdict::empty_cell");
    // Both margins split the voters alike and ask for different shares.
    let against = [("x", 0.9), ("y", 0.1)];
    let contradiction = [margin(&two), Margin { name: "region", cells: &against, voters: &voters }];
    let loose = RakeRules { trim: None, ..RakeRules::default() };
    assert!(matches!(
        rake(&[1.0; 4], &contradiction, loose),
        Err(RakeError::NotConverged { rounds: 1000, .. })
    ));
    let shares = [("young", 0.5), ("old", 0.4)];
    assert_eq!(error(&[1.0; 4], &[margin(&shares)]).code(), "verdict::invalid_shares");
    let bad = [("young", f64::NAN), ("old", 0.4)];
    assert_eq!(error(&[1.0; 4], &[margin(&bad)]).code(), "verdict::invalid_shares");
    assert_eq!(error(&[1.0; 4], &[margin(&[("all", 1.0)])]).code(), "verdict::unknown_cell");
    assert_eq!(error(&[1.0; 3], &[margin(&two)]).code(), "verdict::wrong_count");
    assert_eq!(error(&[0.0; 4], &[margin(&two)]).code(), "verdict::invalid_raking");
    assert_eq!(error(&[f64::NAN, 1.0, 1.0, 1.0], &[margin(&two)]).code(), "verdict::invalid_raking");
    let rules = RakeRules { trim: Some(0.5), ..RakeRules::default() };
    assert_eq!(rake(&[1.0; 4], &[margin(&two)], rules).unwrap_err().code(), "verdict::invalid_raking");
}

#[test]
fn a_raked_fit_is_that_of_the_population() {
    // Nine of ten voters are young and like the first model; the old, half of the population, like the second.
    let mut ballots = Vec::new();
    for voter in 0..100_u32 {
        let old = voter % 10 == 0;
        for k in 0..10 {
            let first = if old { k < 2 } else { k < 7 };
            let choice = if first { VoteChoice::Left } else { VoteChoice::Right };
            ballots.push(Ballot { voter, left: 0, right: 1, choice });
        }
    }
    let ages: Vec<usize> = (0..100).map(|voter| usize::from(voter % 10 == 0)).collect();
    let age = Margin { name: "age", cells: &[("young", 0.5), ("old", 0.5)], voters: &ages };
    let poll = Poll::new(2, 100, &ballots).unwrap();
    let raked = rake(&[1.0; 100], &[age], RakeRules { trim: Some(6.0), ..RakeRules::default() }).unwrap();
    let weights = per_vote(&raked.totals, &poll.votes_by_voter());
    let fit = Counted::of(&poll.weighted(&weights).unwrap()).unwrap().fit(Ties::Half);
    // (.7 + .2) / 2 = .45 prefer the first; each vote weighs a tenth of its voter, so the prior shows a little.
    near(fit.differences()[0].preference, 0.45, 1e-4);
    near(fit.effective_voters, raked.kish.effective, 1e-9);
    near(fit.effective_voters, 100.0 * 100.0 / (90.0 * (50.0_f64 / 90.0).powi(2) + 10.0 * 25.0), 1e-6);
    let plain = Counted::of(&poll).unwrap().fit(Ties::Half);
    near(plain.differences()[0].preference, 0.65, 1e-3);
}
