//! What a tensor's name means in the company of the model's other tensors.

use super::component::{Component, Side, Told};
use super::facet::Facet;
use super::reading::Reading;
use super::role::Role;
use super::words::is_one_of;
use super::{Item, Part};
use std::collections::{BTreeMap, BTreeSet};

/// A rule whose role depends on which other rules fit in the same component.
struct Revision {
    /// The rule.
    rule: &'static str,
    /// What it means then.
    role: Role,
    /// At least one of these fits as well; empty asks for none.
    with: &'static str,
    /// None of these does.
    without: &'static str,
}

const REVISIONS: &[Revision] = &[
    // Gemma 2 and 3, OLMo 2, EXAONE 4: after attention. Elsewhere the name means the norm before the network.
    Revision {
        rule: "post_attention_layernorm",
        role: Role::NormPostAttention,
        with: "post_feedforward_layernorm",
        without: "",
    },
    // Encoders that norm after the sum (Nomic's BERT in transformers 5).
    Revision {
        rule: "post_attention_layernorm",
        role: Role::NormPostAttention,
        with: "post_mlp_layernorm",
        without: "input_layernorm",
    },
    // GGUF of gpt-oss, GLM 4.5, Qwen3-Next: the only norm after attention is the one before the network.
    Revision {
        rule: "post_attention_norm",
        role: Role::NormFeedForward,
        with: "",
        without: "ffn_norm post_ffw_norm",
    },
    // GGUF of DBRX, likewise.
    Revision {
        rule: "attn_output_norm",
        role: Role::NormFeedForward,
        with: "attn_norm",
        without: "layer_output_norm ffn_norm",
    },
    Revision { rule: "norm_attn_norm.norm_2", role: Role::NormFeedForward, with: "", without: "" },
    // GGUF of Falcon 40B: the second norm is that of attention.
    Revision { rule: "attn_norm", role: Role::NormFeedForward, with: "attn_norm_2", without: "" },
    // Nomic's and Jina's encoders norm after the sum; vision transformers with the same names before.
    Revision { rule: "norm1", role: Role::NormPostAttention, with: "emb_ln mlp.fc11", without: "" },
    Revision { rule: "norm2", role: Role::NormPostFeedForward, with: "emb_ln mlp.fc11", without: "" },
    Revision { rule: "attn_ln", role: Role::NormPostAttention, with: "mlp.up_gate_proj", without: "" },
    Revision { rule: "mlp_ln", role: Role::NormPostFeedForward, with: "mlp.up_gate_proj", without: "" },
    // Kimi's encoder of images counts from 0.
    Revision { rule: "norm1", role: Role::NormFeedForward, with: "norm0", without: "" },
    Revision { rule: "mlp.fc1", role: Role::Down, with: "mlp.fc0", without: "" },
    // Networks of w1, w2 and w3 that are not Qwen 1's, which has w1, w2 and c_proj.
    Revision { rule: "mlp.w1", role: Role::Gate, with: "mlp.w3", without: "" },
    Revision { rule: "mlp.w2", role: Role::Up, with: "mlp.w3", without: "" },
    Revision { rule: "ffn.w3", role: Role::Down, with: "w12", without: "" },
    // GGUF of encoders with two matrices of classes.
    Revision { rule: "^cls", role: Role::ClassifierTransform, with: "^cls.output", without: "" },
    // DeepSeek's own files.
    Revision { rule: "q_norm", role: Role::NormQueryLatent, with: "wkv_a", without: "" },
];

/// Applies [`REVISIONS`].
pub(super) fn revise(items: &mut [Item<'_>]) {
    let seen: BTreeSet<_> = items.iter().map(|item| (item.part.component, item.reading.rule)).collect();
    for item in items {
        let component = item.part.component;
        let fits =
            |rules: &'static str| rules.split_whitespace().any(|rule| seen.contains(&(component, rule)));
        let mut revisions = REVISIONS.iter().filter(|revision| revision.rule == item.reading.rule);
        let revision = revisions
            .find(|revision| (revision.with.is_empty() || fits(revision.with)) && !fits(revision.without));
        if let Some(revision) = revision {
            item.part.role = revision.role;
        }
    }
}

/// What the tensors without a component's word tell of what they encode.
#[derive(Clone, Copy, Debug, Default)]
struct Evidence {
    tokens: bool,
    patches: bool,
    sound: bool,
}

impl Evidence {
    fn of<'a>(readings: impl Iterator<Item = (&'a Reading, &'a [u64])>) -> Self {
        readings.fold(Self::default(), |mut evidence, (reading, shape)| {
            evidence.tokens |= reading.role == Role::Embedding;
            evidence.patches |= reading.role == Role::PatchEmbedding;
            // A front end over time has kernels of one dimension.
            evidence.sound |= reading.role == Role::Convolution && shape.len() == 3;
            evidence
        })
    }

    fn component(self) -> Option<Component> {
        match self {
            Self { tokens: true, .. } => Some(Component::Language),
            Self { patches: true, .. } => Some(Component::Vision),
            Self { sound: true, .. } => Some(Component::Audio),
            Self { .. } => None,
        }
    }
}

/// Gives every item its component: the one its name says, or the one that the company tells.
pub(super) fn place(items: &mut [Item<'_>]) {
    let of_side = |sides: &[Side]| {
        let here = items.iter().filter(|item| item.reading.told.tower.is_none());
        Evidence::of(
            here.filter(|item| sides.contains(&item.reading.told.side))
                .map(|item| (&item.reading, item.shape)),
        )
    };
    let is_pair = items.iter().any(|item| match item.reading.told {
        Told { tower: None, side: Side::Decoder } => item.reading.role.is_matrix_of_layer(),
        Told { tower, .. } => tower == Some(Component::Encoder),
    });
    let (whole, encoder) = if is_pair {
        let encoder = of_side(&[Side::Encoder]);
        // A decoder reads what its encoder wrote, and both may look up the same tokens.
        let encoder = Evidence { tokens: false, ..encoder }.component().unwrap_or(Component::Encoder);
        (of_side(&[Side::Whole]).component(), encoder)
    } else {
        let both = of_side(&[Side::Whole, Side::Encoder]).component();
        (both, both.unwrap_or(Component::Language))
    };
    for item in &mut *items {
        let side = match item.reading.told.side {
            Side::Whole => whole.unwrap_or(Component::Language),
            Side::Encoder => encoder,
            Side::Decoder => Component::Language,
        };
        item.part = part(&item.reading, side);
    }
    separate_heads(items);
}

/// The part that `reading` names, of component `otherwise` where its name says none.
pub(super) fn part(reading: &Reading, otherwise: Component) -> Part {
    let Reading { told, layer, expert, role, .. } = reading;
    let component = told.tower.unwrap_or(otherwise);
    let is_sinusoid = is_one_of("embed_positions positional_embedding position_embd", reading.rule);
    let (component, role) = match (component, *role) {
        (_, Role::Classifier | Role::ClassifierTransform | Role::Pooler) => (Component::Head, *role),
        // What has no tokens has no output over them.
        (Component::Vision | Component::Audio, Role::Output) => (Component::Head, Role::Classifier),
        (Component::Adapter, Role::NormFinal) => (Component::Vision, *role),
        // Whisper's encoder, whose positions are computed, though they are stored beside the weights.
        (Component::Audio, Role::PositionEmbedding) if is_sinusoid => (component, Role::Buffer),
        (component, role) => (component, role),
    };
    Part { component, layer: *layer, expert: *expert, role }
}

/// An output matrix beside an encoder of sound or images, with no language model, is the head of a task (CTC).
fn separate_heads(items: &mut [Item<'_>]) {
    let is_language = |item: &Item<'_>| item.part.component == Component::Language;
    let is_text = |item: &Item<'_>| item.part.role == Role::Embedding || item.part.role.is_matrix_of_layer();
    let has_encoder =
        items.iter().any(|item| matches!(item.part.component, Component::Vision | Component::Audio));
    if !has_encoder || items.iter().any(|item| is_language(item) && is_text(item)) {
        return;
    }
    for item in items.iter_mut().filter(|item| item.part.role == Role::Output && is_language(item)) {
        item.part = Part { component: Component::Head, role: Role::Classifier, ..item.part };
    }
}

/// Numbers the steps of an adapter from 0, as some files count from 0 by twos and others from 1 by ones.
pub(super) fn count_steps(items: &mut [Item<'_>]) {
    let in_adapter = |part: &Part| part.component == Component::Adapter;
    let attends = |role| matches!(role, Role::Query | Role::QueryKeyValue | Role::CrossQuery);
    if items.iter().any(|item| in_adapter(&item.part) && attends(item.part.role)) {
        return;
    }
    let mut steps: BTreeMap<Role, BTreeSet<u32>> = BTreeMap::new();
    // A bias alone does not tell a matrix from a norm, so it waits for its weight.
    let tells = |facet| !matches!(facet, Facet::Bias | Facet::Companion);
    for item in items.iter().filter(|item| in_adapter(&item.part) && tells(item.reading.facet)) {
        steps.entry(item.part.role).or_default().extend(item.part.layer);
    }
    let ranked = steps.into_iter().flat_map(|(role, steps)| {
        steps.into_iter().zip(0_u32..).map(move |(step, rank)| ((role, step), rank))
    });
    let ranks: BTreeMap<(Role, u32), u32> = ranked.collect();
    for item in items.iter_mut().filter(|item| in_adapter(&item.part)) {
        let rank = item.part.layer.and_then(|layer| ranks.get(&(item.part.role, layer)));
        item.part.layer = rank.copied().or(item.part.layer);
    }
}

/// Gives what belongs to a weight the weight's part: a bias of one dimension looks the same everywhere.
pub(super) fn follow_weights(items: &mut [Item<'_>]) {
    let is_weight = |facet| matches!(facet, Facet::Weight | Facet::Packed);
    let weights =
        items.iter().filter(|item| is_weight(item.reading.facet) && item.part.role != Role::Unnamed);
    let parts: BTreeMap<String, Part> =
        weights.map(|item| (item.reading.stem.clone(), item.part.clone())).collect();
    for item in items.iter_mut().filter(|item| !is_weight(item.reading.facet)) {
        if let Some(part) = parts.get(&item.reading.stem) {
            item.part = part.clone();
        }
    }
}
