//! What must hold of any stage: order, names of teams, threads and repetition change nothing, and a vote never hurts.
//!
//! Seeded random worlds, as many as `DAEPYO_PROPERTY_CASES` asks for; a failure names the world.

use crate::fixture::{
    Noise, anchors, bar, bench, criterion, derivative, derived, experts, finding, gate, id, mark, people,
    programme, public, sample, suites, try_decide, vote, with,
};
use daepyo_core::{
    CriterionRule, DerivativeStatus, GateOutcome, GateRule, NotShown, Observation, Outcome, Programme,
    Relation, TieStep, VoteChoice, canonical,
};
use daepyo_verdict::{
    attack::{AttackSettings, budgets},
    panel::{MarkRow, RaschSettings, Scale, fit_rasch},
    simulate::votes::World,
    voters::{self, VoterSettings, examine},
    votes::{Ballot, Counted, Poll, RankSettings, Ties, VoteRow, rank},
};
use serde_json::Value;
use std::{collections::BTreeMap, fs::OpenOptions, io::Write};

const TEAMS: [&str; 6] = ["kestrel", "alder", "zinc", "moss", "birch", "opal"];
const REFERENCES: [&str; 3] = ["ref", "big", "old"];
const CHOICES: [VoteChoice; 4] = [VoteChoice::Left, VoteChoice::Right, VoteChoice::Tie, VoteChoice::BothBad];

/// Cases that the environment asks for, else few enough for an everyday test.
fn cases() -> u64 {
    std::env::var("DAEPYO_PROPERTY_CASES").map_or(12, |text| text.parse().unwrap())
}

/// Adds a line to the file that `DAEPYO_FIGURE` names, where it does.
fn tell(line: &str) {
    if let Some(path) = std::env::var_os("DAEPYO_FIGURE") {
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}

fn shuffle<T>(noise: &mut Noise, all: &mut [T]) {
    for last in (1..all.len()).rev() {
        all.swap(last, noise.below(last + 1));
    }
}

/// A stage with any gates, criteria and evidence.
struct Case {
    rules: Programme,
    observations: Vec<Observation>,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut noise = Noise(seed);
        let candidates = &TEAMS[..2 + noise.below(5)];
        let references = &REFERENCES[..=noise.below(3)];
        let rules = with(programme(candidates, references), |stage| {
            stage.draws = 60;
            stage.seed = seed;
            stage.decision.advance = u32::try_from(1 + noise.below(candidates.len())).unwrap();
            stage.decision.confidence = 0.6 + 0.39 * noise.unit();
            let not_shown = [NotShown::Stay, NotShown::Out, NotShown::Hold][noise.below(3)];
            let minimum =
                GateRule::Threshold { suites: suites(&[("main", 1.0)]), minimum: 0.4, confidence: 0.9 };
            stage.gates = vec![
                bar(not_shown, noise.unit() < 0.5),
                people(NotShown::Stay),
                gate("least", not_shown, minimum),
            ];
            stage.gates.retain(|_| noise.unit() < 0.5);
            let by_suite =
                CriterionRule::Benchmark { suites: suites(&[("main", 1.0)]), anchors: anchors(0.2, 0.9) };
            stage.criteria = vec![experts(30.0), public(20.0), derived(10.0, noise.unit() < 0.5)];
            stage.criteria.retain(|_| noise.unit() < 0.7);
            stage.criteria.push(if noise.unit() < 0.5 {
                bench(40.0)
            } else {
                criterion("bench", 40.0, by_suite)
            });
            stage.decision.tie_order =
                vec![TieStep::Criterion(id("bench")), TieStep::MoreEvidence, TieStep::AdvanceAll];
            stage.decision.tie_order.retain(|_| noise.unit() < 0.6);
        });
        let observations = observations(&rules, &mut noise, candidates, references);
        Self { rules, observations }
    }

    fn bytes(&self) -> Vec<u8> {
        canonical::to_bytes(&try_decide(&self.rules, &self.observations).unwrap()).unwrap()
    }
}

fn observations(
    rules: &Programme,
    noise: &mut Noise,
    candidates: &[&str],
    references: &[&str],
) -> Vec<Observation> {
    let entrants: Vec<&str> = candidates.iter().chain(references).copied().collect();
    let stage = &rules.stages[0];
    let has = |name: &str| stage.criteria.iter().any(|criterion| criterion.id.as_str() == name);
    let mut all = Vec::new();
    let (documents, size) = (10 + noise.below(30), 1 + noise.below(5));
    for name in &entrants {
        let skill = 0.4 + 0.4 * noise.unit();
        for task in ["x", "y"] {
            for document in (0..).take(documents) {
                let mut one = sample(name, task, document, noise.hit(skill));
                one.cluster = format!("passage {}", document / u64::try_from(size).unwrap());
                one.guess = 0.25;
                if noise.unit() < 0.03 {
                    one.outcome = [Outcome::Refused, Outcome::Truncated, Outcome::Unparsed][noise.below(3)];
                    one.score = 0.0;
                }
                all.push(Observation::Sample(one));
            }
        }
    }
    for name in candidates {
        if stage.gates.iter().any(|gate| gate.id.as_str() == "independence") {
            let outcome = [GateOutcome::Passed, GateOutcome::Failed, GateOutcome::NotShown][noise.below(3)];
            all.push(finding(name, outcome, "seen"));
        }
        if has("experts") {
            for rater in ["r1", "r2", "r3", "r4"] {
                all.extend(
                    ["depth", "clarity"].map(|item| mark(rater, name, item, 1.0 + 4.0 * noise.unit())),
                );
            }
        }
    }
    if has("public") {
        let count = 40 + noise.below(200);
        let met: Vec<&str> = candidates.iter().copied().chain(["ref"]).collect();
        for number in 0..count {
            // The first votes connect everybody.
            let left = number % met.len();
            let right = (left + 1 + noise.below(met.len() - 1)) % met.len();
            let right = if number < met.len() { (left + 1) % met.len() } else { right };
            let choice = if number < met.len() { CHOICES[noise.below(3)] } else { CHOICES[noise.below(4)] };
            let name = format!("v{}", noise.below(25));
            all.push(vote(u64::try_from(number).unwrap(), &name, met[left], met[right], choice));
        }
    }
    if has("derived") {
        for number in 0..noise.below(4) {
            all.push(derivative(
                "kim",
                &format!("m{number}"),
                Relation::Finetune,
                DerivativeStatus::Declared,
            ));
        }
    }
    // The fixture's derivatives belong to a candidate of its own.
    for observation in &mut all {
        if let Observation::Derivative(derivative) = observation {
            derivative.candidate = id(candidates[0]);
        }
    }
    all
}

fn order_changes_nothing(seed: u64) {
    let mut case = Case::new(seed);
    let first = case.bytes();
    let mut noise = Noise(seed ^ 0xABCD);
    for _ in 0..2 {
        shuffle(&mut noise, &mut case.observations);
        assert_eq!(case.bytes(), first, "world {seed}: another order of observations, other bytes");
    }
}

/// The case with other names for candidates, references and teams, in another alphabetical order.
fn renamed(case: &Case, names: &BTreeMap<String, String>) -> Case {
    fn rename(value: &mut Value, names: &BTreeMap<String, String>) {
        match value {
            Value::String(text) => {
                if let Some(name) = names.get(text) {
                    text.clone_from(name);
                }
            }
            Value::Array(all) => all.iter_mut().for_each(|one| rename(one, names)),
            Value::Object(fields) => fields.values_mut().for_each(|one| rename(one, names)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let renamed = |value: Value| {
        let mut value = value;
        rename(&mut value, names);
        value
    };
    let rules = renamed(serde_json::to_value(&case.rules).unwrap());
    let observations = renamed(serde_json::to_value(&case.observations).unwrap());
    Case {
        rules: serde_json::from_value(rules).unwrap(),
        observations: serde_json::from_value(observations).unwrap(),
    }
}

/// A verdict without the order of its rows, which may follow names.
fn unordered(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(name) = names.get(text) {
                text.clone_from(name);
            }
        }
        Value::Array(all) => {
            for one in all.iter_mut() {
                unordered(one, names);
            }
            if all.iter().all(|one| one.is_object() || one.is_string()) {
                all.sort_by_key(ToString::to_string);
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(|one| unordered(one, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn names_change_nothing_but_names(seed: u64) {
    let case = Case::new(seed);
    let mut noise = Noise(seed ^ 0x5678);
    let mut new: Vec<String> = (0..9).map(|number| format!("team-{number}")).collect();
    shuffle(&mut noise, &mut new);
    let old = TEAMS.iter().chain(&REFERENCES).map(|name| (*name).to_owned());
    let there: BTreeMap<String, String> = old.zip(new).collect();
    let back: BTreeMap<String, String> = there.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
    let verdict = |case: &Case, names: &BTreeMap<String, String>| {
        let verdict = try_decide(&case.rules, &case.observations).unwrap();
        let mut value = serde_json::to_value(verdict).unwrap();
        unordered(&mut value, names);
        value
    };
    let (one, other) = (verdict(&case, &BTreeMap::new()), verdict(&renamed(&case, &there), &back));
    assert_eq!(one, other, "world {seed}: other names, another verdict");
}

/// Everything that is simulated or fitted in parallel, as bytes.
fn everything(case: &Case, seed: u64) -> Vec<Vec<u8>> {
    let mut all = vec![case.bytes()];
    let json = |value: Result<Vec<u8>, serde_json::Error>| value.unwrap();
    let votes = World::even(5, 1.5, 0.5).votes(&[12; 40], seed);
    let counted = Counted::of(&Poll::new(5, 40, &votes).unwrap()).unwrap();
    let fit = counted.fit(Ties::Davidson);
    all.push(json(serde_json::to_vec(&fit)));
    all.push(json(serde_json::to_vec(&fit.rank_sets(seed, 200))));
    all.push(json(serde_json::to_vec(&counted.bootstrap(&fit, seed, 20))));
    let names: Vec<String> = (0..40).map(|voter| format!("v{voter}")).collect();
    let ballots = named_ballots(&votes, &names);
    let rows = vote_rows(&ballots);
    let budgets = budgets(&rows, "m0", "m1", AttackSettings::default()).unwrap();
    all.push(json(serde_json::to_vec(&budgets)));
    all.push(json(serde_json::to_vec(&examine(&ballots, &VoterSettings::default()).unwrap())));
    all
}

fn threads_and_repetition_change_no_byte(seed: u64) {
    let case = Case::new(seed);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| everything(&case, seed))
    };
    let one = on(1);
    assert_eq!(one, on(2), "world {seed}: two threads, other bytes");
    assert_eq!(one, on(1), "world {seed}: the same seed again, other bytes");
    assert_eq!(case.bytes(), Case::new(seed).bytes(), "world {seed}: the same world again, other bytes");
}

const MODELS: [&str; 5] = ["m0", "m1", "m2", "m3", "m4"];

fn named_ballots<'a>(votes: &[Ballot], names: &'a [String]) -> Vec<voters::Ballot<'a>> {
    let placed = |(number, vote): (u64, &Ballot)| voters::Ballot {
        number,
        voter: &names[usize::try_from(vote.voter).unwrap()],
        left: MODELS[usize::from(vote.left)],
        right: MODELS[usize::from(vote.right)],
        choice: vote.choice,
        shown_ms: Some(20_000 * number),
        voted_ms: Some(20_000 * number + 7_000),
        characters: Some(300),
        gold: None,
    };
    (0..).zip(votes).map(placed).collect()
}

fn vote_rows<'a>(ballots: &[voters::Ballot<'a>]) -> Vec<VoteRow<'a>> {
    let row = |one: &voters::Ballot<'a>| VoteRow {
        voter: one.voter,
        left: one.left,
        right: one.right,
        choice: one.choice,
    };
    ballots.iter().map(row).collect()
}

/// Votes alone and marks alone, which need no programme.
fn order_of_votes_and_marks_changes_nothing(seed: u64) {
    let mut noise = Noise(seed ^ 0x1234);
    let votes = World { both_bad: 0.1, ..World::even(5, 1.5, 0.5) }.votes(&[9; 30], seed);
    let names: Vec<String> = (0..30).map(|voter| format!("v{voter}")).collect();
    let mut ballots = named_ballots(&votes, &names);
    let ranking = |ballots: &[voters::Ballot<'_>]| {
        rank(&vote_rows(ballots), RankSettings { seed, draws: 100, ..RankSettings::default() }).unwrap()
    };
    let raters: Vec<String> = (0..6).map(|rater| format!("r{rater}")).collect();
    let mut marks = Vec::new();
    for rater in &raters {
        for candidate in TEAMS {
            for item in ["depth", "clarity"] {
                let value = [1.0, 2.0, 3.0, 4.0, 5.0][noise.below(5)];
                marks.push(MarkRow { rater, candidate, item, value });
            }
        }
    }
    let settings = RaschSettings::new(Scale { minimum: 1.0, maximum: 5.0, step: 1.0 });
    let (first, report) = (ranking(&ballots), examine(&ballots, &VoterSettings::default()).unwrap());
    let panel = fit_rasch(&marks, settings).unwrap();
    shuffle(&mut noise, &mut ballots);
    shuffle(&mut noise, &mut marks);
    assert_eq!(ranking(&ballots), first, "world {seed}: another order of votes, another ranking");
    assert_eq!(examine(&ballots, &VoterSettings::default()).unwrap(), report, "world {seed}: other flags");
    assert_eq!(fit_rasch(&marks, settings).unwrap(), panel, "world {seed}: another order of marks");
}

/// One more vote for a model: its strength rises, alone and against each other model, whatever the rule for ties.
fn a_vote_never_hurts(seed: u64) -> u64 {
    let mut noise = Noise(seed ^ 0x9999);
    let models = u16::try_from(2 + noise.below(6)).unwrap();
    let spread = 4.0 * noise.unit();
    let world = World { log_tie: 2.0 * noise.unit() - 1.5, ..World::even(models, spread, noise.unit()) };
    let people = 6 + noise.below(30);
    let votes = world.votes(&vec![8; people], seed);
    let fitted = |votes: &[Ballot], rule| {
        let poll = Poll::new(models.into(), people, votes).unwrap();
        Counted::of(&poll).ok().map(|counted| counted.fit(rule).strengths)
    };
    let mut added = 0;
    for rule in [Ties::Davidson, Ties::Half] {
        let Some(before) = fitted(&votes, rule) else { continue };
        for model in 0..models {
            let other = (model + 1 + u16::try_from(noise.below(usize::from(models) - 1)).unwrap()) % models;
            let one_more = Ballot { voter: 0, left: model, right: other, choice: VoteChoice::Left };
            let more: Vec<Ballot> = votes.iter().copied().chain([one_more]).collect();
            let after = fitted(&more, rule).unwrap();
            added += 1;
            let own = usize::from(model);
            assert!(
                after[own] >= before[own] - 1e-9,
                "world {seed}, {rule:?}: a vote for {model} over {other} took {} to {}",
                before[own],
                after[own]
            );
            let ahead = |at: &[f64]| at[own] - at[usize::from(other)];
            assert!(ahead(&after) >= ahead(&before) - 1e-9, "world {seed}, {rule:?}: {model} over {other}");
        }
    }
    added
}

#[test]
fn order_names_threads_and_repetition_change_nothing_and_a_vote_never_hurts() {
    let cases = cases();
    let mut added = 0;
    for case in 0..cases {
        let seed = 9_000 + case;
        order_changes_nothing(seed);
        order_of_votes_and_marks_changes_nothing(seed);
        names_change_nothing_but_names(seed);
        threads_and_repetition_change_no_byte(seed);
        added += a_vote_never_hurts(seed);
    }
    tell(&format!(
        "{cases} random stages: the same bytes in any order of observations, with 1 and 2 threads and again, the same \
         figures under other names; {added} votes added, none lowered its model"
    ));
}
