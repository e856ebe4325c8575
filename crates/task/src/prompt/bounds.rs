//! Bounds on what rendering may cost: candidates bring their own chat templates, and a hostile one must neither run
//! forever nor take the machine's memory in one step.
//!
//! What is bounded: instructions, the text that comes out, the widths and counts of the built-in filters, how deep
//! values that are shown may be nested. Templates whose code or values may be nested deeper than a common stack holds
//! get one that is deep enough. What is not bounded here: the memory and time of single steps, such as those that join
//! a variable to itself again and again; a program sees that in [`crate::under_way()`].

use crate::contained::{contain, contain_deep};
use minijinja::{
    Environment, Error, ErrorKind, State, Template, Value, filters,
    value::{Kwargs, Rest, ValueKind, ValueOrKwargs},
};
use std::io::{self, Write};

/// Instructions of the engine for one rendering. Conversations of hundreds of turns take some ten thousand.
const MOST_INSTRUCTIONS: u64 = 500_000;
/// Longest text that a template may make, in bytes.
pub(super) const MAX_OUTPUT_BYTES: usize = 64 << 20;
/// How deep a value that is shown may be nested, and how many values it may hold.
const MAX_DEPTH: usize = 100;
const MAX_VALUES: usize = 2_000_000;
/// From the first tag of a template to its end, in bytes. Code is compiled by functions that call themselves, level by
/// level: a sign of code may be a level. Chains of some operators take time by the square of their length.
const MAX_CODE_BYTES: usize = 64 << 10;
const STACK_BYTES_OF_CODE_BYTE: usize = 2 << 10;
/// Code that any thread's stack is deep enough for.
const SHORT_CODE_BYTES: usize = 512;
/// Variables of a template without a namespace can be nested no deeper than its code has room for.
const FLAT_CODE_BYTES: usize = 16 << 10;
/// Deep enough for values that as many instructions nest as there may be.
const DEEP_STACK_BYTES: usize = 512 << 20;
/// Greatest width, precision or count that a filter takes.
const GREATEST_NUMBER: i64 = 10_000;

/// Sets the bounds that belong to the environment.
pub(super) fn set(environment: &mut Environment<'_>) {
    environment.set_fuel(Some(MOST_INSTRUCTIONS));
    // An error would else hold the template's variables, however deep they are nested, beyond the stack made for them.
    environment.set_debug(false);
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
    let code_bytes = check_code(&source)?;
    compile(code_bytes, || environment.add_template_owned(name, source))
}

/// Fails where `source` does not compile.
pub(super) fn check<'s>(environment: &Environment<'s>, name: &'s str, source: &'s str) -> Result<(), Error> {
    let code_bytes = check_code(source)?;
    compile(code_bytes, || environment.template_from_named_str(name, source).map(|_| ()))
}

fn check_code(source: &str) -> Result<usize, Error> {
    let bytes = code_bytes(source);
    if bytes <= MAX_CODE_BYTES {
        return Ok(bytes);
    }
    let problem = format!("the template has more than {MAX_CODE_BYTES} bytes from its first tag on");
    Err(Error::new(ErrorKind::SyntaxError, problem))
}

fn compile<T: Send>(code_bytes: usize, work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    if code_bytes <= SHORT_CODE_BYTES {
        return contained(work);
    }
    on_stack((1 << 20) + code_bytes * STACK_BYTES_OF_CODE_BYTE, work)
}

/// Bytes of a template from its first tag on; text between tags counts too, since only the engine can tell it apart.
fn code_bytes(source: &str) -> usize {
    let first = ["{{", "{%"].into_iter().filter_map(|tag| source.find(tag)).min();
    first.map_or(0, |first| source.len() - first)
}

/// What `template` makes of `context`. Fails where the template does, or makes more than it may.
pub(super) fn render(template: &Template<'_, '_>, context: Value) -> Result<String, Error> {
    let mut made = Made(Vec::new());
    let source = template.source();
    let work = || template.render_captured_to(context, &mut made).map(|_| ());
    if source.contains("namespace")
        || (source.len() > FLAT_CODE_BYTES && code_bytes(source) > FLAT_CODE_BYTES)
    {
        on_stack(DEEP_STACK_BYTES, work)?;
    } else {
        contained(work)?;
    }
    String::from_utf8(made.0)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, "not text").with_source(error))
}

/// The engine panics on some templates, such as `{{ ''[::-1] }}`; that is a fault of the template, not of the run.
fn contained<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    contain(work)
        .unwrap_or_else(|| Err(Error::new(ErrorKind::InvalidOperation, "the template engine failed")))
}

/// The same on a stack of `bytes`.
fn on_stack<T: Send>(bytes: usize, work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    let none = |cause| {
        Error::new(ErrorKind::InvalidOperation, "there is no memory for a deep stack").with_source(cause)
    };
    let failed = || Err(Error::new(ErrorKind::InvalidOperation, "the template engine failed"));
    contain_deep(bytes, work).map_err(none)?.unwrap_or_else(failed)
}

/// Refuses a value that is nested too deep to be shown, or holds too much.
pub(super) fn check_value(value: &Value) -> Result<(), Error> {
    let mut left = MAX_VALUES;
    check_below(value, MAX_DEPTH, &mut left)
}

fn check_below(value: &Value, depth: usize, left: &mut usize) -> Result<(), Error> {
    *left = left.checked_sub(1).ok_or_else(|| {
        Error::new(ErrorKind::InvalidOperation, format!("a value holds more than {MAX_VALUES} others"))
    })?;
    let below = depth.checked_sub(1);
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            let below = below.ok_or_else(too_deep)?;
            value.try_iter()?.try_for_each(|item| check_below(&item, below, left))
        }
        ValueKind::Map => {
            let below = below.ok_or_else(too_deep)?;
            value
                .try_iter()?
                .try_for_each(|key| check_below(&value.get_item(&key).unwrap_or_default(), below, left))
        }
        _ => Ok(()),
    }
}

/// The refusal of a value that is nested deeper than values may be that are shown.
pub(super) fn too_deep() -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("a value is nested deeper than {MAX_DEPTH}"))
}

/// Fails where a text grows beyond what a template may make, or a value deeper than may be shown.
pub(super) fn check_shown(text: &str, depth: usize) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    if text.len() > MAX_OUTPUT_BYTES {
        let problem = format!("the template makes more than {MAX_OUTPUT_BYTES} bytes");
        return Err(Error::new(ErrorKind::InvalidOperation, problem));
    }
    Ok(())
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
