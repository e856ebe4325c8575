//! The turns of a battle: asked one at a time, each answered once.

use super::battles::OPEN;
use super::database::{Row, Work, values};
use super::{Answered, BattleId, PersonId, Site, SiteError, Turn};

/// The columns of a turn.
macro_rules! turn_columns {
    () => {
        "SELECT battle, number, prompt, left_text, left_cut, right_text, right_cut, shown_ms FROM turns"
    };
}
pub(super) use turn_columns;

/// A turn of a row.
pub(super) fn turn(row: &Row) -> Result<Turn, SiteError> {
    let answered = |text: &str, cut: &str| {
        let Some(bytes) = row.get::<Option<Vec<u8>>>(text)? else { return Ok(None) };
        let text = String::from_utf8(bytes).map_err(|_| SiteError::Corrupt { what: "an answer" })?;
        Ok(Some(Answered { text, cut: row.get::<Option<i64>>(cut)? == Some(1) }))
    };
    Ok(Turn {
        number: row.count("number", "a turn's number")?,
        prompt: row.text("prompt", "a prompt")?,
        answers: answered("left_text", "left_cut")?.zip(answered("right_text", "right_cut")?),
        shown_ms: row.get("shown_ms")?,
    })
}

/// How a battle stands while its row is locked.
pub(super) struct Stand {
    pub(super) person: i64,
    pub(super) contest: i64,
    pub(super) state: i64,
    pub(super) turns: i64,
    pub(super) answered: i64,
    pub(super) is_closed: bool,
}

/// The columns of a [`Stand`].
macro_rules! stand_columns {
    () => {
        "SELECT b.id, b.person, b.contest, b.state, b.turns, b.answered, c.closed_ms \
         FROM battles b JOIN contests c ON c.id = b.contest "
    };
}
pub(super) use stand_columns;

impl Stand {
    pub(super) fn of(row: &Row) -> Result<Self, SiteError> {
        Ok(Self {
            person: row.get("person")?,
            contest: row.get("contest")?,
            state: row.get("state")?,
            turns: row.get("turns")?,
            answered: row.get("answered")?,
            is_closed: row.get::<Option<i64>>("closed_ms")?.is_some(),
        })
    }

    /// Locks a battle and says how it stands.
    pub(super) async fn locked(work: &mut Work, battle: BattleId) -> Result<Self, SiteError> {
        let lock = "SELECT id FROM battles WHERE id = $1 FOR NO KEY UPDATE";
        work.lock(lock, &values![battle.0]).await?;
        let row = work.row(concat!(stand_columns!(), "WHERE b.id = $1"), &values![battle.0]).await?;
        Self::of(&row.ok_or(SiteError::Missing { what: "battle" })?)
    }

    /// That this turn is the one whose answers are waited for (`SiteError::Missing` where it was not begun,
    /// `SiteError::NotOpen` where it is answered or the battle over).
    pub(super) fn awaits(&self, turn: i64) -> Result<(), SiteError> {
        if turn >= self.turns {
            return Err(SiteError::Missing { what: "turn" });
        }
        if self.state != OPEN || turn != self.answered {
            return Err(SiteError::NotOpen);
        }
        Ok(())
    }
}

impl Site {
    /// Adds a turn with the person's prompt to an open battle; its number from 0 (`SiteError::NotOpen` where the battle
    /// is over, another person's, or its last turn is not answered; `SiteError::Closed` where its contest is closed).
    pub async fn add_turn(
        &self,
        battle: BattleId,
        person: PersonId,
        prompt: &str,
        now_ms: i64,
    ) -> Result<u32, SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let stand = Stand::locked(&mut work, battle).await?;
        if stand.person != person.0 || stand.state != OPEN || stand.turns != stand.answered {
            return Err(SiteError::NotOpen);
        }
        if stand.is_closed {
            return Err(SiteError::Closed);
        }
        let sql = "INSERT INTO turns (battle, number, prompt, asked_ms) VALUES ($1, $2, $3, $4)";
        let values = values![battle.0, stand.turns, prompt.as_bytes(), now_ms];
        work.run(sql, &values).await.map_err(SiteError::Query)?;
        let sql = "UPDATE battles SET turns = turns + 1 WHERE id = $1";
        work.run(sql, &values![battle.0]).await.map_err(SiteError::Query)?;
        work.commit().await?;
        u32::try_from(stand.turns).map_err(|_| SiteError::Corrupt { what: "a count of turns" })
    }

    /// Keeps both answers of a turn, once (`SiteError::NotOpen` where they are there already, or the battle is over;
    /// `SiteError::Missing` where there is no such turn).
    pub async fn answer_turn(
        &self,
        battle: BattleId,
        turn: u32,
        left: &Answered,
        right: &Answered,
        shown_ms: i64,
    ) -> Result<(), SiteError> {
        let turn = i64::from(turn);
        let mut work = self.inner.pools.begin().await?;
        let stand = Stand::locked(&mut work, battle).await?;
        stand.awaits(turn)?;
        let characters = left.text.chars().count() + right.text.chars().count();
        let characters =
            i64::try_from(characters).map_err(|_| SiteError::Corrupt { what: "the length of an answer" })?;
        let sql = "UPDATE turns SET left_text = $3, left_cut = $4, right_text = $5, right_cut = $6, shown_ms = $7, \
                   characters = $8 WHERE battle = $1 AND number = $2";
        let values = values![
            battle.0,
            turn,
            left.text.as_bytes(),
            i64::from(left.cut),
            right.text.as_bytes(),
            i64::from(right.cut),
            shown_ms,
            characters
        ];
        work.run(sql, &values).await.map_err(SiteError::Query)?;
        let sql = "UPDATE battles SET answered = answered + 1 WHERE id = $1";
        work.run(sql, &values![battle.0]).await.map_err(SiteError::Query)?;
        work.commit().await
    }
}
