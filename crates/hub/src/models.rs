//! Models of a hub: which ones say that they were made from a base, or belong to an owner; their files, and the download.

use crate::{
    Commit, HubError, NameError, Owner, Repository, Revision,
    cache::Shelf,
    dataset::{AT_ONCE, Hub, LocalFile, Snapshot},
    listing::{self, MOST_PAGES},
};
use futures_util::{StreamExt, TryStreamExt};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeSet, fmt, path::PathBuf};

/// Models of one page; hubs may give fewer.
const PAGE_MODELS: &str = "200";
/// Most models of one list.
const MOST_MODELS: usize = 100_000;

/// Which models are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelQuery {
    /// Those that name this model as what they were made from.
    MadeFrom(Repository),
    /// All of this owner.
    OwnedBy(Owner),
}

impl ModelQuery {
    /// `OWNER/NAME` asks for what was made from that model, `OWNER` for all models of that owner.
    ///
    /// # Examples
    /// ```
    /// use daepyo_hub::ModelQuery;
    /// assert!(matches!(ModelQuery::new("team/base"), Ok(ModelQuery::MadeFrom(_))));
    /// assert!(matches!(ModelQuery::new("team"), Ok(ModelQuery::OwnedBy(_))));
    /// assert!(ModelQuery::new("../team").is_err());
    /// ```
    pub fn new(text: &str) -> Result<Self, NameError> {
        if text.contains('/') {
            Repository::model(text).map(Self::MadeFrom)
        } else {
            Owner::new(text).map(Self::OwnedBy)
        }
    }

    /// The hub's own filter.
    fn filter(&self) -> (&'static str, String) {
        match self {
            Self::MadeFrom(base) => ("filter", format!("{TAG}{base}")),
            Self::OwnedBy(owner) => ("author", owner.to_string()),
        }
    }

    fn fits(&self, model: &DeclaredModel) -> bool {
        match self {
            Self::MadeFrom(base) => model.names(base.as_str()),
            Self::OwnedBy(owner) => model.repository.owner().eq_ignore_ascii_case(owner.as_str()),
        }
    }
}

impl fmt::Display for ModelQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MadeFrom(base) => f.write_str(base.as_str()),
            Self::OwnedBy(owner) => f.write_str(owner.as_str()),
        }
    }
}

/// A model, as it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredModel {
    /// Its name.
    pub repository: Repository,
    /// What its default branch was when it was listed, where the hub says so.
    pub commit: Option<Commit>,
    /// What it says it was made from: names of models as a rule, but any text may stand there.
    pub parents: Vec<String>,
    /// How, in the hub's word (`finetune`, `adapter`, `merge`, `quantized`), where there is one for all parents.
    pub relation: Option<String>,
    /// Whether its files are given only to people who accepted its terms.
    pub gated: bool,
}

impl DeclaredModel {
    /// Whether `parent` is one of those that it was made from; hubs take names in any case.
    pub fn names(&self, parent: &str) -> bool {
        self.parents.iter().any(|named| named.eq_ignore_ascii_case(parent))
    }
}

/// A file of a model on the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its path in the repository.
    pub path: String,
    /// How long it is.
    pub size_bytes: u64,
    /// What names its content, the same in every repository: `sha256:…` of large files, `git:…` of small ones.
    pub content: String,
}

/// A model's files on the hub, at one commit.
#[derive(Debug)]
pub struct RemoteModel {
    repository: Repository,
    snapshot: Snapshot,
}

impl RemoteModel {
    /// The commit.
    pub fn commit(&self) -> &Commit {
        &self.snapshot.commit
    }

    /// Its files, by path.
    pub fn files(&self) -> Vec<RemoteFile> {
        let entries = self.snapshot.entries.iter().flatten();
        let files = entries.map(|entry| RemoteFile {
            path: entry.path.as_str().to_owned(),
            size_bytes: entry.size_bytes,
            content: entry.id.in_full(),
        });
        files.collect()
    }
}

impl Hub {
    /// The models that `query` asks for, in the hub's order: those that are downloaded most first. What the hub lists is
    /// refused as a whole where a name would lead out of the cache, where it was not asked for, or where it does not end.
    pub async fn models(&self, query: &ModelQuery) -> Result<Vec<DeclaredModel>, HubError> {
        self.must_be_online(&query.to_string())?;
        let (name, value) = query.filter();
        let mut url = self.client.address(["api", "models"].into_iter());
        url.query_pairs_mut()
            .append_pair(name, &value)
            .append_pair("full", "true")
            .append_pair("cardData", "true")
            .append_pair("sort", "downloads")
            .append_pair("direction", "-1")
            .append_pair("limit", PAGE_MODELS);
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        for _ in 0..MOST_PAGES {
            let (head, body) = self.client.text(&url, None, &format!("the models of `{query}`")).await?;
            let page = models(&body).ok_or_else(|| self.client.broken(UNREADABLE))?;
            let before = seen.len();
            for model in page {
                let model = model.map_err(HubError::Name)?;
                if !query.fits(&model) {
                    let problem = format!("the list of models holds `{}`, unasked", model.repository);
                    return Err(self.client.broken(problem));
                }
                // What is downloaded between two pages may move a model to the next.
                if seen.insert(model.repository.clone()) {
                    found.push(model);
                }
            }
            if found.len() > MOST_MODELS {
                let problem = format!("the list of models has more than {MOST_MODELS} of them");
                return Err(self.client.broken(problem));
            }
            let Some(next) = listing::next(&head) else { return Ok(found) };
            if seen.len() == before {
                return Err(self.client.broken("the list of models goes on without anything new"));
            }
            url = listing::next_page(&self.client, &url, next)?;
        }
        Err(self.client.broken(format!("the list of models has more than {MOST_PAGES} pages")))
    }

    /// What one model declares, under the name that the hub has for it now.
    pub async fn model(&self, repository: &Repository) -> Result<DeclaredModel, HubError> {
        self.must_be_online(repository.as_str())?;
        let url = self.client.address(repository.api());
        let (_, body) = self.client.text(&url, Some(repository), &repository.in_words()).await?;
        let raw: Raw = serde_json::from_slice(&body).map_err(|_| self.client.broken(UNREADABLE))?;
        raw.declared().map_err(HubError::Name)
    }

    /// Which files a model has, without any of them.
    pub async fn model_files(&self, model: &DeclaredModel) -> Result<RemoteModel, HubError> {
        let repository = model.repository.clone();
        let store = Shelf::new(&self.settings.cache, &repository);
        let revision = match &model.commit {
            Some(commit) => Revision::new(commit.as_str()).map_err(HubError::Name)?,
            None => Revision::main(),
        };
        let snapshot = self.snapshot(&store, &repository, &revision).await?;
        Ok(RemoteModel { repository, snapshot })
    }

    /// Brings files of a model, by their paths, into the cache, checked by size and digest; the folder in which they lie.
    /// What is there already is not downloaded again, and what was cut off goes on.
    pub async fn fetch_model(&self, model: &RemoteModel, paths: &[String]) -> Result<PathBuf, HubError> {
        let store = Shelf::new(&self.settings.cache, &model.repository);
        let _: Vec<LocalFile> = futures_util::stream::iter(paths)
            .map(|path| self.one(&store, &model.repository, &model.snapshot, path))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(store.snapshot(&model.snapshot.commit))
    }

    /// Nothing of the cache tells which models a hub has.
    fn must_be_online(&self, what: &str) -> Result<(), HubError> {
        if !self.settings.offline {
            return Ok(());
        }
        let missing = "what is declared on the hub".to_owned();
        Err(HubError::Offline { repository: what.to_owned(), missing, cache: self.settings.cache.clone() })
    }
}

const UNREADABLE: &str = "what it says of models cannot be read";
/// Tags with which a hub marks what was made from what: `base_model:NAME`, `base_model:RELATION:NAME`.
const TAG: &str = "base_model:";

/// A model as the hub writes it.
#[derive(Deserialize)]
struct Raw {
    id: String,
    #[serde(default)]
    sha: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    /// `false`, or how consent is given.
    #[serde(default)]
    gated: Value,
    #[serde(default, rename = "cardData")]
    card: Value,
}

/// The models of one page; `None` where it is no list of models.
pub(crate) fn models(page: &[u8]) -> Option<Vec<Result<DeclaredModel, NameError>>> {
    let raw: Vec<Raw> = serde_json::from_slice(page).ok()?;
    Some(raw.iter().map(Raw::declared).collect())
}

impl Raw {
    fn declared(&self) -> Result<DeclaredModel, NameError> {
        let mut parents = texts(self.card.get("base_model"));
        let mut words = BTreeSet::new();
        for tag in self.tags.iter().filter_map(|tag| tag.strip_prefix(TAG)) {
            let (word, name) = tag.split_once(':').map_or((None, tag), |(word, name)| (Some(word), name));
            words.extend(word);
            if !name.is_empty() && !parents.iter().any(|parent| parent.eq_ignore_ascii_case(name)) {
                parents.push(name.to_owned());
            }
        }
        let said = self.card.get("base_model_relation").and_then(Value::as_str);
        let only = words.first().copied().filter(|_| words.len() == 1);
        Ok(DeclaredModel {
            repository: Repository::model(&self.id)?,
            commit: self.sha.as_deref().map(Commit::new).transpose()?,
            parents,
            relation: said.or(only).map(str::to_owned),
            gated: !matches!(self.gated, Value::Null | Value::Bool(false)),
        })
    }
}

/// A text, or the texts of a list.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    }
}
