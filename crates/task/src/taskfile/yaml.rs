//! YAML text to JSON values as `PyYAML` reads it: last duplicate wins, merge keys, `!function` kept as a mark.

use super::scalar;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Value, map::Entry};
use std::{borrow::Cow, collections::BTreeMap};

/// The key of the one-entry map that stands for a `!function` scalar.
pub(crate) const FUNCTION: &str = "!function";

const MAX_DEPTH: usize = 100;
/// Bounds how often one file is read again after its indentation was loosened.
const MAX_REPAIRS: usize = 200;
/// Bounds what indentation may add to a file: as many times its size, and so many bytes.
const MAX_REPAIRED_TIMES: usize = 4;
const MAX_REPAIRED_BYTES: usize = 1 << 16;
/// Bounds the work of reading a file again and again: so many bytes together.
const MAX_REREAD_BYTES: usize = 64 << 20;
/// Bounds what a small file with many aliases can grow into: values, and bytes of text in them.
const MAX_NODES: usize = 500_000;
const MAX_TEXT_BYTES: usize = 128 << 20;

/// A YAML problem with its place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct YamlProblem {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) problem: String,
}

/// A parsed file.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// The mapping at its top.
    pub(crate) map: Map<String, Value>,
    /// Line, from 1, and name of each key that stands more than once in one mapping.
    pub(crate) duplicates: Vec<(usize, String)>,
    /// Line, from 1, text and meaning of each plain `yes`, `no`, `on` or `off`: booleans in YAML 1.1, text in 1.2.
    pub(crate) booleans: Vec<(usize, String, bool)>,
}

/// Reads one YAML document whose top is a mapping.
///
/// libyaml, with which task files are written and read elsewhere, lets quoted text go on at any indentation, and flow
/// collections end at any; YAML 1.2 does not. Such places are indented and read again, which changes no value.
pub(crate) fn parse(text: &str) -> Result<Parsed, YamlProblem> {
    let mut text = Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text));
    let longest = text.len().saturating_mul(MAX_REPAIRED_TIMES).saturating_add(MAX_REPAIRED_BYTES);
    let mut read_bytes: usize = 0;
    for _ in 0..MAX_REPAIRS {
        match parse_strictly(&text) {
            Ok(parsed) => return Ok(parsed),
            Err(problem) => {
                read_bytes = read_bytes.saturating_add(text.len());
                match repair(&text, &problem).filter(|_| read_bytes <= MAX_REREAD_BYTES) {
                    Some(repaired) if repaired.len() <= longest => text = Cow::Owned(repaired),
                    Some(_) | None => return Err(problem),
                }
            }
        }
    }
    parse_strictly(&text)
}

fn parse_strictly(text: &str) -> Result<Parsed, YamlProblem> {
    let mut composer = Composer {
        parser: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        duplicates: Vec::new(),
        booleans: Vec::new(),
        size: Size::default(),
    };
    let value = composer.document()?;
    match value {
        Value::Object(map) => {
            Ok(Parsed { map, duplicates: composer.duplicates, booleans: composer.booleans })
        }
        _ => Err(YamlProblem {
            line: 1,
            column: 1,
            problem: "the file is not a mapping of keys to values".to_owned(),
        }),
    }
}

/// `text` with the place of an indentation problem indented; `None` where the problem is another one.
fn repair(text: &str, problem: &YamlProblem) -> Option<String> {
    match problem.problem.as_str() {
        "invalid indentation in quoted scalar" => indent_quoted(text, problem),
        "invalid indentation" => indent_closing(text, problem),
        _ => None,
    }
}

/// Byte offset of the line `line` (from 1).
fn line_start(text: &str, line: usize) -> Option<usize> {
    match line.checked_sub(2) {
        None => Some(0),
        Some(skipped) => text.match_indices('\n').nth(skipped).map(|(at, _)| at + 1),
    }
}

fn indent_quoted(text: &str, problem: &YamlProblem) -> Option<String> {
    let line = line_start(text, problem.line)?;
    let (column, quote) = text.get(line..)?.char_indices().nth(problem.column.checked_sub(1)?)?;
    if quote != '"' && quote != '\'' {
        return None;
    }
    let (before, rest) = text.split_at(line + column + quote.len_utf8());
    let indent = " ".repeat(problem.column + 1);
    let mut out = before.to_owned();
    let mut chars = rest.chars().peekable();
    let mut changed = false;
    while let Some(c) = chars.next() {
        out.push(c);
        match c {
            '\\' if quote == '"' => out.extend(chars.next_if(|next| *next != '\n')),
            '\'' if quote == '\'' && chars.peek() == Some(&'\'') => out.extend(chars.next()),
            c if c == quote => break,
            '\n' if chars.peek().is_some_and(|next| !matches!(next, '\n' | '\r')) => {
                out.push_str(&indent);
                changed = true;
            }
            _ => {}
        }
    }
    out.extend(chars);
    changed.then_some(out)
}

fn indent_closing(text: &str, problem: &YamlProblem) -> Option<String> {
    let start = line_start(text, problem.line)?;
    let (before, rest) = text.split_at(start);
    let closing = rest.trim_start_matches(' ').starts_with([']', '}']);
    closing.then(|| format!("{before}{}{rest}", " ".repeat(8)))
}

/// How much memory values take, roughly.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    nodes: usize,
    text_bytes: usize,
}

struct Composer<'input> {
    parser: Parser<'input, StrInput<'input>>,
    /// What an alias stands for, and how much that is.
    anchors: BTreeMap<usize, (Value, Size)>,
    duplicates: Vec<(usize, String)>,
    booleans: Vec<(usize, String, bool)>,
    size: Size,
}

type Located<'input> = (Event<'input>, Span);

fn at(span: Span, problem: impl Into<String>) -> YamlProblem {
    YamlProblem { line: span.start.line(), column: span.start.col() + 1, problem: problem.into() }
}

fn scan_problem(error: &ScanError) -> YamlProblem {
    YamlProblem {
        line: error.marker().line(),
        column: error.marker().col() + 1,
        problem: error.info().to_owned(),
    }
}

impl<'input> Composer<'input> {
    fn next(&mut self) -> Result<Located<'input>, YamlProblem> {
        match self.parser.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(scan_problem(&error)),
            None => Err(YamlProblem { line: 1, column: 1, problem: "the file ends too early".to_owned() }),
        }
    }

    fn document(&mut self) -> Result<Value, YamlProblem> {
        let mut value = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(_) if value.is_some() => {
                    return Err(at(span, "a second document begins; only one is allowed in a task file"));
                }
                Event::DocumentStart(_) => {
                    let first = self.next()?;
                    value = Some(self.node(first, 0)?);
                }
                Event::StreamEnd => return Ok(value.unwrap_or(Value::Null)),
                Event::Alias(_)
                | Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd => return Err(at(span, "unexpected content")),
            }
        }
    }

    fn count(&mut self, more: Size, span: Span) -> Result<(), YamlProblem> {
        self.size.nodes = self.size.nodes.saturating_add(more.nodes);
        self.size.text_bytes = self.size.text_bytes.saturating_add(more.text_bytes);
        if self.size.nodes > MAX_NODES {
            return Err(at(span, format!("more than {MAX_NODES} values, aliases included")));
        }
        if self.size.text_bytes > MAX_TEXT_BYTES {
            return Err(at(span, format!("more than {MAX_TEXT_BYTES} bytes of text, aliases included")));
        }
        Ok(())
    }

    fn node(&mut self, (event, span): Located<'input>, depth: usize) -> Result<Value, YamlProblem> {
        if depth > MAX_DEPTH {
            return Err(at(span, format!("nested deeper than {MAX_DEPTH}")));
        }
        let before = self.size;
        self.count(Size { nodes: 1, text_bytes: 0 }, span)?;
        let (value, anchor) = match event {
            Event::Alias(id) => {
                let unknown = || at(span, "an alias inside its own anchor");
                let size = self.anchors.get(&id).map(|(_, size)| *size).ok_or_else(unknown)?;
                // Before the copy is made: it may be far greater than the file.
                self.count(size, span)?;
                (self.anchors.get(&id).map(|(value, _)| value.clone()).ok_or_else(unknown)?, 0)
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.count(Size { nodes: 0, text_bytes: text.len() }, span)?;
                if let Some(flag) = scalar::boolean(&text)
                    && style == ScalarStyle::Plain
                    && tag.is_none()
                    && !text.eq_ignore_ascii_case(if flag { "true" } else { "false" })
                {
                    self.booleans.push((span.start.line(), text.clone().into_owned(), flag));
                }
                (tagged_scalar(text, style, tag, span)?, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                check_collection(tag.as_deref(), "seq", span)?;
                (self.sequence(depth)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                check_collection(tag.as_deref(), "map", span)?;
                (self.mapping(depth)?, anchor)
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => return Err(at(span, "a value is missing")),
        };
        if anchor != 0 {
            let size = Size {
                nodes: self.size.nodes.saturating_sub(before.nodes),
                text_bytes: self.size.text_bytes.saturating_sub(before.text_bytes),
            };
            self.count(size, span)?;
            self.anchors.insert(anchor, (value.clone(), size));
        }
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, YamlProblem> {
        let mut items = Vec::new();
        loop {
            let next = self.next()?;
            if matches!(next.0, Event::SequenceEnd) {
                return Ok(Value::Array(items));
            }
            items.push(self.node(next, depth + 1)?);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, YamlProblem> {
        let mut own = Map::new();
        let mut merged = Map::new();
        loop {
            let (event, span) = self.next()?;
            let is_merge = match &event {
                Event::MappingEnd => break,
                Event::Scalar(text, ScalarStyle::Plain, _, None) => text == "<<",
                _ => false,
            };
            let key = key_text(event, span)?;
            self.count(Size { nodes: 0, text_bytes: key.len() }, span)?;
            let next = self.next()?;
            let value_span = next.1;
            let value = self.node(next, depth + 1)?;
            if is_merge {
                merge(&mut merged, value).map_err(|problem| at(value_span, problem))?;
            } else {
                match own.entry(key) {
                    Entry::Vacant(place) => {
                        place.insert(value);
                    }
                    Entry::Occupied(mut place) => {
                        self.duplicates.push((span.start.line(), place.key().clone()));
                        place.insert(value);
                    }
                }
            }
        }
        if merged.is_empty() {
            return Ok(Value::Object(own));
        }
        merged.extend(own);
        Ok(Value::Object(merged))
    }
}

/// The text of a key. A number or boolean keeps the text that the file has, since JSON keys are strings.
fn key_text(event: Event<'_>, span: Span) -> Result<String, YamlProblem> {
    match event {
        Event::Scalar(text, _, _, _) => Ok(text.into_owned()),
        Event::Nothing
        | Event::StreamStart
        | Event::StreamEnd
        | Event::DocumentStart(_)
        | Event::DocumentEnd
        | Event::Alias(_)
        | Event::SequenceStart(..)
        | Event::SequenceEnd
        | Event::MappingStart(..)
        | Event::MappingEnd => Err(at(span, "a key must be text")),
    }
}

fn merge(into: &mut Map<String, Value>, value: Value) -> Result<(), &'static str> {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if !into.contains_key(&key) {
                    into.insert(key, value);
                }
            }
            Ok(())
        }
        Value::Array(items) => items.into_iter().try_for_each(|item| merge(into, item)),
        _ => Err("`<<` needs a mapping"),
    }
}

fn core_suffix(tag: &Tag) -> Option<&str> {
    (tag.handle == "tag:yaml.org,2002:")
        .then_some(tag.suffix.as_str())
        .or_else(|| tag.suffix.strip_prefix("tag:yaml.org,2002:"))
}

fn check_collection(tag: Option<&Tag>, expected: &str, span: Span) -> Result<(), YamlProblem> {
    match tag {
        None => Ok(()),
        Some(tag) if core_suffix(tag) == Some(expected) => Ok(()),
        Some(tag) => Err(at(span, format!("the tag `{}{}` is not known here", tag.handle, tag.suffix))),
    }
}

fn tagged_scalar(
    text: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<Cow<'_, Tag>>,
    span: Span,
) -> Result<Value, YamlProblem> {
    let Some(tag) = tag else {
        let resolved = if style == ScalarStyle::Plain { scalar::resolve(&text) } else { None };
        return Ok(resolved.unwrap_or_else(|| Value::String(text.into_owned())));
    };
    let text = text.as_ref();
    let string = || Value::String(text.to_owned());
    if tag.handle == "!" && tag.suffix == "function" {
        let mut mark = Map::new();
        mark.insert(FUNCTION.to_owned(), string());
        return Ok(Value::Object(mark));
    }
    if tag.suffix.is_empty() || tag.suffix == "!" {
        return Ok(string());
    }
    let wrong = |kind: &str| at(span, format!("`{text}` is not {kind}"));
    match core_suffix(&tag) {
        Some("str") => Ok(string()),
        Some("null") => Ok(Value::Null),
        Some("bool") => scalar::boolean(text).map(Value::Bool).ok_or_else(|| wrong("a boolean")),
        Some("int") => scalar::integer(text).ok_or_else(|| wrong("an integer")),
        Some("float") => scalar::float(text)
            .or_else(|| scalar::integer(text).and_then(|value| value.as_f64().map(Value::from)))
            .ok_or_else(|| wrong("a number")),
        _ => Err(at(span, format!("the tag `{}{}` is not known here", tag.handle, tag.suffix))),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::parse;
    use serde_json::{Value, json};

    fn value(text: &str) -> Value {
        Value::Object(parse(text).unwrap().map)
    }

    #[test]
    fn last_duplicate_wins_and_is_reported() {
        let parsed = parse("a: 1\nb: 2\na: 3\n").unwrap();
        assert_eq!(Value::Object(parsed.map), json!({"a": 3, "b": 2}));
        assert_eq!(parsed.duplicates, [(3, "a".to_owned())]);
    }

    #[test]
    fn booleans_of_yaml_1_1_are_read_and_reported() {
        let parsed = parse("a: no\nb: 'no'\nc: [True, On]\nd: false\n").unwrap();
        assert_eq!(Value::Object(parsed.map), json!({"a": false, "b": "no", "c": [true, true], "d": false}));
        assert_eq!(parsed.booleans, [(1, "no".to_owned(), false), (3, "On".to_owned(), true)]);
    }

    #[test]
    fn functions_are_marked() {
        assert_eq!(
            value("process_docs: !function utils.process\n"),
            json!({"process_docs": {"!function": "utils.process"}})
        );
    }

    #[test]
    fn merge_keys_give_way_to_own_keys() {
        assert_eq!(
            value("base: &b {x: 1, y: 2}\nd:\n  <<: *b\n  y: 3\n"),
            json!({"base": {"x": 1, "y": 2}, "d": {"x": 1, "y": 3}})
        );
    }

    #[test]
    fn multi_line_strings_fold() {
        assert_eq!(
            value("a: 'one\n\n  two\n  three'\nb: |\n  x\n  y\nc: >-\n  x\n  y\n"),
            json!({"a": "one\ntwo three", "b": "x\ny\n", "c": "x y"})
        );
    }

    #[test]
    fn indentation_is_as_free_as_in_libyaml() {
        assert_eq!(
            value(
                "a:\n  b: \"one\ntwo \\\" \n\n three\"\n  c: 'x\ny''s'\nd: [\n  1\n]\ne:\n  f: [\n    {x: 1}\n  ]\n"
            ),
            json!({"a": {"b": "one two \"\nthree", "c": "x y's"}, "d": [1], "e": {"f": [{"x": 1}]}})
        );
        assert!(parse("a:\n   b: 1\n  c: 2\n").is_err());
    }

    #[test]
    fn indentation_does_not_multiply_a_file() {
        let wide_and_long = format!("a:\n  b: [{}\"x{}\"]\n", "y, ".repeat(5_000), "\nz".repeat(5_000));
        assert!(parse(&wide_and_long).unwrap_err().problem.contains("indentation"));
    }

    #[test]
    fn hostile_files_are_refused_with_their_place() {
        for text in
            ["", "- 1\n", "a: [1", "a: *nobody", "a: !python/object x", "a: 1\n---\nb: 2\n", "? [a]\n: 1\n"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        let problem = parse("a: 1\nb: !thing x\n").unwrap_err();
        assert_eq!((problem.line, problem.column), (2, 4));
        let bomb: String = (1..12).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, level| {
            let below = level - 1;
            format!("{text}a{level}: &a{level} [*a{below},*a{below},*a{below},*a{below},*a{below},*a{below},*a{below}]\n")
        });
        assert!(parse(&bomb).unwrap_err().problem.contains("aliases included"));
        assert!(parse(&format!("a: {}", "[".repeat(5000))).is_err());
        assert!(parse(&"- ".repeat(5000)).is_err());
    }
}
