//! A metric over a whole set with its standard error, by the crate's own scoring: `corpus_errors PAIRS.jsonl METRIC`.
//!
//! Each line of the file has `reference` and `prediction`: sentences for `bleu`, `chrf`, `chrf++` and `ter`, the classes
//! 0 and 1 for `f1` and `mcc`. Prints one JSON object with the value and its standard error.

use daepyo_core::{Finish, Response};
use daepyo_task::{
    Document, Target,
    score::{ScoreInput, Scored, Scorer},
};
use serde_json::{Value, json};
use std::{error::Error, io::Write as _};

#[derive(serde::Deserialize)]
struct Pair {
    reference: String,
    prediction: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, metric] = words.as_slice() else {
        return Err("usage: corpus_errors PAIRS.jsonl METRIC".into());
    };
    let has_classes = matches!(metric.as_str(), "f1" | "mcc");
    let output_type = if has_classes { "multiple_choice" } else { "generate_until" };
    let metrics = json!([{"metric": metric}]);
    let scorer = Scorer::compile(output_type, &Value::Null, &metrics, has_classes)?;
    let text = std::fs::read_to_string(file)?;
    let mut results: Vec<(String, Scored)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let pair: Pair = serde_json::from_str(line)?;
        let one = if has_classes { class(&scorer, &pair)? } else { sentence(&scorer, &pair) };
        results.push((number.to_string(), one));
    }
    let documents: Vec<(&str, &Scored)> = results.iter().map(|(place, one)| (place.as_str(), one)).collect();
    let found = scorer.aggregate(metric, &documents).ok_or("the metric has no value")?;
    let line =
        json!({"value": found.value, "standard_error": found.standard_error, "documents": found.samples});
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

fn sentence(scorer: &Scorer, pair: &Pair) -> Scored {
    let response = Response::Generated {
        text: pair.prediction.clone(),
        finish: Finish::Stop,
        prompt_tokens: None,
        completion_tokens: None,
    };
    score(scorer, &[response], &Target::Text(pair.reference.clone()), &[])
}

fn class(scorer: &Scorer, pair: &Pair) -> Result<Scored, Box<dyn Error>> {
    let predicted: usize = pair.prediction.parse()?;
    let choice = |place: usize| Response::Loglikelihood {
        logprob: if place == predicted { -0.1 } else { -3.0 },
        is_greedy: place == predicted,
        tokens: 1,
    };
    let choices = ["0".to_owned(), "1".to_owned()];
    Ok(score(scorer, &[choice(0), choice(1)], &Target::Choice(pair.reference.parse()?), &choices))
}

fn score(scorer: &Scorer, responses: &[Response], target: &Target, choices: &[String]) -> Scored {
    scorer.score(&ScoreInput { responses, target, choices, doc: &Document::default(), prompt: "" })
}
