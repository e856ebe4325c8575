//! Calendar days, written `2026-11-21`, with the little arithmetic that rules need.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A day of the proleptic Gregorian calendar, without a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The first day of Unix time.
    pub const EPOCH: Self = Self { year: 1970, month: 1, day: 1 };

    /// The day, or an error where the calendar has no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        if year < 1 || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
            return Err(DateError(format!("{year:04}-{month:02}-{day:02}")));
        }
        Ok(Self { year, month, day })
    }

    /// The same day `months` earlier; the last day of that month where it is shorter.
    #[must_use]
    pub fn months_before(self, months: u32) -> Self {
        let index = u32::from(self.year) * 12 + u32::from(self.month) - 1;
        let index = index.saturating_sub(months).max(12);
        let year = u16::try_from(index / 12).unwrap_or(1);
        let month = u8::try_from(index % 12 + 1).unwrap_or(1);
        Self { year, month, day: self.day.min(days_in(year, month)) }
    }

    /// The day `days` later.
    #[must_use]
    pub fn days_after(self, days: u32) -> Self {
        let mut date = self;
        for _ in 0..days {
            if date.day < days_in(date.year, date.month) {
                date.day += 1;
            } else if date.month < 12 {
                date = Self { year: date.year, month: date.month + 1, day: 1 };
            } else {
                date = Self { year: date.year.saturating_add(1), month: 1, day: 1 };
            }
        }
        date
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Text that is not a day of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date like 2026-11-21")]
pub struct DateError(String);

impl DateError {
    /// The text that is none.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || DateError(text.to_owned());
        let mut parts = text.split('-');
        let (Some(y), Some(m), Some(d), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        if (y.len(), m.len(), d.len()) != (4, 2, 2) || !text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        {
            return Err(wrong());
        }
        match (y.parse(), m.parse(), d.parse()) {
            (Ok(y), Ok(m), Ok(d)) => Self::new(y, m, d),
            (Err(_), _, _) | (_, Err(_), _) | (_, _, Err(_)) => Err(wrong()),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl TryFrom<String> for Date {
    type Error = DateError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }
}
