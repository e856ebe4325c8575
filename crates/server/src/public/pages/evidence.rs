//! The evidence explorer: logs, their entries, and the proof that an entry is in its log, checked as the page is drawn.

use crate::public::draw::{broken, code, cut, cut_line, lines, table};
use crate::public::finished::Finished;
use crate::public::view::{Piece, View};
use daepyo_core::{Digest, Observation};
use daepyo_evidence::{InclusionProof, TreeHash, inclusion_steps};
use daepyo_report::single;
use daepyo_stage::Record;
use maud::{Markup, html};

/// Characters that are shown of an entry.
const MOST_ENTRY: usize = 20_000;
/// Every so many entries one is linked from the log's page.
const STRIDE: u64 = 100;
/// Links to entries that the log's page has at most.
const MOST_LINKS: u64 = 200;

pub(crate) fn logs(view: &View<'_>) -> Piece {
    let finished: Vec<_> = view.shown.finished().collect();
    let rows = html! {
        @for (one, finished) in &finished {
            tr {
                th scope="row" { a href=(view.page(&format!("/evidence/{}", one.key))) { (one.key) } }
                td { (finished.stage().map_or("", |stage| stage.title.get(view.language))) }
                td.n { (single::count(finished.log.len())) }
                td { (code(finished.key.as_text())) }
            }
        }
    };
    let heads = ["site-log", "site-stage", "site-log-entries", "site-log-key"];
    let body = html! {
        p.lead { (view.word("site-evidence-lead")) }
        @for one in &view.shown.published { (broken(view, one)) }
        @if finished.is_empty() { p { (view.word("site-evidence-none")) } } @else {
            (table(view, &view.word("site-evidence-caption"), &heads, &rows))
        }
    };
    Piece { title: view.word("site-nav-evidence"), body }
}

pub(crate) fn log(view: &View<'_>, key: &str) -> Option<Piece> {
    log_with(view, key, None)
}

/// The page of a log; `wrong` is what was typed for the number of an entry that there is not.
pub(crate) fn log_with(view: &View<'_>, key: &str, wrong: Option<&str>) -> Option<Piece> {
    let finished = view.shown.find(key)?;
    let size = finished.log.len();
    let last = size.saturating_sub(1).to_string();
    let checkpoint = String::from_utf8_lossy(&finished.checkpoint);
    let title = finished.stage().map_or(key, |stage| stage.title.get(view.language));
    let body = html! {
        @if wrong.is_some() {
            div.notice.bad role="alert" { p.said { (view.say("site-wrong-entry", &[("last", &last)])) } }
        }
        p.lead { (view.word("site-log-about")) }
        dl.facts {
            dt { (view.word("site-log-entries")) } dd { (single::count(size)) }
            dt { (view.word("site-log-root")) } dd { (code(&finished.verification.root)) }
            dt { (view.word("site-log-key")) } dd { (code(finished.key.as_text())) }
        }
        h2 { (view.word("site-log-checkpoint")) }
        p { (view.word("site-log-checkpoint-about")) }
        (lines(&view.word("site-log-checkpoint"), &checkpoint))
        p {
            (view.word("site-log-raw")) " "
            @for (place, path) in ["checkpoint", "key.pub"].iter().enumerate() {
                @if place > 0 { " · " }
                a href=(view.file(&format!("/log/{key}/{path}"))) { code { (path) } }
            }
        }
        h2 { (view.word("site-log-find")) }
        @if !view.is_stored() {
            form.stacked method="get" action=(view.page(&format!("/evidence/{key}"))) {
                div.field {
                    label for="index" { (view.say("site-log-number", &[("last", &last)])) }
                    input #index name="index" type="number" inputmode="numeric" min="0" max=(last) value=[wrong] required;
                }
                button type="submit" { (view.word("site-log-show")) }
            }
        }
        (marked(view, key, finished))
    };
    Some(Piece { title: view.say("site-log-of", &[("stage", title)]), body })
}

/// The entries that are not observations, and every hundredth one.
fn marked(view: &View<'_>, key: &str, finished: &Finished) -> Markup {
    let size = finished.log.len();
    let head: Vec<(u64, &'static str)> = finished
        .log
        .entries(0..size.min(MOST_LINKS))
        .zip(0..)
        .map_while(|(entry, index)| {
            let kind = Record::parse(&entry.ok()?).as_ref().map(kind_of)?;
            (!matches!(kind, "site-kind-sample")).then_some((index, kind))
        })
        .collect();
    let tail = [(size.checked_sub(2), "site-kind-verdict"), (size.checked_sub(1), "site-kind-manifest")];
    let tail = tail.into_iter().filter_map(|(index, kind)| Some((index?, kind)));
    let entries: Vec<(u64, &'static str)> = head.into_iter().chain(tail).collect();
    let link = |index: u64| view.page(&format!("/evidence/{key}/{index}"));
    html! {
        ul {
            @for (index, kind) in entries {
                li { a href=(link(index)) { (view.say("site-entry", &[("index", &index.to_string())])) } " – " (view.word(kind)) }
            }
        }
        p.numbers {
            (view.word("site-log-jump"))
            @for place in 1..=(size / STRIDE).min(MOST_LINKS) {
                @if view.has_entry(size, place * STRIDE) { " " a href=(link(place * STRIDE)) { (place * STRIDE) } }
            }
            @if size <= STRIDE { " " a href=(link(0)) { "0" } }
        }
    }
}

/// The message that names what an entry is.
const fn kind_of(record: &Record) -> &'static str {
    match record {
        Record::Rules(_) => "site-kind-rules",
        Record::Measured(_) => "site-kind-measured",
        Record::Verdict(_) => "site-kind-verdict",
        Record::Manifest(_) => "site-kind-manifest",
        Record::Observation(observation) => match **observation {
            Observation::Sample(_) => "site-kind-sample",
            Observation::Vote(_) => "site-kind-vote",
            Observation::Mark(_) => "site-kind-mark",
            Observation::Derivative(_) => "site-kind-derivative",
            Observation::GateFinding(_) => "site-kind-finding",
            Observation::Withdrawal(_) => "site-kind-withdrawal",
            Observation::PanelVote(_) => "site-kind-panel-vote",
            Observation::Contamination(_) => "site-kind-contamination",
            Observation::Correction(_) => "site-kind-correction",
        },
    }
}

/// The entry `index` of a log; nothing where there is none.
pub(crate) fn entry(view: &View<'_>, key: &str, index: u64) -> Option<Piece> {
    let finished = view.shown.find(key)?;
    let bytes = finished.log.entry(index).ok()?;
    let kind = Record::parse(&bytes).as_ref().map_or("site-kind-unknown", kind_of);
    let value: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    let text = pretty.unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned());
    let (shown, is_cut) = cut(&text, MOST_ENTRY);
    let address = format!("/evidence/{key}/{index}");
    let body = html! {
        (neighbours(view, key, index, finished.log.len()))
        dl.facts {
            dt { (view.word("site-entry-kind")) } dd { (view.word(kind)) }
            dt { (view.word("site-entry-digest")) } dd { (code(&Digest::of(&bytes).to_string())) }
            dt { (view.word("site-entry-size")) } dd { (view.say("site-entry-bytes", &[("bytes", &bytes.len().to_string())])) }
        }
        @if kind == "site-kind-sample" { p { (view.word("site-entry-sample-about")) } }
        h2 { (view.word("site-entry-text")) }
        (lines(&view.word("site-entry-text"), shown))
        @if is_cut { p { (view.word("site-entry-cut")) } }
        p { a href=(view.file(&format!("{address}/entry"))) { (view.word("site-entry-file")) } }
        h2 { (view.word("site-proof")) }
        (proof(view, key, index, finished, &bytes))
    };
    Some(Piece { title: view.say("site-entry", &[("index", &index.to_string())]), body })
}

fn neighbours(view: &View<'_>, key: &str, index: u64, size: u64) -> Markup {
    let link = |index: u64| view.page(&format!("/evidence/{key}/{index}"));
    html! {
        nav.pages aria-label=(view.word("site-entry-neighbours")) {
            @if let Some(before) = index.checked_sub(1).filter(|before| view.has_entry(size, *before)) { a rel="prev" href=(link(before)) { (view.word("site-entry-before")) } }
            a href=(view.page(&format!("/evidence/{key}"))) { (view.word("site-entry-log")) }
            @if view.has_entry(size, index + 1) { a rel="next" href=(link(index + 1)) { (view.word("site-entry-after")) } }
        }
    }
}

/// The proof of an entry: checked here and now, shown step by step, with what is needed to check it elsewhere.
fn proof(view: &View<'_>, key: &str, index: u64, finished: &Finished, entry: &[u8]) -> Markup {
    let checked = finished.log.prove(index).ok().and_then(|proof| {
        let holds =
            proof.check(entry, &finished.key).is_ok() && proof.checkpoint_bytes() == finished.checkpoint;
        holds.then_some(proof)
    });
    let Some(proof) = checked else {
        return html! { div.notice.bad role="note" { p.said { (view.word("site-proof-wrong")) } } };
    };
    let size = finished.log.len();
    let file = format!("{key}-{index}");
    let command =
        format!("python3 check_proof.py {file}.json {file}.tlog-proof '{}'", finished.key.as_text());
    let said = if view.is_stored() { "site-proof-holds-stored" } else { "site-proof-holds" };
    let words = [("index", index.to_string()), ("size", size.to_string()), ("day", view.today.to_string())];
    let words = words.each_ref().map(|(name, word)| (*name, word.as_str()));
    html! {
        p.said { (view.say(said, &words)) }
        @if !view.is_stored() { (again(view, key, index, finished, entry)) }
        (walk(view, index, size, &proof, entry, &finished.verification.root))
        p { a href=(view.file(&format!("/evidence/{key}/{index}/proof"))) { (view.word("site-proof-file")) } " (C2SP tlog-proof)" }
        p {
            (view.word("site-proof-command")) " "
            a href=(view.file("/verify/check_proof.py")) { code { "check_proof.py" } }
        }
        (lines(&view.word("site-proof-command"), &command))
    }
}

/// Where the script says what the reader's own browser found; empty without a script.
fn again(view: &View<'_>, key: &str, index: u64, finished: &Finished, entry: &[u8]) -> Markup {
    let address = format!("/evidence/{key}/{index}");
    html! {
        p role="status"
            data-proof=(view.file(&format!("{address}/proof"))) data-entry=(view.file(&format!("{address}/entry")))
            data-index=(index) data-digest=(Digest::of(entry)) data-root=(finished.verification.root)
            data-key=(finished.key.as_text())
            data-holds=(view.word("site-proof-again-holds")) data-wrong=(view.word("site-proof-again-wrong"))
            data-unsigned=(view.word("site-proof-again-unsigned")) data-unable=(view.word("site-proof-again-unable"))
            data-away=(view.word("site-proof-again-away")) {}
    }
}

fn walk(view: &View<'_>, index: u64, size: u64, proof: &InclusionProof, entry: &[u8], root: &str) -> Markup {
    let leaf = TreeHash::leaf(entry);
    html! {
        ol.steps {
            li { (view.word("site-proof-leaf")) " " (code(&leaf.to_string())) }
            @for step in inclusion_steps(&leaf, index, size, proof.hashes()).unwrap_or_default() {
                li {
                    @if step.is_left { (view.word("site-proof-left")) } @else { (view.word("site-proof-right")) }
                    " " (code(&step.sibling.to_string())) " " (view.word("site-proof-gives")) " "
                    (code(&step.result.to_string()))
                }
            }
            li { (view.word("site-proof-root")) " " (cut_line(root, 100)) }
        }
    }
}
