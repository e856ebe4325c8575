//! Renders templates: JSON lines `{"template": …, "document": …}` in, `{"text": …}` or `{"error": …}` out.

use serde_json::{Value, json};
use std::{
    error::Error,
    io::{BufRead as _, Write as _},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let template = row.get("template").and_then(Value::as_str).unwrap_or_default();
        let document = row.get("document").and_then(Value::as_object).cloned().unwrap_or_default();
        let result = match daepyo_task::render_template(template, &document) {
            Ok(text) => json!({"text": text}),
            Err(error) => json!({"error": format!("{error:#}")}),
        };
        writeln!(out, "{result}")?;
    }
    Ok(())
}
