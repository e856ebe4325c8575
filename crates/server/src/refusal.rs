//! Why the site does not do what was asked, as a page or as `application/problem+json`.

use crate::page;
use crate::route::Kind;
use crate::who::Who;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use daepyo_messages::Message;
use daepyo_store::site::SiteError;
use maud::html;
use schemars::JsonSchema;
use serde::Serialize;
use std::error::Error;
use std::sync::Arc;

/// The media type of a problem.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// Why the API refuses or fails (RFC 9457). Title and detail are in the language of `Accept-Language`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Problem {
    /// `urn:daepyo:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// What happened.
    title: String,
    /// The answer's status.
    status: u16,
    /// What to do next.
    detail: String,
    /// The stable code; the documentation has a page on each.
    code: String,
    /// Under which number the site's log has the request.
    request_id: String,
    /// What in the request is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Place>,
}

/// What in a request is wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// The parameter of the query with this name.
    Parameter(String),
    /// The part of the body with this JSON pointer, written as a fragment.
    Pointer(String),
}

/// Characters that are repeated of a name that a client made up.
const MOST_NAME: usize = 100;

/// A refusal or failure. What a reader sees is its message in their language; the cause goes to the log only.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: Message,
    retry_after_s: Option<u64>,
    place: Option<Box<Place>>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Refusal {
    /// A refusal with a code (`server::…`, a page in `docs/errors/`) and the message that the reader sees; the message's
    /// attribute `.help` says what to do next.
    pub fn new(status: StatusCode, code: &'static str, message: Message) -> Self {
        Self { status, code, message, retry_after_s: None, place: None, cause: None }
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

    /// A parameter of the query that there is not, that comes twice or that cannot be read.
    pub(crate) fn bad_parameter(name: &str) -> Self {
        let name: String = name.chars().take(MOST_NAME).collect();
        let message = Message::new("site-refused-parameter").with("name", name.clone());
        let place = Some(Box::new(Place::Parameter(name)));
        Self { place, ..Self::new(StatusCode::BAD_REQUEST, "server::bad_form", message) }
    }

    /// A body that cannot be read; `pointer` is a JSON pointer to what is wrong.
    pub(crate) fn bad_body(pointer: &str) -> Self {
        let pointer: String = pointer.chars().take(MOST_NAME).collect();
        let pointer = format!("#{pointer}");
        let message = Message::new("site-refused-body").with("pointer", pointer.clone());
        let place = Some(Box::new(Place::Pointer(pointer)));
        Self { place, ..Self::new(StatusCode::BAD_REQUEST, "server::bad_form", message) }
    }

    /// The client takes no JSON.
    pub(crate) fn not_acceptable() -> Self {
        let message = Message::new("site-refused-accept");
        Self::new(StatusCode::NOT_ACCEPTABLE, "server::not_acceptable", message)
    }

    /// The body is of another type than JSON.
    pub(crate) fn media_type() -> Self {
        let message = Message::new("site-refused-media");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "server::media_type", message)
    }

    /// What is there is not what the client asked to be there.
    pub(crate) fn other_version() -> Self {
        let message = Message::new("site-refused-version");
        Self::new(StatusCode::PRECONDITION_FAILED, "server::other_version", message)
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
                let problem = Problem {
                    kind: format!("urn:daepyo:{}", self.code),
                    title: said,
                    status: self.status.as_u16(),
                    detail: help,
                    code: self.code.to_owned(),
                    request_id: who.request_id().to_owned(),
                    errors: self.place.iter().map(|place| Place::clone(place)).collect(),
                };
                // A structure of texts and numbers can always be written.
                let text = serde_json::to_string(&problem).unwrap_or_default();
                ([(header::CONTENT_TYPE, PROBLEM)], text).into_response()
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
