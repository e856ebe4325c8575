//! Battles: opened under caps, ended without a vote, read.

use super::database::{Row, Sql, Value, either, is_taken, values};
use super::tallies::skip;
use super::turns::{turn, turn_columns};
use super::{
    Battle, BattleId, BattleMode, BattleState, ContestId, Ended, NewBattle, Opening, PersonId, Site,
    SiteError, Turn,
};
use std::collections::BTreeMap;

/// States as they are kept.
pub(super) const OPEN: i64 = 0;
pub(super) const VOTED: i64 = 1;
const VOID: i64 = 2;
const FAILED: i64 = 3;
const LEFT: i64 = 4;

/// Why a battle is void that its own person reported.
pub const REPORTED: &str = "report";

pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Korea's clock is nine hours ahead of UTC, all year.
const KOREA_MS: i64 = 9 * 60 * 60 * 1000;

/// The columns of a battle `b`.
macro_rules! battle_columns {
    () => {
        "b.id, b.contest, b.person, b.mode, b.left_side, b.right_side, b.prompt, b.draw, b.opened_ms, b.state, b.why"
    };
}
pub(super) use battle_columns;

/// A battle without its turns.
pub(super) fn battle(row: &Row) -> Result<Battle, SiteError> {
    let mode = match row.get::<String>("mode")?.as_str() {
        "recorded" => BattleMode::Recorded,
        "live" => BattleMode::Live,
        _ => return Err(SiteError::Corrupt { what: "a battle's mode" }),
    };
    let why = || {
        let why = row.get::<Option<Vec<u8>>>("why")?.unwrap_or_default();
        String::from_utf8(why).map_err(|_| SiteError::Corrupt { what: "why a battle ended" })
    };
    let state = match row.get::<i64>("state")? {
        OPEN => BattleState::Open,
        VOTED => BattleState::Voted,
        VOID => BattleState::Ended(Ended::Void { why: why()? }),
        FAILED => BattleState::Ended(Ended::Failed { why: why()? }),
        LEFT => BattleState::Ended(Ended::Left),
        _ => return Err(SiteError::Corrupt { what: "a battle's state" }),
    };
    Ok(Battle {
        opened: NewBattle {
            id: BattleId(row.get("id")?),
            contest: ContestId(row.get("contest")?),
            person: PersonId(row.get("person")?),
            mode,
            left: row.get("left_side")?,
            right: row.get("right_side")?,
            prompt: row.get("prompt")?,
            draw: row.get("draw")?,
        },
        opened_ms: row.get("opened_ms")?,
        state,
        turns: Vec::new(),
    })
}

/// The turns of rows by battle; within a battle in the order of the rows.
pub(super) fn turns_by_battle(rows: &[Row]) -> Result<BTreeMap<i64, Vec<Turn>>, SiteError> {
    let mut turns = BTreeMap::<i64, Vec<Turn>>::new();
    for row in rows {
        turns.entry(row.get("battle")?).or_default().push(turn(row)?);
    }
    Ok(turns)
}

/// When the day of Korea began that an instant lies in, both in milliseconds since 1970. Caps count votes by these days.
pub fn day_began_ms(now_ms: i64) -> i64 {
    let day = now_ms.saturating_add(KOREA_MS).div_euclid(DAY_MS);
    day.saturating_mul(DAY_MS).saturating_sub(KOREA_MS)
}

impl Site {
    /// Opens a battle under the contest's caps (`SiteError::Closed`, `SiteError::CapDay`, `SiteError::CapAll`,
    /// `SiteError::Unfinished` where the person has an open battle in the contest: its number; `SiteError::Taken` where the
    /// number was drawn before).
    pub async fn add_battle(&self, new: &NewBattle, now_ms: i64) -> Result<Battle, SiteError> {
        let opening = Opening { battle: new, shown: None, opened_ms: now_ms };
        if let Some((_, refused)) = self.add_battles(&[opening]).await?.pop() {
            return Err(refused);
        }
        let (opened, turns) = (new.clone(), Vec::new());
        Ok(Battle { opened, opened_ms: now_ms, state: BattleState::Open, turns })
    }

    /// A battle with its turns.
    pub async fn battle(&self, id: BattleId) -> Result<Option<Battle>, SiteError> {
        let sql = concat!("SELECT ", battle_columns!(), " FROM battles b WHERE b.id = $1");
        let Some(row) = self.inner.pools.row(sql, &values![id.0]).await? else { return Ok(None) };
        let mut found = self.with_turns(vec![battle(&row)?]).await?;
        Ok(found.pop())
    }

    /// A person's battles of a contest, newest first, at most `limit`, before `before` where given.
    pub async fn battles_of(
        &self,
        person: PersonId,
        contest: ContestId,
        before: Option<BattleId>,
        limit: u32,
    ) -> Result<Vec<Battle>, SiteError> {
        let limit = i64::from(limit);
        let rows = match before {
            None => {
                let sql = concat!(
                    "SELECT ",
                    battle_columns!(),
                    " FROM battles b WHERE b.person = $1 AND b.contest = $2 ORDER BY b.place DESC LIMIT $3"
                );
                self.inner.pools.rows(sql, &values![person.0, contest.0, limit]).await?
            }
            Some(before) => {
                let sql = concat!(
                    "SELECT ",
                    battle_columns!(),
                    " FROM battles b WHERE b.person = $1 AND b.contest = $2 \
                     AND b.place < (SELECT place FROM battles WHERE id = $4) ORDER BY b.place DESC LIMIT $3"
                );
                self.inner.pools.rows(sql, &values![person.0, contest.0, limit, before.0]).await?
            }
        };
        self.with_turns(rows.iter().map(battle).collect::<Result<_, _>>()?).await
    }

    /// Reads the turns of battles.
    async fn with_turns(&self, mut battles: Vec<Battle>) -> Result<Vec<Battle>, SiteError> {
        const OF_BATTLES: Sql = either(
            concat!(
                turn_columns!(),
                " WHERE battle IN (SELECT value FROM json_each($1)) ORDER BY battle, number"
            ),
            concat!(turn_columns!(), " WHERE battle = ANY($1) ORDER BY battle, number"),
        );
        let ids: Vec<i64> = battles.iter().map(|battle| battle.opened.id.0).collect();
        let rows = self.inner.pools.rows(OF_BATTLES, &[Value::Ints(&ids)]).await?;
        let mut turns = turns_by_battle(&rows)?;
        for battle in &mut battles {
            battle.turns = turns.remove(&battle.opened.id.0).unwrap_or_default();
        }
        Ok(battles)
    }

    /// Ends a battle without a vote: void (an identity leak, a report) or failed (infrastructure). No error where it is
    /// over already, or its contest closed: how it stood then holds. One that was left or reported counts for the day's cap.
    pub async fn end_battle(&self, battle: BattleId, end: &Ended, now_ms: i64) -> Result<(), SiteError> {
        let (state, why) = match end {
            Ended::Void { why } => (VOID, Some(why.as_bytes())),
            Ended::Failed { why } => (FAILED, Some(why.as_bytes())),
            Ended::Left => (LEFT, None),
        };
        let sql = "UPDATE battles SET state = $2, why = $3, ended_ms = $4 WHERE id = $1 AND state = 0 \
                   AND EXISTS (SELECT 1 FROM contests c WHERE c.id = battles.contest AND c.closed_ms IS NULL)";
        let values = values![battle.0, state, why, now_ms];
        // As votes do, so that none ends while its contest closes.
        let mut work = self.inner.pools.begin().await?;
        let ended = work.run(sql, &values).await.map_err(SiteError::Query)?;
        let is_own_doing = match end {
            Ended::Left => true,
            Ended::Void { why } => why == REPORTED,
            Ended::Failed { .. } => false,
        };
        if ended > 0 && is_own_doing {
            skip(&mut work, battle.0, now_ms).await?;
        }
        work.commit().await?;
        if ended > 0 {
            return Ok(());
        }
        let found = self.inner.pools.row("SELECT id FROM battles WHERE id = $1", &values![battle.0]).await?;
        found.map(|_| ()).ok_or(SiteError::Missing { what: "battle" })
    }

    /// How often each (left, right) was shown in a contest: all battles but failed ones. Reads all of the contest's
    /// battles: for a server's start, not for every draw.
    pub async fn exposures(&self, contest: ContestId) -> Result<Vec<(String, String, u64)>, SiteError> {
        let sql = "SELECT left_side, right_side, COUNT(*) AS shown FROM battles \
                   WHERE contest = $1 AND state <> 3 GROUP BY left_side, right_side ORDER BY left_side, right_side";
        let rows = self.inner.pools.rows(sql, &values![contest.0]).await?;
        let exposure = |row: &Row| {
            Ok((row.get("left_side")?, row.get("right_side")?, row.count("shown", "a count of battles")?))
        };
        rows.iter().map(exposure).collect()
    }

    /// How often each assigned prompt was given in a contest, failed battles apart.
    pub async fn prompt_uses(&self, contest: ContestId) -> Result<Vec<(String, u64)>, SiteError> {
        let sql = "SELECT prompt, COUNT(*) AS given FROM battles \
                   WHERE contest = $1 AND state <> 3 AND prompt IS NOT NULL GROUP BY prompt ORDER BY prompt";
        let rows = self.inner.pools.rows(sql, &values![contest.0]).await?;
        rows.iter().map(|row| Ok((row.get("prompt")?, row.count("given", "a count of battles")?))).collect()
    }

    /// What a person has used of a contest's caps: on the day of Korea that `now_ms` lies in (votes, and battles that were
    /// left, reported or withdrawn), and in all (votes that hold).
    pub async fn votes_cast(
        &self,
        contest: ContestId,
        person: PersonId,
        now_ms: i64,
    ) -> Result<(u32, u32), SiteError> {
        const SQL: Sql = either(
            "SELECT COALESCE(SUM(votes), 0) AS cast_in_all, \
             COALESCE(SUM(CASE WHEN began_ms = $3 THEN votes + skipped END), 0) AS used_today \
             FROM tallies WHERE contest = $1 AND person = $2",
            "SELECT COALESCE(SUM(votes), 0)::bigint AS cast_in_all, \
             COALESCE(SUM(CASE WHEN began_ms = $3 THEN votes + skipped END), 0)::bigint AS used_today \
             FROM tallies WHERE contest = $1 AND person = $2",
        );
        let row = self.inner.pools.row(SQL, &values![contest.0, person.0, day_began_ms(now_ms)]).await?;
        let row = row.ok_or(SiteError::Corrupt { what: "a count of votes" })?;
        let count = |name| row.count(name, "a count of votes");
        Ok((count("used_today")?, count("cast_in_all")?))
    }

    /// How many votes of a contest hold, and how many people cast them.
    pub async fn turnout(&self, contest: ContestId) -> Result<(u64, u64), SiteError> {
        let sql = "SELECT COUNT(*) AS votes, COUNT(DISTINCT person) AS voters \
                   FROM votes WHERE contest = $1 AND withdrawn_ms IS NULL";
        let row = self.inner.pools.row(sql, &values![contest.0]).await?;
        let row = row.ok_or(SiteError::Corrupt { what: "a count of votes" })?;
        Ok((row.count("votes", "a count of votes")?, row.count("voters", "a count of voters")?))
    }
}

/// What a violated constraint says of a battle.
pub(super) fn taken(error: sqlx::Error) -> SiteError {
    if is_taken(&error) { SiteError::Taken } else { SiteError::Query(error) }
}

#[cfg(test)]
mod tests {
    use super::{DAY_MS, day_began_ms};

    #[test]
    fn the_day_begins_at_midnight_in_korea() {
        // 2026-11-29 15:00 UTC is midnight in Korea.
        let midnight = 1_795_964_400_000;
        assert_eq!(day_began_ms(midnight), midnight);
        assert_eq!(day_began_ms(midnight - 1), midnight - DAY_MS);
        assert_eq!(day_began_ms(midnight + DAY_MS - 1), midnight);
        assert_eq!(day_began_ms(-1), -9 * 60 * 60 * 1000);
    }
}
