//! Whether a request that changes something comes from one of the site's own forms.

use crate::app::App;
use crate::refusal::Refusal;
use axum::http::{HeaderMap, header};

/// Looks at where the request comes from and at its token, which stands in the header `x-csrf` or in the field `csrf` of
/// a form's body. `token` is the cookie's that the form must belong to.
pub(super) fn check(
    app: &App,
    headers: &HeaderMap,
    body: &[u8],
    token: Option<&[u8; 32]>,
) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    // Browsers of today tell; what does not tell is held to the token alone.
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err(Refusal::forged());
    }
    if text("origin").is_some_and(|origin| origin != app.settings().origin()) {
        return Err(Refusal::forged());
    }
    let token = token.ok_or_else(Refusal::forged)?;
    let is_form = text(header::CONTENT_TYPE.as_str())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    let given = match text("x-csrf") {
        Some(given) => Some(given.to_owned()),
        None if is_form => {
            let mut pairs = url::form_urlencoded::parse(body);
            pairs.find(|(name, _)| name == "csrf").map(|(_, value)| value.into_owned())
        }
        None => None,
    };
    match given {
        Some(given) if app.keys().is_csrf(token, &given) => Ok(()),
        Some(_) | None => Err(Refusal::forged()),
    }
}
