//! The claim `faulty-server`: a server that fails in passing changes not one score.

use super::Claim;
use super::tested::Tested;

pub(crate) const CLAIM: Claim = Claim {
    name: "faulty-server",
    promise: "Servers that answer with 429 (with and without Retry-After), 500, stalls, closed connections, half a JSON, \
              wrong shapes, empty and null content and wrong order give the same verdict, to the byte, as servers \
              without faults",
    run: |settings| {
        let test = "faulty_server::faults_that_pass_change_no_byte";
        let variables = &[("DAEPYO_FAULT_ROUNDS", "5")];
        Tested { name: "faulty-server", package: "daepyo", test, variables }.measure(settings)
    },
};
