//! Prints every name of some task folders with what becomes of it, as JSON lines: `configs FOLDER...`.

use daepyo_task::{DocTo, EntryKind, Node, TaskIndex};
use serde_json::{Value, json};
use std::{error::Error, io::Write as _, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let index = TaskIndex::build(&paths)?;
    let mut out = std::io::stdout().lock();
    for problem in index.problems() {
        writeln!(out, "{}", json!({"problem": problem.to_string()}))?;
    }
    let names: Vec<&str> = index
        .entries()
        .filter(|(_, entry)| matches!(entry.kind, EntryKind::Task | EntryKind::PythonTask))
        .map(|(name, _)| name)
        .collect();
    for name in names {
        let line = match index.resolve(name) {
            Ok(nodes) => match nodes.first() {
                Some(Node::Task(config)) => {
                    let doc_to = |from: &Option<DocTo>| match from {
                        None => Value::Null,
                        Some(DocTo::Text(text)) => json!(text),
                        Some(DocTo::Int(number)) => json!(number),
                        Some(DocTo::List(items)) => json!(items),
                        Some(DocTo::Function(function)) => json!({"!function": function.name}),
                    };
                    json!({
                        "name": name, "warnings": config.warnings, "path": config.path,
                        "doc_to_text": doc_to(&config.doc_to_text), "doc_to_target": doc_to(&config.doc_to_target),
                        "doc_to_choice": doc_to(&config.doc_to_choice), "description": config.description,
                        "target_delimiter": config.target_delimiter, "fewshot_delimiter": config.fewshot_delimiter,
                        "gen_prefix": config.gen_prefix, "num_fewshot": config.num_fewshot,
                        "output_type": config.output_type.name(), "generation_kwargs": config.generation_kwargs,
                        "filter_list": config.filter_list, "metric_list": config.metric_list,
                        "metadata": config.metadata, "samples": config.fewshot.samples, "test_split": config.test_split,
                        "fewshot_split": config.fewshot.split, "dataset_path": config.dataset_path,
                        "dataset_name": config.dataset_name, "repeats": config.repeats,
                        "dataset_kwargs": config.dataset_kwargs,
                    })
                }
                Some(Node::Group(_)) | None => json!({"name": name}),
            },
            Err(error) => json!({"name": name, "code": error.code(), "error": error.to_string()}),
        };
        writeln!(out, "{line}")?;
    }
    Ok(())
}
