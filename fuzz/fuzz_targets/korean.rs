//! Answers read out of Korean text: a number or label that was read, said again, reads the same.
#![no_main]

use daepyo_task::Target;
use daepyo_task::score::{Scorer, is_refusal, plain_number};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::json;
use std::cell::LazyCell;

thread_local! {
    static SCORERS: LazyCell<[Scorer; 3]> = LazyCell::new(|| {
        ["number", "choice", "text"].map(|kind| {
            daepyo_fuzz::with_filter(json!({"function": "korean_answer", "kind": kind})).expect("a known kind")
        })
    });
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some([written, prompt, choices]) = daepyo_fuzz::parts(data) else { return Corpus::Reject };
    let choices: Vec<String> = choices.lines().take(8).map(str::to_owned).collect();
    let _ = (is_refusal(written), plain_number(written));
    SCORERS.with(|scorers| {
        let read = |kind: usize, written: &str, prompt: &str| {
            let target = Target::Text(String::new());
            daepyo_fuzz::score(&scorers[kind], written, &target, &choices, prompt).answer
        };
        if let Some(number) = read(0, written, prompt).filter(|number| number != "[invalid]") {
            let again = read(0, &format!("정답: {number}"), "");
            assert_eq!(again.as_deref(), Some(number.as_str()));
        }
        if let Some(label) = read(1, written, prompt).filter(|label| label != "[invalid]") {
            assert!(label.split(',').all(|one| matches!(one.as_bytes(), [b'A'..=b'Z'])), "{label}");
        }
        let _ = read(2, written, prompt);
    });
    Corpus::Keep
});
