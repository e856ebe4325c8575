//! A task's filters and metrics on an answer: every number is finite, and aggregation takes what scoring gives.
#![no_main]

use daepyo_task::{Target, score::Scorer};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some([filters, metrics, target, written]) = daepyo_fuzz::parts(data) else { return Corpus::Reject };
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let Ok(scorer) = Scorer::compile("generate_until", &json(filters), &json(metrics), false) else {
        return Corpus::Keep;
    };
    let target = match json(target) {
        Value::Null => Target::Text(target.to_owned()),
        Value::String(text) => Target::Text(text),
        value => Target::Value(value),
    };
    let choices = ["하나".to_owned(), "둘".to_owned()];
    let _ = scorer.check_document(&target, &choices);
    let scored = daepyo_fuzz::score(&scorer, written, &target, &choices, "질문\n정답:");
    assert!(scored.score.is_finite());
    assert!(scored.metrics.values().all(|value| value.is_finite()));
    for info in scorer.metrics() {
        let whole = scorer.aggregate(&info.key, &[("a", &scored), ("b", &scored), ("b", &scored)]);
        let whole = whole.expect("the scorer's own key");
        assert!(whole.standard_error.is_none_or(|error| error.is_finite() && error >= 0.0));
    }
    Corpus::Keep
});
