//! Rust files: a sentence at the top, a bearable length, a name that says something, no folder of the build inside.

use super::{Finding, Tree};

const MOST_LINES: usize = 800;
/// What the header of a longer file must say, with the reason behind it.
const EXCUSE: &str = "Longer than 800 lines because";
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 5] = ["utils", "util", "common", "helpers", "manager"];

/// What would compile the folder of the build into the program. Checkouts may share a target folder.
const OWN_FOLDER: &str = concat!("env!(\"CARGO_", "MANIFEST_DIR\")");

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs") {
        if !text.starts_with("//! ") {
            findings.push(Finding::new(path, 1, "must open with a `//!` sentence that says what it is for"));
        }
        let lines = text.lines().count();
        let header = text.lines().take_while(|line| line.starts_with("//!"));
        let is_excused = header.collect::<Vec<_>>().join(" ").replace(" //! ", " ").contains(EXCUSE);
        if lines > MOST_LINES && !is_excused {
            let message = format!(
                "has {lines} lines; split it, or say in its header `{EXCUSE} …` (at most {MOST_LINES})"
            );
            findings.push(Finding::new(path, 0, message));
        }
        for (number, _) in text.lines().enumerate().filter(|(_, line)| line.contains(OWN_FOLDER)) {
            let message = format!(
                "`{OWN_FOLDER}` is another checkout's folder where two share a target folder; ask \
                                   `std::env::var` when it runs"
            );
            findings.push(Finding::new(path, number + 1, message));
        }
        let parts = path.split('/').map(|part| part.trim_end_matches(".rs"));
        for part in parts.filter(|part| EMPTY_NAMES.contains(part)) {
            findings.push(Finding::new(path, 0, format!("`{part}` says nothing; name it for what it holds")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_with_a_header_is_fine() {
        assert_eq!(found("crates/core/src/date.rs", "//! Days.\n"), [] as [&str; 0]);
    }

    #[test]
    fn a_file_without_a_header_is_found() {
        let message = "a.rs:1: must open with a `//!` sentence that says what it is for";
        assert_eq!(found("a.rs", "fn main() {}\n"), [message]);
        assert_eq!(found("a.rs", ""), [message]);
    }

    #[test]
    fn a_long_file_is_found_unless_it_says_why() {
        let body = "\n".repeat(800);
        assert_eq!(found("a.rs", &format!("//! A.\n{body}")).len(), 1);
        assert_eq!(
            found("a.rs", &format!("//! A. Longer than 800 lines because it is one table.\n{body}")).len(),
            0
        );
        assert_eq!(
            found("a.rs", &format!("//! A. Longer than\n//! 800 lines because it is so.\n{body}")).len(),
            0
        );
        let short = "\n".repeat(799);
        assert_eq!(found("a.rs", &format!("//! A.\n{short}")).len(), 0);
    }

    /// Regression: tests that another checkout had built into the same target folder read that checkout's files.
    #[test]
    fn a_folder_of_the_build_in_the_program_is_found() {
        let line = format!("let root = {OWN_FOLDER};");
        let lines = found("a.rs", &format!("//! A.\n{line}\n"));
        assert!(matches!(&lines[..], [one] if one.starts_with("a.rs:2: ")), "{lines:?}");
        assert_eq!(
            found("a.rs", "//! A.\nlet root = std::env::var(\"CARGO_MANIFEST_DIR\");\n"),
            [] as [&str; 0]
        );
    }

    #[test]
    fn an_empty_name_is_found_in_file_and_folder() {
        assert_eq!(found("crates/core/src/utils.rs", "//! A.\n").len(), 1);
        assert_eq!(found("crates/core/tests/common/it.rs", "//! A.\n").len(), 1);
        assert_eq!(found("crates/core/src/commonly.rs", "//! A.\n").len(), 0);
    }
}
