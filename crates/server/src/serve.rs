//! The server: started, reached at an address, stopped.

use crate::app::{App, Inner};
use crate::clock::Clock;
use crate::contest::{Contests, ContestsError, look_for_closes};
use crate::door::{Peer, RequestIds, door};
use crate::keys::Keys;
use crate::limits::Limits;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::places::Places;
use crate::programme::{Loaded, ProgrammeError};
use crate::public::{Drawn, Watch};
use crate::refusal::Refusal;
use crate::route::{Table, routes};
use crate::settings::Settings;
use crate::sign_in::{Passwords, Providers};
use axum::Router;
use axum::body::Body;
use daepyo_store::site::{Site, SiteError};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio_io_timeout::TimeoutWriter;
use tower::ServiceExt as _;

/// What has expired is removed so often.
const SWEEP: Duration = Duration::from_mins(10);
/// So often it is looked whether an hour has begun in which voters were not examined, and whether a contest is to be closed.
const LOOK: Duration = Duration::from_mins(1);

/// Why the site does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting that does not serve.
    #[error("server::setting: {problem}")]
    Setting {
        /// What is wrong.
        problem: String,
    },
    /// The data folder or the secret in it cannot be used.
    #[error("server::secret: the secret in {} cannot be used", .folder.display())]
    Secret {
        /// The data folder.
        folder: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The store was first started with another secret.
    #[error("server::secret: the store belongs to a site with another key than {}", .path.display())]
    OtherSecret {
        /// The file of the secret here.
        path: PathBuf,
    },
    /// The store cannot be opened.
    #[error("server::store: the site's store cannot be opened")]
    Store(#[source] SiteError),
    /// The programme file cannot be shown.
    #[error("server::programme: the programme file {} cannot be shown", .path.display())]
    Programme {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: ProgrammeError,
    },
    /// The programme's contests cannot be held.
    #[error("server::contests: the programme's contests cannot be held")]
    Contests(#[source] ContestsError),
    /// The address is taken or not this machine's.
    #[error("server::listen: cannot listen at {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

impl StartError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Setting { .. } => "server::setting",
            Self::Secret { .. }
            | Self::OtherSecret { .. }
            | Self::Contests(ContestsError::OtherKey { .. }) => "server::secret",
            Self::Store(_) => "server::store",
            Self::Programme { .. } => "server::programme",
            Self::Contests(ContestsError::NoBackend { .. }) => "server::no_backend",
            Self::Contests(_) => "server::contests",
            Self::Listen { .. } => "server::listen",
        }
    }
}

/// The site's server.
#[derive(Debug)]
pub struct Server;

/// A running server. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Running {
    /// Where it listens; with the port that was given where the settings left it open.
    pub addr: SocketAddr,
    app: App,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    /// Opens the store, makes the secret on the first run, and listens. Needs a runtime of tokio.
    pub async fn start(settings: Settings, clock: Arc<dyn Clock>) -> Result<Running, StartError> {
        let address = settings.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|cause| StartError::Listen { address, cause })?;
        Self::serve(settings, clock, listener).await
    }

    /// Like [`Server::start`], on a listener that is there already; the settings' address is not read.
    pub async fn serve(
        settings: Settings,
        clock: Arc<dyn Clock>,
        listener: TcpListener,
    ) -> Result<Running, StartError> {
        let address = settings.listen;
        let addr = listener.local_addr().map_err(|cause| StartError::Listen { address, cause })?;
        let (stop, stopping) = watch::channel(false);
        let app = open(settings, clock, stopping.clone()).await?;
        let router = router(&app);
        let task = tokio::spawn(accept(listener, router, app.clone(), stopping));
        Ok(Running { addr, app, stop, task })
    }
}

impl Running {
    /// What the handlers reach.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The link that makes the office's account, until there is an office.
    pub async fn first_run_link(&self) -> Result<Option<String>, SiteError> {
        let is_new = self.app.site().is_new().await?;
        let link = |base: &str| format!("{base}/first-run?token={}", self.app.keys().first_run());
        Ok(is_new.then(|| link(&self.app.settings().origin())))
    }

    /// What the server does every minute: closes contests whose last day is over, and goes on with closes that broke off.
    pub async fn look_for_closes(&self) {
        look_for_closes(&self.app).await;
    }

    /// Takes no further connection, lets requests under way end (as long as the settings' patience lasts), and ends.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        // The task ends by itself; a panic in it has been told already.
        let _ = (&mut self.task).await;
    }

    /// Waits until the server ends by itself, which it does only where it fails.
    pub async fn ended(&mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn open(
    settings: Settings,
    clock: Arc<dyn Clock>,
    stopping: watch::Receiver<bool>,
) -> Result<App, StartError> {
    if let Some(problem) = settings.problem() {
        return Err(StartError::Setting { problem: problem.to_owned() });
    }
    let secret = |cause| StartError::Secret { folder: settings.data.clone(), cause };
    let keys = Keys::open(&settings.data).map_err(secret)?;
    let programme = match &settings.programme {
        None => None,
        Some(path) => {
            let wrong = |cause| StartError::Programme { path: path.clone(), cause };
            Some(Loaded::read(path).map_err(wrong)?)
        }
    };
    // Verifying takes as long as there is evidence.
    let inner = settings.clone();
    let watch = tokio::task::spawn_blocking(move || Watch::load(&inner)).await;
    let watch = watch.map_err(|error| StartError::Setting { problem: error.to_string() })?;
    let path = settings.programme.clone().unwrap_or_default();
    let watch = watch.map_err(|cause| StartError::Programme { path, cause })?;
    let passwords = Passwords::new(settings.password_memory_kib, settings.password_workers);
    let passwords = passwords.map_err(|error| StartError::Setting { problem: error.to_string() })?;
    let providers = Providers::new(&settings.oidc, settings.oidc_patience);
    let providers = providers.map_err(|error| StartError::Setting { problem: error.to_string() })?;
    let site = Site::open(&settings.store_url).await.map_err(StartError::Store)?;
    // Comes before all that is done with the store: with another secret its people are strangers and its votes lost.
    let owner = keys.owner();
    if site.claim("secret", &owner).await.map_err(StartError::Store)? != owner {
        return Err(StartError::OtherSecret { path: Keys::file(&settings.data) });
    }
    let now_ms = clock.now_ms();
    let given = programme.as_ref().map(|loaded| &loaded.programme);
    let contests =
        Contests::start(&settings, &keys, &site, given, now_ms).await.map_err(StartError::Contests)?;
    let limits = Limits::new(settings.limits);
    let live = Live::start(&site, settings.connections);
    let table = Table::of(routes());
    let (metrics, first_run) = (Metrics::default(), Mutex::default());
    Ok(App::new(Inner {
        settings,
        site,
        keys,
        clock,
        limits,
        metrics,
        request_ids: RequestIds::default(),
        programme,
        watch,
        drawn: Drawn::default(),
        contests,
        passwords,
        providers,
        live,
        table,
        first_run,
        stopping,
    }))
}

/// The rows behind the door; nothing else can be reached.
fn router(app: &App) -> Router {
    let router = app.table().router();
    let router = router.fallback(|| async { Refusal::not_found() });
    router.layer(axum::middleware::from_fn_with_state(app.clone(), door)).with_state(app.clone())
}

/// Takes connections until told to stop, then waits for those under way.
async fn accept(listener: TcpListener, router: Router, app: App, mut stopping: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let places = Places::new(app.settings().connections);
    let sweeper = tokio::spawn(sweep(app.clone()));
    let looker = tokio::spawn(look(app.clone()));
    loop {
        let next = async {
            // The place comes first: a connection that nobody serves waits with the system, not here.
            let one = places.one().await;
            (one, listener.accept().await)
        };
        let (one, accepted) = tokio::select! {
            next = next => next,
            // It fails where whoever could stop is gone, which is a stop as well.
            _ = stopping.changed() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = one.and_then(|one| places.of(one, peer.ip(), app.settings())) else {
                    app.metrics().count("daepyo_connections_refused_total", &[], 1);
                    continue;
                };
                let connection = connection(stream, peer, router.clone(), &app);
                let connection = graceful.watch(connection);
                tokio::spawn(async move {
                    let _place = place;
                    // What a client does to its own connection is no event of the site.
                    let _ = connection.await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept");
                // Out of descriptors, most likely; trying at once would only burn a core.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    sweeper.abort();
    looker.abort();
    if tokio::time::timeout(app.settings().stop_patience, graceful.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests under way");
    }
}

/// A connection that is served; it ends by itself, or gracefully where it is asked to.
fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    app: &App,
) -> impl GracefulConnection<Error = hyper::Error> + Send + use<> {
    // Pages are small; waiting for more to send with them only costs time. Where it cannot be set, all is slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(app.settings().header_timeout)
        .max_buf_size(64 << 10);
    // Who asks and does not read what comes would keep the place.
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(app.settings().write_timeout));
    builder.serve_connection(TokioIo::new(Box::pin(stream)), service)
}

/// Removes from time to time what has expired: sessions, what served once, attempts to sign in.
async fn sweep(app: App) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        match app.site().sweep_sessions(app.now_ms()).await {
            Ok(swept) => app.metrics().count("daepyo_sessions_expired_total", &[], swept),
            Err(error) => tracing::warn!(%error, "cannot remove expired sessions"),
        }
        let once = app.site().sweep_once(app.now_ms()).await;
        if let Err(error) = once.and(app.site().sweep_attempts(app.now_ms()).await) {
            tracing::warn!(%error, "cannot remove what has expired of sign-ins");
        }
    }
}

/// Runs the registered tests of voters every hour, by one of the servers of a store, and closes what is to be closed.
async fn look(app: App) {
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        match app.contests().examine(app.now_ms()).await {
            Ok(run) => app.metrics().count("daepyo_voters_examined_total", &[], run),
            Err(error) => tracing::warn!(%error, "cannot examine voters"),
        }
        look_for_closes(&app).await;
    }
}
