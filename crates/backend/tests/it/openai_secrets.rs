//! The API key reaches the server and nothing else.

use crate::support::{answers_of, options, written};
use daepyo_backend::faulty::{Fault, FaultyServer, Script};
use daepyo_backend::{ApiKey, BackendError, OpenAiBackend, OpenAiOptions};
use daepyo_core::Response;

const KEY: &str = "sk-4f1e-do-not-tell";

#[tokio::test]
async fn a_key_that_the_server_repeats_is_not_stored() {
    let script = Script { always: vec![("하나".to_owned(), Fault::BadRequest)], ..Script::default() };
    let server = FaultyServer::start(script).await.unwrap();
    let mut options = options(&server);
    options.api_key = Some(ApiKey::new(KEY));
    let backend = OpenAiBackend::new(options.clone()).unwrap();
    let found = answers_of(&backend, &[written("하나")]).await;
    match &found[0] {
        Response::Failed { message, .. } => {
            assert!(message.contains("[redacted]"), "the key did not arrive: {message}");
            assert!(!message.contains(KEY), "{message}");
        }
        other => panic!("{other:?}"),
    }
    for text in [format!("{options:?}"), format!("{backend:?}")] {
        assert!(text.contains("[redacted]"));
        assert!(!text.contains("4f1e"), "{text}");
    }
}

#[test]
fn settings_that_cannot_work_are_told_without_the_key() {
    let with = |url: &str, key: &str| {
        let mut options = OpenAiOptions::new(url, "m");
        options.api_key = Some(ApiKey::new(key));
        OpenAiBackend::new(options)
    };
    let wrong = [
        with("http://127.0.0.1/v1", "sk-4f1e\nX-Other: 1"),
        with("http://127.0.0.1/v1", "  "),
        with("http://user:sk-4f1e@127.0.0.1/v1", "k"),
        with("ftp://127.0.0.1/v1", "sk-4f1e"),
        with("http://127.0.0.1/v1?model=m", "sk-4f1e"),
        with("not an address", "sk-4f1e"),
    ];
    for outcome in wrong {
        match outcome {
            Err(error @ BackendError::Setting(_)) => {
                assert!(!format!("{error} {error:?}").contains("4f1e"));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(with("http://127.0.0.1/v1/", "sk-4f1e").is_ok());
}
