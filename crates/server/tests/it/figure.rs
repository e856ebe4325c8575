//! Figures for claims: `cargo xtask claim` names a file to write them to, and how much to do. Tests that could not run say so.

use std::fs::OpenOptions;
use std::io::Write;

/// The number that the environment asks for, else the usual one.
pub(crate) fn asked(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

/// Adds a line to the file that `DAEPYO_FIGURE` names, where it does.
pub(crate) fn tell(line: &str) {
    if let Some(path) = std::env::var_os("DAEPYO_FIGURE") {
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}

/// Says why a test does nothing, for the end of `cargo xtask test`.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn skipped(reason: &str) {
    eprintln!("skipped: {reason}");
}
