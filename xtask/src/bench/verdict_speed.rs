//! The benchmark `verdict-speed`: the crate of verdicts beside the Python programs that do the same, every row in one run.

mod rows;

use super::page::{self, Measured};
use super::row::{Aim, Row};
use super::usage::{Usage, measured};
use super::{Options, Profile, Summary, summary, tell, words};
use crate::claims::environments::{self, Environment};
use crate::claims::machine;
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The benchmark's name.
pub(super) const NAME: &str = "verdict-speed";

const PACKAGES: [&str; 5] =
    ["arena-rank==0.1.1", "krippendorff==0.9.0", "statsmodels==0.15.0", "girth==0.8.0", "scipy"];

/// A row of the benchmark.
struct Definition {
    number: u8,
    work: &'static str,
    measure: fn(&Desk<'_>) -> Result<Found, Failure>,
}

const ROWS: [Definition; 6] = [
    Definition {
        number: 1,
        work: "1,000,000 votes on 50 models: count, fit, errors by vote and by voter",
        measure: rows::fit,
    },
    Definition { number: 2, work: "The same with 100 bootstraps", measure: rows::bootstrap },
    Definition { number: 3, work: "One more vote, live", measure: rows::live },
    Definition {
        number: 4,
        work: "A whole stage: 5 candidates, 5 references, 20,000 items, 100,000 votes, 20 raters, 10,000 joint draws",
        measure: rows::stage,
    },
    Definition {
        number: 5,
        work: "Krippendorff's alpha, nominal, ordinal and interval: 10,000 units by 20 raters",
        measure: rows::alpha,
    },
    Definition {
        number: 6,
        work: "The Rasch model by joint maximum likelihood: 300 candidates by 40 items",
        measure: rows::rasch,
    },
];

/// What a row found.
type Found = (Vec<super::row::Side>, Vec<Aim>, Vec<String>);

/// What a row is measured with.
struct Desk<'a> {
    settings: &'a Settings,
    options: &'a Options,
    /// The example `speed`.
    speed: PathBuf,
    python: Environment,
    work: PathBuf,
}

/// What a program says of its work: what the work alone took, and what came out.
#[derive(Debug, Deserialize)]
struct Work<T> {
    cpu_s: f64,
    wall_s: f64,
    found: T,
}

/// A run of a program: its work alone, and the whole program.
struct Run<T> {
    /// The work, with the peak memory of the whole program.
    work: Usage,
    whole: Usage,
    found: T,
}

impl Desk<'_> {
    /// A run of the example, with so many threads where they are given.
    fn speed<T: DeserializeOwned>(
        &self,
        arguments: &[&str],
        threads: Option<&str>,
    ) -> Result<Run<T>, Failure> {
        let speed = self.speed.to_string_lossy();
        match threads {
            None => self.run(&self.speed, arguments),
            Some(threads) => {
                let threads = format!("RAYON_NUM_THREADS={threads}");
                self.run(Path::new("env"), &[&[threads.as_str(), &*speed], arguments].concat())
            }
        }
    }

    /// A run of the Python programs.
    fn peer<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<Run<T>, Failure> {
        let script = self.settings.root.join("xtask/python/verdict_peers.py");
        let script = script.to_string_lossy();
        self.run(&self.python.program("python3"), &[&[&*script][..], arguments].concat())
    }

    fn run<T: DeserializeOwned>(&self, program: &Path, arguments: &[&str]) -> Result<Run<T>, Failure> {
        let (whole, printed) = measured(self.settings, &self.work, program, arguments)?;
        let last = printed.lines().next_back().unwrap_or_default();
        let work: Work<T> = serde_json::from_str(last).map_err(|error| {
            let start: String = last.chars().take(200).collect();
            Failure::No(format!("{} ended with `{start}`: {error}", program.display()))
        })?;
        let alone = Usage { cpu_s: work.cpu_s, wall_s: work.wall_s, peak_bytes: whole.peak_bytes };
        Ok(Run { work: alone, whole, found: work.found })
    }

    /// A file of made data that the example writes with these words.
    fn file(&self, name: &str, words: impl Fn(&str) -> Vec<String>) -> Result<String, Failure> {
        let path = self.work.join(name);
        let path = path.to_string_lossy().into_owned();
        if !Path::new(&path).is_file() {
            let words = words(&path);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let speed = self.speed.to_string_lossy();
            process::capture(&mut process::command(self.settings, &speed, &words))?;
        }
        Ok(path)
    }
}

/// Measures the rows, prints them, and fails where an aim is missed.
pub(super) fn run(settings: &Settings, options: &Options) -> Result<(), Failure> {
    tell(&measure(settings, options)?)
}

/// What a claim says of the rows.
pub(crate) fn claimed(settings: &Settings) -> Result<Summary, Failure> {
    Ok(summary(&measure(settings, &Options::recorded())?))
}

fn measure(settings: &Settings, options: &Options) -> Result<Vec<Row>, Failure> {
    let unknown = options.rows.iter().find(|number| !ROWS.iter().any(|row| row.number == **number));
    if let Some(number) = unknown {
        return Err(Failure::BadInput(format!("the benchmark `{NAME}` has no row {number}")));
    }
    let (profile, folder): (&[&str], _) = match options.profile {
        Profile::Release => (&["--release"], "release"),
        Profile::Dev => (&[], "debug"),
    };
    let build = ["build", "--quiet", "--locked", "-p", "daepyo-verdict", "--example", "speed"];
    process::run(&mut process::command(settings, "cargo", &[&build[..], profile].concat()))?;
    let work = settings.cache.join("bench").join(NAME);
    fs::create_dir_all(&work).map_err(Failure::io("make", &work))?;
    let desk = Desk {
        settings,
        options,
        speed: settings.target.join(folder).join("examples/speed"),
        python: environments::provide(settings, NAME, &PACKAGES)?,
        work,
    };
    let mut rows = Vec::new();
    for row in ROWS.iter().filter(|row| options.rows.is_empty() || options.rows.contains(&row.number)) {
        eprintln!("row {}: {}", row.number, row.work);
        let (sides, aims, notes) = (row.measure)(&desk).unwrap_or_else(|failure| {
            (Vec::new(), vec![Aim::holds("it can be measured", words(&failure), false)], Vec::new())
        });
        rows.push(Row { number: row.number, work: row.work.to_owned(), sides, aims, notes });
    }
    if options.profile == Profile::Release {
        keep(settings, &rows)?;
    }
    Ok(rows)
}

/// Puts rows in place of their earlier results, in `docs/verdict-speed.json`, and writes the page for readers.
fn keep(settings: &Settings, rows: &[Row]) -> Result<(), Failure> {
    let json = settings.root.join("docs/verdict-speed.json");
    let mut kept: BTreeMap<u8, Measured> = if json.exists() {
        let text = fs::read_to_string(&json).map_err(Failure::io("read", &json))?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::BadInput(format!("{} can't be read: {error}", json.display())))?
    } else {
        BTreeMap::new()
    };
    let circumstances = machine::describe(settings)?;
    for row in rows {
        kept.insert(row.number, Measured::of(row.clone(), &circumstances));
    }
    let text = serde_json::to_string_pretty(&kept)
        .map_err(|error| Failure::Environment(format!("the results can't be written: {error}")))?;
    fs::write(&json, text + "\n").map_err(Failure::io("write", &json))?;
    let page = settings.root.join("docs/verdict-speed.md");
    fs::write(&page, shown(&kept)).map_err(Failure::io("write", &page))
}

fn shown(kept: &BTreeMap<u8, Measured>) -> String {
    let mut text = String::from(
        "# Speed of verdicts\n\nThe crate `daepyo-verdict` beside Python programs that do the same, on the same files in one \
         run. Written by\n`cargo xtask bench verdict-speed`, which measures release builds; the raw figures are in\n\
         [verdict-speed.json](verdict-speed.json). Times are those of the work alone, without the start of a program, \
         imports and\nreading files, all threads and workers together; what the whole program took and its peak memory \
         stand behind. Where\nthere are several runs, the median stands first, the least and the greatest in parentheses.\n\n\
         | | work | aims reached | measured |\n| --- | --- | --- | --- |\n",
    );
    for measured in kept.values() {
        let row = &measured.row;
        let met = row.aims.iter().filter(|aim| aim.is_met).count();
        let all = row.aims.len();
        let reached = if met == all { format!("{met} of {all}") } else { format!("**{met} of {all}**") };
        // Writing to a string does not fail.
        let _ =
            writeln!(text, "| {} | {} | {reached} | {} |", row.number, row.work, measured.where_and_when());
    }
    for measured in kept.values() {
        text.push_str(&page::shown(&measured.row));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::ROWS;

    #[test]
    fn rows_are_numbered_as_they_are_listed() {
        assert!((1..).zip(&ROWS).all(|(number, row)| row.number == number));
    }
}
