//! The claim `store-conformance`: the site's store keeps one contract over SQLite and over PostgreSQL.

use super::Claim;
use super::tested::Tested;

pub(crate) const CLAIM: Claim = Claim {
    name: "store-conformance",
    promise: "The site's store passes one suite over SQLite and over PostgreSQL: caps, one vote a battle among 50 at once \
              over two servers, a queue of the log without gap, loss or double, the right to write the log passed on, \
              and every acknowledged vote there after its server was killed (SIGKILL)",
    run: |settings| {
        let test = "site::sqlite_and_postgresql_pass_the_same_cases";
        Tested { name: "store-conformance", package: "daepyo-store", test, variables: &[] }.measure(settings)
    },
};
