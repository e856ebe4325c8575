//! Numbers in Korean text: separators, decimals, fractions, signs, and forms such as 3만 5천.

use super::number_words;
use crate::score::numeric::Number;

/// More digits than any number here holds. A longer row of groups ("123,123,…") is no number, and reading on to its end
/// from each of its groups would take the square of its length.
const MAX_DIGITS: usize = 60;

/// A number and where it stands, in characters.
#[derive(Clone, Copy, Debug)]
struct Spotted {
    start: usize,
    end: usize,
    number: Number,
}

/// The number that a marked stretch of text gives as the answer.
pub(super) fn in_segment(segment: &str, before: bool) -> Option<String> {
    // "5시간 30분이 아니라 6시간": what is denied may hold several numbers.
    let undenied = super::marker::without_denied(segment);
    let undenied_has_number = undenied.contains(|c: char| c.is_ascii_digit());
    let segment = if undenied_has_number { undenied } else { segment };
    let chars: Vec<char> = segment.chars().collect();
    let spotted = scan(&chars);
    let chosen = if before { spotted.last().map(|last| last.number) } else { answer(&spotted, &chars) };
    let word = || number_words::at_start(segment);
    // "정답은 세 개": the word stands before any digits ("세 개 (3 × 1)").
    let starts_with_digit = spotted.first().is_some_and(|first| first.start <= 2);
    if before || starts_with_digit { chosen } else { word().or(chosen).or_else(|| circled(&chars)) }
        .map(Number::canonical)
}

/// The number that a text begins with.
pub(super) fn at_start(text: &str) -> Option<String> {
    let line = text.trim_start().lines().next().unwrap_or_default();
    let lead = ["총", "약", "모두", "전부", "합계", "=", ":"];
    let mut rest = line.trim_start();
    for word in lead {
        rest = rest.strip_prefix(word).unwrap_or(rest).trim_start();
    }
    let chars: Vec<char> = rest.chars().collect();
    let spotted = scan(&chars);
    let begins = spotted
        .first()
        .is_some_and(|first| chars.iter().take(first.start).all(|c| "-+$₩€£¥([ ".contains(*c)));
    if !begins {
        return number_words::at_start(rest).map(Number::canonical);
    }
    answer(&spotted, &chars).map(Number::canonical)
}

/// The last number of a text.
pub(super) fn last(text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    scan(&chars)
        .last()
        .map(|spotted| spotted.number)
        .or_else(|| number_words::at_start(text))
        .map(Number::canonical)
}

/// Of the numbers in a stretch the one that is meant: the result of an equation, else the first that is
/// not denied ("3이 아니라 4").
fn answer(spotted: &[Spotted], chars: &[char]) -> Option<Number> {
    let first = spotted.iter().find(|one| !denied(chars, one.end)).or_else(|| spotted.first())?;
    if !operator_follows(chars, first.end) {
        return Some(first.number);
    }
    let equals = chars.iter().rposition(|c| matches!(c, '=' | '≈'));
    let result = match equals {
        Some(equals) => spotted.iter().find(|one| one.start > equals),
        None => spotted.last(),
    };
    result.or(Some(first)).map(|one| one.number)
}

/// Whether what follows a number denies it.
fn denied(chars: &[char], end: usize) -> bool {
    let next: String = chars.iter().skip(end).take(8).collect();
    ["이 아니", "가 아니", "이 아닌", "가 아닌"]
        .iter()
        .filter_map(|denial| next.find(denial))
        .any(|at| next.get(..at).is_some_and(|unit| unit.chars().count() <= 3 && !unit.contains(' ')))
}

/// Whether an operator follows a number and its unit: then it is a term, not the answer.
fn operator_follows(chars: &[char], end: usize) -> bool {
    let mut rest = chars.iter().skip(end).peekable();
    let mut unit = 0;
    while rest.peek().is_some_and(|c| c.is_alphabetic() && !matches!(c, 'x' | 'X') && unit < 4) {
        rest.next();
        unit += 1;
    }
    let mut rest = rest.skip_while(|c| **c == ' ');
    let Some(operator) = rest.next() else { return false };
    let operand = rest.find(|c| **c != ' ');
    matches!(operator, '+' | '-' | '×' | '÷' | '*' | '/' | '=' | 'x' | 'X' | '≈')
        && operand.is_some_and(|c| c.is_ascii_digit() || matches!(c, '(' | '$' | '₩' | '-'))
}

/// A circled number, where a question's options are numbers.
fn circled(chars: &[char]) -> Option<Number> {
    chars
        .iter()
        .find(|c| ('①'..='⑳').contains(*c))
        .map(|c| Number::whole(i128::from(u32::from(*c) - u32::from('①') + 1)))
}

/// All numbers from left to right.
fn scan(chars: &[char]) -> Vec<Spotted> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        match (Reader { chars, at }).read() {
            Some((number, end)) => {
                found.push(Spotted {
                    start: at,
                    end,
                    number: if negative(chars, at) { number.negated() } else { number },
                });
                at = end.max(at + 1);
            }
            // The whole run of digits is skipped, so that "x12" does not read as 2.
            None if chars.get(at).is_some_and(char::is_ascii_digit) => {
                while chars.get(at).is_some_and(char::is_ascii_digit) {
                    at += 1;
                }
            }
            None => at += 1,
        }
    }
    found
}

/// Whether a minus sign or word before `start` belongs to the number and is no operator or list mark.
fn negative(chars: &[char], start: usize) -> bool {
    let mut before = chars.iter().take(start).rev().peekable();
    while before.peek().is_some_and(|c| "$₩€£¥".contains(**c)) {
        before.next();
    }
    if before.peek() == Some(&&'-') {
        before.next();
        let earlier = before.find(|c| !matches!(c, ' ' | '\t'));
        return !earlier.is_some_and(|c| c.is_alphanumeric() || matches!(c, ')' | '%' | '-'));
    }
    let words: String = chars.iter().take(start).rev().take(6).collect();
    let words: String = words.chars().rev().collect();
    let words = words.trim_end();
    words.ends_with("마이너스") || words.ends_with("영하")
}

/// Reads one number from a place in a text.
struct Reader<'a> {
    chars: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// The number at this place and where it ends.
    fn read(mut self) -> Option<(Number, usize)> {
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at));
        if before.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_') {
            return None;
        }
        let (first, whole) = self.digits()?;
        if let Some(fraction) = self.fraction(first, whole) {
            return Some((fraction, self.at));
        }
        if let Some(scaled) = self.exponent(first) {
            return Some((scaled, self.at));
        }
        let number = self.multiplied(first)?;
        Some((number, self.at))
    }

    /// Digits with separators and a decimal part; and whether they are a whole number.
    fn digits(&mut self) -> Option<(Number, bool)> {
        let start = self.at;
        let mut text = String::new();
        while let Some(c) = self.peek(0).filter(char::is_ascii_digit) {
            text.push(c);
            self.at += 1;
        }
        let leading = text.len();
        while (1..=3).contains(&leading) && text.len() <= MAX_DIGITS && self.peek(0) == Some(',') {
            let group: String = (1..=3).filter_map(|ahead| self.peek(ahead)).collect();
            let fits = group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
            if !fits || self.peek(4).is_some_and(|c| c.is_ascii_digit()) {
                break;
            }
            text.push_str(&group);
            self.at += 4;
        }
        let mut whole = true;
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            text.push('.');
            self.at += 1;
            whole = false;
            while let Some(c) = self.peek(0).filter(char::is_ascii_digit) {
                text.push(c);
                self.at += 1;
            }
        }
        let number = Number::decimal(&text);
        if number.is_none() {
            self.at = start;
        }
        number.map(|number| (number, whole))
    }

    /// `a/b`, `b분의 a`, and a whole number with one of them.
    fn fraction(&mut self, first: Number, whole: bool) -> Option<Number> {
        let start = self.at;
        if !whole {
            return None;
        }
        if self.peek(0) == Some('/') {
            self.at += 1;
            let lower = self.digits().filter(|_| self.peek(0) != Some('/'));
            let fraction = lower.and_then(|(lower, _)| divide(first, lower));
            if fraction.is_none() {
                self.at = start;
            }
            return fraction;
        }
        if self.peek(0) == Some('분') && self.peek(1) == Some('의') {
            self.at += 2;
            self.skip_space();
            let upper = self.digits();
            let fraction = upper.and_then(|(upper, _)| divide(upper, first));
            if fraction.is_none() {
                self.at = start;
            }
            return fraction;
        }
        // "1과 3분의 2", "2 1/2"
        if matches!(self.peek(0), Some('과' | '와' | ' ')) {
            self.at += 1;
            self.skip_space();
            let part = self.digits().and_then(|(next, whole)| {
                let fraction = matches!(self.peek(0), Some('/' | '분'));
                fraction.then(|| self.fraction(next, whole)).flatten()
            });
            let sum = part.and_then(|part| first.plus(part));
            if sum.is_none() {
                self.at = start;
            }
            return sum;
        }
        None
    }

    /// `1.5e3`, `1.5×10^3`.
    fn exponent(&mut self, first: Number) -> Option<Number> {
        let start = self.at;
        let rest: String = self.chars.iter().skip(start).take(16).collect();
        let compact: String = rest.chars().filter(|c| !matches!(c, ' ' | '{' | '}')).collect();
        let power = ["×10^", "x10^", "*10^", "e", "E"].iter().find_map(|sign| compact.strip_prefix(sign))?;
        let digits: String = power
            .chars()
            .enumerate()
            .take_while(|(place, c)| c.is_ascii_digit() || (*place == 0 && matches!(c, '-' | '+')))
            .map(|(_, c)| c)
            .collect();
        let exponent: i32 = digits.parse().ok()?;
        let scale = 10_i128.checked_pow(exponent.unsigned_abs())?;
        let factor = if exponent < 0 { Number::ratio(1, scale)? } else { Number::whole(scale) };
        let mut left = digits.chars().count() + compact.chars().count() - power.chars().count();
        while left > 0 {
            left -= usize::from(!matches!(self.peek(0), Some(' ' | '{' | '}')));
            self.at += 1;
        }
        self.at += usize::from(self.peek(0) == Some('}'));
        first.times(factor)
    }

    /// 만, 억, 조 with 십, 백, 천 below them: `3만 5천`, `1억 2,000만`.
    fn multiplied(&mut self, first: Number) -> Option<Number> {
        let mut total = Number::whole(0);
        let mut section = Number::whole(0);
        let mut pending = Some(first);
        let mut limit = i128::MAX;
        loop {
            let multiplier = self.peek(0).and_then(number_words::unit_of).filter(|_| self.multiplies());
            match multiplier {
                Some(factor) if factor < 10_000 && factor < limit => {
                    let digit = pending.take().unwrap_or(Number::whole(1));
                    section = section.plus(digit.times(Number::whole(factor))?)?;
                    self.at += 1;
                }
                Some(factor) if factor >= 10_000 && factor < limit => {
                    let sum = section.plus(pending.take().unwrap_or(Number::whole(0)))?;
                    total = total.plus(sum.times(Number::whole(factor))?)?;
                    section = Number::whole(0);
                    limit = factor;
                    self.at += 1;
                }
                Some(_) | None => break,
            }
            if pending.is_none() {
                pending = self.continued();
            }
        }
        total.plus(section)?.plus(pending.unwrap_or(Number::whole(0)))
    }

    /// Whether the multiplier here is one, and not the beginning of another word (조각, 만큼).
    fn multiplies(&self) -> bool {
        const AFTER: &str = "원명개마권장대그킬미센톤리달유엔위평표건회번년일시분초점배입이으을를은는가의과와도보까인여쪽편호살세채송척벌켤자포통잔병갑박봉 에십백천만억조";
        self.peek(1).is_none_or(|next| {
            let hangul = ('가'..='힣').contains(&next);
            !hangul || AFTER.contains(next)
        })
    }

    /// Digits that go on after a multiplier, across one space where they can't be another number.
    fn continued(&mut self) -> Option<Number> {
        let start = self.at;
        self.skip_space();
        let spaced = self.at > start;
        let digits_at = self.at;
        let next = self.digits().map(|(next, _)| next);
        let length = self.at - digits_at;
        let joins = self.peek(0).and_then(number_words::unit_of).is_some() && self.multiplies();
        let belongs = next.is_some() && (!spaced || joins || (3..=5).contains(&length));
        if !belongs {
            self.at = start;
            return None;
        }
        next
    }

    fn skip_space(&mut self) {
        while self.peek(0) == Some(' ') {
            self.at += 1;
        }
    }
}

fn divide(upper: Number, lower: Number) -> Option<Number> {
    let inverse = lower.inverse()?;
    upper.times(inverse)
}
