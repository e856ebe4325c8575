//! Who of a live contest can be talked to, and how many may at once.

use daepyo_backend::talk::{Queue, QueueLimits, Talk};
use daepyo_core::CandidateId;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Answers that one contestant writes at once, where nothing else is said.
const FOR_EACH: usize = 10_000;

/// The contestants of live contests, as conversations reach them.
#[derive(Clone)]
pub struct Talks {
    by_candidate: BTreeMap<CandidateId, Arc<dyn Talk>>,
    slots: BTreeMap<CandidateId, usize>,
    /// Answers that are written at once, over all contestants; a conversation takes two.
    pub in_all: usize,
    /// Conversations that may wait for their turn; further ones are refused.
    pub waiting: usize,
}

impl Default for Talks {
    /// Nobody; 8,000 answers at once and 2,000 conversations that wait.
    fn default() -> Self {
        Self { by_candidate: BTreeMap::new(), slots: BTreeMap::new(), in_all: 8_000, waiting: 2_000 }
    }
}

impl fmt::Debug for Talks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_candidate.keys()).finish()
    }
}

impl Talks {
    /// Adds a contestant, which writes at most `slots` answers at once where that is bounded.
    pub fn add(&mut self, candidate: CandidateId, talk: Arc<dyn Talk>, slots: Option<usize>) {
        self.slots.extend(slots.map(|slots| (candidate.clone(), slots)));
        self.by_candidate.insert(candidate, talk);
    }

    /// How a contestant is talked to, where it can be.
    pub(crate) fn of(&self, candidate: &CandidateId) -> Option<&Arc<dyn Talk>> {
        self.by_candidate.get(candidate)
    }

    /// The line in which conversations wait.
    pub(crate) fn queue(&self) -> Arc<Queue> {
        Arc::new(Queue::new(QueueLimits {
            in_all: self.in_all,
            for_each: FOR_EACH,
            of: self.slots.clone(),
            waiting: self.waiting,
        }))
    }
}
