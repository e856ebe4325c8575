//! The tables of the public contest that a criterion's votes come from.

use super::{ID, Key, Kind, POSITIVE, SHARE, Section, TITLE, may, need, words};

const MODES: &[&str] = &["recorded", "live"];

const fn up_to(high: u64) -> Kind {
    Kind::Integer(1, high)
}

const MODE: Key = need(
    "mode",
    Kind::Word(MODES),
    words("답이 오는 곳: 미리 기록한 파일 또는 그 자리", "where answers come from: recorded before, or live"),
);

pub(super) static CONTEST: Section = Section {
    name: words("`contest`", "`contest`"),
    keys: &[
        MODE,
        need(
            "prompts",
            Kind::Text,
            words(
                "정해 둔 프롬프트의 CSV 파일. 열은 `id`, `text`, `language`, `category`입니다",
                "a CSV file of the prompts that are assigned: id, text, language, category",
            ),
        ),
        may(
            "answers",
            Kind::Text,
            words(
                "기록된 답의 JSON 파일. 한 줄에 하나씩 `prompt`, `candidate`, `text`를 적습니다",
                "a file with one recorded answer a line, as JSON: prompt, candidate, text",
            ),
        ),
        may(
            "opens",
            Kind::Date,
            words("대결의 첫날. 적지 않으면 단계의 첫날입니다", "first day; the stage's where not written"),
        ),
        may(
            "closes",
            Kind::Date,
            words(
                "대결의 마지막 날. 적지 않으면 단계의 마지막 날입니다",
                "last day; the stage's where not written",
            ),
        ),
        may(
            "assigned",
            SHARE,
            words(
                "정해 둔 프롬프트로 시작하는 대화의 비율. 적지 않으면 0.5이고, 기록된 답이면 언제나 1입니다",
                "share of conversations that begin with an assigned prompt; 0.5 where not written, always 1 where answers are recorded",
            ),
        ),
        may(
            "votes_a_day",
            up_to(10_000),
            words(
                "한 사람이 하루에 할 수 있는 투표. 적지 않으면 20입니다",
                "votes of one person on one day, at most; 20 where not written",
            ),
        ),
        may(
            "votes_in_all",
            up_to(1_000_000),
            words(
                "한 사람이 모두 합해 할 수 있는 투표. 적지 않으면 200입니다",
                "votes of one person in all, at most; 200 where not written",
            ),
        ),
        may(
            "weight_cap",
            up_to(1_000_000),
            words(
                "한 사람의 투표가 이 수보다 많아도 이만큼의 무게만 가집니다",
                "what the votes of one person weigh together, at most, in votes",
            ),
        ),
        may(
            "turns",
            up_to(50),
            words(
                "한 대화의 최대 차례 수. 적지 않으면 5이고, 기록된 답이면 언제나 1입니다",
                "turns of a conversation, at most; 5 where not written, always 1 where answers are recorded",
            ),
        ),
        may(
            "prompt_characters",
            up_to(100_000),
            words(
                "투표자가 쓰는 프롬프트의 최대 글자 수. 적지 않으면 2000입니다",
                "characters of one prompt of a voter, at most; 2000 where not written",
            ),
        ),
        may(
            "answer_characters",
            up_to(1_000_000),
            words(
                "보여 주는 답의 최대 글자 수. 적지 않으면 8000입니다",
                "characters that are shown of one answer, at most; 8000 where not written",
            ),
        ),
        may(
            "hold_ms",
            Kind::Integer(0, 600_000),
            words(
                "빠른 쪽의 답을 붙들어 두는 최대 시간(밀리초). 적지 않으면 8000입니다",
                "most milliseconds that the faster answer is held back; 8000 where not written",
            ),
        ),
        may(
            "system",
            Kind::Text,
            words("모두에게 똑같이 주는 시스템 프롬프트", "the system prompt that every contestant gets"),
        ),
        may(
            "temperature",
            Kind::Number { low: 0.0, high: 2.0, above_low: false },
            words(
                "답을 뽑는 온도. 적지 않으면 0.7입니다",
                "temperature of live answers; 0.7 where not written",
            ),
        ),
        may(
            "max_tokens",
            up_to(1_000_000),
            words(
                "답 하나의 최대 토큰 수. 적지 않으면 1024입니다",
                "tokens of one live answer, at most; 1024 where not written",
            ),
        ),
        may(
            "tokens_a_day",
            Kind::Integer(1, i64::MAX as u64),
            words(
                "모든 답이 하루에 읽고 쓰는 토큰의 한도. 넘으면 새 대결을 열지 않습니다",
                "tokens that all live answers may read and write on one day; above it no battle begins",
            ),
        ),
        may(
            "names",
            Kind::Tables(&NAMES),
            words(
                "누구의 답인지 드러내는 이름: `[{ candidate = \"…\", distinctive = [\"…\"] }]`",
                "names that give a contestant away: [{ candidate = \"…\", distinctive = [\"…\"] }]",
            ),
        ),
        may("pairing", Kind::Table(&PAIRING), words("대결할 짝을 뽑는 방법", "how pairs are drawn")),
        may(
            "tags",
            Kind::Tables(&TAG),
            words(
                "투표자가 함께 고를 수 있는 이유: `[{ id = \"…\", title = { ko = \"…\", en = \"…\" } }]`",
                "reasons that a voter may tick: [{ id = \"…\", title = { ko = \"…\", en = \"…\" } }]",
            ),
        ),
    ],
};

static NAMES: Section = Section {
    name: words("`names`", "`names`"),
    keys: &[
        need("candidate", Kind::Id, words("후보나 기준 모델의 id", "the id of the candidate or reference")),
        may(
            "distinctive",
            Kind::Texts,
            words(
                "어디에 나오든 누구인지 드러내는 이름. 한글과 로마자를 모두 적습니다",
                "names that give it away wherever they stand, in every script",
            ),
        ),
        may(
            "ordinary",
            Kind::Texts,
            words(
                "흔한 낱말이기도 한 이름. 자기소개에 나올 때만 셉니다",
                "names that are ordinary words too: they count in introductions of itself only",
            ),
        ),
    ],
};

static PAIRING: Section = Section {
    name: words("`pairing`", "`pairing`"),
    keys: &[
        may(
            "floor",
            SHARE,
            words(
                "고르게 나올 때에 견준 최소 노출의 비율. 적지 않으면 1/3입니다",
                "least exposure as a share of the even one; a third where not written",
            ),
        ),
        may(
            "even",
            Kind::Number { low: 0.0, high: 1.0, above_low: true },
            words(
                "고르게 뽑는 짝의 비율. 적지 않으면 0.1입니다",
                "share of pairs that are drawn evenly; 0.1 where not written",
            ),
        ),
        may(
            "sharpness",
            POSITIVE,
            words(
                "짝의 값어치를 몇 제곱하여 확률로 삼을지. 적지 않으면 2입니다",
                "power of a pair's worth that its chance is proportional to; 2 where not written",
            ),
        ),
    ],
};

static TAG: Section = Section { name: words("`tags`", "`tags`"), keys: &[ID, TITLE] };
