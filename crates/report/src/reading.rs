//! What the words and numbers of the report mean, for a reader who knows no statistics.

use crate::{both::say, table::section};
use maud::{Markup, html};

const TERMS: [&str; 9] = [
    "interval",
    "p-advance",
    "p-last",
    "rank-set",
    "gate",
    "not-shown",
    "points",
    "failures",
    "standard-error",
];

pub(crate) fn render() -> Markup {
    let content = html! {
        dl.reading {
            @for term in TERMS {
                @let id = format!("report-read-{term}");
                dt { (say(&id, &[])) }
                dd { (say(&format!("{id}.text"), &[])) }
            }
        }
    };
    section("reading", &say("report-reading", &[]), &content)
}
