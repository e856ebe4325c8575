//! A data set of a hub as local files: revision to commit, commit to files, files to splits, and the download.

use crate::{
    Commit, Event, HubError, HubSettings, Progress, Repository, Revision,
    cache::Shelf,
    card::{self, CardConfig},
    client::Client,
    download::{self, Download, blocking},
    layout::{self, Splits},
    listing::{self, Entry},
    names::FilePath,
    verify::Checked,
};
use daepyo_core::Digest;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

/// Files under way at once.
pub(crate) const AT_ONCE: usize = 4;
/// Longest card that is read, in bytes.
const LONGEST_CARD_BYTES: u64 = 8 << 20;

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetRequest {
    /// The data set.
    pub repository: Repository,
    /// A branch, tag or commit; otherwise the default branch.
    pub revision: Option<Revision>,
    /// The configuration; otherwise the default one.
    pub config: Option<String>,
    /// A folder of the repository, instead of the whole.
    pub data_dir: Option<String>,
    /// Patterns of files, as `data_files` of a task or a card has them, instead of the card's.
    pub data_files: Option<Value>,
    /// The splits whose files are downloaded; all where `None`.
    pub splits: Option<BTreeSet<String>>,
}

impl DatasetRequest {
    /// All splits of the default configuration.
    pub fn new(repository: Repository) -> Self {
        Self { repository, revision: None, config: None, data_dir: None, data_files: None, splits: None }
    }
}

/// A file that is on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFile {
    /// Its path in the repository.
    pub path: String,
    /// Where it is.
    pub local: PathBuf,
    /// How long it is.
    pub size_bytes: u64,
    /// Its SHA-256.
    pub digest: Digest,
}

/// A data set on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalDataset {
    /// The data set.
    pub repository: Repository,
    /// The commit that was read: write it down to read the same again.
    pub commit: Commit,
    /// The folder that holds this commit.
    pub folder: PathBuf,
    /// Every split of the configuration, with its files in the order in which their documents count. Files of splits
    /// that were not asked for may be missing.
    pub splits: BTreeMap<String, Vec<PathBuf>>,
    /// The files of the splits that were asked for.
    pub files: Vec<LocalFile>,
}

/// A hub and its cache.
pub struct Hub {
    pub(crate) settings: HubSettings,
    pub(crate) client: Client,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A commit and what is in it.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) commit: Commit,
    paths: Vec<String>,
    /// Sizes and ids; `None` offline, where only what another program downloaded tells what there is.
    pub(crate) entries: Option<Vec<Entry>>,
}

impl Snapshot {
    fn has(&self, path: &str) -> bool {
        self.paths.binary_search_by(|one| one.as_str().cmp(path)).is_ok()
    }

    fn entry(&self, path: &str) -> Option<&Entry> {
        let index = self.paths.binary_search_by(|one| one.as_str().cmp(path)).ok()?;
        self.entries.as_ref()?.get(index)
    }
}

impl Hub {
    /// Opens the hub that `settings` names; sends nothing yet. Fails where the address or the token cannot be used.
    pub fn new(settings: HubSettings, progress: Arc<dyn Progress>) -> Result<Self, HubError> {
        Ok(Self { client: Client::new(&settings, progress)?, settings })
    }

    /// Opens the hub that the environment names, through `variable` as [`HubSettings::from_variables`] does.
    pub fn from_variables<'a>(
        variable: impl Fn(&str) -> Option<&'a str>,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, HubError> {
        Self::new(HubSettings::from_variables(variable)?, progress)
    }

    /// Makes sure that the wanted files are on this machine, sound and complete. A second call for the same commit
    /// downloads nothing. A data set that needs a program of its own is read from the hub's Parquet copy.
    pub async fn dataset(&self, request: &DatasetRequest) -> Result<LocalDataset, HubError> {
        let repository = &request.repository;
        let store = Shelf::new(&self.settings.cache, repository);
        let revision = request.revision.clone().unwrap_or_else(Revision::main);
        let mut snapshot = self.snapshot(&store, repository, &revision).await?;
        let script = format!("{}.py", repository.last());
        let splits = if revision == Revision::parquet() {
            layout::converted(repository.as_str(), &snapshot.paths, request.config.as_deref())?
        } else if request.data_files.is_none() && snapshot.has(&script) {
            snapshot = self.converted(&store, repository, script).await?;
            layout::converted(repository.as_str(), &snapshot.paths, request.config.as_deref())?
        } else {
            self.native(&store, request, &snapshot).await?
        };
        let files = self.fetch(&store, request, &snapshot, &splits).await?;
        let place = |path: &String| Ok(store.pointer(&snapshot.commit, &file_path(path)?));
        Ok(LocalDataset {
            repository: repository.clone(),
            folder: store.snapshot(&snapshot.commit),
            splits: splits
                .iter()
                .map(|(split, files)| {
                    Ok((split.clone(), files.iter().map(place).collect::<Result<_, HubError>>()?))
                })
                .collect::<Result<_, HubError>>()?,
            files,
            commit: snapshot.commit,
        })
    }

    /// The hub's Parquet copy of a data set that only `script` could read.
    async fn converted(
        &self,
        store: &Shelf,
        repository: &Repository,
        script: String,
    ) -> Result<Snapshot, HubError> {
        match self.snapshot(store, repository, &Revision::parquet()).await {
            Err(HubError::NotFound { .. }) => {
                Err(HubError::NeedsScript { repository: repository.to_string(), script })
            }
            other => other,
        }
    }

    async fn native(
        &self,
        store: &Shelf,
        request: &DatasetRequest,
        snapshot: &Snapshot,
    ) -> Result<Splits, HubError> {
        let needs_card = request.data_files.is_none() && request.data_dir.is_none();
        let configs = if needs_card { self.card(store, request, snapshot).await? } else { Vec::new() };
        layout::Place {
            repository: request.repository.as_str(),
            files: &snapshot.paths,
            configs: &configs,
            config: request.config.as_deref(),
            data_dir: request.data_dir.as_deref(),
            data_files: request.data_files.as_ref(),
        }
        .splits()
    }

    async fn card(
        &self,
        store: &Shelf,
        request: &DatasetRequest,
        snapshot: &Snapshot,
    ) -> Result<Vec<CardConfig>, HubError> {
        const CARD: &str = "README.md";
        if !snapshot.has(CARD) {
            return Ok(Vec::new());
        }
        if snapshot.entry(CARD).is_some_and(|entry| entry.size_bytes > LONGEST_CARD_BYTES) {
            return Err(self.client.broken(format!("the card of `{}` is too long", request.repository)));
        }
        let local = self.one(store, &request.repository, snapshot, CARD).await?.local;
        let bytes = std::fs::read(&local).map_err(crate::cache::failed(&local))?;
        Ok(card::configs(&String::from_utf8_lossy(&bytes)))
    }

    pub(crate) async fn snapshot(
        &self,
        store: &Shelf,
        repository: &Repository,
        revision: &Revision,
    ) -> Result<Snapshot, HubError> {
        if self.settings.offline {
            return cached_snapshot(store, repository, revision);
        }
        let commit = match revision.commit() {
            Some(commit) => commit,
            None => listing::resolve(&self.client, repository, revision).await?,
        };
        let entries = if let Some(entries) = store.known_files(&commit) {
            entries
        } else {
            let entries = listing::files(&self.client, repository, &commit).await?;
            store.remember_files(&commit, &entries)?;
            entries
        };
        store.remember(revision, &commit)?;
        self.client.progress.tell(&Event::Resolved {
            repository: repository.clone(),
            revision: revision.clone(),
            commit: commit.clone(),
        });
        let paths = entries.iter().map(|entry| entry.path.as_str().to_owned()).collect();
        Ok(Snapshot { commit, paths, entries: Some(entries) })
    }

    async fn fetch(
        &self,
        store: &Shelf,
        request: &DatasetRequest,
        snapshot: &Snapshot,
        splits: &Splits,
    ) -> Result<Vec<LocalFile>, HubError> {
        let wanted: BTreeSet<&String> = splits
            .iter()
            .filter(|(split, _)| request.splits.as_ref().is_none_or(|wanted| wanted.contains(*split)))
            .flat_map(|(_, files)| files)
            .collect();
        let size_bytes = wanted
            .iter()
            .filter_map(|path| snapshot.entry(path))
            .fold(0_u64, |sum, entry| sum.saturating_add(entry.size_bytes));
        if size_bytes > self.settings.size_limit_bytes {
            return Err(HubError::TooLarge {
                repository: request.repository.to_string(),
                size_bytes,
                limit_bytes: self.settings.size_limit_bytes,
            });
        }
        futures_util::stream::iter(wanted)
            .map(|path| self.one(store, &request.repository, snapshot, path))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    pub(crate) async fn one(
        &self,
        store: &Shelf,
        repository: &Repository,
        snapshot: &Snapshot,
        path: &str,
    ) -> Result<LocalFile, HubError> {
        let local = store.pointer(&snapshot.commit, &file_path(path)?);
        let (digest, size_bytes) = match snapshot.entry(path) {
            Some(entry) if self.settings.offline => {
                (cached_digest(store, repository, snapshot, entry).await?, entry.size_bytes)
            }
            Some(entry) => {
                let (client, commit) = (&self.client, &snapshot.commit);
                (Download { client, repository, commit, store }.fetch(entry).await?, entry.size_bytes)
            }
            None => {
                let file = local.clone();
                blocking(&local, move || download::digest_of(&file)).await?
            }
        };
        Ok(LocalFile { path: path.to_owned(), local, size_bytes, digest })
    }
}

/// What the cache knows of a revision.
fn cached_snapshot(
    store: &Shelf,
    repository: &Repository,
    revision: &Revision,
) -> Result<Snapshot, HubError> {
    let missing = || missing_offline(store, repository, format!("revision `{revision}`"));
    let commit = store.known_commit(revision).ok_or_else(missing)?;
    if let Some(entries) = store.known_files(&commit) {
        let paths = entries.iter().map(|entry| entry.path.as_str().to_owned()).collect();
        return Ok(Snapshot { commit, paths, entries: Some(entries) });
    }
    let paths = store.snapshot_files(&commit)?;
    if paths.is_empty() {
        return Err(missing());
    }
    if let Some(shard) = missing_shard(&paths) {
        return Err(missing_offline(store, repository, format!("`{shard}`")));
    }
    Ok(Snapshot { commit, paths, entries: None })
}

/// The digest of a file that must be in the cache, sound.
async fn cached_digest(
    store: &Shelf,
    repository: &Repository,
    snapshot: &Snapshot,
    entry: &Entry,
) -> Result<Digest, HubError> {
    let pointer = store.pointer(&snapshot.commit, &entry.path);
    let path = entry.path.as_str();
    if !pointer.is_file() {
        return Err(missing_offline(store, repository, format!("`{path}` (commit {})", snapshot.commit)));
    }
    let (id, size_bytes, file) = (entry.id.clone(), entry.size_bytes, pointer.clone());
    match blocking(&pointer, move || download::check_cached(&file, &id, size_bytes)).await? {
        Checked::Right(digest) => Ok(digest),
        Checked::Wrong(problem) => {
            Err(missing_offline(store, repository, format!("a sound copy of `{path}` ({problem})")))
        }
    }
}

fn missing_offline(store: &Shelf, repository: &Repository, missing: String) -> HubError {
    HubError::Offline { repository: repository.to_string(), missing, cache: store.root().to_path_buf() }
}

fn file_path(path: &str) -> Result<FilePath, HubError> {
    FilePath::new(path).map_err(HubError::Name)
}

/// A file that must be there since others say how many there are: `train-00000-of-00002` needs `train-00001-of-00002`.
fn missing_shard(paths: &[String]) -> Option<String> {
    let mut seen = BTreeSet::new();
    paths.iter().find_map(|path| {
        let (head, tail) = path.rsplit_once("-of-")?;
        let (stem, number) = head.rsplit_once('-')?;
        let digits = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (count, ending) = tail.split_at(digits);
        let total: usize = count.parse().ok().filter(|total| *total <= 99_999)?;
        number.parse::<usize>().ok().filter(|_| seen.insert((stem, tail)))?;
        (0..total)
            .map(|index| format!("{stem}-{index:0width$}-of-{count}{ending}", width = number.len()))
            .find(|name| paths.binary_search(name).is_err())
    })
}
