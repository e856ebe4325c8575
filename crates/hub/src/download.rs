//! One file of a commit into the cache: goes on where an earlier download stopped, checks size and digest, and only
//! then gives the content its name.

use crate::{
    Commit, Event, HubError, Repository,
    cache::{self, Shelf},
    client::{Answer, Client, Tries, Trouble, reason},
    listing::Entry,
    names::ContentId,
    verify::{Checked, verify},
};
use daepyo_core::Digest;
use reqwest::{StatusCode, Url, header};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::io::AsyncWriteExt;

/// A transfer slower than this for long is given up, in bytes a second.
const SLOWEST: u64 = 16 << 10;

/// Attempts are counted anew after so many bytes: fewer could go on for ever.
const ADVANCE_BYTES: u64 = 256 << 10;

/// Runs what blocks on a thread of its own.
pub(crate) async fn blocking<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce() -> Result<T, HubError> + Send + 'static,
) -> Result<T, HubError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(cache::failed(path)(std::io::Error::other(error))))
}

/// What is downloaded from where.
pub(crate) struct Download<'a> {
    pub(crate) client: &'a Client,
    pub(crate) repository: &'a Repository,
    pub(crate) commit: &'a Commit,
    pub(crate) store: &'a Shelf,
}

impl Download<'_> {
    /// Makes sure that the file is in the snapshot; its SHA-256.
    pub(crate) async fn fetch(&self, entry: &Entry) -> Result<Digest, HubError> {
        if let Some(digest) = self.found(entry).await? {
            return Ok(digest);
        }
        let (store, id, lock) = (self.store.clone(), entry.id.clone(), self.store.blob(&entry.id));
        let held = blocking(&lock, move || store.lock(&id)).await?;
        // Another process may have had the lock for this very file.
        let digest = match self.found(entry).await? {
            Some(digest) => digest,
            None => self.transfer(entry).await?,
        };
        drop(held);
        Ok(digest)
    }

    /// The digest of a file that is there already and sound; links it into the snapshot.
    async fn found(&self, entry: &Entry) -> Result<Option<Digest>, HubError> {
        let (store, commit, entry) = (self.store.clone(), self.commit.clone(), entry.clone());
        let blob = store.blob(&entry.id);
        blocking(&blob.clone(), move || {
            // Where links cannot be made, other programs put the content itself into the snapshot.
            let pointer = store.pointer(&commit, &entry.path);
            for place in [&pointer, &blob] {
                if !place.is_file() {
                    continue;
                }
                let checked = verify(place, &entry.id, entry.size_bytes).map_err(cache::failed(place))?;
                if let Checked::Right(digest) = checked {
                    if place == &blob {
                        store.link(&commit, &entry.path, &entry.id)?;
                    }
                    return Ok(Some(digest));
                }
            }
            Ok(None)
        })
        .await
    }

    fn address(&self, entry: &Entry) -> Url {
        let parts = self.repository.page().chain(["resolve", self.commit.as_str()]);
        self.client.address(parts.chain(entry.path.parts()))
    }

    async fn transfer(&self, entry: &Entry) -> Result<Digest, HubError> {
        let partial = self.store.partial(&entry.id);
        let mut tries = Tries::new(self.client);
        let mut thrown_away = false;
        loop {
            cache::make_parent(&partial)?;
            let have = length(&partial).filter(|have| *have <= entry.size_bytes).unwrap_or(0);
            self.client.progress.tell(&Event::Started {
                path: entry.path.as_str().to_owned(),
                have_bytes: have,
                size_bytes: entry.size_bytes,
            });
            let deadline = self.client.patience.silence.saturating_mul(4)
                + Duration::from_secs(entry.size_bytes / SLOWEST);
            let result = tokio::time::timeout(deadline, self.attempt(entry, &partial, have))
                .await
                .unwrap_or_else(|_| Err(Trouble::again("the transfer is too slow")));
            if let Err(trouble) = result {
                if length(&partial).is_some_and(|now| now >= have + ADVANCE_BYTES) {
                    tries.advanced();
                }
                tries.pause(trouble).await?;
                continue;
            }
            match self.finish(entry, &partial).await? {
                Checked::Right(digest) => return Ok(digest),
                // The part that was there before may have been damaged; the whole, fetched anew, settles it.
                Checked::Wrong(_) if have > 0 && !thrown_away => thrown_away = true,
                Checked::Wrong(problem) => return Err(self.wrong(entry, problem)),
            }
        }
    }

    fn wrong(&self, entry: &Entry, problem: impl Into<String>) -> HubError {
        HubError::WrongContent {
            repository: self.repository.to_string(),
            path: entry.path.as_str().to_owned(),
            commit: self.commit.to_string(),
            problem: problem.into(),
        }
    }

    /// Brings `partial`, of which `have` bytes are there, to its full length.
    async fn attempt(&self, entry: &Entry, partial: &Path, have: u64) -> Result<(), Trouble> {
        if have == entry.size_bytes && have > 0 {
            return Ok(());
        }
        let what = format!("`{}` of {}", entry.path.as_str(), self.repository.in_words());
        let asked = self.client.ask(self.address(entry), have, Some(self.repository), &what).await;
        let Answer { hub_head, response } = match asked {
            Err(trouble @ Trouble::Again { .. }) => {
                let cut =
                    matches!(&trouble, Trouble::Again { problem, .. } if problem.contains("no such part"));
                if cut {
                    let _ = fs::remove_file(partial);
                }
                return Err(trouble);
            }
            other => other?,
        };
        self.check_head(entry, &hub_head)?;
        let start = self.start(&response, have, entry)?;
        let io = |cause| Trouble::Final(cache::failed(partial)(cause));
        let mut file = tokio::fs::File::options()
            .create(true)
            .write(true)
            .truncate(start == 0)
            .open(partial)
            .await
            .map_err(io)?;
        let io = |cause| Trouble::Final(cache::failed(partial)(cause));
        file.set_len(start).await.map_err(io)?;
        tokio::io::AsyncSeekExt::seek(&mut file, std::io::SeekFrom::Start(start))
            .await
            .map_err(|cause| Trouble::Final(cache::failed(partial)(cause)))?;
        let received = self.receive(entry, partial, &mut file, start, response).await;
        // What arrived is kept for the next attempt, whatever ended this one.
        file.flush().await.map_err(|cause| Trouble::Final(cache::failed(partial)(cause)))?;
        file.sync_all().await.map_err(|cause| Trouble::Final(cache::failed(partial)(cause)))?;
        received
    }

    async fn receive(
        &self,
        entry: &Entry,
        partial: &Path,
        file: &mut tokio::fs::File,
        start: u64,
        mut response: reqwest::Response,
    ) -> Result<(), Trouble> {
        let mut total = start;
        while let Some(chunk) = response.chunk().await.map_err(|error| Trouble::again(reason(error)))? {
            total = total.saturating_add(chunk.len() as u64);
            if total > entry.size_bytes {
                let _ = fs::remove_file(partial);
                let problem = format!("more than its {} bytes arrive", entry.size_bytes);
                return Err(self.wrong(entry, problem).into());
            }
            file.write_all(&chunk).await.map_err(|cause| Trouble::Final(cache::failed(partial)(cause)))?;
        }
        if total < entry.size_bytes {
            return Err(Trouble::again(format!("only {total} of {} bytes arrived", entry.size_bytes)));
        }
        Ok(())
    }

    /// The hub's own head names commit and content; others than those of the listing are refused before the body.
    fn check_head(&self, entry: &Entry, head: &header::HeaderMap) -> Result<(), HubError> {
        let text = |name: &str| head.get(name)?.to_str().ok();
        if let Some(commit) = text("x-repo-commit").filter(|commit| *commit != self.commit.as_str()) {
            return Err(self.wrong(entry, format!("the hub answers with commit {}", shown(commit))));
        }
        let etag = text("x-linked-etag").or_else(|| text("etag")).map(bare);
        // A store's own tag, of another length, says nothing about the content.
        if let Some(etag) = etag.filter(|etag| etag.len() == entry.id.hex().len() && *etag != entry.id.hex())
        {
            return Err(self.wrong(entry, format!("the hub answers with content {}", shown(etag))));
        }
        match text("x-linked-size").and_then(|size| size.parse::<u64>().ok()) {
            Some(size) if size != entry.size_bytes => {
                Err(self.wrong(entry, format!("it has {size} bytes instead of {}", entry.size_bytes)))
            }
            _ => Ok(()),
        }
    }

    /// From which byte on the answer is.
    fn start(&self, response: &reqwest::Response, have: u64, entry: &Entry) -> Result<u64, HubError> {
        if response.status() != StatusCode::PARTIAL_CONTENT {
            return Ok(0);
        }
        let range = response.headers().get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
        let start = range.and_then(|range| {
            let (part, total) = range.strip_prefix("bytes ")?.split_once('/')?;
            let (start, _) = part.split_once('-')?;
            let total_fits = total == "*" || total.parse() == Ok(entry.size_bytes);
            start.parse::<u64>().ok().filter(|_| total_fits)
        });
        match start {
            Some(start) if start == have => Ok(start),
            _ => Err(self.wrong(entry, "another part arrives than was asked for")),
        }
    }

    /// Checks the whole and gives it its name; what is wrong is removed.
    async fn finish(&self, entry: &Entry, partial: &Path) -> Result<Checked, HubError> {
        let (store, commit, entry, partial): (Shelf, Commit, Entry, PathBuf) =
            (self.store.clone(), self.commit.clone(), entry.clone(), partial.to_path_buf());
        let (path, size_bytes) = (entry.path.as_str().to_owned(), entry.size_bytes);
        let checked = blocking(&partial.clone(), move || {
            let checked = verify(&partial, &entry.id, entry.size_bytes).map_err(cache::failed(&partial))?;
            match &checked {
                Checked::Right(_) => {
                    let blob = store.blob(&entry.id);
                    fs::rename(&partial, &blob).map_err(cache::failed(&blob))?;
                    store.link(&commit, &entry.path, &entry.id)?;
                }
                Checked::Wrong(_) => fs::remove_file(&partial).map_err(cache::failed(&partial))?,
            }
            Ok(checked)
        })
        .await?;
        if matches!(checked, Checked::Right(_)) {
            self.client.progress.tell(&Event::Finished { path, size_bytes });
        }
        Ok(checked)
    }
}

/// The content's digest of a file in a snapshot that no listing tells about.
pub(crate) fn digest_of(path: &Path) -> Result<(Digest, u64), HubError> {
    let file = fs::File::open(path).map_err(cache::failed(path))?;
    let length = file.metadata().map_err(cache::failed(path))?.len();
    Digest::of_reader(file).map(|digest| (digest, length)).map_err(cache::failed(path))
}

/// Whether a content of the cache is what its id says; for use without a hub.
pub(crate) fn check_cached(path: &Path, id: &ContentId, size_bytes: u64) -> Result<Checked, HubError> {
    verify(path, id, size_bytes).map_err(cache::failed(path))
}

fn length(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|metadata| metadata.len())
}

/// An entity tag without quotation marks and the mark of weakness.
fn bare(etag: &str) -> &str {
    etag.trim().trim_start_matches("W/").trim_matches('"')
}

fn shown(text: &str) -> String {
    text.chars().take(80).filter(|c| !c.is_control()).collect()
}
