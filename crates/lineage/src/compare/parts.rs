//! Which tensor of a model is which part of it.

use crate::inventory::{Component, Entry, Facet, Part, Role, inventory};
use crate::read::Weights;
use crate::sample::View;
use crate::tensor::{Scale, Tensor};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Tensors that are computed, not trained, by component.
    pub(crate) buffers: Vec<(Component, usize)>,
    /// Tensors that hold several numbers in one, or what such need besides, by component.
    pub(crate) packed: Vec<(Component, usize)>,
    /// Sides of low-rank differences.
    pub(crate) low_rank: BTreeMap<(Part, Facet), usize>,
}

pub(crate) fn parts(weights: &Weights) -> Parts {
    let names: Vec<Cow<'_, str>> = weights.tensors.iter().map(Tensor::plain_name).collect();
    let numbers: BTreeMap<&str, usize> =
        names.iter().enumerate().map(|(number, name)| (&**name, number)).collect();
    let shaped = names.iter().zip(&weights.tensors).map(|(name, tensor)| (&**name, tensor.shape.as_slice()));
    let needed: BTreeSet<usize> = weights.tensors.iter().flat_map(needs).copied().collect();
    let mut parts = Parts::default();
    for (part, entries) in inventory(shaped).parts {
        for entry in entries {
            let Some(number) = numbers.get(entry.name.as_str()).copied() else { continue };
            let is_of_a_matrix = needed.contains(&number) && entry.facet == Facet::Companion;
            if let Some(tensor) = weights.tensors.get(number).filter(|_| !is_of_a_matrix) {
                parts.add(&part, &entry, number, tensor);
            }
        }
    }
    parts.unnamed.sort_unstable();
    parts.unnamed.dedup();
    parts
}

/// The tensors beside it that a packed matrix needs: they are tested with it.
fn needs(tensor: &Tensor) -> &[usize] {
    match &tensor.scale {
        Scale::Packed(packed) => &packed.needs,
        Scale::None | Scale::Affine { .. } | Scale::Unknown => &[],
    }
}

impl Parts {
    fn add(&mut self, part: &Part, entry: &Entry, number: usize, tensor: &Tensor) {
        let bias = match entry.facet {
            _ if part.role == Role::Unnamed => return self.unnamed.push(number),
            _ if !part.role.is_learned() => return self.buffers.push((part.component, number)),
            Facet::Packed | Facet::Companion => return self.packed.push((part.component, number)),
            Facet::Lora(_) => {
                if self.low_rank.insert((part.clone(), entry.facet), number).is_some() {
                    self.unnamed.push(number);
                }
                return;
            }
            Facet::Weight => false,
            Facet::Bias => true,
        };
        let whole = match tensor.shape.as_slice() {
            // Encoders of images keep their positions in a batch of one.
            [1, rows, columns] if part.role == Role::PositionEmbedding && *rows > 0 && *columns > 0 => {
                Some(View { first_row: 0, rows: *rows, columns: *columns, order: tensor.order })
            }
            _ => View::whole(tensor),
        };
        let whole = whole.and_then(|view| if entry.transposed { view.turned(tensor) } else { Some(view) });
        let Some(whole) = whole else { return self.unnamed.push(number) };
        let experts = if entry.transposed { Vec::new() } else { View::experts(tensor) };
        let of_experts: Option<Vec<Part>> =
            (0..).zip(&experts).map(|(expert, _)| part.of_expert(expert)).collect();
        match of_experts.filter(|_| !experts.is_empty() && part.expert.is_none()) {
            Some(all) => {
                for (part, view) in all.into_iter().zip(experts) {
                    self.insert(Key { part, bias }, Place { tensor: number, view });
                }
            }
            None => self.insert(Key { part: part.clone(), bias }, Place { tensor: number, view: whole }),
        }
    }

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
