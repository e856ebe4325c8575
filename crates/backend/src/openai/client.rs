//! The HTTP client: hyper with a pool of connections and TLS, and nothing between it and the request.
//!
//! Connections are kept and tried again only where nothing was sent; no proxy of the environment, no redirect, no
//! encoding of bodies. HTTP/2 where a TLS server offers it.

use super::OpenAiOptions;
use crate::BackendError;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, Uri};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Idle connections are kept for so long.
const KEPT: Duration = Duration::from_secs(90);

/// A silent connection is looked after so often, and given up after so many looks.
const LOOK: Duration = Duration::from_secs(15);
const LOOKS: u32 = 3;

pub(super) struct Client {
    pool: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// Headers of every request; those of a POST say that its body is JSON.
    get: HeaderMap,
    post: HeaderMap,
}

impl Client {
    /// A client for a server at `base`; nothing is sent yet.
    pub(super) fn new(options: &OpenAiOptions, base: &Url) -> Result<Self, BackendError> {
        let mut get = HeaderMap::new();
        get.insert(ACCEPT, HeaderValue::from_static("*/*"));
        get.insert(USER_AGENT, HeaderValue::from_static(concat!("daepyo/", env!("CARGO_PKG_VERSION"))));
        if let Some(key) = &options.api_key {
            if key.reveal().is_empty() {
                return Err(BackendError::Setting("the API key is empty".to_owned()));
            }
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.reveal())).map_err(|_| {
                BackendError::Setting("the API key has a character that no HTTP header may hold".to_owned())
            })?;
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
            .enable_all_versions()
            .wrap_connector(sockets);
        let pool = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT)
            .pool_max_idle_per_host(usize::try_from(options.concurrency).unwrap_or(usize::MAX))
            .build(connector);
        Ok(Self { pool, get, post })
    }

    /// Sends a POST with this body, or a GET without one.
    pub(super) async fn send(
        &self,
        address: &Uri,
        body: Option<Vec<u8>>,
    ) -> Result<Response<Incoming>, legacy::Error> {
        let (method, headers) = match &body {
            Some(_) => (Method::POST, &self.post),
            None => (Method::GET, &self.get),
        };
        let mut request = Request::new(Full::new(Bytes::from(body.unwrap_or_default())));
        *request.method_mut() = method;
        *request.uri_mut() = address.clone();
        request.headers_mut().clone_from(headers);
        self.pool.request(request).await
    }
}

/// Certificates as the system trusts them. Without TLS they are not needed, and a bare machine may have none.
fn tls(is_used: bool) -> Result<ClientConfig, BackendError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let engine = |error: rustls::Error| BackendError::Engine(format!("TLS can't be set up: {error}"));
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(engine)?;
    if is_used {
        return Ok(builder.try_with_platform_verifier().map_err(engine)?.with_no_client_auth());
    }
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
