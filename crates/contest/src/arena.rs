//! An open contest: whose battle is next, what is shown, what was voted.

use crate::{
    Ballot, ContestError, Entry, Inclusion, Logbook, Receipt, Recorded, Sealed, Setup,
    ballot::{reason_digest, sides_digest},
    draw::{Cast, Casts, Draws, Past, VOTE_LAG_MS},
    drawing::Drawn,
    intake::Intake,
    keyed::{VoterKey, battle_id, battle_name, seed_commitment},
    rules::{Barred, REASON_CHARS},
    shown::Shown,
};
use daepyo_arena::{assign::Assignment, leak::Names};
use daepyo_core::{CandidateId, Digest, VoteChoice, VoterId};
use daepyo_store::site::{
    Answered, Battle, BattleId, BattleMode, BattleState, Contest, Ended, NewBattle, NewContest, NewVote,
    PersonId, REPORTED, Site, SiteError, VoteRow,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Mutex;

/// Battles that are read at once.
pub(crate) const PAGE: u32 = 1_000;

/// The secrets that a contest is opened with.
#[derive(Clone, Copy)]
pub struct Secrets {
    /// 32 random bytes for the draws, used where the contest is not open yet; published after its close.
    pub seed: [u8; 32],
    /// The site's secret behind pseudonyms and openers: always the same one, never published.
    pub voters: [u8; 32],
}

/// A contest that is held. Cheap to clone.
#[derive(Clone)]
pub struct Arena {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) site: Site,
    pub(crate) logbook: Logbook,
    pub(crate) contest: Contest,
    /// SHA-256 of the opening entry.
    pub(crate) name: Digest,
    pub(crate) sealed: Sealed,
    /// SHA-256 of the sealed rules, which hold every prompt.
    rules: Digest,
    pub(crate) key: VoterKey,
    pub(crate) names: Names,
    pub(crate) recorded: Option<Recorded>,
    pub(crate) intake: Intake,
    pub(crate) draws: Mutex<Draws>,
    /// The votes that draws depend on; asked for by whoever draws.
    pub(crate) casts: Mutex<Casts>,
    /// When the latest battle was opened, as far as this server knows.
    latest_ms: AtomicI64,
    /// Battles that were opened here and are not voted on yet.
    shown: Shown,
}

/// A vote as the voter gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is chosen.
    pub choice: VoteChoice,
    /// Tags of the contest's list, in any order.
    pub tags: Vec<String>,
    /// Why; empty for none.
    pub reason: String,
}

impl Arena {
    /// Recorded answers of a set-up that would be shown to nobody, for the office before it opens the contest.
    pub fn leaks(setup: &Setup) -> Result<Vec<Barred>, ContestError> {
        Ok(prepare(setup)?.1.barred)
    }

    /// Opens a contest, or goes on with it where it is open: the store has it under the same rules, and the log its
    /// opening. Call it within a runtime.
    ///
    /// Fails where it was opened under other rules (`SiteError::OtherRules`).
    pub async fn open(
        site: &Site,
        logbook: &Logbook,
        setup: &Setup,
        secrets: Secrets,
        now_ms: i64,
    ) -> Result<Self, ContestError> {
        let (recorded, sealed, names) = prepare(setup)?;
        let new = NewContest {
            stage: sealed.stage.to_string(),
            criterion: sealed.criterion.to_string(),
            rules: sealed.for_store()?,
            seed: secrets.seed,
        };
        let contest = site.open_contest(&new, now_ms).await?;
        let rules = sealed.digest()?;
        let opening = Entry::ContestOpened {
            stage: sealed.stage.clone(),
            criterion: sealed.criterion.clone(),
            rules,
            seed: seed_commitment(&contest.seed),
            opened_ms: contest.opened_ms,
        };
        let opening = opening.to_bytes()?;
        // Two servers may both find it missing; an opening that stands there twice says the same.
        if !logbook.has(&opening).await? {
            site.queue_entry(&opening).await?;
            logbook.wake();
        }
        let name = Digest::of(&opening);
        let draws = Draws::new(&sealed, &contest.seed)?;
        let shared = Shared {
            site: site.clone(),
            logbook: logbook.clone(),
            key: VoterKey::new(&secrets.voters, name),
            intake: Intake::default(),
            draws: Mutex::new(draws),
            casts: Mutex::default(),
            latest_ms: AtomicI64::new(i64::MIN),
            shown: Shown::default(),
            contest,
            name,
            sealed,
            rules,
            names,
            recorded,
        };
        let arena = Self { shared: Arc::new(shared) };
        arena.catch_up(&mut *arena.shared.draws.lock().await).await?;
        Ok(arena)
    }

    /// The contest as the store has it.
    pub fn contest(&self) -> &Contest {
        &self.shared.contest
    }

    /// The contest's name in the log and in published files: SHA-256 of its opening entry.
    pub fn name(&self) -> Digest {
        self.shared.name
    }

    /// The sealed rules.
    pub fn sealed(&self) -> &Sealed {
        &self.shared.sealed
    }

    /// The digest of the sealed rules, as it stands in the log.
    pub fn rules(&self) -> Digest {
        self.shared.rules
    }

    /// What a person is called in published files.
    pub fn pseudonym(&self, person: PersonId) -> String {
        self.shared.key.pseudonym(person)
    }

    /// The person's unfinished battle, or a new one. In recorded mode both answers stand in it.
    ///
    /// Fails with `ContestError::NothingLeft`, and with the store's `CapDay`, `CapAll` and `Closed`.
    pub async fn next_battle(&self, person: PersonId, now_ms: i64) -> Result<Battle, ContestError> {
        match self.draw(person, now_ms).await? {
            Drawn::New(battle) => Ok(battle),
            Drawn::Open(id) => {
                let battle = self.shared.site.battle(id).await?.ok_or(ContestError::NoBattle)?;
                if self.shared.sealed.is_recorded() { self.fill(battle, now_ms).await } else { Ok(battle) }
            }
            Drawn::NothingLeft => {
                let site = &self.shared.site;
                let last = site.battles_of(person, self.shared.contest.id, None, 1).await?.pop();
                last.filter(|battle| battle.state == BattleState::Open).ok_or(ContestError::NothingLeft)
            }
        }
    }

    pub(crate) fn new_battle(&self, person: PersonId, drawn: &Assignment) -> Result<NewBattle, ContestError> {
        let shared = &*self.shared;
        let contestant = |number: u16| {
            let id = shared.sealed.contestants.get(usize::from(number)).map(ToString::to_string);
            id.ok_or(ContestError::Canonical)
        };
        let prompt = drawn.prompt.and_then(|prompt| shared.sealed.prompts.get(usize::try_from(prompt).ok()?));
        Ok(NewBattle {
            id: battle_id(&shared.contest.seed, drawn.number),
            contest: shared.contest.id,
            person,
            mode: if shared.sealed.is_recorded() { BattleMode::Recorded } else { BattleMode::Live },
            left: contestant(drawn.left)?,
            right: contestant(drawn.right)?,
            prompt: prompt.map(|prompt| prompt.id.to_string()),
            draw: i64::try_from(drawn.number).map_err(|_| ContestError::Canonical)?,
        })
    }

    /// Takes in what other servers have drawn.
    pub(crate) async fn catch_up(&self, draws: &mut Draws) -> Result<(), ContestError> {
        let shared = &*self.shared;
        loop {
            let next = i64::try_from(draws.number()).map_err(|_| ContestError::Canonical)?;
            let battles = shared.site.draws(shared.contest.id, next, PAGE).await?;
            for battle in &battles {
                draws.record(self.past(battle, draws.number())?)?;
                self.note_opened(battle.opened_ms);
            }
            if battles.len() < PAGE as usize {
                return Ok(());
            }
        }
    }

    /// Notes when a battle was opened, for the times of later votes.
    pub(crate) fn note_opened(&self, opened_ms: i64) {
        self.shared.latest_ms.fetch_max(opened_ms, Ordering::Relaxed);
    }

    /// The time of a battle or vote that comes now. Never so early that a draw made before would have had to count the vote:
    /// the clock may have been ahead and stepped back.
    pub(crate) fn not_before_counted(&self, now_ms: i64) -> i64 {
        let counted = self.shared.latest_ms.load(Ordering::Relaxed).saturating_sub(VOTE_LAG_MS);
        now_ms.max(counted.saturating_add(1))
    }

    fn past(&self, battle: &Battle, number: u64) -> Result<Past, ContestError> {
        let corrupt = || ContestError::Site(SiteError::Corrupt { what: "a battle of the contest" });
        let sealed = &self.shared.sealed;
        let contestant = |id: &str| {
            let place = sealed.contestants.iter().position(|one| one.as_str() == id);
            place.and_then(|place| u16::try_from(place).ok()).ok_or_else(corrupt)
        };
        let opened = &battle.opened;
        let prompt = opened.prompt.as_ref().map(|id| {
            let place = sealed.prompts.iter().position(|one| one.id.as_str() == id);
            place.and_then(|place| u32::try_from(place).ok()).ok_or_else(corrupt)
        });
        // Draws have no gaps: each is made only once the one before it is in the store.
        if u64::try_from(opened.draw).ok() != Some(number) {
            return Err(corrupt());
        }
        let assignment = Assignment {
            number,
            left: contestant(&opened.left)?,
            right: contestant(&opened.right)?,
            prompt: prompt.transpose()?,
        };
        Ok(Past { assignment, voter: self.voter(opened.person)?, opened_ms: battle.opened_ms })
    }

    /// Reads the votes that have come since the last time.
    pub(crate) async fn read_casts(&self, casts: &mut Casts) -> Result<(), ContestError> {
        for cast in self.shared.site.casts(self.shared.contest.id, casts.last).await? {
            casts.last = cast.queued;
            if let Ok(draw) = u64::try_from(cast.draw) {
                casts.by_draw.insert(draw, Cast { choice: cast.choice, voted_ms: cast.voted_ms });
            }
        }
        Ok(())
    }

    /// What is shown in a battle of recorded answers: the prompt, the answers of left and right.
    pub(crate) fn recorded<'a>(
        &'a self,
        battle: &NewBattle,
    ) -> Result<(&'a str, &'a Answered, &'a Answered), ContestError> {
        let shared = &*self.shared;
        let corrupt = || ContestError::Site(SiteError::Corrupt { what: "a battle's prompt" });
        let recorded = shared.recorded.as_ref().ok_or_else(corrupt)?;
        let prompt = battle.prompt.as_deref().and_then(|id| shared.sealed.prompt(id)).ok_or_else(corrupt)?;
        let answer = |who: &str| {
            let who = CandidateId::new(who).ok()?;
            recorded.answer(prompt.id.as_str(), &who)
        };
        let left = answer(&battle.left).ok_or_else(corrupt)?;
        let right = answer(&battle.right).ok_or_else(corrupt)?;
        Ok((&prompt.text, left, right))
    }

    /// Puts the recorded answers into a battle that has none: one that an earlier version opened in several steps and did
    /// not come to the end of.
    async fn fill(&self, battle: Battle, now_ms: i64) -> Result<Battle, ContestError> {
        let shared = &*self.shared;
        let (id, person) = (battle.opened.id, battle.opened.person);
        if battle.turns.last().is_some_and(|turn| turn.answers.is_some()) {
            return Ok(battle);
        }
        let (prompt, left, right) = self.recorded(&battle.opened)?;
        // The same person may ask twice at once: whoever comes second finds it done.
        let now_ms = now_ms.max(battle.opened_ms);
        if battle.turns.is_empty() {
            done_once(shared.site.add_turn(id, person, prompt, now_ms).await)?;
        }
        done_once(shared.site.answer_turn(id, 0, left, right, now_ms).await)?;
        shared.site.battle(id).await?.ok_or(ContestError::NoBattle)
    }

    /// Takes a vote: durable when this returns. The same vote again gives the same receipt.
    ///
    /// Fails with `NoBattle`, `NotOpen`, `UnknownTag`, `LongReason`, and with the store's `Voted` and `Closed`.
    pub async fn vote(
        &self,
        person: PersonId,
        battle: BattleId,
        choice: Choice,
        now_ms: i64,
    ) -> Result<Receipt, ContestError> {
        let shared = &*self.shared;
        // Of a battle of recorded answers nothing changes that a ballot binds, and the store judges its state anyway.
        let battle = match shared.shown.of(person, battle) {
            Some(battle) => battle,
            None => self.battle(person, battle).await?,
        };
        let Choice { choice, mut tags, reason } = choice;
        tags.sort();
        tags.dedup();
        if tags.iter().any(|tag| !shared.sealed.has_tag(tag)) {
            return Err(ContestError::UnknownTag);
        }
        let reason = reason.trim();
        if reason.chars().count() > usize::try_from(REASON_CHARS).unwrap_or(usize::MAX) {
            return Err(ContestError::LongReason { most: REASON_CHARS });
        }
        let shown_ms = shown_ms(&battle).ok_or(ContestError::NotOpen)?;
        let id = battle.opened.id;
        let mut vote = NewVote {
            battle: id,
            person,
            choice,
            tags,
            reason: reason.to_owned(),
            // Another server's clock may have been ahead.
            voted_ms: self.not_before_counted(now_ms).max(shown_ms),
            salt: *reason_digest(shared.key.opener(id), reason).as_bytes(),
            commitment: Digest::from_bytes([0; 32]),
            entry: Vec::new(),
        };
        let ballot = self.ballot(&vote, &battle.opened, Some(shown_ms))?;
        let commitment = ballot.commitment()?;
        vote.commitment = commitment;
        vote.entry = Entry::Ballot { contest: ballot.contest, commitment }.to_bytes()?;
        let row = self.cast(vote).await?;
        shared.shown.forget(id);
        // The same vote may have been taken before, at another time.
        let ballot = if row.vote.commitment == commitment {
            ballot
        } else {
            self.ballot(&row.vote, &battle.opened, Some(shown_ms))?
        };
        self.receipt_with(ballot, &row).await
    }

    /// Keeps at hand what a vote on a new battle needs.
    pub(crate) fn keep_at_hand(&self, battle: &Battle) {
        if battle.opened.mode == BattleMode::Recorded {
            self.shared.shown.keep(battle);
        }
    }

    /// Withdraws a vote while the contest is open. The log says that it was, and still nothing about it.
    pub async fn withdraw(
        &self,
        person: PersonId,
        battle: BattleId,
        now_ms: i64,
    ) -> Result<Receipt, ContestError> {
        let shared = &*self.shared;
        let battle = self.battle(person, battle).await?;
        let row = shared.site.vote_of(battle.opened.id).await?.ok_or(ContestError::NotOpen)?;
        let entry = Entry::Withdrawal { contest: shared.name, commitment: row.vote.commitment }.to_bytes()?;
        let row = shared.site.withdraw(battle.opened.id, person, &entry, now_ms).await?;
        shared.logbook.wake();
        self.receipt_of(&row, &battle).await
    }

    /// The receipt of a person's vote, with its proof where the log has it.
    pub async fn receipt(&self, person: PersonId, battle: BattleId) -> Result<Receipt, ContestError> {
        let battle = self.battle(person, battle).await?;
        let row = self.shared.site.vote_of(battle.opened.id).await?.ok_or(ContestError::NoBattle)?;
        self.receipt_of(&row, &battle).await
    }

    /// The receipt with its proof; waits until the log has the vote, and its withdrawal where there is one, at most so long
    /// (`ContestError::NotLogged`).
    pub async fn await_receipt(
        &self,
        person: PersonId,
        battle: BattleId,
        most: Duration,
    ) -> Result<Receipt, ContestError> {
        let row = self.shared.site.vote_of(battle).await?.ok_or(ContestError::NoBattle)?;
        if !self.shared.logbook.await_logged(row.withdrawal.unwrap_or(row.queued), most).await? {
            return Err(ContestError::NotLogged);
        }
        self.receipt(person, battle).await
    }

    /// Where the log has a commitment; none where this contest knows no such vote or the log does not have it yet. For
    /// everybody: it says nothing about the vote.
    pub async fn inclusion(&self, commitment: Digest) -> Result<Option<Inclusion>, ContestError> {
        let shared = &*self.shared;
        let Some(row) = shared.site.vote_by_commitment(commitment).await? else { return Ok(None) };
        let battle = shared.site.battle(row.vote.battle).await?;
        if battle.is_none_or(|battle| battle.opened.contest != shared.contest.id) {
            return Ok(None);
        }
        self.inclusion_of(&row).await
    }

    /// Ends a person's open battle without a vote.
    pub async fn leave(&self, person: PersonId, battle: BattleId, now_ms: i64) -> Result<(), ContestError> {
        let battle = self.battle(person, battle).await?;
        Ok(self.shared.site.end_battle(battle.opened.id, &Ended::Left, now_ms).await?)
    }

    /// Keeps a report of harmful content; the battle, where it is still open, does not count.
    pub async fn report(
        &self,
        person: PersonId,
        battle: BattleId,
        text: &str,
        now_ms: i64,
    ) -> Result<(), ContestError> {
        let battle = self.battle(person, battle).await?;
        let text: String = text.chars().take(usize::try_from(REASON_CHARS).unwrap_or(usize::MAX)).collect();
        self.shared.site.report(battle.opened.id, person, &text, now_ms).await?;
        let end = Ended::Void { why: REPORTED.to_owned() };
        Ok(self.shared.site.end_battle(battle.opened.id, &end, now_ms).await?)
    }

    /// A person's battle of this contest.
    pub async fn battle(&self, person: PersonId, battle: BattleId) -> Result<Battle, ContestError> {
        let found = self.shared.site.battle(battle).await?;
        let is_own = |battle: &Battle| {
            battle.opened.person == person && battle.opened.contest == self.shared.contest.id
        };
        found.filter(is_own).ok_or(ContestError::NoBattle)
    }

    /// A vote as it is committed to, with its battle and when the last answers of that stood there.
    pub(crate) fn ballot(
        &self,
        vote: &NewVote,
        opened: &NewBattle,
        shown_ms: Option<i64>,
    ) -> Result<Ballot, ContestError> {
        let corrupt = |_| ContestError::Site(SiteError::Corrupt { what: "a battle's sides" });
        let name = battle_name(vote.battle);
        let left = CandidateId::new(&opened.left).map_err(corrupt)?;
        let right = CandidateId::new(&opened.right).map_err(corrupt)?;
        Ok(Ballot {
            contest: self.shared.name,
            sides: sides_digest(&self.shared.contest.seed, &name, &left, &right),
            battle: name,
            prompt: opened.prompt.clone(),
            choice: vote.choice,
            tags: vote.tags.clone(),
            shown_ms: shown_ms.ok_or(ContestError::NotOpen)?,
            voted_ms: vote.voted_ms,
            voter: self.pseudonym(vote.person),
            salt: Digest::from_bytes(vote.salt),
        })
    }

    async fn receipt_of(&self, row: &VoteRow, battle: &Battle) -> Result<Receipt, ContestError> {
        self.receipt_with(self.ballot(&row.vote, &battle.opened, shown_ms(battle))?, row).await
    }

    async fn receipt_with(&self, ballot: Ballot, row: &VoteRow) -> Result<Receipt, ContestError> {
        let opener = self.shared.key.opener(row.vote.battle);
        let reason = Some(row.vote.reason.clone());
        Ok(Receipt {
            // A reason that was deleted is no empty one.
            reason: reason.filter(|reason| reason_digest(opener, reason) == ballot.salt),
            opener,
            commitment: row.vote.commitment,
            logged: self.inclusion_of(row).await?,
            withdrawn_ms: row.withdrawn_ms,
            withdrawal: self.included(row, row.withdrawal_logged).await?,
            ballot,
        })
    }

    async fn inclusion_of(&self, row: &VoteRow) -> Result<Option<Inclusion>, ContestError> {
        self.included(row, row.logged).await
    }

    /// The proof of an entry about a vote: the vote's own or its withdrawal's.
    async fn included(&self, row: &VoteRow, index: Option<u64>) -> Result<Option<Inclusion>, ContestError> {
        let shared = &*self.shared;
        let Some(index) = index else { return Ok(None) };
        match shared.logbook.prove(index).await {
            Ok(proof) => {
                Ok(Some(Inclusion::new(shared.name, row.vote.commitment, shared.logbook.key(), &proof)))
            }
            // The folder of this server is behind.
            Err(ContestError::NotLogged) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn voter(&self, person: PersonId) -> Result<VoterId, ContestError> {
        VoterId::new(self.pseudonym(person)).map_err(|_| ContestError::Canonical)
    }
}

impl std::fmt::Debug for Arena {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arena").field("contest", &self.shared.name).finish_non_exhaustive()
    }
}

/// What a set-up comes to.
pub(crate) fn prepare(setup: &Setup) -> Result<(Option<Recorded>, Sealed, Names), ContestError> {
    let names = Names::new(setup.names.clone());
    let is_recorded = setup.rule.mode == daepyo_core::ContestMode::Recorded;
    let recorded = if is_recorded { Some(Recorded::new(setup, &names)?) } else { None };
    let sealed = Sealed::new(setup, recorded.as_ref())?;
    Ok((recorded, sealed, names))
}

/// When the last turn's answers stood there; none where a turn is not answered or there is none.
pub(crate) fn shown_ms(battle: &Battle) -> Option<i64> {
    let last = battle.turns.last()?;
    last.answers.as_ref()?;
    last.shown_ms
}

/// What somebody else has done already is done.
fn done_once<T>(result: Result<T, SiteError>) -> Result<(), ContestError> {
    match result {
        Ok(_) | Err(SiteError::NotOpen) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
