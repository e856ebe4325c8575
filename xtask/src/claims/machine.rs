//! When, on what and of which state of the project a claim was measured.

use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use daepyo_core::Date;
use std::time::{SystemTime, UNIX_EPOCH};

/// The circumstances of a measurement.
pub(crate) struct Circumstances {
    /// The day, in UTC.
    pub(crate) date: String,
    /// Cores and kind of processor.
    pub(crate) machine: String,
    /// The commit, with `+` behind it where files differ from it.
    pub(crate) commit: String,
}

/// Today, here, and what is checked out.
pub(crate) fn describe(settings: &Settings) -> Result<Circumstances, Failure> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    let cores = if cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") };
    let commit = process::capture(&mut command(settings, "git", &["rev-parse", "--short=12", "HEAD"]))?;
    let changes =
        process::capture(&mut command(settings, "git", &["status", "--porcelain", "--untracked-files=no"]))?;
    // The records of measurements change with every measurement.
    let records = [
        "docs/claims.",
        "docs/benchmarks.",
        "docs/verdict-speed.",
        "docs/verdict-validity.",
        "docs/fuzz.json",
    ];
    let is_record = |line: &str| records.iter().any(|record| line.contains(record));
    let is_changed = changes.lines().any(|line| !is_record(line));
    let mark = if is_changed { "+" } else { "" };
    Ok(Circumstances {
        date: today()?.to_string(),
        machine: format!("{cores}, {processor}"),
        commit: format!("{}{mark}", commit.trim()),
    })
}

fn today() -> Result<Date, Failure> {
    let wrong = || Failure::Environment("the clock of this machine is wrong".into());
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| wrong())?;
    let days = u32::try_from(since.as_secs() / 86_400).map_err(|_| wrong())?;
    Ok(Date::new(1970, 1, 1).map_err(|_| wrong())?.days_after(days))
}
