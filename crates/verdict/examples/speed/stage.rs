//! A whole stage: 5 candidates, 5 references, 20,000 documents, 100,000 votes, 20 raters, 10,000 joint draws.

use crate::cost::{Cost, Noise};
use daepyo_core::{Digest, Mark, Observation, Outcome, Programme, Sample, Vote};
use daepyo_verdict::{Rules, decide, simulate::votes::World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;

const CANDIDATES: [&str; 5] = ["garam", "narae", "dasom", "raon", "maru"];
const REFERENCES: [&str; 5] = ["ref-a", "ref-b", "ref-c", "ref-d", "ref-e"];
const TASKS: [&str; 4] = ["knowledge", "reasoning", "maths", "korean"];
const QUESTIONS: [&str; 4] = ["novelty", "depth", "plan", "use"];
const DOCUMENTS: u32 = 20_000;
const VOTES: u32 = 100_000;
const RATERS: u32 = 20;
const DRAWS: u32 = 10_000;

/// Decides a stage in which `cluster` documents hang together and each voter has `each` votes.
pub(crate) fn decide_whole(cluster: u32, each: u32) -> Value {
    let programme = programme();
    let mut observations = samples(cluster);
    observations.extend(votes(each));
    observations.extend(marks());
    let stage = programme.stages.first().unwrap();
    let rules = Rules { programme: &programme, stage, rules_digest: Digest::of(b"rules") };
    let cost = Cost::begin();
    let verdict = decide(&rules, &observations).unwrap();
    let mut value = cost.end(&Value::Null);
    let bytes = serde_json::to_vec(&verdict).unwrap();
    value["found"] = json!({
        "observations": observations.len(), "draws": verdict.draws, "threads": rayon::current_num_threads(),
        "digest": Digest::of(&bytes).to_string(), "status": verdict.status,
    });
    value
}

fn id<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// The programme as JSON, so that keys which it does without need no line here.
fn programme() -> Programme {
    let title = |name: &str| json!({ "ko": name, "en": name });
    let submission = |name: &str| {
        json!({
            "id": name, "model": format!("replay:{name}.jsonl"), "digest": Digest::of(name.as_bytes()),
            "licence": "Apache-2.0", "chat_template": false, "concurrency": 1, "deadline_s": 60,
        })
    };
    let candidate = |name: &&str| json!({ "submission": submission(name), "team": name });
    let reference = |name: &&str| json!({ "submission": submission(name), "released": "2026-05-01" });
    let team = |name: &&str| json!({ "id": name, "name": title(name) });
    let suite = json!({ "id": "main", "title": title("main"), "path": "main", "tasks": TASKS });
    serde_json::from_value(json!({
        "format": 1, "id": "speed", "version": 1, "dated": "2026-06-01", "title": title("speed"),
        "teams": CANDIDATES.iter().map(team).collect::<Vec<_>>(),
        "candidates": CANDIDATES.iter().map(candidate).collect::<Vec<_>>(),
        "references": REFERENCES.iter().map(reference).collect::<Vec<_>>(),
        "suites": [suite], "stages": [stage()],
    }))
    .unwrap()
}

fn stage() -> Value {
    let title = |name: &str| json!({ "ko": name, "en": name });
    let suites = json!([{ "suite": "main", "weight": 1.0 }]);
    let between = |zero: f64, full: f64| json!({ "zero": { "value": zero }, "full": { "value": full } });
    let criterion = |name: &str, weight: f64, rule: Value| json!({ "id": name, "title": title(name), "weight": weight, "rule": rule });
    let item = |name: &&str| json!({ "id": name, "title": title(name), "weight": 1.0 });
    let items: Vec<Value> = QUESTIONS.iter().map(item).collect();
    let bench = json!({
        "kind": "benchmark", "suites": suites, "anchors": { "zero": "chance", "full": { "reference": "ref-a" } },
    });
    let marks = json!({
        "kind": "marks", "source": "marks.csv", "minimum": 1.0, "maximum": 5.0, "items": items,
        "anchors": between(1.0, 5.0),
    });
    let votes =
        json!({ "kind": "votes", "source": "votes.csv", "versus": "ref-a", "anchors": between(0.0, 1.0) });
    let bar = json!({
        "kind": "non_inferiority", "suites": suites, "ratio": 0.8, "confidence": 0.95, "chance_corrected": true,
    });
    json!({
        "id": "s1", "title": title("first"), "opens": "2026-06-01", "closes": "2026-07-01", "objection_days": 10,
        "window": { "months": 6, "frozen": "2026-05-31" }, "seed": 20_260_601, "draws": DRAWS,
        "infrastructure_failure_limit": 0.02,
        "gates": [{ "id": "bar", "title": title("bar"), "rule": bar, "not_shown": "stay" }],
        "criteria": [
            criterion("bench", 40.0, bench), criterion("experts", 35.0, marks), criterion("public", 25.0, votes),
        ],
        "decision": { "advance": 2, "confidence": 0.9, "tie_order": ["advance_all"], "wildcard": null },
    })
}

/// Every document answered by all ten, with a difficulty that its cluster shares.
fn samples(cluster: u32) -> Vec<Observation> {
    let mut noise = Noise(3);
    let each = DOCUMENTS / u32::try_from(TASKS.len()).unwrap();
    let mut all = Vec::new();
    for task in TASKS {
        let mut shared = 0.0;
        for document in 0..each {
            if document % cluster.max(1) == 0 {
                shared = 0.3 * noise.unit() - 0.15;
            }
            let own = 0.2 * noise.unit() - 0.1;
            for (place, name) in (0_u32..).zip(CANDIDATES.iter().chain(&REFERENCES)) {
                let right = 0.62 + 0.008 * f64::from(place) + shared + own;
                all.push(Observation::Sample(Sample {
                    stage: id("s1"),
                    candidate: id(name),
                    suite: id("main"),
                    task: id(task),
                    document: document.into(),
                    document_digest: Digest::of(format!("{task}/{document}").as_bytes()),
                    cluster: format!("p{}", document / cluster.max(1)),
                    requests: Vec::new(),
                    outcome: Outcome::Scored,
                    score: f64::from(u8::from(noise.unit() < right)),
                    guess: 0.25,
                    metrics: BTreeMap::new(),
                    answer: None,
                    key: None,
                }));
            }
        }
    }
    all
}

/// Votes on the candidates and the reference that they are held against.
fn votes(each: u32) -> impl Iterator<Item = Observation> {
    let world = World { both_bad: 0.03, ..World::even(6, 0.6, 0.5) };
    let voters = usize::try_from(VOTES / each.max(1)).unwrap();
    let ballots = world.votes(&vec![each; voters], 4);
    let name = |model: u16| -> &str {
        CANDIDATES.get(usize::from(model)).or(REFERENCES.first()).copied().unwrap_or_default()
    };
    let blank: Vote = serde_json::from_value(json!({
        "stage": "s1", "criterion": "public", "number": 0, "voter": "v", "left": "garam", "right": "narae",
        "choice": "left", "prompt": null,
    }))
    .unwrap();
    (0_u64..).zip(ballots).map(move |(number, ballot)| {
        Observation::Vote(Vote {
            number,
            voter: id(&format!("v{:06}", ballot.voter)),
            left: id(name(ballot.left)),
            right: id(name(ballot.right)),
            choice: ballot.choice,
            ..blank.clone()
        })
    })
}

/// Every rater marks every candidate on every question.
fn marks() -> Vec<Observation> {
    let mut noise = Noise(5);
    let mut all = Vec::new();
    for rater in 0..RATERS {
        let severity = noise.unit();
        for (place, candidate) in (0_u32..).zip(CANDIDATES) {
            for question in QUESTIONS {
                let value = 1.5 + severity + 0.1 * f64::from(place) + 2.0 * noise.unit();
                all.push(Observation::Mark(Mark {
                    stage: id("s1"),
                    criterion: id("experts"),
                    rater: id(&format!("r{rater:02}")),
                    candidate: id(candidate),
                    item: id(question),
                    value: value.round().clamp(1.0, 5.0),
                }));
            }
        }
    }
    all
}
