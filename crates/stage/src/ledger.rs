//! What is spent on a candidate's server, written down before it is spent where a budget bounds it.
//!
//! A request is admitted only where it fits the budget together with all that was taken so far and the most that the
//! requests under way can take. Where a budget is written, the count that would be reached is on the disk before the
//! request is sent, so that a killed run comes back knowing it; requests that were under way then count with the most
//! that they can have taken.

use crate::StageError;
use daepyo_backend::{Charge, Meter};
use daepyo_core::{Budget, CandidateId, Digest, Price, Response, Submission};
use daepyo_store::{Spending, Store, StoreError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Rounding of a sum of money: within this share of the limit, it is the limit.
const ROUNDING: f64 = 1e-9;

/// What was spent on a candidate or reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Spent {
    /// Whose server.
    pub candidate: CandidateId,
    /// Requests and tokens, by the server's own word where it gave it; over all runs of the same folder.
    pub charge: Charge,
    /// Their cost, where the price is known.
    pub cost: Option<Money>,
}

impl Spent {
    /// What so many requests and tokens come to at the price of `submission`.
    pub(crate) fn of(submission: &Submission, charge: Charge) -> Self {
        let price = submission.price.as_ref();
        let cost = price.map(|price| Money::of(price, charge.prompt_tokens, charge.completion_tokens));
        Self { candidate: submission.id.clone(), charge, cost }
    }
}

/// An amount with its currency.
#[derive(Clone, Debug, PartialEq)]
pub struct Money {
    /// How much.
    pub amount: f64,
    /// Of what.
    pub currency: String,
}

impl Money {
    /// The cost of so many tokens.
    pub(crate) fn of(price: &Price, prompt_tokens: u64, completion_tokens: u64) -> Self {
        Self { amount: price.cost(prompt_tokens, completion_tokens), currency: price.currency.clone() }
    }
}

/// Where a budget ended the measuring of a candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetStop {
    /// What was spent.
    pub spent: Spent,
    /// What may be spent.
    pub budget: Budget,
    /// Requests of the plan that have no answer yet; none where it ended before there was a plan.
    pub left: Option<u64>,
}

pub(crate) struct Ledger {
    id: CandidateId,
    digest: Digest,
    budget: Budget,
    price: Option<Price>,
    store: Store,
    state: Mutex<State>,
    changed: Notify,
    /// Held by the one who writes; who waits for it often finds its own count written.
    writer: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    spent: Charge,
    /// The most that the requests under way can take.
    reserved: Charge,
    is_closed: bool,
    /// Counts admissions, and those that are on the disk.
    admitted: u64,
    written: u64,
    failed: Option<StoreError>,
}

impl Ledger {
    /// The ledger of a submission, with what earlier runs spent; `budget` goes before what the submission says.
    pub(crate) async fn open(
        store: &Store,
        submission: &Submission,
        budget: Budget,
    ) -> Result<Self, StageError> {
        let spending = store.spending(submission.digest).await.map_err(StageError::Store)?;
        let spent = Charge {
            requests: spending.requests,
            prompt_tokens: spending.prompt_tokens,
            completion_tokens: spending.completion_tokens,
            untold: spending.untold,
        };
        Ok(Self {
            id: submission.id.clone(),
            digest: submission.digest,
            budget: submission.budget.unwrap_or_default().overridden(budget),
            price: submission.price.clone(),
            store: store.clone(),
            state: Mutex::new(State { spent, ..State::default() }),
            changed: Notify::new(),
            writer: tokio::sync::Mutex::new(()),
        })
    }

    /// What was spent, without what is under way.
    pub(crate) fn spent(&self) -> Spent {
        let charge = self.lock().spent;
        let cost =
            self.price.as_ref().map(|price| Money::of(price, charge.prompt_tokens, charge.completion_tokens));
        Spent { candidate: self.id.clone(), charge, cost }
    }

    /// Whether a request that takes at most this would be admitted now.
    pub(crate) fn has_room(&self, most: Charge) -> bool {
        self.fits(&self.lock(), most)
    }

    /// That the budget ended the measuring, with so many requests left; or why the count could not be kept.
    pub(crate) fn stopped(&self, left: Option<u64>) -> StageError {
        if let Some(cause) = self.lock().failed.take() {
            return StageError::Store(cause);
        }
        StageError::Budget { stops: vec![BudgetStop { spent: self.spent(), budget: self.budget, left }] }
    }

    /// Stores answers of this candidate, with what was spent where nothing bounds it: a bounded count is on the disk
    /// already, and must not fall behind what is being admitted.
    pub(crate) async fn keep(&self, batch: &[(Digest, Response)]) -> Result<(), StageError> {
        let stored = if self.budget.is_unbounded() {
            self.store.put_spent(self.digest, batch, self.to_store()).await
        } else {
            self.store.put(self.digest, batch).await
        };
        stored.map_err(StageError::Store)
    }

    /// What to store as spent: where a budget is bounded, the most of what is under way is in it.
    fn to_store(&self) -> Spending {
        let state = self.lock();
        let charge = if self.budget.is_unbounded() { state.spent } else { bound(&state) };
        spending(charge)
    }

    /// Stores the count once nothing is under way any more.
    pub(crate) async fn close(&self) -> Result<(), StageError> {
        let _writer = self.writer.lock().await;
        self.store.put_spending(self.digest, self.to_store()).await.map_err(StageError::Store)
    }

    fn fits(&self, state: &State, most: Charge) -> bool {
        let all = state.spent.plus(state.reserved).plus(most);
        let within = |limit: Option<u64>, count: u64| limit.is_none_or(|limit| count <= limit);
        let cost = self.price.as_ref().map(|price| price.cost(all.prompt_tokens, all.completion_tokens));
        within(self.budget.requests, all.requests)
            && within(self.budget.tokens, all.prompt_tokens.saturating_add(all.completion_tokens))
            && self.budget.cost.is_none_or(|limit| cost.is_some_and(|cost| cost <= limit * (1.0 + ROUNDING)))
    }

    /// Brings the count to the disk; false where that fails.
    async fn write(&self) -> bool {
        let wanted = self.lock().admitted;
        let _writer = self.writer.lock().await;
        let (count, admitted) = {
            let state = self.lock();
            if state.written >= wanted {
                return state.failed.is_none();
            }
            (spending(bound(&state)), state.admitted)
        };
        let result = self.store.put_spending(self.digest, count).await;
        let mut state = self.lock();
        match result {
            Ok(()) => {
                state.written = admitted;
                true
            }
            Err(cause) => {
                state.failed = Some(cause);
                state.is_closed = true;
                drop(state);
                self.changed.notify_waiters();
                false
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Meter for Ledger {
    async fn admit(&self, most: Charge) -> bool {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Listening before looking: a change between the two is not missed.
            changed.as_mut().enable();
            {
                let mut state = self.lock();
                if state.is_closed {
                    return false;
                }
                if self.fits(&state, most) {
                    state.reserved = state.reserved.plus(most);
                    state.admitted += 1;
                    break;
                }
                // What is under way may take less than it can; then there is room again.
                state.is_closed = state.reserved.requests == 0;
                if state.is_closed {
                    self.changed.notify_waiters();
                    return false;
                }
            }
            changed.await;
        }
        if self.budget.is_unbounded() || self.write().await {
            return true;
        }
        self.settle(most, Charge::default());
        false
    }

    fn settle(&self, most: Charge, taken: Charge) {
        let mut state = self.lock();
        state.reserved = state.reserved.minus(most);
        state.spent = state.spent.plus(taken);
        drop(state);
        self.changed.notify_waiters();
    }
}

/// The most that can have been spent once all that is under way has ended.
fn bound(state: &State) -> Charge {
    state.spent.plus(Charge { untold: state.reserved.requests, ..state.reserved })
}

fn spending(charge: Charge) -> Spending {
    Spending {
        requests: charge.requests,
        prompt_tokens: charge.prompt_tokens,
        completion_tokens: charge.completion_tokens,
        untold: charge.untold,
    }
}
