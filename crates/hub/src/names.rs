//! Names that a hub gives: repositories, revisions, commits, paths of files and the ids of their contents.

use std::fmt;

/// A name that cannot be one of a hub.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not {what}", shown(name))]
pub struct NameError {
    what: &'static str,
    name: String,
}

impl NameError {
    /// What it should have been.
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// The name, fit to be shown.
    pub fn name(&self) -> String {
        shown(&self.name)
    }
}

/// Hostile text for one line of a message: no control characters, at most 200 characters.
fn shown(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// What a repository holds. A hub keeps each kind under addresses of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Dataset,
    Model,
}

impl Kind {
    /// The hub's own word, in its interface and in the cache.
    const fn plural(self) -> &'static str {
        match self {
            Self::Dataset => "datasets",
            Self::Model => "models",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Dataset => "data set",
            Self::Model => "model",
        }
    }
}

/// A repository: `owner/name`, or `name` alone for the oldest ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    kind: Kind,
    name: String,
}

/// The hub's rule for a part of a name: letters, digits, `-`, `_` and `.`.
fn is_part(part: &str) -> bool {
    (1..=96).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && !part.starts_with(['-', '.'])
        && !part.ends_with(['-', '.'])
        && !part.contains("--")
        && !part.contains("..")
}

fn is_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    (1..=2).contains(&parts.len()) && parts.into_iter().all(is_part)
}

impl Repository {
    /// Reads a data set's name by the hub's rule: one or two parts of letters, digits, `-`, `_` and `.`.
    pub fn new(name: &str) -> Result<Self, NameError> {
        if is_name(name) {
            Ok(Self { kind: Kind::Dataset, name: name.to_owned() })
        } else {
            Err(NameError { what: "a data set's name on a hub (`owner/name`)", name: name.to_owned() })
        }
    }

    /// Reads a model's name by the same rule.
    pub fn model(name: &str) -> Result<Self, NameError> {
        if is_name(name) {
            Ok(Self { kind: Kind::Model, name: name.to_owned() })
        } else {
            Err(NameError { what: "a model's name on a hub (`owner/name`)", name: name.to_owned() })
        }
    }

    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Whose it is; the name itself for the oldest ones.
    pub fn owner(&self) -> &str {
        self.name.split('/').next().unwrap_or(&self.name)
    }

    /// The part after the owner.
    pub(crate) fn last(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// The folder's name in the cache.
    pub(crate) fn folder(&self) -> String {
        format!("{}--{}", self.kind.plural(), self.name.replace('/', "--"))
    }

    /// Where people and files find it, below the hub's address.
    pub(crate) fn page(&self) -> impl Iterator<Item = &str> {
        let above = match self.kind {
            Kind::Dataset => Some("datasets"),
            Kind::Model => None,
        };
        above.into_iter().chain(self.name.split('/'))
    }

    /// Where programs ask for it, below the hub's address.
    pub(crate) fn api(&self) -> impl Iterator<Item = &str> {
        ["api", self.kind.plural()].into_iter().chain(self.name.split('/'))
    }

    /// Its kind and name, for people.
    pub(crate) fn in_words(&self) -> String {
        format!("{} `{}`", self.kind.word(), self.name)
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A person or an organisation with repositories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner(String);

impl Owner {
    /// Reads a name by the hub's rule: letters, digits, `-`, `_` and `.`.
    pub fn new(name: &str) -> Result<Self, NameError> {
        if is_part(name) {
            Ok(Self(name.to_owned()))
        } else {
            Err(NameError { what: "an owner's name on a hub", name: name.to_owned() })
        }
    }

    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A branch, a tag or a commit, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(String);

impl Revision {
    /// Reads a revision.
    pub fn new(name: &str) -> Result<Self, NameError> {
        match FilePath::new(name) {
            Ok(path) if name.len() <= 250 => Ok(Self(path.0)),
            _ => Err(NameError { what: "a branch, a tag or a commit", name: name.to_owned() }),
        }
    }

    /// The hub's default branch.
    pub(crate) fn main() -> Self {
        Self("main".to_owned())
    }

    /// The branch to which the hub writes every data set as Parquet.
    pub(crate) fn parquet() -> Self {
        Self("refs/convert/parquet".to_owned())
    }

    /// The revision as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The commit, where the revision names one in full.
    pub(crate) fn commit(&self) -> Option<Commit> {
        Commit::new(&self.0).ok()
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A commit: 40 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Commit(String);

impl Commit {
    /// Reads a commit.
    pub fn new(hex: &str) -> Result<Self, NameError> {
        if hex.len() == 40 && is_lower_hex(hex) {
            Ok(Self(hex.to_owned()))
        } else {
            Err(NameError { what: "a commit", name: hex.to_owned() })
        }
    }

    /// The 40 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The path of a file in a repository. It leads nowhere outside the folder that it is joined to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FilePath(String);

impl FilePath {
    /// Refuses absolute paths, `.` and `..`, empty parts, backslashes and control characters.
    pub(crate) fn new(path: &str) -> Result<Self, NameError> {
        let sound = |part: &str| {
            (1..=255).contains(&part.len())
                && part != "."
                && part != ".."
                && !part.contains('\\')
                && !part.chars().any(char::is_control)
        };
        if path.len() <= 2048 && path.split('/').all(sound) {
            Ok(Self(path.to_owned()))
        } else {
            Err(NameError { what: "a path of a file inside a repository", name: path.to_owned() })
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

/// The id of a file's content, which names it in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ContentId {
    /// Git's own: SHA-1 of `blob`, the length and the content.
    Git(String),
    /// SHA-256 of the content, for large files.
    Sha256(String),
}

impl ContentId {
    pub(crate) fn git(hex: &str) -> Result<Self, NameError> {
        Commit::new(hex).map(|id| Self::Git(id.0))
    }

    pub(crate) fn sha256(hex: &str) -> Result<Self, NameError> {
        if hex.len() == 64 && is_lower_hex(hex) {
            Ok(Self::Sha256(hex.to_owned()))
        } else {
            Err(NameError { what: "a SHA-256", name: hex.to_owned() })
        }
    }

    /// The digits with the kind before them.
    pub(crate) fn in_full(&self) -> String {
        let kind = match self {
            Self::Git(_) => "git",
            Self::Sha256(_) => "sha256",
        };
        format!("{kind}:{}", self.hex())
    }

    /// The digits.
    pub(crate) fn hex(&self) -> &str {
        match self {
            Self::Git(hex) | Self::Sha256(hex) => hex,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Commit, FilePath, Owner, Repository, Revision};

    #[test]
    fn names_that_would_leave_the_cache_are_refused() {
        for name in ["", "a/b/c", "../x", "a/..", "/a", "a/", "a b", "a--b/c", "-a/b", "a/b.", "a\u{0}b/c"] {
            assert!(Repository::new(name).is_err(), "{name:?}");
            assert!(Repository::model(name).is_err(), "{name:?}");
        }
        for path in
            ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", "a\\..\\b", "a\nb", "a/", "\u{0}"]
        {
            assert!(FilePath::new(path).is_err(), "{path:?}");
            assert!(Revision::new(path).is_err(), "{path:?}");
        }
        assert!(Commit::new("main").is_err());
        for name in ["", "a/b", "..", ".a", "a b", "a&b"] {
            assert!(Owner::new(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn real_names_are_taken() {
        for name in ["HAERAE-HUB/KMMLU", "allenai/ai2_arc", "gsm8k", "a/b-1.0_x"] {
            assert!(Repository::new(name).is_ok(), "{name}");
        }
        for path in ["README.md", "data/train-00000-of-00001.parquet", "한국어/시험.jsonl", "a b/c.csv"]
        {
            assert!(FilePath::new(path).is_ok(), "{path}");
        }
        assert!(Revision::new("refs/convert/parquet").is_ok());
    }
}
