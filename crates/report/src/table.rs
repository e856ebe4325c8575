//! Sections, and tables that scroll within their own region.

use crate::both::{Both, say};
use maud::{Markup, html};

/// A section of the page with its heading.
pub(crate) fn section(id: &str, title: &Both, body: &Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (title) }
            (body)
        }
    }
}

/// A column head and how its cells stand.
pub(crate) enum Column {
    /// Text, at the beginning of the line.
    Text(Both),
    /// Numbers, at its end.
    Number(Both),
}

impl Column {
    pub(crate) fn text(id: &str) -> Self {
        Self::Text(say(id, &[]))
    }

    pub(crate) fn number(id: &str) -> Self {
        Self::Number(say(id, &[]))
    }
}

/// A table in a region that scrolls by itself and takes the keyboard, named by the table's caption.
///
/// `body` is what stands in the table after its head: one or more `tbody`.
pub(crate) fn table(id: &str, caption: &Both, columns: &[Column], body: &Markup) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-labelledby={ (id) "-caption" } {
            table id=(id) class=[(columns.len() > 9).then_some("dense")] {
                caption { span #{ (id) "-caption" } { (caption) } }
                thead {
                    tr {
                        @for column in columns {
                            @match column {
                                Column::Text(title) => { th scope="col" { (title) } }
                                Column::Number(title) => { th.n scope="col" { (title) } }
                            }
                        }
                    }
                }
                (body)
            }
        }
    }
}
