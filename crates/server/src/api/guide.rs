//! `/api`: what the API has, for people; drawn from the same rows as its document.

use super::document::roles;
use super::operation::Tag;
use crate::page::{Page, page};
use crate::route::{Roles, Route};
use crate::who::Who;
use maud::{Markup, html};

pub(super) fn rows() -> Vec<Route> {
    vec![Route::get("/api", Roles::ANYONE, show)]
}

async fn show(who: Who) -> Page {
    let body = html! {
        p.lead { (who.say("api-about", &[])) }
        p { a href="/api/v1/openapi.json" { code { "/api/v1/openapi.json" } } " (OpenAPI 3.1)" }
        ul {
            @for id in ["api-guide-lists", "api-guide-tags", "api-guide-problems", "api-guide-changes", "api-guide-limits"] {
                li { (who.say(id, &[])) }
            }
        }
        @for tag in Tag::ALL { (part(&who, tag)) }
    };
    page(&who, &who.say("api-title", &[]), &body)
}

fn part(who: &Who, tag: Tag) -> Markup {
    let title = who.say(tag.message(), &[]);
    let table = who.app().table();
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
                    th scope="col" { (who.say("api-guide-path", &[])) }
                    th scope="col" { (who.say("api-guide-what", &[])) }
                    th scope="col" { (who.say("api-guide-who", &[])) }
                } }
                tbody {
                    @for (row, operation) in rows {
                        tr {
                            th scope="row" { code { (row.method) " " (row.path) } }
                            td { (who.say(&operation.message(), &[])) }
                            td { (who_may(who, row.who)) }
                        }
                    }
                }
            }
        }
    }
}

/// Who may, in words.
fn who_may(who: &Who, may: Roles) -> String {
    if may == Roles::ANYONE {
        return who.say("api-everybody", &[]);
    }
    if may == Roles::SIGNED_IN {
        return who.say("api-signed-in", &[]);
    }
    let words = roles(may).into_iter().map(|name| who.say(&format!("site-role-{name}"), &[]));
    words.collect::<Vec<_>>().join(", ")
}
