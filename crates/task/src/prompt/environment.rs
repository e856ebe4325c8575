//! The Jinja environment of task templates: strict about what is undefined, printing as Python prints.

use super::{bounds, methods};
use crate::{TaskError, dataset::Document, python, under_way};
use minijinja::{
    Environment, Error, ErrorKind, State, UndefinedBehavior, Value, syntax::SyntaxConfig, value::ValueKind,
};
use std::{collections::BTreeMap, path::Path};

/// The templates of one task, each compiled once.
pub(crate) struct Templates {
    environment: Environment<'static>,
    names: BTreeMap<String, String>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Templates {
    pub(crate) fn new() -> Self {
        let mut environment = base();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(whitespace(true, false));
        environment.add_filter("regex_replace", regex_replace);
        Self { environment, names: BTreeMap::new() }
    }

    /// Compiles `source`, which the file at `path` has under `key`; returns its name for [`Templates::render`].
    pub(crate) fn add(&mut self, source: &str, path: &Path, key: &str) -> Result<String, TaskError> {
        if let Some(name) = self.names.get(source) {
            return Ok(name.clone());
        }
        let name = format!("{key}#{}", self.names.len());
        let _compiling = under_way::begin(&path.to_string_lossy(), "", key);
        bounds::add(&mut self.environment, name.clone(), unix_newlines(source))
            .map_err(|cause| TaskError::Template { path: path.to_path_buf(), key: key.to_owned(), cause })?;
        self.names.insert(source.to_owned(), name.clone());
        Ok(name)
    }

    /// Fails where `source`, which the file at `path` has under `key`, is no template.
    pub(crate) fn check(&self, source: &str, path: &Path, key: &str) -> Result<(), TaskError> {
        bounds::check(&self.environment, key, &unix_newlines(source)).map_err(|cause| TaskError::Template {
            path: path.to_path_buf(),
            key: key.to_owned(),
            cause,
        })
    }

    /// The template called `name` with the fields of `document` as its variables.
    pub(crate) fn render(&self, name: &str, document: &Value) -> Result<String, Error> {
        bounds::render(&self.environment.get_template(name)?, document.clone())
    }
}

/// The template `source` with the fields of `document`, compiled for this one call. Fails where it does not compile or
/// does not fit the document. Tasks compile theirs once; this is for tools that try a template out.
pub fn render_template(source: &str, document: &Document) -> Result<String, Error> {
    let mut templates = Templates::new();
    bounds::add(&mut templates.environment, "template".to_owned(), unix_newlines(source))?;
    templates.render("template", &Value::from(minijinja::value::Serde(document)))
}

/// What task and chat templates have in common.
pub(super) fn base() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_unknown_method_callback(methods::call);
    bounds::set(&mut environment);
    // Undefined values come here only where they may be printed; the engine refuses the others itself.
    environment.set_formatter(|out, _, value| out.write_str(&print(value)?).map_err(Error::from));
    environment.add_filter("string", |state: &State<'_, '_>, value: &Value| {
        if value.is_undefined() && state.undefined_behavior() == UndefinedBehavior::Strict {
            return Err(Error::from(ErrorKind::UndefinedError));
        }
        print(value)
    });
    // Python's white space, which is more than Unicode's.
    environment.add_filter("trim", |state: &State<'_, '_>, value: &Value, chars: Option<String>| {
        if value.is_undefined() && state.undefined_behavior() == UndefinedBehavior::Strict {
            return Err(Error::from(ErrorKind::UndefinedError));
        }
        let is_cut = |c: char| chars.as_ref().map_or_else(|| python::is_space(c), |chars| chars.contains(c));
        Ok(print(value)?.trim_matches(is_cut).to_owned())
    });
    environment.add_filter("int", |value: &Value, default: Option<i64>| {
        whole(value).unwrap_or(default.unwrap_or(0))
    });
    environment.add_filter("float", |value: &Value, default: Option<f64>| {
        number(value).unwrap_or(default.unwrap_or(0.0))
    });
    environment
}

/// What Python's `float` gives.
fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some(text) => text.trim_matches(python::is_space).replace('_', "").parse().ok(),
        None => f64::try_from(value.clone()).ok(),
    }
}

/// What Jinja's `int` filter gives: the number without its fraction.
fn whole(value: &Value) -> Option<i64> {
    if let Ok(number) = i64::try_from(value.clone()) {
        return Some(number);
    }
    if let Some(text) = value.as_str()
        && let Ok(number) = text.trim_matches(python::is_space).replace('_', "").parse()
    {
        return Some(number);
    }
    let truncated = number(value).filter(|number| number.is_finite())?.trunc();
    format!("{truncated:.0}").parse().ok()
}

/// How templates treat white space around blocks and at their end.
pub(super) fn whitespace(keep_trailing_newline: bool, trim: bool) -> SyntaxConfig {
    let mut builder = SyntaxConfig::builder();
    builder.keep_trailing_newline(keep_trailing_newline).trim_blocks(trim).lstrip_blocks(trim);
    builder.build().unwrap_or_default()
}

/// Jinja turns every kind of line end in a template into `\n`.
pub(super) fn unix_newlines(source: &str) -> String {
    source.replace("\r\n", "\n").replace('\r', "\n")
}

/// What Python's `str` gives. Fails where that is too long, or the value nested too deep.
pub(super) fn print(value: &Value) -> Result<String, Error> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None if value.is_undefined() => Ok(String::new()),
        None => {
            let mut out = String::new();
            repr(&mut out, value, 0)?;
            Ok(out)
        }
    }
}

fn repr(out: &mut String, value: &Value, depth: usize) -> Result<(), Error> {
    bounds::check_shown(out, depth)?;
    match value.kind() {
        ValueKind::String => python::repr_text(out, value.as_str().unwrap_or_default()),
        ValueKind::Number if !value.is_integer() => match f64::try_from(value.clone()) {
            Ok(float) => out.push_str(&python::py_float(float)),
            Err(_) => out.push_str(&value.to_string()),
        },
        ValueKind::Seq | ValueKind::Iterable => {
            let tuple = value.is_tuple();
            out.push(if tuple { '(' } else { '[' });
            let mut count = 0_usize;
            for item in value.try_iter().into_iter().flatten() {
                if count > 0 {
                    out.push_str(", ");
                }
                repr(out, &item, depth + 1)?;
                count += 1;
            }
            if tuple && count == 1 {
                out.push(',');
            }
            out.push(if tuple { ')' } else { ']' });
        }
        ValueKind::Map => {
            out.push('{');
            for (index, key) in value.try_iter().into_iter().flatten().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                repr(out, &key, depth + 1)?;
                out.push_str(": ");
                repr(out, &value.get_item(&key).unwrap_or_default(), depth + 1)?;
            }
            out.push('}');
        }
        _ => out.push_str(&value.to_string()),
    }
    Ok(())
}

/// `re.sub(pattern, repl, string, count)`.
fn regex_replace(
    text: &str,
    pattern: &str,
    replacement: &str,
    count: Option<usize>,
) -> Result<String, Error> {
    let wrong = |problem: String| Error::new(ErrorKind::InvalidOperation, problem);
    let regex = fancy_regex::Regex::new(&pattern.replace("\\Z", "\\z"))
        .map_err(|error| wrong(format!("regex_replace: `{pattern}`")).with_source(error))?;
    let limit = count.filter(|count| *count > 0).unwrap_or(usize::MAX);
    let mut out = String::new();
    let mut last = 0;
    for captures in regex.captures_iter(text).take(limit) {
        let captures = captures.map_err(|error| wrong("regex_replace".to_owned()).with_source(error))?;
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(text.get(last..whole.start()).unwrap_or_default());
        expand(&mut out, replacement, &captures);
        bounds::check_shown(&out, 0)?;
        last = whole.end();
    }
    out.push_str(text.get(last..).unwrap_or_default());
    Ok(out)
}

/// Python's replacement syntax: `\1`, `\g<1>`, `\g<name>` and the usual escapes.
fn expand(out: &mut String, replacement: &str, captures: &fancy_regex::Captures<'_, str>) {
    let mut rest = replacement;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let digits = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let (number, tail) = after.split_at(digits);
            let group = number.parse().ok().and_then(|index: usize| captures.get(index));
            out.push_str(group.map_or("", |group| group.as_str()));
            rest = tail;
        } else if let Some((name, tail)) = after.strip_prefix("g<").and_then(|named| named.split_once('>')) {
            let group = match name.parse::<usize>() {
                Ok(index) => captures.get(index),
                Err(_) => captures.name(name),
            };
            out.push_str(group.map_or("", |group| group.as_str()));
            rest = tail;
        } else {
            let mut chars = after.chars();
            match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('\\') | None => out.push('\\'),
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
            }
            rest = chars.as_str();
        }
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn trim_cuts_what_python_calls_white_space() {
        let document = serde_json::json!({"text": "\u{1c}\u{3000} a \u{1f}\n", "number": 7});
        let render = |source: &str| render_template(source, document.as_object().unwrap());
        assert_eq!(render("{{ text | trim }}").unwrap(), "a");
        assert_eq!(render("{{ number | trim }}").unwrap(), "7");
        assert_eq!(render("{{ 'xyax' | trim('xy') }}").unwrap(), "a");
        assert!(render("{{ absent | trim }}").is_err());
    }
}
