//! Which tensor of a model is which part of it.

use crate::inventory::{Component, Part, Role, name};
use crate::read::Weights;
use crate::sample::View;
use std::collections::BTreeMap;

/// A part of a model: its weight, or its bias.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Key {
    pub(crate) part: Part,
    pub(crate) bias: bool,
}

/// Where a part lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The number of the tensor.
    pub(crate) tensor: usize,
    pub(crate) view: View,
}

/// The parts of a model.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) places: BTreeMap<Key, Place>,
    /// Tensors whose part is not known, or that stand for a part that another tensor stands for.
    pub(crate) unnamed: Vec<usize>,
    pub(crate) buffers: Vec<usize>,
}

/// A tensor of more experts is taken as one matrix.
const EXPERTS: usize = 4096;

pub(crate) fn parts(weights: &Weights) -> Parts {
    let mut parts = Parts::default();
    for (number, tensor) in weights.tensors.iter().enumerate() {
        let named = name(&tensor.name, &tensor.shape);
        let (Some(part), Some(whole)) = (named.part, View::whole(tensor)) else {
            parts.unnamed.push(number);
            continue;
        };
        if matches!(part.role, Role::Buffer | Role::Scale) {
            parts.buffers.push(number);
            continue;
        }
        let experts = View::experts(tensor);
        if is_of_experts(&part) && !experts.is_empty() && experts.len() <= EXPERTS {
            for (expert, view) in (0..).zip(experts) {
                let part = Part { expert: Some(expert), ..part.clone() };
                parts.insert(Key { part, bias: named.bias }, Place { tensor: number, view });
            }
        } else {
            parts.insert(Key { part, bias: named.bias }, Place { tensor: number, view: whole });
        }
    }
    parts.unnamed.sort_unstable();
    parts.unnamed.dedup();
    parts
}

fn is_of_experts(part: &Part) -> bool {
    part.expert.is_none() && matches!(part.role, Role::Gate | Role::Up | Role::Down | Role::GateUp)
}

impl Parts {
    fn insert(&mut self, key: Key, place: Place) {
        match self.places.entry(key) {
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert(place);
            }
            std::collections::btree_map::Entry::Occupied(_) => self.unnamed.push(place.tensor),
        }
    }

    /// The components that it has.
    pub(crate) fn components(&self) -> Vec<Component> {
        let mut components: Vec<Component> = self.places.keys().map(|key| key.part.component).collect();
        components.sort_unstable();
        components.dedup();
        components
    }

    /// The layers of a component, ascending.
    pub(crate) fn layers(&self, component: Component) -> Vec<u32> {
        let own = self.places.keys().filter(|key| key.part.component == component);
        let mut layers: Vec<u32> = own.filter_map(|key| key.part.layer).collect();
        layers.sort_unstable();
        layers.dedup();
        layers
    }
}
