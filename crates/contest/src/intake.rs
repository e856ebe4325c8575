//! People who vote at once share a round, and so do those who ask for a battle at once (see `drawing`): while one round is
//! written and made durable, the next ones gather.
//!
//! Where the store has one writer, the two kinds of rounds take turns at it. A round gives its turn on as soon as it is
//! committed; that it is durable is waited for while the other kind writes, and then everybody in it is told. So those who
//! have just voted ask for the next battle while those who have just got one vote. What was told to somebody is durable;
//! what waits when the server stops was told to nobody.

use crate::{
    Arena, ContestError,
    drawing::{Batch, Wish},
};
use daepyo_store::site::{NewVote, SiteError, VoteRow};
use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// Votes of one round, and battles of one, at most.
pub(crate) const MOST: usize = 256;

/// A vote and who waits for it.
struct Cast {
    vote: NewVote,
    answer: oneshot::Sender<Result<VoteRow, SiteError>>,
}

/// Votes of one round, in order, with those who wait for them.
struct Votes {
    votes: Vec<NewVote>,
    waiting: Vec<oneshot::Sender<Result<VoteRow, SiteError>>>,
}

impl Votes {
    /// Tells each their result.
    fn tell(self, results: Vec<Result<VoteRow, SiteError>>) {
        for (waiting, result) in self.waiting.into_iter().zip(results) {
            // Who has gone away needs no answer: that a send fails is no error.
            let _ = waiting.send(result);
        }
    }
}

/// Those who wait.
#[derive(Default)]
pub(crate) struct Intake(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    wishes: Line<Wish>,
    casts: Line<Cast>,
}

/// Those who wait for one kind of round.
struct Line<T> {
    waiting: VecDeque<T>,
    /// Whether a task serves them.
    is_served: bool,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), is_served: false }
    }
}

impl<T> Line<T> {
    /// Puts somebody in; whether a task has to be started.
    fn put(&mut self, one: T) -> bool {
        self.waiting.push_back(one);
        !mem::replace(&mut self.is_served, true)
    }
}

impl Intake {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next votes; none ends the task that serves them.
    fn votes(&self) -> Option<Votes> {
        let mut queue = self.queue();
        let line = &mut queue.casts;
        let most = line.waiting.len().min(MOST);
        let (votes, waiting): (Vec<_>, Vec<_>) =
            line.waiting.drain(..most).map(|cast| (cast.vote, cast.answer)).unzip();
        if votes.is_empty() {
            line.is_served = false;
            return None;
        }
        Some(Votes { votes, waiting })
    }

    /// Takes those who wait for a battle into a batch, each person once; whether anybody is in it. Where nobody is, the task
    /// that serves them ends.
    pub(crate) fn fill(&self, batch: &mut Batch) -> bool {
        let mut queue = self.queue();
        let line = &mut queue.wishes;
        let mut later = VecDeque::new();
        while batch.len() < MOST
            && let Some(wish) = line.waiting.pop_front()
        {
            if let Some(wish) = batch.add(wish) {
                later.push_back(wish);
            }
        }
        later.append(&mut line.waiting);
        line.waiting = later;
        line.is_served = !batch.is_empty();
        line.is_served
    }

    /// How many wait for a battle.
    pub(crate) fn wishes(&self) -> usize {
        self.queue().wishes.waiting.len()
    }
}

/// A task that serves one line; where it ends before its time, nobody waits for it in vain.
struct Serving {
    arena: Arena,
    /// Makes its line one that nobody waits in and nobody serves.
    clear: fn(&mut Queue),
}

impl Drop for Serving {
    fn drop(&mut self) {
        if std::thread::panicking() {
            (self.clear)(&mut self.arena.shared.intake.queue());
        }
    }
}

impl Arena {
    /// Puts a wish for a battle into the queue.
    pub(crate) fn wish(&self, wish: Wish) {
        let is_first = self.shared.intake.queue().wishes.put(wish);
        if is_first {
            // A task of its own: who asked may go away in the middle of a round that others share.
            let serving = Serving { arena: self.clone(), clear: |queue| queue.wishes = Line::default() };
            tokio::spawn(async move { serving.arena.serve_wishes().await });
        }
    }

    /// The vote as it is kept, once it is durable.
    pub(crate) async fn cast(&self, vote: NewVote) -> Result<VoteRow, ContestError> {
        let (answer, kept) = oneshot::channel();
        let is_first = self.shared.intake.queue().casts.put(Cast { vote, answer });
        if is_first {
            let serving = Serving { arena: self.clone(), clear: |queue| queue.casts = Line::default() };
            tokio::spawn(async move { serving.arena.serve_votes().await });
        }
        Ok(kept.await.map_err(|_| ContestError::Stopping)??)
    }

    async fn serve_votes(&self) {
        let shared = &*self.shared;
        loop {
            let turn = shared.site.turn().await;
            gather(|| shared.intake.queue().casts.waiting.len()).await;
            let Some(votes) = shared.intake.votes() else { return };
            if let Ok((results, durable)) = shared.site.vote_all_soon(&votes.votes).await {
                drop(turn);
                tokio::spawn(async move {
                    let results = match durable.wait().await {
                        Ok(()) => results,
                        Err(lost) => results.iter().map(|_| Err(SiteError::Disk(lost.clone()))).collect(),
                    };
                    votes.tell(results);
                });
            } else {
                // Nothing of it was kept; each is told their own reason.
                let mut results = Vec::with_capacity(votes.votes.len());
                for vote in &votes.votes {
                    results.push(shared.site.vote(vote).await);
                }
                votes.tell(results);
            }
            shared.logbook.wake();
        }
    }
}

/// Lets those come in first who are ready to: as long as `count` grows each time that others had their turn. Where nobody
/// else is about, nobody waits. Without it, the first of many whom one round has set free would have the next to
/// themselves.
pub(crate) async fn gather(mut count: impl FnMut() -> usize) {
    let mut before = count();
    loop {
        tokio::task::yield_now().await;
        let now = count();
        if now <= before || now >= MOST {
            return;
        }
        before = now;
    }
}
