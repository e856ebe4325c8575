//! Benchmarks document by document: every two compared, and documents that look broken.

use super::{between, or_dash};
use crate::{
    both::{Both, say},
    chart::{Chart, Mark, Row, scale_around},
    names::Names,
    number,
    table::{Column, table},
};
use daepyo_verdict::{
    analysis::{BenchmarkAnalysis, ItemSummary},
    items::{Comparisons, ItemProblem, PairComparison, Standing},
};
use maud::{Markup, html};

/// Findings that the table lists; all are counted.
const LISTED: usize = 10;

pub(super) fn render(names: Names<'_>, found: &BenchmarkAnalysis, place: usize) -> Markup {
    let criterion = names.criterion_title(&found.criterion);
    html! {
        @if let Some(comparisons) = &found.comparisons { (compared(names, comparisons, &criterion, place)) }
        @if let Some(items) = &found.items { (broken(names, items, &criterion, place)) }
    }
}

fn compared(names: Names<'_>, found: &Comparisons, criterion: &Both, place: usize) -> Markup {
    let arguments = [
        ("family", &number::count(found.family).into()),
        ("confidence", &number::share(found.confidence).into()),
    ];
    html! {
        h3 #{ "analysis-pairs-" (place) } { (say("report-analysis-pairs", &[("criterion", criterion)])) }
        p { (say("report-analysis-pairs-lead", &arguments)) }
        (chart(names, found, criterion, place).draw())
        (pairs(names, found, criterion, place))
        @if !found.apart.is_empty() {
            p { (say("report-analysis-pairs-apart", &[("pairs", &listed(names, &found.apart))])) }
        }
    }
}

/// Pairs of entrants by name.
pub(super) fn listed(names: Names<'_>, pairs: &[(String, String)]) -> Both {
    let pair =
        |(one, other): &(String, String)| Both::join(&[names.entrant(one), names.entrant(other)], " / ");
    Both::list(&pairs.iter().map(pair).collect::<Vec<_>>())
}

/// Whether zero is outside the interval that holds for all pairs together.
fn differs(pair: &PairComparison) -> bool {
    pair.simultaneous.is_some_and(|(low, high)| low > 0.0 || high < 0.0)
}

fn chart(names: Names<'_>, found: &Comparisons, criterion: &Both, place: usize) -> Chart {
    let is_candidate = |id: &str| names.is_candidate(id);
    let pairs: Vec<&PairComparison> =
        found.pairs.iter().filter(|pair| is_candidate(&pair.first) && is_candidate(&pair.second)).collect();
    let ends = pairs.iter().flat_map(|pair| {
        let (low, high) = pair.simultaneous.unwrap_or((pair.difference, pair.difference));
        [low, high, pair.difference]
    });
    let scale = scale_around(ends, 0.0);
    let rows = pairs.iter().map(|pair| Row {
        label: Both::join(&[names.entrant(&pair.first), names.entrant(&pair.second)], " − "),
        mark: if differs(pair) { Mark::In } else { Mark::Open },
        estimate: pair.difference,
        interval: pair.simultaneous,
        value: format!(
            "{} [{}]",
            number::signed(pair.difference, 3),
            between(pair.simultaneous, |x| number::signed(x, 3))
        ),
    });
    Chart {
        id: format!("analysis-pairs-{place}-chart"),
        title: say("report-analysis-pairs-chart", &[("criterion", criterion)]),
        description: say("report-analysis-pairs-description", &[]),
        rows: rows.collect(),
        scale,
        line: Some((0.0, say("report-analysis-no-difference", &[]))),
        legend: vec![
            (Mark::In, say("report-analysis-differs", &[])),
            (Mark::Open, say("report-analysis-differs-not", &[])),
        ],
    }
}

fn pairs(names: Names<'_>, found: &Comparisons, criterion: &Both, place: usize) -> Markup {
    let columns = [
        Column::text("report-analysis-first"),
        Column::text("report-analysis-second"),
        Column::number("report-difference"),
        Column::number("report-analysis-together"),
        Column::number("report-analysis-alone"),
        Column::number("report-analysis-p-adjusted"),
        Column::number("report-documents"),
        Column::number("report-clusters"),
    ];
    let signed = |x: f64| number::signed(x, 3);
    let body = html! {
        tbody {
            @for pair in &found.pairs {
                tr {
                    th scope="row" { (names.entrant(&pair.first)) }
                    td.name { (names.entrant(&pair.second)) }
                    td.n { strong { (signed(pair.difference)) } }
                    td.n { (between(pair.simultaneous, signed)) }
                    td.n { (between(pair.interval, signed)) }
                    td.n { (or_dash(pair.p_adjusted, p)) }
                    td.n { (number::count(pair.documents)) }
                    td.n { (number::count(pair.clusters)) }
                }
            }
        }
    };
    let caption = say("report-analysis-pairs-caption", &[("criterion", criterion)]);
    table(&format!("analysis-pairs-{place}-table"), &caption, &columns, &body)
}

/// A p-value.
fn p(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { number::fixed(p, 3) }
}

fn broken(names: Names<'_>, found: &ItemSummary, criterion: &Both, place: usize) -> Markup {
    let arguments = [
        ("items", &number::count(found.items).into()),
        ("flagged", &number::count(found.flagged).into()),
        ("right", &number::count(found.everyone_right).into()),
    ];
    html! {
        h3 #{ "analysis-items-" (place) } { (say("report-analysis-items", &[("criterion", criterion)])) }
        p { (say("report-analysis-items-counts", &arguments)) }
        @if !found.findings.is_empty() {
            (findings(names, found, place))
            (standings(names, &found.standings, place))
        }
    }
}

fn findings(names: Names<'_>, found: &ItemSummary, place: usize) -> Markup {
    let columns = [
        Column::text("report-analysis-task"),
        Column::text("report-analysis-document"),
        Column::text("report-analysis-problem"),
    ];
    let body = html! {
        tbody {
            @for finding in found.findings.iter().take(LISTED) {
                tr {
                    th scope="row" { (Both::from(finding.task.as_str())) }
                    td { (Both::from(finding.item.as_str())) }
                    td.words { (problem(names, &finding.problem)) }
                }
            }
        }
    };
    let caption = say("report-analysis-items-caption", &[("number", &LISTED.to_string().into())]);
    table(&format!("analysis-items-{place}-table"), &caption, &columns, &body)
}

fn problem(names: Names<'_>, problem: &ItemProblem) -> Both {
    match problem {
        ItemProblem::EveryoneRight { entrants } => {
            say("report-analysis-item-right", &[("entrants", &number::count(*entrants).into())])
        }
        ItemProblem::EveryoneWrong { entrants, by_guessing } => say(
            "report-analysis-item-wrong",
            &[
                ("entrants", &number::count(*entrants).into()),
                ("p", &number::probability(*by_guessing).into()),
            ],
        ),
        ItemProblem::NegativeCorrelation { correlation, p_adjusted, p: _, exact: _ } => say(
            "report-analysis-item-negative",
            &[("correlation", &number::fixed(*correlation, 2).into()), ("p", &p(*p_adjusted).into())],
        ),
        ItemProblem::Reversed { discrimination, p_false, error: _ } => say(
            "report-analysis-item-reversed",
            &[
                ("discrimination", &number::fixed(*discrimination, 2).into()),
                ("p", &number::probability(*p_false).into()),
            ],
        ),
        ItemProblem::KeyDisagreement { key, answer, strongest, .. } => {
            let strongest: Vec<Both> = strongest.iter().map(|id| names.entrant(id)).collect();
            say(
                "report-analysis-item-key",
                &[
                    ("strongest", &Both::list(&strongest)),
                    ("answer", &answer.as_str().into()),
                    ("key", &key.as_str().into()),
                ],
            )
        }
    }
}

fn standings(names: Names<'_>, rows: &[Standing], place: usize) -> Markup {
    let columns = [
        Column::text("report-candidate"),
        Column::number("report-analysis-score-all"),
        Column::number("report-analysis-score-without"),
        Column::number("report-analysis-rank-all"),
        Column::number("report-analysis-rank-without"),
    ];
    let body = html! {
        tbody {
            @for row in rows {
                tr {
                    th scope="row" { (names.entrant(&row.entrant)) }
                    td.n { (or_dash(row.all, number::score)) }
                    td.n { (or_dash(row.without, number::score)) }
                    td.n { (or_dash(row.rank_all, |rank| rank.to_string())) }
                    td.n { (or_dash(row.rank_without, |rank| rank.to_string())) }
                }
            }
        }
    };
    let caption = say("report-analysis-standings-caption", &[]);
    table(&format!("analysis-standings-{place}-table"), &caption, &columns, &body)
}
