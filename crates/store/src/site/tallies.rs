//! How many votes that hold a person has cast in a contest, by day of Korea, and how many battles they skipped: kept beside
//! the votes in the same transactions, so that a cap is looked up and not counted. What was skipped counts for the day, or
//! somebody could have battles drawn until the one comes that they wait for.
//!
//! A tally is changed before the queue is raised, and several in the order of people: no two transactions wait for each
//! other.

use super::SiteError;
use super::battles::day_began_ms;
use super::database::{Value, Work, values};
use super::script::Script;
use std::collections::BTreeMap;

/// Votes that are taken now, by person, contest and day, in this order.
pub(super) struct Tallies(BTreeMap<(i64, i64, i64), i64>);

impl Tallies {
    /// Of votes: person, contest, time.
    pub(super) fn of(votes: impl Iterator<Item = (i64, i64, i64)>) -> Self {
        let mut tallies = BTreeMap::new();
        for (person, contest, voted_ms) in votes {
            *tallies.entry((person, contest, day_began_ms(voted_ms))).or_default() += 1;
        }
        Self(tallies)
    }

    /// Counts them, on SQLite.
    pub(super) fn count_in_file(&self, script: &mut Script<'_>) {
        let rows = self.0.iter();
        let rows =
            rows.map(|((person, contest, began_ms), votes)| values![*person, *contest, *began_ms, *votes]);
        script.rows(
            "INSERT INTO tallies (person, contest, began_ms, votes)",
            &rows.collect::<Vec<_>>(),
            " ON CONFLICT (person, contest, began_ms) DO UPDATE SET votes = tallies.votes + excluded.votes",
        );
    }

    /// Counts them, on PostgreSQL.
    pub(super) async fn count_in_server(&self, work: &mut Work) -> Result<(), SiteError> {
        const COUNT: &str = "INSERT INTO tallies (person, contest, began_ms, votes) \
            SELECT person, contest, began_ms, votes \
            FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY \
            AS given (person, contest, began_ms, votes, place) ORDER BY place \
            ON CONFLICT (person, contest, began_ms) DO UPDATE SET votes = tallies.votes + excluded.votes";
        let column = |of: fn((i64, i64, i64), i64) -> i64| {
            self.0.iter().map(|(key, votes)| of(*key, *votes)).collect::<Vec<_>>()
        };
        let columns = [
            column(|(person, _, _), _| person),
            column(|(_, contest, _), _| contest),
            column(|(_, _, began_ms), _| began_ms),
            column(|_, votes| votes),
        ];
        let [people, contests, began, votes] = &columns;
        let lists = [people, contests, began, votes].map(|list| Value::Ints(list));
        work.run(COUNT, &lists).await.map(|_| ()).map_err(SiteError::Query)
    }
}

/// Counts a battle that a person left or reported.
pub(super) async fn skip(work: &mut Work, battle: i64, now_ms: i64) -> Result<(), SiteError> {
    let sql = "INSERT INTO tallies (person, contest, began_ms, votes, skipped) \
               SELECT person, contest, $2, 0, 1 FROM battles WHERE id = $1 \
               ON CONFLICT (person, contest, began_ms) DO UPDATE SET skipped = tallies.skipped + 1";
    work.run(sql, &values![battle, day_began_ms(now_ms)]).await.map(|_| ()).map_err(SiteError::Query)
}

/// Takes a vote that is withdrawn out of its day's votes; its battle was shown all the same.
pub(super) async fn uncount(
    work: &mut Work,
    person: i64,
    contest: i64,
    voted_ms: i64,
) -> Result<(), SiteError> {
    let sql = "UPDATE tallies SET votes = votes - 1, skipped = skipped + 1 \
               WHERE person = $1 AND contest = $2 AND began_ms = $3";
    let touched = work.run(sql, &values![person, contest, day_began_ms(voted_ms)]).await;
    match touched.map_err(SiteError::Query)? {
        1 => Ok(()),
        _ => Err(SiteError::Corrupt { what: "a person's tally of votes" }),
    }
}
