//! A survey as JSON, for programs.

use super::survey::{Survey, SurveyRow, Way, WayCounts};
use serde_json::{Value, json};
use std::fmt::Write as _;

impl Survey {
    /// One JSON object: `rows` in the order of their names, then `counts`, `problems` and `warnings`. Each row has
    /// `name`, `kind`, `file`, `way` and `warnings`, and by its way `functions` (`key`, `place` and `name` of each),
    /// `class`, `code` with `reason`, or `members` (counts by way).
    pub fn json(&self) -> String {
        let mut text = "{\"rows\":[".to_owned();
        for (place, one) in self.rows().iter().enumerate() {
            // Writing to a string does not fail.
            let _ = write!(text, "{}\n{}", if place == 0 { "" } else { "," }, row(one));
        }
        let problems: Vec<Value> = self
            .problems()
            .iter()
            .map(|problem| json!({"code": problem.code(), "reason": problem.to_string()}))
            .collect();
        let _ = write!(
            text,
            "\n],\n\"counts\":{},\n\"problems\":{},\n\"warnings\":{}}}",
            counts(self.counts()),
            Value::Array(problems),
            json!(self.warnings())
        );
        text
    }
}

fn counts(counts: WayCounts) -> Value {
    json!({"native": counts.native, "ported": counts.ported, "hook": counts.hook, "class": counts.class, "refused": counts.refused})
}

fn row(row: &SurveyRow) -> Value {
    let mut value = json!({
        "name": row.name, "kind": row.kind.name(), "file": row.file.as_ref().map(|file| file.to_string_lossy()), "way": row.way.name(), "warnings": row.warnings,
    });
    let mut set = |key: &str, more: Value| {
        if let Some(map) = value.as_object_mut() {
            map.insert(key.to_owned(), more);
        }
    };
    match &row.way {
        Way::Native => {}
        Way::Ported { functions } | Way::Hook { functions } => set(
            "functions",
            functions
                .iter()
                .map(|function| json!({"key": function.key, "place": function.place, "name": function.name}))
                .collect(),
        ),
        Way::Class { name } => set("class", json!(name)),
        Way::Refused { code, reason } => {
            set("code", json!(code));
            set("reason", json!(reason));
        }
        Way::Members(members) => set("members", counts(*members)),
    }
    value
}
