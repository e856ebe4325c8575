//! What SQLite has committed, made durable: for many transactions at once, and beside the next ones.
//!
//! Left to itself (`synchronous=FULL`), SQLite waits for the disk within each commit, and nobody else can write meanwhile.
//! Here a commit only writes its log of changes, the file `DATABASE-wal`, and whoever committed waits for the disk
//! afterwards; those who come while the disk works share its next turn. What is durable is a prefix of what was committed:
//! the log is one file, written in order. SQLite itself still waits wherever it must to keep that so, when it moves the
//! log's pages into the database and begins the log anew.
//!
//! Where the disk has failed once, nothing is durable any more until the file is opened anew: the system forgets what it
//! could not write, so that a later success would say nothing about it.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Who waits.
type Waiting = oneshot::Sender<Result<(), Arc<io::Error>>>;

/// The way to the thread that waits for the disk. Cheap to clone; the thread ends with the last clone.
#[derive(Clone, Debug)]
pub(super) struct Wal(mpsc::UnboundedSender<Waiting>);

impl Wal {
    /// Of a database that keeps such a log.
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        let (sender, waiting) = mpsc::unbounded_channel();
        let serve = move || serve(&PathBuf::from(path), waiting);
        std::thread::Builder::new().name("daepyo-wal".to_owned()).spawn(serve)?;
        Ok(Self(sender))
    }

    /// Waits until everything that was committed before this call is durable.
    pub(super) async fn durable(&self) -> Result<(), Arc<io::Error>> {
        let (answer, done) = oneshot::channel();
        self.0.send(answer).map_err(|_| gone())?;
        done.await.map_err(|_| gone())?
    }
}

fn gone() -> Arc<io::Error> {
    Arc::new(io::Error::other("the thread that waits for the disk has ended"))
}

fn serve(path: &Path, mut waiting: mpsc::UnboundedReceiver<Waiting>) {
    let mut file = None;
    let mut broken: Option<Arc<io::Error>> = None;
    while let Some(first) = waiting.blocking_recv() {
        let mut all = vec![first];
        while let Ok(next) = waiting.try_recv() {
            all.push(next);
        }
        if broken.is_none()
            && let Err(error) = sync(path, &mut file)
        {
            broken = Some(Arc::new(io::Error::new(error.kind(), format!("{}: {error}", path.display()))));
        }
        for answer in all {
            // Who has gone away needs no answer.
            let _ = answer.send(broken.clone().map_or(Ok(()), Err));
        }
    }
}

fn sync(path: &Path, file: &mut Option<File>) -> io::Result<()> {
    let now = match path.metadata() {
        Ok(now) => now,
        // The last connection that was closed has moved everything into the database, and waited for that.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let is_same = |one: &Metadata| (one.dev(), one.ino()) == (now.dev(), now.ino());
    let opened = match file.take() {
        Some(opened) if is_same(&opened.metadata()?) => opened,
        _ => File::open(path)?,
    };
    opened.sync_data()?;
    *file = Some(opened);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::*;

    #[tokio::test]
    async fn once_the_disk_has_failed_nothing_is_durable_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("site.db-wal");
        let wal = Wal::of(&folder.path().join("site.db")).unwrap();
        wal.durable().await.unwrap();
        std::fs::write(&log, "pages").unwrap();
        wal.durable().await.unwrap();
        // Nothing can be waited for there: the disk's way to say no.
        std::fs::remove_file(&log).unwrap();
        std::os::unix::fs::symlink("/dev/null", &log).unwrap();
        let failed = wal.durable().await.unwrap_err().to_string();
        assert!(failed.contains("site.db-wal"), "{failed}");
        std::fs::remove_file(&log).unwrap();
        std::fs::write(&log, "pages").unwrap();
        assert_eq!(wal.durable().await.unwrap_err().to_string(), failed);
    }

    #[tokio::test]
    async fn many_share_a_turn_of_the_disk_and_each_is_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("site.db-wal"), "pages").unwrap();
        let wal = Wal::of(&folder.path().join("site.db")).unwrap();
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let wal = wal.clone();
            all.spawn(async move { wal.durable().await });
        }
        while let Some(done) = all.join_next().await {
            done.unwrap().unwrap();
        }
    }
}
