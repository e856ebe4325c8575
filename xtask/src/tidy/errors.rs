//! Every error code has a page, every page a code, and the index names them all.

use super::{Finding, Tree};
use std::collections::BTreeMap;

const FOLDER: &str = "docs/errors/";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let codes = codes(tree);
    let mut findings = Vec::new();
    let index = tree.text("docs/errors/README.md").unwrap_or_default();
    let mut pages = Vec::new();
    for (code, (path, line)) in &codes {
        let name = format!("{}.md", code.replace("::", "-"));
        match tree.text(&format!("{FOLDER}{name}")) {
            None => findings.push(Finding::new(path, *line, format!("`{code}` has no page {FOLDER}{name}"))),
            Some(text) if !text.starts_with(&format!("# `{code}`\n")) => {
                let message = format!("must begin with the heading `{code}`");
                findings.push(Finding::new(&format!("{FOLDER}{name}"), 1, message));
            }
            Some(_) if !index.contains(&format!("({name})")) => {
                findings.push(Finding::new("docs/errors/README.md", 0, format!("does not link to {name}")));
            }
            Some(_) => {}
        }
        pages.push(name);
    }
    for (path, _) in tree.ending(".md") {
        if let Some(name) = path.strip_prefix(FOLDER)
            && name != "README.md"
            && !pages.iter().any(|page| page == name)
        {
            findings.push(Finding::new(path, 0, "is the page of a code that nothing gives"));
        }
    }
    findings
}

/// The codes `"area::problem"` that stand as whole string literals in the sources of the crates, with a place.
///
/// Tests are left out: they name codes that are given elsewhere.
fn codes(tree: &Tree) -> BTreeMap<String, (&str, usize)> {
    let mut codes = BTreeMap::new();
    let sources =
        tree.ending(".rs").filter(|(path, _)| path.starts_with("crates/") && path.contains("/src/"));
    for (path, text) in sources {
        for (index, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            // Between quotation marks every second piece lies inside a literal; where marks are escaped this may slip,
            // and what then stands between them is no code.
            for piece in line.split('"').filter(|piece| is_code(piece)) {
                codes.entry(piece.to_owned()).or_insert((path, index + 1));
            }
        }
    }
    codes
}

fn is_code(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    text.split_once("::").is_some_and(|(area, problem)| {
        is_word(area)
            && is_word(problem)
            && !matches!(area, "std" | "core" | "alloc" | "crate" | "self" | "super")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: (&str, &str) =
        ("crates/a/src/error.rs", "//! A.\n\"area::wrong\" => \"x\",\n// \"area::not\"\n");
    const PAGE: (&str, &str) = ("docs/errors/area-wrong.md", "# `area::wrong`\n");
    const INDEX: (&str, &str) = ("docs/errors/README.md", "- [area::wrong](area-wrong.md)\n");

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_code_with_its_page_is_fine() {
        let test = ("crates/a/tests/it/main.rs", "\"area::other\"");
        let other = ("crates/a/src/lib.rs", "\"std::fmt\" \"Area::wrong\" \"area::\" \"a b::c\"");
        assert_eq!(found(&[SOURCE, PAGE, INDEX, test, other]), [] as [&str; 0]);
    }

    #[test]
    fn a_code_without_a_page_is_found() {
        let message = "crates/a/src/error.rs:2: `area::wrong` has no page docs/errors/area-wrong.md";
        assert_eq!(found(&[SOURCE, INDEX]), [message]);
    }

    #[test]
    fn a_page_without_a_code_is_found() {
        let page = ("docs/errors/area-old.md", "# `area::old`\n");
        let message = "docs/errors/area-old.md: is the page of a code that nothing gives";
        assert_eq!(found(&[SOURCE, PAGE, INDEX, page]), [message]);
    }

    #[test]
    fn a_page_with_another_heading_and_one_outside_the_index_are_found() {
        let page = ("docs/errors/area-wrong.md", "# `area::wrog`\n");
        assert_eq!(found(&[SOURCE, page, INDEX]).len(), 1);
        assert_eq!(
            found(&[SOURCE, PAGE, ("docs/errors/README.md", "")]),
            ["docs/errors/README.md: does not link to area-wrong.md"]
        );
    }
}
