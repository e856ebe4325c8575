//! `process_docs` that keep the documents of one subject: Global-MMLU, MMMLU, INCLUDE, MMLU-Pro and its kin, and others.

use super::{
    port::{Make, Place, filtered, where_equal},
    python_text::text,
};
use crate::parse_literal;
use serde_json::Value;

/// The one of `listed` whose function has the name that is asked for.
fn wanted(place: &mut Place<'_>, listed: Vec<String>, slug: fn(&str) -> String) -> Option<String> {
    let asked = place.name.strip_prefix("process_")?;
    let mut found = listed.into_iter().filter(|one| slug(one) == asked);
    found.next().filter(|_| found.next().is_none())
}

/// Global-MMLU, all subjects: `process_SUBJECT` for each of `SUBJECTS`.
pub(super) const SUBJECT: Make = |place| {
    let listed = place.texts("SUBJECTS")?;
    Some(where_equal("subject", wanted(place, listed, str::to_owned)?))
};

/// Global-MMLU by category: `process_CATEGORY` for each of `CATEGORIES`.
pub(super) const CATEGORY: Make = |place| {
    let listed = place.texts("CATEGORIES")?;
    let slug = |name: &str| name.to_lowercase().replace(' ', "_");
    Some(where_equal("subject_category", wanted(place, listed, slug)?))
};

/// INCLUDE: `process_DOMAIN` for each of `CATEGORIES`.
pub(super) const DOMAIN: Make = |place| {
    let listed = place.texts("CATEGORIES")?;
    let slug = |name: &str| name.to_lowercase().replace(" & ", "_").replace(' ', "_");
    Some(where_equal("domain", wanted(place, listed, slug)?))
};

/// What MMMLU's column of subjects may hold behind the subject.
const MMMLU_ENDINGS: [&str; 2] = ["_test.csv", "_test-"];
const MAX_LIST_BYTES: u64 = 1 << 16;

/// MMMLU: `process_SUBJECT` for each key of `subjects.json` in the folder above.
pub(super) const MMMLU: Make = |place| {
    let file = std::fs::canonicalize(place.path).ok()?.parent()?.parent()?.join("subjects.json");
    if std::fs::metadata(&file).ok()?.len() > MAX_LIST_BYTES {
        return None;
    }
    let Value::Object(listed) = serde_json::from_slice(&std::fs::read(file).ok()?).ok()? else { return None };
    let subject = wanted(place, listed.keys().cloned().collect(), str::to_owned)?;
    Some(filtered(move |row| {
        let value = row.get("Subject")?;
        let Some(text) = value.as_str() else { return Some(false) };
        let end = MMMLU_ENDINGS.iter().find_map(|ending| text.find(ending)).unwrap_or(text.len());
        Some(text.get(..end)? == subject)
    }))
};

/// MMLU-Pro and its kin: `NAME = partial(process_docs, subject="SUBJECT")`.
pub(super) const PARTIAL: Make = |place| {
    let own = place.own_text()?;
    let (_, value) = own.split_once("partial(process_docs, subject=")?;
    match parse_literal(value.trim_end().strip_suffix(')')?)? {
        Value::String(subject) => Some(where_equal("category", subject)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
};

/// BIG-bench: documents that have choices.
pub(super) const HAS_CHOICES: Make =
    |_| Some(filtered(|row| Some(!row.get("multiple_choice_targets")?.as_array()?.is_empty())));

/// `EusExams`: documents with an answer, and with choices that say something.
pub(super) const HAS_ANSWER: Make = |_| {
    Some(filtered(|row| {
        let answer = row.get("answer")?;
        let candidates = row.get("candidates")?;
        // True counts as 1, and 1.0 too.
        if answer.is_boolean() || answer.is_f64() {
            return None;
        }
        let is_known = answer.as_i64().is_some_and(|answer| (0..=3).contains(&answer));
        let is_empty = candidates
            .as_array()
            .is_some_and(|all| all.len() == 4 && all.iter().all(|one| one.as_str() == Some("")));
        Some(is_known && !is_empty)
    }))
};

/// `CrowS`-Pairs: `filter_dataset(dataset, "KIND")` keeps the documents whose kind of bias begins so.
pub(super) const BIAS: Make = |place| {
    let own = place.own_text()?;
    let (_, value) = own.split_once("return filter_dataset(dataset, ")?;
    let kind = parse_literal(value.trim_end().strip_suffix(')')?)?;
    let kind = kind.as_str()?.to_owned();
    Some(filtered(move |row| Some(text(row, "bias_type")?.starts_with(&kind))))
};
