//! What follows from figures: which tests reject independence, and what is said of a component and of all of them. A
//! published comparison can be judged again from its record alone.

use crate::battery::trace::float;
use crate::finding::{Comparison, ComponentFinding, TestFinding, Verdict};
use std::collections::BTreeSet;

/// Holm's correction: from the least p on, each against the level over the number of tests that are left.
pub(crate) fn holm(tests: &mut [TestFinding], level: f64) {
    let mut order: Vec<usize> = (0..tests.len()).collect();
    order.sort_by(|one, other| {
        let log10_p = |place: &usize| tests.get(*place).map_or(0.0, |finding| finding.log10_p);
        log10_p(one).total_cmp(&log10_p(other))
    });
    let count = tests.len();
    for finding in tests.iter_mut() {
        finding.rejects = false;
    }
    for (rank, place) in order.into_iter().enumerate() {
        let Some(finding) = tests.get_mut(place) else { return };
        if finding.log10_p > libm::log10(level / float(count - rank)) {
            return;
        }
        finding.rejects = true;
    }
}

/// What is said of a component, by its bytes and by which tests reject.
pub(crate) fn component(found: &ComponentFinding) -> Verdict {
    let [mine, theirs] = found.bytes.tensors;
    if mine > 0 && mine == theirs && found.bytes.same_tensors == mine {
        return Verdict::SameBytes;
    }
    let rejects = |test: &str| found.tests.iter().any(|finding| finding.test == test && finding.rejects);
    // Matching layers make up half of the model with fewer layers.
    let covers = found.layers.len() * 2 >= found.layer_counts.into_iter().min().unwrap_or(0);
    if rejects("T4") || ((rejects("T1") || rejects("T2")) && (covers || rejects("T3"))) {
        return Verdict::Derived;
    }
    if rejects("T1") || rejects("T2") || rejects("T3") || found.bytes.same_tensors > 0 {
        return Verdict::SharesComponent;
    }
    if found.tests.is_empty() { Verdict::NotTestable } else { Verdict::NoEvidence }
}

/// Components that could not be tested say nothing of the others.
pub(crate) fn over_all(components: &[ComponentFinding]) -> Verdict {
    let verdicts: BTreeSet<Verdict> = components.iter().map(|component| component.verdict).collect();
    let tested: BTreeSet<Verdict> =
        verdicts.into_iter().filter(|verdict| *verdict != Verdict::NotTestable).collect();
    let Some(least) = tested.iter().next_back() else { return Verdict::NotTestable };
    let shares = |verdict: &Verdict| match verdict {
        Verdict::SameBytes | Verdict::Derived | Verdict::SharesComponent => true,
        Verdict::NoEvidence | Verdict::NotTestable => false,
    };
    // In order: same bytes, derived, shares a component, no evidence.
    match least {
        Verdict::NoEvidence if tested.iter().any(shares) => Verdict::SharesComponent,
        least => *least,
    }
}

impl Comparison {
    /// Whether its verdicts follow from its figures: Holm's correction and every verdict are made again.
    pub fn follows(&self) -> bool {
        let components = self.components.iter().all(|found| {
            let mut again = found.clone();
            holm(&mut again.tests, self.options.level);
            again.verdict = component(&again);
            again == *found
        });
        components && self.verdict == over_all(&self.components)
    }
}
