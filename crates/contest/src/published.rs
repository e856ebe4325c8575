//! The files that a closed contest is published as. Each is a pure function of what the store has at the close.

use crate::{Ballot, ContestError, Sealed, keyed::parse_seed};
use daepyo_core::{CandidateId, Digest, VoteChoice, canonical};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufRead,
};

/// The file of the rules, the seed and the counts.
pub const CONTEST: &str = "contest.json";
/// The file of every ballot, opened.
pub const BALLOTS: &str = "ballots.jsonl";
/// The file of every draw.
pub const DRAWS: &str = "draws.jsonl";
/// The file of what the tests of voters found, hour by hour.
pub const EXAMINATIONS: &str = "examinations.jsonl";
/// The votes in the form of files of observations.
pub const VOTES: &str = "votes.csv";
/// The conversations of persons who consented.
pub const CONVERSATIONS: &str = "conversations.jsonl";

/// All of them.
pub const FILES: [&str; 6] = [CONTEST, BALLOTS, DRAWS, VOTES, EXAMINATIONS, CONVERSATIONS];

/// `contest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The contest: SHA-256 of its opening entry.
    pub contest: Digest,
    /// The rules; their digest is in the opening entry.
    pub rules: Sealed,
    /// The seed of the draws, 64 hexadecimal digits; the commitment to it is in the opening entry.
    pub seed: String,
    /// When it opened, in milliseconds since 1970.
    pub opened_ms: i64,
    /// When it closed.
    pub closed_ms: i64,
    /// What happened.
    pub counts: Counts,
}

impl Summary {
    /// The seed's bytes.
    pub fn seed(&self) -> Option<[u8; 32]> {
        parse_seed(&self.seed)
    }
}

/// What happened in a contest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Battles that were drawn.
    pub battles: u64,
    /// Of these, voted on; votes that were withdrawn among them.
    pub voted: u64,
    /// Votes that were withdrawn.
    pub withdrawn: u64,
    /// Void battles by reason, the part before the first colon.
    pub void: BTreeMap<String, u64>,
    /// Battles that failed.
    pub failed: u64,
    /// Battles that the person left.
    pub left: u64,
    /// Battles that were open at the close.
    pub open: u64,
    /// Voters.
    pub voters: u64,
    /// Voters who cast as many votes as one person may.
    pub cap_reached: u64,
    /// Conversations that are published.
    pub conversations: u64,
}

/// A line of `ballots.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotLine {
    /// Shown on the left; the ballot's `sides` binds it.
    pub left: CandidateId,
    /// Shown on the right, likewise.
    pub right: CandidateId,
    /// Everything that the commitment binds.
    pub ballot: Ballot,
    /// The commitment.
    pub commitment: Digest,
    /// Its place in the log, from 0.
    pub index: u64,
    /// Whether the voter withdrew it.
    pub withdrawn: bool,
    /// Characters of both answers of all turns together, though their texts were deleted; null where there are none. Not bound by the commitment.
    pub characters: Option<u64>,
}

/// A line of `draws.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawLine {
    /// The draw's number, from 0.
    pub draw: u64,
    /// The battle, 16 hexadecimal digits.
    pub battle: String,
    /// For whom, by pseudonym.
    pub voter: String,
    /// On the left.
    pub left: CandidateId,
    /// On the right.
    pub right: CandidateId,
    /// The assigned prompt, where one was.
    pub prompt: Option<String>,
    /// When it was opened, in milliseconds since 1970.
    pub opened_ms: i64,
    /// What became of it.
    pub end: End,
    /// Why it is void; of a failed one the side and the code, as `left:talk::stalled`, where it is known; null otherwise.
    pub why: Option<String>,
}

/// What became of a battle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Open at the close.
    Open,
    /// Voted on.
    Voted,
    /// Void.
    Void,
    /// Failed.
    Failed,
    /// Left by the person.
    Left,
}

/// A line of `conversations.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversationLine {
    /// The battle.
    pub battle: String,
    /// Its turns, in order.
    pub turns: Vec<TurnLine>,
}

/// A turn of a published conversation, without personal data that was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnLine {
    /// What was asked.
    pub prompt: String,
    /// What the left one answered.
    pub left: String,
    /// What the right one answered.
    pub right: String,
}

/// A line of canonical JSON.
pub(crate) fn to_line<T: Serialize>(line: &T) -> Result<Vec<u8>, ContestError> {
    let mut bytes = canonical::to_bytes(line).map_err(|_| ContestError::Canonical)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads lines of canonical JSON, one after the other; the number of the first one, from 1, that is none.
pub(crate) fn each_line<T: DeserializeOwned + Serialize>(
    mut from: impl BufRead,
    mut take: impl FnMut(T),
) -> Result<(), u64> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if from.read_until(b'\n', &mut line).map_err(|_| number)? == 0 {
            break;
        }
        let line = line.strip_suffix(b"\n").ok_or(number)?;
        let value: T = serde_json::from_slice(line).map_err(|_| number)?;
        if canonical::to_bytes(&value).ok().as_deref() != Some(line) {
            return Err(number);
        }
        take(value);
    }
    Ok(())
}

/// `votes.csv` of ballots: those that were not withdrawn, in the order of the log.
pub(crate) fn votes_csv(rules: &Sealed, ballots: &[BallotLine]) -> Result<Vec<u8>, ContestError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let wrong = |_| ContestError::Canonical;
    writer
        .write_record([
            "voter",
            "left",
            "right",
            "choice",
            "prompt",
            "shown_ms",
            "voted_ms",
            "characters",
            "gold",
            "category",
            "language",
        ])
        .map_err(wrong)?;
    for line in ballots.iter().filter(|line| !line.withdrawn) {
        let ballot = &line.ballot;
        let prompt = ballot.prompt.as_deref().and_then(|id| rules.prompt(id));
        let choice = match ballot.choice {
            VoteChoice::Left => "left",
            VoteChoice::Right => "right",
            VoteChoice::Tie => "tie",
            VoteChoice::BothBad => "both_bad",
        };
        let characters = line.characters.map(|count| count.to_string()).unwrap_or_default();
        writer
            .write_record([
                ballot.voter.as_str(),
                line.left.as_str(),
                line.right.as_str(),
                choice,
                ballot.prompt.as_deref().unwrap_or_default(),
                &ballot.shown_ms.to_string(),
                &ballot.voted_ms.to_string(),
                &characters,
                "",
                prompt.map(|prompt| prompt.category.as_str()).unwrap_or_default(),
                prompt.map(|prompt| prompt.language.as_str()).unwrap_or_default(),
            ])
            .map_err(wrong)?;
    }
    writer.into_inner().map_err(|_| ContestError::Canonical)
}

/// The counts of draws and ballots.
pub(crate) fn counts(
    rules: &Sealed,
    draws: &[DrawLine],
    ballots: &[BallotLine],
    conversations: u64,
) -> Counts {
    let mut counts = Counts { battles: draws.len() as u64, conversations, ..Counts::default() };
    for draw in draws {
        match draw.end {
            End::Open => counts.open += 1,
            End::Voted => counts.voted += 1,
            End::Failed => counts.failed += 1,
            End::Left => counts.left += 1,
            End::Void => {
                let why = draw.why.as_deref().unwrap_or_default();
                let why = why.split_once(':').map_or(why, |(kind, _)| kind);
                *counts.void.entry(why.to_owned()).or_default() += 1;
            }
        }
    }
    let mut cast = BTreeMap::<&str, u64>::new();
    for line in ballots.iter().filter(|line| !line.withdrawn) {
        *cast.entry(&line.ballot.voter).or_default() += 1;
    }
    counts.withdrawn = ballots.iter().filter(|line| line.withdrawn).count() as u64;
    counts.voters =
        ballots.iter().map(|line| line.ballot.voter.as_str()).collect::<BTreeSet<_>>().len() as u64;
    counts.cap_reached =
        cast.values().filter(|cast| **cast >= u64::from(rules.rule.votes_in_all)).count() as u64;
    counts
}
