//! Open data: the files of every finished stage with sizes, digests and licence.

use crate::public::draw::{broken, code, size, table};
use crate::public::files::FETCH;
use crate::public::finished::Finished;
use crate::public::published::Published;
use crate::public::view::{Piece, View};
use daepyo_report::single;
use maud::{Markup, html};

/// Files that the page lists of one folder; the list for curl and the manifest name all of them.
const MOST_FILES: usize = 2_000;

pub(crate) fn data(view: &View<'_>) -> Piece {
    let finished: Vec<(&Published, &Finished)> = view.shown.finished().collect();
    let are_closed = view.contests.iter().any(|contest| !contest.is_open);
    let body = html! {
        p.lead { (view.word("site-data-lead")) }
        (licence(view))
        p { (view.word("site-data-licence-about")) }
        p { a href=(view.page("/api")) { (view.word("api-title")) } }
        @if are_closed { p { a href=(view.page("/contests")) { (view.word("site-data-contests")) } } }
        @for one in &view.shown.published { (broken(view, one)) }
        @if finished.is_empty() && !are_closed { p { (view.word("site-data-none")) } }
        @for (one, finished) in finished { (folder(view, one, finished)) }
    };
    Piece { title: view.word("site-nav-data"), body }
}

/// Under which licence the data may be used.
pub(crate) fn licence(view: &View<'_>) -> Markup {
    html! {
        dl.facts {
            dt { (view.word("site-data-licence")) }
            dd {
                @match &view.shown.licence {
                    Some(licence) => { (single::line(licence)) }
                    None => { (view.word("site-data-licence-none")) }
                }
            }
        }
    }
}

fn folder(view: &View<'_>, one: &Published, finished: &Finished) -> Markup {
    let title = finished.stage().map_or(one.key.as_str(), |stage| stage.title.get(view.language));
    let files: Vec<_> = finished.files(view.today).collect();
    let kept = files.iter().map(|(_, kept)| *kept).chain(finished.log_files.values());
    let total: u64 = kept.map(|kept| kept.bytes).sum();
    let count = single::count((files.len() + finished.log_files.len()) as u64);
    let link = |path: &str| view.file(&format!("/data/{}/{path}", one.key));
    let rows = html! {
        @for (path, kept) in files.iter().take(MOST_FILES) {
            tr {
                th scope="row" { a href=(link(path)) { (single::line(path)) } }
                td.n { (size(kept.bytes)) }
                td { (code(&kept.digest.to_string())) }
            }
        }
    };
    let heads = ["site-data-file", "site-data-size", "site-data-digest"];
    html! {
        h2 #{ "folder-" (one.key) } { (title) @if one.stage.as_ref().is_none_or(|stage| stage.as_str() != one.key) { " · " code { (one.key) } } }
        p { (view.say("site-data-all", &[("files", &count), ("size", &size(total))])) }
        p {
            (view.word("site-data-fetch")) " "
            a href=(link(FETCH)) { code { (FETCH) } }
        }
        (table(view, &view.say("site-data-caption", &[("stage", title)]), &heads, &rows))
        @if files.len() > MOST_FILES { p { (view.word("site-data-more")) } }
        @if !finished.verification.hidden.is_empty() { p { (view.word("site-data-hidden")) } }
    }
}
