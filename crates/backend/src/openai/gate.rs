//! How many attempts are under way at once at one endpoint: raised while the server keeps up, lowered when it says
//! "too many" or slows down.
//!
//! Additive increase, multiplicative decrease (Chiu and Jain 1989), as in TCP. The limit begins at ten (RFC 6928) and
//! rises by one with each answer, that is, doubles in each round, until it first falls (slow start, RFC 5681); after
//! that by one in each round of as many answers as the limit is high. It rises only while it is what holds requests
//! back (RFC 7661), and never above the written ceiling. Status 429 and 503 halve it; growing latency lowers it as
//! [`super::pace`] says. One burst of refusals lowers it once: attempts that began before the last decrease do not
//! lower it again. Places are given in the order in which they were asked for; a backend that is alone at the gate hands
//! them from one request to the next without asking.

use super::pace::{Pace, Work};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Where the limit begins.
const START: u32 = 10;

/// Growing latency alone never brings the limit below this: with less there is nothing to compare.
const LEAST_BY_PACE: u32 = 2;

#[derive(Debug)]
pub(super) struct Gate {
    places: Semaphore,
    /// Backends that were opened at this gate.
    backends: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    greatest: u32,
    limit: u32,
    /// Places to take away as they are given back.
    owed: u32,
    /// Answers since the limit last changed.
    credit: u32,
    decreases: u64,
    quiet_until: Option<Instant>,
    pace: Pace,
}

/// One attempt's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    gate: &'a Gate,
    place: Option<SemaphorePermit<'a>>,
    decreases: u64,
}

impl Gate {
    /// A gate with this ceiling.
    pub(super) fn new(greatest: u32) -> Self {
        let greatest = greatest.max(1);
        let limit = greatest.min(START);
        Self {
            places: Semaphore::new(usize::try_from(limit).unwrap_or(1)),
            backends: AtomicUsize::new(0),
            state: Mutex::new(State {
                greatest,
                limit,
                owed: 0,
                credit: 0,
                decreases: 0,
                quiet_until: None,
                pace: Pace::default(),
            }),
        }
    }

    /// Lets one more backend in, and the limit rise up to `greatest` where it was bound lower before.
    pub(super) fn allow(&self, greatest: u32) {
        self.backends.fetch_add(1, Ordering::Relaxed);
        let mut state = self.lock();
        state.greatest = state.greatest.max(greatest);
        while state.decreases == 0 && state.limit < state.greatest.min(START) {
            self.raise(&mut state);
        }
    }

    /// The limit now, and its ceiling.
    pub(super) fn level(&self) -> (u32, u32) {
        let state = self.lock();
        (state.limit, state.greatest)
    }

    /// Waits for a place, and for the end of a pause that the server asked for.
    pub(super) async fn enter(&self) -> Permit<'_> {
        loop {
            // Never closed; without a place the attempt is merely not counted.
            let place = self.places.acquire().await.ok();
            let mut permit = Permit { gate: self, place, decreases: 0 };
            loop {
                let until = {
                    let mut state = self.lock();
                    state.quiet_until = state.quiet_until.filter(|until| *until > Instant::now());
                    permit.decreases = state.decreases;
                    state.quiet_until
                };
                let Some(until) = until else { return permit };
                tokio::time::sleep_until(until).await;
                if self.lock().owed > 0 {
                    break;
                }
            }
        }
    }

    fn raise(&self, state: &mut State) {
        state.limit += 1;
        state.credit = 0;
        if state.owed > 0 {
            state.owed -= 1;
        } else {
            self.places.add_permits(1);
        }
    }

    fn lower(&self, state: &mut State, limit: u32) {
        let less = state.limit.saturating_sub(limit);
        state.limit -= less;
        let taken = self.places.forget_permits(usize::try_from(less).unwrap_or(0));
        state.owed += less.saturating_sub(u32::try_from(taken).unwrap_or(less));
        state.decreases += 1;
        state.credit = 0;
        state.pace.forget_growth();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// The place for another attempt; none where others wait for it, it was taken away or the server asked for a pause.
    pub(super) fn renewed(mut self) -> Option<Self> {
        let is_alone = self.gate.backends.load(Ordering::Relaxed) <= 1;
        let state = self.gate.lock();
        let is_kept = is_alone && state.owed == 0 && state.quiet_until.is_none();
        self.decreases = state.decreases;
        drop(state);
        (is_kept && self.place.is_some()).then_some(self)
    }

    /// The server answered after `elapsed`.
    pub(super) fn answered(&self, work: Work, elapsed: Duration) {
        let is_full = self.gate.places.available_permits() == 0;
        let mut state = self.gate.lock();
        if self.decreases != state.decreases {
            // Its time was spent at a level that is past.
            return;
        }
        if let Some(share) = state.pace.answered(work, elapsed) {
            let limit = scaled(state.limit, share);
            if limit < state.limit {
                self.gate.lower(&mut state, limit);
            }
            return;
        }
        state.credit += 1;
        let is_starting = state.decreases == 0;
        if is_full && state.limit < state.greatest && (is_starting || state.credit >= state.limit) {
            self.gate.raise(&mut state);
        }
    }

    /// The server said that it gets too much; nobody asks again for `quiet`.
    pub(super) fn refused(self, quiet: Option<Duration>) {
        let mut state = self.gate.lock();
        if self.decreases == state.decreases {
            let half = (state.limit / 2).max(1);
            self.gate.lower(&mut state, half);
        }
        if let Some(until) = quiet.and_then(|quiet| Instant::now().checked_add(quiet)) {
            state.quiet_until = Some(state.quiet_until.map_or(until, |before| before.max(until)));
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        if state.owed > 0
            && let Some(place) = self.place.take()
        {
            state.owed -= 1;
            place.forget();
        }
    }
}

/// `limit` times `share` in tenths, at least [`LEAST_BY_PACE`].
fn scaled(limit: u32, share: f64) -> u32 {
    // Found among whole tenths, so that no float becomes an integer.
    let tenths = (5..=10).rev().find(|tenths| f64::from(*tenths) / 10.0 <= share).unwrap_or(5);
    (limit.saturating_mul(tenths) / 10).max(LEAST_BY_PACE)
}

#[cfg(test)]
mod tests {
    use super::{Gate, Permit};
    use crate::openai::pace::{Units, Work};
    use std::time::Duration;

    const SOON: Duration = Duration::from_millis(1);

    /// Fills every place of the limit.
    async fn fill(gate: &Gate) -> Vec<Permit<'_>> {
        let mut held = Vec::new();
        for _ in 0..gate.level().0 {
            held.push(gate.enter().await);
        }
        held
    }

    /// So many answers, with others waiting for each place.
    async fn answer<'a>(gate: &'a Gate, held: &mut Vec<Permit<'a>>, count: u32) {
        for _ in 0..count {
            held.pop().into_iter().for_each(|permit| permit.answered(Work::Asked, SOON));
            for permit in fill_free(gate).await {
                held.insert(0, permit);
            }
        }
    }

    #[tokio::test]
    async fn it_doubles_until_the_first_refusal_and_then_rises_by_one_a_round() {
        let gate = Gate::new(1000);
        assert_eq!(gate.level(), (10, 1000));
        let mut held = fill(&gate).await;
        answer(&gate, &mut held, 10).await;
        assert_eq!((gate.level().0, held.len()), (20, 20));
        held.pop().into_iter().for_each(|permit| permit.refused(None));
        assert_eq!(gate.level().0, 10);
        held.clear();
        let mut held = fill(&gate).await;
        for limit in 10..14 {
            answer(&gate, &mut held, limit).await;
            assert_eq!(gate.level().0, limit + 1);
        }
    }

    /// Takes what is free without waiting.
    async fn fill_free(gate: &Gate) -> Vec<Permit<'_>> {
        let mut held = Vec::new();
        while gate.places.available_permits() > 0 {
            held.push(gate.enter().await);
        }
        held
    }

    #[tokio::test]
    async fn one_burst_of_refusals_halves_once_and_the_places_owed_are_taken_back() {
        let gate = Gate::new(8);
        let mut held = fill(&gate).await;
        assert_eq!(held.len(), 8);
        let (first, second) = (held.pop(), held.pop());
        first.into_iter().chain(second).for_each(|permit| permit.refused(None));
        assert_eq!(gate.level().0, 4);
        assert_eq!(gate.places.available_permits(), 0, "six are under way and four may be");
        held.truncate(4);
        assert_eq!(gate.places.available_permits(), 0);
        held.clear();
        assert_eq!(gate.places.available_permits(), 4);
    }

    #[tokio::test]
    async fn the_limit_never_falls_below_one() {
        let gate = Gate::new(2);
        for _ in 0..5 {
            gate.enter().await.refused(None);
        }
        assert_eq!(gate.level().0, 1);
        gate.enter().await.answered(Work::Asked, SOON);
        assert_eq!(gate.level().0, 2);
    }

    #[tokio::test]
    async fn growing_latency_lowers_it_once_a_round() {
        let gate = Gate::new(16);
        let work = Work::Written(Units::of(Some((0, 9))));
        for _ in 0..40 {
            gate.enter().await.answered(work, Duration::from_millis(200));
        }
        let before = gate.level().0;
        let mut lowered = 0;
        for _ in 0..14 {
            gate.enter().await.answered(work, Duration::from_secs(4));
            lowered = before - gate.level().0;
        }
        assert!(lowered > 0 && gate.level().0 >= before / 2, "{before} to {}", gate.level().0);
    }

    #[tokio::test]
    async fn a_limit_that_holds_nobody_back_does_not_rise() {
        let gate = Gate::new(100);
        for _ in 0..50 {
            gate.enter().await.answered(Work::Asked, SOON);
        }
        assert_eq!(gate.level().0, 10);
    }

    #[tokio::test]
    async fn a_later_candidate_with_a_higher_ceiling_raises_it() {
        let gate = Gate::new(2);
        gate.allow(64);
        assert_eq!(gate.level(), (10, 64));
        gate.allow(3);
        assert_eq!(gate.level(), (10, 64));
    }
}
