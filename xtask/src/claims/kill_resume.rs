//! The claim `kill-resume`: SIGKILL at any instant loses nothing, asks nothing twice and changes no byte.

use super::Claim;
use super::tested::Tested;

pub(crate) const CLAIM: Claim = Claim {
    name: "kill-resume",
    promise: "After at least 50 kills (SIGKILL) at random instants of every phase, each published folder is the same to \
              the byte as that of an uninterrupted run, and no request is sent again whose response was stored",
    run: |settings| {
        let test = "kill_resume::kill_at_any_instant_loses_and_repeats_nothing";
        let variables = &[("DAEPYO_KILLS", "60")];
        Tested { name: "kill-resume", package: "daepyo", test, variables }.measure(settings)
    },
};
