//! lm-eval's `samples_*.jsonl`: an error names a line of the file, and a file that is read twice over says the same.
#![no_main]

use daepyo_formats::read_lm_eval_samples;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match read_lm_eval_samples(bytes) {
        Ok(recording) => {
            if !bytes.starts_with(b"\xef\xbb\xbf") {
                let twice = [bytes, b"\n", bytes].concat();
                let twice = read_lm_eval_samples(twice.as_slice()).expect("the same lines again");
                assert_eq!(twice.len(), recording.len());
            }
        }
        Err(error) => {
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
            let line = error.place.strip_prefix("line ").and_then(|line| line.parse().ok());
            assert!(line.is_some_and(|line: usize| (1..=lines).contains(&line)), "{}", error.place);
        }
    }
});
