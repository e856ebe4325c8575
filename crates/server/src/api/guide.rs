//! `/api`: what the API has, for people; drawn from the same rows as its document.

use super::document::{DOCUMENT, roles};
use super::operation::Tag;
use crate::app::App;
use crate::page::{Page, page};
use crate::public::{Piece, View};
use crate::route::{Roles, Route, Table};
use crate::who::Who;
use axum::extract::State;
use maud::{Markup, html};

pub(super) fn rows() -> Vec<Route> {
    vec![Route::get("/api", Roles::ANYONE, show)]
}

async fn show(State(app): State<App>, who: Who) -> Page {
    let piece = draw(&who.view(), app.table());
    page(&who, &piece.title, &piece.body)
}

/// The guide to the rows of a table.
pub(crate) fn draw(view: &View<'_>, table: &Table) -> Piece {
    let body = html! {
        p.lead { (view.word("api-about")) }
        @if view.is_stored() { p { (view.word("api-stored")) } }
        p { a href=(view.file(DOCUMENT)) { code { (DOCUMENT) } } " (OpenAPI 3.1)" }
        ul {
            @for id in ["api-guide-lists", "api-guide-tags", "api-guide-problems", "api-guide-changes", "api-guide-limits"] {
                li { (view.word(id)) }
            }
        }
        @for tag in Tag::ALL { (part(view, table, tag)) }
    };
    Piece { title: view.word("api-title"), body }
}

fn part(view: &View<'_>, table: &Table, tag: Tag) -> Markup {
    let title = view.word(tag.message());
    let rows = table.rows().filter_map(|row| {
        let operation = row.operation.as_ref().filter(|operation| operation.about.tag == tag)?;
        Some((row, operation))
    });
    html! {
        h2 { (title) }
        div.scroll role="region" aria-label=(title) tabindex="0" {
            table {
                caption { (title) }
                thead { tr {
                    th scope="col" { (view.word("api-guide-path")) }
                    th scope="col" { (view.word("api-guide-what")) }
                    th scope="col" { (view.word("api-guide-who")) }
                } }
                tbody {
                    @for (row, operation) in rows {
                        tr {
                            th scope="row" { code { (row.method) " " (row.path) } }
                            td { (view.word(&operation.message())) }
                            td { (who_may(view, row.who)) }
                        }
                    }
                }
            }
        }
    }
}

/// Who may, in words.
fn who_may(view: &View<'_>, may: Roles) -> String {
    if may == Roles::ANYONE {
        return view.word("api-everybody");
    }
    if may == Roles::SIGNED_IN {
        return view.word("api-signed-in");
    }
    let words = roles(may).into_iter().map(|name| view.word(&format!("site-role-{name}")));
    words.collect::<Vec<_>>().join(", ")
}
