//! Comparisons of weights: for each component the hypothesis, each test's similarity on one axis with its null
//! distribution and with what known relations gave, and what was not tested.

use crate::{
    ReportInput,
    both::{Both, say},
    names::Names,
    number,
    table::{Column, section, table},
};
use daepyo_core::{CandidateId, GateId};
use maud::{Markup, html};

/// A candidate's weights beside those of a published model.
#[derive(Clone, Debug, PartialEq)]
pub struct LineageView {
    /// The gate.
    pub gate: GateId,
    /// The candidate.
    pub candidate: CandidateId,
    /// The published model, as the rules call it.
    pub known: CandidateId,
    /// Where the evidence is published, by path.
    pub evidence: String,
    /// What is said of each component; empty where the candidate's weights could not be had.
    pub components: Vec<LineageComponent>,
    /// The chance at which independent weights may be called related.
    pub level: f64,
}

/// One component of both models.
#[derive(Clone, Debug, PartialEq)]
pub struct LineageComponent {
    /// `language`, `vision` and so on.
    pub component: String,
    /// `same_bytes`, `derived`, `shares_component`, `no_evidence` or `not_testable`.
    pub verdict: String,
    /// Tensors of the published model, and those whose bytes the candidate has too.
    pub tensors: (u64, u64),
    /// The tests.
    pub tests: Vec<LineageTest>,
    /// Pairs of layers that match: the published model's, the candidate's.
    pub layers: Vec<(u32, u32)>,
    /// Tensors that no test looked at.
    pub not_tested: usize,
}

/// One test.
#[derive(Clone, Debug, PartialEq)]
pub struct LineageTest {
    /// `T1` to `T4`.
    pub test: String,
    /// What was compared.
    pub of: String,
    /// How the order was found first: `same`, `permuted` or `rotated`, and whether neurons were matched.
    pub aligned: Option<(String, bool)>,
    /// The mean similarity.
    pub matched: f64,
    /// Its mean under the null hypothesis.
    pub expected: f64,
    /// Its standard deviation under the null hypothesis.
    pub deviation: f64,
    /// The distance in these.
    pub z: f64,
    /// log10 of the normal approximation's p.
    pub log10_p: f64,
    /// The p from drawn permutations.
    pub exact_p: Option<f64>,
    /// The drawn null distribution: its ends, and counts in equal bins.
    pub null: Option<(f64, f64, Vec<u64>)>,
    /// Whether it rejects independence.
    pub rejects: bool,
}

/// The axis of similarities.
const AXIS: (f64, f64) = (-0.2, 1.0);

/// What known relations gave on the models of the claim `lineage-roc`: least and greatest similarity above the null, of
/// independent models and of models trained further.
fn panel(test: &str) -> Option<[(f64, f64); 2]> {
    match test {
        "T1" => Some([(-0.072, 0.071), (0.996, 1.0)]),
        "T2" | "T4" => Some([(-0.008, 0.011), (0.80, 1.0)]),
        "T3" => Some([(-0.026, 0.018), (0.91, 1.0)]),
        _ => None,
    }
}

pub(crate) fn render(input: &ReportInput<'_>) -> Markup {
    let names = Names::new(input);
    let content = html! {
        p { (say("report-lineage-lead", &[])) }
        p { (say("report-lineage-null", &[])) }
        @for (place, view) in input.lineage.iter().enumerate() { (one(names, view, place)) }
    };
    section("lineage", &say("report-lineage", &[]), &content)
}

fn one(names: Names<'_>, view: &LineageView, place: usize) -> Markup {
    let (name, known) = (names.candidate(&view.candidate), Both::from(view.known.as_str()));
    html! {
        h3 #{ "lineage-" (place) } { (say("report-lineage-pair", &[("name", &name), ("known", &known)])) }
        @if view.components.is_empty() { p.none { (say("report-lineage-no-weights", &[])) } }
        @for (number, component) in view.components.iter().enumerate() {
            (of_component(view, component, &format!("lineage-{place}-{number}")))
        }
        p.small { (say("report-lineage-evidence", &[("path", &view.evidence.as_str().into())])) }
    }
}

fn of_component(view: &LineageView, component: &LineageComponent, id: &str) -> Markup {
    let what = say(&format!("lineage-report-component-{}", component.component), &[]);
    let verdict = say(&format!("lineage-report-verdict-{}", component.verdict.replace('_', "-")), &[]);
    let (tensors, same) = component.tensors;
    html! {
        h4 { (say("lineage-report-component", &[("component", &what), ("verdict", &verdict)])) }
        p {
            (say("report-lineage-hypothesis", &[("level", &view.level.to_string().into())]))
            " "
            (say("report-lineage-same", &[
                ("same", &number::count(same).into()),
                ("tensors", &number::count(tensors).into()),
                ("not", &number::count(component.not_tested as u64).into()),
            ]))
        }
        @if !component.tests.is_empty() {
            (drawing(component, id))
            (figures(component, id, &what))
        }
        @if !component.layers.is_empty() {
            @let pairs: Vec<String> = component.layers.iter().map(|(one, other)| format!("{one}→{other}")).collect();
            p.small { (say("lineage-report-layers", &[("layers", &pairs.join(", ").into())])) }
        }
    }
}

/// A row a test: the null as a histogram, the similarity as a mark, and below each the ranges of known relations.
fn drawing(component: &LineageComponent, id: &str) -> Markup {
    let names = format!("{id}-title {id}-text");
    html! {
        figure.chart {
            figcaption {
                strong #{ (id) "-title" } { (say("report-lineage-chart", &[])) }
                span #{ (id) "-text" } { (say("report-lineage-chart-description", &[])) }
            }
            div.plot role="img" aria-labelledby=(names) {
                @for test in &component.tests {
                    div.row {
                        span.name { (test.test) " " (of(test)) }
                        svg.track.tall width="100%" height="46" focusable="false" { (track(test)) }
                        span.value { (number::signed(test.matched, 3)) }
                    }
                }
                div.axis {
                    svg width="100%" height="22" focusable="false" {
                        @for (value, anchor) in [(0.0, "middle"), (0.25, "middle"), (0.5, "middle"), (0.75, "middle"), (1.0, "end")] {
                            text.tick x=(across(value)) y="15" text-anchor=(anchor) { (number::fixed(value, 2)) }
                        }
                    }
                }
            }
            ul.legend {
                li { (swatch("null")) " " (say("report-lineage-key-null", &[])) }
                li { (swatch("independent")) " " (say("report-lineage-key-independent", &[])) }
                li { (swatch("related")) " " (say("report-lineage-key-related", &[])) }
                li { (swatch("point")) " " (say("report-lineage-key-point", &[])) }
            }
        }
    }
}

fn swatch(kind: &str) -> Markup {
    html! {
        svg.swatch width="18" height="12" aria-hidden="true" focusable="false" {
            @if kind == "point" {
                circle.dot.in cx="9" cy="6" r="4" {}
            } @else {
                rect class={ "lineage-" (kind) } x="1" y="2" width="16" height="8" {}
            }
        }
    }
}

fn track(test: &LineageTest) -> Markup {
    let excess = test.matched - test.expected;
    html! {
        line.base x1="0" x2="100%" y1="28" y2="28" {}
        @if let Some((from, to, counts)) = &test.null {
            @let most = counts.iter().copied().max().unwrap_or(1).max(1);
            @for (place, count) in counts.iter().enumerate() {
                @let (left, right) = bin(*from - test.expected, *to - test.expected, place, counts.len());
                @let height = share(*count, most) * 22.0;
                // A null of a thousandth's width must still be seen.
                rect.lineage-null x=(across(left)) width=(format!("{:.3}%", wide(left, right).max(0.15)))
                    y=(number::fixed(28.0 - height, 2)) height=(number::fixed(height, 2)) {}
            }
        }
        @if let Some([independent, related]) = panel(&test.test) {
            (band("lineage-independent", independent))
            (band("lineage-related", related))
        }
        @if test.rejects {
            circle.dot.out cx=(across(excess)) cy="28" r="5" {}
        } @else {
            circle.dot.in cx=(across(excess)) cy="28" r="5" {}
        }
    }
}

fn band(class: &str, (from, to): (f64, f64)) -> Markup {
    html! {
        rect class=(class) x=(across(from)) width=(format!("{:.3}%", wide(from, to).max(0.6))) y="34" height="7" {}
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of draws are small")]
fn share(count: u64, most: u64) -> f64 {
    count as f64 / most as f64
}

#[expect(clippy::cast_precision_loss, reason = "bins are few")]
fn bin(from: f64, to: f64, place: usize, bins: usize) -> (f64, f64) {
    let width = (to - from) / bins.max(1) as f64;
    (from + width * place as f64, from + width * (place + 1) as f64)
}

fn wide(from: f64, to: f64) -> f64 {
    (to - from) / (AXIS.1 - AXIS.0) * 100.0
}

fn across(value: f64) -> String {
    format!("{:.3}%", ((value - AXIS.0) / (AXIS.1 - AXIS.0)).clamp(0.0, 1.0) * 100.0)
}

/// The role, and how the order was found first.
fn of(test: &LineageTest) -> Both {
    let role = Both::from(test.of.as_str());
    let Some((hidden, neurons)) = &test.aligned else { return role };
    let hidden = say(&format!("lineage-report-hidden-{hidden}"), &[]);
    let how = if *neurons {
        Both::join(&[hidden, say("lineage-report-neurons-matched", &[])], ", ")
    } else {
        hidden
    };
    Both::join(&[Both::join(&[role, how], " ("), Both::from(")")], "")
}

fn figures(component: &LineageComponent, id: &str, what: &Both) -> Markup {
    let columns = [
        Column::text("lineage-report-test"),
        Column::text("lineage-report-of"),
        Column::number("lineage-report-matched"),
        Column::number("lineage-report-expected"),
        Column::number("lineage-report-z"),
        Column::number("lineage-report-log10-p"),
        Column::number("lineage-report-exact-p"),
        Column::text("lineage-report-rejects"),
    ];
    let body = html! {
        tbody {
            @for test in &component.tests {
                tr {
                    th scope="row" { (test.test) }
                    td { (of(test)) }
                    td.n { (number::signed(test.matched, 4)) }
                    td.n { (number::signed(test.expected, 4)) }
                    td.n { (number::fixed(test.z, 1)) }
                    td.n { (number::fixed(test.log10_p, 1)) }
                    td.n { (test.exact_p.map_or_else(|| "–".to_owned(), |p| number::fixed(p, 3))) }
                    td { (say(if test.rejects { "lineage-report-yes" } else { "lineage-report-no" }, &[])) }
                }
            }
        }
    };
    table(&format!("{id}-table"), &say("report-lineage-caption", &[("what", what)]), &columns, &body)
}
