//! Why the site does not do what was asked, as a page or as `application/problem+json`.

use crate::page;
use crate::route::Kind;
use crate::who::Who;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use daepyo_messages::Message;
use daepyo_store::site::SiteError;
use maud::html;
use serde_json::json;
use std::error::Error;
use std::sync::Arc;

/// A refusal or failure. What a reader sees is its message in their language; the cause goes to the log only.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: Message,
    retry_after_s: Option<u64>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Refusal {
    /// A refusal with a code (`server::…`, a page in `docs/errors/`) and the message that the reader sees; the message's
    /// attribute `.help` says what to do next.
    pub fn new(status: StatusCode, code: &'static str, message: Message) -> Self {
        Self { status, code, message, retry_after_s: None, cause: None }
    }

    /// The refusal with what lies behind it, for the log.
    #[must_use]
    pub fn because(self, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { cause: Some(Arc::new(cause)), ..self }
    }

    /// The refusal with the time after which it is worth trying again.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// There is no such page.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "server::not_found", Message::new("site-refused-not-found"))
    }

    pub(crate) fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "server::wrong_method", Message::new("site-refused-method"))
    }

    pub(crate) fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "server::signed_out", Message::new("site-refused-signed-out"))
    }

    /// The person's role may not do this.
    pub fn wrong_role() -> Self {
        Self::new(StatusCode::FORBIDDEN, "server::wrong_role", Message::new("site-refused-role"))
    }

    pub(crate) fn forged() -> Self {
        Self::new(StatusCode::FORBIDDEN, "server::forged", Message::new("site-refused-forged"))
    }

    pub(crate) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "server::too_large", Message::new("site-refused-large"))
    }

    pub(crate) fn too_many(seconds: u64) -> Self {
        let message = Message::new("site-refused-many").with("seconds", seconds.to_string());
        Self::new(StatusCode::TOO_MANY_REQUESTS, "server::too_many", message).retry_after(seconds)
    }

    pub(crate) fn timeout() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "server::timeout", Message::new("site-refused-timeout"))
    }

    /// A form or query that cannot be read; `field` is the name of what is wrong.
    pub fn bad_form(field: &'static str) -> Self {
        let message = Message::new("site-refused-form").with("field", field);
        Self::new(StatusCode::BAD_REQUEST, "server::bad_form", message)
    }

    /// What stood here is gone for good.
    pub fn gone() -> Self {
        Self::new(StatusCode::GONE, "server::gone", Message::new("site-refused-gone"))
    }

    /// Something inside failed.
    pub fn inside(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server::inside", Message::new("site-refused-inside"))
            .because(cause)
    }

    pub(crate) fn panicked() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server::inside", Message::new("site-refused-inside"))
    }

    /// The refusal for an answer that axum gave by itself (an argument that cannot be read).
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::not_found(),
            405 => Self::wrong_method(),
            413 => Self::too_large(),
            400..500 => Self { status, ..Self::bad_form("") },
            _ => Self { status, ..Self::panicked() },
        }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The causes, from the outside in, for the log.
    pub(crate) fn causes(&self) -> String {
        let mut texts = Vec::new();
        let mut next: Option<&dyn Error> = self.cause.as_deref().map(|cause| cause as &dyn Error);
        while let Some(cause) = next {
            texts.push(cause.to_string());
            next = cause.source();
        }
        texts.join(": ")
    }

    /// The refusal as a page or as `application/problem+json` (RFC 9457).
    pub(crate) fn render(&self, who: &Who, kind: Kind) -> Response {
        let said = self.message.text(who.language());
        let help = self.message.attribute(who.language(), "help");
        let mut response = match kind {
            Kind::Page => {
                let body = html! {
                    div.notice.bad role="alert" {
                        p.said { (said) }
                        p { (help) }
                    }
                    p.soft { (who.say("site-refused-id", &[("id", who.request_id())])) " " code { (self.code) } }
                };
                page::page(who, &who.say("site-refused-title", &[]), &body).into_response()
            }
            Kind::Api | Kind::Plain => {
                let problem = json!({
                    "type": format!("urn:daepyo:{}", self.code),
                    "title": said,
                    "status": self.status.as_u16(),
                    "detail": help,
                    "code": self.code,
                    "request_id": who.request_id(),
                });
                let kind = [(header::CONTENT_TYPE, "application/problem+json")];
                (kind, problem.to_string()).into_response()
            }
        };
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The door renders it, in the language of whoever asked.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<SiteError> for Refusal {
    fn from(error: SiteError) -> Self {
        let conflict = |id| Self::new(StatusCode::CONFLICT, "server::conflict", Message::new(id));
        match error {
            SiteError::Missing { .. } => Self::not_found(),
            SiteError::Taken => conflict("site-refused-taken"),
            SiteError::OtherRules | SiteError::Unfinished(_) | SiteError::NotOpen | SiteError::Voted => {
                conflict("site-refused-state")
            }
            SiteError::Closed => conflict("site-refused-closed"),
            SiteError::CapDay | SiteError::CapAll => conflict("site-refused-cap"),
            error => Self::inside(error),
        }
    }
}
