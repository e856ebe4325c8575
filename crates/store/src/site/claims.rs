//! Whose the store is: said by the first server that opens it, and compared by every other.

use super::database::values;
use super::{Site, SiteError};

impl Site {
    /// What the store keeps under this name: `value` where nothing was kept, here or at any other server, and what was
    /// kept first otherwise. It never changes.
    pub async fn claim(&self, name: &str, value: &str) -> Result<String, SiteError> {
        if let Some(kept) = self.claimed(name).await? {
            return Ok(kept);
        }
        // Of two that come at once the row decides; the second one finds it there.
        let sql = "INSERT INTO claims (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        self.inner.pools.run(sql, &values![name, value]).await.map_err(SiteError::Query)?;
        self.claimed(name).await?.ok_or(SiteError::Corrupt { what: "whose the store is" })
    }

    async fn claimed(&self, name: &str) -> Result<Option<String>, SiteError> {
        let row = self.inner.pools.row("SELECT value FROM claims WHERE name = $1", &values![name]).await?;
        row.map(|row| row.get("value")).transpose()
    }
}
