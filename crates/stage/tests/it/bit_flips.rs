//! One flipped bit, in any file that verification covers, is found and the file named.

use crate::finished::Finished;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::io::Write;

/// What kind of file a path is.
fn kind(path: &str) -> &'static str {
    match path {
        "rules.json" => "rules.json",
        "programme.toml" => "programme.toml",
        "verdict.json" => "verdict.json",
        "analysis.json" => "analysis.json",
        "report.html" => "report.html",
        "manifest.json" => "manifest.json",
        "log/key.pub" => "key.pub",
        "log/checkpoint" => "checkpoint",
        _ if path.starts_with("log/checkpoints/") => "checkpoints/*",
        _ if path.starts_with("log/tile/entries/") => "entry bundles",
        _ if path.starts_with("log/tile/") => "tiles",
        _ if path.starts_with("responses/") => "responses",
        _ if path.starts_with("suites/") && path.contains("/data/") => "suites' documents",
        _ if path.starts_with("suites/") => "suites' yaml",
        _ if path.contains("/results_") => "lm-eval results",
        _ if path.contains("/samples_") => "lm-eval samples",
        _ => "other",
    }
}

#[test]
fn a_flipped_bit_is_found_and_its_file_named() {
    let asked: usize = std::env::var("DAEPYO_FLIPS").map_or(300, |text| text.parse().unwrap());
    let finished = Finished::new();
    assert_eq!(finished.findings(), []);
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for path in finished.files() {
        kinds.entry(kind(&path)).or_default().push(path);
    }
    assert_eq!((kinds.len(), kinds.get("other")), (16, None));

    let mut draw = ChaCha8Rng::seed_from_u64(11);
    let mut below = |count: usize| usize::try_from(draw.next_u64() % count as u64).unwrap();
    let each = asked.div_ceil(kinds.len()).max(20);
    let mut flips = 0;
    for files in kinds.values() {
        for _ in 0..each {
            let name = &files[below(files.len())];
            let bytes = finished.read(name);
            let (byte, bit) = (below(bytes.len()), below(8));
            let mut flipped = bytes.clone();
            flipped[byte] ^= 1 << bit;
            finished.write(name, &flipped);
            let findings = finished.findings();
            assert!(!findings.is_empty(), "bit {bit} of byte {byte} of {name} was not found");
            let others: Vec<_> = findings.iter().filter(|finding| finding.file != *name).collect();
            assert!(others.is_empty(), "bit {bit} of byte {byte} of {name} was laid to {others:?}");
            finished.write(name, &bytes);
            flips += 1;
        }
    }
    assert_eq!(finished.findings(), []);
    let names: Vec<_> = kinds.keys().copied().collect();
    tell(&format!(
        "{flips} of {flips} flipped bits found, each with exactly its file named: {each} in each of {} kinds of file ({})",
        kinds.len(),
        names.join(", ")
    ));
}

/// Adds a line to the file that `DAEPYO_FIGURE` names, where it does.
fn tell(line: &str) {
    if let Some(path) = std::env::var_os("DAEPYO_FIGURE") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}
