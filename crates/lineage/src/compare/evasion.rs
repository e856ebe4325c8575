//! T4: where rows do not match as they lie, they may have been moved: hidden dimensions permuted, rotated or cut, scales
//! folded from norms into matrices, neurons permuted or left out.
//!
//! The hidden dimension is brought together by the embeddings of shared tokens alone, so rows of other matrices are
//! still exchangeable under independence, and T2's null holds. A fit by itself is no evidence: independent models fit
//! too, because meanings do. Neurons are matched by one matrix and tested by another (`neurons`), experts so too
//! (`experts`).

use super::basis::{Basis, bases};
use super::battery::{Battery, Pairs, paired_layers, together, units};
use super::layers::{self, LayerMap};
use super::model::Model;
use super::parts::Key;
use super::readers::{READERS, folded};
use super::{experts, neurons};
use crate::battery::rows::{cosines, normalise};
use crate::battery::trace::{Trace, float, shuffled, trace};
use crate::error::WeightsError;
use crate::finding::{Aligned, ExpertMatch, Hidden, LayerMatch, Options};
use crate::inventory::{Component, Part, Role};
use rayon::prelude::*;

/// What was found on the way to the tests.
#[derive(Default)]
pub(crate) struct Found {
    /// Layers that match once the hidden dimension is brought together, where none is known to as they lie.
    pub(crate) layers: Vec<LayerMatch>,
    /// Experts that match in another order, or one network.
    pub(crate) experts: Vec<ExpertMatch>,
}

/// Makes the tests. Where rows match `as_they_lie`, experts alone are still looked at.
pub(crate) fn run(
    models: [&Model<'_>; 2],
    component: Component,
    map: Option<&LayerMap>,
    options: &Options,
    as_they_lie: bool,
    battery: &mut Battery,
) -> Result<Found, WeightsError> {
    let known = paired_layers(models, component, map).pairs;
    let sought = if as_they_lie { None } else { bases(models, component) };
    let is_sought = sought.is_some();
    let bases = sought.unwrap_or_else(|| vec![(Hidden::Same, Basis::Same)]);
    let count = float(2 * bases.len().max(1));
    let mut found = Found::default();
    for (hidden, basis) in bases {
        let (mut layers, mut looked_at) = (known.clone(), 1);
        if layers.is_empty() && is_sought {
            let level = libm::log(options.level / count);
            let Some(map) = layers::map_under(models, component, &basis, level) else { continue };
            layers = map.matches.iter().map(|layer| (layer.first, layer.second)).collect();
            looked_at = map.looked_at.max(1);
            if map.matches.len() > found.layers.len() {
                found.layers = map.matches;
            }
        }
        let penalty = libm::log(count) + libm::log(float(looked_at));
        let moved = Moved { models, component, hidden, basis, penalty, options };
        if is_sought {
            moved.rows(&layers, battery);
            neurons::run(&moved, &layers, battery)?;
        }
        let matched = |experts: &[ExpertMatch]| experts.iter().map(|found| found.matched).sum::<usize>();
        let experts = experts::run(&moved, &layers, battery)?;
        if matched(&experts) > matched(&found.experts) || found.experts.is_empty() {
            found.experts = experts;
        }
    }
    Ok(found)
}

/// Two models whose hidden dimensions were brought together.
pub(crate) struct Moved<'a, 'm> {
    pub(crate) models: [&'a Model<'m>; 2],
    pub(crate) component: Component,
    pub(crate) hidden: Hidden,
    pub(crate) basis: Basis,
    /// What each p is raised by, for the ways that were tried: a logarithm.
    pub(crate) penalty: f64,
    pub(crate) options: &'a Options,
}

impl Moved<'_, '_> {
    pub(crate) fn key(&self, layer: u32, role: Role) -> Key {
        Key { part: Part { component: self.component, layer: Some(layer), expert: None, role }, bias: false }
    }

    /// Rows as they lie, with the norm before them folded in, over one hidden dimension.
    fn rows(&self, layers: &[(u32, u32)], battery: &mut Battery) {
        for (role, _) in READERS {
            let compared: Vec<((Key, Key), Trace, Vec<f64>)> = layers
                .par_iter()
                .filter_map(|(mine, theirs)| {
                    let keys = (self.key(*mine, role), self.key(*theirs, role));
                    let counts = (self.models[0].shape(&keys.0)?.0, self.models[1].shape(&keys.1)?.0);
                    // Of matrices with other numbers of rows other rows were sampled.
                    if counts.0 != counts.1 {
                        return None;
                    }
                    let mut first = self.basis.first(folded(self.models[0], self.models[1], &keys.0)?)?;
                    let mut second = self.basis.second(folded(self.models[1], self.models[0], &keys.1)?)?;
                    if first.numbers.len() != second.numbers.len() || first.columns != second.columns {
                        return None;
                    }
                    normalise(&mut first.numbers, first.columns);
                    normalise(&mut second.numbers, first.columns);
                    let rows = second.numbers.len().checked_div(first.columns)?;
                    let similarities = cosines(&first.numbers, &second.numbers, first.columns);
                    let (similarities, n) = units(role, similarities, rows);
                    let trace = trace(&similarities, n)?;
                    let seed = self.options.seed ^ u64::from(*mine) << 32;
                    Some((keys, trace, shuffled(&similarities, n, self.options.draws, seed)))
                })
                .collect();
            self.push(role, compared, None, battery);
        }
    }

    /// Adds a test of matrices of `role`. `floor` is given where neurons were matched: what their mean similarity must
    /// exceed its null by to count.
    pub(crate) fn push(
        &self,
        role: Role,
        compared: Vec<((Key, Key), Trace, Vec<f64>)>,
        floor: Option<f64>,
        battery: &mut Battery,
    ) {
        if compared.is_empty() {
            return;
        }
        let keys: Pairs = compared.iter().map(|(keys, _, _)| keys.clone()).collect();
        let parts: Vec<_> = compared.into_iter().map(|(_, trace, drawn)| (trace, drawn)).collect();
        let mut finding = together("T4", role.name(), &parts, self.penalty);
        finding.aligned = Some(Aligned { hidden: self.hidden, neurons_matched: floor.is_some() });
        if floor.is_some_and(|floor| finding.matched - finding.expected < floor) {
            // Matching alone can reach this: it counts for nothing.
            finding.log10_p = 0.0;
        }
        battery.push(keys, finding);
    }
}
