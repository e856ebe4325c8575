//! The benchmark `verdict-validity`: an example of the verdict's crate simulates worlds, and its table is written to
//! `docs/verdict-validity.json` and, for readers, to `docs/verdict-validity.md`.

mod table;

use super::{Profile, Summary};
use crate::claims::machine;
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use std::path::PathBuf;
use table::{Row, Table};

/// The benchmark's name.
pub(crate) const NAME: &str = "verdict-validity";

/// A development build runs a fortieth of everything, to try it.
const QUICK: &str = "40";

/// Simulates and prints the table; fails where a row does not hold. Results of release builds are kept.
pub(super) fn run(settings: &Settings, profile: Profile) -> Result<(), Failure> {
    let table = match profile {
        Profile::Release => kept(settings)?,
        Profile::Dev => simulated(settings, &["--example", "validity", "--", "--quick", QUICK])?,
    };
    println!("{}", table.page());
    let summary = table.summary();
    println!("{}", summary.figure);
    if summary.missed.is_empty() { Ok(()) } else { Err(Failure::No("a promise is not kept".to_owned())) }
}

/// What the claim says of the table, measured afresh.
pub(crate) fn measured(settings: &Settings) -> Result<Summary, Failure> {
    Ok(kept(settings)?.summary())
}

/// Brings the page up to date with the kept table, where there is one.
pub(super) fn rewrite(settings: &Settings) -> Result<(), Failure> {
    match read(settings)? {
        Some(table) => write_page(settings, &table),
        None => Ok(()),
    }
}

fn kept(settings: &Settings) -> Result<Table, Failure> {
    let table = simulated(settings, &["--release", "--example", "validity"])?;
    let text = serde_json::to_string_pretty(&table)
        .map_err(|error| Failure::Environment(format!("the table can't be written: {error}")))?;
    let path = json(settings);
    std::fs::write(&path, text + "\n").map_err(Failure::io("write", &path))?;
    write_page(settings, &table)?;
    Ok(table)
}

fn simulated(settings: &Settings, words: &[&str]) -> Result<Table, Failure> {
    let all = [&["run", "--quiet", "--locked", "-p", "daepyo-verdict"][..], words].concat();
    let mut example = process::command(settings, "cargo", &all);
    let (status, printed) = process::stdout(&mut example)?;
    process::succeeded(&example, status)?;
    let row = |line: &str| {
        let parsed: Result<Row, _> = serde_json::from_str(line);
        parsed.map_err(|error| Failure::BadInput(format!("a row can't be read: {error}: {line}")))
    };
    let rows = printed.lines().map(row).collect::<Result<Vec<Row>, Failure>>()?;
    let circumstances = machine::describe(settings)?;
    Ok(Table::new(rows, circumstances))
}

fn json(settings: &Settings) -> PathBuf {
    settings.root.join("docs/verdict-validity.json")
}

fn read(settings: &Settings) -> Result<Option<Table>, Failure> {
    let path = json(settings);
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
    let table = serde_json::from_str(&text);
    table.map(Some).map_err(|error| Failure::BadInput(format!("{} can't be read: {error}", path.display())))
}

fn write_page(settings: &Settings, table: &Table) -> Result<(), Failure> {
    let path = settings.root.join("docs/verdict-validity.md");
    std::fs::write(&path, table.page()).map_err(Failure::io("write", &path))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn the_page_shows_the_kept_table() {
        let settings = Settings::of_checkout();
        let kept =
            std::fs::read_to_string(settings.root.join("docs/verdict-validity.md")).unwrap_or_default();
        let page = read(&settings).unwrap().unwrap().page();
        assert!(kept == page, "docs/verdict-validity.md is old: run `cargo xtask bench`");
    }
}
