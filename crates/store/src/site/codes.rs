//! Access codes: numbered, listed and revoked by their keyed hashes.

use super::database::{Row, Work, values};
use super::people::person;
use super::sessions::end_sessions;
use super::{Code, CodeState, Person, PersonId, Site, SiteError};
use daepyo_core::Digest;

fn code(row: &Row) -> Result<Code, SiteError> {
    let state = match (row.get::<Option<i64>>("revoked_ms")?, row.get::<Option<i64>>("person")?) {
        (Some(revoked_ms), _) => CodeState::Revoked(revoked_ms),
        (None, Some(_)) => CodeState::Used,
        (None, None) => CodeState::Unused,
    };
    Ok(Code { id: row.get("id")?, made_ms: row.get("made_ms")?, state })
}

/// Notes a code unless it is known, and locks its row.
async fn note(work: &mut Work, subject: &Digest, now_ms: i64) -> Result<Row, SiteError> {
    let sql = "INSERT INTO codes (subject, made_ms) VALUES ($1, $2) \
               ON CONFLICT (subject) DO UPDATE SET made_ms = codes.made_ms RETURNING id, revoked_ms";
    let row = work.row(sql, &values![subject, now_ms]).await?;
    row.ok_or(SiteError::Corrupt { what: "an access code that was just added" })
}

impl Site {
    /// Notes codes that were made, by their subjects; their numbers, in the same order.
    pub async fn add_codes(&self, subjects: &[Digest], now_ms: i64) -> Result<Vec<i64>, SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let mut numbers = Vec::with_capacity(subjects.len());
        for subject in subjects {
            numbers.push(note(&mut work, subject, now_ms).await?.get("id")?);
        }
        work.commit().await?;
        Ok(numbers)
    }

    /// The person behind a code, made as a citizen on its first use; `None` where the code is revoked. A code that was
    /// made before codes were noted is noted now.
    pub async fn person_of_code(&self, subject: Digest, now_ms: i64) -> Result<Option<Person>, SiteError> {
        let mut work = self.inner.pools.begin().await?;
        // The code's row stays locked, so that it cannot be revoked between this look and the person's row.
        let lock = "UPDATE codes SET made_ms = made_ms WHERE subject = $1 RETURNING id, revoked_ms";
        let row = match work.row(lock, &values![&subject]).await? {
            Some(row) => row,
            None => note(&mut work, &subject, now_ms).await?,
        };
        if row.get::<Option<i64>>("revoked_ms")?.is_some() {
            return Ok(None);
        }
        let add = "INSERT INTO people (subject, role, since_ms) VALUES ($1, 'citizen', $2) \
                   ON CONFLICT (subject) DO NOTHING";
        work.run(add, &values![&subject, now_ms]).await.map_err(SiteError::Query)?;
        let find = "SELECT id AS person, role, team, since_ms, disabled_ms FROM people WHERE subject = $1";
        let row = work.row(find, &values![&subject]).await?;
        let found = person(&row.ok_or(SiteError::Corrupt { what: "a person who was just added" })?)?;
        work.commit().await?;
        Ok(Some(found))
    }

    /// Codes with numbers below `below`, the newest first, at most `limit`.
    pub async fn codes(&self, below: i64, limit: u32) -> Result<Vec<Code>, SiteError> {
        let sql = "SELECT c.id, c.made_ms, c.revoked_ms, p.id AS person \
                   FROM codes c LEFT JOIN people p ON p.subject = c.subject \
                   WHERE c.id < $1 ORDER BY c.id DESC LIMIT $2";
        self.inner.pools.rows(sql, &values![below, i64::from(limit)]).await?.iter().map(code).collect()
    }

    /// How many codes are unused, used and revoked.
    pub async fn code_counts(&self) -> Result<(u64, u64, u64), SiteError> {
        let sql = "SELECT COUNT(*) AS made, COUNT(c.revoked_ms) AS revoked, \
                   COUNT(CASE WHEN c.revoked_ms IS NULL THEN p.id END) AS used \
                   FROM codes c LEFT JOIN people p ON p.subject = c.subject";
        let row = self.inner.pools.row(sql, &[]).await?;
        let row = row.ok_or(SiteError::Corrupt { what: "the count of access codes" })?;
        let count = |name| row.count::<u64>(name, "the count of access codes");
        let (made, used, revoked) = (count("made")?, count("used")?, count("revoked")?);
        Ok((made.saturating_sub(used).saturating_sub(revoked), used, revoked))
    }

    /// Revokes a code: it signs nobody in any more, and whoever signed in with it has no session. What they did stays.
    /// Revoking again changes nothing; `SiteError::Missing` where there is no such code.
    pub async fn revoke_code(&self, id: i64, now_ms: i64) -> Result<(), SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let sql = "UPDATE codes SET revoked_ms = COALESCE(revoked_ms, $2) WHERE id = $1 RETURNING subject";
        let Some(row) = work.row(sql, &values![id, now_ms]).await? else {
            return Err(SiteError::Missing { what: "access code" });
        };
        let subject: Vec<u8> = row.get("subject")?;
        // Whoever is between the look at the code and their session is stopped by this.
        let sql = "UPDATE people SET disabled_ms = COALESCE(disabled_ms, $2) WHERE subject = $1 RETURNING id";
        if let Some(row) = work.row(sql, &values![subject.as_slice(), now_ms]).await? {
            end_sessions(&mut work, PersonId(row.get("id")?), None).await?;
        }
        work.commit().await
    }
}
