//! A streamed answer reads the same however it is cut into chunks, holds no stop text and no U+0000, and what was shown of
//! its beginning stays.
#![no_main]

use daepyo_backend::openai::fuzz::talked;
use libfuzzer_sys::fuzz_target;

/// Small, so that inputs pass it.
const EVENT_LIMIT_BYTES: usize = 600;

fuzz_target!(|data: (u16, u8, &[u8])| {
    let (at, size, body) = data;
    let stop = ["\n\n".to_owned(), "끝".to_owned()];
    let whole = talked(&[body], &stop, EVENT_LIMIT_BYTES);
    let (first, rest) = body.split_at(usize::from(at) % (body.len() + 1));
    assert_eq!(talked(&[first, rest], &stop, EVENT_LIMIT_BYTES), whole);
    let chunks: Vec<&[u8]> = body.chunks(usize::from(size) + 1).collect();
    assert_eq!(talked(&chunks, &stop, EVENT_LIMIT_BYTES), whole);
    let (text, thought, _) = whole;
    assert!(stop.iter().all(|stop| !text.contains(stop.as_str())) && !text.contains('\0'));
    // No escape of JSON makes more characters than it has bytes.
    assert!(text.chars().count() as u64 + thought <= body.len() as u64);
    // What was shown of the beginning stays; but for a line end, which is shown once it is no stop text.
    let (begun, ..) = talked(&[first], &stop, EVENT_LIMIT_BYTES);
    assert!(text.starts_with(begun.strip_suffix('\n').unwrap_or(&begun)), "{text:?} {begun:?}");
});
