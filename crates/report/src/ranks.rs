//! How likely each rank is, and how ties at the cut were treated.

use crate::{
    ReportInput,
    both::{Both, say},
    names::Names,
    number,
    table::{Column, section, table},
};
use daepyo_core::Composite;
use maud::{Markup, html};

pub(crate) fn distribution(input: &ReportInput<'_>) -> Markup {
    let rows: Vec<&Composite> = input.verdict.composite.iter().filter(|row| !row.ranks.is_empty()).collect();
    let content = if rows.is_empty() {
        html! { p.none { (say("report-no-composite", &[])) } }
    } else {
        html! {
            p { (say("report-ranks-lead", &[
                ("draws", &number::count(input.verdict.draws.into()).into()),
                ("advance", &input.stage.decision.advance.to_string().into()),
            ])) }
            (heat(input, &rows))
        }
    };
    section("ranks", &say("report-ranks", &[]), &content)
}

fn heat(input: &ReportInput<'_>, rows: &[&Composite]) -> Markup {
    let names = Names::new(input);
    let ranks = rows.iter().map(|row| row.ranks.len()).max().unwrap_or(0);
    let mut columns = vec![Column::text("report-candidate")];
    for rank in 1..=ranks {
        columns.push(Column::Number(say("report-rank", &[("rank", &rank.to_string().into())])));
    }
    columns.push(Column::number("report-rank-set"));
    columns.push(Column::number("report-p-advance"));
    columns.push(Column::number("report-p-last"));
    let cut = usize::try_from(input.stage.decision.advance).unwrap_or(usize::MAX);
    let body = html! {
        tbody {
            @for row in rows {
                tr {
                    th scope="row" { (names.candidate(&row.candidate)) }
                    @for (place, p) in row.ranks.iter().enumerate() {
                        td class={ "n heat " (step(*p)) @if place + 1 == cut && cut < ranks { " cut" } } {
                            (number::probability(*p))
                        }
                    }
                    @for _ in row.ranks.len()..ranks { td.n { "–" } }
                    td.n { (rank_set(row)) }
                    td.n { (number::probability(row.p_advance)) }
                    td.n { (number::probability(row.p_last)) }
                }
            }
        }
    };
    table("ranks-table", &say("report-ranks-caption", &[]), &columns, &body)
}

fn rank_set(row: &Composite) -> String {
    match row.rank_set {
        None => "–".to_owned(),
        Some((least, greatest)) if least == greatest => least.to_string(),
        Some((least, greatest)) => format!("{least} – {greatest}"),
    }
}

/// The shade of a cell, in steps of a tenth.
fn step(p: f64) -> &'static str {
    const STEPS: [(f64, &str); 10] = [
        (0.95, "h10"),
        (0.85, "h9"),
        (0.75, "h8"),
        (0.65, "h7"),
        (0.55, "h6"),
        (0.45, "h5"),
        (0.35, "h4"),
        (0.25, "h3"),
        (0.15, "h2"),
        (0.05, "h1"),
    ];
    STEPS.iter().find(|(least, _)| p >= *least).map_or("h0", |(_, name)| name)
}

pub(crate) fn ties(input: &ReportInput<'_>) -> Markup {
    let names = Names::new(input);
    let none = || say("report-nobody", &[]);
    let list = |ids: &[daepyo_core::CandidateId]| if ids.is_empty() { none() } else { names.candidates(ids) };
    let content = html! {
        @if input.verdict.ties.is_empty() {
            p { (say("report-ties-none", &[])) }
        } @else {
            p { (say("report-ties-lead", &[])) }
            ol.ties {
                @for trace in &input.verdict.ties {
                    li {
                        strong { (names.tie_step(&trace.step)) }
                        p { (say("report-tie-trace", &[
                            ("tied", &list(&trace.tied)),
                            ("places", &Both::from(trace.places.to_string())),
                            ("advanced", &list(&trace.advanced)),
                            ("eliminated", &list(&trace.eliminated)),
                        ])) }
                    }
                }
            }
        }
    };
    section("ties", &say("report-ties", &[]), &content)
}
