//! Small programmes and observations that tests build on.

use daepyo_core::{
    Anchor, Anchors, Candidate, CandidateDecision, Criterion, CriterionResult, CriterionRule, Decision,
    Derivative, DerivativeStatus, Digest, Gate, GateFinding, GateOutcome, GateResult, GateRule, Localized,
    Mark, NotShown, Observation, Outcome, Programme, Reference, Relation, RubricItem, Sample, Stage,
    Submission, Suite, SuiteWeight, Team, TieStep, Verdict, Vote, VoteChoice, Window,
};
use daepyo_verdict::{DecideError, Rules, decide};
use std::collections::BTreeMap;

pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn title(text: &str) -> Localized {
    Localized { ko: text.to_owned(), en: text.to_owned() }
}

fn submission(name: &str) -> Submission {
    Submission {
        id: id(name),
        model: id(&format!("replay:{name}.jsonl")),
        digest: Digest::of(name.as_bytes()),
        licence: "Apache-2.0".to_owned(),
        tokenizer: None,
        chat_template: false,
        api_key_env: None,
        concurrency: 1,
        deadline_s: 60,
        weights: None,
        price: None,
        budget: None,
    }
}

/// A programme of these candidates and references, with the suites `main` and `side` and one stage `s1` without
/// gates and criteria that lets one advance at .90.
pub(crate) fn programme(candidates: &[&str], references: &[&str]) -> Programme {
    let team = |name: &&str| Team { id: id(name), name: title(name) };
    let candidate = |name: &&str| Candidate { submission: submission(name), team: id(name) };
    let reference = |name: &&str| Reference { submission: submission(name), released: id("2026-05-01") };
    let suite = |name: &str| Suite {
        id: id(name),
        title: title(name),
        path: name.to_owned(),
        tasks: vec![id("task")],
        limit: None,
        num_fewshot: None,
        reveal: None,
    };
    Programme {
        format: 1,
        id: id("test"),
        version: 1,
        dated: id("2026-06-01"),
        title: title("test"),
        notes: Vec::new(),
        teams: candidates.iter().map(team).collect(),
        candidates: candidates.iter().map(candidate).collect(),
        references: references.iter().map(reference).collect(),
        suites: vec![suite("main"), suite("side")],
        stages: vec![Stage {
            id: id("s1"),
            title: title("first"),
            opens: id("2026-06-01"),
            closes: id("2026-07-01"),
            objection_days: 10,
            window: Window { months: 6, frozen: id("2026-05-31") },
            seed: 20_260_601,
            draws: 500,
            infrastructure_failure_limit: 0.02,
            gates: Vec::new(),
            criteria: Vec::new(),
            decision: Decision {
                advance: 1,
                confidence: 0.9,
                tie_order: Vec::new(),
                wildcard: None,
                looks: None,
            },
            carry: None,
            withdrawals: None,
            contamination: None,
            corrections: None,
        }],
    }
}

/// Changes the only stage.
pub(crate) fn with(mut programme: Programme, change: impl FnOnce(&mut Stage)) -> Programme {
    change(&mut programme.stages[0]);
    programme
}

pub(crate) fn suites(weights: &[(&str, f64)]) -> Vec<SuiteWeight> {
    weights.iter().map(|(suite, weight)| SuiteWeight { suite: id(suite), weight: *weight }).collect()
}

pub(crate) fn anchors(zero: f64, full: f64) -> Anchors {
    Anchors { zero: Anchor::Value(zero), full: Anchor::Value(full) }
}

pub(crate) fn criterion(name: &str, weight: f64, rule: CriterionRule) -> Criterion {
    Criterion { id: id(name), title: title(name), weight, rule }
}

/// A benchmark over the suite `main` with points from 0 to 1.
pub(crate) fn bench(weight: f64) -> Criterion {
    let rule = CriterionRule::Benchmark { suites: suites(&[("main", 1.0)]), anchors: anchors(0.0, 1.0) };
    criterion("bench", weight, rule)
}

/// Marks from 1 to 5 on the questions `depth` (weight 3) and `clarity` (weight 1).
pub(crate) fn experts(weight: f64) -> Criterion {
    let item = |name: &str, weight| RubricItem { id: id(name), title: title(name), weight };
    let rule = CriterionRule::Marks {
        source: "marks.csv".to_owned(),
        minimum: 1.0,
        maximum: 5.0,
        items: vec![item("depth", 3.0), item("clarity", 1.0)],
        anchors: anchors(1.0, 5.0),
    };
    criterion("experts", weight, rule)
}

/// Votes against the reference `ref`.
pub(crate) fn public(weight: f64) -> Criterion {
    let rule = CriterionRule::Votes {
        source: "votes.csv".to_owned(),
        versus: id("ref"),
        anchors: anchors(0.0, 1.0),
        tests: None,
        contest: None,
    };
    criterion("public", weight, rule)
}

pub(crate) fn derived(weight: f64, verified_only: bool) -> Criterion {
    let rule = CriterionRule::Derivatives {
        source: "derivatives.csv".to_owned(),
        counts: vec![Relation::Finetune, Relation::Quantized],
        verified_only,
        anchors: anchors(0.0, 10.0),
    };
    criterion("derived", weight, rule)
}

pub(crate) fn gate(name: &str, not_shown: NotShown, rule: GateRule) -> Gate {
    Gate { id: id(name), title: title(name), rule, not_shown }
}

/// At least .95 of every reference on `main`, at .95.
pub(crate) fn bar(not_shown: NotShown, chance_corrected: bool) -> Gate {
    let rule = GateRule::NonInferiority {
        suites: suites(&[("main", 1.0)]),
        ratio: 0.95,
        confidence: 0.95,
        chance_corrected,
    };
    gate("bar", not_shown, rule)
}

pub(crate) fn people(not_shown: NotShown) -> Gate {
    gate("independence", not_shown, GateRule::Finding { source: "findings.csv".to_owned() })
}

/// A scored document that is its own cluster.
pub(crate) fn sample(candidate: &str, task: &str, document: u64, score: f64) -> Sample {
    Sample {
        stage: id("s1"),
        candidate: id(candidate),
        suite: id("main"),
        task: id(task),
        document,
        document_digest: Digest::of(format!("{task}/{document}").as_bytes()),
        cluster: document.to_string(),
        requests: Vec::new(),
        outcome: Outcome::Scored,
        score,
        guess: 0.0,
        metrics: BTreeMap::new(),
        answer: None,
        key: None,
    }
}

/// One sample a score, on documents 0, 1, 2 and so on of `task`.
pub(crate) fn samples(candidate: &str, task: &str, scores: &[f64]) -> Vec<Observation> {
    let numbered = (0..).zip(scores);
    numbered.map(|(document, score)| Observation::Sample(sample(candidate, task, document, *score))).collect()
}

/// `right` scores of 1, then 0 up to `all`.
pub(crate) fn right(right: usize, all: usize) -> Vec<f64> {
    (0..all).map(|document| if document < right { 1.0 } else { 0.0 }).collect()
}

/// Scores spread evenly, so that two candidates with different `right` differ on few documents only.
pub(crate) fn spread(right: usize, all: usize) -> Vec<f64> {
    (0..all).map(|n| if (n * 7919) % all < right { 1.0 } else { 0.0 }).collect()
}

pub(crate) fn mark(rater: &str, candidate: &str, item: &str, value: f64) -> Observation {
    Observation::Mark(Mark {
        stage: id("s1"),
        criterion: id("experts"),
        rater: id(rater),
        candidate: id(candidate),
        item: id(item),
        value,
    })
}

pub(crate) fn vote(number: u64, voter: &str, left: &str, right: &str, choice: VoteChoice) -> Observation {
    Observation::Vote(Vote {
        stage: id("s1"),
        criterion: id("public"),
        number,
        voter: id(voter),
        left: id(left),
        right: id(right),
        choice,
        prompt: None,
        shown_ms: None,
        voted_ms: None,
        characters: None,
        gold: None,
        category: None,
        language: None,
    })
}

pub(crate) fn finding(candidate: &str, outcome: GateOutcome, reason: &str) -> Observation {
    Observation::GateFinding(GateFinding {
        stage: id("s1"),
        gate: id("independence"),
        candidate: id(candidate),
        outcome,
        reason: reason.to_owned(),
        evidence: None,
    })
}

pub(crate) fn derivative(
    owner: &str,
    name: &str,
    relation: Relation,
    status: DerivativeStatus,
) -> Observation {
    Observation::Derivative(Derivative {
        stage: id("s1"),
        criterion: id("derived"),
        candidate: id("a"),
        owner: owner.to_owned(),
        name: name.to_owned(),
        relation,
        payload: None,
        status,
    })
}

pub(crate) fn try_decide(
    programme: &Programme,
    observations: &[Observation],
) -> Result<Verdict, DecideError> {
    let stage = &programme.stages[0];
    decide(&Rules { programme, stage, rules_digest: Digest::of(b"rules") }, observations)
}

pub(crate) fn verdict(programme: &Programme, observations: &[Observation]) -> Verdict {
    try_decide(programme, observations).unwrap()
}

pub(crate) fn decision(verdict: &Verdict, candidate: &str) -> CandidateDecision {
    verdict.outcomes.iter().find(|row| row.candidate.as_str() == candidate).unwrap().decision
}

pub(crate) fn gate_of<'a>(verdict: &'a Verdict, candidate: &str) -> &'a GateResult {
    verdict.gates.iter().find(|row| row.candidate.as_str() == candidate).unwrap()
}

pub(crate) fn points<'a>(verdict: &'a Verdict, criterion: &str, candidate: &str) -> &'a CriterionResult {
    let is =
        |row: &&CriterionResult| row.criterion.as_str() == criterion && row.candidate.as_str() == candidate;
    verdict.criteria.iter().find(is).unwrap()
}

pub(crate) fn near(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} is not {b} within {tolerance}");
}

pub(crate) fn tie_order(steps: &[TieStep]) -> Vec<TieStep> {
    steps.to_vec()
}

/// Numbers that look random, the same on every run (splitmix64).
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    /// Between 0 and 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bits = u32::try_from((z ^ (z >> 31)) >> 32).unwrap();
        (f64::from(bits) + 0.5) / 4_294_967_296.0
    }

    /// A whole number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "small"
        )]
        let place = (self.unit() * bound as f64) as usize;
        place.min(bound - 1)
    }

    /// Standard normal (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.unit(), self.unit());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    pub(crate) fn hit(&mut self, probability: f64) -> f64 {
        f64::from(u8::from(self.unit() < probability))
    }
}
