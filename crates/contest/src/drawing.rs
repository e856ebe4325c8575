//! People who ask for a battle at once share a transaction: while one is being made durable, the next ones gather.
//!
//! Draws are made one after the other, as if each person had come alone; only their commit is shared. A batch whose
//! transaction is refused was shown to nobody: the draws go back to where they stood and are made again.

use crate::{
    Arena, ContestError,
    draw::{Draws, Past},
    intake::{MOST, gather},
};
use daepyo_core::VoterId;
use daepyo_store::site::{Battle, BattleId, BattleState, NewBattle, Opening, PersonId, SiteError, Turn};
use std::{
    collections::{BTreeSet, VecDeque},
    mem,
    sync::{Mutex, PoisonError},
};
use tokio::sync::oneshot;

/// Other servers may take the same draw so many times in a row.
const TAKEN_AT_MOST: u32 = 1_000;

/// What became of somebody's wish for a battle.
pub(crate) enum Drawn {
    /// A new battle; with its answers where they are recorded.
    New(Battle),
    /// They have one that is open.
    Open(BattleId),
    /// There is none that they have not seen.
    NothingLeft,
}

/// Somebody who waits for a battle.
struct Waiting {
    person: PersonId,
    voter: VoterId,
    now_ms: i64,
    answer: oneshot::Sender<Result<Drawn, ContestError>>,
}

impl Waiting {
    fn tell(self, what: Result<Drawn, ContestError>) {
        // Who has gone away needs no answer; an open battle is found again the next time.
        let _ = self.answer.send(what);
    }
}

/// Those who wait.
#[derive(Default)]
pub(crate) struct Drawing(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether a task serves them.
    is_served: bool,
}

/// A task that serves; where it ends before its time, nobody waits for it in vain.
struct Serving(Arena);

impl Serving {
    /// How many wait.
    fn waiting(&self) -> usize {
        self.0.shared.drawing.0.lock().unwrap_or_else(PoisonError::into_inner).waiting.len()
    }

    /// The next ones, each person once; the task ends where there are none.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.0.shared.drawing.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut people = BTreeSet::new();
        let (mut batch, mut later) = (Vec::new(), VecDeque::new());
        while batch.len() < MOST
            && let Some(waiting) = queue.waiting.pop_front()
        {
            if people.insert(waiting.person) { batch.push(waiting) } else { later.push_back(waiting) }
        }
        later.append(&mut queue.waiting);
        queue.waiting = later;
        if batch.is_empty() {
            queue.is_served = false;
            return None;
        }
        Some(batch)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let mut queue = self.0.shared.drawing.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.is_served && std::thread::panicking() {
            queue.is_served = false;
            queue.waiting.clear();
        }
    }
}

impl Arena {
    /// A battle for a person, or the one that they have.
    pub(crate) async fn draw(&self, person: PersonId, now_ms: i64) -> Result<Drawn, ContestError> {
        let (answer, drawn) = oneshot::channel();
        let waiting = Waiting { person, voter: self.voter(person)?, now_ms, answer };
        let is_served = {
            let mut queue = self.shared.drawing.0.lock().unwrap_or_else(PoisonError::into_inner);
            queue.waiting.push_back(waiting);
            mem::replace(&mut queue.is_served, true)
        };
        if !is_served {
            // A task of its own: who asked may go away in the middle of a transaction that others share.
            let serving = Serving(self.clone());
            tokio::spawn(async move {
                loop {
                    let _turn = serving.0.shared.site.turn().await;
                    gather(|| serving.waiting()).await;
                    let Some(batch) = serving.next() else { return };
                    serving.0.open_all(batch).await;
                }
            });
        }
        drawn.await.map_err(|_| ContestError::Stopping)?
    }

    /// Opens a battle for each, and tells them.
    async fn open_all(&self, batch: Vec<Waiting>) {
        let mut draws = self.shared.draws.lock().await;
        let mut waiting = VecDeque::from(batch);
        let (mut taken, mut most) = (0, MOST);
        while !waiting.is_empty() {
            match self.open_some(&mut draws, &mut waiting, most).await {
                Ok(()) => taken = 0,
                // Another server was faster: what it drew comes before.
                Err(ContestError::Site(SiteError::Taken)) if taken < TAKEN_AT_MOST => {
                    taken += 1;
                    if let Err(error) = self.catch_up(&mut draws).await
                        && let Some(first) = waiting.pop_front()
                    {
                        first.tell(Err(error));
                    }
                }
                // Each is told their own reason.
                Err(_) if most > 1 && waiting.len() > 1 => most = 1,
                Err(error) => {
                    if let Some(first) = waiting.pop_front() {
                        first.tell(Err(error));
                    }
                }
            }
        }
    }

    /// Opens battles for the first of them, at most so many and up to the next draw before which votes are taken in. Where
    /// it fails, nothing was opened and the draws stand where they stood.
    async fn open_some(
        &self,
        draws: &mut Draws,
        waiting: &mut VecDeque<Waiting>,
        most: usize,
    ) -> Result<(), ContestError> {
        if draws.needs_votes() {
            let mut casts = self.shared.casts.lock().await;
            self.read_casts(&mut casts).await?;
            draws.refresh(&casts.by_draw)?;
        }
        let mark = draws.mark();
        let mut batch = Vec::new();
        let opened = match self.draw_some(draws, waiting, most, &mut batch) {
            Ok(()) => self.add(&batch).await,
            Err(error) => Err(error),
        };
        match opened {
            Ok(refused) if refused.is_empty() => {
                for (waiting, battle) in batch {
                    let battle = self.opened(battle, waiting.now_ms);
                    if let Ok(battle) = &battle {
                        self.keep_at_hand(battle);
                    }
                    waiting.tell(battle.map(Drawn::New));
                }
                Ok(())
            }
            Ok(mut refused) => {
                draws.back_to(mark);
                let mut left = VecDeque::new();
                for (place, (one, _)) in batch.into_iter().enumerate() {
                    match refused.iter().position(|(refused, _)| *refused == place) {
                        None => left.push_back(one),
                        Some(found) => one.tell(match refused.swap_remove(found).1 {
                            SiteError::Unfinished(open) => Ok(Drawn::Open(open)),
                            error => Err(error.into()),
                        }),
                    }
                }
                left.append(waiting);
                *waiting = left;
                Ok(())
            }
            Err(error) => {
                draws.back_to(mark);
                let mut left: VecDeque<Waiting> = batch.into_iter().map(|(one, _)| one).collect();
                left.append(waiting);
                *waiting = left;
                Err(error)
            }
        }
    }

    /// Draws for the first of those who wait; who has nothing left is told.
    fn draw_some(
        &self,
        draws: &mut Draws,
        waiting: &mut VecDeque<Waiting>,
        most: usize,
        batch: &mut Vec<(Waiting, NewBattle)>,
    ) -> Result<(), ContestError> {
        while batch.len() < most
            && (batch.is_empty() || !draws.needs_votes())
            && let Some(one) = waiting.pop_front()
        {
            let found = draws.next(&one.voter).and_then(|assigned| {
                let Some(assignment) = assigned else { return Ok(None) };
                let new = self.new_battle(one.person, &assignment)?;
                draws.record(Past { assignment, voter: one.voter.clone(), opened_ms: one.now_ms })?;
                Ok(Some(new))
            });
            match found {
                Ok(Some(new)) => batch.push((one, new)),
                Ok(None) => one.tell(Ok(Drawn::NothingLeft)),
                Err(error) => {
                    waiting.push_front(one);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Makes the battles durable, with their answers where those are recorded; who is refused, by place.
    async fn add(&self, batch: &[(Waiting, NewBattle)]) -> Result<Vec<(usize, SiteError)>, ContestError> {
        let mut openings = Vec::with_capacity(batch.len());
        for (waiting, battle) in batch {
            let shown = if self.shared.sealed.is_recorded() { Some(self.recorded(battle)?) } else { None };
            openings.push(Opening { battle, shown, opened_ms: waiting.now_ms });
        }
        Ok(self.shared.site.add_battles(&openings).await?)
    }

    /// A battle as it stands when it was just opened.
    fn opened(&self, battle: NewBattle, opened_ms: i64) -> Result<Battle, ContestError> {
        let mut turns = Vec::new();
        if self.shared.sealed.is_recorded() {
            let (prompt, left, right) = self.recorded(&battle)?;
            let answers = Some((left.clone(), right.clone()));
            turns.push(Turn { number: 0, prompt: prompt.to_owned(), answers, shown_ms: Some(opened_ms) });
        }
        Ok(Battle { opened: battle, opened_ms, state: BattleState::Open, turns })
    }
}
