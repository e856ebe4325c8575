//! How anybody checks everything: commands, keys, checkpoints.

use crate::public::draw::{broken, code, lines};
use crate::public::files::FETCH;
use crate::public::view::{Piece, View};
use maud::html;

pub(crate) fn verify(view: &View<'_>) -> Piece {
    let origin = &view.shown.origin;
    let body = html! {
        p.lead { (view.word("site-verify-lead")) }
        p { (view.word("site-verify-what")) }
        p { (view.word("site-verify-key")) }
        @for one in &view.shown.published { (broken(view, one)) }
        @if view.shown.finished().next().is_none() { p { (view.word("site-evidence-none")) } }
        @for (one, finished) in view.shown.finished() {
            h2 { (finished.stage().map_or(one.key.as_str(), |stage| stage.title.get(view.language))) @if one.stage.as_ref().is_none_or(|stage| stage.as_str() != one.key) { " · " code { (one.key) } } }
            dl.facts {
                dt { (view.word("site-log-key")) } dd { (code(finished.key.as_text())) }
                dt { (view.word("site-log-root")) } dd { (code(&finished.verification.root)) }
                dt { (view.word("site-log-entries")) } dd { (finished.log.len()) }
            }
            p { (view.word("site-verify-fetch")) }
            (lines(&view.word("site-verify-fetch"), &format!("curl -sS {origin}/data/{}/{FETCH} | curl -K -", one.key)))
            p { (view.word("site-verify-run")) }
            (lines(&view.word("site-verify-run"), &format!("daepyo verify {} --key '{}'", one.key, finished.key.as_text())))
        }
        h2 { (view.word("site-verify-proof")) }
        p {
            (view.word("site-verify-proof-about")) " "
            a href=(view.file("/verify/check_proof.py")) { code { "check_proof.py" } }
        }
        h2 { (view.word("site-verify-witness")) }
        p { (view.word("site-verify-witness-about")) }
        ul {
            @for (one, _) in view.shown.finished() { li { code { (origin) "/log/" (one.key) "/checkpoint" } } }
        }
    };
    Piece { title: view.word("site-nav-verify"), body }
}
