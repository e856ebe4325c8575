//! Published folders looked at again while the site runs: one that is new or changed is shown once it verified.

use super::published::{Published, State, gone, open};
use super::shown::Shown;
use crate::programme::ProgrammeError;
use crate::settings::Settings;
use daepyo_core::StageId;
use daepyo_stage::Folder;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::SystemTime;

/// Folders are looked at no more often than this.
const EVERY_MS: i64 = 3_000;

/// What is shown, and what was before.
///
/// A state stays as long as the process, for a request may still be drawing from it. There are few: one for each time that
/// a stage was sealed or published while the site ran.
#[derive(Debug)]
pub(crate) struct Watch {
    first: Node,
    folders: Mutex<Vec<Watched>>,
    looked_ms: AtomicI64,
}

#[derive(Debug)]
struct Node {
    shown: Shown,
    next: OnceLock<Box<Self>>,
}

/// A folder as it is shown.
#[derive(Debug)]
struct Watched {
    path: PathBuf,
    /// Taken before the folder was opened.
    mark: Mark,
    /// How it looked when it last did not verify: a run may have been writing.
    failed: Option<Mark>,
    stage: Option<StageId>,
    state: State,
}

/// What tells that a folder changed: size and time of its rules, its manifest and its newest checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark([Option<(u64, SystemTime)>; 3]);

impl Mark {
    fn of(path: &Path) -> Self {
        let folder = Folder::at(path);
        let look = |file: PathBuf| {
            let metadata = std::fs::metadata(file).ok()?;
            Some((metadata.len(), metadata.modified().ok()?))
        };
        Self([folder.rules(), folder.manifest(), folder.log().join("checkpoint")].map(look))
    }
}

impl Watch {
    /// Reads the programme file and verifies the published folders. Takes as long as `daepyo verify` does.
    pub(crate) fn load(settings: &Settings) -> Result<Self, ProgrammeError> {
        let marks: Vec<Mark> = settings.published.iter().map(|path| Mark::of(path)).collect();
        let shown = Shown::load(settings)?;
        let opened = shown.published.iter().map(|one| (one.stage.clone(), one.state.clone()));
        let folders = settings.published.iter().zip(marks).zip(opened);
        let watched = |((path, mark), (stage, state)): ((&PathBuf, Mark), (Option<StageId>, State))| {
            Watched { path: path.clone(), mark, failed: None, stage, state }
        };
        Ok(Self {
            folders: Mutex::new(folders.map(watched).collect()),
            first: Node { shown, next: OnceLock::new() },
            looked_ms: AtomicI64::new(i64::MIN),
        })
    }

    /// The newest state.
    pub(crate) fn shown(&self) -> &Shown {
        &self.newest().shown
    }

    /// How many states there were before the newest.
    pub(crate) fn version(&self) -> usize {
        self.states().count() - 1
    }

    fn states(&self) -> impl Iterator<Item = &Node> {
        std::iter::successors(Some(&self.first), |node| node.next.get().map(|next| &**next))
    }

    fn newest(&self) -> &Node {
        self.states().last().unwrap_or(&self.first)
    }

    /// Whether it is time to look again; true for one request of those that come at once.
    pub(crate) fn is_due(&self, now_ms: i64) -> bool {
        let last = self.looked_ms.load(Ordering::Relaxed);
        // A clock that was set back must not keep it waiting.
        let is_due = now_ms < last || now_ms.saturating_sub(last) >= EVERY_MS;
        is_due && self.looked_ms.compare_exchange(last, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Looks at every folder, and opens and verifies those that changed.
    ///
    /// One that does not verify is looked at once more before that is shown: a run may be writing it at this moment. Returns
    /// whether pages that stand open have something else to say; not where only the log of a stage under way has grown.
    pub(crate) fn look(&self) -> bool {
        let Ok(mut folders) = self.folders.try_lock() else { return false };
        let (mut is_new, mut is_other) = (false, false);
        for folder in folders.iter_mut() {
            let mark = Mark::of(&folder.path);
            if mark == folder.mark {
                folder.failed = None;
                continue;
            }
            let (stage, mut found) = open(&folder.path);
            if matches!(found, State::NotYet) {
                if matches!(folder.state, State::NotYet) {
                    folder.mark = mark;
                    continue;
                }
                // A stage that was shown does not go away in silence.
                found = gone(&folder.path);
            }
            if matches!(found, State::Broken(_)) && folder.failed != Some(mark) {
                folder.failed = Some(mark);
                continue;
            }
            // Rules that cannot be read name no stage: it is still the one that was shown.
            let stage = stage.or_else(|| folder.stage.take());
            is_other |= found.is_other(&folder.state);
            *folder = Watched { path: folder.path.clone(), mark, failed: None, stage, state: found };
            is_new = true;
        }
        if is_new {
            let states = folders.iter().map(|folder| (folder.stage.clone(), folder.state.clone()));
            let shown = self.shown().with(Published::named(states.collect()));
            // Only this can set it, under the lock.
            let _ = self.newest().next.set(Box::new(Node { shown, next: OnceLock::new() }));
        }
        is_other
    }
}
