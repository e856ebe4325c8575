//! A server on loopback that speaks enough of S3 for tests: objects, uploads in parts, listings in pages, path style.
//!
//! It keeps nothing on a disk, checks that a request names the right key and that its body is what the client signed, and
//! refuses as many requests as a test asks for.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use daepyo_core::Digest;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The key with which it is reached.
const KEY: &str = "daepyo-test";

/// Entries of one page of a listing.
const PAGE: usize = 3;

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct BucketServer {
    address: String,
    content: Arc<Mutex<Content>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Content {
    /// By bucket and key, `BUCKET/KEY`.
    objects: BTreeMap<String, Bytes>,
    /// Parts of unfinished uploads, by number.
    uploads: BTreeMap<String, BTreeMap<u32, Bytes>>,
    asked: Vec<String>,
    refusals: usize,
    begun: u64,
}

impl BucketServer {
    /// Starts on a free port; needs a runtime.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let content = Arc::new(Mutex::new(Content::default()));
        let router = Router::new().fallback(answer).layer(DefaultBodyLimit::disable());
        let router = router.with_state(Arc::clone(&content));
        let task = tokio::spawn(async move {
            // A test that ends takes the server with it.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, content, task })
    }

    /// The environment with which a client reaches it.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let pairs = [
            ("AWS_ENDPOINT_URL", self.address.as_str()),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", "no secret"),
            ("AWS_REGION", "kr-test-1"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    /// Every object by `BUCKET/KEY`.
    pub fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let content = lock(&self.content);
        content.objects.iter().map(|(name, bytes)| (name.clone(), bytes.to_vec())).collect()
    }

    /// Puts an object in, or another in its place.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        lock(&self.content).objects.insert(name.to_owned(), Bytes::copy_from_slice(bytes));
    }

    /// Every request so far, as `METHOD PATH?QUERY`.
    pub fn asked(&self) -> Vec<String> {
        lock(&self.content).asked.clone()
    }

    /// Uploads that were begun and neither finished nor given up.
    pub fn unfinished(&self) -> usize {
        lock(&self.content).uploads.len()
    }

    /// Answers the next so many requests with status 503.
    pub fn refuse(&self, requests: usize) {
        lock(&self.content).refusals = requests;
    }
}

impl Drop for BucketServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(content: &Mutex<Content>) -> MutexGuard<'_, Content> {
    content.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    State(content): State<Arc<Mutex<Content>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let mut content = lock(&content);
    content.asked.push(format!("{method} {uri}"));
    if content.refusals > 0 {
        content.refusals -= 1;
        return reply(StatusCode::SERVICE_UNAVAILABLE, "<Error><Code>SlowDown</Code></Error>");
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !header("authorization").starts_with(&format!("AWS4-HMAC-SHA256 Credential={KEY}/")) {
        return reply(StatusCode::FORBIDDEN, "<Error><Code>InvalidAccessKeyId</Code></Error>");
    }
    if header("x-amz-content-sha256") != Digest::of(&body).hex() {
        return reply(StatusCode::BAD_REQUEST, "<Error><Code>XAmzContentSHA256Mismatch</Code></Error>");
    }
    let name = uri.path().trim_start_matches('/').to_owned();
    let query: BTreeMap<String, String> = uri.query().unwrap_or_default().split('&').map(pair).collect();
    if name.contains('/') {
        content.object(&method, name, &query, body)
    } else {
        content.listing(&name, &query)
    }
}

/// A part of a query, with what is escaped in it read.
fn pair(part: &str) -> (String, String) {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    (name.to_owned(), value.replace("%2F", "/"))
}

fn reply(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

fn tagged(body: impl Into<Body>, bytes: &[u8]) -> Response<Body> {
    let mut response = reply(StatusCode::OK, body);
    let tag = format!("\"{}\"", Digest::of(bytes).hex());
    if let Ok(tag) = tag.parse() {
        response.headers_mut().insert("etag", tag);
    }
    response
}

impl Content {
    fn object(
        &mut self,
        method: &Method,
        name: String,
        query: &BTreeMap<String, String>,
        body: Bytes,
    ) -> Response<Body> {
        let missing = || reply(StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>");
        match (method.as_str(), query.get("uploadId")) {
            ("GET", _) => self.objects.get(&name).map_or_else(missing, |found| tagged(found.clone(), found)),
            ("PUT", None) => {
                let response = tagged(Body::empty(), &body);
                self.objects.insert(name, body);
                response
            }
            ("PUT", Some(upload)) => {
                let number = query.get("partNumber").and_then(|number| number.parse().ok());
                let (Some(parts), Some(number)) = (self.uploads.get_mut(upload), number) else {
                    return missing();
                };
                let response = tagged(Body::empty(), &body);
                parts.insert(number, body);
                response
            }
            ("POST", None) => {
                self.begun += 1;
                let upload = format!("upload-{}", self.begun);
                self.uploads.insert(upload.clone(), BTreeMap::new());
                let text = format!(
                    "<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
                );
                reply(StatusCode::OK, text)
            }
            ("POST", Some(upload)) => {
                let Some(parts) = self.uploads.remove(upload) else { return missing() };
                let whole: Vec<u8> = parts.into_values().flatten().collect();
                self.objects.insert(name, whole.into());
                let text =
                    "<CompleteMultipartUploadResult><ETag>whole</ETag></CompleteMultipartUploadResult>";
                reply(StatusCode::OK, text)
            }
            ("DELETE", None) => {
                self.objects.remove(&name);
                reply(StatusCode::NO_CONTENT, Body::empty())
            }
            ("DELETE", Some(upload)) => {
                self.uploads.remove(upload);
                reply(StatusCode::NO_CONTENT, Body::empty())
            }
            _ => reply(StatusCode::METHOD_NOT_ALLOWED, Body::empty()),
        }
    }

    /// One page of the folders and objects right below a prefix.
    fn listing(&self, bucket: &str, query: &BTreeMap<String, String>) -> Response<Body> {
        let prefix = query.get("prefix").map_or("", String::as_str);
        let whole = format!("{bucket}/{prefix}");
        let mut entries: BTreeMap<String, Option<usize>> = BTreeMap::new();
        for (name, bytes) in &self.objects {
            let Some(rest) = name.strip_prefix(&whole) else { continue };
            match rest.split_once('/') {
                Some((folder, _)) => entries.insert(format!("{prefix}{folder}/"), None),
                None => entries.insert(format!("{prefix}{rest}"), Some(bytes.len())),
            };
        }
        let after = query.get("continuation-token").map_or("", String::as_str);
        let rest: Vec<_> = entries.iter().filter(|(name, _)| name.as_str() > after).collect();
        let mut text = String::from("<ListBucketResult>");
        for (name, size) in rest.iter().take(PAGE) {
            // Writing to a string does not fail.
            let _ = match size {
                None => write!(text, "<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"),
                Some(size) => write!(
                    text,
                    "<Contents><Key>{name}</Key><Size>{size}</Size>\
                     <LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
                ),
            };
        }
        if let Some((last, _)) = rest.get(PAGE - 1).filter(|_| rest.len() > PAGE) {
            let _ = write!(text, "<NextContinuationToken>{last}</NextContinuationToken>");
        }
        text.push_str("</ListBucketResult>");
        reply(StatusCode::OK, text)
    }
}
