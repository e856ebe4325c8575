//! What fuzzing came to, kept in `docs/fuzz.json`: each run of each target, oldest first.

use crate::failure::Failure;
use crate::settings::Settings;
use serde::{Deserialize, Serialize};
use std::fs;

/// One run of one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FuzzRecord {
    pub(crate) target: String,
    /// How long inputs were tried.
    pub(crate) seconds: u32,
    /// Inputs tried; 0 where the run ended at an input that failed.
    pub(crate) executions: u64,
    /// Places of the code that were reached, as libFuzzer counts them.
    pub(crate) coverage: u64,
    /// Inputs that crashed the target, took too long or too much memory.
    pub(crate) failures: u64,
    /// The sanitizer that it was built with.
    pub(crate) sanitizer: String,
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) commit: String,
}

/// Every run that was kept.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct FuzzRecords(Vec<FuzzRecord>);

impl FuzzRecords {
    /// Reads the file; none are there before the first run that was kept.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Failure> {
        let path = settings.root.join("docs/fuzz.json");
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::BadInput(format!("{} can't be read: {error}", path.display())))
    }

    pub(crate) fn add(&mut self, record: FuzzRecord) {
        self.0.push(record);
    }

    /// The latest run of `target` that took at least so many seconds.
    pub(crate) fn last_long(&self, target: &str, seconds: u32) -> Option<&FuzzRecord> {
        self.0.iter().rev().find(|record| record.target == target && record.seconds >= seconds)
    }

    pub(crate) fn write(&self, settings: &Settings) -> Result<(), Failure> {
        let json = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::Environment(format!("the record can't be written: {error}")))?;
        let path = settings.root.join("docs/fuzz.json");
        fs::write(&path, json + "\n").map_err(Failure::io("write", &path))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn the_latest_long_run_of_a_target_is_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("docs")).unwrap();
        let settings = Settings::below(folder.path());
        let mut records = FuzzRecords::read(&settings).unwrap();
        for (target, seconds, executions) in [("a", 1200, 1), ("a", 1300, 2), ("a", 60, 3), ("b", 60, 4)] {
            records.add(FuzzRecord {
                target: target.to_owned(),
                seconds,
                executions,
                coverage: 1,
                failures: 0,
                sanitizer: "none".to_owned(),
                date: "2026-11-22".to_owned(),
                machine: "2 cores, X".to_owned(),
                commit: "abc".to_owned(),
            });
        }
        records.write(&settings).unwrap();
        let records = FuzzRecords::read(&settings).unwrap();
        assert_eq!(records.last_long("a", 1200).map(|record| record.executions), Some(2));
        assert_eq!(records.last_long("b", 1200), None);
    }
}
