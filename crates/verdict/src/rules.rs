//! The rules of one stage, and the check that they can be applied at all.

use crate::DecideError;
use daepyo_core::{
    Anchor, Anchors, CandidateId, CriterionRule, Digest, GateRule, Programme, Stage, SuiteWeight, TieStep,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a decision follows: a validated programme, one of its stages, and the digest of the sealed form.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The programme.
    pub programme: &'a Programme,
    /// The stage to decide; its seed and draws are used.
    pub stage: &'a Stage,
    /// SHA-256 of the sealed rules, written into the verdict.
    pub rules_digest: Digest,
}

/// Everything that can be measured: the candidates in file order, then the references in file order.
#[derive(Debug)]
pub(crate) struct Roster<'a> {
    pub(crate) ids: Vec<&'a CandidateId>,
    pub(crate) candidates: usize,
    /// Places in `ids` of the references in the stage's window.
    pub(crate) window: Vec<usize>,
    places: BTreeMap<&'a CandidateId, usize>,
}

impl<'a> Roster<'a> {
    fn new(rules: &Rules<'a>) -> Self {
        let programme = rules.programme;
        let candidates = programme.candidates.iter().map(|candidate| &candidate.submission.id);
        let references = programme.references.iter().map(|reference| &reference.submission.id);
        let ids: Vec<_> = candidates.chain(references).collect();
        let places: BTreeMap<_, _> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let window = programme
            .window(rules.stage)
            .filter_map(|reference| places.get(&reference.submission.id).copied())
            .collect();
        Self { candidates: programme.candidates.len(), ids, window, places }
    }

    pub(crate) fn place(&self, id: &CandidateId) -> Option<usize> {
        self.places.get(id).copied()
    }

    pub(crate) fn id(&self, place: usize) -> Option<&'a CandidateId> {
        self.ids.get(place).copied()
    }
}

/// The roster, or why the rules can't be applied. A programme that `daepyo check` accepts passes.
pub(crate) fn check<'a>(rules: &Rules<'a>) -> Result<Roster<'a>, DecideError> {
    let invalid = |problem: String| Err(DecideError::InvalidRules { problem });
    let stage = rules.stage;
    let roster = Roster::new(rules);
    if roster.candidates == 0 {
        return invalid("the programme has no candidate".to_owned());
    }
    if roster.places.len() != roster.ids.len() {
        return invalid("two candidates or references share an id".to_owned());
    }
    if stage.draws == 0 {
        return invalid("the stage has no draws".to_owned());
    }
    let limit = stage.infrastructure_failure_limit;
    if !(0.0..=1.0).contains(&limit) {
        return invalid(format!("an infrastructure failure limit of {limit}"));
    }
    let confidence = stage.decision.confidence;
    if !(confidence > 0.5 && confidence <= 1.0) {
        return invalid(format!("a decision at confidence {confidence}"));
    }
    let mut names = BTreeSet::new();
    for gate in &stage.gates {
        let gate_rule = check_gate(rules, &roster, &gate.rule);
        if let Err(problem) = gate_rule {
            return invalid(format!("gate `{}`: {problem}", gate.id));
        }
        if !names.insert(gate.id.as_str()) {
            return invalid(format!("gate `{}` is there twice", gate.id));
        }
    }
    let mut names = BTreeSet::new();
    for criterion in &stage.criteria {
        if let Err(problem) = check_criterion(rules, &roster, &criterion.rule) {
            return invalid(format!("criterion `{}`: {problem}", criterion.id));
        }
        if !(criterion.weight.is_finite() && criterion.weight >= 0.0) {
            return invalid(format!("criterion `{}` weighs {}", criterion.id, criterion.weight));
        }
        if !names.insert(criterion.id.as_str()) {
            return invalid(format!("criterion `{}` is there twice", criterion.id));
        }
    }
    if let Err(problem) = check_course(stage) {
        return invalid(problem);
    }
    for step in &stage.decision.tie_order {
        if let TieStep::Criterion(id) = step
            && !names.contains(id.as_str())
        {
            return invalid(format!("the tie order names criterion `{id}`"));
        }
    }
    Ok(roster)
}

/// Looks, what is carried over, and the wildcard.
fn check_course(stage: &Stage) -> Result<(), String> {
    if let Some(looks) = &stage.decision.looks {
        let mut criteria = stage.criteria.iter();
        let rule = criteria.find(|criterion| criterion.id == looks.criterion).map(|found| &found.rule);
        match rule {
            None => return Err(format!("the looks name criterion `{}`", looks.criterion)),
            Some(CriterionRule::Derivatives { .. }) => {
                return Err(format!("the looks name `{}`, a count without uncertainty", looks.criterion));
            }
            Some(
                CriterionRule::Benchmark { .. } | CriterionRule::Marks { .. } | CriterionRule::Votes { .. },
            ) => {}
        }
        if looks.full == 0 {
            return Err("looks at evidence of which none is planned".to_owned());
        }
    }
    if let Some(carry) = &stage.carry {
        if !(0.0..=1.0).contains(&carry.share) {
            return Err(format!("a share of {} carried over", carry.share));
        }
        if carry.stage == stage.id {
            return Err("points carried over from the stage itself".to_owned());
        }
    }
    match &stage.decision.wildcard {
        Some(wildcard) if !(0.0..1.0).contains(&wildcard.majority) => {
            Err(format!("a wildcard by a majority of more than {}", wildcard.majority))
        }
        Some(_) | None => Ok(()),
    }
}

fn check_gate(rules: &Rules<'_>, roster: &Roster<'_>, rule: &GateRule) -> Result<(), String> {
    let level = |confidence: f64| {
        if confidence > 0.5 && confidence < 1.0 { Ok(()) } else { Err(format!("confidence {confidence}")) }
    };
    match rule {
        GateRule::NonInferiority { suites, ratio, confidence, chance_corrected: _ } => {
            check_suites(rules, suites)?;
            level(*confidence)?;
            if !(ratio.is_finite() && *ratio > 0.0) {
                return Err(format!("ratio {ratio}"));
            }
            if roster.window.is_empty() {
                return Err("no reference in the window".to_owned());
            }
        }
        GateRule::Threshold { suites, minimum, confidence } => {
            check_suites(rules, suites)?;
            level(*confidence)?;
            if !minimum.is_finite() {
                return Err(format!("minimum {minimum}"));
            }
        }
        GateRule::Independence { level, .. } => {
            if !(*level > 0.0 && *level < 1.0) {
                return Err(format!("level {level}"));
            }
        }
        GateRule::Finding { .. } => {}
    }
    Ok(())
}

fn check_suites(rules: &Rules<'_>, suites: &[SuiteWeight]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for weight in suites {
        if rules.programme.suite(&weight.suite).is_none() || !seen.insert(&weight.suite) {
            return Err(format!("suite `{}` is unknown or there twice", weight.suite));
        }
    }
    check_weights(suites.iter().map(|weight| weight.weight))
}

fn check_weights(weights: impl Iterator<Item = f64>) -> Result<(), String> {
    let mut total = 0.0;
    for weight in weights {
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(format!("a weight of {weight}"));
        }
        total += weight;
    }
    if total > 0.0 { Ok(()) } else { Err("nothing with a weight".to_owned()) }
}

fn check_criterion(rules: &Rules<'_>, roster: &Roster<'_>, rule: &CriterionRule) -> Result<(), String> {
    match rule {
        CriterionRule::Benchmark { suites, anchors } => {
            check_suites(rules, suites)?;
            for anchor in [&anchors.zero, &anchors.full] {
                if let Anchor::Reference(id) = anchor
                    && roster.place(id).is_none()
                {
                    return Err(format!("anchor `{id}` is unknown"));
                }
            }
            if anchors.zero == anchors.full {
                return Err("both anchors are the same".to_owned());
            }
            check_values(anchors)
        }
        CriterionRule::Marks { minimum, maximum, items, anchors, .. } => {
            if !(minimum.is_finite() && maximum.is_finite() && minimum < maximum) {
                return Err(format!("a scale from {minimum} to {maximum}"));
            }
            if items.iter().map(|item| &item.id).collect::<BTreeSet<_>>().len() != items.len() {
                return Err("a question of the rubric is there twice".to_owned());
            }
            check_weights(items.iter().map(|item| item.weight))?;
            fixed(anchors).map(|_| ())
        }
        CriterionRule::Votes { versus, anchors, .. } => {
            if roster.place(versus).is_none() {
                return Err(format!("`{versus}` is unknown"));
            }
            fixed(anchors).map(|_| ())
        }
        CriterionRule::Derivatives { anchors, .. } => fixed(anchors).map(|_| ()),
    }
}

fn check_values(anchors: &Anchors) -> Result<(), String> {
    for anchor in [&anchors.zero, &anchors.full] {
        if let Anchor::Value(value) = anchor
            && !value.is_finite()
        {
            return Err(format!("anchor {value}"));
        }
    }
    Ok(())
}

/// The two ends of a scale that must be written values.
pub(crate) fn fixed(anchors: &Anchors) -> Result<(f64, f64), String> {
    check_values(anchors)?;
    match (&anchors.zero, &anchors.full) {
        (Anchor::Value(zero), Anchor::Value(full)) if (zero - full).abs() > f64::EPSILON => {
            Ok((*zero, *full))
        }
        (Anchor::Value(_), Anchor::Value(_)) => Err("both anchors are the same".to_owned()),
        (Anchor::Chance | Anchor::Reference(_), _) | (_, Anchor::Chance | Anchor::Reference(_)) => {
            Err("an anchor that is not a written value".to_owned())
        }
    }
}
