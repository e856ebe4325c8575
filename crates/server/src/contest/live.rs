//! Conversations: what a person asks, and both answers as they are written.

mod events;
mod page;
mod writing;

pub(super) use page::{further, script, waiting};

use super::battle::find;
use super::form::Fields;
use super::held::Held;
use crate::app::App;
use crate::keys::random;
use crate::programme::day_in_korea;
use crate::refusal::Refusal;
use crate::route::{Kind, Rate, Roles, Route};
use crate::who::Who;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use daepyo_backend::talk::{DailyMeter, Pieces, QueueError, Ticket};
use daepyo_contest::{Arena, ContestError, Question, Taken};
use daepyo_core::{CandidateId, GenerateParams, Message as Said};
use daepyo_messages::Message;
use daepyo_store::site::{BattleId, ContestId};
use std::sync::Arc;
use writing::Writing;

/// Bytes of a form with a prompt, at most.
const PROMPT_BYTES: usize = 256 << 10;
/// After so many seconds the turn of a page that was left can be taken up again.
const ELSEWHERE_S: u64 = 3;
/// After so many seconds there may be room in the line again.
const FULL_S: u64 = 20;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::post("/battles/{battle}/turns", Roles::CITIZEN, ask).body(PROMPT_BYTES),
        // A script reads it: refusals are problem+json.
        Route::post("/battles/{battle}/turns/{turn}/stream", Roles::CITIZEN, stream)
            .rate(Rate::Costly)
            .kind(Kind::Api)
            .streams(),
    ]
}

/// Tokens that were set aside for a turn.
struct Aside {
    contest: ContestId,
    day: String,
    tokens: i64,
}

/// Whether the day has tokens left for another turn.
pub(super) async fn has_tokens(app: &App, arena: &Arena) -> Result<bool, Refusal> {
    let rule = &arena.sealed().rule;
    let Some(cap) = rule.tokens_a_day else { return Ok(true) };
    let spent = app.site().tokens_of(arena.contest().id, &today(app)).await?;
    let next = u64::from(rule.max_tokens).saturating_mul(2);
    Ok(u64::try_from(spent).unwrap_or(0).saturating_add(next) <= cap)
}

fn today(app: &App) -> String {
    day_in_korea(app.now_ms()).to_string()
}

fn used_up() -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "talk::cap_reached", Message::new("site-refused-tokens"))
}

/// Begins a turn with the person's prompt; the page then opens the stream.
async fn ask(
    State(app): State<App>,
    who: Who,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Redirect, Refusal> {
    let (_, arena, battle) = find(&app, &who, &name).await?;
    if !has_tokens(&app, &arena).await? {
        return Err(used_up());
    }
    // Browsers send line ends as CR LF, which count as one character on the page.
    let prompt = Fields::read(&body).one("prompt").replace("\r\n", "\n");
    arena.begin_turn(who.id()?, battle.opened.id, &prompt, app.now_ms()).await?;
    Ok(Redirect::to(&format!("/battles/{name}")))
}

/// Both answers of a begun turn, as they are written.
async fn stream(
    State(app): State<App>,
    who: Who,
    Path((name, turn)): Path<(String, u32)>,
) -> Result<Response, Refusal> {
    let (held, arena, battle) = find(&app, &who, &name).await?;
    let (person, id) = (who.id()?, battle.opened.id);
    let claim = i64::from_be_bytes(random());
    let question = match arena.take_turn(person, id, turn, claim, app.now_ms()).await? {
        Taken::Question(question) => *question,
        Taken::Elsewhere => return Err(elsewhere()),
        Taken::Over(end) => return Ok(events::over_at_once(&who, &end).into_response()),
    };
    let asking = Asking { app: &app, held, arena: &arena, battle: id, turn };
    let begun = match asking.begin(&question).await {
        Ok(begun) => begun,
        Err(refusal) => {
            arena.give_turn(id, turn, claim, false).await?;
            return Err(refusal);
        }
    };
    let (out, answer) = events::channel();
    let screens = (arena.screen(&question.asked), arena.screen(&question.asked));
    let writing = Writing { app, who, arena, person, battle: id, turn, claim, out, was_asked: false.into() };
    tokio::spawn(writing.run(begun, screens));
    Ok(answer)
}

fn elsewhere() -> Refusal {
    let message = Message::new("site-refused-elsewhere");
    Refusal::new(StatusCode::CONFLICT, "server::conflict", message).retry_after(ELSEWHERE_S)
}

/// What a turn needs before its answers are asked for.
struct Asking<'a> {
    app: &'a App,
    held: &'a Held,
    arena: &'a Arena,
    battle: BattleId,
    turn: u32,
}

/// A place in the line, tokens that are set aside, and both answers, of which nothing is asked for yet.
struct Begun {
    ticket: Ticket,
    meter: Arc<DailyMeter>,
    aside: Option<Aside>,
    pieces: (Pieces, Pieces),
}

impl Asking<'_> {
    async fn begin(&self, question: &Question) -> Result<Begun, Refusal> {
        let candidates = [question.left.0.clone(), question.right.0.clone()];
        let ticket = self.app.contests().queue().join(&candidates).map_err(refused)?;
        // One meter for each turn: the day's sum is the store's, for all servers and beyond a restart.
        let meter = Arc::new(DailyMeter::new(u64::MAX));
        let left = self.answer(&question.left, &question.params, &meter)?;
        let right = self.answer(&question.right, &question.params, &meter)?;
        let aside = self.set_aside(&meter).await?;
        Ok(Begun { ticket, meter, aside, pieces: (left, right) })
    }

    fn answer(
        &self,
        (candidate, messages): &(CandidateId, Vec<Said>),
        params: &GenerateParams,
        meter: &Arc<DailyMeter>,
    ) -> Result<Pieces, Refusal> {
        let talk = self.app.contests().talk(candidate).ok_or_else(|| {
            tracing::error!(turn = self.turn, battle = self.battle.0, "a contestant has no backend");
            Refusal::inside(ContestError::NotOpen)
        })?;
        let day = day_in_korea(self.app.now_ms());
        let entry = meter.open(day, messages, params).map_err(Refusal::inside)?;
        Ok(entry.follow(talk.begin(messages.clone(), params.clone())))
    }

    async fn set_aside(&self, meter: &DailyMeter) -> Result<Option<Aside>, Refusal> {
        let Some(cap) = self.held.setup.rule.tokens_a_day else { return Ok(None) };
        let spent = meter.spent(day_in_korea(self.app.now_ms()));
        let tokens = i64::try_from(spent.promised_tokens).unwrap_or(i64::MAX);
        let (contest, day) = (self.arena.contest().id, today(self.app));
        let cap = i64::try_from(cap).unwrap_or(i64::MAX);
        if !self.app.site().take_tokens(contest, &day, tokens, cap).await? {
            return Err(used_up());
        }
        Ok(Some(Aside { contest, day, tokens }))
    }
}

fn refused(error: QueueError) -> Refusal {
    match error {
        QueueError::Full { .. } => {
            let message = Message::new("site-refused-queue");
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "talk::queue_full", message).retry_after(FULL_S)
        }
        QueueError::TooFewSlots => Refusal::inside(error),
    }
}
