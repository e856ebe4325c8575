//! `daepyo serve`: the programme's site.

use crate::args::Serve;
use crate::settings::Settings;
use crate::show;
use daepyo_server::{
    Clock, ContestsError, OidcProvider, ProxyHeader, Running, Secret, Server, Settings as Site, StartError,
    Traces, Tracing, log,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;

/// The machine's clock.
struct Machine {
    since: Instant,
}

impl Clock for Machine {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }
}

pub(crate) async fn serve(arguments: Serve, settings: &Settings) -> u8 {
    let address = arguments.listen;
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(cause) => {
            show::error_with_help(&StartError::Listen { address, cause }, settings);
            return 3;
        }
    };
    let address = listener.local_addr().unwrap_or(address);
    let mut site = match site(arguments, address) {
        Ok(site) => site,
        Err(Wrong { option, value, why }) => {
            let said = [("option", option), ("value", value.as_str()), ("why", why.as_str())];
            show::line(&show::say(settings, "site-serve-wrong", &said));
            return 2;
        }
    };
    if let Some(programme) = &site.programme {
        match crate::talks::open(programme, settings) {
            Ok(talks) => site.talks = talks,
            Err(error) => {
                show::error_with_help(&*error, settings);
                return 2;
            }
        }
    }
    let traces = match traces(settings) {
        Ok(traces) => traces,
        Err((option, why)) => {
            let value = settings.variable(&option).unwrap_or_default();
            // Headers hold keys.
            let value = if option.ends_with("_HEADERS") { "…" } else { value };
            let said = [("option", option.as_str()), ("value", value), ("why", why.as_str())];
            show::line(&show::say(settings, "site-serve-wrong", &said));
            return 2;
        }
    };
    // Written whole before this function ends.
    let (lines, _gathering) = log::gathered(std::io::stderr());
    let subscriber = log::subscriber_with(lines, tracing::Level::INFO, traces.as_ref());
    // Another one is there only in tests, which read their own.
    let _ = tracing::subscriber::set_global_default(subscriber);
    let clock = Arc::new(Machine { since: Instant::now() });
    let mut running = match Server::serve(site, clock, listener).await {
        Ok(running) => running,
        Err(error) => {
            show::error_with_help(&error, settings);
            return exit_code(&error);
        }
    };
    // Heard from before it is said where the site is: whoever reads that may end it at once.
    let mut stop = super::stop::on_interrupt(settings);
    let terminated = on_terminate();
    if let Err(error) = tell(&running, settings).await {
        show::error_with_help(&error, settings);
        return 3;
    }
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        () = terminated => {}
        () = running.ended() => {
            show::line(&show::say(settings, "site-serve-ended", &[]));
            return 3;
        }
    }
    running.stop().await;
    if let Some(traces) = traces {
        traces.stop().await;
    }
    0
}

/// Traces, where the environment names a collector; else the variable that does not serve, and why.
fn traces(settings: &Settings) -> Result<Option<Tracing>, (String, String)> {
    let traces = Traces::from_variables(|name| settings.variable(name).map(str::to_owned))?;
    let endpoint = || "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned();
    traces.map(|traces| traces.start().map_err(|error| (endpoint(), error.to_string()))).transpose()
}

/// Says where the site is, and the link for its first account while it has none.
async fn tell(running: &Running, settings: &Settings) -> Result<(), daepyo_store::site::SiteError> {
    let address = running.app().settings().origin();
    show::line(&show::say(settings, "site-serve-listens", &[("address", &address)]));
    if let Some(link) = running.first_run_link().await? {
        show::line(&show::say(settings, "site-serve-first-run", &[("link", &link)]));
    }
    Ok(())
}

/// Listens from now on; what it gives returns when the system asks the program to end, or never where it cannot be heard.
fn on_terminate() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signal = signal(SignalKind::terminate());
    async {
        match signal {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    }
}

/// An option whose value does not serve.
struct Wrong {
    option: &'static str,
    value: String,
    why: String,
}

/// The site's settings; `address` is where it listens.
fn site(arguments: Serve, address: SocketAddr) -> Result<Site, Wrong> {
    let base = arguments.base_url.unwrap_or_else(|| origin(address));
    let base_url = url::Url::parse(&base).map_err(|error| Wrong {
        option: "--base-url",
        value: base,
        why: error.to_string(),
    })?;
    let mut site = Site::new(&arguments.data, address, base_url);
    if let Some(store) = arguments.store {
        site.store_url = store;
    }
    for proxy in arguments.trusted_proxy {
        let address = |text: &str| text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
        let range = proxy.parse().or_else(|error: ipnet::AddrParseError| address(&proxy).map_err(|_| error));
        let wrong = |error: ipnet::AddrParseError| Wrong {
            option: "--trusted-proxy",
            value: proxy.clone(),
            why: error.to_string(),
        };
        site.trusted_proxies.push(range.map_err(wrong)?);
    }
    if arguments.forwarded {
        site.proxy_header = ProxyHeader::Forwarded;
    }
    if let Some(file) = arguments.oidc {
        let wrong = |why: String| Wrong { option: "--oidc", value: file.display().to_string(), why };
        let text = std::fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
        site.oidc = providers(&text).map_err(wrong)?;
    }
    if let Some(file) = arguments.limits {
        let wrong = |why: String| Wrong { option: "--limits", value: file.display().to_string(), why };
        let text = std::fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
        site.limits = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    }
    site.published = arguments.published;
    site.data_licence = arguments.data_licence;
    site.programme = arguments.programme;
    site.contact = arguments.contact;
    site.open_metrics = arguments.open_metrics;
    site.limits.servers = arguments.servers;
    site.session_idle = Duration::from_mins(arguments.session_idle_minutes.into());
    site.session_lifetime = Duration::from_mins(arguments.session_minutes.into());
    Ok(site)
}

/// The identity providers of a file; else what is wrong with it.
fn providers(text: &str) -> Result<Vec<OidcProvider>, String> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let entries = value.as_array().ok_or("a list is expected: [{\"id\": …}]")?;
    let keys = ["id", "issuer", "client_id", "client_secret", "label_ko", "label_en"];
    let read = |(entry, number): (&serde_json::Value, usize)| {
        let object = entry.as_object().ok_or_else(|| format!("provider {number} is no object"))?;
        if let Some(key) = object.keys().find(|key| !keys.contains(&key.as_str())) {
            return Err(format!(
                "provider {number} has an unknown key `{key}`; there are {}",
                keys.join(", ")
            ));
        }
        let text = |key: &str| match object.get(key) {
            Some(serde_json::Value::String(text)) => Ok(text.clone()),
            Some(_) | None => Err(format!("provider {number} needs a text `{key}`")),
        };
        let secret = if object.contains_key("client_secret") { Some(text("client_secret")?) } else { None };
        Ok(OidcProvider {
            id: text("id")?,
            issuer: text("issuer")?,
            client_id: text("client_id")?,
            client_secret: secret.map(Secret::new),
            label_ko: text("label_ko")?,
            label_en: text("label_en")?,
        })
    };
    entries.iter().zip(1..).map(read).collect()
}

/// The address at which it listens, as a browser on this machine is to write it.
fn origin(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        format!("http://localhost:{}", listen.port())
    } else {
        format!("http://{listen}")
    }
}

fn exit_code(error: &StartError) -> u8 {
    match error {
        StartError::Secret { .. }
        | StartError::OtherSecret { .. }
        | StartError::Contests(ContestsError::OtherKey { .. })
        | StartError::Store(_)
        | StartError::Listen { .. } => 3,
        StartError::Setting { .. } | StartError::Programme { .. } | StartError::Contests(_) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::providers;

    #[test]
    fn a_file_of_providers_is_read_and_its_faults_have_a_place() {
        let good = r#"[{"id": "a", "issuer": "https://id.example", "client_id": "c", "client_secret": "s", "label_ko": "가", "label_en": "A"}]"#;
        let found = providers(good);
        assert!(
            found
                .as_ref()
                .is_ok_and(|found| found.len() == 1 && found.iter().all(|one| one.client_secret.is_some()))
        );
        assert!(!format!("{found:?}").contains("\"s\""), "the secret is shown");
        for (text, said) in [
            ("{}", "a list"),
            ("[1]", "provider 1"),
            (r#"[{"id": "a"}]"#, "`issuer`"),
            (r#"[{"id": "a", "secret": "x"}]"#, "unknown key `secret`"),
            ("[", "EOF"),
        ] {
            assert!(providers(text).is_err_and(|why| why.contains(said)), "{text}");
        }
    }
}
