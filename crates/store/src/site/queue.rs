//! The queue of the evidence log: entries in the order in which their transactions committed, without a gap.
//!
//! A transaction that adds entries raises the queue's last number in `queue_state` and keeps that row locked until it has
//! committed; the next one waits for it, and one that is undone gives its numbers back. So numbers are given in the order
//! of commits: who sees number n sees every number below n, and `pending` can never pass over an entry that commits
//! later with a smaller number. The wait costs little, since votes that come at once share a transaction
//! ([`Site::vote_all`]) and the row is raised last, right before the commit. A sequence would not wait, but numbers
//! would then become visible in another order than their own; the log would need a second order, and whoever takes over
//! the log could not tell where the last writer stopped.

use super::database::{Row, Work, values};
use super::{PendingEntry, Site, SiteError};

impl Site {
    /// Puts an entry that belongs to no vote into the queue (a contest's opening, its closing); its number.
    pub async fn queue_entry(&self, entry: &[u8]) -> Result<i64, SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let number = enqueue(&mut work, entry).await?;
        work.commit().await?;
        Ok(number)
    }

    /// Entries that the log does not have yet, in order, at most `limit`; all durable.
    pub async fn pending(&self, limit: u32) -> Result<Vec<PendingEntry>, SiteError> {
        let sql = "SELECT number, entry FROM queue WHERE place IS NULL ORDER BY number LIMIT $1";
        let rows = self.inner.pools.rows(sql, &values![i64::from(limit)]).await?;
        // The log must not have what the store could still lose.
        self.inner.pools.durable().wait().await.map_err(SiteError::Disk)?;
        let entry = |row: &Row| Ok(PendingEntry { number: row.get("number")?, entry: row.get("entry")? });
        rows.iter().map(entry).collect()
    }

    /// The queue's numbers that the log has now, with their places in it, in the queue's order: the first behind the last
    /// number that was logged, at a place behind its place. Saying the same again is no error; another place than the one
    /// that is kept, or one that does not come behind it, is `SiteError::Corrupt`, and nothing is kept then.
    ///
    /// Places may be passed over: a store that was restored from a copy does not know all that the log has.
    pub async fn logged(&self, placed: &[(i64, u64)]) -> Result<(), SiteError> {
        const PLACE: &str =
            "UPDATE queue SET place = number + $3 WHERE number BETWEEN $1 AND $2 AND place IS NULL";
        const KEPT: &str =
            "SELECT COUNT(*) AS kept FROM queue WHERE number BETWEEN $1 AND $2 AND place = number + $3";
        const WHAT: SiteError = SiteError::Corrupt { what: "the place of an entry in the log" };
        if placed.is_empty() {
            return Ok(());
        }
        let mut work = self.inner.pools.begin().await?;
        // The log has one writer, but one that has lost its right may not know yet.
        work.lock("SELECT value FROM queue_state WHERE name = 'logged' FOR UPDATE", &[]).await?;
        let mut last = last_of(&mut work).await?;
        let mut added = 0_i64;
        for run in runs(placed).ok_or(WHAT)? {
            let given = values![run.first, run.last, run.ahead];
            let touched = work.run(PLACE, &given).await.map_err(SiteError::Query)?;
            let touched = i64::try_from(touched).unwrap_or(i64::MAX);
            let next = last.number.saturating_add(1);
            let new = run.first.max(next);
            let count = run.last.saturating_sub(new).saturating_add(1).max(0);
            let follows = new == next && last.place.is_none_or(|place| new.saturating_add(run.ahead) > place);
            if touched != count || (count > 0 && !follows) {
                return Err(WHAT);
            }
            if touched != run.last - run.first + 1 {
                let kept: Option<i64> =
                    work.row(KEPT, &given).await?.map(|row| row.get("kept")).transpose()?;
                if kept != Some(run.last - run.first + 1) {
                    return Err(WHAT);
                }
            }
            if count > 0 {
                last = Last { number: run.last, place: Some(run.last.saturating_add(run.ahead)) };
            }
            added = added.saturating_add(touched);
        }
        let sql = "UPDATE queue_state SET value = value + $1 WHERE name = 'logged'";
        work.run(sql, &values![added]).await.map_err(SiteError::Query)?;
        work.commit().await
    }

    /// The place and the bytes of the last entry that the log has, as far as the store knows.
    pub async fn last_logged(&self) -> Result<Option<(u64, Vec<u8>)>, SiteError> {
        let sql = "SELECT place, entry FROM queue \
                   WHERE number = (SELECT value FROM queue_state WHERE name = 'logged')";
        let row = self.inner.pools.row(sql, &[]).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((row.count("place", "the place of an entry in the log")?, row.get("entry")?)))
    }

    /// How many entries of the queue the log has.
    pub async fn logged_count(&self) -> Result<u64, SiteError> {
        let row = self.inner.pools.row("SELECT value FROM queue_state WHERE name = 'logged'", &[]).await?;
        row.ok_or(SiteError::Corrupt { what: "the state of the queue" })?
            .count("value", "the state of the queue")
    }

    /// How many entries were queued so far, and how many of them the log has.
    pub async fn queue_counts(&self) -> Result<(u64, u64), SiteError> {
        let sql = "SELECT (SELECT value FROM queue_state WHERE name = 'last') AS queued, \
                   (SELECT value FROM queue_state WHERE name = 'logged') AS logged";
        let row = self.inner.pools.row(sql, &[]).await?;
        let row = row.ok_or(SiteError::Corrupt { what: "the state of the queue" })?;
        Ok((row.count("queued", "the state of the queue")?, row.count("logged", "the state of the queue")?))
    }
}

/// The last number of the queue that the log has, and its place; 0 and none where there is none yet.
struct Last {
    number: i64,
    place: Option<i64>,
}

/// The last that was logged: numbers are logged in their order, so that how many there are is also the last one.
async fn last_of(work: &mut Work) -> Result<Last, SiteError> {
    let sql = "SELECT s.value AS number, q.place AS place FROM queue_state s \
               LEFT JOIN queue q ON q.number = s.value WHERE s.name = 'logged'";
    let row = work.row(sql, &[]).await?.ok_or(SiteError::Corrupt { what: "the state of the queue" })?;
    Ok(Last { number: row.get("number")?, place: row.get("place")? })
}

/// Numbers of the queue that follow each other in the log too.
struct Run {
    first: i64,
    last: i64,
    /// By how much the place in the log is ahead of the number; mostly it is behind.
    ahead: i64,
}

/// The runs of numbers with their places: one, as the log's writer takes them. None where a place is no number.
fn runs(placed: &[(i64, u64)]) -> Option<Vec<Run>> {
    let mut runs: Vec<Run> = Vec::new();
    for (number, place) in placed {
        let ahead = i64::try_from(*place).ok()?.checked_sub(*number)?;
        match runs.last_mut() {
            Some(run) if run.last.checked_add(1) == Some(*number) && run.ahead == ahead => run.last = *number,
            _ => runs.push(Run { first: *number, last: *number, ahead }),
        }
    }
    Some(runs)
}

/// Takes so many numbers of the queue; the one before the first. The queue is locked until the transaction ends: this
/// comes last.
async fn take_numbers(work: &mut Work, count: i64) -> Result<i64, SiteError> {
    let sql = "UPDATE queue_state SET value = value + $1 WHERE name = 'last' RETURNING value - $1 AS before";
    let row = work.row(sql, &values![count]).await?;
    row.ok_or(SiteError::Corrupt { what: "the state of the queue" })?.get("before")
}

/// Puts one entry into the queue; its number.
pub(super) async fn enqueue(work: &mut Work, entry: &[u8]) -> Result<i64, SiteError> {
    let number = take_numbers(work, 1).await? + 1;
    let sql = "INSERT INTO queue (number, entry) VALUES ($1, $2)";
    work.run(sql, &values![number, entry]).await.map_err(SiteError::Query)?;
    Ok(number)
}
