//! Every Eval Ever, schema 0.3: one aggregate file a task, and a line for each metric of each sample.
//!
//! Files lie where that project's datastore wants them: `data/TASK/MAKER/MODEL/UUID.json` and `UUID_samples.jsonl`.

use crate::evaluated::{
    Evaluated, EvaluatedMetric, EvaluatedSample, EvaluatedTask, outcome_name, plain_name,
};
use daepyo_core::{Date, Digest, ModelSpec};
use serde_json::{Map, Value, json};

const SCHEMA: &str = "0.3.0";

pub(crate) fn files(evaluated: &Evaluated<'_>) -> Vec<(String, Vec<u8>)> {
    evaluated.tasks.iter().flat_map(|task| of_task(evaluated, task)).collect()
}

fn of_task(evaluated: &Evaluated<'_>, task: &EvaluatedTask<'_>) -> Vec<(String, Vec<u8>)> {
    let model = evaluated.model_name();
    let (maker, name) = model.split_once('/').unwrap_or(("local", &model));
    let folder = format!("data/{}/{maker}/{}", plain_name(task.name), name.replace('/', "_"));
    let uuid = uuid(&evaluated.id(task, "every-eval-ever"));
    let head = Head {
        evaluation: format!("{}/{model}/{}", task.name, seconds(evaluated.date)),
        model,
        model_info: model_info(evaluated),
    };
    let lines: Vec<Value> = task.samples.iter().flat_map(|sample| instances(&head, task, sample)).collect();
    let mut aggregate = aggregate(evaluated, task, &head);
    let mut files = Vec::new();
    if !lines.is_empty() {
        let path = format!("{folder}/{uuid}_samples.jsonl");
        let mut text = lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        text.push('\n');
        let bytes = text.into_bytes();
        let details = json!({"format": "jsonl", "file_path": path, "hash_algorithm": "sha256",
            "checksum": Digest::of(&bytes).hex(), "total_rows": lines.len()});
        aggregate.insert("detailed_evaluation_results".to_owned(), details);
        files.push((format!("every-eval-ever/{path}"), bytes));
    }
    let text = format!("{:#}\n", Value::Object(aggregate));
    files.push((format!("every-eval-ever/{folder}/{uuid}.json"), text.into_bytes()));
    files
}

/// What an aggregate and its lines have in common.
struct Head {
    evaluation: String,
    model: String,
    model_info: Value,
}

fn aggregate(evaluated: &Evaluated<'_>, task: &EvaluatedTask<'_>, head: &Head) -> Map<String, Value> {
    let results: Vec<_> = task.metrics.iter().map(|metric| result(evaluated, task, metric)).collect();
    let day = seconds(evaluated.date).to_string();
    let mut aggregate = Map::new();
    let mut put = |key: &str, value: Value| aggregate.insert(key.to_owned(), value);
    put("schema_version", json!(SCHEMA));
    put("evaluation_id", json!(head.evaluation));
    put("evaluation_timestamp", json!(day));
    put("retrieved_timestamp", json!(day));
    put(
        "source_metadata",
        json!({"source_name": "daepyo", "source_type": "evaluation_run",
            "source_organization_name": "unknown", "evaluator_relationship": "other"}),
    );
    put("eval_library", json!({"name": "daepyo", "version": evaluated.version}));
    put("model_info", head.model_info.clone());
    put("evaluation_results", json!(results));
    aggregate
}

fn model_info(evaluated: &Evaluated<'_>) -> Value {
    let model = evaluated.model_name();
    let (maker, name) = model.split_once('/').unwrap_or(("local", &model));
    let deployment = match evaluated.model {
        ModelSpec::Llama { .. } => "self_deployed",
        ModelSpec::OpenAi { .. } | ModelSpec::Replay { .. } => "unknown",
    };
    json!({
        "name": name,
        "id": model,
        "developer": maker,
        "additional_details": {"deployment_type": deployment, "model_availability": "unknown",
            "daepyo_model": evaluated.model.to_string(), "sha256": evaluated.model_digest.hex()},
    })
}

fn result(evaluated: &Evaluated<'_>, task: &EvaluatedTask<'_>, metric: &EvaluatedMetric) -> Value {
    let (lowest, highest) = range(metric);
    let mut details = json!({"score": metric.value});
    let error = metric.standard_error.filter(|error| error.is_finite());
    if let (Some(error), Some(details)) = (error, details.as_object_mut()) {
        let samples = task.samples.iter().filter(|sample| sample.metrics.contains_key(&metric.key)).count();
        let samples = if task.samples.is_empty() { task.documents } else { samples };
        details.insert(
            "uncertainty".to_owned(),
            json!({"standard_error": {"value": error, "method": "analytic"}, "num_samples": samples}),
        );
    }
    let arguments = task.params.map(|params| {
        json!({"generation_args": {"temperature": params.temperature, "top_p": params.top_p,
            "max_tokens": params.max_tokens}, "additional_details": {"until": json!(params.stop).to_string()}})
    });
    let mut result = json!({
        "evaluation_result_id": result_id(task, metric),
        "evaluation_name": task.name,
        "source_data": {"dataset_name": task.dataset.unwrap_or(task.name), "source_type": "other",
            "additional_details": {"task_version": task.version.as_deref().unwrap_or("unknown")}},
        "evaluation_timestamp": seconds(evaluated.date).to_string(),
        "metric_config": {
            "metric_id": metric.metric, "metric_name": metric.full_name(),
            "lower_is_better": !metric.higher_is_better, "score_type": "continuous",
            "min_score": lowest, "max_score": highest,
            "additional_details": {"filter": metric.filter, "aggregation": metric.aggregation,
                "num_fewshot": task.num_fewshot.to_string(), "output_type": task.output_type},
        },
        "score_details": details,
    });
    if let (Some(arguments), Some(result)) = (arguments, result.as_object_mut()) {
        result.insert("generation_config".to_owned(), arguments);
    }
    result
}

/// The lines of a sample: one a metric, one with the error where there is none.
fn instances(head: &Head, task: &EvaluatedTask<'_>, sample: &EvaluatedSample<'_>) -> Vec<Value> {
    let scored = task.metrics.iter().filter_map(|metric| Some((metric, *sample.metrics.get(&metric.key)?)));
    let mut lines: Vec<_> =
        scored.map(|(metric, value)| instance(head, task, sample, metric, value)).collect();
    if lines.is_empty()
        && let Some(main) = task.metrics.first()
    {
        lines.push(instance(head, task, sample, main, 0.0));
    }
    lines
}

fn instance(
    head: &Head,
    task: &EvaluatedTask<'_>,
    sample: &EvaluatedSample<'_>,
    metric: &EvaluatedMetric,
    value: f64,
) -> Value {
    let mut output: Vec<String> = sample.written().map(str::to_owned).collect();
    let likelihoods = sample.likelihoods();
    output.extend(likelihoods.iter().map(Value::to_string));
    let raw = format!("{}{}", sample.prompt, sample.target);
    let attribution: Vec<_> = sample
        .answer
        .iter()
        .map(|answer| {
            json!({"turn_idx": 0, "source": "output.raw", "extracted_value": answer,
                "extraction_method": metric.filter, "is_terminal": true})
        })
        .collect();
    let tokens = sample.tokens().map(
        |(read, wrote)| json!({"input_tokens": read, "output_tokens": wrote, "total_tokens": read + wrote}),
    );
    json!({
        "schema_version": SCHEMA,
        "evaluation_id": head.evaluation,
        "model_id": head.model,
        "evaluation_name": task.name,
        "evaluation_result_id": result_id(task, metric),
        "sample_id": format!("{}_{}", task.name, sample.document),
        "sample_hash": Digest::of(raw.as_bytes()).hex(),
        "interaction_type": "single_turn",
        "input": {"raw": sample.prompt, "formatted": sample.prompt, "reference": [sample.target],
            "choices": (!sample.choices.is_empty()).then_some(sample.choices)},
        "output": {"raw": output},
        "messages": null,
        "answer_attribution": attribution,
        "evaluation": {"score": value, "is_correct": sample.score >= 1.0},
        "token_usage": tokens,
        "error": sample.failure(),
        "metadata": {"outcome": outcome_name(sample.outcome), "cluster": sample.cluster,
            "document_sha256": sample.document_digest.hex()},
    })
}

fn result_id(task: &EvaluatedTask<'_>, metric: &EvaluatedMetric) -> String {
    format!("{}/{},{}", task.name, metric.metric, metric.filter)
}

/// Between what values a metric lies; the words for infinity are the schema's.
fn range(metric: &EvaluatedMetric) -> (Value, Value) {
    let (lowest, highest) = match metric.metric.as_str() {
        "acc" | "acc_norm" | "acc_bytes" | "acc_mutual_info" | "exact_match" | "f1" => {
            (json!(0.0), json!(1.0))
        }
        "mcc" => (json!(-1.0), json!(1.0)),
        "bleu" | "chrf" => (json!(0.0), json!(100.0)),
        "ter" | "brier_score" | "perplexity" | "word_perplexity" | "byte_perplexity" | "bits_per_byte" => {
            (json!(0.0), json!("Infinity"))
        }
        _ => (json!("-Infinity"), json!("Infinity")),
    };
    let below = lowest.as_f64().is_some_and(|lowest| metric.value < lowest);
    let above = highest.as_f64().is_some_and(|highest| metric.value > highest);
    if below || above { (json!("-Infinity"), json!("Infinity")) } else { (lowest, highest) }
}

/// 32 hexadecimal digits in the form of a random UUID.
fn uuid(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().take(32).enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(match place {
            12 => '4',
            16 => 'a',
            _ => digit,
        });
    }
    text
}

/// Seconds from 1970 to the beginning of a day.
fn seconds(date: Date) -> u64 {
    let (mut day, mut days) = (Date::EPOCH, 0_u64);
    while day < date {
        day = day.days_after(1);
        days += 1;
    }
    days * 86_400
}
