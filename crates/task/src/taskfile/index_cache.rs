//! What is known of a folder's task files from earlier, so that only changed ones are read.

use super::{index::Found, source::Reader, walk::Stamp};
use crate::TaskError;
use daepyo_core::Digest;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// Another number whenever files are read differently or the layout below changes.
const FORMAT: u32 = 1;
/// File systems count time in steps; a file that changed twice within one step can't be told from one that changed
/// once. What changed so shortly before it was read is not kept.
const TOO_FRESH_NS: i64 = 2_000_000_000;

/// What is kept, as it lies in the file. Paths that are not UTF-8 are not kept.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    version: String,
    /// In the order in which they are read.
    files: Vec<KeptFile>,
    included: Vec<(String, Stamp)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptFile {
    /// What stands behind the folder's own path.
    #[serde(rename = "p")]
    path: String,
    #[serde(rename = "s")]
    stamp: Stamp,
    #[serde(rename = "f")]
    found: Found,
    /// Places in [`Kept::included`] of the files that it includes at any depth.
    #[serde(rename = "u", default, skip_serializing_if = "Vec::is_empty")]
    includes: Vec<usize>,
}

/// Memory of one folder of task files. Files must be asked for in the order of [`super::walk::task_files`].
#[derive(Debug)]
pub(super) struct IndexCache {
    file: PathBuf,
    /// How much of a path is that of the folder.
    root_bytes: usize,
    known: std::iter::Peekable<std::vec::IntoIter<KeptFile>>,
    /// Which of the included files known from earlier are unchanged.
    unchanged: Vec<bool>,
    after: Kept,
    /// Places in the new list of included files.
    places: BTreeMap<String, usize>,
    opened_ns: i64,
    is_changed: bool,
}

fn version() -> String {
    format!("{} {FORMAT}", env!("CARGO_PKG_VERSION"))
}

impl IndexCache {
    /// What is kept in `folder` of the task files under `root`; nothing where that can't be read.
    pub(super) fn open(folder: &Path, root: &Path) -> Self {
        let root_bytes = root.as_os_str().len();
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf());
        let name = Digest::of(root.as_os_str().as_bytes()).to_string().replace(':', "-");
        let file = folder.join(format!("{name}.json"));
        let before = fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok())
            .filter(|kept| kept.version == version());
        let is_changed = before.is_none();
        let Kept { files, included, .. } = before.unwrap_or_default();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut cache = Self {
            file,
            root_bytes,
            known: files.into_iter().peekable(),
            unchanged: included
                .iter()
                .map(|(path, stamp)| Stamp::at(Path::new(path)) == Some(*stamp))
                .collect(),
            places: BTreeMap::new(),
            after: Kept { version: version(), ..Kept::default() },
            opened_ns: i64::try_from(since.as_nanos()).unwrap_or(0),
            is_changed,
        };
        for (place, (path, stamp)) in included.into_iter().enumerate() {
            if cache.unchanged.get(place) == Some(&true) {
                cache.places.insert(path.clone(), place);
            }
            cache.after.included.push((path, stamp));
        }
        cache
    }

    /// What the file at `path`, whose stamp was just taken, defines; it is read with `reader` only where it is not known.
    pub(super) fn found(
        &mut self,
        path: &Path,
        stamp: Option<Stamp>,
        reader: &mut Reader,
    ) -> Result<Found, TaskError> {
        let name = path.to_str().and_then(|path| path.get(self.root_bytes..));
        while self.known.next_if(|kept| name.is_some_and(|name| kept.path.as_str() < name)).is_some() {
            self.is_changed = true;
        }
        if let Some(kept) = self.known.next_if(|kept| Some(kept.path.as_str()) == name) {
            let is_unchanged = |place: &usize| self.unchanged.get(*place) == Some(&true);
            if Some(kept.stamp) == stamp && kept.includes.iter().all(is_unchanged) {
                let found = kept.found.clone();
                self.after.files.push(kept);
                return Ok(found);
            }
            self.is_changed = true;
        }
        let layers = reader.read_layers(path)?;
        let found = Found::of(&layers)?;
        let includes: Option<Vec<usize>> =
            layers.included_paths().map(|included| self.place(included)).collect();
        if let (Some(stamp), Some(path), Some(includes)) = (stamp, name, includes)
            && self.is_settled(stamp)
        {
            self.is_changed = true;
            self.after.files.push(KeptFile { path: path.to_owned(), stamp, found: found.clone(), includes });
        }
        Ok(found)
    }

    /// The place of an included file; `None` where it can't be kept.
    ///
    /// Its stamp is taken after it was read. That is safe, since a file that changed after the cache was opened is not
    /// settled.
    fn place(&mut self, included: &Path) -> Option<usize> {
        let path = included.to_str()?;
        if let Some(place) = self.places.get(path) {
            return Some(*place);
        }
        let stamp = Stamp::at(included).filter(|stamp| self.is_settled(*stamp))?;
        let place = self.after.included.len();
        self.after.included.push((path.to_owned(), stamp));
        self.places.insert(path.to_owned(), place);
        Some(place)
    }

    fn is_settled(&self, stamp: Stamp) -> bool {
        stamp.changed_ns.saturating_add(TOO_FRESH_NS) < self.opened_ns
    }

    /// Keeps what is known now. A folder that can't be written costs time at the next start, and nothing else.
    pub(super) fn close(mut self) {
        if !self.is_changed && self.known.next().is_none() {
            return;
        }
        let Some(folder) = self.file.parent() else { return };
        let Ok(bytes) = serde_json::to_vec(&self.after) else { return };
        let fresh = self.file.with_extension(format!("{}.new", std::process::id()));
        let written = fs::create_dir_all(folder)
            .and_then(|()| fs::write(&fresh, bytes))
            .and_then(|()| fs::rename(&fresh, &self.file));
        if written.is_err() {
            let _ = fs::remove_file(&fresh);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;
    use crate::taskfile::walk::stamped_files;

    /// Reads the index of `root` as if an hour had passed since the files changed; how many files were read anew.
    fn read(root: &Path, folder: &Path) -> usize {
        let mut cache = IndexCache::open(folder, root);
        cache.opened_ns = cache.opened_ns.saturating_add(3_600_000_000_000);
        let mut anew = 0;
        for (path, stamp) in stamped_files(root).unwrap() {
            cache.is_changed = false;
            cache.found(&path, stamp, &mut Reader::default()).unwrap();
            anew += usize::from(cache.is_changed);
        }
        cache.is_changed = true;
        cache.close();
        anew
    }

    #[test]
    fn unchanged_files_are_not_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (root, kept) = (folder.path().join("tasks"), folder.path().join("kept"));
        fs::create_dir(&root).unwrap();
        fs::write(root.join("base"), "tag: t\n").unwrap();
        fs::write(root.join("a.yaml"), "task: a\ninclude: base\n").unwrap();
        fs::write(root.join("b.yaml"), "task: b\n").unwrap();
        assert_eq!(read(&root, &kept), 2);
        assert_eq!(read(&root, &kept), 0);
        fs::write(root.join("base"), "tag: another\n").unwrap();
        assert_eq!(read(&root, &kept), 1, "only `a` includes what changed");
        assert_eq!(read(&root, &kept), 0);
    }

    #[test]
    fn a_link_is_known_by_the_file_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let (root, kept) = (folder.path().join("tasks"), folder.path().join("kept"));
        fs::create_dir(&root).unwrap();
        fs::write(folder.path().join("real"), "task: a\n").unwrap();
        std::os::unix::fs::symlink(folder.path().join("real"), root.join("a.yaml")).unwrap();
        assert_eq!(read(&root, &kept), 1);
        assert_eq!(read(&root, &kept), 0);
        fs::write(folder.path().join("real"), "task: longer\n").unwrap();
        assert_eq!(read(&root, &kept), 1);
    }

    #[test]
    fn what_changed_just_now_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.yaml"), "task: a\n").unwrap();
        let mut cache = IndexCache::open(&folder.path().join("kept"), folder.path());
        let path = folder.path().join("a.yaml");
        cache.found(&path, Stamp::at(&path), &mut Reader::default()).unwrap();
        assert!(cache.after.files.is_empty());
    }
}
