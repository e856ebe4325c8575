//! T2 without names: where no part of two models is known in both, matrices of the same shape are compared, each of one
//! with each of the other, and the number of pairs is paid for.

use super::battery::together;
use super::model::Model;
use crate::battery::rows::{cosines, normalise};
use crate::battery::trace::{Trace, float, shuffled, trace};
use crate::error::WeightsError;
use crate::finding::{ComponentFinding, Options, Verdict};
use crate::judge::{self, holm};
use crate::sample::{Sample, View, choose_rows};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Smaller matrices say too little.
const LEAST: u64 = 16;
/// Matrices of one shape in one model, at most; of more, which is which cannot be afforded.
const ALIKE: usize = 64;

pub(crate) fn run(
    models: [&Model<'_>; 2],
    options: &Options,
) -> Result<Option<ComponentFinding>, WeightsError> {
    let [mine, theirs] = models.map(shapes);
    let mut compared: Vec<(Trace, Vec<f64>)> = Vec::new();
    let mut tested = [BTreeSet::new(), BTreeSet::new()];
    let mut pairs = 0;
    for (shape, own) in &mine {
        let Some(other) = theirs.get(shape).filter(|other| other.len().max(own.len()) <= ALIKE) else {
            continue;
        };
        let read = |model: &Model<'_>, tensors: &[usize]| -> Result<Vec<Vec<f32>>, WeightsError> {
            tensors.par_iter().map(|tensor| rows(model, *tensor, options)).collect()
        };
        let (own_rows, other_rows) = (read(models[0], own)?, read(models[1], other)?);
        let columns = usize::try_from(shape.1.min(options.columns)).unwrap_or(0);
        let found: Vec<(Trace, Vec<f32>)> = own_rows
            .par_iter()
            .flat_map_iter(|one| other_rows.iter().map(move |other| (one, other)))
            .filter_map(|(one, other)| {
                let n = one.len().checked_div(columns)?;
                let similarities = cosines(one, other, columns);
                Some((trace(&similarities, n)?, similarities))
            })
            .collect();
        let count = found.len();
        let Some((best, similarities)) = found.into_iter().max_by(|one, other| one.0.z.total_cmp(&other.0.z))
        else {
            continue;
        };
        pairs = pairs.max(count);
        compared.push((best, shuffled(&similarities, best.n, options.draws, options.seed)));
        tested[0].extend(own.iter().copied());
        tested[1].extend(other.iter().copied());
    }
    if compared.is_empty() {
        return Ok(None);
    }
    let mut finding = together("T2", "same_shape", &compared, libm::log(float(pairs.max(1))));
    // The best of several pairs is no draw of a single one.
    (finding.exact_p, finding.null) = (None, None);
    let mut tests = vec![finding];
    holm(&mut tests, options.level);
    let mut found = ComponentFinding {
        component: "whole".to_owned(),
        verdict: Verdict::NotTestable,
        bytes: super::same_bytes_of(models, tested),
        tests,
        layer_counts: [0, 0],
        layers: Vec::new(),
        experts: Vec::new(),
        not_tested: Vec::new(),
    };
    found.verdict = judge::component(&found);
    Ok(Some(found))
}

/// Matrices by rows and columns.
fn shapes(model: &Model<'_>) -> BTreeMap<(u64, u64), Vec<usize>> {
    let computed: BTreeSet<usize> = model.parts.buffers.iter().map(|(_, tensor)| *tensor).collect();
    let mut shapes: BTreeMap<(u64, u64), Vec<usize>> = BTreeMap::new();
    for (number, tensor) in model.weights.tensors.iter().enumerate() {
        let Some(view) = View::whole(tensor).filter(|_| tensor.decodes() && !computed.contains(&number))
        else {
            continue;
        };
        // Short-time Fourier bases and the like are computed, whatever they are called.
        let is_basis = tensor.name.contains("stft");
        if view.rows >= LEAST && view.columns >= LEAST && !is_basis {
            shapes.entry((view.rows, view.columns)).or_default().push(number);
        }
    }
    shapes
}

fn rows(model: &Model<'_>, number: usize, options: &Options) -> Result<Vec<f32>, WeightsError> {
    let Some(tensor) = model.weights.tensors.get(number) else { return Ok(Vec::new()) };
    let sample = View::whole(tensor).and_then(|view| {
        Sample::new(tensor, view, choose_rows(view.rows, options.rows, options.seed), options.columns)
    });
    let Some(sample) = sample else { return Ok(Vec::new()) };
    let mut numbers = sample.read(model.weights, tensor)?;
    normalise(&mut numbers, sample.columns());
    Ok(numbers)
}

/// Whether by-name tests found nothing to do.
pub(crate) fn is_wanted(components: &[ComponentFinding]) -> bool {
    components.iter().all(|component| component.tests.is_empty())
}
