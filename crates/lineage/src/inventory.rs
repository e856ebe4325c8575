//! The parts of a model by their tensors' names and shapes, whatever the architecture and the file format.
//!
//! Makers name the same matrix in many ways. Here each name becomes a [`Part`], so two models can be compared part by
//! part though one is in safetensors and the other in GGUF. Nothing is asked of the configuration. The names
//! themselves are data, in `inventory/rules.rs`.

mod component;
mod context;
mod facet;
mod layer;
mod reading;
mod role;
mod rules;
mod shape;
#[cfg(test)]
mod tests;
mod words;

pub use component::Component;
pub use facet::{Facet, LoraSide};
pub use role::Role;
pub use shape::Size;

use reading::Reading;
use std::collections::{BTreeMap, BTreeSet};

/// A part of a model. The same part of two models of one family is equal, in whatever format they are.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Part {
    /// Which component it belongs to.
    pub component: Component,
    /// Its layer, from 0; none for what stands outside. For convolutions of a front end and for adapters, the step.
    pub layer: Option<u32>,
    /// Its expert, from 0; none for what is not an expert's, or is all experts' (see [`Role::of_one_expert`]).
    pub expert: Option<u32>,
    /// What it does.
    pub role: Role,
}

impl Part {
    /// The part of expert `expert` in a tensor that holds all experts of a layer; none where this is no such part.
    pub fn of_expert(&self, expert: u32) -> Option<Self> {
        let role = self.role.of_one_expert()?;
        Some(Self { expert: Some(expert), role, ..*self })
    }
}

/// What one tensor is.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Named {
    /// Its part; of role [`Role::Unnamed`] where the name is not known.
    pub part: Part,
    /// What of the part it holds.
    pub facet: Facet,
}

/// A tensor in its [`Inventory`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its name in the file.
    pub name: String,
    /// Its shape, outermost first.
    pub shape: Vec<u64>,
    /// What of its part it holds.
    pub facet: Facet,
    /// Whether its last two dimensions are inputs and outputs, not outputs and inputs.
    pub transposed: bool,
}

/// The tensors of a model by part.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Inventory {
    /// What holds each part: its weight, and its bias and scales where it has them, in the order of the file.
    pub parts: BTreeMap<Part, Vec<Entry>>,
    /// What is known of the size of each component.
    pub sizes: BTreeMap<Component, Size>,
    /// Names that are not known, in the order of the file; they are in `parts` too, as [`Role::Unnamed`].
    pub unnamed: Vec<String>,
}

impl Inventory {
    /// The weight of `part`; none where it has none, or where several tensors claim to be it.
    pub fn weight(&self, part: &Part) -> Option<&Entry> {
        let mut weights = self.parts.get(part)?.iter().filter(|entry| entry.facet == Facet::Weight);
        weights.next().filter(|_| weights.next().is_none())
    }

    /// The weights of `component`, by part; without those that several tensors claim to be, and without buffers.
    pub fn weights(&self, component: Component) -> impl Iterator<Item = (&Part, &Entry)> {
        let parts =
            self.parts.keys().filter(move |part| part.component == component && part.role.is_learned());
        parts.filter_map(move |part| Some((part, self.weight(part)?)))
    }

    /// The norms of `component` over its hidden vectors: those outside layers, then layer by layer in the order of a
    /// forward pass.
    pub fn norms(&self, component: Component) -> impl Iterator<Item = (&Part, &Entry)> {
        let hidden = self.sizes.get(&component).and_then(|size| size.hidden);
        let is_hidden =
            move |entry: &Entry| matches!(entry.shape.as_slice(), [length] if Some(*length) == hidden);
        self.weights(component).filter(move |(part, entry)| part.role.is_norm() && is_hidden(entry))
    }
}

/// A tensor while an inventory is taken.
struct Item<'a> {
    name: &'a str,
    shape: &'a [u64],
    reading: Reading,
    part: Part,
    transposed: bool,
}

/// What `tensor_name`, of a tensor of `shape`, means on its own. Some names mean different things in different models
/// and some say no component; [`inventory`] looks at the company too and is to be preferred where there is one.
pub fn name(tensor_name: &str, shape: &[u64]) -> Named {
    let reading = reading::read(tensor_name, shape);
    Named { part: context::part(&reading, Component::Language), facet: reading.facet }
}

/// Takes the inventory of a model, or of an adapter, from the names and shapes of all its tensors.
pub fn inventory<'a>(tensors: impl IntoIterator<Item = (&'a str, &'a [u64])>) -> Inventory {
    let items = tensors.into_iter().map(|(name, shape)| {
        let reading = reading::read(name, shape);
        let part = context::part(&reading, Component::Language);
        Item { name, shape, reading, part, transposed: false }
    });
    let mut items: Vec<Item<'a>> = items.collect();
    context::place(&mut items);
    context::revise(&mut items);
    let hidden = shape::hidden(&items);
    shape::unswap(&mut items, &hidden);
    shape::find_fused(&mut items);
    shape::find_transposed(&mut items, &hidden);
    context::count_steps(&mut items);
    context::follow_weights(&mut items);
    let components: BTreeSet<Component> = items.iter().map(|item| item.part.component).collect();
    let sizes = components.into_iter().map(|component| {
        let hidden = hidden.get(&component).copied();
        (component, shape::size(&items, component, hidden))
    });
    let sizes = sizes.collect();
    let mut inventory = Inventory { sizes, ..Inventory::default() };
    for item in items {
        if item.part.role == Role::Unnamed {
            inventory.unnamed.push(item.name.to_owned());
        }
        let (name, shape) = (item.name.to_owned(), item.shape.to_vec());
        let entry = Entry { name, shape, facet: item.reading.facet, transposed: item.transposed };
        inventory.parts.entry(item.part).or_default().push(entry);
    }
    inventory
}
