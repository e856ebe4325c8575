//! Python's `str`, `repr` and `ast.literal_eval` for JSON values, as templates and targets need them.

use serde_json::{Map, Number, Value};
use std::{borrow::Cow, fmt::Write as _};

/// What Python's `str` gives for the value that JSON reads as.
pub fn py_str(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            py_repr(value)
        }
    }
}

/// What Python's `repr` gives for the value that JSON reads as.
pub fn py_repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(&mut out, value);
    out
}

fn write_repr(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => repr_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_repr(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                repr_text(out, key);
                out.push_str(": ");
                write_repr(out, item);
            }
            out.push('}');
        }
    }
}

fn write_number(out: &mut String, number: &Number) {
    match number.as_f64() {
        Some(float) if number.is_f64() => out.push_str(&py_float(float)),
        _ => {
            let _ = write!(out, "{number}");
        }
    }
}

/// What Python's `repr` gives for a float: the shortest digits that read back, an exponent from 1e16 on and below 1e-4.
pub fn py_float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Appends Python's `repr` of a string: single quotes unless only they occur inside.
pub(crate) fn repr_text(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
}

/// Python's `str.isprintable` for one character, but for unassigned code points, which count as printable here.
fn printable(c: char) -> bool {
    !matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{3000}'
        | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}' | '\u{f0000}'..='\u{10ffff}')
}

/// Python's `str.isspace` for one character.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

/// Reads a Python literal as `ast.literal_eval` does: strings, numbers, lists, tuples, sets (as lists), dicts with
/// keys (as text), `True`, `False`, `None`. `None` where the text is something else.
pub fn parse_literal(text: &str) -> Option<Value> {
    // Python reads every line end of a source as `\n`, those inside of triple quotes among them.
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let mut reader = Reader { rest: text.trim_matches(is_space) };
    let value = reader.value(0)?;
    reader.skip_space();
    reader.rest.is_empty().then_some(value)
}

const MAX_DEPTH: usize = 64;

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_space();
        match self.rest.chars().next()? {
            '[' => {
                self.eat("[");
                Some(Value::Array(self.items("]", depth)?.0))
            }
            '(' => {
                self.eat("(");
                let (mut items, comma) = self.items(")", depth)?;
                if items.len() == 1 && !comma {
                    return items.pop();
                }
                Some(Value::Array(items))
            }
            '{' => {
                self.eat("{");
                self.dict_or_set(depth)
            }
            '\'' | '"' => self.strings(),
            '-' | '+' | '.' | '0'..='9' => self.number(),
            _ => self.word(),
        }
    }

    fn items(&mut self, close: &str, depth: usize) -> Option<(Vec<Value>, bool)> {
        let mut items = Vec::new();
        let mut comma = false;
        loop {
            if self.eat(close) {
                return Some((items, comma));
            }
            if !items.is_empty() && !comma {
                return None;
            }
            items.push(self.value(depth + 1)?);
            comma = self.eat(",");
        }
    }

    fn dict_or_set(&mut self, depth: usize) -> Option<Value> {
        if self.eat("}") {
            return Some(Value::Object(Map::new()));
        }
        let first = self.value(depth + 1)?;
        if !self.eat(":") {
            let mut items = vec![first];
            if self.eat(",") {
                items.extend(self.items("}", depth)?.0);
            } else if !self.eat("}") {
                return None;
            }
            return Some(Value::Array(items));
        }
        let mut map = Map::new();
        map.insert(py_str(&first), self.value(depth + 1)?);
        loop {
            let comma = self.eat(",");
            if self.eat("}") {
                return Some(Value::Object(map));
            }
            if !comma {
                return None;
            }
            let key = self.value(depth + 1)?;
            if !self.eat(":") {
                return None;
            }
            map.insert(py_str(&key), self.value(depth + 1)?);
        }
    }

    /// One or more string literals side by side.
    fn strings(&mut self) -> Option<Value> {
        let mut all = String::new();
        loop {
            all.push_str(&self.string(false)?);
            self.skip_space();
            if !self.rest.starts_with(['\'', '"']) {
                return Some(Value::String(all));
            }
        }
    }

    fn string(&mut self, raw: bool) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let triple: String = [quote; 3].iter().collect();
        let (close, body) = match self.rest.strip_prefix(triple.as_str()) {
            Some(body) => (triple, body),
            None => (quote.to_string(), self.rest.strip_prefix(quote)?),
        };
        let mut text = String::new();
        let mut rest = body;
        loop {
            if let Some(after) = rest.strip_prefix(close.as_str()) {
                self.rest = after;
                return Some(text);
            }
            let c = rest.chars().next()?;
            rest = rest.get(c.len_utf8()..)?;
            match c {
                '\n' if close.len() == 1 => return None,
                '\\' if raw => {
                    let next = rest.chars().next()?;
                    text.push(c);
                    text.push(next);
                    rest = rest.get(next.len_utf8()..)?;
                }
                '\\' => rest = escape(rest, &mut text)?,
                c => text.push(c),
            }
        }
    }

    fn number(&mut self) -> Option<Value> {
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+')))
            .unwrap_or(self.rest.len());
        let token = self.rest.get(..end)?;
        self.rest = self.rest.get(end..)?;
        let plain: String = token.chars().filter(|c| *c != '_').collect();
        let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
        let leading_zero = digits.len() > 1 && digits.starts_with('0') && digits.bytes().any(|b| b != b'0');
        if digits.bytes().all(|b| b.is_ascii_digit()) {
            if leading_zero {
                return None;
            }
            let unplus = plain.strip_prefix('+').unwrap_or(&plain);
            return unplus
                .parse::<i64>()
                .map(Value::from)
                .or_else(|_| unplus.parse::<u64>().map(Value::from))
                .ok();
        }
        if !digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'-' | b'+')) {
            return None;
        }
        plain.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)
    }

    fn word(&mut self) -> Option<Value> {
        for (word, value) in
            [("True", Value::Bool(true)), ("False", Value::Bool(false)), ("None", Value::Null)]
        {
            if self.rest.starts_with(word) {
                self.eat(word);
                return Some(value);
            }
        }
        for (prefix, raw) in [("r", true), ("R", true), ("u", false), ("U", false)] {
            if let Some(rest) = self.rest.strip_prefix(prefix)
                && rest.starts_with(['\'', '"'])
            {
                self.rest = rest;
                return self.string(raw).map(Value::String);
            }
        }
        None
    }
}

/// Reads what follows a backslash; returns the rest.
fn escape<'t>(rest: &'t str, text: &mut String) -> Option<&'t str> {
    let c = rest.chars().next()?;
    let after = rest.get(c.len_utf8()..)?;
    let simple = match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'v' => '\x0b',
        '\\' | '\'' | '"' => c,
        '\n' => return Some(after),
        'x' => return code_point(after, 2, text),
        'u' => return code_point(after, 4, text),
        'U' => return code_point(after, 8, text),
        '0'..='7' => {
            let length = rest.bytes().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
            let code = u32::from_str_radix(rest.get(..length)?, 8).ok()?;
            text.push(char::from_u32(code)?);
            return rest.get(length..);
        }
        other => {
            text.push('\\');
            other
        }
    };
    text.push(simple);
    Some(after)
}

fn code_point<'t>(rest: &'t str, length: usize, text: &mut String) -> Option<&'t str> {
    let code = u32::from_str_radix(rest.get(..length)?, 16).ok()?;
    text.push(char::from_u32(code)?);
    rest.get(length..)
}

#[cfg(test)]
mod tests {
    use super::{parse_literal, py_float, py_repr, py_str};
    use serde_json::json;

    #[test]
    fn repr_is_that_of_python() {
        assert_eq!(
            py_repr(
                &json!(["a", "it's", "say \"x\"", "'\"", "\n\u{3000}\u{1f600}\\", 1, 1.0, null, true, {"k": [2.5]}])
            ),
            r#"['a', "it's", 'say "x"', '\'"', '\n\u3000😀\\', 1, 1.0, None, True, {'k': [2.5]}]"#
        );
        assert_eq!(py_str(&json!("x")), "x");
    }

    #[test]
    fn floats_print_as_in_python() {
        for (value, text) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e-5, "1.5e-05"),
            (0.0001, "0.0001"),
            (123_456_789.125, "123456789.125"),
            (-0.0, "-0.0"),
            (1e300, "1e+300"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(py_float(value), text);
        }
    }

    #[test]
    fn literals_read_as_in_python() {
        for (text, value) in [
            ("['손자', '할머니', '알 수 없음']", json!(["손자", "할머니", "알 수 없음"])),
            (" [\"it's\", 'a\\n\\'b\\x41\\uac00', ]", json!(["it's", "a\n'bA가"])),
            ("('a', 'b')", json!(["a", "b"])),
            ("('a')", json!("a")),
            ("('a',)", json!(["a"])),
            ("'a' \"b\"", json!("ab")),
            ("{'a': 1, 2: [None, True]}", json!({"a": 1, "2": [null, true]})),
            ("[1, -2, 3.5, 1e3, 1_000]", json!([1, -2, 3.5, 1000.0, 1000])),
            ("r'\\d'", json!("\\d")),
            ("'''a\nb'''", json!("a\nb")),
            ("['''a\r\nb\rc''']", json!(["a\nb\nc"])),
            ("[]", json!([])),
            ("00", json!(0)),
        ] {
            assert_eq!(parse_literal(text), Some(value), "{text}");
        }
        for text in
            ["", "[", "[1 2]", "a", "[a]", "'a", "012", "{1:}", "[1,,2]", "__import__('os')", "1+", "f'x'"]
        {
            assert_eq!(parse_literal(text), None, "{text}");
        }
        assert_eq!(parse_literal(&"[".repeat(100_000)), None);
    }
}
