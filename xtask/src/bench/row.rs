//! One row of a benchmark: who did the work, what it took them, and which aims are met.

use super::usage::Runs;
use serde::{Deserialize, Serialize};

/// The result of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// Its number in the benchmark.
    pub(super) number: u8,
    /// What was done.
    pub(super) work: String,
    /// Who did it, daepyo and its peers and limits.
    pub(super) sides: Vec<Side>,
    /// What was to be reached.
    pub(super) aims: Vec<Aim>,
    /// What a reader should know to judge it.
    pub(super) notes: Vec<String>,
}

/// One who did the work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Side {
    /// Name, version and settings.
    pub(super) who: String,
    /// What it took.
    pub(super) runs: Runs,
    /// How much was done, such as requests, where the CPU time of one is of interest.
    pub(super) units: Option<f64>,
    /// What is not time.
    pub(super) more: String,
}

impl Side {
    /// A side whose CPU time is shown for each of so many units too.
    pub(super) fn per_unit(who: impl Into<String>, runs: Runs, units: f64) -> Self {
        Self { who: who.into(), runs, units: Some(units), more: String::new() }
    }

    /// A side whose time is shown as it is.
    pub(super) fn whole(who: impl Into<String>, runs: Runs) -> Self {
        Self { who: who.into(), runs, units: None, more: String::new() }
    }

    /// The same with something that is not time.
    pub(super) fn with(mut self, more: impl Into<String>) -> Self {
        self.more = more.into();
        self
    }

    /// Microseconds of CPU a unit.
    pub(super) fn unit_cpu_us(&self) -> f64 {
        self.runs.cpu_s() * 1e6 / self.units.unwrap_or(1.0)
    }
}

/// Something to be reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Aim {
    /// In words, with the bound.
    pub(super) what: String,
    /// What was found.
    pub(super) found: String,
    /// Whether it was reached.
    pub(super) is_met: bool,
}

impl Aim {
    /// Met where `found` is below `bound`.
    pub(super) fn below(what: &str, found: f64, bound: f64, unit: &str) -> Self {
        Self {
            what: format!("{what}: under {}{unit}", figure(bound)),
            found: format!("{}{unit}", figure(found)),
            is_met: found < bound,
        }
    }

    /// Met where `found` is at most `bound`.
    pub(super) fn at_most(what: &str, found: f64, bound: f64, unit: &str) -> Self {
        Self {
            what: format!("{what}: at most {}{unit}", figure(bound)),
            found: format!("{}{unit}", figure(found)),
            is_met: found <= bound,
        }
    }

    /// Met where `found` is at least `bound`.
    pub(super) fn at_least(what: &str, found: f64, bound: f64, unit: &str) -> Self {
        Self {
            what: format!("{what}: at least {}{unit}", figure(bound)),
            found: format!("{}{unit}", figure(found)),
            is_met: found >= bound,
        }
    }

    /// Something that holds or does not.
    pub(super) fn holds(what: impl Into<String>, found: impl Into<String>, is_met: bool) -> Self {
        Self { what: what.into(), found: found.into(), is_met }
    }
}

/// A number with three figures that count.
pub(super) fn figure(number: f64) -> String {
    let size = number.abs();
    if !number.is_finite() {
        return "-".to_owned();
    }
    if size >= 100.0 {
        grouped(&format!("{number:.0}"))
    } else if size >= 10.0 {
        trimmed(&format!("{number:.1}"))
    } else if size >= 1.0 {
        trimmed(&format!("{number:.2}"))
    } else if size >= 0.001 {
        trimmed(&format!("{number:.3}"))
    } else if size > 0.0 {
        format!("{number:.2e}")
    } else {
        "0".to_owned()
    }
}

fn trimmed(text: &str) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// With commas between thousands.
fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_three_figures() {
        let shown = [1_234_567.0, 378.2, 60.0, 1.25, 0.95, 0.0101, 0.00002, 0.0, f64::NAN].map(figure);
        assert_eq!(shown, ["1,234,567", "378", "60", "1.25", "0.95", "0.01", "2.00e-5", "0", "-"]);
    }

    #[test]
    fn an_aim_is_met_on_its_own_side_of_the_bound() {
        assert!(Aim::below("x", 1.9, 2.0, " s").is_met);
        assert!(!Aim::below("x", 2.0, 2.0, " s").is_met);
        assert!(Aim::at_most("x", 1.25, 1.25, "").is_met);
        assert!(Aim::at_least("x", 4.0, 4.0, "").is_met);
        assert!(!Aim::at_least("x", f64::NAN, 4.0, "").is_met);
        assert_eq!(Aim::below("CPU time", 0.81, 2.0, " s").what, "CPU time: under 2 s");
    }
}
