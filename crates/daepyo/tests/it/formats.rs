//! `daepyo eval` in every format, and the logs and samples that it wrote replayed.

use crate::line::{Line, code, stderr};
use serde_json::Value;

const TASKS: &str = "line_words,line_sums,line_passages";

/// What `daepyo eval --json` prints.
fn eval(line: &Line, model: &str, tasks: &str, out: &str, formats: &[&str]) -> Value {
    let mut arguments =
        vec!["eval", "--model", model, "--tasks", tasks, "--include-path", "suites", "--out", out, "--json"];
    arguments.extend(formats);
    let output = line.daepyo(&arguments).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn files(result: &Value) -> Vec<&str> {
    result["files"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn lm_evals_layout_alone_where_nothing_is_said() {
    let line = Line::new();
    let result = eval(&line, "replay:replay/garam.jsonl", TASKS, "out", &[]);
    let names = files(&result);
    assert_eq!(names.len(), 4);
    assert!(
        names.iter().all(|name| name.starts_with("results_") || name.starts_with("samples_")),
        "{names:?}"
    );
}

#[test]
fn every_format_is_written_and_what_can_be_replayed_scores_the_same() {
    let line = Line::new();
    let formats = ["--format", "parquet,inspect,every-eval-ever,lm-eval"];
    let first = eval(&line, "replay:replay/garam.jsonl", TASKS, "out", &formats);
    let names = files(&first);
    let holding = |part: &str| names.iter().filter(|name| name.contains(part)).count();
    assert_eq!((holding("inspect/"), holding(".parquet"), holding("_samples.jsonl")), (3, 1, 3), "{names:?}");
    let written = line.published("out");
    assert!(names.iter().all(|name| written.contains_key(*name)) && written.len() == names.len());

    for (place, name) in names.iter().enumerate() {
        let is_log = name.starts_with("inspect/");
        let is_recording = is_log || name.starts_with("samples_line");
        let task = TASKS.split(',').find(|task| name.replace('-', "_").contains(task));
        let Some(task) = task.filter(|_| is_recording) else { continue };
        let again = eval(&line, &format!("replay:out/{name}"), task, &format!("again-{place}"), &[]);
        let of_task = |result: &Value| -> Vec<Value> {
            let rows = result["results"].as_array().unwrap().iter();
            rows.filter(|row| row["task"] == task).cloned().collect()
        };
        assert!(!of_task(&first).is_empty());
        assert_eq!(of_task(&first), of_task(&again), "{name}");
        // lm-eval's samples do not keep that an answer was cut off: it then counts as unparsed, not as truncated.
        if is_log {
            assert_eq!(first["counts"][task], again["counts"][task], "{name}");
        }
    }
}

#[test]
fn a_broken_log_is_refused_with_its_place() {
    let line = Line::new();
    std::fs::write(line.path("broken.eval"), b"PK\x03\x04 and nothing more").unwrap();
    let output = line
        .daepyo(&[
            "--lang",
            "en",
            "eval",
            "--model",
            "replay:broken.eval",
            "--tasks",
            "line_words",
            "--include-path",
            "suites",
            "--out",
            "out",
        ])
        .output()
        .unwrap();
    assert_eq!(code(&output), 3);
    let said = stderr(&output);
    assert!(said.contains("broken.eval") && said.contains("not a whole zip archive"), "{said}");
}
