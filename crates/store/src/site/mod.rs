//! The store of the site: people, sessions, contests, battles, votes; SQLite or PostgreSQL behind one contract.

mod types;

pub use types::{
    Account, Answered, Battle, BattleId, BattleMode, BattleState, Contest, ContestId, ContestRules, Ended, NewBattle, NewContest,
    NewVote, Passkey, PendingEntry, Person, PersonId, Role, Session, SiteError, Turn, VoteRow,
};

use daepyo_core::{Digest, TeamId};

/// The store of the site. Cheap to clone; every method may be called from any task. Times are milliseconds since 1970 by
/// the caller's clock: the store has none of its own.
#[derive(Clone, Debug)]
pub struct Site {}

impl Site {
    /// Opens `sqlite:PATH` or `postgres://…`, making the file and bringing it to this version's layout.
    pub async fn open(_url: &str) -> Result<Self, SiteError> { todo!() }

    // ---- people ----

    /// Whether nobody has been given the role of the office yet: the first-run link is for that.
    pub async fn is_new(&self) -> Result<bool, SiteError> { todo!() }
    /// The person behind a subject (the keyed hash of what the provider calls them), made as a citizen on first sight.
    pub async fn person_of_subject(&self, _subject: Digest, _now_ms: i64) -> Result<Person, SiteError> { todo!() }
    /// A person by number.
    pub async fn person(&self, _id: PersonId) -> Result<Option<Person>, SiteError> { todo!() }
    /// Everyone who has another role than citizen.
    pub async fn staff(&self) -> Result<Vec<Person>, SiteError> { todo!() }
    /// Gives a person a role, and the team that a team engineer belongs to.
    pub async fn set_role(&self, _id: PersonId, _role: Role, _team: Option<TeamId>) -> Result<(), SiteError> { todo!() }
    /// Makes a local account; `SiteError::Taken` where the name is in use.
    pub async fn add_account(&self, _name: &str, _password_hash: &str, _role: Role, _team: Option<TeamId>, _now_ms: i64) -> Result<PersonId, SiteError> { todo!() }
    /// A local account by name.
    pub async fn account(&self, _name: &str) -> Result<Option<Account>, SiteError> { todo!() }
    /// Keeps a passkey of a person; `SiteError::Taken` where the credential is known already.
    pub async fn add_passkey(&self, _passkey: &Passkey, _now_ms: i64) -> Result<(), SiteError> { todo!() }
    /// A passkey by its credential.
    pub async fn passkey(&self, _credential: &[u8]) -> Result<Option<Passkey>, SiteError> { todo!() }
    /// A person's passkeys.
    pub async fn passkeys(&self, _person: PersonId) -> Result<Vec<Passkey>, SiteError> { todo!() }
    /// Replaces what is kept of a passkey (its counter has grown).
    pub async fn update_passkey(&self, _passkey: &Passkey) -> Result<(), SiteError> { todo!() }

    // ---- sessions: the store knows digests of their tokens only ----

    /// Starts a session.
    pub async fn start_session(&self, _token: Digest, _person: PersonId, _now_ms: i64, _expires_ms: i64) -> Result<(), SiteError> { todo!() }
    /// The session of a token that has not expired.
    pub async fn session(&self, _token: Digest, _now_ms: i64) -> Result<Option<Session>, SiteError> { todo!() }
    /// Ends a session; no error where there is none.
    pub async fn end_session(&self, _token: Digest) -> Result<(), SiteError> { todo!() }
    /// Removes expired sessions; how many.
    pub async fn sweep_sessions(&self, _now_ms: i64) -> Result<u64, SiteError> { todo!() }

    // ---- contests ----

    /// Opens a contest for a criterion of a stage, or gives the one that is there (its rules must be equal:
    /// `SiteError::OtherRules`).
    pub async fn open_contest(&self, _contest: &NewContest, _now_ms: i64) -> Result<Contest, SiteError> { todo!() }
    /// Every contest, oldest first.
    pub async fn contests(&self) -> Result<Vec<Contest>, SiteError> { todo!() }
    /// A contest.
    pub async fn contest(&self, _id: ContestId) -> Result<Option<Contest>, SiteError> { todo!() }
    /// Closes a contest: no vote, withdrawal or battle is taken from now on. Gives it as closed; closing twice is no error.
    pub async fn close_contest(&self, _id: ContestId, _now_ms: i64) -> Result<Contest, SiteError> { todo!() }

    // ---- battles ----

    /// Opens a battle under the contest's caps (`SiteError::Closed`, `SiteError::CapDay`, `SiteError::CapAll`,
    /// `SiteError::Unfinished` where the person has an open battle: its number).
    pub async fn add_battle(&self, _battle: &NewBattle, _now_ms: i64) -> Result<Battle, SiteError> { todo!() }
    /// A battle with its turns.
    pub async fn battle(&self, _id: BattleId) -> Result<Option<Battle>, SiteError> { todo!() }
    /// A person's battles of a contest, newest first, at most `limit`, before `before` where given.
    pub async fn battles_of(&self, _person: PersonId, _contest: ContestId, _before: Option<BattleId>, _limit: u32) -> Result<Vec<Battle>, SiteError> { todo!() }
    /// Adds a turn with the person's prompt to an open battle; its number from 0 (`SiteError::NotOpen` where the battle
    /// is over or its last turn is not answered).
    pub async fn add_turn(&self, _battle: BattleId, _person: PersonId, _prompt: &str, _now_ms: i64) -> Result<u32, SiteError> { todo!() }
    /// Keeps both answers of a turn, once.
    pub async fn answer_turn(&self, _battle: BattleId, _turn: u32, _left: &Answered, _right: &Answered, _shown_ms: i64) -> Result<(), SiteError> { todo!() }
    /// Ends a battle without a vote: void (an identity leak, a report) or failed (infrastructure). No error where it is
    /// over already.
    pub async fn end_battle(&self, _battle: BattleId, _end: &Ended, _now_ms: i64) -> Result<(), SiteError> { todo!() }
    /// How often each (left, right) was shown in a contest: battles that are open, voted on or void; failed ones do not count.
    pub async fn exposures(&self, _contest: ContestId) -> Result<Vec<(String, String, u64)>, SiteError> { todo!() }
    /// How often each assigned prompt was given in a contest.
    pub async fn prompt_uses(&self, _contest: ContestId) -> Result<Vec<(String, u64)>, SiteError> { todo!() }

    // ---- votes ----

    /// Takes a vote: durable when this returns, and in the queue of the evidence log in the same transaction. One vote a
    /// battle: the same vote again gives the kept row back (an answer that was lost on its way), another one is
    /// `SiteError::Voted`. `SiteError::Closed`, `SiteError::NotOpen` (not this person's battle, void, not answered).
    pub async fn vote(&self, _vote: &NewVote) -> Result<VoteRow, SiteError> { todo!() }
    /// Takes several votes in one transaction; a result for each, in order.
    pub async fn vote_all(&self, _votes: &[NewVote]) -> Result<Vec<Result<VoteRow, SiteError>>, SiteError> { todo!() }
    /// Withdraws a person's vote while the contest is open; `entry` goes into the queue of the log in the same transaction.
    pub async fn withdraw(&self, _battle: BattleId, _person: PersonId, _entry: &[u8], _now_ms: i64) -> Result<VoteRow, SiteError> { todo!() }
    /// The vote on a battle.
    pub async fn vote_of(&self, _battle: BattleId) -> Result<Option<VoteRow>, SiteError> { todo!() }
    /// A vote by the digest that stands in the log.
    pub async fn vote_by_commitment(&self, _commitment: Digest) -> Result<Option<VoteRow>, SiteError> { todo!() }
    /// A person's votes in a contest, newest first, withdrawn ones among them.
    pub async fn votes_of(&self, _person: PersonId, _contest: ContestId) -> Result<Vec<VoteRow>, SiteError> { todo!() }
    /// Every vote of a contest in the order of the log, withdrawn ones among them, with its battle.
    pub async fn votes(&self, _contest: ContestId) -> Result<Vec<(VoteRow, Battle)>, SiteError> { todo!() }
    /// Keeps a report of harmful content in a battle.
    pub async fn report(&self, _battle: BattleId, _person: PersonId, _text: &str, _now_ms: i64) -> Result<(), SiteError> { todo!() }
    /// Reports, newest first: battle, text, when.
    pub async fn reports(&self, _limit: u32) -> Result<Vec<(BattleId, String, i64)>, SiteError> { todo!() }

    // ---- the queue of the evidence log ----

    /// Puts an entry that belongs to no vote into the queue (a contest's opening, its closing); its number.
    pub async fn queue_entry(&self, _entry: &[u8]) -> Result<i64, SiteError> { todo!() }
    /// Entries that the log does not have yet, in order, at most `limit`.
    pub async fn pending(&self, _limit: u32) -> Result<Vec<PendingEntry>, SiteError> { todo!() }
    /// The queue's numbers that the log has now, with their places in it.
    pub async fn logged(&self, _placed: &[(i64, u64)]) -> Result<(), SiteError> { todo!() }
    /// How many entries of the queue the log has.
    pub async fn logged_count(&self) -> Result<u64, SiteError> { todo!() }
    /// Becomes the one writer of the log among all servers of this database, or not; held until `Leader` is dropped or the
    /// connection dies.
    pub async fn lead(&self) -> Result<Option<Leader>, SiteError> { todo!() }

    // ---- consent and deletion ----

    /// Keeps whether a person's conversations may be published.
    pub async fn set_consent(&self, _person: PersonId, _contest: ContestId, _consents: bool, _now_ms: i64) -> Result<(), SiteError> { todo!() }
    /// Whether a person has said that their conversations may be published.
    pub async fn consent(&self, _person: PersonId, _contest: ContestId) -> Result<bool, SiteError> { todo!() }
    /// Deletes the text of a person's conversations (prompts, answers, reasons); votes and candidates stay. How many battles.
    pub async fn forget(&self, _person: PersonId) -> Result<u64, SiteError> { todo!() }

    // ---- news between servers ----

    /// Tells every server of this database something (PostgreSQL: NOTIFY), at most 4,000 bytes.
    pub async fn tell(&self, _news: &str) -> Result<(), SiteError> { todo!() }
    /// What servers tell each other from now on, this one's own among it. Lagging receivers miss the oldest.
    pub fn news(&self) -> tokio::sync::broadcast::Receiver<String> { todo!() }
}

/// The right to write the log.
#[derive(Debug)]
pub struct Leader {}

impl Leader {
    /// Whether the right is still held (the connection lives).
    pub async fn holds(&mut self) -> bool { todo!() }
}
