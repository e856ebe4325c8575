//! How many attempts are under way at once: halved when the server says "too many", slowly raised again.
//!
//! Additive increase, multiplicative decrease (Chiu and Jain 1989), as in TCP. One burst of refusals lowers the
//! limit once: attempts that began before the last decrease do not lower it again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Gate {
    greatest: u32,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    limit: u32,
    under_way: u32,
    /// Successes since the limit last changed.
    credit: u32,
    decreases: u64,
    quiet_until: Option<Instant>,
}

/// One attempt's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    gate: &'a Gate,
    decreases: u64,
}

impl Gate {
    pub(super) fn new(greatest: u32) -> Self {
        let greatest = greatest.max(1);
        Self {
            greatest,
            state: Mutex::new(State {
                limit: greatest,
                under_way: 0,
                credit: 0,
                decreases: 0,
                quiet_until: None,
            }),
            changed: Notify::new(),
        }
    }

    pub(super) async fn enter(&self) -> Permit<'_> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Listening before looking: a change between the two is not missed.
            changed.as_mut().enable();
            let quiet_until = {
                let mut state = self.lock();
                let quiet = state.quiet_until.filter(|until| *until > Instant::now());
                state.quiet_until = quiet;
                if quiet.is_none() && state.under_way < state.limit {
                    state.under_way += 1;
                    return Permit { gate: self, decreases: state.decreases };
                }
                quiet
            };
            match quiet_until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => changed.await,
            }
        }
    }

    #[cfg(test)]
    fn limit(&self) -> u32 {
        self.lock().limit
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// The server answered: after as many answers as the limit is high, the limit rises by one.
    pub(super) fn answered(self) {
        let mut state = self.gate.lock();
        state.credit += 1;
        if state.credit >= state.limit && state.limit < self.gate.greatest {
            state.limit += 1;
            state.credit = 0;
        }
    }

    /// The server said that it gets too much; nobody asks again for `quiet`.
    pub(super) fn refused(self, quiet: Option<Duration>) {
        let mut state = self.gate.lock();
        if self.decreases == state.decreases {
            state.limit = (state.limit / 2).max(1);
            state.decreases += 1;
            state.credit = 0;
        }
        if let Some(until) = quiet.and_then(|quiet| Instant::now().checked_add(quiet)) {
            state.quiet_until = Some(state.quiet_until.map_or(until, |before| before.max(until)));
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.under_way = state.under_way.saturating_sub(1);
        drop(state);
        self.gate.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;

    #[tokio::test]
    async fn one_burst_of_refusals_halves_once_and_answers_raise_again() {
        let gate = Gate::new(8);
        let (first, second) = (gate.enter().await, gate.enter().await);
        first.refused(None);
        second.refused(None);
        assert_eq!(gate.limit(), 4);
        for _ in 0..4 {
            gate.enter().await.answered();
        }
        assert_eq!(gate.limit(), 5);
        for _ in 0..100 {
            gate.enter().await.answered();
        }
        assert_eq!(gate.limit(), 8);
    }

    #[tokio::test]
    async fn the_limit_never_falls_below_one() {
        let gate = Gate::new(2);
        for _ in 0..5 {
            gate.enter().await.refused(None);
        }
        assert_eq!(gate.limit(), 1);
    }
}
