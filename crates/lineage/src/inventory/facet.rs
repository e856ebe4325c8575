//! What of its part a tensor holds: the weight, the bias, numbers of a quantisation, a low-rank difference.

use super::layer;
use super::words::{self, Written, by_word, is_one_of};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What of its part a tensor holds.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Facet {
    /// The weight, one number an element.
    Weight,
    /// The weight, several numbers packed into one element: its shape is not that of the weight.
    Packed,
    /// The bias.
    Bias,
    /// What a quantised weight or a norm over batches needs besides: scales, zeros, statistics.
    Companion,
    /// One side of a low-rank difference.
    Lora(LoraSide),
}

/// A side of a low-rank difference, `B A`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum LoraSide {
    /// From the inputs down to the rank.
    A,
    /// From the rank up to the outputs.
    B,
    /// The magnitudes of rows (`DoRA`).
    Magnitude,
}

impl Facet {
    /// Its word in reports and fixtures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Packed => "packed",
            Self::Bias => "bias",
            Self::Companion => "companion",
            Self::Lora(LoraSide::A) => "lora_a",
            Self::Lora(LoraSide::B) => "lora_b",
            Self::Lora(LoraSide::Magnitude) => "lora_magnitude",
        }
    }
}

/// Segments that say nothing: what training, or a bound on activations, wraps around a module.
const WRAPPERS: &str = "linear base_layer original_module _orig_mod _fsdp_wrapped_module \
    _checkpoint_wrapped_module _forward_module";

/// Segments that begin a side of a low-rank difference; what follows is the adapter's name.
const LORA: Written<Facet> = &[
    (Facet::Lora(LoraSide::A), "lora_A lora_a lora_down lora_embedding_A"),
    (Facet::Lora(LoraSide::B), "lora_B lora_b lora_up lora_embedding_B"),
    (Facet::Lora(LoraSide::Magnitude), "lora_magnitude_vector lora_magnitude"),
];

/// Last segments.
const LAST: Written<Facet> = &[
    (Facet::Weight, "weight kernel gamma weight_v weight_quantized"),
    (Facet::Bias, "bias beta"),
    (Facet::Packed, "qweight weight_packed blocks weight_blocks"),
    (
        Facet::Companion,
        "weight_scale weight_scale_inv weight_scale_2 weight_scales weight_shape weight_zero_point \
         weight_global_scale weight_format weight_offset weight_g scales qzeros zeros g_idx SCB \
         input_scale input_global_scale output_scale activation_scale act_scale k_scale v_scale \
         running_mean running_var num_batches_tracked",
    ),
];

/// Ends of a last segment that no rule knows as a whole: `in_proj_weight`, `gate_up_proj_bias`, `dt_bias`.
const ENDS: Written<Facet> = &[
    (Facet::Weight, "_weight"),
    (Facet::Bias, "_bias"),
    (Facet::Packed, "_blocks"),
    (Facet::Companion, "_scales _scale_inv _scale"),
];

static LORA_BY_WORD: LazyLock<BTreeMap<&str, Facet>> = LazyLock::new(|| by_word(LORA));
static LAST_BY_WORD: LazyLock<BTreeMap<&str, Facet>> = LazyLock::new(|| by_word(LAST));

/// Takes from `segments` the last ones, which name no part, and says what they mean.
pub(super) fn take(segments: &mut Vec<&str>) -> Facet {
    unwrap_modules(segments);
    let lora = segments.iter().enumerate().find_map(|(at, word)| Some((at, *LORA_BY_WORD.get(*word)?)));
    if let Some((at, facet)) = lora {
        segments.truncate(at);
        if segments.last() == Some(&"weight") {
            segments.pop();
        }
        return facet;
    }
    if let Some(at) = segments.iter().position(|segment| *segment == "parametrizations") {
        // torch's weight norm: `original1` has the weight's shape, `original0` one length a row.
        let is_direction = segments.last() == Some(&"original1");
        segments.truncate(at);
        return if is_direction { Facet::Weight } else { Facet::Companion };
    }
    if let Some(at) = segments.iter().position(|segment| *segment == "weight") {
        // `weight.absmax` and the like are bitsandbytes'; `weight.1` is llama.cpp's second slice of a kernel.
        let after = segments.get(at + 1).copied();
        segments.truncate(at);
        let is_slice = after.is_none_or(|segment| layer::number(segment).is_some());
        return if is_slice { Facet::Weight } else { Facet::Companion };
    }
    let Some(last) = segments.last().copied() else { return Facet::Weight };
    if last == "scale" {
        segments.pop();
        let is_of_norm = segments.last().is_some_and(|segment| words::is_norm(segment));
        return if is_of_norm { Facet::Weight } else { Facet::Companion };
    }
    let facet = LAST_BY_WORD.get(last).copied();
    if facet.is_some() {
        segments.pop();
    }
    facet.unwrap_or(Facet::Weight)
}

/// The stem of `last` and what its end means, where it has one.
pub(super) fn split_end(last: &str) -> Option<(&str, Facet)> {
    let mut ends =
        ENDS.iter().flat_map(|(facet, ends)| ends.split_whitespace().map(move |end| (end, *facet)));
    ends.find_map(|(end, facet)| Some((last.strip_suffix(end)?, facet)))
}

fn unwrap_modules(segments: &mut Vec<&str>) {
    if let Some(at) = segments.iter().position(|segment| *segment == "modules_to_save") {
        // The adapter's name follows: `score.modules_to_save.default.weight`.
        let tail = segments.split_off(at);
        segments.extend(tail.into_iter().skip(2));
    }
    segments.retain(|segment| !is_one_of(WRAPPERS, segment));
}
