//! What a command takes: CPU time of its process tree, time on the clock, memory; over several runs.

use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What one run took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Usage {
    /// User and system time of the command and all that it waited for.
    pub(super) cpu_s: f64,
    /// On the clock.
    pub(super) wall_s: f64,
    /// The greatest resident memory of any one of its processes; 0 where it was not looked at.
    #[serde(default)]
    pub(super) peak_bytes: u64,
}

/// Runs a command in the repository's root and says what it took, with what it printed. Fails where it does.
pub(super) fn measured(
    settings: &Settings,
    work: &Path,
    program: &Path,
    arguments: &[&str],
) -> Result<(Usage, String), Failure> {
    measured_in(settings, work, program, arguments, &settings.root)
}

/// The same in another folder.
pub(super) fn measured_in(
    settings: &Settings,
    work: &Path,
    program: &Path,
    arguments: &[&str],
    folder: &Path,
) -> Result<(Usage, String), Failure> {
    let file = work.join("usage.json");
    let script = settings.root.join("xtask/python/measure.py");
    let mut command = process::command(settings, "python3", &[]);
    command.arg(&script).arg(&file).arg(program).args(arguments).current_dir(folder);
    let printed = process::capture(quiet(&mut command))?;
    let text = fs::read_to_string(&file).map_err(Failure::io("read", &file))?;
    let usage = serde_json::from_str(&text)
        .map_err(|error| Failure::Environment(format!("{}: {error}", file.display())))?;
    Ok((usage, printed))
}

/// Without what would draw progress or look for a network.
fn quiet(command: &mut Command) -> &mut Command {
    command.env("TQDM_DISABLE", "1").env("HF_HUB_OFFLINE", "1").env("HF_DATASETS_OFFLINE", "1")
}

/// What several runs of the same took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Runs(Vec<Usage>);

impl From<Vec<Usage>> for Runs {
    fn from(usages: Vec<Usage>) -> Self {
        Self(usages)
    }
}

impl Runs {
    /// Runs something so often.
    pub(super) fn of(times: usize, mut run: impl FnMut() -> Result<Usage, Failure>) -> Result<Self, Failure> {
        (0..times.max(1)).map(|_| run()).collect::<Result<_, _>>().map(Self)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The median CPU seconds.
    pub(super) fn cpu_s(&self) -> f64 {
        median(self.0.iter().map(|usage| usage.cpu_s))
    }

    /// The median seconds on the clock.
    pub(super) fn wall_s(&self) -> f64 {
        median(self.0.iter().map(|usage| usage.wall_s))
    }

    /// Least and greatest CPU seconds.
    pub(super) fn cpu_spread_s(&self) -> (f64, f64) {
        spread(self.0.iter().map(|usage| usage.cpu_s))
    }

    /// Least and greatest seconds on the clock.
    pub(super) fn wall_spread_s(&self) -> (f64, f64) {
        spread(self.0.iter().map(|usage| usage.wall_s))
    }

    /// The same runs with another amount of work.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        let one = |usage: &Usage| Usage {
            cpu_s: usage.cpu_s * factor,
            wall_s: usage.wall_s * factor,
            peak_bytes: usage.peak_bytes,
        };
        Self(self.0.iter().map(one).collect())
    }
}

/// The middle of some numbers; of an even count, the mean of both.
fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
    f64::midpoint(at(sorted.len().saturating_sub(1) / 2), at(sorted.len() / 2))
}

fn spread(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), x| (least.min(x), most.max(x)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn medians_and_spreads_are_of_all_runs() {
        let mut times = [3.0, 1.0, 2.0, 10.0].into_iter();
        let runs = Runs::of(4, || {
            let cpu_s = times.next().unwrap();
            Ok(Usage { cpu_s, wall_s: cpu_s * 2.0, peak_bytes: 7 })
        });
        let runs = runs.unwrap();
        assert!((runs.cpu_s() - 2.5).abs() < 1e-12);
        assert!((runs.wall_s() - 5.0).abs() < 1e-12);
        assert_eq!(runs.cpu_spread_s(), (1.0, 10.0));
        assert_eq!(runs.count(), 4);
        assert!((runs.scaled(10.0).cpu_s() - 25.0).abs() < 1e-12);
    }

    #[test]
    fn the_time_and_memory_of_a_command_are_seen() {
        let settings = Settings::of_checkout();
        let work = tempfile::tempdir().unwrap();
        let busy = "import sys; x = bytearray(64 << 20); sum(range(300_000)); print(sys.argv[1])";
        let words = ["-c", busy, "done"];
        let (usage, printed) = measured(&settings, work.path(), Path::new("python3"), &words).unwrap();
        assert_eq!(printed, "done\n");
        assert!(usage.cpu_s > 0.0 && usage.wall_s > 0.0);
        assert!(usage.peak_bytes > 64 << 20, "{}", usage.peak_bytes);
    }

    #[test]
    fn a_command_that_fails_is_no_measurement() {
        let settings = Settings::of_checkout();
        let work = tempfile::tempdir().unwrap();
        let ended = measured(&settings, work.path(), Path::new("false"), &[]);
        assert!(matches!(ended, Err(Failure::No(_))));
    }
}
