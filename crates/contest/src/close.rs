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
use daepyo_store::site::{Battle, BattleState, CastVote, Ended, PersonId, SiteError};
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
    /// Takes nothing more from now on; when that began. The rest of the close may come later.
    pub async fn shut(&self, now_ms: i64) -> Result<i64, ContestError> {
        let shared = &*self.shared;
        let contest = shared.site.close_contest(shared.contest.id, now_ms).await?;
        contest.closed_ms.ok_or(ContestError::NotClosed)
    }

    /// Closes the contest, waits until the log has every ballot (at most `most`), lays the files down beside `folder`, queues
    /// the closing entry, waits for it too, and writes the files into `folder`, `contest.json` last. Interrupted anywhere, it
    /// is called again, and publishes what was laid down, whatever was deleted since.
    ///
    /// Fails with `NotLogged` where the log does not come so far, and with `ClosedOtherwise` where the log has a closing
    /// with other files.
    pub async fn close(&self, now_ms: i64, folder: &Path, most: Duration) -> Result<Summary, ContestError> {
        let shared = &*self.shared;
        let closed_ms = self.shut(now_ms).await?;
        self.examine_at_close(closed_ms).await?;
        shared.logbook.await_drained(most).await?;
        let aside = beside(folder, "closing");
        let (files, closing) = self.laid_down(closed_ms, folder, &aside).await?;
        if !shared.logbook.has(&closing).await? {
            shared.site.queue_entry(&closing).await?;
        }
        shared.logbook.await_drained(most).await?;
        let summary = summary_of(&files)?;
        let folder = folder.to_owned();
        blocking(move || {
            write_all(&folder, &files)?;
            remove(&aside)
        })
        .await?;
        Ok(summary)
    }

    /// The files that are published, with their closing entry: those that an earlier try laid down, else those that stand in
    /// the folder, else such as the store gives now, which are laid down first. None whose closing is not the log's own.
    async fn laid_down(
        &self,
        closed_ms: i64,
        folder: &Path,
        aside: &Path,
    ) -> Result<(Published, Vec<u8>), ContestError> {
        for place in [aside, folder] {
            let place = place.to_owned();
            let Some(files) = blocking(move || Ok(read_all(&place))).await? else { continue };
            // What is there may be of another contest.
            let Ok(summary) = summary_of(&files) else { continue };
            if summary.contest == self.shared.name
                && let Some(closing) = self.closing(&summary, &files).await?
            {
                return Ok((files, closing));
            }
        }
        let (_, files) = self.publish(closed_ms).await?;
        let place = aside.to_owned();
        let files = blocking(move || lay_down(&place, files)).await?;
        let summary = summary_of(&files)?;
        let closing = self.closing(&summary, &files).await?.ok_or(ContestError::ClosedOtherwise)?;
        Ok((files, closing))
    }

    /// The closing entry of these files; none where the log has another one.
    async fn closing(&self, summary: &Summary, files: &Published) -> Result<Option<Vec<u8>>, ContestError> {
        let closing = Entry::ContestClosed {
            contest: self.shared.name,
            closed_ms: summary.closed_ms,
            counts: Box::new(summary.counts.clone()),
            files: digests(files),
        };
        let closing = closing.to_bytes()?;
        let (name, own) = (self.shared.name, closing.clone());
        let is_other = move |bytes: &[u8]| match Entry::parse(bytes) {
            Some(Entry::ContestClosed { contest, .. }) => contest == name && bytes != own,
            _ => false,
        };
        Ok((!self.shared.logbook.any(is_other).await?).then_some(closing))
    }

    /// The files, from what the store has.
    async fn publish(&self, closed_ms: i64) -> Result<(Summary, Published), ContestError> {
        let shared = &*self.shared;
        let mut ballots = Vec::new();
        let push = |cast: CastVote| {
            ballots.push(self.ballot_line(&cast)?);
            Ok::<_, ContestError>(())
        };
        shared.site.each_vote(shared.contest.id, push).await?;
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

    fn ballot_line(&self, cast: &CastVote) -> Result<BallotLine, ContestError> {
        let CastVote { row, opened, .. } = cast;
        let ballot = self.ballot(&row.vote, opened, cast.shown_ms)?;
        let commitment = ballot.commitment()?;
        if commitment != row.vote.commitment {
            let what = "a vote, which is not what it was committed to";
            return Err(ContestError::Site(SiteError::Corrupt { what }));
        }
        Ok(BallotLine {
            commitment,
            index: row.logged.ok_or(ContestError::NotLogged)?,
            withdrawn: row.withdrawn_ms.is_some(),
            characters: self.characters(cast),
            left: side(&opened.left)?,
            right: side(&opened.right)?,
            ballot,
        })
    }

    fn draw_line(&self, draw: u64, battle: &Battle) -> Result<DrawLine, ContestError> {
        let (end, why) = match &battle.state {
            BattleState::Open => (End::Open, None),
            BattleState::Voted => (End::Voted, None),
            BattleState::Ended(Ended::Void { why }) => (End::Void, Some(why.clone())),
            BattleState::Ended(Ended::Failed { why }) => (End::Failed, failure(why)),
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

    /// Characters of both answers of all turns, deleted ones among them; none where there are none.
    pub(crate) fn characters(&self, cast: &CastVote) -> Option<u64> {
        let Some(recorded) = &self.shared.recorded else {
            return cast.characters.filter(|count| *count > 0);
        };
        let prompt = cast.opened.prompt.as_deref()?;
        let count = |who: &str| {
            let answer = recorded.answer(prompt, &CandidateId::new(who).ok()?)?;
            Some(answer.text.chars().count() as u64)
        };
        Some(count(&cast.opened.left)? + count(&cast.opened.right)?)
    }
}

/// A failure's side and code as they are published; none where the store has anything else, which might hold words of a
/// server.
fn failure(why: &str) -> Option<String> {
    let (side, code) = why.split_once(':')?;
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let is_code = code.split_once("::").is_some_and(|(area, problem)| is_name(area) && is_name(problem));
    (matches!(side, "left" | "right") && is_code).then(|| why.to_owned())
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
fn digests(files: &Published) -> Files {
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

/// The folder of this name with something added, in which files lie while they are not published yet.
fn beside(folder: &Path, what: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{what}"));
    folder.with_file_name(name)
}

/// The summary among the files.
fn summary_of(files: &Published) -> Result<Summary, ContestError> {
    let bytes = files.iter().find(|(name, _)| *name == CONTEST).map(|(_, bytes)| bytes.as_slice());
    serde_json::from_slice(bytes.unwrap_or_default()).map_err(|_| ContestError::Canonical)
}

/// All files of a folder in the order in which they are written; nothing where one is not there.
fn read_all(folder: &Path) -> Option<Published> {
    let names = [BALLOTS, CONVERSATIONS, DRAWS, EXAMINATIONS, VOTES, CONTEST];
    names.into_iter().map(|name| Some((name, fs::read(folder.join(name)).ok()?))).collect()
}

/// Lays files down as a folder that gets its name once it is whole, and gives what lies there: another server may have been
/// first.
fn lay_down(aside: &Path, files: Published) -> Result<Published, ContestError> {
    let part = beside(aside, &format!("{}.part", std::process::id()));
    remove(&part)?;
    write_all(&part, &files)?;
    match fs::rename(&part, aside) {
        Ok(()) => {
            let above = aside.parent().unwrap_or_else(|| Path::new("."));
            let synced = fs::File::open(above).and_then(|folder| folder.sync_all());
            synced.map_err(ContestError::io("write", above))?;
            Ok(files)
        }
        Err(error) => {
            remove(&part)?;
            read_all(aside).ok_or_else(|| ContestError::io("write", aside)(error))
        }
    }
}

/// Removes a folder, where it is there.
pub(crate) fn remove(folder: &Path) -> Result<(), ContestError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ContestError::io("write", folder)(error))
        }
        Ok(()) | Err(_) => Ok(()),
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

#[cfg(test)]
mod tests {
    use super::failure;

    #[test]
    fn a_failure_is_published_by_its_side_and_code_alone() {
        for why in ["left:talk::first_token", "right:talk::empty"] {
            assert_eq!(failure(why).as_deref(), Some(why));
        }
        for why in [
            "",
            "empty",
            "timeout",
            "left:",
            "left:talk",
            "left:talk::",
            "both:talk::status",
            "left:talk::status: 가",
            "left:a::b c",
        ] {
            assert_eq!(failure(why), None, "{why}");
        }
    }
}
