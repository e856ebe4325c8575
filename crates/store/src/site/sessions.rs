//! Sessions, by the digests of their tokens.

use super::database::{Work, values};
use super::people::person;
use super::{OwnSession, PersonId, Session, Site, SiteError};
use daepyo_core::Digest;

impl Site {
    /// Starts a session that ends at a fixed moment, used or not.
    pub async fn start_session(
        &self,
        token: Digest,
        person: PersonId,
        now_ms: i64,
        ends_ms: i64,
    ) -> Result<(), SiteError> {
        self.start_sliding_session(token, person, now_ms, ends_ms, ends_ms).await
    }

    /// Starts a session that ends at `expires_ms` unless it is used, and at `ends_ms` in any case.
    pub async fn start_sliding_session(
        &self,
        token: Digest,
        person: PersonId,
        now_ms: i64,
        expires_ms: i64,
        ends_ms: i64,
    ) -> Result<(), SiteError> {
        let sql = "INSERT INTO sessions (token, person, since_ms, seen_ms, expires_ms, ends_ms) \
                   VALUES ($1, $2, $3, $3, $4, $5)";
        let values = values![&token, person.0, now_ms, expires_ms.min(ends_ms), ends_ms];
        self.inner.pools.run(sql, &values).await.map(|_| ()).map_err(SiteError::Query)
    }

    /// The session of a token that has not expired, of somebody who is not disabled.
    pub async fn session(&self, token: Digest, now_ms: i64) -> Result<Option<Session>, SiteError> {
        let sql = "SELECT s.expires_ms, s.seen_ms, p.id AS person, p.role, p.team, p.since_ms, p.disabled_ms \
                   FROM sessions s JOIN people p ON p.id = s.person \
                   WHERE s.token = $1 AND s.expires_ms > $2 AND p.disabled_ms IS NULL";
        let Some(row) = self.inner.pools.row(sql, &values![&token, now_ms]).await? else { return Ok(None) };
        let (expires_ms, seen_ms) = (row.get("expires_ms")?, row.get("seen_ms")?);
        Ok(Some(Session { person: person(&row)?, expires_ms, seen_ms }))
    }

    /// Notes that a session is used: it then lasts until `expires_ms`, but never beyond the end that it began with. One
    /// that has expired stays so.
    pub async fn touch_session(&self, token: Digest, now_ms: i64, expires_ms: i64) -> Result<(), SiteError> {
        let sql = "UPDATE sessions SET seen_ms = $2, \
                   expires_ms = CASE WHEN ends_ms < $3 THEN ends_ms ELSE $3 END \
                   WHERE token = $1 AND expires_ms > $2 AND seen_ms <= $2";
        let values = values![&token, now_ms, expires_ms];
        self.inner.pools.run(sql, &values).await.map(|_| ()).map_err(SiteError::Query)
    }

    /// A person's sessions that have not expired, the newest first.
    pub async fn sessions_of(&self, person: PersonId, now_ms: i64) -> Result<Vec<OwnSession>, SiteError> {
        let sql = "SELECT token, since_ms, seen_ms, expires_ms FROM sessions \
                   WHERE person = $1 AND expires_ms > $2 ORDER BY since_ms DESC, token";
        let rows = self.inner.pools.rows(sql, &values![person.0, now_ms]).await?;
        let session = |row: &super::database::Row| {
            Ok(OwnSession {
                token: Digest::from_bytes(row.bytes("token", "a session's token")?),
                since_ms: row.get("since_ms")?,
                seen_ms: row.get("seen_ms")?,
                expires_ms: row.get("expires_ms")?,
            })
        };
        rows.iter().map(session).collect()
    }

    /// Ends a session; no error where there is none.
    pub async fn end_session(&self, token: Digest) -> Result<(), SiteError> {
        let sql = "DELETE FROM sessions WHERE token = $1";
        self.inner.pools.run(sql, &values![&token]).await.map(|_| ()).map_err(SiteError::Query)
    }

    /// Ends all sessions of a person but `keep`; how many.
    pub async fn end_sessions_of(&self, person: PersonId, keep: Option<Digest>) -> Result<u64, SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let ended = end_sessions(&mut work, person, keep).await?;
        work.commit().await?;
        Ok(ended)
    }

    /// Removes expired sessions; how many.
    pub async fn sweep_sessions(&self, now_ms: i64) -> Result<u64, SiteError> {
        let sql = "DELETE FROM sessions WHERE expires_ms <= $1";
        self.inner.pools.run(sql, &values![now_ms]).await.map_err(SiteError::Query)
    }
}

/// Ends all sessions of a person but `keep`, within a transaction.
pub(super) async fn end_sessions(
    work: &mut Work,
    person: PersonId,
    keep: Option<Digest>,
) -> Result<u64, SiteError> {
    let ended = match &keep {
        Some(keep) => {
            work.run("DELETE FROM sessions WHERE person = $1 AND token <> $2", &values![person.0, keep]).await
        }
        None => work.run("DELETE FROM sessions WHERE person = $1", &values![person.0]).await,
    };
    ended.map_err(SiteError::Query)
}
