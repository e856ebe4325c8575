//! What became of each candidate: decision, composite with its interval, chances.

use crate::{
    ReportInput,
    both::{Both, say},
    chart::{Chart, Row, decision_legend},
    names::{Names, decision_badge},
    number,
    table::{Column, section, table},
};
use daepyo_core::{CandidateId, Composite, Interval};
use maud::{Markup, html};

pub(crate) fn render(input: &ReportInput<'_>) -> Markup {
    let names = Names::new(input);
    let composite = |id: &CandidateId| input.verdict.composite.iter().find(|row| row.candidate == *id);
    let body = html! {
        tbody {
            @for outcome in &input.verdict.outcomes {
                tr {
                    th scope="row" { (names.cell(&outcome.candidate)) }
                    td {
                        (decision_badge(outcome.decision))
                        @if let Some(gate) = &outcome.gate { span.sub { (names.gate_title(gate)) } }
                    }
                    (cells(composite(&outcome.candidate)))
                }
            }
        }
    };
    let columns = [
        Column::text("report-candidate"),
        Column::text("report-decision"),
        Column::number("report-composite"),
        Column::number("report-interval"),
        Column::number("report-p-advance"),
        Column::number("report-p-last"),
    ];
    let content = html! {
        p { (say("report-candidates-lead", &[
            ("advance", &input.stage.decision.advance.to_string().into()),
            ("confidence", &number::share(input.stage.decision.confidence).into()),
        ])) }
        (chart(input))
        (table("candidates-table", &say("report-candidates-caption", &[]), &columns, &body))
    };
    section("candidates", &say("report-candidates", &[]), &content)
}

fn cells(row: Option<&Composite>) -> Markup {
    let chance = |row: Option<&Composite>, p: fn(&Composite) -> f64| match row {
        Some(row) if !row.ranks.is_empty() => number::probability(p(row)),
        _ => "–".to_owned(),
    };
    html! {
        td.n { strong { (row.map_or_else(|| "–".to_owned(), |row| number::points(row.points.estimate))) } }
        td.n { (row.map_or_else(|| "–".to_owned(), |row| range(row.points))) }
        td.n {
            (chance(row, |row| row.p_advance))
            @if let Some(row) = row && !row.ranks.is_empty() { (bar(row.p_advance)) }
        }
        td.n { (chance(row, |row| row.p_last)) }
    }
}

/// An interval of points in one cell.
pub(crate) fn range(interval: Interval) -> String {
    format!("{} – {}", number::points(interval.low), number::points(interval.high))
}

/// A small drawn bar beside a probability, for the eye alone.
fn bar(p: f64) -> Markup {
    let width = format!("{:.1}%", if p.is_finite() { p.clamp(0.0, 1.0) * 100.0 } else { 0.0 });
    html! {
        svg.bar width="56" height="5" aria-hidden="true" focusable="false" {
            rect.whole width="100%" height="5" rx="2.5" {}
            rect.part width=(width) height="5" rx="2.5" {}
        }
    }
}

fn chart(input: &ReportInput<'_>) -> Markup {
    if let Some(chart) = composite(input) {
        chart.draw()
    } else {
        html! { p.none { (say("report-no-composite", &[])) } }
    }
}

/// The composite of everybody who has one; none where nobody has.
pub(crate) fn composite(input: &ReportInput<'_>) -> Option<Chart> {
    let names = Names::new(input);
    let rows: Vec<Row> = input
        .verdict
        .composite
        .iter()
        .map(|row| Row {
            label: names.candidate(&row.candidate),
            mark: names.mark(&row.candidate),
            estimate: row.points.estimate,
            interval: Some((row.points.low, row.points.high)),
            value: format!("{} [{}]", number::points(row.points.estimate), range(row.points)),
        })
        .collect();
    (!rows.is_empty()).then(|| Chart {
        id: "composite-chart".to_owned(),
        title: say("report-composite-chart", &[]),
        description: say("report-interval-description", &[("most", &Both::from("100"))]),
        rows,
        scale: (0.0, 100.0),
        line: None,
        legend: decision_legend(),
    })
}
