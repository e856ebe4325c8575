//! Python's methods on strings, lists and maps that templates call, where minijinja lacks or differs.

use super::bounds;
use crate::python::is_space;
use minijinja::{
    Error, ErrorKind, State, Value,
    value::{ValueKind, from_args},
};

/// Calls `method` on `value`; what is not here is left to minijinja's own Python compatibility.
pub(super) fn call(
    state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    let own = match (value.kind(), value.as_str()) {
        (ValueKind::String, Some(text)) => text_method(text, method, args)?,
        (ValueKind::Seq, _) => list_method(value, method, args)?,
        _ => None,
    };
    match own {
        Some(result) => Ok(result),
        None => minijinja_contrib::pycompat::unknown_method_callback(state, value, method, args),
    }
}

fn failed(problem: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, problem)
}

fn list_method(value: &Value, method: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    match method {
        "index" => {
            let (wanted,): (Value,) = from_args(args)?;
            for (index, item) in value.try_iter()?.enumerate() {
                if item == wanted {
                    return Ok(Some(Value::from(index)));
                }
            }
            Err(failed("the value is not in the list"))
        }
        "copy" => Ok(Some(value.clone())),
        _ => Ok(None),
    }
}

fn strip_set(args: &[Value]) -> Result<impl Fn(char) -> bool, Error> {
    let (set,): (Option<String>,) = from_args(args)?;
    Ok(move |c: char| match &set {
        Some(set) => set.contains(c),
        None => is_space(c),
    })
}

fn text_method(text: &str, method: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    let result = match method {
        "strip" => Value::from(text.trim_matches(strip_set(args)?)),
        "lstrip" => Value::from(text.trim_start_matches(strip_set(args)?)),
        "rstrip" => Value::from(text.trim_end_matches(strip_set(args)?)),
        "split" if args.iter().all(|arg| !arg.is_kwargs()) => split(text, args)?,
        "rsplit" => rsplit(text, args)?,
        "index" => {
            let (wanted,): (&str,) = from_args(args)?;
            let found = text.find(wanted).ok_or_else(|| failed("the text is not in the string"))?;
            Value::from(text.get(..found).unwrap_or_default().chars().count())
        }
        "removeprefix" => {
            let (prefix,): (&str,) = from_args(args)?;
            Value::from(text.strip_prefix(prefix).unwrap_or(text))
        }
        "removesuffix" => {
            let (suffix,): (&str,) = from_args(args)?;
            Value::from(text.strip_suffix(suffix).unwrap_or(text))
        }
        "partition" | "rpartition" => {
            let (separator,): (&str,) = from_args(args)?;
            let found =
                if method == "partition" { text.split_once(separator) } else { text.rsplit_once(separator) };
            let parts = match found {
                Some((before, after)) => [before, separator, after],
                None if method == "partition" => [text, "", ""],
                None => ["", "", text],
            };
            Value::from(minijinja::value::Tuple::new(parts.iter().map(|part| Value::from(*part)).collect()))
        }
        "zfill" => {
            let (width,): (usize,) = from_args(args)?;
            let (sign, digits) = match text.strip_prefix(['-', '+']) {
                Some(digits) => (text.get(..1).unwrap_or_default(), digits),
                None => ("", text),
            };
            let missing = width.min(10_000).saturating_sub(text.chars().count());
            Value::from(format!("{sign}{}{digits}", "0".repeat(missing)))
        }
        "ljust" | "rjust" | "center" => {
            let (width, fill): (usize, Option<&str>) = from_args(args)?;
            let width = width.min(10_000);
            let fill = fill.unwrap_or(" ");
            let missing = width.saturating_sub(text.chars().count());
            // CPython puts the odd one on the left where the width is odd.
            let left = match method {
                "ljust" => 0,
                "rjust" => missing,
                _ => missing / 2 + (missing & width & 1),
            };
            Value::from(format!("{}{text}{}", fill.repeat(left), fill.repeat(missing - left)))
        }
        "format" => {
            bounds::check_braces(text)?;
            return Ok(None);
        }
        "casefold" => Value::from(text.to_lowercase()),
        "swapcase" => Value::from(
            text.chars()
                .flat_map(|c| -> Vec<char> {
                    if c.is_uppercase() { c.to_lowercase().collect() } else { c.to_uppercase().collect() }
                })
                .collect::<String>(),
        ),
        _ => return Ok(None),
    };
    Ok(Some(result))
}

fn split(text: &str, args: &[Value]) -> Result<Value, Error> {
    let (separator, limit): (Option<&str>, Option<i64>) = from_args(args)?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let parts: Vec<&str> = match (separator, limit) {
        (Some(""), _) => return Err(failed("split needs a separator that is not empty")),
        (Some(separator), None) => text.split(separator).collect(),
        (Some(separator), Some(limit)) => text.splitn(limit.saturating_add(1), separator).collect(),
        (None, None) => text.split(is_space).filter(|part| !part.is_empty()).collect(),
        (None, Some(limit)) => {
            let mut parts = Vec::new();
            let mut rest = text.trim_start_matches(is_space);
            while !rest.is_empty() {
                if parts.len() == limit {
                    parts.push(rest.trim_end_matches(is_space));
                    break;
                }
                let (part, after) = rest.split_once(is_space).unwrap_or((rest, ""));
                parts.push(part);
                rest = after.trim_start_matches(is_space);
            }
            parts
        }
    };
    Ok(parts.into_iter().map(Value::from).collect())
}

fn rsplit(text: &str, args: &[Value]) -> Result<Value, Error> {
    let (separator, limit): (Option<&str>, Option<i64>) = from_args(args)?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    match (separator, limit) {
        (Some(separator), Some(limit)) if !separator.is_empty() => {
            let mut parts: Vec<&str> = text.rsplitn(limit.saturating_add(1), separator).collect();
            parts.reverse();
            Ok(parts.into_iter().map(Value::from).collect())
        }
        (None, Some(_)) => Err(failed("rsplit with a limit needs a separator")),
        _ => split(text, args.get(..1).unwrap_or_default()),
    }
}
