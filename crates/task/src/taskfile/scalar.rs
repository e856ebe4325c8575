//! Plain YAML scalars as `PyYAML` resolves them: the YAML 1.1 rules, not those of 1.2.

use serde_json::{Number, Value};

/// The value of a plain scalar without a tag; `None` where it is its own text.
pub(super) fn resolve(text: &str) -> Option<Value> {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Some(Value::Null);
    }
    if let Some(flag) = boolean(text) {
        return Some(Value::Bool(flag));
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.')) {
        return None;
    }
    integer(text).or_else(|| float(text))
}

/// A YAML 1.1 boolean: `yes`, `on` and their kin count.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn sign(text: &str) -> (i128, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (-1, text.get(1..).unwrap_or_default()),
        Some(b'+') => (1, text.get(1..).unwrap_or_default()),
        _ => (1, text),
    }
}

fn radix(digits: &str, base: u32) -> Option<i128> {
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    if plain.is_empty() || !plain.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    i128::from_str_radix(&plain, base).ok()
}

/// Base-60 numbers such as `1:30`, which YAML 1.1 has.
fn sexagesimal(text: &str) -> Option<i128> {
    let mut parts = text.split(':');
    let first = parts.next()?;
    if !first.starts_with(|c: char| matches!(c, '1'..='9')) {
        return None;
    }
    let mut total = radix(first, 10)?;
    let mut any = false;
    for part in parts {
        any = true;
        if part.is_empty() || part.len() > 2 {
            return None;
        }
        let value = radix(part, 10).filter(|value| *value < 60)?;
        total = total.checked_mul(60)?.checked_add(value)?;
    }
    any.then_some(total)
}

/// A YAML 1.1 integer: decimal, `0b`, `0x`, leading-zero octal, `_` between digits, base 60.
pub(super) fn integer(text: &str) -> Option<Value> {
    let (sign, digits) = sign(text);
    let magnitude = if let Some(bits) = digits.strip_prefix("0b") {
        radix(bits, 2)?
    } else if let Some(hex) = digits.strip_prefix("0x") {
        radix(hex, 16)?
    } else if digits == "0" {
        0
    } else if let Some(octal) = digits.strip_prefix('0') {
        radix(octal, 8)?
    } else if digits.contains(':') {
        sexagesimal(digits)?
    } else if digits.starts_with(|c: char| c.is_ascii_digit()) {
        radix(digits, 10)?
    } else {
        return None;
    };
    let value = sign * magnitude;
    i64::try_from(value).map(Value::from).or_else(|_| u64::try_from(value).map(Value::from)).ok()
}

/// A YAML 1.1 float: it has a point, and an exponent only with its sign (`1e3` is a string).
pub(super) fn float(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit() || c == '_');
    let starts = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || !(starts(whole) || (whole.is_empty() && starts(fraction))) {
        return None;
    }
    if whole.is_empty() && unsigned.len() != text.len() {
        return None;
    }
    if let Some(exponent) = exponent {
        let rest = exponent.strip_prefix(['-', '+'])?;
        if rest.is_empty() || !rest.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
    }
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    plain.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::resolve;
    use serde_json::json;

    #[test]
    fn scalars_follow_yaml_1_1() {
        for (text, expected) in [
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("y", json!("y")),
            ("", json!(null)),
            ("~", json!(null)),
            ("12", json!(12)),
            ("-0", json!(0)),
            ("+7", json!(7)),
            ("010", json!(8)),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("1_000", json!(1000)),
            ("1:30", json!(90)),
            ("09", json!("09")),
            ("1.0", json!(1.0)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            ("-.5", json!("-.5")),
            ("1e3", json!("1e3")),
            ("1.5e3", json!("1.5e3")),
            ("1.5e+3", json!(1500.0)),
            ("_1", json!("_1")),
            ("1.2.3", json!("1.2.3")),
        ] {
            assert_eq!(resolve(text).unwrap_or_else(|| json!(text)), expected, "{text}");
        }
    }
}
