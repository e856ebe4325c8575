//! The public contest of a criterion, with a default for everything that is not written.

use crate::decode::localized;
use crate::problem::{Code, Problem};
use crate::reader::{At, Table};
use daepyo_core::{
    CandidateId, ContestMode, ContestPairing, ContestRule, ContestTag, ContestantNames, Date, TagId,
};
use daepyo_messages::Message;

/// Most characters of a name that gives a contestant away.
const MOST_NAME_CHARACTERS: usize = 100;

/// A contest as far as it could be read, with the places that the cross-checks need.
pub(crate) struct ContestAt {
    /// The reference that takes part.
    pub(crate) versus: Option<CandidateId>,
    pub(crate) prompts: Option<At<String>>,
    /// The file of answers, where answers are recorded.
    pub(crate) answers: Option<At<String>>,
    pub(crate) opens: Option<At<Date>>,
    pub(crate) closes: Option<At<Date>>,
    /// Whom names are written for.
    pub(crate) named: Vec<At<CandidateId>>,
    pub(crate) tags: Vec<At<TagId>>,
}

/// The contest of a criterion, where it has one. What could not be read is noted and has its default here.
pub(crate) fn contest(
    criterion: &Table<'_>,
    versus: Option<&At<CandidateId>>,
) -> Option<(ContestAt, Option<ContestRule>)> {
    if !criterion.has("contest") {
        return None;
    }
    let table = criterion.table("contest")?;
    let mode = table.word("mode").map(|word| match word.value.as_str() {
        "live" => ContestMode::Live,
        _ => ContestMode::Recorded,
    });
    let (prompts, answers) = (table.text("prompts"), answers(&table, mode));
    let day = |key| if table.has(key) { table.parsed::<Date>(key) } else { None };
    let (opens, closes) = (day("opens"), day("closes"));
    let is_recorded = mode == Some(ContestMode::Recorded);
    let assigned = number(&table, "assigned", if is_recorded { 1.0 } else { ContestRule::ASSIGNED });
    let turns = count(&table, "turns", if is_recorded { 1 } else { ContestRule::TURNS });
    if is_recorded {
        only(&table, "assigned", assigned < 1.0, assigned.to_string());
        only(&table, "turns", turns > 1, turns.to_string());
    }
    let (votes_a_day, votes_in_all) = caps(&table);
    let names: Vec<_> = tables(&table, "names").iter().map(names_of).collect();
    let tags: Vec<_> = tables(&table, "tags").iter().map(tag).collect();
    let at = ContestAt {
        versus: versus.map(|at| at.value.clone()),
        prompts: prompts.clone(),
        answers: answers.clone().filter(|_| is_recorded),
        opens: opens.clone(),
        closes: closes.clone(),
        named: names.iter().filter_map(|(id, _)| id.clone()).collect(),
        tags: tags.iter().filter_map(|(id, _)| id.clone()).collect(),
    };
    let rule = mode.zip(prompts).map(|(mode, prompts)| ContestRule {
        mode,
        prompts: prompts.value,
        answers: answers.map(|file| file.value),
        opens: opens.map(|day| day.value),
        closes: closes.map(|day| day.value),
        assigned,
        votes_a_day,
        votes_in_all,
        weight_cap: if table.has("weight_cap") { table.count("weight_cap") } else { None },
        turns,
        prompt_characters: count(&table, "prompt_characters", ContestRule::PROMPT_CHARACTERS),
        answer_characters: count(&table, "answer_characters", ContestRule::ANSWER_CHARACTERS),
        hold_ms: whole(&table, "hold_ms").unwrap_or(ContestRule::HOLD_MS),
        system: table.optional("system").map(|text| text.value),
        temperature: number(&table, "temperature", ContestRule::TEMPERATURE),
        max_tokens: count(&table, "max_tokens", ContestRule::MAX_TOKENS),
        tokens_a_day: whole(&table, "tokens_a_day"),
        names: names.into_iter().filter_map(|(_, names)| names).collect(),
        pairing: pairing(&table),
        tags: tags.into_iter().filter_map(|(_, tag)| tag).collect(),
    });
    Some((at, rule))
}

/// The file of answers: there where they are recorded, and only there.
fn answers(table: &Table<'_>, mode: Option<ContestMode>) -> Option<At<String>> {
    let answers = table.optional("answers");
    match (mode, &answers) {
        (Some(ContestMode::Recorded), None) if !table.has("answers") => table.problems().push(
            Problem::new(Code::MissingKey, table.place("mode"))
                .with("section", "`contest`")
                .with("key", "answers")
                .with("about", Message::new("about-recorded-answers")),
        ),
        (Some(ContestMode::Live), Some(file)) => table.problems().push(
            Problem::new(Code::BadValue, file.span.clone())
                .with("key", "answers")
                .with("value", file.value.as_str())
                .with("reason", Message::new("reason-live-answers"))
                .with("about", Message::new("about-live-answers")),
        ),
        (_, _) => {}
    }
    answers
}

/// Notes a value other than 1 that a contest of recorded answers cannot have.
fn only(table: &Table<'_>, key: &str, is_wrong: bool, value: String) {
    if is_wrong {
        table.problems().push(
            Problem::new(Code::OutOfRange, table.place(key))
                .with("key", key)
                .with("value", value)
                .with("range", "1")
                .with("about", Message::new("about-recorded-once")),
        );
    }
}

/// The most votes of one person on one day and in all.
fn caps(table: &Table<'_>) -> (u32, u32) {
    let a_day = count(table, "votes_a_day", ContestRule::VOTES_A_DAY);
    let in_all = count(table, "votes_in_all", ContestRule::VOTES_IN_ALL.max(a_day));
    if in_all < a_day {
        table.problems().push(
            Problem::new(Code::OutOfRange, table.place("votes_in_all"))
                .with("key", "votes_in_all")
                .with("value", in_all.to_string())
                .with("range", format!("{a_day} …"))
                .with("about", Message::new("about-votes-in-all")),
        );
    }
    (a_day, in_all)
}

fn tables<'a>(table: &Table<'a>, key: &str) -> Vec<Table<'a>> {
    if table.has(key) { table.tables(key) } else { Vec::new() }
}

fn number(table: &Table<'_>, key: &str, default: f64) -> f64 {
    let written = if table.has(key) { table.number(key) } else { None };
    written.map_or(default, |at| at.value)
}

fn count(table: &Table<'_>, key: &str, default: u32) -> u32 {
    let written = if table.has(key) { table.count(key) } else { None };
    written.unwrap_or(default)
}

fn whole(table: &Table<'_>, key: &str) -> Option<u64> {
    if table.has(key) { table.integer(key).map(|at| at.value) } else { None }
}

fn names_of(table: &Table<'_>) -> (Option<At<CandidateId>>, Option<ContestantNames>) {
    let candidate = table.parsed::<CandidateId>("candidate");
    let (distinctive, ordinary) = (texts(table, "distinctive"), texts(table, "ordinary"));
    if !table.has("distinctive") && !table.has("ordinary") {
        table.problems().push(
            Problem::new(Code::MissingKey, table.span.clone())
                .with("section", "`names`")
                .with("key", "distinctive")
                .with("about", Message::new("about-names")),
        );
    }
    let names = candidate.as_ref().map(|candidate| ContestantNames {
        candidate: candidate.value.clone(),
        distinctive,
        ordinary,
    });
    (candidate, names)
}

/// A list of names, none of which is so short that it would be found in every answer.
fn texts(table: &Table<'_>, key: &str) -> Vec<String> {
    let listed = if table.has(key) { table.texts(key) } else { Vec::new() };
    let mut found = Vec::with_capacity(listed.len());
    for text in listed {
        let name = text.value.trim();
        let length = name.chars().count();
        if (2..=MOST_NAME_CHARACTERS).contains(&length) && !name.chars().any(char::is_control) {
            found.push(name.to_owned());
            continue;
        }
        let most = MOST_NAME_CHARACTERS.to_string();
        table.problems().push(
            Problem::new(Code::BadValue, text.span)
                .with("key", key)
                .with("value", text.value)
                .with("reason", Message::new("reason-name-length").with("most", most))
                .with("about", Message::new("about-names")),
        );
    }
    found
}

fn pairing(table: &Table<'_>) -> ContestPairing {
    let default = ContestPairing::default();
    let inner = if table.has("pairing") { table.table("pairing") } else { None };
    inner.map_or(default, |inner| ContestPairing {
        floor: number(&inner, "floor", default.floor),
        even: number(&inner, "even", default.even),
        sharpness: number(&inner, "sharpness", default.sharpness),
    })
}

fn tag(table: &Table<'_>) -> (Option<At<TagId>>, Option<ContestTag>) {
    let (id, title) = (table.parsed::<TagId>("id"), localized(table, "title"));
    let tag = id.as_ref().zip(title).map(|(id, title)| ContestTag { id: id.value.clone(), title });
    (id, tag)
}
