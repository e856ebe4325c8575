//! What a page is drawn with: language, day, and how links are written on a site or in stored files.

use super::answer::has_contest;
use super::shown::Shown;
use super::stored;
use crate::door::language;
use daepyo_core::{Date, Language};
use daepyo_report::single;
use maud::{DOCTYPE, Markup, html};

/// How links are written.
#[derive(Clone, Debug)]
pub(crate) enum Links {
    /// From the root of the site.
    Site,
    /// From the stored page with this path to other stored files.
    Stored(String),
}

/// How the votes of a criterion stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contest {
    pub(crate) stage: String,
    pub(crate) is_open: bool,
}

/// What a page is drawn with.
#[derive(Clone, Debug)]
pub(crate) struct View<'a> {
    pub(crate) shown: &'a Shown,
    pub(crate) language: Language,
    /// The day in Korea.
    pub(crate) today: Date,
    pub(crate) contests: &'a [Contest],
    pub(crate) links: Links,
}

/// A page without what stands around it.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) title: String,
    pub(crate) body: Markup,
}

impl View<'_> {
    /// A message; an empty list for one without variables.
    pub(crate) fn say(&self, id: &str, arguments: &[(&str, &str)]) -> String {
        daepyo_messages::text(self.language, id, arguments)
    }

    /// A message without variables.
    pub(crate) fn word(&self, id: &str) -> String {
        self.say(id, &[])
    }

    /// The link to a page of this language; `path` begins with `/`.
    pub(crate) fn page(&self, path: &str) -> String {
        match &self.links {
            Links::Site => encode(path),
            Links::Stored(from) => stored::relative(from, &stored::page(self.language, path)),
        }
    }

    /// The link to a file, which has no language.
    pub(crate) fn file(&self, path: &str) -> String {
        match &self.links {
            Links::Site => encode(path),
            Links::Stored(from) => stored::relative(from, &stored::file(path)),
        }
    }

    /// Whether there is a page for this entry of a log of this size.
    pub(crate) const fn has_entry(&self, size: u64, index: u64) -> bool {
        match self.links {
            Links::Site => index < size,
            Links::Stored(_) => super::export::has_entry(size, index),
        }
    }

    /// Whether the page is stored: it can take no form then.
    pub(crate) const fn is_stored(&self) -> bool {
        matches!(self.links, Links::Stored(_))
    }
}

/// The pages of the navigation of stored pages.
const NAV: [(&str, &str); 6] = [
    ("/", "site-nav-home"),
    ("/rules", "site-nav-rules"),
    ("/candidates", "site-nav-candidates"),
    ("/evidence", "site-nav-evidence"),
    ("/data", "site-nav-data"),
    ("/verify", "site-nav-verify"),
];

/// The page of the navigation that only a programme with contests has.
const CONTESTS: (&str, &str) = ("/contests", "site-nav-contests");

/// The pages that the footer leads to.
const FOOTER: [(&str, &str); 3] = [
    ("/about", "site-nav-about"),
    ("/privacy", "site-nav-privacy"),
    ("/accessibility", "site-nav-accessibility"),
];

/// What stands in the footer of every page of the site; with where people reach the office, where it says so.
pub(crate) fn footer(language: Language, contact: Option<&str>) -> Markup {
    foot(language, contact, &|path| path.to_owned())
}

fn foot(language: Language, contact: Option<&str>, link: &dyn Fn(&str) -> String) -> Markup {
    let word = |id: &str| daepyo_messages::text(language, id, &[]);
    html! {
        p { (word("site-footer")) }
        @if let Some(contact) = contact { (reached(language, contact)) }
        ul { @for (path, message) in FOOTER { li { a href=(link(path)) { (word(message)) } } } }
    }
}

/// Where people reach the office: a link where it is a mail address or the address of a page.
pub(super) fn reached(language: Language, contact: &str) -> Markup {
    let contact = contact.trim();
    html! {
        p {
            (daepyo_messages::text(language, "site-contact", &[])) " "
            @match leads_to(contact) {
                Some(to) => { a href=(to) { (single::line(contact)) } }
                None => { (single::line(contact)) }
            }
        }
    }
}

fn leads_to(contact: &str) -> Option<String> {
    let is_plain = contact.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"'\\".contains(&byte));
    if !is_plain {
        return None;
    }
    if contact.starts_with("https://") || contact.starts_with("http://") {
        return url::Url::parse(contact).ok().map(String::from);
    }
    let (name, host) = contact.split_once('@')?;
    let is_mail = !name.is_empty()
        && host.contains('.')
        && contact.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@._+-".contains(&byte))
        && !host.contains('@');
    is_mail.then(|| format!("mailto:{contact}"))
}

/// A stored page, whole. `path` is the page's own, `style` that of the style sheet.
pub(crate) fn whole(view: &View<'_>, path: &str, style: &str, piece: &Piece) -> String {
    let programme = view.shown.programme().map(|programme| programme.title.get(view.language).to_owned());
    let site = programme.unwrap_or_else(|| view.word("site-name"));
    let other = match view.language {
        Language::Ko => (Language::En, "English"),
        Language::En => (Language::Ko, "한국어"),
    };
    let word = language::word(other.0);
    let contests = view.shown.programme().is_some_and(has_contest).then_some(CONTESTS);
    let there = View { language: other.0, ..view.clone() };
    let page = html! {
        (DOCTYPE)
        html lang=(language::word(view.language)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Styles are left open: a page that is opened from a disk has no `self`.
                meta http-equiv="Content-Security-Policy"
                    content="script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'";
                meta name="referrer" content="no-referrer";
                title { (piece.title) " · " (site) }
                link rel="stylesheet" href=(view.file(style));
                link rel="icon" href="data:,";
            }
            body {
                a.skip href="#main" { (view.word("site-skip")) }
                header.top {
                    p.brand { a href=(view.page("/")) { (site) } }
                    nav aria-label=(view.word("site-nav")) {
                        ul {
                            @for (to, message) in NAV.into_iter().chain(contests) {
                                li {
                                    a href=(view.page(to)) aria-current=[(to == path).then_some("page")] {
                                        (view.word(message))
                                    }
                                }
                            }
                        }
                    }
                    div.tools { a href=(there.page(path)) lang=(word) hreflang=(word) { (other.1) } }
                }
                main #main tabindex="-1" {
                    h1 { (piece.title) }
                    (piece.body)
                }
                footer {
                    p { (view.say("site-stored", &[("day", &view.today.to_string())])) }
                    (foot(view.language, view.shown.contact.as_deref(), &|path| view.page(path)))
                }
            }
        }
    };
    page.into_string()
}

/// A path with everything encoded that could end it or mean something else in a link.
pub(crate) fn encode(path: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    //! Ways to the office.
    use super::leads_to;

    #[test]
    fn a_contact_is_a_link_only_where_it_can_be_one() {
        for (contact, to) in [
            ("office@example.kr", Some("mailto:office@example.kr")),
            ("https://example.kr/help?a=1", Some("https://example.kr/help?a=1")),
            ("javascript:alert(1)", None),
            ("a@b.kr?bcc=c@d.kr", None),
            ("@example.kr", None),
            ("02-123-4567", None),
            ("사무국 office@example.kr", None),
            ("https://", None),
        ] {
            assert_eq!(leads_to(contact).as_deref(), to, "{contact}");
        }
    }
}
