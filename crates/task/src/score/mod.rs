//! Scoring: from the responses to one document to its outcome, its metrics and their aggregation.
//!
//! A [`Scorer`] is compiled once from a task's filters and metrics; every mistake in them is found then.
//! Filters and metrics follow lm-eval 0.4.13; `korean_answer`, `constraints`, `refusal` and
//! `exact_match`'s `numeric` are daepyo's own.

mod aggregate;
mod collected;
mod constraints;
mod corpus;
mod error;
mod filter;
mod hooked;
mod korean;
mod labels;
mod metric;
mod numeric;
mod options;
mod outcome;
mod py_regex;
mod py_text;
mod refusal;
mod scorer;

pub use aggregate::{Aggregate, Aggregation, Statistic, aggregate, aggregate_group};
pub use collected::Collected;
pub use constraints::{Constraint, parse as parse_constraints, share as constraints_share};
pub use error::ScoreError;
pub use labels::Average;
pub(crate) use labels::f1_of_classes;
pub use numeric::{Number, plain_number};
pub use refusal::is_refusal;
pub use scorer::{MetricInfo, ScoreInput, Scored, Scorer};

use serde_json::{Map, Value};

/// What kind of request a task makes, by lm-eval's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OutputType {
    Loglikelihood,
    LoglikelihoodRolling,
    GenerateUntil,
    MultipleChoice,
}

impl OutputType {
    const ALL: [Self; 4] =
        [Self::Loglikelihood, Self::LoglikelihoodRolling, Self::GenerateUntil, Self::MultipleChoice];

    const fn name(self) -> &'static str {
        match self {
            Self::Loglikelihood => "loglikelihood",
            Self::LoglikelihoodRolling => "loglikelihood_rolling",
            Self::GenerateUntil => "generate_until",
            Self::MultipleChoice => "multiple_choice",
        }
    }

    fn parse(name: &str) -> Result<Self, ScoreError> {
        Self::ALL.into_iter().find(|known| known.name() == name).ok_or_else(|| {
            ScoreError::UnknownOutputType {
                name: name.to_owned(),
                nearest: error::nearest(name, &Self::ALL.map(Self::name)),
            }
        })
    }
}

/// What filters may look at beside the response.
struct Question<'a> {
    prompt: &'a str,
    choices: &'a [String],
    doc: &'a Map<String, Value>,
}
