//! What every handler can reach: settings, store, keys, clock, limits, measures.

use crate::clock::Clock;
use crate::contest::Contests;
use crate::door::RequestIds;
use crate::keys::Keys;
use crate::limits::Limits;
use crate::live::{self, Live, Topic};
use crate::metrics::Metrics;
use crate::programme::Loaded;
use crate::public::{Drawn, Shown, Source, Watch};
use crate::route::Table;
use crate::settings::Settings;
use crate::sign_in::{Passwords, Providers};
use daepyo_store::site::Site;
use std::fmt;
use std::sync::Arc;
use tokio::sync::{Mutex, watch};

/// The running site; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) site: Site,
    pub(crate) keys: Keys,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    pub(crate) request_ids: RequestIds,
    pub(crate) programme: Option<Loaded>,
    pub(crate) watch: Watch,
    pub(crate) drawn: Drawn,
    pub(crate) contests: Contests,
    pub(crate) passwords: Passwords,
    pub(crate) providers: Providers,
    pub(crate) live: Live,
    pub(crate) table: Table,
    /// Held while the office's first account is made, so that the link serves once.
    pub(crate) first_run: Mutex<()>,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("App(…)")
    }
}

impl App {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// What the site was started with.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The store.
    pub fn site(&self) -> &Site {
        &self.0.site
    }

    /// The keys.
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// The rate limits.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn request_ids(&self) -> &RequestIds {
        &self.0.request_ids
    }

    /// The site's own measures.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The programme, where a file was given.
    pub fn programme(&self) -> Option<&daepyo_core::Programme> {
        self.0.programme.as_ref().map(|loaded| &loaded.programme)
    }

    /// What public pages are drawn from.
    pub(crate) fn shown(&self) -> &Shown {
        self.0.watch.shown()
    }

    /// The published folders, looked at again where it is time to. Answers do not wait for it.
    pub(crate) fn look_again(&self) {
        if self.0.watch.is_due(self.now_ms()) {
            let app = self.clone();
            tokio::spawn(async move {
                let looking = app.clone();
                let looked = tokio::task::spawn_blocking(move || looking.0.watch.look());
                // A look that panicked has found nothing.
                if looked.await.unwrap_or(false) {
                    live::tell(&app, Topic::Stages).await;
                }
            });
        }
    }

    /// What a page that is drawn now is drawn from.
    pub(crate) fn source(&self) -> Source {
        let second = self.now_ms().div_euclid(1000);
        Source { shown: self.0.watch.version(), told: self.0.live.count(), second }
    }

    /// Pages that were drawn for people who are not signed in.
    pub(crate) fn drawn(&self) -> &Drawn {
        &self.0.drawn
    }

    pub(crate) fn contests(&self) -> &Contests {
        &self.0.contests
    }

    /// Turns true when the server stops; whoever streams ends then.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.clone()
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// The identity providers.
    pub(crate) fn providers(&self) -> &Providers {
        &self.0.providers
    }

    /// What pages that are open hear of.
    pub(crate) fn live(&self) -> &Live {
        &self.0.live
    }

    pub(crate) fn table(&self) -> &Table {
        &self.0.table
    }

    pub(crate) fn first_run(&self) -> &Mutex<()> {
        &self.0.first_run
    }
}
