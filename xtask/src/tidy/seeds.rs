//! Fuzz targets: each is built and has seeds that a person can read through.

use super::{Finding, Tree};
use std::collections::BTreeSet;

const MANIFEST: &str = "fuzz/Cargo.toml";
const TARGETS: &str = "fuzz/fuzz_targets/";
const SEEDS: &str = "fuzz/seeds/";
const DICTIONARIES: &str = "fuzz/dictionaries/";
/// libFuzzer cuts inputs at this length, so a longer seed would not be tried as it is.
const MAX_SEED_BYTES: usize = 4096;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let manifest = tree.text(MANIFEST).unwrap_or_default();
    let mut targets = BTreeSet::new();
    for (path, _) in tree.sizes() {
        let Some(name) = path.strip_prefix(TARGETS).and_then(|file| file.strip_suffix(".rs")) else {
            continue;
        };
        targets.insert(name);
        if !tree.has(&format!("{SEEDS}{name}")) {
            findings.push(Finding::new(path, 0, format!("has no seed in `{SEEDS}{name}`")));
        }
        if !manifest.contains(&format!("name = \"{name}\"")) {
            findings.push(Finding::new(path, 0, format!("is no `[[bin]]` of `{MANIFEST}`")));
        }
    }
    for (path, bytes) in tree.sizes() {
        let seed = path.strip_prefix(SEEDS).and_then(|rest| rest.split_once('/')).map(|(target, _)| target);
        if seed.is_some() && !(1..MAX_SEED_BYTES).contains(&bytes) {
            findings.push(Finding::new(
                path,
                0,
                format!("has {bytes} bytes; a seed has 1 to {}", MAX_SEED_BYTES - 1),
            ));
        }
        let dictionary = path.strip_prefix(DICTIONARIES).and_then(|file| file.strip_suffix(".dict"));
        if seed.or(dictionary).is_some_and(|target| !targets.contains(target)) {
            findings.push(Finding::new(path, 0, "belongs to no fuzz target"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_target_with_a_seed_is_fine() {
        let files = [
            ("fuzz/Cargo.toml", "[[bin]]\nname = \"rows\"\n"),
            ("fuzz/fuzz_targets/rows.rs", "//! Rows.\n"),
            ("fuzz/seeds/rows/marks", "a,b\n"),
            ("fuzz/dictionaries/rows.dict", "\",\"\n"),
        ];
        assert_eq!(found(&files), [] as [&str; 0]);
    }

    #[test]
    fn a_target_without_seeds_or_entry_is_found() {
        let files = [("fuzz/Cargo.toml", ""), ("fuzz/fuzz_targets/rows.rs", "//! Rows.\n")];
        let messages = [
            "fuzz/fuzz_targets/rows.rs: has no seed in `fuzz/seeds/rows`",
            "fuzz/fuzz_targets/rows.rs: is no `[[bin]]` of `fuzz/Cargo.toml`",
        ];
        assert_eq!(found(&files), messages);
    }

    #[test]
    fn a_seed_of_nothing_or_of_no_target_or_too_long_is_found() {
        let long = "x".repeat(4096);
        let files = [
            ("fuzz/Cargo.toml", "name = \"rows\"\n"),
            ("fuzz/fuzz_targets/rows.rs", "//! Rows.\n"),
            ("fuzz/seeds/rows/empty", ""),
            ("fuzz/seeds/rows/long", long.as_str()),
            ("fuzz/seeds/votes/a", "a"),
        ];
        let messages = [
            "fuzz/seeds/rows/empty: has 0 bytes; a seed has 1 to 4095",
            "fuzz/seeds/rows/long: has 4096 bytes; a seed has 1 to 4095",
            "fuzz/seeds/votes/a: belongs to no fuzz target",
        ];
        assert_eq!(found(&files), messages);
    }
}
