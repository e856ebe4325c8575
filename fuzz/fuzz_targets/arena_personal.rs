//! Personal data: findings are places of the text, and a redacted text has none.
#![no_main]

use daepyo_arena::personal::{find, redact};
use daepyo_core::Language;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    let found = find(text);
    assert!(found.iter().all(|found| text.get(found.range.clone()).is_some_and(|part| !part.is_empty())));
    assert!(found.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));
    for language in [Language::Ko, Language::En] {
        let redacted = redact(text, language);
        assert!(find(&redacted).is_empty(), "{redacted:?}");
        assert_eq!(found.is_empty(), redacted == text);
    }
    Corpus::Keep
});
