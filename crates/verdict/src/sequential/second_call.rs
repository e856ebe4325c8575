//! A second call lets a newcomer in without moving the scale: the same suites, anchors, weights and gates.

use daepyo_core::{Programme, Stage, StageId};
use serde::{Deserialize, Serialize};

/// Something that a newcomer would be measured on otherwise than those before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleChange {
    /// The stage is not in both programmes.
    Stage,
    /// This criterion is new, gone, or has another weight or rule.
    Criterion(String),
    /// This gate is new, gone, or has another rule.
    Gate(String),
    /// This suite that the stage uses is not the same.
    Suite(String),
    /// This reference is not the same, or another set is in the window.
    Reference(String),
    /// Another confidence, number of places or order of ties.
    Decision,
}

/// What of `stage` differs between two versions of a programme beyond its teams and candidates; nothing where a
/// newcomer's points mean the same as everybody else's. Titles may change.
pub fn scale_changes(before: &Programme, after: &Programme, stage: &StageId) -> Vec<ScaleChange> {
    let (Some(old), Some(new)) = (before.stage(stage), after.stage(stage)) else {
        return vec![ScaleChange::Stage];
    };
    let mut changes = Vec::new();
    let rule = |stage: &Stage, id: &str| {
        let found = stage.criteria.iter().find(|criterion| criterion.id.as_str() == id);
        found.map(|criterion| (criterion.weight, criterion.rule.clone()))
    };
    for criterion in old.criteria.iter().chain(&new.criteria) {
        let id = criterion.id.as_str();
        if rule(old, id) != rule(new, id) {
            changes.push(ScaleChange::Criterion(id.to_owned()));
        }
    }
    let gate = |stage: &Stage, id: &str| {
        let found = stage.gates.iter().find(|gate| gate.id.as_str() == id);
        found.map(|gate| (gate.rule.clone(), gate.not_shown))
    };
    for id in old.gates.iter().chain(&new.gates).map(|gate| gate.id.as_str()) {
        if gate(old, id) != gate(new, id) {
            changes.push(ScaleChange::Gate(id.to_owned()));
        }
    }
    for id in old.suites().into_iter().chain(new.suites()) {
        let suite = |programme: &Programme| {
            let suite = programme.suite(id);
            suite.map(|suite| (suite.path.clone(), suite.tasks.clone(), suite.limit, suite.num_fewshot))
        };
        if suite(before) != suite(after) {
            changes.push(ScaleChange::Suite(id.to_string()));
        }
    }
    for reference in before.references.iter().chain(&after.references) {
        let id = &reference.submission.id;
        let known = |programme: &Programme, stage: &Stage| {
            let found = programme.references.iter().find(|other| other.submission.id == *id);
            let inside = programme.window(stage).any(|other| other.submission.id == *id);
            found.map(|found| (found.submission.digest, inside))
        };
        if known(before, old) != known(after, new) {
            changes.push(ScaleChange::Reference(id.to_string()));
        }
    }
    if old.decision != new.decision || old.carry != new.carry {
        changes.push(ScaleChange::Decision);
    }
    changes.sort();
    changes.dedup();
    changes
}
