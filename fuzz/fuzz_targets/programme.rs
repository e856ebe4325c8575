//! A programme file: problems point into it, and what is valid has one canonical form.
#![no_main]

use daepyo_core::{Language, Programme, canonical};
use daepyo_spec::Files;
use libfuzzer_sys::fuzz_target;

/// Says of each path whether it is there by the sum of its bytes.
struct Sums;

impl Files for Sums {
    fn is_folder(&self, path: &str) -> bool {
        path.bytes().fold(0_u8, u8::wrapping_add) % 4 != 0
    }

    fn is_file(&self, path: &str) -> bool {
        path.bytes().fold(0_u8, u8::wrapping_add) % 3 != 0
    }
}

fuzz_target!(|source: &str| {
    let parsed = daepyo_spec::parse(source, &Sums);
    let problems = match &parsed {
        Ok(parsed) => &parsed.warnings,
        Err(problems) => {
            assert!(!problems.is_empty(), "invalid without a problem");
            problems
        }
    };
    assert!(problems.len() <= 64 + source.len(), "more problems than bytes");
    for problem in problems {
        assert!(source.get(problem.span.clone()).is_some(), "{:?} is not in the file", problem.span);
        for language in [Language::Ko, Language::En] {
            assert!(!problem.message(language).is_empty());
            assert!(!problem.label(language).is_empty() && !problem.help(language).is_empty());
        }
    }
    if let Ok(parsed) = parsed {
        let bytes = canonical::to_bytes(&parsed.programme).expect("a programme has a canonical form");
        let again: Programme = serde_json::from_slice(&bytes).expect("the canonical form reads back");
        assert_eq!(again, parsed.programme);
        assert_eq!(canonical::to_bytes(&again).expect("as before"), bytes);
    }
});
