//! Which component of a model a tensor belongs to, as the words of its name tell.

use super::words::{Written, by_word};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A part of a model that may come from elsewhere than the rest, and is asked on its own.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Component {
    /// The language model; of an encoder-decoder its decoder.
    Language,
    /// The text encoder of an encoder-decoder (T5).
    Encoder,
    /// The encoder of images.
    Vision,
    /// The encoder of sound.
    Audio,
    /// What connects an encoder to the language model.
    Adapter,
    /// Heads of classification, value or further tokens: not the language model's own output matrix.
    Head,
}

impl Component {
    /// Every component.
    pub const ALL: &'static [Self] =
        &[Self::Language, Self::Encoder, Self::Vision, Self::Audio, Self::Adapter, Self::Head];

    /// Its word in reports and fixtures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Language => "language",
            Self::Encoder => "encoder",
            Self::Vision => "vision",
            Self::Audio => "audio",
            Self::Adapter => "adapter",
            Self::Head => "head",
        }
    }
}

/// The side of an encoder-decoder that a name stands on, where no word says what is encoded.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Side {
    /// Neither is said.
    Whole,
    /// Below `encoder`.
    Encoder,
    /// Below `decoder`.
    Decoder,
}

/// What the words of a name say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Told {
    /// The component, where a word names it.
    pub(super) tower: Option<Component>,
    pub(super) side: Side,
}

/// Words that name a component wherever they stand before the layer's number; the last one decides, so the
/// `merger` of `visual.merger` is an adapter. To teach a new word, add it to its line.
const WORDS: Written<Component> = &[
    (Component::Language, "language_model text_model llm text_encoder"),
    (
        Component::Vision,
        "vision_tower vision_model visual vision vision_encoder visual_encoder visual_model \
         visual_projection vision_backbone vit vpm deit beit dinov2 image_embed image_encoder \
         image_tower img_processor sam_model radio_model",
    ),
    (
        Component::Audio,
        "audio_tower audio_encoder audio_model audio_embed audio apm conformer speech_encoder \
         speech_model wav2vec2 wav2vec2_bert hubert wavlm audio_spectrogram_transformer talker \
         token2wav code2wav",
    ),
    (
        Component::Adapter,
        "multi_modal_projector mm_projector mm_proj mm connector aligner projector projection_layer \
         audio_projector vision_projector visual_projector vision_proj img_projection img_projection_up \
         img_projection_down audio_projection up_proj_for_speech down_proj_for_speech \
         up_proj_for_vision_speech down_proj_for_vision_speech modality_projection vision_adapter \
         audio_adapter vision_language_adapter language_projection abstractor resampler \
         perceiver_resampler perceiver perceive qformer query_tokens proj_blk merger patch_merger \
         vit_merger merger_list deepstack deepstack_merger_list mlp1 mlp_AR linear_proj embed_vision \
         embed_audio pre_mm_projector_norm image_newline view_seperator view_separator glb_GN sub_GN \
         downsample",
    ),
    (Component::Head, "mtp v_head value_head reward_head"),
];

/// Words that name a component only at the very beginning, as in llama.cpp's `v.blk.0.ln1`.
const FIRST_WORDS: Written<Component> = &[
    (Component::Vision, "v"),
    (Component::Audio, "a"),
    (Component::Encoder, "enc"),
    (Component::Language, "dec"),
];

static ANYWHERE: LazyLock<BTreeMap<&str, Component>> = LazyLock::new(|| by_word(WORDS));
static AT_FIRST: LazyLock<BTreeMap<&str, Component>> = LazyLock::new(|| by_word(FIRST_WORDS));

/// Says what `words` tell: the segments before the layer's number, or all of a name without one.
pub(super) fn told(words: &[&str]) -> Told {
    let mut told = Told { tower: None, side: Side::Whole };
    for (at, word) in words.iter().enumerate() {
        let may_be_first = at == 0 && words.len() > 1;
        let first = if may_be_first { AT_FIRST.get(*word) } else { None };
        told.tower = first.or_else(|| ANYWHERE.get(*word)).copied().or(told.tower);
        match *word {
            "encoder" | "enc" => told.side = Side::Encoder,
            "decoder" | "dec" => told.side = Side::Decoder,
            _ => {}
        }
    }
    // Only T5 keeps its encoder's layers in `encoder.block`; that of BERT or Whisper is `encoder.layer(s)`.
    if told.tower.is_none() && words.ends_with(&["encoder", "block"]) {
        told.tower = Some(Component::Encoder);
    }
    told
}

/// Whether `word` names a component.
pub(super) fn is_word(word: &str) -> bool {
    ANYWHERE.contains_key(word) || AT_FIRST.contains_key(word)
}
