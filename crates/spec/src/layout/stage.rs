//! The tables of a stage: its window, gates and criteria.

use super::contest::CONTEST;
use super::decision::{CARRY, DECISION};
use super::voter_tests::VOTER_TESTS;
use super::{CONFIDENCE, COUNT, ID, Key, Kind, POSITIVE, SHARE, Section, TITLE, Variant, may, need, words};

const ANY_NUMBER: Kind = Kind::Number { low: f64::MIN, high: f64::MAX, above_low: false };

const SHARED_WORDS: &[&str] = &["passed", "failed", "not_shown"];
const NOT_SHOWN_WORDS: &[&str] = &["stay", "out", "hold"];
const RELATION_WORDS: &[&str] = &["finetune", "adapter", "merge", "quantized", "reshaped", "distilled"];

const ANCHORS: Key = need(
    "anchors",
    Kind::Table(&ANCHORS_SECTION),
    words(
        "눈금의 바깥 두 끝: `{ zero = …, full = … }`",
        "the outside ends of the scale: { zero = …, full = … }",
    ),
);
const NOT_SHOWN: Key = need(
    "not_shown",
    Kind::Word(NOT_SHOWN_WORDS),
    words(
        "관문의 통과도 탈락도 확인되지 않은 후보를 어떻게 할지",
        "what becomes of a candidate for which the gate is neither passed nor failed",
    ),
);
const WEIGHT: Key = need(
    "weight",
    Kind::Number { low: 0.0, high: 100.0, above_low: true },
    words(
        "최고 점수. 한 단계의 평가 항목을 모두 더하면 100점입니다",
        "points at most; all criteria of a stage add up to 100",
    ),
);

const SUITES: Key = need(
    "suites",
    Kind::Suites,
    words(
        "평가 모음의 id 또는 표 `{ suite = \"…\", weight = 2 }`",
        "suite ids, or tables { suite = \"…\", weight = 2 }",
    ),
);

pub(super) static STAGE: Section = Section {
    name: words("[[stages]]", "[[stages]]"),
    keys: &[
        ID,
        TITLE,
        need("opens", Kind::Date, words("첫날", "first day")),
        need("closes", Kind::Date, words("마지막 날", "last day")),
        need(
            "objection_days",
            COUNT,
            words("판정 뒤 이의를 낼 수 있는 날 수", "days for objections after the verdict"),
        ),
        need(
            "window",
            Kind::Table(&WINDOW),
            words(
                "견줄 기준 모델의 기간: `{ months = 6, frozen = \"2026-10-31\" }`",
                "which references count: { months = 6, frozen = \"2026-10-31\" }",
            ),
        ),
        need(
            "seed",
            Kind::Integer(0, i64::MAX as u64),
            words(
                "모든 재표집의 시드. 무엇이든 측정하기 전에 적습니다",
                "seed of every resampling, written before anything is measured",
            ),
        ),
        may(
            "draws",
            Kind::Integer(100, 1_000_000),
            words(
                "함께 재표집하는 횟수. 적지 않으면 10000입니다",
                "draws of the joint resampling; 10000 where not written",
            ),
        ),
        need(
            "infrastructure_failure_limit",
            SHARE,
            words(
                "시설 장애의 비율이 이보다 크면 판정하지 않습니다",
                "above this share of infrastructure failures there is no verdict",
            ),
        ),
        may("gates", Kind::Variants(GATES), words("순위보다 앞서는 조건", "conditions that override rank")),
        need(
            "criteria",
            Kind::Variants(CRITERIA),
            words("총점을 이루는 배점 있는 항목", "weighted parts of the composite"),
        ),
        need("decision", Kind::Table(&DECISION), words("결정하는 방법", "how it is decided")),
        may(
            "carry",
            Kind::Table(&CARRY),
            words(
                "앞선 단계에서 이어받는 점수: `{ stage = \"…\", share = 0.3 }`",
                "what an earlier stage brings in: { stage = \"…\", share = 0.3 }",
            ),
        ),
        may(
            "withdrawals",
            Kind::Text,
            words(
                "스스로 물러난 후보의 CSV 파일. 열은 `candidate`, `on`, `reason`, `evidence`입니다",
                "a CSV file of candidates that went of their own will: candidate, on, reason, evidence",
            ),
        ),
        may(
            "contamination",
            Kind::Text,
            words(
                "미리 보았을 수 있는 문서의 CSV 파일. 열은 `suite`, `task`, `document`, `candidate`, `source`, `reason`, `evidence`입니다",
                "a CSV file of documents that may have been seen before: suite, task, document, candidate, source, reason, evidence",
            ),
        ),
        may(
            "corrections",
            Kind::Text,
            words(
                "바로잡은 관측의 JSON 파일. 한 줄에 하나씩 `corrects`, `replacement`, `reason`을 적습니다",
                "a file with one correction a line, as JSON: corrects, replacement, reason",
            ),
        ),
    ],
};

static WINDOW: Section = Section {
    name: words("`window`", "`window`"),
    keys: &[
        need("months", Kind::Integer(1, 1200), words("기간의 길이(개월)", "length in months")),
        need(
            "frozen",
            Kind::Date,
            words("이 날까지 공개된 모델을 셉니다", "last day of release that counts"),
        ),
    ],
};

const GATES: &[Variant] = &[
    Variant { kind: "non_inferiority", section: &NON_INFERIORITY },
    Variant { kind: "threshold", section: &THRESHOLD },
    Variant { kind: "independence", section: &INDEPENDENCE },
    Variant { kind: "finding", section: &FINDING },
];
const GATE_KIND: Key = need(
    "kind",
    Kind::Word(&["non_inferiority", "threshold", "independence", "finding"]),
    words(
        "기준 모델과 견주거나, 수와 견주거나, 가중치를 견주거나, 사람이 판단합니다",
        "against the references, against a number, by the weights, or found by people",
    ),
);

static NON_INFERIORITY: Section = Section {
    name: words("종류가 `non_inferiority`인 [[stages.gates]]", "[[stages.gates]] of kind `non_inferiority`"),
    keys: &[
        ID,
        TITLE,
        GATE_KIND,
        SUITES,
        need(
            "ratio",
            Kind::Number { low: 0.0, high: 2.0, above_low: true },
            words("기준 모델의 점수에 대한 비율(보기: 0.95)", "share of the reference's score, such as 0.95"),
        ),
        CONFIDENCE,
        need(
            "chance_corrected",
            Kind::Bool,
            words("찍어서 맞힌 몫을 먼저 점수에서 뺄지", "whether guessing is taken out of the scores first"),
        ),
        NOT_SHOWN,
    ],
};

static THRESHOLD: Section = Section {
    name: words("종류가 `threshold`인 [[stages.gates]]", "[[stages.gates]] of kind `threshold`"),
    keys: &[
        ID,
        TITLE,
        GATE_KIND,
        SUITES,
        need("minimum", SHARE, words("요구하는 평균 점수", "the mean score asked for")),
        CONFIDENCE,
        NOT_SHOWN,
    ],
};

static INDEPENDENCE: Section = Section {
    name: words("종류가 `independence`인 [[stages.gates]]", "[[stages.gates]] of kind `independence`"),
    keys: &[
        ID,
        TITLE,
        GATE_KIND,
        need(
            "against",
            Kind::Tables(&KNOWN_WEIGHTS),
            words(
                "후보가 그것에서 만들어져서는 안 되는 공개 모델",
                "published models that a candidate may not have been made from",
            ),
        ),
        need(
            "level",
            Kind::Number { low: 0.0, high: 0.05, above_low: true },
            words(
                "독립된 가중치를 관련 있다고 할 확률의 상한(보기: 1e-6)",
                "the chance at which independent weights may be called related, such as 1e-6",
            ),
        ),
        need(
            "shared",
            Kind::Word(SHARED_WORDS),
            words(
                "일부 구성요소만 공유할 때의 결과",
                "the outcome where some component is shared and others are not",
            ),
        ),
        may(
            "seed",
            Kind::Integer(0, i64::MAX as u64),
            words(
                "어느 행을 뽑고 어떻게 섞을지 정하는 시드. 없으면 0",
                "the seed of which rows are taken and how they are shuffled; 0 where there is none",
            ),
        ),
        NOT_SHOWN,
    ],
};

static KNOWN_WEIGHTS: Section = Section {
    name: words("`against`", "`against`"),
    keys: &[
        ID,
        need(
            "weights",
            Kind::Text,
            words(
                "가중치 파일(safetensors, GGUF, ONNX, PyTorch)",
                "the file of its weights: safetensors, GGUF, ONNX or PyTorch",
            ),
        ),
        need("digest", Kind::Digest, words("그 파일의 SHA-256", "SHA-256 of that file")),
        may(
            "own",
            Kind::Texts,
            words(
                "그 모델을 공개한 팀의 후보. 이들은 그 모델에서 만들어도 됩니다",
                "candidates of the team that published it, which may be made from it",
            ),
        ),
    ],
};

static FINDING: Section = Section {
    name: words("종류가 `finding`인 [[stages.gates]]", "[[stages.gates]] of kind `finding`"),
    keys: &[
        ID,
        TITLE,
        GATE_KIND,
        need(
            "source",
            Kind::Text,
            words(
                "CSV 파일. 열은 `candidate`, `outcome`, `reason`, `evidence`입니다",
                "a CSV file: candidate, outcome, reason, evidence",
            ),
        ),
        NOT_SHOWN,
    ],
};

const CRITERIA: &[Variant] = &[
    Variant { kind: "benchmark", section: &BENCHMARK },
    Variant { kind: "marks", section: &MARKS },
    Variant { kind: "votes", section: &VOTES },
    Variant { kind: "derivatives", section: &DERIVATIVES },
];
const CRITERION_KIND: Key = need(
    "kind",
    Kind::Word(&["benchmark", "marks", "votes", "derivatives"]),
    words("관측이 어디서 오는지", "where the observations come from"),
);

static BENCHMARK: Section = Section {
    name: words("종류가 `benchmark`인 [[stages.criteria]]", "[[stages.criteria]] of kind `benchmark`"),
    keys: &[ID, TITLE, WEIGHT, CRITERION_KIND, SUITES, ANCHORS],
};

static MARKS: Section = Section {
    name: words("종류가 `marks`인 [[stages.criteria]]", "[[stages.criteria]] of kind `marks`"),
    keys: &[
        ID,
        TITLE,
        WEIGHT,
        CRITERION_KIND,
        need(
            "source",
            Kind::Text,
            words(
                "CSV 파일. 열은 `rater`, `candidate`, `item`, `value`입니다",
                "a CSV file: rater, candidate, item, value",
            ),
        ),
        need("minimum", ANY_NUMBER, words("가장 낮은 평점", "least mark of the scale")),
        need("maximum", ANY_NUMBER, words("가장 높은 평점", "greatest mark of the scale")),
        need("items", Kind::Tables(&RUBRIC_ITEM), words("평가표의 물음", "questions of the rubric")),
        ANCHORS,
    ],
};

static RUBRIC_ITEM: Section = Section {
    name: words("`items`", "`items`"),
    keys: &[
        ID,
        TITLE,
        need("weight", POSITIVE, words("다른 것에 견준 비중", "its weight, relative to the others")),
    ],
};

static VOTES: Section = Section {
    name: words("종류가 `votes`인 [[stages.criteria]]", "[[stages.criteria]] of kind `votes`"),
    keys: &[
        ID,
        TITLE,
        WEIGHT,
        CRITERION_KIND,
        need(
            "source",
            Kind::Text,
            words(
                "CSV 파일. 열은 `voter`, `left`, `right`, `choice`이고 `prompt`, `shown_ms`, `voted_ms`, `characters`, `gold`, `category`, `language`를 더할 수 있습니다",
                "a CSV file: voter, left, right, choice and optionally prompt, shown_ms, voted_ms, characters, gold, category, language",
            ),
        ),
        need(
            "versus",
            Kind::Id,
            words(
                "대결에 함께 나와 점수의 기준이 되는 기준 모델",
                "the reference that takes part in the battles and anchors the points",
            ),
        ),
        ANCHORS,
        may(
            "tests",
            Kind::Table(&VOTER_TESTS),
            words(
                "미리 등록하는 투표자 검사. `{}`이면 모든 검사를 기본값으로 등록합니다",
                "the registered tests of voters; {} registers all of them with their defaults",
            ),
        ),
        may(
            "contest",
            Kind::Table(&CONTEST),
            words(
                "투표가 나오는 공개 대결: `{ mode = \"recorded\", prompts = \"…\", answers = \"…\" }`",
                "the public contest that votes come from: { mode = \"recorded\", prompts = \"…\", answers = \"…\" }",
            ),
        ),
    ],
};

static DERIVATIVES: Section = Section {
    name: words("종류가 `derivatives`인 [[stages.criteria]]", "[[stages.criteria]] of kind `derivatives`"),
    keys: &[
        ID,
        TITLE,
        WEIGHT,
        CRITERION_KIND,
        need(
            "source",
            Kind::Text,
            words(
                "CSV 파일. 열은 `candidate`, `owner`, `name`, `relation`, `payload`, `status`입니다",
                "a CSV file: candidate, owner, name, relation, payload, status",
            ),
        ),
        need(
            "counts",
            Kind::Words(RELATION_WORDS),
            words("파생 모델로 셀 관계", "relations that count as a derivative"),
        ),
        need(
            "verified_only",
            Kind::Bool,
            words("확인된 파생 모델만 셀지", "whether only verified derivatives count"),
        ),
        ANCHORS,
    ],
};

static ANCHORS_SECTION: Section = Section {
    name: words("`anchors`", "`anchors`"),
    keys: &[
        need(
            "zero",
            Kind::Anchor,
            words(
                "0점이 되는 값: 수, `\"chance\"` 또는 `\"reference:ID\"`",
                "what gives no points: a number, \"chance\" or \"reference:ID\"",
            ),
        ),
        need(
            "full",
            Kind::Anchor,
            words(
                "만점이 되는 값: 수, `\"chance\"` 또는 `\"reference:ID\"`",
                "what gives all points: a number, \"chance\" or \"reference:ID\"",
            ),
        ),
    ],
};
