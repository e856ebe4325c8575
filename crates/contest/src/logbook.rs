//! The evidence log of a site: one of its servers writes what the store queues, all of them read.
//!
//! The writer takes entries from the queue in its order, appends them, and only then tells the store where they stand. It
//! may die between the two; whoever writes next finds the queue's first entries at the log's end and appends none twice.
//! A log that does not have the last entry that the store knows, at the place that it knows, is not the store's and stays as
//! it is.

use crate::ContestError;
use daepyo_evidence::{InclusionProof, Log, LogReader, SigningKey, VerifierKey};
use daepyo_store::site::{PendingEntry, Site, SiteError};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Entries of one append, at most.
const BATCH: u32 = 4_096;
/// Between two appends that are not full, so that the log has few checkpoints: each is some ten files, made durable one
/// after the other. What comes after a pause is appended at once.
const BETWEEN: Duration = Duration::from_millis(200);
/// How often the queue of other servers is looked at, and the right to write is asked for.
const LOOK: Duration = Duration::from_millis(200);
/// What servers tell each other begins with this, then the last number of the queue that the log has.
const NEWS: &str = "contest log ";

/// The log of a site. Cheap to clone; the task that writes ends with the last clone.
#[derive(Clone, Debug)]
pub struct Logbook {
    shared: Arc<Shared>,
    _tasks: Arc<Tasks>,
}

#[derive(Debug)]
struct Shared {
    site: Site,
    folder: PathBuf,
    key: VerifierKey,
    /// The last number of the queue of which it is known here that the log has it.
    reached: watch::Sender<i64>,
    wake: Notify,
    reader: Mutex<Option<Arc<LogReader>>>,
    trouble: Mutex<Option<String>>,
}

#[derive(Debug)]
struct Tasks(Vec<JoinHandle<()>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl Logbook {
    /// Reads the log in `folder`, and writes it where this server gets the right to. Call it within a runtime.
    pub fn start(site: Site, folder: &Path, key: SigningKey) -> Self {
        let shared = Arc::new(Shared {
            site,
            folder: folder.to_owned(),
            key: key.verifier(),
            reached: watch::Sender::new(0),
            wake: Notify::new(),
            reader: Mutex::new(None),
            trouble: Mutex::new(None),
        });
        let write = tokio::spawn(write(Arc::clone(&shared), key));
        let listen = tokio::spawn(listen(Arc::clone(&shared)));
        Self { shared, _tasks: Arc::new(Tasks(vec![write, listen])) }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// The public key.
    pub fn key(&self) -> &VerifierKey {
        &self.shared.key
    }

    /// What kept this server from writing last, for the office; none once it has written again.
    pub fn trouble(&self) -> Option<String> {
        self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says that something was queued, so that it is written at once where this server writes.
    pub(crate) fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Waits until the log has a number of the queue, at most so long; whether it has.
    pub async fn await_logged(&self, queued: i64, most: Duration) -> Result<bool, ContestError> {
        let mut reached = self.shared.reached.subscribe();
        let wait = async {
            loop {
                if *reached.borrow_and_update() >= queued {
                    return Ok(());
                }
                // News may be missed; the store knows.
                if timeout(LOOK, reached.changed()).await.is_err() {
                    let count = self.shared.site.logged_count().await?;
                    self.shared.reach(i64::try_from(count).unwrap_or(i64::MAX));
                }
            }
        };
        match timeout(most, wait).await {
            Ok(waited) => waited.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Waits until the log has all that is queued now, at most so long.
    pub(crate) async fn await_drained(&self, most: Duration) -> Result<(), ContestError> {
        let pending = self.shared.site.pending(u32::MAX >> 1).await?;
        let Some(last) = pending.last() else { return Ok(()) };
        self.wake();
        if self.await_logged(last.number, most).await? { Ok(()) } else { Err(ContestError::NotLogged) }
    }

    /// A proof that entry `index` stands in the log.
    pub async fn prove(&self, index: u64) -> Result<InclusionProof, ContestError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            // Partial tiles of an old checkpoint go when they become full: then the newest one is read.
            if let Some(reader) = shared.reader(index, false)?
                && let Ok(proof) = reader.prove(index)
            {
                return Ok(proof);
            }
            let reader = shared.reader(index, true)?.ok_or(ContestError::NotLogged)?;
            Ok(reader.prove(index)?)
        })
        .await
    }

    /// Whether the queue or the log has an entry with these bytes.
    pub(crate) async fn has(&self, entry: &[u8]) -> Result<bool, ContestError> {
        // The queue first: what leaves it is in the log by then.
        let pending = self.shared.site.pending(u32::MAX >> 1).await?;
        if pending.iter().any(|pending| pending.entry == entry) {
            return Ok(true);
        }
        let entry = entry.to_vec();
        self.any(move |found| found == entry).await
    }

    /// Whether an entry of the log is one that is looked for.
    pub(crate) async fn any(
        &self,
        mut wanted: impl FnMut(&[u8]) -> bool + Send + 'static,
    ) -> Result<bool, ContestError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            let Some(reader) = shared.newest()? else { return Ok(false) };
            for entry in reader.entries(0..reader.len()) {
                if wanted(&entry?) {
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await
    }
}

impl Shared {
    fn reach(&self, number: i64) {
        self.reached.send_if_modified(|reached| {
            let is_new = number > *reached;
            *reached = number.max(*reached);
            is_new
        });
    }

    fn newest(&self) -> Result<Option<Arc<LogReader>>, ContestError> {
        match LogReader::open(&self.folder) {
            Ok(reader) => Ok(Some(Arc::new(reader))),
            Err(daepyo_evidence::Error::NoLog { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A reader that knows entry `index`; a new one where the kept one does not, or `anew`.
    fn reader(&self, index: u64, anew: bool) -> Result<Option<Arc<LogReader>>, ContestError> {
        let mut kept = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if anew || kept.as_ref().is_none_or(|reader| reader.len() <= index) {
            *kept = self.newest()?;
        }
        Ok(kept.clone().filter(|reader| reader.len() > index))
    }

    fn note(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// Hears what the writing server tells.
async fn listen(shared: Arc<Shared>) {
    use tokio::sync::broadcast::error::RecvError;
    let mut news = shared.site.news();
    loop {
        match news.recv().await {
            Ok(text) => {
                if let Some(number) = text.strip_prefix(NEWS).and_then(|number| number.parse().ok()) {
                    shared.reach(number);
                }
            }
            // Who waits looks into the store.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Writes whenever the right to is had.
async fn write(shared: Arc<Shared>, key: SigningKey) {
    loop {
        if let Err(error) = lead(&shared, &key).await {
            let causes =
                std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
            let lines: Vec<String> = causes.map(ToString::to_string).collect();
            shared.note(Some(lines.join(": ")));
        }
        sleep(LOOK).await;
    }
}

/// Writes until the right to is lost.
async fn lead(shared: &Shared, key: &SigningKey) -> Result<(), ContestError> {
    let Some(mut leader) = shared.site.lead().await? else { return Ok(()) };
    let (folder, key) = (shared.folder.clone(), key.clone());
    let mut log = blocking(move || Ok(Log::open_or_create(&folder, key)?)).await?;
    // What the store knows comes before what it still waits for: what another server's last word logs between the two is
    // then found at the log's end, and not appended again.
    let last = shared.site.last_logged().await?;
    let pending = shared.site.pending(BATCH).await?;
    let known;
    (log, known) = blocking(move || {
        let next = behind(log.reader(), last.as_ref())?;
        let known = at_the_end(log.reader(), next, &pending)?;
        Ok((log, known))
    })
    .await?;
    acknowledge(shared, &known).await?;
    while leader.holds().await {
        let pending = shared.site.pending(BATCH).await?;
        if pending.is_empty() {
            shared.note(None);
            // Woken here, or looking for what other servers queued.
            let _ = timeout(LOOK, shared.wake.notified()).await;
            continue;
        }
        let is_full = pending.len() >= BATCH as usize;
        let placed: Vec<(i64, u64)> = pending.iter().map(|entry| entry.number).zip(log.len()..).collect();
        // The right goes with the log: a server that stops now gives it back after the append, not within.
        (log, leader) = blocking(move || {
            let entries: Vec<&[u8]> = pending.iter().map(|pending| pending.entry.as_slice()).collect();
            log.append(&entries)?;
            // The log first: where this is dropped, it is free before the right to it is.
            Ok((log, leader))
        })
        .await?;
        acknowledge(shared, &placed).await?;
        if !is_full {
            sleep(BETWEEN).await;
        }
    }
    Ok(())
}

/// Tells the store and the servers what the log has.
async fn acknowledge(shared: &Shared, placed: &[(i64, u64)]) -> Result<(), ContestError> {
    let Some((last, _)) = placed.last() else { return Ok(()) };
    shared.site.logged(placed).await?;
    shared.reach(*last);
    shared.site.tell(&format!("{NEWS}{last}")).await?;
    Ok(())
}

/// The place behind the last entry that the store knows the log to have. Where the log has no such entry there it is not the
/// store's, or was restored from an old copy: nothing may be appended to it.
fn behind(reader: &LogReader, last: Option<&(u64, Vec<u8>)>) -> Result<u64, ContestError> {
    let Some((place, entry)) = last else { return Ok(0) };
    let next = place.saturating_add(1);
    match reader.entries(*place..next).next().transpose()? {
        Some(found) if found == *entry => Ok(next),
        _ => Err(ContestError::Site(SiteError::Corrupt { what: "the last entry of the store in the log" })),
    }
}

/// The queue's first entries that stand at the log's end already, not before place `next`: appended by a writer that died
/// before it said so.
fn at_the_end(
    reader: &LogReader,
    next: u64,
    pending: &[PendingEntry],
) -> Result<Vec<(i64, u64)>, ContestError> {
    let len = reader.len();
    let first = len.saturating_sub(u64::from(BATCH)).max(next);
    let tail = reader.entries(first..len).collect::<Result<Vec<_>, _>>()?;
    let most = tail.len().min(pending.len());
    // No two entries are equal but repeated openings and closings, so that only one number of them fits.
    let known = (1..=most).rev().find(|count| {
        let end = tail.iter().skip(tail.len() - count);
        end.eq(pending.iter().take(*count).map(|pending| &pending.entry))
    });
    let count = known.unwrap_or(0);
    let places = len - count as u64..len;
    Ok(pending.iter().take(count).map(|pending| pending.number).zip(places).collect())
}

/// Does what waits for the disk on a thread that may wait.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ContestError> + Send + 'static,
) -> Result<T, ContestError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| ContestError::Stopping)?
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::{at_the_end, behind};
    use daepyo_evidence::{Log, SigningKey};
    use daepyo_store::site::PendingEntry;

    fn pending(entries: &[&str]) -> Vec<PendingEntry> {
        let entry = |(text, number): (&&str, i64)| PendingEntry { number, entry: text.as_bytes().to_vec() };
        entries.iter().zip(11..).map(entry).collect()
    }

    #[test]
    fn what_a_dead_writer_appended_is_found_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut log =
            Log::create(folder.path(), SigningKey::from_seed("example.org/log", &[7; 32]).unwrap()).unwrap();
        let found = |log: &Log, entries: &[&str]| at_the_end(log.reader(), 0, &pending(entries)).unwrap();
        assert_eq!(found(&log, &["a"]), []);
        log.append(&["x", "a", "b"]).unwrap();
        assert_eq!(found(&log, &["a", "b", "c"]), [(11, 1), (12, 2)]);
        assert_eq!(found(&log, &["b", "c"]), [(11, 2)]);
        assert_eq!(found(&log, &["c"]), []);
        assert_eq!(found(&log, &["a"]), [], "it stands there, but something else came after it");
        assert_eq!(found(&log, &[]), []);
        // An opening that was queued twice: what the store knows already is not found once more.
        let found = |next: u64, entries: &[&str]| at_the_end(log.reader(), next, &pending(entries)).unwrap();
        assert_eq!(found(2, &["b"]), [(11, 2)]);
        assert_eq!(found(3, &["b"]), []);
    }

    #[test]
    fn a_log_that_does_not_have_what_the_store_knows_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut log =
            Log::create(folder.path(), SigningKey::from_seed("example.org/log", &[7; 32]).unwrap()).unwrap();
        log.append(&["a", "b"]).unwrap();
        let behind =
            |place: u64, entry: &str| behind(log.reader(), Some(&(place, entry.as_bytes().to_vec())));
        assert_eq!(behind(0, "a").unwrap(), 1);
        assert_eq!(behind(1, "b").unwrap(), 2);
        for (place, entry) in [(0, "b"), (1, "a"), (2, "c"), (9, "b")] {
            assert!(matches!(behind(place, entry), Err(crate::ContestError::Site(_))), "{place} {entry}");
        }
        assert_eq!(super::behind(log.reader(), None).unwrap(), 0);
    }
}
