//! The claim `gsm8k-replay`: four recorded models score what their authors counted, item by item.

use super::findings::Findings;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use daepyo_core::{CandidateDecision, Verdict};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

pub(crate) const CLAIM: Claim = Claim {
    name: "gsm8k-replay",
    promise: "The recorded answers of four models to GSM8K's test problems, as a stage: 286, 515, 458 and 742 right of \
              1,319 by our own extraction, item by item equal to the authors' labels",
    run,
};

const ITEMS: usize = 1_319;
/// Candidate, the records' name for it, and how many the authors counted as right.
const CANDIDATES: [(&str, &str, usize); 4] = [
    ("g6b-finetuning", "6b_finetuning", 286),
    ("g6b-verification", "6b_verification", 515),
    ("g175b-finetuning", "175b_finetuning", 458),
    ("g175b-verification", "175b_verification", 742),
];
const BEST: &str = "g175b-verification";

/// A line of `samples_*.jsonl`, as far as it is used here.
#[derive(Debug, Deserialize)]
struct Sample {
    doc: Document,
    target: String,
    filtered_resps: Vec<Value>,
    exact_match: f64,
    outcome: String,
}

#[derive(Debug, Deserialize)]
struct Document {
    question: String,
}

/// Runs the stage on the recorded answers, and compares with the authors' labels.
fn run(settings: &Settings) -> Result<Measured, Failure> {
    let recorded = local_data::file(settings, "gsm8k/example_model_solutions.jsonl")?;
    let work = local_data::example(settings, "gsm8k-replay")?;
    let source = recorded.parent().unwrap_or(&recorded).to_string_lossy().into_owned();
    let convert = work.join("convert.py").to_string_lossy().into_owned();
    let digests = process::capture(&mut process::command(
        settings,
        "python3",
        &[&convert, &source, &work.to_string_lossy()],
    ))?;

    let mut findings = Findings::default();
    let programme = work.join("programme.toml");
    let text = fs::read_to_string(&programme).map_err(Failure::io("read", &programme))?;
    let named = digests.split_whitespace().filter(|word| word.starts_with("sha256:"));
    findings.check(
        "programme.toml names the digests of the converted files",
        named.clone().count() == CANDIDATES.len() && named.clone().all(|digest| text.contains(digest)),
    );

    let programme = programme.to_string_lossy();
    let out = work.join("out");
    let folder = out.to_string_lossy();
    let run = ["run", &programme, "--stage", "replay", "--out", &folder];
    process::run(&mut local_data::daepyo(settings, &run)?)?;
    process::run(&mut local_data::daepyo(settings, &["verify", &folder])?)?;

    let labels = labels(&recorded)?;
    let mut rights = Vec::new();
    for (candidate, record, right) in CANDIDATES {
        let labels = labels.get(record).cloned().unwrap_or_default();
        rights.push(compare(&mut findings, &out, candidate, right, &labels)?.to_string());
    }
    findings.check("the best of them advances", advances(&out)? == [BEST]);
    let figure = format!("{} right of {ITEMS}, every item as its authors marked it", rights.join(", "));
    let figure = if findings.all_hold() { figure } else { format!("{} right of {ITEMS}", rights.join(", ")) };
    Ok(findings.measured(&figure))
}

/// The authors' labels: by record name, by question.
fn labels(path: &Path) -> Result<BTreeMap<String, BTreeMap<String, bool>>, Failure> {
    let text = fs::read_to_string(path).map_err(Failure::io("read", path))?;
    let mut labels: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
    for line in text.lines() {
        let record: Value = serde_json::from_str(line)
            .map_err(|error| Failure::BadInput(format!("{}: {error}", path.display())))?;
        let question = record.get("question").and_then(Value::as_str).unwrap_or_default();
        for (_, name, _) in CANDIDATES {
            let label = record.get(name).and_then(|one| one.get("is_correct")).and_then(Value::as_bool);
            if let Some(label) = label {
                labels.entry(name.to_owned()).or_default().insert(question.to_owned(), label);
            }
        }
    }
    Ok(labels)
}

fn compare(
    findings: &mut Findings,
    out: &Path,
    candidate: &str,
    expected: usize,
    labels: &BTreeMap<String, bool>,
) -> Result<usize, Failure> {
    let samples: Vec<Sample> = local_data::samples(&out.join("lm-eval").join(candidate), "gsm8k_replay")?;
    let is_right = |sample: &Sample| sample.exact_match > 0.5;
    let right = samples.iter().filter(|sample| is_right(sample)).count();
    let questions: BTreeSet<&str> = samples.iter().map(|sample| sample.doc.question.as_str()).collect();
    let differing: Vec<&Sample> =
        samples.iter().filter(|sample| labels.get(&sample.doc.question) != Some(&is_right(sample))).collect();
    let of = |name: &str| samples.iter().filter(|sample| sample.outcome == name).count();

    findings.figure(
        &format!("{candidate}: right of {}", samples.len()),
        format!(
            "{right} (unparsed {}, truncated {}, infrastructure {}; differing from the authors {})",
            of("unparsed"),
            of("truncated"),
            of("infrastructure"),
            differing.len()
        ),
    );
    for sample in &differing {
        findings.note(format!(
            "{candidate}: read {} for the target {:?}, the authors say {:?}: {}",
            sample.filtered_resps.first().unwrap_or(&Value::Null),
            sample.target,
            labels.get(&sample.doc.question),
            sample.doc.question
        ));
    }
    findings.check(
        &format!("{candidate}: all items, each once, none lost"),
        samples.len() == ITEMS
            && questions.len() == ITEMS
            && labels.len() == ITEMS
            && of("infrastructure") == 0,
    );
    findings.check(&format!("{candidate}: {expected} right, as its authors counted"), right == expected);
    findings.check(&format!("{candidate}: every item as its authors marked it"), differing.is_empty());
    Ok(right)
}

/// The candidates that the verdict lets advance at the written confidence.
fn advances(out: &Path) -> Result<Vec<String>, Failure> {
    let path = out.join("verdict.json");
    let bytes = fs::read(&path).map_err(Failure::io("read", &path))?;
    let verdict: Verdict =
        serde_json::from_slice(&bytes).map_err(|error| Failure::No(format!("verdict.json: {error}")))?;
    let outcomes = verdict.outcomes.into_iter();
    Ok(outcomes
        .filter(|outcome| outcome.decision == CandidateDecision::Advances)
        .map(|outcome| outcome.candidate.to_string())
        .collect())
}
