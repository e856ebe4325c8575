//! A contest's battles in the order of their draws, and the votes by draw: what the next draw depends on.

use super::battles::{battle, battle_columns};
use super::database::{Row, values};
use super::votes::choice;
use super::{Battle, ContestId, Site, SiteError};
use daepyo_core::VoteChoice;

impl Site {
    /// Battles of a contest from a draw on, in the order of draws, without their turns; at most `limit`.
    pub async fn draws(&self, contest: ContestId, from: i64, limit: u32) -> Result<Vec<Battle>, SiteError> {
        let sql = concat!(
            "SELECT ",
            battle_columns!(),
            " FROM battles b WHERE b.contest = $1 AND b.draw >= $2 ORDER BY b.draw LIMIT $3"
        );
        let values = values![contest.0, from, i64::from(limit)];
        self.inner.pools.rows(sql, &values).await?.iter().map(battle).collect()
    }

    /// Every vote of a contest, withdrawn ones among them: the draw of its battle, the choice, when it came.
    pub async fn votes_by_draw(&self, contest: ContestId) -> Result<Vec<(i64, VoteChoice, i64)>, SiteError> {
        let sql = "SELECT b.draw, v.choice, v.voted_ms FROM votes v JOIN battles b ON b.id = v.battle \
                   WHERE v.contest = $1 ORDER BY b.draw";
        let vote = |row: &Row| Ok((row.get("draw")?, choice(row)?, row.get("voted_ms")?));
        self.inner.pools.rows(sql, &values![contest.0]).await?.iter().map(vote).collect()
    }
}
