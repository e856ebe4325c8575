//! What the site has of a person: given out, and deleted.

use crate::{Arena, ContestError, close::side, keyed::battle_name};
use daepyo_core::{CandidateId, Digest, VoteChoice};
use daepyo_store::site::{PersonId, Report, Turn};
use serde::Serialize;
use std::collections::BTreeMap;

/// Battles that are read at once.
const PAGE: u32 = 200;

/// What a contest has of a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Own {
    /// The contest.
    pub contest: Digest,
    /// What the person is called in published files.
    pub pseudonym: String,
    /// Whether they have said that their conversations may be published.
    pub consents: bool,
    /// Their battles, newest first.
    pub battles: Vec<OwnBattle>,
}

/// A person's battle.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnBattle {
    /// The battle.
    pub battle: String,
    /// When it was opened, in milliseconds since 1970.
    pub opened_ms: i64,
    /// Whose answers stood on the left; null until the contest is closed.
    pub left: Option<CandidateId>,
    /// Whose answers stood on the right; null until the contest is closed.
    pub right: Option<CandidateId>,
    /// The assigned prompt, where one was.
    pub prompt: Option<String>,
    /// Its turns, in order.
    pub turns: Vec<OwnTurn>,
    /// The vote, where there is one.
    pub vote: Option<OwnVote>,
    /// What the person reported to the office, where they did.
    pub report: Option<OwnReport>,
}

/// A report of harmful content.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnReport {
    /// What was written last.
    pub text: String,
    /// When that was, in milliseconds since 1970.
    pub reported_ms: i64,
}

/// A turn. Who answered stands in its battle, once the contest is closed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnTurn {
    /// What was asked.
    pub prompt: String,
    /// What the left one answered, where it has.
    pub left: Option<String>,
    /// What the right one answered, where it has.
    pub right: Option<String>,
}

/// A vote.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnVote {
    /// What was chosen.
    pub choice: VoteChoice,
    /// Tags.
    pub tags: Vec<String>,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since 1970.
    pub voted_ms: i64,
    /// What the log has of it.
    pub commitment: Digest,
    /// When it was withdrawn, where it was.
    pub withdrawn_ms: Option<i64>,
}

impl From<&Turn> for OwnTurn {
    fn from(turn: &Turn) -> Self {
        let (left, right) = turn.answers.clone().map(|(left, right)| (left.text, right.text)).unzip();
        Self { prompt: turn.prompt.clone(), left, right }
    }
}

impl Arena {
    /// Everything that this contest has of a person; whose answers they were only once it is closed.
    pub async fn export(&self, person: PersonId) -> Result<Own, ContestError> {
        let shared = &*self.shared;
        // Asked of the store: another server may have closed it. One that is closed stays so.
        let contest = shared.site.contest(shared.contest.id).await?;
        let is_closed = contest.is_some_and(|contest| contest.closed_ms.is_some());
        let mut votes = BTreeMap::new();
        for row in shared.site.votes_of(person, shared.contest.id).await? {
            let (id, vote) = (row.vote.battle, row.vote);
            let own = OwnVote {
                choice: vote.choice,
                tags: vote.tags,
                reason: vote.reason,
                voted_ms: vote.voted_ms,
                commitment: vote.commitment,
                withdrawn_ms: row.withdrawn_ms,
            };
            votes.insert(id, own);
        }
        let mut reports = BTreeMap::new();
        for Report { battle, text, reported_ms, .. } in
            shared.site.reports_by(person, shared.contest.id).await?
        {
            reports.insert(battle, OwnReport { text, reported_ms });
        }
        let mut battles = Vec::new();
        let mut before = None;
        loop {
            let page = shared.site.battles_of(person, shared.contest.id, before, PAGE).await?;
            let Some(last) = page.last() else { break };
            before = Some(last.opened.id);
            for battle in &page {
                let (left, right) = if is_closed {
                    (Some(side(&battle.opened.left)?), Some(side(&battle.opened.right)?))
                } else {
                    (None, None)
                };
                battles.push(OwnBattle {
                    battle: battle_name(battle.opened.id),
                    opened_ms: battle.opened_ms,
                    left,
                    right,
                    prompt: battle.opened.prompt.clone(),
                    turns: battle.turns.iter().map(OwnTurn::from).collect(),
                    vote: votes.remove(&battle.opened.id),
                    report: reports.remove(&battle.opened.id),
                });
            }
        }
        Ok(Own {
            contest: shared.name,
            pseudonym: self.pseudonym(person),
            consents: shared.site.consent(person, shared.contest.id).await?,
            battles,
        })
    }

    /// Deletes the text of all the person's conversations on this site, reasons among them; their votes still count and
    /// can still be opened at the close. How many battles.
    pub async fn forget(&self, person: PersonId) -> Result<u64, ContestError> {
        Ok(self.shared.site.forget(person).await?)
    }

    /// Whether a person has said that their conversations may be published.
    pub async fn consents(&self, person: PersonId) -> Result<bool, ContestError> {
        Ok(self.shared.site.consent(person, self.shared.contest.id).await?)
    }

    /// Keeps whether a person's conversations may be published with the close.
    pub async fn set_consent(
        &self,
        person: PersonId,
        consents: bool,
        now_ms: i64,
    ) -> Result<(), ContestError> {
        Ok(self.shared.site.set_consent(person, self.shared.contest.id, consents, now_ms).await?)
    }
}
