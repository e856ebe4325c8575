//! One suite for the store of the site, over SQLite and over PostgreSQL.

mod attempts;
mod battles;
mod claims;
mod codes;
mod contests;
mod conversations;
mod disk;
mod durable;
mod examinations;
mod leader;
mod news;
mod once;
mod people;
mod queue;
mod races;
mod scene;
mod talks;
mod urls;
mod votes;

use daepyo_store::postgres_server::PostgresServer;
use daepyo_store::site::Site;
use std::fs::OpenOptions;
use std::future::Future;
use std::io::Write as _;
use std::pin::Pin;
use std::time::Instant;

/// An empty store.
#[derive(Clone)]
pub(crate) struct Fresh {
    pub(crate) url: String,
}

impl Fresh {
    pub(crate) async fn open(&self) -> Site {
        Site::open(&self.url).await.unwrap()
    }

    pub(crate) fn is_server(&self) -> bool {
        self.url.starts_with("postgres:")
    }
}

/// A case of the suite: its name and what it does with an empty store.
struct Case {
    name: &'static str,
    run: fn(Fresh) -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

macro_rules! cases {
    ($($area:ident: $($name:ident),+;)+) => {
        [$($(Case { name: concat!(stringify!($area), "_", stringify!($name)), run: |fresh| Box::pin($area::$name(fresh)) }),+),+]
    };
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    cases! {
        people: subjects_and_roles, accounts, passkeys, sessions, sessions_that_slide, own_sessions, passwords,
            disabled;
        codes: a_life, revoked_while_used, of_earlier_versions;
        once: the_first_of_many;
        claims: the_first_word_stands;
        attempts: counted, many_at_once, a_clock_that_was_set_back;
        contests: the_same_rules_or_none, a_close_is_for_good, nothing_changes_after_a_close;
        battles: a_life, several_at_once, committed_before_durable, one_bad_statement_undoes_its_transaction, ends, pages, exposures, caps_by_the_day_of_korea, caps_in_all, hostile_text;
        votes: once, refused, withdrawn, many_at_once, a_bad_one_among_many, in_the_order_of_the_log,
            of_earlier_versions;
        races: fifty_votes_on_one_battle, a_hundred_battles_at_a_cap, votes_and_a_close, turns_of_one_battle,
            one_subject_seen_at_once, one_withdrawal;
        queue: no_gap_no_loss_no_double, places_once, places_in_order;
        leader: one_at_a_time, passed_on_when_its_connection_is_cut;
        news: told_and_heard, heard_again_after_a_cut;
        conversations: reports, handled, reports_of_earlier_versions, consent, forgotten, lengths_of_earlier_versions;
        examinations: one_a_slot;
        talks: one_asks_at_a_time, a_days_tokens, fifty_claims_of_one_turn;
        durable: opened_again, killed;
    }
    .into()
}

#[expect(clippy::print_stderr, reason = "a failed run shows which case took how long")]
/// Runs every case on an empty store of its own; the names of those that failed.
async fn failures(back_end: &str, fresh: impl AsyncFn(&str) -> Fresh) -> Vec<String> {
    let mut failed = Vec::new();
    for case in cases() {
        let begun = Instant::now();
        // A task of its own, so that the cases behind one that fails run as well.
        let passed = tokio::spawn((case.run)(fresh(case.name).await)).await.is_ok();
        let line = format!("{back_end} {}: {} ms, passed: {passed}", case.name, begun.elapsed().as_millis());
        eprintln!("{line}");
        if !passed {
            failed.push(format!("{back_end} {}", case.name));
        }
    }
    failed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_and_postgresql_pass_the_same_cases() {
    let folder = tempfile::tempdir().unwrap();
    let file = async |name: &str| Fresh {
        url: format!("sqlite:{}", folder.path().join(format!("{name}.sqlite")).display()),
    };
    let mut failed = failures("SQLite", file).await;
    let server = PostgresServer::start().await.unwrap();
    let database = async |name: &str| Fresh { url: server.database(name).await.unwrap() };
    failed.extend(failures("PostgreSQL", database).await);
    assert!(failed.is_empty(), "{failed:?}");
    let cases = cases().len();
    tell(&format!(
        "{cases} of {cases} cases pass on SQLite, and the same {cases} on PostgreSQL {}",
        server.version()
    ));
}

/// Adds a line to the file that `DAEPYO_FIGURE` names, where it does.
fn tell(line: &str) {
    if let Some(path) = std::env::var_os("DAEPYO_FIGURE") {
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}
