//! The claim `norm-cosine-fails`: what a public accusation of January 2026 measured is high for unrelated models too.

use super::set::{PairSet, measured};
use crate::claims::findings::Findings;
use crate::claims::{Claim, Measured};
use crate::failure::Failure;
use crate::settings::Settings;
use serde::Deserialize;

pub(crate) const CLAIM: Claim = Claim {
    name: "norm-cosine-fails",
    promise: "The raw cosine of norm weights is above .9 in nine of ten pairs of independently trained models of one architecture, and on the mean as high as for \
              related ones within a tenth; centred, the correlation is below .15 for independent models and as small \
              between matching layers as between others, and above .9 where one was trained further from the other",
    run,
};

#[derive(Debug, Deserialize)]
struct Norms {
    pairs: usize,
    raw: f64,
    centred: f64,
    centred_other_layers: f64,
}

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let set = PairSet::provide(settings)?;
    let mut findings = Findings::default();
    let mut means = Vec::new();
    for (what, related, relation) in [
        ("trained further", true, "finetune"),
        ("independently trained, same architecture", false, "same_architecture_trained"),
    ] {
        let mut found: Vec<Norms> = Vec::new();
        for pair in set.pairs.iter().filter(|pair| pair.is_related() == related && pair.relation == relation)
        {
            let (first, second) = (set.path(&pair.a), set.path(&pair.b));
            let words = ["norms", &*first.to_string_lossy(), &*second.to_string_lossy()];
            found.extend(measured(settings, &words));
        }
        found.retain(|norms: &Norms| norms.pairs > 0);
        let count = f64::from(u32::try_from(found.len()).unwrap_or(0).max(1));
        let mean = |of: fn(&Norms) -> f64| found.iter().map(of).sum::<f64>() / count;
        let (raw, centred, other) =
            (mean(|norms| norms.raw), mean(|norms| norms.centred), mean(|norms| norms.centred_other_layers));
        let least = found.iter().map(|norms| norms.raw).fold(1.0, f64::min);
        let high = found.iter().filter(|norms| norms.raw > 0.9).count();
        findings.figure(&format!("{what}: pairs of models"), found.len());
        findings.figure(
            &format!("{what}: raw cosine"),
            format!("{raw:.4} on the mean, {least:.4} at least, above .9 in {high}"),
        );
        findings.figure(&format!("{what}: centred, matching layers"), format!("{centred:+.4}"));
        findings.figure(&format!("{what}: centred, other layers"), format!("{other:+.4}"));
        findings.check(&format!("{what}: at least five pairs"), found.len() >= 5);
        means.push((raw, centred, other, high * 10 >= found.len() * 9));
    }
    if let [(related_raw, related, _, _), (raw, centred, other, high)] = means.as_slice() {
        findings.check("raw, independent models look alike", *high && related_raw - raw < 0.1);
        findings.check(
            "centred, independent models do not",
            centred.abs() < 0.15 && (centred - other).abs() < 0.1,
        );
        findings.check("centred, related models do", *related > 0.9);
    }
    let shown = means.iter().map(|(raw, centred, _, _)| format!("raw {raw:.3}, centred {centred:+.3}"));
    let figure = shown.collect::<Vec<_>>().join(" where related; ");
    Ok(findings.measured(&format!("{figure} where independent")))
}
