//! The shell of every page: skip link, header with the navigation by role, language switch, main landmark, footer.

use crate::assets;
use crate::door::{headers, language};
use crate::who::Who;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use daepyo_core::Language;
use maud::{DOCTYPE, Markup, html};

/// A whole page, ready to be sent.
#[derive(Clone, Debug)]
pub struct Page {
    status: StatusCode,
    html: String,
}

impl Page {
    /// The page with another status.
    #[must_use]
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The whole page.
    pub(crate) fn into_html(self) -> String {
        self.html
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = answer_of(HTML, self.html);
        *response.status_mut() = self.status;
        response
    }
}

/// The type of a page.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// What a page has where it uses a script, with the script's name.
const MARKED: [(&str, &str); 2] = [("data-live=\"", "moving"), ("data-proof=\"", "proof")];

/// An answer of this type, with room for the headers that the door puts in.
pub(crate) fn answer_of(kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().reserve(headers::MOST);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The hidden field that every form which changes something must have.
pub fn csrf_field(who: &Who) -> Markup {
    html! { input type="hidden" name="csrf" value=(who.csrf()); }
}

/// A page with a title and a body below its heading.
pub fn page(who: &Who, title: &str, body: &Markup) -> Page {
    let site = site_name(who);
    let html = html! {
        (DOCTYPE)
        html lang=(language::word(who.language())) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · " (site) }
                link rel="stylesheet" href=(assets::style_path());
                link rel="icon" href="data:,";
                // What people and candidates wrote has no quote that stands for itself.
                @for (mark, name) in MARKED {
                    @if body.0.contains(mark) && let Some(path) = assets::script_path(name) {
                        script src=(path) defer {}
                    }
                }
            }
            body {
                a.skip href="#main" { (who.say("site-skip", &[])) }
                (head(who, &site))
                main #main tabindex="-1" {
                    h1 { (title) }
                    (body)
                }
                footer { (crate::public::footer(who.language(), who.app().shown().contact.as_deref())) }
            }
        }
    };
    Page { status: StatusCode::OK, html: html.into_string() }
}

/// The programme's title, or the word for the site where there is no programme.
fn site_name(who: &Who) -> String {
    let programme = who.app().programme();
    programme
        .map_or_else(|| who.say("site-name", &[]), |programme| programme.title.get(who.language()).to_owned())
}

fn head(who: &Who, site: &str) -> Markup {
    html! {
        header.top {
            p.brand { a href="/" { (site) } }
            nav aria-label=(who.say("site-nav", &[])) {
                ul {
                    @for (path, message) in who.app().table().navigation(who.role()) {
                        li {
                            a href=(path) aria-current=[(path == who.path()).then_some("page")] {
                                (who.say(message, &[]))
                            }
                        }
                    }
                }
            }
            div.tools {
                (switch(who))
                @if who.person().is_some() {
                    form method="post" action="/sign-out" {
                        (csrf_field(who))
                        button.plain type="submit" { (who.say("site-sign-out", &[])) }
                    }
                } @else {
                    a href="/sign-in" aria-current=[(who.path() == "/sign-in").then_some("page")] {
                        (who.say("site-sign-in", &[]))
                    }
                }
            }
        }
    }
}

/// The link to the same page in the other language, written in that language.
fn switch(who: &Who) -> Markup {
    let (other, name) = match who.language() {
        Language::Ko => (Language::En, "English"),
        Language::En => (Language::Ko, "한국어"),
    };
    let word = language::word(other);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("to", word).append_pair("back", &who.back());
    let link = format!("/lang?{}", query.finish());
    html! { a href=(link) lang=(word) hreflang=(word) { (name) } }
}
