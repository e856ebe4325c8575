//! Tables of the file to the types of `core`, piece by piece; of a piece with a problem, what could be read of it.

use crate::layout;
use crate::problem::{Code, Problem};
use crate::reader::{At, Table};
use daepyo_core::{
    Anchor, Anchors, Budget, Candidate, CandidateId, Date, Localized, ModelSpec, Price, Reference,
    Submission, SubmittedWeights, Suite, SuiteId, SuiteWeight, TaskName, Team, TeamId,
};
use daepyo_messages::Message;
use toml::de::DeValue;

/// A suite with where it was named.
pub(crate) type SuiteWeights = Vec<At<SuiteWeight>>;

/// A piece of the file: its name, and its value where all of it could be read.
pub(crate) struct Piece<Id, T> {
    pub(crate) id: Option<At<Id>>,
    pub(crate) value: Option<T>,
}

pub(crate) fn localized(table: &Table<'_>, key: &str) -> Option<Localized> {
    localized_table(&table.as_table(key, &layout::LOCALIZED, table.raw(key)?)?)
}

pub(crate) fn localized_table(inner: &Table<'_>) -> Option<Localized> {
    let (ko, en) = (inner.text("ko"), inner.text("en"));
    Some(Localized { ko: ko?.value, en: en?.value })
}

pub(crate) fn team(table: &Table<'_>) -> Piece<TeamId, Team> {
    let (id, name) = (table.parsed::<TeamId>("id"), localized(table, "name"));
    let value = id.clone().zip(name).map(|(id, name)| Team { id: id.value, name });
    Piece { id, value }
}

fn submission(table: &Table<'_>, is_candidate: bool) -> Piece<CandidateId, Submission> {
    let id = table.parsed::<CandidateId>("id");
    let model = table.parsed::<ModelSpec>("model");
    let licence = table.text("licence");
    let tokenizer = table.text("tokenizer").map(|at| at.value);
    let api_key_env = table.text("api_key_env").map(|at| at.value);
    let chat_template = table.has("chat_template").then(|| table.flag("chat_template"));
    let concurrency = table.has("concurrency").then(|| table.count("concurrency"));
    let deadline_s = table.has("deadline_s").then(|| table.count("deadline_s"));
    let (price, budget) = (price(table), budget(table, model.as_ref().map(|at| &at.value)));
    let digest = table.parsed("digest");
    let weights = weights(table);
    if is_candidate && !table.has("digest") {
        let name = id.as_ref().map(|id| id.value.to_string()).unwrap_or_default();
        table.problems().push(Problem::new(Code::MissingDigest, table.place("id")).with("id", name));
    }
    let value = id.clone().and_then(|id| {
        Some(Submission {
            id: id.value,
            model: model?.value,
            digest: digest?.value,
            licence: licence?.value,
            tokenizer,
            chat_template: chat_template.unwrap_or(Some(false))?,
            api_key_env,
            concurrency: concurrency.unwrap_or(Some(8))?,
            deadline_s: deadline_s.unwrap_or(Some(120))?,
            weights: flip(weights)?,
            price: flip(price)?,
            budget: flip(budget)?,
        })
    });
    Piece { id, value }
}

#[expect(clippy::option_option, reason = "absent, wrong and right are three things")]
fn weights(table: &Table<'_>) -> Option<Option<SubmittedWeights>> {
    table.has("weights").then(|| {
        let inner = table.table("weights")?;
        let (file, digest) = (inner.text("file"), inner.parsed("digest"));
        Some(SubmittedWeights { file: file?.value, digest: digest?.value })
    })
}

#[expect(clippy::option_option, reason = "absent, wrong and right are three things")]
fn price(table: &Table<'_>) -> Option<Option<Price>> {
    table.has("price").then(|| {
        let inner = table.table("price")?;
        let (input, output, currency) =
            (inner.number("input"), inner.number("output"), inner.text("currency"));
        Some(Price { input: input?.value, output: output?.value, currency: currency?.value })
    })
}

#[expect(clippy::option_option, reason = "absent, wrong and right are three things")]
fn budget(table: &Table<'_>, model: Option<&ModelSpec>) -> Option<Option<Budget>> {
    table.has("budget").then(|| {
        let inner = table.table("budget")?;
        let requests = inner.has("requests").then(|| inner.integer("requests").map(|at| at.value));
        let tokens = inner.has("tokens").then(|| inner.integer("tokens").map(|at| at.value));
        let cost = inner.has("cost").then(|| inner.number("cost").map(|at| at.value));
        let (requests, tokens, cost) = (flip(requests), flip(tokens), flip(cost));
        let bad = |reason: &'static str, about: &'static str| {
            table.problems().push(
                Problem::new(Code::BadValue, table.place("budget"))
                    .with("key", "budget")
                    .with("value", "budget")
                    .with("reason", Message::new(reason))
                    .with("about", Message::new(about)),
            );
            None
        };
        if model.is_some_and(|model| !matches!(model, ModelSpec::OpenAi { .. })) {
            return bad("reason-no-server", "about-budget-of-server");
        }
        if inner.has("cost") && !table.has("price") {
            return bad("reason-no-price", "about-add-price");
        }
        Some(Budget { requests: requests?, tokens: tokens?, cost: cost? })
    })
}

/// A candidate, and the team that it names.
pub(crate) type CandidateAt = (Piece<CandidateId, Candidate>, Option<At<TeamId>>);

pub(crate) fn candidate(table: &Table<'_>) -> CandidateAt {
    let (submission, team) = (submission(table, true), table.parsed::<TeamId>("team"));
    let value = submission.value.zip(team.clone());
    let value = value.map(|(submission, team)| Candidate { submission, team: team.value });
    (Piece { id: submission.id, value }, team)
}

/// A reference, and the day of its release.
pub(crate) fn reference(table: &Table<'_>) -> (Piece<CandidateId, Reference>, Option<Date>) {
    let (submission, released) = (submission(table, false), table.parsed::<Date>("released"));
    let released = released.map(|at| at.value);
    let value = submission.value.zip(released);
    let value = value.map(|(submission, released)| Reference { submission, released });
    (Piece { id: submission.id, value }, released)
}

/// A suite, and its path.
pub(crate) fn suite(table: &Table<'_>) -> (Piece<SuiteId, Suite>, Option<At<String>>) {
    let id = table.parsed::<SuiteId>("id");
    let title = localized(table, "title");
    let path = table.text("path");
    let names = table.texts("tasks");
    let tasks: Vec<TaskName> =
        names.iter().filter_map(|name| table.parse_at("tasks", name)).map(|at| at.value).collect();
    let has_all_tasks = !tasks.is_empty() && tasks.len() == table.listed("tasks");
    let limit = table.has("limit").then(|| table.integer("limit"));
    let num_fewshot = table.has("num_fewshot").then(|| table.count("num_fewshot"));
    let reveal = table.has("reveal").then(|| table.parsed::<Date>("reveal"));
    let value = id.clone().zip(path.clone()).and_then(|(id, path)| {
        Some(Suite {
            id: id.value,
            title: title?,
            path: path.value,
            tasks: has_all_tasks.then_some(tasks)?,
            limit: flip(limit)?.map(|at| at.value),
            num_fewshot: flip(num_fewshot)?,
            reveal: flip(reveal)?.map(|at| at.value),
        })
    });
    (Piece { id, value }, path)
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

/// The suites of a gate or a criterion that could be read.
pub(crate) fn suites(table: &Table<'_>) -> SuiteWeights {
    let mut found = Vec::new();
    for value in table.list("suites") {
        let entry = if matches!(value.get_ref(), DeValue::Table(_)) {
            table.as_table("suites", &layout::SUITE_WEIGHT, value).and_then(|inner| {
                let (suite, weight) = (inner.parsed::<SuiteId>("suite"), inner.number("weight"));
                Some((suite?, weight?.value))
            })
        } else {
            let text = table.text_of("suites", value);
            text.and_then(|text| table.parse_at::<SuiteId>("suites", &text)).map(|suite| (suite, 1.0))
        };
        if let Some((suite, weight)) = entry {
            if found.iter().any(|known: &At<SuiteWeight>| known.value.suite == suite.value) {
                table.problems().push(
                    Problem::new(Code::DuplicateId, suite.span.clone())
                        .with("id", suite.value.as_str())
                        .with("what", Message::new("thing-list-entry")),
                );
            }
            found.push(At { value: SuiteWeight { suite: suite.value, weight }, span: suite.span });
        }
    }
    found
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
            table.note_range(key, &number.to_string(), "…", span);
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
    table.problems().push(
        Problem::new(Code::UnknownWord, span)
            .with("key", key)
            .with("value", text.value)
            .with("known", "chance, reference:ID")
            .with("near", "chance"),
    );
    None
}
