//! What serves once: challenges and answers of sign-ins, for all servers of a database together.

use super::database::values;
use super::{Site, SiteError};
use daepyo_core::Digest;

impl Site {
    /// Whether this is the first use of `id`, here or at any other server; it is remembered until `until_ms` has passed.
    pub async fn take_once(&self, id: Digest, until_ms: i64, now_ms: i64) -> Result<bool, SiteError> {
        // The row decides between two that come at once: the second one finds it there.
        let sql = "INSERT INTO once (id, until_ms) VALUES ($1, $2) \
                   ON CONFLICT (id) DO UPDATE SET until_ms = $2 WHERE once.until_ms < $3";
        let touched = self.inner.pools.run(sql, &values![&id, until_ms, now_ms]).await;
        Ok(touched.map_err(SiteError::Query)? > 0)
    }

    /// Forgets what has expired; how many.
    pub async fn sweep_once(&self, now_ms: i64) -> Result<u64, SiteError> {
        let sql = "DELETE FROM once WHERE until_ms < $1";
        self.inner.pools.run(sql, &values![now_ms]).await.map_err(SiteError::Query)
    }
}
