//! `doc_to_text` and `doc_to_choice` of multiple-choice tasks: MMLU-ProX, MMLU-Pro, `AfriMMLU`, and MMLU's kin in other
//! languages.

use super::{
    port::{Make, Place, Port, of_document, texts},
    python_text::{Template, inner_literal, is_true, literal_list, shown, strip, text},
};
use crate::{dataset::Document, python::py_str};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fmt::Write as _};

/// How many options MMLU-ProX's documents may have.
const MAX_OPTIONS: usize = 10;

/// MMLU-ProX: question and options, and with an answer its reasoning. The words are those of the language that the
/// file's folder is named for.
fn prox(place: &mut Place<'_>, with_answer: bool) -> Option<Port> {
    let language = place.path.parent()?.file_name()?.to_str()?;
    let libraries = place.constant("LANG_LIBS")?;
    let words = texts(libraries.as_object()?.get(language)?)?;
    let letters = place.texts("choices")?;
    if *place.constant("max_opt_num")? != json!(MAX_OPTIONS) || letters.len() < MAX_OPTIONS {
        return None;
    }
    let (question, options) = (words.first()?.clone(), words.get(1)?.clone());
    let (think, written) = (words.get(2)?.clone(), words.get(4)?.clone());
    Some(of_document(move |doc| {
        let mut prompt = format!("{question}\n{}\n{options}\n", text(doc, "question")?);
        for (place, letter) in letters.iter().enumerate().take(MAX_OPTIONS) {
            let option = doc.get(&format!("option_{place}"))?;
            if !option.is_null() {
                // Writing to a string does not fail.
                let _ = writeln!(prompt, "{letter}. {}", py_str(option));
            }
        }
        if with_answer {
            // Python puts the new text between all characters where the old one is empty.
            let reasoning = text(doc, "cot_content").filter(|_| !written.is_empty())?;
            prompt.push_str(&reasoning.replace(&written, &think));
            prompt.push_str("\n\n");
        } else {
            prompt.push_str(&think);
        }
        Some(Value::from(prompt))
    }))
}

/// MMLU-ProX: the question.
pub(super) const PROX_TEXT: Make = |place| prox(place, false);
/// MMLU-ProX: an example with its reasoning.
pub(super) const PROX_EXAMPLE: Make = |place| prox(place, true);

/// MMLU-Pro: the question, options by letter.
pub(super) const PRO_TEXT: Make = |place| {
    let letters = place.texts("choices")?;
    // One of the files stops where letters end, the other fails there.
    Some(of_document(move |doc| {
        let mut prompt = format!("Question:\n{}\nOptions:\n", text(doc, "question")?);
        let options = doc.get("options")?.as_array()?;
        if options.len() > letters.len() {
            return None;
        }
        for (letter, option) in letters.iter().zip(options) {
            let _ = writeln!(prompt, "{letter}. {}", strip(option.as_str()?));
        }
        prompt.push_str("Answer: Let's think step by step.");
        Some(Value::from(prompt))
    }))
};

/// MMLU-Pro: an example's reasoning.
pub(super) const PRO_TARGET: Make = |_| {
    Some(of_document(|doc| {
        Some(Value::from(text(doc, "cot_content")?.replace("A: Let's think step by step. ", "")))
    }))
};

/// `AfriMMLU`: choices that a field holds as a Python list.
pub(super) const WRITTEN_CHOICES: Make =
    |_| Some(of_document(|doc| literal_list(text(doc, "choices")?).map(Value::Array)));

/// `AfriMMLU` and `AfriXNLI`: the text `output` of the function, with the document's fields and choices put in.
pub(super) const FORMATTED: Make = |place| {
    let template = inner_literal(&place.own_text()?, "output")?;
    let template = Template::read(template.as_str()?)?;
    let known = ["subject", "question", "premise", "hypothesis", "choice1", "choice2", "choice3", "choice4"];
    if template.names().any(|name| !known.contains(&name)) {
        return None;
    }
    let has_choices = template.names().any(|name| name.starts_with("choice"));
    Some(of_document(move |doc| {
        let mut values = BTreeMap::new();
        if has_choices {
            let choices = literal_list(text(doc, "choices")?)?;
            if choices.len() < 4 {
                return None;
            }
            values.extend(
                (1..)
                    .zip(&choices)
                    .map(|(place, choice): (usize, _)| (format!("choice{place}"), py_str(choice))),
            );
        }
        for name in template.names().filter(|name| !name.starts_with("choice")) {
            values.insert(name.to_owned(), shown(doc, name)?);
        }
        template.format(&values).map(Value::from)
    }))
};

/// The first letter of each of `labels`, one for each of so many options; `None` where there are more options.
fn letters(labels: &[String], count: usize) -> Option<Value> {
    let labels = labels.get(..count)?;
    let first = |label: &String| label.chars().next().map(|letter| Value::from(letter.to_string()));
    labels.iter().map(first).collect::<Option<Vec<_>>>().map(Value::Array)
}

/// `DarijaMMLU`, `EgyMMLU`: a letter for each of the choices.
pub(super) const ALPHA_LETTERS: Make = |place| {
    let labels = place.texts("alpha")?;
    Some(of_document(move |doc| letters(&labels, doc.get("choices")?.as_array()?.len())))
};

/// Greek MMLU: a letter for each of the choices.
pub(super) const LABEL_LETTERS: Make = |place| {
    let labels = place.texts("LABELS")?;
    Some(of_document(move |doc| letters(&labels, doc.get("choices")?.as_array()?.len())))
};

/// `labels` and `options` side by side, a line each; `None` where there are more options.
fn listed(labels: &[String], options: &[Value]) -> Option<String> {
    let labels = labels.get(..options.len())?;
    let lines: Vec<String> =
        labels.iter().zip(options).map(|(label, option)| format!("{label} {}", py_str(option))).collect();
    Some(lines.join("\n"))
}

/// A question below its context, where it has one.
fn with_context(
    doc: &Document,
    context: &str,
    question: &str,
    is_absent: fn(&Value) -> bool,
) -> Option<String> {
    let context = doc.get(context)?;
    let question = shown(doc, question)?;
    Some(if is_absent(context) { question } else { format!("{}\n\n{question}", py_str(context)) })
}

fn dialect(place: &mut Place<'_>, subject: &'static str) -> Option<Port> {
    let template = Template::read(place.constant("PROMPT")?.as_str()?)?;
    let labels = place.texts("alpha")?;
    Some(of_document(move |doc| {
        let question = with_context(doc, "context", "question", |context| context.as_str() == Some(""))?;
        let options = listed(&labels, doc.get("choices")?.as_array()?)?;
        template.fill(&[&shown(doc, subject)?, &question, &options]).map(Value::from)
    }))
}

/// `DarijaMMLU`: subject, question below its context, options.
pub(super) const DARIJA_TEXT: Make = |place| dialect(place, "subject_darija");
/// `EgyMMLU`: subject, question below its context, options.
pub(super) const EGYPTIAN_TEXT: Make = |place| dialect(place, "egy_subject");

/// Greek MMLU: subject in Greek, question, options.
pub(super) const GREEK_TEXT: Make = |place| {
    let template = Template::read(place.constant("PROMPT")?.as_str()?)?;
    let labels = place.texts("LABELS")?;
    let subjects = place.map("subjects_gr")?;
    Some(of_document(move |doc| {
        let subject = text(doc, "subject")?;
        let subject = subjects.get(subject).map_or(subject, String::as_str);
        let options = listed(&labels, doc.get("choices")?.as_array()?)?;
        template.fill(&[subject, &shown(doc, "question")?, &options]).map(Value::from)
    }))
};

const ARABIC_OPTIONS: [&str; 5] = ["Option 1", "Option 2", "Option 3", "Option 4", "Option 5"];

/// `ArabicMMLU`: kind of question, question below its context, the options up to the first that is missing.
pub(super) const ARABIC_TEXT: Make = |place| {
    let template = Template::read(place.constant("PROMPT")?.as_str()?)?;
    let labels = place.texts("alpa")?;
    let levels = place.map("level_en")?;
    Some(of_document(move |doc| {
        let level = doc.get("Level")?;
        let level =
            if is_true(level) { format!(" for {}", levels.get(level.as_str()?)?) } else { String::new() };
        let country = doc.get("Country")?;
        let country = if is_true(country) { format!(" in {}", country.as_str()?) } else { String::new() };
        let about = format!("{} question{level}{country}", shown(doc, "Subject")?);
        let question = with_context(doc, "Context", "Question", |context| !is_true(context))?;
        let mut options = Vec::new();
        for name in ARABIC_OPTIONS {
            let option = doc.get(name)?;
            if !is_true(option) {
                break;
            }
            options.push(option.clone());
        }
        template.fill(&[&about, &question, &listed(&labels, &options)?]).map(Value::from)
    }))
};

/// `ArabicMMLU`: a letter for each option that is there.
pub(super) const ARABIC_LETTERS: Make = |place| {
    let labels = place.texts("alpa")?;
    Some(of_document(move |doc| {
        let mut found = Vec::new();
        for (name, label) in ARABIC_OPTIONS.iter().zip(&labels) {
            if is_true(doc.get(*name)?) {
                found.push(label.clone());
            }
        }
        (labels.len() == ARABIC_OPTIONS.len()).then(|| letters(&found, found.len()))?
    }))
};

/// `CrowS`-Pairs: both sentences.
pub(super) const SENTENCES: Make =
    |_| Some(of_document(|doc| Some(json!([doc.get("sent_more")?, doc.get("sent_less")?]))));

/// The texts that a function's `NAME = {0: "a", 1: "b"}` gives for whole numbers.
fn numbered(function: &str, name: &str) -> Option<Map<String, Value>> {
    match inner_literal(function, name)? {
        Value::Object(map) if map.values().all(Value::is_string) => Some(map),
        _ => None,
    }
}

/// `AfriXNLI`: the label's name.
pub(super) const LABEL_NAME: Make = |place| {
    let names = numbered(&place.own_text()?, "replacements")?;
    Some(of_document(move |doc| names.get(&doc.get("label")?.as_i64()?.to_string()).cloned()))
};

/// `MasakhaPOS`: the names of the tags.
pub(super) const TAG_NAMES: Make = |place| {
    let names = numbered(&place.own_text()?, "pos_tag_map")?;
    Some(of_document(move |doc| {
        let tags = doc.get("upos")?.as_array()?;
        let named = tags.iter().map(|tag| names.get(&tag.as_i64()?.to_string()).cloned());
        named.collect::<Option<Vec<_>>>().map(Value::Array)
    }))
};
