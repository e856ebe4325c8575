//! Rows of the API from typed handlers: parameters and bodies are read strictly, answers are JSON with a tag by content.

use super::formats::{accepts_json, body, query, query_names};
use super::listing::Given;
use super::operation::{About, Operation};
use crate::app::App;
use crate::public::{Whole, is_known, whole_answer};
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use crate::who::{Came, Who};
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a handler is asked.
pub(super) struct Asked<P, Q = Nothing, B = Nothing> {
    pub(super) app: App,
    pub(super) who: Who,
    pub(super) path: P,
    pub(super) query: Q,
    pub(super) body: B,
}

/// No parameter, or nothing to say.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A row that reads.
pub(super) fn read<P, Q, T, F, Fut>(path: &'static str, who: Roles, about: About, handler: F) -> Route
where
    P: JsonSchema + DeserializeOwned + Send + 'static,
    Q: JsonSchema + DeserializeOwned + Send + 'static,
    T: JsonSchema + Serialize + 'static,
    F: Fn(Asked<P, Q>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Given<T>, Refusal>> + Send,
{
    let names: Arc<[String]> = query_names::<Q>().into();
    let whole = move |State(app): State<App>,
                      who: Who,
                      path: Result<Path<P>, PathRejection>,
                      uri: Uri,
                      Came(headers): Came| {
        let (handler, names) = (handler.clone(), Arc::clone(&names));
        async move {
            accepts_json(&headers)?;
            let query = query::<Q>(&uri, &names)?;
            let Path(path) = path.map_err(|_| Refusal::not_found())?;
            // Taken before anything that the answer says.
            let source = (about.is_kept && who.person().is_none()).then(|| app.source());
            let at = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
            let kept = match source {
                Some(source) => app.drawn().get(source, &at, None).await,
                None => Err(None),
            };
            let whole = match kept {
                Ok(whole) => whole,
                Err(_drawing) => {
                    let asked = Asked { app: app.clone(), who, path, query, body: Nothing {} };
                    let given = Box::pin(handler(asked)).await?;
                    let bytes = serde_json::to_vec(&given.value).map_err(Refusal::inside)?;
                    let whole = Arc::new(Whole::new(bytes, given.next));
                    if let Some(source) = source {
                        app.drawn().keep(source, &at, None, &whole);
                    }
                    whole
                }
            };
            answer_read(&whole, &uri, &headers)
        }
    };
    Route::api(path, who, Operation::new::<P, Q, T>(about), Method::GET, routing::get(whole))
}

/// A row that changes something and takes no body.
pub(super) fn act<P, T, F, Fut>(path: &'static str, who: Roles, about: About, handler: F) -> Route
where
    P: JsonSchema + DeserializeOwned + Send + 'static,
    T: JsonSchema + Serialize + 'static,
    F: Fn(Asked<P>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Given<T>, Refusal>> + Send,
{
    let whole = move |State(app): State<App>,
                      who: Who,
                      path: Result<Path<P>, PathRejection>,
                      uri: Uri,
                      Came(headers): Came,
                      bytes: Bytes| {
        let handler = handler.clone();
        async move {
            accepts_json(&headers)?;
            let query = query::<Nothing>(&uri, &[])?;
            if !bytes.is_empty() {
                return Err(Refusal::bad_body(""));
            }
            let Path(path) = path.map_err(|_| Refusal::not_found())?;
            let given = handler(Asked { app, who, path, query, body: Nothing {} }).await?;
            answer(&given, about.status)
        }
    };
    Route::api(path, who, Operation::new::<P, Nothing, T>(about), Method::POST, routing::post(whole))
}

/// A row that takes a body; it changes something unless the row says otherwise.
pub(super) fn send<P, B, T, F, Fut>(path: &'static str, who: Roles, about: About, handler: F) -> Route
where
    P: JsonSchema + DeserializeOwned + Send + 'static,
    B: JsonSchema + DeserializeOwned + Send + 'static,
    T: JsonSchema + Serialize + 'static,
    F: Fn(Asked<P, Nothing, B>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Given<T>, Refusal>> + Send,
{
    let whole = move |State(app): State<App>,
                      who: Who,
                      path: Result<Path<P>, PathRejection>,
                      uri: Uri,
                      Came(headers): Came,
                      bytes: Bytes| {
        let handler = handler.clone();
        async move {
            accepts_json(&headers)?;
            let query = query::<Nothing>(&uri, &[])?;
            let body = body::<B>(&headers, &bytes)?;
            let Path(path) = path.map_err(|_| Refusal::not_found())?;
            let given = handler(Asked { app, who, path, query, body }).await?;
            answer(&given, about.status)
        }
    };
    let operation = Operation::new::<P, Nothing, T>(about).with_body::<B>();
    Route::api(path, who, operation, Method::POST, routing::post(whole))
}

fn answer<T: Serialize>(given: &Given<T>, status: StatusCode) -> Result<Response, Refusal> {
    let bytes = serde_json::to_vec(&given.value).map_err(Refusal::inside)?;
    Ok((status, [(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// The answer to a question: whole, or that the client has it already.
fn answer_read(whole: &Arc<Whole>, uri: &Uri, headers: &HeaderMap) -> Result<Response, Refusal> {
    let mut response = tagged(whole, "application/json", headers)?;
    if let Some(next) = &whole.next
        && let Ok(link) = HeaderValue::try_from(format!("<{}>; rel=\"next\"", with_cursor(uri, next)))
    {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Bytes with their strong tag; 304 where the client has them, 412 where it asked for others (RFC 9110, 13.2.2).
pub(super) fn tagged(
    whole: &Arc<Whole>,
    media: &'static str,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    if headers.contains_key(header::IF_MATCH) && !is_known(headers, &header::IF_MATCH, &whole.tag) {
        return Err(Refusal::other_version());
    }
    Ok(whole_answer(whole, media, headers))
}

/// The address of the next page: this one's with another place to go on from.
fn with_cursor(uri: &Uri, next: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if name != "after" {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair("after", next);
    format!("{}?{}", uri.path(), query.finish())
}
