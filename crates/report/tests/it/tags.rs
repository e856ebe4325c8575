//! Reads a page's markup back, as strictly as the report writes it, so that tests can hold it to a short list.

use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Open { name: String, attributes: BTreeMap<String, String>, closed: bool },
    Close(String),
    Text(String),
}

const VOID: [&str; 2] = ["meta", "input"];

/// Every tag and text of `html` after its doctype; `Err` says where the markup is not as strict as expected.
pub(crate) fn read(html: &str) -> Result<Vec<Piece>, String> {
    let mut rest = html.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    let mut pieces = Vec::new();
    while let Some(start) = rest.find('<') {
        let (text, tag) = rest.split_at(start);
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        let end = tag.find('>').ok_or_else(|| format!("tag without end: {}", excerpt(tag)))?;
        let (inner, after) = (tag.get(1..end).unwrap_or_default(), tag.get(end + 1..).unwrap_or_default());
        rest = after;
        if let Some(name) = inner.strip_prefix('/') {
            pieces.push(Piece::Close(name.to_owned()));
            continue;
        }
        let (name, attributes) = open(inner).ok_or_else(|| format!("odd tag: {}", excerpt(inner)))?;
        if name == "style" {
            let end = rest.find("</style>").ok_or("style without end")?;
            pieces.push(Piece::Open { name, attributes, closed: true });
            rest = rest.get(end + "</style>".len()..).unwrap_or_default();
            continue;
        }
        let closed = VOID.contains(&name.as_str());
        pieces.push(Piece::Open { name, attributes, closed });
    }
    if rest.is_empty() { Ok(pieces) } else { Err(format!("text after the page: {}", excerpt(rest))) }
}

fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

fn open(inner: &str) -> Option<(String, BTreeMap<String, String>)> {
    let (name, mut rest) = inner.split_once(' ').unwrap_or((inner, ""));
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let mut attributes = BTreeMap::new();
    while !rest.is_empty() {
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        if let Some(value) = after.strip_prefix("=\"") {
            let (value, after) = value.split_once('"')?;
            attributes.insert(key.to_owned(), value.to_owned());
            rest = after.strip_prefix(' ').unwrap_or(after);
        } else {
            attributes.insert(key.to_owned(), String::new());
            rest = after.strip_prefix(' ').unwrap_or(after);
        }
    }
    Some((name.to_owned(), attributes))
}
