//! Reads how long a server asks to wait: `retry-after-ms`, or `Retry-After` as seconds or as a date (RFC 9110, 10.2.3).
//!
//! A date is taken relative to the `Date` of the same response, so that neither our clock nor a wrong clock of
//! the server matters.

use hyper::header::{DATE, HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// The pause asked for, or `None` where there is none that can be understood.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(ms) = text("retry-after-ms").and_then(|ms| ms.parse::<u64>().ok()) {
        return Some(Duration::from_millis(ms));
    }
    let after = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = after.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until_s = seconds_of_date(after)?;
    let now_s = seconds_of_date(text(DATE.as_str())?)?;
    Some(Duration::from_secs(u64::try_from(until_s.saturating_sub(now_s)).unwrap_or(0)))
}

/// Seconds since 1970 of an IMF-fixdate, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn seconds_of_date(text: &str) -> Option<i64> {
    let (_, date) = text.split_once(", ")?;
    let mut parts = date.split(' ');
    let day: i64 = parts.next()?.parse().ok()?;
    let month = month_of(parts.next()?)?;
    let year: i64 = parts.next()?.parse().ok()?;
    let mut clock = parts.next()?.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if parts.next() != Some("GMT") || !(1..=31).contains(&day) || !(1970..=9999).contains(&year) {
        return None;
    }
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
        return None;
    }
    Some(((days_before(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + second)
}

fn month_of(name: &str) -> Option<i64> {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = months.iter().position(|month| *month == name)?;
    i64::try_from(at).ok().map(|at| at + 1)
}

/// Days from 1970-01-01 to the first of a month in the proleptic Gregorian calendar.
fn days_before(year: i64, month: i64) -> i64 {
    // Years that begin in March put the leap day last.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 - 719_468
}

#[cfg(test)]
mod tests {
    use super::{retry_after, seconds_of_date};
    use hyper::header::{HeaderMap, HeaderValue};
    use std::time::Duration;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (hyper::header::HeaderName::from_static(name), HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn seconds_and_milliseconds() {
        assert_eq!(retry_after(&headers(&[("retry-after", "7")])), Some(Duration::from_secs(7)));
        let both = headers(&[("retry-after", "7"), ("retry-after-ms", "1500")]);
        assert_eq!(retry_after(&both), Some(Duration::from_millis(1500)));
        assert_eq!(retry_after(&headers(&[("retry-after", "soon")])), None);
        assert_eq!(retry_after(&headers(&[])), None);
    }

    #[test]
    fn a_date_counts_from_the_date_of_the_response() {
        let until = ("retry-after", "Mon, 01 Mar 2027 00:00:05 GMT");
        let now = ("date", "Sun, 28 Feb 2027 23:59:50 GMT");
        assert_eq!(retry_after(&headers(&[until, now])), Some(Duration::from_secs(15)));
        assert_eq!(retry_after(&headers(&[until])), None);
        let past = ("retry-after", "Sun, 28 Feb 2027 23:59:00 GMT");
        assert_eq!(retry_after(&headers(&[past, now])), Some(Duration::ZERO));
    }

    #[test]
    fn dates_become_seconds_since_1970() {
        assert_eq!(seconds_of_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds_of_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(seconds_of_date("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
        assert_eq!(seconds_of_date("yesterday"), None);
        assert_eq!(seconds_of_date("Sun, 06 Nov 1994 25:49:37 GMT"), None);
    }
}
