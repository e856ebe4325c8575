//! Traces: a span for each request and each call of the store, sent to a collector as OTLP over HTTP.
//!
//! A span holds the route of the table and never the path that was asked for, the status, the request's id; of a call of
//! the store the statement without its values. Nothing of a person and no secret is in one. Where no collector is
//! set no span is made.

use crate::settings::Secret;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter,
};
use prost::Message as _;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

/// What spans are for traces and not for the log.
const TARGET: &str = "daepyo_trace";
/// Spans that wait to be sent, at most; beyond that they are dropped.
const MOST_WAITING: usize = 4096;
/// Spans in one message, at most.
const MOST_AT_ONCE: usize = 512;
/// Spans are sent so often.
const PAUSE: Duration = Duration::from_secs(5);

/// Where traces go.
#[derive(Clone, Debug)]
pub struct Traces {
    /// The collector's whole address for traces, for example `http://localhost:4318/v1/traces`.
    pub endpoint: Url,
    /// Headers that go with every message, such as the collector's key.
    pub headers: Vec<(String, Secret)>,
    /// What this site is called in traces.
    pub service: String,
    /// Time for one message.
    pub timeout: Duration,
    /// The share of traces that are kept, 0 to 1, where a request does not come with a trace of its own.
    pub share: f64,
}

impl Traces {
    /// What OpenTelemetry's standard variables say (`OTEL_EXPORTER_OTLP_ENDPOINT` and its kin); none where they name no
    /// collector or turn traces off. Fails with the variable that does not serve, and why.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, (String, String)> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let of_traces = |end: &str| {
            let names = [format!("OTEL_EXPORTER_OTLP_TRACES_{end}"), format!("OTEL_EXPORTER_OTLP_{end}")];
            names.into_iter().find_map(|name| get(&name).map(|value| (name, value)))
        };
        let is_off = get("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
            || get("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
        let Some((name, value)) = of_traces("ENDPOINT").filter(|_| !is_off) else { return Ok(None) };
        let endpoint = endpoint(&name, &value).map_err(|why| (name.clone(), why))?;
        if let Some((name, protocol)) = of_traces("PROTOCOL")
            && protocol != "http/protobuf"
        {
            return Err((name, format!("`{protocol}` is not spoken here, only `http/protobuf`")));
        }
        let headers = match of_traces("HEADERS") {
            Some((name, value)) => headers(&value).map_err(|why| (name, why))?,
            None => Vec::new(),
        };
        let timeout_ms = match of_traces("TIMEOUT") {
            Some((name, value)) => {
                value.parse::<u32>().map_err(|_| (name, "milliseconds are expected".to_owned()))?
            }
            None => 10_000,
        };
        Ok(Some(Self {
            endpoint,
            headers,
            service: get("OTEL_SERVICE_NAME").unwrap_or_else(|| "daepyo".to_owned()),
            timeout: Duration::from_millis(timeout_ms.into()),
            share: share(get("OTEL_TRACES_SAMPLER").as_deref(), get("OTEL_TRACES_SAMPLER_ARG").as_deref())?,
        }))
    }

    /// Begins to send. Needs a runtime.
    pub fn start(self) -> Result<Tracing, TracesError> {
        let resource = Resource::builder_empty().with_service_name(self.service.clone()).build();
        let exporter = Otlp::new(&self, &resource)?;
        // What would be left out would be read from the environment.
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(MOST_WAITING)
            .with_max_export_batch_size(MOST_AT_ONCE)
            .with_scheduled_delay(PAUSE)
            .build();
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(self.share)));
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(config).build())
            .with_sampler(sampler)
            .with_resource(resource)
            .build();
        Ok(Tracing { provider })
    }
}

fn endpoint(name: &str, value: &str) -> Result<Url, String> {
    // An address for all signals gets the path of traces behind its own (OTLP's specification).
    let whole = if name.contains("_TRACES_") {
        value.to_owned()
    } else {
        format!("{}/v1/traces", value.trim_end_matches('/'))
    };
    let url = Url::parse(&whole).map_err(|error| error.to_string())?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err("http or https is expected".to_owned())
    }
}

/// `name=value,name=value`, values encoded as in a URL.
fn headers(text: &str) -> Result<Vec<(String, Secret)>, String> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            // What is wrong may be a secret: it is not repeated.
            let (name, value) = pair.split_once('=').ok_or("NAME=VALUE,… is expected")?;
            let name = name.trim().to_ascii_lowercase();
            // A plus sign is one here, unlike in forms.
            let form = format!("v={}", value.trim().replace('+', "%2B").replace('&', "%26"));
            let mut decoded = url::form_urlencoded::parse(form.as_bytes());
            let value = decoded.next().map(|(_, value)| value.into_owned()).unwrap_or_default();
            if HeaderName::try_from(&name).is_err() || HeaderValue::try_from(&value).is_err() {
                return Err("a header's name or value cannot be sent".to_owned());
            }
            Ok((name, Secret::new(value)))
        })
        .collect()
}

fn share(sampler: Option<&str>, argument: Option<&str>) -> Result<f64, (String, String)> {
    match sampler {
        None | Some("always_on" | "parentbased_always_on") => Ok(1.0),
        Some("always_off" | "parentbased_always_off") => Ok(0.0),
        Some("traceidratio" | "parentbased_traceidratio") => {
            let share = argument.map_or(Ok(1.0), str::parse::<f64>);
            let share = share.ok().filter(|share| (0.0..=1.0).contains(share));
            share.ok_or_else(|| {
                ("OTEL_TRACES_SAMPLER_ARG".to_owned(), "a share from 0 to 1 is expected".to_owned())
            })
        }
        Some(other) => Err(("OTEL_TRACES_SAMPLER".to_owned(), format!("`{other}` is not known here"))),
    }
}

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// The client cannot be made.
    #[error("the client of the collector cannot be made")]
    Client(#[source] reqwest::Error),
    /// There is no runtime to send with.
    #[error("there is no runtime to send traces with")]
    Runtime(#[source] tokio::runtime::TryCurrentError),
    /// A header cannot be sent.
    #[error("a header for the collector cannot be sent")]
    Header,
}

/// Traces that are being sent.
pub struct Tracing {
    provider: SdkTracerProvider,
}

impl fmt::Debug for Tracing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tracing(…)")
    }
}

impl Tracing {
    /// The layer that takes spans for traces, and nothing that is for the log.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("daepyo"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
            .with_level(false)
            .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == TARGET))
    }

    /// Sends what waits and ends.
    pub async fn stop(self) {
        // It waits for the collector on this thread, with what runs on the runtime's.
        let stopped = tokio::task::spawn_blocking(move || self.provider.shutdown()).await;
        if let Ok(Err(error)) = stopped {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Sends spans in OTLP's binary form.
struct Otlp {
    client: reqwest::Client,
    runtime: Handle,
    endpoint: Url,
    headers: HeaderMap,
    resource: ResourceAttributesWithSchema,
    /// Whether the last message failed: told once.
    is_failing: Arc<AtomicBool>,
}

impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Otlp(…)")
    }
}

impl Otlp {
    fn new(traces: &Traces, resource: &Resource) -> Result<Self, TracesError> {
        // There is one already where somebody else asked for it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::Client::builder()
            .timeout(traces.timeout)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        if traces.endpoint.scheme() == "http" {
            // The system's certificates are not needed, and a bare machine may have none.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(TracesError::Client)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &traces.headers {
            let name = HeaderName::try_from(name.as_str()).map_err(|_| TracesError::Header)?;
            let mut value = HeaderValue::try_from(value.reveal()).map_err(|_| TracesError::Header)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        Ok(Self {
            client,
            runtime: Handle::try_current().map_err(TracesError::Runtime)?,
            endpoint: traces.endpoint.clone(),
            headers,
            resource: ResourceAttributesWithSchema::from(resource),
            is_failing: Arc::default(),
        })
    }
}

impl SpanExporter for Otlp {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let message = self.client.post(self.endpoint.clone()).headers(self.headers.clone()).body(body);
        let is_failing = Arc::clone(&self.is_failing);
        // Spans are gathered on a thread of their own, where nothing drives a connection.
        let sent = self.runtime.spawn(async move {
            let answer = message.send().await.and_then(reqwest::Response::error_for_status);
            let failed = answer.err().map(|error| error.without_url().to_string());
            match &failed {
                Some(error) if !is_failing.swap(true, Ordering::Relaxed) => {
                    tracing::warn!(error, "traces cannot be sent");
                }
                Some(_) => {}
                None => is_failing.store(false, Ordering::Relaxed),
            }
            failed
        });
        match sent.await {
            Ok(None) => Ok(()),
            Ok(Some(error)) => Err(OTelSdkError::InternalFailure(error)),
            Err(error) => Err(OTelSdkError::InternalFailure(error.to_string())),
        }
    }
}

/// The headers of a request, for what they say of a trace.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

/// The span of a request. `parent` is what it came with where its sender may say which trace it belongs to.
pub(crate) fn of_request(method: &'static str, route: &str, parent: Option<&HeaderMap>) -> Span {
    let span = tracing::debug_span!(
        target: "daepyo_trace",
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = tracing::field::Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
        daepyo.request_id = tracing::field::Empty,
    );
    if let Some(headers) = parent.filter(|headers| headers.contains_key("traceparent")) {
        let context = TraceContextPropagator::new().extract(&Headers(headers));
        // Without a collector there is nothing that could have a parent.
        let _ = span.set_parent(context);
    }
    span
}

/// Notes in the span of a request how it was answered.
pub(crate) fn answered(span: &Span, request_id: &str, status: u16) {
    span.record("daepyo.request_id", request_id);
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

#[cfg(test)]
mod tests {
    //! The standard variables are read as their specification says.
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<Traces>, (String, String)> {
        let find = |name: &str| pairs.iter().find(|(known, _)| *known == name);
        Traces::from_variables(|name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn an_address_for_all_signals_gets_the_path_of_traces() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]).unwrap().is_none());
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/");
        let found = read(&[all]).unwrap().unwrap();
        assert_eq!(found.endpoint.as_str(), "http://127.0.0.1:4318/v1/traces");
        assert_eq!((found.service.as_str(), found.timeout), ("daepyo", Duration::from_secs(10)));
        let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://o.example/in");
        assert_eq!(read(&[all, own]).unwrap().unwrap().endpoint.as_str(), "https://o.example/in");
        for off in [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")] {
            assert!(read(&[all, off]).unwrap().is_none(), "{off:?}");
        }
    }

    #[test]
    fn headers_are_decoded_and_never_shown() {
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        let found = read(&[all, ("OTEL_EXPORTER_OTLP_HEADERS", "Api-Key=a%20b+c%3D, x=1")]).unwrap().unwrap();
        let shown = format!("{found:?}");
        let read_back: Vec<_> =
            found.headers.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
        assert_eq!(read_back, [("api-key", "a b+c="), ("x", "1")]);
        assert!(!shown.contains("a b"), "{shown}");
    }

    #[test]
    fn what_does_not_serve_is_named_and_no_secret_is_repeated() {
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "hush"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a b=hush"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://o.example"),
            ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ] {
            let (named, why) = read(&[all, (name, value)]).unwrap_err();
            assert_eq!(named, name);
            assert!(!why.contains("hush"), "{why}");
        }
        let ratio = ("OTEL_TRACES_SAMPLER", "traceidratio");
        assert!(read(&[all, ratio, ("OTEL_TRACES_SAMPLER_ARG", "2")]).is_err());
        let quarter = read(&[all, ratio, ("OTEL_TRACES_SAMPLER_ARG", "0.25")]).unwrap().unwrap();
        assert!((quarter.share - 0.25).abs() < f64::EPSILON);
    }
}
