//! Sessions, by the digests of their tokens.

use super::database::values;
use super::people::person;
use super::{PersonId, Session, Site, SiteError};
use daepyo_core::Digest;

impl Site {
    /// Starts a session.
    pub async fn start_session(
        &self,
        token: Digest,
        person: PersonId,
        now_ms: i64,
        expires_ms: i64,
    ) -> Result<(), SiteError> {
        let sql = "INSERT INTO sessions (token, person, since_ms, expires_ms) VALUES ($1, $2, $3, $4)";
        let values = values![&token, person.0, now_ms, expires_ms];
        self.inner.pools.run(sql, &values).await.map(|_| ()).map_err(SiteError::Query)
    }

    /// The session of a token that has not expired.
    pub async fn session(&self, token: Digest, now_ms: i64) -> Result<Option<Session>, SiteError> {
        let sql = "SELECT s.expires_ms, p.id AS person, p.role, p.team, p.since_ms \
                   FROM sessions s JOIN people p ON p.id = s.person WHERE s.token = $1 AND s.expires_ms > $2";
        let row = self.inner.pools.row(sql, &values![&token, now_ms]).await?;
        row.map(|row| Ok(Session { person: person(&row)?, expires_ms: row.get("expires_ms")? })).transpose()
    }

    /// Ends a session; no error where there is none.
    pub async fn end_session(&self, token: Digest) -> Result<(), SiteError> {
        let sql = "DELETE FROM sessions WHERE token = $1";
        self.inner.pools.run(sql, &values![&token]).await.map(|_| ()).map_err(SiteError::Query)
    }

    /// Removes expired sessions; how many.
    pub async fn sweep_sessions(&self, now_ms: i64) -> Result<u64, SiteError> {
        let sql = "DELETE FROM sessions WHERE expires_ms <= $1";
        self.inner.pools.run(sql, &values![now_ms]).await.map_err(SiteError::Query)
    }
}
