//! Task files in lm-eval's format: YAML, includes, groups, tags, and the typed configuration of one task.

mod config;
mod fewshot_config;
mod functions;
mod group;
mod index;
mod index_cache;
mod merged;
mod outline;
mod scalar;
mod source;
mod survey;
mod survey_json;
mod walk;
mod yaml;

pub(crate) use yaml::FUNCTION;

pub use config::{DocTo, OutputType, TaskConfig};
pub use fewshot_config::{FewshotConfig, SamplerKind};
pub use functions::Function;
pub use group::{Group, GroupMetric, Node};
pub use index::{Entry, EntryKind, TaskIndex};
pub use merged::{Merged, MergedTask};
pub use source::SourceFile;
pub use survey::{NameKind, Survey, SurveyRow, Way, WayCounts};

/// The YAML between the two `---` lines at the head of a Markdown file, such as a data set's card; `None` where there is
/// none, or it cannot be read.
pub fn card_head(text: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    let body = text.trim_start_matches('\u{feff}').strip_prefix("---")?;
    let (head, _) = body.split_once("\n---")?;
    yaml::parse(head).ok().map(|parsed| parsed.map)
}
