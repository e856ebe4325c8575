//! Why models cannot be asked, or have not answered enough.

use std::io;
use thiserror::Error;

/// What keeps the behaviour of models from being compared.
#[derive(Debug, Error)]
pub enum BehaviourError {
    /// The file of texts could not be read.
    #[error("{file} could not be read as texts")]
    Unreadable {
        /// The file, as the caller named it.
        file: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A line of a JSON file that is no object with a text.
    #[error("{file}, line {line}: no JSON object with a `text`")]
    Line {
        /// The file, as the caller named it.
        file: String,
        /// From 1.
        line: usize,
    },
    /// Too few texts with a place to cut.
    #[error("texts of four words or more: {found}; needed: {needed}")]
    TooFewTexts {
        /// So many there are.
        found: usize,
        /// So many are needed.
        needed: usize,
    },
    /// With so few draws no test could ever reject.
    #[error(
        "with {draws} draws the least p is {least:.1e}; so many controls at this level need {needed:.1e} or less"
    )]
    TooFewDraws {
        /// So many would be drawn.
        draws: usize,
        /// The least p that they can give.
        least: f64,
        /// The p at which all tests together could reject.
        needed: f64,
    },
    /// One model in the place of two.
    #[error("{model} stands for two of the models")]
    Twice {
        /// The model, as the caller named it.
        model: String,
    },
    /// A model that wrote a word at less than half of the positions.
    #[error("{model} wrote a word at {answered} of {asked} positions: {detail}")]
    Unanswered {
        /// The model, as the caller named it.
        model: String,
        /// Positions at which it did.
        answered: usize,
        /// Positions at which it was asked.
        asked: usize,
        /// What its first failure said.
        detail: String,
    },
}

impl BehaviourError {
    /// A stable code, `behaviour::problem`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "behaviour::unreadable",
            Self::Line { .. } => "behaviour::line",
            Self::TooFewTexts { .. } => "behaviour::too_few_texts",
            Self::TooFewDraws { .. } => "behaviour::too_few_draws",
            Self::Twice { .. } => "behaviour::twice",
            Self::Unanswered { .. } => "behaviour::unanswered",
        }
    }
}
