//! The store of the site: people, sessions, contests, battles, votes; SQLite or PostgreSQL behind one contract.
//!
//! Every query is written once, in `database`'s form. What must hold under races is held by the database: one vote a
//! battle and one open battle a person by constraints of uniqueness, caps by a lock of the person's row, the order of the
//! queue by a lock of its last number (see `queue`), a contest's close by a lock that all its writers share. How SQLite is
//! written to and made durable stands in `script` and `wal`.

mod attempts;
mod ballot;
mod battles;
mod claims;
mod codes;
mod contests;
mod conversations;
mod database;
mod draws;
mod examinations;
mod leader;
mod news;
mod once;
mod open;
mod openings;
mod people;
mod queue;
mod script;
mod sessions;
mod talks;
mod tallies;
mod turns;
mod types;
mod votes;
mod wal;

pub use battles::{REPORTED, day_began_ms};
pub use conversations::Report;
pub use database::Durable;
pub use draws::Cast;
pub use leader::Leader;
pub use openings::Opening;
pub use talks::Claimed;
pub use types::{
    Account, Allowance, Answered, Battle, BattleId, BattleMode, BattleState, CastVote, Code, CodeState,
    Contest, ContestId, ContestRules, Ended, NewBattle, NewContest, NewVote, OwnSession, Passkey,
    PendingEntry, Person, PersonId, Role, Session, SiteError, Turn, VoteRow,
};

use database::Pools;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The store of the site. Cheap to clone; every method may be called from any task. Times are milliseconds since 1970 by
/// the caller's clock: the store has none of its own.
#[derive(Clone)]
pub struct Site {
    inner: Arc<Inner>,
}

struct Inner {
    pools: Pools,
    news: news::News,
    /// The turn of those who write many rows at once, where there is one writer.
    turn: Arc<Mutex<()>>,
    /// What contests allow one person, as far as it was asked for.
    caps: std::sync::Mutex<BTreeMap<i64, openings::Caps>>,
    /// The file that the writer of the log holds locked, with SQLite.
    lock: PathBuf,
}

/// Which kind it is and nothing else: connection options hold passwords.
impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.inner.pools {
            Pools::Sqlite { .. } => "Site(SQLite)",
            Pools::Postgres(_) => "Site(PostgreSQL)",
        })
    }
}

impl Site {
    /// Opens `sqlite:PATH` or `postgres://…`, making the file and bringing it to this version's layout. Needs a runtime.
    /// What the address of a PostgreSQL server leaves out is taken from libpq's variables (`PGHOST`, `PGPASSWORD`, …) and
    /// password file; TLS (`sslmode`, by default where the server offers it) trusts the system's certificates.
    pub async fn open(url: &str) -> Result<Self, SiteError> {
        open::open(url).await
    }

    /// Where only one transaction can write at a time, waits until it is the caller's turn among those who ask for it, and
    /// holds it until it is dropped: what comes in while they wait can go into their transaction. None where several
    /// write at once.
    pub async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        match self.inner.pools {
            Pools::Sqlite { .. } => Some(Arc::clone(&self.inner.turn).lock_owned().await),
            Pools::Postgres(_) => None,
        }
    }

    /// Whether the store answers and its disk takes what is written.
    pub async fn check(&self) -> Result<(), SiteError> {
        self.is_new().await?;
        self.inner.pools.durable().wait().await.map_err(SiteError::Disk)
    }

    /// Waits until what is under way has ended and closes all connections, those of clones among them.
    pub async fn close(self) {
        match &self.inner.pools {
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}
