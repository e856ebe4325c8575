//! Prints how every name of some task folders would run: `survey [--json] FOLDER...`.

use daepyo_task::{NameKind, TaskIndex, Way};
use std::{error::Error, io::Write as _, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, paths): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word == "--json");
    let survey = TaskIndex::survey(&paths.iter().map(PathBuf::from).collect::<Vec<_>>())?;
    let mut out = std::io::stdout().lock();
    if !flags.is_empty() {
        writeln!(out, "{}", survey.json())?;
        return Ok(());
    }
    for row in survey.rows() {
        let what = match &row.way {
            Way::Native | Way::Members(_) => String::new(),
            Way::Ported { functions } | Way::Hook { functions } => {
                let named: Vec<String> = functions
                    .iter()
                    .map(|function| format!(" {}={}", function.place, function.name))
                    .collect();
                named.concat()
            }
            Way::Class { name } => format!(" {name}"),
            Way::Refused { reason, .. } => format!(" {reason}"),
        };
        writeln!(out, "{} {} {}{what}", row.kind.name(), row.name, row.way.name())?;
    }
    writeln!(
        out,
        "{} tasks, {} groups, {} tags; {:?}",
        survey.count(NameKind::Task),
        survey.count(NameKind::Group),
        survey.count(NameKind::Tag),
        survey.counts()
    )?;
    Ok(())
}
