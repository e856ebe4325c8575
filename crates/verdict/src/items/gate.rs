//! The non-inferiority gate on a table of items: at least a ratio of every reference.
//!
//! Per item `D = s(candidate) - ratio * s(reference)` on documents that both answered; passed against one reference where
//! the one-sided lower bound of the weighted clustered mean of `D` is at least 0, failed where the upper bound is below 0,
//! and passed as a whole only against every reference (intersection-union test, Berger 1982).

use super::{ItemTable, ItemsError, contrast::Contrast, error::between};
use daepyo_core::GateOutcome;
use serde::{Deserialize, Serialize};

/// The rule of a gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar<'a> {
    /// The references, all of which have to be reached; at least one.
    pub references: &'a [&'a str],
    /// The ratio to reach, between 0 and 2.
    pub ratio: f64,
    /// One-sided confidence, between .5 and 1.
    pub confidence: f64,
    /// Whether guessing is taken out of scores.
    pub chance_corrected: bool,
}

/// A candidate against one reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BarComparison {
    /// The reference.
    pub reference: String,
    /// Mean of candidate minus ratio times reference.
    pub difference: f64,
    /// Its clustered standard error; none where a task has fewer than two clusters.
    pub standard_error: Option<f64>,
    /// Degrees of freedom.
    pub freedom: Option<f64>,
    /// One-sided lower bound.
    pub lower: Option<f64>,
    /// One-sided upper bound.
    pub upper: Option<f64>,
    /// The reference's mean score on the same documents.
    pub reference_score: f64,
    /// Documents that both answered.
    pub documents: u64,
    /// The outcome against this reference alone.
    pub outcome: GateOutcome,
}

/// What a gate is judged from.
pub(crate) struct Judged {
    pub(crate) contrast: Contrast,
    pub(crate) comparison: BarComparison,
}

impl Bar<'_> {
    /// Places of the references; fails for a rule out of range.
    pub(crate) fn check(&self, table: &ItemTable<'_>) -> Result<Vec<usize>, ItemsError> {
        between("ratio", self.ratio, 0.0, 2.0, "above 0 and below 2")?;
        between("confidence", self.confidence, 0.5, 1.0, "above .5 and below 1")?;
        if self.references.is_empty() {
            return Err(ItemsError::Empty { what: "reference" });
        }
        self.references.iter().map(|id| table.place(id)).collect()
    }

    /// A candidate against every reference, over the items for which `kept(reference, item)` holds.
    pub(crate) fn judge(
        &self,
        table: &ItemTable<'_>,
        candidate: usize,
        kept: impl Fn(usize, usize) -> bool,
    ) -> Result<Vec<Judged>, ItemsError> {
        let references = self.check(table)?;
        let mut all = Vec::with_capacity(references.len());
        for reference in references {
            let apart = |task: usize| ItemsError::Apart {
                first: table.id(candidate),
                second: table.id(reference),
                task: table.tasks.get(task).map_or(String::new(), |task| task.name.to_owned()),
            };
            let both = |item: usize| {
                let own = table.score(candidate, item, self.chance_corrected)?;
                let other = table.score(reference, item, self.chance_corrected)?;
                kept(reference, item).then_some((own, other))
            };
            let contrast =
                Contrast::new(table, |item| both(item).map(|(own, other)| own - self.ratio * other))
                    .map_err(apart)?;
            let score = Contrast::new(table, |item| both(item).map(|(_, other)| other)).map_err(apart)?;
            let mean = contrast.mean;
            let bounds = mean.bounds(self.confidence);
            let outcome = match bounds {
                Some((lower, _)) if lower >= 0.0 => GateOutcome::Passed,
                Some((_, upper)) if upper < 0.0 => GateOutcome::Failed,
                Some(_) | None => GateOutcome::NotShown,
            };
            let comparison = BarComparison {
                reference: table.id(reference),
                difference: mean.mean,
                standard_error: mean.standard_error,
                freedom: mean.freedom,
                lower: bounds.map(|(lower, _)| lower),
                upper: bounds.map(|(_, upper)| upper),
                reference_score: score.mean.mean,
                documents: crate::number::wide(contrast.documents()),
                outcome,
            };
            all.push(Judged { contrast, comparison });
        }
        Ok(all)
    }
}

/// Passed only against all, failed against any, else not shown.
pub(crate) fn overall(outcomes: &[GateOutcome]) -> GateOutcome {
    if outcomes.contains(&GateOutcome::Failed) {
        GateOutcome::Failed
    } else if !outcomes.is_empty() && outcomes.iter().all(|one| *one == GateOutcome::Passed) {
        GateOutcome::Passed
    } else {
        GateOutcome::NotShown
    }
}
