//! The claim `worked-examples`: published examples, each a test by its name, with what was printed beside ours.

use super::findings::Findings;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use std::fs;

pub(crate) const CLAIM: Claim = Claim {
    name: "worked-examples",
    promise: "Published worked examples of Krippendorff's alpha, intraclass correlations, the Rasch model, equivalence (TOST), \
              clustered standard errors, alpha spending and Bradley and Terry's model come out as they were printed, to the \
              last printed place",
    run,
};

/// An example: its test, the method, where it was printed, and how many values.
struct Example {
    test: &'static str,
    method: &'static str,
    source: &'static str,
    values: usize,
}

const EXAMPLES: [Example; 9] = [
    Example {
        test: "krippendorff_2011",
        method: "Krippendorff's alpha",
        source: "Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C",
        values: 4,
    },
    Example {
        test: "shrout_and_fleiss_1979",
        method: "intraclass correlations",
        source: "Shrout and Fleiss 1979, Psychological Bulletin 86, tables 2 and 4",
        values: 6,
    },
    Example {
        test: "facets_knox_cube_test",
        method: "Rasch model, joint maximum likelihood",
        source: "Wright and Stone 1979, Best Test Design, p. 31, as the manual of Facets prints it (Linacre, Score file=)",
        values: 3,
    },
    Example {
        test: "andersen_1973",
        method: "Rasch model, joint maximum likelihood",
        source: "Andersen 1973, British Journal of Mathematical and Statistical Psychology 26; Wright and Douglas 1977",
        values: 1,
    },
    Example {
        test: "lakens_2017",
        method: "two one-sided tests (TOST)",
        source: "Lakens 2017, Social Psychological and Personality Science 8, on Moery and Calin-Jageman 2016, study 2",
        values: 2,
    },
    Example {
        test: "lohr_1999",
        method: "clustered standard error",
        source: "Lohr 1999, Sampling: Design and Analysis, example 5.2",
        values: 2,
    },
    Example {
        test: "reboussin_and_others_2000",
        method: "alpha spending",
        source: "Reboussin, DeMets, Kim and Lan 2000, Controlled Clinical Trials 21, 190-207",
        values: 10,
    },
    Example {
        test: "jennison_and_turnbull_2000",
        method: "classical boundaries for several looks",
        source: "Jennison and Turnbull 2000, Group Sequential Methods, tables 2.1 and 2.3",
        values: 8,
    },
    Example {
        test: "agresti_2002",
        method: "Bradley and Terry's model",
        source: "Agresti 2002, Categorical Data Analysis, tables 10.10 and 10.11",
        values: 6,
    },
];

/// Runs the tests; each must pass and tell all of its values.
fn run(settings: &Settings) -> Result<Measured, Failure> {
    let file = local_data::work_folder(settings, CLAIM.name)?.join("figures");
    let names: Vec<String> = EXAMPLES.iter().map(|one| format!("worked_examples::{}", one.test)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let words = ["test", "-p", "daepyo-verdict", "--test", "it", "--", "--exact", "--test-threads=1"];
    let mut test = command(settings, "cargo", &[&words[..], &names].concat());
    test.env("DAEPYO_FIGURE", &file);
    let printed = process::tee(&mut test)?;
    let figures = fs::read_to_string(&file).unwrap_or_default();

    let mut findings = Findings::default();
    findings.check("every test passes", printed.status.success());
    let mut all = 0;
    for example in &EXAMPLES {
        let passed = printed.stdout.contains(&format!("test worked_examples::{} ... ok", example.test));
        findings.check(&format!("{}: the test passes", example.test), passed);
        findings.note(format!("{}: {} (test `{}`)", example.method, example.source, example.test));
        let rows = figures.lines().filter_map(|line| line.split_once('\t'));
        let rows: Vec<&str> = rows.filter(|(test, _)| *test == example.test).map(|(_, rest)| rest).collect();
        findings.check(&format!("{}: all values were told", example.test), rows.len() == example.values);
        for row in &rows {
            let cells: Vec<&str> = row.split('\t').collect();
            if let [what, published, ours] = cells.as_slice() {
                findings.figure(&format!("{what}: published {published}, ours"), ours);
            }
        }
        all += rows.len();
    }
    let figure = if findings.all_hold() {
        format!("{all} values of {} published examples as they were printed", EXAMPLES.len())
    } else {
        format!("{all} values of {} published examples, not all as they were printed", EXAMPLES.len())
    };
    Ok(findings.measured(&figure))
}
