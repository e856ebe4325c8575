//! One turn of a conversation: waits for its place, asks both contestants, shows what they write, keeps both answers.

use super::events::{Event, Gone, Out};
use super::{Aside, Begun};
use crate::app::App;
use crate::who::Who;
use daepyo_arena::leak::Names;
use daepyo_arena::screen::Screen;
use daepyo_arena::stream::{End, Outcome, Pace, Show, Side};
use daepyo_backend::TalkError;
use daepyo_backend::talk::{DailyMeter, Piece, Pieces, Place, Ticket};
use daepyo_contest::{Arena, Came, ContestError, Finished};
use daepyo_core::Finish;
use daepyo_core::visible::{self, drawn};
use daepyo_store::site::{BattleId, Ended, PersonId};
use futures_util::StreamExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// The claim to the turn is kept so often, and the reader is looked for; several times within a claim's life.
const BEAT: Duration = Duration::from_secs(8);

/// A turn under way; a task of its own, so that it puts things in order also where the reader has gone.
pub(super) struct Writing {
    pub(super) app: App,
    pub(super) who: Who,
    pub(super) arena: Arena,
    pub(super) person: PersonId,
    pub(super) battle: BattleId,
    pub(super) turn: u32,
    pub(super) claim: i64,
    pub(super) out: Out,
    /// Whether the contestants were asked.
    pub(super) was_asked: AtomicBool,
}

/// How a turn ended here.
enum Ending {
    /// Its answers are kept, or its battle is over.
    Kept(&'static str),
    /// Whoever read has gone.
    Left,
    /// Somebody else asks for it now.
    Lost,
    /// The server stops.
    Stopping,
    /// Something inside failed.
    Failed(ContestError),
}

impl From<Gone> for Ending {
    fn from(Gone: Gone) -> Self {
        Self::Left
    }
}

/// One side's answer on its way.
struct Lane {
    side: Side,
    /// None once it has ended.
    pieces: Option<Pieces>,
    screen: Screen,
    /// Whether the greatest number of tokens ended it.
    is_cut: bool,
}

impl Lane {
    /// The next piece; never comes where there is none.
    async fn next(&mut self) -> Result<Piece, TalkError> {
        let next = match &mut self.pieces {
            Some(pieces) => pieces.next().await,
            None => None,
        };
        match next {
            Some(next) => next,
            None => std::future::pending().await,
        }
    }

    /// Takes a piece; gives the failure's code where the side has failed.
    fn take(
        &mut self,
        names: &Names,
        pace: &mut Pace,
        now_ms: u64,
        piece: Result<Piece, TalkError>,
    ) -> Option<String> {
        match piece {
            Ok(Piece::Text(text)) => {
                let shown = self.screen.push(names, &text);
                pace.push(self.side, now_ms, &drawn(&shown, visible::Place::Block));
                if self.screen.is_full() {
                    self.end(names, pace, now_ms);
                }
                None
            }
            Ok(Piece::Thought { .. }) => None,
            Ok(Piece::End(end)) => {
                self.is_cut = end.reason == Finish::Length;
                self.end(names, pace, now_ms);
                None
            }
            Err(error) => {
                self.pieces = None;
                pace.end(self.side, now_ms, End::Failed);
                let side = match self.side {
                    Side::Left => "left",
                    Side::Right => "right",
                };
                // The code alone: what a server says may name it.
                let said = error.to_string();
                let code = said.split(": ").next().unwrap_or_default();
                Some(format!("{side}:{code}"))
            }
        }
    }

    /// The answer is whole; at its greatest length this ends the request at the server.
    fn end(&mut self, names: &Names, pace: &mut Pace, now_ms: u64) {
        self.pieces = None;
        let rest = self.screen.end(names);
        pace.push(self.side, now_ms, &drawn(&rest, visible::Place::Block));
        pace.end(self.side, now_ms, End::Complete);
    }

    fn came(self) -> Came {
        Came::Answer { raw: self.screen.into_raw().into_bytes(), cut: self.is_cut }
    }
}

impl Writing {
    /// Holds the turn to its end, whatever that is.
    pub(super) async fn run(self, begun: Begun, screens: (Screen, Screen)) {
        let Begun { ticket, meter, aside, pieces } = begun;
        self.app.metrics().add("daepyo_conversations_in_flight", &[], 1);
        let lanes = (
            Lane { side: Side::Left, pieces: Some(pieces.0), screen: screens.0, is_cut: false },
            Lane { side: Side::Right, pieces: Some(pieces.1), screen: screens.1, is_cut: false },
        );
        let mut stopping = self.app.stopping();
        // Whatever comes first drops the rest, and with it the requests at the servers and the place in the line.
        let ending = tokio::select! {
            ending = Box::pin(self.write(ticket, lanes)) => ending,
            ending = self.keep() => ending,
            () = self.out.gone() => Ending::Left,
            _ = stopping.wait_for(|stopping| *stopping) => Ending::Stopping,
        };
        self.settle(&meter, aside).await;
        self.close(ending).await;
        self.app.metrics().add("daepyo_conversations_in_flight", &[], -1);
    }

    async fn write(&self, ticket: Ticket, lanes: (Lane, Lane)) -> Ending {
        match self.written(ticket, lanes).await {
            Ok(kept) => kept,
            Err(ending) => ending,
        }
    }

    async fn written(&self, ticket: Ticket, (mut left, mut right): (Lane, Lane)) -> Result<Ending, Ending> {
        self.admitted(&ticket).await?;
        self.was_asked.store(true, Ordering::Relaxed);
        self.send(Event::Begun).await?;
        let names = self.arena.names();
        let mut pace = Pace::new(self.arena.pace_rules());
        let mut failed = None;
        let begun = Instant::now();
        let now_ms = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let outcome = loop {
            for show in pace.due(now_ms()) {
                match show {
                    Show::Text { side, text } => self.send(Event::Text { side, text }).await?,
                    Show::Ended(side) => self.send(Event::Ended { side }).await?,
                }
            }
            if let Some(outcome) = pace.outcome() {
                break outcome;
            }
            let due = pace.next_due().map(|due_ms| begun + Duration::from_millis(due_ms));
            let came = tokio::select! {
                piece = left.next() => left.take(names, &mut pace, now_ms(), piece),
                piece = right.next() => right.take(names, &mut pace, now_ms(), piece),
                () = until(due) => None,
            };
            failed = failed.or(came);
        };
        // The slots are free for others while the store works.
        drop(ticket);
        let came = match (outcome, failed) {
            (Outcome::Complete, _) => (left.came(), right.came()),
            (Outcome::Infrastructure | Outcome::Cancelled, why) => {
                let why = why.unwrap_or_default();
                (Came::Failed { why: why.clone() }, Came::Failed { why })
            }
        };
        self.finish(came).await
    }

    /// Waits for the turn's place, and says where it stands.
    async fn admitted(&self, ticket: &Ticket) -> Result<(), Ending> {
        let mut place = ticket.place();
        loop {
            let now = *place.borrow_and_update();
            match now {
                Place::Admitted => return Ok(()),
                Place::Waiting { ahead } => self.send(Event::Place { ahead }).await?,
            }
            // It says so before it ends.
            if place.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    async fn finish(&self, came: (Came, Came)) -> Result<Ending, Ending> {
        let now_ms = self.app.now_ms();
        let finished = self.arena.finish_turn(self.person, self.battle, self.turn, came, now_ms).await;
        match finished {
            Ok(Finished::Shown(..)) => {
                self.send(Event::Done).await?;
                Ok(Ending::Kept("shown"))
            }
            Ok(Finished::Over(end)) => {
                let kind = match end {
                    Ended::Void { .. } => "void",
                    Ended::Failed { .. } => "failed",
                    Ended::Left => "left",
                };
                self.send(Event::Over { end }).await?;
                Ok(Ending::Kept(kind))
            }
            // It was left, reported or answered elsewhere meanwhile.
            Err(ContestError::NotOpen) => Err(Ending::Lost),
            Err(error) => Err(Ending::Failed(error)),
        }
    }

    async fn send(&self, event: Event) -> Result<(), Ending> {
        Ok(self.out.send(&self.who, &event).await?)
    }

    /// Keeps the claim and looks for the reader, until either is gone.
    async fn keep(&self) -> Ending {
        loop {
            sleep(BEAT).await;
            let now_ms = self.app.now_ms();
            match self.arena.keep_turn(self.battle, self.turn, self.claim, now_ms).await {
                Ok(true) => {}
                Ok(false) => return Ending::Lost,
                Err(error) => return Ending::Failed(error),
            }
            if self.out.beat().await.is_err() {
                return Ending::Left;
            }
        }
    }

    /// Puts what the turn took in the place of what was set aside.
    async fn settle(&self, meter: &DailyMeter, aside: Option<Aside>) {
        let Some(Aside { contest, day, tokens }) = aside else { return };
        let spent = day.parse().map(|day| meter.spent(day)).unwrap_or_default();
        let took = i64::try_from(spent.tokens).unwrap_or(i64::MAX);
        if let Err(error) = self.app.site().settle_tokens(contest, &day, tokens, took).await {
            // They stay set aside: the day has fewer, never more.
            tracing::warn!(%error, "cannot settle tokens");
        }
    }

    /// Gives the turn back where it was not ended, and says so.
    async fn close(&self, ending: Ending) {
        let was_asked = self.was_asked.load(Ordering::Relaxed);
        let (word, counts) = match ending {
            Ending::Kept(word) => (word, None),
            Ending::Left => ("away", Some(was_asked)),
            Ending::Lost => ("lost", Some(was_asked)),
            Ending::Stopping => ("stopped", Some(false)),
            Ending::Failed(error) => {
                tracing::error!(request_id = self.who.request_id(), code = error.code(), %error, "turn");
                ("inside", Some(false))
            }
        };
        self.app.metrics().count("daepyo_turns_total", &[("end", word)], 1);
        let Some(counts) = counts else { return };
        if let Err(error) = self.arena.give_turn(self.battle, self.turn, self.claim, counts).await {
            // The claim ends by itself.
            tracing::warn!(%error, "cannot give a turn back");
        }
        // A reader who is gone hears nothing.
        let _ = self.out.send(&self.who, &Event::Again).await;
    }
}

/// Returns at that time; never where there is none.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
