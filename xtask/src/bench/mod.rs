//! Benchmarks: daepyo beside its peers and limits, each row of a benchmark in one run. A row is a file of `rows` and a
//! line of [`HARNESS`]; [`validity`] holds the verdict against simulated truth instead.

mod documents;
mod page;
mod programs;
mod row;
mod rows;
mod server;
mod usage;
pub(crate) mod validity;
pub(crate) mod verdict_speed;

use crate::claims::machine;
use crate::failure::Failure;
use crate::settings::Settings;
use page::{Measured, Page};
pub(crate) use programs::Profile;
use programs::Programs;
use row::{Aim, Row};
use std::path::PathBuf;
use std::time::Duration;

/// The benchmark's name.
const NAME: &str = "harness";

/// How it is run.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Numbers of the rows; empty means all.
    pub(crate) rows: Vec<u8>,
    /// How programs are built.
    pub(crate) profile: Profile,
    /// How often daepyo and the limits are measured.
    pub(crate) repetitions: usize,
    /// Have peers do all of their work where that takes long; otherwise a tenth, scaled up.
    pub(crate) whole: bool,
}

impl Options {
    /// All rows, as they are recorded.
    pub(crate) fn recorded() -> Self {
        Self { rows: Vec::new(), profile: Profile::Release, repetitions: 5, whole: false }
    }
}

/// A row of the benchmark.
struct Definition {
    number: u8,
    work: &'static str,
    /// Examples that it needs, by package.
    examples: &'static [(&'static str, &'static str)],
    /// Whether it asks a local model.
    has_model: bool,
    measure: fn(&Bench<'_>) -> Result<Row, Failure>,
}

const HARNESS: [Definition; 7] = [
    Definition {
        number: 1,
        work: "Build the requests of 5-shot KMMLU's size",
        examples: &[],
        has_model: false,
        measure: rows::requests::measure,
    },
    Definition {
        number: 2,
        work: "Chat requests to a local server that answers at once",
        examples: &[
            ("daepyo-backend", "fixed_server"),
            ("daepyo-backend", "bare_client"),
            ("daepyo-backend", "chat_client"),
        ],
        has_model: false,
        measure: rows::chat::measure,
    },
    Definition {
        number: 3,
        work: "5-shot scoring of four choices on a local model",
        examples: &[("daepyo-task", "requests"), ("daepyo-llama", "choice_scoring")],
        has_model: true,
        measure: rows::choices::measure,
    },
    Definition {
        number: 4,
        work: "Prompt processing of a local model",
        examples: &[("daepyo-llama", "prompt_speed")],
        has_model: true,
        measure: rows::prompt::measure,
    },
    Definition {
        number: 5,
        work: "Corpus and classification metrics with standard errors, 1,000 documents",
        examples: &[("daepyo-task", "corpus_errors")],
        has_model: false,
        measure: rows::errors::measure,
    },
    Definition {
        number: 6,
        work: "Start of the program",
        examples: &[],
        has_model: false,
        measure: rows::start::measure,
    },
    Definition {
        number: 7,
        work: "Memory at 1,000,000 requests",
        examples: &[("daepyo-backend", "fixed_server")],
        has_model: false,
        measure: rows::memory::measure,
    },
];

/// What a row is measured with.
struct Bench<'a> {
    settings: &'a Settings,
    options: &'a Options,
    programs: Programs,
    /// An empty folder for the row.
    work: PathBuf,
    number: u8,
    name: &'static str,
}

impl Bench<'_> {
    /// The row with what was found.
    fn row(&self, sides: Vec<row::Side>, aims: Vec<Aim>, notes: Vec<String>) -> Row {
        Row { number: self.number, work: self.name.to_owned(), sides, aims, notes }
    }

    /// Of long work, the part that peers do: all, or one of so many, and by how much its time is scaled up.
    fn share(&self, whole: usize, parts: usize) -> (usize, f64) {
        if self.options.whole || parts < 2 {
            return (whole, 1.0);
        }
        let part = (whole / parts).max(1);
        (part, real(whole) / real(part))
    }
}

/// A count as a number that can be divided.
fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Lists the benchmarks and brings the page up to date.
pub(crate) fn list(settings: &Settings) -> Result<(), Failure> {
    println!("{NAME}: daepyo's evaluation beside other harnesses");
    for definition in &HARNESS {
        println!("  {}. {}", definition.number, definition.work);
    }
    println!("{}: the verdict's error rates in worlds with a known truth", validity::NAME);
    validity::rewrite(settings)?;
    Page::read(settings)?.write(settings)
}

/// Measures a benchmark and prints it; fails where an aim is missed.
pub(crate) fn run(settings: &Settings, name: &str, options: &Options) -> Result<(), Failure> {
    if name == verdict_speed::NAME {
        return verdict_speed::run(settings, options);
    }
    if name == validity::NAME {
        return validity::run(settings, options.profile);
    }
    if name != NAME {
        let known = [NAME, verdict_speed::NAME, validity::NAME].join(", ");
        return Err(Failure::BadInput(format!("there is no benchmark `{name}`; known: {known}")));
    }
    tell(&measure(settings, options)?)
}

/// Prints the rows, and fails where an aim is missed.
fn tell(rows: &[Row]) -> Result<(), Failure> {
    for row in rows {
        println!("{}", page::shown(row));
    }
    let summary = summary(rows);
    println!("{}", summary.figure);
    if summary.missed.is_empty() { Ok(()) } else { Err(Failure::No("aims are missed".to_owned())) }
}

/// All rows in one line.
pub(crate) struct Summary {
    /// Aims reached, and those that are not by name.
    pub(crate) figure: String,
    /// Aims that are not reached, with what was found.
    pub(crate) missed: Vec<String>,
    /// One line a row: every aim with what was found.
    pub(crate) details: Vec<String>,
}

/// What a claim says of the rows.
pub(crate) fn measured(settings: &Settings, options: &Options) -> Result<Summary, Failure> {
    Ok(summary(&measure(settings, options)?))
}

fn summary(rows: &[Row]) -> Summary {
    let aims: Vec<(&Row, &Aim)> =
        rows.iter().flat_map(|row| row.aims.iter().map(move |aim| (row, aim))).collect();
    let of = |(row, aim): &(&Row, &Aim)| format!("row {}, {}: {}", row.number, aim.what, aim.found);
    let missed: Vec<String> = aims.iter().filter(|(_, aim)| !aim.is_met).map(of).collect();
    let met = aims.len() - missed.len();
    let mut figure = format!("{met} of {} aims reached over {} rows", aims.len(), rows.len());
    if !missed.is_empty() {
        figure = format!("{figure}; missed: {}", missed.join("; "));
    }
    let details = rows.iter().flat_map(|row| {
        let sides = row.sides.iter().map(|side| {
            let runs = &side.runs;
            let unit = side
                .units
                .map_or_else(String::new, |_| format!(", {} a unit", page::time(side.unit_cpu_us() / 1e6)));
            let more = if side.more.is_empty() { String::new() } else { format!(", {}", side.more) };
            let (cpu, wall) = (page::time(runs.cpu_s()), page::time(runs.wall_s()));
            format!("row {}, {}: {cpu} CPU, {wall} on the clock{unit}{more}", row.number, side.who)
        });
        let aims = row.aims.iter().map(move |aim| of(&(row, aim)));
        sides.chain(aims).collect::<Vec<_>>()
    });
    Summary { figure, details: details.collect(), missed }
}

/// Builds what is needed and measures the rows one after the other; results of release builds are kept. A row that can't
/// be measured has missed its aim, and the others go on.
fn measure(settings: &Settings, options: &Options) -> Result<Vec<Row>, Failure> {
    let unknown = options.rows.iter().find(|number| !HARNESS.iter().any(|row| row.number == **number));
    if let Some(number) = unknown {
        return Err(Failure::BadInput(format!("the benchmark `{NAME}` has no row {number}")));
    }
    let wanted = |row: &&Definition| options.rows.is_empty() || options.rows.contains(&row.number);
    let definitions: Vec<&Definition> = HARNESS.iter().filter(wanted).collect();
    let with_models = definitions.iter().any(|row| row.has_model);
    let mut results = Vec::new();
    for definition in definitions {
        let programs = Programs::build(settings, options.profile, definition.examples, with_models)?;
        let work = settings.cache.join("bench").join(definition.number.to_string());
        if work.exists() {
            std::fs::remove_dir_all(&work).map_err(Failure::io("empty", &work))?;
        }
        std::fs::create_dir_all(&work).map_err(Failure::io("make", &work))?;
        // What builds and earlier rows left behind in the caches of disk and processor is not this row's.
        std::thread::sleep(Duration::from_secs(1));
        eprintln!("row {}: {}", definition.number, definition.work);
        let bench =
            Bench { settings, options, programs, work, number: definition.number, name: definition.work };
        let row = (definition.measure)(&bench).unwrap_or_else(|failure| {
            let aim = Aim::holds("it can be measured", words(&failure), false);
            bench.row(Vec::new(), vec![aim], Vec::new())
        });
        results.push(row);
    }
    if options.profile == Profile::Release {
        let circumstances = machine::describe(settings)?;
        let mut page = Page::read(settings)?;
        for row in &results {
            page.put(Measured::of(row.clone(), &circumstances));
        }
        page.write(settings)?;
    }
    Ok(results)
}

/// A failure with its causes.
fn words(failure: &Failure) -> String {
    let mut text = failure.to_string();
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_aim_is_named_in_the_figure() {
        let row = |number, found| Row {
            number,
            work: "x".to_owned(),
            sides: Vec::new(),
            aims: vec![Aim::below("CPU time", found, 2.0, " s")],
            notes: Vec::new(),
        };
        let all = summary(&[row(1, 1.5), row(2, 2.5)]);
        assert_eq!(all.figure, "1 of 2 aims reached over 2 rows; missed: row 2, CPU time: under 2 s: 2.5 s");
        assert_eq!(all.missed.len(), 1);
        assert!(summary(&[row(1, 1.5)]).missed.is_empty());
    }

    #[test]
    fn rows_are_numbered_as_they_are_listed() {
        let numbers: Vec<u8> = HARNESS.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    }
}
