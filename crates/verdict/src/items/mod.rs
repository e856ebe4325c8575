//! Benchmarks item by item: who differs from whom, which items are broken or leaked, and how many would be enough.
//!
//! Everything starts from an [`ItemTable`]: the score of every entrant (candidate or reference) on every item, none where
//! there was no response, with the task and the cluster of each item.
//!
//! | question | function |
//! | --- | --- |
//! | which entrants differ? | [`compare_all`] |
//! | how do entrants and items stand on one scale? | [`fit_items`] |
//! | which items look broken? | [`find_broken`] |
//! | what did leaked items give? | [`contamination()`] |
//! | could the gate have been passed, and what was lacking? | [`review_gate`], before any score [`plan_gate`] |
//! | is a difference of no account? | [`equivalence()`] |

mod broken;
mod compare;
mod contamination;
mod contrast;
mod design;
mod discrimination;
mod distributions;
mod equivalence;
mod error;
mod few_entrants;
mod gate;
mod item_model;
mod item_population;
mod leak_effect;
mod many_entrants;
mod multipliers;
mod power;
mod quadrature;
mod responses;
mod standing;
mod table;

pub use broken::{BrokenItems, BrokenSettings, ItemFinding, ItemProblem, find_broken};
pub use compare::{CompareSettings, Comparisons, CriticalValues, PairComparison, compare_all};
pub use contamination::{
    Contamination, ContaminationSettings, EntrantContamination, Flag, FlagRecord, GateChange, contamination,
};
pub use discrimination::ItemStatistics;
pub use equivalence::{Equivalence, equivalence};
pub use error::ItemsError;
pub use gate::{Bar, BarComparison};
pub use item_model::{
    EntrantFit, ItemFit, ItemMethod, ItemModel, ItemModelSettings, ItemPriors, fit_items, least_p,
};
pub use leak_effect::{ContaminationEffect, LEAST_RELIABILITY};
pub use multipliers::Multipliers;
pub use power::{
    GatePower, GateReview, Lacking, Plan, PowerSettings, ReferencePower, plan_gate, review_gate,
};
pub use standing::Standing;
pub use table::{Entrant, Item, ItemTable, TaskWeight};
