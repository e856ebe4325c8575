//! Access codes for citizens, where no identity provider is set up: the site made them, and keeps only a keyed hash.
//!
//! A code is 50 random bits and 50 bits of their HMAC, so that the site knows its own codes without a list of them: a
//! guess is right once in 2^50, and guesses are held to a rate.

use super::{draw, enter};
use crate::app::App;
use crate::keys::{Keys, random};
use crate::page::csrf_field;
use crate::refusal::Refusal;
use crate::route::{Rate, Roles, Route};
use crate::who::Who;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use daepyo_core::Digest;
use maud::{Markup, html};
use serde::Deserialize;

/// Characters of a code: Crockford's base 32, without letters that are taken for others.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const HALF_BITS: u32 = 50;
const LENGTH: usize = 20;

pub(super) fn rows() -> Vec<Route> {
    vec![Route::post("/sign-in/code", Roles::ANYONE, sign_in).rate(Rate::SignIn).body(4 << 10)]
}

/// The lower 100 bits of a number as four groups of five characters.
pub(super) fn grouped(number: u128) -> String {
    let mut text = String::with_capacity(LENGTH + 3);
    for place in 0..LENGTH {
        if place > 0 && place % 5 == 0 {
            text.push('-');
        }
        let shift = 5 * (LENGTH - 1 - place);
        let digit = usize::try_from((number >> shift) & 31).unwrap_or_default();
        text.extend(LETTERS.get(digit).map(|letter| char::from(*letter)));
    }
    text
}

/// The number behind what somebody typed, with the usual slips read: lower case, `O` for 0, `I` and `L` for 1, other dashes.
fn number(text: &str) -> Option<u128> {
    let mut number = 0_u128;
    let mut digits = 0;
    for char in text.chars().take(4 * LENGTH) {
        let digit = match char.to_ascii_uppercase() {
            '-' | ' ' | '–' | '—' | '−' => continue,
            'O' => 0,
            'I' | 'L' => 1,
            char => LETTERS.iter().position(|letter| char::from(*letter) == char)?,
        };
        number = (number << 5) | u128::try_from(digit).ok()?;
        digits += 1;
        if digits > LENGTH {
            return None;
        }
    }
    (digits == LENGTH).then_some(number)
}

/// The half of a code that shows whose it is.
fn check(keys: &Keys, drawn: u64) -> u64 {
    let mac = keys.code_check(&drawn.to_be_bytes());
    mac.first_chunk().map_or(0, |head| u64::from_be_bytes(*head)) >> (64 - HALF_BITS)
}

/// A new code.
pub(crate) fn draw_code(keys: &Keys) -> String {
    let drawn = u64::from_be_bytes(random()) >> (64 - HALF_BITS);
    grouped((u128::from(drawn) << HALF_BITS) | u128::from(check(keys, drawn)))
}

/// The subject under which the store knows a code and whoever uses it.
pub(crate) fn subject(keys: &Keys, code: &str) -> Digest {
    keys.subject("code", code)
}

/// The code in its one written form, where the site made it.
fn own(keys: &Keys, text: &str) -> Option<String> {
    let number = number(text)?;
    let drawn = u64::try_from(number >> HALF_BITS).ok()?;
    let checked = u64::try_from(number & ((1 << HALF_BITS) - 1)).ok()?;
    (check(keys, drawn) == checked).then(|| grouped(number))
}

/// The form of this way.
#[expect(clippy::unnecessary_wraps, reason = "a way that is not set up gives nothing")]
pub(super) fn way(_: &App, who: &Who, next: &str) -> Option<Markup> {
    Some(html! {
        h2 { (who.say("site-sign-in-code", &[])) }
        form.stacked method="post" action="/sign-in/code" {
            (csrf_field(who))
            input type="hidden" name="next" value=(next);
            div.field {
                label for="code" { (who.say("site-field-code", &[])) }
                input #code name="code" required maxlength="80" autocomplete="one-time-code" autocapitalize="characters"
                    spellcheck="false" aria-describedby="code-about";
                p.soft #code-about { (who.say("site-field-code-about", &[])) }
            }
            button type="submit" { (who.say("site-sign-in", &[])) }
        }
    })
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(State(app): State<App>, who: Who, Form(given): Form<Given>) -> Result<Response, Refusal> {
    let Some(code) = own(app.keys(), &given.code) else {
        app.metrics().count("daepyo_sign_in_failed_total", &[("way", "code")], 1);
        return Ok(draw(&app, &who, &given.next, Some("site-sign-in-code-wrong")).into_response());
    };
    let Some(person) = app.site().person_of_code(subject(app.keys(), &code), app.now_ms()).await? else {
        app.metrics().count("daepyo_sign_in_failed_total", &[("way", "code")], 1);
        return Ok(draw(&app, &who, &given.next, Some("site-sign-in-code-revoked")).into_response());
    };
    enter(&app, &who, person.id, &given.next).await
}

#[cfg(test)]
mod tests {
    //! A site knows its own codes and no others.
    use super::*;

    #[test]
    fn a_site_knows_its_own_codes_however_they_are_typed() {
        let keys = Keys::of([7; 32]);
        for _ in 0..200 {
            let code = draw_code(&keys);
            assert_eq!(code.len(), LENGTH + 3);
            assert_eq!(own(&keys, &code).as_ref(), Some(&code));
            let typed = code.to_lowercase().replace('0', "o").replace('1', "l").replace('-', " ");
            assert_eq!(own(&keys, &typed), Some(code));
        }
    }

    #[test]
    fn no_other_code_is_taken() {
        let keys = Keys::of([7; 32]);
        let code = draw_code(&keys);
        assert_eq!(own(&Keys::of([8; 32]), &code), None);
        let last = if code.ends_with('2') { '3' } else { '2' };
        let body = code.get(..code.len() - 1).unwrap_or_default();
        assert_eq!(own(&keys, &format!("{body}{last}")), None);
        for bad in ["", "-", body, &format!("{code}0"), "UUUUU-UUUUU-UUUUU-UUUUU", &"가".repeat(20)] {
            assert_eq!(own(&keys, bad), None, "{bad}");
        }
    }
}
