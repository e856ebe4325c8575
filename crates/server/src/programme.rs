//! The programme file, read once at the start, and how its stages stand on a day.

use daepyo_core::{Date, Programme, Stage};
use std::path::Path;

/// A programme that was read.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) programme: Programme,
}

/// Why a programme file cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ProgrammeError {
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Read(#[source] std::io::Error),
    /// The file has problems; `daepyo check` shows them with their places.
    #[error("the file has {problems} problems; `daepyo check` shows them")]
    Invalid {
        /// How many.
        problems: usize,
    },
}

impl Loaded {
    pub(crate) fn read(path: &Path) -> Result<Self, ProgrammeError> {
        let source = std::fs::read_to_string(path).map_err(ProgrammeError::Read)?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        let parsed = daepyo_spec::parse(&source, &folder);
        let parsed = parsed.map_err(|problems| ProgrammeError::Invalid { problems: problems.len() })?;
        Ok(Self { programme: parsed.programme })
    }
}

/// How a stage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    ToCome,
    Open,
    Objections,
    Over,
}

/// How a stage stands on a day: objections may be raised for some days after its last one.
pub(crate) fn standing(stage: &Stage, today: Date) -> Standing {
    if today < stage.opens {
        Standing::ToCome
    } else if today <= stage.closes {
        Standing::Open
    } else if today <= stage.closes.days_after(stage.objection_days) {
        Standing::Objections
    } else {
        Standing::Over
    }
}

const KOREA_MS: i64 = 9 * 3_600_000;

/// The moment in Korea, to the minute, as `2026-12-01 09:00`.
pub fn moment_in_korea(now_ms: i64) -> String {
    const MINUTE_MS: i64 = 60_000;
    let minutes = now_ms.saturating_add(KOREA_MS).div_euclid(MINUTE_MS).rem_euclid(24 * 60);
    format!("{} {:02}:{:02}", day_in_korea(now_ms), minutes / 60, minutes % 60)
}

/// The day in Korea (UTC+9) at a time in milliseconds since 1970.
pub(crate) fn day_in_korea(now_ms: i64) -> Date {
    const DAY_MS: i64 = 86_400_000;
    let days = now_ms.saturating_add(KOREA_MS).div_euclid(DAY_MS);
    Date::EPOCH.days_after(u32::try_from(days).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    //! The day turns at midnight in Korea.
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_korea() {
        // 2026-11-21T14:59:59.999Z and a millisecond later.
        let before = 1_795_273_199_999;
        assert_eq!(day_in_korea(before), Date::new(2026, 11, 21).unwrap());
        assert_eq!(day_in_korea(before + 1), Date::new(2026, 11, 22).unwrap());
        assert_eq!(day_in_korea(-1), Date::EPOCH);
        assert_eq!(moment_in_korea(before), "2026-11-21 23:59");
        assert_eq!(moment_in_korea(before + 60_001), "2026-11-22 00:01");
    }
}
