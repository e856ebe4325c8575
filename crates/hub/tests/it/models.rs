//! Lists of models in pages, what they declare, and their files.

use crate::server::{Asked, COMMIT, Fake, Reply, Told, part, tree};
use daepyo_core::Digest;
use daepyo_hub::{DeclaredModel, Event, Hub, HubError, ModelQuery, Repository};
use serde_json::{Value, json};
use std::{slice::from_ref, sync::Arc};

const BASE: &str = "team/base";

/// A model as a hub lists it.
fn listed(id: &str, relation: &str) -> Value {
    let tags =
        ["safetensors".to_owned(), format!("base_model:{BASE}"), format!("base_model:{relation}:{BASE}")];
    json!({"id": id, "modelId": id, "sha": COMMIT, "tags": tags, "private": false, "gated": false,
        "cardData": {"base_model": BASE}, "siblings": [{"rfilename": "model.safetensors"}]})
}

fn page(models: &[Value]) -> Reply {
    Reply::new(200).bytes(Value::Array(models.to_vec()).to_string())
}

fn is_list(asked: &Asked) -> bool {
    asked.path.starts_with("/api/models?")
}

fn base() -> ModelQuery {
    ModelQuery::new(BASE).unwrap()
}

async fn answered(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Result<Vec<DeclaredModel>, HubError> {
    let fake = Fake::start().await.fault(move |asked, _| is_list(asked).then(&reply));
    fake.hub().models(&base()).await
}

#[tokio::test]
async fn a_list_is_read_page_after_page() {
    let fake = Fake::start().await.fault(|asked, _| {
        is_list(asked).then(|| {
            if asked.path.contains("cursor=two") {
                page(&[listed("a/tuned", "finetune"), listed("b/small", "quantized")])
            } else {
                // A mirror may pass on another hub's links.
                page(&[listed("a/tuned", "finetune")])
                    .header("link", "<https://hub.example/api/models?cursor=two>; rel=\"next\"")
            }
        })
    });
    let found = fake.hub().models(&base()).await.unwrap();
    let names: Vec<&str> = found.iter().map(|model| model.repository.as_str()).collect();
    assert_eq!(names, ["a/tuned", "b/small"], "each once, though one moved to the second page");
    assert_eq!(found[0].parents, [BASE]);
    assert_eq!(found[1].relation.as_deref(), Some("quantized"));
    assert_eq!(found[0].commit.as_ref().unwrap().as_str(), COMMIT);
    let asked = fake.asked();
    assert!(asked[0].path.contains("filter=base_model%3Ateam%2Fbase&full=true&cardData=true"), "{asked:?}");
    assert!(asked[1].path.contains("filter=base_model%3Ateam%2Fbase"), "{asked:?}");
    assert_eq!(asked.len(), 2);
}

#[tokio::test]
async fn an_owners_models_are_asked_for_by_author() {
    let mut own = listed("Team/tuned", "merge");
    own["cardData"] = json!({"base_model": ["team/base", "other/base"], "base_model_relation": "merge"});
    own["gated"] = json!("manual");
    let fake = Fake::start().await.fault(move |asked, _| is_list(asked).then(|| page(from_ref(&own))));
    let found = fake.hub().models(&ModelQuery::new("team").unwrap()).await.unwrap();
    assert_eq!(found[0].parents, ["team/base", "other/base"]);
    assert_eq!(found[0].relation.as_deref(), Some("merge"));
    assert!(found[0].gated);
    assert!(fake.asked()[0].path.contains("author=team&"));
}

#[tokio::test]
async fn what_a_card_leaves_out_the_tags_say() {
    let mut model = listed("a/tuned", "finetune");
    model["cardData"] = Value::Null;
    model["tags"] = json!(["base_model:Team/Base", "base_model:merge:team/base", "base_model:merge:x/y"]);
    let found = answered(move || page(from_ref(&model))).await.unwrap();
    assert_eq!(found[0].parents, ["Team/Base", "x/y"]);
    assert_eq!(found[0].relation.as_deref(), Some("merge"));
    let mut model = listed("a/tuned", "finetune");
    model["tags"] = json!(["base_model:finetune:team/base", "base_model:merge:x/y"]);
    let found = answered(move || page(from_ref(&model))).await.unwrap();
    assert_eq!(found[0].relation, None, "two words, and no other says which");
}

#[tokio::test]
async fn lists_of_a_hostile_hub_are_refused() {
    for id in ["../../x", "a/../b", "/etc/passwd", "a/b/c", "a\\b", "a/b\u{0}", ""] {
        let error = answered(move || page(&[listed(id, "finetune")])).await.unwrap_err();
        assert_eq!(error.code(), "hub::name", "{id:?}");
    }
    let mut model = listed("a/b", "finetune");
    model["sha"] = json!("../../x");
    assert_eq!(answered(move || page(from_ref(&model))).await.unwrap_err().code(), "hub::name");
    for body in ["{}", "[{\"id\": 3}]", "[{\"id\": \"a/b\"", "<html>"] {
        let error = answered(move || Reply::new(200).bytes(body)).await.unwrap_err();
        assert_eq!(error.code(), "hub::answer", "{body}");
    }
    let mut stranger = listed("a/stranger", "finetune");
    stranger["tags"] = json!(["base_model:else/where"]);
    stranger["cardData"] = json!({});
    let error = answered(move || page(from_ref(&stranger))).await.unwrap_err();
    assert!(error.to_string().contains("`a/stranger`, unasked"), "{error}");
    let error = answered(|| Reply::new(200).endless()).await.unwrap_err();
    assert_eq!(error.code(), "hub::answer");
}

#[tokio::test]
async fn a_list_that_never_ends_is_left() {
    let fake = Fake::start().await.fault(|asked, _| {
        is_list(asked).then(|| {
            let number: u32 = asked.path.split_once("cursor=").map_or(0, |(_, rest)| rest.parse().unwrap());
            let next = format!("</api/models?cursor={}>; rel=\"next\"", number + 1);
            page(&[listed("a/tuned", "finetune")]).header("link", next)
        })
    });
    let error = fake.hub().models(&base()).await.unwrap_err();
    assert!(error.to_string().contains("goes on without anything new"), "{error}");
    assert_eq!(fake.asked().len(), 2);
}

#[tokio::test]
async fn a_list_elsewhere_gets_no_token_and_a_circle_is_left() {
    let token = "hf_very-secret-token";
    let other = Fake::start().await.fault(|asked, _| is_list(asked).then(|| page(&[])));
    let away = format!("{}/api/models?moved", other.endpoint);
    let fake = Fake::start()
        .await
        .fault(move |asked, _| is_list(asked).then(|| Reply::new(302).header("location", away.clone())));
    assert!(fake.hub_with_token(token).models(&base()).await.unwrap().is_empty());
    assert!(fake.asked()[0].authorization.is_some());
    assert!(other.asked().iter().all(|asked| asked.authorization.is_none()));
    let error = answered(|| Reply::new(302).header("location", "/api/models?again")).await.unwrap_err();
    assert!(error.to_string().contains("circle"), "{error}");
}

fn weights() -> Vec<u8> {
    (0..40_000_u32).flat_map(u32::to_le_bytes).collect()
}

/// A hub with one model, whose download breaks once.
fn one_model(asked: &Asked, before: usize) -> Option<Reply> {
    let bytes = weights();
    let id = Digest::of(&bytes).hex();
    let tree = format!("/api/models/{BASE}/tree/{COMMIT}?");
    if asked.path == format!("/api/models/{BASE}") {
        return Some(Reply::new(200).bytes(listed(BASE, "finetune").to_string()));
    }
    if asked.path.starts_with(&tree) {
        let lfs = json!({"oid": id, "size": bytes.len(), "pointerSize": 130});
        let size = bytes.len();
        let file = json!({"type": "file", "path": "model.safetensors", "size": size, "oid": "0".repeat(40), "lfs": lfs});
        return Some(Reply::new(200).bytes(json!([file]).to_string()));
    }
    if asked.path != format!("/{BASE}/resolve/{COMMIT}/model.safetensors") {
        return None;
    }
    Some(if before == 0 {
        Reply::new(200).header("content-length", bytes.len().to_string()).cut(&bytes[..50_000])
    } else {
        part(&bytes, asked).header("etag", format!("\"{id}\""))
    })
}

#[tokio::test]
async fn files_are_told_without_them_and_a_broken_download_goes_on() {
    let fake = Fake::start().await.fault(one_model);
    let told = Arc::new(Told::default());
    let hub = Hub::new(fake.settings(), told.clone()).unwrap();
    let model = hub.model(&Repository::model(BASE).unwrap()).await.unwrap();
    let remote = hub.model_files(&model).await.unwrap();
    let files = remote.files();
    assert_eq!(files[0].content, format!("sha256:{}", Digest::of(&weights()).hex()));
    assert!(fake.asked_for("/resolve/").is_empty());
    let folder = hub.fetch_model(&remote, from_ref(&files[0].path)).await.unwrap();
    assert_eq!(std::fs::read(folder.join("model.safetensors")).unwrap(), weights());
    assert!(folder.starts_with(fake.folder.path().join("models--team--base/snapshots")));
    let asked = fake.asked_for("/resolve/");
    assert!(asked[1].range.as_deref().is_some_and(|range| range.starts_with("bytes=")), "{asked:?}");
    let before = fake.asked().len();
    hub.fetch_model(&remote, from_ref(&files[0].path)).await.unwrap();
    assert_eq!(fake.asked().len(), before, "what is there is not asked for again");
    let events = told.0.lock().unwrap();
    assert!(events.iter().any(|event| matches!(event, Event::Finished { .. })));
}

#[tokio::test]
async fn a_gated_model_names_its_own_page() {
    let fake = Fake::start().await.fault(|asked, before| {
        let gated = Reply::new(403).header("x-error-code", "GatedRepo");
        if asked.path.contains("/resolve/") { Some(gated) } else { one_model(asked, before) }
    });
    let hub = fake.hub();
    let model = hub.model(&Repository::model(BASE).unwrap()).await.unwrap();
    let remote = hub.model_files(&model).await.unwrap();
    let error = hub.fetch_model(&remote, &["model.safetensors".to_owned()]).await.unwrap_err();
    assert_eq!(error.code(), "hub::gated");
    assert!(error.to_string().contains(&format!("{}/{BASE},", fake.endpoint)), "{error}");
    let left = tree(fake.folder.path());
    assert!(left.iter().all(|name| !name.contains("model.safetensors")), "{left:?}");
}

#[tokio::test]
async fn a_model_that_is_not_there_and_a_list_offline_say_so() {
    let fake = Fake::start().await;
    let error = fake.hub().model(&Repository::model("no/where").unwrap()).await.unwrap_err();
    assert_eq!(error.code(), "hub::not_found");
    assert!(error.to_string().contains("model `no/where`"), "{error}");
    let error = fake.offline().models(&base()).await.unwrap_err();
    assert_eq!(error.code(), "hub::offline");
    assert_eq!(fake.asked().len(), 1);
}
