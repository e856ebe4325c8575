//! How firm the decision is: what it hangs on, drawn from the analysis beside the verdict.

mod contamination;
mod pairs;
mod panel;
mod power;
mod removal;
mod strata;
mod voters;
mod weights;

use crate::{
    ReportInput,
    both::{Both, say},
    names::Names,
    table::{Column, section, table},
    visible,
};
use daepyo_verdict::analysis::{Analysis, Note, Part};
use maud::{Markup, html};

pub(crate) fn render(input: &ReportInput<'_>, analysis: &Analysis) -> Markup {
    let names = Names::new(input);
    let content = html! {
        p { (say("report-analysis-lead", &[])) }
        @match &analysis.sensitivity {
            Some(found) => {
                (weights::render(names, found))
                (weights::needs(names, found))
                (removal::render(names, &found.influences))
            }
            None => { p.none { (say("report-analysis-empty", &[])) } }
        }
        @for (place, found) in analysis.benchmarks.iter().enumerate() {
            (pairs::render(names, found, place))
            (contamination::render(names, found, place))
        }
        @for (place, found) in analysis.gates.iter().enumerate() {
            (power::render(names, found, place))
            (contamination::gate(names, found, place))
        }
        @for (place, found) in analysis.panels.iter().enumerate() { (panel::render(names, found, place)) }
        @for (place, found) in analysis.votes.iter().enumerate() {
            (voters::render(names, found, place))
            (strata::render(names, found, place))
        }
        @if !analysis.notes.is_empty() { (notes(names, &analysis.notes)) }
    };
    section("analysis", &say("report-analysis", &[]), &content)
}

/// The value in words, or a dash.
fn or_dash<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), show)
}

/// Two ends of an interval in words, or a dash.
fn between(interval: Option<(f64, f64)>, show: impl Fn(f64) -> String) -> String {
    or_dash(interval, |(low, high)| format!("{} – {}", show(low), show(high)))
}

fn notes(names: Names<'_>, notes: &[Note]) -> Markup {
    let columns = [
        Column::text("report-analysis-about"),
        Column::text("report-analysis-part"),
        Column::text("report-reason"),
    ];
    let body = html! {
        tbody {
            @for note in notes {
                tr {
                    th scope="row" { (names.rule_text(&note.about)) }
                    td { (say(part(note.part), &[])) }
                    td.words {
                        (visible::line(&note.reason))
                        code.id { (Both::from(note.code.as_str())) }
                    }
                }
            }
        }
    };
    html! {
        h3 { (say("report-analysis-notes", &[])) }
        (table("analysis-notes", &say("report-analysis-notes-caption", &[]), &columns, &body))
    }
}

const fn part(part: Part) -> &'static str {
    match part {
        Part::Sensitivity => "report-analysis-part-sensitivity",
        Part::Comparisons => "report-analysis-part-comparisons",
        Part::Items => "report-analysis-part-items",
        Part::Contamination => "report-analysis-part-contamination",
        Part::Power => "report-analysis-part-power",
        Part::Rasch => "report-analysis-part-rasch",
        Part::Alpha => "report-analysis-part-alpha",
        Part::Icc => "report-analysis-part-icc",
        Part::VoterTests => "report-analysis-part-voter-tests",
        Part::Beside => "report-analysis-part-beside",
        Part::Strata => "report-analysis-part-strata",
    }
}
