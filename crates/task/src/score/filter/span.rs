//! `format_span`: named entities as `label: entity $ label: entity`.

use crate::score::{
    py_regex::{Found, PyRegex},
    py_text,
};
use std::sync::LazyLock;

/// Names of labels and what each is counted as, in lm-eval's order.
const LABELS: [(&str, &str); 15] = [
    ("person", "PER"),
    ("location", "LOC"),
    ("organization", "ORG"),
    ("counties", "LOC"),
    ("places", "LOC"),
    ("people", "PER"),
    ("persons", "PER"),
    ("company", "ORG"),
    ("country", "LOC"),
    ("continent", "LOC"),
    ("time", "DATE"),
    ("date", "DATE"),
    ("per", "PER"),
    ("loc", "LOC"),
    ("org", "ORG"),
];

static LABEL: LazyLock<Option<PyRegex>> = LazyLock::new(|| {
    let names: Vec<&str> = LABELS.iter().map(|(name, _)| *name).collect();
    PyRegex::compile("format_span", &format!(r"\b(?:{})\s*:", names.join("|"))).ok()
});
static ENTITY: LazyLock<Option<PyRegex>> =
    LazyLock::new(|| PyRegex::compile("format_span", r"\b(PER|LOC|ORG|DATE):\s*([^$]+)").ok());

/// Rewrites `text`; entities that are `none` are dropped.
pub(super) fn format(text: &str) -> String {
    let text = relabel(&text.to_lowercase());
    let text = text.replace("$$", "$");
    let text = text.trim_end_matches('$').replace('\n', "$");
    let entities = ENTITY.as_ref().map(|regex| regex.find_all(py_text::strip(&text))).unwrap_or_default();
    let mut formatted = Vec::new();
    for found in entities {
        let Found::Groups(groups) = found else { continue };
        let [label, values] = groups.as_slice() else { continue };
        for entity in values.split(',').map(py_text::strip) {
            if entity.to_lowercase() != "none" {
                formatted.push(format!("{}: {entity}", label.to_lowercase()));
            }
        }
    }
    formatted.join(" $ ")
}

/// Replaces every label before a colon by its class.
fn relabel(text: &str) -> String {
    let class_of = |label: &str| {
        let name = label.trim_end_matches(':').trim_end();
        let class = LABELS.iter().find(|(known, _)| *known == name);
        format!("{}:", class.map_or(name, |(_, class)| *class))
    };
    LABEL.as_ref().map_or_else(|| text.to_owned(), |regex| regex.replace_all(text, class_of))
}
