//! Digits with what people write between them.

use std::ops::Range;

/// The most signs between two digits of one number.
const WIDEST: usize = 3;
/// Marks of markdown: they are gone once it is shown, so that they part no number.
pub(super) const MARKS: [char; 4] = ['*', '_', '`', '\\'];
/// The most of them at one place: more hide digits, as in `010****5678`.
const MOST_MARKS: usize = 3;

/// What came since the last digit of a run.
#[derive(Clone, Copy, Debug, Default)]
struct Since {
    /// Signs that part digits.
    signs: usize,
    /// Marks since the last sign.
    marks: usize,
    /// Whether the next digit stands apart.
    is_apart: bool,
    /// Whether marks came that touch no digit in front, so that one has to follow: `1234 * 5678` is no number.
    is_loose: bool,
}

impl Since {
    /// With one more character behind `previous`; none where the number is over.
    fn with(mut self, c: char, previous: char) -> Option<Self> {
        if MARKS.contains(&c) {
            let is_strong = matches!(c, '*' | '`');
            self.is_loose |= is_strong && !previous.is_ascii_digit() && !matches!(previous, '*' | '`' | '_');
            // Within a word an underscore stays when markdown is shown.
            self.is_apart |= c == '_';
            self.marks += 1;
            return (self.marks <= MOST_MARKS).then_some(self);
        }
        let goes_on = matches!(c, ' ' | '-' | '.' | '·' | '/' | '(' | ')' | '~');
        (goes_on && !self.is_loose && self.signs < WIDEST).then_some(Self {
            signs: self.signs + 1,
            is_apart: true,
            ..Self::default()
        })
    }
}

/// Digits of a text, one number's or several numbers' that stand close together.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Digits and their places.
    digits: Vec<(u8, usize)>,
    /// Whether something stands before each digit but digits and marks; true for the first.
    breaks: Vec<bool>,
    /// Whether letters stand right before the first or right behind the last digit.
    pub(super) begins_in_word: bool,
    pub(super) ends_in_word: bool,
}

impl Run {
    /// Runs of a text in order.
    pub(super) fn all(text: &str) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        // None where the run is over.
        let mut since: Option<Since> = None;
        let mut previous = ' ';
        for (place, c) in text.char_indices() {
            if let Some(digit) = c.to_digit(10).and_then(|digit| u8::try_from(digit).ok()) {
                match (since, runs.last_mut()) {
                    (Some(since), Some(run)) => {
                        run.digits.push((digit, place));
                        run.breaks.push(since.is_apart);
                    }
                    _ => runs.push(Self {
                        digits: vec![(digit, place)],
                        breaks: vec![true],
                        begins_in_word: previous.is_ascii_alphabetic(),
                        ends_in_word: false,
                    }),
                }
                since = Some(Since::default());
            } else {
                if since.is_some()
                    && previous.is_ascii_digit()
                    && c.is_ascii_alphabetic()
                    && let Some(run) = runs.last_mut()
                {
                    run.ends_in_word = true;
                }
                since = since.and_then(|since| since.with(c, previous));
            }
            previous = c;
        }
        runs
    }

    pub(super) fn len(&self) -> usize {
        self.digits.len()
    }

    /// The digits from `first` on, so many; none where there are fewer.
    pub(super) fn digits(&self, first: usize, count: usize) -> Option<Vec<u8>> {
        Some(self.digits.get(first..first.checked_add(count)?)?.iter().map(|(digit, _)| *digit).collect())
    }

    /// Whether something else than a digit stands before digit `at`, or the run ends there.
    pub(super) fn breaks_at(&self, at: usize) -> bool {
        self.breaks.get(at).copied().unwrap_or(true)
    }

    /// Whether digits stand apart somewhere within these.
    pub(super) fn is_apart(&self, first: usize, count: usize) -> bool {
        self.breaks.get(first + 1..first + count).is_some_and(|breaks| breaks.contains(&true))
    }

    /// How many digits stand together in each part of these.
    pub(super) fn parts(&self, first: usize, count: usize) -> Vec<usize> {
        let mut parts: Vec<usize> = Vec::new();
        for at in first..first + count {
            match parts.last_mut() {
                Some(last) if !self.breaks_at(at) => *last += 1,
                _ => parts.push(1),
            }
        }
        parts
    }

    /// The bytes of these digits.
    pub(super) fn range(&self, first: usize, count: usize) -> Option<Range<usize>> {
        let start = self.digits.get(first)?.1;
        let last = self.digits.get((first + count).checked_sub(1)?)?.1;
        Some(start..last + 1)
    }
}

/// Luhn's check (ISO/IEC 7812-1, annex B).
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(*digit);
            if place % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether these six digits are a day, `YYMMDD`.
pub(super) fn is_day(digits: &[u8]) -> bool {
    let [_, _, m1, m2, d1, d2, ..] = digits else {
        return false;
    };
    let (month, day) = (m1 * 10 + m2, d1 * 10 + d2);
    let longest = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=longest).contains(&day)
}

/// Whether the last of 13 digits is the check digit of a resident number, or of a foreigner's, whose check digit is two
/// more (Enforcement rule of the Resident Registration Act, annex; numbers given out since October 2020 have none).
pub(super) fn resident_check(digits: &[u8], is_foreign: bool) -> bool {
    const WEIGHTS: [u32; 12] = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
    let Some((last, rest)) = digits.split_last() else {
        return false;
    };
    let sum: u32 = rest.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    let check = (11 - sum % 11) % 10;
    let check = if is_foreign { (check + 2) % 10 } else { check };
    u32::from(*last) == check
}
