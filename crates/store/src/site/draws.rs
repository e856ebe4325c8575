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

    /// Votes of a contest that were taken behind a number of the queue, withdrawn ones among them, in the order of the
    /// queue. Who has all up to a number needs only those behind it: votes become visible in that order.
    pub async fn casts(&self, contest: ContestId, behind: i64) -> Result<Vec<Cast>, SiteError> {
        let sql = "SELECT v.queued, b.draw, v.choice, v.voted_ms FROM votes v JOIN battles b ON b.id = v.battle \
                   WHERE v.contest = $1 AND v.queued > $2 ORDER BY v.queued";
        let cast = |row: &Row| {
            Ok(Cast {
                queued: row.get("queued")?,
                draw: row.get("draw")?,
                choice: choice(row)?,
                voted_ms: row.get("voted_ms")?,
            })
        };
        self.inner.pools.rows(sql, &values![contest.0, behind]).await?.iter().map(cast).collect()
    }
}

/// What of a vote later draws depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cast {
    /// Its number in the queue of the log.
    pub queued: i64,
    /// The draw of its battle.
    pub draw: i64,
    /// What was chosen.
    pub choice: VoteChoice,
    /// When it came.
    pub voted_ms: i64,
}
