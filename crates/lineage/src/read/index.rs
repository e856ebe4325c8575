//! The index of a sharded model: which file holds which tensor.

use crate::error::{Place, WeightsError, WeightsProblem};
use crate::source::Source;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const INDEX_BYTES: u64 = 100_000_000;

#[derive(Deserialize)]
struct Written {
    weight_map: BTreeMap<String, String>,
}

/// A sharded model's index.
pub(super) struct Index {
    places: BTreeMap<String, String>,
}

impl Index {
    /// Reads `model.safetensors.index.json` or `pytorch_model.bin.index.json`. Names of files that are more than a
    /// name in the same folder are refused.
    pub(super) fn read(source: &dyn Source) -> Result<Self, WeightsError> {
        if source.bytes() > INDEX_BYTES {
            let problem = WeightsProblem::HeaderTooLarge { bytes: source.bytes(), limit: INDEX_BYTES };
            return Err(source.error(None, problem));
        }
        let text = source.take(0, usize::try_from(source.bytes()).unwrap_or(usize::MAX))?;
        let broken = |error: serde_json::Error| source.error(None, WeightsProblem::Header(error.to_string()));
        let written: Written = serde_json::from_slice(&text).map_err(broken)?;
        for (tensor, file) in &written.weight_map {
            if file.is_empty() || file.starts_with('.') || file.contains(['/', '\\', '\0']) {
                let place = Some(Place::Tensor(tensor.clone()));
                return Err(source.error(place, WeightsProblem::OutsideFolder(file.clone())));
            }
        }
        Ok(Self { places: written.weight_map })
    }

    /// The files that it names, in order.
    pub(super) fn files(&self) -> BTreeSet<&str> {
        self.places.values().map(String::as_str).collect()
    }

    /// That each tensor lies in the file that the index says. `found` gives the tensors of each file, by its name.
    pub(super) fn check(
        &self,
        source: &dyn Source,
        found: &BTreeMap<String, BTreeSet<String>>,
    ) -> Result<(), WeightsError> {
        for (tensor, file) in &self.places {
            if !found.get(file).is_some_and(|tensors| tensors.contains(tensor)) {
                let detail = format!("`{}` for this tensor, which is not there", file.escape_debug());
                return Err(source.error(Some(Place::Tensor(tensor.clone())), WeightsProblem::Index(detail)));
            }
        }
        Ok(())
    }
}
