//! Traces as a collector gets them: a scripted one on loopback that reads OTLP's binary form.

use crate::site::start_with;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use daepyo_server::{Secret, Traces, log};
use daepyo_store::site::Role;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use reqwest::StatusCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<Span>>>);

async fn collect(State(collected): State<Collected>, headers: HeaderMap, body: Bytes) -> &'static str {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    assert_eq!(headers["api-key"], "a key");
    let message = ExportTraceServiceRequest::decode(body).unwrap();
    for resource in message.resource_spans {
        let told = &resource.resource.as_ref().unwrap().attributes;
        assert!(told.iter().any(|one| one.key == "service.name"), "{told:?}");
        collected.0.lock().unwrap().extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
    }
    ""
}

/// An attribute of a span, as text.
fn attribute(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|one| one.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => Some(format!("{other:?}")),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// One thread, so that the subscriber of this test is that of its site alone.
#[tokio::test(flavor = "current_thread")]
async fn a_collector_gets_a_span_for_each_request_and_call_of_the_store() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";
    let collected = Collected::default();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().route("/v1/traces", post(collect)).with_state(collected.clone());
    let collector = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });

    let site = start_with(|settings| settings.trusted_proxies = vec!["127.0.0.2/32".parse().unwrap()]).await;
    let behind =
        start_with(|settings| settings.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()]).await;
    let traces = Traces {
        endpoint,
        headers: vec![("api-key".to_owned(), Secret::new("a key"))],
        service: "daepyo".to_owned(),
        timeout: Duration::from_secs(10),
        share: 1.0,
    };
    let tracing = traces.start().unwrap();
    let guard = tracing::subscriber::set_default(log::subscriber_with(
        std::io::sink,
        tracing::Level::INFO,
        Some(&tracing),
    ));
    let traceparent = format!("00-{TRACE}-{PARENT}-01");
    let page = site.browser().with("traceparent", &traceparent).get("/rules?secret=hush").await;
    assert_eq!(page.status, StatusCode::OK);
    let below = behind.browser().with("traceparent", &traceparent).get("/evidence/hush").await;
    assert_eq!(below.status, StatusCode::NOT_FOUND);
    let mut citizen = site.signed_in(Role::Citizen).await;
    assert_eq!(citizen.get("/me").await.status, StatusCode::OK);
    drop(guard);
    tracing.stop().await;
    collector.abort();

    let spans = collected.0.lock().unwrap().clone();
    let named = |name: &str| spans.iter().find(|span| span.name == name);
    let rules = named("GET /rules").expect("a span of the request");
    assert_eq!(attribute(rules, "http.route").as_deref(), Some("/rules"));
    assert_eq!(attribute(rules, "http.response.status_code").as_deref(), Some("200"));
    assert_eq!(attribute(rules, "daepyo.request_id").as_deref(), Some(page.header("x-request-id")));
    assert_eq!(rules.kind, 2, "a server's span");
    // Not from a proxy that is trusted: a trace of its own.
    assert_ne!(hex(&rules.trace_id), TRACE);
    let evidence = named("GET /evidence/{stage}").expect("the route and not the path");
    assert_eq!(
        (hex(&evidence.trace_id), hex(&evidence.parent_span_id)),
        (TRACE.to_owned(), PARENT.to_owned())
    );
    assert_eq!(attribute(evidence, "http.response.status_code").as_deref(), Some("404"));

    let me = named("GET /me").unwrap();
    let calls: Vec<_> = spans.iter().filter(|span| span.parent_span_id == me.span_id).collect();
    assert!(calls.len() >= 2, "{calls:?}");
    for call in &calls {
        assert_eq!((call.name.as_str(), call.kind, &call.trace_id), ("SELECT", 3, &me.trace_id));
        assert_eq!(attribute(call, "db.system.name").as_deref(), Some("sqlite"));
        assert!(attribute(call, "db.query.text").unwrap().contains("$1"), "{call:?}");
    }
    // Nothing of a person, no value of a statement, no query, no path, no cookie.
    let all = format!("{spans:?}");
    for word in ["hush", &citizen.cookies["daepyo"], "127.0.0.1", "a key"] {
        assert!(!all.contains(word), "{word} in {all}");
    }
}
