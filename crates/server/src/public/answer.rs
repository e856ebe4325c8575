//! Public pages and files as answers: tags by content, files streamed as they were verified.

use super::drawn::Whole;
use super::finished::{Finished, Kept};
use super::range::{self, Part};
use super::view::{Contest, Links, Piece, View};
use crate::app::App;
use crate::page::{HTML, Page, answer_of, page};
use crate::programme::day_in_korea;
use crate::refusal::Refusal;
use crate::who::Who;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use daepyo_core::{Date, Digest, Programme};
use daepyo_messages::Message;
use std::io::{self, SeekFrom};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

/// May be kept, but must be asked for again each time.
const ASK: &str = "no-cache";
/// Never changes under this address.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// So much of a file is read at once.
const PIECE_BYTES: usize = 64 << 10;

/// Draws a page in the language of whoever asks. The drawing may read files, so it is done beside the other requests.
pub(super) async fn show(
    app: App,
    who: Who,
    headers: HeaderMap,
    draw: impl FnOnce(&View<'_>) -> Option<Piece> + Send + 'static,
) -> Result<Response, Refusal> {
    app.look_again();
    kept(&app, &who, &headers, || draw_page(&app, &who, draw)).await
}

/// A page with its tag; for who is not signed in as it was drawn within this second, where nothing has happened since.
pub(crate) async fn kept<F>(
    app: &App,
    who: &Who,
    headers: &HeaderMap,
    draw: impl FnOnce() -> F,
) -> Result<Response, Refusal>
where
    F: Future<Output = Result<Page, Refusal>>,
{
    // In a box, where a page is drawn: what asks the store is large, and who gets a kept page must not carry it about.
    let draw = || Box::pin(draw());
    if who.person().is_some() {
        // The page has their form of signing out; the door has it kept nowhere.
        return Ok(draw().await?.into_response());
    }
    // The page is for everybody who asks at this path: what stood behind it is not to be in it.
    who.lead_back_to(who.path().to_owned());
    let language = Some(who.language());
    // Taken before anything that the page shows.
    let source = app.source();
    let whole = match app.drawn().get(source, who.path(), language).await {
        Ok(whole) => whole,
        Err(_drawing) => {
            let page = draw().await?;
            if who.has_form() {
                // It has this browser's own token.
                return Ok(page.into_response());
            }
            let whole = Arc::new(Whole::new(page.into_html(), None));
            app.drawn().keep(source, who.path(), language, &whole);
            whole
        }
    };
    Ok(whole_answer(&whole, HTML, headers))
}

/// What is kept as an answer, or that the client has it; the door sends the kept short form where it compresses.
pub(crate) fn whole_answer(whole: &Arc<Whole>, kind: &'static str, headers: &HeaderMap) -> Response {
    let mut response = if is_known(headers, &header::IF_NONE_MATCH, &whole.tag) {
        not_modified()
    } else {
        let mut response = answer_of(kind, whole.body.clone());
        response.extensions_mut().insert(Arc::clone(whole));
        response
    };
    whole.tag.put(response.headers_mut(), ASK);
    response
}

/// Draws a whole page, which is kept nowhere; the drawing itself beside the other requests.
pub(super) async fn draw_page(
    app: &App,
    who: &Who,
    draw: impl FnOnce(&View<'_>) -> Option<Piece> + Send + 'static,
) -> Result<Page, Refusal> {
    let contests = contests(app).await;
    let (inner, today, language) = (app.clone(), day_in_korea(app.now_ms()), who.language());
    let drawn = tokio::task::spawn_blocking(move || {
        let view = View { shown: inner.shown(), language, today, contests: &contests, links: Links::Site };
        draw(&view)
    });
    let piece = drawn.await.map_err(Refusal::inside)?.ok_or_else(Refusal::not_found)?;
    Ok(page(who, &piece.title, &piece.body))
}

/// How the votes stand, where the programme has a contest. Without the store's answer the page says what the dates say.
pub(crate) async fn contests(app: &App) -> Vec<Contest> {
    if !app.shown().programme().is_some_and(has_contest) {
        return Vec::new();
    }
    match app.site().contests().await {
        Ok(all) => {
            let all = all.into_iter();
            all.map(|one| Contest { stage: one.stage, is_open: one.closed_ms.is_none() }).collect()
        }
        Err(error) => {
            tracing::warn!(%error, "the contests cannot be read");
            Vec::new()
        }
    }
}

/// Whether a programme has a public contest.
pub(super) fn has_contest(programme: &Programme) -> bool {
    let mut criteria = programme.stages.iter().flat_map(|stage| &stage.criteria);
    criteria.any(|criterion| criterion.rule.contest().is_some())
}

/// The strong tag of a content.
#[derive(Clone, Debug)]
pub(crate) struct Tag(HeaderValue);

impl Tag {
    /// Of the content with this digest.
    pub(crate) fn of(digest: Digest) -> Self {
        let text = format!("\"{}\"", digest.hex().get(..32).unwrap_or_default());
        // Digits in quotes are a value of a header.
        Self(HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("")))
    }

    fn text(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// Puts it into an answer, with how long that may be kept.
    pub(crate) fn put(&self, headers: &mut HeaderMap, caching: &'static str) {
        headers.insert(header::ETAG, self.0.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    }
}

/// Whether a condition of the client names this content (RFC 9110, 13.1).
pub(crate) fn is_known(headers: &HeaderMap, condition: &HeaderName, ours: &Tag) -> bool {
    let lists = headers.get_all(condition).iter().filter_map(|value| value.to_str().ok());
    lists
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == ours.text())
}

fn not_modified() -> Response {
    StatusCode::NOT_MODIFIED.into_response()
}

/// Bytes that are at hand.
pub(super) fn bytes(
    headers: &HeaderMap,
    kind: &'static str,
    name: &str,
    bytes: impl Into<Bytes>,
) -> Response {
    at_hand(headers, bytes, As { kind, name: Some(name), caching: None })
}

/// The same, handed out in another way.
pub(crate) fn at_hand(headers: &HeaderMap, bytes: impl Into<Bytes>, how: As<'_>) -> Response {
    let bytes: Bytes = bytes.into();
    let tag = Tag::of(Digest::of(&bytes));
    let mut response = if is_known(headers, &header::IF_NONE_MATCH, &tag) {
        not_modified()
    } else {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let part = range::asked(headers, size, tag.text());
        let piece = match part {
            Part::Whole => Some(bytes),
            Part::Beyond => None,
            Part::Bytes { first, last } => piece(&bytes, first, last),
        };
        in_part(part, size, piece.map_or_else(Body::empty, Body::from))
    };
    dress(response.headers_mut(), how.kind, how.name);
    tag.put(response.headers_mut(), how.caching.unwrap_or(ASK));
    response
}

/// The bytes from `first` to `last`.
fn piece(bytes: &Bytes, first: u64, last: u64) -> Option<Bytes> {
    let (first, last) = (usize::try_from(first).ok()?, usize::try_from(last).ok()?);
    (first <= last && last < bytes.len()).then(|| bytes.slice(first..=last))
}

/// The answer with a part of a content of so many bytes, or with all of it.
fn in_part(part: Part, bytes: u64, body: Body) -> Response {
    let (status, length) = match part {
        Part::Whole => (StatusCode::OK, bytes),
        Part::Bytes { first, last } => (StatusCode::PARTIAL_CONTENT, last.saturating_sub(first) + 1),
        Part::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, 0),
    };
    let mut response = body.into_response();
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(range) = range::told(part, bytes) {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

/// How a file is handed out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct As<'a> {
    pub(crate) kind: &'static str,
    /// The name to keep it by; none where it is shown.
    pub(crate) name: Option<&'a str>,
    pub(crate) caching: Option<&'static str>,
}

impl As<'_> {
    /// A file of a log by C2SP tlog-tiles: tiles never change, the checkpoint does.
    pub(crate) fn of_log(path: &str) -> Self {
        let (kind, caching) = if path.starts_with("tile/") {
            ("application/octet-stream", Some(FOREVER))
        } else {
            ("text/plain; charset=utf-8", None)
        };
        Self { kind, name: None, caching }
    }
}

/// A file of a published folder, streamed, as long as it is the one that was verified.
pub(crate) async fn file(headers: &HeaderMap, kept: &Kept, how: As<'_>) -> Result<Response, Refusal> {
    let changed = || {
        let message = Message::new("site-refused-changed");
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "server::changed", message)
    };
    let mut file = tokio::fs::File::open(&kept.path).await.map_err(|error| changed().because(error))?;
    let metadata = file.metadata().await.map_err(|error| changed().because(error))?;
    if !kept.is(&metadata) {
        return Err(changed());
    }
    let tag = Tag::of(kept.digest);
    let mut response = if is_known(headers, &header::IF_NONE_MATCH, &tag) {
        not_modified()
    } else {
        let part = range::asked(headers, kept.bytes, tag.text());
        let (first, bytes) = match part {
            Part::Whole => (0, kept.bytes),
            Part::Bytes { first, last } => (first, last.saturating_sub(first) + 1),
            Part::Beyond => (0, 0),
        };
        if first > 0 {
            file.seek(SeekFrom::Start(first)).await.map_err(|error| changed().because(error))?;
        }
        in_part(part, kept.bytes, Body::from_stream(pieces(file, bytes)))
    };
    dress(response.headers_mut(), how.kind, how.name);
    tag.put(response.headers_mut(), how.caching.unwrap_or(ASK));
    Ok(response)
}

/// So many bytes of the file from where it stands, piece by piece; no more than it had when it was verified.
fn pieces(
    file: tokio::fs::File,
    bytes: u64,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send + 'static {
    futures_util::stream::try_unfold(file.take(bytes), |mut file| async move {
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok((read > 0).then(|| (Bytes::from(piece), file)))
    })
}

fn dress(headers: &mut HeaderMap, kind: &'static str, name: Option<&str>) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let Some(name) = name else { return };
    // The plain form for old clients, without what could end it; the other form holds every letter (RFC 6266).
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    let full = super::view::encode(name).replace('/', "%2F");
    if let Ok(value) =
        HeaderValue::try_from(format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"))
    {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
}

/// The type of a file by its ending. Everything is an attachment and sniffed by nobody, so that a wrong guess harms
/// nothing.
pub(crate) fn kind_of(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("json") => "application/json",
        Some("jsonl") => "application/x-ndjson",
        Some("csv") => "text/csv; charset=utf-8",
        Some("toml" | "yaml" | "yml" | "txt" | "md" | "py") => "text/plain; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    }
}

/// The report of a finished stage, shown as it is under a policy of its own.
pub(super) async fn report(
    headers: &HeaderMap,
    finished: &Finished,
    today: Date,
) -> Result<Response, Refusal> {
    let kept = finished.file("report.html", today).ok_or_else(Refusal::not_found)?;
    let policy = finished.report_policy.as_deref().ok_or_else(Refusal::not_found)?;
    let how = As { kind: "text/html; charset=utf-8", name: None, caching: None };
    let mut response = file(headers, kept, how).await?;
    let policy = HeaderValue::try_from(policy).map_err(Refusal::inside)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}
