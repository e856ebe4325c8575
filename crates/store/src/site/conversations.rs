//! What people say of their conversations: reports, consent to publish, deletion.

use super::database::{Row, values};
use super::{BattleId, ContestId, PersonId, Site, SiteError};

impl Site {
    /// Keeps a report of harmful content in a battle (`SiteError::NotOpen` where it is another person's).
    pub async fn report(
        &self,
        battle: BattleId,
        person: PersonId,
        text: &str,
        now_ms: i64,
    ) -> Result<(), SiteError> {
        let add = "INSERT INTO reports (battle, person, text, reported_ms) \
                   SELECT id, person, $3, $4 FROM battles WHERE id = $1 AND person = $2";
        let values = values![battle.0, person.0, text.as_bytes(), now_ms];
        if self.inner.pools.run(add, &values).await.map_err(SiteError::Query)? > 0 {
            return Ok(());
        }
        let found = self.inner.pools.row("SELECT id FROM battles WHERE id = $1", &values![battle.0]).await?;
        Err(found.map_or(SiteError::Missing { what: "battle" }, |_| SiteError::NotOpen))
    }

    /// Reports, newest first: battle, text, when.
    pub async fn reports(&self, limit: u32) -> Result<Vec<(BattleId, String, i64)>, SiteError> {
        let sql = "SELECT battle, text, reported_ms FROM reports ORDER BY id DESC LIMIT $1";
        let rows = self.inner.pools.rows(sql, &values![i64::from(limit)]).await?;
        let report = |row: &Row| {
            Ok((BattleId(row.get("battle")?), row.text("text", "a report")?, row.get("reported_ms")?))
        };
        rows.iter().map(report).collect()
    }

    /// Keeps whether a person's conversations may be published (`SiteError::Closed` once the contest is: what is published
    /// then rests on consent given before).
    pub async fn set_consent(
        &self,
        person: PersonId,
        contest: ContestId,
        consents: bool,
        now_ms: i64,
    ) -> Result<(), SiteError> {
        let sql = "INSERT INTO consents (person, contest, consents, set_ms) \
                   SELECT p.id, c.id, $3, $4 FROM people p, contests c WHERE p.id = $1 AND c.id = $2 AND c.closed_ms IS NULL \
                   ON CONFLICT (person, contest) DO UPDATE SET consents = excluded.consents, set_ms = excluded.set_ms";
        let values = values![person.0, contest.0, i64::from(consents), now_ms];
        let mut work = self.inner.pools.begin().await?;
        let kept = work.run(sql, &values).await.map_err(SiteError::Query)?;
        work.commit().await?;
        if kept == 0 { Err(SiteError::Closed) } else { Ok(()) }
    }

    /// Whether a person has said that their conversations may be published.
    pub async fn consent(&self, person: PersonId, contest: ContestId) -> Result<bool, SiteError> {
        let sql = "SELECT consents FROM consents WHERE person = $1 AND contest = $2";
        let row = self.inner.pools.row(sql, &values![person.0, contest.0]).await?;
        row.map_or(Ok(false), |row| Ok(row.get::<i64>("consents")? == 1))
    }

    /// Deletes the text of a person's conversations (prompts, answers, reasons); votes and candidates stay, and reports,
    /// which the office still has to follow. How many battles had text.
    pub async fn forget(&self, person: PersonId) -> Result<u64, SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let sql = "SELECT COUNT(DISTINCT b.id) AS battles FROM battles b JOIN turns t ON t.battle = b.id \
                   LEFT JOIN votes v ON v.battle = b.id WHERE b.person = $1 \
                   AND (LENGTH(t.prompt) > 0 OR LENGTH(t.left_text) > 0 OR LENGTH(t.right_text) > 0 \
                        OR LENGTH(v.reason) > 0)";
        let row = work.row(sql, &values![person.0]).await?;
        let battles = row.map_or(Ok(0), |row| row.count("battles", "a count of battles"))?;
        // A text that has not come yet stays NULL, so that it is still waited for.
        let sql = "UPDATE turns SET prompt = $2, \
                   left_text = CASE WHEN left_text IS NULL THEN NULL ELSE $2 END, \
                   right_text = CASE WHEN right_text IS NULL THEN NULL ELSE $2 END \
                   WHERE battle IN (SELECT id FROM battles WHERE person = $1)";
        let nothing: &[u8] = &[];
        work.run(sql, &values![person.0, nothing]).await.map_err(SiteError::Query)?;
        let sql = "UPDATE votes SET reason = $2 WHERE person = $1";
        work.run(sql, &values![person.0, nothing]).await.map_err(SiteError::Query)?;
        work.commit().await?;
        Ok(battles)
    }
}
