//! Each criterion: points drawn with their intervals, the table of the same numbers, and the public votes.

use crate::{
    ReportInput,
    both::{Both, say},
    candidates::range,
    chart::{Chart, Row, decision_legend, scale_around},
    gates::suite_list,
    names::Names,
    number,
    table::{Column, section, table},
};
use daepyo_core::{
    Anchor, Anchors, Criterion, CriterionResult, CriterionRule, FalseFlags, VoteResult, VoterTests,
};
use maud::{Markup, html};

pub(crate) fn render(input: &ReportInput<'_>) -> Markup {
    let content = html! {
        p { (say("report-criteria-lead", &[])) }
        @for (place, criterion) in input.stage.criteria.iter().enumerate() { (one(input, criterion, place)) }
    };
    section("criteria", &say("report-criteria", &[]), &content)
}

fn one(input: &ReportInput<'_>, criterion: &Criterion, place: usize) -> Markup {
    let names = Names::new(input);
    let mut results: Vec<&CriterionResult> =
        input.verdict.criteria.iter().filter(|result| result.criterion == criterion.id).collect();
    results.sort_by_key(|result| names.order(&result.candidate));
    let votes = input.verdict.votes.iter().find(|votes| votes.criterion == criterion.id);
    html! {
        h3 #{ "criterion-" (place) } {
            (Both::from(&criterion.title))
            span.weight { (say("report-weight", &[("points", &number::trimmed(criterion.weight).into())])) }
        }
        p { (rule(names, criterion)) }
        @if results.is_empty() {
            p.none { (say("report-criterion-no-results", &[])) }
        } @else {
            (chart(names, criterion, &results, place).draw())
            (results_table(names, criterion, &results, place))
        }
        @if let Some(votes) = votes { (vote_result(names, criterion, votes, place)) }
    }
}

/// How the criterion's points come about, in one or two sentences.
pub(crate) fn rule(names: Names<'_>, criterion: &Criterion) -> Both {
    let ends = |anchors: &Anchors| {
        let format = |x| match criterion.rule {
            CriterionRule::Votes { .. } => number::share(x),
            CriterionRule::Benchmark { .. }
            | CriterionRule::Marks { .. }
            | CriterionRule::Derivatives { .. } => number::trimmed(x),
        };
        say(
            "report-anchors",
            &[
                ("zero", &anchor(names, &anchors.zero, format)),
                ("full", &anchor(names, &anchors.full, format)),
            ],
        )
    };
    let (how, anchors) = match &criterion.rule {
        CriterionRule::Benchmark { suites, anchors } => {
            (say("report-rule-benchmark", &[("suites", &suite_list(names, suites))]), anchors)
        }
        CriterionRule::Marks { source, minimum, maximum, items, anchors } => {
            let items: Vec<Both> = items.iter().map(|item| Both::from(&item.title)).collect();
            let arguments = [
                ("source", &source.as_str().into()),
                ("minimum", &number::trimmed(*minimum).into()),
                ("maximum", &number::trimmed(*maximum).into()),
                ("items", &Both::list(&items)),
            ];
            (say("report-rule-marks", &arguments), anchors)
        }
        CriterionRule::Votes { source, versus, anchors, tests, contest } => {
            let arguments = [("source", &source.as_str().into()), ("versus", &names.candidate(versus))];
            let votes = say("report-rule-votes", &arguments);
            let cap = contest.as_ref().and_then(|contest| contest.weight_cap);
            let cap = cap.map(|most| say("report-rule-votes-cap", &[("most", &most.to_string().into())]));
            let tests = tests.as_ref().map(voter_tests);
            (Both::join(&[Some(votes), cap, tests].into_iter().flatten().collect::<Vec<_>>(), " "), anchors)
        }
        CriterionRule::Derivatives { source, counts, verified_only, anchors } => {
            let relations: Vec<Both> = counts.iter().map(|relation| Both::from(relation.name())).collect();
            let id =
                if *verified_only { "report-rule-derivatives-verified" } else { "report-rule-derivatives" };
            let arguments = [("source", &source.as_str().into()), ("relations", &Both::list(&relations))];
            (say(id, &arguments), anchors)
        }
    };
    Both::join(&[how, ends(anchors)], " ")
}

/// The registered tests of voters and how false flags are limited.
fn voter_tests(tests: &VoterTests) -> Both {
    let VoterTests { control, level, one_sided, speed, copied_timing, copied_votes, position, gold } = tests;
    let registered = [
        (one_sided.is_some(), "report-test-one-sided"),
        (speed.is_some(), "report-test-speed"),
        (copied_timing.is_some(), "report-test-copied-timing"),
        (copied_votes.is_some(), "report-test-copied-votes"),
        (position.is_some(), "report-test-position"),
        (gold.is_some(), "report-test-gold"),
    ];
    let list: Vec<Both> = registered
        .into_iter()
        .filter(|(is_registered, _)| *is_registered)
        .map(|(_, id)| say(id, &[]))
        .collect();
    let id = match control {
        FalseFlags::FalseDiscovery => "report-rule-tests-discovery",
        FalseFlags::EachVoter => "report-rule-tests-each-voter",
    };
    say(id, &[("tests", &Both::list(&list)), ("level", &number::share(*level).into())])
}

fn anchor(names: Names<'_>, anchor: &Anchor, format: impl Fn(f64) -> String) -> Both {
    match anchor {
        Anchor::Value(value) => format(*value).into(),
        Anchor::Chance => say("report-anchor-chance", &[]),
        Anchor::Reference(id) => say("report-anchor-reference", &[("name", &names.candidate(id))]),
    }
}

/// A value on the criterion's own scale.
pub(crate) fn raw(rule: &CriterionRule, value: f64) -> String {
    match rule {
        CriterionRule::Benchmark { .. } => number::score(value),
        CriterionRule::Marks { .. } => number::fixed(value, 2),
        CriterionRule::Votes { .. } => number::probability(value),
        CriterionRule::Derivatives { .. } => number::trimmed(value),
    }
}

const fn raw_title(rule: &CriterionRule) -> &'static str {
    match rule {
        CriterionRule::Benchmark { .. } => "report-raw-benchmark",
        CriterionRule::Marks { .. } => "report-raw-marks",
        CriterionRule::Votes { .. } => "report-raw-votes",
        CriterionRule::Derivatives { .. } => "report-raw-derivatives",
    }
}

/// Title of the column that counts independent units.
const fn units_title(rule: &CriterionRule) -> &'static str {
    match rule {
        CriterionRule::Benchmark { .. } => "report-clusters",
        CriterionRule::Marks { .. } => "report-raters",
        CriterionRule::Votes { .. } => "report-voters",
        CriterionRule::Derivatives { .. } => "report-owners",
    }
}

/// The points of one criterion.
pub(crate) fn chart(
    names: Names<'_>,
    criterion: &Criterion,
    results: &[&CriterionResult],
    place: usize,
) -> Chart {
    let rows = results.iter().map(|result| Row {
        label: names.candidate(&result.candidate),
        mark: names.mark(&result.candidate),
        estimate: result.points.estimate,
        interval: Some((result.points.low, result.points.high)),
        value: format!("{} [{}]", number::points(result.points.estimate), range(result.points)),
    });
    Chart {
        id: format!("criterion-{place}-chart"),
        title: say("report-criterion-chart", &[("criterion", &Both::from(&criterion.title))]),
        description: say(
            "report-interval-description",
            &[("most", &number::trimmed(criterion.weight).into())],
        ),
        rows: rows.collect(),
        scale: (0.0, criterion.weight),
        line: None,
        legend: decision_legend(),
    }
}

fn results_table(
    names: Names<'_>,
    criterion: &Criterion,
    results: &[&CriterionResult],
    place: usize,
) -> Markup {
    let rule = &criterion.rule;
    let columns = [
        Column::text("report-candidate"),
        Column::number("report-points"),
        Column::number("report-interval"),
        Column::number(raw_title(rule)),
        Column::number("report-interval"),
        Column::number("report-observations"),
        Column::number(units_title(rule)),
    ];
    let body = html! {
        tbody {
            @for result in results {
                tr {
                    th scope="row" { (names.candidate(&result.candidate)) }
                    td.n { strong { (number::points(result.points.estimate)) } }
                    td.n { (range(result.points)) }
                    td.n { (raw(rule, result.raw.estimate)) }
                    td.n { (raw(rule, result.raw.low)) " – " (raw(rule, result.raw.high)) }
                    td.n { (number::count(result.observations)) }
                    td.n { (number::count(result.units)) }
                }
            }
        }
    };
    let caption = say("report-criterion-caption", &[("criterion", &Both::from(&criterion.title))]);
    table(&format!("criterion-{place}-table"), &caption, &columns, &body)
}

fn vote_result(names: Names<'_>, criterion: &Criterion, votes: &VoteResult, place: usize) -> Markup {
    let title = Both::from(&criterion.title);
    let equal = votes.tie_parameter / (2.0 + votes.tie_parameter);
    let summary = say(
        "report-votes-summary",
        &[
            ("votes", &number::count(votes.votes).into()),
            ("voters", &number::count(votes.voters).into()),
            ("ties", &number::count(votes.ties).into()),
            ("bad", &number::count(votes.both_bad).into()),
            ("equal", &number::probability(equal).into()),
        ],
    );
    let budget = votes.attack_budget.map_or_else(
        || say("report-votes-budget-none", &[]),
        |budget| say("report-votes-budget", &[("budget", &number::count(budget).into())]),
    );
    let columns = [
        Column::text("report-candidate"),
        Column::number("report-rating"),
        Column::number("report-interval"),
        Column::number("report-wins"),
        Column::number("report-losses"),
        Column::number("report-vote-ties"),
        Column::number("report-both-bad"),
    ];
    let rating = |x: f64| number::fixed(x, 0);
    let body = html! {
        tbody {
            @for row in &votes.ratings {
                tr {
                    th scope="row" { (names.row(&row.candidate)) }
                    td.n { strong { (rating(row.rating.estimate)) } }
                    td.n { (rating(row.rating.low)) " – " (rating(row.rating.high)) }
                    td.n { (number::count(row.wins)) }
                    td.n { (number::count(row.losses)) }
                    td.n { (number::count(row.ties)) }
                    td.n { (number::count(row.both_bad)) }
                }
            }
        }
    };
    let chart = rating_chart(names, criterion, votes, place);
    html! {
        p { (summary) " " (budget) }
        (chart.draw())
        (table(&format!("votes-{place}-table"), &say("report-rating-caption", &[("criterion", &title)]), &columns, &body))
    }
}

/// The ratings of a criterion's models with their intervals.
pub(crate) fn rating_chart(
    names: Names<'_>,
    criterion: &Criterion,
    votes: &VoteResult,
    place: usize,
) -> Chart {
    let title = Both::from(&criterion.title);
    let rating = |x: f64| number::fixed(x, 0);
    let values = votes.ratings.iter().flat_map(|row| [row.rating.low, row.rating.estimate, row.rating.high]);
    Chart {
        id: format!("votes-{place}-chart"),
        title: say("report-rating-chart", &[("criterion", &title)]),
        description: say("report-rating-description", &[]),
        rows: votes
            .ratings
            .iter()
            .map(|row| Row {
                label: names.candidate(&row.candidate),
                mark: names.mark(&row.candidate),
                estimate: row.rating.estimate,
                interval: Some((row.rating.low, row.rating.high)),
                value: format!(
                    "{} [{} – {}]",
                    rating(row.rating.estimate),
                    rating(row.rating.low),
                    rating(row.rating.high)
                ),
            })
            .collect(),
        scale: scale_around(values, 1000.0),
        line: Some((1000.0, say("report-rating-line", &[]))),
        legend: decision_legend(),
    }
}
