//! The layout table of `ARCHITECTURE.md` against what the crates really use, and the files that a repository needs.

use super::{Finding, Tree};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const MAP: &str = "ARCHITECTURE.md";

/// Files that the conventions ask for.
const NEEDED: [&str; 9] = [
    "README.md",
    "README.ko.md",
    MAP,
    "CHANGELOG.md",
    "LICENSE",
    "deny.toml",
    "rust-toolchain.toml",
    ".ci/run",
    "docs/errors/README.md",
];

/// What `cargo metadata` prints, as far as it is read here.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<String>,
}

/// What a row of the table allows.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    line: usize,
    /// `all above` of a row is written out already.
    may_use: BTreeSet<String>,
    /// Only in tests: names with `(tests)` behind them.
    may_use_in_tests: BTreeSet<String>,
    /// `all`, whatever stands in the table.
    all: bool,
}

pub(crate) fn check(tree: &Tree, metadata: &Metadata, root: &str) -> Vec<Finding> {
    let missing = NEEDED.iter().filter(|path| !tree.has(path));
    let mut findings: Vec<_> = missing.map(|path| Finding::new(path, 0, "is missing")).collect();
    findings.extend(migrations(tree));
    let Some(text) = tree.text(MAP) else { return findings };
    let rows = rows(text);
    if rows.is_empty() {
        let message = "has no table `| folder | purpose | may use |` below a heading `Layout`";
        findings.push(Finding::new(MAP, 0, message));
        return findings;
    }
    let mut folders = BTreeSet::new();
    for package in &metadata.packages {
        let folder = folder(&package.manifest_path, root);
        match rows.get(&folder) {
            Some(row) => findings.extend(edges(package, &folder, row)),
            None => {
                findings.push(Finding::new(MAP, 0, format!("the layout table has no row for `{folder}`")));
            }
        }
        folders.insert(folder);
    }
    for (folder, row) in &rows {
        if !folders.contains(folder) && !tree.has(folder) {
            let message = format!("the layout table lists `{folder}`, which does not exist");
            findings.push(Finding::new(MAP, row.line, message));
        }
    }
    findings
}

fn edges(package: &Package, folder: &str, row: &Row) -> Vec<Finding> {
    let ours = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
    ours.filter_map(|dependency| {
        let short = dependency.name.strip_prefix("daepyo-").unwrap_or(&dependency.name);
        let in_tests = dependency.kind.as_deref() == Some("dev");
        let allowed = row.all
            || dependency.name == package.name
            || row.may_use.contains(short)
            || (in_tests && row.may_use_in_tests.contains(short));
        (!allowed).then(|| {
            let how = if in_tests { "uses in tests" } else { "uses" };
            let message = format!("{how} `{short}`, which its row in {MAP} does not allow");
            Finding::new(&format!("{folder}/Cargo.toml"), 0, message)
        })
    })
    .collect()
}

/// The folder of a manifest, relative to the root.
fn folder(manifest: &str, root: &str) -> String {
    let path = manifest.strip_prefix(root).unwrap_or(manifest).trim_start_matches('/');
    path.strip_suffix("/Cargo.toml").unwrap_or(path).to_owned()
}

/// The rows of the first table below the heading `Layout`, by folder.
fn rows(text: &str) -> BTreeMap<String, Row> {
    let is_heading = |line: &str| line.starts_with('#') && line.trim_matches(['#', ' ']) == "Layout";
    let mut rows = BTreeMap::new();
    let mut above: Vec<String> = Vec::new();
    let lines = text.lines().enumerate().skip_while(|(_, line)| !is_heading(line)).skip(1);
    for (index, line) in lines {
        if line.starts_with('#') {
            break;
        }
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let (Some(folder), Some(uses)) = (cells.first(), cells.get(2)) else { continue };
        let folder = folder.trim_matches('`');
        if !line.trim_start().starts_with('|') || folder == "folder" || folder.starts_with('-') {
            continue;
        }
        let mut row =
            Row { line: index + 1, may_use: BTreeSet::new(), may_use_in_tests: BTreeSet::new(), all: false };
        for word in uses.split(',').map(|word| word.trim().trim_matches('`')).filter(|word| !word.is_empty())
        {
            match word.strip_suffix("(tests)") {
                Some(name) => {
                    row.may_use_in_tests.insert(name.trim().trim_matches('`').to_owned());
                }
                None if word == "all" => row.all = true,
                None if word == "all above" => row.may_use.extend(above.iter().cloned()),
                None => {
                    row.may_use.insert(word.to_owned());
                }
            }
        }
        above.push(folder.rsplit('/').next().unwrap_or(folder).to_owned());
        rows.insert(folder.to_owned(), row);
    }
    rows
}

/// Migrations are numbered from 1 without a gap: `0001_name.sql`. One that was applied can't be renumbered.
fn migrations(tree: &Tree) -> Vec<Finding> {
    let mut folders: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (path, _) in tree.ending(".sql") {
        if let Some((folder, name)) = path.rsplit_once('/')
            && folder.split('/').any(|part| part == "migrations")
        {
            folders.entry(folder).or_default().push((path, name));
        }
    }
    let mut findings = Vec::new();
    for files in folders.values() {
        for (wanted, (path, name)) in (1..).zip(files) {
            if !name.starts_with(&format!("{wanted:04}_")) {
                findings.push(Finding::new(path, 0, format!("must be number {wanted:04} of its folder")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    const TABLE: &str = "# Map\n## Layout\n| folder | purpose | may use |\n| --- | --- | --- |\n\
        | crates/core | types | |\n| crates/task | tasks | core, backend (tests) |\n\
        | `crates/stage` | the line | all above |\n| xtask | tasks | all |\n## Other\n| x | y | z |\n";

    fn metadata(edges: &str) -> Metadata {
        let package = |name: &str, folder: &str, edges: &str| {
            format!(
                r#"{{"name": "{name}", "manifest_path": "/r/{folder}/Cargo.toml", "dependencies": [{edges}]}}"#
            )
        };
        let dependency = |name: &str, kind: &str| {
            format!(r#"{{"name": "{name}", "kind": {kind}, "path": "/r/crates/x"}}"#)
        };
        let packages = [
            package("daepyo-core", "crates/core", r#"{"name": "serde", "kind": null}"#),
            package("daepyo-task", "crates/task", edges),
            package("daepyo-stage", "crates/stage", &dependency("daepyo-task", "null")),
            package("xtask", "xtask", &dependency("daepyo-anything", "null")),
        ];
        serde_json::from_str(&format!(r#"{{"packages": [{}]}}"#, packages.join(", "))).unwrap()
    }

    fn complete(table: &str) -> Tree {
        let mut files: Vec<_> = NEEDED.iter().map(|path| (*path, "")).collect();
        files.retain(|(path, _)| *path != MAP);
        files.push((MAP, table));
        files.push(("crates/core/Cargo.toml", ""));
        Tree::of(&files)
    }

    fn messages(tree: &Tree, metadata: &Metadata) -> Vec<String> {
        check(tree, metadata, "/r").iter().map(ToString::to_string).collect()
    }

    const CORE: &str = r#"{"name": "daepyo-core", "kind": null, "path": "/r/crates/core"}"#;

    #[test]
    fn edges_of_the_table_are_allowed() {
        let tests = r#"{"name": "daepyo-backend", "kind": "dev", "path": "/r/crates/backend"}"#;
        assert_eq!(messages(&complete(TABLE), &metadata(&format!("{CORE}, {tests}"))), [] as [&str; 0]);
    }

    #[test]
    fn other_edges_are_found() {
        let backend = r#"{"name": "daepyo-backend", "kind": null, "path": "/r/crates/backend"}"#;
        let found = messages(&complete(TABLE), &metadata(backend));
        assert_eq!(
            found,
            ["crates/task/Cargo.toml: uses `backend`, which its row in ARCHITECTURE.md does not allow"]
        );
        let tests = r#"{"name": "daepyo-store", "kind": "dev", "path": "/r/crates/store"}"#;
        let found = messages(&complete(TABLE), &metadata(tests));
        assert!(found.iter().any(|line| line.contains("uses in tests `store`")), "{found:?}");
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_folder_are_found() {
        let table = TABLE.replace("crates/stage", "crates/scene");
        let found = messages(&complete(&table), &metadata(CORE));
        assert_eq!(
            found,
            [
                "ARCHITECTURE.md: the layout table has no row for `crates/stage`",
                "ARCHITECTURE.md:7: the layout table lists `crates/scene`, which does not exist",
            ]
        );
    }

    #[test]
    fn a_missing_table_and_a_missing_file_are_found() {
        let found = messages(&complete("# Map\n"), &metadata(CORE));
        assert!(found.iter().any(|line| line.contains("has no table")), "{found:?}");
        let found = messages(&Tree::of(&[(MAP, TABLE), ("crates/x", "")]), &metadata(CORE));
        assert!(found.contains(&"LICENSE: is missing".to_owned()), "{found:?}");
    }

    #[test]
    fn a_gap_between_migrations_is_found() {
        let good = [("m/migrations/sqlite/0001_a.sql", ""), ("m/migrations/sqlite/0002_b.sql", "")];
        assert_eq!(migrations(&Tree::of(&good)), []);
        let gap = [("m/migrations/sqlite/0001_a.sql", ""), ("m/migrations/sqlite/0003_b.sql", "")];
        assert_eq!(migrations(&Tree::of(&gap)).len(), 1);
    }
}
