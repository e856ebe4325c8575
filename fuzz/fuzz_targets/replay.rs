//! Recorded responses: an error names a line of the file, and a file that is read twice over says the same.
#![no_main]

use daepyo_backend::ReplayBackend;
use daepyo_core::{Request, Response};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match ReplayBackend::read(bytes) {
        Ok(replay) => {
            let request =
                Request::Loglikelihood { context: "질문".to_owned(), continuation: " 답".to_owned() };
            let response = replay.respond(&request);
            assert!(matches!(response, Response::Loglikelihood { .. } | Response::Failed { .. }));
            if !bytes.starts_with(b"\xef\xbb\xbf") {
                let twice = [bytes, b"\n", bytes].concat();
                let twice = ReplayBackend::read(twice.as_slice()).expect("the same lines again");
                assert_eq!(twice.len(), replay.len());
            }
        }
        Err(error) => {
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            assert!((1..=lines).contains(&error.line), "line {}", error.line);
        }
    }
});
