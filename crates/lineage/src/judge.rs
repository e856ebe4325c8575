//! What follows from figures: which tests reject independence, and what is said of a component and of all of them. A
//! published comparison can be judged again from its record alone.

use crate::battery::trace::float;
use crate::finding::{Comparison, ComponentFinding, Hidden, TestFinding, Verdict};
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

/// A mean similarity that much above its null is no trace, but the same rows.
const PLAIN: f64 = 0.1;

/// Whether the test's rows are the same ones, not only more alike than chance lets them be.
pub(crate) fn is_plain(test: &TestFinding) -> bool {
    test.matched - test.expected >= PLAIN
}

/// What is said of a component, by its bytes and by which tests reject.
pub(crate) fn component(found: &ComponentFinding) -> Verdict {
    let [mine, theirs] = found.bytes.tensors;
    if mine > 0 && mine == theirs && found.bytes.same_tensors == mine {
        return Verdict::SameBytes;
    }
    let rejects = |test: &str| found.tests.iter().any(|finding| finding.test == test && finding.rejects);
    // Matching layers make up half of the model with fewer layers, or rows plainly match in so many of them.
    let fewest = found.layer_counts.into_iter().min().unwrap_or(0);
    let covers =
        |test: &TestFinding| found.layers.len() * 2 >= fewest || (is_plain(test) && test.pairs * 2 >= fewest);
    let rows = found.tests.iter().any(|test| test.test == "T2" && test.rejects && covers(test));
    if rejects("T4") || rows {
        return Verdict::Derived;
    }
    // Norms and embeddings that match where no layer does: a part was kept, and the rest was made anew or moved.
    if rejects("T1") || rejects("T2") || rejects("T3") || found.bytes.same_tensors > 0 {
        return Verdict::SharesComponent;
    }
    if found.tests.is_empty() { Verdict::NotTestable } else { Verdict::NoEvidence }
}

/// What is said of all components together. Those that could not be tested say nothing of the others; nor does a head or
/// an adapter in which nothing was found, where the language model's dimensions were found to be moved: as they lie, its
/// rows could not match.
pub(crate) fn over_all(components: &[ComponentFinding]) -> Verdict {
    let moved = components.iter().any(is_moved);
    let counts = |found: &&ComponentFinding| match found.verdict {
        Verdict::NotTestable => false,
        Verdict::NoEvidence => !(moved && matches!(found.component.as_str(), "head" | "adapter")),
        Verdict::SameBytes | Verdict::Derived | Verdict::SharesComponent => true,
    };
    let tested: BTreeSet<Verdict> = components.iter().filter(counts).map(|found| found.verdict).collect();
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

fn is_moved(found: &ComponentFinding) -> bool {
    let moved = |test: &TestFinding| {
        test.rejects && test.aligned.is_some_and(|aligned| aligned.hidden != Hidden::Same)
    };
    found.component == "language" && found.verdict == Verdict::Derived && found.tests.iter().any(moved)
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
