//! Short statements: what this site is, what it keeps of people, and whom it can be used by.

use crate::public::view::{Piece, View, reached};
use maud::{Markup, html};

/// A page of paragraphs, some under a heading: ids of messages, a heading first where it is not empty.
fn statement(view: &View<'_>, title: &str, parts: &[(&str, &[&str])], end: &Markup) -> Piece {
    let body = html! {
        @for (heading, paragraphs) in parts {
            @if !heading.is_empty() { h2 { (view.word(heading)) } }
            @for paragraph in *paragraphs { p { (view.word(paragraph)) } }
        }
        (end)
    };
    Piece { title: view.word(title), body }
}

/// Where people reach the office, where it says so.
fn contact(view: &View<'_>) -> Markup {
    html! { @if let Some(contact) = &view.shown.contact { (reached(view.language, contact)) } }
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
    statement(view, "site-nav-about", &parts, &html! {})
}

pub(crate) fn privacy(view: &View<'_>) -> Piece {
    let lead: &[&str] =
        if view.is_stored() { &["site-privacy-lead", "site-privacy-stored"] } else { &["site-privacy-lead"] };
    let parts: [(&str, &[&str]); 4] = [
        ("", lead),
        ("site-privacy-reading", &["site-privacy-cookies", "site-privacy-log"]),
        (
            "site-privacy-voting",
            &[
                "site-privacy-person",
                "site-privacy-kept",
                "site-privacy-public",
                "site-privacy-live",
                "site-privacy-report",
                "site-privacy-tests",
            ],
        ),
        ("site-privacy-rights", &["site-privacy-own", "site-privacy-rights-text"]),
    ];
    statement(view, "site-nav-privacy", &parts, &contact(view))
}

pub(crate) fn accessibility(view: &View<'_>) -> Piece {
    let parts: [(&str, &[&str]); 3] = [
        ("", &["site-accessibility-aim", "site-accessibility-done"]),
        ("site-accessibility-limits", &["site-accessibility-limits-text"]),
        ("site-accessibility-contact", &["site-accessibility-contact-text"]),
    ];
    statement(view, "site-nav-accessibility", &parts, &contact(view))
}
