//! Numbers written in words: 스물다섯, 세 (개), 삼만 오천.

use crate::score::numeric::Number;

const TENS: [(&str, i128); 10] = [
    ("열", 10),
    ("스물", 20),
    ("스무", 20),
    ("서른", 30),
    ("마흔", 40),
    ("쉰", 50),
    ("예순", 60),
    ("일흔", 70),
    ("여든", 80),
    ("아흔", 90),
];
const ONES: [(&str, i128); 15] = [
    ("하나", 1),
    ("다섯", 5),
    ("여섯", 6),
    ("일곱", 7),
    ("여덟", 8),
    ("아홉", 9),
    ("둘", 2),
    ("셋", 3),
    ("넷", 4),
    ("한", 1),
    ("두", 2),
    ("세", 3),
    ("석", 3),
    ("네", 4),
    ("넉", 4),
];
/// Forms that only stand before a counted thing ("세 개") and are other words elsewhere ("네, 맞습니다").
const BOUND: [&str; 7] = ["한", "두", "세", "석", "네", "넉", "스무"];
const COUNTERS: [&str; 34] = [
    "개",
    "명",
    "원",
    "마리",
    "권",
    "장",
    "번",
    "살",
    "시간",
    "시",
    "분",
    "초",
    "일",
    "년",
    "km",
    "cm",
    "킬로",
    "미터",
    "센티",
    "그램",
    "점",
    "배",
    "대",
    "층",
    "줄",
    "쪽",
    "도",
    "퍼센트",
    "%",
    "그루",
    "송이",
    "자루",
    "병",
    "상자",
];
const COPULAS: [&str; 7] = ["입니다", "이다", "이에요", "예요", "이며", "이고", "임"];

/// The number in words that `text` begins with (총, 모두 and 약 may stand before it).
pub(super) fn at_start(text: &str) -> Option<Number> {
    let mut rest = text.trim_start();
    for lead in ["총", "약", "모두", "전부", "합계"] {
        let stripped = rest.strip_prefix(lead).filter(|rest| rest.starts_with(' '));
        rest = stripped.unwrap_or(rest).trim_start();
    }
    native(rest).or_else(|| sino(rest))
}

/// What a number word may stand before: the end, a sign, a counter or a copula.
fn closes(rest: &str, bound: bool) -> bool {
    let next = rest.trim_start();
    let counter = COUNTERS.iter().any(|counter| next.starts_with(counter));
    let free = rest.is_empty()
        || rest.starts_with(|c: char| c.is_ascii_punctuation() || c == '\n')
        || COPULAS.iter().any(|copula| rest.starts_with(copula));
    counter || (free && !bound)
}

fn take<'a>(text: &'a str, table: &[(&str, i128)]) -> Option<(i128, &'a str, bool)> {
    table.iter().find_map(|(word, value)| {
        let rest = text.strip_prefix(word)?;
        Some((*value, rest, BOUND.contains(word)))
    })
}

fn native(text: &str) -> Option<Number> {
    let (tens, rest, tens_bound) = take(text, &TENS).unwrap_or((0, text, false));
    let (ones, rest, ones_bound) = take(rest, &ONES).unwrap_or((0, rest, false));
    let value = tens + ones;
    let bound = ones_bound || (ones == 0 && tens_bound);
    (value > 0 && closes(rest, bound)).then(|| Number::whole(value))
}

fn sino(text: &str) -> Option<Number> {
    let mut total = 0_i128;
    let mut section = 0_i128;
    let mut digit = None;
    let mut syllables = 0;
    let mut rest = text;
    loop {
        // One space may stand between groups: 삼만 오천.
        let next = rest.strip_prefix(' ').filter(|_| syllables > 0 && digit.is_none()).unwrap_or(rest);
        let Some(c) = next.chars().next() else { break };
        match (digit_of(c), unit_of(c)) {
            (Some(value), _) if digit.is_none() => digit = Some(value),
            (None, Some(unit)) if unit < 10_000 => section += digit.take().unwrap_or(1) * unit,
            (None, Some(unit)) => {
                let below = section + digit.take().unwrap_or(0);
                total += below.max(1) * unit;
                section = 0;
            }
            (Some(_) | None, _) => break,
        }
        syllables += 1;
        if syllables > 24 {
            return None;
        }
        rest = next.get(c.len_utf8()..)?;
    }
    let value = total + section + digit.unwrap_or(0);
    (syllables > 0 && closes(rest, false)).then(|| Number::whole(value))
}

const fn digit_of(c: char) -> Option<i128> {
    match c {
        '영' | '공' => Some(0),
        '일' => Some(1),
        '이' => Some(2),
        '삼' => Some(3),
        '사' => Some(4),
        '오' => Some(5),
        '육' => Some(6),
        '칠' => Some(7),
        '팔' => Some(8),
        '구' => Some(9),
        _ => None,
    }
}

/// What a word for a power of ten stands for.
pub(super) const fn unit_of(c: char) -> Option<i128> {
    match c {
        '십' => Some(10),
        '백' => Some(100),
        '천' => Some(1_000),
        '만' => Some(10_000),
        '억' => Some(100_000_000),
        '조' => Some(1_000_000_000_000),
        _ => None,
    }
}
