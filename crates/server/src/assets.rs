//! Files of the pages: one style sheet and the site's own scripts, each under a name with its digest, kept for a year.

use crate::route::{Kind, Rate, Roles, Route};
use axum::http::header;
use axum::response::IntoResponse;
use daepyo_core::Digest;
use std::sync::OnceLock;

const STYLE: &str = concat!(include_str!("style.css"), include_str!("public/public.css"));

/// The site's scripts: name and text. Pages work without them, but for passkeys and conversations.
const SCRIPTS: &[(&str, &str)] = &[
    ("passkey", include_str!("passkey.js")),
    ("live", include_str!("live.js")),
    ("moving", include_str!("moving.js")),
    ("proof", include_str!("proof.js")),
];

/// A path with the first digits of the text's digest before its ending.
fn named(folder: &str, name: &str, ending: &str, text: &str) -> String {
    let digest = Digest::of(text.as_bytes()).hex();
    format!("{folder}{name}.{}.{ending}", digest.get(..16).unwrap_or_default())
}

/// The path of the style sheet.
pub(crate) fn style_path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| named("/", "style", "css", STYLE))
}

/// The text of the style sheet.
pub(crate) const fn style() -> &'static str {
    STYLE
}

/// The path of a script, where there is one of this name.
pub(crate) fn script_path(name: &str) -> Option<String> {
    let (name, text) = SCRIPTS.iter().find(|(known, _)| *known == name)?;
    Some(named("/script/", name, "js", text))
}

/// The rows of all files.
pub(crate) fn rows() -> Vec<Route> {
    let mut rows = vec![file(style_path().to_owned(), "text/css; charset=utf-8", STYLE)];
    for (name, text) in SCRIPTS {
        rows.push(file(named("/script/", name, "js", text), "text/javascript; charset=utf-8", text));
    }
    rows
}

fn file(path: String, kind: &'static str, text: &'static str) -> Route {
    let handler = move || async move {
        let headers =
            [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
        (headers, text).into_response()
    };
    Route::get(path, Roles::ANYONE, handler).kind(Kind::Plain).rate(Rate::Free)
}
