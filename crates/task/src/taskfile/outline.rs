//! What a group or tag holds, as lines for people.

use super::{
    group::{Builder, Leaves, Tree},
    index::TaskIndex,
    source::Source,
};
use crate::TaskError;
use serde_json::Value;

/// Takes the names of tasks; their files are read only where a group changes something in them.
struct Names;

impl Leaves for Names {
    type Made = String;

    fn task(&mut self, source: Source) -> Result<String, TaskError> {
        Ok(source.map.get("task").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    fn unchanged(&mut self, name: &str) -> Option<String> {
        Some(name.to_owned())
    }
}

impl TaskIndex {
    /// One line for each task and group in what `name` stands for, as deep as they are nested indented by two spaces.
    /// Fails where a name in it is unknown.
    pub fn outline(&self, name: &str) -> Result<Vec<String>, TaskError> {
        let mut lines = Vec::new();
        for tree in Builder::new(self, &mut Names).named(name)? {
            line(&tree, 0, &mut lines);
        }
        Ok(lines)
    }
}

fn line(tree: &Tree<String>, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match tree {
        Tree::Task(name) => lines.push(format!("{indent}task   {name}")),
        Tree::Group(head, members) => {
            lines.push(format!("{indent}group  {}", head.name));
            for member in members {
                line(member, depth + 1, lines);
            }
        }
    }
}
