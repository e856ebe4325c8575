//! The proof of the verdict's error rates: worlds with a known truth, what was promised of them and what was outcomes.
//!
//! `cargo run --release -p daepyo-verdict --example validity` prints one JSON object a row on standard output, progress
//! on standard error. `--quick N` runs an Nth of the worlds' runs, `--only SECTION` one section. Every run has random
//! numbers of its own, so that the number of threads changes nothing.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement prints, and ends where a world can't be judged"
)]
#![deny(clippy::disallowed_methods, reason = "the table is the same on every machine")]

mod decision;
mod gate;
mod items;
mod panel;
mod row;
mod spending;
mod stage;
mod voters;
mod votes;

use rayon::prelude::*;
use row::Row;
use std::{process::ExitCode, time::Instant};

/// What resamplings are seeded with is this far from the worlds' seeds.
pub(crate) const JUDGED: u64 = 1 << 40;

/// How much is simulated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    quick: u64,
}

impl Size {
    /// So many runs, or the part of them that was asked for.
    pub(crate) fn runs(self, runs: u64) -> u64 {
        (runs / self.quick).max(2)
    }
}

/// Every run's result, in the order of the runs.
pub(crate) fn simulate<T: Send>(runs: u64, run: impl Fn(u64) -> T + Sync + Send) -> Vec<T> {
    (0..runs).into_par_iter().map(run).collect()
}

type Section = (&'static str, fn(Size, &mut dyn FnMut(Row)));

const SECTIONS: [Section; 7] = [
    ("gate", gate::rows),
    ("votes", votes::rows),
    ("decision", decision::rows),
    ("items", items::rows),
    ("panel", panel::rows),
    ("spending", spending::rows),
    ("voters", voters::rows),
];

fn main() -> ExitCode {
    let mut quick = 1;
    let mut only = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next();
        match (argument.as_str(), value) {
            ("--quick", Some(value)) if value.parse().is_ok_and(|number: u64| number > 0) => {
                quick = value.parse().unwrap();
            }
            ("--only", Some(name)) if SECTIONS.iter().any(|(section, _)| *section == name) => {
                only = Some(name);
            }
            _ => {
                eprintln!("usage: validity [--quick N] [--only SECTION]");
                return ExitCode::from(2);
            }
        }
    }
    let start = Instant::now();
    for (name, rows) in SECTIONS {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        rows(Size { quick }, &mut |row: Row| {
            let holds = if row.holds { "" } else { " DOES NOT HOLD" };
            let (seconds, world) = (start.elapsed().as_secs_f64(), &row.world);
            eprintln!("{seconds:6.1} s  {name}: {world}: {} {:.4}{holds}", row.what, row.observed);
            println!("{}", serde_json::to_string(&row).unwrap());
        });
    }
    ExitCode::SUCCESS
}
