//! A hub with models on loopback: lists in pages, files with their digests, downloads that may break once.

use daepyo_core::Digest;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// Models of one page.
const PAGE: usize = 2;

/// A repository of a model.
pub(crate) struct Published {
    pub(crate) id: &'static str,
    pub(crate) parents: &'static [&'static str],
    pub(crate) relation: &'static str,
    pub(crate) gated: bool,
    pub(crate) files: Vec<(&'static str, Vec<u8>)>,
}

impl Published {
    fn listed(&self) -> Value {
        let mut tags = vec!["safetensors".to_owned()];
        for parent in self.parents {
            tags.push(format!("base_model:{parent}"));
            tags.push(format!("base_model:{}:{parent}", self.relation));
        }
        let siblings: Vec<Value> = self.files.iter().map(|(path, _)| json!({"rfilename": path})).collect();
        let gated = if self.gated { json!("auto") } else { json!(false) };
        json!({"id": self.id, "modelId": self.id, "sha": COMMIT, "tags": tags, "private": false, "gated": gated,
            "siblings": siblings, "cardData": {"base_model": self.parents}})
    }

    fn tree(&self) -> Value {
        let file = |(path, bytes): &(&str, Vec<u8>)| {
            let lfs = json!({"oid": Digest::of(bytes).hex(), "size": bytes.len(), "pointerSize": 130});
            json!({"type": "file", "path": path, "size": bytes.len(), "oid": "0".repeat(40), "lfs": lfs})
        };
        self.files.iter().map(file).collect()
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Path and query.
    pub(crate) path: String,
    pub(crate) range: Option<String>,
    pub(crate) authorization: Option<String>,
}

pub(crate) struct ModelHub {
    pub(crate) endpoint: String,
    shared: Arc<Shared>,
}

struct Shared {
    models: Vec<Published>,
    /// Downloads that break at half of their length, each once.
    breaks: Mutex<BTreeSet<String>>,
    asked: Mutex<Vec<Asked>>,
}

impl ModelHub {
    /// `breaks` names models whose first download breaks.
    pub(crate) fn start(models: Vec<Published>, breaks: &[&str]) -> Self {
        let breaks = Mutex::new(breaks.iter().map(|id| (*id).to_owned()).collect());
        let shared = Arc::new(Shared { models, breaks, asked: Mutex::default() });
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&own);
                // A client that leaves in the middle is its own affair.
                std::thread::spawn(move || shared.answer(stream));
            }
        });
        Self { endpoint, shared }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// Requests whose path has `part`.
    pub(crate) fn asked_for(&self, part: &str) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| asked.path.contains(part)).collect()
    }
}

/// An answer: status, further lines of its head, its body, and how much of that is sent.
struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
    sent: usize,
}

impl Reply {
    fn new(status: u16, body: Vec<u8>) -> Self {
        Self { status, head: String::new(), sent: body.len(), body }
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let mut asked = Asked {
            path: first.split(' ').nth(1).unwrap_or_default().to_owned(),
            range: None,
            authorization: None,
        };
        for line in lines {
            let line = line?;
            let Some((name, value)) = line.split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "range" => asked.range = Some(value.trim().to_owned()),
                "authorization" => asked.authorization = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        self.asked.lock().unwrap().push(asked.clone());
        let reply = self.reply(&asked).unwrap_or_else(|| Reply::new(404, Vec::new()));
        write!(
            stream,
            "HTTP/1.1 {} .\r\nconnection: close\r\ncontent-length: {}\r\n{}\r\n",
            reply.status,
            reply.body.len(),
            reply.head
        )?;
        stream.write_all(&reply.body[..reply.sent])
    }

    fn reply(&self, asked: &Asked) -> Option<Reply> {
        let (path, query) = asked.path.split_once('?').unwrap_or((asked.path.as_str(), ""));
        if path == "/api/models" {
            return Some(self.list(query));
        }
        let model = self.models.iter().find(|model| {
            let rest = path.strip_prefix("/api/models").unwrap_or(path).strip_prefix('/');
            rest.and_then(|rest| rest.strip_prefix(model.id)).is_some_and(|rest| !rest.starts_with('-'))
        })?;
        let below = path.split_once(model.id)?.1;
        if path.starts_with("/api/") {
            let json = if below.is_empty() { model.listed() } else { model.tree() };
            return Some(Reply::new(200, json.to_string().into_bytes()));
        }
        if model.gated {
            let mut reply = Reply::new(403, Vec::new());
            reply.head.push_str("x-error-code: GatedRepo\r\n");
            return Some(reply);
        }
        let file = below.strip_prefix("/resolve/")?.strip_prefix(COMMIT)?.strip_prefix('/')?;
        let (_, bytes) = model.files.iter().find(|(path, _)| *path == file)?;
        Some(self.download(model, bytes, asked))
    }

    fn list(&self, query: &str) -> Reply {
        let wanted = |model: &&Published| {
            query.split('&').all(|pair| match pair.split_once('=') {
                Some(("author", owner)) => model.id.split('/').next() == Some(owner),
                Some(("filter", tag)) => {
                    let base = tag.trim_start_matches("base_model%3A").replace("%2F", "/");
                    model.parents.contains(&base.as_str())
                }
                _ => true,
            })
        };
        let page: usize = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("cursor="))
            .map_or(0, |page| page.parse().unwrap());
        let all: Vec<Value> = self.models.iter().filter(wanted).map(Published::listed).collect();
        let shown: Vec<Value> = all.iter().skip(page * PAGE).take(PAGE).cloned().collect();
        let mut reply = Reply::new(200, Value::Array(shown).to_string().into_bytes());
        if all.len() > (page + 1) * PAGE {
            let next = format!("link: </api/models?{query}&cursor={}>; rel=\"next\"\r\n", page + 1);
            // The last cursor counts, as the first does on a page of its own.
            reply.head.push_str(&next.replace(&format!("&cursor={page}&"), "&"));
        }
        reply
    }

    fn download(&self, model: &Published, bytes: &[u8], asked: &Asked) -> Reply {
        let from = asked.range.as_deref().and_then(|range| range.strip_prefix("bytes="));
        let from: usize = from.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
        let mut reply = Reply::new(if from > 0 { 206 } else { 200 }, bytes[from..].to_vec());
        if from > 0 {
            let last = bytes.len() - 1;
            let _ = write!(reply.head, "content-range: bytes {from}-{last}/{}\r\n", bytes.len());
        }
        let _ = write!(reply.head, "x-repo-commit: {COMMIT}\r\netag: \"{}\"\r\n", Digest::of(bytes).hex());
        if self.breaks.lock().unwrap().remove(model.id) {
            reply.sent = reply.body.len() / 2;
        }
        reply
    }
}
