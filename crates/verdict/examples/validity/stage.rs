//! Small programmes and observations of simulated worlds, as a sealed programme would have them.

use daepyo_core::{
    Anchor, Anchors, Candidate, Criterion, CriterionRule, Decision, Digest, Gate, GateRule, Localized, Looks,
    Mark, NotShown, Observation, Outcome, Programme, Reference, RubricItem, Sample, Stage, Submission, Suite,
    SuiteWeight, Team, Vote, VoteChoice, Window,
};
use daepyo_verdict::Rules;
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

/// How a stage decides.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) gates: Vec<Gate>,
    pub(crate) criteria: Vec<Criterion>,
    pub(crate) advance: u32,
    pub(crate) confidence: f64,
    pub(crate) looks: Option<Looks>,
    pub(crate) draws: u32,
}

/// A programme with one stage `s` under `terms`.
pub(crate) fn programme(candidates: &[String], references: &[String], terms: &Terms) -> Programme {
    let stage = Stage {
        id: id("s"),
        title: title("stage"),
        opens: id("2026-06-01"),
        closes: id("2026-07-01"),
        objection_days: 10,
        window: Window { months: 6, frozen: id("2026-05-31") },
        seed: 0,
        draws: terms.draws,
        infrastructure_failure_limit: 0.02,
        gates: terms.gates.clone(),
        criteria: terms.criteria.clone(),
        decision: Decision {
            advance: terms.advance,
            confidence: terms.confidence,
            tie_order: Vec::new(),
            wildcard: None,
            looks: terms.looks.clone(),
        },
        carry: None,
        withdrawals: None,
        contamination: None,
        corrections: None,
    };
    let reference = |name: &String| Reference { submission: submission(name), released: id("2026-05-01") };
    Programme {
        format: 1,
        id: id("simulated"),
        version: 1,
        dated: id("2026-06-01"),
        title: title("simulated"),
        notes: Vec::new(),
        teams: candidates.iter().map(|name| Team { id: id(name), name: title(name) }).collect(),
        candidates: candidates
            .iter()
            .map(|name| Candidate { submission: submission(name), team: id(name) })
            .collect(),
        references: references.iter().map(reference).collect(),
        suites: vec![Suite {
            id: id("main"),
            title: title("main"),
            path: "main".to_owned(),
            tasks: vec![id("task")],
            limit: None,
            num_fewshot: None,
            reveal: None,
        }],
        stages: vec![stage],
    }
}

/// The rules of a programme's only stage.
pub(crate) fn rules(programme: &Programme) -> Rules<'_> {
    Rules { programme, stage: &programme.stages[0], rules_digest: Digest::of(b"simulated") }
}

fn suites() -> Vec<SuiteWeight> {
    vec![SuiteWeight { suite: id("main"), weight: 1.0 }]
}

/// At least `ratio` of every reference at .95.
pub(crate) fn bar(ratio: f64, chance_corrected: bool) -> Gate {
    let rule = GateRule::NonInferiority { suites: suites(), ratio, confidence: 0.95, chance_corrected };
    Gate { id: id("bar"), title: title("bar"), rule, not_shown: NotShown::Stay }
}

fn criterion(name: &str, weight: f64, rule: CriterionRule) -> Criterion {
    Criterion { id: id(name), title: title(name), weight, rule }
}

fn anchors(zero: f64, full: f64) -> Anchors {
    Anchors { zero: Anchor::Value(zero), full: Anchor::Value(full) }
}

/// A benchmark from 0 to 1.
pub(crate) fn benchmark(weight: f64) -> Criterion {
    criterion("bench", weight, CriterionRule::Benchmark { suites: suites(), anchors: anchors(0.0, 1.0) })
}

/// Marks from 1 to 5 on two questions.
pub(crate) fn experts(weight: f64) -> Criterion {
    let item = |name: &str| RubricItem { id: id(name), title: title(name), weight: 1.0 };
    let rule = CriterionRule::Marks {
        source: "marks.csv".to_owned(),
        minimum: 1.0,
        maximum: 5.0,
        items: ["q0", "q1"].iter().map(|name| item(name)).collect(),
        anchors: anchors(1.0, 5.0),
    };
    criterion("experts", weight, rule)
}

/// Votes against the reference `ref`.
pub(crate) fn public(weight: f64) -> Criterion {
    let rule = CriterionRule::Votes {
        source: "votes.csv".to_owned(),
        versus: id("ref"),
        tests: None,
        contest: None,
        anchors: anchors(0.0, 1.0),
    };
    criterion("public", weight, rule)
}

/// Samples of everybody, without scores: entrant after entrant, documents in the order of `clusters`.
pub(crate) fn samples(names: &[&str], clusters: &[usize], guess: f64) -> Vec<Observation> {
    let mut all = Vec::with_capacity(names.len() * clusters.len());
    for name in names {
        for (document, cluster) in (0_u64..).zip(clusters) {
            all.push(Observation::Sample(Sample {
                stage: id("s"),
                candidate: id(name),
                suite: id("main"),
                task: id("task"),
                document,
                document_digest: Digest::of(&document.to_le_bytes()),
                cluster: format!("{cluster:05}"),
                requests: Vec::new(),
                outcome: Outcome::Scored,
                score: 0.0,
                guess,
                metrics: BTreeMap::new(),
                answer: None,
                key: None,
            }));
        }
    }
    all
}

/// Puts answers into [`samples`], in their order.
pub(crate) fn fill(samples: &mut [Observation], answers: &[Vec<bool>]) {
    for (observation, right) in samples.iter_mut().zip(answers.iter().flatten()) {
        if let Observation::Sample(sample) = observation {
            sample.score = f64::from(u8::from(*right));
        }
    }
}

pub(crate) fn mark(rater: u32, candidate: &str, item: &str, value: f64) -> Observation {
    Observation::Mark(Mark {
        stage: id("s"),
        criterion: id("experts"),
        rater: id(&format!("r{rater}")),
        candidate: id(candidate),
        item: id(item),
        value,
    })
}

pub(crate) fn vote(number: u64, voter: u32, left: &str, right: &str, choice: VoteChoice) -> Observation {
    Observation::Vote(Vote {
        stage: id("s"),
        criterion: id("public"),
        number,
        voter: id(&format!("v{voter}")),
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
