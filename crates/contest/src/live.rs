//! Turns of live battles: what the person asks, and what both contestants answered, as it is shown.

use crate::{
    Arena, ContestError,
    recorded::{leak_name, shown},
    rules::answer_rules,
};
use daepyo_arena::{answer::normalise, stream::Side};
use daepyo_store::site::{Answered, Battle, BattleId, BattleMode, BattleState, Ended, PersonId};

/// A turn that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its number in the battle, from 0.
    pub turn: u32,
    /// What both contestants are asked.
    pub prompt: String,
    /// Whether it asks who answers: an answer to that ends the battle, so the person may be warned.
    pub asks_identity: bool,
}

/// What came of one side's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The raw answer.
    Answer(Vec<u8>),
    /// None: a failure of infrastructure.
    Failed {
        /// What happened, for the office.
        why: String,
    },
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finished {
    /// Both answers are shown: left, right.
    Shown(Answered, Answered),
    /// The battle is over and does not count.
    Over(Ended),
}

impl Arena {
    /// Begins a turn with what the person asks. The first turn of a battle with an assigned prompt asks that one, whatever
    /// is given.
    ///
    /// Fails with `BadPrompt`, and `NotOpen` where the battle is over, has all its turns or waits for answers.
    pub async fn begin_turn(
        &self,
        person: PersonId,
        battle: BattleId,
        prompt: &str,
        now_ms: i64,
    ) -> Result<Begun, ContestError> {
        let shared = &*self.shared;
        let battle = self.live_battle(person, battle).await?;
        let rule = &shared.sealed.rule;
        if battle.turns.len() >= usize::try_from(rule.turns).unwrap_or(usize::MAX) {
            return Err(ContestError::NotOpen);
        }
        let assigned = battle.opened.prompt.as_deref().filter(|_| battle.turns.is_empty());
        let prompt = match assigned.and_then(|id| shared.sealed.prompt(id)) {
            Some(assigned) => assigned.text.as_str(),
            None => prompt.trim(),
        };
        let most = rule.prompt_characters;
        let is_long = prompt.chars().count() > usize::try_from(most).unwrap_or(usize::MAX);
        if assigned.is_none() && (prompt.is_empty() || is_long) {
            return Err(ContestError::BadPrompt { most });
        }
        let turn = shared.site.add_turn(battle.opened.id, person, prompt, now_ms).await?;
        let asks_identity = shared.names.asks_identity(prompt);
        Ok(Begun { turn, prompt: prompt.to_owned(), asks_identity })
    }

    /// Takes both answers of a turn. A failure ends the battle without a vote and is never a loss; an answer that tells who
    /// wrote it makes the battle void.
    pub async fn finish_turn(
        &self,
        person: PersonId,
        battle: BattleId,
        turn: u32,
        (left, right): (Came, Came),
        now_ms: i64,
    ) -> Result<Finished, ContestError> {
        let shared = &*self.shared;
        let battle = self.live_battle(person, battle).await?;
        let id = battle.opened.id;
        let (left, right) = match (left, right) {
            (Came::Answer(left), Came::Answer(right)) => (left, right),
            (Came::Failed { why }, _) | (_, Came::Failed { why }) => {
                return self.over(id, Ended::Failed { why }, now_ms).await;
            }
        };
        let rules = answer_rules(&shared.sealed.rule);
        let asked: Vec<&str> = battle.turns.iter().map(|turn| turn.prompt.as_str()).collect();
        let asked = asked.join("\n");
        let left = shown(normalise(&left, &rules));
        let right = shown(normalise(&right, &rules));
        for (side, answer) in [(Side::Left, &left), (Side::Right, &right)] {
            if answer.text.is_empty() {
                return self.over(id, Ended::Failed { why: "empty".to_owned() }, now_ms).await;
            }
            if let Some(leak) = shared.names.find_in_reply(&asked, &answer.text).first() {
                let side = match side {
                    Side::Left => "left",
                    Side::Right => "right",
                };
                let why = format!("leak:{side}:{}", leak_name(leak));
                return self.over(id, Ended::Void { why }, now_ms).await;
            }
        }
        let shown_ms = now_ms.max(battle.opened_ms);
        shared.site.answer_turn(id, turn, &left, &right, shown_ms).await?;
        Ok(Finished::Shown(left, right))
    }

    async fn over(&self, battle: BattleId, end: Ended, now_ms: i64) -> Result<Finished, ContestError> {
        self.shared.site.end_battle(battle, &end, now_ms).await?;
        Ok(Finished::Over(end))
    }

    async fn live_battle(&self, person: PersonId, battle: BattleId) -> Result<Battle, ContestError> {
        let battle = self.battle(person, battle).await?;
        let is_open = battle.opened.mode == BattleMode::Live && battle.state == BattleState::Open;
        if is_open { Ok(battle) } else { Err(ContestError::NotOpen) }
    }
}
