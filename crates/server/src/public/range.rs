//! Parts of a file that a client asks for (RFC 9110, 14): one range of bytes, for downloads that go on.

use axum::http::{HeaderMap, HeaderValue, header};

/// What of a content is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: nothing else was asked for, or nothing that is understood.
    Whole,
    /// The bytes from `first` to `last`, both included.
    Bytes {
        /// Of the first byte, from 0.
        first: u64,
        /// Of the last byte.
        last: u64,
    },
    /// What is asked for lies behind the end.
    Beyond,
}

/// What a request asks for of a content with this many bytes and this tag. Several ranges at once are answered with the
/// whole, which is allowed, and so is a range of another version than this one (`If-Range`).
pub(super) fn asked(headers: &HeaderMap, bytes: u64, etag: &str) -> Part {
    let Some(range) = one(headers, &header::RANGE) else { return Part::Whole };
    // Only a strong tag may join parts together, and there is no date that could.
    if headers.contains_key(header::IF_RANGE) && one(headers, &header::IF_RANGE) != Some(etag) {
        return Part::Whole;
    }
    read(range, bytes).unwrap_or(Part::Whole)
}

/// The one value of a header; none where it stands twice.
fn one<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() { None } else { Some(value.trim()) }
}

fn read(range: &str, bytes: u64) -> Option<Part> {
    let (unit, range) = range.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    match (number(first)?, number(last)?) {
        (None, None) => None,
        // So many bytes from the end.
        (None, Some(0)) => Some(Part::Beyond),
        (None, Some(_)) if bytes == 0 => Some(Part::Beyond),
        (None, Some(count)) => Some(Part::Bytes { first: bytes.saturating_sub(count), last: bytes - 1 }),
        (Some(first), Some(last)) if last < first => None,
        (Some(first), _) if first >= bytes => Some(Part::Beyond),
        (Some(first), last) => Some(Part::Bytes { first, last: last.unwrap_or(u64::MAX).min(bytes - 1) }),
    }
}

/// A number of digits alone, or nothing; `None` where it is neither. One that is too large is as large as there are.
#[expect(clippy::option_option, reason = "an absent number means something else than a wrong one")]
fn number(text: &str) -> Option<Option<u64>> {
    if text.is_empty() {
        return Some(None);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Some(text.parse().unwrap_or(u64::MAX)))
}

/// The value of `Content-Range` for what is sent.
pub(super) fn told(part: Part, bytes: u64) -> Option<HeaderValue> {
    let text = match part {
        Part::Whole => return None,
        Part::Bytes { first, last } => format!("bytes {first}-{last}/{bytes}"),
        Part::Beyond => format!("bytes */{bytes}"),
    };
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    //! Ranges are read as RFC 9110 says.
    use super::*;

    fn part(first: u64, last: u64) -> Part {
        Part::Bytes { first, last }
    }

    fn of(lines: &[(header::HeaderName, &'static str)]) -> Part {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        asked(&headers, 10, "\"a\"")
    }

    #[test]
    fn one_range_is_taken_and_everything_else_is_the_whole() {
        for (range, expected) in [
            ("bytes=0-0", part(0, 0)),
            ("bytes=2-5", part(2, 5)),
            ("Bytes= 2-5", part(2, 5)),
            ("bytes=7-", part(7, 9)),
            ("bytes=7-99999999999999999999999", part(7, 9)),
            ("bytes=-3", part(7, 9)),
            ("bytes=-30", part(0, 9)),
            ("bytes=10-", Part::Beyond),
            ("bytes=99999999999999999999999-", Part::Beyond),
            ("bytes=-0", Part::Beyond),
            ("bytes=5-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("bytes", Part::Whole),
            ("", Part::Whole),
        ] {
            assert_eq!(of(&[(header::RANGE, range)]), expected, "{range}");
        }
        assert_eq!(of(&[]), Part::Whole);
        assert_eq!(of(&[(header::RANGE, "bytes=0-1"), (header::RANGE, "bytes=2-3")]), Part::Whole);
        for (range, bytes, expected) in
            [("bytes=0-", 0, Part::Beyond), ("bytes=-1", 0, Part::Beyond), ("bytes=-1", 1, part(0, 0))]
        {
            assert_eq!(read(range, bytes), Some(expected), "{range} of {bytes}");
        }
    }

    #[test]
    fn a_part_is_of_the_version_that_the_client_has() {
        for (tag, expected) in [
            ("\"a\"", part(2, 5)),
            ("W/\"a\"", Part::Whole),
            ("\"b\"", Part::Whole),
            ("Sun, 29 Nov 2026 00:00:00 GMT", Part::Whole),
        ] {
            assert_eq!(of(&[(header::RANGE, "bytes=2-5"), (header::IF_RANGE, tag)]), expected, "{tag}");
        }
    }
}
