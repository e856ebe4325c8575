//! Claims on the lineage of weights, all on one labelled set of pairs of models that `lineage_pairs.py` makes.

pub(super) mod calibration;
pub(super) mod norms;
pub(super) mod peers;
pub(super) mod roc;
mod set;
pub(super) mod speed;
