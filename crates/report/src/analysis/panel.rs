//! The panel's marks: averages with severity taken out, the raters, and how far they agree.

use super::{between, or_dash};
use crate::{
    both::{Both, say},
    names::Names,
    number,
    table::{Column, table},
};
use daepyo_verdict::{
    analysis::PanelAnalysis,
    panel::{Agreement, Alpha, Icc, IccOutcome, Metric, Rasch},
};
use maud::{Markup, html};

pub(super) fn render(names: Names<'_>, found: &PanelAnalysis, place: usize) -> Markup {
    let criterion = names.criterion_title(&found.criterion);
    html! {
        h3 #{ "analysis-panel-" (place) } { (say("report-analysis-panel", &[("criterion", &criterion)])) }
        p { (say("report-analysis-panel-lead", &[])) }
        @if let Some(rasch) = &found.rasch {
            (averages(names, rasch, place))
            (raters(rasch, place))
        }
        @if !found.alpha.is_empty() {
            ul { @for one in &found.alpha { li { (agreement(one)) } } }
        }
        @if let Some(outcome) = &found.icc { p { (correlation(outcome)) } }
    }
}

fn averages(names: Names<'_>, rasch: &Rasch, place: usize) -> Markup {
    let columns = [
        Column::text("report-candidate"),
        Column::number("report-analysis-raw-average"),
        Column::number("report-analysis-fair-average"),
        Column::number("report-interval"),
        Column::number("report-analysis-marks"),
        Column::number("report-raters"),
    ];
    let mut rows: Vec<_> = rasch.candidates.iter().collect();
    rows.sort_by_key(|row| names.order_of(&row.name));
    let body = html! {
        tbody {
            @for row in rows {
                tr {
                    th scope="row" { (names.entrant(&row.name)) }
                    td.n { (number::fixed(row.raw_average, 2)) }
                    td.n { strong { (number::fixed(row.fair_average, 2)) } }
                    td.n { (between(Some((row.fair_low, row.fair_high)), |x| number::fixed(x, 2))) }
                    td.n { (number::count(row.marks)) }
                    td.n { (number::count(row.raters)) }
                }
            }
        }
    };
    let caption = say("report-analysis-averages-caption", &[]);
    table(&format!("analysis-averages-{place}-table"), &caption, &columns, &body)
}

fn raters(rasch: &Rasch, place: usize) -> Markup {
    let columns = [
        Column::text("report-analysis-rater"),
        Column::number("report-analysis-severity"),
        Column::number("report-analysis-error"),
        Column::number("report-analysis-infit"),
        Column::number("report-analysis-raw-average"),
        Column::number("report-analysis-marks"),
    ];
    let body = html! {
        tbody {
            @for row in &rasch.raters {
                tr {
                    th scope="row" { (Both::from(row.name.as_str())) }
                    td.n { strong { (number::signed(row.measure, 2)) } }
                    td.n { (number::fixed(row.standard_error, 2)) }
                    td.n { (number::fixed(row.infit.value, 2)) }
                    td.n { (number::fixed(row.raw_average, 2)) }
                    td.n { (number::count(row.marks)) }
                }
            }
        }
    };
    html! {
        p { (say("report-analysis-raters-lead", &[])) }
        (table(&format!("analysis-raters-{place}-table"), &say("report-analysis-raters-caption", &[]), &columns, &body))
    }
}

fn agreement(found: &Agreement) -> Both {
    match found {
        Agreement::Measured(alpha) => measured(alpha),
        Agreement::OneValue { value, ratings: _ } => {
            say("report-analysis-alpha-one-value", &[("value", &number::trimmed(*value).into())])
        }
        Agreement::NothingToCompare => say("report-analysis-alpha-nothing", &[]),
    }
}

/// Alpha with its meaning, in the bands that Krippendorff names (2004, "Content Analysis", chapter 11).
fn measured(found: &Alpha) -> Both {
    let metric = match found.metric {
        Metric::Nominal => "report-analysis-metric-nominal",
        Metric::Ordinal => "report-analysis-metric-ordinal",
        Metric::Interval => "report-analysis-metric-interval",
        Metric::Ratio => "report-analysis-metric-ratio",
    };
    let meaning = if found.alpha >= 0.8 {
        "report-analysis-alpha-firm"
    } else if found.alpha >= 0.667 {
        "report-analysis-alpha-tentative"
    } else {
        "report-analysis-alpha-low"
    };
    say(
        "report-analysis-alpha",
        &[
            ("metric", &say(metric, &[])),
            ("alpha", &number::fixed(found.alpha, 2).into()),
            ("interval", &between(found.interval, |x| number::fixed(x, 2)).into()),
            ("meaning", &say(meaning, &[])),
        ],
    )
}

fn correlation(found: &IccOutcome) -> Both {
    match found {
        IccOutcome::NoVariation => say("report-analysis-icc-none", &[]),
        IccOutcome::Measured(Icc { single, average, averaged, .. }) => say(
            "report-analysis-icc",
            &[
                ("single", &number::fixed(*single, 2).into()),
                ("raters", &number::trimmed((*averaged * 10.0).round() / 10.0).into()),
                ("average", &or_dash(*average, |x| number::fixed(x, 2)).into()),
            ],
        ),
    }
}
