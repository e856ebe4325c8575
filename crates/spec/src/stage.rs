//! A stage's tables to its rules, with the places that the cross-checks need.

use crate::contest::{ContestAt, contest};
use crate::decision::{carry, decision};
use crate::decode::{SuiteWeights, anchors, localized, suites};
use crate::problem::{Code, Problem};
use crate::reader::{At, Table};
use crate::voter_tests::voter_tests;
use daepyo_core::{
    Anchor, CandidateId, Criterion, CriterionId, CriterionRule, Date, Digest, Gate, GateId, GateOutcome,
    GateRule, KnownWeights, NotShown, Relation, RubricItem, RubricItemId, Stage, StageId, Window,
};
use daepyo_messages::Message;

/// A stage: what the cross-checks need, as far as it could be read, and its rules where all of them could.
pub(crate) struct StageAt {
    pub(crate) stage: Option<Stage>,
    pub(crate) places: Places,
}

/// The parts of a stage that could be read, with where they stand.
pub(crate) struct Places {
    pub(crate) id: Option<At<StageId>>,
    pub(crate) opens: Option<At<Date>>,
    pub(crate) closes: Option<At<Date>>,
    pub(crate) window_months: Option<u32>,
    pub(crate) frozen: Option<At<Date>>,
    /// The weights of the criteria, where all of them could be read.
    pub(crate) weights: Option<Vec<At<f64>>>,
    /// Whether the names of all criteria could be read.
    pub(crate) has_all_criteria: bool,
    pub(crate) gates: Vec<At<GateId>>,
    pub(crate) criteria: Vec<At<CriterionId>>,
    pub(crate) suites: SuiteWeights,
    pub(crate) references: Vec<At<CandidateId>>,
    pub(crate) gate_sources: Vec<(GateId, At<String>)>,
    pub(crate) own_candidates: Vec<At<CandidateId>>,
    pub(crate) criterion_sources: Vec<(CriterionId, At<String>)>,
    /// Files of the stage itself, each with the key that names it.
    pub(crate) sources: Vec<(&'static str, At<String>)>,
    /// Whether a gate compares with the references of the window.
    pub(crate) needs_window: bool,
    pub(crate) advance: Option<At<u32>>,
    pub(crate) tie_criteria: Vec<At<CriterionId>>,
    /// The criterion of the looks.
    pub(crate) look_criterion: Option<At<CriterionId>>,
    /// Criteria that are counts without uncertainty.
    pub(crate) counted: Vec<CriterionId>,
    pub(crate) contests: Vec<ContestAt>,
    /// The stage that points are carried over from.
    pub(crate) carried_from: Option<At<StageId>>,
}

/// What gates and criteria name, gathered while reading.
#[derive(Default)]
struct Named {
    gates: Vec<At<GateId>>,
    criteria: Vec<At<CriterionId>>,
    weights: Vec<At<f64>>,
    suites: SuiteWeights,
    references: Vec<At<CandidateId>>,
    gate_sources: Vec<(GateId, At<String>)>,
    /// Candidates that are named as a published model's own.
    own_candidates: Vec<At<CandidateId>>,
    criterion_sources: Vec<(CriterionId, At<String>)>,
    counted: Vec<CriterionId>,
    contests: Vec<ContestAt>,
    needs_window: bool,
}

pub(crate) fn stage(table: &Table<'_>) -> StageAt {
    let mut named = Named::default();
    let id = table.parsed::<StageId>("id");
    let title = localized(table, "title");
    let (opens, closes) = (table.parsed::<Date>("opens"), table.parsed::<Date>("closes"));
    let objection_days = table.count("objection_days");
    let window = table.table("window");
    let window_months = window.as_ref().and_then(|inner| inner.count("months"));
    let frozen = window.and_then(|inner| inner.parsed::<Date>("frozen"));
    let seed = table.integer("seed");
    let draws = if table.has("draws") { table.count("draws") } else { Some(10_000) };
    let limit = table.number("infrastructure_failure_limit");
    let gate_tables = if table.has("gates") { table.tables("gates") } else { Vec::new() };
    let gates: Vec<_> = gate_tables.iter().map(|inner| gate(inner, &mut named)).collect();
    let criterion_tables = table.tables("criteria");
    let criteria: Vec<_> = criterion_tables.iter().map(|inner| criterion(inner, &mut named)).collect();
    let decided = table.table("decision").map(|inner| decision(&inner)).unwrap_or_default();
    let (carried_from, carry) = carry(table);
    let withdrawals = table.optional("withdrawals");
    let contamination = table.optional("contamination");
    let corrections = table.optional("corrections");

    let listed = table.listed("criteria");
    let has_all_weights = listed > 0 && named.weights.len() == listed;
    let has_all_gates = gates.len() == table.listed("gates");
    let stage = id.clone().and_then(|id| {
        Some(Stage {
            id: id.value,
            title: title?,
            opens: opens.as_ref()?.value,
            closes: closes.as_ref()?.value,
            objection_days: objection_days?,
            window: Window { months: window_months?, frozen: frozen.as_ref()?.value },
            seed: seed?.value,
            draws: draws?,
            infrastructure_failure_limit: limit?.value,
            gates: has_all_gates.then(|| gates.into_iter().collect::<Option<_>>())??,
            criteria: (criteria.len() == listed).then(|| criteria.into_iter().collect::<Option<_>>())??,
            decision: decided.decision?,
            carry,
            withdrawals: withdrawals.as_ref().map(|file| file.value.clone()),
            contamination: contamination.as_ref().map(|file| file.value.clone()),
            corrections: corrections.as_ref().map(|file| file.value.clone()),
        })
    });
    let files = [
        ("wildcard", decided.wildcard_source),
        ("withdrawals", withdrawals),
        ("contamination", contamination),
        ("corrections", corrections),
    ];
    let places = Places {
        id,
        opens,
        closes,
        window_months,
        frozen,
        weights: has_all_weights.then_some(named.weights),
        has_all_criteria: named.criteria.len() == listed,
        gates: named.gates,
        criteria: named.criteria,
        suites: named.suites,
        references: named.references,
        gate_sources: named.gate_sources,
        own_candidates: named.own_candidates,
        criterion_sources: named.criterion_sources,
        sources: files.into_iter().filter_map(|(key, file)| Some((key, file?))).collect(),
        needs_window: named.needs_window,
        advance: decided.advance,
        tie_criteria: decided.tie_criteria,
        look_criterion: decided.look_criterion,
        counted: named.counted,
        contests: named.contests,
        carried_from,
    };
    StageAt { stage, places }
}

fn gate(table: &Table<'_>, named: &mut Named) -> Option<Gate> {
    let (id, title) = (table.parsed::<GateId>("id"), localized(table, "title"));
    named.gates.extend(id.clone());
    let not_shown = table.word("not_shown").map(|word| match word.value.as_str() {
        "stay" => NotShown::Stay,
        "out" => NotShown::Out,
        _ => NotShown::Hold,
    });
    let kind = table.word("kind")?;
    let rule = match kind.value.as_str() {
        "finding" => {
            let source = table.text("source")?;
            if let Some(id) = &id {
                named.gate_sources.push((id.value.clone(), source.clone()));
            }
            GateRule::Finding { source: source.value }
        }
        "independence" => independence(table, id.as_ref(), named)?,
        "threshold" => {
            let (suites, minimum, confidence) =
                (weighted(table, named), table.number("minimum"), table.number("confidence"));
            GateRule::Threshold { suites: suites?, minimum: minimum?.value, confidence: confidence?.value }
        }
        _ => {
            named.needs_window = true;
            let (suites, ratio, confidence) =
                (weighted(table, named), table.number("ratio"), table.number("confidence"));
            let chance_corrected = table.flag("chance_corrected");
            GateRule::NonInferiority {
                suites: suites?,
                ratio: ratio?.value,
                confidence: confidence?.value,
                chance_corrected: chance_corrected?,
            }
        }
    };
    Some(Gate { id: id?.value, title: title?, rule, not_shown: not_shown? })
}

fn independence(table: &Table<'_>, gate: Option<&At<GateId>>, named: &mut Named) -> Option<GateRule> {
    let (level, shared) = (table.number("level"), table.word("shared"));
    let seed = if table.has("seed") { table.integer("seed").map(|at| at.value) } else { Some(0) };
    let listed = table.listed("against");
    let known: Vec<KnownWeights> =
        table.tables("against").iter().filter_map(|table| known_weights(table, gate, named)).collect();
    let shared = match shared?.value.as_str() {
        "passed" => GateOutcome::Passed,
        "failed" => GateOutcome::Failed,
        _ => GateOutcome::NotShown,
    };
    let against = (known.len() == listed).then_some(known)?;
    Some(GateRule::Independence { against, level: level?.value, shared, seed: seed? })
}

fn known_weights(table: &Table<'_>, gate: Option<&At<GateId>>, named: &mut Named) -> Option<KnownWeights> {
    let (id, weights, digest) =
        (table.parsed::<CandidateId>("id"), table.text("weights"), table.parsed::<Digest>("digest"));
    if let (Some(gate), Some(weights)) = (gate, &weights) {
        named.gate_sources.push((gate.value.clone(), weights.clone()));
    }
    let listed = if table.has("own") { table.texts("own") } else { Vec::new() };
    let own: Vec<At<CandidateId>> = listed.iter().filter_map(|text| table.parse_at("own", text)).collect();
    named.own_candidates.extend(own.iter().cloned());
    let own = (own.len() == listed.len()).then(|| own.into_iter().map(|at| at.value).collect())?;
    Some(KnownWeights { id: id?.value, weights: weights?.value, digest: digest?.value, own })
}

fn weighted(table: &Table<'_>, named: &mut Named) -> Option<Vec<daepyo_core::SuiteWeight>> {
    let found = suites(table);
    named.suites.extend(found.iter().cloned());
    let is_whole = !found.is_empty() && found.len() == table.listed("suites");
    is_whole.then(|| found.into_iter().map(|at| at.value).collect())
}

fn criterion(table: &Table<'_>, named: &mut Named) -> Option<Criterion> {
    let (id, title, weight) =
        (table.parsed::<CriterionId>("id"), localized(table, "title"), table.number("weight"));
    named.criteria.extend(id.clone());
    named.weights.extend(weight.clone());
    let kind = table.word("kind")?;
    let scale = anchors(table);
    let is_scale_right = scale.as_ref().is_none_or(|(_, zero, full)| {
        let fits = |end| anchor_fits(table, &kind.value, end, named);
        // Both ends are looked at, so that a problem of the first does not hide the second's.
        ![zero, full].map(fits).contains(&false) && lies_above(table, zero, full)
    });
    if table.has("source")
        && let (Some(id), Some(source)) = (&id, table.text("source"))
    {
        named.criterion_sources.push((id.value.clone(), source));
    }
    let anchors = scale.filter(|_| is_scale_right).map(|(anchors, _, _)| anchors);
    if kind.value == "derivatives" {
        named.counted.extend(id.as_ref().map(|id| id.value.clone()));
    }
    let rule = rule(table, &kind.value, anchors, named);
    Some(Criterion { id: id?.value, title: title?, weight: weight?.value, rule: rule? })
}

/// Whether an end of a scale fits the kind of its criterion; notes the reference that it names.
fn anchor_fits(table: &Table<'_>, kind: &str, end: &At<Anchor>, named: &mut Named) -> bool {
    match (&end.value, kind) {
        (Anchor::Reference(reference), "benchmark") => {
            named.references.push(At { value: reference.clone(), span: end.span.clone() });
            true
        }
        (Anchor::Value(_), _) | (Anchor::Chance, "benchmark") => true,
        (Anchor::Chance | Anchor::Reference(_), _) => {
            table.problems().push(
                Problem::new(Code::BadValue, end.span.clone())
                    .with("key", "anchors")
                    .with("value", "chance / reference:ID")
                    .with("reason", Message::new("reason-numbers-only").with("kind", kind))
                    .with("about", Message::new("about-own-scale")),
            );
            false
        }
    }
}

/// Whether the end of a scale that gives all points lies above the other; nothing to say where one is no number.
fn lies_above(table: &Table<'_>, zero: &At<Anchor>, full: &At<Anchor>) -> bool {
    let (Anchor::Value(low), Anchor::Value(high)) = (&zero.value, &full.value) else {
        return true;
    };
    if low < high {
        return true;
    }
    table.problems().push(
        Problem::new(Code::OutOfRange, full.span.clone())
            .with("key", "anchors.full")
            .with("value", high.to_string())
            .with("range", format!("> {low}"))
            .with("about", Message::new("about-full-above-zero")),
    );
    false
}

fn rule(
    table: &Table<'_>,
    kind: &str,
    anchors: Option<daepyo_core::Anchors>,
    named: &mut Named,
) -> Option<CriterionRule> {
    match kind {
        "benchmark" => {
            let suites = weighted(table, named);
            Some(CriterionRule::Benchmark { suites: suites?, anchors: anchors? })
        }
        "marks" => {
            let (source, minimum, maximum) =
                (table.text("source"), table.number("minimum"), table.number("maximum"));
            let items: Vec<_> = table.tables("items").iter().filter_map(rubric_item).collect();
            let has_all_items = !items.is_empty() && items.len() == table.listed("items");
            let (minimum, maximum) = (minimum?, maximum?);
            if minimum.value >= maximum.value {
                table.problems().push(
                    Problem::new(Code::OutOfRange, maximum.span)
                        .with("key", "maximum")
                        .with("value", maximum.value.to_string())
                        .with("range", format!("> {}", minimum.value))
                        .with("about", Message::new("about-maximum-above-minimum")),
                );
                return None;
            }
            Some(CriterionRule::Marks {
                source: source?.value,
                minimum: minimum.value,
                maximum: maximum.value,
                items: has_all_items.then_some(items)?,
                anchors: anchors?,
            })
        }
        "votes" => {
            let (source, versus) = (table.text("source"), table.parsed::<CandidateId>("versus"));
            let tests = voter_tests(table);
            let (at, contest) = contest(table, versus.as_ref()).unzip();
            named.contests.extend(at);
            let versus = versus?;
            named.references.push(versus.clone());
            Some(CriterionRule::Votes {
                source: source?.value,
                versus: versus.value,
                anchors: anchors?,
                tests,
                contest: contest.flatten().map(Box::new),
            })
        }
        _ => {
            let (source, verified_only) = (table.text("source"), table.flag("verified_only"));
            let words = table.words("counts");
            let named_relation =
                |word: &At<String>| Relation::ALL.into_iter().find(|r| r.name() == word.value);
            let counts: Vec<_> = words.iter().filter_map(named_relation).collect();
            let has_all_counts = !counts.is_empty() && counts.len() == table.listed("counts");
            Some(CriterionRule::Derivatives {
                source: source?.value,
                counts: has_all_counts.then_some(counts)?,
                verified_only: verified_only?,
                anchors: anchors?,
            })
        }
    }
}

fn rubric_item(table: &Table<'_>) -> Option<RubricItem> {
    let (id, title, weight) =
        (table.parsed::<RubricItemId>("id"), localized(table, "title"), table.number("weight"));
    Some(RubricItem { id: id?.value, title: title?, weight: weight?.value })
}
