//! The close: nothing more is taken, everything is opened, and the log seals what was published.

use crate::{
    Arena, ContestError, Entry,
    arena::PAGE,
    entry::Files,
    keyed::{battle_name, seed_name},
    logbook::blocking,
    published::{
        BALLOTS, BallotLine, CONTEST, CONVERSATIONS, ConversationLine, DRAWS, DrawLine, EXAMINATIONS, End,
        Summary, TurnLine, VOTES, counts, to_lines, votes_csv,
    },
};
use daepyo_arena::personal::redact;
use daepyo_core::{CandidateId, Digest, Language};
use daepyo_store::site::{Battle, BattleState, Ended, PersonId, SiteError};
use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

/// What a contest is published as.
type Published = Vec<(&'static str, Vec<u8>)>;

impl Arena {
    /// Closes the contest, waits until the log has every ballot (at most `most`), queues the closing entry, waits for it too,
    /// and writes the files into `folder`, `contest.json` last. Interrupted anywhere, it is called again.
    ///
    /// Fails with `NotLogged` where the log does not come so far, and with `ClosedOtherwise` where the log has a closing
    /// with other files.
    pub async fn close(&self, now_ms: i64, folder: &Path, most: Duration) -> Result<Summary, ContestError> {
        let shared = &*self.shared;
        let contest = shared.site.close_contest(shared.contest.id, now_ms).await?;
        let closed_ms = contest.closed_ms.ok_or(ContestError::NotClosed)?;
        self.examine_at_close(closed_ms).await?;
        shared.logbook.await_drained(most).await?;
        let (summary, files) = self.publish(closed_ms).await?;
        let closing = Entry::ContestClosed {
            contest: shared.name,
            closed_ms,
            counts: Box::new(summary.counts.clone()),
            files: digests(&files),
        };
        let closing = closing.to_bytes()?;
        let (name, own) = (shared.name, closing.clone());
        let is_other = move |bytes: &[u8]| match Entry::parse(bytes) {
            Some(Entry::ContestClosed { contest, .. }) => contest == name && bytes != own,
            _ => false,
        };
        if shared.logbook.any(is_other).await? {
            return Err(ContestError::ClosedOtherwise);
        }
        if !shared.logbook.has(&closing).await? {
            shared.site.queue_entry(&closing).await?;
        }
        shared.logbook.await_drained(most).await?;
        let folder = folder.to_owned();
        blocking(move || write_all(&folder, &files)).await?;
        Ok(summary)
    }

    /// The files, from what the store has.
    async fn publish(&self, closed_ms: i64) -> Result<(Summary, Published), ContestError> {
        let shared = &*self.shared;
        let mut ballots = Vec::new();
        for (row, battle) in shared.site.votes(shared.contest.id).await? {
            let ballot = self.ballot(&row.vote, &battle)?;
            let commitment = ballot.commitment()?;
            if commitment != row.vote.commitment {
                let what = "a vote, which is not what it was committed to";
                return Err(ContestError::Site(SiteError::Corrupt { what }));
            }
            ballots.push(BallotLine {
                commitment,
                index: row.logged.ok_or(ContestError::NotLogged)?,
                withdrawn: row.withdrawn_ms.is_some(),
                characters: self.characters(&battle),
                left: side(&battle.opened.left)?,
                right: side(&battle.opened.right)?,
                ballot,
            });
        }
        ballots.sort_by_key(|line| line.index);
        let mut draws = Vec::new();
        let mut conversations = Vec::new();
        let mut consents = BTreeMap::<PersonId, bool>::new();
        let held_back = shared.site.held_back(shared.contest.id).await?;
        loop {
            let next = draws.len() as u64;
            let from = i64::try_from(next).map_err(|_| ContestError::Canonical)?;
            let battles = shared.site.draws(shared.contest.id, from, PAGE).await?;
            for (battle, draw) in battles.iter().zip(next..) {
                let person = battle.opened.person;
                let consents = if let Some(consents) = consents.get(&person) {
                    *consents
                } else {
                    let found = shared.site.consent(person, shared.contest.id).await?;
                    consents.insert(person, found);
                    found
                };
                // A void battle may hold what was reported, or a name; one with a vote may have been reported too.
                let may_be_shown =
                    battle.state == BattleState::Voted && !held_back.contains(&battle.opened.id);
                if consents && may_be_shown {
                    let whole = shared.site.battle(battle.opened.id).await?;
                    conversations.extend(whole.as_ref().and_then(conversation));
                }
                draws.push(self.draw_line(draw, battle)?);
            }
            if battles.len() < PAGE as usize {
                break;
            }
        }
        let counts = counts(&shared.sealed, &draws, &ballots, conversations.len() as u64);
        let summary = Summary {
            contest: shared.name,
            rules: shared.sealed.clone(),
            seed: seed_name(&shared.contest.seed),
            opened_ms: shared.contest.opened_ms,
            closed_ms,
            counts,
        };
        let files = vec![
            (BALLOTS, to_lines(&ballots)?),
            (CONVERSATIONS, to_lines(&conversations)?),
            (DRAWS, to_lines(&draws)?),
            (EXAMINATIONS, to_lines(&self.examinations().await?)?),
            (VOTES, votes_csv(&shared.sealed, &ballots)?),
            (CONTEST, to_lines(std::slice::from_ref(&summary))?),
        ];
        Ok((summary, files))
    }

    fn draw_line(&self, draw: u64, battle: &Battle) -> Result<DrawLine, ContestError> {
        let (end, why) = match &battle.state {
            BattleState::Open => (End::Open, None),
            BattleState::Voted => (End::Voted, None),
            BattleState::Ended(Ended::Void { why }) => (End::Void, Some(why.clone())),
            // What the machines said is the office's.
            BattleState::Ended(Ended::Failed { .. }) => (End::Failed, None),
            BattleState::Ended(Ended::Left) => (End::Left, None),
        };
        Ok(DrawLine {
            draw,
            battle: battle_name(battle.opened.id),
            voter: self.pseudonym(battle.opened.person),
            left: side(&battle.opened.left)?,
            right: side(&battle.opened.right)?,
            prompt: battle.opened.prompt.clone(),
            opened_ms: battle.opened_ms,
            end,
            why,
        })
    }

    /// Characters of both answers of all turns; recorded answers are known though their copy was deleted.
    pub(crate) fn characters(&self, battle: &Battle) -> Option<u64> {
        if let Some(recorded) = &self.shared.recorded {
            let prompt = battle.opened.prompt.as_deref()?;
            let count = |who: &str| {
                let answer = recorded.answer(prompt, &CandidateId::new(who).ok()?)?;
                Some(answer.text.chars().count() as u64)
            };
            return Some(count(&battle.opened.left)? + count(&battle.opened.right)?);
        }
        let texts = battle.turns.iter().filter_map(|turn| turn.answers.as_ref());
        let count =
            texts.map(|(left, right)| left.text.chars().count() + right.text.chars().count()).sum::<usize>();
        (count > 0).then_some(count as u64)
    }
}

/// A conversation to publish; none where nothing of it is left.
fn conversation(battle: &Battle) -> Option<ConversationLine> {
    let without = |text: &str| redact(text, Language::Ko);
    let turns = battle.turns.iter().filter(|turn| !turn.prompt.is_empty()).filter_map(|turn| {
        let (left, right) = turn.answers.as_ref()?;
        Some(TurnLine {
            prompt: without(&turn.prompt),
            left: without(&left.text),
            right: without(&right.text),
        })
    });
    let turns: Vec<TurnLine> = turns.collect();
    (!turns.is_empty()).then(|| ConversationLine { battle: battle_name(battle.opened.id), turns })
}

/// The digests that the closing entry has.
fn digests(files: &[(&'static str, Vec<u8>)]) -> Files {
    let of = |name| {
        let bytes = files.iter().find(|(file, _)| *file == name).map(|(_, bytes)| bytes.as_slice());
        Digest::of(bytes.unwrap_or_default())
    };
    Files {
        ballots: of(BALLOTS),
        contest: of(CONTEST),
        conversations: of(CONVERSATIONS),
        draws: of(DRAWS),
        examinations: of(EXAMINATIONS),
        votes: of(VOTES),
    }
}

/// Writes files in order, each whole or not at all.
fn write_all(folder: &Path, files: &[(&'static str, Vec<u8>)]) -> Result<(), ContestError> {
    fs::create_dir_all(folder).map_err(ContestError::io("make", folder))?;
    for (name, bytes) in files {
        let path: PathBuf = folder.join(name);
        let new = folder.join(format!(".{name}.new"));
        let written = fs::File::create(&new).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&new, &path)).map_err(ContestError::io("write", &path))?;
    }
    Ok(())
}

/// A contestant as the store has it.
pub(crate) fn side(id: &str) -> Result<CandidateId, ContestError> {
    CandidateId::new(id).map_err(|_| ContestError::Site(SiteError::Corrupt { what: "a battle's sides" }))
}
