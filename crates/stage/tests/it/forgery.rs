//! A forger who keeps digests, manifest and log consistent, and signs with a key of their own, is found by recomputing.

use crate::finished::{Finished, key};
use daepyo_core::{Observation, canonical};
use daepyo_stage::{Finding, Record, verify};
use serde_json::{Value, json};

fn codes(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings.iter().map(|finding| (finding.file.as_str(), finding.code.as_str())).collect()
}

/// The forged folder is found out without a trusted key, as `expected` says; with it also by its signature.
fn is_found(finished: &Finished, expected: (&str, &str)) {
    assert_eq!(codes(&finished.findings()), [expected]);
    let findings = verify(&finished.folder(), Some(&key(7).verifier()), None).unwrap_err();
    let found = codes(&findings);
    assert!(found.contains(&("log/key.pub", "evidence::key_mismatch")), "{found:?}");
    assert!(found.contains(&("log/checkpoint", "evidence::wrong_signature")), "{found:?}");
}

/// Changes the first line of a file of JSON lines that `wanted` says.
fn edit_line(finished: &Finished, name: &str, wanted: impl Fn(&Value) -> bool, change: impl Fn(&mut Value)) {
    let text = String::from_utf8(finished.read(name)).unwrap();
    let mut rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    change(rows.iter_mut().find(|row| wanted(row)).unwrap());
    let lines = rows.iter().flat_map(|row| [canonical::to_bytes(row).unwrap(), b"\n".to_vec()]);
    finished.write(name, &lines.flatten().collect::<Vec<u8>>());
}

#[test]
fn the_same_folder_signed_by_another_key_passes_only_without_a_trusted_key() {
    let finished = Finished::new();
    finished.forge(finished.records(), key(8));
    let verified = verify(&finished.folder(), None, None).unwrap();
    assert!(!verified.key_was_given && verified.report_differs, "the report names the first key");
    assert!(verify(&finished.folder(), Some(&key(7).verifier()), None).is_err());
}

#[test]
fn another_response_under_old_samples_is_found() {
    let finished = Finished::new();
    let is_right = |row: &Value| {
        let text = row["response"]["text"].as_str();
        text.is_some_and(|text| text.contains("정답: "))
    };
    edit_line(&finished, "responses/narae.jsonl", is_right, |row| {
        row["response"]["text"] = json!("다시 세어 보았습니다. 정답: 9999");
    });
    finished.forge(finished.records(), key(8));
    is_found(&finished, ("log", "verify::sample"));
}

#[test]
fn another_score_in_the_log_is_found() {
    let finished = Finished::new();
    let mut records = finished.records();
    let sample = records.iter_mut().find_map(|record| match record {
        Record::Observation(observation) => match &mut **observation {
            Observation::Sample(sample) if sample.candidate.as_str() == "dasom" && sample.score < 0.5 => {
                Some(sample)
            }
            _ => None,
        },
        _ => None,
    });
    sample.unwrap().score = 1.0;
    finished.forge(records, key(8));
    is_found(&finished, ("log", "verify::sample"));
}

#[test]
fn a_sample_left_out_or_doubled_is_found() {
    for doubled in [false, true] {
        let finished = Finished::new();
        let mut records = finished.records();
        let place = records.iter().rposition(
            |record| matches!(record, Record::Observation(found) if matches!(**found, Observation::Sample(_))),
        );
        if doubled {
            records.insert(place.unwrap(), records[place.unwrap()].clone());
        } else {
            records.remove(place.unwrap());
        }
        finished.forge(records, key(8));
        is_found(&finished, ("log", "verify::sample"));
    }
}

#[test]
fn another_verdict_is_found() {
    let finished = Finished::new();
    let mut verdict: Value = serde_json::from_slice(&finished.read("verdict.json")).unwrap();
    assert_eq!(verdict["outcomes"][2]["decision"], "eliminated_by_gate");
    verdict["outcomes"][2]["decision"] = json!("advances");
    finished.write("verdict.json", &canonical::to_bytes(&verdict).unwrap());
    finished.forge(finished.records(), key(8));
    is_found(&finished, ("verdict.json", "verify::verdict"));
}

#[test]
fn votes_added_after_the_verdict_are_found() {
    let finished = Finished::new();
    let mut records = finished.records();
    let last = records.iter().rposition(|record| matches!(record, Record::Observation(_))).unwrap();
    let vote = records.iter().find_map(|record| match record {
        Record::Observation(found) => match &**found {
            Observation::Vote(vote) => Some(vote.clone()),
            _ => None,
        },
        _ => None,
    });
    for number in 1000..1020 {
        let voter = daepyo_core::VoterId::new(format!("added-{number}")).unwrap();
        let added = daepyo_core::Vote { voter, number, ..vote.clone().unwrap() };
        records.insert(last + 1, Record::Observation(Box::new(Observation::Vote(added))));
    }
    finished.forge(records, key(8));
    is_found(&finished, ("verdict.json", "verify::verdict"));
}

#[test]
fn other_rules_than_the_programme_file_says_are_found() {
    let finished = Finished::new();
    let mut rules: Value = serde_json::from_slice(&finished.read("rules.json")).unwrap();
    rules["programme"]["stages"][0]["seed"] = json!(5);
    finished.write("rules.json", &canonical::to_bytes(&rules).unwrap());
    finished.forge(finished.records(), key(8));
    is_found(&finished, ("rules.json", "verify::rules"));
}

#[test]
fn another_document_than_was_sealed_is_found() {
    let finished = Finished::new();
    let name = "suites/sums/data/test.jsonl";
    let text = String::from_utf8(finished.read(name)).unwrap();
    finished.write(name, text.replacen("상자", "바구니", 1).as_bytes());
    finished.forge(finished.records(), key(8));
    is_found(&finished, (name, "verify::changed"));
}

#[test]
fn regression_a_second_task_file_of_the_same_name_is_not_scored_with() {
    let finished = Finished::new();
    let text = String::from_utf8(finished.read("suites/words/words.yaml")).unwrap();
    let other = text.replace("doc_to_target: answer", "doc_to_target: 0");
    // Of two files the first is read.
    finished.write("suites/words/a.yaml", other.as_bytes());
    assert_eq!(codes(&finished.findings()), [("suites/words/a.yaml", "verify::changed")]);
    std::fs::remove_file(finished.path("suites/words/a.yaml")).unwrap();
    finished.write("suites/words/z.yaml", other.as_bytes());
    assert_eq!(finished.findings(), []);
}

#[test]
fn other_results_in_lm_evals_layout_are_found() {
    let finished = Finished::new();
    let name = finished.files().into_iter().find(|name| name.starts_with("lm-eval/dasom/results_")).unwrap();
    let mut results: Value = serde_json::from_slice(&finished.read(&name)).unwrap();
    results["results"]["line_words"]["acc,none"] = json!(0.99);
    finished.write(&name, format!("{results:#}\n").as_bytes());
    finished.forge(finished.records(), key(8));
    is_found(&finished, (&name, "verify::aggregate"));
}

#[test]
fn another_report_is_told() {
    let finished = Finished::new();
    let text = String::from_utf8(finished.read("report.html")).unwrap();
    finished.write("report.html", text.replacen("다솜", "가람", 1).as_bytes());
    finished.forge(finished.records(), key(7));
    assert!(verify(&finished.folder(), None, None).unwrap().report_differs);
}

#[test]
fn a_manifest_that_leads_out_of_the_folder_is_refused() {
    let finished = Finished::new();
    let mut manifest: daepyo_stage::Manifest =
        serde_json::from_slice(&finished.read("manifest.json")).unwrap();
    let own = daepyo_core::Digest::of(&finished.read("rules.json"));
    for path in ["../outside", "/etc/hostname", "responses/../../outside"] {
        manifest.files.insert(path.to_owned(), own);
    }
    std::fs::write(finished.path("../outside"), b"").unwrap();
    let bytes = canonical::to_bytes(&manifest).unwrap();
    finished.write("manifest.json", &bytes);
    let mut records = finished.records();
    for record in &mut records {
        if let Record::Manifest(file) = record {
            file.digest = daepyo_core::Digest::of(&bytes);
        }
    }
    finished.sign_again(&records, key(8));
    let findings = finished.findings();
    assert_eq!(codes(&findings), [("manifest.json", "verify::unusable"); 3]);
}
