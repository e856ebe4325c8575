//! Python's idea of white space and of `str(value)`, where a result must equal lm-eval's.

use serde_json::Value;

/// White space as `str.isspace` has it: Unicode's, and the four ASCII separators.
pub(super) const fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// `str.strip()`.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.rstrip()`.
pub(super) fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// `str.split()`.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// `len(re.split(r"\s+", text))`: words, counting the empty ones at the borders.
pub(super) fn count_pieces(text: &str) -> usize {
    let mut pieces = 1;
    let mut inside = false;
    for c in text.chars() {
        let space = is_space(c);
        pieces += usize::from(space && !inside);
        inside = space;
    }
    pieces
}

/// `str(value)` for what a document's field can hold.
pub(super) fn display(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => display_number(number),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn display_number(number: &serde_json::Number) -> String {
    match number.as_f64() {
        // Python keeps `.0` and so does serde_json; only the exponent is written differently.
        Some(float) if number.is_f64() => {
            let text = number.to_string();
            if text.contains(['e', 'E']) { format!("{float:e}") } else { text }
        }
        Some(_) | None => number.to_string(),
    }
}
