//! Leave-one-out: which document, rater, voter, suite or criterion carries the cut.

use super::or_dash;
use crate::{
    both::{Both, say},
    names::Names,
    number,
    table::{Column, table},
};
use daepyo_verdict::sensitivity::{Influences, UnitKind};
use maud::{Markup, html};

/// Units that a cell names; all are counted.
const NAMED: usize = 5;

pub(super) fn render(names: Names<'_>, rows: &[Influences]) -> Markup {
    if rows.is_empty() {
        return html! {};
    }
    html! {
        h3 #analysis-removal { (say("report-analysis-removal", &[])) }
        p { (say("report-analysis-removal-lead", &[])) }
        @if rows.iter().all(|row| row.flipping.is_empty()) { p { (none(names, rows)) } }
        (units(names, rows))
        @for row in rows.iter().filter(|row| !row.indispensable.is_empty()) {
            p { (say("report-analysis-indispensable", &[
                ("kind", &say(kind(row.kind), &[])),
                ("units", &indispensable(names, row)),
            ])) }
        }
    }
}

fn indispensable(names: Names<'_>, row: &Influences) -> Both {
    listed(row.indispensable.iter().map(|unit| name(names, row.kind, unit)))
}

/// That none flips the cut, and which comes nearest.
fn none(names: Names<'_>, rows: &[Influences]) -> Both {
    let greatest = rows.iter().filter_map(|row| Some((row, row.greatest.first()?)));
    let most = greatest.reduce(|best, one| if one.1.change.abs() > best.1.change.abs() { one } else { best });
    let nobody = say("report-analysis-removal-none", &[]);
    most.map_or(nobody.clone(), |(row, unit)| {
        let arguments = [
            ("kind", &say(kind(row.kind), &[])),
            ("unit", &name(names, row.kind, &unit.unit)),
            ("change", &number::signed(unit.change, 2).into()),
            ("lead", &number::signed(unit.lead, 2).into()),
        ];
        Both::join(&[nobody.clone(), say("report-analysis-removal-most", &arguments)], " ")
    })
}

fn units(names: Names<'_>, rows: &[Influences]) -> Markup {
    let columns = [
        Column::text("report-analysis-kind"),
        Column::number("report-analysis-units"),
        Column::number("report-analysis-flipping"),
        Column::text("report-analysis-flipping-names"),
        Column::text("report-analysis-greatest"),
        Column::number("report-analysis-change"),
        Column::number("report-analysis-lead-without"),
    ];
    let body = html! {
        tbody {
            @for row in rows {
                @let most = row.greatest.first();
                tr {
                    th scope="row" {
                        (say(kind(row.kind), &[]))
                        @if let Some(id) = &row.criterion { span.id { (names.criterion_text(id)) } }
                    }
                    td.n { (number::count(row.units)) }
                    td.n { strong { (row.flipping.len()) } }
                    td.words { (flipping(names, row)) }
                    td.words {
                        @match most {
                            Some(unit) => { (name(names, row.kind, &unit.unit)) }
                            None => { "–" }
                        }
                    }
                    td.n { (or_dash(most, |unit| number::signed(unit.change, 2))) }
                    td.n { (or_dash(most, |unit| number::signed(unit.lead, 2))) }
                }
            }
        }
    };
    table("analysis-removal-table", &say("report-analysis-removal-caption", &[]), &columns, &body)
}

fn flipping(names: Names<'_>, row: &Influences) -> Both {
    if row.flipping.is_empty() {
        return "–".into();
    }
    listed(row.flipping.iter().map(|one| name(names, row.kind, &one.unit)))
}

/// The first few names and how many more there are.
fn listed(all: impl ExactSizeIterator<Item = Both>) -> Both {
    let rest = all.len().saturating_sub(NAMED);
    let mut shown: Vec<Both> = all.take(NAMED).collect();
    if rest > 0 {
        shown.push(say("report-analysis-and-more", &[("number", &rest.to_string().into())]));
    }
    Both::list(&shown)
}

fn name(names: Names<'_>, kind: UnitKind, unit: &str) -> Both {
    match kind {
        UnitKind::Criterion => names.criterion_text(unit),
        UnitKind::Suite => names.suite_text(unit),
        UnitKind::Document | UnitKind::Cluster | UnitKind::Rater | UnitKind::Voter => Both::from(unit),
    }
}

const fn kind(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Document => "report-analysis-unit-document",
        UnitKind::Cluster => "report-analysis-unit-cluster",
        UnitKind::Suite => "report-analysis-unit-suite",
        UnitKind::Rater => "report-analysis-unit-rater",
        UnitKind::Voter => "report-analysis-unit-voter",
        UnitKind::Criterion => "report-analysis-unit-criterion",
    }
}
