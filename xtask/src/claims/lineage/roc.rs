//! The claim `lineage-roc`: related models are found in whatever form, independent ones are not called related.

use super::set::{Found, Pair, PairSet, area, build, compare_all, measured};
use crate::claims::findings::Findings;
use crate::claims::{Claim, Measured};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

pub(crate) const CLAIM: Claim = Claim {
    name: "lineage-roc",
    promise: "At least 60 related pairs of models (trained further, low rank, merged, every quantisation of llama.cpp, layers \
              dropped and doubled, vocabulary cut and extended, noise, permuted, rotated, rescaled, pruned, tied) and as many \
              independent ones, most of the same architecture: no independent pair is called related at the level of 1e-6, \
              every related pair whose weights can be read is found, coefficients of merges come out within .03 and ranks \
              of merged low-rank changes exactly; the raw cosine of norms, on the same pairs, separates nothing",
    run,
};

/// Low-rank differences without their base are tested by `daepyo lineage scan`, below.
const ADAPTER: &str = "lora_adapter";
const COEFFICIENT: f64 = 0.03;

#[derive(Debug, Deserialize)]
struct Norms {
    pairs: usize,
    raw: f64,
    centred: f64,
}

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let set = PairSet::provide(settings)?;
    let results = compare_all(settings, &set)?;
    let mut findings = Findings::default();
    let of =
        |related: bool| set.pairs.iter().zip(&results).filter(move |(pair, _)| pair.is_related() == related);
    let (related, independent) = (of(true).count(), of(false).count());
    findings.check(
        "at least 60 related pairs and as many independent ones",
        related >= 60 && independent >= related.min(60),
    );

    let mut table: BTreeMap<(&str, &str, String), usize> = BTreeMap::new();
    for (pair, found) in set.pairs.iter().zip(&results) {
        let verdict = found.as_ref().map_or_else(|_| "not read".to_owned(), |found| found.verdict.clone());
        *table.entry((&pair.label, &pair.relation, verdict)).or_default() += 1;
    }
    for ((label, relation, verdict), count) in table {
        findings.figure(&format!("{label}, {relation}"), format!("{verdict} {count}"));
    }
    let called: Vec<&str> =
        of(false).filter(|(_, found)| is_called(found)).map(|(pair, _)| pair.id.as_str()).collect();
    findings
        .check(&format!("no independent pair is called related ({})", called.join(", ")), called.is_empty());
    let missed: Vec<String> = of(true)
        .filter(|(pair, found)| pair.relation != ADAPTER && found.is_ok() && !is_called(found))
        .map(|(pair, _)| pair.id.clone())
        .collect();
    findings.check(
        &format!("every related pair that is read is found ({})", missed.join(", ")),
        missed.is_empty(),
    );
    for (pair, found) in set.pairs.iter().zip(&results) {
        if let Err(message) = found {
            findings.note(format!("not read: {}: {message}", pair.id));
        }
    }
    let scores = |related: bool| -> Vec<f64> {
        of(related).filter_map(|(_, found)| found.as_ref().ok()?.score()).collect()
    };
    let (found_scores, independent_scores) = (scores(true), scores(false));
    let by_p = area(&found_scores, &independent_scores);
    let greatest = independent_scores.iter().copied().fold(0.0, f64::max);
    findings.figure("area under the curve, by the least p", format!("{by_p:.4}"));
    findings.figure("greatest -log10 p of an independent pair", format!("{greatest:.1}"));
    let least = of(true).filter_map(|(pair, found)| {
        let found = found.as_ref().ok()?;
        Some((found.score()?, pair, found))
    });
    if let Some((score, pair, found)) = least.min_by(|one, other| one.0.total_cmp(&other.0)) {
        let strongest = found.strongest();
        findings.figure("least -log10 p of a related pair", format!("{score:.1} ({}, {strongest})", pair.id));
    }
    findings.check("the area under the curve is above .999", by_p > 0.999);
    let raw = raw_norms(settings, &set, &mut findings);
    scanned(settings, &set, &mut findings)?;
    let tested = found_scores.len();
    let figure = format!(
        "{related} related and {independent} independent pairs: {} of {tested} that can be compared found, {} called related \
         falsely, area under the curve {by_p:.4}; raw cosine of norms {raw:.3}",
        of(true).filter(|(_, found)| is_called(found)).count(),
        called.len()
    );
    Ok(findings.measured(&figure))
}

fn is_called(found: &Result<Found, String>) -> bool {
    found.as_ref().is_ok_and(Found::is_related)
}

/// What the accusation of January 2026 went by, on the pairs of the same shape whose norms were trained.
fn raw_norms(settings: &Settings, set: &PairSet, findings: &mut Findings) -> f64 {
    let (mut raw, mut centred) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for pair in set.pairs.iter().filter(|pair| is_readable(pair)) {
        let (first, second) = (set.path(&pair.a), set.path(&pair.b));
        let words = ["norms", &*first.to_string_lossy(), &*second.to_string_lossy()];
        let Ok(norms) = measured::<Norms>(settings, &words) else { continue };
        if norms.pairs == 0 {
            continue;
        }
        if pair.is_related() {
            raw.0.push(norms.raw);
            centred.0.push(norms.centred);
        } else {
            raw.1.push(norms.raw);
            centred.1.push(norms.centred);
        }
    }
    let (by_raw, by_centred) = (area(&raw.0, &raw.1), area(&centred.0, &centred.1));
    let high = raw.1.iter().filter(|value| **value > 0.94).count();
    findings.figure("raw cosine of norms: area under the curve", format!("{by_raw:.4}"));
    findings.figure("independent pairs with a raw cosine above .94", format!("{high} of {}", raw.1.len()));
    findings.figure("centred correlation of norms: area under the curve", format!("{by_centred:.4}"));
    findings.check(
        "a raw cosine above .94 says nothing: independent pairs have it too",
        high * 10 >= raw.1.len(),
    );
    by_raw
}

fn is_readable(pair: &Pair) -> bool {
    pair.relation != ADAPTER && ![&pair.a, &pair.b].iter().any(|name| name.rsplit('.').next() == Some("jit"))
}

#[derive(Debug, Deserialize)]
struct Scan {
    models: Vec<Scanned>,
}

#[derive(Debug, Deserialize)]
struct Scanned {
    id: String,
    status: String,
    reason: String,
    difference: Option<Difference>,
    merge: Option<Merge>,
}

#[derive(Debug, Deserialize)]
struct Difference {
    rank: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Merge {
    coefficients: Vec<f64>,
    residual: f64,
}

/// Merges, low-rank changes and adapters as a registry: coefficients, ranks, and what adds nothing.
fn scanned(settings: &Settings, set: &PairSet, findings: &mut Findings) -> Result<(), Failure> {
    let mut children: BTreeMap<&str, (&Pair, Vec<String>)> = BTreeMap::new();
    for pair in set.pairs.iter().filter(|pair| pair.is_related()) {
        if matches!(pair.relation.as_str(), "merge" | "lora_merged" | ADAPTER) {
            let named = pair.expect.get("parents").and_then(serde_json::Value::as_array).map(|parents| {
                parents.iter().filter_map(|parent| parent.as_str().map(str::to_owned)).collect()
            });
            children.insert(&pair.b, (pair, named.unwrap_or_else(|| vec![pair.a.clone()])));
        }
    }
    let roots: BTreeSet<&String> = children.values().flat_map(|(_, parents)| parents).collect();
    let mut lines = String::new();
    for root in roots.into_iter().filter(|root| !children.contains_key(root.as_str())) {
        lines.push_str(&json!({"id": root, "path": root}).to_string());
        lines.push('\n');
    }
    for (child, (pair, parents)) in &children {
        let relation = match pair.relation.as_str() {
            "merge" => "merge",
            ADAPTER => "adapter",
            _ => "finetune",
        };
        lines.push_str(
            &json!({"id": child, "path": child, "base_model": parents, "relation": relation}).to_string(),
        );
        lines.push('\n');
    }
    let list = set.folder.join("registry.jsonl");
    fs::write(&list, lines).map_err(Failure::io("write", &list))?;
    let daepyo = build(settings)?;
    let words = ["lineage", "scan", &*list.to_string_lossy(), "--json"];
    let printed = process::capture(&mut process::command(settings, &daepyo.to_string_lossy(), &words))?;
    let scan: Scan =
        serde_json::from_str(&printed).map_err(|error| Failure::No(format!("the scan: {error}")))?;
    let (mut farthest, mut merges, mut ranks) = (0.0_f64, 0, 0);
    for model in &scan.models {
        let Some((pair, _)) = children.get(model.id.as_str()) else { continue };
        let told = |what: &str| format!("{}: {what}", model.id);
        match pair.relation.as_str() {
            "merge" => {
                merges += 1;
                let wanted: Vec<f64> = numbers(pair.expect.get("coefficients"));
                let off = model.merge.as_ref().map_or(f64::INFINITY, |merge| {
                    let pairs = merge.coefficients.iter().zip(&wanted);
                    pairs.map(|(found, wanted)| (found - wanted).abs()).fold(0.0, f64::max)
                });
                farthest = farthest.max(off);
                let residual = model.merge.as_ref().map_or(f64::NAN, |merge| merge.residual);
                findings.check(
                    &told(&format!("coefficients within .03 (off by {off:.3}, residual {residual:.3})")),
                    off <= COEFFICIENT,
                );
            }
            ADAPTER => {
                let is_nothing = pair.id.contains("without-effect");
                let expected = if is_nothing { ("rejected", "no_op") } else { ("untestable", "fits") };
                findings.check(
                    &told("an adapter is told from one that adds nothing"),
                    (model.status.as_str(), model.reason.as_str()) == expected,
                );
            }
            _ => {
                let (wanted, found) = (
                    pair.expect.get("rank").and_then(serde_json::Value::as_u64),
                    model.difference.as_ref().and_then(|difference| difference.rank),
                );
                if wanted.is_some() {
                    ranks += 1;
                    findings.check(&told(&format!("rank {wanted:?} is found ({found:?})")), wanted == found);
                }
            }
        }
    }
    findings.figure("merges: greatest error of a coefficient", format!("{farthest:.4} in {merges}"));
    findings.figure("merged low-rank changes whose rank is known", ranks);
    Ok(())
}

fn numbers(value: Option<&serde_json::Value>) -> Vec<f64> {
    value
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_f64)
        .collect()
}
