//! Votes that were taken: read, and withdrawn.

use super::battles::{battle, battle_columns};
use super::database::{Row, Sql, Value, Work, either, values};
use super::queue::enqueue;
use super::tallies::uncount;
use super::turns::Stand;
use super::{BattleId, CastVote, ContestId, NewVote, PersonId, Site, SiteError, VoteRow};
use daepyo_core::{Digest, VoteChoice};

/// The columns of a vote `v` with its entry `q` in the queue.
macro_rules! vote_columns {
    () => {
        "v.queued, v.battle, v.person AS voter, v.choice, v.tags, v.reason, v.voted_ms, v.salt, v.commitment, \
         v.withdrawn_ms, v.withdrawal, (SELECT place FROM queue WHERE number = v.withdrawal) AS withdrawal_place, \
         q.entry, q.place"
    };
}

/// The votes of rows that a condition picks.
macro_rules! votes_where {
    ($condition:expr) => {
        concat!(
            "SELECT ",
            vote_columns!(),
            " FROM votes v JOIN queue q ON q.number = v.queued WHERE ",
            $condition
        )
    };
}

/// A choice as it is kept.
pub(super) fn choice_name(choice: VoteChoice) -> &'static str {
    match choice {
        VoteChoice::Left => "left",
        VoteChoice::Right => "right",
        VoteChoice::Tie => "tie",
        VoteChoice::BothBad => "both_bad",
    }
}

/// The choice of a row.
pub(super) fn choice(row: &Row) -> Result<VoteChoice, SiteError> {
    match row.get::<String>("choice")?.as_str() {
        "left" => Ok(VoteChoice::Left),
        "right" => Ok(VoteChoice::Right),
        "tie" => Ok(VoteChoice::Tie),
        "both_bad" => Ok(VoteChoice::BothBad),
        _ => Err(SiteError::Corrupt { what: "a vote's choice" }),
    }
}

fn vote_row(row: &Row) -> Result<VoteRow, SiteError> {
    let tags = serde_json::from_str(&row.get::<String>("tags")?);
    let logged = |column: &'static str| -> Result<Option<u64>, SiteError> {
        let place: Option<i64> = row.get(column)?;
        let place = place.map(u64::try_from).transpose();
        place.map_err(|_| SiteError::Corrupt { what: "a vote's place in the log" })
    };
    Ok(VoteRow {
        vote: NewVote {
            battle: BattleId(row.get("battle")?),
            person: PersonId(row.get("voter")?),
            choice: choice(row)?,
            tags: tags.map_err(|_| SiteError::Corrupt { what: "a vote's tags" })?,
            reason: row.text("reason", "a vote's reason")?,
            voted_ms: row.get("voted_ms")?,
            salt: row.bytes("salt", "a vote's salt")?,
            commitment: Digest::from_bytes(row.bytes("commitment", "a vote's commitment")?),
            entry: row.get("entry")?,
        },
        queued: row.get("queued")?,
        logged: logged("place")?,
        withdrawn_ms: row.get("withdrawn_ms")?,
        withdrawal: row.get("withdrawal")?,
        withdrawal_logged: logged("withdrawal_place")?,
    })
}

fn cast_vote(row: &Row) -> Result<CastVote, SiteError> {
    let characters = row.get::<Option<i64>>("characters")?.map(u64::try_from).transpose();
    Ok(CastVote {
        row: vote_row(row)?,
        opened: battle(row)?.opened,
        shown_ms: row.get("shown_ms")?,
        characters: characters.map_err(|_| SiteError::Corrupt { what: "the length of an answer" })?,
    })
}

/// The votes on battles, as they stand within a transaction.
pub(super) async fn kept(work: &mut Work, battles: &[i64]) -> Result<Vec<VoteRow>, SiteError> {
    const OF_BATTLES: Sql = either(
        votes_where!("v.battle IN (SELECT value FROM json_each($1))"),
        votes_where!("v.battle = ANY($1)"),
    );
    work.rows(OF_BATTLES, &[Value::Ints(battles)]).await?.iter().map(vote_row).collect()
}

impl Site {
    /// Withdraws a person's vote while the contest is open; `entry` goes into the queue of the log in the same transaction.
    /// Withdrawing again gives the row back and queues nothing (`SiteError::Closed`; `SiteError::NotOpen` where the person
    /// has no vote on the battle).
    pub async fn withdraw(
        &self,
        battle: BattleId,
        person: PersonId,
        entry: &[u8],
        now_ms: i64,
    ) -> Result<VoteRow, SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let stand = Stand::locked(&mut work, battle).await?;
        if stand.person != person.0 {
            return Err(SiteError::NotOpen);
        }
        let mut row = kept(&mut work, &[battle.0]).await?.pop().ok_or(SiteError::NotOpen)?;
        if row.withdrawn_ms.is_some() {
            drop(work);
            self.inner.pools.durable().wait().await.map_err(SiteError::Disk)?;
            return Ok(row);
        }
        if stand.is_closed {
            return Err(SiteError::Closed);
        }
        uncount(&mut work, stand.person, stand.contest, row.vote.voted_ms).await?;
        let number = enqueue(&mut work, entry).await?;
        let sql = "UPDATE votes SET withdrawn_ms = $2, withdrawal = $3 WHERE battle = $1";
        work.run(sql, &values![battle.0, now_ms, number]).await.map_err(SiteError::Query)?;
        work.commit().await?;
        (row.withdrawn_ms, row.withdrawal) = (Some(now_ms), Some(number));
        Ok(row)
    }

    /// The vote on a battle.
    pub async fn vote_of(&self, battle: BattleId) -> Result<Option<VoteRow>, SiteError> {
        let row = self.inner.pools.row(votes_where!("v.battle = $1"), &values![battle.0]).await?;
        row.as_ref().map(vote_row).transpose()
    }

    /// A vote by the digest that stands in the log.
    pub async fn vote_by_commitment(&self, commitment: Digest) -> Result<Option<VoteRow>, SiteError> {
        let row = self.inner.pools.row(votes_where!("v.commitment = $1"), &values![&commitment]).await?;
        row.as_ref().map(vote_row).transpose()
    }

    /// A person's votes in a contest, newest first, withdrawn ones among them.
    pub async fn votes_of(&self, person: PersonId, contest: ContestId) -> Result<Vec<VoteRow>, SiteError> {
        let sql = votes_where!("v.person = $1 AND v.contest = $2 ORDER BY v.queued DESC");
        self.inner.pools.rows(sql, &values![person.0, contest.0]).await?.iter().map(vote_row).collect()
    }

    /// Hands over every vote of a contest in the order of the log, withdrawn ones among them, as of one moment. No text of a
    /// conversation is read, and no vote kept: a contest may have millions.
    pub async fn each_vote<E: From<SiteError>>(
        &self,
        contest: ContestId,
        mut each: impl FnMut(CastVote) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = concat!(
            "SELECT ",
            vote_columns!(),
            ", ",
            battle_columns!(),
            ", (SELECT shown_ms FROM turns WHERE battle = b.id ORDER BY number DESC LIMIT 1) AS shown_ms, \
             (SELECT CAST(SUM(characters) AS BIGINT) FROM turns WHERE battle = b.id) AS characters \
             FROM votes v JOIN queue q ON q.number = v.queued JOIN battles b ON b.id = v.battle \
             WHERE v.contest = $1 ORDER BY v.queued"
        );
        self.inner.pools.each(sql, &values![contest.0], |row| each(cast_vote(row)?)).await
    }
}
