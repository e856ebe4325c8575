//! A provider that says what a test tells it to.

use crate::site::base64;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use daepyo_server::{OidcProvider, Secret};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// What is wrong with the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Down,
    Slow,
    Huge,
    Endless,
    Redirects,
    NoJson,
    OtherIssuer,
    PlainEndpoint,
    Refuses,
}

pub(crate) struct Script {
    pub(crate) fault: Fault,
    /// Which answers have the fault.
    pub(crate) at: &'static str,
    /// Changes the token's header and claims.
    pub(crate) change: fn(&mut Value, &mut Value),
    /// Makes the signature anew, where it is not the key's.
    pub(crate) sign: Option<fn(&str, &Value) -> Vec<u8>>,
    pub(crate) key: Key,
    pub(crate) subject: String,
    pub(crate) now_s: i64,
    pub(crate) names_itself: bool,
    /// What a code was given for: nonce and PKCE challenge.
    codes: BTreeMap<String, (String, String)>,
    /// Requests by path.
    pub(crate) asked: BTreeMap<&'static str, u32>,
    /// The last request for a token: its authorization and its form.
    pub(crate) exchanged: (String, String),
    issuer: String,
}

pub(crate) struct Key {
    id: String,
    pair: EcdsaKeyPair,
}

impl Key {
    pub(crate) fn new(id: &str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random);
        Self { id: id.to_owned(), pair: pair.unwrap() }
    }

    pub(crate) fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (base64(&point[1..33]), base64(&point[33..]));
        json!({"kty": "EC", "crv": "P-256", "kid": self.id, "use": "sig", "x": x, "y": y})
    }
}

pub(crate) type Shared = Arc<Mutex<Script>>;

/// A running provider.
pub(crate) struct Provider {
    pub(crate) script: Shared,
    pub(crate) issuer: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Provider {
    pub(crate) async fn start(now_s: i64) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script {
            fault: Fault::None,
            at: "",
            change: |_, _| {},
            sign: None,
            key: Key::new("first"),
            subject: "kim".to_owned(),
            now_s,
            names_itself: true,
            codes: BTreeMap::new(),
            asked: BTreeMap::new(),
            exchanged: (String::new(), String::new()),
            issuer: issuer.clone(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .with_state(Arc::clone(&script));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { script, issuer, task }
    }

    pub(crate) fn settings(&self, id: &str) -> OidcProvider {
        OidcProvider {
            id: id.to_owned(),
            issuer: self.issuer.clone(),
            client_id: "a site".to_owned(),
            client_secret: Some(Secret::new("s:e+cret")),
            label_ko: "시험 인증".to_owned(),
            label_en: "Test ID".to_owned(),
        }
    }

    /// Has the person agree at the address that the site has led to; gives where the browser is sent back to.
    pub(crate) fn agree(&self, address: &str) -> url::Url {
        let address: url::Url = address.parse().unwrap();
        let query: BTreeMap<_, _> = address.query_pairs().into_owned().collect();
        assert_eq!(address.path(), "/auth");
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["scope"], "openid");
        assert_eq!(query["client_id"], "a site");
        assert_eq!(query["code_challenge_method"], "S256");
        let mut script = self.script.lock().unwrap();
        let code = format!("code-{}", script.codes.len());
        script.codes.insert(code.clone(), (query["nonce"].clone(), query["code_challenge"].clone()));
        let mut back: url::Url = query["redirect_uri"].parse().unwrap();
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &query["state"]);
        if script.names_itself {
            back.query_pairs_mut().append_pair("iss", &script.issuer);
        }
        back
    }
}

/// The answer with a fault, where this one has one.
async fn faulty(script: &Shared, path: &'static str) -> Option<Response> {
    let (fault, at) = {
        let mut script = script.lock().unwrap();
        *script.asked.entry(path).or_default() += 1;
        (script.fault, script.at)
    };
    if at != path {
        return None;
    }
    match fault {
        Fault::Down => Some(StatusCode::BAD_GATEWAY.into_response()),
        Fault::Slow => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            None
        }
        Fault::Huge => Some(format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(1 << 20)).into_response()),
        Fault::Endless => {
            let chunks = futures_util::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Some((Ok::<_, std::io::Error>(" "), ()))
            });
            Some(Body::from_stream(chunks).into_response())
        }
        Fault::Redirects => Some((StatusCode::FOUND, [("location", "/jwks")]).into_response()),
        Fault::NoJson => Some("<html>".into_response()),
        Fault::Refuses => Some((StatusCode::BAD_REQUEST, "{\"error\":\"invalid_grant\"}").into_response()),
        Fault::None | Fault::OtherIssuer | Fault::PlainEndpoint => None,
    }
}

async fn discovery(State(script): State<Shared>) -> Response {
    if let Some(answer) = faulty(&script, "discovery").await {
        return answer;
    }
    let script = script.lock().unwrap();
    let issuer = &script.issuer;
    let mut said = json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/leave?x=1"),
        "authorization_response_iss_parameter_supported": script.names_itself,
    });
    match script.fault {
        Fault::OtherIssuer => said["issuer"] = json!("https://id.example"),
        Fault::PlainEndpoint => said["token_endpoint"] = json!("http://id.example/token"),
        _ => {}
    }
    said.to_string().into_response()
}

async fn jwks(State(script): State<Shared>) -> Response {
    if let Some(answer) = faulty(&script, "jwks").await {
        return answer;
    }
    json!({"keys": [script.lock().unwrap().key.jwk()]}).to_string().into_response()
}

async fn token(State(script): State<Shared>, headers: HeaderMap, form: String) -> Response {
    if let Some(answer) = faulty(&script, "token").await {
        return answer;
    }
    let mut script = script.lock().unwrap();
    let authorization = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    script.exchanged = (authorization.unwrap_or_default(), form.clone());
    let fields: BTreeMap<_, _> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    // A code serves once, and only whoever knows what its challenge was made from.
    let Some((nonce, challenge)) = script.codes.remove(&fields["code"]) else {
        return (StatusCode::BAD_REQUEST, "{\"error\":\"invalid_grant\"}").into_response();
    };
    let digest = ring::digest::digest(&ring::digest::SHA256, fields["code_verifier"].as_bytes());
    assert_eq!(base64(digest.as_ref()), challenge);
    let mut header = json!({"alg": "ES256", "kid": script.key.id});
    let mut claims = json!({
        "iss": script.issuer, "sub": script.subject, "aud": "a site", "exp": script.now_s + 300,
        "iat": script.now_s, "nonce": nonce, "email": "kim@example.kr", "name": "김민준",
    });
    (script.change)(&mut header, &mut claims);
    let signed =
        format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()));
    let signature = match script.sign {
        Some(sign) => sign(&signed, &script.key.jwk()),
        None => script.key.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec(),
    };
    let id_token = format!("{signed}.{}", base64(&signature));
    json!({"access_token": "x", "token_type": "Bearer", "id_token": id_token}).to_string().into_response()
}
