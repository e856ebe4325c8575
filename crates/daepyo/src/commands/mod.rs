//! One module a command; each gives its exit code.

pub(crate) mod check;
pub(crate) mod contest;
pub(crate) mod datasets;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod key;
pub(crate) mod lineage;
pub(crate) mod merge;
pub(crate) mod model;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod shard;
pub(crate) mod stop;
pub(crate) mod tasks;
pub(crate) mod verify;
pub(crate) mod votes;
