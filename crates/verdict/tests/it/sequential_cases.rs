//! Cases between the rules: each reads like the rule that it follows.

use crate::fixture::{
    Noise, bench, decision, experts, finding, id, mark, near, people, points, programme, public, right,
    samples, spread, try_decide, verdict, vote, with,
};
use daepyo_core::{
    CandidateDecision::{
        self, Advances, AdvancesByTie, AdvancesByWildcard, Eliminated, EliminatedByGate, EliminatedByTie,
        Withdrawn,
    },
    CarryOver, Cause, Correction, Digest, GateOutcome, NotShown, Observation, PanelVote, Programme, Status,
    TieStep, Verdict, VoteChoice, Wildcard, WildcardOutcome, Withdrawal, canonical,
};
use daepyo_verdict::{
    Rules,
    sequential::{
        Before, PanelBallot, ScaleChange, SequentialError, carry_over, choose, decide_after, scale_changes,
    },
};

fn rules(programme: &Programme) -> Rules<'_> {
    Rules { programme, stage: &programme.stages[0], rules_digest: Digest::of(b"rules") }
}

fn after(programme: &Programme, observations: &[Observation], earlier: &Verdict, cause: Cause) -> Verdict {
    try_after(programme, observations, earlier, cause).unwrap()
}

fn try_after(
    programme: &Programme,
    observations: &[Observation],
    earlier: &Verdict,
    cause: Cause,
) -> Result<Verdict, SequentialError> {
    decide_after(&rules(programme), observations, &Before { verdict: Some((earlier, cause)), carried: None })
}

/// Candidates of one benchmark with so many of 400 right.
fn contest(scores: &[(&str, usize)], advance: u32) -> (Programme, Vec<Observation>) {
    let names: Vec<&str> = scores.iter().map(|(name, _)| *name).collect();
    let rules = with(programme(&names, &["ref"]), |stage| {
        stage.criteria = vec![bench(100.0)];
        stage.decision.advance = advance;
    });
    let mut observations = samples("ref", "x", &right(200, 400));
    for (seed, (name, good)) in (1..).zip(scores) {
        let mut own = spread(*good, 400);
        own.rotate_left(seed * 37);
        observations.extend(samples(name, "x", &own));
    }
    (rules, observations)
}

fn withdrawal(candidate: &str, on: &str) -> Observation {
    Observation::Withdrawal(Withdrawal {
        stage: id("s1"),
        candidate: id(candidate),
        on: id(on),
        reason: "merged with another company".to_owned(),
        evidence: None,
    })
}

fn panel(member: &str, candidate: Option<&str>) -> Observation {
    Observation::PanelVote(PanelVote { stage: id("s1"), member: id(member), candidate: candidate.map(id) })
}

fn correction(old: &Observation, new: Option<Observation>) -> Observation {
    Observation::Correction(Correction {
        stage: id("s1"),
        corrects: old.digest().unwrap(),
        replacement: new.map(Box::new),
        reason: "the answer key was wrong".to_owned(),
    })
}

fn estimate(verdict: &Verdict, candidate: &str) -> f64 {
    verdict.composite.iter().find(|row| row.candidate.as_str() == candidate).unwrap().points.estimate
}

#[test]
fn a_candidate_is_eliminated_only_at_the_written_confidence() {
    let (rules, observations) = contest(&[("a", 300), ("b", 218), ("c", 200)], 2);
    let verdict_at = |confidence| {
        let rules = with(rules.clone(), |stage| {
            stage.decision.confidence = confidence;
            stage.decision.tie_order = vec![TieStep::MoreEvidence];
        });
        verdict(&rules, &observations)
    };
    let p = verdict_at(0.9).composite.iter().find(|row| row.candidate == id("c")).unwrap().p_advance;
    assert!(p > 0.05 && p < 0.3, "the case is near the line: {p}");
    assert_eq!(decision(&verdict_at(1.0 - p - 0.01), "c"), Eliminated);
    assert_eq!(decision(&verdict_at(1.0 - p + 0.01), "c"), CandidateDecision::Open);
}

#[test]
fn ties_go_through_the_written_order_step_by_step() {
    let (rules, observations) = contest(&[("a", 300), ("b", 201), ("c", 200)], 2);
    for (steps, last) in [
        (vec![TieStep::Criterion(id("bench")), TieStep::AdvanceAll], AdvancesByTie),
        (
            vec![TieStep::Criterion(id("bench")), TieStep::MoreRaters, TieStep::AdvanceAll],
            CandidateDecision::Open,
        ),
    ] {
        let rules = with(rules.clone(), |stage| stage.decision.tie_order.clone_from(&steps));
        let verdict = verdict(&rules, &observations);
        assert_eq!((decision(&verdict, "b"), decision(&verdict, "c")), (last, last));
        assert_eq!(verdict.ties.len(), 2, "the step that showed nothing stands on record");
        assert_eq!(verdict.ties[0].step, steps[0]);
    }
}

#[test]
fn a_team_that_withdraws_before_the_freeze_never_entered() {
    let (rules, mut observations) = contest(&[("a", 300), ("b", 220), ("c", 100)], 1);
    let (without, fewer) = contest(&[("b", 220), ("c", 100)], 1);
    // The stage opens on 2026-06-01.
    observations.push(withdrawal("a", "2026-05-31"));
    let verdict = verdict(&rules, &observations);
    assert_eq!(decision(&verdict, "a"), Withdrawn);
    assert_eq!((decision(&verdict, "b"), decision(&verdict, "c")), (Advances, Eliminated));
    assert_eq!(verdict.outcomes[2].candidate, id("a"), "listed last, without points or rank");
    assert_eq!(verdict.composite.len(), 2);
    assert!(verdict.tasks.iter().all(|row| row.candidate != id("a")), "nothing of it is shown");
    near(estimate(&verdict, "b"), estimate(&try_decide(&without, &fewer).unwrap(), "b"), 1e-12);
}

#[test]
fn votes_against_a_team_that_withdraws_after_the_freeze_stay_evidence_for_the_others() {
    let rules = with(programme(&["a", "b", "c"], &["ref"]), |stage| stage.criteria = vec![public(100.0)]);
    let mut observations = Vec::new();
    let mut battle = |voter: usize, left: &str, right: &str, choice| {
        let number = u64::try_from(observations.len()).unwrap();
        observations.push(vote(number, &format!("v{voter}"), left, right, choice));
    };
    for voter in 0..40 {
        let first = |share: usize| if voter < share { VoteChoice::Left } else { VoteChoice::Right };
        battle(voter, "a", "ref", first(20));
        battle(voter, "b", "ref", first(20));
        battle(voter, "c", "ref", first(20));
        // b beats c, who is no worse against all others.
        battle(voter, "b", "c", first(32));
    }
    let all = verdict(&rules, &observations);
    let mut late = observations.clone();
    late.push(withdrawal("c", "2026-06-20"));
    let late = verdict(&rules, &late);
    assert_eq!(decision(&late, "c"), Withdrawn);
    assert!(late.composite.iter().all(|row| row.candidate != id("c") && row.ranks.len() == 2));
    near(estimate(&late, "b"), estimate(&all, "b"), 1e-12);
    assert!(late.votes[0].ratings.iter().any(|row| row.candidate == id("c")), "its rating is still shown");
    let mut early = observations.clone();
    early.push(withdrawal("c", "2026-05-01"));
    let early = verdict(&rules, &early);
    assert!(estimate(&early, "b") < estimate(&late, "b") - 1.0, "its votes are gone with it");
    assert_eq!(early.votes[0].votes, 80);
}

#[test]
fn a_withdrawn_team_leaves_no_gap_and_takes_no_place() {
    let (rules, mut observations) = contest(&[("a", 300), ("b", 250), ("c", 100)], 1);
    let rules = with(rules, |stage| stage.criteria = vec![bench(60.0), experts(40.0)]);
    for rater in ["r1", "r2", "r3"] {
        for item in ["depth", "clarity"] {
            observations.push(mark(rater, "b", item, 4.0));
            observations.push(mark(rater, "c", item, 2.0));
        }
    }
    assert!(matches!(verdict(&rules, &observations).status, Status::NoVerdict(_)), "a was never marked");
    observations.push(withdrawal("a", "2026-06-20"));
    let verdict = verdict(&rules, &observations);
    assert_eq!((decision(&verdict, "b"), decision(&verdict, "a")), (Advances, Withdrawn));
    near(points(&verdict, "experts", "b").raw.estimate, 4.0, 1e-12);
}

#[test]
fn withdrawing_a_reference_is_an_error() {
    let (rules, mut observations) = contest(&[("a", 300)], 1);
    observations.push(withdrawal("ref", "2026-06-20"));
    assert_eq!(try_decide(&rules, &observations).unwrap_err().code(), "verdict::no_candidate");
}

#[test]
fn a_gate_that_fails_after_the_ranking_frees_a_place_and_moves_nobody_else() {
    // Two places: a is clear, b and c are tied and drawn by lot, d is behind them, e is clearly out.
    let scores = [("a", 390), ("b", 250), ("c", 249), ("d", 200), ("e", 20)];
    for seed in 0..6 {
        let (rules, mut observations) = contest(&scores, 2);
        let rules = with(rules, |stage| {
            stage.gates = vec![people(NotShown::Hold)];
            stage.decision.tie_order = vec![TieStep::Lot];
            stage.seed = seed;
        });
        for (name, _) in scores {
            observations.push(finding(name, GateOutcome::Passed, "as declared"));
        }
        let first = verdict(&rules, &observations);
        let winner = if decision(&first, "b") == AdvancesByTie { "b" } else { "c" };
        let loser = if winner == "b" { "c" } else { "b" };
        assert_eq!(decision(&first, loser), EliminatedByTie);
        observations.push(finding("a", GateOutcome::Failed, "the weights are another model's"));
        let second = after(&rules, &observations, &first, Cause::Refill);
        assert_eq!(decision(&second, "a"), EliminatedByGate);
        assert_eq!(decision(&second, winner), AdvancesByTie, "whoever holds a place keeps it");
        assert_eq!(decision(&second, loser), Advances, "next in line, from the same draws");
        assert_eq!(decision(&second, "e"), Eliminated);
        for name in ["b", "c", "d", "e"] {
            assert_eq!(
                estimate(&second, name).to_bits(),
                estimate(&first, name).to_bits(),
                "not measured again"
            );
        }
        let follows = second.follows.unwrap();
        assert_eq!(follows.verdict, canonical::digest(&first).unwrap());
        let changed: Vec<_> = follows.changed.iter().map(|row| row.candidate.to_string()).collect();
        assert_eq!(changed, ["a", loser]);
    }
}

#[test]
fn a_cut_is_filled_again_only_from_the_same_evidence() {
    let (rules, mut observations) = contest(&[("a", 390), ("b", 250), ("c", 20)], 1);
    let first = verdict(&rules, &observations);
    observations.push(withdrawal("a", "2026-07-02"));
    let second = after(&rules, &observations, &first, Cause::Refill);
    assert_eq!((decision(&second, "a"), decision(&second, "b")), (Withdrawn, Advances));
    observations.extend(samples("b", "y", &right(10, 10)));
    observations.extend(samples("c", "y", &right(10, 10)));
    observations.extend(samples("ref", "y", &right(10, 10)));
    let error = try_after(&rules, &observations, &first, Cause::Refill).unwrap_err();
    assert_eq!(error.code(), "verdict::other_verdict");
    let mut undecided = first;
    undecided.status = Status::Undecided { step: None };
    assert!(try_after(&rules, &observations, &undecided, Cause::Refill).is_err());
}

#[test]
fn a_verdict_that_must_be_corrected_is_followed_by_one_that_says_what_changed() {
    let (rules, mut observations) = contest(&[("a", 230), ("b", 200)], 1);
    let rules = with(rules, |stage| {
        stage.decision.confidence = 0.6;
        stage.decision.tie_order = vec![TieStep::AdvanceAll];
    });
    let first = verdict(&rules, &observations);
    assert_eq!(decision(&first, "a"), Advances);
    // Forty answers of a, scored as right by a wrong key, are wrong.
    let wrong: Vec<Observation> = (observations.iter())
        .filter(|one| matches!(one, Observation::Sample(sample) if sample.candidate == id("a") && sample.score > 0.5))
        .take(60)
        .cloned()
        .collect();
    for old in &wrong {
        let Observation::Sample(sample) = old else { panic!("only samples") };
        let mut right = sample.clone();
        right.score = 0.0;
        observations.push(correction(old, Some(Observation::Sample(right))));
    }
    let second = after(&rules, &observations, &first, Cause::Correction);
    assert_eq!((decision(&second, "a"), decision(&second, "b")), (Eliminated, Advances));
    near(estimate(&second, "a"), 100.0 * 170.0 / 400.0, 1e-9);
    let follows = second.follows.clone().unwrap();
    assert_eq!(follows.verdict, canonical::digest(&first).unwrap());
    assert_eq!((follows.cause, follows.corrected.len(), follows.changed.len()), (Cause::Correction, 60, 2));
    assert!(
        follows.corrected.iter().all(|row| row.reason == "the answer key was wrong" && row.new.is_some())
    );
    let row = &follows.changed[0];
    assert_eq!((row.candidate.as_str(), row.from, row.to), ("a", Some(Advances), Eliminated));
    near(row.points_from.unwrap(), 57.5, 1e-9);
    // The verdict reads back, and the old observations are all still there.
    let read: Verdict = serde_json::from_slice(&canonical::to_bytes(&second).unwrap()).unwrap();
    assert_eq!(read, second);
    assert_eq!(second.observations, first.observations + 60);
}

#[test]
fn a_correction_can_be_taken_back_and_its_replacement_corrected() {
    let (rules, mut observations) = contest(&[("a", 230), ("b", 100)], 1);
    let plain = verdict(&rules, &observations);
    let old = observations[401].clone();
    let Observation::Sample(sample) = &old else { panic!("only samples") };
    let mut half = sample.clone();
    half.score = 0.5;
    let mut quarter = sample.clone();
    quarter.score = 0.25;
    let (half, quarter) = (Observation::Sample(half), Observation::Sample(quarter));
    let first = correction(&old, Some(half.clone()));
    observations.push(first.clone());
    let (before, base) = (sample.score, estimate(&plain, "a"));
    let moved = |score: f64| base + 100.0 * (score - before) / 400.0;
    near(estimate(&verdict(&rules, &observations), "a"), moved(0.5), 1e-9);
    let mut chained = observations.clone();
    chained.push(correction(&half, Some(quarter)));
    near(estimate(&verdict(&rules, &chained), "a"), moved(0.25), 1e-9);
    let mut back = observations.clone();
    back.push(correction(&first, None));
    near(estimate(&verdict(&rules, &back), "a"), base, 1e-12);
    // Any order of observations gives the same.
    back.reverse();
    near(estimate(&verdict(&rules, &back), "a"), base, 1e-12);
}

#[test]
fn corrections_that_make_no_sense_say_which_and_why() {
    let (rules, observations) = contest(&[("a", 230), ("b", 100)], 1);
    let code = |more: &[Observation]| {
        let mut all = observations.clone();
        all.extend(more.iter().cloned());
        let error = try_decide(&rules, &all).unwrap_err();
        assert!(error.index().is_some_and(|index| index >= observations.len()));
        error.code()
    };
    let (old, other) = (observations[401].clone(), observations[402].clone());
    let elsewhere = finding("a", GateOutcome::Passed, "not here");
    assert_eq!(code(&[correction(&elsewhere, None)]), "verdict::unknown_corrected");
    let twice = [correction(&old, None), correction(&old, Some(other.clone()))];
    assert_eq!(code(&twice), "verdict::corrected_twice");
    let Observation::Sample(sample) = &old else { panic!("only samples") };
    let mut changed = sample.clone();
    changed.score = 0.5;
    let changed = Observation::Sample(changed);
    let circle = [correction(&old, Some(changed.clone())), correction(&changed, Some(old.clone()))];
    assert_eq!(code(&circle), "verdict::bad_correction");
    let nested = correction(&old, Some(correction(&other, None)));
    assert_eq!(code(&[nested]), "verdict::bad_correction");
}

fn wildcard(rules: Programme, places: u32, none_allowed: bool) -> Programme {
    with(rules, |stage| {
        stage.decision.wildcard = Some(Wildcard { places, majority: 0.5, none_allowed, source: None })
    })
}

#[test]
fn the_wildcard_needs_more_than_the_written_share_of_the_panel() {
    let (rules, observations) = contest(&[("a", 390), ("b", 250), ("c", 20)], 1);
    let rules = wildcard(rules, 1, true);
    let with_votes = |votes: &[(&str, Option<&str>)]| {
        let mut all = observations.clone();
        all.extend(votes.iter().map(|(member, candidate)| panel(member, *candidate)));
        verdict(&rules, &all)
    };
    let plain = verdict(&rules, &observations);
    assert_eq!(plain.wildcard, None, "no panel, no wildcard");
    let chosen = with_votes(&[("p1", Some("c")), ("p2", Some("c")), ("p3", Some("b"))]);
    assert_eq!((decision(&chosen, "c"), decision(&chosen, "b")), (AdvancesByWildcard, Eliminated));
    for name in ["a", "b", "c"] {
        assert_eq!(estimate(&chosen, name).to_bits(), estimate(&plain, name).to_bits(), "no points move");
    }
    let half = with_votes(&[("p1", Some("c")), ("p2", None)]);
    assert_eq!(
        half.wildcard.as_ref().map(|row| (row.outcome, row.nobody)),
        Some((WildcardOutcome::Nobody, 1))
    );
    assert_eq!(decision(&half, "c"), Eliminated);
    let lapsed = with_votes(&[("p1", Some("a")), ("p2", Some("c"))]);
    let row = lapsed.wildcard.unwrap();
    assert_eq!(
        (row.panel, row.outcome),
        (2, WildcardOutcome::Nobody),
        "a vote for one who is in lapses and counts"
    );
}

#[test]
fn panels_that_must_choose_vote_again_and_equal_votes_choose_nobody_of_the_equal() {
    let names = ["a", "b", "c"].map(id);
    let eligible: Vec<_> = names.iter().collect();
    let members: Vec<daepyo_core::RaterId> = ["p1", "p2", "p3", "p4"].map(id).to_vec();
    let rule = |places, none_allowed| Wildcard { places, majority: 0.5, none_allowed, source: None };
    let ballots = |votes: &[(usize, Option<usize>)]| -> Vec<PanelBallot<'_>> {
        let ballot = |(member, candidate): &(usize, Option<usize>)| PanelBallot {
            member: &members[*member],
            candidate: candidate.map(|candidate| &names[candidate]),
        };
        votes.iter().map(ballot).collect()
    };
    let split = ballots(&[(0, Some(0)), (1, Some(1)), (2, Some(2)), (3, Some(0))]);
    assert_eq!(choose(&rule(1, false), &eligible, &split).unwrap().outcome, WildcardOutcome::VoteAgain);
    // Two places; of four members three want a, three want b and two want c.
    let votes = [
        (0, Some(0)),
        (0, Some(1)),
        (1, Some(0)),
        (1, Some(2)),
        (2, Some(1)),
        (2, Some(2)),
        (3, Some(0)),
        (3, Some(1)),
    ];
    let two = choose(&rule(2, false), &eligible, &ballots(&votes)).unwrap();
    assert_eq!(two.chosen, [names[0].clone(), names[1].clone()]);
    let level = [(0, Some(0)), (0, Some(1)), (1, Some(0)), (1, Some(1)), (2, Some(0)), (2, Some(1))];
    let tied = choose(&rule(1, false), &eligible, &ballots(&level[..1])).unwrap();
    assert_eq!(tied.chosen, [names[0].clone()]);
    let error = choose(&rule(1, false), &eligible, &ballots(&level)).unwrap_err();
    assert_eq!(error.code(), "verdict::too_many_votes");
    let error = choose(&rule(1, false), &eligible, &ballots(&[(0, None)])).unwrap_err();
    assert_eq!(error.code(), "verdict::nobody_not_allowed");
    let error = choose(&rule(2, true), &eligible, &ballots(&[(0, Some(1)), (0, Some(1))])).unwrap_err();
    assert_eq!(error.code(), "verdict::panel_twice");
}

#[test]
fn a_second_call_measures_a_newcomer_on_the_same_scale() {
    let (first, observations) = contest(&[("a", 300), ("b", 220)], 1);
    let (second, _) = contest(&[("a", 300), ("b", 220), ("new", 350)], 1);
    assert_eq!(scale_changes(&first, &second, &id("s1")), []);
    let mut more = observations.clone();
    more.extend(samples("new", "x", &spread(350, 400)));
    let (before, after) = (verdict(&first, &observations), verdict(&second, &more));
    for name in ["a", "b"] {
        let (old, new) = (points(&before, "bench", name), points(&after, "bench", name));
        assert_eq!(old, new, "to the last bit, with the interval");
    }
    assert_eq!(decision(&after, "new"), Advances);
    let moved = with(second.clone(), |stage| stage.criteria = vec![bench(90.0)]);
    assert_eq!(scale_changes(&first, &moved, &id("s1")), [ScaleChange::Criterion("bench".to_owned())]);
    let mut other = second;
    other.suites[0].limit = Some(10);
    other.references.clear();
    let changes = scale_changes(&first, &other, &id("s1"));
    assert_eq!(changes, [ScaleChange::Suite("main".to_owned()), ScaleChange::Reference("ref".to_owned())]);
}

/// Two stages of one benchmark; the second carries .4 of the first over.
fn carrying() -> (Programme, Programme) {
    let first = with(programme(&["a", "b"], &[]), |stage| stage.criteria = vec![bench(100.0)]);
    let second = with(programme(&["a", "b", "new"], &[]), |stage| {
        stage.criteria = vec![bench(100.0)];
        stage.id = id("s2");
        stage.carry = Some(CarryOver { stage: id("s1"), share: 0.4 });
        stage.draws = 4000;
    });
    (with(first, |stage| stage.draws = 3000), second)
}

fn at_stage(mut observations: Vec<Observation>, stage: &str) -> Vec<Observation> {
    for observation in &mut observations {
        if let Observation::Sample(sample) = observation {
            sample.stage = id(stage);
        }
    }
    observations
}

#[test]
fn a_written_share_of_the_earlier_stage_is_carried_over_with_its_uncertainty() {
    let (first, second) = carrying();
    let mut early = samples("a", "x", &spread(80, 100));
    early.extend(samples("b", "x", &spread(60, 100)));
    let mut late = samples("a", "x", &spread(50, 100));
    late.extend(samples("b", "x", &spread(70, 100)));
    late.extend(samples("new", "x", &spread(60, 100)));
    let late = at_stage(late, "s2");
    let carried = carry_over(&rules(&first), &early, None).unwrap();
    let before = Before { verdict: None, carried: Some(&carried) };
    let verdict = decide_after(&rules(&second), &late, &before).unwrap();
    near(estimate(&verdict, "a"), 0.4 * 80.0 + 0.6 * 50.0, 1e-9);
    near(estimate(&verdict, "b"), 0.4 * 60.0 + 0.6 * 70.0, 1e-9);
    near(estimate(&verdict, "new"), 60.0, 1e-9);
    let row = verdict.composite.iter().find(|row| row.candidate == id("a")).unwrap();
    let error = (0.16 * 80.0 * 20.0 / 99.0 + 0.36_f64 * 50.0 * 50.0 / 99.0).sqrt();
    near((row.points.high - row.points.low) / (2.0 * 1.96 * error), 1.0, 0.06);
    let row = verdict.carried.iter().find(|row| row.candidate == id("new")).unwrap();
    assert_eq!(row.earlier, None, "a newcomer has this stage's points alone");
    // Both stages draw from one seed and one table size; their draws must not go together all the same.
    near(verdict.carried[0].own.estimate, 50.0, 1e-9);
}

#[test]
fn points_are_carried_over_exactly_where_the_rules_say_so() {
    let (first, second) = carrying();
    let mut early = samples("a", "x", &spread(80, 100));
    early.extend(samples("b", "x", &spread(60, 100)));
    let carried = carry_over(&rules(&first), &early, None).unwrap();
    let late = at_stage(early.clone(), "s2");
    let code = |programme: &Programme, observations: &[Observation], before: &Before<'_>| {
        decide_after(&rules(programme), observations, before).unwrap_err().code()
    };
    assert_eq!(code(&second, &late, &Before::default()), "verdict::carry");
    assert_eq!(code(&first, &early, &Before { verdict: None, carried: Some(&carried) }), "verdict::carry");
    assert_eq!(try_decide(&second, &late).unwrap_err().code(), "verdict::invalid_rules");
    let other = with(second, |stage| stage.carry = Some(CarryOver { stage: id("s0"), share: 0.4 }));
    assert_eq!(code(&other, &late, &Before { verdict: None, carried: Some(&carried) }), "verdict::carry");
}

#[test]
fn draws_of_two_stages_with_one_seed_do_not_go_together() {
    // The same scores in both stages and the same seed: without an order of their own the draws would be the same, and
    // the interval as wide as that of one stage.
    let (first, second) = carrying();
    let (first, second) = (
        with(first, |stage| stage.draws = 4000),
        with(second, |stage| {
            stage.carry = Some(CarryOver { stage: id("s1"), share: 0.5 });
        }),
    );
    let mut noise = Noise(4);
    let scores: Vec<f64> = (0..200).map(|_| noise.hit(0.5)).collect();
    let mut early = samples("a", "x", &scores);
    early.extend(samples("b", "x", &scores));
    let mut late = early.clone();
    late.extend(samples("new", "x", &scores));
    let late = at_stage(late, "s2");
    let carried = carry_over(&rules(&first), &early, None).unwrap();
    let before = Before { verdict: None, carried: Some(&carried) };
    let verdict = decide_after(&rules(&second), &late, &before).unwrap();
    let width = |name: &str| {
        let row = verdict.composite.iter().find(|row| row.candidate.as_str() == name).unwrap();
        row.points.high - row.points.low
    };
    near(width("a") / width("new"), 0.5_f64.sqrt(), 0.04);
}

#[test]
fn only_a_verdict_on_the_same_stage_can_be_followed() {
    let (rules, observations) = contest(&[("a", 300), ("b", 220)], 1);
    let mut earlier = verdict(&rules, &observations);
    let error = try_after(&rules, &observations, &earlier, Cause::Correction).unwrap_err();
    assert!(error.to_string().contains("nothing was corrected"), "{error}");
    earlier.stage = id("other");
    let error = try_after(&rules, &observations, &earlier, Cause::Refill).unwrap_err();
    assert_eq!(error.code(), "verdict::other_verdict");
}
