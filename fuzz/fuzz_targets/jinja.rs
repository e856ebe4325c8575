//! A prompt template on a document: the same text or the same refusal each time.
#![no_main]

use daepyo_task::{Document, render_template};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some([template, document]) = daepyo_fuzz::parts(data) else { return Corpus::Reject };
    let document: Document = serde_json::from_str(document).unwrap_or_default();
    let once = render_template(template, &document).ok();
    assert_eq!(render_template(template, &document).ok(), once);
    Corpus::Keep
});
