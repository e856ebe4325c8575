//! The project's own tasks: set-up, tests, checks, the demo and the claims. Start with `cargo xtask --help`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to a person")]

mod bench;
mod ci;
mod claims;
mod demo;
mod failure;
mod fuzz;
mod process;
mod schema;
mod settings;
mod setup;
mod test;
mod tidy;
mod tool;
pub mod variants;

use clap::{Parser, Subcommand};
use failure::Failure;
use settings::Settings;
use std::error::Error;
use std::process::ExitCode;

/// daepyo's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run the demo: five candidates, a reference, a verdict that anyone can check
    Demo,
    /// Set up, then run every test
    Test,
    /// Everything that must hold before a change is taken: test, format, lints, documentation, licences, tidy
    Ci,
    /// Check the conventions that no compiler knows
    Tidy,
    /// Fetch what demo and test need: Debian packages and two small models
    Setup,
    /// Measure one of the project's claims afresh; without a name, list them and bring docs/claims.md up to date
    Claim {
        /// Name of the claim
        name: Option<String>,
    },
    /// Measure daepyo beside its peers and limits; without a name, list the benchmarks and bring docs/benchmarks.md up to
    /// date
    Bench {
        /// Name of the benchmark
        name: Option<String>,
        /// Rows to measure, with commas; otherwise all
        #[arg(long, value_delimiter = ',')]
        rows: Vec<u8>,
        /// How programs are built; only release builds are recorded
        #[arg(long, value_enum, default_value = "release")]
        profile: bench::Profile,
        /// How often daepyo and the limits are measured
        #[arg(long, default_value_t = 5)]
        repetitions: usize,
        /// Have peers do all of the work that takes them many minutes, not a tenth of it
        #[arg(long)]
        whole: bool,
    },
    /// Write the JSON Schema of programme.toml
    Schema,
    /// Write docs/reference/lm-eval-compatibility.md: how each task of lm-eval runs
    Compat,
    /// Give the readers of foreign bytes hostile ones (needs a nightly compiler); without a name, all of them
    Fuzz {
        /// Names of fuzz targets
        targets: Vec<String>,
        /// How long each target runs
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// How many targets run at once
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
        jobs: u16,
        /// Keep what each target came to in docs/fuzz.json
        #[arg(long)]
        record: bool,
    },
}

fn main() -> ExitCode {
    let task = Arguments::parse().task;
    match Settings::from_environment().and_then(|settings| run(&task, &settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            let mut cause = failure.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(task: &Task, settings: &Settings) -> Result<(), Failure> {
    match task {
        Task::Demo => demo::run(settings),
        Task::Test => {
            let outcome = test::run(settings)?;
            println!("{}", outcome.closing_line);
            Ok(())
        }
        Task::Ci => ci::run(settings),
        Task::Tidy => tidy::run(settings),
        Task::Setup => setup::run(settings).map(|_models| ()),
        Task::Claim { name: Some(name) } => claims::measure(settings, name),
        Task::Claim { name: None } => claims::list(settings),
        Task::Bench { name: Some(name), rows, profile, repetitions, whole } => {
            let (rows, profile, repetitions, whole) = (rows.clone(), *profile, *repetitions, *whole);
            bench::run(settings, name, &bench::Options { rows, profile, repetitions, whole })
        }
        Task::Bench { name: None, .. } => bench::list(settings),
        Task::Schema => schema::write(settings),
        Task::Compat => claims::write_compatibility(settings),
        Task::Fuzz { targets, seconds, jobs, record } => {
            fuzz::run(settings, targets, *seconds, usize::from(*jobs), *record)
        }
    }
}
