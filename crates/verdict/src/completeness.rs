//! Whether there is enough evidence to judge anybody: infrastructure failures and gaps.

use crate::{
    Rules,
    criteria::benchmark,
    evidence::Evidence,
    rules::Roster,
    table::{failures, support},
};
use daepyo_core::{Anchor, CandidateId, CriterionRule, GateRule, NoVerdict, SuiteWeight};
use std::collections::BTreeSet;

/// Why the rules forbid a verdict; none where they don't.
///
/// A document that one entrant was asked and another was not is a gap, even where both had others: a candidate
/// must not gain by what it was never asked.
pub(crate) fn obstacle(rules: &Rules<'_>, roster: &Roster<'_>, evidence: &Evidence<'_>) -> Option<NoVerdict> {
    infrastructure(rules, roster, evidence)
        .or_else(|| gates(rules, roster, evidence))
        .or_else(|| criteria(rules, roster, evidence))
}

/// The candidates that have not gone.
fn staying<'e>(roster: &Roster<'_>, evidence: &'e Evidence<'_>) -> impl Iterator<Item = usize> + use<'e> {
    (0..roster.candidates).filter(|candidate| !evidence.is_gone(*candidate))
}

fn infrastructure(rules: &Rules<'_>, roster: &Roster<'_>, evidence: &Evidence<'_>) -> Option<NoVerdict> {
    let limit = rules.stage.infrastructure_failure_limit;
    let mut worst: Option<(f64, &CandidateId)> = None;
    for (entrant, id) in roster.ids.iter().enumerate().filter(|(entrant, _)| !evidence.is_gone(*entrant)) {
        let rate = failures(&evidence.tables, entrant).infrastructure_rate();
        if rate > limit && worst.is_none_or(|(most, _)| rate > most) {
            worst = Some((rate, id));
        }
    }
    let (rate, candidate) = worst?;
    Some(NoVerdict::InfrastructureFailures { candidate: candidate.clone(), rate, limit })
}

fn missing(roster: &Roster<'_>, entrant: usize, what: &str) -> Option<NoVerdict> {
    let candidate = roster.id(entrant)?.clone();
    Some(NoVerdict::MissingEvidence { candidate, what: what.to_owned() })
}

fn gates(rules: &Rules<'_>, roster: &Roster<'_>, evidence: &Evidence<'_>) -> Option<NoVerdict> {
    for (place, gate) in rules.stage.gates.iter().enumerate() {
        let candidates = staying(roster, evidence);
        let gap = match &gate.rule {
            GateRule::NonInferiority { suites, .. } => {
                let mut measured = candidates.chain(roster.window.iter().copied());
                measured.find(|entrant| !answered(evidence, suites, *entrant))
            }
            GateRule::Threshold { suites, .. } => {
                let mut measured = candidates;
                measured.find(|entrant| !answered(evidence, suites, *entrant))
            }
            GateRule::Independence { .. } | GateRule::Finding { .. } => {
                let mut found = candidates;
                found.find(|candidate| !evidence.findings.contains_key(&(place, *candidate)))
            }
        };
        if let Some(entrant) = gap {
            return missing(roster, entrant, gate.id.as_str());
        }
    }
    None
}

/// Whether an entrant has a sample of every document of the suites, and a response in every task.
fn answered(evidence: &Evidence<'_>, suites: &[SuiteWeight], entrant: usize) -> bool {
    suites.iter().filter(|suite| suite.weight > 0.0).all(|suite| {
        let mut tables = evidence.tables.iter().filter(|table| *table.suite == suite.suite).peekable();
        tables.peek().is_some()
            && tables.all(|table| {
                let row = table.row(entrant);
                row.is_some_and(|row| row.samples == table.documents && row.answered() > 0)
            })
    })
}

fn criteria(rules: &Rules<'_>, roster: &Roster<'_>, evidence: &Evidence<'_>) -> Option<NoVerdict> {
    for (place, criterion) in rules.stage.criteria.iter().enumerate() {
        let gap = match &criterion.rule {
            CriterionRule::Benchmark { suites, anchors } => {
                let anchors = [&anchors.zero, &anchors.full];
                benchmark_gap(roster, evidence, suites, anchors)
            }
            CriterionRule::Marks { items, .. } => marks_gap(roster, evidence, place, items.len()),
            CriterionRule::Votes { versus, .. } => {
                roster.place(versus).and_then(|versus| votes_gap(roster, evidence, place, versus))
            }
            // No derivative is a count of 0, not a gap.
            CriterionRule::Derivatives { .. } => None,
        };
        if let Some(entrant) = gap {
            return missing(roster, entrant, criterion.id.as_str());
        }
    }
    None
}

fn benchmark_gap(
    roster: &Roster<'_>,
    evidence: &Evidence<'_>,
    suites: &[SuiteWeight],
    anchors: [&Anchor; 2],
) -> Option<usize> {
    let references = benchmark::anchor_references(roster, anchors);
    let mut measured = staying(roster, evidence).chain(references.iter().copied());
    if let Some(entrant) = measured.find(|entrant| !answered(evidence, suites, *entrant)) {
        return Some(entrant);
    }
    let tables = crate::table::weigh(&evidence.tables, suites);
    staying(roster, evidence).find(|candidate| {
        tables.iter().filter_map(|(table, _)| evidence.tables.get(*table)).any(|table| {
            let (_, clusters) =
                support(table, |document| benchmark::counts(table, *candidate, &references, document));
            clusters < 2
        })
    })
}

fn marks_gap(roster: &Roster<'_>, evidence: &Evidence<'_>, criterion: usize, items: usize) -> Option<usize> {
    let marks = evidence.marks.get(&criterion).map_or(&[][..], Vec::as_slice);
    staying(roster, evidence).find(|candidate| {
        let own = marks.iter().filter(|mark| mark.candidate == *candidate);
        let raters: BTreeSet<_> = own.clone().map(|mark| &mark.mark.rater).collect();
        let marked: BTreeSet<usize> = own.map(|mark| mark.item).collect();
        raters.len() < 2 || marked.len() < items
    })
}

fn votes_gap(roster: &Roster<'_>, evidence: &Evidence<'_>, criterion: usize, versus: usize) -> Option<usize> {
    let votes = evidence.votes.get(&criterion).map_or(&[][..], Vec::as_slice);
    let mut needed = staying(roster, evidence).chain([versus]);
    needed.find(|entrant| {
        let own = votes.iter().filter(|placed| {
            (placed.left == *entrant || placed.right == *entrant)
                && placed.vote.choice != daepyo_core::VoteChoice::BothBad
        });
        own.map(|placed| &placed.vote.voter).collect::<BTreeSet<_>>().len() < 2
    })
}
