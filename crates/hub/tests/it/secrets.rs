//! Gated and private data sets, and where the token goes.

use crate::server::{Fake, Reply, request};
use daepyo_hub::{Hub, HubError, HubSettings, Token};
use std::{fmt::Write, sync::Arc};

const TOKEN: &str = "hf_very-secret-token";

/// Every text of an error: its own and those of its causes, plain and for debugging.
fn all_text(error: &HubError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        write!(text, " {next} {next:?}").unwrap();
        cause = next.source();
    }
    text
}

#[tokio::test]
async fn the_token_goes_to_the_hub_and_not_to_its_store() {
    let fake = Fake::start().await.large("test.jsonl", b"{}\n").small("README.md", "# Set");
    fake.hub_with_token(TOKEN).dataset(&request()).await.unwrap();
    let bearer = format!("Bearer {TOKEN}");
    let (store, hub): (Vec<_>, Vec<_>) = fake.asked().into_iter().partition(|asked| asked.store);
    assert_eq!(store.len(), 1);
    assert!(store.iter().all(|asked| asked.authorization.is_none()), "{store:?}");
    assert!(hub.iter().all(|asked| asked.authorization.as_deref() == Some(&bearer)), "{hub:?}");
}

#[tokio::test]
async fn without_a_token_none_is_sent() {
    let fake = Fake::start().await.small("test.jsonl", "{}\n");
    fake.get().await.unwrap();
    assert!(fake.asked().iter().all(|asked| asked.authorization.is_none()));
}

#[tokio::test]
async fn a_gated_set_says_what_to_do_next() {
    for status in [401, 403] {
        let fake = Fake::start().await.small("test.jsonl", "{}\n").fault(move |asked, _| {
            asked
                .path
                .contains("/resolve/")
                .then(|| Reply::new(status).header("x-error-code", "GatedRepo").bytes(TOKEN))
        });
        let error = fake.get().await.unwrap_err();
        assert_eq!(error.code(), "hub::gated");
        let page = format!("{}/datasets/team/set", fake.endpoint);
        let text = error.to_string();
        assert!(text.contains(&page) && text.contains("set HF_TOKEN") && !text.contains("refused"), "{text}");
        let error = fake.hub_with_token(TOKEN).dataset(&request()).await.unwrap_err();
        assert!(error.to_string().contains("the token in HF_TOKEN, which was refused"), "{error}");
        assert!(!all_text(&error).contains("very-secret"), "{error:?}");
    }
}

#[tokio::test]
async fn a_set_that_is_absent_or_private_says_so() {
    let fake = Fake::start().await;
    let error = fake.get().await.unwrap_err();
    assert_eq!(error.code(), "hub::not_found");
    assert!(error.to_string().contains("set HF_TOKEN"), "{error}");
    let error = fake.hub_with_token(TOKEN).dataset(&request()).await.unwrap_err();
    assert!(error.to_string().contains("the token in HF_TOKEN may not see it"), "{error}");
}

#[test]
fn a_token_is_shown_nowhere() {
    let mut settings = HubSettings::new("cache");
    settings.token = Token::new(TOKEN);
    assert!(!format!("{settings:?}").contains("very-secret"));
    let hub = Hub::new(settings.clone(), Arc::new(daepyo_hub::Silent)).unwrap();
    assert!(!format!("{hub:?}").contains("very-secret"));
    settings.token = Token::new("very-secret\u{1}token");
    let error = Hub::new(settings.clone(), Arc::new(daepyo_hub::Silent)).unwrap_err();
    assert!(!all_text(&error).contains("very-secret"), "{error:?}");
    settings.token = None;
    settings.endpoint = "https://user:very-secret@hub.example".to_owned();
    let error = Hub::new(settings, Arc::new(daepyo_hub::Silent)).unwrap_err();
    assert!(!all_text(&error).contains("very-secret"), "{error:?}");
}

#[tokio::test]
async fn the_signed_address_of_a_store_is_in_no_message() {
    let fake = Fake::start()
        .await
        .large("test.jsonl", b"{}\n")
        .fault(|asked, _| asked.store.then(|| Reply::new(200).header("content-length", "3").cut(b"{")));
    let error = fake.get().await.unwrap_err();
    assert_eq!(error.code(), "hub::unreachable");
    assert!(!all_text(&error).contains("signature"), "{error:?}");
}

#[test]
fn the_environment_is_read_as_other_programs_of_the_hub_do() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_str().unwrap();
    std::fs::create_dir_all(folder.path().join("hf")).unwrap();
    std::fs::write(folder.path().join("hf/token"), "hf_from-login\n").unwrap();
    let read = |pairs: &[(&'static str, &'static str)]| {
        let pairs = pairs.to_vec();
        let find = move |name: &str| {
            if name == "HOME" {
                return Some(home);
            }
            pairs.iter().find(|(one, _)| *one == name).map(|(_, value)| *value)
        };
        HubSettings::from_variables(find).unwrap()
    };
    let plain = read(&[]);
    assert_eq!(plain.cache, folder.path().join(".cache/huggingface/hub"));
    assert_eq!(
        (plain.endpoint.as_str(), plain.offline, plain.token),
        ("https://huggingface.co", false, None)
    );
    let own =
        read(&[("HF_HOME", "~/hf"), ("HF_HUB_OFFLINE", "true"), ("HF_ENDPOINT", "https://mirror.example/")]);
    assert_eq!(own.cache, folder.path().join("hf/hub"));
    assert_eq!((own.endpoint.as_str(), own.offline), ("https://mirror.example", true));
    assert_eq!(own.token, Token::new("hf_from-login"));
    let both = read(&[("HF_HOME", "~/hf"), ("HF_HUB_CACHE", "/shared/hub"), ("HF_TOKEN", " hf_first ")]);
    assert_eq!(both.cache, std::path::Path::new("/shared/hub"));
    assert_eq!(both.token, Token::new("hf_first"));
    assert!(matches!(HubSettings::from_variables(|_| None), Err(HubError::NoCache)));
}
