//! Short statements: what this site is, what it keeps of people, and whom it can be used by.

use crate::public::view::{Piece, View};
use maud::html;

/// A page of paragraphs, some under a heading: ids of messages, a heading first where it is not empty.
fn statement(view: &View<'_>, title: &str, parts: &[(&str, &[&str])]) -> Piece {
    let body = html! {
        @for (heading, paragraphs) in parts {
            @if !heading.is_empty() { h2 { (view.word(heading)) } }
            @for paragraph in *paragraphs { p { (view.word(paragraph)) } }
        }
    };
    Piece { title: view.word(title), body }
}

pub(crate) fn about(view: &View<'_>) -> Piece {
    let parts: [(&str, &[&str]); 3] = [
        ("", &["site-about-what", "site-about-how"]),
        (
            "site-about-words",
            &["site-about-words-gate", "site-about-words-criterion", "site-about-words-interval"],
        ),
        ("site-about-limits", &["site-about-limits-text"]),
    ];
    statement(view, "site-nav-about", &parts)
}

pub(crate) fn privacy(view: &View<'_>) -> Piece {
    let parts: [(&str, &[&str]); 4] = [
        ("", &["site-privacy-lead"]),
        ("site-privacy-reading", &["site-privacy-cookies", "site-privacy-log"]),
        ("site-privacy-voting", &["site-privacy-person", "site-privacy-public"]),
        ("site-privacy-rights", &["site-privacy-rights-text"]),
    ];
    statement(view, "site-nav-privacy", &parts)
}

pub(crate) fn accessibility(view: &View<'_>) -> Piece {
    let parts: [(&str, &[&str]); 3] = [
        ("", &["site-accessibility-aim", "site-accessibility-done"]),
        ("site-accessibility-limits", &["site-accessibility-limits-text"]),
        ("site-accessibility-contact", &["site-accessibility-contact-text"]),
    ];
    statement(view, "site-nav-accessibility", &parts)
}
