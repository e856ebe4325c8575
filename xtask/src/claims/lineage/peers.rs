//! The claim `lineage-peers`: modelDNA beside us on the same pairs.

use super::set::{PairSet, area, compare_all};
use crate::claims::findings::Findings;
use crate::claims::lm_eval_parity::environments;
use crate::claims::{Claim, Measured};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;

pub(crate) const CLAIM: Claim = Claim {
    name: "lineage-peers",
    promise: "On the same pairs as modelDNA 0.1.0: of those that it scores, daepyo finds every related one and calls no \
              independent one related, and its area under the curve is larger; of the related pairs that it cannot read or \
              rules out, daepyo finds all but adapters and TorchScript programs",
    run,
};

const PACKAGES: [&str; 7] = [
    "modelDNA==0.1.0",
    "numpy==2.4.6",
    "gguf==0.19.0",
    "huggingface_hub==2.4.0",
    "requests==2.34.2",
    "rich==15.0.0",
    "typer==0.29.2",
];

#[derive(Debug, Deserialize)]
struct Theirs {
    pairs: Vec<Their>,
}

#[derive(Debug, Deserialize)]
struct Their {
    id: String,
    outcome: String,
    verdict: Option<String>,
    score: Option<f64>,
}

impl Their {
    /// What it calls positive: .9 or more.
    fn is_called(&self) -> bool {
        self.score.is_some_and(|score| score >= 0.9)
    }
}

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let set = PairSet::provide(settings)?;
    let list = set.folder.join("pairs-of-peers.json");
    let pairs: Vec<_> = set
        .pairs
        .iter()
        .map(|pair| {
            let (first, second) = (set.path(&pair.a), set.path(&pair.b));
            json!({"id": pair.id, "a": first, "b": second, "label": pair.label, "relation": pair.relation})
        })
        .collect();
    fs::write(&list, json!({"pairs": pairs}).to_string()).map_err(Failure::io("write", &list))?;
    let out = set.folder.join("peers.json");
    let python = environments::provide(settings, "lineage-peers", &PACKAGES)?.program("python3");
    let script = settings.root.join("xtask/python/lineage_peers.py");
    let (script, list, shown) = (script.to_string_lossy(), list.to_string_lossy(), out.to_string_lossy());
    process::run(&mut process::command(settings, &python.to_string_lossy(), &[&script, &list, &shown]))?;
    let bytes = fs::read(&out).map_err(Failure::io("read", &out))?;
    let theirs: Theirs =
        serde_json::from_slice(&bytes).map_err(|error| Failure::No(format!("peers: {error}")))?;
    let theirs: BTreeMap<&str, &Their> = theirs.pairs.iter().map(|one| (one.id.as_str(), one)).collect();
    let ours = compare_all(settings, &set)?;
    let mut findings = Findings::default();
    let mut table: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut own_scores, mut their_scores) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    let (mut wrong, mut beyond, mut unfound) = (Vec::new(), 0, Vec::new());
    let (mut their_misses, mut their_false) = (0, 0);
    for (pair, own) in set.pairs.iter().zip(&ours) {
        let Some(their) = theirs.get(pair.id.as_str()) else { continue };
        let verdict = their.verdict.clone().unwrap_or_else(|| their.outcome.clone());
        *table.entry((pair.label.clone(), verdict)).or_default() += 1;
        let place = usize::from(!pair.is_related());
        let found = own.as_ref().is_ok_and(super::set::Found::is_related);
        match (their.score, own.as_ref().ok().and_then(super::set::Found::score)) {
            (Some(score), Some(mine)) => {
                if let (Some(own), Some(their)) = (own_scores.get_mut(place), their_scores.get_mut(place)) {
                    own.push(mine);
                    their.push(score);
                }
                their_misses += usize::from(pair.is_related() && !their.is_called());
                their_false += usize::from(!pair.is_related() && their.is_called());
                if found != pair.is_related() {
                    wrong.push(pair.id.clone());
                }
            }
            _ if pair.is_related() => {
                if found {
                    beyond += 1;
                } else if pair.relation != "lora_adapter" && own.is_ok() {
                    unfound.push(pair.id.clone());
                }
            }
            _ => {}
        }
    }
    for ((label, verdict), count) in table {
        findings.figure(&format!("modelDNA, {label}: {verdict}"), count);
    }
    let [own, their] = [own_scores, their_scores]
        .map(|[related, independent]| (area(&related, &independent), related.len(), independent.len()));
    findings.figure("pairs that both score", format!("{} related, {} independent", own.1, own.2));
    findings.figure("area under the curve", format!("daepyo {:.4}, modelDNA {:.4}", own.0, their.0));
    findings.figure(
        "modelDNA on these",
        format!("{their_misses} related below its .9, {their_false} independent above"),
    );
    findings.figure("related pairs found that modelDNA does not score", beyond);
    findings.check(
        &format!("daepyo is right on every pair that modelDNA scores ({})", wrong.join(", ")),
        wrong.is_empty(),
    );
    findings.check(
        &format!("and finds the related ones that it does not ({})", unfound.join(", ")),
        unfound.is_empty(),
    );
    findings.check("the area under the curve is larger", own.0 > their.0);
    let figure = format!(
        "{} pairs that both score: area {:.4}, modelDNA's {:.4} ({their_misses} missed, {their_false} false); {beyond} related \
         pairs more found that it does not score",
        own.1 + own.2,
        own.0,
        their.0
    );
    Ok(findings.measured(&figure))
}
