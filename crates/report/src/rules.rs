//! The rules of the stage in words, who was measured, and the file as it was written.

use crate::{
    ReportInput,
    both::{Both, say},
    criteria, gates,
    names::Names,
    number,
    table::{Column, section, table},
    visible,
};
use daepyo_core::{CarryOver, Looks, Programme, Spending, Stage, Submission, Wildcard};
use maud::{Markup, html};

pub(crate) fn render(input: &ReportInput<'_>) -> Markup {
    let content = html! {
        p { (say("report-rules-lead", &[])) }
        (stage(input))
        (frozen(input))
        h3 { (say("report-rules-file", &[])) }
        details {
            summary { code { "programme.toml" } }
            pre.file tabindex="0" { "\n" (visible::block(input.rules_text)) }
        }
    };
    section("rules", &say("report-rules", &[]), &content)
}

fn stage(input: &ReportInput<'_>) -> Markup {
    let names = Names::new(input);
    let stage = input.stage;
    html! {
        dl.rules {
            dt { (say("report-rules-gates", &[])) }
            dd {
                @if stage.gates.is_empty() { (say("report-gates-none", &[])) }
                ul {
                    @for gate in &stage.gates {
                        li {
                            strong { (Both::from(&gate.title)) } " — " (gates::rule(names, gate)) " "
                            (gates::not_shown(gate.not_shown))
                        }
                    }
                }
            }
            dt { (say("report-rules-criteria", &[])) }
            dd {
                ul {
                    @for criterion in &stage.criteria {
                        li {
                            strong { (Both::from(&criterion.title)) } ", "
                            (say("report-weight", &[("points", &number::trimmed(criterion.weight).into())]))
                            " — " (criteria::rule(names, criterion))
                        }
                    }
                }
            }
            dt { (say("report-rules-decision", &[])) }
            dd { (decision(names, stage)) }
            dt { (say("report-rules-window", &[])) }
            dd { (window(input.programme, stage)) }
            dt { (say("report-rules-resampling", &[])) }
            dd { (resampling(stage)) }
        }
    }
}

/// Which references count.
pub(crate) fn window(programme: &Programme, stage: &Stage) -> Both {
    let window: Vec<Both> =
        programme.window(stage).map(|reference| Both::from(reference.submission.id.as_str())).collect();
    let references = if window.is_empty() { say("report-nobody", &[]) } else { Both::list(&window) };
    say(
        "report-window",
        &[
            ("months", &stage.window.months.to_string().into()),
            ("frozen", &stage.window.frozen.to_string().into()),
            ("references", &references),
        ],
    )
}

/// How the joint resampling is done.
pub(crate) fn resampling(stage: &Stage) -> Both {
    say(
        "report-resampling",
        &[
            ("draws", &number::count(stage.draws.into()).into()),
            ("seed", &stage.seed.to_string().into()),
            ("limit", &number::share(stage.infrastructure_failure_limit).into()),
        ],
    )
}

fn decision(names: Names<'_>, stage: &Stage) -> Markup {
    let decision = &stage.decision;
    html! {
        p { (cut(stage)) }
        @if !decision.tie_order.is_empty() {
            p { (say("report-tie-order", &[])) }
            ol { @for step in &decision.tie_order { li { (names.tie_step(step)) } } }
        }
        @if let Some(looks) = &decision.looks { p { (growing(names, looks)) } }
        @if let Some(carry) = &stage.carry { p { (carried(names, carry)) } }
        @if let Some(wildcard) = &decision.wildcard { p { (second_chance(wildcard)) } }
    }
}

/// How many advance, and how sure that must be.
pub(crate) fn cut(stage: &Stage) -> Both {
    say(
        "report-cut",
        &[
            ("advance", &stage.decision.advance.to_string().into()),
            ("confidence", &number::share(stage.decision.confidence).into()),
        ],
    )
}

/// What an earlier stage brings in.
pub(crate) fn carried(names: Names<'_>, carry: &CarryOver) -> Both {
    say(
        "report-rule-carry",
        &[("share", &number::share(carry.share).into()), ("stage", &names.stage(&carry.stage))],
    )
}

pub(crate) fn growing(names: Names<'_>, looks: &Looks) -> Both {
    let id = match looks.spending {
        Spending::OBrienFleming => "report-rule-looks-obrien-fleming",
        Spending::Pocock => "report-rule-looks-pocock",
    };
    let criterion = names.criterion_title(&looks.criterion);
    say(id, &[("criterion", &criterion), ("full", &number::count(looks.full).into())])
}

pub(crate) fn second_chance(wildcard: &Wildcard) -> Both {
    say(
        if wildcard.none_allowed { "report-wildcard-none-allowed" } else { "report-wildcard" },
        &[
            ("places", &wildcard.places.to_string().into()),
            ("majority", &number::share(wildcard.majority).into()),
        ],
    )
}

fn frozen(input: &ReportInput<'_>) -> Markup {
    let names = Names::new(input);
    let columns = [
        Column::text("report-candidate"),
        Column::text("report-role"),
        Column::text("report-model"),
        Column::text("report-digest"),
        Column::text("report-licence"),
    ];
    let row = |submission: &Submission, role: &Both| {
        html! {
            tr {
                th scope="row" { (names.cell(&submission.id)) }
                td.role { (role) }
                td { code { (Both::from(submission.model.to_string())) } }
                td { code.digest { (submission.digest.to_string()) } }
                td { (Both::from(submission.licence.as_str())) }
            }
        }
    };
    let body = html! {
        tbody {
            @for candidate in &input.programme.candidates {
                (row(&candidate.submission, &say("report-role-candidate", &[])))
            }
            @for reference in &input.programme.references {
                (row(&reference.submission, &say("report-role-reference", &[
                    ("released", &reference.released.to_string().into()),
                ])))
            }
        }
    };
    html! {
        h3 { (say("report-frozen", &[])) }
        (table("frozen-table", &say("report-frozen-caption", &[]), &columns, &body))
    }
}
