//! Sessions: a random token in a cookie, of which the store knows the digest only.

use crate::app::App;
use crate::door::cookies;
use crate::keys::random;
use crate::refusal::Refusal;
use crate::who::Who;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use daepyo_core::Digest;
use daepyo_store::site::{PersonId, Session};
use std::time::Duration;

/// The name of the session's cookie: bound to the host where there is TLS.
pub(crate) fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-daepyo" } else { "daepyo" }
}

/// The name of the cookie that the forms of somebody who is not signed in belong to.
pub(crate) fn forms_cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-daepyo-forms" } else { "daepyo-forms" }
}

/// The token in a cookie of this name.
pub(crate) fn token(headers: &HeaderMap, name: &str) -> Option<[u8; 32]> {
    let value = cookies::find(headers, name)?;
    // 32 bytes are 43 characters; anything else is no token of ours.
    if value.len() != 43 {
        return None;
    }
    BASE64_URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok()
}

/// A token as a cookie for the browser's session, or for `lifetime_s` seconds.
pub(crate) fn cookie(
    app: &App,
    name: &str,
    token: &[u8; 32],
    lifetime_s: Option<u64>,
) -> Result<HeaderValue, Refusal> {
    let value = BASE64_URL_SAFE_NO_PAD.encode(token);
    cookies::make(name, &value, lifetime_s, app.settings().is_https()).map_err(Refusal::inside)
}

/// The use of a session is noted no more often than this: reading pages then costs no write.
const NOTED_MS: i64 = 60_000;

/// The session of a token; it lasts longer for being used.
pub(crate) async fn find(app: &App, token: &[u8; 32]) -> Result<Option<Session>, Refusal> {
    let (token, now_ms) = (Digest::of(token), app.now_ms());
    let found = app.site().session(token, now_ms).await?;
    if found.as_ref().is_some_and(|session| now_ms.saturating_sub(session.seen_ms) >= NOTED_MS) {
        let idle_ms = millis(app.settings().session_idle);
        let noted = app.site().touch_session(token, now_ms, now_ms.saturating_add(idle_ms)).await;
        if let Err(error) = noted {
            // Pages are read while nothing can be written; the session may only end earlier for it.
            tracing::warn!(%error, "the use of a session cannot be noted");
        }
    }
    Ok(found)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// What a person's page calls one of their sessions: it tells nothing of the token, and serves this session's owner only.
pub(crate) fn name(app: &App, session: Digest) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(app.keys().mac("session name", &[session.as_bytes()]))
}

/// Starts a session for somebody who has shown who they are, and ends the one that the request came with: a token that
/// somebody may have planted before the sign-in is worth nothing after it. Gives the headers that set the cookie.
pub(crate) async fn start(app: &App, who: &Who, person: PersonId) -> Result<HeaderMap, Refusal> {
    if let Some(earlier) = who.session() {
        app.site().end_session(earlier).await?;
    }
    let token = random();
    let now_ms = app.now_ms();
    let lifetime = app.settings().session_lifetime;
    let ends_ms = now_ms.saturating_add(millis(lifetime));
    let expires_ms = now_ms.saturating_add(millis(app.settings().session_idle));
    app.site().start_sliding_session(Digest::of(&token), person, now_ms, expires_ms, ends_ms).await?;
    app.metrics().count("daepyo_sessions_started_total", &[], 1);
    let is_https = app.settings().is_https();
    let mut headers = HeaderMap::new();
    headers.append(header::SET_COOKIE, cookie(app, cookie_name(is_https), &token, Some(lifetime.as_secs()))?);
    // The forms of whoever was not signed in end with that.
    let gone = cookies::make(forms_cookie_name(is_https), "", Some(0), is_https).map_err(Refusal::inside)?;
    headers.append(header::SET_COOKIE, gone);
    Ok(headers)
}

/// Ends the session that the request came with. Gives the headers that take the cookie back.
pub(crate) async fn end(app: &App, who: &Who) -> Result<HeaderMap, Refusal> {
    if let Some(session) = who.session() {
        app.site().end_session(session).await?;
        app.metrics().count("daepyo_sessions_ended_total", &[], 1);
    }
    let is_https = app.settings().is_https();
    let gone = cookies::make(cookie_name(is_https), "", Some(0), is_https).map_err(Refusal::inside)?;
    Ok(HeaderMap::from_iter([(header::SET_COOKIE, gone)]))
}
