//! What the writers write: the same bytes every time, every value in its place.

use crate::made::world;
use bytes::Bytes;
use daepyo_formats::{Format, files};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::{Value, json};

fn one<'a>(files: &'a [(String, Vec<u8>)], part: &str) -> &'a [u8] {
    let found: Vec<_> = files.iter().filter(|(name, _)| name.contains(part)).collect();
    assert_eq!(found.len(), 1, "{part} of {:?}", files.iter().map(|(name, _)| name).collect::<Vec<_>>());
    &found[0].1
}

#[test]
fn the_same_results_give_the_same_bytes() {
    for format in [Format::EveryEvalEver, Format::Inspect, Format::Parquet] {
        let first = files(format, &world().evaluated()).unwrap();
        assert_eq!(first, files(format, &world().evaluated()).unwrap());
        assert!(!first.is_empty());
    }
}

#[test]
fn every_eval_ever_has_an_aggregate_and_its_lines() {
    let world = world();
    let files = files(Format::EveryEvalEver, &world.evaluated()).unwrap();
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 4);
    assert!(
        names.iter().all(|name| name.starts_with("every-eval-ever/data/") && name.split('/').count() == 6)
    );
    assert!(names[2].starts_with("every-eval-ever/data/made_write/local/garam-7b/"));

    let (name, bytes) = &files[1];
    let aggregate: Value = serde_json::from_slice(bytes).unwrap();
    let result = &aggregate["evaluation_results"][0];
    assert_eq!(result["score_details"]["score"], json!(2.0 / 3.0));
    assert_eq!(
        result["score_details"]["uncertainty"],
        json!({"standard_error": {"value": 0.33, "method": "analytic"}, "num_samples": 3})
    );
    assert_eq!(result["metric_config"]["lower_is_better"], json!(false));
    assert_eq!(result["metric_config"]["max_score"], json!(1.0));
    // 20,778 days after 1970.
    assert_eq!(aggregate["retrieved_timestamp"], "1795219200");
    let samples = aggregate["detailed_evaluation_results"]["file_path"].as_str().unwrap();
    assert_eq!(format!("every-eval-ever/{samples}"), files[0].0);
    assert_eq!(name.replace(".json", "_samples.jsonl"), files[0].0);

    let lines: Vec<Value> = std::str::from_utf8(&files[2].1)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["evaluation"], json!({"score": 1.0, "is_correct": true}));
    assert_eq!(lines[0]["output"]["raw"], json!(["답은 7"]));
    assert_eq!(lines[0]["token_usage"]["total_tokens"], 14);
    assert_eq!(lines[1]["metadata"]["outcome"], "truncated");
    assert_eq!(lines[2]["error"], "시간이 다 됐습니다");
    assert_eq!(
        lines[2]["evaluation_id"],
        serde_json::from_slice::<Value>(&files[3].1).unwrap()["evaluation_id"]
    );
}

#[test]
fn hidden_samples_are_in_no_file() {
    let world = world();
    let mut evaluated = world.evaluated();
    for task in &mut evaluated.tasks {
        task.samples.clear();
    }
    for format in [Format::EveryEvalEver, Format::Inspect, Format::Parquet] {
        for (name, bytes) in files(format, &evaluated).unwrap() {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!(!text.contains("문제") && !text.contains("samples/"), "{name}");
        }
    }
    let files = files(Format::EveryEvalEver, &evaluated).unwrap();
    let aggregate: Value = serde_json::from_slice(one(&files, "made_choose")).unwrap();
    assert_eq!(aggregate["evaluation_results"][0]["score_details"]["score"], json!(2.0 / 3.0));
    assert_eq!(aggregate.get("detailed_evaluation_results"), None);
}

#[test]
fn parquet_has_a_row_for_each_sample_and_a_column_for_each_metric() {
    let world = world();
    let files = files(Format::Parquet, &world.evaluated()).unwrap();
    let (name, bytes) = &files[0];
    assert_eq!(name, "samples_2026-11-21.parquet");
    let reader = SerializedFileReader::new(Bytes::from(bytes.clone())).unwrap();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6);
    let column = |name: &str| {
        let names: Vec<_> = rows[0].get_column_iter().map(|(name, _)| name.as_str()).collect();
        names.iter().position(|other| *other == name).unwrap_or_else(|| panic!("{name} of {names:?}"))
    };
    assert_eq!(rows[0].get_string(column("task")).unwrap(), "made_choose");
    assert_eq!(rows[1].get_long(column("document")).unwrap(), 1);
    assert_eq!(rows[1].get_double(column("metric_acc")).unwrap().to_string(), "0");
    assert!(rows[3].get_double(column("metric_acc")).is_err());
    assert_eq!(rows[2].get_list(column("logprobs")).unwrap().len(), 2);
    assert_eq!(rows[3].get_list(column("responses")).unwrap().len(), 1);
    assert_eq!(rows[2].get_list(column("responses")).unwrap().len(), 0);
    let outcomes: Vec<_> =
        rows.iter().map(|row| row.get_string(column("outcome")).unwrap().as_str()).collect();
    assert_eq!(outcomes, ["scored", "scored", "scored", "scored", "truncated", "infrastructure"]);
}
