//! The close: nothing more is taken, everything is opened, and the log seals what was published.

use crate::{
    Arena, ContestError, Entry,
    arena::PAGE,
    keyed::{battle_name, seed_name},
    laid::{Laid, Lines, Part, beside, clear_parts, remove},
    logbook::blocking,
    published::{
        BALLOTS, BallotLine, CONTEST, CONVERSATIONS, ConversationLine, DRAWS, DrawLine, EXAMINATIONS, End,
        Summary, TurnLine, VOTES, counts, votes_csv,
    },
};
use daepyo_arena::personal::redact;
use daepyo_core::{CandidateId, Language};
use daepyo_store::site::{Battle, BattleId, BattleState, CastVote, Ended, PersonId, SiteError};
use serde::Serialize;
use std::{collections::BTreeMap, path::Path, time::Duration};

/// Conversations that are in memory at once.
const AT_ONCE: usize = 64;

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
        let (laid, closing) = self.laid_down(closed_ms, folder, &aside).await?;
        if !shared.logbook.has(&closing).await? {
            shared.site.queue_entry(&closing).await?;
        }
        shared.logbook.await_drained(most).await?;
        let folder = folder.to_owned();
        blocking(move || {
            laid.copy_to(&folder)?;
            remove(&aside)?;
            clear_parts(&aside)?;
            Ok(laid.summary)
        })
        .await
    }

    /// The files that are published, with their closing entry: those that an earlier try laid down, else those that stand in
    /// the folder, else such as the store gives now, which are laid down first. None whose closing is not the log's own.
    async fn laid_down(
        &self,
        closed_ms: i64,
        folder: &Path,
        aside: &Path,
    ) -> Result<(Laid, Vec<u8>), ContestError> {
        for place in [aside, folder] {
            let place = place.to_owned();
            let Some(laid) = blocking(move || Ok(Laid::find(&place))).await? else { continue };
            // What is there may be of another contest.
            if laid.summary.contest == self.shared.name
                && let Some(closing) = self.closing(&laid).await?
            {
                return Ok((laid, closing));
            }
        }
        let part = {
            let aside = aside.to_owned();
            blocking(move || Part::new(&aside)).await?
        };
        let part = self.publish(closed_ms, part).await?;
        let (aside, contest) = (aside.to_owned(), self.shared.name);
        let laid = blocking(move || part.lay_down(&aside, contest)).await?;
        let closing = self.closing(&laid).await?.ok_or(ContestError::ClosedOtherwise)?;
        Ok((laid, closing))
    }

    /// The closing entry of these files; none where the log has another one.
    async fn closing(&self, laid: &Laid) -> Result<Option<Vec<u8>>, ContestError> {
        let closing = Entry::ContestClosed {
            contest: self.shared.name,
            closed_ms: laid.summary.closed_ms,
            counts: Box::new(laid.summary.counts.clone()),
            files: laid.digests.clone(),
        };
        let closing = closing.to_bytes()?;
        let (name, own) = (self.shared.name, closing.clone());
        let is_other = move |bytes: &[u8]| match Entry::parse(bytes) {
            Some(Entry::ContestClosed { contest, .. }) => contest == name && bytes != own,
            _ => false,
        };
        Ok((!self.shared.logbook.any(is_other).await?).then_some(closing))
    }

    /// Writes the files from what the store has.
    async fn publish(&self, closed_ms: i64, part: Part) -> Result<Part, ContestError> {
        let shared = &*self.shared;
        let mut ballots = Vec::new();
        let push = |cast: CastVote| {
            ballots.push(self.ballot_line(&cast)?);
            Ok::<_, ContestError>(())
        };
        shared.site.each_vote(shared.contest.id, push).await?;
        ballots.sort_by_key(|line| line.index);
        let (draws, shown) = self.drawn().await?;
        let conversations = self.write_conversations(&shown, part.file(CONVERSATIONS)?).await?;
        let summary = Summary {
            contest: shared.name,
            rules: shared.sealed.clone(),
            seed: seed_name(&shared.contest.seed),
            opened_ms: shared.contest.opened_ms,
            closed_ms,
            counts: counts(&shared.sealed, &draws, &ballots, conversations),
        };
        let examinations = self.examinations().await?;
        blocking(move || {
            let mut votes = part.file(VOTES)?;
            votes.raw(&votes_csv(&summary.rules, &ballots)?)?;
            votes.finish()?;
            write(&part, BALLOTS, &ballots)?;
            write(&part, DRAWS, &draws)?;
            write(&part, EXAMINATIONS, &examinations)?;
            write(&part, CONTEST, &[summary])?;
            Ok(part)
        })
        .await
    }

    /// Every draw in its order, and the battles of which the conversation may be shown.
    async fn drawn(&self) -> Result<(Vec<DrawLine>, Vec<BattleId>), ContestError> {
        let shared = &*self.shared;
        let (mut draws, mut shown) = (Vec::new(), Vec::new());
        let mut consents = BTreeMap::<PersonId, bool>::new();
        let held_back = shared.site.held_back(shared.contest.id).await?;
        loop {
            let next = draws.len() as u64;
            let from = i64::try_from(next).map_err(|_| ContestError::Canonical)?;
            let battles = shared.site.draws(shared.contest.id, from, PAGE).await?;
            for (battle, draw) in battles.iter().zip(next..) {
                let (id, person) = (battle.opened.id, battle.opened.person);
                let consents = if let Some(consents) = consents.get(&person) {
                    *consents
                } else {
                    let found = shared.site.consent(person, shared.contest.id).await?;
                    consents.insert(person, found);
                    found
                };
                // A void battle may hold what was reported, or a name; one with a vote may have been reported too.
                if consents && battle.state == BattleState::Voted && !held_back.contains(&id) {
                    shown.push(id);
                }
                draws.push(self.draw_line(draw, battle)?);
            }
            if battles.len() < PAGE as usize {
                return Ok((draws, shown));
            }
        }
    }

    /// Writes conversations without personal data; of how many something is left.
    async fn write_conversations(&self, battles: &[BattleId], mut lines: Lines) -> Result<u64, ContestError> {
        for some in battles.chunks(AT_ONCE) {
            let mut found = Vec::new();
            for id in some {
                found.extend(self.shared.site.battle(*id).await?);
            }
            let add = move || {
                lines.add(found.iter().filter_map(conversation))?;
                Ok(lines)
            };
            lines = blocking(add).await?;
        }
        let count = lines.count;
        blocking(move || lines.finish()).await?;
        Ok(count)
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

/// A conversation to publish; none where nothing of it is left. What is taken out is named in the language that was asked in.
fn conversation(battle: &Battle) -> Option<ConversationLine> {
    let mut asked = battle.turns.iter().flat_map(|turn| turn.prompt.chars());
    let is_korean = asked.any(|c| matches!(c, '가'..='힣'));
    let language = if is_korean { Language::Ko } else { Language::En };
    let without = |text: &str| redact(text, language);
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

fn write<T: Serialize>(part: &Part, name: &str, lines: &[T]) -> Result<(), ContestError> {
    let mut file = part.file(name)?;
    file.add(lines)?;
    file.finish()
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
