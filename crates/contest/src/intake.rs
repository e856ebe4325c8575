//! Votes that come at once share a transaction: while one is being made durable, the next ones gather.

use crate::{ContestError, Logbook};
use daepyo_store::site::{NewVote, Site, SiteError, VoteRow};
use tokio::sync::{mpsc, oneshot};

/// Votes of one transaction, at most.
pub(crate) const MOST: usize = 256;

/// A vote and who waits for it.
type Waiting = (NewVote, oneshot::Sender<Result<VoteRow, SiteError>>);

/// Where votes go in. What was acknowledged is durable; what waits when the server stops was not acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    sender: mpsc::Sender<Waiting>,
}

impl Intake {
    /// Takes votes until the last clone is dropped. Call it within a runtime.
    pub(crate) fn start(site: Site, logbook: Logbook) -> Self {
        let (sender, mut receiver) = mpsc::channel::<Waiting>(4 * MOST);
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(MOST);
            while receiver.recv_many(&mut batch, MOST).await > 0 {
                let turn = site.turn().await;
                gather(|| {
                    while batch.len() < MOST
                        && let Ok(waiting) = receiver.try_recv()
                    {
                        batch.push(waiting);
                    }
                    batch.len()
                })
                .await;
                let (votes, waiting): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
                take(&site, &votes, waiting).await;
                drop(turn);
                logbook.wake();
            }
        });
        Self { sender }
    }

    /// The vote as it is kept, once it is durable.
    pub(crate) async fn vote(&self, vote: NewVote) -> Result<VoteRow, ContestError> {
        let (answer, kept) = oneshot::channel();
        self.sender.send((vote, answer)).await.map_err(|_| ContestError::Stopping)?;
        Ok(kept.await.map_err(|_| ContestError::Stopping)??)
    }
}

/// Lets those come in first who are ready to: as long as `count`, which takes them in, grows each time that others had
/// their turn. Where nobody else is about, nobody waits. Without it, the first of many whom one commit has set free would
/// have the next transaction to themselves.
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

async fn take(site: &Site, votes: &[NewVote], waiting: Vec<oneshot::Sender<Result<VoteRow, SiteError>>>) {
    // Who has gone away needs no answer: that a send fails is no error.
    match site.vote_all(votes).await {
        Ok(results) => {
            for (waiting, result) in waiting.into_iter().zip(results) {
                let _ = waiting.send(result);
            }
        }
        // Nothing of the transaction was kept; each is told its own reason.
        Err(_) => {
            for (vote, waiting) in votes.iter().zip(waiting) {
                let _ = waiting.send(site.vote(vote).await);
            }
        }
    }
}
