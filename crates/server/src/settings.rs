//! What the site is started with.

use crate::talks::Talks;
use ipnet::IpNet;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// Settings of the site. [`Settings::new`] gives every value but four its default.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of the site's own files: its key and, unless told otherwise, its store.
    pub data: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// How people reach it, for example `https://vote.example.kr/`: scheme, host and port, no path.
    pub base_url: Url,
    /// The store, `sqlite:FILE` or `postgres://…`.
    pub store_url: String,
    /// Proxies whose word about the client's address is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which these proxies tell it. Only that one is read: a client may send the other itself.
    pub proxy_header: ProxyHeader,
    /// How long a session lasts at most, from sign-in.
    pub session_lifetime: Duration,
    /// How long a session lasts that is not used.
    pub session_idle: Duration,
    /// A body's size in bytes at most, where a route does not say otherwise.
    pub body_limit_bytes: usize,
    /// Time for a request from its headers to the answer's headers; streams go on beyond it.
    pub request_timeout: Duration,
    /// Time for reading a request's headers.
    pub header_timeout: Duration,
    /// Time in which a client must read something of what is sent to it, streams among it.
    pub write_timeout: Duration,
    /// Open connections at most; further ones wait.
    pub connections: usize,
    /// How long a stop waits for requests under way.
    pub stop_patience: Duration,
    /// Rate limits.
    pub limits: RateLimits,
    /// Folders of finished stages that the site shows.
    pub published: Vec<PathBuf>,
    /// Under which licence the published data may be used, in the office's words, where it says so.
    pub data_licence: Option<String>,
    /// Where people reach the office, in its words: a mail address or a URL. Shown in the footer and on the statements.
    pub contact: Option<String>,
    /// The programme file, where there is one.
    pub programme: Option<PathBuf>,
    /// The folder of signing keys.
    pub keys: PathBuf,
    /// Whether `/metrics` answers everybody, or only loopback and trusted proxies that ask for themselves.
    pub open_metrics: bool,
    /// Identity providers, in the order of the sign-in page.
    pub oidc: Vec<OidcProvider>,
    /// The contestants of live contests, as conversations reach them.
    pub talks: Talks,
    /// Time for one answer of an identity provider.
    pub oidc_patience: Duration,
    /// Memory of one password hash in KiB (Argon2id, two passes).
    pub password_memory_kib: u32,
    /// Passwords hashed at once at most.
    pub password_workers: usize,
}

impl Settings {
    /// The defaults for a data folder, an address to listen at and the address at which people reach the site.
    pub fn new(data: &Path, listen: SocketAddr, base_url: Url) -> Self {
        Self {
            data: data.to_owned(),
            listen,
            base_url,
            store_url: format!("sqlite:{}", data.join("site.db").display()),
            trusted_proxies: Vec::new(),
            proxy_header: ProxyHeader::XForwardedFor,
            session_lifetime: Duration::from_hours(12),
            session_idle: Duration::from_hours(2),
            body_limit_bytes: 64 << 10,
            request_timeout: Duration::from_secs(30),
            header_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(30),
            connections: 4096,
            stop_patience: Duration::from_secs(30),
            limits: RateLimits::default(),
            published: Vec::new(),
            data_licence: None,
            contact: None,
            programme: None,
            keys: data.join("keys"),
            open_metrics: false,
            oidc: Vec::new(),
            talks: Talks::default(),
            oidc_patience: Duration::from_secs(8),
            password_memory_kib: 19 << 10,
            password_workers: 2,
        }
    }

    /// Whether people reach the site through TLS; cookies are then bound to it.
    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }

    /// The origin of its pages, as browsers write it.
    pub fn origin(&self) -> String {
        self.base_url.origin().ascii_serialization()
    }

    /// What is wrong with the settings, where something is: the base URL must be http or https without a path, and
    /// plain http only on loopback.
    pub fn problem(&self) -> Option<&'static str> {
        let url = &self.base_url;
        let host = url.host_str().unwrap_or_default();
        if !matches!(url.scheme(), "http" | "https") || host.is_empty() {
            return Some("the base URL must begin with https:// or http:// and name a host");
        }
        if url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
        {
            return Some("the base URL must have no path, query, fragment or user");
        }
        if url.scheme() == "http" && !is_loopback(url) {
            return Some("the base URL must be https:// except on loopback");
        }
        if self.limits.bars_all() {
            return Some("a limit must let at least one request through, at once and a minute");
        }
        let ids: BTreeSet<_> = self.oidc.iter().map(|provider| &provider.id).collect();
        if ids.len() != self.oidc.len() {
            return Some("two identity providers have the same id");
        }
        self.oidc.iter().find_map(OidcProvider::problem)
    }
}

/// Whether an address is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// An identity provider (OpenID Connect). Whoever comes from it for the first time is a citizen; the office may give
/// them another role.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    /// Its id in addresses: lower-case letters, digits and `-`, at most 32. The provider is told the address
    /// `BASE/sign-in/oidc/ID/callback`, and `BASE/signed-out` for its sign-out.
    pub id: String,
    /// The issuer, exactly as the provider writes itself.
    pub issuer: String,
    /// This site, as the provider knows it.
    pub client_id: String,
    /// The secret that the provider gave this site, where it gave one.
    pub client_secret: Option<Secret>,
    /// Its name in Korean.
    pub label_ko: String,
    /// Its name in English.
    pub label_en: String,
}

impl OidcProvider {
    fn problem(&self) -> Option<&'static str> {
        let is_id = (1..=32).contains(&self.id.len())
            && self.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let issuer = Url::parse(&self.issuer).ok().filter(|issuer| {
            let is_safe = issuer.scheme() == "https" || (issuer.scheme() == "http" && is_loopback(issuer));
            is_safe && issuer.query().is_none() && issuer.fragment().is_none() && issuer.username().is_empty()
        });
        if !is_id {
            return Some("an identity provider's id must have 1 to 32 lower-case letters, digits or `-`");
        }
        if issuer.is_none() {
            return Some(
                "an issuer must be https:// (http:// on loopback) and have no query, fragment or user",
            );
        }
        self.client_id.is_empty().then_some("an identity provider needs a client id")
    }
}

/// A secret that no log shows.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Hides it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How a proxy tells for whom it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// So many at once, and so many a minute from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// At once.
    pub burst: u32,
    /// A minute.
    pub per_minute: u32,
}

/// Rate limits by class: for one account, and for one address (many people may share one). What a file of them leaves out
/// has its default.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Reading, for one account.
    pub read: Limit,
    /// Changing something, for one account.
    pub write: Limit,
    /// What costs much (a model's answer), for one account.
    pub costly: Limit,
    /// Attempts to sign in under one name.
    pub sign_in: Limit,
    /// An address has so many times the account's limit; for signing in as well.
    pub address_factor: u32,
    /// Buckets kept at most.
    pub most_buckets: usize,
    /// Open connections of one address at most, except of trusted proxies; further ones are closed at once.
    pub connections: u32,
    /// Servers of this site, among which a balancer spreads requests. Each allows its share of what is counted in its
    /// memory; attempts to sign in are counted in the store, for all of them together.
    pub servers: u32,
}

impl RateLimits {
    /// Whether some class would let nothing through.
    fn bars_all(&self) -> bool {
        let classes = [self.read, self.write, self.costly, self.sign_in];
        self.address_factor == 0
            || self.most_buckets == 0
            || self.connections == 0
            || classes.iter().any(|limit| limit.burst == 0 || limit.per_minute == 0)
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            read: Limit { burst: 120, per_minute: 240 },
            write: Limit { burst: 30, per_minute: 60 },
            costly: Limit { burst: 10, per_minute: 20 },
            sign_in: Limit { burst: 10, per_minute: 6 },
            address_factor: 10,
            most_buckets: 200_000,
            connections: 1024,
            servers: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    //! Limits as a file has them.
    use super::*;

    #[test]
    fn a_file_of_limits_changes_what_it_names() {
        let read = |text: &str| serde_json::from_str::<RateLimits>(text).map_err(|error| error.to_string());
        let limits = read(r#"{"read": {"burst": 7, "per_minute": 8}, "address_factor": 3}"#);
        assert!(limits.is_ok_and(|limits| {
            limits.read == Limit { burst: 7, per_minute: 8 }
                && limits.address_factor == 3
                && limits.write == RateLimits::default().write
        }));
        for (text, said) in [
            (r#"{"raed": {"burst": 1, "per_minute": 1}}"#, "unknown field `raed`"),
            (r#"{"read": {"burst": 1}}"#, "missing field `per_minute`"),
            (r#"{"read": {"burst": -1, "per_minute": 1}}"#, "invalid value"),
        ] {
            assert!(read(text).is_err_and(|why| why.contains(said)), "{text}");
        }
        let none = Limit { burst: 0, per_minute: 1 };
        assert!(RateLimits { costly: none, ..RateLimits::default() }.bars_all());
        assert!(!RateLimits::default().bars_all());
    }
}
