//! A low-rank difference without its base: whether it fits the base's matrices, and whether it adds anything.

use super::Loaded;
use super::parts::Key;
use crate::error::WeightsError;
use crate::inventory::{Facet, LoraSide, Part};
use crate::sample::{Sample, View};
use crate::scan::Adapter;
use crate::tensor::Tensor;
use std::collections::BTreeSet;

impl Loaded<'_> {
    /// The figures of this low-rank difference, beside `parent`. None where this is no such difference, but weights.
    pub(crate) fn adapter(&self, parent: &Loaded<'_>) -> Result<Option<Adapter>, WeightsError> {
        let low_rank = &self.0.parts.low_rank;
        if low_rank.is_empty() || low_rank.len() < self.0.parts.places.len() {
            return Ok(None);
        }
        let modules: BTreeSet<&Part> = low_rank.keys().map(|(part, _)| part).collect();
        let mut found = Adapter { rank: 0, modules: modules.len(), fitting: 0, empty: 0 };
        for part in modules {
            let side = |side| {
                let number = low_rank.get(&(part.clone(), Facet::Lora(side)))?;
                self.0.weights.tensors.get(*number)
            };
            let (Some(down), Some(up)) = (side(LoraSide::A), side(LoraSide::B)) else { continue };
            let (Some([rank, inputs]), Some([outputs, other])) = (shape(down), shape(up)) else { continue };
            found.rank = found.rank.max(rank);
            let base = parent.0.shape(&Key { part: part.clone(), bias: false });
            if rank == other && base == Some((outputs, inputs)) {
                found.fitting += 1;
            }
            if self.is_zero(down)? || self.is_zero(up)? {
                found.empty += 1;
            }
        }
        Ok(Some(found))
    }

    fn is_zero(&self, tensor: &Tensor) -> Result<bool, WeightsError> {
        let Some(view) = View::whole(tensor) else { return Ok(true) };
        let Some(sample) = Sample::new(tensor, view, (0..view.rows).collect(), view.columns) else {
            return Ok(false);
        };
        let numbers = sample.read(self.0.weights, tensor)?;
        Ok(!numbers.is_empty() && numbers.iter().all(|value| *value == 0.0))
    }
}

fn shape(tensor: &Tensor) -> Option<[u64; 2]> {
    <[u64; 2]>::try_from(tensor.shape.as_slice()).ok()
}
