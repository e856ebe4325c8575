//! The results of benchmarks: `docs/benchmarks.json`, and `docs/benchmarks.md` for readers.

use super::row::{Row, Side, figure};
use crate::claims::machine::Circumstances;
use crate::failure::Failure;
use crate::settings::Settings;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// A row with when, on what and of which state of the project it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Measured {
    pub(super) row: Row,
    date: String,
    machine: String,
    commit: String,
}

impl Measured {
    pub(super) fn of(row: Row, circumstances: &Circumstances) -> Self {
        Self {
            row,
            date: circumstances.date.clone(),
            machine: circumstances.machine.clone(),
            commit: circumstances.commit.clone(),
        }
    }

    /// The circumstances, for a cell of a table.
    pub(super) fn where_and_when(&self) -> String {
        format!("{}, `{}`, {}", self.date, self.commit, self.machine)
    }
}

/// The last result of each row.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Page(BTreeMap<u8, Measured>);

impl Page {
    /// Reads `docs/benchmarks.json`; nothing is there before the first measurement.
    pub(super) fn read(settings: &Settings) -> Result<Self, Failure> {
        let path = json(settings);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::BadInput(format!("{} can't be read: {error}", path.display())))
    }

    /// Puts a result in place of the row's earlier one.
    pub(super) fn put(&mut self, measured: Measured) {
        self.0.insert(measured.row.number, measured);
    }

    /// Writes both files.
    pub(super) fn write(&self, settings: &Settings) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::Environment(format!("the results can't be written: {error}")))?;
        let path = json(settings);
        std::fs::write(&path, settings.anywhere(&text) + "\n").map_err(Failure::io("write", &path))?;
        let path = settings.root.join("docs/benchmarks.md");
        std::fs::write(&path, settings.anywhere(&self.text())).map_err(Failure::io("write", &path))
    }

    /// The page for readers.
    pub(super) fn text(&self) -> String {
        let mut page = String::from(
            "# Benchmarks\n\nDaepyo beside other harnesses, and beside the limit where there is one, on the same work in \
             one run. Written by\n`cargo xtask bench harness`, which measures release builds; the raw figures are in \
             [benchmarks.json](benchmarks.json).\nCPU time is user and system time of all processes of a program, a \
             server's own not among them, unless a note says so.\nWhere there are several runs, the median stands \
             first, the least and the greatest in parentheses.\n",
        );
        if self.0.is_empty() {
            page.push_str("\nNever measured.\n");
            return page;
        }
        page.push_str("\n| | work | aims reached | measured |\n| --- | --- | --- | --- |\n");
        for measured in self.0.values() {
            let Measured { row, date, machine, commit } = measured;
            let met = row.aims.iter().filter(|aim| aim.is_met).count();
            let all = row.aims.len();
            let reached = if met == all { format!("{met} of {all}") } else { format!("**{met} of {all}**") };
            // Writing to a string does not fail.
            let _ = writeln!(
                page,
                "| {} | {} | {reached} | {date}, `{commit}`, {machine} |",
                row.number,
                cell(&row.work)
            );
        }
        for measured in self.0.values() {
            page.push_str(&shown(&measured.row));
        }
        page
    }
}

fn json(settings: &Settings) -> PathBuf {
    settings.root.join("docs/benchmarks.json")
}

/// One row, in Markdown.
pub(super) fn shown(row: &Row) -> String {
    let mut text = format!("\n## {}. {}\n", row.number, row.work);
    if !row.sides.is_empty() {
        let has_units = row.sides.iter().any(|side| side.units.is_some());
        let unit = if has_units { " CPU a unit |" } else { "" };
        let rule = if has_units { " --- |" } else { "" };
        let _ = writeln!(
            text,
            "| who | CPU | on the clock | runs |{unit} more |\n| --- | --- | --- | --- |{rule} --- |"
        );
        for side in &row.sides {
            text.push_str(&line(side, has_units));
        }
    }
    if !row.aims.is_empty() {
        text.push('\n');
    }
    for aim in &row.aims {
        let reached = if aim.is_met { "reached" } else { "**not reached**" };
        let _ = writeln!(text, "- {}: {} ({reached})", aim.what, aim.found);
    }
    if !row.notes.is_empty() {
        text.push('\n');
    }
    for note in &row.notes {
        let _ = writeln!(text, "- {note}");
    }
    text
}

fn line(side: &Side, has_units: bool) -> String {
    let runs = &side.runs;
    let unit = match (has_units, side.units) {
        (true, Some(_)) => format!(" {} |", time(side.unit_cpu_us() / 1e6)),
        (true, None) => " |".to_owned(),
        (false, _) => String::new(),
    };
    if runs.count() == 0 {
        return format!("| {} | - | - | 0 |{unit} {} |\n", cell(&side.who), cell(&side.more));
    }
    format!(
        "| {} | {} | {} | {} |{unit} {} |\n",
        cell(&side.who),
        times(runs.cpu_s(), runs.cpu_spread_s(), runs.count()),
        times(runs.wall_s(), runs.wall_spread_s(), runs.count()),
        runs.count(),
        cell(&side.more)
    )
}

fn times(median_s: f64, (least_s, most_s): (f64, f64), runs: usize) -> String {
    if runs < 2 {
        return time(median_s);
    }
    format!("{} ({} to {})", time(median_s), time(least_s), time(most_s))
}

/// A time in the unit that fits it.
pub(super) fn time(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "-".to_owned();
    }
    if seconds >= 1.0 {
        format!("{} s", figure(seconds))
    } else if seconds >= 1e-3 {
        format!("{} ms", figure(seconds * 1e3))
    } else {
        format!("{} µs", figure(seconds * 1e6))
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;
    use crate::bench::row::Aim;
    use crate::bench::usage::{Runs, Usage};

    fn row(found: f64) -> Row {
        let mut cpu_s = [0.5, 0.7, 0.6].into_iter();
        let runs =
            Runs::of(3, || Ok(Usage { cpu_s: cpu_s.next().unwrap(), wall_s: 1.5, peak_bytes: 0 })).unwrap();
        Row {
            number: 2,
            work: "chat requests".to_owned(),
            sides: vec![Side::per_unit("daepyo", runs, 20_000.0)],
            aims: vec![Aim::below("CPU a request", found, 60.0, " µs")],
            notes: vec!["made documents".to_owned()],
        }
    }

    fn circumstances() -> Circumstances {
        Circumstances { date: "2026-11-22".into(), machine: "2 cores, X".into(), commit: "abc".into() }
    }

    #[test]
    fn a_row_measured_again_replaces_its_old_result_and_keeps_the_others() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("docs")).unwrap();
        let settings = Settings::below(folder.path());
        let mut page = Page::default();
        page.put(Measured::of(Row { number: 1, ..row(30.0) }, &circumstances()));
        page.put(Measured::of(row(75.0), &circumstances()));
        page.write(&settings).unwrap();
        let mut page = Page::read(&settings).unwrap();
        page.put(Measured::of(row(30.0), &circumstances()));
        page.write(&settings).unwrap();
        let text = std::fs::read_to_string(folder.path().join("docs/benchmarks.md")).unwrap();
        assert!(text.contains("| 1 | chat requests | 1 of 1 | 2026-11-22, `abc`, 2 cores, X |"), "{text}");
        let side = "| daepyo | 600 ms (500 ms to 700 ms) | 1.5 s (1.5 s to 1.5 s) | 3 | 30 µs |  |";
        assert!(text.contains(side), "{text}");
        assert!(text.contains("- CPU a request: under 60 µs: 30 µs (reached)"), "{text}");
        assert!(!text.contains("75 µs"), "{text}");
    }

    #[test]
    fn an_aim_that_is_missed_stands_out() {
        let mut page = Page::default();
        page.put(Measured::of(row(75.0), &circumstances()));
        let text = page.text();
        assert!(text.contains("75 µs (**not reached**)") && text.contains("| **0 of 1** |"), "{text}");
        assert!(Page::default().text().contains("Never measured."));
    }

    #[test]
    fn the_page_shows_the_last_results() {
        let settings = Settings::of_checkout();
        let kept = std::fs::read_to_string(settings.root.join("docs/benchmarks.md")).unwrap_or_default();
        let page = Page::read(&settings).unwrap().text();
        assert!(kept == page, "docs/benchmarks.md is old: run `cargo xtask bench`");
    }
}
