//! A contest's own page: what it is, its rules, how to begin; after the close its results.

use super::form::Fields;
use super::held::Held;
use super::{ballots, live, moving, results};
use crate::app::App;
use crate::live::Topic;
use crate::page::{Page, csrf_field, page};
use crate::public::{View, kept};
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::who::{Came, Who};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use daepyo_contest::{Arena, battle_name};
use daepyo_core::{ContestMode, Digest, Language};
use daepyo_store::site::{BattleState, Contest, Role, SiteError};
use maud::{Markup, html};

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/contests", Roles::ANYONE, list).nav("site-nav-contests"),
        Route::get("/contests/{stage}/{criterion}", Roles::ANYONE, show),
        Route::post("/contests/{stage}/{criterion}/battles", Roles::CITIZEN, begin),
        Route::post("/contests/{stage}/{criterion}/consent", Roles::CITIZEN, consent).rate(Rate::Write),
    ]
}

async fn list(State(app): State<App>, who: Who, Came(headers): Came) -> Result<Response, Refusal> {
    kept(&app, &who, &headers, || draw_list(&app, &who)).await
}

async fn draw_list(app: &App, who: &Who) -> Result<Page, Refusal> {
    let mut rows = Vec::new();
    for held in app.contests().held() {
        let open = app.contests().arena(held, app.now_ms()).await?;
        let contest = open.map(|(_, contest)| contest);
        rows.push((held, moving::in_list(held, contest.as_ref(), who)));
    }
    Ok(page(who, &who.say("site-nav-contests", &[]), &cards(&who.view(), &rows)))
}

/// The list of contests, each with how it stands.
pub(super) fn cards(view: &View<'_>, rows: &[(&Held, Markup)]) -> Markup {
    html! {
        @if rows.is_empty() { p { (view.word("site-contests-none")) } }
        @else {
            ul.cards {
                @for (held, standing) in rows {
                    li {
                        h2 { a href=(view.page(&held.path())) { (title(held, view.language)) } }
                        (standing)
                    }
                }
            }
        }
    }
}

/// The contest's title: that of its criterion, after the stage's.
pub(super) fn title(held: &Held, language: Language) -> String {
    let (stage, criterion) = &held.titles;
    format!("{} · {}", stage.get(language), criterion.get(language))
}

/// How the contest stands, in a sentence.
pub(super) fn standing(contest: Option<&Contest>, who: &Who) -> String {
    let id = match contest {
        None => "site-contest-to-come",
        Some(contest) if contest.closed_ms.is_some() => "site-contest-closed",
        Some(_) => "site-contest-open",
    };
    who.say(id, &[])
}

/// The contest of an address and, where the office has opened it, what holds it.
pub(crate) async fn find<'a>(
    app: &'a App,
    stage: &str,
    criterion: &str,
) -> Result<(&'a Held, Option<(Arena, Contest)>), Refusal> {
    let held = app.contests().of(stage, criterion).ok_or_else(Refusal::not_found)?;
    Ok((held, app.contests().arena(held, app.now_ms()).await?))
}

async fn show(
    State(app): State<App>,
    who: Who,
    Came(headers): Came,
    Path((stage, criterion)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let drawing = || async {
        let (held, open) = find(&app, &stage, &criterion).await?;
        draw(&app, &who, held, open.as_ref(), None).await
    };
    kept(&app, &who, &headers, drawing).await
}

/// The page; `said` is the id of what is to be said above all else.
async fn draw(
    app: &App,
    who: &Who,
    held: &Held,
    open: Option<&(Arena, Contest)>,
    said: Option<&'static str>,
) -> Result<Page, Refusal> {
    let is_closed = open.is_some_and(|(_, contest)| contest.closed_ms.is_some());
    let results = match open {
        Some(_) if is_closed => Some(results::draw(app, who, held).await?),
        Some(_) | None => None,
    };
    let start = match open {
        Some((arena, _)) if !is_closed => start(who, held, arena).await?,
        Some(_) | None => html! {},
    };
    let standing = moving::on_page(app, who, held, open.map(|(_, contest)| contest)).await?;
    let view = who.view();
    let body = html! {
        @if let Some(said) = said { div.notice role="status" { p.said { (who.say(said, &[])) } } }
        (standing)
        // Always there, so that an open page gets the button at the opening and the results at the close.
        div #held data-live=(Topic::Contests.name()) {
            (start)
            @if let Some(results) = results { div #results { (results) } }
        }
        (rules(&view, held, open.map(|(arena, _)| (arena.name(), arena.rules()))))
        @if let Some(logbook) = app.contests().logbook() { (ballots::facts(&view, logbook.key())) }
    };
    Ok(page(who, &title(held, view.language), &body))
}

async fn start(who: &Who, held: &Held, arena: &Arena) -> Result<Markup, Refusal> {
    let is_live = held.setup.rule.mode == ContestMode::Live;
    let (about, begin) = if is_live {
        ("site-contest-about-live", "site-contest-begin-live")
    } else {
        ("site-contest-about", "site-contest-begin")
    };
    let about = html! { p.lead { (who.say(about, &[])) } };
    match who.person() {
        Some(person) if person.role == Role::Citizen => {
            let consents = arena.consents(person.id).await?;
            Ok(html! {
                (about)
                form method="post" action=(format!("{}/battles", held.path())) {
                    (csrf_field(who))
                    button { (who.say(begin, &[])) }
                }
                details {
                    summary { (who.say("site-consent", &[])) }
                    p { (who.say("site-consent-about", &[])) }
                    form method="post" action=(format!("{}/consent", held.path())) {
                        (csrf_field(who))
                        input type="hidden" name="consents" value=(if consents { "no" } else { "yes" });
                        p { (who.say(if consents { "site-consent-given" } else { "site-consent-not-given" }, &[])) }
                        button { (who.say(if consents { "site-consent-take-back" } else { "site-consent-give" }, &[])) }
                    }
                }
            })
        }
        Some(_) => Ok(html! { (about) p { (who.say("site-contest-citizens-only", &[])) } }),
        None => Ok(html! {
            (about)
            p { a.button href=(format!("/sign-in?next={}", held.path())) { (who.say("site-contest-sign-in", &[])) } }
        }),
    }
}

/// What the contest is held by, for everybody to read; `sealed` is its name in the log, and the digest of its rules.
pub(super) fn rules(view: &View<'_>, held: &Held, sealed: Option<(Digest, Digest)>) -> Markup {
    let rule = &held.setup.rule;
    let say = |id, key, value: u32| view.say(id, &[(key, value.to_string().as_str())]);
    html! {
        h2 { (view.word("site-contest-rules")) }
        ul {
            li { (view.word("site-contest-rule-blind")) }
            li { (say("site-contest-rule-day", "count", rule.votes_a_day)) }
            li { (say("site-contest-rule-all", "count", rule.votes_in_all)) }
            @if rule.mode == ContestMode::Live { li { (say("site-contest-rule-turns", "count", rule.turns)) } }
            li { (say("site-contest-rule-length", "count", rule.answer_characters)) }
            li { (view.word("site-contest-rule-draw")) }
            li { (view.word("site-contest-rule-leak")) }
            li { (view.word("site-contest-rule-failure")) }
            li { (view.word("site-contest-rule-withdraw")) }
        }
        @if let Some((name, rules)) = sealed {
            dl.facts {
                dt { (view.word("site-contest-name")) }
                dd { code { (name) } }
                dt { (view.word("site-contest-rules-digest")) }
                dd { code { (rules) } }
            }
        }
    }
}

async fn begin(
    State(app): State<App>,
    who: Who,
    Path((stage, criterion)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (held, open) = find(&app, &stage, &criterion).await?;
    let Some((arena, _)) = &open else { return Err(Refusal::not_found()) };
    if held.setup.rule.mode == ContestMode::Live && !live::has_tokens(&app, arena).await? {
        // A conversation that is open can still be voted on.
        let last = app.site().battles_of(who.id()?, arena.contest().id, None, 1).await?.pop();
        return match last.filter(|battle| battle.state == BattleState::Open) {
            Some(open) => {
                Ok(Redirect::to(&format!("/battles/{}", battle_name(open.opened.id))).into_response())
            }
            None => {
                Ok(draw(&app, &who, held, open.as_ref(), Some("site-contest-tokens")).await?.into_response())
            }
        };
    }
    let said = match arena.next_battle(who.id()?, app.now_ms()).await {
        Ok(battle) => {
            return Ok(Redirect::to(&format!("/battles/{}", battle_name(battle.opened.id))).into_response());
        }
        Err(daepyo_contest::ContestError::NothingLeft) => "site-contest-nothing-left",
        Err(daepyo_contest::ContestError::Site(SiteError::CapDay)) => "site-contest-cap-day",
        Err(daepyo_contest::ContestError::Site(SiteError::CapAll)) => "site-contest-cap-all",
        Err(error) => return Err(error.into()),
    };
    Ok(draw(&app, &who, held, open.as_ref(), Some(said)).await?.into_response())
}

async fn consent(
    State(app): State<App>,
    who: Who,
    Path((stage, criterion)): Path<(String, String)>,
    body: Bytes,
) -> Result<Redirect, Refusal> {
    let (held, open) = find(&app, &stage, &criterion).await?;
    let Some((arena, contest)) = open else { return Err(Refusal::not_found()) };
    if contest.closed_ms.is_some() {
        return Err(SiteError::Closed.into());
    }
    let consents = match Fields::read(&body).one("consents") {
        "yes" => true,
        "no" => false,
        _ => return Err(Refusal::bad_form("consents")),
    };
    arena.set_consent(who.id()?, consents, app.now_ms()).await?;
    Ok(Redirect::to(&held.path()))
}
