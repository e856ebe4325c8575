//! A provider: what it says of itself and its keys, kept for a while, and the exchange of a code for a subject.

use super::ProviderError;
use super::ask::{self, AskError};
use super::flow::Proof;
use crate::settings::{OidcProvider, is_loopback};
use axum::http::header;
use daepyo_core::Language;
use daepyo_identity::{Expected, KeySet, TokenError, check_id_token};
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

/// What a provider says of itself, and its keys, are asked for again after so long.
const KEPT: Duration = Duration::from_hours(1);
/// Keys are asked for again no sooner, whatever a token names.
const KEYS_REST: Duration = Duration::from_secs(10);
/// After a failure the provider is left alone for so long.
const REST: Duration = Duration::from_secs(5);
/// Answers' sizes in bytes at most.
const MOST_DISCOVERY: usize = 128 << 10;
const MOST_KEYS: usize = 256 << 10;
const MOST_TOKEN: usize = 64 << 10;

/// The providers of a site.
#[derive(Debug)]
pub(crate) struct Providers(Vec<Provider>);

impl Providers {
    /// Asks nobody yet. Fails where a client cannot be made.
    pub(crate) fn new(settings: &[OidcProvider], patience: Duration) -> Result<Self, AskError> {
        let each = settings.iter().map(|settings| {
            let client = ask::client(patience, settings.issuer.starts_with("https:"))?;
            Ok(Provider { settings: settings.clone(), client, known: Mutex::default() })
        });
        each.collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn all(&self) -> &[Provider] {
        &self.0
    }

    pub(crate) fn named(&self, id: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.settings.id == id)
    }
}

/// One provider.
#[derive(Debug)]
pub(crate) struct Provider {
    settings: OidcProvider,
    client: Client,
    known: Mutex<Known>,
}

/// What was learnt, and when.
#[derive(Debug, Default)]
struct Known {
    discovery: Option<(Duration, Arc<Discovery>)>,
    keys: Option<(Duration, Arc<KeySet>)>,
    failed: Option<Duration>,
}

/// What a provider says of itself, as far as it is used.
#[derive(Debug)]
pub(crate) struct Discovery {
    authorization: Url,
    token: Url,
    keys: Url,
    end_session: Option<Url>,
    /// Whether the site's secret goes into the body instead of a header.
    secret_in_body: bool,
    /// Whether its answers name it (RFC 9207).
    pub(super) tells_issuer: bool,
}

#[derive(Deserialize)]
struct Written {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    end_session_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// What a code is exchanged with.
pub(super) struct Exchange<'a> {
    pub(super) code: &'a str,
    pub(super) proof: &'a Proof,
    pub(super) origin: &'a str,
    pub(super) now_s: i64,
    pub(super) now: Duration,
}

impl Provider {
    pub(crate) fn id(&self) -> &str {
        &self.settings.id
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    pub(crate) fn label(&self, language: Language) -> &str {
        match language {
            Language::Ko => &self.settings.label_ko,
            Language::En => &self.settings.label_en,
        }
    }

    fn callback(&self, origin: &str) -> String {
        format!("{origin}/sign-in/oidc/{}/callback", self.settings.id)
    }

    /// What it says of itself: kept for an hour, and kept on where it is away then.
    pub(crate) async fn discovery(&self, now: Duration) -> Result<Arc<Discovery>, ProviderError> {
        let mut known = self.known.lock().await;
        let kept = known.discovery.clone();
        if let Some((_, discovery)) = kept.as_ref().filter(|(since, _)| now.saturating_sub(*since) < KEPT) {
            return Ok(Arc::clone(discovery));
        }
        if known.failed.is_some_and(|failed| now.saturating_sub(failed) < REST) {
            return kept.map(|(_, discovery)| discovery).ok_or(ProviderError::Resting);
        }
        match self.discover().await {
            Ok(discovery) => {
                let discovery = Arc::new(discovery);
                known.discovery = Some((now, Arc::clone(&discovery)));
                known.failed = None;
                Ok(discovery)
            }
            Err(error) => {
                known.failed = Some(now);
                match (kept, &error) {
                    (Some((_, discovery)), ProviderError::Away(_)) => Ok(discovery),
                    _ => Err(error),
                }
            }
        }
    }

    async fn discover(&self) -> Result<Discovery, ProviderError> {
        let wrong = |what| ProviderError::Discovery { what };
        let issuer = self.issuer().trim_end_matches('/');
        let address = format!("{issuer}/.well-known/openid-configuration");
        let address = Url::parse(&address).map_err(|_| wrong("issuer"))?;
        let body = ask::get(&self.client, &address, MOST_DISCOVERY).await.map_err(ProviderError::Away)?;
        let written: Written = serde_json::from_slice(&body).map_err(|_| wrong("description"))?;
        // OpenID Connect Discovery 1.0, 4.3: otherwise one provider could speak for another.
        if written.issuer != self.issuer() {
            return Err(wrong("issuer"));
        }
        let is_local = self.issuer().starts_with("http:");
        let endpoint = |text: &str| {
            let url = Url::parse(text).ok()?;
            let is_safe =
                url.scheme() == "https" || (is_local && url.scheme() == "http" && is_loopback(&url));
            (is_safe && url.fragment().is_none() && url.username().is_empty()).then_some(url)
        };
        let methods = written.token_endpoint_auth_methods_supported;
        let can = |name: &str| methods.as_ref().is_some_and(|methods| methods.iter().any(|one| one == name));
        Ok(Discovery {
            authorization: endpoint(&written.authorization_endpoint)
                .ok_or_else(|| wrong("authorization_endpoint"))?,
            token: endpoint(&written.token_endpoint).ok_or_else(|| wrong("token_endpoint"))?,
            keys: endpoint(&written.jwks_uri).ok_or_else(|| wrong("jwks_uri"))?,
            end_session: written.end_session_endpoint.as_deref().and_then(endpoint),
            secret_in_body: can("client_secret_post") && !can("client_secret_basic"),
            tells_issuer: written.authorization_response_iss_parameter_supported,
        })
    }

    /// The address at which the provider asks the person.
    pub(super) fn authorization(&self, discovery: &Discovery, proof: &Proof, origin: &str) -> Url {
        let mut url = discovery.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.callback(origin))
            .append_pair("scope", "openid")
            .append_pair("state", &proof.state())
            .append_pair("nonce", &proof.nonce)
            .append_pair("code_challenge", &proof.challenge())
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// The address at which the provider signs the person out, where it offers that (OpenID Connect RP-Initiated
    /// Logout 1.0). Without the id token, which is not kept: the provider asks the person.
    pub(super) fn sign_out(&self, discovery: &Discovery, origin: &str) -> Option<Url> {
        let mut url = discovery.end_session.clone()?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("post_logout_redirect_uri", &format!("{origin}/signed-out"));
        Some(url)
    }

    /// Exchanges a code for an id token, checks it, and gives the subject.
    pub(super) async fn subject(
        &self,
        discovery: &Discovery,
        exchange: &Exchange<'_>,
    ) -> Result<String, ProviderError> {
        let token = self.exchange(discovery, exchange).await?;
        let expected = Expected {
            issuer: self.issuer(),
            client_id: &self.settings.client_id,
            nonce: &exchange.proof.nonce,
            now_s: exchange.now_s,
        };
        let keys = self.keys(discovery, exchange.now, false).await?;
        let checked = match check_id_token(&token, &keys, &expected) {
            // It has changed its keys since.
            Err(TokenError::UnknownKey) => {
                let keys = self.keys(discovery, exchange.now, true).await?;
                check_id_token(&token, &keys, &expected)
            }
            checked => checked,
        };
        checked.map_err(ProviderError::Token)
    }

    async fn exchange(
        &self,
        discovery: &Discovery,
        exchange: &Exchange<'_>,
    ) -> Result<String, ProviderError> {
        let request = self.token_request(discovery, exchange);
        let (status, body) = ask::send(request, MOST_TOKEN).await.map_err(ProviderError::Away)?;
        if status != StatusCode::OK {
            return Err(ProviderError::Refused { status: status.as_u16() });
        }
        let tokens: Tokens = serde_json::from_slice(&body)
            .map_err(|_| ProviderError::Token(TokenError::Form { what: "the answer" }))?;
        Ok(tokens.id_token)
    }

    /// What asks for the token of a code.
    fn token_request(&self, discovery: &Discovery, exchange: &Exchange<'_>) -> reqwest::RequestBuilder {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", exchange.code)
            .append_pair("redirect_uri", &self.callback(exchange.origin))
            .append_pair("code_verifier", &exchange.proof.verifier);
        let mut request = self.client.post(discovery.token.clone());
        match &self.settings.client_secret {
            Some(secret) if !discovery.secret_in_body => {
                // RFC 6749, 2.3.1: both are written as in a form first.
                let written = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                request =
                    request.basic_auth(written(&self.settings.client_id), Some(written(secret.reveal())));
            }
            secret => {
                form.append_pair("client_id", &self.settings.client_id);
                if let Some(secret) = secret {
                    form.append_pair("client_secret", secret.reveal());
                }
            }
        }
        request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.finish())
    }

    /// Its keys: kept for an hour, or asked for afresh, though not again at once.
    async fn keys(
        &self,
        discovery: &Discovery,
        now: Duration,
        afresh: bool,
    ) -> Result<Arc<KeySet>, ProviderError> {
        let mut known = self.known.lock().await;
        let least = if afresh { KEYS_REST } else { KEPT };
        if let Some((since, keys)) = &known.keys
            && now.saturating_sub(*since) < least
        {
            return Ok(Arc::clone(keys));
        }
        let body = ask::get(&self.client, &discovery.keys, MOST_KEYS).await.map_err(ProviderError::Away)?;
        let keys = Arc::new(KeySet::parse(&body).map_err(ProviderError::Token)?);
        known.keys = Some((now, Arc::clone(&keys)));
        Ok(keys)
    }
}
