//! What the store of the site keeps.

use daepyo_core::{Digest, TeamId, VoteChoice};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A person, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub i64);

/// A contest, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContestId(pub i64);

/// A battle, by a number that says nothing about how many there are (random, 63 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BattleId(pub i64);

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the programme.
    Office,
    /// Belongs to a team.
    Team,
    /// Marks dossiers.
    Expert,
    /// Votes.
    Citizen,
    /// Sees what the office sees and changes nothing.
    Auditor,
}

/// Somebody whom the site knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their number.
    pub id: PersonId,
    /// What they may do.
    pub role: Role,
    /// The team of a team engineer.
    pub team: Option<TeamId>,
    /// When they were first seen, in milliseconds since 1970.
    pub since_ms: i64,
    /// When they were disabled, in milliseconds since 1970, where they are.
    pub disabled_ms: Option<i64>,
}

/// A local account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub person: Person,
    /// The name to sign in with.
    pub name: String,
    /// The password's hash, in the form of the Password Hashing Competition.
    pub password_hash: String,
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Whose it is.
    pub person: PersonId,
    /// The credential's id.
    pub credential: Vec<u8>,
    /// The public key and what else the reader of passkeys keeps, as it writes it.
    pub kept: Vec<u8>,
    /// The signature counter.
    pub counter: u32,
}

/// A session that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub person: Person,
    /// When it ends unless it is used, in milliseconds since 1970.
    pub expires_ms: i64,
    /// When its use was noted last, in milliseconds since 1970.
    pub seen_ms: i64,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    /// The digest of its token.
    pub token: Digest,
    /// When it began, in milliseconds since 1970.
    pub since_ms: i64,
    /// When its use was noted last, in milliseconds since 1970.
    pub seen_ms: i64,
    /// When it ends unless it is used, in milliseconds since 1970.
    pub expires_ms: i64,
}

/// How an access code stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeState {
    /// Nobody has signed in with it.
    Unused,
    /// Somebody has signed in with it.
    Used,
    /// It signs nobody in any more, since this moment in milliseconds since 1970.
    Revoked(i64),
}

/// An access code that was made; the code itself is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its number.
    pub id: i64,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: i64,
    /// How it stands.
    pub state: CodeState,
}

/// How many attempts are allowed: so many at once, and one more each `every_us` microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// At once.
    pub burst: u32,
    /// Microseconds until one more is allowed.
    pub every_us: u32,
}

/// What a contest is held by; sealed with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContestRules {
    /// Votes that one person may cast on one day (UTC+9), at most.
    pub votes_a_day: u32,
    /// Votes that one person may cast in all, at most.
    pub votes_in_all: u32,
    /// Everything else that the site holds the contest by, as JSON; the store only keeps and compares it.
    pub more: serde_json::Value,
}

/// A contest to open.
#[derive(Clone, Debug, PartialEq)]
pub struct NewContest {
    /// The stage.
    pub stage: String,
    /// The criterion that its votes count for.
    pub criterion: String,
    /// Its rules.
    pub rules: ContestRules,
    /// The secret that pairs and sides are drawn with; published after the close.
    pub seed: [u8; 32],
}

/// A contest.
#[derive(Clone, Debug, PartialEq)]
pub struct Contest {
    /// Its number.
    pub id: ContestId,
    /// The stage.
    pub stage: String,
    /// The criterion.
    pub criterion: String,
    /// Its rules.
    pub rules: ContestRules,
    /// The secret of its draws.
    pub seed: [u8; 32],
    /// When it opened, in milliseconds since 1970.
    pub opened_ms: i64,
    /// When it closed, where it has.
    pub closed_ms: Option<i64>,
}

/// Where the answers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BattleMode {
    /// Answers that were recorded before.
    Recorded,
    /// Models that answer now.
    Live,
}

/// A battle to open.
#[derive(Clone, Debug, PartialEq)]
pub struct NewBattle {
    /// Its number, drawn at random by the caller.
    pub id: BattleId,
    /// The contest.
    pub contest: ContestId,
    /// Who judges.
    pub person: PersonId,
    /// Where answers come from.
    pub mode: BattleMode,
    /// The candidate or reference on the left, by id.
    pub left: String,
    /// The one on the right.
    pub right: String,
    /// The assigned prompt that it begins with, by id, where one is assigned.
    pub prompt: Option<String>,
    /// The number of the draw in the contest.
    pub draw: i64,
}

/// One side's answer in a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The answer as it was shown.
    pub text: String,
    /// Whether it was cut at the limit.
    pub cut: bool,
}

/// A turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Its number in the battle, from 0.
    pub number: u32,
    /// What the person (or the programme) asked; empty where it was deleted.
    pub prompt: String,
    /// Both answers, where they have come: left, right.
    pub answers: Option<(Answered, Answered)>,
    /// When both stood there in full, in milliseconds since 1970.
    pub shown_ms: Option<i64>,
}

/// Why a battle ended without a vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "end")]
pub enum Ended {
    /// It does not count: a candidate could be told by what it wrote, or the person asked for it.
    Void {
        /// What was found, for the office and the published record.
        why: String,
    },
    /// A candidate did not answer: a failure of infrastructure, never a loss.
    Failed {
        /// What happened.
        why: String,
    },
    /// The person left it.
    Left,
}

/// How a battle stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BattleState {
    /// Open: no vote yet.
    Open,
    /// Voted on; the vote may be withdrawn.
    Voted,
    /// Over without a vote.
    Ended(Ended),
}

/// A battle.
#[derive(Clone, Debug, PartialEq)]
pub struct Battle {
    /// What it was opened with.
    pub opened: NewBattle,
    /// When it was opened, in milliseconds since 1970.
    pub opened_ms: i64,
    /// How it stands.
    pub state: BattleState,
    /// Its turns, in order.
    pub turns: Vec<Turn>,
}

/// A vote to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVote {
    /// The battle.
    pub battle: BattleId,
    /// Who votes.
    pub person: PersonId,
    /// What is chosen.
    pub choice: VoteChoice,
    /// Tags, from a closed list of the site.
    pub tags: Vec<String>,
    /// Why, in the person's words; empty for none.
    pub reason: String,
    /// When, in milliseconds since 1970.
    pub voted_ms: i64,
    /// The random value that hides the vote in the log.
    pub salt: [u8; 32],
    /// The digest of the vote and its salt.
    pub commitment: Digest,
    /// The bytes for the evidence log: the commitment and nothing about the vote.
    pub entry: Vec<u8>,
}

/// A vote with what a ballot and the tests of voters need of its battle.
#[derive(Clone, Debug, PartialEq)]
pub struct CastVote {
    /// The vote.
    pub row: VoteRow,
    /// What the battle was opened with.
    pub opened: NewBattle,
    /// When the last answers stood there in full, in milliseconds since 1970.
    pub shown_ms: Option<i64>,
    /// Characters of all answers of a conversation, though their texts were deleted; none for recorded answers.
    pub characters: Option<u64>,
}

/// A vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteRow {
    /// The vote.
    pub vote: NewVote,
    /// Its number in the queue of the log.
    pub queued: i64,
    /// Its place in the log, once it stands there.
    pub logged: Option<u64>,
    /// When it was withdrawn, where it was.
    pub withdrawn_ms: Option<i64>,
    /// The number of its withdrawal in the queue of the log; none, too, where an earlier version withdrew it.
    pub withdrawal: Option<i64>,
    /// The place of its withdrawal in the log, once it stands there.
    pub withdrawal_logged: Option<u64>,
}

/// An entry that the log does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingEntry {
    /// Its number in the queue; the order of the log.
    pub number: i64,
    /// Its bytes.
    pub entry: Vec<u8>,
}

/// Why the store of the site refuses or fails.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The address is none of the two kinds.
    #[error("store::site_url: {url} is no address of a store: write sqlite:FILE or postgres://…")]
    Url {
        /// What was given, without a password.
        url: String,
    },
    /// The database cannot be opened.
    #[error("store::site_open: the store of the site cannot be opened")]
    Open(#[source] sqlx::Error),
    /// The database has a layout that this version does not know.
    #[error("store::site_migrate: the store of the site cannot be brought to the layout of this version")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// Reading or writing failed.
    #[error("store::site_query: a query of the site's store failed")]
    Query(#[source] sqlx::Error),
    /// The disk did not take what was written, and whatever was written since is uncertain: the store has to be opened anew.
    #[error("store::site_disk: the disk does not keep what the site's store writes")]
    Disk(#[source] Arc<std::io::Error>),
    /// A row that cannot be read; something else changed it.
    #[error("store::site_corrupt: {what} cannot be read")]
    Corrupt {
        /// What.
        what: &'static str,
    },
    /// The name or the credential is in use.
    #[error("store::site_taken: the name is taken")]
    Taken,
    /// A contest for this criterion is open under other rules.
    #[error("store::site_other_rules: the contest was opened under other rules")]
    OtherRules,
    /// There is no such thing.
    #[error("store::site_missing: there is no such {what}")]
    Missing {
        /// What.
        what: &'static str,
    },
    /// The contest is closed.
    #[error("store::site_closed: the contest is closed")]
    Closed,
    /// The person has cast as many votes as one day allows.
    #[error("store::site_cap_day: the day's votes are cast")]
    CapDay,
    /// The person has cast as many votes as the contest allows.
    #[error("store::site_cap_all: all votes are cast")]
    CapAll,
    /// The person has a battle without a vote.
    #[error("store::site_unfinished: an earlier battle is open")]
    Unfinished(BattleId),
    /// The battle is not one that this can be done with now.
    #[error("store::site_not_open: the battle is not open for this")]
    NotOpen,
    /// There is another vote on this battle.
    #[error("store::site_voted: the battle has another vote")]
    Voted,
}

impl SiteError {
    /// The code of the problem, as its page in `docs/errors` is called.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "store::site_url",
            Self::Open(_) => "store::site_open",
            Self::Migrate(_) => "store::site_migrate",
            Self::Query(_) => "store::site_query",
            Self::Disk(_) => "store::site_disk",
            Self::Corrupt { .. } => "store::site_corrupt",
            Self::Taken => "store::site_taken",
            Self::OtherRules => "store::site_other_rules",
            Self::Missing { .. } => "store::site_missing",
            Self::Closed => "store::site_closed",
            Self::CapDay => "store::site_cap_day",
            Self::CapAll => "store::site_cap_all",
            Self::Unfinished(_) => "store::site_unfinished",
            Self::NotOpen => "store::site_not_open",
            Self::Voted => "store::site_voted",
        }
    }
}
