//! One document's part in a metric, beside the value that lm-eval keeps for it.

use crate::same;
use daepyo_core::{Finish, Response};
use daepyo_task::{hook, py_str, score::Statistic};
use serde_json::Value;

/// The responses that lm-eval recorded for one document: for each request one entry a repetition, which is a text, a
/// log-likelihood, or a pair of a log-likelihood and whether it is greedy. `None` where they are anything else.
pub(crate) fn responses(recorded: &[Value]) -> Option<Vec<Response>> {
    let mut found = Vec::new();
    for request in recorded {
        for repetition in request.as_array()? {
            found.push(match repetition {
                Value::String(text) => Response::Generated {
                    text: text.clone(),
                    finish: Finish::Stop,
                    prompt_tokens: None,
                    completion_tokens: None,
                },
                Value::Array(pair) => match pair.as_slice() {
                    [logprob, greedy] => Response::Loglikelihood {
                        logprob: logprob.as_f64()?,
                        is_greedy: greedy.as_bool()?,
                        tokens: 1,
                    },
                    _ => return None,
                },
                one => Response::LoglikelihoodRolling { logprob: one.as_f64()?, tokens: 1 },
            });
        }
    }
    Some(found)
}

/// Whether a document's statistic is what lm-eval has; `None` where the two are of forms that say nothing of each other
/// (counts of n-grams beside the texts that they were counted in).
pub(crate) fn is_same(statistic: &Statistic, theirs: &Value) -> Option<bool> {
    let pair = || match theirs.as_array().map(Vec::as_slice) {
        Some([first, second]) => Some((first, second)),
        _ => None,
    };
    match statistic {
        Statistic::Value { value } => match (same::number(theirs), pair()) {
            (Some(theirs), _) => Some(same::figures(*value, theirs)),
            (None, Some((gold, shares))) => {
                Some(brier(gold, shares).is_some_and(|sum| same::figures(*value, sum)))
            }
            (None, None) => Some(false),
        },
        Statistic::Ratio { numerator, denominator } => {
            let parts = pair().and_then(|(above, below)| Some((same::number(above)?, same::number(below)?)));
            Some(parts.is_some_and(|(above, below)| {
                same::figures(*numerator, above) && same::figures(*denominator, below)
            }))
        }
        Statistic::Labels { reference, predicted } => Some(
            pair().is_some_and(|(first, second)| *reference == py_str(first) && *predicted == py_str(second)),
        ),
        Statistic::Counts { .. } => None,
        Statistic::Given { value } => Some(same::values(&unmarked(value), theirs)),
    }
}

/// The squared distance of the shares from the right one.
fn brier(gold: &Value, shares: &Value) -> Option<f64> {
    let gold = gold.as_u64()?;
    let mut sum = 0.0;
    for (place, share) in (0_u64..).zip(shares.as_array()?) {
        sum += (same::number(share)? - f64::from(u8::from(place == gold))).powi(2);
    }
    Some(sum)
}

/// A value without the marks for what JSON lacks: tuples are lists.
fn unmarked(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(unmarked).collect(),
        Value::Object(map)
            if map.len() == 1 && (map.contains_key("!tuple") || map.contains_key("!float")) =>
        {
            match hook::items(value) {
                Some(items) => items.iter().map(unmarked).collect(),
                None => map.get("!float").cloned().unwrap_or_default(),
            }
        }
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), unmarked(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
