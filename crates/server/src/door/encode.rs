//! Answers of text sent compressed, where that tells nobody a secret.
//!
//! Whoever can put text into a page and sees how long its compressed form is can guess what else stands in it (BREACH). So
//! a page is compressed only where no secret can stand in it: for somebody who is not signed in and whose browser has no
//! token of forms, neither from before nor from this page. Files of the site itself are the same for everybody. Streams go
//! out as they are.

use crate::public::Whole;
use crate::route::Kind;
use crate::who::Who;
use axum::body::{Body, Bytes};
use axum::http::response::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use std::io::Write as _;
use std::sync::Arc;

/// Below this, compressing saves less than its header costs.
const LEAST: u64 = 1 << 10;
/// Beyond this, a file goes out as it is: it would hold up everybody else's answers.
const MOST: u64 = 1 << 20;

/// Compresses an answer where the client takes gzip and nothing speaks against it.
pub(super) async fn encode(who: &Who, kind: Kind, takes_gzip: bool, response: Response) -> Response {
    let size = response.body().size_hint().exact().unwrap_or(0);
    if !(LEAST..=MOST).contains(&size) || !is_open(who, kind) || !is_plain_text(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let kept = parts.extensions.remove::<Arc<Whole>>();
    parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !takes_gzip {
        return Response::from_parts(parts, body);
    }
    let short = if let Some(kept) = kept {
        // Compressed once for all who get it.
        kept.short(gzip).ok_or(body)
    } else {
        let Ok(whole) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
            return Response::from_parts(parts, Body::empty());
        };
        gzip(&whole).map(Bytes::from).ok_or_else(|| Body::from(whole))
    };
    match short {
        Ok(short) => {
            mark(&mut parts);
            Response::from_parts(parts, Body::from(short))
        }
        Err(whole) => Response::from_parts(parts, whole),
    }
}

/// Whether no secret can stand in the answer.
fn is_open(who: &Who, kind: Kind) -> bool {
    let forms = &who.0.forms;
    match kind {
        Kind::Plain => true,
        Kind::Page | Kind::Api => who.person().is_none() && forms.came.is_none() && !who.has_form(),
    }
}

/// Whether this is a whole answer of text that nobody has encoded.
fn is_plain_text(response: &Response) -> bool {
    const KINDS: [&str; 6] = [
        "text/html",
        "text/css",
        "text/javascript",
        "text/plain; charset",
        "application/json",
        "image/svg+xml",
    ];
    let headers = response.headers();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    response.status() == StatusCode::OK
        && KINDS.iter().any(|known| kind.starts_with(known))
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.contains_key(header::ACCEPT_RANGES)
        && !headers.contains_key(header::CONTENT_DISPOSITION)
}

/// Whether the client takes gzip (RFC 9110, 12.5.3).
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        is_gzip && weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}

/// The shorter form; none where there is none.
fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(5));
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().filter(|short| short.len() < bytes.len())
}

fn mark(parts: &mut Parts) {
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    // The same content in other bytes: the tag is a weak one (RFC 9110, 8.8.3).
    let weak = parts.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(|tag| {
        let opaque = tag.strip_prefix("W/").unwrap_or(tag);
        HeaderValue::try_from(format!("W/{opaque}"))
    });
    if let Some(Ok(weak)) = weak {
        parts.headers.insert(header::ETAG, weak);
    }
}
