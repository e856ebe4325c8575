//! Numbers of people: resident, foreigner, card, telephone, account, licence, by their digits alone.

use super::{Certainty, PersonalKind, Raw, digits};
use digits::Run;
use regex::Regex;
use std::{borrow::Cow, sync::LazyLock};

/// How far before a number a word says what it is, in characters.
const CONTEXT: usize = 24;

/// Whether the text right before, or behind, says what the number is. A mark that stands for another number is no such
/// word: those begin behind `[`.
struct Said {
    resident: Option<Regex>,
    phone: Option<Regex>,
    account: Option<Regex>,
    bank_behind: Option<Regex>,
    licence: Option<Regex>,
}

const BANKS: &str = "국민|신한|우리|하나|농협|기업|카카오 ?뱅크|카뱅|토스 ?뱅크|토스|케이 ?뱅크|제일|씨티|새마을 ?금고|우체국|신협|수협|부산|대구|아이엠 ?뱅크|광주|전북|경남|제주|산업|kb|nh|ibk|kdb|sc|shinhan|woori|hana|kakao ?bank|toss ?bank";

static SAID: LazyLock<Said> = LazyLock::new(|| {
    let free = |words: &str| Regex::new(&format!("(?i)[^\\[가-힣a-z](?:{words})")).ok();
    Said {
        resident: free("주민|rrn|resident|외국인 ?등록|foreigner|alien reg|registration n"),
        phone: free("전화|휴대|핸드폰|연락처|연락|번호는|폰|tel|phone|call|mobile|contact|팩스|fax|문자"),
        account: free(&format!(
            "(?:내 |제 )?계좌|통장|입금|송금|예금|account|iban|(?:{BANKS}) ?(?:은행|bank)|카카오 ?뱅크|카뱅|토스 ?뱅크|케이 ?뱅크|농협|새마을 ?금고|우체국|신협|수협|(?:kb|nh|ibk) ?(?:국민|농협|기업)"
        )),
        bank_behind: Regex::new(&format!("(?i)^[ (]{{0,2}}(?:{BANKS})(?: ?은행| ?bank|뱅크|\\)|,| )")).ok(),
        licence: free("운전 ?면허|면허 ?번호|면허|driver|licen[cs]e"),
    }
});

fn said(words: Option<&Regex>, text: &str) -> bool {
    words.is_some_and(|words| words.is_match(text))
}

/// Numbers in folded text; those of one run do not overlap.
pub(super) fn find(text: &str) -> Vec<Raw> {
    let mut found = Vec::new();
    for run in Run::all(text) {
        let mut at = 0;
        while at < run.len() {
            // A number begins where something else ends.
            if !run.breaks_at(at) || (at == 0 && run.begins_in_word) {
                at += 1;
                continue;
            }
            match number(text, &run, at) {
                Some((count, kind, certainty)) => {
                    found.extend(
                        run.range(at, count).map(|range| (with_plus(text, range, kind), kind, certainty)),
                    );
                    at += count;
                }
                None => at += 1,
            }
        }
    }
    found
}

/// The sign before a country's code belongs to the number.
fn with_plus(text: &str, range: std::ops::Range<usize>, kind: PersonalKind) -> std::ops::Range<usize> {
    let has_plus =
        kind == PersonalKind::Phone && text.get(..range.start).is_some_and(|before| before.ends_with('+'));
    range.start - usize::from(has_plus)..range.end
}

type Number = (usize, PersonalKind, Certainty);

/// The number that begins with digit `at` of a run.
fn number(text: &str, run: &Run, at: usize) -> Option<Number> {
    let start = run.range(at, 1)?.start;
    let before = tail(text, start);
    let before = before.trim_end_matches(digits::MARKS);
    resident(run, at, before)
        .or_else(|| card(run, at))
        .or_else(|| licence(run, at, before))
        .or_else(|| phone(run, at, before))
        .or_else(|| account(text, run, at, before))
}

/// The last characters of what stands before, from the last line end on, which is part of it. A word at its very
/// beginning has lost what stands before it, and does not count: it may be a mark's.
fn tail(text: &str, at: usize) -> Cow<'_, str> {
    let before = text.get(..at).unwrap_or_default();
    let from = before.char_indices().rev().take(CONTEXT).find(|(place, c)| *c == '\n' || *place == 0);
    match from {
        Some((0, c)) if c != '\n' => Cow::Owned(format!("\n{before}")),
        Some((place, _)) => Cow::Borrowed(before.get(place..).unwrap_or_default()),
        None => {
            let place = before.char_indices().rev().take(CONTEXT).last().map_or(0, |(place, _)| place);
            Cow::Borrowed(before.get(place..).unwrap_or_default())
        }
    }
}

/// Whether the number of `count` digits ends where the run pauses.
fn ends(run: &Run, at: usize, count: usize) -> bool {
    run.breaks_at(at + count) && !(at + count == run.len() && run.ends_in_word)
}

fn resident(run: &Run, at: usize, before: &str) -> Option<Number> {
    let digits = run.digits(at, 13).filter(|_| ends(run, at, 13))?;
    let gender = digits.get(6).copied()?;
    if !digits::is_day(&digits) {
        return None;
    }
    let is_foreign = (5..=8).contains(&gender);
    let kind = if is_foreign { PersonalKind::ForeignerNumber } else { PersonalKind::ResidentNumber };
    if digits::resident_check(&digits, is_foreign) {
        return Some((13, kind, Certainty::Checked));
    }
    // Codes of goods have 13 digits too, and those of Korea begin with 880: what has no check digit must be written as
    // these numbers are, six and seven, or be said to be one.
    let is_written_so = run.parts(at, 13) == [6, 7] || run.parts(at, 13).len() > 6;
    let is_young = matches!(digits.as_slice(), [2 | 3, _, ..]) && matches!(gender, 3 | 4 | 7 | 8);
    (is_written_so || is_young || said(SAID.resident.as_ref(), before)).then_some((13, kind, Certainty::Form))
}

fn card(run: &Run, at: usize) -> Option<Number> {
    [16, 15, 14, 19].into_iter().find_map(|count| {
        let digits = run.digits(at, count).filter(|_| ends(run, at, count))?;
        let parts = run.parts(at, count);
        let is_grouped = match count {
            16 => parts.len() == 1 || parts == [4, 4, 4, 4] || parts.len() == 16 || parts == [8, 8],
            15 => parts.len() == 1 || parts == [4, 6, 5],
            14 => parts.len() == 1 || parts == [4, 6, 4],
            _ => parts.len() == 1 || parts == [4, 4, 4, 4, 3],
        };
        let is_issuer = matches!(
            (count, digits.as_slice()),
            (16, [3..=6 | 9, ..] | [2, 2..=7, ..])
                | (15, [3, 4 | 7, ..])
                | (14, [3, 0 | 6 | 8, ..])
                | (19, [4 | 6, ..])
        );
        let is_even = digits.windows(2).all(|pair| matches!(pair, [one, other] if one == other));
        (is_grouped && is_issuer && !is_even && digits::luhn(&digits)).then_some((
            count,
            PersonalKind::Card,
            Certainty::Checked,
        ))
    })
}

/// `11-22-333333-44`, where the first two are the place that issued it.
fn licence(run: &Run, at: usize, before: &str) -> Option<Number> {
    let digits = run.digits(at, 12).filter(|_| ends(run, at, 12))?;
    let [p1, p2, ..] = digits.as_slice() else {
        return None;
    };
    let is_place = matches!(p1 * 10 + p2, 11..=28);
    let is_written_so = run.parts(at, 12) == [2, 2, 6, 2];
    (is_place && (is_written_so || said(SAID.licence.as_ref(), before))).then_some((
        12,
        PersonalKind::DriversLicence,
        Certainty::Form,
    ))
}

fn phone(run: &Run, at: usize, before: &str) -> Option<Number> {
    let found = |count| Some((count, PersonalKind::Phone, Certainty::Form));
    let is_said = said(SAID.phone.as_ref(), before);
    // Country's code: +82 10 …, 0082 10 …, +1 …
    for code in [&[8, 2][..], &[0, 0, 8, 2]] {
        if run.digits(at, code.len()).as_deref() == Some(code)
            && (code.len() == 4 || before.ends_with('+') || is_said)
        {
            let national = at + code.len();
            let zero = usize::from(run.digits(national, 1).as_deref() == Some(&[0]));
            let count = domestic(run, national + zero, true);
            if let Some(count) = count {
                return found(code.len() + zero + count);
            }
        }
    }
    if before.ends_with('+') {
        let most = (8..=14).rev().find(|count| run.digits(at, *count).is_some() && ends(run, at, *count));
        return most.and_then(found);
    }
    if run.digits(at, 1)? != [0] {
        return None;
    }
    let count = domestic(run, at + 1, false)? + 1;
    let is_mobile = run.digits(at, 2)? == [0, 1];
    // A landline's digits in one go are any number's.
    (is_mobile || is_said || run.is_apart(at, count)).then(|| found(count)).flatten()
}

/// The length of a number without the zero before its area.
fn domestic(run: &Run, at: usize, is_abroad: bool) -> Option<usize> {
    let area = run.digits(at, 2)?;
    let lengths: &[usize] = match area.as_slice() {
        [1, 0 | 1 | 6..=9] => &[10, 9],
        [2, _] => &[9, 8],
        [3, 1..=3] | [4 | 6, 1..=4] | [5, 1..=5] => &[9, 10],
        [7 | 5, 0] => &[10],
        _ => return None,
    };
    lengths.iter().copied().find(|count| {
        let area = if area.first() == Some(&2) { 1 } else { 2 };
        let parts = run.parts(at, *count);
        // Area, then three or four digits, then four; or all in one; or all apart.
        let is_grouped = matches!(
            parts.as_slice(),
            [_] | [_, 4 | 7 | 8] | [_, 3 | 4, 4] | [2 | 1, 4, 2, 2] | [_, 2, 2, 4]
        ) || parts.len() + 1 >= *count;
        run.digits(at, *count).is_some()
            && ends(run, at, *count)
            && is_grouped
            && (is_abroad
                || parts
                    .first()
                    .is_some_and(|first| *first == area || *first > 4 || parts.len() + 1 >= *count))
    })
}

/// 10 to 14 digits beside the name of a bank, or of an account.
fn account(text: &str, run: &Run, at: usize, before: &str) -> Option<Number> {
    (10..=14).rev().find_map(|count| {
        let end = run.range(at, count)?.end;
        let behind = text.get(end..).unwrap_or_default().trim_start_matches(digits::MARKS);
        let is_said = said(SAID.account.as_ref(), before)
            || (run.is_apart(at, count) && said(SAID.bank_behind.as_ref(), behind));
        let pauses_are_few = run.parts(at, count).len() <= 4;
        (ends(run, at, count) && is_said && pauses_are_few).then_some((
            count,
            PersonalKind::BankAccount,
            Certainty::Form,
        ))
    })
}
