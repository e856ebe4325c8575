//! Turns of live battles: what the person asks, and what both contestants answered, as it is shown.

use crate::{
    Arena, ContestError,
    recorded::{leak_code, shown},
    rules::answer_rules,
};
use daepyo_arena::{
    answer::normalise,
    leak::Names,
    screen::Screen,
    stream::{PaceRules, Side},
};
use daepyo_core::{CandidateId, GenerateParams, Message, Role, visible};
use daepyo_store::site::{
    Answered, Battle, BattleId, BattleMode, BattleState, Claimed, Ended, PersonId, SiteError, Turn,
};

/// So long a claim to a turn holds where nobody prolongs it, in milliseconds.
pub const CLAIM_MS: i64 = 30_000;
/// So often the answers of one turn are asked for, at most: whoever goes away and comes back may not choose among answers.
pub const TRIES: u32 = 4;

/// The code of a side's failure whose answer ended without anything that can be seen.
const EMPTY: &str = "talk::empty";

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
    /// An answer.
    Answer {
        /// As it came.
        raw: Vec<u8>,
        /// Whether its greatest number of tokens ended it.
        cut: bool,
    },
    /// None: a failure of infrastructure.
    Failed {
        /// The side and the code of its error, as `left:talk::stalled`; published after the close.
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

/// A turn as both contestants are asked: the same system prompt and sampling, each with its own earlier answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Who answers on the left, and what is said to them.
    pub left: (CandidateId, Vec<Message>),
    /// The same on the right.
    pub right: (CandidateId, Vec<Message>),
    /// How both write.
    pub params: GenerateParams,
    /// All prompts of the person, oldest first, for the finder of leaks.
    pub asked: Vec<String>,
}

/// What became of the wish to ask for a turn's answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// The caller asks, and nobody else while the claim is kept.
    Question(Box<Question>),
    /// Somebody else does, here or on another server.
    Elsewhere,
    /// They were asked for too often, or the prompt was deleted: the battle is over.
    Over(Ended),
}

impl Arena {
    /// Takes a turn whose answers are missing, to ask for them. `claim` is any number that nobody else uses.
    ///
    /// Fails with `NotOpen` where the turn is answered or the battle over.
    pub async fn take_turn(
        &self,
        person: PersonId,
        battle: BattleId,
        turn: u32,
        claim: i64,
        now_ms: i64,
    ) -> Result<Taken, ContestError> {
        let shared = &*self.shared;
        let battle = self.live_battle(person, battle).await?;
        let id = battle.opened.id;
        // Whoever had their texts deleted meanwhile has nothing left to be answered.
        if battle.turns.iter().any(|one| one.number == turn && one.prompt.is_empty()) {
            shared.site.end_battle(id, &Ended::Left, now_ms).await?;
            return Ok(Taken::Over(Ended::Left));
        }
        let times = (now_ms, now_ms.saturating_add(CLAIM_MS));
        let claimed = shared.site.claim_turn((id, turn), claim, times, TRIES).await;
        match claimed.map_err(|error| match error {
            SiteError::Missing { .. } => ContestError::NoBattle,
            error => error.into(),
        })? {
            Claimed::Yes => self.question(&battle, turn).map(|question| Taken::Question(Box::new(question))),
            Claimed::Elsewhere => Ok(Taken::Elsewhere),
            Claimed::TooOften => {
                shared.site.end_battle(id, &Ended::Left, now_ms).await?;
                Ok(Taken::Over(Ended::Left))
            }
        }
    }

    fn question(&self, battle: &Battle, turn: u32) -> Result<Question, ContestError> {
        let corrupt = |what| ContestError::Site(SiteError::Corrupt { what });
        let rule = &self.shared.sealed.rule;
        let side = |id: &str, of: fn(&Turn) -> Option<&Answered>| {
            let id = CandidateId::new(id).map_err(|_| corrupt("a battle's sides"))?;
            let message = |role, content: &str| Message { role, content: content.to_owned() };
            let system = rule.system.as_deref().map(|system| message(Role::System, system));
            // Deleted texts are empty.
            let kept = battle.turns.iter().filter(|turn| !turn.prompt.is_empty());
            let turns = kept.flat_map(|turn| {
                let answer = of(turn).map(|answer| message(Role::Assistant, &answer.text));
                std::iter::once(message(Role::User, &turn.prompt)).chain(answer)
            });
            Ok::<_, ContestError>((id, system.into_iter().chain(turns).collect()))
        };
        // The same on both sides and in every try of the turn, short enough for servers that take 32 bits.
        let seed = (battle.opened.id.0.unsigned_abs() & 0x3fff_ffff) + u64::from(turn);
        Ok(Question {
            left: side(&battle.opened.left, |turn| turn.answers.as_ref().map(|(left, _)| left))?,
            right: side(&battle.opened.right, |turn| turn.answers.as_ref().map(|(_, right)| right))?,
            params: GenerateParams {
                max_tokens: rule.max_tokens,
                temperature: rule.temperature,
                top_p: 1.0,
                stop: Vec::new(),
                seed,
            },
            asked: asked(battle).into_iter().map(str::to_owned).collect(),
        })
    }

    /// Keeps a turn for longer; whether it is still the caller's.
    pub async fn keep_turn(
        &self,
        battle: BattleId,
        turn: u32,
        claim: i64,
        now_ms: i64,
    ) -> Result<bool, ContestError> {
        let until_ms = now_ms.saturating_add(CLAIM_MS);
        Ok(self.shared.site.keep_claim((battle, turn), claim, until_ms).await?)
    }

    /// Gives a turn back that was not answered, so that it can be taken up again.
    pub async fn give_turn(
        &self,
        battle: BattleId,
        turn: u32,
        claim: i64,
        was_asked: bool,
    ) -> Result<(), ContestError> {
        Ok(self.shared.site.give_claim((battle, turn), claim, was_asked).await?)
    }

    /// What holds one answer of a conversation back until nothing in it names anybody; it is used with
    /// [`Arena::names`].
    pub fn screen(&self, asked: &[String]) -> Screen {
        Screen::new(answer_rules(&self.shared.sealed.rule), self.shared.names.named_in_all(asked))
    }

    /// The names that give a contestant away.
    pub fn names(&self) -> &Names {
        &self.shared.names
    }

    /// How two answers are held together.
    pub fn pace_rules(&self) -> PaceRules {
        PaceRules { hold_ms: self.shared.sealed.rule.hold_ms, ..PaceRules::default() }
    }

    /// Whether a prompt asks who answers: an answer to that ends the battle, so the person may be warned.
    pub fn asks_identity(&self, prompt: &str) -> bool {
        self.shared.names.asks_identity(prompt)
    }

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
            (Came::Answer { raw: left, cut: left_cut }, Came::Answer { raw: right, cut: right_cut }) => {
                ((left, left_cut), (right, right_cut))
            }
            (Came::Failed { why }, _) | (_, Came::Failed { why }) => {
                return self.over(id, Ended::Failed { why }, now_ms).await;
            }
        };
        let rules = answer_rules(&shared.sealed.rule);
        let asked = shared.names.named_in_all(&asked(&battle));
        let answered = |(raw, is_cut): (Vec<u8>, bool)| {
            let answer = shown(normalise(&raw, &rules));
            Answered { cut: answer.cut || is_cut, ..answer }
        };
        let (left, right) = (answered(left), answered(right));
        for (side, answer) in [(Side::Left, &left), (Side::Right, &right)] {
            let side = match side {
                Side::Left => "left",
                Side::Right => "right",
            };
            if !is_visible(&answer.text) {
                return self.over(id, Ended::Failed { why: format!("{side}:{EMPTY}") }, now_ms).await;
            }
            if let Some(leak) = shared.names.find_beside(&asked, &answer.text).first() {
                let why = format!("leak:{side}:{}", leak_code(leak));
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

/// Whether there is anything in a text that can be seen.
fn is_visible(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && visible::name(c, visible::Place::Block).is_none())
}

/// All prompts of a conversation, oldest first.
fn asked(battle: &Battle) -> Vec<&str> {
    battle.turns.iter().map(|turn| turn.prompt.as_str()).collect()
}
