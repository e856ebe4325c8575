//! A disk that refuses: nobody is told that anything is kept.

use super::scene::{code, contest, new_battle, new_vote, person, ready};
use daepyo_core::VoteChoice;
use daepyo_store::site::{BattleId, Opening, Site};
use std::path::Path;

async fn open(folder: &Path) -> Site {
    Site::open(&format!("sqlite:{}", folder.join("site.db").display())).await.unwrap()
}

/// Puts something that no disk keeps where the store's log of changes is waited for. SQLite itself has the log open and
/// goes on writing it.
fn break_the_disk(folder: &Path) {
    let log = folder.join("site.db-wal");
    std::fs::rename(&log, folder.join("kept")).unwrap();
    std::os::unix::fs::symlink("/dev/null", &log).unwrap();
}

fn mend_the_disk(folder: &Path) {
    std::fs::remove_file(folder.join("site.db-wal")).unwrap();
    std::fs::rename(folder.join("kept"), folder.join("site.db-wal")).unwrap();
}

#[tokio::test]
async fn what_the_disk_refuses_is_not_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let site = open(folder.path()).await;
    let contest = contest(&site, 9, 9).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    ready(&site, 1, contest.id, one, 5).await;
    site.check().await.unwrap();
    break_the_disk(folder.path());
    let vote = new_vote(1, one, VoteChoice::Left, 6);
    assert_eq!(code(site.vote(&vote).await), "store::site_disk");
    // It may be there, and is not said to be: not to who asks again, nor to the log.
    assert_eq!(code(site.vote(&vote).await), "store::site_disk");
    assert_eq!(code(site.pending(9).await), "store::site_disk");
    assert_eq!(code(site.withdraw(BattleId(1), one, b"w", 7).await), "store::site_disk");
    let battle = new_battle(2, contest.id, two);
    let opening = Opening { battle: &battle, shown: None, opened_ms: 7 };
    assert_eq!(code(site.add_battles(&[opening]).await), "store::site_disk");
    assert!(site.set_consent(two, contest.id, true, 7).await.is_err());
    assert_eq!(code(site.check().await), "store::site_disk");
    // What the system could not write it forgets: that the disk takes the next thing says nothing of this one.
    mend_the_disk(folder.path());
    assert_eq!(code(site.vote(&vote).await), "store::site_disk");
    // A new start tells what is there.
    site.close().await;
    let site = open(folder.path()).await;
    site.check().await.unwrap();
    let row = site.vote(&vote).await.unwrap();
    assert_eq!((row.vote, row.queued), (vote, 1));
}
