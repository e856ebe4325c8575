//! A Python file cut into its top-level statements, from its text alone: what each binds, names and imports.
//!
//! This is no parser. What it does not understand becomes a statement that may do anything, or no file at all, and the
//! function in question runs in Python.

use std::collections::BTreeSet;

/// A module that a statement imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// Dots before its name.
    pub(super) level: usize,
    pub(super) module: String,
    /// The name that is taken from it; `None` where the module itself is bound.
    pub(super) member: Option<String>,
}

/// A statement at the top level of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its lines without comments, trailing white space and empty lines, each with a newline.
    pub(super) text: String,
    /// Every name in it, whatever it means there, also those in formatted strings.
    pub(super) words: BTreeSet<String>,
    /// The names to which it gives a meaning; `None` where it may do anything.
    pub(super) binds: Option<Vec<String>>,
    pub(super) imports: Vec<Import>,
}

/// A string literal that has begun.
#[derive(Clone, Copy)]
struct Quote {
    mark: char,
    is_triple: bool,
    is_formatted: bool,
}

#[derive(Default)]
struct Raw {
    text: String,
    words: BTreeSet<String>,
    /// Words and punctuation; a string literal is one `"`.
    tokens: Vec<String>,
    /// There is something else than string literals.
    has_code: bool,
}

#[derive(Default)]
struct Cutter {
    statements: Vec<Raw>,
    depth: usize,
    quote: Option<Quote>,
    is_continued: bool,
}

/// The statements of `source` without those that are strings only; `None` where the text is not understood.
pub(super) fn statements(source: &str) -> Option<Vec<Statement>> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    let mut cutter = Cutter::default();
    for line in source.split('\n') {
        cutter.line(line)?;
    }
    if cutter.quote.is_some() || cutter.depth > 0 {
        return None;
    }
    cutter.statements.into_iter().filter(|raw| raw.has_code).map(Statement::of).collect()
}

const PREFIXES: [&str; 8] = ["r", "u", "b", "f", "br", "rb", "fr", "rf"];
const SPACES: [char; 3] = [' ', '\t', '\x0c'];

impl Cutter {
    fn line(&mut self, line: &str) -> Option<()> {
        let is_inside = self.quote.is_some();
        if !(is_inside || self.depth > 0 || self.is_continued) {
            let code = line.trim_start_matches(SPACES);
            if code.is_empty() || code.starts_with('#') {
                return Some(());
            }
            if code.len() == line.len() && !self.goes_on(line) {
                self.statements.push(Raw::default());
            }
        }
        self.is_continued = false;
        let kept = self.scan(line)?;
        let ends_inside = self.quote.is_some();
        let kept = if ends_inside { kept } else { kept.trim_end_matches(SPACES) };
        let raw = self.statements.last_mut()?;
        if !kept.is_empty() || is_inside || ends_inside {
            raw.text.push_str(kept);
            raw.text.push('\n');
        }
        Some(())
    }

    /// Whether a line at the left edge belongs to the statement before it.
    fn goes_on(&self, line: &str) -> bool {
        let Some(last) = self.statements.last() else { return false };
        let word = word_at(line);
        if ["else", "elif", "except", "finally"].contains(&word) {
            return true;
        }
        let has_head = last.tokens.iter().any(|token| ["def", "class"].contains(&token.as_str()));
        last.tokens.first().is_some_and(|token| token == "@") && !has_head
    }

    /// Reads the tokens of a line; what of it is no comment.
    fn scan<'l>(&mut self, line: &'l str) -> Option<&'l str> {
        let mut rest = line;
        if self.quote.is_some() {
            rest = self.string(rest)?;
        }
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..)?;
            if c == '#' {
                return line.get(..line.len() - rest.len());
            }
            if c == '\\' && after.is_empty() {
                self.is_continued = true;
                return Some(line);
            }
            let raw = self.statements.last_mut()?;
            if SPACES.contains(&c) {
                rest = after;
                continue;
            }
            if c.is_alphabetic() || c == '_' {
                let word = word_at(rest);
                rest = rest.get(word.len()..)?;
                let is_prefix =
                    rest.starts_with(['\'', '"']) && PREFIXES.contains(&word.to_ascii_lowercase().as_str());
                if is_prefix {
                    let is_formatted = word.contains(['f', 'F']);
                    raw.has_code |= is_formatted || word.contains(['b', 'B']);
                    rest = self.open(rest, is_formatted)?;
                } else {
                    raw.has_code = true;
                    raw.words.insert(word.to_owned());
                    raw.tokens.push(word.to_owned());
                }
                continue;
            }
            if c == '\'' || c == '"' {
                rest = self.open(rest, false)?;
                continue;
            }
            raw.has_code = true;
            if c.is_ascii_digit() {
                let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
                let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                raw.tokens.push(rest.get(..length)?.to_owned());
                rest = rest.get(length..)?;
                continue;
            }
            raw.tokens.push(c.to_string());
            match c {
                '(' | '[' | '{' => self.depth += 1,
                ')' | ']' | '}' => self.depth = self.depth.checked_sub(1)?,
                _ => {}
            }
            rest = after;
        }
        Some(line)
    }

    /// Reads a string literal, which begins with its quotes, as far as this line goes.
    fn open<'l>(&mut self, rest: &'l str, is_formatted: bool) -> Option<&'l str> {
        let mark = rest.chars().next()?;
        let triple: String = [mark; 3].iter().collect();
        let is_triple = rest.starts_with(&triple);
        self.quote = Some(Quote { mark, is_triple, is_formatted });
        self.statements.last_mut()?.tokens.push("\"".to_owned());
        self.string(rest.get(if is_triple { 3 } else { 1 }..)?)
    }

    /// Reads on in the string literal that has begun.
    fn string<'l>(&mut self, rest: &'l str) -> Option<&'l str> {
        let Quote { mark, is_triple, is_formatted } = self.quote?;
        let close: String = if is_triple { [mark; 3].iter().collect() } else { mark.to_string() };
        let mut inner = rest;
        let end = loop {
            if inner.starts_with(&close) {
                self.quote = None;
                break rest.len() - inner.len() + close.len();
            }
            let mut following = inner.chars();
            match following.next() {
                // The end of the line: only three quotes or a backslash reach over it.
                None if is_triple => break rest.len(),
                None => return None,
                Some('\\') => {
                    if following.next().is_none() {
                        break rest.len();
                    }
                    inner = following.as_str();
                }
                Some(_) => inner = following.as_str(),
            }
        };
        let (inside, after) = rest.split_at_checked(end)?;
        if is_formatted {
            words_in(inside, &mut self.statements.last_mut()?.words);
        }
        Some(after)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The word with which `text` begins.
fn word_at(text: &str) -> &str {
    text.get(..text.find(|c| !is_word(c)).unwrap_or(text.len())).unwrap_or_default()
}

/// Adds every word in `text` that may be a name.
fn words_in(text: &str, words: &mut BTreeSet<String>) {
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_alphabetic() || c == '_') {
        let from = rest.get(start..).unwrap_or_default();
        let word = word_at(from);
        words.insert(word.to_owned());
        rest = from.get(word.len()..).unwrap_or_default();
    }
}

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

impl Statement {
    /// `None` where an import is not understood.
    fn of(raw: Raw) -> Option<Self> {
        let tokens: Vec<&str> = raw.tokens.iter().map(String::as_str).collect();
        let imports = imports(&tokens)?;
        if imports.is_empty() && imports_inside(&tokens) {
            return None;
        }
        let binds = match tokens.as_slice() {
            ["import" | "from", ..] if imports.iter().any(|one| one.1 == "*") => None,
            ["import" | "from", ..] => Some(imports.iter().map(|one| one.1.clone()).collect()),
            ["@", after @ ..] => after
                .iter()
                .position(|token| ["def", "class"].contains(token))
                .and_then(|place| after.get(place + 1))
                .map(|name| vec![(*name).to_owned()]),
            ["def" | "class", name, ..] | ["async", "def", name, ..] => Some(vec![(*name).to_owned()]),
            [name, mark @ (":" | "="), after @ ..] if is_name(name) && is_single(after, *mark == ":") => {
                Some(vec![(*name).to_owned()])
            }
            _ => None,
        };
        let imports = imports.into_iter().map(|one| one.0).collect();
        Some(Self { text: raw.text, words: raw.words, binds, imports })
    }

    /// The text behind the first `=` of `NAME = VALUE`.
    pub(super) fn value(&self) -> Option<&str> {
        self.imports.is_empty().then(|| self.text.split_once('=')).flatten().map(|(_, value)| value)
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_') && !KEYWORDS.contains(&token)
}

/// Whether `tokens`, which follow `NAME =` or `NAME:`, assign to nothing else.
fn is_single(tokens: &[&str], is_annotated: bool) -> bool {
    let mut depth = 0_usize;
    let mut assigned = 0;
    for (place, token) in tokens.iter().enumerate() {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            ";" => return false,
            "=" if depth == 0 => {
                let before = place.checked_sub(1).and_then(|place| tokens.get(place)).copied().unwrap_or("");
                let is_twin = tokens.get(place + 1).is_some_and(|next| *next == "=");
                if place == 0 && !is_annotated {
                    return false;
                }
                assigned += usize::from(!is_twin && !["=", "!", "<", ">", ":"].contains(&before));
            }
            _ => {}
        }
    }
    assigned <= usize::from(is_annotated)
}

/// Whether a statement that is no import imports another task's file all the same.
fn imports_inside(tokens: &[&str]) -> bool {
    tokens.contains(&"import")
        && tokens.windows(3).any(|three| matches!(three, ["lm_eval", ".", "tasks"] | [_, "from", "."]))
}

/// The modules that an import names, each with the name that it binds (`*`: all of them); none where the statement is
/// no import, `None` where it is not clear.
fn imports(tokens: &[&str]) -> Option<Vec<(Import, String)>> {
    match tokens {
        ["import", after @ ..] => {
            let each = after.split(|token| *token == ",");
            each.map(|words| {
                let (path, bound) = renamed(words)?;
                let first = path.first().map(|name| (*name).to_owned())?;
                let import = Import { level: 0, module: dotted(path)?, member: None };
                Some((import, bound.unwrap_or(first)))
            })
            .collect()
        }
        ["from", after @ ..] => {
            let place = after.iter().position(|token| *token == "import")?;
            let (path, names) = (after.get(..place)?, after.get(place + 1..)?);
            let level = path.iter().take_while(|token| **token == ".").count();
            let module = path.get(level..)?;
            let module = if module.is_empty() { String::new() } else { dotted(module)? };
            let names = match names {
                ["(", inner @ .., ")"] => inner,
                plain => plain,
            };
            let names = names.strip_suffix(&[","]).unwrap_or(names);
            let each = names.split(|token| *token == ",");
            each.map(|words| match renamed(words)? {
                ([name], bound) if is_name(name) || *name == "*" => {
                    let import = Import { level, module: module.clone(), member: Some((*name).to_owned()) };
                    Some((import, bound.unwrap_or_else(|| (*name).to_owned())))
                }
                _ => None,
            })
            .collect()
        }
        _ => Some(Vec::new()),
    }
}

/// `words` without `as NAME` at their end, and that name.
fn renamed<'t, 'w>(words: &'t [&'w str]) -> Option<(&'t [&'w str], Option<String>)> {
    match words {
        [] => None,
        [path @ .., "as", name] if is_name(name) => Some((path, Some((*name).to_owned()))),
        path => Some((path, None)),
    }
}

/// `a.b.c`, where the tokens are names with dots between them.
fn dotted(tokens: &[&str]) -> Option<String> {
    let is_right =
        |(place, token): (usize, &&str)| if place % 2 == 0 { is_name(token) } else { *token == "." };
    (tokens.len() % 2 == 1 && tokens.iter().enumerate().all(is_right)).then(|| tokens.concat())
}
