//! Tables of the file to the types of `core`, piece by piece; a piece with a problem is left out.

use crate::layout;
use crate::problem::Code;
use crate::reader::{At, Table};
use daepyo_core::{
    Anchor, Anchors, Candidate, CandidateId, Date, Localized, ModelSpec, Reference, Submission, Suite,
    SuiteId, SuiteWeight, TaskName, Team, TeamId,
};
use toml::de::DeValue;

/// A suite with where it was named.
pub(crate) type SuiteWeights = Vec<At<SuiteWeight>>;

pub(crate) fn localized(table: &Table<'_>, key: &str) -> Option<Localized> {
    localized_table(&table.as_table(key, &layout::LOCALIZED, table.raw(key)?)?)
}

pub(crate) fn localized_table(inner: &Table<'_>) -> Option<Localized> {
    let (ko, en) = (inner.text("ko"), inner.text("en"));
    Some(Localized { ko: ko?.value, en: en?.value })
}

pub(crate) fn team(table: &Table<'_>) -> Option<At<Team>> {
    let (id, name) = (table.parsed::<TeamId>("id"), localized(table, "name"));
    let id = id?;
    Some(At { value: Team { id: id.value, name: name? }, span: id.span })
}

fn submission(table: &Table<'_>, is_candidate: bool) -> Option<At<Submission>> {
    let id = table.parsed::<CandidateId>("id");
    let model = table.parsed::<ModelSpec>("model");
    let licence = table.text("licence");
    let tokenizer = table.text("tokenizer").map(|at| at.value);
    let api_key_env = table.text("api_key_env").map(|at| at.value);
    let chat_template = table.has("chat_template").then(|| table.flag("chat_template"));
    let concurrency = table.has("concurrency").then(|| table.count("concurrency"));
    let deadline_s = table.has("deadline_s").then(|| table.count("deadline_s"));
    let digest = table.parsed("digest");
    if is_candidate && !table.has("digest") {
        let name = id.as_ref().map(|id| id.value.to_string()).unwrap_or_default();
        table.problems().note(Code::MissingDigest, table.place("id"), vec![("id", name)]);
    }
    let id = id?;
    let value = Submission {
        id: id.value,
        model: model?.value,
        digest: digest?.value,
        licence: licence?.value,
        tokenizer,
        chat_template: chat_template.unwrap_or(Some(false))?,
        api_key_env,
        concurrency: concurrency.unwrap_or(Some(8))?,
        deadline_s: deadline_s.unwrap_or(Some(120))?,
    };
    Some(At { value, span: id.span })
}

/// A candidate, with the place of its team.
pub(crate) fn candidate(table: &Table<'_>) -> Option<(At<Candidate>, At<TeamId>)> {
    let (submission, team) = (submission(table, true), table.parsed::<TeamId>("team"));
    let (submission, team) = (submission?, team?);
    let candidate = Candidate { submission: submission.value, team: team.value.clone() };
    Some((At { value: candidate, span: submission.span }, team))
}

pub(crate) fn reference(table: &Table<'_>) -> Option<At<Reference>> {
    let (submission, released) = (submission(table, false), table.parsed::<Date>("released"));
    let submission = submission?;
    let value = Reference { submission: submission.value, released: released?.value };
    Some(At { value, span: submission.span })
}

/// A suite, with the place of its path.
pub(crate) fn suite(table: &Table<'_>) -> Option<(At<Suite>, At<String>)> {
    let id = table.parsed::<SuiteId>("id");
    let title = localized(table, "title");
    let path = table.text("path");
    let names = table.texts("tasks");
    let tasks: Vec<TaskName> =
        names.iter().filter_map(|name| table.parse_at("tasks", name)).map(|at| at.value).collect();
    let limit = table.has("limit").then(|| table.integer("limit"));
    let num_fewshot = table.has("num_fewshot").then(|| table.count("num_fewshot"));
    let reveal = table.has("reveal").then(|| table.parsed::<Date>("reveal"));
    let (id, path) = (id?, path?);
    if tasks.is_empty() || tasks.len() != names.len() {
        return None;
    }
    let value = Suite {
        id: id.value,
        title: title?,
        path: path.value.clone(),
        tasks,
        limit: flip(limit)?.map(|at| at.value),
        num_fewshot: flip(num_fewshot)?,
        reveal: flip(reveal)?.map(|at| at.value),
    };
    Some((At { value, span: id.span }, path))
}

/// Absent is fine, present but wrong is not: `None` only for the latter.
#[expect(clippy::option_option, reason = "absent, wrong and right are three things")]
fn flip<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(Some(value)) => Some(Some(value)),
        Some(None) => None,
    }
}

pub(crate) fn suites(table: &Table<'_>) -> Option<SuiteWeights> {
    let mut found = Vec::new();
    let values = table.list("suites");
    for value in &values {
        let entry = if matches!(value.get_ref(), DeValue::Table(_)) {
            let inner = table.as_table("suites", &layout::SUITE_WEIGHT, value)?;
            let (suite, weight) = (inner.parsed::<SuiteId>("suite"), inner.number("weight"));
            suite.zip(weight).map(|(suite, weight)| (suite, weight.value))
        } else {
            let text = table.text_of("suites", value);
            text.and_then(|text| table.parse_at::<SuiteId>("suites", &text)).map(|suite| (suite, 1.0))
        };
        if let Some((suite, weight)) = entry {
            if found.iter().any(|known: &At<SuiteWeight>| known.value.suite == suite.value) {
                let arguments =
                    vec![("id", suite.value.to_string()), ("what", "entry of the list".to_owned())];
                table.problems().note(Code::DuplicateId, suite.span.clone(), arguments);
            }
            found.push(At { value: SuiteWeight { suite: suite.value, weight }, span: suite.span });
        }
    }
    (!values.is_empty() && found.len() == values.len()).then_some(found)
}

/// Both ends of a scale, each with its place.
pub(crate) fn anchors(table: &Table<'_>) -> Option<(Anchors, At<Anchor>, At<Anchor>)> {
    let inner = table.table("anchors")?;
    let (zero, full) = (anchor(&inner, "zero"), anchor(&inner, "full"));
    let (zero, full) = (zero?, full?);
    Some((Anchors { zero: zero.value.clone(), full: full.value.clone() }, zero, full))
}

fn anchor(table: &Table<'_>, key: &str) -> Option<At<Anchor>> {
    let raw = table.raw(key)?;
    let span = raw.span();
    if raw.get_ref().as_str().is_none() {
        let number = table.number_of(key, raw)?;
        if !number.is_finite() {
            let arguments = vec![
                ("key", key.to_owned()),
                ("value", number.to_string()),
                ("range", "…".to_owned()),
                ("about", String::new()),
            ];
            table.problems().note(Code::OutOfRange, span, arguments);
            return None;
        }
        return Some(At { value: Anchor::Value(number), span });
    }
    let text = table.text_of(key, raw)?;
    if text.value == "chance" {
        return Some(At { value: Anchor::Chance, span });
    }
    if let Some(id) = text.value.strip_prefix("reference:") {
        let id = table.parse_at::<CandidateId>(key, &At { value: id, span: span.clone() })?;
        return Some(At { value: Anchor::Reference(id.value), span });
    }
    let arguments = vec![
        ("key", key.to_owned()),
        ("value", text.value.to_owned()),
        ("known", "chance, reference:ID".to_owned()),
        ("near", "chance".to_owned()),
    ];
    table.problems().note(Code::UnknownWord, span, arguments);
    None
}
