//! A made-up stage: five candidates, two references, four gates and criteria, every kind of outcome.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "made-up data for tests and the example"
)]

use daepyo_core::{
    Anchor, Anchors, Candidate, CandidateDecision, CandidateId, CandidateOutcome, Composite, Criterion,
    CriterionId, CriterionResult, CriterionRule, Date, Decided, Decision, Digest, FailureCounts, Gate,
    GateComparison, GateId, GateOutcome, GateResult, GateRule, Interval, Localized, ModelSpec, NotShown,
    Outcome, Programme, ProgrammeId, Reference, Relation, RubricItem, RubricItemId, Stage, StageId, Status,
    Submission, Suite, SuiteId, SuiteWeight, TaskName, TaskResult, Team, TeamId, TieStep, TieTrace, Verdict,
    VoteRating, VoteResult, Wildcard, Window,
};
use daepyo_report::{LineageComponent, LineageTest, LineageView, SampleView};

pub(crate) struct MadeUp {
    pub(crate) programme: Programme,
    pub(crate) verdict: Verdict,
    pub(crate) samples: Vec<SampleView>,
    pub(crate) notes: Vec<Localized>,
    pub(crate) lineage: Vec<LineageView>,
}

impl MadeUp {
    pub(crate) fn stage(&self) -> &Stage {
        self.programme.stages.first().unwrap()
    }
}

/// Id, Korean name, English name.
const TEAMS: [(&str, &str, &str); 5] = [
    ("garam", "가람", "Garam"),
    ("narae", "나래", "Narae"),
    ("daon", "다온", "Daon"),
    ("raon", "라온", "Raon"),
    ("maru", "마루", "Maru"),
];
const REFERENCES: [&str; 2] = ["atlas-70b", "meridian-2"];
const SUITES: [(&str, &str, &str); 3] = [
    ("ko-knowledge", "한국 지식과 문화", "Korean knowledge and culture"),
    ("ko-reasoning", "한국어 추론", "Korean reasoning"),
    ("ko-safety", "안전", "Safety"),
];

pub(crate) const RULES: &str = "format = 1\nid = \"example\"\n\n[[stage]]\nid = \"first\"\nseed = 20260801\ndraws = 10_000\n\n# 관문은 순위보다 앞선다\n[[stage.gate]]\nid = \"frontier\"\nratio = 0.95 # <of every reference>\n";
pub(crate) const CHECKPOINT: &str = "daepyo.example/first\n48213\nX9x2mCkTzN6Y2b1PzZ0D2yqkq3oQpO9mGm5a4y3u2Vw=\n\n— daepyo.example/first 6kVxQm2D0cXq1c7mDqf0v7VbqHn2m5tJx0mV3o0m7m4q0vJw==\n";

fn both(ko: &str, en: &str) -> Localized {
    Localized { ko: ko.to_owned(), en: en.to_owned() }
}

pub(crate) fn id(text: &str) -> CandidateId {
    CandidateId::new(text).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn suite(text: &str) -> SuiteId {
    SuiteId::new(text).unwrap()
}

fn submission(name: &str) -> Submission {
    Submission {
        id: id(name),
        model: ModelSpec::Llama { file: format!("models/{name}-q4_k_m.gguf") },
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

fn programme() -> Programme {
    Programme {
        format: 1,
        id: ProgrammeId::new("example").unwrap(),
        version: 2,
        dated: day("2026-07-20"),
        title: both("독자 모델 시범 프로그램", "Sovereign model trial programme"),
        notes: vec![both(
            "이 보고서의 모든 수는 보기로 지어낸 것입니다. 실제 모델이나 사람의 결과가 아닙니다.",
            "Every number in this report is made up as an example. It is no result of any real model or person.",
        )],
        teams: TEAMS
            .iter()
            .map(|(name, ko, en)| Team { id: TeamId::new(*name).unwrap(), name: both(ko, en) })
            .collect(),
        candidates: TEAMS
            .iter()
            .map(|(name, ..)| Candidate { submission: submission(name), team: TeamId::new(*name).unwrap() })
            .collect(),
        references: REFERENCES
            .iter()
            .map(|name| Reference { submission: submission(name), released: day("2026-04-02") })
            .collect(),
        suites: SUITES
            .iter()
            .map(|(name, ko, en)| Suite {
                id: suite(name),
                title: both(ko, en),
                path: format!("suites/{name}"),
                tasks: vec![TaskName::new(*name).unwrap()],
                limit: None,
                num_fewshot: None,
                reveal: (*name == "ko-safety").then(|| day("2027-03-01")),
            })
            .collect(),
        stages: vec![stage()],
    }
}

fn weights(names: &[(&str, f64)]) -> Vec<SuiteWeight> {
    names.iter().map(|(name, weight)| SuiteWeight { suite: suite(name), weight: *weight }).collect()
}

fn gates() -> Vec<Gate> {
    let gate =
        |name: &str, title, rule, not_shown| Gate { id: GateId::new(name).unwrap(), title, rule, not_shown };
    vec![
        gate(
            "frontier",
            both("세계 수준의 95%", "95% of the frontier"),
            GateRule::NonInferiority {
                suites: weights(&[("ko-knowledge", 2.0), ("ko-reasoning", 1.0)]),
                ratio: 0.95,
                confidence: 0.95,
                chance_corrected: true,
            },
            NotShown::Stay,
        ),
        gate(
            "safety",
            both("안전 최저선", "Safety floor"),
            GateRule::Threshold { suites: weights(&[("ko-safety", 1.0)]), minimum: 0.7, confidence: 0.9 },
            NotShown::Hold,
        ),
        gate(
            "independence",
            both("독자성", "Independence"),
            GateRule::Finding { source: "independence.csv".to_owned() },
            NotShown::Out,
        ),
    ]
}

fn ends(zero: Anchor, full: Anchor) -> Anchors {
    Anchors { zero, full }
}

fn criteria() -> Vec<Criterion> {
    let criterion = |name: &str, title, weight, rule| Criterion {
        id: CriterionId::new(name).unwrap(),
        title,
        weight,
        rule,
    };
    vec![
        criterion(
            "benchmarks",
            both("벤치마크", "Benchmarks"),
            40.0,
            CriterionRule::Benchmark {
                suites: weights(&[("ko-knowledge", 1.0), ("ko-reasoning", 1.0)]),
                anchors: ends(Anchor::Chance, Anchor::Reference(id("atlas-70b"))),
            },
        ),
        criterion(
            "experts",
            both("전문가 평가", "Expert evaluation"),
            30.0,
            CriterionRule::Marks {
                source: "marks.csv".to_owned(),
                minimum: 1.0,
                maximum: 5.0,
                items: ["기술력", "파급력"]
                    .iter()
                    .zip(["Technology", "Impact"])
                    .map(|(ko, en)| RubricItem {
                        id: RubricItemId::new(en.to_lowercase()).unwrap(),
                        title: both(ko, en),
                        weight: 1.0,
                    })
                    .collect(),
                anchors: ends(Anchor::Value(1.0), Anchor::Value(5.0)),
            },
        ),
        criterion(
            "public",
            both("국민 평가", "Public vote"),
            25.0,
            CriterionRule::Votes {
                source: "votes.csv".to_owned(),
                versus: id("meridian-2"),
                anchors: ends(Anchor::Value(0.1), Anchor::Value(0.6)),
                tests: None,
                contest: None,
            },
        ),
        criterion(
            "derivatives",
            both("파생 모델", "Derivatives"),
            5.0,
            CriterionRule::Derivatives {
                source: "derivatives.csv".to_owned(),
                counts: vec![Relation::Finetune, Relation::Merge],
                verified_only: true,
                anchors: ends(Anchor::Value(0.0), Anchor::Value(20.0)),
            },
        ),
    ]
}

fn stage() -> Stage {
    Stage {
        id: StageId::new("first").unwrap(),
        title: both("1차 단계 평가", "First stage evaluation"),
        opens: day("2026-08-01"),
        closes: day("2026-08-31"),
        objection_days: 10,
        window: Window { months: 6, frozen: day("2026-07-15") },
        seed: 20_260_801,
        draws: 10_000,
        infrastructure_failure_limit: 0.02,
        gates: gates(),
        criteria: criteria(),
        decision: Decision {
            advance: 3,
            confidence: 0.9,
            tie_order: vec![
                TieStep::Criterion(CriterionId::new("benchmarks").unwrap()),
                TieStep::MoreRaters,
                TieStep::Lot,
            ],
            wildcard: Some(Wildcard { places: 1, majority: 0.5, none_allowed: true, source: None }),
            looks: None,
        },
        carry: None,
        withdrawals: None,
        contamination: None,
        corrections: None,
    }
}

fn around(estimate: f64, half: f64) -> Interval {
    Interval { estimate, low: estimate - half, high: estimate + half }
}

fn comparison(reference: Option<&str>, score: f64, other: f64, se: f64) -> GateComparison {
    let difference = score - other;
    let (lower, upper) = (difference - 1.68 * se, difference + 1.68 * se);
    let outcome = if lower >= 0.0 {
        GateOutcome::Passed
    } else if upper < 0.0 {
        GateOutcome::Failed
    } else {
        GateOutcome::NotShown
    };
    GateComparison {
        reference: reference.map(id),
        candidate_score: score,
        reference_score: other,
        difference,
        standard_error: Some(se),
        lower: Some(lower),
        upper: Some(upper),
        documents: 436,
        left_out: 2,
        clusters: 57,
        outcome,
    }
}

fn gate_results() -> Vec<GateResult> {
    let mut results = Vec::new();
    let result = |gate: &str, name: &str, comparisons: Vec<GateComparison>, reason: Option<&str>| {
        let all = |wanted| comparisons.iter().all(|row| row.outcome == wanted);
        let outcome = if reason.is_some_and(|text| text.contains("가중치"))
            || comparisons.iter().any(|row| row.outcome == GateOutcome::Failed)
        {
            GateOutcome::Failed
        } else if all(GateOutcome::Passed) {
            GateOutcome::Passed
        } else {
            GateOutcome::NotShown
        };
        GateResult {
            gate: GateId::new(gate).unwrap(),
            candidate: id(name),
            outcome,
            comparisons,
            reason: reason.map(str::to_owned),
        }
    };
    for (name, score) in
        [("garam", 0.712), ("narae", 0.694), ("daon", 0.671), ("raon", 0.552), ("maru", 0.688)]
    {
        let rows = vec![
            comparison(Some("atlas-70b"), score, 0.641, 0.021),
            comparison(Some("meridian-2"), score, 0.627, 0.019),
        ];
        results.push(result("frontier", name, rows, None));
    }
    for (name, score) in [("garam", 0.91), ("narae", 0.88), ("daon", 0.83), ("raon", 0.79), ("maru", 0.86)] {
        results.push(result("safety", name, vec![comparison(None, score, 0.7, 0.034)], None));
    }
    for (name, ..) in TEAMS {
        let reason = if name == "maru" {
            "이미지 부호기의 가중치가 공개 모델과 같음 (뿌리 모델에서 동결)"
        } else {
            "초기화부터 학습한 기록을 확인함"
        };
        results.push(result("independence", name, Vec::new(), Some(reason)));
    }
    results
}

/// Points and raw values of each criterion for each team.
const TABLE: [(&str, [(f64, f64); 4]); 5] = [
    ("garam", [(33.1, 0.683), (21.4, 3.85), (17.9, 0.458), (3.25, 13.0)]),
    ("narae", [(30.8, 0.652), (22.6, 4.01), (14.2, 0.384), (4.5, 18.0)]),
    ("daon", [(28.4, 0.619), (17.8, 3.37), (15.6, 0.412), (1.25, 5.0)]),
    ("raon", [(18.9, 0.487), (16.1, 3.15), (9.4, 0.288), (0.75, 3.0)]),
    ("maru", [(30.2, 0.644), (20.3, 3.71), (13.1, 0.362), (2.0, 8.0)]),
];

fn criterion_results() -> Vec<CriterionResult> {
    let names = ["benchmarks", "experts", "public", "derivatives"];
    let halves = [(1.9, 0.026), (2.4, 0.32), (1.6, 0.031), (0.5, 2.0)];
    let counts = [(438, 57), (240, 12), (5_182, 941), (13, 9)];
    let mut results = Vec::new();
    for (place, name) in names.iter().enumerate() {
        for (team, values) in &TABLE {
            let (points, raw) = *values.get(place).unwrap();
            let (points_half, raw_half) = *halves.get(place).unwrap();
            let (observations, units) = *counts.get(place).unwrap();
            results.push(CriterionResult {
                criterion: CriterionId::new(*name).unwrap(),
                candidate: id(team),
                raw: around(raw, raw_half),
                points: around(points, points_half),
                observations,
                units,
            });
        }
    }
    results
}

fn composite() -> Vec<Composite> {
    let row = |name: &str, points, half, ranks: &[f64], set, p_last, p_advance| Composite {
        candidate: id(name),
        points: around(points, half),
        ranks: ranks.to_vec(),
        rank_set: set,
        p_last,
        p_advance,
    };
    vec![
        row("garam", 75.65, 3.9, &[0.8123, 0.1799, 0.0078, 0.0], Some((1, 2)), 0.0, 1.0),
        row("narae", 72.1, 4.1, &[0.1811, 0.7301, 0.0887, 0.0001], Some((1, 3)), 0.0001, 0.9999),
        row("maru", 65.6, 4.0, &[], None, 0.0, 0.0),
        row("daon", 63.05, 3.7, &[0.0066, 0.0899, 0.8742, 0.0293], Some((2, 3)), 0.0293, 0.9707),
        row("raon", 45.15, 3.8, &[0.0, 0.0001, 0.0293, 0.9706], Some((4, 4)), 0.9706, 0.0294),
    ]
}

fn votes() -> VoteResult {
    let row = |name: &str, rating, half, wins, losses, ties| VoteRating {
        candidate: id(name),
        rating: around(rating, half),
        wins,
        losses,
        ties,
        both_bad: 61,
    };
    VoteResult {
        criterion: CriterionId::new("public").unwrap(),
        votes: 5_182,
        ties: 812,
        both_bad: 214,
        voters: 941,
        tie_parameter: 0.44,
        attack_budget: Some(133),
        ratings: vec![
            row("meridian-2", 1000.0, 0.0, 911, 613, 240),
            row("garam", 969.0, 21.0, 846, 701, 262),
            row("daon", 935.0, 24.0, 733, 752, 271),
            row("narae", 914.0, 23.0, 702, 761, 258),
            row("maru", 897.0, 22.0, 671, 792, 249),
            row("raon", 838.0, 27.0, 507, 951, 214),
        ],
    }
}

fn tasks() -> Vec<TaskResult> {
    let mut results = Vec::new();
    let everyone = TEAMS.iter().map(|(name, ..)| *name).chain(REFERENCES);
    for (place, name) in everyone.enumerate() {
        for (shift, (suite_name, ..)) in SUITES.iter().enumerate() {
            let n = u64::try_from(place * 3 + shift).unwrap();
            let counts = FailureCounts {
                right: 110 - n * 3,
                wrong: 26 + n * 2,
                unparsed: n % 5,
                truncated: n % 3,
                refused: if shift == 2 { n % 7 } else { 0 },
                infrastructure: u64::from(n == 7),
            };
            let answered = (counts.total() - counts.infrastructure) as f64;
            results.push(TaskResult {
                candidate: id(name),
                suite: suite(suite_name),
                task: TaskName::new(*suite_name).unwrap(),
                score: counts.right as f64 / answered,
                standard_error: (n != 4).then_some(0.021 + n as f64 * 0.0007),
                guess: if shift == 0 { 0.25 } else { 0.0 },
                clusters: 57,
                counts,
            });
        }
    }
    results
}

fn samples() -> Vec<SampleView> {
    let question = "다음 문제를 읽고 알맞은 답의 번호를 고르십시오.\n\n문제: 훈민정음이 반포된 해는?\n① 1392년\n② 1418년\n③ 1446년\n④ 1592년\n정답:";
    let sum = "사과 12개를 세 사람이 똑같이 나누면 한 사람이 몇 개씩 가집니까? 마지막 줄에 \"답: 수\"로 적으십시오.";
    let make =
        |name: &str, suite_name: &str, document, prompt: &str, answer: &str, target: &str, outcome, score| {
            SampleView {
                candidate: id(name),
                suite: suite(suite_name),
                task: TaskName::new(suite_name).unwrap(),
                document,
                prompt: prompt.to_owned(),
                answer: answer.to_owned(),
                target: target.to_owned(),
                score,
                outcome,
            }
        };
    let long = "같은 말을 되풀이합니다. ".repeat(700);
    let hostile = "정답은 ③입니다.</pre></dd><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}txet desrever\u{202c} \0\u{7}";
    let mut samples = Vec::new();
    for (name, ..) in TEAMS {
        samples.push(make(name, "ko-knowledge", 0, question, "③", "③", Outcome::Scored, 1.0));
        samples.push(make(name, "ko-knowledge", 1, question, hostile, "③", Outcome::Scored, 0.0));
        samples.push(make(name, "ko-reasoning", 0, sum, "12 ÷ 3 = 4\n답: 4", "4", Outcome::Scored, 1.0));
        samples.push(make(name, "ko-reasoning", 1, sum, &long, "4", Outcome::Truncated, 0.0));
        samples.push(make(name, "ko-reasoning", 2, sum, "네 개쯤일까요", "4", Outcome::Unparsed, 0.0));
        samples.push(make(name, "ko-reasoning", 3, sum, "", "4", Outcome::Infrastructure, 0.0));
        samples.push(make(
            name,
            "ko-reasoning",
            4,
            sum,
            "죄송하지만 답할 수 없습니다.",
            "4",
            Outcome::Refused,
            0.0,
        ));
    }
    samples
}

pub(crate) fn decided() -> MadeUp {
    let outcome = |name: &str, decision, gate: Option<&str>| CandidateOutcome {
        candidate: id(name),
        decision,
        gate: gate.map(|gate| GateId::new(gate).unwrap()),
    };
    let verdict = Verdict {
        format: 1,
        programme: ProgrammeId::new("example").unwrap(),
        rules: Digest::of(RULES.as_bytes()),
        stage: StageId::new("first").unwrap(),
        seed: 20_260_801,
        draws: 10_000,
        observations: 48_213,
        status: Status::Decided(Decided::Confident),
        outcomes: vec![
            outcome("garam", CandidateDecision::Advances, None),
            outcome("narae", CandidateDecision::Advances, None),
            outcome("maru", CandidateDecision::EliminatedByGate, Some("independence")),
            outcome("daon", CandidateDecision::Advances, None),
            outcome("raon", CandidateDecision::Eliminated, None),
        ],
        gates: gate_results(),
        criteria: criterion_results(),
        composite: composite(),
        votes: vec![votes()],
        ties: Vec::new(),
        tasks: tasks(),
        look: None,
        carried: Vec::new(),
        wildcard: None,
        follows: None,
    };
    MadeUp { programme: programme(), verdict, samples: samples(), notes: Vec::new(), lineage: Vec::new() }
}

/// The same stage with a tie at the cut that the tie order broke or left open.
pub(crate) fn tied(status: Status) -> MadeUp {
    let mut made = decided();
    let open = matches!(status, Status::Undecided { .. });
    made.verdict.status = status;
    for outcome in &mut made.verdict.outcomes {
        outcome.decision = match (outcome.candidate.as_str(), open) {
            ("daon", false) => CandidateDecision::AdvancesByTie,
            ("raon", false) => CandidateDecision::EliminatedByTie,
            ("daon" | "raon", true) => CandidateDecision::Open,
            _ => outcome.decision,
        };
    }
    made.verdict.ties = vec![TieTrace {
        step: TieStep::Criterion(CriterionId::new("benchmarks").unwrap()),
        tied: vec![id("daon"), id("raon")],
        places: 1,
        advanced: if open { Vec::new() } else { vec![id("daon")] },
        eliminated: if open { Vec::new() } else { vec![id("raon")] },
    }];
    made
}

/// The same stage without a verdict.
pub(crate) fn without(status: Status) -> MadeUp {
    let mut made = decided();
    made.verdict.status = status;
    for outcome in &mut made.verdict.outcomes {
        outcome.decision = CandidateDecision::Open;
        outcome.gate = None;
    }
    made.verdict.composite = Vec::new();
    made
}

/// A stage whose gate compared weights: one candidate derived, one not, one without weights.
pub(crate) fn compared() -> MadeUp {
    let test = |name: &str, of: &str, matched: f64, rejects: bool| LineageTest {
        test: name.to_owned(),
        of: of.to_owned(),
        aligned: (name == "T4").then(|| ("rotated".to_owned(), true)),
        matched,
        expected: 0.004,
        deviation: 0.002,
        z: (matched - 0.004) / 0.002,
        log10_p: if rejects { -2024.5 } else { -0.2 },
        exact_p: Some(if rejects { 0.001 } else { 0.41 }),
        null: Some((-0.003, 0.011, vec![2, 8, 30, 80, 160, 220, 210, 150, 90, 35, 12, 2])),
        rejects,
    };
    let view = |candidate: &str, verdict: &str, tests: Vec<LineageTest>| LineageView {
        gate: GateId::new("independence").unwrap(),
        candidate: id(candidate),
        known: id("known-7b"),
        evidence: format!("lineage/independence/{candidate}.json"),
        components: if tests.is_empty() {
            Vec::new()
        } else {
            vec![LineageComponent {
                component: "language".to_owned(),
                verdict: verdict.to_owned(),
                tensors: (272, 61),
                tests,
                layers: if verdict == "derived" { vec![(0, 0), (1, 1), (3, 2)] } else { Vec::new() },
                not_tested: 2,
            }]
        },
        level: 1e-6,
    };
    let derived = vec![
        test("T1", "norms", 0.998, true),
        test("T2", "up", 0.972, true),
        test("T3", "embedding", 0.93, true),
        test("T4", "up", 0.91, true),
    ];
    let independent = vec![
        test("T1", "norms", -0.031, false),
        test("T2", "up", 0.005, false),
        test("T3", "embedding", 0.002, false),
    ];
    let lineage = vec![
        view("narae", "derived", derived),
        view("garam", "no_evidence", independent),
        view("dasom", "not_testable", Vec::new()),
    ];
    MadeUp { lineage, ..decided() }
}
