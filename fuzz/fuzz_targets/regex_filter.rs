//! Python's `re` on an answer: what a pattern finds stands in the answer.
#![no_main]

use daepyo_task::Target;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::json;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some([pattern, select, written]) = daepyo_fuzz::parts(data) else { return Corpus::Reject };
    let select: i64 = select.parse().unwrap_or_default();
    let filter =
        json!({"function": "regex", "regex_pattern": pattern, "group_select": select, "fallback": "-"});
    let Some(scorer) = daepyo_fuzz::with_filter(filter) else { return Corpus::Keep };
    let scored = daepyo_fuzz::score(&scorer, written, &Target::Text(String::new()), &[], "");
    if let Some(answer) = scored.answer {
        assert!(answer == "-" || written.contains(&answer), "{answer:?}");
    }
    Corpus::Keep
});
