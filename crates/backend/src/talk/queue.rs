//! Who may talk now: slots for each candidate and in all, in the order of arrival.
//!
//! A conversation asks for all of its candidates together, so that a battle never holds one and waits for the other. The
//! line is walked from its beginning: whoever finds all slots free goes, and whoever does not keeps the claim on those that
//! it waits for. So nobody is overtaken on a slot that it needs, and nobody waits behind a candidate that it does not need.

use daepyo_core::CandidateId;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// How many conversations there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Answers written at once, over all candidates. A battle writes two.
    pub in_all: usize,
    /// Answers of one candidate at once, where `of` says nothing else.
    pub for_each: usize,
    /// Answers at once of single candidates.
    pub of: BTreeMap<CandidateId, usize>,
    /// Conversations that may wait; further ones are refused.
    pub waiting: usize,
}

/// A line for slots.
#[derive(Debug)]
pub struct Queue {
    limits: QueueLimits,
    state: Mutex<State>,
}

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// So many came before and wait, too.
    Waiting {
        /// 0 for the first of the line.
        ahead: usize,
    },
    /// It may begin, and holds its slots.
    Admitted,
}

/// Why a conversation cannot wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// As many wait as may.
    #[error("talk::queue_full: {waiting} conversations wait already")]
    Full {
        /// How many wait.
        waiting: usize,
    },
    /// It asks for more slots than there are: it would wait for ever.
    #[error("talk::too_few_slots: it needs more slots than there are")]
    TooFewSlots,
}

/// A place in the line, then the slots. Dropping it gives up either.
#[derive(Debug)]
pub struct Ticket {
    queue: Arc<Queue>,
    number: u64,
    candidates: BTreeMap<CandidateId, usize>,
    place: watch::Receiver<Place>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    waiting: VecDeque<Waiter>,
    used: BTreeMap<CandidateId, usize>,
    used_in_all: usize,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    candidates: BTreeMap<CandidateId, usize>,
    place: watch::Sender<Place>,
}

impl Queue {
    /// An empty line.
    pub fn new(limits: QueueLimits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    /// A place in the line for a conversation with all of these candidates at once; one that is named twice takes two slots.
    ///
    /// # Errors
    /// [`QueueError::Full`] where it would have to wait and as many wait as may; [`QueueError::TooFewSlots`].
    pub fn join(self: &Arc<Self>, candidates: &[CandidateId]) -> Result<Ticket, QueueError> {
        let mut needed = BTreeMap::new();
        for candidate in candidates {
            *needed.entry(candidate.clone()).or_insert(0) += 1;
        }
        let fits = |(candidate, count): (&CandidateId, &usize)| *count <= self.slots_of(candidate);
        if candidates.len() > self.limits.in_all || !needed.iter().all(fits) {
            return Err(QueueError::TooFewSlots);
        }
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let (sender, place) = watch::channel(Place::Waiting { ahead: state.waiting.len() });
        state.waiting.push_back(Waiter { number, candidates: needed.clone(), place: sender });
        self.advance(&mut state);
        let waiting = state.waiting.len();
        // Only the last one can be too many.
        if waiting > self.limits.waiting {
            state.waiting.pop_back();
            return Err(QueueError::Full { waiting: waiting - 1 });
        }
        drop(state);
        Ok(Ticket { queue: Arc::clone(self), number, candidates: needed, place })
    }

    /// Conversations that wait.
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Slots that are taken.
    pub fn used(&self) -> usize {
        self.state().used_in_all
    }

    fn slots_of(&self, candidate: &CandidateId) -> usize {
        self.limits.of.get(candidate).copied().unwrap_or(self.limits.for_each)
    }

    /// Lets everyone in whose turn it is, and tells the others where they stand.
    fn advance(&self, state: &mut State) {
        // What those further ahead in the line wait for.
        let mut claimed: BTreeMap<CandidateId, usize> = BTreeMap::new();
        let mut is_full = false;
        let mut still = VecDeque::with_capacity(state.waiting.len());
        for waiter in std::mem::take(&mut state.waiting) {
            let is_free = waiter.candidates.iter().all(|(candidate, count)| {
                let taken = |slots: &BTreeMap<_, _>| slots.get(candidate).copied().unwrap_or(0);
                taken(&state.used) + taken(&claimed) + count <= self.slots_of(candidate)
            });
            let count: usize = waiter.candidates.values().sum();
            let has_room = state.used_in_all + count <= self.limits.in_all;
            if is_free && has_room && !is_full {
                for (candidate, count) in &waiter.candidates {
                    *state.used.entry(candidate.clone()).or_insert(0) += count;
                }
                state.used_in_all += count;
                waiter.place.send_replace(Place::Admitted);
                continue;
            }
            // It takes the next room that there is in all, or else those who need less would always take it.
            is_full |= is_free;
            for (candidate, count) in &waiter.candidates {
                *claimed.entry(candidate.clone()).or_insert(0) += count;
            }
            still.push_back(waiter);
        }
        state.waiting = still;
        for (ahead, waiter) in state.waiting.iter().enumerate() {
            let now = Place::Waiting { ahead };
            waiter.place.send_if_modified(|place| std::mem::replace(place, now) != now);
        }
    }

    fn leave(&self, number: u64, candidates: &BTreeMap<CandidateId, usize>) {
        let mut state = self.state();
        if let Ok(at) = state.waiting.binary_search_by_key(&number, |waiter| waiter.number) {
            state.waiting.remove(at);
        } else {
            for (candidate, count) in candidates {
                if let Some(used) = state.used.get_mut(candidate) {
                    *used = used.saturating_sub(*count);
                }
            }
            state.used.retain(|_, used| *used > 0);
            state.used_in_all = state.used_in_all.saturating_sub(candidates.values().sum());
        }
        self.advance(&mut state);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Where it stands, now and from now on.
    pub fn place(&self) -> watch::Receiver<Place> {
        self.place.clone()
    }

    /// Waits until the conversation may begin; it may as long as this ticket is kept.
    pub async fn admitted(&mut self) {
        // The sender is dropped after it has said so, never before.
        let _ = self.place.wait_for(|place| *place == Place::Admitted).await;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.queue.leave(self.number, &self.candidates);
    }
}
