//! The claim `lineage-calibration`: p-values of independent layers are uniform.

use super::set::{PairSet, measured};
use crate::claims::findings::Findings;
use crate::claims::{Claim, Measured};
use crate::failure::Failure;
use crate::settings::Settings;
use serde::Deserialize;

pub(crate) const CLAIM: Claim = Claim {
    name: "lineage-calibration",
    promise: "p-values of at least 2,000 independent pairs of layers are uniform (Kolmogorov and Smirnov, p above .01), both the \
              exact ones and those of the normal approximation: layers of one real model against its other layers by the \
              rows that are neurons, and layers of models that were trained apart by every role",
    run,
};

/// Rows of these are neurons of the layer alone; the others share the residual stream's dimensions between layers.
const NEURONS: [&str; 3] = ["up", "gate", "value"];
const ALL: [&str; 7] = ["up", "gate", "down", "value", "attention_output", "query", "key"];

#[derive(Clone, Debug, Deserialize)]
struct Layers {
    role: String,
    z: f64,
    p: f64,
    exact_p: f64,
}

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let set = PairSet::provide(settings)?;
    let mut findings = Findings::default();
    let mut total = 0;
    let mut shown = Vec::new();
    let mut within = Vec::new();
    for model in ["base/smollm2-135m-q4_1.gguf", "base/gemma-3-270m-q4_k_m.gguf"] {
        let path = set.path(model);
        let path = path.to_string_lossy();
        let words: Vec<&str> = ["layers", &path, &path].into_iter().chain(NEURONS).collect();
        within.extend(measured::<Vec<Layers>>(settings, &words)?);
    }
    let mut apart = Vec::new();
    for pair in set.pairs.iter().filter(|pair| pair.relation == "same_architecture_trained") {
        // What was made from one of two models is the same pair again.
        if !(is_original(&pair.a) && is_original(&pair.b)) {
            continue;
        }
        let (first, second) = (set.path(&pair.a), set.path(&pair.b));
        let (first, second) = (first.to_string_lossy(), second.to_string_lossy());
        let words: Vec<&str> = ["layers", &first, &second].into_iter().chain(ALL).collect();
        apart.extend(measured::<Vec<Layers>>(settings, &words)?);
    }
    for (what, found) in [("layers of one model", within), ("models trained apart", apart)] {
        total += found.len();
        let (exact, normal) = (distance(&found, |one| one.exact_p), distance(&found, |one| one.p));
        let count = float(found.len());
        let mean = found.iter().map(|one| one.z).sum::<f64>() / count;
        let deviation = (found.iter().map(|one| (one.z - mean).powi(2)).sum::<f64>() / count).sqrt();
        let greatest = found.iter().map(|one| one.z).fold(f64::NEG_INFINITY, f64::max);
        findings.figure(&format!("{what}: pairs"), found.len());
        findings.figure(
            &format!("{what}: z"),
            format!("mean {mean:+.3}, deviation {deviation:.3}, greatest {greatest:.2}"),
        );
        for (name, (d, p)) in [("exact p", exact), ("normal p", normal)] {
            findings.figure(&format!("{what}: {name}"), format!("D {d:.4}, Kolmogorov-Smirnov p {p:.3}"));
            findings.check(&format!("{what}: {name} is uniform"), p > 0.01);
        }
        let mut roles: Vec<&str> = found.iter().map(|one| one.role.as_str()).collect();
        roles.sort_unstable();
        roles.dedup();
        for role in roles {
            let own: Vec<Layers> = found.iter().filter(|one| one.role == role).cloned().collect();
            let (d, p) = distance(&own, |one| one.exact_p);
            findings.figure(&format!("{what}, {role}"), format!("{} pairs, D {d:.4}, p {p:.3}", own.len()));
        }
        shown.push(format!("{} {what}: z {mean:+.3} ± {deviation:.3}, p {:.3}", found.len(), exact.1));
    }
    findings.check("at least 2,000 pairs of layers", total >= 2000);
    Ok(findings.measured(&shown.join("; ")))
}

/// Whether a model of the set was trained from its own initialisation, and nothing was done to it: `small-bert/3`.
fn is_original(name: &str) -> bool {
    let own = name.rsplit('/').next().unwrap_or_default();
    let own = own.split('.').next().unwrap_or_default();
    name.starts_with("small-") && !own.is_empty() && own.bytes().all(|byte| byte.is_ascii_digit())
}

/// Kolmogorov and Smirnov's distance from the uniform distribution, and its asymptotic p (Stephens 1970).
fn distance(found: &[Layers], of: fn(&Layers) -> f64) -> (f64, f64) {
    let mut values: Vec<f64> = found.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let count = float(values.len());
    let apart = values
        .iter()
        .enumerate()
        .map(|(place, value)| ((float(place) + 1.0) / count - value).max(value - float(place) / count));
    let d = apart.fold(0.0, f64::max);
    let scaled = (count.sqrt() + 0.12 + 0.11 / count.sqrt()) * d;
    let terms = (1..=100).map(|k| {
        let k = f64::from(k);
        let sign = if k % 2.0 == 0.0 { -1.0 } else { 1.0 };
        sign * (-2.0 * k * k * scaled * scaled).exp()
    });
    (d, (2.0 * terms.sum::<f64>()).clamp(0.0, 1.0))
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
