//! What the hub says about a repository: the commit of a revision, and that commit's files.

use crate::{
    Commit, HubError, Repository, Revision,
    client::Client,
    names::{ContentId, FilePath},
};
use reqwest::{
    Url,
    header::{self, HeaderMap},
};
use serde::{Deserialize, Serialize};

/// Most files that a repository may have.
const MOST_FILES: usize = 500_000;
/// Most pages of one listing.
pub(crate) const MOST_PAGES: usize = 2_000;

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) path: FilePath,
    pub(crate) size_bytes: u64,
    pub(crate) id: ContentId,
}

#[derive(Deserialize)]
struct Info {
    sha: String,
}

#[derive(Serialize, Deserialize)]
struct Raw {
    #[serde(rename = "type")]
    kind: String,
    oid: String,
    #[serde(default)]
    size: u64,
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lfs: Option<Lfs>,
}

#[derive(Serialize, Deserialize)]
struct Lfs {
    oid: String,
    size: u64,
}

impl Entry {
    /// `None` for folders and whatever else is no file.
    fn from_raw(raw: &Raw) -> Result<Option<Self>, crate::NameError> {
        if raw.kind != "file" {
            return Ok(None);
        }
        let path = FilePath::new(&raw.path)?;
        Ok(Some(match &raw.lfs {
            Some(lfs) => {
                let hex = lfs.oid.strip_prefix("sha256:").unwrap_or(&lfs.oid);
                Self { path, size_bytes: lfs.size, id: ContentId::sha256(hex)? }
            }
            None => Self { path, size_bytes: raw.size, id: ContentId::git(&raw.oid)? },
        }))
    }

    fn to_raw(&self) -> Raw {
        let hex = self.id.hex().to_owned();
        let (oid, lfs) = match self.id {
            ContentId::Git(_) => (hex, None),
            ContentId::Sha256(_) => (String::new(), Some(Lfs { oid: hex, size: self.size_bytes })),
        };
        Raw { kind: "file".to_owned(), oid, size: self.size_bytes, path: self.path.as_str().to_owned(), lfs }
    }

    /// Reads what [`Entry::write_all`] wrote.
    pub(crate) fn read_all(bytes: &[u8]) -> Option<Vec<Self>> {
        let raw: Vec<Raw> = serde_json::from_slice(bytes).ok()?;
        raw.iter().map(|raw| Self::from_raw(raw).ok()?).collect()
    }

    /// The entries as the hub's own JSON.
    pub(crate) fn write_all(entries: &[Self]) -> Vec<u8> {
        let raw: Vec<Raw> = entries.iter().map(Self::to_raw).collect();
        serde_json::to_vec(&raw).unwrap_or_default()
    }
}

/// The commit that `revision` is now.
pub(crate) async fn resolve(
    client: &Client,
    repository: &Repository,
    revision: &Revision,
) -> Result<Commit, HubError> {
    let url = client.address(repository.api().chain(["revision", revision.as_str()]));
    let what = format!("{} (revision `{revision}`)", repository.in_words());
    let (_, body) = client.text(&url, Some(repository), &what).await?;
    let info: Info =
        serde_json::from_slice(&body).map_err(|_| client.broken(format!("no commit is told for {what}")))?;
    Commit::new(&info.sha).map_err(HubError::Name)
}

/// All files of a commit, sorted by path.
pub(crate) async fn files(
    client: &Client,
    repository: &Repository,
    commit: &Commit,
) -> Result<Vec<Entry>, HubError> {
    let mut url = client.address(repository.api().chain(["tree", commit.as_str()]));
    url.query_pairs_mut().append_pair("recursive", "true").append_pair("expand", "false");
    let what = format!("the list of files of `{repository}`");
    let mut entries = Vec::new();
    for _ in 0..MOST_PAGES {
        let (head, body) = client.text(&url, Some(repository), &what).await?;
        let raw: Vec<Raw> =
            serde_json::from_slice(&body).map_err(|_| client.broken(format!("{what} cannot be read")))?;
        for raw in &raw {
            entries.extend(Entry::from_raw(raw).map_err(HubError::Name)?);
        }
        if entries.len() > MOST_FILES {
            return Err(client.broken(format!("`{repository}` has more than {MOST_FILES} files")));
        }
        let Some(next) = next(&head) else {
            entries.sort_by(|a, b| a.path.cmp(&b.path));
            if entries.windows(2).any(|pair| matches!(pair, [a, b] if a.path == b.path)) {
                return Err(client.broken(format!("{what} names a file twice")));
            }
            return Ok(entries);
        };
        url = next_page(client, &url, next)?;
    }
    Err(client.broken(format!("{what} has more than {MOST_PAGES} pages")))
}

/// Where the head says that the next page is.
pub(crate) fn next(head: &HeaderMap) -> Option<&str> {
    head.get_all(header::LINK).iter().find_map(|value| next_link(value.to_str().ok()?))
}

/// The page after `from`: only the cursor is taken from the answer, so that it is asked for at the same place, also where
/// a mirror passes on another hub's links.
pub(crate) fn next_page(client: &Client, from: &Url, link: &str) -> Result<Url, HubError> {
    let next = from.join(link).map_err(|_| client.broken("the next page's address cannot be read"))?;
    let cursor = next.query_pairs().find(|(name, _)| name == "cursor");
    let (_, cursor) = cursor.ok_or_else(|| client.broken("the next page's address has no cursor"))?;
    let mut url = from.clone();
    let kept: Vec<_> = from.query_pairs().filter(|(name, _)| name != "cursor").collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair("cursor", &cursor);
    if url == *from { Err(client.broken("the next page is the same again")) } else { Ok(url) }
}

/// The target of `rel="next"` (RFC 8288).
pub(crate) fn next_link(value: &str) -> Option<&str> {
    value.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next =
            parameters.split(';').any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
        next.then_some(target)
    })
}
