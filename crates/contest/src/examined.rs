//! The registered tests of voters: run every hour while a contest is open, and at its close. They flag and take no vote away.
//!
//! What they found is kept, and the log gets a commitment to it under the contest's seed, so that nobody who rigs votes
//! learns from the log whether they were seen. After the close it is published and anybody runs the tests again.

use crate::{Arena, ContestError, Entry, Sealed, arena::shown_ms, keyed::keyed, published::BallotLine};
use daepyo_core::{Digest, canonical};
use daepyo_store::site::{Battle, SiteError, VoteRow};
use daepyo_verdict::voters::{Ballot, VoterReport, VoterSettings, VoterTest, examine};
use serde::{Deserialize, Serialize};

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

    /// Whether the tests find the same in the published ballots, of which those in `withdrawn` do not count. Where lengths
    /// of answers were deleted since, the test of speed is not compared.
    pub(crate) fn follows(
        &self,
        rules: &Sealed,
        ballots: &[BallotLine],
        withdrawn: impl Fn(&Digest) -> bool,
    ) -> bool {
        let counted = ballots.iter().zip(1..).filter(|(line, _)| !withdrawn(&line.commitment));
        let counted: Vec<Ballot<'_>> = counted.map(|(line, number)| published_ballot(line, number)).collect();
        let Ok(mut again) = examine(&counted, &settings(rules)) else { return false };
        let mut found = self.report.clone();
        if counted.iter().any(|ballot| ballot.characters.is_none()) {
            for report in [&mut again, &mut found] {
                report.tests.retain(|test| test.test != VoterTest::Speed);
                report.flags.retain(|flag| flag.test != VoterTest::Speed);
            }
        }
        again == found
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
        let votes = shared.site.votes(shared.contest.id).await?;
        let counted = votes.iter().zip(1..).filter(|((row, _), _)| row.withdrawn_ms.is_none());
        let pseudonyms: Vec<_> =
            counted.clone().map(|((row, _), _)| self.pseudonym(row.vote.person)).collect();
        let ballots: Vec<Ballot<'_>> = counted
            .zip(&pseudonyms)
            .map(|(((row, battle), number), voter)| self.cast_ballot(row, battle, number, voter))
            .collect();
        let report = examine(&ballots, &settings(&shared.sealed)).map_err(ContestError::Voters)?;
        let withdrawals = (votes.len() - ballots.len()) as u64;
        Ok(Examination { at_ms, ballots: votes.len() as u64, withdrawals, report })
    }

    fn cast_ballot<'a>(
        &self,
        row: &'a VoteRow,
        battle: &'a Battle,
        number: u64,
        voter: &'a str,
    ) -> Ballot<'a> {
        Ballot {
            number,
            voter,
            left: &battle.opened.left,
            right: &battle.opened.right,
            choice: row.vote.choice,
            shown_ms: shown_ms(battle).and_then(|ms| u64::try_from(ms).ok()),
            voted_ms: u64::try_from(row.vote.voted_ms).ok(),
            characters: self.characters(battle),
            gold: None,
        }
    }
}
