//! Pieces that several public pages draw: tables that scroll by themselves, digests, states, cut texts.

use super::finished::Finished;
use super::published::{Published, State};
use super::view::View;
use crate::programme::{Standing, standing};
use daepyo_core::{Date, Stage, Status};
use daepyo_report::single;
use daepyo_stage::Finding;
use maud::{Markup, html};

/// Findings that are shown of a folder that does not verify.
const MOST_FINDINGS: usize = 20;

/// A table in a region that scrolls by itself and takes the keyboard. `heads` are ids of messages.
pub(super) fn table(view: &View<'_>, title: &str, heads: &[&str], rows: &Markup) -> Markup {
    html! {
        div.scroll role="region" aria-label=(title) tabindex="0" {
            table {
                caption { (title) }
                thead { tr { @for head in heads { th scope="col" { (view.word(head)) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// A digest or key, to copy.
pub(super) fn code(text: &str) -> Markup {
    html! { code.digest { (single::line(text)) } }
}

/// Lines to copy, with what they are.
pub(super) fn lines(label: &str, text: &str) -> Markup {
    html! { pre tabindex="0" role="region" aria-label=(label) { "\n" (single::block(text.trim_end_matches('\n'))) } }
}

/// Foreign text on one line of at most so many characters.
pub(super) fn cut_line(text: &str, most: usize) -> Markup {
    let (head, is_cut) = cut(text, most);
    html! { (single::line(head)) @if is_cut { "…" } }
}

/// The first so many characters, and whether there are more.
pub(super) fn cut(text: &str, most: usize) -> (&str, bool) {
    match text.char_indices().nth(most) {
        Some((place, _)) => (text.get(..place).unwrap_or_default(), true),
        None => (text, false),
    }
}

/// Bytes as people read them.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut tenths, mut unit) = (bytes / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", tenths / 10)
    }
}

/// How a stage stands, with what the published folders add to its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Now {
    ToCome,
    Open,
    /// Over, and no verdict is published yet.
    Closed,
    /// A verdict, and objections until this day.
    Decided(Date),
    Undecided,
    NoVerdict,
    /// Its folder does not verify.
    Broken,
}

pub(crate) fn now(view: &View<'_>, stage: &Stage) -> Now {
    let mut folders: Vec<&Published> = view.shown.of_stage(&stage.id).collect();
    let last = folders.pop();
    match last.map(|one| &one.state) {
        Some(State::Verified(finished)) => match finished.verdict().status {
            Status::Decided(_) => Now::Decided(stage.closes.days_after(stage.objection_days)),
            Status::Undecided { .. } => Now::Undecided,
            Status::NoVerdict(_) => Now::NoVerdict,
        },
        Some(State::Broken(_)) => Now::Broken,
        Some(State::UnderWay(_) | State::NotYet) | None => match standing(stage, view.today) {
            Standing::ToCome => Now::ToCome,
            Standing::Open => Now::Open,
            Standing::Objections | Standing::Over => Now::Closed,
        },
    }
}

/// The state's word.
pub(super) fn state(view: &View<'_>, now: Now) -> Markup {
    let (class, message) = match now {
        Now::ToCome => ("to-come", "site-standing-to-come"),
        Now::Open => ("now", "site-standing-open"),
        Now::Closed => ("over", "site-standing-closed"),
        Now::Decided(_) => ("over", "site-standing-decided"),
        Now::Undecided => ("objections", "site-standing-undecided"),
        Now::NoVerdict => ("objections", "site-standing-no-verdict"),
        Now::Broken => ("broken", "site-standing-broken"),
    };
    html! {
        span class={ "badge " (class) } { (view.word(message)) }
        @if let Now::Decided(last) = now && view.today <= last {
            " " span.soft { (view.say("site-standing-objections-until", &[("day", &last.to_string())])) }
        }
    }
}

/// The notice about a folder that does not verify.
pub(super) fn broken(view: &View<'_>, one: &Published) -> Markup {
    match &one.state {
        State::Broken(findings) => {
            unverified(view, &view.say("site-broken", &[("folder", &one.key)]), findings)
        }
        State::Verified(_) | State::UnderWay(_) | State::NotYet => html! {},
    }
}

/// That something does not verify, and what was found.
pub(crate) fn unverified(view: &View<'_>, said: &str, findings: &[Finding]) -> Markup {
    html! {
        div.notice.bad role="note" {
            p.said { (said) }
            p { (view.word("site-broken-about")) }
            ul {
                @for finding in findings.iter().take(MOST_FINDINGS) {
                    li { code { (cut_line(&finding.file, 200)) } ": " (cut_line(&found(view, finding), 400)) " " span.soft { (finding.code) } }
                }
                @if findings.len() > MOST_FINDINGS { li { "…" } }
            }
        }
    }
}

/// What was found, in the reader's language; as it was said where there is no message for its code.
fn found(view: &View<'_>, finding: &Finding) -> String {
    let id = format!("finding-{}", finding.code.replace("::", "-").replace('_', "-"));
    let said = daepyo_messages::find(view.language, &id, &[("detail", &finding.message)]);
    said.unwrap_or_else(|| finding.message.clone())
}

/// What was found when a folder was verified: at the start of the site, or when the pages were stored.
pub(super) fn verified(view: &View<'_>, finished: &Finished) -> Markup {
    let found = &finished.verification;
    let counts = [
        ("entries", single::count(found.entries)),
        ("files", single::count(found.files)),
        ("samples", single::count(found.rescored)),
        ("day", view.today.to_string()),
    ];
    let said = if view.is_stored() { "site-verified-stored" } else { "site-verified" };
    let counts: Vec<(&str, &str)> = counts.iter().map(|(name, count)| (*name, count.as_str())).collect();
    html! {
        p.soft {
            (view.say(said, &counts))
            @if !found.hidden.is_empty() { " " (view.word("site-verified-hidden")) }
            " " a href=(view.page("/verify")) { (view.word("site-verify-yourself")) }
        }
    }
}

#[cfg(test)]
mod tests {
    //! Sizes and cuts.
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        let read = [0, 999, 1000, 1234, 99_949, 123_456, 12_345_678, 5_000_000_000_000].map(size);
        assert_eq!(read, ["0 B", "999 B", "1.0 kB", "1.2 kB", "99 kB", "123 kB", "12 MB", "5.0 TB"]);
    }

    #[test]
    fn a_cut_counts_characters() {
        assert_eq!(cut("가나다", 2), ("가나", true));
        assert_eq!(cut("가나", 2), ("가나", false));
    }
}
