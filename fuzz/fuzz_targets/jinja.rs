//! A prompt template on a document: the same text or the same refusal each time.
#![no_main]

use daepyo_task::{Document, render_template};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(
    // The template engine panics on some templates, which its caller turns into an error: only a panic that escapes
    // may end the run, and the fuzzer's own hook would end it before.
    init: std::panic::set_hook(Box::new(|_| {})),
    |data: &[u8]| -> Corpus {
    let Some([template, document]) = daepyo_fuzz::parts(data) else { return Corpus::Reject };
    let document: Document = serde_json::from_str(document).unwrap_or_default();
    let once = render_template(template, &document).ok();
    assert_eq!(render_template(template, &document).ok(), once);
    Corpus::Keep
    }
);
