//! A citizen's battles and votes: begun, voted on, withdrawn, taken away, deleted.

use super::call::{Asked, Nothing, act, read, send};
use super::contests::OfContest;
use super::listing::{Given, Listed, PageQuery};
use super::operation::{About, Link, Tag};
use crate::contest::{delete_texts, find_battle, find_contest, receipt_in_time, taken_away};
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use daepyo_contest::{Choice, Own, OwnBattle, REASON_CHARS, Receipt, battle_name};
use daepyo_core::VoteChoice;
use daepyo_store::site::{Answered, Battle, BattleState, Ended, SiteError, Turn};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

const BATTLE: &[(&str, &str)] = &[("battle", "$response.body#/battle")];
const OF_BATTLE: &[Link] = &[
    Link::to("getBattle", BATTLE),
    Link::to("vote", BATTLE),
    Link::to("leaveBattle", BATTLE),
    Link::to("reportBattle", BATTLE),
];
const VOTED: &[(&str, &str)] = &[("battle", "$response.body#/ballot/battle")];
const OF_VOTE: &[Link] = &[
    Link::to("getReceipt", VOTED),
    Link::to("withdrawVote", VOTED),
    Link::to("getCommitment", &[("commitment", "$response.body#/commitment")]),
];

pub(super) fn rows() -> Vec<Route> {
    let about = |id| About::new(id, Tag::Own);
    let citizen = Roles::CITIZEN;
    vec![
        act(
            "/api/v1/contests/{stage}/{criterion}/battles",
            citizen,
            about("beginBattle").leads_to(OF_BATTLE),
            begin,
        ),
        send("/api/v1/contests/{stage}/{criterion}/consent", citizen, about("setConsent"), consent),
        read("/api/v1/battles/{battle}", citizen, about("getBattle"), show),
        send("/api/v1/battles/{battle}/vote", citizen, about("vote").leads_to(OF_VOTE), vote),
        act("/api/v1/battles/{battle}/withdraw", citizen, about("withdrawVote"), withdraw),
        act("/api/v1/battles/{battle}/leave", citizen, about("leaveBattle"), leave),
        send("/api/v1/battles/{battle}/report", citizen, about("reportBattle"), report),
        read("/api/v1/battles/{battle}/receipt", citizen, about("getReceipt"), receipt),
        read("/api/v1/votes", citizen, about("listVotes"), votes),
        read("/api/v1/votes/export", citizen, about("exportVotes"), export).rate(Rate::Costly),
        act("/api/v1/votes/forget", citizen, about("forgetVotes"), forget),
    ]
}

/// How a battle stands.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum BattleStanding {
    /// Open: no vote yet.
    Open,
    Voted,
    /// It does not count.
    Void,
    /// A candidate did not answer: a failure of infrastructure, never a loss.
    Failed,
    /// The person left it.
    Left,
}

impl From<&BattleState> for BattleStanding {
    fn from(state: &BattleState) -> Self {
        match state {
            BattleState::Open => Self::Open,
            BattleState::Voted => Self::Voted,
            BattleState::Ended(Ended::Void { .. }) => Self::Void,
            BattleState::Ended(Ended::Failed { .. }) => Self::Failed,
            BattleState::Ended(Ended::Left) => Self::Left,
        }
    }
}

/// A battle of two anonymous answers.
#[derive(Serialize, JsonSchema)]
pub(super) struct BattleView {
    /// Its name, 16 hexadecimal digits.
    battle: String,
    state: BattleStanding,
    /// When it was opened, in milliseconds since 1970.
    opened_ms: i64,
    /// The assigned prompt, where one was.
    prompt: Option<String>,
    turns: Vec<TurnView>,
}

/// A turn. Answers are text (markdown) as somebody else's program wrote it: never use them as HTML.
#[derive(Serialize, JsonSchema)]
pub(super) struct TurnView {
    asked: String,
    left: Option<AnswerView>,
    right: Option<AnswerView>,
}

/// An answer.
#[derive(Serialize, JsonSchema)]
pub(super) struct AnswerView {
    text: String,
    /// Whether it was cut at the contest's limit.
    cut: bool,
}

impl From<Answered> for AnswerView {
    fn from(answered: Answered) -> Self {
        Self { text: answered.text, cut: answered.cut }
    }
}

impl From<Turn> for TurnView {
    fn from(turn: Turn) -> Self {
        let (left, right) = turn.answers.unzip();
        Self { asked: turn.prompt, left: left.map(AnswerView::from), right: right.map(AnswerView::from) }
    }
}

impl From<Battle> for BattleView {
    fn from(battle: Battle) -> Self {
        Self {
            battle: battle_name(battle.opened.id),
            state: (&battle.state).into(),
            opened_ms: battle.opened_ms,
            prompt: battle.opened.prompt,
            turns: battle.turns.into_iter().map(TurnView::from).collect(),
        }
    }
}

/// The person's unfinished battle, or a new one.
async fn begin(asked: Asked<OfContest>) -> Result<Given<BattleView>, Refusal> {
    let OfContest { stage, criterion } = &asked.path;
    let (_, open) = find_contest(&asked.app, stage, criterion).await?;
    let Some((arena, _)) = open else { return Err(Refusal::not_found()) };
    let battle = arena.next_battle(asked.who.id()?, asked.app.now_ms()).await?;
    Ok(Given::one(battle.into()))
}

/// Whether one's conversations may be published with the close.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Consent {
    consents: bool,
}

async fn consent(asked: Asked<OfContest, Nothing, Consent>) -> Result<Given<Consent>, Refusal> {
    let OfContest { stage, criterion } = &asked.path;
    let (_, open) = find_contest(&asked.app, stage, criterion).await?;
    let Some((arena, contest)) = open else { return Err(Refusal::not_found()) };
    if contest.closed_ms.is_some() {
        return Err(SiteError::Closed.into());
    }
    arena.set_consent(asked.who.id()?, asked.body.consents, asked.app.now_ms()).await?;
    Ok(Given::one(asked.body))
}

#[derive(Deserialize, JsonSchema)]
struct OfBattle {
    /// The battle's name.
    #[schemars(regex(pattern = r"^[0-9a-f]{16}$"))]
    battle: String,
}

async fn show(asked: Asked<OfBattle>) -> Result<Given<BattleView>, Refusal> {
    let (_, _, battle) = find_battle(&asked.app, &asked.who, &asked.path.battle).await?;
    Ok(Given::one(battle.into()))
}

/// A tag of the contest's list.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
struct VoteTag(String);

impl JsonSchema for VoteTag {
    fn schema_name() -> Cow<'static, str> {
        "VoteTag".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A tag of the contest's list." })
    }
}

/// A vote.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VoteBody {
    choice: VoteChoice,
    /// What spoke for it, of the contest's list.
    #[serde(default)]
    tags: Vec<VoteTag>,
    /// Why, in the voter's words.
    #[serde(default)]
    reason: Words,
}

/// A text of at most so many characters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
struct Words(String);

impl TryFrom<String> for Words {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let most = usize::try_from(REASON_CHARS).unwrap_or(usize::MAX);
        // PostgreSQL keeps no NUL.
        let is_short = text.chars().count() <= most;
        is_short.then(|| Self(text.replace('\0', "\u{fffd}"))).ok_or("too long")
    }
}

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": REASON_CHARS })
    }
}

async fn vote(asked: Asked<OfBattle, Nothing, VoteBody>) -> Result<Given<Receipt>, Refusal> {
    let (_, arena, battle) = find_battle(&asked.app, &asked.who, &asked.path.battle).await?;
    let tags = asked.body.tags.into_iter().map(|tag| tag.0).collect();
    let choice = Choice { choice: asked.body.choice, tags, reason: asked.body.reason.0 };
    let receipt = arena.vote(asked.who.id()?, battle.opened.id, choice, asked.app.now_ms()).await?;
    asked.app.metrics().count("daepyo_votes_total", &[], 1);
    Ok(Given::one(receipt))
}

async fn withdraw(asked: Asked<OfBattle>) -> Result<Given<Receipt>, Refusal> {
    let (_, arena, battle) = find_battle(&asked.app, &asked.who, &asked.path.battle).await?;
    let receipt = arena.withdraw(asked.who.id()?, battle.opened.id, asked.app.now_ms()).await?;
    Ok(Given::one(receipt))
}

async fn leave(asked: Asked<OfBattle>) -> Result<Given<BattleView>, Refusal> {
    let (_, arena, battle) = find_battle(&asked.app, &asked.who, &asked.path.battle).await?;
    let (person, id) = (asked.who.id()?, battle.opened.id);
    arena.leave(person, id, asked.app.now_ms()).await?;
    Ok(Given::one(arena.battle(person, id).await?.into()))
}

/// What is harmful.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReportBody {
    text: Said,
}

/// A text with something in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Said(String);

impl TryFrom<String> for Said {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let words = Words::try_from(text)?;
        let said = words.0.trim();
        if said.is_empty() { Err("nothing is said") } else { Ok(Self(said.to_owned())) }
    }
}

impl JsonSchema for Said {
    fn schema_name() -> Cow<'static, str> {
        "Said".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": REASON_CHARS, "pattern": "\\S" })
    }
}

async fn report(asked: Asked<OfBattle, Nothing, ReportBody>) -> Result<Given<BattleView>, Refusal> {
    let (_, arena, battle) = find_battle(&asked.app, &asked.who, &asked.path.battle).await?;
    let (person, id) = (asked.who.id()?, battle.opened.id);
    arena.report(person, id, &asked.body.text.0, asked.app.now_ms()).await?;
    Ok(Given::one(arena.battle(person, id).await?.into()))
}

async fn receipt(asked: Asked<OfBattle>) -> Result<Given<Receipt>, Refusal> {
    let (_, arena, battle) = find_battle(&asked.app, &asked.who, &asked.path.battle).await?;
    Ok(Given::one(receipt_in_time(&arena, asked.who.id()?, battle.opened.id).await?))
}

/// One's battles in all contests, in the programme's order and oldest first within each.
async fn votes(asked: Asked<Nothing, PageQuery>) -> Result<Given<Listed<OwnBattle>>, Refusal> {
    let contests = taken_away(&asked.app, asked.who.id()?).await?;
    // Not newest first as on the page: a place in the list must stay what it was when another battle begins.
    let battles = contests.into_iter().flat_map(|own| own.battles.into_iter().rev());
    Ok(Given::page_of(battles, &asked.query))
}

/// Everything that the contests have of somebody.
#[derive(Serialize, JsonSchema)]
struct Export {
    contests: Vec<Own>,
}

async fn export(asked: Asked<Nothing>) -> Result<Given<Export>, Refusal> {
    Ok(Given::one(Export { contests: taken_away(&asked.app, asked.who.id()?).await? }))
}

/// What was deleted.
#[derive(Serialize, JsonSchema)]
struct Forgotten {
    /// Battles whose text was deleted. Their votes still count.
    battles: u64,
}

async fn forget(asked: Asked<Nothing>) -> Result<Given<Forgotten>, Refusal> {
    Ok(Given::one(Forgotten { battles: delete_texts(&asked.app, asked.who.id()?).await? }))
}
