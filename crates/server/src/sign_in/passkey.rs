//! Passkeys: added by whoever is signed in, and a way to sign in without a name. Challenges are kept nowhere: they carry
//! an HMAC that binds them to a purpose, to the browser's token of forms and to their time; each is taken once.

use super::{draw, enter};
use crate::app::App;
use crate::assets;
use crate::keys::{Keys, random};
use crate::page::csrf_field;
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::settings::Settings;
use crate::who::Who;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use daepyo_core::Digest;
use daepyo_identity::PublicKey;
use daepyo_identity::passkey::{
    Assertion, PasskeyError, Registered, Site, check_assertion, check_registration,
};
use daepyo_store::site::{Passkey, PersonId};
use maud::{Markup, html};
use serde::Deserialize;

/// A challenge is good for so long; the page says so by failing, and a new page has a new one.
const LIFETIME_MS: i64 = 10 * 60 * 1000;
/// Bytes of a challenge: when it was drawn, what was drawn, the HMAC.
const CHALLENGE_BYTES: usize = 8 + 16 + 32;
/// A body's size at most: an attestation object and its kin as base 64.
pub(crate) const BODY_BYTES: usize = 32 << 10;

pub(super) fn rows() -> Vec<Route> {
    vec![Route::post("/sign-in/passkey", Roles::ANYONE, sign_in).rate(Rate::SignIn).body(BODY_BYTES)]
}

/// What a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Add,
    SignIn,
}

/// The id of the site for passkeys: its host, where that is a name. Browsers take no address of numbers.
pub(crate) fn site_id(settings: &Settings) -> Option<&str> {
    settings.base_url.domain()
}

impl Purpose {
    /// The name of the key for challenges.
    fn key(self) -> &'static str {
        match self {
            Self::Add => "passkey added",
            Self::SignIn => "passkey used",
        }
    }
}

/// A new challenge, as a page has it.
pub(crate) fn challenge(app: &App, who: &Who, purpose: Purpose) -> String {
    let head = [&app.now_ms().to_be_bytes()[..], &random::<16>()].concat();
    let mac = app.keys().mac(purpose.key(), &[&who.forms_token(), &head]);
    BASE64_URL_SAFE_NO_PAD.encode([&head[..], &mac].concat())
}

/// The bytes of a challenge that this site made for this browser and this purpose not long ago, the first time only.
async fn take_challenge(
    app: &App,
    who: &Who,
    purpose: Purpose,
    text: &str,
) -> Result<Option<Vec<u8>>, Refusal> {
    let Some(challenge) = Challenge::read(app, who, purpose, text) else { return Ok(None) };
    let is_first = app.site().take_once(challenge.once, challenge.until_ms, app.now_ms()).await?;
    Ok(is_first.then_some(challenge.bytes))
}

/// A challenge of this site for this browser and this purpose, that is not too old.
struct Challenge {
    bytes: Vec<u8>,
    /// By what it is known that it was used.
    once: Digest,
    until_ms: i64,
}

impl Challenge {
    fn read(app: &App, who: &Who, purpose: Purpose, text: &str) -> Option<Self> {
        let bytes =
            BASE64_URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == CHALLENGE_BYTES)?;
        let (head, mac) = bytes.split_at_checked(CHALLENGE_BYTES - 32)?;
        if !app.keys().is_mac(purpose.key(), &[&who.forms_token(), head], mac) {
            return None;
        }
        let begun_ms = i64::from_be_bytes(*head.first_chunk()?);
        let until_ms = begun_ms.saturating_add(LIFETIME_MS);
        let once = Digest::of(mac);
        (begun_ms..=until_ms).contains(&app.now_ms()).then_some(Self { bytes, once, until_ms })
    }
}

/// What authenticators call a person by; it tells nothing to anybody else.
pub(crate) fn handle(keys: &Keys, person: PersonId) -> [u8; 32] {
    keys.mac("passkey person", &[&person.0.to_be_bytes()])
}

/// What is kept of a passkey: the day it was added and its key.
pub(crate) fn kept(key: &PublicKey, now_ms: i64) -> Option<Vec<u8>> {
    Some([&now_ms.to_be_bytes()[..], &key.to_kept()?].concat())
}

/// What was kept: when it was added, and the key.
pub(crate) fn read_kept(kept: &[u8]) -> Option<(i64, PublicKey)> {
    let (added, key) = kept.split_first_chunk()?;
    Some((i64::from_be_bytes(*added), PublicKey::from_kept(key)?))
}

/// Checks a new passkey for somebody who is signed in; `None` where it is not to be believed.
pub(crate) async fn register(
    app: &App,
    who: &Who,
    challenge: &str,
    client_data: &str,
    attestation: &str,
) -> Result<Option<Registered>, Refusal> {
    let challenge = take_challenge(app, who, Purpose::Add, challenge).await?;
    let origin = app.settings().origin();
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let given = (challenge, site_id(app.settings()), decode(client_data), decode(attestation));
    let (Some(challenge), Some(id), Some(client_data), Some(attestation)) = given else { return Ok(None) };
    let site = Site { origin: &origin, id };
    let checked = check_registration(&site, &challenge, &client_data, &attestation);
    let note = |error: &_| tracing::debug!(request_id = who.request_id(), %error, "passkey not added");
    Ok(checked.inspect_err(note).ok())
}

/// The site's script for forms with passkeys.
pub(crate) fn script() -> Markup {
    html! { @if let Some(path) = assets::script_path("passkey") { script src=(path) defer {} } }
}

/// The line in which the script tells what happens, and what is said without it.
pub(crate) fn status(who: &Who) -> Markup {
    html! {
        noscript { p { (who.say("site-passkey-script", &[])) } }
        p role="status" data-unsupported=(who.say("site-passkey-unsupported", &[]))
            data-failed=(who.say("site-passkey-failed", &[])) {}
    }
}

/// The form of this way.
pub(super) fn way(app: &App, who: &Who, next: &str) -> Option<Markup> {
    let site = site_id(app.settings())?;
    Some(html! {
        h2 { (who.say("site-sign-in-passkey", &[])) }
        form.stacked method="post" action="/sign-in/passkey" data-passkey="get" data-site=(site) {
            (csrf_field(who))
            input type="hidden" name="next" value=(next);
            input type="hidden" name="challenge" value=(challenge(app, who, Purpose::SignIn));
            @for name in ["credential", "client_data", "authenticator_data", "signature", "handle"] {
                input type="hidden" name=(name) value="";
            }
            p.soft { (who.say("site-sign-in-passkey-about", &[])) }
            (status(who))
            button type="submit" { (who.say("site-sign-in-passkey-use", &[])) }
        }
        (script())
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    challenge: String,
    credential: String,
    client_data: String,
    authenticator_data: String,
    signature: String,
    handle: String,
    next: String,
}

async fn sign_in(State(app): State<App>, who: Who, Form(given): Form<Given>) -> Result<Response, Refusal> {
    if site_id(app.settings()).is_none() {
        return Err(Refusal::not_found());
    }
    if given.credential.is_empty() {
        return Ok(draw(&app, &who, &given.next, Some("site-passkey-script")).into_response());
    }
    if let Some(person) = known(&app, &who, &given).await? {
        enter(&app, &who, person, &given.next).await
    } else {
        app.metrics().count("daepyo_sign_in_failed_total", &[("way", "passkey")], 1);
        Ok(draw(&app, &who, &given.next, Some("site-sign-in-passkey-wrong")).into_response())
    }
}

/// Whose passkey has answered the challenge, where one has.
async fn known(app: &App, who: &Who, given: &Given) -> Result<Option<PersonId>, Refusal> {
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let Some(challenge) = take_challenge(app, who, Purpose::SignIn, &given.challenge).await? else {
        return Ok(None);
    };
    let credential = decode(&given.credential);
    if credential.is_empty() || credential.len() > 1023 {
        return Ok(None);
    }
    let Some(passkey) = app.site().passkey(&credential).await? else { return Ok(None) };
    let Some((_, key)) = read_kept(&passkey.kept) else { return Ok(None) };
    let origin = app.settings().origin();
    let site = Site { origin: &origin, id: site_id(app.settings()).unwrap_or_default() };
    let (client_data, data) = (decode(&given.client_data), decode(&given.authenticator_data));
    let signature = decode(&given.signature);
    let assertion = Assertion { client_data: &client_data, authenticator_data: &data, signature: &signature };
    if decode(&given.handle) != handle(app.keys(), passkey.person) {
        return Ok(None);
    }
    match check_assertion(&site, &challenge, &key, passkey.counter, &assertion) {
        Ok(counter) => {
            let person = passkey.person;
            if counter != passkey.counter {
                app.site().update_passkey(&Passkey { counter, ..passkey }).await?;
            }
            Ok(Some(person))
        }
        Err(error) => {
            let request_id = who.request_id();
            if error == PasskeyError::Counter {
                // There may be a copy of the authenticator: worth a line that people see.
                tracing::warn!(request_id, %error, "passkey not taken");
            } else {
                tracing::debug!(request_id, %error, "passkey not taken");
            }
            Ok(None)
        }
    }
}
