//! `daepyo serve`: the programme's site.

use crate::args::Serve;
use crate::settings::Settings;
use crate::show;
use daepyo_server::{Clock, ProxyHeader, Running, Server, Settings as Site, StartError, log};
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
    let site = match site(arguments, address) {
        Ok(site) => site,
        Err(Wrong { option, value, why }) => {
            let said = [("option", option), ("value", value.as_str()), ("why", why.as_str())];
            show::line(&show::say(settings, "site-serve-wrong", &said));
            return 2;
        }
    };
    let subscriber = log::subscriber(std::io::stderr, tracing::Level::INFO);
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
    if let Err(error) = tell(&running, settings).await {
        show::error_with_help(&error, settings);
        return 3;
    }
    let mut stop = super::stop::on_interrupt(settings);
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        () = terminated() => {}
        () = running.ended() => return 3,
    }
    running.stop().await;
    0
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

/// Returns when the system asks the program to end; where it cannot be heard, never.
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
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
    site.published = arguments.published;
    site.programme = arguments.programme;
    site.open_metrics = arguments.open_metrics;
    Ok(site)
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
        StartError::Setting { .. } | StartError::Programme { .. } | StartError::Contests(_) => 2,
        StartError::Secret { .. } | StartError::Store(_) | StartError::Listen { .. } => 3,
    }
}
