//! Taking votes: one a battle, durable and in the queue of the log when they are acknowledged, many in one transaction.

use super::battles::{OPEN, VOTED};
use super::database::{Sql, Value, Work, either, is_taken, json, values};
use super::queue::take_numbers;
use super::tallies::count;
use super::turns::{Stand, stand_columns};
use super::votes::{choice_name, kept};
use super::{NewVote, Site, SiteError, VoteRow};
use std::collections::BTreeMap;

impl Site {
    /// Takes a vote: durable when this returns, and in the queue of the evidence log in the same transaction. One vote a
    /// battle: the same vote again (choice, tags and reason) gives the kept row back, also after the close (an answer that
    /// was lost on its way), another one is `SiteError::Voted`. `SiteError::Closed`, `SiteError::NotOpen` (not this
    /// person's battle, void, without a turn, a turn not answered), `SiteError::Missing` (no such battle).
    pub async fn vote(&self, vote: &NewVote) -> Result<VoteRow, SiteError> {
        self.vote_all(std::slice::from_ref(vote)).await?.pop().ok_or(SiteError::NotOpen)?
    }

    /// Takes several votes in one transaction; a result for each, in order.
    pub async fn vote_all(&self, votes: &[NewVote]) -> Result<Vec<Result<VoteRow, SiteError>>, SiteError> {
        match self.take(votes).await {
            // The database refused a row: one bad vote (a commitment that is there already) must not take the others
            // with it.
            Err(SiteError::Query(cause)) if cause.as_database_error().is_some() => {
                if let [_] = votes {
                    return Ok(vec![Err(refused(cause))]);
                }
                let mut results = Vec::with_capacity(votes.len());
                for vote in votes {
                    results.push(match self.take(std::slice::from_ref(vote)).await {
                        Ok(mut taken) => taken.pop().ok_or(SiteError::NotOpen)?,
                        Err(SiteError::Query(cause)) => Err(refused(cause)),
                        Err(error) => return Err(error),
                    });
                }
                Ok(results)
            }
            taken => taken,
        }
    }

    async fn take(&self, votes: &[NewVote]) -> Result<Vec<Result<VoteRow, SiteError>>, SiteError> {
        if votes.is_empty() {
            return Ok(Vec::new());
        }
        let mut work = self.inner.pools.begin().await?;
        let stands = stands(&mut work, votes).await?;
        let ended = stands.iter().filter(|(_, stand)| stand.state == VOTED);
        let ended: Vec<i64> = ended.map(|(battle, _)| *battle).collect();
        let rows = if ended.is_empty() { Vec::new() } else { kept(&mut work, &ended).await? };
        let rows: BTreeMap<i64, VoteRow> = rows.into_iter().map(|row| (row.vote.battle.0, row)).collect();
        let mut new = New::default();
        let rulings: Vec<Ruling> = votes
            .iter()
            .map(|vote| new.judge(vote, stands.get(&vote.battle.0), rows.get(&vote.battle.0)))
            .collect();
        let mut before = 0;
        if !new.votes.is_empty() {
            before = keep(&mut work, &new.votes, &stands).await?;
            work.commit().await?;
        }
        let row = |ruling| match ruling {
            Ruling::Refused(error) => Err(error),
            Ruling::Kept(row) => Ok(row),
            Ruling::New(vote, index) => {
                Ok(VoteRow { vote: vote.clone(), queued: before + index, logged: None, withdrawn_ms: None })
            }
        };
        Ok(rulings.into_iter().map(row).collect())
    }
}

/// What becomes of a vote.
enum Ruling<'a> {
    Refused(SiteError),
    /// It was taken before.
    Kept(VoteRow),
    /// It is taken, as the so-manieth of the transaction, from 1.
    New(&'a NewVote, i64),
}

/// Votes to take, at most one a battle.
#[derive(Default)]
struct New<'a> {
    votes: Vec<&'a NewVote>,
    by_battle: BTreeMap<i64, (&'a NewVote, i64)>,
}

impl<'a> New<'a> {
    /// Judges a vote by how its battle stands and by the vote that is kept of it.
    fn judge(&mut self, vote: &'a NewVote, stand: Option<&Stand>, kept: Option<&VoteRow>) -> Ruling<'a> {
        let Some(stand) = stand else { return Ruling::Refused(SiteError::Missing { what: "battle" }) };
        if stand.person != vote.person.0 {
            return Ruling::Refused(SiteError::NotOpen);
        }
        if let Some(row) = kept {
            let is_same = is_same(&row.vote, vote);
            return if is_same { Ruling::Kept(row.clone()) } else { Ruling::Refused(SiteError::Voted) };
        }
        if let Some((first, index)) = self.by_battle.get(&vote.battle.0) {
            let is_same = is_same(first, vote);
            return if is_same { Ruling::New(first, *index) } else { Ruling::Refused(SiteError::Voted) };
        }
        if stand.is_closed {
            return Ruling::Refused(SiteError::Closed);
        }
        if stand.state != OPEN || stand.turns == 0 || stand.answered != stand.turns {
            return Ruling::Refused(SiteError::NotOpen);
        }
        self.votes.push(vote);
        let index = i64::try_from(self.votes.len()).unwrap_or(i64::MAX);
        self.by_battle.insert(vote.battle.0, (vote, index));
        Ruling::New(vote, index)
    }
}

/// Whether somebody says the same again. Salt, digest and time are made anew each time.
fn is_same(kept: &NewVote, again: &NewVote) -> bool {
    kept.choice == again.choice && kept.tags == again.tags && kept.reason == again.reason
}

/// What a violated constraint says of a vote. The battle's row is locked while it is voted on, so that a second vote is
/// seen before; the constraint holds where something else wrote.
fn refused(cause: sqlx::Error) -> SiteError {
    let names_battle = cause.as_database_error().is_some_and(|error| {
        error.constraint() == Some("votes_battle_key") || error.message().contains("votes.battle")
    });
    if is_taken(&cause) && names_battle { SiteError::Voted } else { SiteError::Query(cause) }
}

/// How the battles of votes stand, by number; locked in the order of their numbers, so that no two transactions wait for
/// each other.
async fn stands(work: &mut Work, votes: &[NewVote]) -> Result<BTreeMap<i64, Stand>, SiteError> {
    const OF_BATTLES: Sql = either(
        concat!(stand_columns!(), "WHERE b.id IN (SELECT value FROM json_each($1))"),
        concat!(stand_columns!(), "WHERE b.id = ANY($1) ORDER BY b.id FOR NO KEY UPDATE OF b"),
    );
    let battles: Vec<i64> = votes.iter().map(|vote| vote.battle.0).collect();
    let rows = work.rows(OF_BATTLES, &[Value::Ints(&battles)]).await?;
    rows.iter().map(|row| Ok((row.get("id")?, Stand::of(row)?))).collect()
}

/// Keeps votes with their entries; the number of the queue before the first.
async fn keep(work: &mut Work, votes: &[&NewVote], stands: &BTreeMap<i64, Stand>) -> Result<i64, SiteError> {
    let tags: Vec<String> = votes.iter().map(|vote| json(&vote.tags)).collect();
    let contest = |vote: &NewVote| stands.get(&vote.battle.0).map_or(0, |stand| stand.contest);
    let contests: Vec<i64> = votes.iter().map(|vote| contest(vote)).collect();
    // Before the queue, which is locked last.
    let cast = votes.iter().zip(&contests).map(|(vote, contest)| (vote.person.0, *contest, vote.voted_ms));
    count(work, cast).await?;
    match work {
        Work::Sqlite(_) => keep_in_file(work, votes, &tags, &contests).await,
        Work::Postgres(_) => keep_in_server(work, votes, &tags, &contests).await,
    }
}

/// PostgreSQL: one way to the server, so that the queue is locked no longer than the commit takes.
async fn keep_in_server(
    work: &mut Work,
    votes: &[&NewVote],
    tags: &[String],
    contests: &[i64],
) -> Result<i64, SiteError> {
    const KEEP: &str = "WITH head AS (\
            UPDATE queue_state SET value = value + $1 WHERE name = 'last' RETURNING value - $1 AS before), \
        given AS (SELECT * FROM UNNEST($2, $3, $4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY \
            AS given (battle, person, contest, choice, tags, reason, voted_ms, salt, commitment, entry, place)), \
        queued AS (INSERT INTO queue (number, entry) \
            SELECT head.before + given.place, given.entry FROM head CROSS JOIN given), \
        ended AS (UPDATE battles SET state = 1 WHERE id = ANY($2)), \
        kept AS (INSERT INTO votes \
            (queued, battle, person, contest, choice, tags, reason, voted_ms, salt, commitment) \
            SELECT head.before + place, battle, person, contest, choice, tags, reason, voted_ms, salt, commitment \
            FROM head CROSS JOIN given) \
        SELECT before FROM head";
    let ints = |of: fn(&NewVote) -> i64| votes.iter().map(|vote| of(vote)).collect::<Vec<_>>();
    let blobs =
        |of: for<'a> fn(&'a NewVote) -> &'a [u8]| votes.iter().map(|vote| of(vote)).collect::<Vec<_>>();
    let choices: Vec<&str> = votes.iter().map(|vote| choice_name(vote.choice)).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let values = [
        Value::Int(i64::try_from(votes.len()).unwrap_or(i64::MAX)),
        Value::Ints(&ints(|vote| vote.battle.0)),
        Value::Ints(&ints(|vote| vote.person.0)),
        Value::Ints(contests),
        Value::Texts(&choices),
        Value::Texts(&tags),
        Value::Blobs(&blobs(|vote| vote.reason.as_bytes())),
        Value::Ints(&ints(|vote| vote.voted_ms)),
        Value::Blobs(&blobs(|vote| vote.salt.as_slice())),
        Value::Blobs(&blobs(|vote| vote.commitment.as_bytes().as_slice())),
        Value::Blobs(&blobs(|vote| vote.entry.as_slice())),
    ];
    let row = work.row(KEEP, &values).await?;
    row.ok_or(SiteError::Corrupt { what: "the state of the queue" })?.get("before")
}

/// SQLite: rows as they are.
async fn keep_in_file(
    work: &mut Work,
    votes: &[&NewVote],
    tags: &[String],
    contests: &[i64],
) -> Result<i64, SiteError> {
    let before = take_numbers(work, i64::try_from(votes.len()).unwrap_or(i64::MAX)).await?;
    let numbers = before.saturating_add(1)..;
    let entries: Vec<_> =
        numbers.clone().zip(votes).map(|(number, vote)| values![number, vote.entry.as_slice()]).collect();
    work.insert_in_file("INSERT OR FAIL INTO queue (number, entry)", &entries)
        .await
        .map_err(SiteError::Query)?;
    let rows = numbers.zip(votes).zip(tags).zip(contests).map(|(((number, vote), tags), contest)| {
        values![
            number,
            vote.battle.0,
            vote.person.0,
            *contest,
            choice_name(vote.choice),
            tags.as_str(),
            vote.reason.as_bytes(),
            vote.voted_ms,
            vote.salt.as_slice(),
            &vote.commitment
        ]
    });
    let head = "INSERT OR FAIL INTO votes \
                (queued, battle, person, contest, choice, tags, reason, voted_ms, salt, commitment)";
    work.insert_in_file(head, &rows.collect::<Vec<_>>()).await.map_err(SiteError::Query)?;
    let battles: Vec<i64> = votes.iter().map(|vote| vote.battle.0).collect();
    let sql = "UPDATE battles SET state = 1 WHERE id IN (SELECT value FROM json_each($1))";
    work.run(sql, &[Value::Ints(&battles)]).await.map_err(SiteError::Query)?;
    Ok(before)
}
