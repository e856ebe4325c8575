//! A cap on what one voter's votes weigh together: the fit, the verdict and both rankings, against sums made vote by vote.

use crate::fixture::{id, near, programme, public, verdict, vote, with};
use daepyo_core::{
    ContestMode, ContestPairing, ContestRule, CriterionRule, Digest, Observation, Programme, VoteChoice,
};
use daepyo_verdict::{
    Rules,
    analysis::analyse,
    attack::{AttackSettings, budgets},
    votes::{RankSettings, Ranking, VoteRow, rank},
};
use std::collections::BTreeMap;

const CAP: u32 = 3;

/// Voter, left, right, choice.
type Row = (&'static str, &'static str, &'static str, VoteChoice);

/// Eight voters with two or three votes each, and one with ninety for `b`.
fn rows() -> Vec<Row> {
    use VoteChoice::{BothBad, Left, Right, Tie};
    let mut rows = Vec::new();
    for (place, voter) in ["k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"].into_iter().enumerate() {
        rows.push((voter, "a", "b", if place % 4 == 3 { Right } else { Left }));
        rows.push((voter, "ref", "a", if place % 3 == 2 { Left } else { Right }));
        if place % 2 == 0 {
            rows.push((voter, "b", "ref", if place % 4 == 0 { Tie } else { Left }));
        }
    }
    for place in 0..90 {
        rows.push(match place % 3 {
            0 => ("loud", "b", "a", Left),
            1 => ("loud", "ref", "b", Right),
            _ => ("loud", "a", "ref", BothBad),
        });
    }
    rows
}

fn vote_rows(rows: &[Row]) -> Vec<VoteRow<'static>> {
    rows.iter().map(|&(voter, left, right, choice)| VoteRow { voter, left, right, choice }).collect()
}

fn ranked(rows: &[Row], weight_cap: Option<u32>) -> Ranking {
    rank(&vote_rows(rows), RankSettings { weight_cap, ..RankSettings::default() }).unwrap()
}

fn contest() -> ContestRule {
    ContestRule {
        mode: ContestMode::Live,
        prompts: "prompts.csv".to_owned(),
        answers: None,
        opens: None,
        closes: None,
        assigned: 0.5,
        votes_a_day: 100,
        votes_in_all: 100,
        weight_cap: Some(CAP),
        turns: 1,
        prompt_characters: 100,
        answer_characters: 100,
        hold_ms: 0,
        system: None,
        temperature: 0.0,
        max_tokens: 10,
        tokens_a_day: None,
        names: Vec::new(),
        pairing: ContestPairing::default(),
        tags: Vec::new(),
    }
}

fn rules(capped: bool) -> Programme {
    let mut criterion = public(100.0);
    if let CriterionRule::Votes { contest: held, .. } = &mut criterion.rule {
        *held = capped.then(|| Box::new(contest()));
    }
    with(programme(&["a", "b"], &["ref"]), |stage| {
        stage.criteria = vec![criterion];
        stage.decision.advance = 1;
    })
}

fn observations() -> Vec<Observation> {
    let numbered = (0..).zip(rows());
    numbered.map(|(number, (voter, left, right, choice))| vote(number, voter, left, right, choice)).collect()
}

/// Votes of the fit by voter, counted one by one.
fn weights(rows: &[Row]) -> BTreeMap<&'static str, f64> {
    let mut cast = BTreeMap::new();
    for (voter, .., choice) in rows {
        *cast.entry(*voter).or_insert(0.0) += f64::from(u8::from(*choice != VoteChoice::BothBad));
    }
    cast.into_iter().map(|(voter, votes)| (voter, (f64::from(CAP) / votes).min(1.0))).collect()
}

#[test]
fn the_fit_is_where_the_weighed_votes_balance() {
    let rows = rows();
    let ranking = ranked(&rows, Some(CAP));
    let strength: BTreeMap<&str, f64> =
        ranking.models.iter().map(|model| (model.name.as_str(), model.log_strength)).collect();
    let weights = weights(&rows);
    let t = ranking.tie_parameter;
    // The slope of the log-likelihood of every single vote, and of the prior.
    let mut slope: BTreeMap<&str, f64> = strength.iter().map(|(name, at)| (*name, -at / 100.0)).collect();
    let mut tie = -libm::log(t) / 100.0;
    for (voter, left, right, choice) in &rows {
        let (score, tied) = match choice {
            VoteChoice::Left => (1.0, 0.0),
            VoteChoice::Right => (0.0, 0.0),
            VoteChoice::Tie => (0.5, 1.0),
            VoteChoice::BothBad => continue,
        };
        let (l, r) = (libm::exp(strength[left]), libm::exp(strength[right]));
        let both = t * (l * r).sqrt();
        let expected = (l + both / 2.0) / (l + r + both);
        *slope.get_mut(left).unwrap() += weights[voter] * (score - expected);
        *slope.get_mut(right).unwrap() -= weights[voter] * (score - expected);
        tie += weights[voter] * (tied - both / (l + r + both));
    }
    for slope in slope.values().chain([&tie]) {
        near(*slope, 0.0, 1e-7);
    }
    // Whole votes are still told as such.
    let uncapped = ranked(&rows, None);
    assert_eq!((ranking.votes, ranking.voters), (uncapped.votes, uncapped.voters));
    let best = |ranking: &Ranking| ranking.models[0].name.clone();
    assert_eq!((best(&uncapped), best(&ranking)), ("b".to_owned(), "a".to_owned()));
}

#[test]
fn the_verdict_is_the_ranking_that_anybody_makes_of_the_votes() {
    let decided = verdict(&rules(true), &observations());
    let ranking = ranked(&rows(), Some(CAP));
    let rating = |name: &str| ranking.models.iter().find(|model| model.name == name).unwrap().rating;
    let found = &decided.votes[0];
    for row in &found.ratings {
        let expected = 1000.0 + rating(row.candidate.as_str()) - rating("ref");
        near(row.rating.estimate, expected, 1e-6);
        // The reference stands where the scale has it.
        let width = row.rating.high - row.rating.low;
        assert!(if row.candidate == id("ref") { width == 0.0 } else { width > 0.0 }, "{row:?}");
    }
    near(found.tie_parameter, ranking.tie_parameter, 1e-9);
    assert_eq!((found.votes, found.voters), (80, 9));
    assert_eq!(decided.composite[0].candidate, id("a"));
    assert_eq!(verdict(&rules(false), &observations()).composite[0].candidate, id("b"));
}

#[test]
fn a_cap_that_cuts_nobody_changes_no_byte() {
    let few: Vec<Row> = rows().into_iter().filter(|row| row.0 != "loud").collect();
    assert_eq!(ranked(&few, Some(CAP)), ranked(&few, None));
    let budget = |weight_cap| {
        let settings = AttackSettings { weight_cap, ..AttackSettings::default() };
        budgets(&vote_rows(&few), "a", "b", settings).unwrap()
    };
    assert_eq!(budget(Some(CAP)), budget(None));
}

#[test]
fn the_order_of_capped_votes_changes_no_byte() {
    let rows = rows();
    let mut turned = rows.clone();
    turned.reverse();
    assert_eq!(ranked(&rows, Some(CAP)), ranked(&turned, Some(CAP)));
    let mut back = observations();
    back.reverse();
    assert_eq!(verdict(&rules(true), &observations()), verdict(&rules(true), &back));
}

#[test]
fn the_analysis_says_whom_the_cap_cut() {
    let programme = rules(true);
    let sealed =
        Rules { programme: &programme, stage: &programme.stages[0], rules_digest: Digest::of(b"rules") };
    let analysis = analyse(&sealed, &observations(), None).unwrap();
    let cap = analysis.votes[0].weight_cap.unwrap();
    assert_eq!((cap.most, cap.voters, cap.votes), (CAP, 1, 60));
    let loud = |ranking: &Ranking| ranking.models.iter().map(|model| model.name.clone()).collect::<Vec<_>>();
    if let Some(beside) = &analysis.votes[0].beside {
        assert_eq!(loud(&beside.with), loud(&ranked(&rows(), Some(CAP))));
    }
    // Nobody's removal counts for more than the cap.
    let upper =
        analysis.votes[0].budgets.iter().map(|budget| (budget.lower, budget.upper)).collect::<Vec<_>>();
    assert_eq!(upper.len(), 4);
    assert!(upper.iter().all(|(lower, upper)| upper.is_none_or(|upper| *lower <= upper)), "{upper:?}");
}
