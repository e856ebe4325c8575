//! Every key of `programme.toml` with its type and meaning: the one table that the reader, the messages and the JSON
//! Schema share.

mod contest;
mod decision;
mod stage;
mod voter_tests;

use daepyo_core::Localized;
use daepyo_messages::Argument;
use stage::STAGE;

pub(crate) use decision::TIE_WORDS;
pub(crate) use voter_tests::TESTS;

/// A phrase of a message in both languages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    ko: &'static str,
    pub(crate) en: &'static str,
}

const fn words(ko: &'static str, en: &'static str) -> Words {
    Words { ko, en }
}

impl From<Words> for Argument {
    fn from(words: Words) -> Self {
        Self::Words(Localized { ko: words.ko.to_owned(), en: words.en.to_owned() })
    }
}

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
    pub(crate) name: Words,
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
    pub(crate) about: Words,
}

const fn need(name: &'static str, kind: Kind, about: Words) -> Key {
    Key { name, kind, required: true, about }
}

const fn may(name: &'static str, kind: Kind, about: Words) -> Key {
    Key { name, kind, required: false, about }
}

const COUNT: Kind = Kind::Integer(0, u32::MAX as u64);
const POSITIVE: Kind = Kind::Number { low: 0.0, high: f64::MAX, above_low: true };
const AMOUNT: Kind = Kind::Number { low: 0.0, high: f64::MAX, above_low: false };
const UP_TO: Kind = Kind::Integer(0, i64::MAX as u64);
const LEVEL: Kind = Kind::Number { low: 0.5, high: 0.999_999, above_low: true };
const SHARE: Kind = Kind::Number { low: 0.0, high: 1.0, above_low: false };

const ID: Key = need(
    "id",
    Kind::Id,
    words(
        "a-z, 0-9, `-`, `_`, `.`로 쓴 64자 이하의 이름",
        "a name of a-z, 0-9, `-`, `_` and `.`, at most 64 long",
    ),
);
const TITLE: Key = need(
    "title",
    Kind::Localized,
    words("제목: `{ ko = \"…\", en = \"…\" }`", "a title: { ko = \"…\", en = \"…\" }"),
);

const CONFIDENCE: Key = need(
    "confidence",
    LEVEL,
    words("0.5보다 크고 1보다 작은 확률(보기: 0.95)", "a probability between 0.5 and 1, such as 0.95"),
);

pub(crate) static ROOT: Section = Section {
    name: words("파일", "the file"),
    keys: &[
        need("format", COUNT, words("파일 형식의 버전: 1", "version of the file format: 1")),
        need("programme", Kind::Table(&PROGRAMME), words("프로그램 자체", "the programme itself")),
        need("teams", Kind::Tables(&TEAM), words("팀", "the teams")),
        need(
            "candidates",
            Kind::Tables(&CANDIDATE),
            words("팀이 낸 동결 제출물", "the frozen submissions of the teams"),
        ),
        may(
            "references",
            Kind::Tables(&REFERENCE),
            words("후보와 견줄 세계의 기준 모델", "global models that candidates are held against"),
        ),
        may(
            "suites",
            Kind::Tables(&SUITE),
            words("함께 측정하고 함께 셈하는 과제의 모음", "tasks that are measured and weighed together"),
        ),
        need("stages", Kind::Tables(&STAGE), words("시간 순서로 적은 단계", "stages, in order of time")),
    ],
};

static PROGRAMME: Section = Section {
    name: words("[programme]", "[programme]"),
    keys: &[
        ID,
        need(
            "version",
            Kind::Integer(1, u32::MAX as u64),
            words(
                "규칙의 판 번호. 고칠 때마다 올립니다",
                "version of the rules, counted up with every change",
            ),
        ),
        need(
            "dated",
            Kind::Date,
            words("이 판의 날짜(보기: `\"2026-11-21\"`)", "day of this version, such as \"2026-11-21\""),
        ),
        TITLE,
        may(
            "notes",
            Kind::Tables(&LOCALIZED),
            words(
                "읽는 사람이 모두 알아야 할 것. 보고서 맨 위에 나옵니다",
                "what every reader must know; shown on top of the report",
            ),
        ),
    ],
};

static TEAM: Section = Section {
    name: words("[[teams]]", "[[teams]]"),
    keys: &[
        ID,
        need(
            "name",
            Kind::Localized,
            words("팀 이름: `{ ko = \"…\", en = \"…\" }`", "the team's name: { ko = \"…\", en = \"…\" }"),
        ),
    ],
};

const MODEL: Key = need(
    "model",
    Kind::Model,
    words(
        "`llama:FILE.gguf`, `openai:URL?model=NAME`, `replay:FILE.jsonl` 가운데 하나",
        "`llama:FILE.gguf`, `openai:URL?model=NAME` or `replay:FILE.jsonl`",
    ),
);
const LICENCE: Key = need(
    "licence",
    Kind::Text,
    words(
        "가중치의 라이선스. 있으면 SPDX 표현으로 적습니다",
        "the licence of the weights, an SPDX expression where one exists",
    ),
);
const TOKENIZER: Key = may(
    "tokenizer",
    Kind::Text,
    words("모델 파일에 든 것이 아닐 때의 토크나이저", "the tokenizer, where it is not the model file's own"),
);
const WEIGHTS: Key = may(
    "weights",
    Kind::Table(&SUBMITTED_WEIGHTS),
    words(
        "서버나 기록된 답 뒤에 있는 가중치. 가중치를 견주는 관문이 읽습니다",
        "the weights behind a server or recorded answers, for gates that compare weights",
    ),
);
const CHAT: Key = may(
    "chat_template",
    Kind::Bool,
    words("프롬프트에 모델의 대화 템플릿을 쓸지", "whether prompts go through the model's own chat template"),
);
const API_KEY: Key = may(
    "api_key_env",
    Kind::Text,
    words("API 키가 든 환경 변수의 이름", "the environment variable that holds the API key"),
);
const CONCURRENCY: Key = may(
    "concurrency",
    Kind::Integer(1, 4096),
    words(
        "한꺼번에 보내는 요청 수의 상한. 실제 수는 서버의 응답을 보고 정합니다",
        "requests under way at once, at most; how many there really are is found by the server's answers",
    ),
);
const DEADLINE: Key = may(
    "deadline_s",
    Kind::Integer(1, 86_400),
    words("요청을 한 번 시도하는 데 주는 시간(초)", "seconds for one attempt at one request"),
);

const PRICE: Key = may(
    "price",
    Kind::Table(&PRICE_SECTION),
    words(
        "서버가 받는 토큰의 값: `{ input, output, currency }`",
        "the price of a server's tokens: { input, output, currency }",
    ),
);
const BUDGET: Key = may(
    "budget",
    Kind::Table(&BUDGET_SECTION),
    words(
        "쓸 수 있는 한도: `{ requests, tokens, cost }`",
        "what may be spent at most: { requests, tokens, cost }",
    ),
);

static PRICE_SECTION: Section = Section {
    name: words("price", "price"),
    keys: &[
        need("input", AMOUNT, words("읽는 토큰 백만 개의 값", "of a million tokens read")),
        need("output", AMOUNT, words("쓰는 토큰 백만 개의 값", "of a million tokens written")),
        need("currency", Kind::Text, words("통화. 예: `KRW`", "the currency, such as \"KRW\"")),
    ],
};

static BUDGET_SECTION: Section = Section {
    name: words("budget", "budget"),
    keys: &[
        may(
            "requests",
            UP_TO,
            words(
                "프롬프트가 든 요청 수. 재시도와 탐색 요청도 셉니다",
                "requests that carry a prompt, retries and probes among them",
            ),
        ),
        may("tokens", UP_TO, words("읽고 쓰는 토큰의 합", "tokens read and written together")),
        may("cost", AMOUNT, words("`price`의 통화로 쓴 금액", "money, in the currency of `price`")),
    ],
};

static CANDIDATE: Section = Section {
    name: words("[[candidates]]", "[[candidates]]"),
    keys: &[
        ID,
        need("team", Kind::Id, words("팀의 id", "the id of its team")),
        MODEL,
        need(
            "digest",
            Kind::Digest,
            words(
                "가중치의 다이제스트: `sha256:`과 16진수 64자리",
                "`sha256:` and 64 hexadecimal digits, of the weights",
            ),
        ),
        LICENCE,
        TOKENIZER,
        WEIGHTS,
        CHAT,
        API_KEY,
        CONCURRENCY,
        DEADLINE,
        PRICE,
        BUDGET,
    ],
};

static REFERENCE: Section = Section {
    name: words("[[references]]", "[[references]]"),
    keys: &[
        ID,
        MODEL,
        need(
            "digest",
            Kind::Digest,
            words(
                "가중치의 다이제스트: `sha256:`과 16진수 64자리",
                "`sha256:` and 64 hexadecimal digits, of the weights",
            ),
        ),
        LICENCE,
        need(
            "released",
            Kind::Date,
            words("공개된 날짜(보기: `\"2026-08-01\"`)", "day of its release, such as \"2026-08-01\""),
        ),
        TOKENIZER,
        WEIGHTS,
        CHAT,
        API_KEY,
        CONCURRENCY,
        DEADLINE,
        PRICE,
        BUDGET,
    ],
};

static SUBMITTED_WEIGHTS: Section = Section {
    name: words("`weights`", "`weights`"),
    keys: &[
        need(
            "file",
            Kind::Text,
            words(
                "가중치 파일(safetensors, GGUF, ONNX, PyTorch)",
                "the file of weights: safetensors, GGUF, ONNX or PyTorch",
            ),
        ),
        need("digest", Kind::Digest, words("그 파일의 SHA-256", "SHA-256 of that file")),
    ],
};

static SUITE: Section = Section {
    name: words("[[suites]]", "[[suites]]"),
    keys: &[
        ID,
        TITLE,
        need(
            "path",
            Kind::Text,
            words(
                "과제 파일이 있는 폴더. 프로그램 파일을 기준으로 한 경로로 적습니다",
                "the folder of the task files, relative to the programme file",
            ),
        ),
        need(
            "tasks",
            Kind::Texts,
            words("그 폴더에 있는 과제나 과제 묶음의 이름", "names of tasks or groups of that folder"),
        ),
        may(
            "limit",
            Kind::Integer(1, u64::MAX),
            words("과제마다 쓰는 문항의 최대 개수", "at most so many documents a task"),
        ),
        may(
            "num_fewshot",
            Kind::Integer(0, 1000),
            words(
                "과제에 적힌 개수와 다를 때의 퓨샷 예시 개수",
                "few-shot examples, where not the task's own number",
            ),
        ),
        may(
            "reveal",
            Kind::Date,
            words(
                "이 날까지는 문항을 다이제스트로만 공개합니다",
                "day until which documents are published as digests only",
            ),
        ),
    ],
};

/// A suite with its weight, where it is not a bare id.
pub(crate) static SUITE_WEIGHT: Section = Section {
    name: words("`suites`", "`suites`"),
    keys: &[
        need("suite", Kind::Id, words("평가 모음의 id", "the suite's id")),
        need("weight", POSITIVE, words("다른 것에 견준 비중", "its weight, relative to the others")),
    ],
};

/// A title in both languages.
pub(crate) static LOCALIZED: Section = Section {
    name: words("제목", "a title"),
    keys: &[
        need("ko", Kind::Text, words("한국어", "in Korean")),
        need("en", Kind::Text, words("영어", "in English")),
    ],
};
