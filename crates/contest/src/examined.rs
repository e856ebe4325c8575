//! The registered tests of voters: run every hour while a contest is open, and at its close. They flag and take no vote away.
//!
//! What they found is kept, and the log gets a commitment to it under the contest's seed, so that nobody who rigs votes
//! learns from the log whether they were seen. After the close it is published and anybody runs the tests again.

use crate::{Arena, ContestError, Entry, Sealed, keyed::keyed, logbook::blocking, published::BallotLine};
use daepyo_core::{Digest, VoteChoice, canonical};
use daepyo_store::site::{CastVote, SiteError};
use daepyo_verdict::voters::{Ballot, VoterReport, VoterSettings, examine};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Milliseconds between two examinations of a contest that is open.
pub const EXAMINE_EVERY_MS: i64 = 3_600_000;
/// The slot of the examination at the close.
const AT_CLOSE: i64 = -1;

/// A line of `examinations.jsonl`: what the tests found at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examination {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// How many ballots there were: the first so many of the log.
    pub ballots: u64,
    /// How many of them were withdrawn: the first so many withdrawals of the log.
    pub withdrawals: u64,
    /// What was found. Votes are numbered by their ballot's line, from 1.
    pub report: VoterReport,
}

impl Examination {
    /// The entry of the log that binds it.
    pub(crate) fn entry(&self, contest: Digest, seed: &[u8; 32]) -> Result<Entry, ContestError> {
        let line = canonical::to_bytes(self).map_err(|_| ContestError::Canonical)?;
        Ok(Entry::VotersExamined { contest, commitment: keyed(seed, "examination", &[&line]) })
    }

    /// Whether the tests find the same in the published ballots, of which those in `withdrawn` do not count.
    pub(crate) fn follows(
        &self,
        rules: &Sealed,
        ballots: &[BallotLine],
        withdrawn: impl Fn(&Digest) -> bool,
    ) -> bool {
        let counted = ballots.iter().zip(1..).filter(|(line, _)| !withdrawn(&line.commitment));
        let counted: Vec<Ballot<'_>> = counted.map(|(line, number)| published_ballot(line, number)).collect();
        examine(&counted, &settings(rules)).is_ok_and(|again| again == self.report)
    }
}

fn published_ballot(line: &BallotLine, number: u64) -> Ballot<'_> {
    Ballot {
        number,
        voter: &line.ballot.voter,
        left: line.left.as_str(),
        right: line.right.as_str(),
        choice: line.ballot.choice,
        shown_ms: u64::try_from(line.ballot.shown_ms).ok(),
        voted_ms: u64::try_from(line.ballot.voted_ms).ok(),
        characters: line.characters,
        gold: None,
    }
}

/// The tests that the criterion registers; those of the defaults where it registers none.
fn settings(rules: &Sealed) -> VoterSettings {
    rules.tests.as_ref().map_or_else(VoterSettings::default, VoterSettings::from)
}

impl Arena {
    /// Runs the tests and keeps what they find, unless this hour has it. Whether it was kept.
    pub async fn examine_hourly(&self, now_ms: i64) -> Result<bool, ContestError> {
        self.keep_examination(now_ms.div_euclid(EXAMINE_EVERY_MS), now_ms).await
    }

    pub(crate) async fn examine_at_close(&self, closed_ms: i64) -> Result<(), ContestError> {
        self.keep_examination(AT_CLOSE, closed_ms).await.map(|_| ())
    }

    /// What was found so far, in the order of time.
    pub async fn examinations(&self) -> Result<Vec<Examination>, ContestError> {
        let corrupt = |_| ContestError::Site(SiteError::Corrupt { what: "an examination of voters" });
        let lines = self.shared.site.examinations(self.shared.contest.id).await?;
        lines.iter().map(|line| serde_json::from_slice(line).map_err(corrupt)).collect()
    }

    async fn keep_examination(&self, slot: i64, at_ms: i64) -> Result<bool, ContestError> {
        let shared = &*self.shared;
        if shared.site.is_examined(shared.contest.id, slot).await? {
            return Ok(false);
        }
        let found = self.examined(at_ms).await?;
        let line = canonical::to_bytes(&found).map_err(|_| ContestError::Canonical)?;
        let entry = found.entry(shared.name, &shared.contest.seed)?.to_bytes()?;
        let is_kept = shared.site.add_examination(shared.contest.id, slot, at_ms, &line, &entry).await?;
        if is_kept {
            shared.logbook.wake();
        }
        Ok(is_kept)
    }

    async fn examined(&self, at_ms: i64) -> Result<Examination, ContestError> {
        let shared = &*self.shared;
        // One reading of the store: ballots and withdrawals are beginnings of the log's.
        let (mut counted, mut names, mut ballots) = (Vec::new(), Names::default(), 0);
        let mut voters = BTreeMap::new();
        let push = |cast: CastVote| {
            ballots += 1;
            if cast.row.withdrawn_ms.is_none() {
                let vote = &cast.row.vote;
                let voter = voters.entry(vote.person).or_insert_with(|| self.pseudonym(vote.person).into());
                counted.push(Counted {
                    number: ballots,
                    voter: Arc::clone(voter),
                    left: names.of(&cast.opened.left),
                    right: names.of(&cast.opened.right),
                    choice: vote.choice,
                    shown_ms: cast.shown_ms.and_then(|ms| u64::try_from(ms).ok()),
                    voted_ms: u64::try_from(vote.voted_ms).ok(),
                    characters: self.characters(&cast),
                });
            }
            Ok::<_, ContestError>(())
        };
        shared.site.each_vote(shared.contest.id, push).await?;
        let (withdrawals, settings) = (ballots - counted.len() as u64, settings(&shared.sealed));
        // Millions of votes take their time; nobody who asks for a page waits for them.
        let report = blocking(move || {
            let ballots: Vec<_> = counted.iter().map(Counted::ballot).collect();
            examine(&ballots, &settings).map_err(ContestError::Voters)
        });
        Ok(Examination { at_ms, ballots, withdrawals, report: report.await? })
    }
}

/// What the tests need of a vote that counts; each name is kept once.
struct Counted {
    number: u64,
    voter: Arc<str>,
    left: Arc<str>,
    right: Arc<str>,
    choice: VoteChoice,
    shown_ms: Option<u64>,
    voted_ms: Option<u64>,
    characters: Option<u64>,
}

impl Counted {
    fn ballot(&self) -> Ballot<'_> {
        Ballot {
            number: self.number,
            voter: &self.voter,
            left: &self.left,
            right: &self.right,
            choice: self.choice,
            shown_ms: self.shown_ms,
            voted_ms: self.voted_ms,
            characters: self.characters,
            gold: None,
        }
    }
}

/// Names of contestants, each once.
#[derive(Default)]
struct Names(BTreeSet<Arc<str>>);

impl Names {
    fn of(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}
