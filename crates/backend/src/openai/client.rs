//! The HTTP client: hyper over connections that are kept, with nothing between it and the request.
//!
//! HTTP/1.1, one request at a time on a connection; TLS where the address says so. No proxy of the environment, no
//! redirect, no encoding of bodies. A request that a closed connection did not take goes over another one; nothing is
//! ever sent twice.

use super::OpenAiOptions;
use crate::BackendError;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, Uri};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tower_service::Service as _;
use url::{Position, Url};

/// An idle connection is used again for so long.
const KEPT: Duration = Duration::from_secs(90);

/// A silent connection is looked after so often, and given up after so many looks.
const LOOK: Duration = Duration::from_secs(15);
const LOOKS: u32 = 3;

pub(super) struct Client {
    connector: HttpsConnector<HttpConnector>,
    /// Where connections lead.
    server: Uri,
    /// Connections that nobody uses, the last one used at the end.
    idle: Mutex<Vec<Idle>>,
    most_idle: usize,
    /// Time for a connection, TLS included; none leaves it to the system.
    connect_within: Option<Duration>,
    /// Bytes that a connection reads ahead of whoever reads a body; none leaves it to hyper.
    read_ahead_bytes: Option<usize>,
    /// Headers of every request; those of a POST say that its body is JSON.
    get: HeaderMap,
    post: HeaderMap,
}

struct Idle {
    line: Line,
    since: Instant,
}

/// The sending end of a connection. It ends with this value.
pub(super) type Line = SendRequest<Full<Bytes>>;

/// A response whose connection can be used again once its body was read.
pub(super) struct Answered<'a> {
    pub(super) response: Response<Incoming>,
    client: &'a Client,
    line: Line,
}

/// Why there is no response.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// Nothing was sent.
    NoConnection(Box<dyn Error + Send + Sync>),
    Broken(hyper::Error),
}

impl Client {
    /// A client for the server at `base`; nothing is sent yet.
    pub(super) fn new(options: &OpenAiOptions, base: &Url) -> Result<Self, BackendError> {
        let setting = |text: &str| BackendError::Setting(text.to_owned());
        let unreadable =
            |error: &dyn Error| BackendError::Setting(format!("the server's address can't be read: {error}"));
        let server = &base[..Position::BeforePath];
        let host = &base[Position::BeforeHost..Position::BeforePath];
        let mut get = HeaderMap::new();
        get.insert(HOST, HeaderValue::from_str(host).map_err(|error| unreadable(&error))?);
        get.insert(ACCEPT, HeaderValue::from_static("*/*"));
        get.insert(USER_AGENT, HeaderValue::from_static(concat!("daepyo/", env!("CARGO_PKG_VERSION"))));
        if let Some(key) = &options.api_key {
            if key.reveal().is_empty() {
                return Err(setting("the API key is empty"));
            }
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.reveal()))
                .map_err(|_| setting("the API key has a character that no HTTP header may hold"))?;
            value.set_sensitive(true);
            get.insert(AUTHORIZATION, value);
        }
        let mut post = get.clone();
        post.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut sockets = HttpConnector::new();
        sockets.enforce_http(false);
        sockets.set_nodelay(true);
        sockets.set_keepalive(Some(LOOK));
        sockets.set_keepalive_interval(Some(LOOK));
        sockets.set_keepalive_retries(Some(LOOKS));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(base.scheme() == "https")?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(sockets);
        Ok(Self {
            connector,
            server: Uri::try_from(server).map_err(|error| unreadable(&error))?,
            idle: Mutex::new(Vec::new()),
            most_idle: usize::try_from(options.concurrency).unwrap_or(usize::MAX),
            connect_within: None,
            read_ahead_bytes: None,
            get,
            post,
        })
    }

    /// The same with a time for connections and a bound of what they read ahead.
    pub(super) fn bounded(self, connect_within: Duration, read_ahead_bytes: usize) -> Self {
        Self { connect_within: Some(connect_within), read_ahead_bytes: Some(read_ahead_bytes), ..self }
    }

    /// Sends a POST with this body, or a GET without one, to a path.
    pub(super) async fn send(&self, path: &Uri, body: Option<Vec<u8>>) -> Result<Answered<'_>, Unanswered> {
        let (method, headers) = match &body {
            Some(_) => (Method::POST, &self.post),
            None => (Method::GET, &self.get),
        };
        let mut request = Request::new(Full::new(Bytes::from(body.unwrap_or_default())));
        *request.method_mut() = method;
        *request.uri_mut() = path.clone();
        request.headers_mut().clone_from(headers);
        while let Some(mut line) = self.take() {
            if line.ready().await.is_err() {
                // It was closed meanwhile.
                continue;
            }
            match line.try_send_request(request).await {
                Ok(response) => return Ok(Answered { response, client: self, line }),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(Unanswered::Broken(error.into_error())),
                },
            }
        }
        let mut line = self.connect().await?;
        let response = line.send_request(request).await.map_err(Unanswered::Broken)?;
        Ok(Answered { response, client: self, line })
    }

    /// The connection that was used last, so that those which few requests need grow old.
    fn take(&self) -> Option<Line> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let Idle { line, since } = idle.pop()?;
            if since.elapsed() >= KEPT {
                // All others are older.
                idle.clear();
                return None;
            }
            if !line.is_closed() {
                return Some(line);
            }
        }
    }

    /// Takes a connection back, which is used again if its body has come to its end.
    pub(super) fn put(&self, line: Line) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.most_idle && !line.is_closed() {
            idle.push(Idle { line, since: Instant::now() });
        }
    }

    async fn connect(&self) -> Result<Line, Unanswered> {
        let connecting = self.connector.clone().call(self.server.clone());
        let stream = match self.connect_within {
            None => connecting.await,
            Some(limit) => {
                let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no connection in time");
                tokio::time::timeout(limit, connecting)
                    .await
                    .unwrap_or_else(|elapsed| Err(late(elapsed).into()))
            }
        };
        let mut builder = Builder::new();
        if let Some(bytes) = self.read_ahead_bytes {
            builder.max_buf_size(bytes);
        }
        let stream = stream.map_err(Unanswered::NoConnection)?;
        let (line, connection) = builder.handshake(stream).await.map_err(Unanswered::Broken)?;
        // What breaks is told to whoever waits for a response.
        tokio::spawn(connection);
        Ok(line)
    }
}

impl Answered<'_> {
    /// The response and its connection, which [`Client::put`] takes back.
    pub(super) fn split(self) -> (Response<Incoming>, Line) {
        (self.response, self.line)
    }

    /// Keeps the connection: it takes the next request once the body has come to its end, or closes.
    pub(super) fn keep(self) {
        let Self { response, client, line } = self;
        drop(response);
        client.put(line);
    }
}

/// Certificates as the system trusts them. Without TLS they are not needed, and a bare machine may have none.
fn tls(is_used: bool) -> Result<ClientConfig, BackendError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let engine = |error: rustls::Error| BackendError::Engine(format!("TLS can't be set up: {error}"));
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(engine)?;
    if is_used {
        return Ok(builder.try_with_platform_verifier().map_err(engine)?.with_no_client_auth());
    }
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
