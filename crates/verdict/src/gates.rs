//! Whether each candidate is shown to pass each gate, shown to fail it, or neither.
//!
//! "At least rho of every reference" follows the intersection-union test: with `D = s(candidate) - rho *
//! s(reference)` per document, a candidate passes against one reference where the one-sided lower bound of the
//! weighted mean of `D` is at least 0, fails where the upper bound is below 0, and passes the gate only where it
//! passes against every reference. No correction for several references is needed (Berger 1982).

use crate::{
    Rules,
    clustered::{ClusteredMean, WeightedMean},
    evidence::Evidence,
    number::wide,
    rules::Roster,
    table::{TaskTable, weigh},
};
use daepyo_core::{Gate, GateComparison, GateOutcome, GateResult, GateRule, SuiteWeight};

/// Every gate for every candidate: gates in file order, candidates in file order within a gate.
pub(crate) fn judge(rules: &Rules<'_>, roster: &Roster<'_>, evidence: &Evidence<'_>) -> Vec<GateResult> {
    let mut results = Vec::new();
    for (place, gate) in rules.stage.gates.iter().enumerate() {
        for candidate in (0..roster.candidates).filter(|candidate| !evidence.is_gone(*candidate)) {
            results.extend(judge_one(roster, evidence, gate, place, candidate));
        }
    }
    results
}

fn judge_one(
    roster: &Roster<'_>,
    evidence: &Evidence<'_>,
    gate: &Gate,
    place: usize,
    candidate: usize,
) -> Option<GateResult> {
    let result = |outcome, comparisons, reason| {
        let candidate = roster.id(candidate)?.clone();
        Some(GateResult { gate: gate.id.clone(), candidate, outcome, comparisons, reason })
    };
    match &gate.rule {
        GateRule::NonInferiority { suites, ratio, confidence, chance_corrected } => {
            let compare = |reference: &usize| {
                let bar = Bar::Reference { place: *reference, ratio: *ratio };
                let scale = Scale { chance_corrected: *chance_corrected, confidence: *confidence };
                compare(roster, evidence, suites, candidate, bar, scale)
            };
            let comparisons: Vec<_> = roster.window.iter().map(compare).collect();
            result(overall(&comparisons), comparisons, None)
        }
        GateRule::Threshold { suites, minimum, confidence } => {
            let scale = Scale { chance_corrected: false, confidence: *confidence };
            let comparisons =
                vec![compare(roster, evidence, suites, candidate, Bar::Minimum(*minimum), scale)];
            result(overall(&comparisons), comparisons, None)
        }
        GateRule::Independence { .. } | GateRule::Finding { .. } => {
            let finding = evidence.findings.get(&(place, candidate))?;
            result(finding.outcome, Vec::new(), Some(finding.reason.clone()))
        }
    }
}

/// Passed only against all, failed against any, else not shown.
fn overall(comparisons: &[GateComparison]) -> GateOutcome {
    let is = |wanted| move |comparison: &GateComparison| comparison.outcome == wanted;
    if comparisons.iter().any(is(GateOutcome::Failed)) {
        GateOutcome::Failed
    } else if !comparisons.is_empty() && comparisons.iter().all(is(GateOutcome::Passed)) {
        GateOutcome::Passed
    } else {
        GateOutcome::NotShown
    }
}

/// What a candidate is held against.
#[derive(Clone, Copy)]
enum Bar {
    Reference { place: usize, ratio: f64 },
    Minimum(f64),
}

#[derive(Clone, Copy)]
struct Scale {
    chance_corrected: bool,
    confidence: f64,
}

/// A candidate's score, the bar's, and their difference on one document.
struct Item {
    cluster: usize,
    own: f64,
    bar: f64,
    difference: f64,
}

fn compare(
    roster: &Roster<'_>,
    evidence: &Evidence<'_>,
    suites: &[SuiteWeight],
    candidate: usize,
    bar: Bar,
    scale: Scale,
) -> GateComparison {
    let mut differences = Vec::new();
    let (mut own, mut other) = (0.0, 0.0);
    let (mut documents, mut clusters, mut left_out) = (0, 0, 0);
    for (place, weight) in weigh(&evidence.tables, suites) {
        let Some(table) = evidence.tables.get(place) else {
            continue;
        };
        let items = items(table, candidate, bar, scale.chance_corrected);
        let mean = |value: fn(&Item) -> f64| {
            let values: Vec<_> = items.iter().map(|item| (item.cluster, value(item))).collect();
            ClusteredMean::of(&values)
        };
        let difference = mean(|item| item.difference);
        own += weight * mean(|item| item.own).mean;
        other += weight * mean(|item| item.bar).mean;
        documents += difference.documents;
        clusters += difference.clusters;
        left_out += wide(table.documents) - difference.documents;
        differences.push((weight, difference));
    }
    let mean = WeightedMean::of(&differences);
    let bounds = mean.bounds(scale.confidence);
    let outcome = match bounds {
        Some((lower, _)) if lower >= 0.0 => GateOutcome::Passed,
        Some((_, upper)) if upper < 0.0 => GateOutcome::Failed,
        Some(_) | None => GateOutcome::NotShown,
    };
    GateComparison {
        reference: match bar {
            Bar::Reference { place, .. } => roster.id(place).cloned(),
            Bar::Minimum(_) => None,
        },
        candidate_score: own,
        reference_score: other,
        difference: mean.mean,
        standard_error: mean.standard_error,
        lower: bounds.map(|(lower, _)| lower),
        upper: bounds.map(|(_, upper)| upper),
        documents,
        left_out,
        clusters,
        outcome,
    }
}

/// The documents of a task that both sides answered.
fn items(table: &TaskTable<'_>, candidate: usize, bar: Bar, chance_corrected: bool) -> Vec<Item> {
    let scores = |entrant| table.row(entrant).map_or(&[][..], |row| row.scores.as_slice());
    let own = scores(candidate);
    let item = |document: usize, cluster: usize, guess: f64| {
        let correct = |score: f64| if chance_corrected { (score - guess) / (1.0 - guess) } else { score };
        let own = correct((*own.get(document)?)?);
        let (bar, difference) = match bar {
            Bar::Reference { place, ratio } => {
                let reference = correct((*scores(place).get(document)?)?);
                (reference, own - ratio * reference)
            }
            Bar::Minimum(minimum) => (minimum, own - minimum),
        };
        Some(Item { cluster, own, bar, difference })
    };
    let documents = table.cluster_of.iter().zip(&table.guess).enumerate();
    documents.filter_map(|(document, (cluster, guess))| item(document, *cluster, *guess)).collect()
}
