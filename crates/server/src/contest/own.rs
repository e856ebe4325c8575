//! `/votes`: a citizen's own votes and conversations, taken away or deleted; after the close their own ranking.

use super::held::Held;
use super::hub::title;
use super::names::name;
use crate::app::App;
use crate::page::{Page, csrf_field, page};
use crate::programme::day_in_korea;
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use crate::who::Who;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use daepyo_contest::{Own, OwnBattle};
use daepyo_core::VoteChoice;
use daepyo_report::{single, words};
use daepyo_store::site::{Battle, BattleId, PersonId, VoteRow};
use maud::{Markup, html};
use serde_json::json;
use std::collections::BTreeMap;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/votes", Roles::CITIZEN, show).nav("site-nav-votes"),
        Route::get("/votes/export", Roles::CITIZEN, export),
        Route::post("/votes/forget", Roles::CITIZEN, forget),
    ]
}

async fn show(State(app): State<App>, who: Who) -> Result<Page, Refusal> {
    let person = who.id()?;
    let mut parts = Vec::new();
    for held in app.contests().held() {
        let Some((arena, contest)) = app.contests().arena(held, app.now_ms()).await? else { continue };
        let own = arena.export(person).await?;
        let ranking = match contest.closed_ms {
            Some(_) => ranking(&app, person, contest.id).await?,
            None => Vec::new(),
        };
        parts.push(html! {
            h2 { (title(held, who.language())) }
            (votes(&who, held, &own))
            @if !ranking.is_empty() { (ranked(&who, held, &ranking)) }
        });
    }
    let body = html! {
        @if parts.is_empty() { p { (who.say("site-me-none", &[])) } }
        @for part in &parts { (part) }
        h2 { (who.say("site-me-data", &[])) }
        p { (who.say("site-me-data-about", &[])) }
        div.actions {
            a.button href="/votes/export" download="daepyo-votes.json" { (who.say("site-me-export", &[])) }
            details {
                summary { (who.say("site-me-forget", &[])) }
                p { (who.say("site-me-forget-about", &[])) }
                form method="post" action="/votes/forget" {
                    (csrf_field(&who))
                    button { (who.say("site-me-forget-do", &[])) }
                }
            }
        }
    };
    Ok(page(&who, &who.say("site-nav-votes", &[]), &body))
}

fn votes(who: &Who, held: &Held, own: &Own) -> Markup {
    let voted: Vec<(&OwnBattle, &daepyo_contest::OwnVote)> =
        own.battles.iter().filter_map(|battle| Some((battle, battle.vote.as_ref()?))).collect();
    // Told after the close alone.
    let are_named = voted.iter().any(|(battle, _)| battle.left.is_some());
    let view = who.view();
    html! {
        p { (who.say("site-me-votes", &[("count", &voted.len().to_string())])) }
        @if !voted.is_empty() {
            div.scroll role="region" aria-label=(who.say("site-me-votes-table", &[])) tabindex="0" {
                table {
                    thead { tr {
                        th scope="col" { (who.say("site-me-battle", &[])) }
                        th scope="col" { (who.say("site-me-choice", &[])) }
                        @if are_named {
                            th scope="col" { (who.say("site-me-left", &[])) }
                            th scope="col" { (who.say("site-me-right", &[])) }
                        }
                        th scope="col" { (who.say("site-me-day", &[])) }
                    } }
                    tbody {
                        @for (battle, vote) in voted {
                            tr {
                                th scope="row" { a href=(format!("/battles/{}", battle.battle)) { (battle.battle) } }
                                td {
                                    (who.say(words::choice(vote.choice), &[]))
                                    @if vote.withdrawn_ms.is_some() { " · " (who.say("site-me-withdrawn", &[])) }
                                }
                                @if are_named {
                                    @for side in [&battle.left, &battle.right] {
                                        td { @if let Some(side) = side { (name(&view, held, side.as_str())) } }
                                    }
                                }
                                td.date { (day_in_korea(vote.voted_ms)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What this person's own votes say: candidate, wins (a tie counts half), battles.
async fn ranking(
    app: &App,
    person: PersonId,
    contest: daepyo_store::site::ContestId,
) -> Result<Vec<(String, f64, u32)>, Refusal> {
    let rows = app.site().votes_of(person, contest).await?;
    let counted: Vec<VoteRow> = rows.into_iter().filter(|row| row.withdrawn_ms.is_none()).collect();
    let mut battles: BTreeMap<BattleId, Battle> = BTreeMap::new();
    for row in &counted {
        if let Some(battle) = app.site().battle(row.vote.battle).await? {
            battles.insert(row.vote.battle, battle);
        }
    }
    let mut sums: BTreeMap<String, (f64, u32)> = BTreeMap::new();
    for row in &counted {
        let Some(battle) = battles.get(&row.vote.battle) else { continue };
        let (left, right) = match row.vote.choice {
            VoteChoice::Left => (1.0, 0.0),
            VoteChoice::Right => (0.0, 1.0),
            VoteChoice::Tie => (0.5, 0.5),
            VoteChoice::BothBad => (0.0, 0.0),
        };
        for (name, won) in [(&battle.opened.left, left), (&battle.opened.right, right)] {
            let sum = sums.entry(name.clone()).or_default();
            *sum = (sum.0 + won, sum.1 + 1);
        }
    }
    let mut ranking: Vec<_> = sums.into_iter().map(|(name, (won, battles))| (name, won, battles)).collect();
    ranking.sort_by(|a, b| {
        (b.1 / f64::from(b.2)).total_cmp(&(a.1 / f64::from(a.2))).then_with(|| a.0.cmp(&b.0))
    });
    Ok(ranking)
}

fn ranked(who: &Who, held: &Held, ranking: &[(String, f64, u32)]) -> Markup {
    let view = who.view();
    html! {
        h3 { (who.say("site-me-ranking", &[])) }
        p.soft { (who.say("site-me-ranking-about", &[])) }
        ol {
            @for (id, won, battles) in ranking {
                li { (single::line(&name(&view, held, id))) " " span.soft { (won) " / " (battles) } }
            }
        }
    }
}

async fn export(State(app): State<App>, who: Who) -> Result<Response, Refusal> {
    let contests = taken_away(&app, who.id()?).await?;
    let mut text = serde_json::to_string_pretty(&json!({ "contests": contests })).map_err(Refusal::inside)?;
    text.push('\n');
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"daepyo-votes.json\""),
    ];
    Ok((headers, text).into_response())
}

/// Everything that the contests have of a person, in the programme's order.
pub(crate) async fn taken_away(app: &App, person: PersonId) -> Result<Vec<Own>, Refusal> {
    let mut contests = Vec::new();
    for held in app.contests().held() {
        if let Some((arena, _)) = app.contests().arena(held, app.now_ms()).await? {
            contests.push(arena.export(person).await?);
        }
    }
    Ok(contests)
}

/// Deletes the texts of a person's conversations. In how many battles.
pub(crate) async fn delete_texts(app: &App, person: PersonId) -> Result<u64, Refusal> {
    Ok(app.site().forget(person).await?)
}

async fn forget(State(app): State<App>, who: Who) -> Result<Redirect, Refusal> {
    delete_texts(&app, who.id()?).await?;
    Ok(Redirect::to("/votes"))
}
