//! How a stage decides, and what it takes over from an earlier one.

use crate::layout::TIE_WORDS;
use crate::problem::{Code, Problem, nearest};
use crate::reader::{At, Table};
use daepyo_core::{CarryOver, CriterionId, Decision, Looks, Spending, StageId, TieStep, Wildcard};

/// What could be read of how a stage decides.
#[derive(Default)]
pub(crate) struct Decided {
    pub(crate) decision: Option<Decision>,
    pub(crate) advance: Option<At<u32>>,
    pub(crate) tie_criteria: Vec<At<CriterionId>>,
    /// The file of the panel's votes.
    pub(crate) wildcard_source: Option<At<String>>,
    /// The criterion of the looks.
    pub(crate) look_criterion: Option<At<CriterionId>>,
}

pub(crate) fn decision(table: &Table<'_>) -> Decided {
    let (advance, confidence) = (table.count("advance"), table.number("confidence"));
    let texts = table.texts("tie_order");
    let mut tie_criteria = Vec::new();
    let steps: Vec<_> = texts.iter().filter_map(|text| tie_step(table, text, &mut tie_criteria)).collect();
    let has_all_steps = !steps.is_empty() && steps.len() == table.listed("tie_order");
    let has_wildcard = table.has("wildcard");
    let wildcard = if has_wildcard { table.table("wildcard") } else { None };
    let wildcard_source = wildcard.as_ref().and_then(|inner| inner.optional("source"));
    let wildcard = wildcard.and_then(|inner| wildcard_of(&inner));
    let has_looks = table.has("looks");
    let looks = if has_looks { table.table("looks") } else { None };
    let (look_criterion, looks) = looks.map(|inner| looks_of(&inner)).unwrap_or_default();
    let is_whole = has_all_steps && wildcard.is_some() == has_wildcard && looks.is_some() == has_looks;
    let decision = advance.zip(confidence).filter(|_| is_whole).map(|(advance, confidence)| Decision {
        advance,
        confidence: confidence.value,
        tie_order: steps,
        wildcard,
        looks,
    });
    let advance = advance.map(|value| At { value, span: table.place("advance") });
    Decided { decision, advance, tie_criteria, wildcard_source, look_criterion }
}

fn wildcard_of(table: &Table<'_>) -> Option<Wildcard> {
    let (places, majority, none_allowed) =
        (table.count("places"), table.number("majority"), table.flag("none_allowed"));
    let source = table.optional("source").map(|source| source.value);
    Some(Wildcard { places: places?, majority: majority?.value, none_allowed: none_allowed?, source })
}

/// The looks, with the place of the criterion that they name.
fn looks_of(table: &Table<'_>) -> (Option<At<CriterionId>>, Option<Looks>) {
    let (spending, criterion, full) =
        (table.word("spending"), table.parsed::<CriterionId>("criterion"), table.integer("full"));
    let spending = spending.map(|word| match word.value.as_str() {
        "pocock" => Spending::Pocock,
        _ => Spending::OBrienFleming,
    });
    let looks = spending.zip(criterion.clone()).zip(full).map(|((spending, criterion), full)| Looks {
        spending,
        criterion: criterion.value,
        full: full.value,
    });
    (criterion, looks)
}

/// What a stage carries over, with the place of the stage that it names.
pub(crate) fn carry(table: &Table<'_>) -> (Option<At<StageId>>, Option<CarryOver>) {
    if !table.has("carry") {
        return (None, None);
    }
    let Some(inner) = table.table("carry") else { return (None, None) };
    let (stage, share) = (inner.parsed::<StageId>("stage"), inner.number("share"));
    let carry =
        stage.clone().zip(share).map(|(stage, share)| CarryOver { stage: stage.value, share: share.value });
    (stage, carry)
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
            table.problems().push(
                Problem::new(Code::UnknownWord, text.span.clone())
                    .with("key", "tie_order")
                    .with("value", other)
                    .with("known", format!("criterion:ID, {}", TIE_WORDS.join(", ")))
                    .with("near", near),
            );
            None
        }
    }
}
