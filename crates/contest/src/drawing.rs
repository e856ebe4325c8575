//! Battles for those who ask for one at once (see `intake`).
//!
//! Draws are made one after the other, as if each person had come alone; only their commit is shared. A batch whose
//! transaction is refused was shown to nobody: the draws go back to where they stood and are made again.

use crate::{
    Arena, ContestError,
    draw::{Draws, Past},
    intake::{MOST, gather},
};
use daepyo_core::VoterId;
use daepyo_store::site::{
    Battle, BattleId, BattleState, Durable, NewBattle, Opening, PersonId, SiteError, Turn,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    mem,
};
use tokio::sync::oneshot;

/// Other servers may take the same draw so many times in a row.
const TAKEN_AT_MOST: u32 = 1_000;

/// So many draws are made in one go.
const PIECE: usize = 4;

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
pub(crate) struct Wish {
    pub(crate) person: PersonId,
    voter: VoterId,
    now_ms: i64,
    answer: oneshot::Sender<Result<Drawn, ContestError>>,
}

impl Wish {
    fn tell(self, what: Result<Drawn, ContestError>) {
        // Who has gone away needs no answer; an open battle is found again the next time.
        let _ = self.answer.send(what);
    }
}

/// Those who get their battles at once: each person once.
pub(crate) struct Batch {
    waiting: VecDeque<Wish>,
    /// Those for whom something was drawn.
    drawn: Vec<(Wish, NewBattle)>,
    people: BTreeSet<PersonId>,
    /// So many get their battles in one round, at most.
    most: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), drawn: Vec::new(), people: BTreeSet::new(), most: MOST }
    }
}

impl Batch {
    pub(crate) fn len(&self) -> usize {
        self.waiting.len() + self.drawn.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn is_alone(&self) -> bool {
        self.most == 1 || self.len() == 1
    }

    /// Takes somebody in; gives them back where they are in it already.
    pub(crate) fn add(&mut self, wish: Wish) -> Option<Wish> {
        if self.people.insert(wish.person) {
            self.waiting.push_back(wish);
            return None;
        }
        Some(wish)
    }

    /// After a round: whoever was told may come again, and nobody is left who must be alone.
    fn settle(&mut self) {
        self.people = self.waiting.iter().map(|wish| wish.person).collect();
        if self.waiting.is_empty() {
            self.most = MOST;
        }
    }

    /// Forgets what was drawn.
    fn undo(&mut self) {
        for (wish, _) in self.drawn.drain(..).rev() {
            self.waiting.push_front(wish);
        }
    }

    /// Tells those who were refused their battle, by place; the others stay.
    fn refuse(&mut self, refused: Vec<(usize, SiteError)>) {
        let mut refused: BTreeMap<_, _> = refused.into_iter().collect();
        for (place, (wish, battle)) in mem::take(&mut self.drawn).into_iter().enumerate() {
            match refused.remove(&place) {
                None => self.drawn.push((wish, battle)),
                Some(SiteError::Unfinished(open)) => wish.tell(Ok(Drawn::Open(open))),
                Some(error) => wish.tell(Err(error.into())),
            }
        }
    }

    fn refuse_first(&mut self, error: ContestError) {
        if let Some(first) = self.waiting.pop_front() {
            first.tell(Err(error));
        }
    }
}

impl Arena {
    /// A battle for a person, or the one that they have.
    pub(crate) async fn draw(&self, person: PersonId, now_ms: i64) -> Result<Drawn, ContestError> {
        let (answer, drawn) = oneshot::channel();
        // As of votes: both belong to the same day, for the caps.
        let now_ms = self.not_before_counted(now_ms);
        self.wish(Wish { person, voter: self.voter(person)?, now_ms, answer });
        drawn.await.map_err(|_| ContestError::Stopping)?
    }

    /// Opens battles for those who wait, round by round, as long as there are any.
    pub(crate) async fn serve_wishes(&self) {
        let shared = &*self.shared;
        let mut batch = Batch::default();
        // Other servers that were faster, in a row.
        let mut taken = 0;
        loop {
            gather(|| shared.intake.wishes()).await;
            if !shared.intake.fill(&mut batch) {
                return;
            }
            let mut draws = shared.draws.lock().await;
            match self.open_some(&mut draws, &mut batch).await {
                Ok(()) => taken = 0,
                // Another server was faster: what it drew comes before.
                Err(ContestError::Site(SiteError::Taken)) if taken < TAKEN_AT_MOST => {
                    taken += 1;
                    if let Err(error) = self.catch_up(&mut draws).await {
                        batch.refuse_first(error);
                    }
                }
                // Each is told their own reason.
                Err(_) if !batch.is_alone() => batch.most = 1,
                Err(error) => batch.refuse_first(error),
            }
            batch.settle();
        }
    }

    /// Opens battles for the first of a batch, up to the next draw before which votes are taken in. Where it fails, nothing
    /// was opened, the draws stand where they stood, and everybody is in the batch as before.
    async fn open_some(&self, draws: &mut Draws, batch: &mut Batch) -> Result<(), ContestError> {
        if draws.needs_votes() {
            let mut casts = self.shared.casts.lock().await;
            self.read_casts(&mut casts).await?;
            draws.refresh(&casts.by_draw)?;
        }
        let mark = draws.mark();
        let opened = match self.round(draws, batch).await {
            Ok((refused, durable)) if refused.is_empty() => {
                self.finish(durable, mem::take(&mut batch.drawn));
                return Ok(());
            }
            Ok((refused, _)) => {
                batch.refuse(refused);
                Ok(())
            }
            Err(error) => Err(error),
        };
        draws.back_to(mark);
        batch.undo();
        opened
    }

    /// Draws for the first of a batch, and commits their battles; who is refused one, by place.
    async fn round(
        &self,
        draws: &mut Draws,
        batch: &mut Batch,
    ) -> Result<(Vec<(usize, SiteError)>, Durable), ContestError> {
        let site = &self.shared.site;
        // What can be drawn before it is our turn is; those who come meanwhile are drawn for then.
        let (turn, done) = tokio::join!(site.turn(), self.draw_some(draws, batch));
        done?;
        self.shared.intake.fill(batch);
        self.draw_some(draws, batch).await?;
        let opened = site.add_battles_soon(&self.openings(&batch.drawn)?).await?;
        drop(turn);
        Ok(opened)
    }

    /// Draws for the first of those who wait; who has nothing left is told. Others go on meanwhile.
    async fn draw_some(&self, draws: &mut Draws, batch: &mut Batch) -> Result<(), ContestError> {
        while batch.drawn.len() < batch.most
            && (batch.drawn.is_empty() || !draws.needs_votes())
            && let Some(wish) = batch.waiting.pop_front()
        {
            let found = draws.next(&wish.voter).and_then(|assigned| {
                let Some(assignment) = assigned else { return Ok(None) };
                let new = self.new_battle(wish.person, &assignment)?;
                draws.record(Past { assignment, voter: wish.voter.clone(), opened_ms: wish.now_ms })?;
                // Before votes are taken in that depend on it.
                self.note_opened(wish.now_ms);
                Ok(Some(new))
            });
            match found {
                Ok(Some(new)) => batch.drawn.push((wish, new)),
                Ok(None) => wish.tell(Ok(Drawn::NothingLeft)),
                Err(error) => {
                    batch.waiting.push_front(wish);
                    return Err(error);
                }
            }
            if batch.drawn.len().is_multiple_of(PIECE) {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// Tells everybody of a round once it is durable; the next round begins meanwhile.
    fn finish(&self, durable: Durable, drawn: Vec<(Wish, NewBattle)>) {
        let arena = self.clone();
        tokio::spawn(async move {
            let lost = durable.wait().await.err();
            for (wish, battle) in drawn {
                let battle = match lost.clone() {
                    None => arena.opened(battle, wish.now_ms),
                    Some(lost) => Err(SiteError::Disk(lost).into()),
                };
                if let Ok(battle) = &battle {
                    arena.keep_at_hand(battle);
                }
                wish.tell(battle.map(Drawn::New));
            }
        });
    }

    /// Battles to open, with their answers where those are recorded.
    fn openings<'a>(&'a self, batch: &'a [(Wish, NewBattle)]) -> Result<Vec<Opening<'a>>, ContestError> {
        let opening = |(wish, battle): &'a (Wish, NewBattle)| {
            let shown = if self.shared.sealed.is_recorded() { Some(self.recorded(battle)?) } else { None };
            Ok(Opening { battle, shown, opened_ms: wish.now_ms })
        };
        batch.iter().map(opening).collect()
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
