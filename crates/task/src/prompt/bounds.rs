//! Bounds on what rendering may cost: candidates bring their own chat templates, and a hostile one must neither run
//! forever nor take the machine's memory in one step.
//!
//! What is bounded: instructions, the text that comes out, and the widths and counts of the built-in filters. What is
//! not: the memory of many steps together, such as a variable that is joined to itself again and again.

use minijinja::{
    Environment, Error, ErrorKind, State, Template, Value, filters,
    value::{Kwargs, Rest, ValueOrKwargs},
};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Instructions of the engine for one rendering. Conversations of hundreds of turns take some ten thousand.
const MOST_INSTRUCTIONS: u64 = 5_000_000;
/// Longest text that a template may make, in bytes.
const MAX_OUTPUT_BYTES: usize = 64 << 20;
/// Greatest width, precision or count that a filter takes.
const GREATEST_NUMBER: i64 = 10_000;

/// Sets the bounds that belong to the environment.
pub(super) fn set(environment: &mut Environment<'_>) {
    environment.set_fuel(Some(MOST_INSTRUCTIONS));
    environment.add_filter("indent", bounded(Value::from_function(filters::indent)));
    environment.add_filter("slice", bounded(Value::from_function(filters::slice)));
    environment.add_filter("batch", bounded(Value::from_function(filters::batch)));
    let format = Value::from_function(filters::format);
    environment.add_filter("format", move |state: &mut State<'_, '_>, arguments: Rest<ValueOrKwargs>| {
        let arguments = arguments.into_values();
        if let Some(text) = arguments.first().and_then(Value::as_str) {
            check_percent(text)?;
        }
        format.call(state, &arguments)
    });
}

/// Compiles `source` under `name`.
pub(super) fn add(environment: &mut Environment<'_>, name: String, source: String) -> Result<(), Error> {
    contained(|| environment.add_template_owned(name, source))
}

/// What `template` makes of `context`. Fails where the template does, or makes more than it may.
pub(super) fn render(template: &Template<'_, '_>, context: Value) -> Result<String, Error> {
    let mut made = Made(Vec::new());
    contained(|| template.render_captured_to(context, &mut made).map(|_| ()))?;
    String::from_utf8(made.0)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, "not text").with_source(error))
}

/// The engine panics on some templates, such as `{{ ''[::-1] }}`; that is a fault of the template, not of the run.
fn contained<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let failed = |_| Err(Error::new(ErrorKind::InvalidOperation, "the template engine failed"));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(failed)
}

/// A filter whose numbers, but for the value itself, are widths or counts.
fn bounded(filter: Value) -> impl Fn(&mut State<'_, '_>, Rest<ValueOrKwargs>) -> Result<Value, Error> {
    move |state, arguments| {
        let arguments = arguments.into_values();
        for argument in arguments.iter().skip(1) {
            check_number(argument)?;
            if let Ok(named) = Kwargs::try_from(argument.clone()) {
                for name in named.args() {
                    check_number(&named.peek::<Value>(name)?)?;
                }
            }
        }
        filter.call(state, &arguments)
    }
}

fn check_number(value: &Value) -> Result<(), Error> {
    let is_small =
        !value.is_number() || i64::try_from(value.clone()).is_ok_and(|number| number <= GREATEST_NUMBER);
    if is_small { Ok(()) } else { Err(too_large()) }
}

/// Refuses a text of `str.format` with a number that is too large for a width or precision.
pub(super) fn check_braces(text: &str) -> Result<(), Error> {
    text.split('{').skip(1).try_for_each(|rest| check_spec(rest.split('}').next().unwrap_or_default()))
}

/// The same for a text in the manner of printf.
fn check_percent(text: &str) -> Result<(), Error> {
    text.split('%').skip(1).try_for_each(|rest| {
        let rest =
            rest.strip_prefix('(').and_then(|named| named.split_once(')')).map_or(rest, |(_, rest)| rest);
        let end = rest.find(|c: char| !(c.is_ascii_digit() || "+-# .".contains(c))).unwrap_or(rest.len());
        check_spec(rest.get(..end).unwrap_or_default())
    })
}

fn check_spec(spec: &str) -> Result<(), Error> {
    let mut numbers = spec.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let is_small = |digits: &str| digits.parse::<i64>().is_ok_and(|number| number <= GREATEST_NUMBER);
    if numbers.all(is_small) { Ok(()) } else { Err(too_large()) }
}

fn too_large() -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("a width or count is greater than {GREATEST_NUMBER}"))
}

/// The text made so far.
struct Made(Vec<u8>);

impl Write for Made {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len().saturating_add(bytes.len()) > MAX_OUTPUT_BYTES {
            return Err(io::Error::other(format!("the template makes more than {MAX_OUTPUT_BYTES} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
