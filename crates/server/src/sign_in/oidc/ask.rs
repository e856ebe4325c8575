//! Asking a provider: no redirect, no proxy of the environment, a time and a size that end.

use axum::body::Bytes;
use reqwest::{Client, RequestBuilder, StatusCode, header};
use std::time::Duration;

/// Why there is no answer to use. Addresses are left out: they may hold a code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// The client cannot be made, for want of the system's certificates.
    #[error("the client cannot be set up")]
    Client(#[source] reqwest::Error),
    /// No answer came, or not whole, or not in time.
    #[error("no answer")]
    Silent(#[source] reqwest::Error),
    /// The provider fails.
    #[error("status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// The answer is longer than anything that is read.
    #[error("the answer is too large")]
    TooLarge,
}

/// A client for providers.
pub(super) fn client(patience: Duration, with_tls: bool) -> Result<Client, AskError> {
    // Fails only where a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("daepyo/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(patience)
        .timeout(patience);
    if !with_tls {
        // A provider on loopback: the system's certificates are not needed, and a bare machine may have none.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(AskError::Client)
}

/// Sends it; gives the status and the body, of at most so many bytes.
pub(super) async fn send(request: RequestBuilder, most: usize) -> Result<(StatusCode, Bytes), AskError> {
    let silent = |error: reqwest::Error| AskError::Silent(error.without_url());
    let request = request.header(header::ACCEPT, "application/json");
    let mut response = request.send().await.map_err(silent)?;
    let status = response.status();
    if status.is_server_error() {
        return Err(AskError::Status { status: status.as_u16() });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(silent)? {
        if body.len() + chunk.len() > most {
            return Err(AskError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, Bytes::from(body)))
}

/// Reads what stands at an address, of at most so many bytes.
pub(super) async fn get(client: &Client, address: &url::Url, most: usize) -> Result<Bytes, AskError> {
    let (status, body) = send(client.get(address.clone()), most).await?;
    if status == StatusCode::OK { Ok(body) } else { Err(AskError::Status { status: status.as_u16() }) }
}
