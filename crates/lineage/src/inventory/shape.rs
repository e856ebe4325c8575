//! What the shapes of a component's tensors tell together: its hidden length, fused and transposed matrices.

use super::Item;
use super::component::Component;
use super::facet::Facet;
use super::role::Role;
use super::words::is_one_of;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a component's size.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Size {
    /// How many layers have a matrix of their own.
    pub layers: usize,
    /// The length of its hidden vectors.
    pub hidden: Option<u64>,
    /// Query rows of a layer, all heads; of MLA those after [`Role::QueryUp`].
    pub query_rows: Option<u64>,
    /// Key rows of a layer, fewer than those of the queries where heads share keys.
    pub key_rows: Option<u64>,
    /// The length of a head, where queries are normed head by head.
    pub head_length: Option<u64>,
}

/// The size of `component`.
pub(super) fn size(items: &[Item<'_>], component: Component, hidden: Option<u64>) -> Size {
    let here = || items.iter().filter(move |item| item.part.component == component);
    let of_layers = here().filter(|item| item.part.role.is_matrix_of_layer());
    let layers: BTreeSet<u32> = of_layers.filter_map(|item| item.part.layer).collect();
    let rows = |roles: &[Role]| {
        let mut weights = here().filter(|item| item.reading.facet == Facet::Weight);
        let weight = weights.find(|item| roles.contains(&item.part.role))?;
        if weight.transposed { weight.shape.last().copied() } else { weight.shape.first().copied() }
    };
    let query_rows = rows(&[Role::Query, Role::QueryUp]);
    // OLMo 2 norms all heads at once.
    let head_length = rows(&[Role::NormQuery]).filter(|length| query_rows.is_none_or(|rows| *length < rows));
    Size { layers: layers.len(), hidden, query_rows, key_rows: rows(&[Role::Key]), head_length }
}

/// The length of the hidden vectors of each component: the commonest among its norms, or that of its embeddings.
pub(super) fn hidden(items: &[Item<'_>]) -> BTreeMap<Component, u64> {
    let mut lengths: BTreeMap<Component, BTreeMap<u64, usize>> = BTreeMap::new();
    for item in items.iter().filter(|item| item.reading.facet == Facet::Weight) {
        let (length, votes) = match (item.part.role, item.shape) {
            (role, [length]) if is_norm_of_hidden(role) => (*length, 2),
            (Role::Embedding, [_, length]) | (Role::PatchEmbedding, [length, _, ..]) => (*length, 1),
            _ => continue,
        };
        *lengths.entry(item.part.component).or_default().entry(length).or_default() += votes;
    }
    let commonest = |lengths: BTreeMap<u64, usize>| lengths.into_iter().max_by_key(|(_, count)| *count);
    let known =
        lengths.into_iter().filter_map(|(component, lengths)| Some((component, commonest(lengths)?.0)));
    known.collect()
}

fn is_norm_of_hidden(role: Role) -> bool {
    matches!(
        role,
        Role::NormAttention
            | Role::NormFeedForward
            | Role::NormPostAttention
            | Role::NormPostFeedForward
            | Role::NormFinal
    )
}

/// Finds gate and up in one matrix under the name of one of them: `ChatGLM`, and llama.cpp's files of Phi 3.
pub(super) fn find_fused(items: &mut [Item<'_>]) {
    let mut inputs_of_down = BTreeMap::new();
    let mut roles = BTreeSet::new();
    for item in items.iter().filter(|item| item.reading.facet == Facet::Weight) {
        let place = (item.part.component, item.part.layer, item.part.expert);
        roles.insert((place, item.part.role));
        if let (Role::Down, [_, inputs]) = (item.part.role, item.shape) {
            inputs_of_down.insert(place, *inputs);
        }
    }
    for item in items {
        let place = (item.part.component, item.part.layer, item.part.expert);
        let other = match item.part.role {
            Role::Up => Role::Gate,
            Role::Gate => Role::Up,
            _ => continue,
        };
        let (Some(inputs), Some(rows)) = (inputs_of_down.get(&place), item.shape.first()) else { continue };
        if item.reading.facet == Facet::Weight
            && inputs.checked_mul(2) == Some(*rows)
            && !roles.contains(&(place, other))
        {
            item.part.role = Role::GateUp;
        }
    }
}

/// Undoes a slip of llama.cpp's early files of image encoders, which called up down and down up.
pub(super) fn unswap(items: &mut [Item<'_>], hidden: &BTreeMap<Component, u64>) {
    let hidden = hidden.get(&Component::Vision);
    let is_here = |item: &Item<'_>| {
        item.part.component == Component::Vision && is_one_of("ffn_up ffn_down", item.reading.rule)
    };
    let is_swapped = items.iter().any(|item| {
        let matrix = if let [outputs, inputs] = item.shape { Some((outputs, inputs)) } else { None };
        let reads = matrix.is_some_and(|(outputs, inputs)| Some(inputs) == hidden && Some(outputs) != hidden);
        is_here(item) && item.reading.rule == "ffn_down" && reads
    });
    if is_swapped {
        for item in items.iter_mut().filter(|item| is_here(item)) {
            item.part.role = if item.part.role == Role::Up { Role::Down } else { Role::Up };
        }
    }
}

/// Finds matrices stored with their inputs first: GPT-2's, and the experts of Llama 4 and gpt-oss.
pub(super) fn find_transposed(items: &mut [Item<'_>], hidden: &BTreeMap<Component, u64>) {
    let mut inputs_first: BTreeSet<(Component, &str)> = BTreeSet::new();
    for item in items.iter_mut().filter(|item| item.reading.facet == Facet::Weight) {
        let Some(hidden) = hidden.get(&item.part.component) else { continue };
        let [.., outputs, inputs] = item.shape else { continue };
        let role = item.part.role;
        item.transposed = role.reads_hidden() && inputs != hidden && outputs == hidden
            || role.writes_hidden() && outputs != hidden && inputs == hidden;
        if item.transposed {
            inputs_first.insert((item.part.component, item.reading.rule));
        }
    }
    // A square matrix cannot tell, but its makers store all of their own alike.
    for item in items.iter_mut().filter(|item| item.reading.facet == Facet::Weight) {
        let kin = ALIKE.iter().filter(|(square, _)| *square == item.reading.rule);
        let mut kin = kin.map(|(_, other)| (item.part.component, *other));
        item.transposed |= kin.any(|kin| inputs_first.contains(&kin));
    }
}

/// A matrix that may be square, and one of the same makers that is not.
const ALIKE: &[(&str, &str)] =
    &[("attn.c_proj", "c_attn"), ("attn.c_proj", "c_fc"), ("experts.down_proj", "experts.gate_up_proj")];
