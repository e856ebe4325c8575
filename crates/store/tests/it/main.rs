//! What the runner relies on.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed assertion is the point of a test"
)]

mod places;
mod site;

use daepyo_core::{Digest, FailureClass, Response};
use daepyo_store::{Spending, Store};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

fn answer(logprob: f64) -> Response {
    Response::Loglikelihood { logprob, is_greedy: false, tokens: 1 }
}

fn failure() -> Response {
    Response::Failed { class: FailureClass::Deadline, message: "late".into() }
}

#[tokio::test]
async fn one_candidate_never_gets_the_answers_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("run.sqlite")).await.unwrap();
    let (a, b, request) = (Digest::of(b"a"), Digest::of(b"b"), Digest::of(b"request"));
    store.put(a, &[(request, answer(-1.25))]).await.unwrap();
    assert_eq!(store.answers(a).await.unwrap().get(&request), Some(&answer(-1.25)));
    assert_eq!(store.answers(b).await.unwrap().len(), 0);
}

#[tokio::test]
async fn an_answer_is_never_overwritten_and_replaces_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.sqlite");
    let store = Store::open(&path).await.unwrap();
    let (candidate, request) = (Digest::of(b"a"), Digest::of(b"request"));
    store.put(candidate, &[(request, failure())]).await.unwrap();
    assert_eq!(
        (store.answers(candidate).await.unwrap().len(), store.failures(candidate).await.unwrap().len()),
        (0, 1)
    );
    store.put(candidate, &[(request, answer(-0.1))]).await.unwrap();
    store.put(candidate, &[(request, answer(-9.9))]).await.unwrap();
    store.close().await;
    let store = Store::open(&path).await.unwrap();
    assert_eq!(store.answers(candidate).await.unwrap().get(&request), Some(&answer(-0.1)));
    assert_eq!(store.failures(candidate).await.unwrap().len(), 0);
}

#[tokio::test]
async fn numbers_come_back_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("run.sqlite")).await.unwrap();
    let mut batch = Vec::new();
    for step in 0_u64..500 {
        let value = -f64::from_bits(0x3ff0_0000_0000_0000 + step * 0x1_2345_6789);
        batch.push((Digest::of(&step.to_le_bytes()), answer(value)));
    }
    let candidate = Digest::of(b"a");
    store.put(candidate, &batch).await.unwrap();
    let found = store.answers(candidate).await.unwrap();
    assert!(batch.iter().all(|(request, response)| found.get(request) == Some(response)));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_error_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.sqlite");
    std::fs::write(
        &path,
        "these are my notes, not a database; long enough to have a header of 100 bytes, or so I hope....",
    )
    .unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(error.to_string().contains("run.sqlite"), "{error}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("these are my notes"));
}

#[tokio::test]
async fn what_was_spent_is_kept_for_each_candidate_and_replaced_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.sqlite");
    let store = Store::open(&path).await.unwrap();
    let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
    assert_eq!(store.spending(a).await.unwrap(), Spending::default());
    let first = Spending { requests: 3, prompt_tokens: 900, completion_tokens: 50, untold: 1 };
    store.put_spending(a, first).await.unwrap();
    store.put_spending(a, Spending { requests: 4, ..first }).await.unwrap();
    store.close().await;
    let store = Store::open(&path).await.unwrap();
    assert_eq!(store.spending(a).await.unwrap(), Spending { requests: 4, ..first });
    assert_eq!(store.spending(b).await.unwrap(), Spending::default());
}

#[tokio::test]
async fn a_long_batch_of_answers_and_failures_is_stored_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("run.sqlite")).await.unwrap();
    let candidate = Digest::of(b"a");
    let row = |number: u32, response| (Digest::of(&number.to_le_bytes()), response);
    let failed: Vec<_> = (0..700).map(|number| row(number, failure())).collect();
    store.put(candidate, &failed).await.unwrap();
    let mixed = (0..1300).map(|number| row(number, if number % 7 == 0 { failure() } else { answer(-1.0) }));
    store.put(candidate, &mixed.collect::<Vec<_>>()).await.unwrap();
    let (answers, failures) =
        (store.answers(candidate).await.unwrap(), store.failures(candidate).await.unwrap());
    assert_eq!((answers.len(), failures.len()), (1300 - 186, 186));
    assert!(failures.keys().all(|request| !answers.contains_key(request)));
}

/// A file of the first version, with its tables by the digest of the request.
#[tokio::test]
async fn what_an_earlier_version_stored_is_still_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.sqlite");
    let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
    let request = |number: u32| Digest::of(&number.to_le_bytes());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let first = include_str!("../../migrations/sqlite/0001_responses.sql");
    let second = include_str!("../../migrations/sqlite/0002_spending.sql");
    let layouts = [(1, "responses", first), (2, "spending", second)].map(|(version, name, text)| {
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    Migrator::with_migrations(layouts.into()).run(&pool).await.unwrap();
    let rows = [("responses", a, 1, answer(-1.0)), ("responses", b, 1, answer(-2.0))];
    let rows = rows.into_iter().chain([("responses", a, 2, answer(-3.0)), ("failures", a, 3, failure())]);
    for (table, candidate, number, response) in rows {
        let insert = format!("INSERT INTO {table} (candidate, request, response) VALUES (?, ?, ?)");
        let insert = sqlx::query(sqlx::AssertSqlSafe(insert)).bind(candidate.as_bytes().to_vec());
        let insert = insert.bind(request(number).as_bytes().to_vec());
        insert.bind(serde_json::to_string(&response).unwrap()).execute(&pool).await.unwrap();
    }
    pool.close().await;
    let store = Store::open(&path).await.unwrap();
    store.put(a, &[(request(3), answer(-4.0)), (request(1), answer(-9.0))]).await.unwrap();
    let found = store.answers(a).await.unwrap();
    let expected = [(1, -1.0), (2, -3.0), (3, -4.0)].map(|(number, value)| (request(number), answer(value)));
    assert_eq!(found, expected.into());
    assert_eq!(store.answers(b).await.unwrap(), [(request(1), answer(-2.0))].into());
    assert_eq!(store.failures(a).await.unwrap().len(), 0);
}
