//! How many leaks are found and how many findings are leaks, on the table `fixtures/arena/leaks.tsv`; the figures of
//! `docs/reference/arena.md` are these.

use daepyo_arena::leak::{Entry, Names};
use std::path::Path;

/// The table's candidate of our own making; all others are names that everybody knows.
pub(crate) fn names() -> Names {
    Names::new([Entry {
        who: "haneul".to_owned(),
        distinctive: vec!["Haneul-1".to_owned(), "하늘원".to_owned()],
        ordinary: vec!["하늘".to_owned(), "하늘연구소".to_owned(), "Haneul Labs".to_owned()],
    }])
}

struct Row {
    set: String,
    what: String,
    truth: String,
    who: String,
    text: String,
}

fn table() -> Vec<Row> {
    let crate_folder = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let table =
        std::fs::read_to_string(Path::new(&crate_folder).join("../../fixtures/arena/leaks.tsv")).unwrap();
    let rows = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(cells.len(), 5, "{line}");
        Row {
            set: cells[0].to_owned(),
            what: cells[1].to_owned(),
            truth: cells[2].to_owned(),
            who: cells[3].to_owned(),
            text: unescaped(cells[4]),
        }
    };
    rows.map(row).collect()
}

/// All texts of the table.
pub(crate) fn texts() -> Vec<String> {
    table().into_iter().map(|row| row.text).collect()
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (hex, rest) = part.split_once('}').unwrap();
        whole.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
        whole.push_str(rest);
    }
    whole
}

/// Found and true, found and false, missed, rightly passed; and the texts that were taken wrongly.
#[derive(Debug, Default)]
struct Counts {
    hits: usize,
    false_alarms: usize,
    misses: usize,
    passed: usize,
    wrong: Vec<String>,
}

impl Counts {
    /// Panics with the rows that were taken wrongly where the counts are others.
    fn expect(&self, hits: usize, false_alarms: usize, misses: usize, passed: usize) {
        let counts = (self.hits, self.false_alarms, self.misses, self.passed);
        assert_eq!(counts, (hits, false_alarms, misses, passed), "{:#?}", self.wrong);
    }
}

fn count(rows: &[Row], set: &str, what: &str, is_true: &str, finds: impl Fn(&str) -> bool) -> Counts {
    let mut counts = Counts::default();
    for row in rows.iter().filter(|row| row.set == set && row.what == what) {
        match (row.truth == is_true, finds(&row.text)) {
            (true, true) => counts.hits += 1,
            (false, true) => {
                counts.wrong.push(format!("false alarm: {}", row.text));
                counts.false_alarms += 1;
            }
            (true, false) => {
                counts.wrong.push(format!("missed: {}", row.text));
                counts.misses += 1;
            }
            (false, false) => counts.passed += 1,
        }
    }
    counts
}

fn answers(set: &str) -> Counts {
    let names = names();
    count(&table(), set, "answer", "leak", |text| !names.find(text).is_empty())
}

fn prompts(set: &str) -> Counts {
    let names = names();
    count(&table(), set, "prompt", "asks", |text| names.asks_identity(text))
}

#[test]
fn answers_that_the_finder_was_made_for() {
    answers("known").expect(88, 3, 6, 60);
}

#[test]
fn answers_that_it_was_not_made_for() {
    answers("apart").expect(19, 3, 7, 25);
}

#[test]
fn prompts_that_the_finder_was_made_for() {
    prompts("known").expect(30, 0, 2, 20);
}

#[test]
fn prompts_that_it_was_not_made_for() {
    prompts("apart").expect(3, 0, 5, 8);
}

#[test]
fn a_leak_that_is_found_leads_to_the_right_one() {
    let (rows, names) = (table(), names());
    assert!(rows.len() >= 120, "{}", rows.len());
    for row in rows.iter().filter(|row| row.truth == "leak") {
        let leaks = names.find(&row.text);
        let who = (row.who != "-").then_some(row.who.as_str());
        let leads_there = leaks.iter().any(|leak| leak.who.as_deref() == who);
        assert!(leaks.is_empty() || leads_there, "{}: {leaks:?}", row.text);
        for leak in leaks {
            assert_eq!(row.text.get(leak.range.clone()), Some(leak.text.as_str()));
        }
    }
}
