//! Data sets that a task names and that are not on this machine: brought from a hub before anything is measured.

use crate::settings::Settings;
use crate::show;
use daepyo_hub::{DatasetRequest, Event, Hub, HubError, LocalDataset, Progress, Repository, Revision};
use daepyo_stage::eval::{Evaluation, missing_datasets};
use daepyo_task::DatasetSource;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Downloads what is missing and notes where it lies; the exit code where that fails.
pub(crate) async fn locate(
    evaluation: &mut Evaluation,
    settings: &Settings,
) -> Result<Vec<LocalDataset>, u8> {
    let missing = missing_datasets(evaluation).map_err(|error| show::stage_error(&error, settings))?;
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let progress = Arc::new(Lines::new(settings));
    let failed = |error: HubError| {
        show::error(&error, settings);
        3
    };
    let hub = Hub::from_variables(|name| settings.variable(name), progress).map_err(failed)?;
    let mut found = Vec::new();
    for (source, splits) in missing {
        let request = request(&source, splits).map_err(failed)?;
        let set = Box::pin(hub.dataset(&request)).await.map_err(failed)?;
        evaluation.located.insert(source, set.splits.clone());
        found.push(set);
    }
    Ok(found)
}

fn request(source: &DatasetSource, splits: BTreeSet<String>) -> Result<DatasetRequest, HubError> {
    let revision = source.revision.as_deref().map(Revision::new).transpose().map_err(HubError::Name)?;
    Ok(DatasetRequest {
        repository: Repository::new(&source.name).map_err(HubError::Name)?,
        revision,
        config: source.config.clone(),
        data_dir: source.data_dir.clone(),
        data_files: source.data_files.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        splits: Some(splits),
    })
}

/// A data set for `--json`: what must be written down to measure with the same again.
pub(crate) fn shown(set: &LocalDataset) -> serde_json::Value {
    let files: Vec<_> = set
        .files
        .iter()
        .map(|file| json!({"path": file.path, "bytes": file.size_bytes, "sha256": file.digest.hex()}))
        .collect();
    json!({"name": set.repository.as_str(), "commit": set.commit.as_str(), "files": files})
}

/// One line on standard error for what takes time.
pub(crate) struct Lines {
    settings: Settings,
}

impl Lines {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { settings: settings.clone() }
    }
}

impl Progress for Lines {
    fn tell(&self, event: &Event) {
        let megabytes = |bytes: u64| format!("{}.{}", bytes / 1_000_000, bytes / 100_000 % 10);
        let text = match event {
            Event::Resolved { repository, commit, .. } => show::say(
                &self.settings,
                "hub-commit",
                &[("name", repository.as_str()), ("commit", commit.as_str())],
            ),
            Event::Finished { path, size_bytes } => {
                show::say(&self.settings, "hub-file", &[("path", path), ("size", &megabytes(*size_bytes))])
            }
            Event::Waiting { pause, reason } => show::say(
                &self.settings,
                "hub-waiting",
                &[("seconds", &pause.as_secs().max(1).to_string()), ("reason", reason)],
            ),
            Event::Started { .. } => return,
        };
        show::line(&text);
    }
}
