//! Prints every name of some task folders with what becomes of it, as JSON lines: `configs FOLDER...`.

use daepyo_task::{EntryKind, Node, TaskIndex};
use std::{error::Error, io::Write as _, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let index = TaskIndex::build(&paths)?;
    let mut out = std::io::stdout().lock();
    for problem in index.problems() {
        writeln!(out, "{}", serde_json::json!({"problem": problem.to_string()}))?;
    }
    let names: Vec<&str> = index
        .entries()
        .filter(|(_, entry)| matches!(entry.kind, EntryKind::Task | EntryKind::PythonTask))
        .map(|(name, _)| name)
        .collect();
    for name in names {
        let line = match index.resolve(name) {
            Ok(nodes) => match nodes.first() {
                Some(Node::Task(config)) => serde_json::json!({"name": name, "warnings": config.warnings}),
                Some(Node::Group(_)) | None => serde_json::json!({"name": name}),
            },
            Err(error) => serde_json::json!({"name": name, "code": error.code(), "error": error.to_string()}),
        };
        writeln!(out, "{line}")?;
    }
    Ok(())
}
