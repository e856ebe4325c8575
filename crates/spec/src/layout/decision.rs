//! The tables of how a stage decides, and of what it takes over from an earlier one.

use super::{CONFIDENCE, Kind, SHARE, Section, may, need, words};

pub(crate) const TIE_WORDS: &[&str] = &["more_evidence", "more_raters", "advance_all", "lot"];

pub(super) static DECISION: Section = Section {
    name: words("`decision`", "`decision`"),
    keys: &[
        need("advance", Kind::Integer(1, 1000), words("진출하는 후보의 수", "so many advance")),
        CONFIDENCE,
        need(
            "tie_order",
            Kind::TieOrder,
            words(
                "차례로 해 볼 방법: `\"criterion:ID\"`, `\"more_evidence\"`, `\"more_raters\"`, `\"advance_all\"`, `\"lot\"`",
                "what is tried in order: \"criterion:ID\", \"more_evidence\", \"more_raters\", \"advance_all\", \"lot\"",
            ),
        ),
        may(
            "wildcard",
            Kind::Table(&WILDCARD),
            words(
                "탈락한 후보를 위한 자리: `{ places, majority, none_allowed, source }`",
                "a place for one that fell: { places, majority, none_allowed, source }",
            ),
        ),
        may(
            "looks",
            Kind::Table(&LOOKS),
            words(
                "늘어나는 증거를 여러 번 보는 방법: `{ spending, criterion, full }`",
                "how growing evidence is looked at: { spending, criterion, full }",
            ),
        ),
    ],
};

static WILDCARD: Section = Section {
    name: words("`wildcard`", "`wildcard`"),
    keys: &[
        need("places", Kind::Integer(1, 1000), words("최대 개수", "so many at most")),
        need(
            "majority",
            Kind::Number { low: 0.0, high: 0.999_999, above_low: false },
            words(
                "찬성해야 하는 심사단의 비율. 이보다 많아야 합니다",
                "share of the panel that must agree; more than this",
            ),
        ),
        need(
            "none_allowed",
            Kind::Bool,
            words("심사단이 아무도 고르지 않아도 되는지", "whether the panel may choose nobody"),
        ),
        may(
            "source",
            Kind::Text,
            words(
                "심사단 투표의 CSV 파일. 열은 `member`, `candidate`이고, 아무도 고르지 않으면 둘째 칸을 비웁니다",
                "a CSV file of the panel's votes: member and candidate, the second empty for nobody",
            ),
        ),
    ],
};

static LOOKS: Section = Section {
    name: words("`looks`", "`looks`"),
    keys: &[
        need(
            "spending",
            Kind::Word(&["obrien_fleming", "pocock"]),
            words(
                "틀릴 확률을 나누어 쓰는 방법: 처음에는 거의 쓰지 않거나, 볼 때마다 고르게 씁니다",
                "how the chance of error is spent: almost nothing early, or about the same at every look",
            ),
        ),
        need(
            "criterion",
            Kind::Id,
            words(
                "증거가 늘어나는 평가 항목의 id. 벤치마크, 평점, 투표 가운데 하나입니다",
                "the id of the criterion whose evidence grows: a benchmark, marks or votes",
            ),
        ),
        need(
            "full",
            Kind::Integer(1, u32::MAX as u64),
            words(
                "계획한 증거가 모두 모였을 때 독립된 단위(묶음, 평가자, 투표자)의 수",
                "independent units (clusters, raters or voters) when everything planned is there",
            ),
        ),
    ],
};

pub(super) static CARRY: Section = Section {
    name: words("`carry`", "`carry`"),
    keys: &[
        need("stage", Kind::Id, words("앞선 단계의 id", "the id of an earlier stage")),
        need(
            "share",
            SHARE,
            words(
                "총점에서 그 단계의 총점이 차지하는 몫: 0부터 1까지",
                "its part of the composite, from 0 to 1",
            ),
        ),
    ],
};
