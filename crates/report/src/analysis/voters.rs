//! Public votes: flags on voters, ratings with and without them, and how few votes would move the cut.

use super::{between, or_dash};
use crate::{
    both::{Both, say},
    names::Names,
    number,
    table::{Column, table},
    words,
};
use daepyo_verdict::{
    analysis::{VoteAnalysis, WeightCap},
    attack::{AttackBudget, AttackKind},
    voters::{Beside, Flag, Measure, Subject, VoterReport, VoterTest},
    votes::Ranking,
};
use maud::{Markup, html};

/// Flags that the table lists; all are counted.
const LISTED: usize = 50;

pub(super) fn render(names: Names<'_>, found: &VoteAnalysis, place: usize) -> Markup {
    let criterion = names.criterion_title(&found.criterion);
    let registered = if found.registered {
        "report-analysis-tests-registered"
    } else {
        "report-analysis-tests-not-registered"
    };
    html! {
        h3 #{ "analysis-votes-" (place) } { (say("report-analysis-votes", &[("criterion", &criterion)])) }
        p { (say(registered, &[])) @if let Some(cap) = found.weight_cap { " " (capped(cap)) } }
        @if let Some(report) = &found.report { (flags(names, report, place)) }
        @if let Some(both) = &found.beside { (beside(names, both, place)) }
        @if !found.budgets.is_empty() {
            p { (say("report-analysis-attack-lead", &[])) }
            ul { @for budget in &found.budgets { li { (attack(*budget)) } } }
        }
    }
}

/// What the cap on one voter's weight did.
fn capped(cap: WeightCap) -> Both {
    let number = |n: u64| Both::from(number::count(n));
    if cap.voters == 0 {
        return say("report-analysis-cap-none", &[("most", &number(cap.most.into()))]);
    }
    let arguments =
        [("most", &number(cap.most.into())), ("voters", &number(cap.voters)), ("votes", &number(cap.votes))];
    say("report-analysis-cap", &arguments)
}

/// The tests that ran, each with its part of the level and what it found.
fn tests(report: &VoterReport, place: usize) -> Markup {
    let columns = [
        Column::text("report-analysis-test"),
        Column::text("report-analysis-limit"),
        Column::number("report-analysis-level"),
        Column::number("report-analysis-hypotheses"),
        Column::number("report-analysis-flagged"),
    ];
    let body = html! {
        tbody {
            @for test in &report.tests {
                tr {
                    th scope="row" { (say(words::test_name(test.test), &[])) }
                    td.role { (say(words::limit(test.limit), &[])) }
                    td.n { (scientific(test.level)) }
                    td.n { (number::count(test.hypotheses)) }
                    td.n { (number::count(test.flagged)) }
                }
            }
        }
    };
    table(
        &format!("analysis-tests-{place}-table"),
        &say("report-analysis-tests-caption", &[]),
        &columns,
        &body,
    )
}

fn flags(names: Names<'_>, report: &VoterReport, place: usize) -> Markup {
    let voters = Both::from(number::count(report.voters));
    if report.flags.is_empty() {
        return html! {
            p { (say("report-analysis-flags-none", &[("voters", &voters)])) }
            (tests(report, place))
        };
    }
    let arguments = [("voters", &voters), ("flags", &report.flags.len().to_string().into())];
    let columns = [
        Column::text("report-analysis-voter"),
        Column::text("report-analysis-test"),
        Column::text("report-analysis-subject"),
        Column::number("report-analysis-flag-share"),
        Column::number("report-analysis-flag-evidence"),
        Column::number("report-analysis-flag-threshold"),
        Column::number("report-analysis-flag-votes"),
    ];
    let body = html! {
        tbody {
            @for flag in report.flags.iter().take(LISTED) {
                tr {
                    th scope="row" { (Both::from(flag.voter.as_str())) }
                    td.role { (say(words::test_name(flag.test), &[])) }
                    td.role { (subject(names, &flag.subject)) }
                    td.n { (strength(flag)) }
                    td.n { (evidence(flag.measure)) }
                    td.n { (scientific(flag.threshold)) }
                    td.n { (flag.votes.len()) }
                }
            }
        }
    };
    let caption = say("report-analysis-flags-caption", &[("number", &LISTED.to_string().into())]);
    html! {
        p { (say("report-analysis-flags", &arguments)) }
        (tests(report, place))
        (table(&format!("analysis-flags-{place}-table"), &caption, &columns, &body))
    }
}

/// The strength of the evidence: an e-value or a p-value.
fn evidence(measure: Measure) -> String {
    match measure {
        Measure::P { p } => format!("p = {}", scientific(p)),
        Measure::E { e, .. } => format!("e = {}", scientific(e)),
    }
}

/// A number of any size with three digits.
fn scientific(x: f64) -> String {
    if x == 0.0 || (0.001..10_000.0).contains(&x) {
        number::trimmed((x * 1e4).round() / 1e4)
    } else {
        format!("{x:.2e}")
    }
}

fn subject(names: Names<'_>, subject: &Subject) -> Both {
    let name = |id: &str, text: &str| say(id, &[("name", &names.entrant(text))]);
    match subject {
        Subject::Voter => "–".into(),
        Subject::For { candidate } => name("report-analysis-subject-for", candidate),
        Subject::Against { candidate } => name("report-analysis-subject-against", candidate),
        Subject::Left => say("report-analysis-subject-left", &[]),
        Subject::Right => say("report-analysis-subject-right", &[]),
        Subject::Partner { voter } => {
            say("report-analysis-subject-partner", &[("name", &voter.as_str().into())])
        }
    }
}

/// The share of the votes, or the length of a common run.
fn strength(flag: &Flag) -> Both {
    match flag.test {
        VoterTest::CopiedTiming | VoterTest::CopiedVotes => {
            say("report-analysis-flag-run", &[("number", &number::trimmed(flag.statistic).into())])
        }
        VoterTest::OneSided | VoterTest::Speed | VoterTest::Position | VoterTest::Gold => {
            number::probability(flag.statistic).into()
        }
    }
}

fn beside(names: Names<'_>, found: &Beside, place: usize) -> Markup {
    let columns = [
        Column::text("report-candidate"),
        Column::number("report-analysis-rating"),
        Column::number("report-interval"),
        Column::number("report-analysis-rating-without"),
        Column::number("report-analysis-interval-without"),
        Column::number("report-analysis-rating-change"),
        Column::number("report-analysis-rank-all"),
        Column::number("report-analysis-rank-without-voters"),
    ];
    let body = html! {
        tbody {
            @for row in &found.rows {
                tr {
                    th scope="row" { (names.entrant(&row.name)) }
                    td.n { (number::fixed(row.rating, 0)) }
                    td.n { (interval(Some(&found.with), &row.name)) }
                    td.n { (or_dash(row.rating_without, |x| number::fixed(x, 0))) }
                    td.n { (interval(found.without.as_ref(), &row.name)) }
                    td.n { (or_dash(row.change, |x| number::signed(x, 0))) }
                    td.n { (row.rank) }
                    td.n { (or_dash(row.rank_without, |rank| rank.to_string())) }
                }
            }
        }
    };
    let moves = found
        .cut_moves
        .map(|moves| if moves { "report-analysis-beside-moves" } else { "report-analysis-beside-stays" });
    let arguments = [
        ("voters", &found.flagged.len().to_string().into()),
        ("votes", &number::count(found.flagged_votes).into()),
    ];
    let caption = say("report-analysis-beside-caption", &[]);
    html! {
        p {
            (say("report-analysis-beside", &arguments))
            @if let Some(id) = moves { " " (say(id, &[])) }
            @if let Some(problem) = &found.problem {
                " " (say("report-analysis-beside-problem", &[("problem", &problem.as_str().into())]))
            }
        }
        (table(&format!("analysis-beside-{place}-table"), &caption, &columns, &body))
    }
}

/// A model's interval in a ranking, or a dash.
fn interval(ranking: Option<&Ranking>, name: &str) -> String {
    let model = ranking.and_then(|ranking| ranking.models.iter().find(|model| model.name == name));
    between(model.map(|model| (model.low, model.high)), |x| number::fixed(x, 0))
}

fn attack(budget: AttackBudget) -> Both {
    let kind = match budget.kind {
        AttackKind::Removal => "report-analysis-attack-removal",
        AttackKind::Change => "report-analysis-attack-change",
        AttackKind::Addition => "report-analysis-attack-addition",
        AttackKind::VoterRemoval => "report-analysis-attack-voters",
    };
    let kind = say(kind, &[]);
    let lower = Both::from(number::count(budget.lower));
    match (budget.exact, budget.upper) {
        (Some(0), _) => say("report-analysis-attack-moved", &[("kind", &kind)]),
        (Some(exact), _) => {
            say("report-analysis-attack-exact", &[("kind", &kind), ("number", &number::count(exact).into())])
        }
        (None, Some(upper)) => say(
            "report-analysis-attack-between",
            &[("kind", &kind), ("lower", &lower), ("upper", &number::count(upper).into())],
        ),
        (None, None) => say("report-analysis-attack-above", &[("kind", &kind), ("lower", &lower)]),
    }
}
