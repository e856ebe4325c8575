//! When two values are the same: as Python compares them, numbers within rounding.

use daepyo_task::py_str;
use serde_json::Value;

/// How far apart two figures may be, in absolute terms below 1, else relative to their size.
pub(crate) const TOLERANCE: f64 = 1e-9;

/// Whether two figures are the same; two that are not numbers are.
pub(crate) fn figures(ours: f64, theirs: f64) -> bool {
    let both_infinite = ours.is_infinite() && theirs.is_infinite() && ours.signum() == theirs.signum();
    both_infinite
        || (ours.is_nan() && theirs.is_nan())
        || (ours - theirs).abs() <= TOLERANCE * theirs.abs().max(1.0)
}

/// Equal as Python sees it: `1 == 1.0 == True`, and maps in any order.
pub(crate) fn values(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(key, value)| theirs.get(key).is_some_and(|other| values(value, other)))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| values(ours, theirs))
        }
        _ => match (number(ours), number(theirs)) {
            (Some(ours), Some(theirs)) => figures(ours, theirs),
            _ => ours == theirs,
        },
    }
}

/// Equal as text: `str(ours) == str(theirs)` item by item.
pub(crate) fn texts(ours: &[String], theirs: &Value) -> bool {
    theirs.as_array().is_some_and(|theirs| {
        ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| *ours == py_str(theirs))
    })
}

/// A number as Python has it; booleans are 0 and 1, and what is not finite stands as its name.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::Number(number) => number.as_f64(),
        Value::String(name) => match name.as_str() {
            "NaN" | "nan" => Some(f64::NAN),
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        Value::Object(_) => daepyo_task::hook::number(value),
        Value::Null | Value::Array(_) => None,
    }
}
