//! Made-up observations of the made-up stage, its verdict and its analysis.
#![expect(clippy::unwrap_used, reason = "made-up data for tests and the example")]

use crate::made_up::{self, MadeUp};
use daepyo_core::{
    ContaminationFlag, Derivative, DerivativeStatus, Digest, GateFinding, GateOutcome, Mark, Observation,
    Outcome, Relation, Sample, Vote, VoteChoice,
};
use daepyo_verdict::{
    Rules,
    analysis::{Analysis, analyse},
    decide,
};
use std::{collections::BTreeMap, str::FromStr};

/// How able each candidate and reference is: the chance of a right answer.
const ABLE: [(&str, f64); 7] = [
    ("garam", 0.82),
    ("narae", 0.74),
    ("daon", 0.68),
    ("raon", 0.66),
    ("maru", 0.45),
    ("atlas-70b", 0.72),
    ("meridian-2", 0.66),
];
const CANDIDATES: usize = 5;

/// Numbers that look random, the same on every run (splitmix64).
struct Noise(u64);

impl Noise {
    /// Between 0 and 1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bits = u32::try_from((z ^ (z >> 31)) >> 32).unwrap();
        (f64::from(bits) + 0.5) / 4_294_967_296.0
    }
}

fn id<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// The made-up stage with a verdict and an analysis of made-up observations.
pub(crate) fn analysed() -> (MadeUp, Analysis) {
    let mut made = made_up::decided();
    made.programme.stages.first_mut().unwrap().draws = 400;
    let mut noise = Noise(7);
    let mut all = samples(&mut noise);
    all.extend(marks(&mut noise));
    all.extend(votes(&mut noise));
    all.extend(rest());
    let rules_digest = Digest::of(made_up::RULES.as_bytes());
    let rules = Rules { programme: &made.programme, stage: made.stage(), rules_digest };
    let verdict = decide(&rules, &all).unwrap();
    let analysis = analyse(&rules, &all, None).unwrap();
    made.verdict = verdict;
    made.samples = Vec::new();
    (made, analysis)
}

/// 60 documents a suite in clusters of three; the second of each is beyond everybody, the third upside down; all are safe.
fn samples(noise: &mut Noise) -> Vec<Observation> {
    let mut all = Vec::new();
    for suite in ["ko-knowledge", "ko-reasoning", "ko-safety"] {
        for (name, able) in ABLE {
            for document in 0..60_u64 {
                let chance = match document {
                    _ if suite == "ko-safety" => 0.97,
                    1 => 0.0,
                    2 => f64::from(u8::from(able < 0.7)),
                    _ => able,
                };
                let right = noise.unit() < chance;
                all.push(Observation::Sample(Sample {
                    stage: id("first"),
                    candidate: id(name),
                    suite: id(suite),
                    task: id(suite),
                    document,
                    document_digest: Digest::of(format!("{suite}/{document}").as_bytes()),
                    cluster: format!("passage {}", document / 3),
                    requests: Vec::new(),
                    outcome: Outcome::Scored,
                    score: f64::from(u8::from(right)),
                    guess: 0.25,
                    metrics: BTreeMap::new(),
                    answer: None,
                    key: None,
                }));
            }
        }
    }
    for (document, candidate) in [(4, Some("garam")), (5, Some("garam")), (8, Some("garam")), (20, None)] {
        all.push(Observation::Contamination(ContaminationFlag {
            stage: id("first"),
            suite: id("ko-knowledge"),
            task: id("ko-knowledge"),
            document,
            candidate: candidate.map(id),
            source: "search of the training data".to_owned(),
            reason: "thirteen words in a row".to_owned(),
            evidence: None,
        }));
    }
    all
}

/// Four raters of different severity, whole marks from 1 to 5.
fn marks(noise: &mut Noise) -> Vec<Observation> {
    let mut all = Vec::new();
    for (rater, lenient) in [("kim", 0.6), ("lee", 0.0), ("park", -0.7), ("choi", 0.1)] {
        for (name, able) in ABLE.iter().take(CANDIDATES) {
            for item in ["technology", "impact"] {
                let value = 1.0 + 4.0 * able + lenient + 1.6 * (noise.unit() - 0.5);
                all.push(Observation::Mark(Mark {
                    stage: id("first"),
                    criterion: id("experts"),
                    rater: id(rater),
                    candidate: id(name),
                    item: id(item),
                    value: value.round().clamp(1.0, 5.0),
                }));
            }
        }
    }
    all
}

/// 20 voters who look at everything, and one who always takes the left side.
fn votes(noise: &mut Noise) -> Vec<Observation> {
    let entrants = || ABLE.iter().filter(|(name, _)| *name != "atlas-70b");
    let mut all = Vec::new();
    let mut number = 0;
    let mut add = |voter: &str, left: &str, right: &str, choice| {
        number += 1;
        let category = match number * number % 7 % 3 {
            0 => "coding",
            1 => "writing",
            _ => "law",
        };
        all.push(Observation::Vote(Vote {
            stage: id("first"),
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
            category: Some(category.to_owned()),
            language: None,
        }));
    };
    for voter in 0..21 {
        let pair = |left| entrants().map(move |right| (left, right)).filter(|(left, right)| left != right);
        let mut pairs: Vec<_> = entrants().flat_map(pair).collect();
        pairs.sort_by_cached_key(|_| noise.unit().to_bits());
        for ((left, left_able), (right, right_able)) in pairs {
            let ahead = noise.unit() < 0.5 + (left_able - right_able);
            let choice = if ahead || voter == 20 { VoteChoice::Left } else { VoteChoice::Right };
            for _ in 0..if voter == 20 { 3 } else { 1 } {
                add(&format!("voter-{voter}"), left, right, choice);
            }
        }
    }
    all
}

/// Everybody is found independent; everybody has a few derivatives.
fn rest() -> Vec<Observation> {
    let mut all = Vec::new();
    for (name, able) in ABLE.iter().take(CANDIDATES) {
        all.push(Observation::GateFinding(GateFinding {
            stage: id("first"),
            gate: id("independence"),
            candidate: id(name),
            outcome: GateOutcome::Passed,
            reason: "seen".to_owned(),
            evidence: None,
        }));
        for owner in 0..=u32::from(*able > 0.6) * 3 {
            all.push(Observation::Derivative(Derivative {
                stage: id("first"),
                criterion: id("derivatives"),
                candidate: id(name),
                owner: format!("owner-{owner}"),
                name: format!("{name}-{owner}"),
                relation: Relation::Finetune,
                payload: None,
                status: DerivativeStatus::Verified,
            }));
        }
    }
    all
}
