//! Which files make up which split: the same as the `datasets` library says (`fixtures/layouts.json`, made by
//! `layouts.py` beside it with datasets 5.2.0).

use crate::server::{Fake, request};
use daepyo_hub::DatasetRequest;
use std::collections::BTreeMap;

#[tokio::test]
async fn splits_are_those_of_the_datasets_library() {
    let cases: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../fixtures/layouts.json")).unwrap();
    assert!(cases.len() >= 15);
    for case in cases {
        let mut fake = Fake::start().await;
        for path in case["files"].as_array().unwrap() {
            fake = fake.small(path.as_str().unwrap(), "{}\n");
        }
        if let Some(card) = case["card"].as_str() {
            fake = fake.small("README.md", card);
        }
        let asked = DatasetRequest { config: case["config"].as_str().map(str::to_owned), ..request() };
        let set = fake.hub().dataset(&asked).await.unwrap();
        let found: BTreeMap<&String, Vec<String>> = set
            .splits
            .iter()
            .map(|(split, files)| {
                let below = |path: &std::path::PathBuf| {
                    path.strip_prefix(&set.folder).unwrap().to_str().unwrap().to_owned()
                };
                (split, files.iter().map(below).collect())
            })
            .collect();
        assert_eq!(serde_json::json!(found), case["splits"], "{case}");
    }
}
