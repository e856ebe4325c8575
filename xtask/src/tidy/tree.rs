//! The files of the repository, as git knows them.

use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use std::collections::BTreeMap;

/// Paths relative to the root, with `/`, and their content.
#[derive(Debug, Default)]
pub(crate) struct Tree(BTreeMap<String, Content>);

#[derive(Debug)]
struct Content {
    bytes: usize,
    /// None where the file is not UTF-8.
    text: Option<String>,
}

impl Tree {
    /// Every file that is tracked, or new and not ignored.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Failure> {
        let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = process::capture(&mut command(settings, "git", &arguments))?;
        let mut files = BTreeMap::new();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            let full = settings.root.join(path);
            // Deleted, but still in the index.
            if !full.is_file() {
                continue;
            }
            let bytes = std::fs::read(&full).map_err(Failure::io("read", &full))?;
            let content = Content { bytes: bytes.len(), text: String::from_utf8(bytes).ok() };
            files.insert(path.to_owned(), content);
        }
        Ok(Self(files))
    }

    /// A tree for tests.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let content = |text: &str| Content { bytes: text.len(), text: Some(text.to_owned()) };
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), content(text))).collect())
    }

    /// How many files there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Paths and texts of all text files, by path.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(path, file)| Some((path.as_str(), file.text.as_deref()?)))
    }

    /// Paths and lengths in bytes of all files, by path.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file.bytes))
    }

    /// Paths and texts of the text files whose name ends so.
    pub(crate) fn ending(&self, end: &str) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(move |(path, _)| path.ends_with(end))
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path)?.text.as_deref()
    }

    /// Whether this is a file, or a folder with a file in it.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.0.contains_key(path)
            || self.0.range(folder.clone()..).next().is_some_and(|(found, _)| found.starts_with(&folder))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn a_folder_is_there_when_a_file_is_in_it() {
        let tree = Tree::of(&[("docs/a.md", ""), ("docs.md", "")]);
        assert!(tree.has("docs") && tree.has("docs/") && tree.has("docs/a.md") && tree.has("docs.md"));
        assert!(!tree.has("doc") && !tree.has("docs/a"));
    }

    #[test]
    fn new_files_are_read_and_ignored_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let settings = Settings::below(&root);
        process::capture(&mut command(&settings, "git", &["init", "--quiet"])).unwrap();
        std::fs::write(root.join(".gitignore"), "ignored\n").unwrap();
        std::fs::write(root.join("ignored"), "").unwrap();
        std::fs::write(root.join("new"), "text").unwrap();
        std::fs::write(root.join("picture"), [0xff, 0xfe]).unwrap();
        let tree = Tree::read(&settings).unwrap();
        assert_eq!(tree.texts().map(|(path, _)| path).collect::<Vec<_>>(), [".gitignore", "new"]);
        assert_eq!(tree.len(), 3);
    }
}
