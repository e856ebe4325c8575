//! What makes a table of items, or a question about it, impossible to answer.

/// Input that gives no result. Every message names the row and says what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ItemsError {
    /// A table without items or without entrants.
    #[error("there is no {what}: give at least one")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// Too few entrants for the question.
    #[error("{entrants} entrants are too few for this; give at least {least}")]
    TooFewEntrants {
        /// How many there are.
        entrants: usize,
        /// How many are needed.
        least: usize,
    },
    /// Two entrants, items of a task or weighted tasks of the same name.
    #[error("{what} `{name}` is given twice (second time in row {row}); give it once")]
    Duplicate {
        /// What.
        what: &'static str,
        /// Its name.
        name: String,
        /// Place of the second, from 0.
        row: usize,
    },
    /// A column whose length is not the number of items.
    #[error(
        "entrant `{entrant}` has {found} {what} for {items} items; give one for each item, in their order"
    )]
    Length {
        /// The entrant.
        entrant: String,
        /// Scores or answers.
        what: &'static str,
        /// Its entries.
        found: usize,
        /// Items.
        items: usize,
    },
    /// A score that is no finite number below a million in size.
    #[error(
        "entrant `{entrant}` has the score {score} on item `{item}` (row {row}); scores are finite, at most a million in size, and none for no response"
    )]
    Score {
        /// The entrant.
        entrant: String,
        /// The item.
        item: String,
        /// Its place, from 0.
        row: usize,
        /// The score, as text.
        score: String,
    },
    /// A guessing score that is not from 0 to below 1.
    #[error("item `{item}` (row {row}) is guessed at {guess}; give a number from 0 to below 1")]
    Guess {
        /// The item.
        item: String,
        /// Its place, from 0.
        row: usize,
        /// The number, as text.
        guess: String,
    },
    /// A weight that is negative or not finite, or weights that add up to nothing.
    #[error(
        "the weight {weight} of task `{task}` can't be used; weights are finite, at least 0, and one is above 0"
    )]
    Weight {
        /// The task.
        task: String,
        /// The weight, as text.
        weight: String,
    },
    /// An item of a task without a weight, or a weight for a task without items.
    #[error("task `{task}` has {problem}; give a weight for every task that has items, and for no other")]
    Task {
        /// The task.
        task: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A name that the table doesn't have.
    #[error("{what} `{name}` is not in the table")]
    Unknown {
        /// What.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A setting outside its range.
    #[error("{setting} is {value}; it has to be {range}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// Its value, as text.
        value: String,
        /// What it may be.
        range: &'static str,
    },
    /// A pair without common documents in a task that counts.
    #[error(
        "`{first}` and `{second}` share no answered document of task `{task}`; leave the task or one of them out"
    )]
    Apart {
        /// One.
        first: String,
        /// The other.
        second: String,
        /// The task.
        task: String,
    },
    /// A spread of documents over clusters from which no standard error follows.
    #[error(
        "task `{task}` has fewer than two clusters for `{first}` and `{second}`; nothing can be said of the uncertainty"
    )]
    OneCluster {
        /// One.
        first: String,
        /// The other.
        second: String,
        /// The task.
        task: String,
    },
}

impl ItemsError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "verdict::no_items",
            Self::TooFewEntrants { .. } => "verdict::too_few_entrants",
            Self::Duplicate { .. } => "verdict::duplicate_name",
            Self::Length { .. } => "verdict::column_length",
            Self::Score { .. } => "verdict::bad_item_score",
            Self::Guess { .. } => "verdict::bad_guess",
            Self::Weight { .. } => "verdict::bad_weight",
            Self::Task { .. } => "verdict::unweighted_task",
            Self::Unknown { .. } => "verdict::unknown_name",
            Self::Setting { .. } => "verdict::bad_setting",
            Self::Apart { .. } => "verdict::no_common_documents",
            Self::OneCluster { .. } => "verdict::one_cluster",
        }
    }
}

/// An error where `value` is not strictly between `low` and `high`.
pub(crate) fn between(
    setting: &'static str,
    value: f64,
    low: f64,
    high: f64,
    range: &'static str,
) -> Result<(), ItemsError> {
    if value > low && value < high {
        return Ok(());
    }
    Err(ItemsError::Setting { setting, value: value.to_string(), range })
}
