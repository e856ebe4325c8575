//! Brings an answer into one shape: NFC, half-width signs, no Markdown, LaTeX reduced to plain text.

use unicode_normalization::UnicodeNormalization;

/// Stands before the content of `\boxed{}`; a private-use character, so that no text has it.
pub(super) const BOX_START: char = '\u{e000}';
/// Stands after the content of `\boxed{}`.
pub(super) const BOX_END: char = '\u{e001}';

/// The answer without thoughts, in NFC and half-width signs, and without Markdown and LaTeX commands.
pub(super) fn clean(written: &str) -> String {
    let text = without_thoughts(written);
    let mut plain = String::with_capacity(text.len());
    for c in text.nfc() {
        push_plain(c, &mut plain);
    }
    let plain = plain.replace("**", "").replace("__", "").replace('`', "");
    until_next_question(&latex(&plain)).to_owned()
}

/// What stands after the last `</think>`; nothing where thinking never ended.
fn without_thoughts(text: &str) -> &str {
    match text.rsplit_once("</think>") {
        Some((_, answer)) => answer,
        None if text.trim_start().starts_with("<think>") => "",
        None => text,
    }
}

fn push_plain(c: char, out: &mut String) {
    match c {
        '\u{ff01}'..='\u{ff5e}' => {
            let half = u32::from(c) - 0xfee0;
            out.extend(char::from_u32(half));
        }
        '\u{2212}' => out.push('-'),
        '\u{3000}' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' => out.push(' '),
        '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{ad}' | BOX_START | BOX_END => {}
        '½' | '⅓' | '⅔' | '¼' | '¾' => {
            if out.ends_with(|before: char| before.is_ascii_digit()) {
                out.push(' ');
            }
            out.push_str(match c {
                '½' => "1/2",
                '⅓' => "1/3",
                '⅔' => "2/3",
                '¼' => "1/4",
                _ => "3/4",
            });
        }
        other => out.push(other),
    }
}

/// Cuts where a candidate went on to write the next question itself.
fn until_next_question(text: &str) -> &str {
    let heads = ["문제", "질문", "문항", "Question", "Problem", "Q"];
    let mut position = 0;
    for line in text.split_inclusive('\n') {
        let head = heads.iter().find_map(|head| line.trim_start().strip_prefix(head));
        let is_question = head
            .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '))
            .is_some_and(|rest| rest.starts_with(':'));
        if is_question && text.get(..position).is_some_and(|before| !before.trim().is_empty()) {
            return text.get(..position).unwrap_or(text);
        }
        position += line.len();
    }
    text
}

/// Reduces LaTeX commands to plain text, innermost braces first read.
fn latex(text: &str) -> String {
    if !text.contains('\\') {
        return text.replace("{,}", ",");
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let after = rest.get(at + 1..).unwrap_or_default();
        let name_len = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (name, tail) = after.split_at(name_len);
        rest = if name.is_empty() { symbol(tail, &mut out) } else { command(name, tail, &mut out) };
    }
    out.push_str(rest);
    out.replace("{,}", ",")
}

/// `\,`, `\%`, `\(` and their like; returns what follows.
fn symbol<'a>(tail: &'a str, out: &mut String) -> &'a str {
    let mut chars = tail.chars();
    match chars.next() {
        Some('%' | '$' | '#' | '&' | '_') => {
            out.extend(tail.chars().next());
            chars.as_str()
        }
        // Spacing and the borders of formulas.
        Some(',' | '!' | ';' | ':' | '(' | ')' | '[' | ']' | ' ') => chars.as_str(),
        Some('\\') => {
            out.push('\n');
            chars.as_str()
        }
        Some(_) => tail,
        None => "",
    }
}

fn command<'a>(name: &str, tail: &'a str, out: &mut String) -> &'a str {
    match name {
        "boxed" | "fbox" => match braces(tail) {
            Some((inner, after)) => {
                out.push(BOX_START);
                out.push_str(&latex(inner));
                out.push(BOX_END);
                after
            }
            None => tail,
        },
        "frac" | "dfrac" | "tfrac" | "cfrac" => {
            let parts = braces(tail).and_then(|(upper, after)| {
                let (lower, after) = braces(after)?;
                Some((upper, lower, after))
            });
            match parts {
                Some((upper, lower, after)) => {
                    out.push_str(&latex(upper));
                    out.push('/');
                    out.push_str(&latex(lower));
                    after
                }
                None => tail,
            }
        }
        "text" | "mathrm" | "textbf" | "mathbf" | "mathit" | "textrm" | "operatorname" => {
            match braces(tail) {
                Some((inner, after)) => {
                    out.push_str(&latex(inner));
                    after
                }
                None => tail,
            }
        }
        "times" | "cdot" => pushed('×', tail, out),
        "div" => pushed('÷', tail, out),
        "therefore" => pushed('∴', tail, out),
        "circ" => pushed('°', tail, out),
        "left" | "right" | "displaystyle" | "quad" | "qquad" => tail,
        _ => {
            out.push('\\');
            out.push_str(name);
            tail
        }
    }
}

fn pushed<'a>(c: char, tail: &'a str, out: &mut String) -> &'a str {
    out.push(c);
    tail
}

/// Longest content of braces that is read, in bytes. Each level of nested commands reads its content anew, one call
/// deeper: without a bound, a hostile answer would overflow the stack or take the square of its length.
const MAX_BRACES_BYTES: usize = 1024;

/// The content of the braces that `text` begins with, and what follows them; `None` where they do not end soon.
fn braces(text: &str) -> Option<(&str, &str)> {
    let inner = text.trim_start().strip_prefix('{')?;
    let mut depth = 1_u32;
    for (at, c) in inner.char_indices().take_while(|(at, _)| *at <= MAX_BRACES_BYTES) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((inner.get(..at)?, inner.get(at + 1..)?));
        }
    }
    None
}
