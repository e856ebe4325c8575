//! The claim `verdict-properties`: what must hold of any verdict, over many random stages.

use super::Claim;
use super::tested::Tested;

pub(crate) const CLAIM: Claim = Claim {
    name: "verdict-properties",
    promise: "Over 400 random stages with any gates, criteria and evidence: the order of votes and observations, 1 or 2 \
              threads and a repetition with the same seed change no byte of the verdict, other names for the teams change \
              nothing but names, and one more vote for a model never lowers its strength in the plain fit",
    run: |settings| {
        let test = "properties::order_names_threads_and_repetition_change_nothing_and_a_vote_never_hurts";
        let variables = &[("DAEPYO_PROPERTY_CASES", "400")];
        Tested { name: "verdict-properties", package: "daepyo-verdict", test, variables }.measure(settings)
    },
};
