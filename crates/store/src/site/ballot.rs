//! Taking votes: one a battle, durable and in the queue of the log when they are acknowledged, many in one transaction.

use super::battles::{OPEN, VOTED};
use super::database::{Value, Work, either, is_taken, json, values};
use super::script::{InFile, Script};
use super::tallies::Tallies;
use super::turns::{Stand, stand_columns};
use super::votes::{choice_name, kept};
use super::{Durable, NewVote, Site, SiteError, VoteRow};
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
        let (results, durable) = self.vote_all_soon(votes).await?;
        durable.wait().await.map_err(SiteError::Disk)?;
        Ok(results)
    }

    /// Takes votes in one transaction, all or none of those that are new, and commits it: everybody sees them from now on.
    /// Nobody may be told that theirs is kept before all is durable, which is waited for apart, so that others can write
    /// meanwhile.
    pub async fn vote_all_soon(
        &self,
        votes: &[NewVote],
    ) -> Result<(Vec<Result<VoteRow, SiteError>>, Durable), SiteError> {
        if votes.is_empty() {
            return Ok((Vec::new(), self.inner.pools.durable()));
        }
        let mut work = self.inner.pools.begin().await?;
        let taken = Taken::within(&mut work, votes).await?;
        let durable = if taken.before.is_some() {
            work.commit_soon().await?
        } else {
            // A vote that is there already may have come a moment ago.
            self.inner.pools.durable()
        };
        Ok((taken.results(), durable))
    }
}

/// What becomes of votes once their transaction is durable.
struct Taken<'a> {
    rulings: Vec<Ruling<'a>>,
    /// The queue's number before the first that is new; none where no vote is.
    before: Option<i64>,
}

impl<'a> Taken<'a> {
    /// Takes votes within a transaction.
    async fn within(work: &mut Work, votes: &'a [NewVote]) -> Result<Self, SiteError> {
        let (stands, last) = stands(work, votes).await?;
        let ended = stands.iter().filter(|(_, stand)| stand.state == VOTED);
        let ended: Vec<i64> = ended.map(|(battle, _)| *battle).collect();
        let rows = if ended.is_empty() { Vec::new() } else { kept(work, &ended).await? };
        let rows: BTreeMap<i64, VoteRow> = rows.into_iter().map(|row| (row.vote.battle.0, row)).collect();
        let mut new = New::default();
        let rulings: Vec<Ruling> = votes
            .iter()
            .map(|vote| new.judge(vote, stands.get(&vote.battle.0), rows.get(&vote.battle.0)))
            .collect();
        let before =
            if new.votes.is_empty() { None } else { Some(keep(work, &new.votes, &stands, last).await?) };
        Ok(Self { rulings, before })
    }

    /// The answer to each, in order.
    fn results(self) -> Vec<Result<VoteRow, SiteError>> {
        let before = self.before.unwrap_or(0);
        let row = |ruling| match ruling {
            Ruling::Refused(error) => Err(error),
            Ruling::Kept(row) => Ok(row),
            Ruling::New(vote, index) => {
                let (vote, queued) = (vote.clone(), before + index);
                Ok(VoteRow {
                    vote,
                    queued,
                    logged: None,
                    withdrawn_ms: None,
                    withdrawal: None,
                    withdrawal_logged: None,
                })
            }
        };
        self.rulings.into_iter().map(row).collect()
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
/// each other. With SQLite also the last number of the queue, which is nobody else's to change until the transaction ends.
async fn stands(
    work: &mut Work,
    votes: &[NewVote],
) -> Result<(BTreeMap<i64, Stand>, Option<i64>), SiteError> {
    const IN_FILE: &str = concat!(
        "SELECT value FROM queue_state WHERE name = 'last'; ",
        stand_columns!(),
        "WHERE b.id IN (SELECT value FROM json_each(?))"
    );
    const IN_SERVER: &str =
        concat!(stand_columns!(), "WHERE b.id = ANY($1) ORDER BY b.id FOR NO KEY UPDATE OF b");
    let battles: Vec<i64> = votes.iter().map(|vote| vote.battle.0).collect();
    let sql = either(IN_FILE, IN_SERVER);
    let mut rows = work.rows(sql, &[Value::Ints(&battles)]).await?.into_iter();
    let last = match work {
        Work::Sqlite(..) => {
            let row = rows.next().ok_or(SiteError::Corrupt { what: "the state of the queue" })?;
            Some(row.get("value")?)
        }
        Work::Postgres(_) => None,
    };
    let stands = rows.map(|row| Ok((row.get("id")?, Stand::of(&row)?)));
    Ok((stands.collect::<Result<_, SiteError>>()?, last))
}

/// Keeps votes with their entries; the number of the queue before the first.
async fn keep(
    work: &mut Work,
    votes: &[&NewVote],
    stands: &BTreeMap<i64, Stand>,
    last: Option<i64>,
) -> Result<i64, SiteError> {
    let tags: Vec<String> = votes.iter().map(|vote| json(&vote.tags)).collect();
    let contest = |vote: &NewVote| stands.get(&vote.battle.0).map_or(0, |stand| stand.contest);
    let contests: Vec<i64> = votes.iter().map(|vote| contest(vote)).collect();
    let cast = votes.iter().zip(&contests).map(|(vote, contest)| (vote.person.0, *contest, vote.voted_ms));
    let tallies = Tallies::of(cast);
    match (work, last) {
        (Work::Sqlite(link, _), Some(last)) => {
            keep_in_file(link, votes, &tags, &contests, &tallies, last).map_err(SiteError::Query)?;
            Ok(last)
        }
        (work, _) => {
            // Before the queue, which is locked last.
            tallies.count_in_server(work).await?;
            keep_in_server(work, votes, &tags, &contests).await
        }
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

/// SQLite: rows as they are, numbered behind the queue's last; put off until the commit.
fn keep_in_file(
    link: &mut InFile,
    votes: &[&NewVote],
    tags: &[String],
    contests: &[i64],
    tallies: &Tallies,
    last: i64,
) -> Result<(), sqlx::Error> {
    let numbers = last.saturating_add(1)..;
    let mut script = Script::default();
    tallies.count_in_file(&mut script);
    let count = i64::try_from(votes.len()).unwrap_or(i64::MAX);
    script.then("UPDATE queue_state SET value = value + ? WHERE name = 'last'", &values![count]);
    let entries: Vec<_> =
        numbers.clone().zip(votes).map(|(number, vote)| values![number, vote.entry.as_slice()]).collect();
    script.rows("INSERT OR FAIL INTO queue (number, entry)", &entries, "");
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
    script.rows(head, &rows.collect::<Vec<_>>(), "");
    let battles: Vec<_> = votes.iter().map(|vote| values![vote.battle.0]).collect();
    script.rows("UPDATE OR FAIL battles SET state = 1 WHERE id IN (", &battles, ")");
    link.later(&script)
}
