//! For the office: the registered tests of voters on the votes so far. Flags only; no vote is taken away by them.

use crate::{Arena, ContestError, arena::shown_ms};
use daepyo_verdict::voters::{Ballot, VoterReport, VoterSettings, examine};

impl Arena {
    /// Runs the tests of voters that the criterion registers (those of the defaults where it registers none) on all votes
    /// that were not withdrawn, voters by pseudonym. Votes are numbered by their place in the queue of the log.
    pub async fn examine(&self) -> Result<VoterReport, ContestError> {
        let shared = &*self.shared;
        let votes = shared.site.votes(shared.contest.id).await?;
        let counted = votes.iter().filter(|(row, _)| row.withdrawn_ms.is_none());
        let pseudonyms: Vec<_> = counted.clone().map(|(row, _)| self.pseudonym(row.vote.person)).collect();
        let ballots: Vec<Ballot<'_>> = counted
            .zip(&pseudonyms)
            .map(|((row, battle), voter)| Ballot {
                number: u64::try_from(row.queued).unwrap_or_default(),
                voter,
                left: &battle.opened.left,
                right: &battle.opened.right,
                choice: row.vote.choice,
                shown_ms: shown_ms(battle).and_then(|ms| u64::try_from(ms).ok()),
                voted_ms: u64::try_from(row.vote.voted_ms).ok(),
                characters: self.characters(battle),
                gold: None,
            })
            .collect();
        let settings = shared.sealed.tests.as_ref().map_or_else(VoterSettings::default, VoterSettings::from);
        examine(&ballots, &settings).map_err(ContestError::Voters)
    }
}
