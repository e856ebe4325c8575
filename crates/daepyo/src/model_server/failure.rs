//! Errors in the protocol's JSON, each with its HTTP status.

use axum::{
    Json,
    extract::rejection::BytesRejection,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use daepyo_core::FailureClass;
use serde_json::{Value, json};

/// A request that was not answered.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    parameter: Option<&'static str>,
    message: String,
}

impl Failure {
    fn new(status: StatusCode, kind: &'static str, message: String) -> Self {
        Self { status, kind, code: None, parameter: None, message }
    }

    /// A field that is missing, of the wrong type or out of range.
    pub(crate) fn field(parameter: &'static str, message: &str) -> Self {
        let message = format!("`{parameter}` {message}");
        let failure = Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message);
        Self { parameter: Some(parameter), ..failure }
    }

    /// A body that is no JSON object.
    pub(crate) fn body(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    pub(crate) fn unknown_model(asked: &str, served: &str) -> Self {
        let message = format!("the model `{asked}` is not served here; `{served}` is");
        let failure = Self::new(StatusCode::NOT_FOUND, "invalid_request_error", message);
        Self { code: Some("model_not_found"), parameter: Some("model"), ..failure }
    }

    pub(crate) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", "there is no such path".to_owned())
    }

    pub(crate) fn wrong_method() -> Self {
        let message = "this path does not take this method".to_owned();
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request_error", message)
    }

    pub(crate) fn engine(message: String) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", message)
    }

    /// What the model's side said.
    pub(crate) fn of_class(class: FailureClass, message: String) -> Self {
        match class {
            FailureClass::Unsupported | FailureClass::Rejected => {
                Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
            }
            FailureClass::Connection
            | FailureClass::Deadline
            | FailureClass::Server
            | FailureClass::Malformed
            | FailureClass::NotRecorded => Self::engine(message),
        }
    }

    /// The body, which a stream sends as an event as well.
    pub(crate) fn json(&self) -> Value {
        json!({"error": {
            "message": self.message,
            "type": self.kind,
            "param": self.parameter,
            "code": self.code,
        }})
    }
}

impl From<BytesRejection> for Failure {
    fn from(rejection: BytesRejection) -> Self {
        Self::new(rejection.status(), "invalid_request_error", rejection.body_text())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(self.json())).into_response()
    }
}
