//! Results by task, with right, wrong and the five failures counted apart.

use crate::{
    ReportInput,
    both::{Both, say},
    names::Names,
    number,
    table::{Column, section, table},
};
use daepyo_core::{SuiteId, TaskName, TaskResult};
use maud::{Markup, html};

pub(crate) fn render(input: &ReportInput<'_>) -> Markup {
    let suites = suites_in_order(input);
    let content = html! {
        p { (say("report-tasks-lead", &[])) }
        @if suites.is_empty() { p.none { (say("report-tasks-none", &[])) } }
        @for (place, suite) in suites.into_iter().enumerate() { (one(input, suite, place)) }
    };
    section("tasks", &say("report-tasks", &[]), &content)
}

/// Suites with results: as the stage uses them, then any others as the verdict has them.
fn suites_in_order<'a>(input: &ReportInput<'a>) -> Vec<&'a SuiteId> {
    let tasks = &input.verdict.tasks;
    let mut found: Vec<&SuiteId> = Vec::new();
    for suite in input.stage.suites().into_iter().chain(tasks.iter().map(|task| &task.suite)) {
        if !found.contains(&suite) && tasks.iter().any(|task| task.suite == *suite) {
            found.push(suite);
        }
    }
    found
}

fn one(input: &ReportInput<'_>, suite: &SuiteId, place: usize) -> Markup {
    let names = Names::new(input);
    let mut tasks: Vec<(&TaskName, Vec<&TaskResult>)> = Vec::new();
    for result in input.verdict.tasks.iter().filter(|result| result.suite == *suite) {
        match tasks.iter_mut().find(|(task, _)| *task == &result.task) {
            Some((_, rows)) => rows.push(result),
            None => tasks.push((&result.task, vec![result])),
        }
    }
    for (_, rows) in &mut tasks {
        rows.sort_by_key(|row| names.order(&row.candidate));
    }
    let columns = [
        Column::text("report-candidate"),
        Column::number("report-score"),
        Column::number("report-se"),
        Column::number("report-guess"),
        Column::number("report-documents"),
        Column::number("report-clusters"),
        Column::number("report-right"),
        Column::number("report-wrong"),
        Column::number("report-unparsed"),
        Column::number("report-truncated"),
        Column::number("report-refused"),
        Column::number("report-infrastructure"),
    ];
    let body = html! {
        @for (task, rows) in &tasks {
            tbody {
                tr.group { th scope="rowgroup" colspan="12" { span { (Both::from(task.as_str())) } } }
                @for row in rows { (cells(names, row)) }
            }
        }
    };
    let title = names.suite(suite);
    html! {
        h3 #{ "suite-" (place) } { (title) }
        (table(&format!("suite-{place}-table"), &say("report-tasks-caption", &[("suite", &title)]), &columns, &body))
    }
}

fn cells(names: Names<'_>, row: &TaskResult) -> Markup {
    let counts = row.counts;
    let failures = [counts.unparsed, counts.truncated, counts.refused, counts.infrastructure];
    html! {
        tr {
            th scope="row" { (names.row(&row.candidate)) }
            td.n { strong { (number::score(row.score)) } }
            td.n { (row.standard_error.map_or_else(|| "–".to_owned(), |se| format!("± {}", number::score(se)))) }
            td.n { (number::score(row.guess)) }
            td.n { (number::count(counts.total())) }
            td.n { (number::count(row.clusters)) }
            td.n { (number::count(counts.right)) }
            td.n { (number::count(counts.wrong)) }
            @for failure in failures {
                td class={ "n" @if failure == 0 { " zero" } } { (number::count(failure)) }
            }
        }
    }
}
