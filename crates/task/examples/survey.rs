//! Prints how every name of some task folders would run, and the CPU time that it took: `survey FOLDER...`.

use daepyo_task::{NameKind, TaskIndex, Way};
use std::{error::Error, io::Write as _, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let survey = TaskIndex::survey(&paths)?;
    let mut out = std::io::stdout().lock();
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
