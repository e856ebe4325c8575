//! Contests: opened under rules, closed for good.

use super::database::{Row, values};
use super::{Contest, ContestId, ContestRules, NewContest, Site, SiteError};

/// The columns of a contest.
macro_rules! contest_columns {
    () => {
        "SELECT id, stage, criterion, rules, seed, opened_ms, closed_ms FROM contests "
    };
}

fn contest(row: &Row) -> Result<Contest, SiteError> {
    Ok(Contest {
        id: ContestId(row.get("id")?),
        stage: row.get("stage")?,
        criterion: row.get("criterion")?,
        rules: rules(&row.get::<String>("rules")?)?,
        seed: row.bytes("seed", "a contest's seed")?,
        opened_ms: row.get("opened_ms")?,
        closed_ms: row.get("closed_ms")?,
    })
}

/// The rules of a contest, as they are kept.
pub(super) fn rules(text: &str) -> Result<ContestRules, SiteError> {
    serde_json::from_str(text).map_err(|_| SiteError::Corrupt { what: "a contest's rules" })
}

impl Site {
    /// Opens a contest for a criterion of a stage, or gives the one that is there, closed or not (its rules must be equal:
    /// `SiteError::OtherRules`; its seed stays its own).
    pub async fn open_contest(&self, new: &NewContest, now_ms: i64) -> Result<Contest, SiteError> {
        let rules = serde_json::to_string(&new.rules);
        let rules = rules.map_err(|_| SiteError::Corrupt { what: "a contest's rules" })?;
        let add = "INSERT INTO contests (stage, criterion, rules, seed, opened_ms) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (stage, criterion) DO NOTHING";
        let values =
            values![new.stage.as_str(), new.criterion.as_str(), rules.as_str(), new.seed.as_slice(), now_ms];
        self.inner.pools.run(add, &values).await.map_err(SiteError::Query)?;
        let find = concat!(contest_columns!(), "WHERE stage = $1 AND criterion = $2");
        let row = self.inner.pools.row(find, &values![new.stage.as_str(), new.criterion.as_str()]).await?;
        let found = contest(&row.ok_or(SiteError::Corrupt { what: "a contest that was just opened" })?)?;
        if found.rules == new.rules { Ok(found) } else { Err(SiteError::OtherRules) }
    }

    /// Every contest, oldest first.
    pub async fn contests(&self) -> Result<Vec<Contest>, SiteError> {
        let sql = concat!(contest_columns!(), "ORDER BY id");
        self.inner.pools.rows(sql, &[]).await?.iter().map(contest).collect()
    }

    /// The contest for a criterion of a stage.
    pub async fn contest_of(&self, stage: &str, criterion: &str) -> Result<Option<Contest>, SiteError> {
        let sql = concat!(contest_columns!(), "WHERE stage = $1 AND criterion = $2");
        self.inner.pools.row(sql, &values![stage, criterion]).await?.as_ref().map(contest).transpose()
    }

    /// A contest.
    pub async fn contest(&self, id: ContestId) -> Result<Option<Contest>, SiteError> {
        let sql = concat!(contest_columns!(), "WHERE id = $1");
        self.inner.pools.row(sql, &values![id.0]).await?.as_ref().map(contest).transpose()
    }

    /// Closes a contest: no vote, withdrawal, turn or battle is taken from now on. Gives it as closed; closing twice is no
    /// error, and the first time holds.
    pub async fn close_contest(&self, id: ContestId, now_ms: i64) -> Result<Contest, SiteError> {
        let mut work = self.inner.pools.begin_alone().await?;
        let sql = "UPDATE contests SET closed_ms = $2 WHERE id = $1 AND closed_ms IS NULL";
        work.run(sql, &values![id.0, now_ms]).await.map_err(SiteError::Query)?;
        let row = work.row(concat!(contest_columns!(), "WHERE id = $1"), &values![id.0]).await?;
        let closed = contest(&row.ok_or(SiteError::Missing { what: "contest" })?)?;
        work.commit().await?;
        Ok(closed)
    }
}
