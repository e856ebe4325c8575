//! Every key of `programme.toml` with its type and meaning: the one table that the reader, the messages and the JSON
//! Schema share.

/// What a key holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    /// A table `{ ko, en }`.
    Localized,
    Id,
    Date,
    Digest,
    Model,
    Bool,
    /// A whole number within a range.
    Integer(u64, u64),
    /// A number within a range; the lower end is outside where the flag is set.
    Number {
        low: f64,
        high: f64,
        above_low: bool,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of text.
    Texts,
    /// A list of these words.
    Words(&'static [&'static str]),
    /// Suite ids, or tables `{ suite, weight }`.
    Suites,
    /// A number, `"chance"` or `"reference:ID"`.
    Anchor,
    /// `"criterion:ID"` or one of the words.
    TieOrder,
    /// A table of this section.
    Table(&'static Section),
    /// A list of tables of this section.
    Tables(&'static Section),
    /// A list of tables whose section depends on their `kind`.
    Variants(&'static [Variant]),
}

/// A table with a `kind`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant {
    pub(crate) kind: &'static str,
    pub(crate) section: &'static Section,
}

/// A table of the file.
#[derive(Debug)]
pub(crate) struct Section {
    /// As it is called in messages.
    pub(crate) name: &'static str,
    pub(crate) keys: &'static [Key],
}

impl Section {
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
}

/// A key of a table.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) about: &'static str,
}

const fn need(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, required: true, about }
}

const fn may(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, required: false, about }
}

const COUNT: Kind = Kind::Integer(0, u32::MAX as u64);
const POSITIVE: Kind = Kind::Number { low: 0.0, high: f64::MAX, above_low: true };
const SHARE: Kind = Kind::Number { low: 0.0, high: 1.0, above_low: false };
const LEVEL: Kind = Kind::Number { low: 0.5, high: 0.999_999, above_low: true };
const AMOUNT: Kind = Kind::Number { low: 0.0, high: f64::MAX, above_low: false };
const UP_TO: Kind = Kind::Integer(0, i64::MAX as u64);
const ANY_NUMBER: Kind = Kind::Number { low: f64::MIN, high: f64::MAX, above_low: false };

const ID: Key = need("id", Kind::Id, "a name of a-z, 0-9, `-`, `_` and `.`, at most 64 long");
const TITLE: Key = need("title", Kind::Localized, "a title: { ko = \"…\", en = \"…\" }");
const ANCHORS: Key =
    need("anchors", Kind::Table(&ANCHORS_SECTION), "the outside ends of the scale: { zero = …, full = … }");
const SUITES: Key = need("suites", Kind::Suites, "suite ids, or tables { suite = \"…\", weight = 2 }");
const NOT_SHOWN: Key = need(
    "not_shown",
    Kind::Word(NOT_SHOWN_WORDS),
    "what becomes of a candidate for which the gate is neither passed nor failed",
);
const WEIGHT: Key = need(
    "weight",
    Kind::Number { low: 0.0, high: 100.0, above_low: true },
    "points at most; all criteria of a stage add up to 100",
);
const CONFIDENCE: Key = need("confidence", LEVEL, "a probability between 0.5 and 1, such as 0.95");

pub(crate) const NOT_SHOWN_WORDS: &[&str] = &["stay", "out", "hold"];
pub(crate) const RELATION_WORDS: &[&str] =
    &["finetune", "adapter", "merge", "quantized", "reshaped", "distilled"];
pub(crate) const TIE_WORDS: &[&str] = &["more_evidence", "more_raters", "advance_all", "lot"];

pub(crate) static ROOT: Section = Section {
    name: "the file",
    keys: &[
        need("format", COUNT, "version of the file format: 1"),
        need("programme", Kind::Table(&PROGRAMME), "the programme itself"),
        need("teams", Kind::Tables(&TEAM), "the teams"),
        need("candidates", Kind::Tables(&CANDIDATE), "the frozen submissions of the teams"),
        may("references", Kind::Tables(&REFERENCE), "global models that candidates are held against"),
        need("suites", Kind::Tables(&SUITE), "tasks that are measured and weighed together"),
        need("stages", Kind::Tables(&STAGE), "stages, in order of time"),
    ],
};

static PROGRAMME: Section = Section {
    name: "[programme]",
    keys: &[
        ID,
        need(
            "version",
            Kind::Integer(1, u32::MAX as u64),
            "version of the rules, counted up with every change",
        ),
        need("dated", Kind::Date, "day of this version, such as \"2026-11-21\""),
        TITLE,
        may("notes", Kind::Tables(&LOCALIZED), "what every reader must know; shown on top of the report"),
    ],
};

static TEAM: Section = Section {
    name: "[[teams]]",
    keys: &[ID, need("name", Kind::Localized, "the team's name: { ko = \"…\", en = \"…\" }")],
};

const MODEL: Key =
    need("model", Kind::Model, "`llama:FILE.gguf`, `openai:URL?model=NAME` or `replay:FILE.jsonl`");
const LICENCE: Key =
    need("licence", Kind::Text, "the licence of the weights, an SPDX expression where one exists");
const TOKENIZER: Key = may("tokenizer", Kind::Text, "the tokenizer, where it is not the model file's own");
const CHAT: Key =
    may("chat_template", Kind::Bool, "whether prompts go through the model's own chat template");
const API_KEY: Key = may("api_key_env", Kind::Text, "the environment variable that holds the API key");
const CONCURRENCY: Key = may(
    "concurrency",
    Kind::Integer(1, 4096),
    "requests under way at once, at most; how many there really are is found by the server's answers",
);
const DEADLINE: Key = may("deadline_s", Kind::Integer(1, 86_400), "seconds for one attempt at one request");

const PRICE: Key =
    may("price", Kind::Table(&PRICE_SECTION), "the price of a server's tokens: { input, output, currency }");
const BUDGET: Key =
    may("budget", Kind::Table(&BUDGET_SECTION), "what may be spent at most: { requests, tokens, cost }");

static PRICE_SECTION: Section = Section {
    name: "price",
    keys: &[
        need("input", AMOUNT, "of a million tokens read"),
        need("output", AMOUNT, "of a million tokens written"),
        need("currency", Kind::Text, "the currency, such as \"KRW\""),
    ],
};

static BUDGET_SECTION: Section = Section {
    name: "budget",
    keys: &[
        may("requests", UP_TO, "requests that carry a prompt, retries and probes among them"),
        may("tokens", UP_TO, "tokens read and written together"),
        may("cost", AMOUNT, "money, in the currency of `price`"),
    ],
};

static CANDIDATE: Section = Section {
    name: "[[candidates]]",
    keys: &[
        ID,
        need("team", Kind::Id, "the id of its team"),
        MODEL,
        need("digest", Kind::Digest, "`sha256:` and 64 hexadecimal digits, of the weights"),
        LICENCE,
        TOKENIZER,
        CHAT,
        API_KEY,
        CONCURRENCY,
        DEADLINE,
        PRICE,
        BUDGET,
    ],
};

static REFERENCE: Section = Section {
    name: "[[references]]",
    keys: &[
        ID,
        MODEL,
        need("digest", Kind::Digest, "`sha256:` and 64 hexadecimal digits, of the weights"),
        LICENCE,
        need("released", Kind::Date, "day of its release, such as \"2026-08-01\""),
        TOKENIZER,
        CHAT,
        API_KEY,
        CONCURRENCY,
        DEADLINE,
        PRICE,
        BUDGET,
    ],
};

static SUITE: Section = Section {
    name: "[[suites]]",
    keys: &[
        ID,
        TITLE,
        need("path", Kind::Text, "the folder of the task files, relative to the programme file"),
        need("tasks", Kind::Texts, "names of tasks or groups of that folder"),
        may("limit", Kind::Integer(1, u64::MAX), "at most so many documents a task"),
        may("num_fewshot", Kind::Integer(0, 1000), "few-shot examples, where not the task's own number"),
        may("reveal", Kind::Date, "day until which documents are published as digests only"),
    ],
};

static STAGE: Section = Section {
    name: "[[stages]]",
    keys: &[
        ID,
        TITLE,
        need("opens", Kind::Date, "first day"),
        need("closes", Kind::Date, "last day"),
        need("objection_days", COUNT, "days for objections after the verdict"),
        need(
            "window",
            Kind::Table(&WINDOW),
            "which references count: { months = 6, frozen = \"2026-10-31\" }",
        ),
        need(
            "seed",
            Kind::Integer(0, i64::MAX as u64),
            "seed of every resampling, written before anything is measured",
        ),
        may("draws", Kind::Integer(100, 1_000_000), "draws of the joint resampling; 10000 where not written"),
        need(
            "infrastructure_failure_limit",
            SHARE,
            "above this share of infrastructure failures there is no verdict",
        ),
        may("gates", Kind::Variants(GATES), "conditions that override rank"),
        need("criteria", Kind::Variants(CRITERIA), "weighted parts of the composite"),
        need("decision", Kind::Table(&DECISION), "how it is decided"),
    ],
};

static WINDOW: Section = Section {
    name: "window",
    keys: &[
        need("months", Kind::Integer(1, 1200), "length in months"),
        need("frozen", Kind::Date, "last day of release that counts"),
    ],
};

const GATES: &[Variant] = &[
    Variant { kind: "non_inferiority", section: &NON_INFERIORITY },
    Variant { kind: "threshold", section: &THRESHOLD },
    Variant { kind: "finding", section: &FINDING },
];
const GATE_KIND: Key = need(
    "kind",
    Kind::Word(&["non_inferiority", "threshold", "finding"]),
    "against the references, against a number, or found by people",
);

static NON_INFERIORITY: Section = Section {
    name: "[[stages.gates]] of kind `non_inferiority`",
    keys: &[
        ID,
        TITLE,
        GATE_KIND,
        SUITES,
        need(
            "ratio",
            Kind::Number { low: 0.0, high: 2.0, above_low: true },
            "share of the reference's score, such as 0.95",
        ),
        CONFIDENCE,
        need("chance_corrected", Kind::Bool, "whether guessing is taken out of the scores first"),
        NOT_SHOWN,
    ],
};

static THRESHOLD: Section = Section {
    name: "[[stages.gates]] of kind `threshold`",
    keys: &[
        ID,
        TITLE,
        GATE_KIND,
        SUITES,
        need("minimum", SHARE, "the mean score asked for"),
        CONFIDENCE,
        NOT_SHOWN,
    ],
};

static FINDING: Section = Section {
    name: "[[stages.gates]] of kind `finding`",
    keys: &[
        ID,
        TITLE,
        GATE_KIND,
        need("source", Kind::Text, "a CSV file: candidate, outcome, reason, evidence"),
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
    "where the observations come from",
);

static BENCHMARK: Section = Section {
    name: "[[stages.criteria]] of kind `benchmark`",
    keys: &[ID, TITLE, WEIGHT, CRITERION_KIND, SUITES, ANCHORS],
};

static MARKS: Section = Section {
    name: "[[stages.criteria]] of kind `marks`",
    keys: &[
        ID,
        TITLE,
        WEIGHT,
        CRITERION_KIND,
        need("source", Kind::Text, "a CSV file: rater, candidate, item, value"),
        need("minimum", ANY_NUMBER, "least mark of the scale"),
        need("maximum", ANY_NUMBER, "greatest mark of the scale"),
        need("items", Kind::Tables(&RUBRIC_ITEM), "questions of the rubric"),
        ANCHORS,
    ],
};

static RUBRIC_ITEM: Section = Section {
    name: "items",
    keys: &[ID, TITLE, need("weight", POSITIVE, "its weight, relative to the others")],
};

static VOTES: Section = Section {
    name: "[[stages.criteria]] of kind `votes`",
    keys: &[
        ID,
        TITLE,
        WEIGHT,
        CRITERION_KIND,
        need("source", Kind::Text, "a CSV file: voter, left, right, choice and optionally prompt"),
        need("versus", Kind::Id, "the reference that takes part in the battles and anchors the points"),
        ANCHORS,
    ],
};

static DERIVATIVES: Section = Section {
    name: "[[stages.criteria]] of kind `derivatives`",
    keys: &[
        ID,
        TITLE,
        WEIGHT,
        CRITERION_KIND,
        need("source", Kind::Text, "a CSV file: candidate, owner, name, relation, payload, status"),
        need("counts", Kind::Words(RELATION_WORDS), "relations that count as a derivative"),
        need("verified_only", Kind::Bool, "whether only verified derivatives count"),
        ANCHORS,
    ],
};

static ANCHORS_SECTION: Section = Section {
    name: "anchors",
    keys: &[
        need("zero", Kind::Anchor, "what gives no points: a number, \"chance\" or \"reference:ID\""),
        need("full", Kind::Anchor, "what gives all points: a number, \"chance\" or \"reference:ID\""),
    ],
};

static DECISION: Section = Section {
    name: "decision",
    keys: &[
        need("advance", Kind::Integer(1, 1000), "so many advance"),
        CONFIDENCE,
        need(
            "tie_order",
            Kind::TieOrder,
            "what is tried in order: \"criterion:ID\", \"more_evidence\", \"more_raters\", \"advance_all\", \"lot\"",
        ),
        may(
            "wildcard",
            Kind::Table(&WILDCARD),
            "a place for one that fell: { places, majority, none_allowed }",
        ),
    ],
};

static WILDCARD: Section = Section {
    name: "wildcard",
    keys: &[
        need("places", Kind::Integer(1, 1000), "so many at most"),
        need("majority", SHARE, "share of the panel that must agree; more than this"),
        need("none_allowed", Kind::Bool, "whether the panel may choose nobody"),
    ],
};

/// A suite with its weight, where it is not a bare id.
pub(crate) static SUITE_WEIGHT: Section = Section {
    name: "suites",
    keys: &[
        need("suite", Kind::Id, "the suite's id"),
        need("weight", POSITIVE, "its weight, relative to the others"),
    ],
};

/// A title in both languages.
pub(crate) static LOCALIZED: Section = Section {
    name: "a title",
    keys: &[need("ko", Kind::Text, "in Korean"), need("en", Kind::Text, "in English")],
};
