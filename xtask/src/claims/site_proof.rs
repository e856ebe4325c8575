//! The claim `site-proof`: a real browser checks the proof of an entry by itself.

use super::Claim;
use super::tested::Tested;
use crate::setup;
use std::ffi::OsStr;

pub(crate) const CLAIM: Claim = Claim {
    name: "site-proof",
    promise: "Chromium, by the site's own script under its own policy, checks proofs of entries itself, from their bytes to the \
              signature under the root, and finds out each of another entry, bit, proof, path, root, size, signature, key and \
              name; what it cannot check it says",
    run: |settings| {
        let browser = setup::chromium(settings)?;
        let test = "browser::a_real_browser_checks_the_proof_of_an_entry_by_itself";
        let tested = Tested { name: "site-proof", package: "daepyo-server", test, variables: &[] };
        tested.measure_with(settings, &[("DAEPYO_CHROMIUM", OsStr::new(browser))])
    },
};
