//! What people say of their conversations: reports and what the office found of them, consent to publish, deletion.

use super::database::{Row, values};
use super::{BattleId, ContestId, PersonId, Site, SiteError};
use std::collections::BTreeSet;

/// A report of harmful content in a battle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its number.
    pub id: i64,
    /// The battle.
    pub battle: BattleId,
    /// The stage of the battle's contest.
    pub stage: String,
    /// The criterion of the battle's contest.
    pub criterion: String,
    /// Whether the contest is closed.
    pub is_closed: bool,
    /// What was written last.
    pub text: String,
    /// When that was, in milliseconds since 1970.
    pub reported_ms: i64,
    /// When the office handled it, in milliseconds since 1970; none where it has not since the text was written.
    pub handled_ms: Option<i64>,
    /// Whether it keeps the conversation from being published: until the office finds it harmless. Settled by the close.
    pub is_held_back: bool,
}

/// The reports of which the rest of the statement speaks.
macro_rules! reports {
    ($rest:expr) => {
        concat!(
            "SELECT r.id, r.battle, c.stage, c.criterion, c.closed_ms, r.text, r.reported_ms, r.handled_ms, \
             r.held_back FROM reports r JOIN battles b ON b.id = r.battle JOIN contests c ON c.id = b.contest ",
            $rest
        )
    };
}

fn report(row: &Row) -> Result<Report, SiteError> {
    Ok(Report {
        id: row.get("id")?,
        battle: BattleId(row.get("battle")?),
        stage: row.get("stage")?,
        criterion: row.get("criterion")?,
        is_closed: row.get::<Option<i64>>("closed_ms")?.is_some(),
        text: row.text("text", "a report")?,
        reported_ms: row.get("reported_ms")?,
        handled_ms: row.get("handled_ms")?,
        is_held_back: row.get::<i64>("held_back")? == 1,
    })
}

impl Site {
    /// Keeps a person's report of harmful content in their battle (`SiteError::NotOpen` where it is another person's). A
    /// second one takes the place of the first, and has to be handled anew. After the close of the contest it no longer
    /// changes what may be published.
    pub async fn report(
        &self,
        battle: BattleId,
        person: PersonId,
        text: &str,
        now_ms: i64,
    ) -> Result<(), SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let add = "INSERT INTO reports (battle, person, text, reported_ms, held_back) \
                   SELECT b.id, b.person, $3, $4, CASE WHEN c.closed_ms IS NULL THEN 1 ELSE 0 END \
                   FROM battles b JOIN contests c ON c.id = b.contest WHERE b.id = $1 AND b.person = $2 \
                   ON CONFLICT (battle, person) DO UPDATE SET text = excluded.text, \
                   reported_ms = excluded.reported_ms, handled_ms = NULL, \
                   held_back = CASE WHEN excluded.held_back = 1 THEN 1 ELSE reports.held_back END";
        let values = values![battle.0, person.0, text.as_bytes(), now_ms];
        if work.run(add, &values).await.map_err(SiteError::Query)? > 0 {
            return work.commit().await;
        }
        let found = work.row("SELECT id FROM battles WHERE id = $1", &values![battle.0]).await?;
        Err(found.map_or(SiteError::Missing { what: "battle" }, |_| SiteError::NotOpen))
    }

    /// Reports, newest first, at most `limit`; where given, those behind one of this time and number.
    pub async fn reports(&self, behind: Option<(i64, i64)>, limit: u32) -> Result<Vec<Report>, SiteError> {
        let sql = reports!(
            "WHERE (r.reported_ms, r.id) < ($1, $2) ORDER BY r.reported_ms DESC, r.id DESC LIMIT $3"
        );
        let (reported_ms, id) = behind.unwrap_or((i64::MAX, i64::MAX));
        let rows = self.inner.pools.rows(sql, &values![reported_ms, id, i64::from(limit)]).await?;
        rows.iter().map(report).collect()
    }

    /// The reports of a battle.
    pub async fn reports_of(&self, battle: BattleId) -> Result<Vec<Report>, SiteError> {
        let sql = reports!("WHERE r.battle = $1 ORDER BY r.id");
        self.inner.pools.rows(sql, &values![battle.0]).await?.iter().map(report).collect()
    }

    /// A person's own reports in a contest.
    pub async fn reports_by(&self, person: PersonId, contest: ContestId) -> Result<Vec<Report>, SiteError> {
        let sql = reports!("WHERE r.person = $1 AND b.contest = $2 ORDER BY r.id");
        self.inner.pools.rows(sql, &values![person.0, contest.0]).await?.iter().map(report).collect()
    }

    /// How many reports the office has not handled.
    pub async fn open_reports(&self) -> Result<u64, SiteError> {
        let sql = "SELECT COUNT(*) AS reports FROM reports WHERE handled_ms IS NULL";
        let row = self.inner.pools.row(sql, &[]).await?;
        row.map_or(Ok(0), |row| row.count("reports", "a count of reports"))
    }

    /// Keeps that the office has handled the reports of a battle, as far as they were written by `seen_ms`; harmless ones
    /// keep nothing from being published. After the close of the contest only that they were handled is kept.
    ///
    /// Fails with `SiteError::Missing` where there is no report, with `SiteError::NotOpen` where all are newer.
    pub async fn handle_reports(
        &self,
        battle: BattleId,
        is_harmless: bool,
        seen_ms: i64,
        now_ms: i64,
    ) -> Result<(), SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let sql = "UPDATE reports SET handled_ms = $2, held_back = CASE WHEN EXISTS ( \
                   SELECT 1 FROM battles b JOIN contests c ON c.id = b.contest \
                   WHERE b.id = reports.battle AND c.closed_ms IS NULL) THEN $3 ELSE held_back END \
                   WHERE battle = $1 AND reported_ms <= $4";
        let values = values![battle.0, now_ms, i64::from(!is_harmless), seen_ms];
        if work.run(sql, &values).await.map_err(SiteError::Query)? > 0 {
            return work.commit().await;
        }
        let found = work.row("SELECT id FROM reports WHERE battle = $1", &values![battle.0]).await?;
        Err(found.map_or(SiteError::Missing { what: "report" }, |_| SiteError::NotOpen))
    }

    /// The battles of a contest whose conversations are not published: reported before the close, and not found harmless.
    pub async fn held_back(&self, contest: ContestId) -> Result<BTreeSet<BattleId>, SiteError> {
        let sql = "SELECT DISTINCT r.battle FROM reports r JOIN battles b ON b.id = r.battle \
                   WHERE b.contest = $1 AND r.held_back = 1";
        let rows = self.inner.pools.rows(sql, &values![contest.0]).await?;
        rows.iter().map(|row| Ok(BattleId(row.get("battle")?))).collect()
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
