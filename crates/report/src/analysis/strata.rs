//! Rankings by category and by language: whether the public says the same everywhere.

use crate::{
    both::{Both, say},
    names::Names,
    number,
    table::{Column, table},
};
use daepyo_verdict::{
    analysis::{VoteAnalysis, VoteStratum},
    votes::strata::StratumOutcome,
};
use maud::{Markup, html};

/// Strata that the table lists; all are in the analysis.
const LISTED: usize = 20;

pub(super) fn render(names: Names<'_>, found: &VoteAnalysis, place: usize) -> Markup {
    if found.strata.is_empty() {
        return html! {};
    }
    let columns = [
        Column::text("report-analysis-stratum"),
        Column::number("report-analysis-flag-votes"),
        Column::number("report-analysis-stratum-voters"),
        Column::text("report-analysis-stratum-ranking"),
    ];
    let body = html! {
        tbody {
            @for one in found.strata.iter().take(LISTED) {
                tr {
                    th scope="row" { (Both::from(one.stratum.label.as_str())) }
                    td.n { (number::count(one.stratum.votes)) }
                    td.n { (number::count(one.stratum.voters)) }
                    td.words { (ranking(names, one)) }
                }
            }
        }
    };
    let arguments = [("number", &LISTED.to_string().into())];
    html! {
        p { (say("report-analysis-strata-lead", &[])) }
        (table(
            &format!("analysis-strata-{place}-table"),
            &say("report-analysis-strata-caption", &arguments),
            &columns,
            &body,
        ))
    }
}

/// Everybody with rating and rank set, the strongest first, or why there is no ranking.
fn ranking(names: Names<'_>, one: &VoteStratum) -> Both {
    let name = |model: u16| {
        let id = one.models.get(usize::from(model)).map_or("", String::as_str);
        names.entrant(id)
    };
    match &one.stratum.outcome {
        StratumOutcome::Ranked { ratings, rank_sets, tie_parameter: _ } => {
            let mut rows: Vec<_> = ratings.iter().zip(rank_sets).collect();
            rows.sort_by(|(a, _), (b, _)| b.rating.total_cmp(&a.rating).then(a.model.cmp(&b.model)));
            let shown = rows.into_iter().map(|(rating, (low, high))| {
                let (name, shown) = (name(rating.model), number::fixed(rating.rating, 0).into());
                let (low, high) = (low.to_string(), high.to_string());
                if low == high {
                    let arguments = [("name", &name), ("rating", &shown), ("rank", &low.into())];
                    return say("report-analysis-stratum-one", &arguments);
                }
                let arguments =
                    [("name", &name), ("rating", &shown), ("low", &low.into()), ("high", &high.into())];
                say("report-analysis-stratum-place", &arguments)
            });
            Both::join(&shown.collect::<Vec<_>>(), " · ")
        }
        StratumOutcome::TooSmall { least } => say(
            "report-analysis-stratum-small",
            &[("votes", &number::count(least.votes).into()), ("voters", &number::count(least.voters).into())],
        ),
        StratumOutcome::Split { parts } => {
            say("report-analysis-stratum-split", &[("parts", &parts.len().to_string().into())])
        }
    }
}
