//! What can be wrong with a task's filters and metrics, found once before anything is measured.

/// A filter list or a metric list that can't be used, or a document that its metrics can't read.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// `output_type` is not one that this crate knows.
    #[error("unknown output type `{name}`")]
    UnknownOutputType {
        /// As written.
        name: String,
        /// The nearest known name.
        nearest: Option<String>,
    },
    /// No metric has this name.
    #[error("unknown metric `{name}`")]
    UnknownMetric {
        /// As written.
        name: String,
        /// The nearest known name.
        nearest: Option<String>,
    },
    /// The metric exists but reads another kind of response.
    #[error("metric `{metric}` does not suit `{output_type}` tasks")]
    MetricUnsuitable {
        /// The metric.
        metric: String,
        /// The task's output type.
        output_type: &'static str,
    },
    /// No aggregation has this name.
    #[error("unknown aggregation `{name}`")]
    UnknownAggregation {
        /// As written.
        name: String,
        /// The nearest known name.
        nearest: Option<String>,
    },
    /// The aggregation exists but can't summarise this metric.
    #[error("aggregation `{aggregation}` can't summarise metric `{metric}`")]
    AggregationUnsuitable {
        /// The metric.
        metric: String,
        /// The aggregation.
        aggregation: &'static str,
    },
    /// No filter has this name.
    #[error("unknown filter `{name}`")]
    UnknownFilter {
        /// As written.
        name: String,
        /// The nearest known name.
        nearest: Option<String>,
    },
    /// The filter reads text, and the task has none.
    #[error("filter `{filter}` reads text, and `{output_type}` tasks have none")]
    FilterUnsuitable {
        /// The filter.
        filter: String,
        /// The task's output type.
        output_type: &'static str,
    },
    /// An option that the filter or metric does not have.
    #[error("`{owner}` has no option `{option}`")]
    UnknownOption {
        /// The filter or metric.
        owner: String,
        /// As written.
        option: String,
        /// The nearest known option.
        nearest: Option<String>,
    },
    /// An option, or the list itself, with a value of the wrong kind.
    #[error("`{option}` of `{owner}` must be {expected}")]
    BadOption {
        /// The filter, metric or list.
        owner: String,
        /// The option.
        option: String,
        /// What would be right, in words.
        expected: &'static str,
    },
    /// A regular expression that does not compile.
    #[error("`{pattern}` of `{owner}` is not a regular expression")]
    BadRegex {
        /// The filter or metric.
        owner: String,
        /// As written.
        pattern: String,
        /// What the regex engine says.
        #[source]
        source: Box<fancy_regex::Error>,
    },
    /// A document whose target the task's metrics can't read.
    #[error("target is not usable: {problem}")]
    BadTarget {
        /// What is wrong, in words.
        problem: String,
    },
}

impl ScoreError {
    /// The stable code, `task::…`, under which the problem is documented.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownOutputType { .. } => "task::unknown_output_type",
            Self::UnknownMetric { .. } => "task::unknown_metric",
            Self::MetricUnsuitable { .. } => "task::metric_unsuitable",
            Self::UnknownAggregation { .. } => "task::unknown_aggregation",
            Self::AggregationUnsuitable { .. } => "task::aggregation_unsuitable",
            Self::UnknownFilter { .. } => "task::unknown_filter",
            Self::FilterUnsuitable { .. } => "task::filter_unsuitable",
            Self::UnknownOption { .. } => "task::unknown_option",
            Self::BadOption { .. } => "task::bad_option",
            Self::BadRegex { .. } => "task::bad_regex",
            Self::BadTarget { .. } => "task::bad_target",
        }
    }

    /// The text in the file that the problem is about, so that a caller can point at it.
    pub fn subject(&self) -> &str {
        match self {
            Self::UnknownOutputType { name, .. }
            | Self::UnknownMetric { name, .. }
            | Self::UnknownAggregation { name, .. }
            | Self::UnknownFilter { name, .. } => name,
            Self::MetricUnsuitable { metric, .. } => metric,
            Self::AggregationUnsuitable { aggregation, .. } => aggregation,
            Self::FilterUnsuitable { filter, .. } => filter,
            Self::UnknownOption { option, .. } | Self::BadOption { option, .. } => option,
            Self::BadRegex { pattern, .. } => pattern,
            Self::BadTarget { problem } => problem,
        }
    }

    /// The nearest right name, where there is one.
    pub fn nearest(&self) -> Option<&str> {
        match self {
            Self::UnknownOutputType { nearest, .. }
            | Self::UnknownMetric { nearest, .. }
            | Self::UnknownAggregation { nearest, .. }
            | Self::UnknownFilter { nearest, .. }
            | Self::UnknownOption { nearest, .. } => nearest.as_deref(),
            Self::MetricUnsuitable { .. }
            | Self::AggregationUnsuitable { .. }
            | Self::FilterUnsuitable { .. }
            | Self::BadOption { .. }
            | Self::BadRegex { .. }
            | Self::BadTarget { .. } => None,
        }
    }
}

/// The entry of `names` that is most like `wrong`; `None` where nothing is alike.
pub(super) fn nearest(wrong: &str, names: &[&str]) -> Option<String> {
    let wrong = wrong.to_lowercase();
    names
        .iter()
        .map(|name| (strsim::jaro_winkler(&wrong, name), *name))
        .filter(|(likeness, _)| *likeness >= 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}
