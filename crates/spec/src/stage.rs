//! A stage's tables to its rules, with the places that the cross-checks need.

use crate::decode::{SuiteWeights, anchors, localized, suites};
use crate::layout::TIE_WORDS;
use crate::problem::{Code, nearest};
use crate::reader::{At, Table};
use daepyo_core::{
    Anchor, CandidateId, Criterion, CriterionId, CriterionRule, Date, Decision, Gate, GateId, GateRule,
    NotShown, Relation, RubricItem, RubricItemId, Stage, StageId, TieStep, Wildcard, Window,
};
use std::ops::Range;

/// A stage as read, and where its parts stand.
pub(crate) struct StageAt {
    pub(crate) stage: Stage,
    pub(crate) places: Places,
}

/// Where the parts of a stage stand.
pub(crate) struct Places {
    pub(crate) id: Range<usize>,
    pub(crate) opens: Range<usize>,
    pub(crate) closes: Range<usize>,
    pub(crate) frozen: Range<usize>,
    pub(crate) weights: Vec<Range<usize>>,
    pub(crate) gates: Vec<Range<usize>>,
    pub(crate) criteria: Vec<Range<usize>>,
    pub(crate) suites: SuiteWeights,
    pub(crate) references: Vec<At<CandidateId>>,
    pub(crate) gate_sources: Vec<(GateId, At<String>)>,
    pub(crate) criterion_sources: Vec<(CriterionId, At<String>)>,
    pub(crate) advance: Range<usize>,
    pub(crate) tie_criteria: Vec<At<CriterionId>>,
}

/// What gates and criteria name, gathered while reading.
#[derive(Default)]
struct Named {
    suites: SuiteWeights,
    references: Vec<At<CandidateId>>,
    gate_sources: Vec<(GateId, At<String>)>,
    criterion_sources: Vec<(CriterionId, At<String>)>,
}

pub(crate) fn stage(table: &Table<'_>) -> Option<StageAt> {
    let mut named = Named::default();
    let id = table.parsed::<StageId>("id");
    let title = localized(table, "title");
    let (opens, closes) = (table.parsed::<Date>("opens"), table.parsed::<Date>("closes"));
    let objection_days = table.count("objection_days");
    let window = table.table("window").and_then(|inner| {
        let (months, frozen) = (inner.count("months"), inner.parsed::<Date>("frozen"));
        let frozen = frozen?;
        Some((Window { months: months?, frozen: frozen.value }, frozen.span))
    });
    let seed = table.integer("seed");
    let draws = if table.has("draws") { table.count("draws") } else { Some(10_000) };
    let limit = table.number("infrastructure_failure_limit");
    let gate_tables = if table.has("gates") { table.tables("gates") } else { Vec::new() };
    let gates: Vec<_> = gate_tables.iter().map(|inner| gate(inner, &mut named)).collect();
    let criterion_tables = table.tables("criteria");
    let criteria: Vec<_> = criterion_tables.iter().map(|inner| criterion(inner, &mut named)).collect();
    let decided = table.table("decision").and_then(|inner| decision(&inner));
    let listed =
        table.raw("criteria").and_then(|raw| raw.get_ref().as_array()).map_or(0, |array| array.len());

    let (id, opens, closes) = (id?, opens?, closes?);
    let (window, frozen) = window?;
    let gates: Vec<At<Gate>> = gates.into_iter().collect::<Option<_>>()?;
    let criteria: Vec<CriterionAt> = criteria.into_iter().collect::<Option<_>>()?;
    if criteria.len() != listed {
        return None;
    }
    let (decision, advance, tie_criteria) = decided?;
    let places = Places {
        id: id.span,
        opens: opens.span,
        closes: closes.span,
        frozen,
        weights: criteria.iter().map(|criterion| criterion.weight.clone()).collect(),
        gates: gates.iter().map(|gate| gate.span.clone()).collect(),
        criteria: criteria.iter().map(|criterion| criterion.at.span.clone()).collect(),
        suites: named.suites,
        references: named.references,
        gate_sources: named.gate_sources,
        criterion_sources: named.criterion_sources,
        advance,
        tie_criteria,
    };
    let stage = Stage {
        id: id.value,
        title: title?,
        opens: opens.value,
        closes: closes.value,
        objection_days: objection_days?,
        window,
        seed: seed?.value,
        draws: draws?,
        infrastructure_failure_limit: limit?.value,
        gates: gates.into_iter().map(|gate| gate.value).collect(),
        criteria: criteria.into_iter().map(|criterion| criterion.at.value).collect(),
        decision,
    };
    Some(StageAt { stage, places })
}

fn gate(table: &Table<'_>, named: &mut Named) -> Option<At<Gate>> {
    let (id, title) = (table.parsed::<GateId>("id"), localized(table, "title"));
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
        "threshold" => {
            let (suites, minimum, confidence) =
                (weighted(table, named), table.number("minimum"), table.number("confidence"));
            GateRule::Threshold { suites: suites?, minimum: minimum?.value, confidence: confidence?.value }
        }
        _ => {
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
    let id = id?;
    let gate = Gate { id: id.value, title: title?, rule, not_shown: not_shown? };
    Some(At { value: gate, span: id.span })
}

fn weighted(table: &Table<'_>, named: &mut Named) -> Option<Vec<daepyo_core::SuiteWeight>> {
    let found = suites(table)?;
    named.suites.extend(found.iter().cloned());
    Some(found.into_iter().map(|at| at.value).collect())
}

struct CriterionAt {
    at: At<Criterion>,
    weight: Range<usize>,
}

fn criterion(table: &Table<'_>, named: &mut Named) -> Option<CriterionAt> {
    let (id, title, weight) =
        (table.parsed::<CriterionId>("id"), localized(table, "title"), table.number("weight"));
    let kind = table.word("kind")?;
    let scale = anchors(table);
    if let Some((_, zero, full)) = &scale {
        for end in [zero, full] {
            match (&end.value, kind.value.as_str()) {
                (Anchor::Reference(reference), "benchmark") => {
                    named.references.push(At { value: reference.clone(), span: end.span.clone() });
                }
                (Anchor::Value(_), _) | (Anchor::Chance, "benchmark") => {}
                (Anchor::Chance | Anchor::Reference(_), _) => {
                    let arguments = vec![
                        ("key", "anchors".to_owned()),
                        ("value", "chance / reference:ID".to_owned()),
                        ("reason", format!("a criterion of kind `{}` is anchored by numbers", kind.value)),
                        ("about", "a number on the criterion's own scale".to_owned()),
                    ];
                    table.problems().note(Code::BadValue, end.span.clone(), arguments);
                    return None;
                }
            }
        }
        if let (Anchor::Value(low), Anchor::Value(high)) = (&zero.value, &full.value)
            && low >= high
        {
            let arguments = vec![
                ("key", "anchors.full".to_owned()),
                ("value", high.to_string()),
                ("range", format!("> {low}")),
                ("about", "the score that gives all points lies above the one that gives none".to_owned()),
            ];
            table.problems().note(Code::OutOfRange, full.span.clone(), arguments);
            return None;
        }
    }
    if table.has("source")
        && let (Some(id), Some(source)) = (&id, table.text("source"))
    {
        named.criterion_sources.push((id.value.clone(), source));
    }
    let rule = rule(table, &kind.value, scale.map(|(anchors, _, _)| anchors), named);
    let (id, weight) = (id?, weight?);
    let value = Criterion { id: id.value, title: title?, weight: weight.value, rule: rule? };
    Some(CriterionAt { at: At { value, span: id.span }, weight: weight.span })
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
            let items: Vec<_> = table.tables("items").iter().map(rubric_item).collect();
            let items: Vec<_> = items.into_iter().collect::<Option<_>>()?;
            let (minimum, maximum) = (minimum?, maximum?);
            if minimum.value >= maximum.value {
                let arguments = vec![
                    ("key", "maximum".to_owned()),
                    ("value", maximum.value.to_string()),
                    ("range", format!("> {}", minimum.value)),
                    ("about", "the greatest mark lies above the least".to_owned()),
                ];
                table.problems().note(Code::OutOfRange, maximum.span, arguments);
                return None;
            }
            Some(CriterionRule::Marks {
                source: source?.value,
                minimum: minimum.value,
                maximum: maximum.value,
                items: (!items.is_empty()).then_some(items)?,
                anchors: anchors?,
            })
        }
        "votes" => {
            let (source, versus) = (table.text("source"), table.parsed::<CandidateId>("versus"));
            let versus = versus?;
            named.references.push(versus.clone());
            Some(CriterionRule::Votes { source: source?.value, versus: versus.value, anchors: anchors? })
        }
        _ => {
            let (source, verified_only) = (table.text("source"), table.flag("verified_only"));
            let words = table.words("counts");
            let named_relation =
                |word: &At<String>| Relation::ALL.into_iter().find(|r| r.name() == word.value);
            let counts: Vec<_> = words.iter().filter_map(named_relation).collect();
            Some(CriterionRule::Derivatives {
                source: source?.value,
                counts: (!counts.is_empty()).then_some(counts)?,
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

type DecisionAt = (Decision, Range<usize>, Vec<At<CriterionId>>);

fn decision(table: &Table<'_>) -> Option<DecisionAt> {
    let (advance, confidence) = (table.count("advance"), table.number("confidence"));
    let texts = table.texts("tie_order");
    let mut criteria = Vec::new();
    let steps: Vec<_> = texts.iter().map(|text| tie_step(table, text, &mut criteria)).collect();
    let wildcard = if table.has("wildcard") {
        let inner = table.table("wildcard")?;
        let (places, majority, none_allowed) =
            (inner.count("places"), inner.number("majority"), inner.flag("none_allowed"));
        Some(Wildcard { places: places?, majority: majority?.value, none_allowed: none_allowed? })
    } else {
        None
    };
    let steps: Vec<_> = steps.into_iter().collect::<Option<_>>()?;
    let decision = Decision {
        advance: advance?,
        confidence: confidence?.value,
        tie_order: (!steps.is_empty()).then_some(steps)?,
        wildcard,
    };
    Some((decision, table.place("advance"), criteria))
}

fn tie_step(table: &Table<'_>, text: &At<&str>, criteria: &mut Vec<At<CriterionId>>) -> Option<TieStep> {
    if let Some(id) = text.value.strip_prefix("criterion:") {
        let id = table.parse_at::<CriterionId>("tie_order", &At { value: id, span: text.span.clone() })?;
        criteria.push(id.clone());
        return Some(TieStep::Criterion(id.value));
    }
    match text.value {
        "more_evidence" => Some(TieStep::MoreEvidence),
        "more_raters" => Some(TieStep::MoreRaters),
        "advance_all" => Some(TieStep::AdvanceAll),
        "lot" => Some(TieStep::Lot),
        other => {
            let near = nearest(other, TIE_WORDS).unwrap_or("advance_all");
            let arguments = vec![
                ("key", "tie_order".to_owned()),
                ("value", other.to_owned()),
                ("known", format!("criterion:ID, {}", TIE_WORDS.join(", "))),
                ("near", near.to_owned()),
            ];
            table.problems().note(Code::UnknownWord, text.span.clone(), arguments);
            None
        }
    }
}
