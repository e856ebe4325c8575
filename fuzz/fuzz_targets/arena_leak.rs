//! Answers that may say who wrote them: findings are places of the text, and what is named in the prompt alone is none.
#![no_main]

use daepyo_arena::leak::{Entry, LeakKind, Names};
use libfuzzer_sys::{Corpus, fuzz_target};
use std::cell::LazyCell;

thread_local! {
    static NAMES: LazyCell<Names> = LazyCell::new(|| {
        Names::new([Entry {
            who: "haneul".into(),
            distinctive: vec!["Haneul-1".into(), "하늘원".into(), "Q9".into()],
            ordinary: vec!["하늘".into(), "하늘연구소".into()],
        }])
    });
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some([answer, prompt]) = daepyo_fuzz::parts(data) else { return Corpus::Reject };
    NAMES.with(|names| {
        let leaks = names.find(answer);
        for leak in &leaks {
            assert_eq!(answer.get(leak.range.clone()), Some(leak.text.as_str()));
            assert!(!leak.text.is_empty());
        }
        assert!(leaks.windows(2).all(|pair| pair[0].range.start <= pair[1].range.start));
        let _ = names.asks_identity(prompt);
        let in_reply = names.find_in_reply(prompt, answer);
        for leak in &in_reply {
            assert_eq!(answer.get(leak.range.clone()), Some(leak.text.as_str()));
            assert!(!leak.text.is_empty());
        }
        assert!(in_reply.iter().filter(|leak| leak.kind == LeakKind::Name).all(|leak| leaks.iter().any(|other| {
            other.range.start <= leak.range.start && leak.range.end <= other.range.end
        })));
        assert_eq!(names.find_in_reply("", answer), leaks);
    });
    Corpus::Keep
});
