//! The claim `fuzz-arena`: the readers of what candidates and the public write in a blind contest were given hostile text
//! for a long time, and none crashed; a short run repeats it.

use super::{Claim, fuzzed};

pub(crate) const CLAIM: Claim = Claim {
    name: "fuzz-arena",
    promise: "Readers of a blind contest's texts (leaks of identity, personal data, markdown): at least 20 minutes of \
              fuzzing each without a crash, an input of 10 seconds or one of 2 GiB",
    run: |settings| fuzzed::measure(settings, &TARGETS),
};

const TARGETS: [&str; 3] = ["arena_leak", "arena_personal", "arena_markdown"];
