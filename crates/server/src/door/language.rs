//! The language of an answer: asked for, remembered, or accepted by the browser.

use super::cookies;
use axum::http::{HeaderMap, Uri, header};
use daepyo_core::Language;

/// The cookie that remembers a choice.
pub(crate) const COOKIE: &str = "daepyo-lang";

/// The language of a word.
pub(crate) fn named(word: &str) -> Option<Language> {
    match word {
        "ko" => Some(Language::Ko),
        "en" => Some(Language::En),
        _ => None,
    }
}

/// The word for a language, as in `lang="ko"`.
pub(crate) fn word(language: Language) -> &'static str {
    match language {
        Language::Ko => "ko",
        Language::En => "en",
    }
}

/// The language that `?lang=` asks for.
pub(crate) fn asked(uri: &Uri) -> Option<Language> {
    let query = uri.query()?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| *name == "lang").find_map(|(_, value)| named(value))
}

/// The language for a request: what it asks for, what a cookie remembers, what the browser accepts; Korean otherwise.
pub(crate) fn choose(uri: &Uri, headers: &HeaderMap) -> Language {
    asked(uri)
        .or_else(|| cookies::find(headers, COOKIE).and_then(named))
        .or_else(|| headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok().and_then(accepted))
        .unwrap_or(Language::Ko)
}

/// The better of both languages by the weights of `Accept-Language` (RFC 9110, 12.5.4); the first named where they are
/// equal.
fn accepted(list: &str) -> Option<Language> {
    let mut best: Option<(Language, u16)> = None;
    for range in list.split(',').take(50) {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default();
        let first = tag.split('-').next().unwrap_or_default();
        let language = if first == "*" || first.eq_ignore_ascii_case("ko") {
            Language::Ko
        } else if first.eq_ignore_ascii_case("en") {
            Language::En
        } else {
            continue;
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1000), thousandths);
        let Some(weight) = weight.filter(|weight| *weight > 0) else { continue };
        if best.is_none_or(|(_, most)| weight > most) {
            best = Some((language, weight));
        }
    }
    best.map(|(language, _)| language)
}

/// A weight from 0 to 1 with up to three digits, in thousandths.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{rest:0<3}").parse().ok()?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    //! Weights decide, in any order.
    use super::*;

    #[test]
    fn weights_decide() {
        let cases = [
            ("ko-KR,ko;q=0.9,en;q=0.8", Some(Language::Ko)),
            ("en;q=0.8, ko;q=0.9", Some(Language::Ko)),
            ("en-US,en;q=0.9,ko;q=0.8", Some(Language::En)),
            ("ko;q=0, en;q=0.001", Some(Language::En)),
            ("fr, de;q=0.5", None),
            ("fr, *;q=0.1", Some(Language::Ko)),
            ("en;q=2, ko;q=0.1", Some(Language::Ko)),
            ("", None),
        ];
        for (list, language) in cases {
            assert_eq!(accepted(list), language, "{list}");
        }
    }

    #[test]
    fn a_choice_comes_before_what_the_browser_accepts() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, axum::http::HeaderValue::from_static("en"));
        assert_eq!(choose(&Uri::from_static("/"), &headers), Language::En);
        headers.insert(header::COOKIE, axum::http::HeaderValue::from_static("a=b; daepyo-lang=ko"));
        assert_eq!(choose(&Uri::from_static("/"), &headers), Language::Ko);
        assert_eq!(choose(&Uri::from_static("/?a=1&lang=en"), &headers), Language::En);
        assert_eq!(choose(&Uri::from_static("/?lang=fr"), &headers), Language::Ko);
    }
}
