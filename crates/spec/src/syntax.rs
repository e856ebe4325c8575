//! What the TOML parser says of a broken line, in both languages.
//!
//! The parser speaks English alone: a short description, and often what it expected. Its descriptions are few and
//! stand in the table below; one that is not there yet is quoted.

use daepyo_core::Localized;
use std::borrow::Cow;

/// The parser's own words for English readers, and what they mean for Korean ones.
pub(crate) fn words_of(detail: &str) -> Localized {
    let (description, expected) =
        detail.split_once(", expected ").map_or((detail, None), |(head, tail)| (head, Some(tail)));
    let ko = meaning(description).map_or_else(|| format!("`{description}`"), Cow::into_owned);
    let ko = match expected.map(wanted) {
        Some(wanted) if !wanted.is_empty() => format!("{ko} (올 수 있는 것: {wanted})"),
        Some(_) | None => ko,
    };
    Localized { ko, en: detail.to_owned() }
}

fn meaning(description: &str) -> Option<Cow<'static, str>> {
    if let Some((_, ko)) = DESCRIPTIONS.iter().find(|(en, _)| *en == description) {
        return Some((*ko).into());
    }
    // The rest of such a description is the type of the value that stands there already.
    let extends = description.starts_with("cannot extend value of type ");
    extends.then(|| "이미 다른 값이 있는 키 아래에 키를 더할 수 없습니다".into())
}

/// What the parser expected: quoted characters stay, names are put into Korean, others are left to the English words.
fn wanted(expected: &str) -> String {
    let items = expected.split(", ").filter_map(|item| match EXPECTED.iter().find(|(en, _)| *en == item) {
        Some((_, ko)) => Some(*ko),
        None => (item.starts_with('`') && item.ends_with('`')).then_some(item),
    });
    items.collect::<Vec<_>>().join(", ")
}

const DESCRIPTIONS: &[(&str, &str)] = &[
    ("`_` may only go between digits", "`_`는 숫자 사이에만 쓸 수 있습니다"),
    ("cannot recurse further; max recursion depth met", "괄호가 너무 깊이 겹쳤습니다"),
    ("carriage return must be followed by newline", "줄바꿈 문자 CR 뒤에 LF가 없습니다"),
    ("duplicate key", "같은 키가 두 번 나옵니다"),
    ("extra `=`", "`=`이 하나 더 있습니다"),
    ("extra assignment between key-value pairs", "`=`이 하나 더 있습니다"),
    ("extra comma in array", "목록에 쉼표가 하나 더 있습니다"),
    ("extra comma in inline table", "`{ }` 표에 쉼표가 하나 더 있습니다"),
    ("floating-point number overflowed", "수가 너무 큽니다"),
    ("integer number overflowed", "정수가 너무 큽니다"),
    ("integers with a radix cannot be signed", "진법을 밝힌 정수에는 부호를 붙일 수 없습니다"),
    ("invalid basic string", "따옴표 안에 쓸 수 없는 글자가 있습니다"),
    ("invalid binary number", "2진수가 아닙니다"),
    ("invalid boolean", "`true`도 `false`도 아닙니다"),
    ("invalid comment character", "주석에 쓸 수 없는 글자가 있습니다"),
    ("invalid date", "있는 날짜가 아닙니다"),
    ("invalid date-time", "날짜와 시각의 꼴이 아닙니다"),
    ("invalid datetime", "날짜와 시각의 꼴이 아닙니다"),
    ("invalid exponent", "수의 지수가 잘못되었습니다"),
    ("invalid float", "소수의 꼴이 아닙니다"),
    ("invalid fraction", "수의 소수 부분이 잘못되었습니다"),
    ("invalid hexadecimal number", "16진수가 아닙니다"),
    ("invalid inline table element", "`{ }` 표에 쓸 수 없는 것이 있습니다"),
    ("invalid integer number", "정수의 꼴이 아닙니다"),
    ("invalid key", "키에 쓸 수 없는 글자가 있습니다"),
    ("invalid key-value pair", "`키 = 값`의 꼴이 아닙니다"),
    ("invalid literal string", "작은따옴표 안에 쓸 수 없는 글자가 있습니다"),
    ("invalid mantissa", "수의 꼴이 아닙니다"),
    ("invalid multi-line basic string", "여러 줄 따옴표 안에 쓸 수 없는 글자가 있습니다"),
    ("invalid multi-line literal string", "여러 줄 작은따옴표 안에 쓸 수 없는 글자가 있습니다"),
    ("invalid octal number", "8진수가 아닙니다"),
    ("invalid offset", "시간대의 꼴이 아닙니다"),
    ("invalid string", "글의 따옴표가 맞지 않습니다"),
    ("invalid table", "표 제목의 꼴이 아닙니다"),
    ("invalid time", "있는 시각이 아닙니다"),
    ("invalid unquoted key", "따옴표 없는 키에 쓸 수 없는 글자가 있습니다"),
    ("invalid value", "값의 꼴이 아닙니다"),
    ("key with no value", "키에 값이 없습니다"),
    ("missing array opening", "목록을 여는 괄호가 없습니다"),
    ("missing assignment between key-value pairs", "키와 값 사이에 `=`이 없습니다"),
    ("missing comma between array elements", "목록의 항목 사이에 쉼표가 없습니다"),
    ("missing comma between key-value pairs", "`{ }` 표의 항목 사이에 쉼표가 없습니다"),
    ("missing comment start", "주석을 여는 `#`이 없습니다"),
    ("missing escaped value", "`\\` 뒤에 글자가 없습니다"),
    ("missing inline table opening", "표를 여는 괄호가 없습니다"),
    ("missing key for inline table element", "`{ }` 표의 값에 키가 없습니다"),
    ("missing opening quote", "여는 따옴표가 없습니다"),
    ("missing table open", "표 제목을 여는 괄호가 없습니다"),
    ("missing value", "값이 없습니다"),
    ("missing value for key", "키에 값이 없습니다"),
    ("radix must be lowercase", "진법은 소문자로 적습니다"),
    ("recursion limit", "점으로 이은 키가 너무 깁니다"),
    ("redundant integer number prefix", "수의 진법이 두 번 적혀 있습니다"),
    ("redundant numeric sign", "수의 부호가 두 번 적혀 있습니다"),
    ("string values must be quoted", "글은 따옴표로 묶어야 합니다"),
    ("too few unicode value digits", "유니코드 번호의 자릿수가 모자랍니다"),
    ("unclosed array", "목록이 닫히지 않았습니다"),
    ("unclosed array table", "`[[ ]]` 표 제목이 닫히지 않았습니다"),
    ("unclosed inline table", "`{ }` 표가 닫히지 않았습니다"),
    ("unclosed table", "표 제목이 닫히지 않았습니다"),
    ("unexpected `=` in array", "목록 안에 `=`이 있습니다"),
    ("unexpected content", "여기에 올 수 없는 글자가 있습니다"),
    ("unexpected content between comment and newline", "주석과 줄 끝 사이에 다른 글자가 있습니다"),
    ("unexpected key or value", "여기에 올 수 없는 키나 값이 있습니다"),
    ("unexpected leading zero", "수는 0으로 시작할 수 없습니다"),
    ("unexpected sign", "여기에 부호를 쓸 수 없습니다"),
    ("unquoted keys cannot be empty", "키가 비어 있습니다"),
];

const EXPECTED: &[(&str, &str)] = &[
    ("a four-digit year (YYYY)", "네 자리 연도"),
    ("a two-digit day (DD)", "두 자리 일"),
    ("a two-digit hour (HH)", "두 자리 시"),
    ("a two-digit minute (MM)", "두 자리 분"),
    ("a two-digit month (MM)", "두 자리 월"),
    ("a two-digit second (SS)", "두 자리 초"),
    ("characters", "글자"),
    ("day", "일"),
    ("digits", "숫자"),
    ("hour", "시"),
    ("hour between 00 and 23", "00시에서 23시"),
    ("hours between 00 and 23", "00시에서 23시"),
    ("key", "키"),
    ("letters", "영문자"),
    ("minute", "분"),
    ("minute between 00 and 59", "00분에서 59분"),
    ("minutes between 00 and 59", "00분에서 59분"),
    ("month", "월"),
    ("month between 01 and 12", "1월에서 12월"),
    ("literal string", "작은따옴표로 묶은 글"),
    ("multi-line basic string", "여러 줄 따옴표로 묶은 글"),
    ("newline", "줄바꿈"),
    ("non-double-quote visible characters", "큰따옴표가 아닌 보이는 글자"),
    ("non-single-quote characters", "작은따옴표가 아닌 글자"),
    ("non-single-quote visible characters", "작은따옴표가 아닌 보이는 글자"),
    ("numbers", "숫자"),
    ("printable characters", "보이는 글자"),
    ("second", "초"),
    ("second between 00 and 60", "00초에서 60초"),
    ("unicode hexadecimal value", "유니코드 번호의 16진수"),
    ("value", "값"),
];
