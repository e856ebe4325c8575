//! The one way in: who asks, whether they may, how often, and what every answer carries.

mod address;
pub(crate) mod cookies;
mod encode;
mod forms;
pub(crate) mod headers;
mod ids;
pub(crate) mod language;

pub(crate) use address::{Peer, is_proxy};
pub(crate) use ids::RequestIds;

use crate::app::App;
use crate::limits::Whose;
use crate::refusal::Refusal;
use crate::route::{Kind, Rate, Route};
use crate::session;
use crate::traces;
use crate::who::{Asked, Forms, Who};
use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use daepyo_core::Digest;
use futures_util::FutureExt as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use std::net::{IpAddr, Ipv4Addr};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use tracing::Instrument as _;

/// Counts a request as under way until it is dropped, also where the client goes away.
struct InFlight<'a>(&'a App);

impl<'a> InFlight<'a> {
    fn new(app: &'a App) -> Self {
        app.metrics().begun();
        Self(app)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.metrics().ended();
    }
}

/// Lets a request in, or refuses it, and dresses the answer; all of it is one span of the traces.
pub(crate) async fn door(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().and_then(|path| app.table().row(request.method(), path.as_str())).cloned();
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    // Whoever else could put their requests into traces of others.
    let is_believed = peer.is_some_and(|peer| address::is_proxy(peer, app.settings()));
    let span = traces::of_request(
        known_method(request.method()),
        route_name(route.as_deref()),
        is_believed.then(|| request.headers()),
    );
    let (request_id, response) = answer(app, (path, route), request, next).instrument(span.clone()).await;
    traces::answered(&span, &request_id, response.status().as_u16());
    response
}

/// What measures and the log call a row.
fn route_name(route: Option<&Route>) -> &str {
    route.map_or("none", |route| route.path.as_ref())
}

/// The answer, with the request's id; for the path that the router matched and the row of it.
async fn answer(
    app: App,
    (path, route): (Option<MatchedPath>, Option<Arc<Route>>),
    request: Request,
    next: Next,
) -> (String, Response) {
    let begun = app.clock().elapsed();
    let in_flight = InFlight::new(&app);
    // In two parts: a body cannot be looked at from several threads, and so not held while the store is asked.
    let (parts, body) = request.into_parts();
    let method = parts.method.clone();
    let kind = match &route {
        Some(route) => route.kind,
        None if parts.uri.path().starts_with("/api/") => Kind::Api,
        None => Kind::Page,
    };
    let switched = language::asked(&parts.uri);
    let takes_gzip = encode::takes_gzip(&parts.headers);
    // Whatever no row answers counts as reading.
    let rate = route.as_ref().map_or(Rate::Read, |route| route.rate);
    let (who, known) = recognise(&app, &parts, kind, rate).await;
    let answer = match (known, &route) {
        (Err(refusal), _) => Err(refusal),
        (Ok(()), Some(route)) => pass(&app, &who, route, (parts, body), next).await,
        (Ok(()), None) if path.is_some() => Err(Refusal::wrong_method()),
        (Ok(()), None) => Err(Refusal::not_found()),
    };
    let mut response = settle(&who, kind, answer);
    if response.status() == StatusCode::METHOD_NOT_ALLOWED
        && let Ok(methods) =
            HeaderValue::try_from(app.table().methods(path.as_ref().map_or("", MatchedPath::as_str)))
    {
        response.headers_mut().insert(header::ALLOW, methods);
    }
    dress(&app, &who, kind, switched, &mut response);
    let response = encode::encode(&who, kind, takes_gzip, response).await;
    drop(in_flight);

    let took = app.clock().elapsed().saturating_sub(begun);
    let status = response.status().as_u16();
    let route = route_name(route.as_deref());
    let method = known_method(&method);
    app.metrics().answered(route, (method, status), took);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(request_id = who.request_id(), method, route, status, ms, "request");
    (who.request_id().to_owned(), response)
}

/// The method, of a closed list: a client may send any word.
fn known_method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// Takes a token from the address's bucket, then finds out who asks. Where there is none left or the store fails, that is
/// the refusal, and whoever asks counts as not signed in.
async fn recognise(app: &App, parts: &Parts, kind: Kind, rate: Rate) -> (Who, Result<(), Refusal>) {
    let settings = app.settings();
    let headers = &parts.headers;
    let peer = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let is_https = settings.is_https();
    let address = address::client(peer, headers, settings);
    // Before the store is asked: a cookie that anybody makes up must not have it asked without a limit.
    let admitted = take(app, rate, Whose::network(address));
    let token = match kind {
        Kind::Page | Kind::Api if admitted.is_ok() => session::token(headers, session::cookie_name(is_https)),
        Kind::Page | Kind::Api | Kind::Plain => None,
    };
    let (found, known) = match &token {
        None => (None, admitted),
        // In boxes, here and below: what asks the store is large, and most requests do not.
        Some(token) => match Box::pin(session::find(app, token)).await {
            Ok(found) => (found, Ok(())),
            Err(refusal) => (None, Err(refusal)),
        },
    };
    let token = token.filter(|_| found.is_some());
    let came = token.or_else(|| session::token(headers, session::forms_cookie_name(is_https)));
    let asked = Asked {
        app: app.clone(),
        session: token.as_ref().map(|token| Digest::of(token)),
        person: found.map(|session| session.person),
        language: language::choose(&parts.uri, headers),
        request_id: app.request_ids().next(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        reads: matches!(parts.method, Method::GET | Method::HEAD),
        back: OnceLock::new(),
        address,
        is_near: address::is_near(peer, headers, settings),
        forms: Forms { came, made: OnceLock::new() },
    };
    (Who(Arc::new(asked)), known)
}

/// Asks everything that the row says, then the handler.
async fn pass(
    app: &App,
    who: &Who,
    route: &Route,
    (mut parts, body): (Parts, Body),
    next: Next,
) -> Result<Response, Refusal> {
    if let Some(person) = who.person() {
        take(app, route.rate, Whose::Account(person.id.0))?;
    }
    if route.rate == Rate::SignIn {
        Box::pin(count_attempt(app, Whose::network(who.address()))).await?;
    }
    if !route.who.has(who.role()) {
        return Err(if who.person().is_none() { Refusal::signed_out() } else { Refusal::wrong_role() });
    }
    let patience = app.settings().request_timeout;
    let body = if route.method == Method::GET {
        Bytes::new()
    } else {
        let limit = route.body_bytes.unwrap_or(app.settings().body_limit_bytes);
        let read = tokio::time::timeout(patience, read(body, limit));
        read.await.unwrap_or_else(|_| Err(Refusal::timeout()))?
    };
    if route.changes {
        forms::check(app, &parts.headers, &body, who.0.forms.came.as_ref())?;
    }
    if parts.method == Method::HEAD {
        // A range means something for GET alone (RFC 9110, 14.2).
        parts.headers.remove(header::RANGE);
    }
    parts.extensions.insert(who.clone());
    let body = if body.is_empty() { Body::empty() } else { Body::from(body) };
    let answer = AssertUnwindSafe(next.run(Request::from_parts(parts, body))).catch_unwind();
    let answer = if route.streams {
        answer.await
    } else {
        tokio::time::timeout(patience, answer).await.map_err(|_| Refusal::timeout())?
    };
    // What a panic carries may hold anything; the hook has told where it was.
    answer.map_err(|_| Refusal::panicked())
}

/// Takes a token from a bucket.
fn take(app: &App, rate: Rate, whose: Whose) -> Result<(), Refusal> {
    app.limits().take(rate, whose, app.clock().elapsed()).map_err(|seconds| {
        app.metrics().count("daepyo_rate_limited_total", &[("class", rate.name())], 1);
        Refusal::too_many(seconds)
    })
}

/// Counts an attempt to sign in, for all servers of the store together: guesses do not get more by going to several.
pub(crate) async fn count_attempt(app: &App, whose: Whose) -> Result<(), Refusal> {
    // Keyed, so that the store holds no address and no name that somebody typed.
    let mac = |kind: &[u8], whose: &[u8]| app.keys().mac("attempts", &[kind, whose]);
    let key = match whose {
        Whose::Account(person) => mac(b"account", &person.to_be_bytes()),
        Whose::Network(network) => mac(b"network", &network.to_be_bytes()),
        Whose::Name(name) => mac(b"name", &name),
    };
    let wait_ms =
        app.site().attempt(Digest::from_bytes(key), app.limits().allowance(whose), app.now_ms()).await?;
    match wait_ms {
        None => Ok(()),
        Some(wait_ms) => {
            app.metrics().count("daepyo_rate_limited_total", &[("class", Rate::SignIn.name())], 1);
            Err(Refusal::too_many(wait_ms.div_ceil(1000)))
        }
    }
}

/// Reads a body of at most so many bytes.
async fn read(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::too_large()),
        Err(_) => Err(Refusal::bad_form("")),
    }
}

/// Makes a refusal what the reader sees, and logs what lies behind it.
fn settle(who: &Who, kind: Kind, answer: Result<Response, Refusal>) -> Response {
    let refusal = match answer {
        Err(refusal) => refusal,
        Ok(mut response) => match response.extensions_mut().remove::<Refusal>() {
            Some(refusal) => refusal,
            None if is_bare_failure(&response) => Refusal::of_status(response.status()),
            None => return response,
        },
    };
    let (request_id, code) = (who.request_id(), refusal.code());
    if refusal.status().is_server_error() {
        tracing::error!(request_id, code, cause = refusal.causes(), "refused");
    } else {
        tracing::debug!(request_id, code, cause = refusal.causes(), "refused");
    }
    if refusal.status() == StatusCode::UNAUTHORIZED && kind == Kind::Page {
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        next.append_pair("next", &who.page());
        if !who.reads() {
            // What was sent is not kept: whoever sent it has to be told.
            next.append_pair("lost", "yes");
        }
        return Redirect::to(&format!("/sign-in?{}", next.finish())).into_response();
    }
    refusal.render(who, kind)
}

/// Whether axum itself gave this answer: an argument that cannot be read.
fn is_bare_failure(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
    let status = response.status();
    // A range behind a file's end has its answer in a header.
    (status.is_client_error() || status.is_server_error())
        && status != StatusCode::RANGE_NOT_SATISFIABLE
        && kind.is_none_or(|kind| kind.starts_with("text/plain"))
}

/// A year in seconds.
pub(crate) const YEAR_S: u64 = 365 * 86_400;

/// Puts in what every answer carries: headers, the request's id, cookies of language and forms.
fn dress(app: &App, who: &Who, kind: Kind, switched: Option<daepyo_core::Language>, response: &mut Response) {
    let is_https = app.settings().is_https();
    headers::put(response.headers_mut(), kind, who.person().is_some(), is_https);
    let drawn = who.0.forms.made.get().filter(|_| who.0.forms.came.is_none());
    let forms =
        drawn.and_then(|token| session::cookie(app, session::forms_cookie_name(is_https), token, None).ok());
    let language = switched.filter(|_| kind == Kind::Page).and_then(|language| {
        cookies::make(language::COOKIE, language::word(language), Some(YEAR_S), is_https).ok()
    });
    for cookie in [forms, language].into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if let Ok(id) = HeaderValue::from_str(who.request_id()) {
        response.headers_mut().insert("x-request-id", id);
    }
}
