//! A hub that speaks the real one's paths: revisions, listings in pages, files, and a store of another origin for large
//! files. A test puts files in and faults before them.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Response, Uri},
};
use daepyo_core::Digest;
use daepyo_hub::{DatasetRequest, Event, Hub, HubSettings, LocalDataset, Progress, Repository, Token};
use sha1::{Digest as _, Sha1};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub(crate) const PARQUET_COMMIT: &str = "89abcdef0123456789abcdef0123456789abcdef";
pub(crate) const REPOSITORY: &str = "team/set";

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Path and query.
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) range: Option<String>,
    /// Whether the store was asked, not the hub.
    pub(crate) store: bool,
}

pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::empty() }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn bytes(mut self, bytes: impl Into<Bytes>) -> Self {
        self.body = Body::from(bytes.into());
        self
    }

    /// Begins with `bytes` and breaks the connection.
    pub(crate) fn cut(mut self, bytes: &[u8]) -> Self {
        let (first, cut) = (Bytes::copy_from_slice(bytes), std::io::Error::other("cut"));
        // The pause lets the server send what it has before it hears of the fault.
        let later = futures_util::stream::once(async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            Err(cut)
        });
        let parts = futures_util::StreamExt::chain(futures_util::stream::iter([Ok(first)]), later);
        self.body = Body::from_stream(parts);
        self
    }

    /// Never ends.
    pub(crate) fn endless(mut self) -> Self {
        let part = Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 4096]));
        self.body = Body::from_stream(futures_util::stream::repeat_with(move || {
            part.as_ref().map(Bytes::clone).map_err(|_| std::io::Error::other("never"))
        }));
        self
    }
}

/// What answers before the hub itself does.
type Fault = Box<dyn Fn(&Asked, usize) -> Option<Reply> + Send + Sync>;

struct File {
    bytes: Vec<u8>,
    large: bool,
}

#[derive(Default)]
struct Content {
    /// By commit and path.
    files: BTreeMap<(String, String), File>,
    /// Entries of listings as they are, for what no sound hub would list.
    raw_entries: Vec<serde_json::Value>,
    fault: Option<Fault>,
    asked: Vec<Asked>,
}

/// The hub, its store, and a cache.
pub(crate) struct Fake {
    content: Arc<Mutex<Content>>,
    pub(crate) endpoint: String,
    pub(crate) folder: tempfile::TempDir,
}

#[derive(Clone)]
struct Shared {
    content: Arc<Mutex<Content>>,
    store: Option<String>,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let content = Arc::new(Mutex::new(Content::default()));
        let store = listen(Shared { content: Arc::clone(&content), store: None }).await;
        let endpoint = listen(Shared { content: Arc::clone(&content), store: Some(store) }).await;
        Self { content, endpoint, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn small(self, path: &str, text: &str) -> Self {
        self.file(COMMIT, path, text.as_bytes(), false)
    }

    pub(crate) fn large(self, path: &str, bytes: &[u8]) -> Self {
        self.file(COMMIT, path, bytes, true)
    }

    pub(crate) fn file(self, commit: &str, path: &str, bytes: &[u8], large: bool) -> Self {
        let file = File { bytes: bytes.to_vec(), large };
        self.content.lock().unwrap().files.insert((commit.to_owned(), path.to_owned()), file);
        self
    }

    pub(crate) fn raw_entry(self, entry: serde_json::Value) -> Self {
        self.content.lock().unwrap().raw_entries.push(entry);
        self
    }

    /// `fault` sees every request and how many of the same path came before; what it returns is answered.
    pub(crate) fn fault(
        self,
        fault: impl Fn(&Asked, usize) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        self.content.lock().unwrap().fault = Some(Box::new(fault));
        self
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.content.lock().unwrap().asked.clone()
    }

    /// Requests whose path has `part`.
    pub(crate) fn asked_for(&self, part: &str) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| asked.path.contains(part)).collect()
    }

    pub(crate) fn settings(&self) -> HubSettings {
        let mut settings = HubSettings::new(self.folder.path());
        settings.endpoint.clone_from(&self.endpoint);
        settings.patience.first_pause = Duration::from_millis(1);
        settings
    }

    pub(crate) fn hub(&self) -> Hub {
        Hub::new(self.settings(), Arc::new(daepyo_hub::Silent)).unwrap()
    }

    pub(crate) fn hub_with_token(&self, token: &str) -> Hub {
        let settings = HubSettings { token: Token::new(token), ..self.settings() };
        Hub::new(settings, Arc::new(daepyo_hub::Silent)).unwrap()
    }

    pub(crate) fn offline(&self) -> Hub {
        let settings = HubSettings { offline: true, ..self.settings() };
        Hub::new(settings, Arc::new(daepyo_hub::Silent)).unwrap()
    }

    /// Everything of the default configuration.
    pub(crate) async fn get(&self) -> Result<LocalDataset, daepyo_hub::HubError> {
        self.hub().dataset(&request()).await
    }
}

pub(crate) fn request() -> DatasetRequest {
    DatasetRequest::new(Repository::new(REPOSITORY).unwrap())
}

/// The content of the only file of `split`.
pub(crate) fn text(set: &LocalDataset, split: &str) -> String {
    std::fs::read_to_string(&set.splits[split][0]).unwrap()
}

/// Names of everything below `folder`, sorted; links and files alike.
pub(crate) fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[derive(Default)]
pub(crate) struct Told(pub(crate) Mutex<Vec<Event>>);

impl Progress for Told {
    fn tell(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

async fn listen(shared: Shared) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(shared);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn answer(State(shared): State<Shared>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let asked = Asked {
        path: uri.to_string(),
        authorization: text("authorization"),
        range: text("range"),
        store: shared.store.is_none(),
    };
    let mut content = shared.content.lock().unwrap();
    let before =
        content.asked.iter().filter(|one| one.path == asked.path && one.store == asked.store).count();
    content.asked.push(asked.clone());
    let fault = content.fault.as_ref().and_then(|fault| fault(&asked, before));
    let reply = fault.unwrap_or_else(|| match &shared.store {
        Some(store) => hub(&content, &asked, store),
        None => stored(&content, &asked),
    });
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(reply.body).unwrap()
}

pub(crate) fn git_id(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    hash.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn hub(content: &Content, asked: &Asked, store: &str) -> Reply {
    let path = asked.path.split('?').next().unwrap();
    if let Some(revision) = path.strip_prefix("/api/datasets/team/set/revision/") {
        let commit = match revision {
            "main" | COMMIT => COMMIT,
            "refs%2Fconvert%2Fparquet" => PARQUET_COMMIT,
            _ => "",
        };
        if !content.files.keys().any(|(one, _)| one == commit) && content.raw_entries.is_empty() {
            return Reply::new(404).header("x-error-code", "RevisionNotFound");
        }
        return Reply::new(200).bytes(format!(r#"{{"id":"team/set","sha":"{commit}","siblings":[]}}"#));
    }
    if let Some(commit) = path.strip_prefix("/api/datasets/team/set/tree/") {
        return listing(content, asked, commit);
    }
    if let Some(rest) = path.strip_prefix("/datasets/team/set/resolve/") {
        let (commit, file) = rest.split_once('/').unwrap();
        let Some(file) = content.files.get(&(commit.to_owned(), unescape(file))) else {
            return Reply::new(404).header("x-error-code", "EntryNotFound");
        };
        if file.large {
            let id = Digest::of(&file.bytes).hex();
            return Reply::new(302)
                .header("location", format!("{store}/{id}?signature=secret"))
                .header("x-repo-commit", commit)
                .header("x-linked-etag", format!("\"{id}\""))
                .header("x-linked-size", file.bytes.len().to_string());
        }
        let reply = part(&file.bytes, asked).header("x-repo-commit", commit);
        return reply.header("etag", format!("\"{}\"", git_id(&file.bytes)));
    }
    Reply::new(401).header("x-error-code", "RepoNotFound")
}

/// Two entries a page.
fn listing(content: &Content, asked: &Asked, commit: &str) -> Reply {
    let mut entries: Vec<serde_json::Value> = content
        .files
        .iter()
        .filter(|((one, _), _)| one == commit)
        .map(|((_, path), file)| {
            let mut entry = serde_json::json!({
                "type": "file", "path": path, "size": file.bytes.len(), "oid": git_id(&file.bytes)
            });
            if file.large {
                let id = Digest::of(&file.bytes).hex();
                entry["lfs"] = serde_json::json!({"oid": id, "size": file.bytes.len(), "pointerSize": 130});
            }
            entry
        })
        .collect();
    entries.insert(0, serde_json::json!({"type": "directory", "path": "data", "size": 0, "oid": "00"}));
    entries.extend(content.raw_entries.iter().cloned());
    let page: usize = asked.path.split_once("cursor=").map_or(0, |(_, page)| page.parse().unwrap());
    let reply = Reply::new(200);
    let reply = if entries.len() > 2 * (page + 1) {
        let next = format!("/api/datasets/team/set/tree/{commit}?recursive=true&cursor={}", page + 1);
        reply.header("link", format!("<{next}>; rel=\"next\""))
    } else {
        reply
    };
    let shown: Vec<_> = entries.into_iter().skip(2 * page).take(2).collect();
    reply.bytes(serde_json::Value::Array(shown).to_string())
}

fn stored(content: &Content, asked: &Asked) -> Reply {
    let id = asked.path.trim_start_matches('/').split('?').next().unwrap();
    match content.files.values().find(|file| Digest::of(&file.bytes).hex() == id) {
        Some(file) => part(&file.bytes, asked).header("etag", "\"a-tag-of-the-store\""),
        None => Reply::new(404),
    }
}

/// The bytes that `Range` asks for.
pub(crate) fn part(bytes: &[u8], asked: &Asked) -> Reply {
    let from =
        asked.range.as_deref().map(|range| range.strip_prefix("bytes=").unwrap().trim_end_matches('-'));
    match from.map(|from| from.parse::<usize>().unwrap()) {
        Some(from) if from < bytes.len() => Reply::new(206)
            .header("content-range", format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len()))
            .bytes(bytes[from..].to_vec()),
        Some(_) => Reply::new(416),
        None => Reply::new(200).bytes(bytes.to_vec()),
    }
}

fn unescape(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let hex = String::from_utf8(vec![*high, *low]).unwrap();
                bytes.push(u8::from_str_radix(&hex, 16).unwrap());
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).unwrap()
}
