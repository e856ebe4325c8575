//! MAFAND: translations between an African language and English or French, and the prompts for them.

use super::{
    port::{Make, Place, Port, of_document},
    python_text::Template,
};
use crate::{parse_literal, python::py_str};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The first language that is neither English nor French.
fn other(translation: &Map<String, Value>) -> Option<&String> {
    translation.keys().find(|language| !["en", "fr"].contains(&language.as_str()))
}

/// English where it is there, else French: its key and its name.
fn european(translation: &Map<String, Value>) -> (&'static str, &'static str) {
    if translation.contains_key("en") { ("en", "English") } else { ("fr", "French") }
}

/// The translation into English, else into French.
pub(super) const INTO_EUROPEAN: Make = |_| {
    Some(of_document(|doc| {
        let translation = doc.get("translation")?.as_object()?;
        translation.get(european(translation).0).cloned()
    }))
};

/// The translation into the other language.
pub(super) const INTO_OTHER: Make = |_| {
    Some(of_document(|doc| {
        let translation = doc.get("translation")?.as_object()?;
        translation.get(other(translation)?).cloned()
    }))
};

/// The text of `prompt = (...)` in a function, and whether it is a tuple of one: a comma stands behind it.
fn template(function: &str) -> Option<(Template, bool)> {
    let (_, after) = function.split_once("    prompt = (\n")?;
    let (lines, _) = after.split_once("\n    )\n")?;
    let mut text = String::new();
    let mut is_tuple = false;
    for line in lines.lines() {
        let line = line.trim_start();
        let alone = line.strip_suffix(',');
        is_tuple = alone.is_some();
        let literal = alone.unwrap_or(line);
        let piece = parse_literal(literal.strip_prefix('f').unwrap_or(literal))?;
        let piece = piece.as_str()?;
        // Braces mean themselves where the string is not a formatted one.
        if !literal.starts_with('f') && piece.contains(['{', '}']) {
            return None;
        }
        text.push_str(piece);
    }
    Some((Template::read(&text)?, is_tuple))
}

/// What the names in a prompt stand for.
fn values(
    translation: &Map<String, Value>,
    languages: &BTreeMap<String, String>,
    is_from_other: bool,
) -> Option<BTreeMap<String, String>> {
    let (key, name) = european(translation);
    let other = other(translation)?;
    let (sentence, language) =
        if is_from_other { (other.as_str(), "source_key") } else { (key, "target_lang") };
    let values = [
        (format!("languages[{language}]"), languages.get(other)?.clone()),
        ("source_lang".to_owned(), name.to_owned()),
        ("source_sentence".to_owned(), py_str(translation.get(sentence)?)),
    ];
    Some(values.into())
}

fn prompt(place: &mut Place<'_>, is_from_other: bool) -> Option<Port> {
    let (template, is_tuple) = template(&place.own_text()?)?;
    let languages = place.map("languages")?;
    Some(of_document(move |doc| {
        let values = values(doc.get("translation")?.as_object()?, &languages, is_from_other)?;
        let text = Value::from(template.format(&values)?);
        Some(if is_tuple { Value::Array(vec![text]) } else { text })
    }))
}

/// `create_text_prompt_N`: from the other language.
pub(super) const FROM_OTHER_TEXT: Make = |place| prompt(place, true);
/// `create_reverse_prompt_N`: into the other language.
pub(super) const INTO_OTHER_TEXT: Make = |place| prompt(place, false);
