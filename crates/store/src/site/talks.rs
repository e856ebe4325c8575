//! Turns whose answers are under way: who asks for them, and what conversations cost a day.

use super::database::values;
use super::turns::Stand;
use super::{BattleId, ContestId, Site, SiteError};

/// What became of a claim to a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is the caller's until the time that was asked for.
    Yes,
    /// Somebody else, here or on another server, asks for its answers now.
    Elsewhere,
    /// Its answers were asked for as often as they may.
    TooOften,
}

impl Site {
    /// Claims a turn that is not answered, so that only one server asks for its answers (`SiteError::NotOpen` where it is
    /// answered or its battle over, `SiteError::Closed` where the contest is; `SiteError::Missing`). It counts as a try, of
    /// which there are at most `most`.
    pub async fn claim_turn(
        &self,
        (battle, turn): (BattleId, u32),
        claim: i64,
        (now_ms, until_ms): (i64, i64),
        most: u32,
    ) -> Result<Claimed, SiteError> {
        let turn = i64::from(turn);
        let mut work = self.inner.pools.begin().await?;
        let stand = Stand::locked(&mut work, battle).await?;
        stand.awaits(turn)?;
        if stand.is_closed {
            return Err(SiteError::Closed);
        }
        let sql = "SELECT claimed_until_ms, tries FROM turns WHERE battle = $1 AND number = $2";
        let row = work.row(sql, &values![battle.0, turn]).await?;
        let row = row.ok_or(SiteError::Missing { what: "turn" })?;
        if row.get::<i64>("claimed_until_ms")? > now_ms {
            return Ok(Claimed::Elsewhere);
        }
        if row.get::<i64>("tries")? >= i64::from(most) {
            return Ok(Claimed::TooOften);
        }
        let sql = "UPDATE turns SET claim = $3, claimed_until_ms = $4, tries = tries + 1 \
                   WHERE battle = $1 AND number = $2";
        work.run(sql, &values![battle.0, turn, claim, until_ms]).await.map_err(SiteError::Query)?;
        work.commit().await?;
        Ok(Claimed::Yes)
    }

    /// Keeps a claim for longer; whether it is still the caller's.
    pub async fn keep_claim(
        &self,
        (battle, turn): (BattleId, u32),
        claim: i64,
        until_ms: i64,
    ) -> Result<bool, SiteError> {
        let sql = "UPDATE turns SET claimed_until_ms = $4 WHERE battle = $1 AND number = $2 AND claim = $3";
        let values = values![battle.0, i64::from(turn), claim, until_ms];
        Ok(self.inner.pools.run(sql, &values).await.map_err(SiteError::Query)? > 0)
    }

    /// Gives a claim back, so that the turn can be taken up again; where nobody was asked yet, it was no try. Without
    /// effect where it is no longer the caller's.
    pub async fn give_claim(
        &self,
        (battle, turn): (BattleId, u32),
        claim: i64,
        was_asked: bool,
    ) -> Result<(), SiteError> {
        let sql = "UPDATE turns SET claimed_until_ms = 0, claim = NULL, tries = tries - $4 \
                   WHERE battle = $1 AND number = $2 AND claim = $3";
        let values = values![battle.0, i64::from(turn), claim, i64::from(!was_asked)];
        self.inner.pools.run(sql, &values).await.map(|_| ()).map_err(SiteError::Query)
    }

    /// Sets tokens aside for a conversation on a day (such as `2026-12-01`), unless the day would come to more than `cap`;
    /// whether it did. They count as spent, also where the process dies, until [`Site::settle_tokens`] says what they were.
    pub async fn take_tokens(
        &self,
        contest: ContestId,
        day: &str,
        tokens: i64,
        cap: i64,
    ) -> Result<bool, SiteError> {
        if tokens > cap {
            return Ok(false);
        }
        let sql = "INSERT INTO talked (contest, day, tokens) VALUES ($1, $2, $3) \
                   ON CONFLICT (contest, day) DO UPDATE SET tokens = talked.tokens + excluded.tokens \
                   WHERE talked.tokens + excluded.tokens <= $4";
        let values = values![contest.0, day, tokens, cap];
        Ok(self.inner.pools.run(sql, &values).await.map_err(SiteError::Query)? > 0)
    }

    /// Puts what a conversation took in the place of what was set aside for it.
    pub async fn settle_tokens(
        &self,
        contest: ContestId,
        day: &str,
        set_aside: i64,
        took: i64,
    ) -> Result<(), SiteError> {
        let sql = "UPDATE talked SET tokens = tokens + $3 WHERE contest = $1 AND day = $2";
        let values = values![contest.0, day, took.saturating_sub(set_aside)];
        self.inner.pools.run(sql, &values).await.map(|_| ()).map_err(SiteError::Query)
    }

    /// The tokens of a contest's conversations on a day, those that are set aside among them.
    pub async fn tokens_of(&self, contest: ContestId, day: &str) -> Result<i64, SiteError> {
        let sql = "SELECT tokens FROM talked WHERE contest = $1 AND day = $2";
        let row = self.inner.pools.row(sql, &values![contest.0, day]).await?;
        row.map_or(Ok(0), |row| row.get("tokens"))
    }
}
