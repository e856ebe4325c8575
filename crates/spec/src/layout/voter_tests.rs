//! The tables of the tests of voters that a criterion registers.

use super::{COUNT, Key, Kind, POSITIVE, Section, may, words};

/// Every test, by its key.
pub(crate) const TESTS: &[&str] =
    &["one_sided", "speed", "copied_timing", "copied_votes", "position", "gold"];

/// A share or probability that is neither nothing nor all.
const INSIDE: Kind = Kind::Number { low: 0.0, high: 0.999_999, above_low: true };
const AT_LEAST_ONE: Kind = Kind::Integer(1, u32::MAX as u64);

const LEAST_VOTES: Key = may(
    "least_votes",
    COUNT,
    words("이보다 투표가 적은 사람은 검사하지 않습니다", "whoever has fewer votes is not tested"),
);

pub(super) static VOTER_TESTS: Section = Section {
    name: words("`tests`", "`tests`"),
    keys: &[
        may(
            "run",
            Kind::Words(TESTS),
            words(
                "등록하는 검사. 적지 않으면 모두 등록합니다",
                "the tests that are registered; all of them where not written",
            ),
        ),
        may(
            "control",
            Kind::Word(&["false_discovery", "each_voter"]),
            words(
                "`level`이 무엇의 한도인지: 의심받은 사람 가운데 정직한 사람의 비율, 또는 정직한 사람이 의심받을 확률",
                "what `level` limits: the share of honest voters among the flagged, or an honest voter's probability of a flag",
            ),
        ),
        may(
            "level",
            INSIDE,
            words(
                "잘못 의심하는 한도. 적지 않으면 0.05입니다",
                "the limit of false flags; 0.05 where not written",
            ),
        ),
        may(
            "one_sided",
            Kind::Table(&ONE_SIDED),
            words("한 후보를 되풀이해 편드는지", "repeated one-sidedness for or against a candidate"),
        ),
        may("speed", Kind::Table(&SPEED), words("읽을 수 없는 빠르기로 투표하는지", "impossible speed")),
        may(
            "copied_timing",
            Kind::Table(&COPIED),
            words("두 계정의 투표 간격이 같은지", "the same times between votes in two accounts"),
        ),
        may(
            "copied_votes",
            Kind::Table(&COPIED),
            words(
                "두 계정이 같은 대결에 같은 차례로 같은 답을 냈는지",
                "the same battles with the same results in the same order in two accounts",
            ),
        ),
        may("position", Kind::Table(&POSITION), words("언제나 같은 쪽을 고르는지", "always the same side")),
        may(
            "gold",
            Kind::Table(&GOLD),
            words("답이 알려진 대결에서 틀리는지", "disagreement with battles whose answer is known"),
        ),
    ],
};

static ONE_SIDED: Section = Section {
    name: words("`one_sided`", "`one_sided`"),
    keys: &[
        LEAST_VOTES,
        may(
            "least_other_votes",
            COUNT,
            words(
                "그 후보에 대한 다른 사람의 투표가 이보다 적으면 검사하지 않습니다",
                "votes of others on the candidate, at least",
            ),
        ),
        may(
            "taste_spread",
            Kind::Number { low: 0.0, high: 5.0, above_low: false },
            words(
                "정직한 사람의 취향이 흩어진 정도(로짓의 표준편차)",
                "standard deviation of an honest voter's own taste, in logits",
            ),
        ),
    ],
};

static SPEED: Section = Section {
    name: words("`speed`", "`speed`"),
    keys: &[
        LEAST_VOTES,
        may(
            "characters_per_second",
            POSITIVE,
            words("아무도 1초에 이만큼은 읽지 못하는 글자 수", "characters that nobody reads in a second"),
        ),
        may(
            "least_ms",
            Kind::Integer(0, u32::MAX as u64),
            words("한 번 투표하는 데 드는 최소 시간(밀리초)", "least milliseconds of any vote"),
        ),
        may(
            "tolerated",
            INSIDE,
            words(
                "정직한 사람도 너무 빨리 투표할 수 있는 비율",
                "share of votes that an honest voter may cast too fast",
            ),
        ),
    ],
};

static COPIED: Section = Section {
    name: words("`copied_timing` 또는 `copied_votes`", "`copied_timing` or `copied_votes`"),
    keys: &[
        may(
            "least_run",
            AT_LEAST_ONE,
            words("같은 것이 이어진 길이의 최소", "length of a common run, at least"),
        ),
        may(
            "resolution_ms",
            AT_LEAST_ONE,
            words(
                "투표 간격을 견줄 때의 눈금(밀리초)",
                "times between votes are compared at this resolution, in milliseconds",
            ),
        ),
    ],
};

static POSITION: Section = Section {
    name: words("`position`", "`position`"),
    keys: &[
        LEAST_VOTES,
        may(
            "tolerated",
            Kind::Number { low: 0.5, high: 0.999_999, above_low: false },
            words(
                "정직한 사람도 한쪽을 고를 수 있는 비율: 0.5 이상",
                "share of votes for one side that an honest voter may have, from 0.5",
            ),
        ),
    ],
};

static GOLD: Section = Section {
    name: words("`gold`", "`gold`"),
    keys: &[
        LEAST_VOTES,
        may(
            "tolerated",
            INSIDE,
            words(
                "정직한 사람도 답이 알려진 대결에서 틀릴 수 있는 비율",
                "share of gold battles on which an honest voter may disagree",
            ),
        ),
    ],
};
