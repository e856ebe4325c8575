//! Benchmarks item by item: who differs from whom, which items are broken or leaked, and how many would be enough.

mod compare;
mod contrast;
mod distributions;
mod equivalence;
mod error;
mod multipliers;
mod quadrature;
mod table;

pub use compare::{CompareSettings, Comparisons, CriticalValues, PairComparison, compare_all};
pub use equivalence::{Equivalence, equivalence};
pub use error::ItemsError;
pub use multipliers::Multipliers;
pub use table::{Entrant, Item, ItemTable, TaskWeight};
