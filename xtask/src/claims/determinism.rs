//! The claim `determinism`: the same responses give the same bytes.

use super::Claim;
use super::tested::Tested;

pub(crate) const CLAIM: Claim = Claim {
    name: "determinism",
    promise: "The same responses give the same published bytes with 1 and 2 threads, on repeated runs, and in other \
              working directories, languages and time zones",
    run: |settings| {
        let test = "determinism::threads_folder_locale_and_repetition_change_no_byte";
        let variables = &[("DAEPYO_REPEATS", "6")];
        Tested { name: "determinism", package: "daepyo", test, variables }.measure(settings)
    },
};
