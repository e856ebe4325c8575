//! Documents that somebody may have seen before: scores and gates with and without them.

use super::{between, or_dash, pairs::listed};
use crate::{
    both::{Both, say},
    names::{Names, gate_badge},
    number,
    table::{Column, table},
    visible,
};
use daepyo_core::GateOutcome;
use daepyo_verdict::{
    analysis::{BenchmarkAnalysis, GateAnalysis},
    items::{Contamination, EntrantContamination, FlagRecord, GateChange},
};
use maud::{Markup, html};
use std::collections::BTreeMap;

pub(super) fn render(names: Names<'_>, found: &BenchmarkAnalysis, place: usize) -> Markup {
    let Some(seen) = &found.contamination else { return html! {} };
    let criterion = names.criterion_title(&found.criterion);
    let arguments = [("flagged", &number::count(seen.flagged).into())];
    html! {
        h3 #{ "analysis-seen-" (place) } { (say("report-analysis-seen", &[("criterion", &criterion)])) }
        p { (say("report-analysis-seen-lead", &arguments)) }
        (sources(&seen.flags, place))
        (scores(names, seen, place))
        p { (swapped(names, &seen.swapped)) }
    }
}

/// Where the flags come from and why, each once.
fn sources(flags: &[FlagRecord], place: usize) -> Markup {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for flag in flags {
        *counts.entry((&flag.source, &flag.reason)).or_default() += 1;
    }
    let columns = [
        Column::text("report-analysis-seen-source"),
        Column::text("report-reason"),
        Column::number("report-analysis-seen-flags"),
    ];
    let body = html! {
        tbody {
            @for ((source, reason), count) in counts {
                tr {
                    th scope="row" { (visible::line(source)) }
                    td.words { (visible::line(reason)) }
                    td.n { (count) }
                }
            }
        }
    };
    let caption = say("report-analysis-seen-sources", &[("number", &flags.len().to_string().into())]);
    table(&format!("analysis-seen-{place}-sources"), &caption, &columns, &body)
}

fn scores(names: Names<'_>, seen: &Contamination, place: usize) -> Markup {
    let columns = [
        Column::text("report-candidate"),
        Column::number("report-analysis-score-all"),
        Column::number("report-analysis-seen-clean"),
        Column::number("report-analysis-seen-documents"),
        Column::number("report-analysis-seen-effect"),
        Column::number("report-analysis-seen-interval"),
        Column::text("report-analysis-seen-beside"),
    ];
    let body = html! {
        tbody {
            @for row in &seen.entrants {
                @let effect = row.effect.as_ref();
                tr {
                    th scope="row" { (names.entrant(&row.entrant)) }
                    td.n { (or_dash(row.raw, number::score)) }
                    td.n { strong { (or_dash(row.clean, number::score)) } }
                    td.n { (number::count(row.documents_flagged)) }
                    td.n { (or_dash(effect, |effect| number::signed(effect.adjusted, 3))) }
                    td.n { (between(effect.and_then(|effect| effect.interval), |x| number::signed(x, 3))) }
                    td.words { (compared_with(names, row)) }
                }
            }
        }
    };
    let caption = say("report-analysis-seen-caption", &[]);
    table(&format!("analysis-seen-{place}-table"), &caption, &columns, &body)
}

fn compared_with(names: Names<'_>, row: &EntrantContamination) -> Both {
    let Some(effect) = &row.effect else { return "–".into() };
    let others: Vec<Both> = effect.compared_with.iter().map(|id| names.entrant(id)).collect();
    let others = Both::list(&others);
    if effect.relative { say("report-analysis-seen-relative", &[("others", &others)]) } else { others }
}

fn swapped(names: Names<'_>, pairs: &[(String, String)]) -> Both {
    if pairs.is_empty() {
        return say("report-analysis-seen-same-order", &[]);
    }
    say("report-analysis-seen-swapped", &[("pairs", &listed(names, pairs))])
}

pub(super) fn gate(names: Names<'_>, found: &GateAnalysis, place: usize) -> Markup {
    if found.contamination.is_empty() {
        return html! {};
    }
    let gate = names.gate_title(&found.gate);
    let columns = [
        Column::text("report-candidate"),
        Column::text("report-analysis-seen-gate-all"),
        Column::text("report-analysis-seen-gate-clean"),
    ];
    let badge = |outcome: Option<GateOutcome>| outcome.map_or_else(|| html! { "–" }, gate_badge);
    let body = html! {
        tbody {
            @for GateChange { candidate, raw, clean, changed: _ } in &found.contamination {
                tr {
                    th scope="row" { (names.entrant(candidate)) }
                    td { (badge(*raw)) }
                    td { (badge(*clean)) }
                }
            }
        }
    };
    let caption = say("report-analysis-seen-gate-caption", &[("gate", &gate)]);
    html! {
        h3 #{ "analysis-seen-gate-" (place) } { (say("report-analysis-seen-gate", &[("gate", &gate)])) }
        p { (say("report-analysis-seen-gate-lead", &[])) }
        (table(&format!("analysis-seen-gate-{place}-table"), &caption, &columns, &body))
    }
}
