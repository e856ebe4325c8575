//! Equality with lm-eval 0.4.13 on values that it computed itself (`xtask/python/lm_eval_golden.py`).

use super::score_support::{generated, likelihood, lines, written};
use daepyo_core::{Outcome, Response};
use daepyo_task::{
    Target,
    score::{Aggregate, Aggregation, Average, ScoreInput, Scorer, Statistic, aggregate, aggregate_group},
};
use serde_json::{Map, Value, json};

fn close(ours: f64, theirs: f64, tolerance: f64) -> bool {
    (ours - theirs).abs() <= tolerance * theirs.abs().max(1.0)
}

fn report(what: &str, wrong: &[String]) {
    let shown = wrong.iter().take(12).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} {what} differ:\n{shown}", wrong.len());
}

#[test]
fn filters_give_what_lm_eval_gives() {
    let rows = lines("lm_eval_filters.jsonl");
    let mut wrong = Vec::new();
    for row in &rows {
        let filters = json!([{"name": "f", "filter": row["filters"]}]);
        let responses: Vec<_> = row["responses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|text| generated(text.as_str().unwrap()))
            .collect();
        let scored = written(&filters, &json!(null)).doc(&row["doc"]).score(&responses);
        let expected = match &row["expected"] {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(daepyo_task::py_str(other)),
        };
        let expected =
            expected.filter(|text| !text.trim().is_empty()).filter(|_| row["fallback"] == json!(false));
        if scored.answer != expected {
            wrong.push(format!("{row}\n   ours: {:?}", scored.answer));
        }
    }
    report("filtered answers", &wrong);
}

#[test]
fn choices_are_judged_as_lm_eval_judges_them() {
    let mut wrong = Vec::new();
    for row in lines("lm_eval_choices.jsonl") {
        let names: Vec<String> = serde_json::from_value(row["metrics"].clone()).unwrap();
        let metrics: Vec<Value> = names.iter().map(|name| json!({"metric": name})).collect();
        let compiled =
            Scorer::compile("multiple_choice", &json!(null), &Value::Array(metrics), true).unwrap();
        let choices: Vec<String> = serde_json::from_value(row["choices"].clone()).unwrap();
        let target = match &row["target"] {
            Value::Number(index) => Target::Choice(usize::try_from(index.as_u64().unwrap()).unwrap()),
            Value::Array(_) => Target::Choices(serde_json::from_value(row["target"].clone()).unwrap()),
            other => Target::Text(other.as_str().unwrap().to_owned()),
        };
        let logprobs: Vec<f64> = serde_json::from_value(row["logprobs"].clone()).unwrap();
        let greedy: Vec<bool> = serde_json::from_value(row["greedy"].clone()).unwrap();
        let responses: Vec<Response> =
            logprobs.iter().zip(greedy).map(|(logprob, greedy)| likelihood(*logprob, greedy)).collect();
        let scored = compiled.score(&ScoreInput {
            responses: &responses,
            target: &target,
            choices: &choices,
            doc: &Map::new(),
            prompt: "",
        });
        for name in &names {
            let expected = &row["expected"][name];
            let same = match &scored.statistics[name] {
                Statistic::Labels { reference, predicted } => {
                    expected == &json!([reference.parse::<i64>().unwrap(), predicted.parse::<i64>().unwrap()])
                }
                Statistic::Value { value } => close(*value, expected.as_f64().unwrap(), 1e-9),
                Statistic::Ratio { .. } | Statistic::Counts { .. } | Statistic::Given { .. } => false,
            };
            // A text target: lm-eval compares the text with a position and never finds it right.
            if !same && !matches!(target, Target::Text(_)) {
                wrong.push(format!("{row}\n   {name}: {:?}", scored.statistics[name]));
            }
        }
    }
    report("documents", &wrong);
}

#[test]
fn exact_match_is_lm_evals() {
    let mut wrong = Vec::new();
    for row in lines("lm_eval_exact_match.jsonl") {
        let mut metric = row["options"].clone();
        metric["metric"] = json!("exact_match");
        let target = match &row["target"] {
            Value::Array(_) => Target::Texts(serde_json::from_value(row["target"].clone()).unwrap()),
            other => Target::Text(other.as_str().unwrap().to_owned()),
        };
        let scored = written(&json!(null), &json!([metric]))
            .expecting(target)
            .score(&[generated(row["prediction"].as_str().unwrap())]);
        let expected = row["expected"].as_f64().unwrap();
        // An empty answer is told apart from a right one, also where nothing was expected.
        let empty = row["prediction"] == json!("");
        if !close(scored.score, expected, 1e-12) && !empty {
            wrong.push(format!("{row}\n   ours: {}", scored.score));
        }
    }
    report("comparisons", &wrong);
}

#[test]
fn corpus_metrics_are_sacrebleus() {
    let metrics = json!([{"metric": "bleu"}, {"metric": "chrf"}, {"metric": "chrf++"}, {"metric": "ter"}]);
    let mut wrong = Vec::new();
    for row in lines("lm_eval_corpora.jsonl") {
        let statistics = texts(&row["pairs"], &metrics);
        for (name, aggregation) in [
            ("bleu", Aggregation::Bleu),
            ("chrf", Aggregation::Chrf { word_orders: 0 }),
            ("chrf++", Aggregation::Chrf { word_orders: 2 }),
            ("ter", Aggregation::Ter),
        ] {
            let ours = aggregate(aggregation, &own_clusters(&statistics[name])).value;
            let theirs = row[name].as_f64().unwrap();
            if !close(ours, theirs, 1e-9) {
                wrong.push(format!("{name}: ours {ours}, theirs {theirs}: {}", row["pairs"]));
            }
        }
    }
    report("corpora", &wrong);
}

/// The statistics of (reference or references, prediction) pairs.
fn texts(pairs: &Value, metrics: &Value) -> std::collections::BTreeMap<String, Vec<(String, Statistic)>> {
    let mut all = std::collections::BTreeMap::<String, Vec<(String, Statistic)>>::new();
    for (number, pair) in pairs.as_array().unwrap().iter().enumerate() {
        let target = match &pair[0] {
            Value::Array(_) => Target::Texts(serde_json::from_value(pair[0].clone()).unwrap()),
            other => Target::Text(other.as_str().unwrap().to_owned()),
        };
        let scored =
            written(&json!(null), metrics).expecting(target).score(&[generated(pair[1].as_str().unwrap())]);
        for (name, statistic) in scored.statistics {
            all.entry(name).or_default().push((number.to_string(), statistic));
        }
    }
    all
}

fn own_clusters(statistics: &[(String, Statistic)]) -> Vec<(&str, &Statistic)> {
    statistics.iter().map(|(name, statistic)| (name.as_str(), statistic)).collect()
}

fn statistic(name: &str, item: &Value) -> Statistic {
    let label = |value: &Value| value.as_i64().unwrap().to_string();
    match name {
        "f1" | "mcc" => Statistic::Labels { reference: label(&item[0]), predicted: label(&item[1]) },
        "weighted_perplexity" | "bits_per_byte" => {
            Statistic::Ratio { numerator: item[0].as_f64().unwrap(), denominator: item[1].as_f64().unwrap() }
        }
        _ => Statistic::Value { value: item.as_f64().unwrap() },
    }
}

fn aggregation(row: &Value) -> Aggregation {
    match row["aggregation"].as_str().unwrap() {
        "mean" => Aggregation::Mean,
        "nanmean" => Aggregation::NanMean,
        "median" => Aggregation::Median,
        "perplexity" => Aggregation::Perplexity,
        "weighted_perplexity" => Aggregation::WeightedPerplexity,
        "bits_per_byte" => Aggregation::BitsPerByte,
        "f1" => Aggregation::F1(match row.get("average").and_then(Value::as_str) {
            Some("macro") => Average::Macro,
            Some("micro") => Average::Micro,
            Some("weighted") => Average::Weighted,
            _ => Average::Binary,
        }),
        "bleu" => Aggregation::Bleu,
        "chrf" => Aggregation::Chrf { word_orders: 0 },
        "ter" => Aggregation::Ter,
        other => {
            assert_eq!(other, "mcc");
            Aggregation::MatthewsCorrelation
        }
    }
}

#[test]
fn aggregations_and_errors_are_lm_evals() {
    let mut wrong = Vec::new();
    for row in lines("lm_eval_aggregations.jsonl") {
        let name = row["aggregation"].as_str().unwrap();
        let statistics: Vec<(String, Statistic)> = if matches!(name, "bleu" | "chrf" | "ter") {
            texts(&row["items"], &json!([{"metric": name}])).remove(name).unwrap()
        } else {
            let items = row["items"].as_array().unwrap().iter().enumerate();
            items.map(|(number, item)| (number.to_string(), statistic(name, item))).collect()
        };
        let ours = aggregate(aggregation(&row), &own_clusters(&statistics));
        if !close(ours.value, row["value"].as_f64().unwrap(), 1e-9) {
            wrong.push(format!("{name}: ours {}, theirs {}", ours.value, row["value"]));
        }
        let Some(theirs) = row["stderr"].as_f64() else { continue };
        // A bootstrap of 300 to 1,000 draws has 2 to 4 % of noise of its own; the median's is lumpy.
        let tolerance = match (row.get("bootstrapped").is_some(), name) {
            (false, _) => 1e-9,
            (true, "median") => 0.25,
            (true, _) => 0.12,
        };
        let error = ours.standard_error.unwrap();
        if (error - theirs).abs() > tolerance * theirs {
            wrong.push(format!("{name}: our error {error}, theirs {theirs}"));
        }
    }
    report("aggregates", &wrong);
}

#[test]
fn groups_are_lm_evals() {
    let mut wrong = Vec::new();
    for row in lines("lm_eval_groups.jsonl") {
        let numbers = |key: &str| -> Vec<f64> { serde_json::from_value(row[key].clone()).unwrap() };
        let sizes: Vec<usize> = serde_json::from_value(row["sizes"].clone()).unwrap();
        let members: Vec<Aggregate> = numbers("values")
            .into_iter()
            .zip(numbers("stderrs"))
            .zip(sizes)
            .map(|((value, error), samples)| Aggregate {
                value,
                standard_error: Some(error),
                samples,
                clusters: samples,
            })
            .collect();
        for (weighted, value, error) in
            [(true, "weighted", "weighted_stderr"), (false, "plain", "plain_stderr")]
        {
            let ours = aggregate_group(&members, weighted);
            let same = close(ours.value, row[value].as_f64().unwrap(), 1e-12)
                && close(ours.standard_error.unwrap(), row[error].as_f64().unwrap(), 1e-12);
            if !same {
                wrong.push(format!("{row}: {ours:?}"));
            }
        }
    }
    report("groups", &wrong);
}

#[test]
fn words_and_bytes_of_whole_texts_are_counted_as_lm_eval_counts() {
    let compiled = Scorer::compile("loglikelihood_rolling", &json!(null), &json!(null), false).unwrap();
    for row in lines("lm_eval_rolling.jsonl") {
        let logprob = row["logprob"].as_f64().unwrap();
        let scored = compiled.score(&ScoreInput {
            responses: &[Response::LoglikelihoodRolling { logprob, tokens: 3 }],
            target: &Target::Text(row["text"].as_str().unwrap().to_owned()),
            choices: &[],
            doc: &Map::new(),
            prompt: "",
        });
        assert_eq!(scored.outcome, Outcome::Scored);
        for (metric, count) in
            [("word_perplexity", "words"), ("byte_perplexity", "bytes"), ("bits_per_byte", "bytes")]
        {
            let expected = Statistic::Ratio { numerator: logprob, denominator: row[count].as_f64().unwrap() };
            assert_eq!(scored.statistics[metric], expected, "{row}");
        }
    }
}
