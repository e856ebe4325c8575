//! The straight line: a stage runs, from programme.toml to a signed verdict, and is verified again from its folder.

mod answers;
mod digests;
mod error;
mod estimate;
pub mod eval;
mod folder;
mod foreign;
mod gather;
mod lanes;
mod ledger;
mod line;
mod lm_eval_layout;
mod observe;
mod plan;
mod preflight;
mod progress;
mod publish;
mod record;
mod seal;
pub mod shard;
mod suites;
mod verify;

pub use error::StageError;
pub use estimate::{Estimate, TaskEstimate, estimate};
pub use folder::Folder;
pub use gather::Stop;
pub use ledger::{BudgetStop, Money, Spent};
pub use line::{OpenBackend, Outside, SignedVerdict, run};
pub use plan::TEMPLATE_DAY;
pub use progress::{Progress, Silent};
pub use publish::Manifest;
pub use record::{ChatRecord, FileRecord, MeasuredRecord, Record, RulesRecord};
pub use seal::{ProgrammeFile, Sealed};
pub use suites::check_suites;
pub use verify::{Finding, Verification, draw_report, verify};
