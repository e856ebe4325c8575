//! What the tests of voters found, time after time.

use super::database::{Row, values};
use super::queue::enqueue;
use super::{ContestId, Site, SiteError};

impl Site {
    /// Keeps what was found in a slot of time; `entry` goes into the queue of the log in the same transaction. Whether it
    /// was kept: the first one of a slot is, on whichever server. Once the contest is closed only slots below 0 are taken:
    /// what is published then must not be added to by a test that began before.
    pub async fn add_examination(
        &self,
        contest: ContestId,
        slot: i64,
        at_ms: i64,
        line: &[u8],
        entry: &[u8],
    ) -> Result<bool, SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let sql = "INSERT INTO examinations (contest, slot, at_ms, line) SELECT id, $2, $3, $4 FROM contests \
                   WHERE id = $1 AND (closed_ms IS NULL OR $2 < 0) ON CONFLICT DO NOTHING";
        let added = work.run(sql, &values![contest.0, slot, at_ms, line]).await.map_err(SiteError::Query)?;
        if added == 0 {
            return Ok(false);
        }
        enqueue(&mut work, entry).await?;
        work.commit().await?;
        Ok(true)
    }

    /// Whether a slot of time has its examination.
    pub async fn is_examined(&self, contest: ContestId, slot: i64) -> Result<bool, SiteError> {
        let sql = "SELECT slot FROM examinations WHERE contest = $1 AND slot = $2";
        Ok(self.inner.pools.row(sql, &values![contest.0, slot]).await?.is_some())
    }

    /// What was found, in the order of time; the one at the close is the last.
    pub async fn examinations(&self, contest: ContestId) -> Result<Vec<Vec<u8>>, SiteError> {
        let sql = "SELECT line FROM examinations WHERE contest = $1 ORDER BY CASE WHEN slot < 0 THEN 1 ELSE 0 END, slot";
        self.inner
            .pools
            .rows(sql, &values![contest.0])
            .await?
            .iter()
            .map(|row: &Row| row.get("line"))
            .collect()
    }
}
