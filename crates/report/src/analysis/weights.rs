//! Other weights: ranks under them, the smallest change that flips the cut, and what those outside would have needed.

use super::or_dash;
use crate::{
    both::{Both, say},
    criteria::raw,
    names::Names,
    number,
    table::{Column, table},
};
use daepyo_verdict::sensitivity::{
    Acceptability, Basis, Change, Flip, GateNeed, More, Need, Needs, Region, Sensitivity,
};
use maud::{Markup, html};

pub(super) fn render(names: Names<'_>, found: &Sensitivity) -> Markup {
    let is_joint = |one: &&Acceptability| matches!(one.basis, Basis::Joint);
    let all = || found.acceptability.iter().filter(is_joint);
    let near = all().filter(|one| matches!(one.region, Region::Near { .. }));
    let whole = all().filter(|one| matches!(one.region, Region::Simplex));
    html! {
        h3 #analysis-weights { (say("report-analysis-weights", &[])) }
        p { (say("report-analysis-weights-lead", &[])) }
        @for one in near.chain(whole) { (ranks(names, one)) }
        p { (flip(names, found)) }
    }
}

fn ranks(names: Names<'_>, one: &Acceptability) -> Markup {
    let (id, caption) = match one.region {
        Region::Near { percent } => {
            let percent = Both::from(format!("{}%", number::trimmed(percent)));
            ("analysis-near", say("report-analysis-weights-near", &[("percent", &percent)]))
        }
        Region::Simplex => ("analysis-all", say("report-analysis-weights-all", &[])),
    };
    let most = one.candidates.iter().map(|row| row.ranks.len()).max().unwrap_or(0);
    let mut columns = vec![Column::text("report-candidate"), Column::number("report-p-advance")];
    for rank in 1..=most {
        columns.push(Column::Number(say("report-rank", &[("rank", &rank.to_string().into())])));
    }
    let mut rows: Vec<_> = one.candidates.iter().collect();
    rows.sort_by_key(|row| names.order_of(&row.candidate));
    let body = html! {
        tbody {
            @for row in rows {
                tr {
                    th scope="row" { (names.entrant(&row.candidate)) }
                    td.n { strong { (number::probability(row.p_advance)) } }
                    @for p in &row.ranks { td.n { (number::probability(*p)) } }
                    @for _ in row.ranks.len()..most { td.n { "–" } }
                }
            }
        }
    };
    table(id, &caption, &columns, &body)
}

/// The smallest change of weights that flips the cut, in a sentence.
fn flip(names: Names<'_>, found: &Sensitivity) -> Both {
    let flips = &found.flips;
    if flips.pairs.is_empty() {
        return say("report-analysis-flip-no-cut", &[]);
    }
    let least = flips.least_l1.and_then(|place| flips.pairs.get(place));
    let least = least.and_then(|pair| Some((pair, &pair.change.as_ref()?.l1)));
    least.map_or_else(
        || say("report-analysis-flip-none", &[]),
        |(pair, change)| {
            let (now, then) = weights(names, pair, change);
            say(
                "report-analysis-flip",
                &[
                    ("outside", &names.entrant(&pair.outside)),
                    ("inside", &names.entrant(&pair.inside)),
                    ("points", &number::points(change.distance / 2.0).into()),
                    ("written", &now),
                    ("weights", &then),
                ],
            )
        },
    )
}

/// The written weights and those at which the two are level.
fn weights(names: Names<'_>, pair: &Flip, change: &Change) -> (Both, Both) {
    let weighted =
        |id: &str, weight: String| Both::join(&[names.criterion_text(id), Both::from(weight)], " ");
    let now = pair.single.iter().map(|one| weighted(&one.criterion, number::trimmed(one.written)));
    let then = pair
        .single
        .iter()
        .zip(&change.weights)
        .map(|(one, weight)| weighted(&one.criterion, number::points(*weight)));
    (Both::list(&now.collect::<Vec<_>>()), Both::list(&then.collect::<Vec<_>>()))
}

/// What the first one out, and those at a gate, would have needed.
pub(super) fn needs(names: Names<'_>, found: &Sensitivity) -> Markup {
    html! {
        @if let Some(needs) = &found.needs { (first_out(names, needs)) }
        @if !found.gates.is_empty() { (at_gates(names, &found.gates)) }
    }
}

fn first_out(names: Names<'_>, needs: &Needs) -> Markup {
    let candidate = names.entrant(&needs.candidate);
    let arguments = [
        ("candidate", &candidate),
        ("rival", &names.entrant(&needs.rival)),
        ("gap", &number::points(needs.gap).into()),
    ];
    let columns = [
        Column::text("report-analysis-criterion"),
        Column::number("report-analysis-share"),
        Column::number("report-analysis-share-needed"),
        Column::number("report-analysis-figure"),
        Column::number("report-analysis-figure-needed"),
        Column::text("report-analysis-more"),
    ];
    let body = html! {
        tbody {
            @for need in &needs.criteria {
                tr {
                    th scope="row" { (names.criterion_text(&need.criterion)) }
                    td.n { (percent(need.share)) }
                    td.n { (or_dash(need.needed_share, percent)) }
                    td.n { (figure(names, need, need.raw)) }
                    td.n { (or_dash(need.needed_raw, |x| figure(names, need, x))) }
                    td.words { (more(need)) }
                }
            }
        }
    };
    html! {
        h3 #analysis-needs { (say("report-analysis-needs", &[("candidate", &candidate)])) }
        p { (say("report-analysis-needs-lead", &arguments)) }
        (table("analysis-needs-table", &say("report-analysis-needs-caption", &[]), &columns, &body))
    }
}

/// A share that may be above 1.
fn percent(x: f64) -> String {
    format!("{}%", number::fixed(x * 100.0, 1))
}

fn figure(names: Names<'_>, need: &Need, x: f64) -> String {
    names.criterion_of(&need.criterion).map_or_else(|| number::trimmed(x), |one| raw(&one.rule, x))
}

fn more(need: &Need) -> Both {
    let count = |n: u64| Both::from(number::count(n));
    match need.more.as_ref().filter(|_| need.possible) {
        None => say("report-analysis-more-impossible", &[]),
        Some(More::Right { documents, of }) => {
            say("report-analysis-more-right", &[("documents", &count(*documents)), ("of", &count(*of))])
        }
        Some(More::Mark { mean }) => {
            say("report-analysis-more-mark", &[("mean", &number::signed(*mean, 2).into())])
        }
        Some(More::Won { votes, of }) => {
            say("report-analysis-more-won", &[("votes", &count(*votes)), ("of", &count(*of))])
        }
        Some(More::Derivatives { count: n }) => {
            say("report-analysis-more-derivatives", &[("count", &count(*n))])
        }
    }
}

fn at_gates(names: Names<'_>, rows: &[GateNeed]) -> Markup {
    let columns = [
        Column::text("report-candidate"),
        Column::text("report-outcome"),
        Column::text("report-analysis-against"),
        Column::number("report-analysis-score"),
        Column::number("report-analysis-score-needed"),
        Column::number("report-analysis-more-documents"),
        Column::text("report-analysis-by-points"),
    ];
    let standing = |row: &GateNeed| {
        if row.would_be_in { "report-analysis-would-be-in" } else { "report-analysis-would-be-out" }
    };
    let body = html! {
        tbody {
            @for row in rows {
                @if row.bars.is_empty() {
                    tr {
                        th scope="row" { (names.entrant(&row.candidate)) }
                        td { (names.rule_text(&row.gate)) }
                        td { (say("report-analysis-finding", &[])) }
                        td.n { "–" }
                        td.n { "–" }
                        td.n { "–" }
                        td { (say(standing(row), &[])) }
                    }
                }
                @for bar in &row.bars {
                    tr {
                        th scope="row" { (names.entrant(&row.candidate)) }
                        td { (names.rule_text(&row.gate)) }
                        td.name {
                            @match &bar.reference {
                                Some(id) => { (names.entrant(id)) }
                                None => { (say("report-threshold", &[])) }
                            }
                        }
                        td.n { (number::score(bar.score)) }
                        td.n { (or_dash(bar.needed_score, number::score)) }
                        td.n { (or_dash(bar.documents, number::count)) }
                        td { (say(standing(row), &[])) }
                    }
                }
            }
        }
    };
    html! {
        h3 #analysis-gate-needs { (say("report-analysis-gate-needs", &[])) }
        p { (say("report-analysis-gate-needs-lead", &[])) }
        (table("analysis-gate-needs-table", &say("report-analysis-gate-needs-caption", &[]), &columns, &body))
    }
}
