//! `/me/sessions`: where somebody is signed in, and signing out there.

use crate::app::App;
use crate::page::csrf_field;
use crate::programme::moment_in_korea;
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::session::name;
use crate::who::Who;
use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use daepyo_store::site::OwnSession;
use maud::{Markup, html};
use serde::Deserialize;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::post("/me/sessions/end", Roles::SIGNED_IN, end).rate(Rate::Write).body(4 << 10),
        Route::post("/me/sessions/end-others", Roles::SIGNED_IN, end_others).rate(Rate::Write).body(4 << 10),
    ]
}

/// The list on `/me`. Neither address nor browser stands in it: the site keeps neither.
pub(super) fn list(app: &App, who: &Who, sessions: &[OwnSession]) -> Markup {
    html! {
        h2 #sessions { (who.say("site-sessions", &[])) }
        p { (who.say("site-sessions-about", &[])) }
        div.scroll role="region" aria-labelledby="sessions" tabindex="0" {
            table {
                thead { tr {
                    th scope="col" { (who.say("site-session-since", &[])) }
                    th scope="col" { (who.say("site-session-seen", &[])) }
                    th scope="col" { (who.say("site-session-ends", &[])) }
                    th scope="col" { (who.say("site-session-end", &[])) }
                } }
                tbody { @for session in sessions { (row(app, who, session)) } }
            }
        }
        @if sessions.len() > 1 {
            form method="post" action="/me/sessions/end-others" {
                (csrf_field(who))
                button.second type="submit" { (who.say("site-sessions-end-others", &[])) }
            }
        }
    }
}

fn row(app: &App, who: &Who, session: &OwnSession) -> Markup {
    let since = moment_in_korea(session.since_ms);
    html! {
        tr {
            th.date scope="row" { time { (since) } }
            td.date { time { (moment_in_korea(session.seen_ms)) } }
            td.date { time { (moment_in_korea(session.expires_ms)) } }
            td {
                @if who.session() == Some(session.token) {
                    (who.say("site-session-this", &[]))
                } @else {
                    form method="post" action="/me/sessions/end" {
                        (csrf_field(who))
                        input type="hidden" name="session" value=(name(app, session.token));
                        button.plain type="submit" aria-label=(who.say("site-session-end-this", &[("since", &since)])) {
                            (who.say("site-session-end", &[]))
                        }
                    }
                }
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    session: String,
}

/// Ends one of the person's sessions. One that is over, or somebody else's, is none that could be ended here.
async fn end(State(app): State<App>, who: Who, Form(named): Form<Named>) -> Result<Redirect, Refusal> {
    let sessions = app.site().sessions_of(who.id()?, app.now_ms()).await?;
    if let Some(session) = sessions.iter().find(|session| name(&app, session.token) == named.session) {
        app.site().end_session(session.token).await?;
        app.metrics().count("daepyo_sessions_ended_total", &[], 1);
    }
    Ok(Redirect::to("/me#sessions"))
}

async fn end_others(State(app): State<App>, who: Who) -> Result<Redirect, Refusal> {
    let ended = app.site().end_sessions_of(who.id()?, who.session()).await?;
    app.metrics().count("daepyo_sessions_ended_total", &[], ended);
    Ok(Redirect::to("/me#sessions"))
}
