//! Pages that move: a stream of what changed, from the news of all servers of the database.
//!
//! A page marks what moves with `data-live`, the topics that it hears of; the script `moving.js` fetches the page anew when
//! one of them is told, and puts the marked parts in their places. The stream names topics and nothing else, so that it
//! is the same for everybody and needs no session; what somebody may see is decided where the page is drawn.

use crate::app::App;
use crate::refusal::Refusal;
use crate::route::{Kind, Roles, Route};
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use daepyo_store::site::Site;
use futures_util::Stream;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;

/// What servers tell each other of pages begins with this, then the topic.
const NEWS: &str = "page ";
/// What the log's writer tells after each append begins with this.
const LOG_NEWS: &str = "contest log ";
/// The log grows many times a second under votes; pages hear of it no more often than this.
const LOG_PAUSE: Duration = Duration::from_secs(5);
/// One reader hears no more often than this.
const PAUSE: Duration = Duration::from_secs(1);
/// A stream says something at least so often, so that nothing between takes it for dead.
const SILENCE: Duration = Duration::from_secs(20);
/// Of so many connections one may be a stream, so that pages can always be asked for.
const SHARE: usize = 4;

/// What pages hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// A contest was opened or closed.
    Contests,
    /// Votes have come into the log.
    Log,
    /// A published folder is another one than before: a stage began, has its verdict, or no longer verifies.
    Stages,
}

impl Topic {
    const ALL: [Self; 3] = [Self::Contests, Self::Log, Self::Stages];

    /// Its name in pages and streams.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Contests => "contests",
            Self::Log => "log",
            Self::Stages => "stages",
        }
    }
}

/// How often something was told of each topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Told {
    contests: u64,
    log: u64,
    stages: u64,
}

impl Told {
    const fn of(self, topic: Topic) -> u64 {
        match topic {
            Topic::Contests => self.contests,
            Topic::Log => self.log,
            Topic::Stages => self.stages,
        }
    }

    fn raise(&mut self, topic: Topic) {
        let count = match topic {
            Topic::Contests => &mut self.contests,
            Topic::Log => &mut self.log,
            Topic::Stages => &mut self.stages,
        };
        *count = count.wrapping_add(1);
    }
}

/// What open pages hear of, at this server.
#[derive(Debug)]
pub(crate) struct Live {
    told: watch::Receiver<Told>,
    /// How often this server had something to tell: its own pages need not wait until they hear it.
    here: AtomicU64,
    places: Arc<Semaphore>,
    task: JoinHandle<()>,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Live {
    /// How often something was told so far.
    pub(crate) fn count(&self) -> u64 {
        let told = *self.told.borrow();
        let here = self.here.load(Ordering::Acquire);
        Topic::ALL.into_iter().map(|topic| told.of(topic)).fold(here, u64::wrapping_add)
    }

    /// Listens to the news of the store's servers. Needs a runtime.
    pub(crate) fn start(site: &Site, connections: usize) -> Self {
        let (tell, told) = watch::channel(Told::default());
        let mut news = site.news();
        let task = tokio::spawn(async move {
            let mut has_grown = false;
            let mut ticks = tokio::time::interval(LOG_PAUSE);
            loop {
                let heard = tokio::select! {
                    heard = news.recv() => heard,
                    _ = ticks.tick() => {
                        if std::mem::take(&mut has_grown) {
                            tell.send_modify(|told| told.raise(Topic::Log));
                        }
                        continue;
                    }
                };
                match heard.as_deref() {
                    Ok(news) if news.starts_with(LOG_NEWS) => has_grown = true,
                    Ok(news) => {
                        let told = news.strip_prefix(NEWS);
                        let topic = Topic::ALL.into_iter().find(|topic| told == Some(topic.name()));
                        if let Some(topic) = topic {
                            tell.send_modify(|told| told.raise(topic));
                        }
                    }
                    // Something was missed: everybody looks again.
                    Err(RecvError::Lagged(_)) => {
                        tell.send_modify(|told| Topic::ALL.into_iter().for_each(|topic| told.raise(topic)));
                    }
                    Err(RecvError::Closed) => return,
                }
            }
        });
        Self {
            told,
            here: AtomicU64::new(0),
            places: Arc::new(Semaphore::new((connections / SHARE).max(1))),
            task,
        }
    }
}

/// Tells the readers of all servers that something of a topic has changed. Where that fails they see it a little later:
/// pages are fetched anew now and then without it.
pub(crate) async fn tell(app: &App, topic: Topic) {
    app.live().here.fetch_add(1, Ordering::AcqRel);
    if let Err(error) = app.site().tell(&format!("{NEWS}{}", topic.name())).await {
        tracing::warn!(%error, topic = topic.name(), "open pages cannot be told");
    }
}

pub(crate) fn rows() -> Vec<Route> {
    vec![Route::get("/live", Roles::ANYONE, listen).kind(Kind::Plain).streams()]
}

/// A reader's stream.
struct Reader {
    app: App,
    told: watch::Receiver<Told>,
    heard: Told,
    stopping: watch::Receiver<bool>,
    is_new: bool,
    _place: OwnedSemaphorePermit,
}

impl Reader {
    /// The next piece of the stream; none where the server stops.
    async fn next(&mut self) -> Option<String> {
        if std::mem::take(&mut self.is_new) {
            return Some("retry: 5000\n\n".to_owned());
        }
        loop {
            if *self.stopping.borrow() {
                return None;
            }
            let told = *self.told.borrow_and_update();
            let names = Topic::ALL.into_iter().filter(|topic| told.of(*topic) != self.heard.of(*topic));
            let names: Vec<_> = names.map(Topic::name).collect();
            if !names.is_empty() {
                self.heard = told;
                return Some(format!("event: news\ndata: {}\n\n", names.join(" ")));
            }
            tokio::select! {
                changed = self.told.changed() => {
                    changed.ok()?;
                    // What comes at once is told at once.
                    tokio::time::sleep(PAUSE).await;
                }
                _ = self.stopping.changed() => return None,
                () = tokio::time::sleep(SILENCE) => {
                    // Where pages only stand open, nobody else asks for the folders to be looked at.
                    self.app.look_again();
                    return Some(":\n\n".to_owned());
                }
            }
        }
    }
}

fn pieces(reader: Reader) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    futures_util::stream::unfold(reader, |mut reader| async move {
        let piece = reader.next().await?;
        Some((Ok(Bytes::from(piece)), reader))
    })
}

/// The stream of topics (server-sent events).
async fn listen(State(app): State<App>) -> Result<Response, Refusal> {
    let place = Arc::clone(&app.live().places).try_acquire_owned();
    let place = place.map_err(|_| Refusal::too_many(60))?;
    let mut told = app.live().told.clone();
    let heard = *told.borrow_and_update();
    let stopping = app.stopping();
    let reader = Reader { app, told, heard, stopping, is_new: true, _place: place };
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(pieces(reader))).into_response())
}
