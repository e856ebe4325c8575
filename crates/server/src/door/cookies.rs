//! Cookies, read and made.

use axum::http::header::{self, InvalidHeaderValue};
use axum::http::{HeaderMap, HeaderValue};

/// The value of the first cookie of this name.
pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(found, _)| *found == name).map(|(_, value)| value).next()
}

/// A cookie for the whole site that scripts cannot read: for the browser's session, or for `lifetime_s` seconds (0 takes
/// it back).
pub(crate) fn make(
    name: &str,
    value: &str,
    lifetime_s: Option<u64>,
    is_https: bool,
) -> Result<HeaderValue, InvalidHeaderValue> {
    let secure = if is_https { "; Secure" } else { "" };
    let age = lifetime_s.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    HeaderValue::try_from(format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}"))
}
