//! `process_docs` that give each document a question, choices and the place of the right one.

use super::{
    port::{Make, mapped, row, texts},
    python_text::{capitalize, inner_literal, int, is_true, shown, strip, text, without_brackets},
};
use crate::{dataset::Document, python::py_str};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fmt::Write as _};

const LETTERS: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

/// The place of `answer` among the first letters.
fn place_of(answer: &str, letters: &[&str]) -> Option<Value> {
    letters.iter().position(|letter| *letter == answer).map(Value::from)
}

/// MMLU-SR: four choices, an empty one where there is none, and the answer.
pub(super) const MMLU_SR: Make = |_| {
    Some(mapped(|doc| {
        // Null and what else counts as false become empty text.
        let or_empty =
            |field: &str| doc.get(field).map(|value| if is_true(value) { value.clone() } else { json!("") });
        let names = ["choice1", "choice2", "choice3", "choice4"];
        let choices = names.into_iter().map(or_empty).collect::<Option<Vec<_>>>()?;
        let answer = or_empty("answer")?;
        Some(row([("choices", Value::Array(choices)), ("answer", json!(strip(answer.as_str()?)))]))
    }))
};

/// TMMLU+: the question, four choices and the place of the answer's letter.
pub(super) const TMMLU: Make = |_| {
    Some(mapped(|doc| {
        let choices = ["A", "B", "C", "D"].map(|letter| doc.get(letter).cloned());
        let choices = choices.into_iter().collect::<Option<Vec<_>>>()?;
        let goal = place_of(text(doc, "answer")?, LETTERS.get(..4)?)?;
        Some(row([
            ("questions", doc.get("question")?.clone()),
            ("choices", Value::Array(choices)),
            ("goal", goal),
        ]))
    }))
};

/// TMLU: as TMMLU+, with a fifth and a sixth choice where they are there.
pub(super) const TMLU: Make = |_| {
    Some(mapped(|doc| {
        let mut letters = vec!["A", "B", "C", "D"];
        let has = |letter: &str| doc.get(letter).is_some_and(is_true);
        letters.extend(["E", "F"].into_iter().filter(|letter| has(letter)));
        let choices = letters.iter().map(|letter| doc.get(*letter).cloned()).collect::<Option<Vec<_>>>()?;
        let goal = place_of(text(doc, "answer")?, &letters)?;
        Some(row([
            ("questions", doc.get("question")?.clone()),
            ("choices", Value::Array(choices)),
            ("goal", goal),
        ]))
    }))
};

/// AVCA: right or wrong.
pub(super) const AVCA: Make = |_| {
    Some(mapped(|doc| {
        let choices = ["صح", "خطأ"];
        let query = format!("السؤال: {}\nالإجابة:", shown(doc, "question")?);
        Some(row([
            ("query", json!(query)),
            ("choices", json!(choices)),
            ("gold", place_of(text(doc, "answer")?, &choices)?),
        ]))
    }))
};

/// Arabic MMLU of the leaderboard: four choices with Arabic letters, the answer by a Latin one.
pub(super) const LEADERBOARD: Make = |place| {
    let latin = place.texts("LETTER_INDICES")?;
    let arabic = place.texts("LETTER_INDICES_AR")?.get(..4)?.to_vec();
    Some(mapped(move |doc| {
        let topic = text(doc, "subject")?.replace('_', " ");
        let answer = text(doc, "answer")?;
        let gold = latin.iter().position(|letter| letter == answer)?;
        let mut query = format!(
            "الأسئلة التالية هي أسئلة متعددة الإختيارات مع الجواب الصحيح حول {topic}. \n\n{}\n",
            shown(doc, "question")?
        );
        for (letter, choice) in arabic.iter().zip(["A", "B", "C", "D"]) {
            // Writing to a string does not fail.
            let _ = writeln!(query, "{letter}. {}", shown(doc, choice)?);
        }
        query.push_str("الإجابة:");
        Some(row([("query", json!(query)), ("choices", json!(arabic)), ("gold", json!(gold))]))
    }))
};

/// Translated benchmarks of the leaderboard: every other column is a choice.
pub(super) const TRANSLATED: Make = |_| {
    Some(mapped(|doc| {
        let is_choice = |name: &&String| !["query", "label", "__few_shots"].contains(&name.as_str());
        let choices: Vec<Value> =
            doc.keys().filter(is_choice).filter_map(|name| doc.get(name).cloned()).collect();
        let mut query = format!(
            "الأسئلة التالية هي أسئلة متعددة الإختيارات مع الجواب الصحيح\n\nالسؤال: {}\n",
            shown(doc, "query")?
        );
        for (place, choice) in choices.iter().enumerate() {
            let _ = writeln!(query, "{place}) {}", py_str(choice));
        }
        query.push_str("الإجابة:");
        let gold = int(doc.get("label")?)?;
        Some(row([("query", json!(query)), ("choices", Value::Array(choices)), ("gold", json!(gold))]))
    }))
};

/// MLQA: context, question and the texts of the answers.
pub(super) const MLQA: Make = |_| {
    Some(mapped(|doc| {
        let answers = doc.get("answers")?.as_object()?.get("text")?.clone();
        let [context, question] = ["context", "question"].map(|name| doc.get(name).cloned());
        Some(row([("context", context?), ("question", question?), ("answers", answers)]))
    }))
};

/// Text of `WikiHow` without its marks.
fn cleaned(text: &str) -> String {
    without_brackets(&strip(text).replace(" [title]", ". ")).replace("  ", " ")
}

/// `HellaSwag` in other languages.
pub(super) const HELLASWAG: Make = |_| {
    Some(mapped(|doc| {
        let [activity, first, second] = ["activity_label", "ctx_a", "ctx_b"].map(|name| text(doc, name));
        let query = cleaned(&format!("{}: {} {}", activity?, first?, capitalize(second?)?));
        let endings = texts(doc.get("endings")?)?;
        let choices: Vec<String> = endings.iter().map(|ending| cleaned(ending)).collect();
        Some(row([
            ("query", json!(query)),
            ("choices", json!(choices)),
            ("gold", json!(int(doc.get("label")?)?)),
        ]))
    }))
};

/// ARC in other languages: the options that are there.
pub(super) const ARC: Make = |_| {
    Some(mapped(|doc| {
        let options = ["option_a", "option_b", "option_c", "option_d", "option_e"].map(|name| doc.get(name));
        let mut choices = Vec::new();
        for option in options.into_iter().collect::<Option<Vec<_>>>()? {
            if is_true(option) {
                choices.push(cleaned(option.as_str()?));
            }
        }
        Some(row([
            ("id", doc.get("id")?.clone()),
            ("query", json!(format!("Question: {}\nAnswer:", cleaned(text(doc, "instruction")?)))),
            ("choices", json!(choices)),
            ("gold", place_of(text(doc, "answer")?, LETTERS.get(..5)?)?),
        ]))
    }))
};

/// `TruthfulQA` in other languages: the question below the usual examples, both sets of choices.
pub(super) const TRUTHFUL: Make = |place| {
    let examples = place.constant("QA_PROMPT")?;
    let examples = examples.as_str()?.to_owned();
    Some(mapped(move |doc| {
        let question = match doc.get("question")? {
            Value::Null => " ".to_owned(),
            other => cleaned(other.as_str()?),
        };
        let of = |name: &str| doc.get(name).cloned();
        Some(row([
            ("question", json!(question)),
            ("query", json!(format!("{examples}\n\nQ: {question}\nA:"))),
            ("mc1_choices", of("mc1_targets_choices")?),
            ("mc2_choices", of("mc2_targets_choices")?),
            ("mc2_targets", json!({"labels": of("mc2_targets_labels")?})),
            ("gold", json!(" ")),
        ]))
    }))
};

/// `AraDiCE`'s `ArabicMMLU`: the prompt of the function with kind of question, question and options put in.
pub(super) const DIALECT: Make = |place| {
    let own = place.own_text()?;
    let head = inner_literal(&own, "PROMPT")?;
    // The line behind it says what follows: PROMPT = f"{PROMPT}\n\n...".
    let (_, end) = own.split_once("PROMPT = f\"{PROMPT}")?;
    let (end, _) = end.split_once("\"\n")?;
    let end = crate::parse_literal(&format!("\"{end}\""))?;
    let template = format!("{}{}", head.as_str()?, end.as_str().filter(|end| !end.contains(['{', '}']))?);
    let (subjects, levels, countries) =
        (place.map("subject_ar")?, place.map("level_ar")?, place.map("country_ar")?);
    let labels = place.texts("alpa_ar")?;
    let letters = place.texts("all_choices")?;
    Some(mapped(move |doc| {
        let named = |field: &str, names: &BTreeMap<String, String>| {
            let value = doc.get(field)?;
            if is_true(value) {
                Some(format!(" {}", names.get(value.as_str()?)?))
            } else {
                Some(String::new())
            }
        };
        let (level, country) = (named("Level", &levels)?, named("Country", &countries)?);
        let about = format!("{}{level}{country}", subjects.get(text(doc, "Subject")?)?);
        let context = doc.get("context")?;
        let question = if is_true(context) {
            format!("{}\n\n{}", py_str(context), shown(doc, "question")?)
        } else {
            text(doc, "question")?.to_owned()
        };
        let options = options(doc.get("options")?.as_object()?, &labels)?;
        let prompt = template
            .replace("[MAIN_META_DATA]", &about)
            .replace("[INPUT]", &question)
            .replace("[OPTION]", &options.join("\n"));
        let mut made: Document = doc.clone();
        made.insert("prompt".to_owned(), json!(prompt));
        made.insert("choices".to_owned(), json!(letters.get(..options.len())?));
        made.insert("target".to_owned(), place_of(text(doc, "Answer Key")?, LETTERS.get(..5)?)?);
        Some(made)
    }))
};

/// The options up to the first that is missing, each behind its label.
fn options(given: &Map<String, Value>, labels: &[String]) -> Option<Vec<String>> {
    let mut options = Vec::new();
    for (place, letter) in LETTERS.into_iter().take(5).enumerate() {
        match given.get(letter) {
            None | Some(Value::Null) => break,
            Some(option) => options.push(format!("{} {}", labels.get(place)?, py_str(option))),
        }
    }
    Some(options)
}

/// `KoBEST`'s `HellaSwag`: context and four endings.
pub(super) const KOBEST: Make = |_| {
    Some(mapped(|doc| {
        let names = ["ending_1", "ending_2", "ending_3", "ending_4"];
        let choices = names.map(|name| doc.get(name).cloned()).into_iter().collect::<Option<Vec<_>>>()?;
        let query = format!("문장: {}", shown(doc, "context")?);
        Some(row([
            ("query", json!(query)),
            ("choices", Value::Array(choices)),
            ("gold", json!(int(doc.get("label")?)?)),
        ]))
    }))
};
