//! Requests to a hub: redirections, the token, pauses and repeated attempts, bounded answers.

use crate::{
    Event, HubError, HubSettings, Patience, Progress, Repository, Token,
    redirect::{self, may_know_token},
};
use reqwest::{
    StatusCode, Url,
    header::{self, HeaderMap, HeaderValue},
};
use std::{sync::Arc, time::Duration};

/// Longest JSON or text answer, in bytes.
pub(crate) const LONGEST_ANSWER_BYTES: usize = 64 << 20;

/// Why an attempt failed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It may go better after a pause, or after the one that the server asks for.
    Again { problem: String, pause: Option<Duration> },
    /// It will not.
    Final(HubError),
}

impl Trouble {
    pub(crate) fn again(problem: impl Into<String>) -> Self {
        Self::Again { problem: problem.into(), pause: None }
    }
}

impl From<HubError> for Trouble {
    fn from(error: HubError) -> Self {
        Self::Final(error)
    }
}

/// An answer whose head is good; its body is still to be read.
pub(crate) struct Answer {
    /// The head of the hub's own answer, before any redirection to a store.
    pub(crate) hub_head: HeaderMap,
    pub(crate) response: reqwest::Response,
}

/// Talks with one hub.
pub(crate) struct Client {
    http: reqwest::Client,
    endpoint: Url,
    authorization: Option<HeaderValue>,
    pub(crate) patience: Patience,
    pub(crate) progress: Arc<dyn Progress>,
}

impl Client {
    pub(crate) fn new(settings: &HubSettings, progress: Arc<dyn Progress>) -> Result<Self, HubError> {
        let setting = |text: &str| HubError::Setting(text.to_owned());
        let endpoint = Url::parse(&settings.endpoint)
            .map_err(|_| setting("HF_ENDPOINT must be an address such as https://huggingface.co"))?;
        if !matches!(endpoint.scheme(), "http" | "https")
            || endpoint.query().is_some()
            || endpoint.fragment().is_some()
        {
            return Err(setting("HF_ENDPOINT must begin with http:// or https:// and have no `?` or `#`"));
        }
        if !endpoint.username().is_empty() || endpoint.password().is_some() {
            return Err(setting("HF_ENDPOINT must hold no user name or password; set HF_TOKEN instead"));
        }
        let authorization = settings.token.as_ref().map(authorization).transpose()?;
        // Fails only where a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("daepyo/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(20).min(settings.patience.silence))
            .read_timeout(settings.patience.silence);
        if endpoint.scheme() == "http" {
            // Without TLS the system's certificates are not needed, and a bare machine may have none.
            builder = builder.tls_certs_only([]).no_proxy();
        }
        let http = builder.build().map_err(|error| HubError::Setting(reason(error)))?;
        Ok(Self { http, endpoint, authorization, patience: settings.patience, progress })
    }

    /// The hub's address with `parts` behind it; each is escaped, `/` too.
    pub(crate) fn address<'a>(&self, parts: impl Iterator<Item = &'a str>) -> Url {
        let mut url = self.endpoint.clone();
        // The constructor made sure that the address can have a path.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    pub(crate) fn has_token(&self) -> bool {
        self.authorization.is_some()
    }

    fn shown(&self) -> String {
        self.endpoint.as_str().trim_end_matches('/').to_owned()
    }

    pub(crate) fn broken(&self, problem: impl Into<String>) -> HubError {
        HubError::Answer { endpoint: self.shown(), problem: problem.into() }
    }

    pub(crate) fn unreachable(&self, problem: impl Into<String>) -> HubError {
        HubError::Unreachable { endpoint: self.shown(), problem: problem.into() }
    }

    /// One attempt: follows redirections, gives the answer's head. `what` names the thing asked for, for people;
    /// `repository` is the one that may ask for consent.
    pub(crate) async fn ask(
        &self,
        url: Url,
        from_byte: u64,
        repository: Option<&Repository>,
        what: &str,
    ) -> Result<Answer, Trouble> {
        let mut url = url;
        let mut hub_head = None;
        for _ in 0..=redirect::MOST {
            let mut request = self.http.get(url.clone()).header(header::ACCEPT_ENCODING, "identity");
            if let Some(value) = self.authorization.as_ref().filter(|_| may_know_token(&self.endpoint, &url))
            {
                request = request.header(header::AUTHORIZATION, value.clone());
            }
            if from_byte > 0 {
                request = request.header(header::RANGE, format!("bytes={from_byte}-"));
            }
            let response = request.send().await.map_err(|error| Trouble::again(reason(error)))?;
            let status = response.status();
            if may_know_token(&self.endpoint, &url) {
                hub_head = Some(response.headers().clone());
            }
            if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
                let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
                let location = location.ok_or_else(|| self.broken("it redirects without saying where to"))?;
                url = redirect::target(&url, location).map_err(|problem| self.broken(problem))?;
                continue;
            }
            if status.is_success() {
                return Ok(Answer { hub_head: hub_head.unwrap_or_default(), response });
            }
            return Err(self.refusal(status, response.headers(), from_byte, repository, what));
        }
        Err(self.broken("it redirects in a circle").into())
    }

    fn refusal(
        &self,
        status: StatusCode,
        head: &HeaderMap,
        from_byte: u64,
        repository: Option<&Repository>,
        what: &str,
    ) -> Trouble {
        let code = head.get("x-error-code").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let not_found =
            || HubError::NotFound { what: what.to_owned(), endpoint: self.shown(), token: self.has_token() };
        let gated = || {
            repository.map_or_else(not_found, |repository| HubError::Gated {
                repository: repository.to_string(),
                page: self.address(repository.page()).to_string(),
                endpoint: self.shown(),
                token: self.has_token(),
            })
        };
        match status.as_u16() {
            401 | 403 if code == "GatedRepo" => Trouble::Final(gated()),
            401 | 404 | 410 => Trouble::Final(not_found()),
            403 => Trouble::Final(gated()),
            // The part that is there may be longer than the whole: begin again.
            416 if from_byte > 0 => Trouble::again("it has no such part of the file"),
            408 | 425 | 429 | 500..=599 => {
                Trouble::Again { problem: format!("status {status}"), pause: pause(head) }
            }
            _ => Trouble::Final(self.broken(format!("status {status} for {what}"))),
        }
    }

    /// Asks until it goes well, at most as often as patience allows.
    pub(crate) async fn text(
        &self,
        url: &Url,
        repository: Option<&Repository>,
        what: &str,
    ) -> Result<(HeaderMap, Vec<u8>), HubError> {
        let mut tries = Tries::new(self);
        loop {
            let attempt = async {
                let answer = self.ask(url.clone(), 0, repository, what).await?;
                let head = answer.response.headers().clone();
                Ok((head, self.body(answer.response).await?))
            };
            // The whole answer has a limit too: a byte now and then must not hold us for ever.
            let whole = self.patience.silence.saturating_mul(4);
            let result = tokio::time::timeout(whole, attempt)
                .await
                .unwrap_or_else(|_| Err(Trouble::again("the answer takes too long")));
            match result {
                Ok(found) => return Ok(found),
                Err(trouble) => tries.pause(trouble).await?,
            }
        }
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<Vec<u8>, Trouble> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| Trouble::again(reason(error)))? {
            if body.len() + chunk.len() > LONGEST_ANSWER_BYTES {
                return Err(self.broken("an answer is longer than 64 MiB").into());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn authorization(token: &Token) -> Result<HeaderValue, HubError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.reveal()))
        .map_err(|_| HubError::Setting("HF_TOKEN has a character that no HTTP header may hold".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Counts attempts and pauses between them.
pub(crate) struct Tries<'a> {
    client: &'a Client,
    failed: u32,
}

impl<'a> Tries<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client, failed: 0 }
    }

    /// Pauses after a failed attempt, or fails where no further one is due.
    pub(crate) async fn pause(&mut self, trouble: Trouble) -> Result<(), HubError> {
        let (problem, asked) = match trouble {
            Trouble::Final(error) => return Err(error),
            Trouble::Again { problem, pause } => (problem, pause),
        };
        let patience = self.client.patience;
        self.failed += 1;
        if self.failed >= patience.attempts {
            return Err(self.client.unreachable(format!("{problem}, {} times", self.failed)));
        }
        let own = patience.first_pause.saturating_mul(1 << (self.failed - 1).min(10));
        let pause = asked.unwrap_or(own);
        if pause > patience.longest_pause {
            return Err(self
                .client
                .unreachable(format!("{problem}; it asks to wait {} seconds", pause.as_secs())));
        }
        self.client.progress.tell(&Event::Waiting { pause, reason: problem });
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Bytes arrived, so that the connection is worth further attempts.
    pub(crate) fn advanced(&mut self) {
        self.failed = 0;
    }
}

/// `Retry-After` in seconds, or the hub's own `RateLimit: …;t=SECONDS`.
fn pause(head: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| head.get(name)?.to_str().ok().map(str::trim);
    let seconds = text("retry-after").and_then(|text| text.parse::<u64>().ok()).or_else(|| {
        let limit = text("ratelimit")?;
        limit.split([';', ',']).find_map(|part| part.trim().strip_prefix("t=")?.parse::<u64>().ok())
    })?;
    Some(Duration::from_secs(seconds))
}

/// What went wrong, without the address: those of stores hold signatures.
pub(crate) fn reason(error: reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    let error = error.without_url();
    let mut deepest: &dyn std::error::Error = &error;
    while let Some(next) = deepest.source() {
        deepest = next;
    }
    format!("{kind} ({deepest})")
}
