//! Inspect's `.eval` logs: bytes as they come, samples in a sound archive, and archives whose directory lies. What is
//! read answers without a panic, and reads the same again; what is refused is refused with a place.
#![no_main]

use daepyo_backend::ReplayBackend;
use daepyo_core::{Request, Response};
use daepyo_formats::read_inspect;
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fn check(archive: &[u8]) {
    match (read_inspect(Cursor::new(archive)), read_inspect(Cursor::new(archive))) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.len(), second.len());
            let request =
                Request::Loglikelihood { context: "질문".to_owned(), continuation: " 답".to_owned() };
            let response = ReplayBackend::from(first).respond(&request);
            assert!(matches!(response, Response::Loglikelihood { .. } | Response::Failed { .. }));
        }
        (Err(first), Err(second)) => {
            assert!(!first.place.is_empty());
            assert_eq!(first.to_string(), second.to_string());
        }
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => panic!("once read and once refused: {error}"),
    }
}

fuzz_target!(|data: (u8, &[u8])| {
    let (choice, bytes) = data;
    match choice % 3 {
        0 => check(bytes),
        1 => {
            let samples: Vec<&[u8]> = daepyo_fuzz::byte_parts(bytes).collect();
            check(&daepyo_fuzz::archive(&samples, &[]));
        }
        _ => {
            let (lies, content) = bytes.split_at(bytes.len().min(12));
            check(&daepyo_fuzz::archive(&[content, content], lies));
        }
    }
});
