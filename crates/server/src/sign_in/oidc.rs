//! Signing in with an identity provider: OpenID Connect's code flow with PKCE, of which only the subject's hash is kept.
//!
//! What a sign-in began with stands in a cookie and in keys of the site: the server keeps nothing until it ends. `state`,
//! `nonce` and the PKCE verifier are HMACs of that cookie, of the provider and of the browser's token of forms.

mod ask;
mod flow;
mod provider;

pub(crate) use provider::Providers;

use super::{draw, enter, local_path};
use crate::app::App;
use crate::door::cookies;
use crate::page::{Page, page};
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::who::Who;
use ask::AskError;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use daepyo_core::Digest;
use daepyo_identity::TokenError;
use daepyo_messages::Message;
use flow::Flow;
use maud::{Markup, html};
use serde::Deserialize;

/// A code's length in bytes at most.
const MOST_CODE: usize = 4096;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/sign-in/oidc/{provider}", Roles::ANYONE, start).rate(Rate::SignIn),
        Route::get("/sign-in/oidc/{provider}/callback", Roles::ANYONE, finish).rate(Rate::SignIn),
        Route::get("/signed-out", Roles::ANYONE, signed_out),
    ]
}

/// Why a provider's word is not taken; the log has the reason, the page says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    /// It cannot be reached, or fails.
    #[error("the provider cannot be asked")]
    Away(#[source] AskError),
    /// It failed a moment ago and is not asked again yet.
    #[error("the provider failed a moment ago")]
    Resting,
    /// What it says of itself does not serve.
    #[error("the provider's {what} does not serve")]
    Discovery {
        /// Which part.
        what: &'static str,
    },
    /// It refuses this site or the code.
    #[error("the provider refuses the code: status {status}")]
    Refused {
        /// The status.
        status: u16,
    },
    /// Its id token is not believed.
    #[error("the provider's token is not believed")]
    Token(#[source] TokenError),
}

impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Self {
        let refusal = match error {
            ProviderError::Away(_) | ProviderError::Resting => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "server::provider_away",
                Message::new("site-refused-provider-away"),
            )
            .retry_after(10),
            ProviderError::Discovery { .. } | ProviderError::Refused { .. } | ProviderError::Token(_) => {
                Self::new(
                    StatusCode::BAD_GATEWAY,
                    "server::provider_answer",
                    Message::new("site-refused-provider-answer"),
                )
            }
        };
        refusal.because(error)
    }
}

/// The sign-in did not begin in this browser, began too long ago, or has ended already.
pub(super) fn stale() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "server::sign_in_stale", Message::new("site-refused-stale"))
}

/// The links to the providers, where there are any.
pub(super) fn way(app: &App, who: &Who, next: &str) -> Option<Markup> {
    let providers = app.providers().all();
    if providers.is_empty() {
        return None;
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    Some(html! {
        h2 { (who.say("site-sign-in-oidc", &[])) }
        div {
            p.soft { (who.say("site-sign-in-oidc-about", &[])) }
            @for provider in providers {
                p { a.button href={ "/sign-in/oidc/" (provider.id()) "?" (query) } {
                    (who.say("site-sign-in-oidc-with", &[("name", provider.label(who.language()))]))
                } }
            }
        }
    })
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

/// Leads to the provider. A plain link: browsers hold forms, and where these lead on to, to this site.
async fn start(
    State(app): State<App>,
    who: Who,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let provider = app.providers().named(&id).ok_or_else(Refusal::not_found)?;
    let next = local_path(&asked.next).unwrap_or("/");
    if who.person().is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    let discovery = provider.discovery(app.clock().elapsed()).await?;
    let flow = Flow::begin(app.now_ms(), next);
    let proof = flow.proof(app.keys(), provider.id(), &who.forms_token());
    let leads_to = provider.authorization(&discovery, &proof, &app.settings().origin());
    let cookie = flow.cookie(app.settings().is_https()).map_err(Refusal::inside)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(leads_to.as_str())).into_response())
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

/// Takes what the provider sends the browser back with, once.
async fn finish(
    State(app): State<App>,
    who: Who,
    Path(id): Path<String>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Refusal> {
    let provider = app.providers().named(&id).ok_or_else(Refusal::not_found)?;
    let is_https = app.settings().is_https();
    let failed = || app.metrics().count("daepyo_sign_in_failed_total", &[("way", "oidc")], 1);
    let flow = cookies::find(&headers, flow::cookie_name(is_https)).and_then(Flow::read);
    let proof = flow.as_ref().map(|flow| flow.proof(app.keys(), provider.id(), &who.forms_token()));
    let (Some(flow), Some(proof)) = (flow, proof) else {
        failed();
        return Err(stale());
    };
    let is_ours = proof.is_state(&answer.state) && flow.is_young(app.now_ms());
    let once = Digest::from_bytes(flow.digest());
    // Taken in the store: the answer may come to another server than the one that began.
    if !is_ours || !app.site().take_once(once, flow.until_ms(), app.now_ms()).await? {
        failed();
        return Err(stale());
    }
    let discovery = provider.discovery(app.clock().elapsed()).await?;
    // RFC 9207: another provider's answer must not be taken for this one's.
    let is_its = match &answer.iss {
        Some(issuer) => issuer == provider.issuer(),
        None => !discovery.tells_issuer,
    };
    if !is_its {
        failed();
        return Err(ProviderError::Token(TokenError::Issuer).into());
    }
    if answer.error.is_some() || answer.code.is_empty() || answer.code.len() > MOST_CODE {
        failed();
        return Ok(draw(&app, &who, flow.next(), Some("site-sign-in-oidc-declined")).into_response());
    }
    let exchange = provider::Exchange {
        code: &answer.code,
        proof: &proof,
        origin: &app.settings().origin(),
        now_s: app.now_ms().div_euclid(1000),
        now: app.clock().elapsed(),
    };
    let subject = provider.subject(&discovery, &exchange).await.inspect_err(|_| failed())?;
    let subject = app.keys().subject(provider.issuer(), &subject);
    let person = app.site().person_of_subject(subject, app.now_ms()).await?;
    let mut response = enter(&app, &who, person.id, flow.next()).await?;
    let lifetime_s = app.settings().session_lifetime.as_secs();
    let way = cookies::make(flow::way_name(is_https), provider.id(), Some(lifetime_s), is_https);
    let spent = cookies::make(flow::cookie_name(is_https), "", Some(0), is_https);
    for cookie in [way, spent] {
        response.headers_mut().append(header::SET_COOKIE, cookie.map_err(Refusal::inside)?);
    }
    Ok(response)
}

/// Where a sign-out leads to, and the cookie that it takes back: a page that offers the provider's own sign-out to
/// whoever came through one.
pub(super) fn after_sign_out(app: &App, came: &HeaderMap) -> Option<(String, header::HeaderValue)> {
    let is_https = app.settings().is_https();
    let provider = app.providers().named(cookies::find(came, flow::way_name(is_https))?)?;
    let gone = cookies::make(flow::way_name(is_https), "", Some(0), is_https).ok()?;
    Some((format!("/signed-out?way={}", provider.id()), gone))
}

#[derive(Deserialize)]
struct Way {
    #[serde(default)]
    way: String,
}

async fn signed_out(State(app): State<App>, who: Who, Query(asked): Query<Way>) -> Page {
    let mut offer = None;
    if let Some(provider) = app.providers().named(&asked.way)
        // A provider that is away offers nothing; the person is signed out here all the same.
        && let Ok(discovery) = provider.discovery(app.clock().elapsed()).await
    {
        let link = provider.sign_out(&discovery, &app.settings().origin());
        offer = link.map(|link| (link, provider.label(who.language()).to_owned()));
    }
    let body = html! {
        p.lead { (who.say("site-signed-out-here", &[])) }
        @if let Some((link, name)) = offer {
            p { (who.say("site-signed-out-there", &[("name", &name)])) }
            p { a.button href=(link) rel="noreferrer" { (who.say("site-signed-out-leave", &[("name", &name)])) } }
        }
        p { a href="/" { (who.say("site-nav-home", &[])) } }
    };
    page(&who, &who.say("site-signed-out", &[]), &body)
}
