//! Attempts to sign in, counted for all servers of a database together.
//!
//! One number a row does it (the generic cell rate algorithm): the moment at which nothing of the allowance would be used
//! any more. An attempt moves it on by one attempt's time, and is refused where it would lie further ahead than the whole
//! allowance lasts. One statement decides, so that servers and requests that come at once cannot exceed it together.

use super::database::values;
use super::{Allowance, Site, SiteError};
use daepyo_core::Digest;

impl Site {
    /// Takes an attempt of `whose`, a keyed hash of the caller's. `None` where it is allowed, else after how many
    /// milliseconds the next one is.
    pub async fn attempt(
        &self,
        whose: Digest,
        allowance: Allowance,
        now_ms: i64,
    ) -> Result<Option<u64>, SiteError> {
        let at_us = now_ms.saturating_mul(1000);
        let every_us = i64::from(allowance.every_us);
        let most_us = every_us.saturating_mul(i64::from(allowance.burst.max(1)));
        // A moment that no attempt can have led to is that of a clock which was set back since: it counts for nothing.
        let sql = "INSERT INTO attempts (whose, whole_us) VALUES ($1, $2 + $3) \
                   ON CONFLICT (whose) DO UPDATE SET whole_us = $3 + CASE \
                   WHEN attempts.whole_us > $2 AND attempts.whole_us <= $2 + $4 THEN attempts.whole_us ELSE $2 END \
                   WHERE attempts.whole_us + $3 <= $2 + $4 OR attempts.whole_us > $2 + $4";
        let values = values![&whose, at_us, every_us, most_us];
        if self.inner.pools.run(sql, &values).await.map_err(SiteError::Query)? > 0 {
            return Ok(None);
        }
        let sql = "SELECT whole_us FROM attempts WHERE whose = $1";
        let row = self.inner.pools.row(sql, &values![&whose]).await?;
        let whole_us = row.map_or(Ok(at_us), |row| row.get::<i64>("whole_us"))?;
        let wait_us = whole_us.saturating_add(every_us).saturating_sub(at_us).saturating_sub(most_us);
        Ok(Some(u64::try_from(wait_us).unwrap_or(0).div_ceil(1000).max(1)))
    }

    /// Forgets whoever has their whole allowance again; how many.
    pub async fn sweep_attempts(&self, now_ms: i64) -> Result<u64, SiteError> {
        let sql = "DELETE FROM attempts WHERE whole_us <= $1";
        self.inner.pools.run(sql, &values![now_ms.saturating_mul(1000)]).await.map_err(SiteError::Query)
    }
}
