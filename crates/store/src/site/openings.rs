//! Opening battles: several in one transaction, under the caps of each person, with what is shown in them from the start.

use super::battles::{day_began_ms, taken};
use super::contests::rules;
use super::database::{Row, Value, Work, json, values};
use super::script::{InFile, Script};
use super::{Answered, BattleId, BattleMode, ContestRules, Durable, NewBattle, Site, SiteError};
use std::sync::PoisonError;

/// A battle to open.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening<'a> {
    /// The battle.
    pub battle: &'a NewBattle,
    /// The first turn, where it is answered already: the prompt, the answers of left and right.
    pub shown: Option<(&'a str, &'a Answered, &'a Answered)>,
    /// When it opens and, where it has a turn, is shown: in milliseconds since 1970.
    pub opened_ms: i64,
}

impl Site {
    /// Opens battles of one contest, of different people, in one transaction: all of them, or none where one is refused.
    /// Returns those that are refused by their place in the list; none of them means that all are open. The refusals of
    /// one: `SiteError::CapDay`, `SiteError::CapAll`, `SiteError::Unfinished`. Refused for all: `SiteError::Closed`,
    /// `SiteError::Missing` (no such contest), `SiteError::Taken` (a number was drawn before).
    pub async fn add_battles(&self, openings: &[Opening<'_>]) -> Result<Vec<(usize, SiteError)>, SiteError> {
        let (refused, durable) = self.add_battles_soon(openings).await?;
        durable.wait().await.map_err(SiteError::Disk)?;
        Ok(refused)
    }

    /// [`Site::add_battles`], committed: everybody sees the battles from now on. Nobody may be told of them before they are
    /// durable, which is waited for apart, so that others can write meanwhile.
    pub async fn add_battles_soon(
        &self,
        openings: &[Opening<'_>],
    ) -> Result<(Vec<(usize, SiteError)>, Durable), SiteError> {
        let Some(first) = openings.first() else { return Ok((Vec::new(), self.inner.pools.durable())) };
        let caps = self.caps(first.battle.contest.0).await?;
        let mut work = self.inner.pools.begin().await?;
        let refused = open(&mut work, openings, caps).await?;
        if !refused.is_empty() {
            return Ok((refused, self.inner.pools.durable()));
        }
        // With SQLite battles are written only now.
        let durable = work.commit_soon().await.map_err(|error| match error {
            SiteError::Query(cause) => taken(cause),
            error => error,
        })?;
        Ok((refused, durable))
    }

    /// What a contest allows one person: its rules are read once, for they never change.
    async fn caps(&self, contest: i64) -> Result<Caps, SiteError> {
        let known = || self.inner.caps.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(caps) = known().get(&contest) {
            return Ok(*caps);
        }
        let row = self.inner.pools.row("SELECT rules FROM contests WHERE id = $1", &values![contest]).await?;
        let row = row.ok_or(SiteError::Missing { what: "contest" })?;
        let ContestRules { votes_a_day, votes_in_all, .. } = rules(&row.get::<String>("rules")?)?;
        let caps = Caps { votes_a_day, votes_in_all };
        known().insert(contest, caps);
        Ok(caps)
    }
}

/// Opens battles within a transaction; where some are refused, by their places, nothing was written.
async fn open(
    work: &mut Work,
    openings: &[Opening<'_>],
    caps: Caps,
) -> Result<Vec<(usize, SiteError)>, SiteError> {
    let Some(first) = openings.first() else { return Ok(Vec::new()) };
    let people: Vec<i64> = openings.iter().map(|opening| opening.battle.person.0).collect();
    // Two battles of one person are opened one after the other: the second one's counts see the first. In the order
    // of people, so that no two transactions wait for each other.
    let lock = "SELECT id FROM people WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    work.lock(lock, &[Value::Ints(&people)]).await?;
    let refused = hold_to_caps(work, first.battle.contest.0, openings, &people, caps).await?;
    if refused.is_empty() {
        let added = match work {
            Work::Sqlite(link, _) => add_to_file(link, openings),
            Work::Postgres(_) => add_to_server(work, openings, &people).await,
        };
        added.map_err(taken)?;
    }
    Ok(refused)
}

/// Those whom the contest's rules do not allow a battle. Votes that were not withdrawn count, on the day on which they
/// were cast; for the day withdrawn ones count as well, and battles that were left or reported. Of open battles a person has at most one in a contest, so that none is left to count beside them.
async fn hold_to_caps(
    work: &mut Work,
    contest: i64,
    openings: &[Opening<'_>],
    people: &[i64],
    caps: Caps,
) -> Result<Vec<(usize, SiteError)>, SiteError> {
    const CONTEST: &str = "SELECT closed_ms FROM contests WHERE id = $1";
    // Two statements in one go. A list of numbers is JSON here: one list of pairs, for SQLite would look through all of a
    // second one for each of the first.
    const IN_FILE: &str = "SELECT closed_ms FROM contests WHERE id = ?; \
         WITH given AS (SELECT key, value->>0 AS person, value->>1 AS began, ? AS contest FROM json_each(?)) \
         SELECT (SELECT id FROM battles WHERE person = g.person AND contest = g.contest AND state = 0) AS open, \
         (SELECT COALESCE(SUM(votes), 0) FROM tallies WHERE person = g.person AND contest = g.contest) AS cast_in_all, \
         (SELECT COALESCE(SUM(votes + skipped), 0) FROM tallies WHERE person = g.person AND contest = g.contest \
          AND began_ms = g.began) AS used_today \
         FROM given g ORDER BY g.key";
    const IN_SERVER: &str = "SELECT (SELECT id FROM battles WHERE person = g.person AND contest = $1 AND state = 0) AS open, \
         (SELECT COALESCE(SUM(votes), 0)::bigint FROM tallies WHERE person = g.person AND contest = $1) AS cast_in_all, \
         (SELECT COALESCE(SUM(votes + skipped), 0)::bigint FROM tallies WHERE person = g.person AND contest = $1 \
          AND began_ms = g.began) AS used_today \
         FROM UNNEST($2::bigint[], $3::bigint[]) WITH ORDINALITY AS g (person, began, place) ORDER BY g.place";
    let began: Vec<i64> = openings.iter().map(|opening| day_began_ms(opening.opened_ms)).collect();
    let rows = match work {
        Work::Sqlite(..) => {
            let pairs = json(&people.iter().zip(&began).collect::<Vec<_>>());
            work.rows(IN_FILE, &values![contest, contest, pairs.as_str()]).await?
        }
        Work::Postgres(_) => {
            let mut rows = work.rows(CONTEST, &values![contest]).await?;
            let lists = [Value::Int(contest), Value::Ints(people), Value::Ints(&began)];
            rows.append(&mut work.rows(IN_SERVER, &lists).await?);
            rows
        }
    };
    // The contest's row first, where there is such a contest.
    let (head, rows) = match rows.split_first() {
        Some((head, rows)) if rows.len() == openings.len() => (head, rows),
        _ => return Err(SiteError::Missing { what: "contest" }),
    };
    if head.get::<Option<i64>>("closed_ms")?.is_some() {
        return Err(SiteError::Closed);
    }
    let mut refused = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        if let Some(error) = refusal(row, caps)? {
            refused.push((place, error));
        }
    }
    Ok(refused)
}

/// What a contest allows one person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caps {
    votes_a_day: u32,
    votes_in_all: u32,
}

/// Why the rules do not allow a person a battle; none where they do.
fn refusal(row: &Row, caps: Caps) -> Result<Option<SiteError>, SiteError> {
    Ok(if let Some(open) = row.get::<Option<i64>>("open")? {
        Some(SiteError::Unfinished(BattleId(open)))
    } else if row.get::<i64>("cast_in_all")? >= i64::from(caps.votes_in_all) {
        Some(SiteError::CapAll)
    } else if row.get::<i64>("used_today")? >= i64::from(caps.votes_a_day) {
        Some(SiteError::CapDay)
    } else {
        None
    })
}

/// A mode as it is kept.
const fn mode_name(mode: BattleMode) -> &'static str {
    match mode {
        BattleMode::Recorded => "recorded",
        BattleMode::Live => "live",
    }
}

/// SQLite: rows as they are, put off until the commit.
fn add_to_file(link: &mut InFile, openings: &[Opening<'_>]) -> Result<(), sqlx::Error> {
    let battles: Vec<_> = openings
        .iter()
        .map(|opening| {
            let battle = opening.battle;
            let turns = i64::from(opening.shown.is_some());
            values![
                battle.id.0,
                battle.contest.0,
                battle.person.0,
                mode_name(battle.mode),
                battle.left.as_str(),
                battle.right.as_str(),
                battle.prompt.as_deref(),
                battle.draw,
                opening.opened_ms,
                turns,
                turns
            ]
        })
        .collect();
    let mut script = Script::default();
    let head = "INSERT OR FAIL INTO battles \
                (id, contest, person, mode, left_side, right_side, prompt, draw, opened_ms, turns, answered)";
    script.rows(head, &battles, "");
    let turns = openings.iter().filter_map(|opening| {
        let (prompt, left, right) = opening.shown?;
        Some(values![
            opening.battle.id.0,
            0,
            prompt.as_bytes(),
            opening.opened_ms,
            left.text.as_bytes(),
            i64::from(left.cut),
            right.text.as_bytes(),
            i64::from(right.cut),
            opening.opened_ms
        ])
    });
    let head = "INSERT OR FAIL INTO turns \
                (battle, number, prompt, asked_ms, left_text, left_cut, right_text, right_cut, shown_ms)";
    script.rows(head, &turns.collect::<Vec<_>>(), "");
    link.later(&script)
}

/// PostgreSQL: one statement for the battles, one for the turns.
async fn add_to_server(work: &mut Work, openings: &[Opening<'_>], people: &[i64]) -> Result<(), sqlx::Error> {
    let ints = |of: fn(&Opening<'_>) -> i64| openings.iter().map(of).collect::<Vec<_>>();
    let texts = |of: for<'a> fn(&'a Opening<'_>) -> &'a str| openings.iter().map(of).collect::<Vec<_>>();
    let has_turn: Vec<i64> = ints(|opening| i64::from(opening.shown.is_some()));
    // A list of texts has no place for one that is missing.
    let has_prompt: Vec<i64> = ints(|opening| i64::from(opening.battle.prompt.is_some()));
    let sql = "INSERT INTO battles \
               (id, contest, person, mode, left_side, right_side, prompt, draw, opened_ms, turns, answered) \
               SELECT id, contest, person, mode, left_side, right_side, \
               CASE WHEN has_prompt = 1 THEN prompt END, draw, opened_ms, has_turn, has_turn \
               FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], \
               $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[]) WITH ORDINALITY AS given \
               (id, contest, person, mode, left_side, right_side, prompt, has_prompt, draw, opened_ms, has_turn, place) \
               ORDER BY place";
    let values = [
        Value::Ints(&ints(|opening| opening.battle.id.0)),
        Value::Ints(&ints(|opening| opening.battle.contest.0)),
        Value::Ints(people),
        Value::Texts(&texts(|opening| mode_name(opening.battle.mode))),
        Value::Texts(&texts(|opening| opening.battle.left.as_str())),
        Value::Texts(&texts(|opening| opening.battle.right.as_str())),
        Value::Texts(&texts(|opening| opening.battle.prompt.as_deref().unwrap_or_default())),
        Value::Ints(&has_prompt),
        Value::Ints(&ints(|opening| opening.battle.draw)),
        Value::Ints(&ints(|opening| opening.opened_ms)),
        Value::Ints(&has_turn),
    ];
    work.run(sql, &values).await?;
    let shown: Vec<_> = openings
        .iter()
        .filter_map(|opening| {
            let (prompt, left, right) = opening.shown?;
            Some((opening.battle.id.0, opening.opened_ms, prompt, left, right))
        })
        .collect();
    if shown.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO turns \
               (battle, number, prompt, asked_ms, left_text, left_cut, right_text, right_cut, shown_ms) \
               SELECT battle, 0, prompt, at_ms, left_text, left_cut, right_text, right_cut, at_ms \
               FROM UNNEST($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::bytea[], $7::bigint[]) \
               WITH ORDINALITY AS given (battle, at_ms, prompt, left_text, left_cut, right_text, right_cut, place) \
               ORDER BY place";
    let battles: Vec<i64> = shown.iter().map(|turn| turn.0).collect();
    let at_ms: Vec<i64> = shown.iter().map(|turn| turn.1).collect();
    let prompts: Vec<&[u8]> = shown.iter().map(|turn| turn.2.as_bytes()).collect();
    let left: Vec<&[u8]> = shown.iter().map(|turn| turn.3.text.as_bytes()).collect();
    let left_cut: Vec<i64> = shown.iter().map(|turn| i64::from(turn.3.cut)).collect();
    let right: Vec<&[u8]> = shown.iter().map(|turn| turn.4.text.as_bytes()).collect();
    let right_cut: Vec<i64> = shown.iter().map(|turn| i64::from(turn.4.cut)).collect();
    let values = [
        Value::Ints(&battles),
        Value::Ints(&at_ms),
        Value::Blobs(&prompts),
        Value::Blobs(&left),
        Value::Ints(&left_cut),
        Value::Blobs(&right),
        Value::Ints(&right_cut),
    ];
    work.run(sql, &values).await.map(|_| ())
}
