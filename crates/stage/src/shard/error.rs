//! Why parts of an evaluation cannot be joined.

use daepyo_store::PlaceError;
use std::path::PathBuf;

/// In what two shards differ, the most telling first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// In how many parts the plan was cut.
    Count {
        /// That of the one.
        one: u32,
        /// That of the other.
        other: u32,
    },
    /// The model: other weights, another recording, or another server.
    Model,
    /// How prompts are made: with a chat template, with another one, or without.
    Template,
    /// Tasks by name: not in both, in other versions, or read from other files.
    Tasks {
        /// The first of them, and how many more there are.
        names: String,
    },
    /// The requests.
    Requests,
}

/// Why parts of an evaluation cannot be joined.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// Parts that are not there.
    #[error("shard::missing: of {count} shards these are missing: {missing}")]
    Missing {
        /// Which, from 0: the first of them, and how many more there are.
        missing: String,
        /// How many there are.
        count: u32,
    },
    /// One part twice.
    #[error("shard::doubled: shard {index} is there twice, as {one} and as {other}")]
    Doubled {
        /// Which, from 0.
        index: u32,
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// Parts of two evaluations.
    #[error("shard::foreign: {one} and {other} are not shards of one evaluation: {}", told(difference))]
    Foreign {
        /// The one.
        one: String,
        /// The other.
        other: String,
        /// What tells.
        difference: Difference,
    },
    /// A place without a finished part.
    #[error("shard::unfinished: {place} has no finished shard")]
    Unfinished {
        /// The place.
        place: String,
    },
    /// A part that is not as it was written.
    #[error("shard::damaged: {place} is damaged: {problem}")]
    Damaged {
        /// Which file.
        place: String,
        /// What was found.
        problem: String,
    },
    /// Tasks or data here that are not those with which the parts were made.
    #[error(
        "shard::plan_differs: the shards were made with other tasks or data than are here: {}",
        told(difference)
    )]
    PlanDiffers {
        /// What tells.
        difference: Difference,
    },
    /// The output folder holds other answers.
    #[error("shard::out_taken: {} holds other answers than the shards", path.display())]
    OutTaken {
        /// The folder.
        path: PathBuf,
    },
    /// A place that cannot be used.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl ShardError {
    /// The code, `shard::…` or `place::…`, with which the text begins.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "shard::missing",
            Self::Doubled { .. } => "shard::doubled",
            Self::Foreign { .. } => "shard::foreign",
            Self::Unfinished { .. } => "shard::unfinished",
            Self::Damaged { .. } => "shard::damaged",
            Self::PlanDiffers { .. } => "shard::plan_differs",
            Self::OutTaken { .. } => "shard::out_taken",
            Self::Place(cause) => cause.code(),
        }
    }

    /// The exit code: 2 bad input, 3 environment, 4 integrity.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Missing { .. }
            | Self::Doubled { .. }
            | Self::Foreign { .. }
            | Self::Unfinished { .. }
            | Self::PlanDiffers { .. }
            | Self::OutTaken { .. }
            | Self::Place(PlaceError::Address { .. } | PlaceError::NoFolder { .. }) => 2,
            Self::Place(PlaceError::Setting { .. } | PlaceError::Failed { .. }) => 3,
            Self::Damaged { .. } | Self::Place(PlaceError::TooLarge { .. }) => 4,
        }
    }
}

/// So many numbers or names are told at most.
const TOLD: usize = 20;

/// The first of them, with commas, and how many more there are.
pub(super) fn listed(all: &[String]) -> String {
    let mut words = all.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ");
    if let Some(more) = all.len().checked_sub(TOLD).filter(|more| *more > 0) {
        words = format!("{words}, … (+{more})");
    }
    words
}

fn told(difference: &Difference) -> String {
    match difference {
        Difference::Count { one, other } => format!("one is of {one} shards, the other of {other}"),
        Difference::Model => "another model".to_owned(),
        Difference::Template => "another chat template".to_owned(),
        Difference::Tasks { names } => format!("other tasks, or other versions or files of them: {names}"),
        Difference::Requests => "other requests".to_owned(),
    }
}
