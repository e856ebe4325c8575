//! The headers that every answer has.

use crate::route::Kind;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What a page may load and where it may send: only this site.
const CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers for security, with their values.
///
/// The referrer policy is `same-origin`, since browsers send `Origin: null` with forms under `no-referrer`.
const FIXED: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
];

/// So many headers an answer has at most, but for cookies.
pub(crate) const MOST: usize = 24;

/// Puts them in. A handler's own content security policy stands (a published report has its style inside), and what it
/// says about caching, unless somebody is signed in: those answers are kept nowhere.
pub(super) fn put(headers: &mut HeaderMap, kind: Kind, is_signed_in: bool, is_https: bool) {
    // Once, and not each time that the map is full.
    headers.reserve(MOST.saturating_sub(headers.len()));
    for (name, value) in FIXED {
        if name != header::CONTENT_SECURITY_POLICY || !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if is_https {
        let value = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    if is_signed_in || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    match kind {
        Kind::Page | Kind::Api => {
            headers.append(header::VARY, HeaderValue::from_static("Accept-Language, Cookie"));
        }
        Kind::Plain => {}
    }
}
