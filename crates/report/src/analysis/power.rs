//! Gates: could an equal have passed, and how much evidence would have been enough?

use super::or_dash;
use crate::{
    both::{Both, say},
    names::{Names, gate_badge},
    number,
    table::{Column, table},
};
use daepyo_verdict::{
    analysis::GateAnalysis,
    items::{GateReview, Lacking, PowerSettings},
};
use maud::{Markup, html};

pub(super) fn render(names: Names<'_>, found: &GateAnalysis, place: usize) -> Markup {
    if found.reviews.is_empty() {
        return html! {};
    }
    let gate = names.gate_title(&found.gate);
    let columns = [
        Column::text("report-candidate"),
        Column::text("report-outcome"),
        Column::number("report-analysis-power-equal"),
        Column::number("report-clusters"),
        Column::number("report-analysis-enough-clusters"),
        Column::number("report-documents"),
        Column::number("report-analysis-enough-documents"),
        Column::text("report-analysis-lacking"),
    ];
    let body = html! {
        tbody {
            @for review in &found.reviews {
                @let power = &review.power;
                tr {
                    th scope="row" { (names.entrant(&review.candidate)) }
                    td { (gate_badge(review.outcome)) }
                    td.n { strong { (number::probability(power.power)) } }
                    td.n { (number::count(power.clusters)) }
                    td.n { (or_dash(power.enough_clusters, number::count)) }
                    td.n { (number::count(power.documents)) }
                    td.n { (or_dash(power.enough_documents, number::count)) }
                    td.each { (lacking(names, review)) }
                }
            }
        }
    };
    let enough = Both::from(number::share(PowerSettings::default().power));
    let caption = say("report-analysis-power-caption", &[("gate", &gate)]);
    html! {
        h3 #{ "analysis-power-" (place) } { (say("report-analysis-power", &[("gate", &gate)])) }
        p { (say("report-analysis-power-lead", &[("enough", &enough)])) }
        (table(&format!("analysis-power-{place}-table"), &caption, &columns, &body))
    }
}

/// What would have been enough against each reference against which nothing was shown.
fn lacking(names: Names<'_>, review: &GateReview) -> Markup {
    let one = |lacking: &Lacking| {
        let reference = names.entrant(&lacking.reference);
        let count = |n: u64| Both::from(number::count(n));
        match (lacking.clusters, lacking.documents) {
            (None, None) => say("report-analysis-lacking-none", &[("reference", &reference)]),
            (Some(clusters), None) => say(
                "report-analysis-lacking-clusters",
                &[("reference", &reference), ("clusters", &count(clusters))],
            ),
            (None, Some(documents)) => say(
                "report-analysis-lacking-documents",
                &[("reference", &reference), ("documents", &count(documents))],
            ),
            (Some(clusters), Some(documents)) => say(
                "report-analysis-lacking-some",
                &[
                    ("reference", &reference),
                    ("clusters", &count(clusters)),
                    ("documents", &count(documents)),
                ],
            ),
        }
    };
    html! {
        @if review.lacking.is_empty() { "–" }
        @for lacking in &review.lacking { div { (one(lacking)) } }
    }
}
