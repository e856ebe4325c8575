//! The page around the sections: head, language switch, contents.

use crate::{
    ReportInput, analysis,
    both::{Both, say},
    candidates, contest, course, criteria, decision, gates, lineage, proof, ranks, reading, rules, samples,
    tasks,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use daepyo_core::{Digest, Language};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");

/// The sections that only some stages have.
const ANALYSIS: &str = "analysis";
const CONTEST: &str = "contest";
const COURSE: &str = "course";
const LINEAGE: &str = "lineage";

/// Sections in order: id of the element, and of its title.
const SECTIONS: [(&str, &str); 15] = [
    ("decision", "report-decision"),
    ("candidates", "report-candidates"),
    ("gates", "report-gates"),
    (LINEAGE, "report-lineage"),
    ("criteria", "report-criteria"),
    (CONTEST, "report-contest"),
    ("ranks", "report-ranks"),
    ("ties", "report-ties"),
    (ANALYSIS, "report-analysis"),
    (COURSE, "report-course"),
    ("tasks", "report-tasks"),
    ("samples", "report-samples"),
    ("rules", "report-rules"),
    ("proof", "report-proof"),
    ("reading", "report-reading"),
];

pub(crate) fn render(input: &ReportInput<'_>) -> String {
    let lang = code(input.language);
    let programme = Both::from(&input.programme.title);
    let stage = Both::from(&input.stage.title);
    let title = Both::join(&[programme.clone(), stage.clone()], " · ");
    let page = html! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (crate::visible::drawn(title.get(input.language))) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { (say("report-skip", &[])) }
                header.top {
                    p.brand { "daepyo" }
                    (switch(input.language))
                }
                div.page {
                    (contents(input))
                    main #main tabindex="-1" {
                        div.title {
                            p { (programme) }
                            h1 { (stage) }
                        }
                        (decision::render(input))
                        (candidates::render(input))
                        (gates::render(input))
                        @if !input.lineage.is_empty() { (lineage::render(input)) }
                        (criteria::render(input))
                        @if !input.contests.is_empty() { (contest::render(input)) }
                        (ranks::distribution(input))
                        (ranks::ties(input))
                        @if let Some(found) = input.analysis { (analysis::render(input, found)) }
                        @if course::is_there(input) { (course::render(input)) }
                        (tasks::render(input))
                        (samples::render(input))
                        (rules::render(input))
                        (proof::render(input))
                        (reading::render())
                    }
                }
                footer { p { (say("report-footer", &[])) } }
            }
        }
    };
    page.into_string()
}

/// Nothing is loaded and nothing runs; only this page's own style sheet applies.
fn policy() -> String {
    let digest = BASE64_STANDARD.encode(Digest::of(STYLE.as_bytes()).as_bytes());
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
}

const fn code(language: Language) -> &'static str {
    match language {
        Language::Ko => "ko",
        Language::En => "en",
    }
}

/// Two radio buttons that the style sheet reads: no script is needed.
fn switch(first: Language) -> Markup {
    html! {
        fieldset.switch {
            legend { (say("report-language", &[])) }
            @for (language, name) in [(Language::Ko, "한국어"), (Language::En, "English")] {
                @let id = format!("lang-{}", code(language));
                input type="radio" name="language" id=(id) checked[language == first] autocomplete="off";
                label.keep for=(id) lang=(code(language)) { (name) }
            }
        }
    }
}

fn contents(input: &ReportInput<'_>) -> Markup {
    let is_there = |id: &str| match id {
        ANALYSIS => input.analysis.is_some(),
        CONTEST => !input.contests.is_empty(),
        COURSE => course::is_there(input),
        LINEAGE => !input.lineage.is_empty(),
        _ => true,
    };
    let sections = SECTIONS.iter().filter(|(id, _)| is_there(id));
    html! {
        nav.contents aria-labelledby="contents-title" {
            p #contents-title { (say("report-contents", &[])) }
            ol { @for (id, title) in sections { li { a href={ "#" (id) } { (say(title, &[])) } } } }
        }
    }
}
