//! Mistakes in filters and metrics are found when a task is read, each with its code and the nearest name.

use daepyo_task::{
    Target,
    score::{Aggregation, Average, Scorer},
};
use serde_json::{Value, json};

fn compile(output_type: &str, filters: &Value, metrics: &Value) -> Result<Scorer, (String, Option<String>)> {
    Scorer::compile(output_type, filters, metrics, false)
        .map_err(|error| (error.code().to_owned(), error.nearest().map(str::to_owned)))
}

fn filter(function: &Value) -> Value {
    json!([{"name": "f", "filter": [function]}])
}

#[test]
fn mistakes_have_codes_and_suggestions() {
    let none = || json!(null);
    let metric = |name: &str| json!([{"metric": name}]);
    let g = "generate_until";
    let m = "multiple_choice";
    for (output_type, filters, metrics, code, nearest) in [
        ("multiple_choise", none(), none(), "unknown_output_type", Some(m)),
        (m, none(), metric("acc_normm"), "unknown_metric", Some("acc_norm")),
        (g, none(), metric("exact_macth"), "unknown_metric", Some("exact_match")),
        (g, none(), metric("zzz"), "unknown_metric", None),
        (m, none(), metric("bleu"), "metric_unsuitable", None),
        (g, none(), metric("acc"), "metric_unsuitable", None),
        ("loglikelihood_rolling", none(), metric("acc"), "metric_unsuitable", None),
        ("loglikelihood", none(), metric("exact_match"), "metric_unsuitable", None),
        (m, none(), json!([{"metric": "acc", "aggregation": "meen"}]), "unknown_aggregation", Some("mean")),
        (m, none(), json!([{"metric": "acc", "aggregation": "bleu"}]), "aggregation_unsuitable", None),
        (
            g,
            none(),
            json!([{"metric": "exact_match", "ignore_cases": true}]),
            "unknown_option",
            Some("ignore_case"),
        ),
        (g, none(), json!([{"metric": "exact_match", "ignore_case": "yes"}]), "bad_option", None),
        (g, none(), json!([{"metric": "exact_match", "regexes_to_ignore": ["("]}]), "bad_regex", None),
        (g, none(), json!([{"metric": "f1"}]), "bad_option", None),
        (g, none(), json!([{"metric": "f1", "average": "mean"}]), "bad_option", None),
        (g, none(), json!([]), "bad_option", None),
        (g, none(), json!({"metric": "acc"}), "bad_option", None),
        (m, none(), json!([{"metric": "acc"}, {"metric": "acc"}]), "bad_option", None),
        (g, filter(&json!({"function": "regx"})), none(), "unknown_filter", Some("regex")),
        (g, filter(&json!({"function": "regex", "regex_pattern": "(?<=a+)("})), none(), "bad_regex", None),
        (
            g,
            filter(&json!({"function": "regex", "group": 1})),
            none(),
            "unknown_option",
            Some("group_select"),
        ),
        (g, filter(&json!({"function": "take_first_k"})), none(), "bad_option", None),
        (g, filter(&json!({"function": "korean_answer", "kind": "digit"})), none(), "bad_option", None),
        (g, filter(&json!({"function": "korean_answer"})), none(), "bad_option", None),
        (g, filter(&json!({})), none(), "bad_option", None),
        (g, json!([{"name": "f"}]), none(), "bad_option", None),
        (g, json!([{"name": "f", "filter": []}, {"name": "f", "filter": []}]), none(), "bad_option", None),
        (m, filter(&json!({"function": "regex"})), none(), "filter_unsuitable", None),
    ] {
        let error = compile(output_type, &filters, &metrics).map(|_| ()).unwrap_err();
        let expected = (format!("task::{code}"), nearest.map(str::to_owned));
        assert_eq!(error, expected, "{output_type} {filters} {metrics}");
    }
}

#[test]
fn metrics_that_are_not_written_are_lm_evals_defaults() {
    for (output_type, names) in [
        ("loglikelihood", vec!["perplexity", "acc"]),
        ("loglikelihood_rolling", vec!["word_perplexity", "byte_perplexity", "bits_per_byte"]),
        ("multiple_choice", vec!["acc", "acc_norm"]),
        ("generate_until", vec!["exact_match"]),
    ] {
        let scorer = compile(output_type, &json!(null), &json!(null)).unwrap();
        let metrics = scorer.metrics();
        let keys: Vec<&str> = metrics.iter().map(|metric| metric.key.as_str()).collect();
        assert_eq!(keys, names);
        assert!(metrics.iter().all(|metric| metric.filter == "none"));
    }
}

#[test]
fn f1_takes_its_average_from_either_key() {
    for (metric, average) in [
        (json!({"metric": "f1"}), Average::Binary),
        (json!({"metric": "f1", "average": "macro", "hf_evaluate": true}), Average::Macro),
        (json!({"metric": "f1", "aggregation": "macro_f1"}), Average::Macro),
        (json!({"metric": "f1", "aggregation": "f1", "average": "weighted"}), Average::Weighted),
        (
            json!({"metric": "f1", "aggregation": "mean", "average": "micro", "hf_evaluate": true}),
            Average::Micro,
        ),
        (json!({"metric": "macro_f1"}), Average::Macro),
    ] {
        let scorer = compile("multiple_choice", &json!(null), &json!([metric])).unwrap();
        assert_eq!(scorer.metrics()[0].aggregation, Aggregation::F1(average), "{metric}");
    }
}

#[test]
fn a_target_outside_the_choices_is_found_before_a_run() {
    let scorer = compile("multiple_choice", &json!(null), &json!(null)).unwrap();
    let choices = ["a".to_owned(), "b".to_owned()];
    assert!(scorer.check_document(&Target::Choice(1), &choices).is_ok());
    assert!(scorer.check_document(&Target::Text("b".to_owned()), &choices).is_ok());
    for wrong in [Target::Choice(2), Target::Text("c".to_owned()), Target::Choices(vec![])] {
        assert!(scorer.check_document(&wrong, &choices).is_err(), "{wrong:?}");
    }
    let refusal = compile("generate_until", &json!(null), &json!([{"metric": "refusal"}])).unwrap();
    assert!(refusal.check_document(&Target::Text("maybe".to_owned()), &[]).is_err());
}

#[test]
fn mutual_information_needs_requests_without_context() {
    let with = compile("multiple_choice", &json!(null), &json!([{"metric": "acc_mutual_info"}])).unwrap();
    let without = compile("multiple_choice", &json!(null), &json!(null)).unwrap();
    assert!(with.needs_unconditional() && !without.needs_unconditional());
}
