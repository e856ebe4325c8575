//! Local accounts: a name and a password, kept as an Argon2id hash.

use super::{draw, enter};
use crate::app::App;
use crate::door::count_attempt;
use crate::keys::random;
use crate::limits::Whose;
use crate::page::csrf_field;
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::who::Who;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use daepyo_core::Digest;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Passwords have so many bytes at least where somebody chooses one, and at most.
pub(super) const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 12..=256;

/// Passes of the hash (OWASP's second recommendation with 19 MiB).
const PASSES: u32 = 2;

pub(super) fn rows() -> Vec<Route> {
    vec![Route::post("/sign-in", Roles::ANYONE, sign_in).rate(Rate::SignIn).body(4 << 10)]
}

/// Hashes passwords, a few at once: each takes memory and a core.
#[derive(Debug)]
pub(crate) struct Passwords {
    workers: Arc<Semaphore>,
    params: Params,
    /// What the password of an unknown name is held against, so that it takes as long as a known one's.
    nobody: String,
}

/// Why passwords cannot be hashed: settings that Argon2 does not take.
#[derive(Debug, thiserror::Error)]
#[error("Argon2 does not take these settings: {0}")]
pub(crate) struct PasswordError(String);

impl Passwords {
    pub(crate) fn new(memory_kib: u32, workers: usize) -> Result<Self, PasswordError> {
        let wrong = |error: argon2::Error| PasswordError(error.to_string());
        let params = Params::new(memory_kib, PASSES, 1, None).map_err(wrong)?;
        let unknown: [u8; 32] = random();
        let nobody = hash(params.clone(), &unknown)?;
        Ok(Self { workers: Arc::new(Semaphore::new(workers.max(1))), params, nobody })
    }

    /// The hash of a password, in the form of the Password Hashing Competition.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Refusal> {
        let params = self.params.clone();
        self.work(move || hash(params, password.as_bytes())).await?.map_err(Refusal::inside)
    }

    /// Whether this is the password of the hash. Without a hash it is not, after the same work.
    async fn is(&self, password: String, kept: Option<String>) -> Result<bool, Refusal> {
        let is_known = kept.is_some();
        let kept = kept.unwrap_or_else(|| self.nobody.clone());
        let matches = self
            .work(move || Argon2::default().verify_password(password.as_bytes(), kept.as_str()).is_ok())
            .await?;
        Ok(matches && is_known)
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let permit = Arc::clone(&self.workers).acquire_owned().await.map_err(Refusal::inside)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work ends, also where nobody waits for it any more.
            let _permit = permit;
            work()
        });
        done.await.map_err(Refusal::inside)
    }
}

fn hash(params: Params, password: &[u8]) -> Result<String, PasswordError> {
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon.hash_password_with_salt(password, &random::<16>());
    hash.map(|hash| hash.to_string()).map_err(|error| PasswordError(error.to_string()))
}

/// A name of an account as it is kept: lower case, 1 to 64 letters, digits and `.-_@`; `None` where it is none.
pub(crate) fn account_name(text: &str) -> Option<String> {
    let name = text.trim().to_lowercase();
    let is_name = (1..=64).contains(&name.chars().count())
        && name.chars().all(|char| char.is_alphanumeric() || matches!(char, '.' | '-' | '_' | '@'));
    is_name.then_some(name)
}

/// A password of 100 random bits, in groups that can be read aloud.
pub(crate) fn generated_password() -> String {
    super::code::grouped(u128::from_be_bytes(random()))
}

/// Whether a password that somebody chooses has the length that is asked for.
pub(crate) fn is_long_enough(password: &str) -> bool {
    PASSWORD_BYTES.contains(&password.len())
}

/// Changes the password of whoever is signed in, where `old` is the one that they have, and ends their other sessions.
/// Whether it was; guesses are held to the rate of signing in.
pub(crate) async fn change(app: &App, who: &Who, old: String, new: String) -> Result<bool, Refusal> {
    let person = who.id()?;
    count_attempt(app, Whose::Account(person.0)).await?;
    let (_, kept) = app.site().account_of(person).await?.ok_or_else(Refusal::not_found)?;
    let is_bearable = old.len() <= *PASSWORD_BYTES.end();
    if !app.passwords().is(if is_bearable { old } else { String::new() }, Some(kept)).await? || !is_bearable {
        app.metrics().count("daepyo_sign_in_failed_total", &[("way", "password")], 1);
        return Ok(false);
    }
    let hash = app.passwords().hash(new).await?;
    app.site().set_password(person, &hash, who.session()).await?;
    Ok(true)
}

/// The form of this way.
#[expect(clippy::unnecessary_wraps, reason = "a way that is not set up gives nothing")]
pub(super) fn way(_: &App, who: &Who, next: &str) -> Option<Markup> {
    Some(html! {
        h2 { (who.say("site-sign-in-account", &[])) }
        form.stacked method="post" action="/sign-in" {
            (csrf_field(who))
            input type="hidden" name="next" value=(next);
            div.field {
                label for="name" { (who.say("site-field-name", &[])) }
                input #name name="name" required maxlength="64" autocomplete="username" autocapitalize="none" spellcheck="false";
            }
            div.field {
                label for="password" { (who.say("site-field-password", &[])) }
                input #password name="password" type="password" required maxlength="256" autocomplete="current-password";
            }
            button type="submit" { (who.say("site-sign-in", &[])) }
        }
    })
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(State(app): State<App>, who: Who, Form(given): Form<Given>) -> Result<Response, Refusal> {
    let name = account_name(&given.name).unwrap_or_default();
    let whose = Whose::Name(*Digest::of(name.as_bytes()).as_bytes());
    if let Err(seconds) = app.limits().take(Rate::SignIn, whose, app.clock().elapsed()) {
        app.metrics().count("daepyo_rate_limited_total", &[("class", Rate::SignIn.name())], 1);
        return Err(Refusal::too_many(seconds));
    }
    count_attempt(&app, whose).await?;
    let account = app.site().account(&name).await?;
    let is_bearable = given.password.len() <= *PASSWORD_BYTES.end();
    let kept = account.as_ref().filter(|_| is_bearable).map(|account| account.password_hash.clone());
    let password = if is_bearable { given.password } else { String::new() };
    let is_right = app.passwords().is(password, kept).await?;
    if let Some(account) = account.filter(|_| is_right) {
        return enter(&app, &who, account.person.id, &given.next).await;
    }
    app.metrics().count("daepyo_sign_in_failed_total", &[("way", "password")], 1);
    Ok(draw(&app, &who, &given.next, Some("site-sign-in-wrong")).into_response())
}

#[cfg(test)]
mod tests {
    //! Names have one written form.
    use super::account_name;

    #[test]
    fn names_have_one_form() {
        assert_eq!(account_name(" Kim.Min-jun@Example.kr "), Some("kim.min-jun@example.kr".to_owned()));
        assert_eq!(account_name("김민준"), Some("김민준".to_owned()));
        for bad in ["", "  ", "a b", "a\nb", "<b>", &"a".repeat(65)] {
            assert_eq!(account_name(bad), None, "{bad}");
        }
    }
}
