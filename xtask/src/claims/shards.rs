//! The claim `shards`: any number of shards, one of them killed and run again, joined to what one machine writes.

use super::Claim;
use super::tested::Tested;

pub(crate) const CLAIM: Claim = Claim {
    name: "shards",
    promise: "1, 2 and 7 shards of an evaluation, one of each killed with SIGKILL at random instants and run again, are \
              joined to files in four formats that are the same to the byte as those of one machine; no request is \
              asked by two shards",
    run: |settings| {
        let test = "shards::any_number_of_shards_one_killed_gives_what_one_machine_writes";
        let variables = &[("DAEPYO_SHARD_KILLS", "8")];
        Tested { name: "shards", package: "daepyo", test, variables }.measure(settings)
    },
};
