//! Gates with their evidence: each reference, the difference, its bounds and what they rest on.

use crate::{
    ReportInput,
    both::{Both, say},
    chart::{Chart, Mark, Row, scale_around},
    names::{Names, gate_badge, gate_mark},
    number,
    table::{Column, section, table},
};
use daepyo_core::{CandidateId, Gate, GateComparison, GateResult, GateRule, NotShown, SuiteWeight};
use maud::{Markup, html};

pub(crate) fn render(input: &ReportInput<'_>) -> Markup {
    let content = html! {
        p { (say("report-gates-lead", &[])) }
        @if input.stage.gates.is_empty() { p.none { (say("report-gates-none", &[])) } }
        @for (place, gate) in input.stage.gates.iter().enumerate() { (one(input, gate, place)) }
    };
    section("gates", &say("report-gates", &[]), &content)
}

fn one(input: &ReportInput<'_>, gate: &Gate, place: usize) -> Markup {
    let names = Names::new(input);
    let mut results: Vec<&GateResult> =
        input.verdict.gates.iter().filter(|result| result.gate == gate.id).collect();
    results.sort_by_key(|result| names.order(&result.candidate));
    html! {
        h3 #{ "gate-" (place) } { (Both::from(&gate.title)) }
        p { (rule(names, gate)) " " (not_shown(gate.not_shown)) }
        @if results.is_empty() {
            p.none { (say("report-gate-no-results", &[])) }
        } @else if results.iter().all(|result| result.comparisons.is_empty()) {
            (findings(names, gate, &results, place))
        } @else {
            (chart(names, gate, &results, place).draw())
            (comparisons(names, gate, &results, place))
        }
    }
}

/// What the gate asks, in one sentence.
pub(crate) fn rule(names: Names<'_>, gate: &Gate) -> Both {
    match &gate.rule {
        GateRule::NonInferiority { suites, ratio, confidence, chance_corrected } => say(
            if *chance_corrected { "report-gate-ratio-corrected" } else { "report-gate-ratio" },
            &[
                ("ratio", &number::share(*ratio).into()),
                ("suites", &suite_list(names, suites)),
                ("confidence", &number::share(*confidence).into()),
            ],
        ),
        GateRule::Threshold { suites, minimum, confidence } => say(
            "report-gate-threshold",
            &[
                ("minimum", &number::score(*minimum).into()),
                ("suites", &suite_list(names, suites)),
                ("confidence", &number::share(*confidence).into()),
            ],
        ),
        GateRule::Independence { against, level, .. } => {
            let known: Vec<&str> = against.iter().map(|known| known.id.as_str()).collect();
            say(
                "report-gate-independence",
                &[("known", &known.join(", ").into()), ("level", &level.to_string().into())],
            )
        }
        GateRule::Finding { source } => say("report-gate-finding", &[("source", &source.as_str().into())]),
    }
}

/// What "not shown" leads to, in one sentence.
pub(crate) fn not_shown(rule: NotShown) -> Both {
    say(
        match rule {
            NotShown::Stay => "report-not-shown-stay",
            NotShown::Out => "report-not-shown-out",
            NotShown::Hold => "report-not-shown-hold",
        },
        &[],
    )
}

/// Suites with their shares, where they weigh differently.
pub(crate) fn suite_list(names: Names<'_>, suites: &[SuiteWeight]) -> Both {
    let total: f64 = suites.iter().map(|suite| suite.weight).sum();
    let equal = suites.windows(2).all(|pair| match pair {
        [a, b] => (a.weight - b.weight).abs() < 1e-12,
        _ => true,
    });
    let items: Vec<Both> = suites
        .iter()
        .map(|suite| {
            let title = names.suite(&suite.suite);
            let share = number::probability(suite.weight / total);
            if equal { title } else { Both::join(&[title, Both::from(format!("({share})"))], " ") }
        })
        .collect();
    Both::list(&items)
}

fn findings(names: Names<'_>, gate: &Gate, results: &[&GateResult], place: usize) -> Markup {
    let columns =
        [Column::text("report-candidate"), Column::text("report-outcome"), Column::text("report-reason")];
    let body = html! {
        tbody {
            @for result in results {
                tr {
                    th scope="row" { (names.candidate(&result.candidate)) }
                    td { (gate_badge(result.outcome)) }
                    td.words { (Both::from(result.reason.as_deref().unwrap_or("–"))) }
                }
            }
        }
    };
    table(&format!("gate-{place}-table"), &caption(gate), &columns, &body)
}

fn caption(gate: &Gate) -> Both {
    say("report-gate-caption", &[("gate", &Both::from(&gate.title))])
}

fn against(names: Names<'_>, reference: Option<&CandidateId>) -> Both {
    reference.map_or_else(|| say("report-threshold", &[]), |id| names.candidate(id))
}

/// What the gate's comparisons found.
pub(crate) fn chart(names: Names<'_>, gate: &Gate, results: &[&GateResult], place: usize) -> Chart {
    let mut rows = Vec::new();
    let mut values = Vec::new();
    for result in results {
        for comparison in &result.comparisons {
            let name = names.candidate(&result.candidate);
            let other = against(names, comparison.reference.as_ref());
            values.extend(
                [Some(comparison.difference), comparison.lower, comparison.upper].into_iter().flatten(),
            );
            rows.push(Row {
                label: say("report-versus", &[("name", &name), ("other", &other)]),
                mark: gate_mark(comparison.outcome),
                estimate: comparison.difference,
                interval: comparison.lower.zip(comparison.upper),
                value: in_words(comparison),
            });
        }
    }
    let marks = vec![
        (Mark::In, say("gate-passed", &[])),
        (Mark::Out, say("gate-failed", &[])),
        (Mark::Open, say("gate-not-shown", &[])),
    ];
    Chart {
        id: format!("gate-{place}-chart"),
        title: say("report-gate-chart", &[("gate", &Both::from(&gate.title))]),
        description: say("report-gate-chart-description", &[]),
        rows,
        scale: scale_around(values, 0.0),
        line: Some((0.0, say("report-gate-line", &[]))),
        legend: marks,
    }
}

fn in_words(comparison: &GateComparison) -> String {
    let difference = number::signed(comparison.difference, 3);
    match comparison.lower.zip(comparison.upper) {
        Some((low, high)) => {
            format!("{difference} [{}, {}]", number::signed(low, 3), number::signed(high, 3))
        }
        None => difference,
    }
}

fn comparisons(names: Names<'_>, gate: &Gate, results: &[&GateResult], place: usize) -> Markup {
    let columns = [
        Column::text("report-candidate"),
        Column::text("report-outcome"),
        Column::text("report-against"),
        Column::text("report-outcome-against"),
        Column::number("report-difference"),
        Column::number("report-lower"),
        Column::number("report-upper"),
        Column::number("report-se"),
        Column::number("report-candidate-score"),
        Column::number("report-reference-score"),
        Column::number("report-documents"),
        Column::number("report-left-out"),
        Column::number("report-clusters"),
    ];
    let body = html! {
        @for result in results {
            tbody {
                @let rows = result.comparisons.len().max(1);
                @let (first, rest) = match result.comparisons.split_first() {
                    Some((first, rest)) => (Some(first), rest),
                    None => (None, [].as_slice()),
                };
                tr {
                    th scope="rowgroup" rowspan=(rows) { (names.candidate(&result.candidate)) }
                    td rowspan=(rows) { (gate_badge(result.outcome)) }
                    @match first {
                        Some(first) => { (cells(names, first)) }
                        None => { td colspan="11" { (Both::from(result.reason.as_deref().unwrap_or("–"))) } }
                    }
                }
                @for comparison in rest { tr { (cells(names, comparison)) } }
            }
        }
    };
    table(&format!("gate-{place}-table"), &caption(gate), &columns, &body)
}

fn cells(names: Names<'_>, comparison: &GateComparison) -> Markup {
    let bound = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| number::signed(value, 3));
    html! {
        td.name { (against(names, comparison.reference.as_ref())) }
        td { (gate_badge(comparison.outcome)) }
        td.n { strong { (number::signed(comparison.difference, 3)) } }
        td.n { (bound(comparison.lower)) }
        td.n { (bound(comparison.upper)) }
        td.n { (comparison.standard_error.map_or_else(|| "–".to_owned(), number::score)) }
        td.n { (number::score(comparison.candidate_score)) }
        td.n { (number::score(comparison.reference_score)) }
        td.n { (number::count(comparison.documents)) }
        td.n { (number::count(comparison.left_out)) }
        td.n { (number::count(comparison.clusters)) }
    }
}
