//! What a decision rests on beside this stage's own evidence: looks, carried points, the panel, an earlier verdict.

use crate::{
    ReportInput,
    both::{Both, say},
    candidates::range,
    names::{Names, decision_badge},
    number,
    table::{Column, section, table},
    visible,
};
use daepyo_core::{
    CandidateDecision, CarriedPoints, Cause, Changed, Corrected, Follows, Interval, LookResult,
    WildcardOutcome, WildcardResult,
};
use maud::{Markup, html};

/// Whether there is anything to show.
pub(crate) const fn is_there(input: &ReportInput<'_>) -> bool {
    let verdict = input.verdict;
    verdict.look.is_some()
        || !verdict.carried.is_empty()
        || verdict.wildcard.is_some()
        || verdict.follows.is_some()
}

pub(crate) fn render(input: &ReportInput<'_>) -> Markup {
    let verdict = input.verdict;
    let content = html! {
        p { (say("report-course-lead", &[])) }
        @if let Some(follows) = &verdict.follows { (earlier(input, follows)) }
        @if let Some(result) = &verdict.look { (look(input, result)) }
        @if !verdict.carried.is_empty() { (carried(input, &verdict.carried)) }
        @if let Some(result) = &verdict.wildcard { (panel(input, result)) }
    };
    section("course", &say("report-course", &[]), &content)
}

fn look(input: &ReportInput<'_>, look: &LookResult) -> Markup {
    let names = Names::new(input);
    let decision = &input.stage.decision;
    let (full, criterion) = decision.looks.as_ref().map_or_else(
        || ("–".to_owned(), Both::from("–")),
        |looks| (number::count(looks.full), names.criterion_title(&looks.criterion)),
    );
    let alpha = 1.0 - decision.confidence;
    let arguments = [
        ("number", &look.number.to_string().into()),
        ("units", &number::count(look.units).into()),
        ("full", &full.into()),
        ("criterion", &criterion),
        ("spent", &number::share(look.spent).into()),
        ("alpha", &number::share(alpha).into()),
    ];
    let columns = [
        Column::number("report-look-number"),
        Column::number("report-look-fraction"),
        Column::number("report-look-boundary"),
        Column::number("report-look-confidence"),
    ];
    let body = html! {
        tbody {
            @for (fraction, number) in look.earlier.iter().zip(1_u32..) {
                tr {
                    th.n scope="row" { (number) }
                    td.n { (number::share(*fraction)) }
                    td.n { "–" }
                    td.n { "–" }
                }
            }
            tr {
                th.n scope="row" { (look.number) }
                td.n { (number::share(look.fraction)) }
                td.n { (look.boundary.map_or_else(|| "–".to_owned(), |z| number::fixed(z, 3))) }
                td.n { (number::share(look.confidence)) }
            }
        }
    };
    html! {
        h3 { (say("report-look", &[])) }
        p { (say("report-look-lead", &arguments)) }
        (table("look-table", &say("report-look-caption", &[]), &columns, &body))
        @if !look.resolved { p { (say("report-look-unresolved", &[])) } }
    }
}

fn carried(input: &ReportInput<'_>, rows: &[CarriedPoints]) -> Markup {
    let names = Names::new(input);
    let (share, stage) = input.stage.carry.as_ref().map_or_else(
        || ("–".to_owned(), Both::from("–")),
        |carry| (number::share(carry.share), names.stage(&carry.stage)),
    );
    let points = |interval: Interval| format!("{} [{}]", number::points(interval.estimate), range(interval));
    let composite = |row: &CarriedPoints| {
        let found = input.verdict.composite.iter().find(|found| found.candidate == row.candidate);
        found.map_or_else(|| "–".to_owned(), |found| points(found.points))
    };
    let columns = [
        Column::text("report-candidate"),
        Column::number("report-carried-earlier"),
        Column::number("report-carried-own"),
        Column::number("report-composite"),
    ];
    let body = html! {
        tbody {
            @for row in rows {
                tr {
                    th scope="row" { (names.cell(&row.candidate)) }
                    td.n { (row.earlier.map_or_else(|| "–".to_owned(), points)) }
                    td.n { (points(row.own)) }
                    td.n { strong { (composite(row)) } }
                }
            }
        }
    };
    html! {
        h3 { (say("report-carried", &[])) }
        p { (say("report-carried-lead", &[("share", &share.into()), ("stage", &stage)])) }
        (table("carried-table", &say("report-carried-caption", &[]), &columns, &body))
    }
}

fn panel(input: &ReportInput<'_>, result: &WildcardResult) -> Markup {
    let names = Names::new(input);
    let majority = input.stage.decision.wildcard.as_ref().map_or(f64::NAN, |wildcard| wildcard.majority);
    let chosen = names.candidates(&result.chosen);
    let outcome = match (result.outcome, result.chosen.is_empty()) {
        (WildcardOutcome::Chosen, _) => say("report-panel-chosen", &[("names", &chosen)]),
        (WildcardOutcome::Nobody, _) => say("report-panel-nobody", &[]),
        (WildcardOutcome::VoteAgain, true) => say("report-panel-again", &[]),
        (WildcardOutcome::VoteAgain, false) => say("report-panel-again-for-rest", &[("names", &chosen)]),
    };
    let lead = say(
        "report-panel-lead",
        &[("panel", &number::count(result.panel).into()), ("majority", &number::share(majority).into())],
    );
    let columns = [Column::text("report-candidate"), Column::number("report-panel-votes")];
    let body = html! {
        tbody {
            @for row in &result.votes {
                tr {
                    th scope="row" { (names.cell(&row.candidate)) }
                    td.n { (number::count(row.votes)) }
                }
            }
            tr {
                th scope="row" { (say("report-panel-for-nobody", &[])) }
                td.n { (number::count(result.nobody)) }
            }
        }
    };
    html! {
        h3 { (say("report-panel", &[])) }
        p { (lead) " " (outcome) }
        (table("panel-table", &say("report-panel-caption", &[]), &columns, &body))
    }
}

fn earlier(input: &ReportInput<'_>, follows: &Follows) -> Markup {
    let cause = match follows.cause {
        Cause::MoreEvidence => "report-follows-more-evidence",
        Cause::Refill => "report-follows-refill",
        Cause::Correction => "report-follows-correction",
    };
    html! {
        h3 { (say("report-follows", &[])) }
        p { (say(cause, &[])) }
        dl.proof {
            dt { (say("report-follows-digest", &[])) }
            dd { code.digest { (follows.verdict.to_string()) } }
        }
        @if follows.changed.is_empty() {
            p { (say("report-changed-none", &[])) }
        } @else {
            (changes(input, &follows.changed))
        }
        @if !follows.corrected.is_empty() { (corrections(&follows.corrected)) }
    }
}

fn changes(input: &ReportInput<'_>, rows: &[Changed]) -> Markup {
    let names = Names::new(input);
    let points = |points: Option<f64>| points.map_or_else(|| "–".to_owned(), number::points);
    let decision =
        |decision: Option<CandidateDecision>| decision.map_or_else(|| html! { "–" }, decision_badge);
    let columns = [
        Column::text("report-candidate"),
        Column::text("report-changed-from"),
        Column::text("report-changed-to"),
        Column::number("report-changed-points-from"),
        Column::number("report-changed-points-to"),
    ];
    let body = html! {
        tbody {
            @for row in rows {
                tr {
                    th scope="row" { (names.cell(&row.candidate)) }
                    td { (decision(row.from)) }
                    td { (decision_badge(row.to)) }
                    td.n { (points(row.points_from)) }
                    td.n { (points(row.points_to)) }
                }
            }
        }
    };
    table("changed-table", &say("report-changed-caption", &[]), &columns, &body)
}

fn corrections(rows: &[Corrected]) -> Markup {
    let columns = [
        Column::text("report-corrected-old"),
        Column::text("report-corrected-new"),
        Column::text("report-corrected-reason"),
    ];
    let body = html! {
        tbody {
            @for row in rows {
                tr {
                    th scope="row" { code.digest { (row.old.to_string()) } }
                    td {
                        @match &row.new {
                            Some(new) => { code.digest { (new.to_string()) } }
                            None => { (say("report-corrected-nothing", &[])) }
                        }
                    }
                    td { (visible::line(&row.reason)) }
                }
            }
        }
    };
    table("corrected-table", &say("report-corrected-caption", &[]), &columns, &body)
}
