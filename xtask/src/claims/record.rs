//! The results of claims: every one in `docs/claims.json`, the last of each in `docs/claims.md`.

use super::{Claim, Measured, machine::Circumstances};
use crate::failure::Failure;
use crate::settings::Settings;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// One measurement of one claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    name: String,
    figure: String,
    holds: bool,
    details: Vec<String>,
    date: String,
    machine: String,
    commit: String,
}

impl Record {
    pub(crate) fn of(claim: &Claim, measured: &Measured, circumstances: &Circumstances) -> Self {
        Self {
            name: claim.name.to_owned(),
            figure: measured.figure.clone(),
            holds: measured.holds,
            details: measured.details.clone(),
            date: circumstances.date.clone(),
            machine: circumstances.machine.clone(),
            commit: circumstances.commit.clone(),
        }
    }

    /// The result in one line.
    pub(crate) fn sentence(&self) -> String {
        let held = if self.holds { "held" } else { "did not hold" };
        format!("{held} on {}: {} ({}, {})", self.date, self.figure, self.commit, self.machine)
    }
}

/// All measurements, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Records(Vec<Record>);

impl Records {
    /// Reads `docs/claims.json`; none are there before the first measurement.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Failure> {
        let path = settings.root.join("docs/claims.json");
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::BadInput(format!("{} can't be read: {error}", path.display())))
    }

    pub(crate) fn add(&mut self, record: Record) {
        self.0.push(record);
    }

    /// The latest measurement of a claim.
    pub(crate) fn last(&self, name: &str) -> Option<&Record> {
        self.0.iter().rev().find(|record| record.name == name)
    }

    /// Writes both files.
    pub(crate) fn write(&self, settings: &Settings, claims: &[Claim]) -> Result<(), Failure> {
        let json = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::Environment(format!("the records can't be written: {error}")))?;
        let path = settings.root.join("docs/claims.json");
        std::fs::write(&path, settings.anywhere(&json) + "\n").map_err(Failure::io("write", &path))?;
        let path = settings.root.join("docs/claims.md");
        std::fs::write(&path, settings.anywhere(&self.page(claims))).map_err(Failure::io("write", &path))
    }

    /// The page for readers.
    pub(crate) fn page(&self, claims: &[Claim]) -> String {
        let mut page = String::from(
            "# Claims\n\nWhat daepyo says of itself. Each line is measured afresh by `cargo xtask claim NAME`, which \
             prints the figure and\nends with exit code 0 only where the claim holds. This page is written by that \
             command; every measurement is\nkept in [claims.json](claims.json). A `+` behind a commit means that files differed from \
             it.\n\n| claim | promise | last result | holds | measured |\n| --- | --- | --- | --- | --- |\n",
        );
        for claim in claims {
            let (figure, holds, measured) = self.last(claim.name).map_or_else(
                || ("never measured".to_owned(), "", String::new()),
                |record| {
                    let holds = if record.holds { "yes" } else { "**no**" };
                    let measured = format!("{}, `{}`, {}", record.date, record.commit, record.machine);
                    (record.figure.clone(), holds, measured)
                },
            );
            let promise = claim.promise;
            let cell = |text: &str| text.replace('|', "\\|");
            // Writing to a string does not fail.
            let _ = writeln!(
                page,
                "| `{}` | {} | {} | {holds} | {measured} |",
                claim.name,
                cell(promise),
                cell(&figure)
            );
        }
        for claim in claims {
            if let Some(record) = self.last(claim.name).filter(|record| !record.details.is_empty()) {
                let _ = writeln!(page, "\n## {}", claim.name);
                for detail in &record.details {
                    let _ = writeln!(page, "- {detail}");
                }
            }
        }
        page
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    const CLAIM: Claim = Claim {
        name: "quick",
        promise: "Ends within 1 | 2 minutes",
        run: |_| Ok(Measured { figure: String::new(), holds: true, details: vec![] }),
    };

    fn record(figure: &str, holds: bool) -> Record {
        let measured = Measured { figure: figure.into(), holds, details: vec!["note".into()] };
        let circumstances =
            Circumstances { date: "2026-11-21".into(), machine: "2 cores, X".into(), commit: "abc".into() };
        Record::of(&CLAIM, &measured, &circumstances)
    }

    #[test]
    fn records_are_kept_and_the_last_one_shown() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("docs")).unwrap();
        let settings = Settings::below(folder.path());
        for (figure, holds) in [("3 minutes", false), ("58 seconds", true)] {
            let mut records = Records::read(&settings).unwrap();
            records.add(record(figure, holds));
            records.write(&settings, &[CLAIM]).unwrap();
        }
        let records = Records::read(&settings).unwrap();
        assert_eq!(records.0.len(), 2);
        assert_eq!(records.last("quick"), Some(&record("58 seconds", true)));
        assert_eq!(records.last("other"), None);
        let page = std::fs::read_to_string(folder.path().join("docs/claims.md")).unwrap();
        let row =
            "| `quick` | Ends within 1 \\| 2 minutes | 58 seconds | yes | 2026-11-21, `abc`, 2 cores, X |";
        assert!(page.contains(row), "{page}");
        assert!(page.contains("## quick\n- note"), "{page}");
    }

    #[test]
    fn a_claim_that_does_not_hold_says_so() {
        let mut records = Records::default();
        records.add(record("3 minutes", false));
        assert!(records.page(&[CLAIM]).contains("| 3 minutes | **no** |"));
        assert!(Records::default().page(&[CLAIM]).contains("never measured"));
    }
}
